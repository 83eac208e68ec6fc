// A recurring event expanded: which occurrences it has in a window, and when it is over.
import { DAY, dateOf, HOUR, overlaps, type Span, type Zone } from '../../shared/time.ts';
import { type Reach, STEPS, walls } from './expand.ts';
import { dayOrThrow, knownZone } from './instant.ts';
import { type Lines, readLines } from './lines.ts';
import type { Rule } from './rule.ts';

/** A date, for all-day events, or an instant (ms since 1970) with the named zone whose wall clock the series follows. */
export type When = { date: string } | { at: number; zone: string };

export interface Series {
  /** RRULE, EXRULE, RDATE and EXDATE lines, as Google gives them in `recurrence`. */
  lines: readonly string[];
  start: When;
  /** Exclusive, of the first occurrence: all have its length, in ms, or in days if all-day. */
  end: When;
  /** Of the calendar: what all-day dates are read in. */
  zone: string;
}

export interface Occurrence {
  /** The original start: `2026-11-20` of an all-day series, else the instant as `2026-11-20T08:00:00.000Z`. */
  original: string;
  /** Ms since 1970. All-day: local midnights of the calendar's zone, so that a day may have 23 or 25 hours. */
  start: number;
  end: number;
}

/** A series of which it cannot be told when it takes place: a line is not RFC 5545, or a zone or date is unknown. */
export class Unreadable extends Error {
  override readonly name = 'Unreadable';
}

/** Most occurrences in one answer: more than every hour of two years. */
export const MOST = 20_000;

/** What every zone and `Date` can tell: the years 2 to 9998. */
const EARLIEST = Date.parse('0002-01-01');
const LATEST = Date.parse('9999-01-01');

/**
 * Occurrences that overlap the window [start, end), by start; those of no length where they lie in it. At most `MOST`.
 *
 * RFC 5545 in wall time: a rule gives readings of the zone's clock, and each is then an instant. The start is an
 * occurrence too where the rule does not give it, as Google shows it: COUNT does not count it then.
 * @throws Unreadable
 */
export function occurrences(series: Series, window: Span): Occurrence[] {
  const plan = read(series);
  const found = new Map<number, Occurrence>();
  for (const rule of plan.rules) {
    let many = 0;
    for (const { id } of given(plan, rule, reachOf(plan, window))) {
      const occurrence = occurrenceOf(plan, id);
      if (found.has(id) || !isWithin(occurrence, window)) continue;
      found.set(id, occurrence);
      if (++many === MOST) break;
    }
  }
  for (const id of added(plan)) {
    const occurrence = occurrenceOf(plan, id);
    if (isWithin(occurrence, window)) found.set(id, occurrence);
  }
  return [...found.values()].sort((a, b) => a.start - b.start || a.end - b.end).slice(0, MOST);
}

/** Wall times of which some may be, or reach, into the window; generous by no more than clocks may jump. */
function reachOf({ zone, allDay, length, share }: Plan, window: Span): Reach {
  const start = within(window.start - length);
  const end = within(window.end);
  if (allDay) return { from: (zone.day(start) - 1) * DAY, to: (zone.day(end) + 1) * DAY, steps: share };
  const offsets = (instant: number) => [instant - DAY, instant, instant + DAY].map((at) => zone.offset(at));
  return { from: start + Math.min(...offsets(start)), to: end + Math.max(...offsets(end)), steps: share };
}

const within = (instant: number) => Math.min(Math.max(instant, EARLIEST), LATEST);

const isWithin = (span: Span, window: Span) =>
  overlaps(span, window) ||
  (span.start === span.end && span.start === window.start && window.start < window.end);

/**
 * The end of the last occurrence in ms since 1970. Null if there is none: endless, never, or not cheap to tell.
 * @throws Unreadable
 */
export function lastEnd(series: Series): number | null {
  const plan = read(series);
  const ids = added(plan);
  for (const rule of plan.rules) {
    const last = lastOf(plan, rule);
    if (last === 'unknown') return null;
    if (last !== 'none') ids.push(last);
  }
  return ids.reduce<number | null>((end, id) => Math.max(end ?? id, occurrenceOf(plan, id).end), null);
}

/**
 * Key of an original start, as Google's `originalStartTime` says it: equal to an occurrence's `original` if it is the
 * same.
 * @throws Unreadable
 */
export function originalKey(when: When): string {
  return readable(() =>
    'date' in when ? dateOf(dayOrThrow(when.date)) : new Date(instant(when)).toISOString(),
  );
}

interface Plan extends Lines {
  /** The start, as wall time. */
  first: number;
  allDay: boolean;
  zone: Zone;
  /** In ms; all-day, 24 hours for each day. */
  length: number;
  /** Steps that each walk along a rule may take, so that many rules take no longer than one. */
  share: number;
}

function read({ lines, start, end, zone }: Series): Plan {
  return readable(() => {
    if ('date' in start) {
      if (!('date' in end)) throw new RangeError('the start is a date and the end is not');
      const days = Math.max(1, dayOrThrow(end.date) - dayOrThrow(start.date));
      const begin = { wall: dayOrThrow(start.date) * DAY, zone: knownZone(zone), allDay: true };
      return planOf(readLines(lines, begin), begin, days * DAY);
    }
    if ('date' in end) throw new RangeError('the end is a date and the start is not');
    const own = knownZone(start.zone);
    const begin = { wall: own.wall(instant(start)), zone: own, allDay: false };
    return planOf(readLines(lines, begin), begin, Math.max(0, instant(end) - instant(start)));
  });
}

