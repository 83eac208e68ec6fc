// Expands RRULE, EXRULE, RDATE and EXDATE lines in the wall time of the event's zone, with the rrule package.
import rrulePackage from 'rrule';
import { Temporal } from 'temporal-polyfill';
import { invalid } from './refusal.ts';
import { instantToWall, type Span, type When, wallToInstant } from './when.ts';

const { RRule } = rrulePackage;
type Rule = InstanceType<typeof RRule>;

/** More occurrences than this of one series in one answer are left out; Google has such a limit too. */
const MOST = 5_000;

const LINE = /^(RRULE|EXRULE|RDATE|EXDATE)((?:;[A-Z-]+=[^:;]+)*):(.+)$/i;

/**
 * A start that its own rule does not give (Tuesday with BYDAY=MO) is an occurrence beside those, which COUNT
 * does not count: RFC 5545 3.8.5.3 leaves it undefined, Google shows it. Not if every rule ended before it.
 */
export interface Series {
  rules: Rule[];
  exRules: Rule[];
  /** Wall times as if they were UTC ("floating"), as rrule wants them. */
  dates: number[];
  exDates: Set<number>;
  first: number;
  allDay: boolean;
  zone: string;
}

/** Reads the lines of an event whose `start` is stored; refuses with 400 what is not RFC 5545. */
export function readSeries(lines: string[], start: When, calendarZone: string): Series {
  const allDay = start.date !== undefined;
  const zone = allDay ? calendarZone : (start.timeZone ?? calendarZone);
  const first = floating(start, zone);
  const series: Series = {
    rules: [],
    exRules: [],
    dates: [],
    exDates: new Set(),
    first,
    allDay,
    zone,
  };
  for (const line of lines) {
    const parts = LINE.exec(line.trim());
    if (!parts) throw invalid('Invalid recurrence rule.', '1.4', 'recurrence');
    const [, name, parameters, value] = parts;
    const kind = name!.toUpperCase();
    if (kind === 'RRULE') series.rules.push(readRule(value!, series));
    else if (kind === 'EXRULE') series.exRules.push(readRule(value!, series));
    else {
      const tz = /;TZID=([^;]+)/i.exec(parameters!)?.[1] ?? zone;
      for (const text of value!.split(',')) {
        const at = readDate(text, tz, series);
        // What is taken out has to be of the start's kind (RFC 5545 3.8.5.1).
        const named = allDay || text.trim().length > 8;
        if (kind === 'RDATE') series.dates.push(at);
        else if (named) series.exDates.add(at);
      }
    }
  }
  const over = ({ options: { until } }: Rule) => until !== null && until.getTime() < first;
  if (series.rules.length === 0 || !series.rules.every(over)) series.dates.push(first);
  return series;
}

function readRule(text: string, series: Series): Rule {
  try {
    const options = RRule.parseString(text);
    if (options.freq === undefined) throw new Error('no FREQ');
    if (options.until) {
      const until = /UNTIL=([^;]+)/i.exec(text)![1]!;
      options.until = new Date(readUntil(until, series));
    }
    // Without the package's cache, which would grow with every window asked for.
    return new RRule({ ...options, dtstart: new Date(series.first), tzid: null }, true);
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    throw invalid(`Invalid recurrence rule: ${error.message}`, '1.4', 'recurrence');
  }
}

/** A date alone ends a timed series with that day. */
function readUntil(text: string, series: Series): number {
  const at = readDate(text, series.zone, series);
  return text.length === 8 && !series.allDay ? at + 86_399_000 : at;
}

function readDate(text: string, zone: string, series: Series): number {
  const parts = /^(\d{4})(\d{2})(\d{2})(?:T(\d{2})(\d{2})(\d{2})(Z?))?$/.exec(text.trim());
  if (!parts) throw invalid('Invalid recurrence rule.', '1.4', 'recurrence');
  const [, y, mo, d, h, mi, s, z] = parts;
  const asUtc = Date.UTC(+y!, +mo! - 1, +d!, +(h ?? 0), +(mi ?? 0), +(s ?? 0));
  if (series.allDay) return Date.UTC(+y!, +mo! - 1, +d!);
  if (h === undefined || (!z && zone === series.zone)) return asUtc;
  const instant = z ? asUtc : wallToInstant(plain(asUtc), zone);
  return floatOf(instantToWall(instant, series.zone));
}

function floatOf(wall: Temporal.PlainDateTime): number {
  return Date.UTC(wall.year, wall.month - 1, wall.day, wall.hour, wall.minute, wall.second);
}

function plain(float: number): Temporal.PlainDateTime {
  return Temporal.PlainDateTime.from(new Date(float).toISOString().slice(0, 19));
}

function floating(when: When, zone: string): number {
  if (when.date !== undefined) return Date.parse(`${when.date}T00:00:00Z`);
  return floatOf(instantToWall(Date.parse(when.dateTime!), zone));
}

/**
 * Original starts, in order, that lie in `window` (instants; widened by a day on both sides, so that the
 * caller filters by the true span). At most 5,000.
 */
export function originalStarts(series: Series, window: Span): When[] {
  const from = new Date(Math.max(window.from - 86_400_000, -8e15));
  const to = new Date(Math.min(window.to + 86_400_000, 8e15));
  const found = new Set<number>();
  for (const rule of series.rules) {
    for (const at of rule.between(from, to, true, (_, n) => n < MOST)) found.add(at.getTime());
  }
  for (const at of series.dates) if (at >= from.getTime() && at <= to.getTime()) found.add(at);
  for (const at of series.exDates) found.delete(at);
  for (const rule of series.exRules) {
    for (const at of rule.between(from, to, true)) found.delete(at.getTime());
  }
  const ordered = [...found].sort((a, b) => a - b).slice(0, MOST);
  return ordered.map((float) => originalStart(series, float));
}

function originalStart(series: Series, float: number): When {
  if (series.allDay) return { date: new Date(float).toISOString().slice(0, 10) };
  const instant = wallToInstant(plain(float), series.zone);
  return {
    dateTime: `${new Date(instant).toISOString().slice(0, 19)}Z`,
    timeZone: series.zone,
  };
}

/** Whether a series has an original start after an instant; EXDATE and EXRULE are left out of account. */
export function goesOnAfter(series: Series, instant: number): boolean {
  const wall = new Date(Math.max(instant - 86_400_000, -8e15));
  return (
    series.dates.some((at) => at > wall.getTime()) || series.rules.some((rule) => rule.after(wall) !== null)
  );
}
