// Random recurrence rules of every frequency, with a start and a window in which some of them have something.
import fc from 'fast-check';
import type { Series } from '../../../server/recurrence/series.ts';
import { DAY, HOUR, zone } from '../../../shared/time.ts';

export interface Case {
  rule: string;
  /** A wall time, written as the ms that UTC would have with it. */
  first: number;
  window: { start: number; end: number };
}

/** As zero-length occurrences, so that windows side by side share none. */
export function seriesOf({ rule, first }: Case, name = 'UTC'): Series {
  const at = zone(name).first(first);
  return { lines: [`RRULE:${rule}`], start: { at, zone: name }, end: { at, zone: name }, zone: name };
}

const none = fc.constant('');

/** A part of a rule, mostly left out. Numbers in order: the rrule package does not sort times. */
export const part = (name: string, values: fc.Arbitrary<number | string>, maxLength = 4) =>
  fc.oneof(
    { arbitrary: none, weight: 3 },
    {
      arbitrary: fc
        .uniqueArray(values, { minLength: 1, maxLength })
        .map((list) => `;${name}=${list.sort((a, b) => Number(a) - Number(b)).join(',')}`),
      weight: 2,
    },
  );

export const signed = (most: number) =>
  fc.oneof(fc.integer({ min: 1, max: most }), fc.integer({ min: -most, max: -1 }));

export const weekday = fc.constantFrom('MO', 'TU', 'WE', 'TH', 'FR', 'SA', 'SU');
/** All with a number or none: the rrule package takes `1MO,TU` for what is both, RFC 5545 for what is either. */
const weekdays = fc.oneof(
  part('BYDAY', weekday),
  part(
    'BYDAY',
    fc.tuple(signed(5), weekday).map(([nth, day]) => `${nth}${day}`),
  ),
);

const join = (...parts: fc.Arbitrary<string>[]) => fc.tuple(...parts).map((texts) => texts.join(''));

const months = part('BYMONTH', fc.integer({ min: 1, max: 12 }));
/** Not 30 February: the rrule package looks for it until the year 9999. */
const monthDays = part('BYMONTHDAY', signed(28));
const hours = part('BYHOUR', fc.integer({ min: 0, max: 23 }));
const minutes = part('BYMINUTE', fc.integer({ min: 0, max: 59 }));
const seconds = part('BYSECOND', fc.integer({ min: 0, max: 59 }));
const ofDay = join(hours, minutes, seconds);

/**
 * For each frequency the parts that RFC 5545 allows (3.3.10, the table), and how far to look, so that there is
 * something to find. Where times or days only limit, the rrule package may never end: those are compared otherwise.
 */
const frequencies: Record<string, { dates: fc.Arbitrary<string>; times: fc.Arbitrary<string>; far: number }> =
  {
    YEARLY: {
      dates: fc.oneof(
        join(months, monthDays, weekdays),
        join(part('BYYEARDAY', signed(366)), part('BYDAY', weekday)),
        part('BYMONTHDAY', signed(31)),
      ),
      times: ofDay,
      far: 8 * 366 * DAY,
    },
    MONTHLY: {
      dates: fc.oneof(
        join(months, weekdays),
        join(months, monthDays, part('BYDAY', weekday)),
        part('BYMONTHDAY', signed(31)),
      ),
      times: ofDay,
      far: 3 * 366 * DAY,
    },
    WEEKLY: { dates: join(months, part('BYDAY', weekday)), times: ofDay, far: 366 * DAY },
    DAILY: { dates: join(months, monthDays, part('BYDAY', weekday)), times: ofDay, far: 400 * DAY },
    HOURLY: { dates: none, times: join(minutes, seconds), far: 10 * DAY },
    MINUTELY: { dates: none, times: seconds, far: DAY },
    SECONDLY: { dates: none, times: none, far: HOUR },
  };

export const names = Object.keys(frequencies);

const share = fc.double({ min: 0, max: 1, noNaN: true });

export function ruleOf(frequency: string): fc.Arbitrary<Case> {
  const { dates, times, far } = frequencies[frequency]!;
  const parts = fc.record({
    first: fc.integer({ min: Date.UTC(1995, 0) / 1000, max: Date.UTC(2030, 0) / 1000 }),
    interval: fc.constantFrom('', '', ';INTERVAL=2', ';INTERVAL=3', ';INTERVAL=13'),
    dates,
    times,
    week: fc.option(weekday, { nil: 'MO' }),
    // One that every set has: for another the rrule package, too, looks until the year 9999, and if two are the same
    // it gives both. Of a first week it takes what is left of it for the whole.
    position: part('BYSETPOS', fc.constantFrom(-1, frequency === 'WEEKLY' ? -1 : 1), 1),
    end: fc.oneof(none, fc.integer({ min: 1, max: 60 }), share),
    from: share,
    length: share,
  });
  return parts.map(({ first: second, interval, dates, times, week, position, end, from, length }) => {
    const first = second * 1000;
    // "MUST only be used in conjunction with another BYxxx rule part."
    const set = dates === '' && times === '' ? '' : position;
    const start = Math.floor(first + far * (from - 0.2));
    return {
      rule: `FREQ=${frequency}${interval}${dates}${times};WKST=${week}${set}${endOf(end, first, far)}`,
      first,
      window: { start, end: Math.floor(start + far * (0.2 + length)) },
    };
  });
}

function endOf(end: string | number, first: number, far: number): string {
  if (typeof end === 'string') return end;
  if (end >= 1) return `;COUNT=${end}`;
  return `;UNTIL=${new Date(first + end * far).toISOString().replace(/[-:]|\.\d+/g, '')}`;
}
