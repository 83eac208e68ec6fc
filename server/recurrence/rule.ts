// One RRULE or EXRULE as data: read, checked, and filled in from the start of its series. RFC 5545 section 3.3.10.
import { DAY, HOUR, MINUTE, weekdayOf, type Zone } from '../../shared/time.ts';
import { readStamp, type Stamp } from './instant.ts';

/** Where a series begins. Of an all-day series `wall` is a midnight, and `zone` its calendar's. */
export interface Start {
  wall: number;
  zone: Zone;
  allDay: boolean;
}

const FREQUENCIES = ['YEARLY', 'MONTHLY', 'WEEKLY', 'DAILY', 'HOURLY', 'MINUTELY', 'SECONDLY'] as const;

/** A part that is not given lets all pass; what the start has to say in its stead is filled in. */
export interface Rule {
  frequency: (typeof FREQUENCIES)[number];
  interval: number;
  /** Infinity: no end. Counted from the start of the series. */
  count: number;
  /** Last wall time, inclusive, and last instant, inclusive: an UNTIL is one of the two. Infinity: no end. */
  until: number;
  untilInstant: number;
  /** ISO weekday: 1 Monday to 7 Sunday. */
  weekStart: number;
  months?: number[];
  weeks?: number[];
  yearDays?: number[];
  monthDays?: number[];
  /** `nth` 0: every such day; else the nth of its month or year, from the end if negative. */
  weekdays?: { weekday: number; nth: number }[];
  nthOf: 'month' | 'year';
  hours?: number[];
  minutes?: number[];
  seconds?: number[];
  positions?: number[];
  /** Times of day, or within a period that is shorter, in ms after its beginning. */
  times: number[];
  /** What becomes of the 31st in a shorter month: RFC 7529 section 4.1. */
  skip: 'OMIT' | 'BACKWARD' | 'FORWARD';
}

type Given = Omit<Rule, 'times'>;

const PARTS = new Set(
  'FREQ UNTIL COUNT INTERVAL BYSECOND BYMINUTE BYHOUR BYDAY BYMONTHDAY BYYEARDAY BYWEEKNO BYMONTH BYSETPOS WKST RSCALE SKIP'.split(
    ' ',
  ),
);
const WEEKDAYS = ['MO', 'TU', 'WE', 'TH', 'FR', 'SA', 'SU'];

/** Longer than all of time in seconds: what is larger says the same. */
const LARGEST = 1e12;

/** @throws RangeError that says what is wrong, without repeating what was read */
export function readRule(text: string, start: Start): Rule {
  const parts = split(text);
  const frequency = FREQUENCIES.find((one) => one === parts.get('FREQ'));
  if (!frequency) throw new RangeError('FREQ is missing or not known');
  if ((parts.get('RSCALE') ?? 'GREGORIAN') !== 'GREGORIAN') throw new RangeError('RSCALE is not known');
  const weekdays = list(parts, 'BYDAY')?.map(readWeekday);
  const monthly = frequency === 'MONTHLY' || frequency === 'YEARLY';
  const rule: Given = {
    frequency,
    interval: whole(parts, 'INTERVAL') ?? 1,
    count: whole(parts, 'COUNT') ?? Number.POSITIVE_INFINITY,
    ...readUntil(parts.get('UNTIL'), start),
    weekStart: weekdayNamed(parts.get('WKST') ?? 'MO'),
    months: numbers(parts, 'BYMONTH', 1, 12),
    weeks: signed(parts, 'BYWEEKNO', 53),
    yearDays: signed(parts, 'BYYEARDAY', 366),
    monthDays: signed(parts, 'BYMONTHDAY', 31),
    // "The BYDAY rule part MUST NOT be specified with a numeric value" elsewhere: there the number says nothing.
    weekdays: monthly ? weekdays : weekdays?.map(({ weekday }) => ({ weekday, nth: 0 })),
    nthOf: frequency === 'YEARLY' && !parts.has('BYMONTH') ? 'year' : 'month',
    // "These rule parts MUST be ignored" where the start is a date.
    hours: start.allDay ? undefined : numbers(parts, 'BYHOUR', 0, 23),
    minutes: start.allDay ? undefined : numbers(parts, 'BYMINUTE', 0, 59),
    seconds: start.allDay ? undefined : readSeconds(parts),
    positions: signed(parts, 'BYSETPOS', 366),
    skip: readSkip(parts.get('SKIP')),
  };
  // The 366th of a shorter year is not moved here: better not read than read wrong.
  if (rule.skip !== 'OMIT' && (rule.yearDays ?? rule.weeks)) throw new RangeError('SKIP is not known here');
  const full = filled(rule, start.wall);
  return simpler({ ...full, times: timesOf(full, start.wall) }, start);
}

