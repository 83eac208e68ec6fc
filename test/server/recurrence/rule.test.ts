// What rules give, by hand: days that a month has not, weeks, positions, and rules that are meant to hurt.
import { describe, expect, test } from 'vitest';
import { lastEnd, MOST, occurrences } from '../../../server/recurrence/series.ts';
import { HOUR } from '../../../shared/time.ts';
import { allDay, dates, span, starts, timed, year2026 } from './by-hand.ts';

describe('what a rule gives, and the start beside it', () => {
  test.each([
    [
      'the 31st, in the months that have one',
      '2026-01-31',
      'FREQ=MONTHLY;COUNT=5',
      '01-31 03-31 05-31 07-31 08-31',
    ],
    ['the last of the month', '2026-01-31', 'FREQ=MONTHLY;BYMONTHDAY=-1;COUNT=4', '01-31 02-28 03-31 04-30'],
    [
      'the last but one weekday',
      '2026-01-29',
      'FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-2;COUNT=3',
      '01-29 02-26 03-30',
    ],
    [
      'the second Tuesday and last Friday',
      '2026-01-01',
      'FREQ=MONTHLY;BYDAY=2TU,-1FR;COUNT=4',
      '01-01 01-13 01-30 02-10 02-27',
    ],
    [
      'Friday the 13th',
      '2026-01-01',
      'FREQ=MONTHLY;BYDAY=FR;BYMONTHDAY=13;COUNT=3',
      '01-01 02-13 03-13 11-13',
    ],
    ['the 100th day', '2026-01-01', 'FREQ=YEARLY;BYYEARDAY=1,100,-1;COUNT=3', '01-01 04-10 12-31'],
    ['Monday of week 20', '2026-01-01', 'FREQ=YEARLY;BYWEEKNO=20;BYDAY=MO;COUNT=1', '01-01 05-11'],
    ['week 20, on the weekday of the start', '2026-01-01', 'FREQ=YEARLY;BYWEEKNO=20;COUNT=1', '01-01 05-14'],
    [
      'Mondays of summer',
      '2026-06-01',
      'FREQ=YEARLY;BYMONTH=6;BYDAY=MO;COUNT=5',
      '06-01 06-08 06-15 06-22 06-29',
    ],
    ['the 20th Monday of the year', '2026-01-01', 'FREQ=YEARLY;BYDAY=20MO;COUNT=1', '01-01 05-18'],
    [
      'a day of each month, although yearly',
      '2026-01-01',
      'FREQ=YEARLY;BYMONTHDAY=15;COUNT=3',
      '01-01 01-15 02-15 03-15',
    ],
    [
      'every other week from Monday',
      '1997-08-05',
      'FREQ=WEEKLY;INTERVAL=2;COUNT=4;BYDAY=TU,SU;WKST=MO',
      '08-05 08-10 08-19 08-24',
    ],
    [
      'every other week from Sunday',
      '1997-08-05',
      'FREQ=WEEKLY;INTERVAL=2;COUNT=4;BYDAY=TU,SU;WKST=SU',
      '08-05 08-17 08-19 08-31',
    ],
    ['every tenth day', '2026-01-01', 'FREQ=DAILY;INTERVAL=10;COUNT=3', '01-01 01-11 01-21'],
    [
      'lower case, spaces and a semicolon too many',
      '2026-01-05',
      'freq=weekly;byday=mo, we;count=3;',
      '01-05 01-07 01-12',
    ],
    [
      'the 31st, else the last',
      '2026-01-31',
      'RSCALE=GREGORIAN;FREQ=MONTHLY;SKIP=BACKWARD;COUNT=3',
      '01-31 02-28 03-31',
    ],
    [
      'the 31st, else the first after',
      '2026-01-31',
      'RSCALE=GREGORIAN;FREQ=MONTHLY;SKIP=FORWARD;COUNT=3',
      '01-31 03-01 03-31',
    ],
  ])('%s', (_name, start, rule, expected) => {
    const window = span('1997-01-01', '2027-01-01');
    for (const series of [
      timed('Europe/Oslo', `${start}T09:00`, `RRULE:${rule}`),
      allDay('Europe/Oslo', start, start, `RRULE:${rule}`),
    ])
      expect(
        dates(occurrences(series, window))
          .map((date) => date.slice(5))
          .join(' '),
      ).toBe(expected);
  });

  test('29 February', () => {
    const series = allDay('Europe/Oslo', '2024-02-29', '2024-03-01', 'RRULE:FREQ=YEARLY');
    const found = occurrences(series, span('2024-01-01', '2041-01-01'));
    expect(dates(found)).toEqual(['2024-02-29', '2028-02-29', '2032-02-29', '2036-02-29', '2040-02-29']);
  });

  test('several times a day, and the last of them', () => {
    const rule = 'RRULE:FREQ=DAILY;BYHOUR=9,13;BYMINUTE=0,30;COUNT=4';
    const found = occurrences(timed('UTC', '2026-01-01T09:30', rule), year2026);
    expect(starts(found)).toEqual([
      '2026-01-01T09:30',
      '2026-01-01T13:00',
      '2026-01-01T13:30',
      '2026-01-02T09:00',
    ]);
    const last = occurrences(timed('UTC', '2026-01-01T09:30', `${rule};BYSETPOS=-1`), year2026);
    expect(starts(last).slice(0, 3)).toEqual(['2026-01-01T09:30', '2026-01-01T13:30', '2026-01-02T13:30']);
  });

  test('the start as well, if the rule does not give it, and it is not counted', () => {
    // A Tuesday.
    const found = (...lines: string[]) =>
      dates(occurrences(timed('UTC', '2026-01-06T09:00', ...lines), year2026));
    const rule = 'RRULE:FREQ=WEEKLY;BYDAY=MO;COUNT=2';
    expect(found(rule)).toEqual(['2026-01-06', '2026-01-12', '2026-01-19']);
    expect(found(rule, 'EXDATE:20260106T090000Z')).toEqual(['2026-01-12', '2026-01-19']);
    expect(found(rule, 'EXRULE:FREQ=WEEKLY;BYDAY=TU')).toEqual(['2026-01-12', '2026-01-19']);
    const days = allDay('Europe/Oslo', '2026-01-06', '2026-01-07', rule);
    expect(dates(occurrences(days, year2026))).toEqual(['2026-01-06', '2026-01-12', '2026-01-19']);
  });

  test('the start is not there if the rule is over before it', () => {
    const found = (...lines: string[]) =>
      dates(occurrences(timed('UTC', '2026-01-06T09:00', ...lines), year2026));
    const over = 'RRULE:FREQ=WEEKLY;BYDAY=MO;UNTIL=20260106T085959Z';
    expect(found(over)).toEqual([]);
    expect(found(over, 'RRULE:FREQ=WEEKLY;BYDAY=WE;COUNT=1')).toEqual(['2026-01-06', '2026-01-07']);
    const until = timed('UTC', '2026-01-06T09:00', 'RRULE:FREQ=WEEKLY;BYDAY=MO;UNTIL=20260107T000000Z');
    expect(dates(occurrences(until, year2026))).toEqual(['2026-01-06']);
    expect(lastEnd(until)).toBe(Date.parse('2026-01-06T10:00Z'));
  });

  test('two rules: each occurrence once', () => {
    const lines = ['RRULE:FREQ=DAILY;INTERVAL=2;COUNT=3', 'RRULE:FREQ=DAILY;INTERVAL=4;COUNT=3'];
    expect(dates(occurrences(timed('UTC', '2026-01-01T09:00', ...lines), year2026))).toEqual(
      ['01', '03', '05', '09'].map((day) => `2026-01-${day}`),
    );
  });

  test('no line at all: the event itself', () => {
    expect(starts(occurrences(timed('UTC', '2026-01-01T09:00'), year2026))).toEqual(['2026-01-01T09:00']);
  });
});

