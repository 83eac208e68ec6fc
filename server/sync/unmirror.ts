// An event of the mirror turns out to be a booking's: it takes time as that, and not by itself any more.
import { and, eq } from 'drizzle-orm';
import { lockPulls } from '../calendars/lock.ts';
import { commit } from '../commit.ts';
import type { Context } from '../context.ts';
import { events } from '../database/mirror.ts';
import type { Transaction } from '../database/open.ts';

interface Which {
  businessId: string;
  calendarId: string;
  eventId: string;
}

/** With its blocks. The calendar is locked (lockPulls). */
export async function unmirror(tx: Transaction, which: Which): Promise<void> {
  await tx.delete(events).where(the(which));
}

/**
 * As unmirror, for a push that has just taken the event as its own. Under the lock also where there seems to be nothing:
 * a reading that began before may be writing it down just now.
 */
export async function unmirrorNow(context: Pick<Context, 'db' | 'ring'>, which: Which): Promise<void> {
  await commit(context, async (tx) => {
    await lockPulls(tx, which.businessId, [which.calendarId]);
    await unmirror(tx, which);
  });
}

const the = ({ businessId, calendarId, eventId }: Which) =>
  and(eq(events.businessId, businessId), eq(events.calendarId, calendarId), eq(events.eventId, eventId));
