// How much a resource already has: places taken, time allocated, bookings started in a day or week.
import type { Span } from '../../shared/time.ts';
import { periodAround } from './hours.ts';
import type { Known, Lane } from './prepare.ts';
import type { Service } from './query.ts';

/** Places taken over a span: one, unless it says how many; null: all there are. */
export type Take = Span & { places?: number | null };

/**
 * Sorted spans, neither overlapping nor touching, in which more than `limit` places are taken in all.
 *
 * Starts and ends are sorted apart, as plain numbers: what is taken at an instant is the starts so far less the
 * ends, and which belong together does not matter.
 */
export function above(takes: readonly Take[], limit: number): Span[] {
  const starts: number[] = [];
  const ends: number[] = [];
  for (const { start, end, places = 1 } of takes) {
    // A take of more than the limit exceeds it alone: no need to count it whole.
    for (let place = Math.min(places ?? Infinity, limit + 1); place > 0; place--) {
      starts.push(start);
      ends.push(end);
    }
  }
  return sweep(Float64Array.from(starts).sort(), Float64Array.from(ends).sort(), limit);
}

function sweep(starts: Float64Array, ends: Float64Array, limit: number): Span[] {
  const spans: Span[] = [];
  let since = 0;
  // Where one ends as another starts the start comes first, so that touching spans become one.
  for (let started = 0, ended = 0; ended < ends.length; ) {
    const start = starts[started] ?? Infinity;
    const end = ends[ended] as number;
    if (start <= end && started < starts.length) {
      if (started - ended === limit) since = start;
      started++;
    } else {
      ended++;
      if (started - ended === limit && since < end) spans.push({ start: since, end });
    }
  }
  return spans;
}

/** Sorted spans in which fewer places are free than the lane needs. */
export function fullSpans(lane: Lane): Span[] {
  const spare = lane.resource.places - lane.places;
  if (spare < 0) return [{ start: -Infinity, end: Infinity }];
  return above([...lane.allocations, ...lane.blocks], spare);
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
  return [...reached(known, service, 1, service.perDay), ...reached(known, service, 7, service.perWeek)];
}

function reached({ zone, allocations }: Known, service: Service, days: 1 | 7, limit: number | null): Span[] {
  if (limit === null) return [];
  const started = new Map<number, { period: Span; units: Set<string> }>();
  for (const { coreStart, service: id, unit } of allocations) {
    if (id !== service.id) continue;
    const period = periodAround(zone, coreStart, days);
    const { units } = started.get(period.start) ?? { units: new Set() };
    started.set(period.start, { period, units: units.add(unit) });
  }
  return [...started.values()].filter(({ units }) => units.size >= limit).map(({ period }) => period);
}
