// Which of a resource's places a booking gets; and, where the count fits but none is free throughout, a new seating.
import { and, eq, inArray, sql } from 'drizzle-orm';
import { overlaps, type Span } from '../../shared/time.ts';
import { allocations } from '../database/ledger.ts';
import type { Transaction } from '../database/open.ts';

interface Sitting extends Span {
  place: number;
}

/** The lowest `count` places of 1 to `capacity` that nobody sits in during `span`, or null. Pure. */
export function freePlaces(sitting: readonly Sitting[], span: Span, of: { capacity: number; count: number }) {
  const occupied = new Set(sitting.filter((s) => overlaps(s, span)).map((s) => s.place));
  const free: number[] = [];
  for (let place = 1; place <= of.capacity && free.length < of.count; place++)
    if (!occupied.has(place)) free.push(place);
  return free.length === of.count ? free : null;
}

/**
 * Seats everybody anew, in order of start, each in the lowest free place. Intervals that never overlap more than
 * `capacity` deep always fit so (they form an interval graph); null if they do overlap deeper. Pure.
 */
export function seatAnew(spans: readonly Span[], capacity: number): number[] | null {
  const places = new Array<number>(spans.length);
  const freeFrom = new Array<number>(capacity).fill(Number.NEGATIVE_INFINITY);
  const inOrder = spans.map((_, i) => i).sort((a, b) => spans[a]!.start - spans[b]!.start);
  for (const i of inOrder) {
    const seat = freeFrom.findIndex((end) => end <= spans[i]!.start);
    if (seat < 0) return null;
    freeFrom[seat] = spans[i]!.end;
    places[i] = seat + 1;
  }
  return places;
}

export interface Wanted {
  businessId: string;
  resourceId: string;
  capacity: number;
  count: number;
  span: Span;
}

/**
 * Moves what overlaps with the wanted span to other places, and gives the places that come free. The caller holds
 * the resource's lock, and has let go what expired in the way.
 */
export async function rearrange(tx: Transaction, wanted: Wanted): Promise<number[] | null> {
  const rows = await clusterAround(tx, wanted);
  const newcomers = new Array<Span>(wanted.count).fill(wanted.span);
  const places = seatAnew([...rows.map((row) => row.during), ...newcomers], wanted.capacity);
  if (!places) return null;
  // Gone and back rather than updated: the primary key holds the place and is not deferrable.
  await tx.delete(allocations).where(
    and(
      eq(allocations.businessId, wanted.businessId),
      eq(allocations.resourceId, wanted.resourceId),
      inArray(
        allocations.unitId,
        rows.map((row) => row.unitId),
      ),
    ),
  );
  await tx.insert(allocations).values(rows.map((row, i) => ({ ...row, place: places[i]! })));
  return places.slice(rows.length);
}

// All that overlaps the wanted span, all that overlaps those, and so on: only within such a cluster do places matter.
async function clusterAround(tx: Transaction, { businessId, resourceId, span }: Wanted) {
  let around = span;
  for (;;) {
    const rows = await tx
      .select()
      .from(allocations)
      .where(
        and(
          eq(allocations.businessId, businessId),
          eq(allocations.resourceId, resourceId),
          sql`${allocations.during} && tstzrange(${new Date(around.start).toISOString()}::timestamptz, ${new Date(around.end).toISOString()}::timestamptz)`,
        ),
      );
    const wider = {
      start: Math.min(around.start, ...rows.map((row) => row.during.start)),
      end: Math.max(around.end, ...rows.map((row) => row.during.end)),
    };
    if (wider.start === around.start && wider.end === around.end) return rows;
    around = wider;
  }
}
