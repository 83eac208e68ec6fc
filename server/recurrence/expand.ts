// The wall times of one rule, in order. Plain numbers: a wall time is the ms that UTC would have with that reading.
import { DAY, HOUR, MINUTE, weekdayOf } from '../../shared/time.ts';
import { type Rule, UNITS } from './rule.ts';

/** Where to look: wall times from `from` to `to`, both inclusive. */
export interface Reach {
  from: number;
  to: number;
  /** Periods and wall times that may still be looked at; counts down, and below 0 the search was given up. */
  steps: number;
}

/** Enough for every hour of 30 years, and done in well under a second. */
export const STEPS = 300_000;

/**
 * Wall times of a rule within reach, none before `first`, the wall time of the start. In order, save that SKIP may
 * give one twice. What lies before the reach is skipped, not walked, unless it must be counted; what is too far to
 * count is taken as endless: the occurrences of a series that is said to end sometime are rather shown too long than
 * lost.
 */
export function* walls(rule: Rule, first: number, reach: Reach): Generator<number> {
  const { from } = reach;
  const last = Math.min(reach.to, rule.until);
  const counted = rule.count !== Number.POSITIVE_INFINITY;
  const { times } = rule;
  const lastTime = times[times.length - 1] as number;
  let left = rule.count;
  let arrived = !counted || from <= first;
  // Counting may use up half of the steps, and leaves the rest for the reach itself.
  const enough = counted ? reach.steps / 2 : 0;
  for (const found of periods(rule, first, { from: counted ? first : Math.max(first, from), to: last })) {
    reach.steps--;
    if (!arrived && reach.steps < enough)
      return yield* walls({ ...rule, count: Number.POSITIVE_INFINITY }, first, reach);
    if (reach.steps < 0) return;
    const [bases, offsets] = rule.positions ? [picked(rule.positions, found, times), [0]] : [found, times];
    for (const base of bases) {
      // A whole day before the reach is counted at once.
      if (base > first && base + lastTime < from) {
        left -= offsets.length;
        continue;
      }
      for (const offset of offsets) {
        const wall = base + offset;
        if (wall < first) continue;
        if (wall > last || left <= 0) return;
        left--;
        if (wall < from) continue;
        arrived = true;
        if (--reach.steps < 0) return;
        yield wall;
      }
    }
    if (left <= 0) return;
  }
}

/** BYSETPOS: the nth of a period, without writing out all of them, which may be millions. */
function picked(positions: number[], bases: number[], times: number[]): number[] {
  const total = bases.length * times.length;
  const indexes = new Set(positions.map((position) => (position > 0 ? position - 1 : total + position)));
  return [...indexes]
    .filter((index) => index >= 0 && index < total)
    .sort((a, b) => a - b)
    .map(
      (index) =>
        (bases[Math.floor(index / times.length)] as number) + (times[index % times.length] as number),
    );
}

type Stretch = { from: number; to: number };

/**
 * For each period its days (their midnights), or itself where it is shorter than a day. Empty ones too, so that they
 * are counted as steps.
 */
function periods(rule: Rule, first: number, reach: Stretch): Generator<number[]> {
  if (rule.frequency === 'YEARLY' || rule.frequency === 'MONTHLY') return months(rule, first, reach);
  if (rule.frequency === 'WEEKLY') return weeks(rule, first, reach);
  return units(rule, first, reach);
}

function* months(rule: Rule, first: number, { from, to }: Stretch): Generator<number[]> {
  const length = rule.frequency === 'YEARLY' ? 12 : 1;
  const origin = Math.floor(monthOf(first) / length) * length;
  const step = length * rule.interval;
  // One earlier: SKIP may push a day into the next month.
  const skipped = Math.max(0, Math.floor((monthOf(from) - origin) / step) - 1);
  for (let month = origin + skipped * step; ; month += step) {
    if (!((firstDay(month) - 1) * DAY <= to)) return;
    const days: number[] = [];
    for (let i = 0; i < length; i++) {
      const within = rule.months && length === 1 ? modulo(month, 12) + 1 : i + 1;
      if (!rule.months || rule.months.includes(within)) days.push(...daysOfMonth(rule, month + i));
    }
    yield distinct(days.filter((day) => suits(rule, day))).map((day) => day * DAY);
  }
}

function daysOfMonth(rule: Rule, month: number): number[] {
  const start = firstDay(month);
  const length = firstDay(month + 1) - start;
  if (!rule.monthDays) return Array.from({ length }, (_, i) => start + i);
  const days: number[] = [];
  for (const monthDay of rule.monthDays) {
    let day = monthDay > 0 ? monthDay : length + 1 + monthDay;
    if (day < 1 || day > length) {
      if (rule.skip === 'OMIT') continue;
      if (rule.skip === 'FORWARD') day = day < 1 ? 1 : length + 1;
      else day = day < 1 ? 0 : length;
    }
    days.push(start + day - 1);
  }
  return days;
}