function split(text: string): Map<string, string> {
  const parts = new Map<string, string>();
  for (const part of text.toUpperCase().split(';')) {
    // A semicolon too many is common and harmless.
    if (part.trim() === '') continue;
    const [name = '', value = '', ...more] = part.split('=').map((one) => one.trim());
    if (value === '' || more.length > 0) throw new RangeError('a part is not written NAME=value');
    if (parts.has(name)) throw new RangeError('a part is given twice');
    // Parts of one's own were allowed by RFC 2445 and never change the dates.
    if (!PARTS.has(name) && !name.startsWith('X-')) throw new RangeError('a part is not known');
    parts.set(name, value);
  }
  return parts;
}

const list = (parts: Map<string, string>, name: string): string[] | undefined =>
  parts
    .get(name)
    ?.split(',')
    .map((one) => one.trim());

function whole(parts: Map<string, string>, name: string): number | undefined {
  const text = parts.get(name);
  if (text === undefined) return undefined;
  if (!/^\d+$/.test(text) || /^0+$/.test(text)) throw new RangeError(`${name} is not a number from 1`);
  return Math.min(Number(text), LARGEST);
}

function numbers(parts: Map<string, string>, name: string, low: number, high: number): number[] | undefined {
  const found = list(parts, name)?.map((text) => {
    const value = Number(text);
    if (!/^[+-]?\d{1,3}$/.test(text) || value < low || value > high)
      throw new RangeError(`${name} is out of range`);
    return value;
  });
  return found && [...new Set(found)].sort((a, b) => a - b);
}

function signed(parts: Map<string, string>, name: string, high: number): number[] | undefined {
  const found = numbers(parts, name, -high, high);
  if (found?.includes(0)) throw new RangeError(`${name} is out of range`);
  return found;
}

function readSeconds(parts: Map<string, string>): number[] | undefined {
  const found = numbers(parts, 'BYSECOND', 0, 60);
  return found && [...new Set(found.map((second) => Math.min(second, 59)))];
}

function readWeekday(text: string): { weekday: number; nth: number } {
  const [, nth, name] = /^([+-]?\d{1,2})?([A-Z]{2})$/.exec(text) ?? [];
  if (name === undefined || (nth !== undefined && (Number(nth) === 0 || Math.abs(Number(nth)) > 53)))
    throw new RangeError('BYDAY is not a list of weekdays');
  return { weekday: weekdayNamed(name), nth: Number(nth ?? 0) };
}

function weekdayNamed(name: string): number {
  const index = WEEKDAYS.indexOf(name);
  if (index < 0) throw new RangeError('there is no such weekday');
  return index + 1;
}

function readSkip(text = 'OMIT'): Rule['skip'] {
  if (text === 'OMIT' || text === 'BACKWARD' || text === 'FORWARD') return text;
  throw new RangeError('SKIP is not known');
}

