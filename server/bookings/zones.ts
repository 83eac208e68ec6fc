// Bookings to come whose local time moved because a newer zone table says otherwise: an instant stays, a clock does not.
import { and, asc, gt, inArray, type SQL } from 'drizzle-orm';
import { localTime } from '../../shared/time.ts';
import { bookings } from '../database/ledger.ts';
import type { Database } from '../database/open.ts';

export interface Moved {
  businessId: string;
  id: string;
  zone: string;
  /** What the clock was to read at the start, and what it will, `YYYY-MM-DDTHH:MM:SS`. */
  was: string;
  is: string;
}

const PAGE = 5000;

/** Of all businesses, page by page in order of id. What to do about one is its business's to say: reschedule it, or not. */
export async function* movedByZones(db: Database, now: number): AsyncGenerator<Moved> {
  const live = and(gt(bookings.startsAt, new Date(now)), inArray(bookings.status, ['pending', 'confirmed']));
  let after: SQL | undefined;
  for (;;) {
    const page = await db
      .select({
        businessId: bookings.businessId,
        id: bookings.id,
        zone: bookings.zone,
        startsAt: bookings.startsAt,
        was: bookings.localStart,
      })
      .from(bookings)
      .where(and(live, after))
      .orderBy(asc(bookings.id))
      .limit(PAGE);
    for (const { startsAt, ...row } of page) {
      const is = localTime(row.zone, startsAt.getTime());
      if (is !== row.was) yield { ...row, is };
    }
    if (page.length < PAGE) return;
    after = gt(bookings.id, page.at(-1)!.id);
  }
}
