// Which bookings are in the way of time that events take.
import { sql } from 'drizzle-orm';
import { DAY, overlaps, type Span } from '../../shared/time.ts';
import { above } from '../availability/load.ts';
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

/**
 * The seats that each wanted time does not leave alone: all that overlap it where it takes every place, else those
 * where bookings and it together want more places than there are. What other events take is not added to that: each
 * is told by itself.
 */
export function hitsOf<W extends Wanted>(
  wanted: readonly W[],
  seats: readonly Seat[],
  places: ReadonlyMap<string, number>,
): { wanted: W; seat: Seat }[] {
  const byDay = new Map<string, Seat[]>();
  for (const seat of seats)
    for (const day of daysOf(seat)) {
      const others = byDay.get(`${seat.resourceId}/${day}`);
      if (others) others.push(seat);
      else byDay.set(`${seat.resourceId}/${day}`, [seat]);
    }
  // An event may last for centuries.
  const first = seats.reduce((least, { start }) => Math.min(least, start), Infinity);
  const last = seats.reduce((most, { end }) => Math.max(most, end), -Infinity);
  return wanted.flatMap((one) => {
    const within = { start: Math.max(one.start, first), end: Math.min(one.end, last) };
    if (within.start >= within.end) return [];
    const around = daysOf(within).flatMap((day) => byDay.get(`${one.resourceId}/${day}`) ?? []);
    const near = [...new Set(around)].filter((seat) => overlaps(seat, one));
    const there = places.get(one.resourceId) ?? 1;
    const short = one.places === null || one.places >= there ? [one] : shortOf(one, near, there);
    return near
      .filter((seat) => short.some((span) => overlaps(span, seat)))
      .map((seat) => ({ wanted: one, seat }));
  });
}

/** Thousands of each are compared: only with what lies on the same days. */
function daysOf({ start, end }: Span): number[] {
  const first = Math.floor(start / DAY);
  return Array.from({ length: Math.max(1, Math.ceil(end / DAY) - first) }, (_, i) => first + i);
}

function shortOf(one: Wanted, near: readonly Seat[], there: number): Span[] {
  const taken = near.map(({ start, end }) => ({
    start: Math.max(start, one.start),
    end: Math.min(end, one.end),
  }));
  return above([...taken, { start: one.start, end: one.end, places: one.places }], there);
}
