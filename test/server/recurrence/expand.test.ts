// Random rules: against the rrule package, which is another engine, and against ourselves, window by window.
import fc from 'fast-check';
import rrulePackage from 'rrule';
import { describe, expect, test } from 'vitest';
import { lastEnd, MOST, occurrences, type Series } from '../../../server/recurrence/series.ts';
import { DAY, HOUR, MINUTE } from '../../../shared/time.ts';
import { type Case, names, part, ruleOf, seriesOf, signed, weekday } from './random-rule.ts';

const { RRule } = rrulePackage;

const ours = (one: Case) => occurrences(seriesOf(one), one.window).map(({ start }) => start);

/** The package gives what the rule does: the start stands beside that, and no rule here ends before it. */
function theirs({ rule, first, window }: Case): number[] {
  const engine = new RRule({ ...RRule.parseString(rule), dtstart: new Date(first), tzid: null }, true);
  const [from, to] = [new Date(window.start), new Date(window.end - 1)];
  const given = engine.between(from, to, true, (_, n) => n < MOST).map((date) => date.getTime());
  const starts = first >= window.start && first < window.end ? [first] : [];
  return [...new Set([...starts, ...given])].slice(0, MOST);
}

describe('against the rrule package, in wall time', () => {
  test.each(names)('%s', (frequency) => {
    let found = 0;
    fc.assert(
      fc.property(ruleOf(frequency), (one) => {
        const expected = theirs(one);
        expect(ours(one)).toEqual(expected);
        found += expected.length;
      }),
      { numRuns: 100 },
    );
    expect(found).toBeGreaterThan(10);
  });

  test('the nth weekday of a month', () => {
    fc.assert(
      fc.property(ruleOf('MONTHLY'), signed(20), (one, position) => {
        const rule = `FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=${position}`;
        expect(ours({ ...one, rule })).toEqual(theirs({ ...one, rule }));
      }),
      { numRuns: 100 },
    );
  });

  test('weeks of the year', () => {
    const weeks = fc
      .tuple(ruleOf('YEARLY'), part('BYWEEKNO', signed(50)), part('BYDAY', weekday), weekday)
      .map(([one, numbers, days, start]) => ({
        ...one,
        // Without BYDAY the package gives all seven days, and RFC 5545 that of the start.
        rule: `FREQ=YEARLY${numbers}${days || ';BYDAY=WE'};WKST=${start}`,
      }));
    fc.assert(
      fc.property(weeks, (one) => {
        expect(ours(one)).toEqual(theirs(one));
      }),
      { numRuns: 200 },
    );
  });
});

const units = [
  { frequency: 'HOURLY', unit: HOUR, limits: ['BYMONTHDAY', 'BYDAY', 'BYHOUR'] },
  { frequency: 'MINUTELY', unit: MINUTE, limits: ['BYMONTHDAY', 'BYDAY', 'BYHOUR', 'BYMINUTE'] },
  { frequency: 'SECONDLY', unit: 1000, limits: ['BYDAY', 'BYHOUR', 'BYMINUTE', 'BYSECOND'] },
];

/** What each limit says of an instant. */
const readings: Record<string, (date: Date) => number> = {
  BYMONTHDAY: (date) => date.getUTCDate(),
  BYDAY: (date) => date.getUTCDay(),
  BYHOUR: (date) => date.getUTCHours(),
  BYMINUTE: (date) => date.getUTCMinutes(),
  BYSECOND: (date) => date.getUTCSeconds(),
};

const someOf = (low: number, high: number) =>
  fc.subarray(Array.from({ length: high - low + 1 }, (_, i) => low + i));
const limits = fc.record({
  BYMONTHDAY: someOf(1, 31),
  BYDAY: someOf(0, 6),
  BYHOUR: someOf(0, 23),
  BYMINUTE: someOf(0, 59),
  BYSECOND: someOf(0, 59),
});