/** A date alone ends a timed series with that day. */
function readUntil(text: string | undefined, start: Start): { until: number; untilInstant: number } {
  const none = { until: Number.POSITIVE_INFINITY, untilInstant: Number.POSITIVE_INFINITY };
  if (text === undefined) return none;
  const stamp = readStamp(text);
  if (start.allDay) return { ...none, until: dateMeant(stamp, start.zone) };
  if (stamp.kind === 'date') return { ...none, until: stamp.wall + DAY - 1 };
  if (stamp.kind === 'local') return { ...none, until: stamp.wall };
  // The wall time is only where to stop looking: clocks that go back may read it twice, or an hour less.
  return { until: start.zone.wall(stamp.wall) + DAY, untilInstant: stamp.wall };
}

/**
 * Midnight (wall) of the date meant by a value of an all-day series. It should be a date. An instant that is a
 * midnight of the calendar means that day; of all else the date as written counts.
 */
export function dateMeant(stamp: Stamp, zone: Zone): number {
  const read = stamp.kind === 'utc' ? zone.wall(stamp.wall) : stamp.wall;
  return read % DAY === 0 ? read : Math.floor(stamp.wall / DAY) * DAY;
}

/** "Information not contained in the rule is derived from the start." */
function filled(rule: Given, wall: number): Given {
  const { weeks, yearDays, monthDays, weekdays } = rule;
  const [date, weekday] = [new Date(wall), { weekday: weekdayOf(Math.floor(wall / DAY)), nth: 0 }];
  if (yearDays ?? monthDays ?? weekdays) return rule;
  if (weeks) return { ...rule, weekdays: [weekday] };
  switch (rule.frequency) {
    case 'YEARLY':
      return { ...rule, monthDays: [date.getUTCDate()], months: rule.months ?? [date.getUTCMonth() + 1] };
    case 'MONTHLY':
      return { ...rule, monthDays: [date.getUTCDate()] };
    case 'WEEKLY':
      // The one weekday of the start: every so many days.
      return { ...rule, frequency: 'DAILY', interval: rule.interval * 7 };
    default:
      return rule;
  }
}

const COUNTABLE = 50_000;

/** The same occurrences, said so that they are found without walking there from the start. */
function simpler(rule: Rule, start: Start): Rule {
  const unit = UNITS[rule.frequency];
  if (unit === undefined) return rule;
  const { months, weeks, yearDays, monthDays, weekdays, hours, minutes, seconds, positions } = rule;
  const even = !(
    months ??
    weeks ??
    yearDays ??
    monthDays ??
    weekdays ??
    hours ??
    minutes ??
    seconds ??
    positions
  );
  const simple = { ...rule };
  if (even && rule.count !== Number.POSITIVE_INFINITY) {
    simple.until = Math.min(rule.until, start.wall + (rule.count - 1) * rule.interval * unit);
    simple.count = Number.POSITIVE_INFINITY;
  }
  // Of an all-day series only whether a day has any; a count too high to count to is no end.
  if (start.allDay && simple.count > COUNTABLE && unit * rule.interval < DAY) {
    simple.count = Number.POSITIVE_INFINITY;
    simple.frequency = 'DAILY';
    simple.interval = 1;
  }
  return simple;
}

/** What a rule gives, else the time of the start. */
function timesOf(rule: Given, first: number): number[] {
  const unit = UNITS[rule.frequency] ?? DAY;
  const within = (length: number) => ((first % length) + length) % length;
  if (unit === 1000) return [within(1000)];
  const seconds = rule.seconds?.map((second) => second * 1000) ?? [within(MINUTE)];
  if (unit === MINUTE) return seconds;
  const minutes = rule.minutes ?? [Math.floor(within(HOUR) / MINUTE)];
  const ofHour = minutes.flatMap((minute) => seconds.map((second) => minute * MINUTE + second));
  if (unit === HOUR) return ofHour;
  const hours = rule.hours ?? [Math.floor(within(DAY) / HOUR)];
  return hours.flatMap((hour) => ofHour.map((time) => hour * HOUR + time));
}

/** Periods that are always as long as each other, in ms. */
export const UNITS: Partial<Record<Rule['frequency'], number>> = {
  DAILY: DAY,
  HOURLY: HOUR,
  MINUTELY: MINUTE,
  SECONDLY: 1000,
};