function* weeks(rule: Rule, first: number, { from, to }: Stretch): Generator<number[]> {
  const step = 7 * rule.interval;
  const origin = weekOf(Math.floor(first / DAY), rule.weekStart);
  const skipped = Math.max(0, Math.floor((Math.floor(from / DAY) - origin) / step));
  for (let week = origin + skipped * step; week * DAY <= to; week += step) {
    const days: number[] = [];
    for (let day = week; day < week + 7; day++) if (passes(rule, day)) days.push(day * DAY);
    yield days;
  }
}

/** Days, hours, minutes or seconds. From one that does not pass straight to the end of what does not pass. */
function* units(rule: Rule, first: number, { from, to }: Stretch): Generator<number[]> {
  const unit = UNITS[rule.frequency] as number;
  const origin = Math.floor(first / unit);
  /** The first of the series at or after a wall time. */
  const next = (wall: number) =>
    origin + Math.max(0, Math.ceil((Math.ceil(wall / unit) - origin) / rule.interval)) * rule.interval;
  let good = Number.NaN;
  for (let index = next(Math.floor(from / unit) * unit); ; ) {
    const wall = index * unit;
    if (!(wall <= to)) return;
    const day = Math.floor(wall / DAY);
    if (day !== good && passes(rule, day)) good = day;
    const beyond = day === good ? refusedUntil(rule, wall, unit) : (day + 1) * DAY;
    yield beyond > wall ? [] : [wall];
    index = beyond > wall ? next(beyond) : index + rule.interval;
  }
}

/** BYHOUR, BYMINUTE and BYSECOND where they limit. The end of what is refused, or `wall` itself if it is not. */
function refusedUntil({ hours, minutes, seconds }: Rule, wall: number, unit: number): number {
  const time = modulo(wall, DAY);
  if (unit <= HOUR && hours && !hours.includes(Math.floor(time / HOUR))) return wall - (time % HOUR) + HOUR;
  if (unit <= MINUTE && minutes && !minutes.includes(Math.floor((time % HOUR) / MINUTE)))
    return wall - (time % MINUTE) + MINUTE;
  if (unit > 1000 || !seconds) return wall;
  const second = (time % MINUTE) / 1000;
  if (seconds.includes(second)) return wall;
  return wall - (time % MINUTE) + (seconds.find((one) => one > second) ?? 60) * 1000;
}

function passes(rule: Rule, day: number): boolean {
  if (rule.months || rule.monthDays) {
    const date = new Date(day * DAY);
    const month = date.getUTCFullYear() * 12 + date.getUTCMonth();
    if (rule.months && !rule.months.includes(date.getUTCMonth() + 1)) return false;
    const fromEnd = day - firstDay(month + 1);
    if (rule.monthDays && !rule.monthDays.includes(date.getUTCDate()) && !rule.monthDays.includes(fromEnd))
      return false;
  }
  return suits(rule, day);
}

/** All but the month and its day. */
function suits({ yearDays, weeks, weekdays, weekStart, nthOf }: Rule, day: number): boolean {
  if (weekdays) {
    const weekday = weekdayOf(day);
    if (!weekdays.some((one) => one.weekday === weekday && (one.nth === 0 || isNth(one.nth, day, nthOf))))
      return false;
  }
  if (yearDays) {
    const year = new Date(day * DAY).getUTCFullYear();
    const [fromStart, fromEnd] = [day - firstDay(year * 12) + 1, day - firstDay(year * 12 + 12)];
    if (!yearDays.includes(fromStart) && !yearDays.includes(fromEnd)) return false;
  }
  if (weeks) {
    const [fromStart, fromEnd] = weekNumbers(day, weekStart);
    if (!weeks.includes(fromStart) && !weeks.includes(fromEnd)) return false;
  }
  return true;
}

function isNth(nth: number, day: number, of: Rule['nthOf']): boolean {
  const month = monthOf(day * DAY);
  const start = of === 'month' ? month : month - modulo(month, 12);
  if (nth > 0) return Math.floor((day - firstDay(start)) / 7) + 1 === nth;
  const end = firstDay(start + (of === 'month' ? 1 : 12));
  return -Math.floor((end - 1 - day) / 7) - 1 === nth;
}

/** From the first and from the last week of the year that holds most of the day's week (ISO 8601, any week start). */
function weekNumbers(day: number, weekStart: number): [number, number] {
  const week = weekOf(day, weekStart);
  const year = new Date((week + 3) * DAY).getUTCFullYear();
  // The first week is the one that holds 4 January.
  const [start, end] = [year, year + 1].map((one) => weekOf(firstDay(one * 12) + 3, weekStart)) as [
    number,
    number,
  ];
  return [(week - start) / 7 + 1, (week - end) / 7];
}

const weekOf = (day: number, weekStart: number) => day - modulo(weekdayOf(day) - weekStart, 7);

/** Months since the year 0. */
function monthOf(wall: number): number {
  const date = new Date(wall);
  return date.getUTCFullYear() * 12 + date.getUTCMonth();
}

/** Day number of the first of such a month; not `Date.UTC`, which takes the year 99 for 1999. */
const firstDay = (month: number) =>
  new Date(0).setUTCFullYear(Math.floor(month / 12), modulo(month, 12), 1) / DAY;

const modulo = (a: number, b: number) => ((a % b) + b) % b;

const distinct = (days: number[]) => [...new Set(days)].sort((a, b) => a - b);
