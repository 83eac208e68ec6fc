// Events that take the time of bookings: told once when they come to do so, and listed with what can be done about each.
import { and, asc, eq, gt, inArray, isNull, or, type SQL, sql } from 'drizzle-orm';
import type * as z from 'zod';
import type { Collision } from '../../shared/calendar-api.ts';
import { MINUTE } from '../../shared/time.ts';
import type { Caller } from '../auth/keys.ts';
import { nearestSlots } from '../availability/ask.ts';
import { type Catalogue, catalogueOf } from '../availability/catalogue.ts';
import { load } from '../availability/free.ts';
import { prepare } from '../availability/prepare.ts';
import type { Query } from '../availability/query.ts';
import { findingsAt } from '../availability/reasons.ts';
import { unitsOf } from '../bookings/sessions.ts';
import type { Context } from '../context.ts';
import { allocations, bookings } from '../database/ledger.ts';
import type { Connection, Transaction } from '../database/open.ts';
import { notFound } from '../errors.ts';
import { tell } from '../log/messages.ts';
import { hitsOf, readParts, readSeats, type Wanted } from './hits.ts';
import type { Judge } from './judge.ts';
import { isBusyTime } from './reflect.ts';

type Shape = z.output<typeof Collision>;

/** Time that one event takes, as the blocks table holds it. */
interface Taking extends Wanted {
  /** Of the block. */
  id: string;
  calendarId: string;
  eventId: string;
  original: string | null;
}

interface Noting {
  judge: Judge;
  familyIds: readonly string[];
  now: number;
  from?: number;
}

/** Above, all of the calendar are looked at: that costs less than naming them. */
const mostNamed = 1000;

/**
 * Tells staff of each booking to come that an event of these families is in the way of, once for each booking and
 * event. After their blocks were rebuilt, in the same transaction.
 * @param now ms since 1970
 * @param from only what they take from then on is new, ms
 */
export async function noteCollisions(
  tx: Transaction,
  { judge, familyIds, now, from = now }: Noting,
): Promise<void> {
  if (familyIds.length === 0) return;
  const { businessId, calendarId } = judge;
  const among =
    familyIds.length > mostNamed
      ? sql`(select * from blocks where calendar_id = ${calendarId} and event_id is not null)`
      : blocksOf(businessId, calendarId, familyIds);
  const found = await findHits(tx, { businessId, now, from, among, places: judge.places });
  const told = found.map(({ bookingId, meet, taking: { eventId, original, start, end, resourceId } }) => ({
    businessId,
    to: 'staff' as const,
    kind: 'collision',
    about: [bookingId, calendarId, ...nameOf({ eventId, original, start }, meet)].join('/'),
    at: new Date(now),
    bookingId,
    calendarId,
    details: {
      eventId,
      original,
      resourceId,
      start: new Date(start).toISOString(),
      end: new Date(end).toISOString(),
    },
  }));
  await tell(tx, told);
}

/**
 * What is told once. A busy time that Google tells without its event is cut to what was asked for, so that its ends
 * differ with each reading: where it meets the booking does not.
 */
const nameOf = (
  { eventId, original, start }: Pick<Taking, 'eventId' | 'original' | 'start'>,
  meet: number,
) =>
  isBusyTime(eventId)
    ? ['busy', new Date(meet).toISOString()]
    : [eventId, original ?? '', new Date(start).toISOString()];

/** Event by event (`offset 0` keeps PostgreSQL from reading all blocks of a large calendar to join them with a few events). */
const blocksOf = (businessId: string, calendarId: string, familyIds: readonly string[]): SQL => sql`(
  select own.* from events e cross join lateral (
      select * from blocks b where b.calendar_id = e.calendar_id and b.event_id = e.event_id offset 0) own
    where e.business_id = ${businessId} and e.calendar_id = ${calendarId}
      and coalesce(e.series_id, e.event_id) = any(${sql.param([...familyIds])}::text[]))`;

interface Looking {
  businessId: string;
  now: number;
  /** Blocks that are over by then are left out. */
  from?: number;
  /** A select of blocks. */
  among: SQL;
  places: ReadonlyMap<string, number>;
}
interface Hit {
  bookingId: string;
  taking: Taking;
  /** When the two meet first, ms. */
  meet: number;
}

