// How much a resource already has: places taken, time allocated, bookings started in a day or week.
import { merge, type Span } from '../../shared/time.ts';
import { periodAround } from './hours.ts';
import type { Known, Lane } from './prepare.ts';
import type { Service } from './query.ts';

/** Places taken over a span. */
export type Take = Span & { places: number };

/** All that takes places of a resource; a block without a number takes every one. */
export function takesOf({ resource, allocations, blocks }: Known): Take[] {
  const takes: Take[] = [...allocations];
  for (const { start, end, places } of blocks) takes.push({ start, end, places: places ?? resource.places });
  return takes;
}

/** Sorted spans in which fewer places are free than the lane needs. */
export function fullSpans(lane: Lane): Span[] {
  const spare = lane.resource.places - lane.places;
  if (spare < 0) return [{ start: -Infinity, end: Infinity }];
  // Whatever takes a place then takes the last: no need to count.
  if (spare === 0) return merge([...lane.allocations, ...lane.blocks]);
  const changes = takesOf(lane).flatMap(({ start, end, places }) => [
    { at: start, places },
    { at: end, places: -places },
  ]);
  // Ends before starts: what ends as another starts leaves its place to it.
  changes.sort((a, b) => a.at - b.at || a.places - b.places);
  const full: Span[] = [];
  let taken = 0;
  let since = 0;
  for (const { at, places } of changes) {
    const before = taken;
    taken += places;
    if (before <= spare && taken > spare) since = at;
    else if (before > spare && taken <= spare && since < at) full.push({ start: since, end: at });
  }
  return full;
}

/** Time allocated within a span, in ms, each place by itself. */
export function loadIn({ allocations }: Known, span: Span): number {
  let load = 0;
  for (const { start, end, places } of allocations) {
    if (start < span.end && end > span.start) {
      load += places * (Math.min(end, span.end) - Math.max(start, span.start));
    }
  }
  return load;
}

/** Bookings or sessions of a service that start on the resource within a span. */
export function startedIn({ allocations }: Known, service: Service, span: Span): number {
  const units = new Set<string>();
  for (const { coreStart, service: id, unit } of allocations) {
    if (id === service.id && coreStart >= span.start && coreStart < span.end) units.add(unit);
  }
  return units.size;
}

/** The days and weeks in which a resource has as many bookings of a service as it may. */
export function limitedSpans(known: Known, service: Service): Span[] {
  const limited: Span[] = [];
  for (const [days, limit] of [
    [1, service.perDay],
    [7, service.perWeek],
  ] as const) {
    if (limit === null) continue;
    for (const period of periodsOf(known, service, days)) {
      if (startedIn(known, service, period) >= limit) limited.push(period);
    }
  }
  return limited;
}

function periodsOf({ zone, allocations }: Known, service: Service, days: 1 | 7): Iterable<Span> {
  const periods = new Map<number, Span>();
  for (const { coreStart, service: id } of allocations) {
    if (id !== service.id) continue;
    const period = periodAround(zone, coreStart, days);
    periods.set(period.start, period);
  }
  return periods.values();
}
