// Wall-clock hours turned into instants: when something is open, and at which steps a slot may start.
import {
  DAY,
  dayOf,
  merge,
  mondayOf,
  overlaps,
  type Span,
  timeOf,
  weekdayOf,
  type Zone,
} from '../../shared/time.ts';
import type { Hours, Opening } from './query.ts';

/** An opening as instants. `wall`: what the clock reads as it opens, from which its steps are counted. */
export type Row = Span & { wall: number };

/** Rows, sorted by start, and the clock that their steps are counted on. */
type Clocked = { zone: Zone; rows: Row[] };

/** When something is open in a zone: its rows, and the time that they make up together. */
export type Times = Clocked & { open: Span[] };

export const ALWAYS: Hours = {
  weekly: [1, 2, 3, 4, 5, 6, 7].map((day) => ({ day, from: '00:00', to: '24:00' })),
  dates: [],
};

/** The hours, and time opened besides them, as far as they overlap `span`; rows and openings are kept whole. */
export function timesIn(span: Span, zone: Zone, { hours, openings }: Opened): Times {
  const rows = hours ? rowsOf(hours, zone, span) : [];
  for (const opening of openings) {
    if (overlaps(opening, span)) rows.push({ ...opening, wall: zone.wall(opening.start) });
  }
  if (openings.length > 0) rows.sort((a, b) => a.start - b.start);
  return { zone, rows, open: merge(rows) };
}
type Opened = { hours: Hours | null; openings: readonly Span[] };

function rowsOf(hours: Hours, zone: Zone, span: Span): Row[] {
  const weekly: Span[][] = [];
  const dates = new Map<number, Opening[]>();
  for (const { date, spans } of hours.dates) {
    const day = dayOf(date);
    dates.set(day, [...(dates.get(day) ?? []), ...spans]);
  }
  const rows: Row[] = [];
  // A row reaches into the next day at most, however its rows join.
  const last = zone.day(span.end);
  for (let day = zone.day(span.start) - 1; day <= last; day++) {
    const exception = dates.get(day);
    const weekday = weekdayOf(day);
    if (!exception) weekly[weekday] ??= readings(hours.weekly.filter((row) => row.day === weekday));
    for (const reading of exception ? readings(exception) : (weekly[weekday] ?? [])) {
      const wall = day * DAY + reading.start;
      const start = zone.first(wall);
      const end = zone.first(day * DAY + reading.end);
      if (start < end && start < span.end && end > span.start) rows.push({ start, end, wall });
    }
  }
  return rows;
}

/** A day's rows as clock readings in ms after its midnight, joined where they touch. */
function readings(rows: readonly Opening[]): Span[] {
  return merge(
    rows.map(({ from, to }) => {
      const start = timeOf(from);
      const end = timeOf(to);
      return { start, end: end > start ? end : end + DAY };
    }),
  );
}

/**
 * The instants in `spans` (sorted, free of overlap) at which a row's clock stands on a step (`step` in ms of wall
 * clock from its opening): none for readings that a gap leaves out, the first for those that an overlap repeats.
 * Sorted, each once.
 */
export function stepsIn(spans: readonly Span[], { zone, rows }: Clocked, step: number): number[] {
  const steps: number[] = [];
  let sorted = true;
  let passed = 0;
  for (const row of rows) {
    while (passed < spans.length && (spans[passed] as Span).end <= row.start) passed++;
    const before = steps.length;
    // The clock has read everything below `unread` since the row opened.
    let unread = row.wall;
    for (let from = row.start, i = passed; from < row.end; ) {
      const { end, offset } = zone.stretch(from);
      const until = Math.min(end, row.end);
      for (let span = spans[i]; span && span.start < until; span = spans[++i]) {
        const least = Math.max(unread, Math.max(from, span.start) + offset);
        const last = Math.min(until, span.end);
        let start = row.wall + Math.ceil((least - row.wall) / step) * step - offset;
        for (; start < last; start += step) steps.push(start);
        if (span.end > until) break;
      }
      unread = Math.max(unread, until + offset);
      from = until;
    }
    if (before > 0 && (steps[before] ?? Infinity) <= (steps[before - 1] as number)) sorted = false;
  }
  return sorted ? steps : [...new Set(steps)].sort((a, b) => a - b);
}

/** The span of the local day (`days` 1) or ISO week (`days` 7) that holds an instant. */
export function periodAround(zone: Zone, instant: number, days: 1 | 7): Span {
  const day = zone.day(instant);
  const first = days === 7 ? mondayOf(day) : day;
  return { start: zone.startOf(first), end: zone.startOf(first + days) };
}
