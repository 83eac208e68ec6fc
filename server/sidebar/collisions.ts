// Events in the way of bookings: how many bookings for the home card, and for one of them what can be done about each.

import { sql } from 'drizzle-orm';
import type * as z from 'zod';
import type { BookingCard } from '../../shared/card-api.ts';
import type { Span } from '../../shared/time.ts';
import { nearestSlots } from '../availability/ask.ts';
import type { Catalogue } from '../availability/catalogue.ts';
import { hitsOf, readParts, readSeats, type Wanted } from '../blocks/hits.ts';
import { unitsOf } from '../bookings/sessions.ts';
import type { Connection } from '../database/open.ts';
import { fill, type Phrase } from '../phrase.ts';
import { resourcesIn, shortly, timeOnly } from './lines.ts';
import { type Held, standIns } from './reassign.ts';
import type { Seen } from './sight.ts';
import type { Staffer } from './staffer.ts';

type Shown = z.output<typeof BookingCard>['collisions'];

interface Looking {
  businessId: string;
  resourceIds: readonly string[];
  window: Span;
  /** ms since 1970: what has lapsed by then is let go. */
  now: number;
}

/** Time that one event takes. */
interface Taking extends Wanted {
  /** Of the block. */
  id: string;
  calendar: string;
  eventId: string;
}

/**
 * Most often there are none, and one look says so: of each resource what is taken is read once, not for each event.
 * `offset 0` keeps the look to these resources, whatever the planner thinks.
 */
async function findHits(
  db: Connection,
  { businessId, resourceIds, window, now }: Looking,
  places: ReadonlyMap<string, number>,
): Promise<{ bookingId: string; taking: Taking }[]> {
  const ids = sql.param([...resourceIds]);
  const [from, to, at] = [window.start, window.end, now].map((ms) => new Date(ms).toISOString());
  const span = sql`tstzrange(${from}::timestamptz, ${to}::timestamptz)`;
  const taking = await db.execute<Taking & Record<string, unknown>>(sql`
    with taken as materialized (
      select of.id, range_agg(a.during) as spans from unnest(${ids}::uuid[]) as of(id) cross join lateral (
          select during from allocations where business_id = ${businessId} and resource_id = of.id
            and during && ${span} and (expires_at is null or expires_at > ${at}::timestamptz) offset 0
        ) a group by of.id
    )
    select k.id, k.resource_id as "resourceId", k.event_id as "eventId", k.places, c.name as calendar,
        (extract(epoch from lower(k.during)) * 1000)::double precision as start,
        (extract(epoch from upper(k.during)) * 1000)::double precision as end
      from taken cross join lateral (
          select * from blocks where business_id = ${businessId} and resource_id = taken.id and during && ${span}
            and event_id is not null offset 0
        ) k
        join calendars c on c.business_id = k.business_id and c.id = k.calendar_id
      where k.during && taken.spans
      order by lower(k.during), k.id`);
  if (taking.length === 0) return [];
  const hit = [...new Set(taking.map(({ resourceId }) => resourceId))];
  const there = { businessId, resourceIds: hit, window, now };
  const seats = await readSeats(db, there);
  const these = new Set(taking.map(({ id }) => id));
  const parts = (await readParts(db, there, places)).filter(({ id }) => !these.has(id));
  return hitsOf(taking, { seats, parts, places }).flatMap(({ wanted, seat }) =>
    seat.bookingIds.map((bookingId) => ({ bookingId, taking: wanted })),
  );
}

const placesOf = ({ resources }: Catalogue): Map<string, number> =>
  new Map([...resources].map(([id, { row }]) => [id, row.places]));

/** How many bookings of these resources, in the window, have an event in their way. */
export async function countCollisions(
  db: Connection,
  catalogue: Catalogue,
  looking: Looking,
): Promise<number> {
  const found = await findHits(db, looking, placesOf(catalogue));
  return new Set(found.map(({ bookingId }) => bookingId)).size;
}

interface Of {
  catalogue: Catalogue;
  staffer: Staffer;
  seen: Seen;
  held: readonly Held[];
  /** Whose clock the words go by. */
  zone: string;
  /** ms since 1970 */
  now: number;
}

// {name} the resource, {calendar} its name, {from} and {to} local times.
const phrase: Phrase = {
  en: 'An event in “{calendar}” takes {name}, {from}–{to}.',
  nb: 'En hendelse i «{calendar}» blokkerer {name}, {from}–{to}.',
};

/** The events that are in one booking's way: of each the nearest free times, and who is free at its own. */
export async function collisionsOf(db: Connection, of: Of): Promise<Shown> {
  const { catalogue, seen, held, now, staffer, zone } = of;
  const { row } = seen;
  if (held.length === 0 || row.endsAt.getTime() <= now) return [];
  const found = await findHits(
    db,
    {
      businessId: row.businessId,
      resourceIds: [...new Set(held.map(({ resourceId }) => resourceId))],
      window: {
        start: Math.min(...held.map(({ during }) => during.start)),
        end: Math.max(...held.map(({ during }) => during.end)),
      },
      now,
    },
    placesOf(catalogue),
  );
  const mine = new Map(
    found
      .filter(({ bookingId }) => bookingId === row.id)
      .map(({ taking }) => [`${taking.resourceId}/${taking.eventId}/${taking.start}`, taking]),
  );
  if (mine.size === 0) return [];
  const next = await nearestSlots(db, catalogue, {
    serviceId: row.serviceId,
    start: row.startsAt.getTime(),
    now,
    seats: row.seats,
    wish: row.askedFor,
    // A session stays where it is for the others who sit in it.
    ignore: await unitsOf(db, row, now),
  });
  const others = await standIns(db, catalogue, { row, held, now });
  return [...mine.values()].map(({ resourceId, calendar, start, end }) => ({
    words: fill(phrase[staffer.locale], {
      calendar,
      name: resourcesIn(catalogue, [resourceId])[0]?.name ?? '',
      from: shortly(staffer.locale, zone, start),
      to: end - start < 24 * 3_600_000 ? timeOnly(zone, end) : shortly(staffer.locale, zone, end),
    }),
    next,
    others: others.get(resourceId) ?? [],
    resourceId,
  }));
}
