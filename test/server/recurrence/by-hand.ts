// Series written by hand for the tests, and what is asked of what comes out.
import type { Occurrence, Series } from '../../../server/recurrence/series.ts';
import { HOUR, instantOf } from '../../../shared/time.ts';

export const year2026 = span('2026-01-01', '2027-01-01');

export function span(from: string, to: string) {
  return { start: Date.parse(from), end: Date.parse(to) };
}

/** Of an hour, from a wall time `2026-03-27T02:30`. */
export function timed(zone: string, start: string, ...lines: string[]): Series {
  const [date = '', time = ''] = start.split('T');
  const at = instantOf(zone, date, time);
  return { lines, start: { at, zone }, end: { at: at + HOUR, zone }, zone };
}

export function allDay(zone: string, start: string, end: string, ...lines: string[]): Series {
  return { lines, start: { date: start }, end: { date: end }, zone };
}

export const starts = (found: Occurrence[]) =>
  found.map(({ start }) => new Date(start).toISOString().slice(0, 16));
export const dates = (found: Occurrence[]) => found.map(({ original }) => original.slice(0, 10));
export const hours = (found: Occurrence[]) => found.map(({ start, end }) => (end - start) / HOUR);
