// Expansion against dates worked out by hand: changes of clocks, the four kinds of line, and what is refused.
import { describe, expect, test } from 'vitest';
import { goesOnAfter, originalStarts, readSeries } from './recurrence.ts';
import { Refusal } from './refusal.ts';

const year2026 = { from: Date.UTC(2026, 0, 1), to: Date.UTC(2027, 0, 1) };

function times(lines: string[], start: string, zone = 'Europe/Oslo'): string[] {
  const series = readSeries(lines, { dateTime: start, timeZone: zone }, zone);
  return originalStarts(series, year2026).map(({ dateTime }) => dateTime!);
}

function dates(lines: string[], date: string, window = year2026): string[] {
  return originalStarts(readSeries(lines, { date }, 'Europe/Oslo'), window).map((when) => when.date!);
}

describe('wall time', () => {
  test('a time in a gap moves forward for that day only (RFC 5545 3.3.5)', () => {
    expect(times(['RRULE:FREQ=DAILY;COUNT=3'], '2026-03-28T01:30:00Z')).toEqual([
      '2026-03-28T01:30:00Z',
      '2026-03-29T01:30:00Z',
      '2026-03-30T00:30:00Z',
    ]);
  });

  test('a time that comes twice is the first', () => {
    expect(times(['RRULE:FREQ=DAILY;COUNT=2'], '2026-10-24T00:30:00Z')[1]).toBe('2026-10-25T00:30:00Z');
  });

  test('weekdays are those of the zone, not of UTC', () => {
    const starts = times(['RRULE:FREQ=WEEKLY;BYDAY=MO;COUNT=2'], '2026-11-15T23:30:00Z', 'Asia/Tokyo');
    expect(starts).toEqual(['2026-11-15T23:30:00Z', '2026-11-22T23:30:00Z']);
  });
});

describe('lines', () => {
  test('RDATE adds, EXDATE and EXRULE take away, in whatever zone they are written', () => {
    const lines = [
      'RRULE:FREQ=DAILY;COUNT=4',
      'EXDATE;TZID=America/New_York:20261121T040000',
      'EXRULE:FREQ=DAILY;INTERVAL=3;COUNT=2',
      'RDATE:20261201T090000Z',
    ];
    expect(times(lines, '2026-11-20T09:00:00Z')).toEqual(['2026-11-22T09:00:00Z', '2026-12-01T09:00:00Z']);
  });

  test('a start that its rule does not give stands beside it, uncounted, unless the rule ended before', () => {
    const rule = 'RRULE:FREQ=WEEKLY;BYDAY=TU,TH,SA;COUNT=5';
    const expected = ['2026-11-16', '2026-11-17', '2026-11-19', '2026-11-21', '2026-11-24', '2026-11-26'];
    expect(dates([rule], '2026-11-16')).toEqual(expected);
    expect(dates([rule, 'EXDATE;VALUE=DATE:20261116'], '2026-11-16')).toEqual(expected.slice(1));
    expect(dates(['RRULE:FREQ=DAILY;UNTIL=20261115'], '2026-11-16')).toEqual([]);
  });

  test('a date takes nothing out of a timed series, whenever on that day it begins', () => {
    const lines = ['RRULE:FREQ=DAILY;COUNT=3', 'EXDATE;VALUE=DATE:20261121'];
    expect(times(lines, '2026-11-20T09:00:00Z')).toHaveLength(3);
    expect(times(lines, '2026-11-20T00:00:00Z', 'UTC')).toHaveLength(3);
    expect(dates(lines, '2026-11-20')).toEqual(['2026-11-20', '2026-11-22']);
  });

  test('UNTIL as an instant, or as a last day', () => {
    expect(times(['RRULE:FREQ=DAILY;UNTIL=20261121T085959Z'], '2026-11-20T09:00:00Z')).toHaveLength(1);
    expect(times(['RRULE:FREQ=DAILY;UNTIL=20261121'], '2026-11-20T09:00:00Z')).toHaveLength(2);
    expect(dates(['RRULE:FREQ=DAILY;UNTIL=20261121'], '2026-11-20')).toEqual(['2026-11-20', '2026-11-21']);
  });

  test('the 29th of February comes in leap years only; the 31st skips short months', () => {
    const years = { from: Date.UTC(2024, 0, 1), to: Date.UTC(2033, 0, 1) };
    expect(dates(['RRULE:FREQ=YEARLY'], '2024-02-29', years)).toEqual([
      '2024-02-29',
      '2028-02-29',
      '2032-02-29',
    ]);
    expect(dates(['RRULE:FREQ=MONTHLY;COUNT=3'], '2026-01-31')).toEqual([
      '2026-01-31',
      '2026-03-31',
      '2026-05-31',
    ]);
  });

  test('what is not RFC 5545 is refused', () => {
    for (const line of [
      'DTSTART:20261120',
      'RRULE:COUNT=2',
      'RRULE:FREQ=SOMETIMES',
      'EXDATE:soon',
      'nonsense',
    ]) {
      expect(() => times([line], '2026-11-20T09:00:00Z'), line).toThrow(Refusal);
    }
  });
});

test('a series without an end goes on; one that is over does not', () => {
  const series = (rule: string) => readSeries([rule], { date: '2026-11-20' }, 'UTC');
  expect(goesOnAfter(series('RRULE:FREQ=YEARLY'), Date.UTC(2090, 0, 1))).toBe(true);
  expect(goesOnAfter(series('RRULE:FREQ=DAILY;COUNT=2'), Date.UTC(2026, 10, 25))).toBe(false);
});