/** Most often there are none, and one look says so. */
async function findHits(
  db: Connection,
  { businessId, now, from = now, among, places }: Looking,
): Promise<Hit[]> {
  const [at, since] = [now, Math.max(now, from)].map((ms) => new Date(ms).toISOString());
  const taking = await db.execute<Taking & Record<string, unknown>>(sql`
    select k.id, k.resource_id as "resourceId", k.calendar_id as "calendarId", k.event_id as "eventId", k.original,
        k.places, (extract(epoch from lower(k.during)) * 1000)::double precision as start,
        (extract(epoch from upper(k.during)) * 1000)::double precision as end
      from ${among} k
      where k.business_id = ${businessId} and k.event_id is not null and upper(k.during) > ${since}::timestamptz
        and exists (
          select from allocations a where a.business_id = k.business_id and a.resource_id = k.resource_id
            and a.during && k.during and upper(a.during) > ${at}::timestamptz
            and (a.expires_at is null or a.expires_at > ${at}::timestamptz))
      order by lower(k.during), k.id`);
  if (taking.length === 0) return [];
  const looking = {
    businessId,
    resourceIds: [...new Set(taking.map(({ resourceId }) => resourceId))],
    window: { start: now, end: taking.reduce((last, { end }) => Math.max(last, end), now) },
    now,
  };
  const seats = await readSeats(db, looking);
  const these = new Set(taking.map(({ id }) => id));
  const parts = (await readParts(db, looking, places)).filter(({ id }) => !these.has(id));
  return hitsOf(taking, { seats, parts, places }).flatMap(({ wanted, seat }) =>
    seat.bookingIds.map((bookingId) => ({
      bookingId,
      taking: wanted,
      meet: Math.max(wanted.start, seat.start),
    })),
  );
}

interface Asked {
  limit: number;
  cursor?: string;
}

/**
 * Bookings to come, soonest first, that events are in the way of; one row for each resource and event. `limit` counts
 * bookings.
 * @throws Refusal not_found (the cursor)
 */
export async function listCollisions(context: Context, caller: Caller, { limit, cursor }: Asked) {
  const { db } = context;
  const { businessId } = caller;
  const now = context.now();
  const catalogue = await catalogueOf(db, caller);
  const rows = await readHit(db, { businessId, now, limit, cursor });
  const page = rows.slice(0, limit);
  const places = new Map([...catalogue.resources].map(([id, { row }]) => [id, row.places]));
  const found = await findHits(db, { businessId, now, places, among: overlapping(page) });
  const items: Shape[] = [];
  for (const row of page)
    for (const { taking } of distinct(found.filter(({ bookingId }) => bookingId === row.id)))
      items.push(await show(db, { catalogue, now, row }, taking));
  return { items, next: rows.length > limit ? page.at(-1)!.id : null };
}

type BookingRow = typeof bookings.$inferSelect;

/** A resource of which a booking holds several places is told once. */
const distinct = (hits: Hit[]): Hit[] => [
  ...new Map(
    hits.map((hit) => [`${hit.taking.resourceId}/${hit.taking.eventId}/${hit.taking.start}`, hit]),
  ).values(),
];

const overlapping = (page: readonly BookingRow[]): SQL => {
  const units = sql.param(page.map(({ id, sessionId }) => sessionId ?? id));
  return sql`(
    select * from blocks b where exists (
      select from allocations u where u.business_id = b.business_id and u.unit_id = any(${units}::uuid[])
        and u.resource_id = b.resource_id and u.during && b.during))`;
};

async function readHit(
  db: Connection,
  { businessId, now, limit, cursor }: Asked & { businessId: string; now: number },
): Promise<BookingRow[]> {
  const at = new Date(now);
  return db
    .select()
    .from(bookings)
    .where(
      and(
        eq(bookings.businessId, businessId),
        gt(bookings.endsAt, at),
        inArray(bookings.status, ['held', 'pending', 'confirmed', 'completed', 'no_show']),
        or(isNull(bookings.expiresAt), gt(bookings.expiresAt, at)),
        cursor ? await after(db, businessId, cursor) : undefined,
        sql`exists (
          select from allocations a join blocks k on k.business_id = a.business_id and k.resource_id = a.resource_id
              and k.during && a.during and k.event_id is not null
            where a.business_id = ${bookings.businessId} and a.unit_id = coalesce(${bookings.sessionId}, ${bookings.id}))`,
      ),
    )
    .orderBy(asc(bookings.startsAt), asc(bookings.id))
    .limit(limit + 1);
}