test.each(units)('$frequency, against a look at each', ({ frequency, unit, limits: known }) => {
  const times = fc.record({
    before: fc.nat(9000),
    day: fc.nat(40),
    interval: fc.integer({ min: 1, max: 99 }),
  });
  fc.assert(
    fc.property(times, limits, ({ before, day, interval }, all) => {
      const given = Object.entries(all).filter(([name, list]) => known.includes(name) && list.length > 0);
      const start = Date.UTC(2026, 0, 4 + day, 22);
      const window = { start, end: start + 9000 * unit };
      const first = start - before * unit;
      const expected: number[] = [];
      for (let at = first; at < window.end; at += interval * unit) {
        const date = new Date(at);
        if (
          at >= start &&
          (at === first || given.every(([name, list]) => list.includes(readings[name]!(date))))
        )
          expected.push(at);
      }
      const weekdays = ['SU', 'MO', 'TU', 'WE', 'TH', 'FR', 'SA'];
      const parts = given.map(
        ([name, list]) => `;${name}=${name === 'BYDAY' ? list.map((i) => weekdays[i]) : list}`,
      );
      const rule = `FREQ=${frequency};INTERVAL=${interval}${parts.join('')}`;
      expect(ours({ rule, first, window })).toEqual(expected.slice(0, MOST));
    }),
    { numRuns: 200 },
  );
});

const zones = fc.constantFrom(
  'UTC',
  'Europe/Oslo',
  'America/New_York',
  'Australia/Lord_Howe',
  'Pacific/Apia',
);
const rules = fc.constantFrom(...names).chain(ruleOf);

describe('against ourselves', () => {
  test('windows side by side give what one window over both gives', () => {
    fc.assert(
      fc.property(rules, zones, fc.double({ min: 0, max: 1, noNaN: true }), (one, name, share) => {
        const series = seriesOf(one, name);
        const { start, end } = one.window;
        const middle = Math.floor(start + (end - start) * share);
        const whole = occurrences(series, one.window);
        fc.pre(whole.length < MOST);
        const before = occurrences(series, { start, end: middle });
        expect([...before, ...occurrences(series, { start: middle, end })]).toEqual(whole);
      }),
      { numRuns: 500 },
    );
  });

  test('all-day gives the dates that timed gives, in each zone', () => {
    const daily = fc.constantFrom('YEARLY', 'MONTHLY', 'WEEKLY', 'DAILY').chain(ruleOf);
    fc.assert(
      fc.property(daily, zones, (one, name) => {
        const rule = one.rule
          .replace(/;BY(HOUR|MINUTE|SECOND)=[^;]*/g, '')
          .replace(/;UNTIL=(\d{8})T\w+/, ';UNTIL=$1');
        const midnight = { ...one, rule, first: Math.floor(one.first / DAY) * DAY };
        const date = new Date(midnight.first).toISOString().slice(0, 10);
        const days: Series = { lines: [`RRULE:${rule}`], start: { date }, end: { date }, zone: name };
        const wide = { start: one.window.start - 2 * DAY, end: one.window.end + 2 * DAY };
        const dates = occurrences(days, wide).map(({ original }) => original);
        const timed = occurrences(seriesOf(midnight), one.window).map(({ original }) =>
          original.slice(0, 10),
        );
        expect(dates.filter((day) => day >= timed[0]! && day <= timed.at(-1)!)).toEqual(timed);
      }),
      { numRuns: 500 },
    );
  });

  test('nothing ends after the last end, and something then', () => {
    const ending = rules.filter(({ rule }) => /COUNT|UNTIL/.test(rule));
    fc.assert(
      fc.property(ending, zones, fc.nat(90), (one, name, minutes) => {
        const series = seriesOf(one, name);
        const end = { at: (series.start as { at: number }).at + minutes * MINUTE, zone: name };
        const last = lastEnd({ ...series, end });
        const all = occurrences({ ...series, end }, { start: 0, end: Date.UTC(2400, 0) });
        // Beyond 2200 an end is not looked for.
        fc.pre(all.length < MOST && all.every((found) => found.end < Date.UTC(2200, 0)));
        // Of a rule that never gives anything it is not known that it will not.
        if (last === null) expect(all.filter(({ start }) => start !== end.at - minutes * MINUTE)).toEqual([]);
        else expect(Math.max(...all.map((found) => found.end))).toBe(last);
      }),
      { numRuns: 300 },
    );
  });
});
