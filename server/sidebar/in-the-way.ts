// Bookings that an event is in the way of: who, what and when in a few words, with the ways out of each.
import { and, asc, eq, gt, sql } from 'drizzle-orm';
import type { Hit as Shown } from '../../shared/card-api.ts';
import type { Catalogue } from '../availability/catalogue.ts';
import type { Query } from '../availability/query.ts';
import { waysOut } from '../blocks/collisions.ts';
import { bookings } from '../database/ledger.ts';
import type { Connection } from '../database/open.ts';
import { customers } from '../database/schema.ts';
import { listed } from '../phrase.ts';
import { tell } from './event-words.ts';
import { resourcesIn, servesOneOf, serviceName, shortly } from './lines.ts';
import type { Staffer } from './staffer.ts';

/** A resource that an event takes from a booking. */
export interface Hit {
  bookingId: string;
  resourceId: string;
}

interface Looking {
  staffer: Staffer;
  catalogue: Catalogue;
  /** ms since 1970 */
  now: number;
  /** Of the calendar: times are told in it. */
  zone: string;
  /** What is free as it would be then; left out: as it is. */
  as?: (query: Query) => Query;
}

const held = sql<string[]>`array(
  select distinct a.resource_id from allocations a
    where a.business_id = ${bookings.businessId} and a.unit_id = coalesce(${bookings.sessionId}, ${bookings.id}))`;

/** Ways out are looked for of so many: each costs a few questions. */
const most = 5;

/** The soonest to come; `more` besides them. Of bookings that are for others to see, only when and with whom. */
export async function inTheWay(
  db: Connection,
  looking: Looking,
  hits: readonly Hit[],
): Promise<{ list: Shown[]; more: number }> {
  if (hits.length === 0) return { list: [], more: 0 };
  const { staffer, catalogue, now } = looking;
  const ids = sql.param([...new Set(hits.map(({ bookingId }) => bookingId))]);
  const rows = await db
    .select({ row: bookings, customer: customers.name, held, count: sql<number>`count(*) over ()::int` })
    .from(bookings)
    .leftJoin(
      customers,
      and(eq(customers.businessId, bookings.businessId), eq(customers.id, bookings.customerId)),
    )
    .where(
      and(
        eq(bookings.businessId, staffer.business.id),
        sql`${bookings.id} = any(${ids}::uuid[])`,
        gt(bookings.endsAt, new Date(now)),
      ),
    )
    .orderBy(asc(bookings.startsAt), asc(bookings.id))
    .limit(most);
  const list: Shown[] = [];
  for (const { row, customer, held: resourceIds } of rows) {
    const taken = hits.filter(({ bookingId }) => bookingId === row.id).map(({ resourceId }) => resourceId);
    const mine = servesOneOf(staffer, resourceIds);
    const words = wordsOf(looking, { row, customer, taken: [...new Set(taken)], mine });
    const { next, others } = mine
      ? await waysOut(db, { catalogue, now, row, as: looking.as }, taken[0] ?? '')
      : { next: [], others: [] };
    list.push({
      bookingId: row.id,
      // For others to see only: no buttons.
      ...(mine && { revision: row.revision, resourceId: taken[0] }),
      words,
      next,
      // Where it takes several, one exchanged for another is no way out.
      others: taken.length > 1 ? [] : resourcesIn(catalogue, others),
    });
  }
  return { list, more: (rows[0]?.count ?? 0) - list.length };
}

function wordsOf(
  { staffer: { locale }, catalogue, zone }: Looking,
  of: { row: typeof bookings.$inferSelect; customer: string | null; taken: string[]; mine: boolean },
): string {
  const { row, customer, taken, mine } = of;
  const what = serviceName(catalogue, row.serviceId);
  const when = shortly(locale, zone, row.startsAt.getTime());
  const names = listed(
    locale,
    resourcesIn(catalogue, taken).map(({ name }) => name),
  );
  if (!mine) return tell('others', locale, { when, names });
  return customer === null
    ? tell('unnamed', locale, { what, when, names })
    : tell('hit', locale, { who: customer, what, when, names });
}