type Begin = { wall: number; zone: Zone; allDay: boolean };

function planOf(lines: Lines, { wall, zone, allDay }: Begin, length: number): Plan {
  const walks = Math.max(1, lines.rules.length) * Math.max(1, lines.exRules.length);
  const plan = { ...lines, first: wall, zone, allDay, length, share: Math.max(STEPS / walks, 500) };
  // The start is the first of the dates, unless all that rules give was over before it.
  const id = idAt(plan, wall);
  const isOver = ({ until, untilInstant }: Rule) => wall > until || id > untilInstant;
  const over = plan.rules.length > 0 && plan.rules.every(isOver);
  if (!over && !plan.dates.has(id)) plan.dates.set(id, { wall });
  return plan;
}

function instant({ at }: { at: number }): number {
  if (!(at >= EARLIEST && at <= LATEST))
    throw new RangeError('a start or end is not a time of the years 2 to 9998');
  return at;
}

function readable<T>(reading: () => T): T {
  try {
    return reading();
  } catch (error) {
    if (error instanceof RangeError)
      throw new Unreadable(`This event's recurrence cannot be read: ${error.message}.`);
    throw error;
  }
}

const idAt = ({ allDay, zone }: Plan, wall: number) =>
  allDay ? Math.floor(wall / DAY) * DAY : zone.at(wall);

function occurrenceOf(plan: Plan, id: number): Occurrence {
  const end = plan.dates.get(id)?.end ?? id + plan.length;
  if (!plan.allDay) return { original: new Date(id).toISOString(), start: id, end };
  const [start, after] = [plan.zone.startOf(id / DAY), plan.zone.startOf(end / DAY)];
  return { original: dateOf(id / DAY), start, end: after };
}

/** What a rule gives, less what is taken out, by wall time. */
function* given(plan: Plan, rule: Rule, reach: Reach): Generator<{ id: number; wall: number }> {
  const isOut = takenOut(plan, reach);
  for (const wall of walls(rule, plan.first, reach)) {
    const id = idAt(plan, wall);
    if (id <= rule.untilInstant && !isOut(id, wall)) yield { id, wall };
  }
}

function added(plan: Plan): number[] {
  const dates = [...plan.dates].sort(([, a], [, b]) => a.wall - b.wall);
  const isOut = takenOut(plan, { from: dates[0]?.[1].wall ?? 0, to: dates.at(-1)?.[1].wall ?? 0 });
  return dates.filter(([id, { wall }]) => !isOut(id, wall)).map(([id]) => id);
}

/** Whether an EXDATE or EXRULE names an occurrence. To be asked in order of wall times: the rules go along. */
function takenOut(
  plan: Plan,
  { from, to }: Pick<Reach, 'from' | 'to'>,
): (id: number, wall: number) => boolean {
  const along = plan.exRules.map((rule) => {
    const out = walls(rule, plan.first, { from, to, steps: plan.share });
    let next = out.next();
    return (id: number, wall: number) => {
      while (!next.done && next.value < wall) next = out.next();
      return !next.done && next.value === wall && id <= rule.untilInstant;
    };
  });
  return (id, wall) => plan.exDates.has(id) || along.some((isIn) => isIn(id, wall));
}

/** How far ahead the end of a counted rule is looked for: beyond, it is as good as endless. */
const FAR = Date.parse('2200-01-01');

/** How many occurrences may be looked at for the last. */
const CHEAP = 50_000;

/** The last that a rule gives and nothing takes out. */
function lastOf(plan: Plan, rule: Rule): number | 'none' | 'unknown' {
  const counted = rule.count !== Number.POSITIVE_INFINITY;
  if (counted ? !isCountable(plan, rule) : rule.until > FAR) return 'unknown';
  // From the end backwards, further each time, so that a long series is not walked for its last. Counting must be.
  let to = Math.min(rule.until, FAR);
  for (let length = counted ? Number.POSITIVE_INFINITY : HOUR; to >= plan.first; length *= 4) {
    const reach = { from: Math.max(plan.first, to - length), to, steps: plan.share };
    const ids: number[] = [];
    for (const { id } of given(plan, rule, reach)) if (ids.push(id) > CHEAP) return 'unknown';
    if (reach.steps < 0) return 'unknown';
    if (ids.length > 0) return Math.max(...ids);
    to = reach.from - 1;
  }
  return 'none';
}

/** Whether the last that a rule counts is found, or that there is none. */
function isCountable(plan: Plan, rule: Rule): boolean {
  const reach = { from: plan.first, to: Math.min(rule.until, FAR), steps: plan.share };
  let left = Math.min(rule.count, CHEAP + 1);
  for (const _wall of walls({ ...rule, count: left }, plan.first, reach)) left--;
  return reach.steps >= 0 && (left === 0 ? rule.count <= CHEAP : rule.until <= FAR);
}