async function after(db: Connection, businessId: string, cursor: string): Promise<SQL> {
  const [last] = await db
    .select({ startsAt: bookings.startsAt, id: bookings.id })
    .from(bookings)
    .where(and(eq(bookings.businessId, businessId), eq(bookings.id, cursor)));
  if (!last) throw notFound('booking');
  return sql`(${bookings.startsAt}, ${bookings.id}) > (${last.startsAt.toISOString()}::timestamptz, ${last.id}::uuid)`;
}

/** A booking that is in the way of something. */
export interface Hindered {
  catalogue: Catalogue;
  /** ms since 1970 */
  now: number;
  row: BookingRow;
  /** As it would be if something were otherwise. */
  as?: (query: Query) => Query;
}

async function show(db: Connection, of: Hindered, taking: Taking): Promise<Shape> {
  const { row } = of;
  const { resourceId, calendarId, eventId, original, start, end } = taking;
  const times = { start: new Date(start).toISOString(), end: new Date(end).toISOString() };
  return {
    bookingId: row.id,
    revision: row.revision,
    resourceId,
    event: { calendarId, eventId, original, ...times },
    ...(await waysOut(db, of, resourceId)),
  };
}

/** The three free starts nearest to its own, and who could take it in place of `leaving` at its own time. */
export async function waysOut(
  db: Connection,
  of: Hindered,
  leaving: string,
): Promise<Pick<Shape, 'next' | 'others'>> {
  const { catalogue, now, row, as } = of;
  const next = await nearestSlots(db, catalogue, {
    serviceId: row.serviceId,
    start: row.startsAt.getTime(),
    now,
    seats: row.seats,
    wish: row.askedFor,
    // A session stays where it is for the others who sit in it.
    ignore: await unitsOf(db, row, now),
    as,
  });
  return { next, others: await othersFor(db, of, leaving) };
}

/** Those that `reassign` would take in its place without anything being overridden. */
async function othersFor(
  db: Connection,
  { catalogue, now, row, as }: Hindered,
  leaving: string,
): Promise<string[]> {
  const unit = row.sessionId ?? row.id;
  const held = await db
    .select()
    .from(allocations)
    .where(and(eq(allocations.businessId, row.businessId), eq(allocations.unitId, unit)));
  const own = held.filter(({ resourceId }) => resourceId === leaving);
  const [first] = own;
  const service = catalogue.offers.get(row.serviceId)!.rule;
  const group = service.groups[first?.position ?? -1];
  const candidates = group?.resources.filter((id) => held.every(({ resourceId }) => resourceId !== id)) ?? [];
  if (!first || candidates.length === 0) return [];
  // As long, and with the buffers, as it was booked.
  const { during, startsAt, endsAt } = first;
  const start = startsAt.getTime();
  const rule = {
    ...service,
    seats: 1,
    length: (endsAt.getTime() - start) / MINUTE,
    before: (start - during.start) / MINUTE,
    after: (during.end - endsAt.getTime()) / MINUTE,
    groups: [{ count: 1, places: own.length, buffers: true, resources: candidates }],
  };
  const window = { from: start, to: start + 1, now };
  const { query } = await load(db, catalogue, {
    serviceId: row.serviceId,
    ...window,
    need: 'slots',
    rule,
    ignore: [unit],
  });
  return (findingsAt(prepare(as?.(query) ?? query), start).lanes[0] ?? [])
    .filter(({ reasons }) => reasons.every(({ code }) => ofTheTime.has(code)))
    .map(({ lane }) => lane.resource.id);
}

/** The time is not being chosen: that nothing would begin then is no reason. */
const ofTheTime = new Set<string>(['off_grid', 'repeated']);