describe('rules that are meant to hurt', () => {
  const window = span('2026-09-15', '2026-12-15');
  const all = span('0001-01-01', '9999-12-31');

  test.each([
    'FREQ=SECONDLY',
    'FREQ=MINUTELY',
    'FREQ=SECONDLY;COUNT=9999999999',
    'FREQ=MINUTELY;BYDAY=TU;COUNT=99999999',
  ])('%s from 1970: no more than there may be, from the window on', (rule) => {
    const found = occurrences(timed('Europe/Oslo', '1970-01-06T00:00', `RRULE:${rule}`), window);
    expect(found.length).toBeGreaterThan(15_000);
    expect(found.length).toBeLessThanOrEqual(MOST);
    expect(found[0]!.end).toBeGreaterThan(window.start);
    expect(found[0]!.start).toBeLessThan(window.start + HOUR);
  });

  test.each([
    'FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30',
    'FREQ=SECONDLY;BYMONTH=2;BYMONTHDAY=30',
    'FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30;COUNT=3',
    'FREQ=SECONDLY;INTERVAL=2;BYSECOND=1',
    'FREQ=HOURLY;INTERVAL=24;BYHOUR=5;COUNT=2',
    'FREQ=YEARLY;BYWEEKNO=53;BYMONTH=6;BYDAY=MO',
  ])('%s: never, but for the start', (rule) => {
    const series = timed('Europe/Oslo', '1970-01-06T00:00', `RRULE:${rule}`);
    expect(dates(occurrences(series, all))).toEqual(['1970-01-05']);
    expect(lastEnd(series)).toBeNull();
  });

  test.each(['YEARLY', 'MONTHLY', 'WEEKLY', 'DAILY', 'SECONDLY'])(
    'an endless interval, %s: the start alone',
    (frequency) => {
      const rule = `RRULE:FREQ=${frequency};INTERVAL=${'9'.repeat(40)}`;
      expect(occurrences(timed('UTC', '1970-01-06T00:00', rule), all)).toHaveLength(1);
    },
  );

  test('a rule that gives up leaves the others as they are', () => {
    const lines = ['RRULE:FREQ=SECONDLY;INTERVAL=2;BYSECOND=1', 'RRULE:FREQ=WEEKLY'];
    expect(occurrences(timed('UTC', '1970-01-06T00:00', ...lines), window)).toHaveLength(13);
  });
});
