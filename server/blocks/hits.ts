// Which bookings are in the way of time that events take.
import { sql } from 'drizzle-orm';
import { DAY, overlaps, type Span } from '../../shared/time.ts';
import { above, type Take } from '../availability/load.ts';
import type { Connection } from '../database/open.ts';

/** One place of a resource, as a booking or session holds it, buffers included. */
export interface Seat extends Span {
  resourceId: string;
  /** Of a session: all that sit in it. */
  bookingIds: string[];
}

/** What an event takes of a resource; `places` null: all. */
export interface Wanted extends Span {
  resourceId: string;
  places: number | null;
}

interface Looking {
  businessId: string;
  resourceIds: readonly string[];
  window: Span;
  /** ms since 1970: what has lapsed by then is let go. */
  now: number;
}

export async function readSeats(db: Connection, looking: Looking): Promise<Seat[]> {
  const { businessId, resourceIds, window, now } = looking;
  if (resourceIds.length === 0 || window.start >= window.end) return [];
  const ids = sql.param([...resourceIds]);
  const [from, to, at] = [window.start, window.end, now].map((ms) => new Date(ms).toISOString());
  // A resource at a time is joined: one look-up in the index takes one resource.
  return db.execute<Seat & Record<string, unknown>>(sql`
    select a.resource_id as "resourceId",
        (extract(epoch from lower(a.during)) * 1000)::double precision as start,
        (extract(epoch from upper(a.during)) * 1000)::double precision as end,
        case when a.booking_id is not null then array[a.booking_id] else array(
          select b.id from bookings b where b.business_id = a.business_id and b.session_id = a.session_id
            and b.status in ('held', 'pending', 'confirmed', 'completed', 'no_show')
            and (b.expires_at is null or b.expires_at > ${at}::timestamptz) order by b.id
        ) end as "bookingIds"
      from unnest(${ids}::uuid[]) as of(id) join allocations a on a.business_id = ${businessId}
        and a.resource_id = of.id and a.during && tstzrange(${from}::timestamptz, ${to}::timestamptz)
        and (a.expires_at is null or a.expires_at > ${at}::timestamptz)
      order by lower(a.during), a.unit_id, a.place`);
}

/** Time in which some of a resource's places, not all, are taken by no booking. */
export interface Part extends Wanted {
  id: string;
  /** null: put in by hand. */
  calendarId: string | null;
  eventId: string | null;
  original: string | null;
}

type Places = ReadonlyMap<string, number>;

/** Of resources with one place there are none, and nothing is asked. */
export async function readParts(
  db: Connection,
  { businessId, resourceIds, window }: Omit<Looking, 'now'>,
  places: Places,
): Promise<Part[]> {
  const several = resourceIds.filter((id) => (places.get(id) ?? 1) > 1);
  if (several.length === 0 || window.start >= window.end) return [];
  const [from, to] = [window.start, window.end].map((ms) => new Date(ms).toISOString());
  return db.execute<Part & Record<string, unknown>>(sql`
    select k.id, k.resource_id as "resourceId", k.calendar_id as "calendarId", k.event_id as "eventId", k.original,
        k.places, (extract(epoch from lower(k.during)) * 1000)::double precision as start,
        (extract(epoch from upper(k.during)) * 1000)::double precision as end
      from unnest(${sql.param(several)}::uuid[]) as of(id) cross join lateral (
        select * from blocks where business_id = ${businessId} and resource_id = of.id
          and during && tstzrange(${from}::timestamptz, ${to}::timestamptz) and places is not null offset 0
      ) k`);
}

interface Around {
  seats: readonly Seat[];
  /** What takes some places besides those wanted. */
  parts: readonly Wanted[];
  places: Places;
}

/**
 * The seats that each wanted time does not leave alone. What takes every place: all that overlap it. What takes some:
 * those of a time in which bookings and all that takes some want more places than there are, for no one of these is
 * more in the way than another. What takes every place is not held against them.
 */
export function hitsOf<W extends Wanted>(
  wanted: readonly W[],
  { seats, parts, places }: Around,
): { wanted: W; seat: Seat }[] {
  const extent = {
    start: seats.reduce((least, { start }) => Math.min(least, start), Infinity),
    end: seats.reduce((most, { end }) => Math.max(most, end), -Infinity),
  };
  const thereOf = ({ resourceId }: Wanted) => places.get(resourceId) ?? 1;
  const isPart = (one: Wanted) => one.places !== null && one.places < thereOf(one);
  const seatsNear = nearIn(seats, extent);
  const partsNear = nearIn([...parts, ...wanted].filter(isPart), extent);
  return wanted.flatMap((one) => {
    const near = seatsNear(one);
    if (near.length === 0) return [];
    const short = isPart(one) ? shortOf(one, [...near, ...partsNear(one)], thereOf(one)) : [one];
    return near
      .filter((seat) => short.some((span) => overlaps(span, seat)))
      .map((seat) => ({ wanted: one, seat }));
  });
}

type Placed = Span & { resourceId: string };

/** Thousands of each are compared: only with what lies on the same days. */
function nearIn<T extends Placed>(all: readonly T[], extent: Span): (one: Placed) => T[] {
  // An event may last for centuries.
  const daysOf = ({ start, end }: Span) => daysIn(Math.max(start, extent.start), Math.min(end, extent.end));
  const byDay = new Map<string, T[]>();
  for (const each of all)
    for (const day of daysOf(each)) {
      const others = byDay.get(`${each.resourceId}/${day}`);
      if (others) others.push(each);
      else byDay.set(`${each.resourceId}/${day}`, [each]);
    }
  return (one) => {
    const around = daysOf(one).flatMap((day) => byDay.get(`${one.resourceId}/${day}`) ?? []);
    return [...new Set(around)].filter((each) => overlaps(each, one));
  };
}

function daysIn(start: number, end: number): number[] {
  if (start >= end) return [];
  const first = Math.floor(start / DAY);
  return Array.from({ length: Math.ceil(end / DAY) - first }, (_, i) => first + i);
}

/** When more than there is is wanted, while it lasts. */
const shortOf = (one: Wanted, near: readonly Take[], there: number): Span[] =>
  above(
    near.map(({ start, end, places }) => ({
      start: Math.max(start, one.start),
      end: Math.min(end, one.end),
      places,
    })),
    there,
  );
