// Series by hand: every way to say where one ends, dates added and taken out, windows and original starts.
import { describe, expect, test } from 'vitest';
import {
  lastEnd,
  occurrences,
  originalKey,
  type Series,
  Unreadable,
} from '../../../server/recurrence/series.ts';
import { HOUR, MINUTE } from '../../../shared/time.ts';
import { allDay, dates, hours, span, starts, timed, year2026 } from './by-hand.ts';

describe('where it ends', () => {
  const daily = (until: string) =>
    timed('Europe/Oslo', '2026-03-01T00:30', `RRULE:FREQ=DAILY;UNTIL=${until}`);

  test.each([
    ['an instant, which counts itself', '20260302T233000Z', '2026-03-03'],
    ['an instant just before', '20260302T232959Z', '2026-03-02'],
    ['a wall time, which counts itself', '20260303T003000', '2026-03-03'],
    ['a wall time just before', '20260303T002959', '2026-03-02'],
    ['a date: that day still counts', '20260303', '2026-03-03'],
    ['before the start', '20260228', undefined],
  ])('UNTIL as %s', (_name, until, last) => {
    const found = occurrences(daily(until), year2026).map(({ start }) => new Date(start + 2 * HOUR));
    expect(found.at(-1)?.toISOString().slice(0, 10)).toBe(last);
    expect(lastEnd(daily(until))).toBe(occurrences(daily(until), year2026).at(-1)?.end ?? null);
  });

  test('UNTIL as an instant between the two readings of one hour', () => {
    // 02:30 is 00:30Z at first and 01:30Z again: 02:15 is read when UNTIL is, but for the second time.
    const rule = 'RRULE:FREQ=DAILY;UNTIL=20261025T011500Z';
    const found = occurrences(timed('Europe/Oslo', '2026-10-24T02:30', rule), year2026);
    expect(starts(found)).toEqual(['2026-10-24T00:30', '2026-10-25T00:30']);
  });

  test.each(['20260303', '20260303T120000', '20260303T000000Z', '20260302T230000Z'])(
    'all-day, UNTIL %s is that day, or the day that begins then',
    (until) => {
      const series = allDay('Europe/Oslo', '2026-03-01', '2026-03-02', `RRULE:FREQ=DAILY;UNTIL=${until}`);
      expect(dates(occurrences(series, year2026)).at(-1)).toBe('2026-03-03');
    },
  );

  test('COUNT is counted from the start, whatever the window', () => {
    const weekly = timed('UTC', '2025-12-01T09:00', 'RRULE:FREQ=WEEKLY;BYDAY=MO,WE,FR;COUNT=20');
    expect(dates(occurrences(weekly, year2026))).toEqual(
      ['02', '05', '07', '09', '12', '14'].map((day) => `2026-01-${day}`),
    );
    expect(lastEnd(weekly)).toBe(Date.parse('2026-01-14T10:00Z'));
    const everyDay = timed('UTC', '1990-01-01T09:00', 'RRULE:FREQ=DAILY;COUNT=13150');
    expect(dates(occurrences(everyDay, year2026))).toEqual(['2026-01-01']);
  });

  test('a series from 1990 asked for 2026', () => {
    const series = timed('Europe/Oslo', '1990-01-01T09:00', 'RRULE:FREQ=WEEKLY;INTERVAL=3;BYDAY=MO,TH');
    expect(starts(occurrences(series, span('2026-03-20', '2026-04-20')))).toEqual([
      '2026-03-23T08:00',
      '2026-03-26T08:00',
      '2026-04-13T07:00',
      '2026-04-16T07:00',
    ]);
  });

  test('the end of all', () => {
    const of = (...lines: string[]) => lastEnd(timed('Europe/Oslo', '2026-01-05T09:00', ...lines));
    expect(of('RRULE:FREQ=WEEKLY')).toBeNull();
    expect(of('RRULE:FREQ=WEEKLY;COUNT=2', 'RRULE:FREQ=YEARLY')).toBeNull();
    expect(of('RRULE:FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30;COUNT=4')).toBeNull();
    expect(of('RRULE:FREQ=WEEKLY;COUNT=2', 'EXDATE:20260105T080000Z,20260112T080000Z')).toBeNull();
    expect(of('RRULE:FREQ=WEEKLY;COUNT=2')).toBe(Date.parse('2026-01-12T09:00Z'));
    expect(of('RRULE:FREQ=WEEKLY;COUNT=2', 'EXDATE:20260112T080000Z')).toBe(Date.parse('2026-01-05T09:00Z'));
    expect(of('RRULE:FREQ=WEEKLY;COUNT=2', 'RDATE:20260701T080000Z')).toBe(Date.parse('2026-07-01T09:00Z'));
    expect(of('RRULE:FREQ=WEEKLY;UNTIL=20991231')).toBe(Date.parse('2099-12-28T09:00Z'));
    expect(of()).toBe(Date.parse('2026-01-05T09:00Z'));
    expect(lastEnd(allDay('Europe/Oslo', '2026-01-05', '2026-01-07', 'RRULE:FREQ=DAILY;COUNT=3'))).toBe(
      Date.parse('2026-01-08T23:00Z'),
    );
  });
});

describe('dates added and taken out', () => {
  const four = (...lines: string[]) =>
    dates(
      occurrences(timed('Europe/Oslo', '2026-03-27T09:00', 'RRULE:FREQ=DAILY;COUNT=4', ...lines), year2026),
    );

  test.each([
    'EXDATE:20260329T070000Z',
    'EXDATE:20260329T090000',
    'EXDATE;TZID=Europe/Oslo:20260329T090000',
    'EXDATE;TZID="Europe/Oslo";VALUE=DATE-TIME:20260329T090000',
    'EXDATE;TZID=America/New_York:20260329T030000',
    'exdate:20260101T090000Z,20260329T070000Z,',
    'EXRULE:FREQ=WEEKLY;BYDAY=SU',
  ])('%s', (line) => expect(four(line)).toEqual(['2026-03-27', '2026-03-28', '2026-03-30']));

  test('EXDATE at another time takes nothing out', () =>
    expect(four('EXDATE:20260329T080000Z', 'EXDATE:')).toHaveLength(4));

  test('EXDATE of a zone that nobody knows takes nothing out but what it says in UTC', () => {
    expect(four('EXDATE;TZID=Nowhere/Else:20260329T090000')).toHaveLength(4);
    expect(four('EXDATE;TZID=Nowhere/Else:20260328T090000,20260329T070000Z')).toHaveLength(3);
    const line = 'EXDATE;TZID=Nowhere/Else;VALUE=DATE:20260328';
    const days = allDay('Europe/Oslo', '2026-03-27', '2026-03-28', 'RRULE:FREQ=DAILY;COUNT=2', line);
    expect(dates(occurrences(days, year2026))).toEqual(['2026-03-27']);
  });

  test('EXDATE as a date takes nothing out of a timed series: it is not of the kind that the start is', () => {
    expect(four('EXDATE;VALUE=DATE:20260329')).toHaveLength(4);
    const midnights = ['RRULE:FREQ=DAILY;COUNT=2', 'EXDATE;VALUE=DATE:20260328'];
    expect(occurrences(timed('Europe/Oslo', '2026-03-27T00:00', ...midnights), year2026)).toHaveLength(2);
  });

  test.each([
    'EXDATE;VALUE=DATE:20260329',
    'EXDATE;TZID=Europe/Oslo:20260329T000000',
    'EXDATE:20260328T230000Z',
  ])('all-day: %s', (line) => {
    const series = allDay('Europe/Oslo', '2026-03-28', '2026-03-29', 'RRULE:FREQ=DAILY;COUNT=3', line);
    expect(dates(occurrences(series, year2026))).toEqual(['2026-03-28', '2026-03-30']);
  });

  test('RDATE in each form, once', () => {
    const lines = [
      'RDATE:20260401T070000Z,20260327T080000Z',
      'RDATE;TZID=America/New_York:20260401T030000',
      'RDATE;TZID=Europe/Oslo:20260402T090000',
      'RDATE:20260403T090000',
      'EXDATE:20260403T070000Z',
    ];
    expect(four(...lines).slice(4)).toEqual(['2026-04-01', '2026-04-02']);
    expect(four(...lines)).toHaveLength(6);
  });

  test('RDATE with a period has its own length', () => {
    const lines = [
      'RRULE:FREQ=DAILY;COUNT=1',
      'RDATE;VALUE=PERIOD:20260101T090000Z/PT30M,20260102T090000Z/20260102T110000Z',
      'RDATE;TZID=Europe/Oslo;VALUE=PERIOD:20260328T100000/P1D',
    ];
    const found = occurrences(timed('UTC', '2026-01-01T09:00', ...lines), year2026);
    expect(hours(found)).toEqual([0.5, 2, 23]);
    const inOslo = occurrences(timed('Europe/Oslo', '2026-01-01T09:00', ...lines), year2026);
    expect(hours(inOslo)).toEqual([1, 0.5, 2, 23]);
    expect(lastEnd(timed('Europe/Oslo', '2026-01-01T09:00', ...lines))).toBe(Date.parse('2026-03-29T08:00Z'));
  });

  test('RDATE without a rule adds to the start', () => {
    const series = allDay('Europe/Oslo', '2026-01-01', '2026-01-02', 'RDATE;VALUE=DATE:20260301,20260201');
    expect(dates(occurrences(series, year2026))).toEqual(['2026-01-01', '2026-02-01', '2026-03-01']);
    const without = allDay(
      'Europe/Oslo',
      '2026-01-01',
      '2026-01-02',
      'RDATE;VALUE=DATE:20260201',
      'EXDATE;VALUE=DATE:20260101',
    );
    expect(dates(occurrences(without, year2026))).toEqual(['2026-02-01']);
  });
});

describe('the window', () => {
  const nights = timed('UTC', '2026-01-01T23:30', 'RRULE:FREQ=DAILY');

  test('what reaches into it, not what only touches it', () => {
    const reaching = occurrences(nights, span('2026-02-02T00:15Z', '2026-02-02T23:30Z'));
    expect(starts(reaching)).toEqual(['2026-02-01T23:30']);
    expect(occurrences(nights, span('2026-02-02T00:30Z', '2026-02-02T23:30Z'))).toEqual([]);
  });

  test('weeks that began before it', () => {
    const series = allDay('Europe/Oslo', '2026-01-01', '2026-01-29', 'RRULE:FREQ=WEEKLY');
    expect(dates(occurrences(series, span('2026-06-01T12:00Z', '2026-06-01T13:00Z')))).toEqual([
      '2026-05-07',
      '2026-05-14',
      '2026-05-21',
      '2026-05-28',
    ]);
  });

  test('no length: where it begins', () => {
    const at = Date.parse('2026-01-01T10:00Z');
    const series: Series = {
      lines: ['RRULE:FREQ=DAILY'],
      start: { at, zone: 'UTC' },
      end: { at, zone: 'UTC' },
      zone: 'UTC',
    };
    expect(dates(occurrences(series, span('2026-01-02T10:00Z', '2026-01-04T10:00Z')))).toEqual([
      '2026-01-02',
      '2026-01-03',
    ]);
  });

  test('by start, although clocks jump', () => {
    const rule = 'RRULE:FREQ=MINUTELY;INTERVAL=20;COUNT=9';
    const found = occurrences(timed('Europe/Oslo', '2026-03-29T01:20', rule), year2026);
    const sorted = found.map(({ start }) => start).sort((a, b) => a - b);
    expect(found.map(({ start }) => start)).toEqual(sorted);
    expect(sorted.every((start, i) => i === 0 || start - (sorted[i - 1] ?? 0) === 20 * MINUTE)).toBe(true);
  });
});

describe('original starts', () => {
  test('are found again by what Google says', () => {
    const [day] = occurrences(
      allDay('Europe/Oslo', '2026-11-20', '2026-11-21', 'RRULE:FREQ=DAILY'),
      year2026,
    );
    expect(day?.original).toBe('2026-11-20');
    expect(originalKey({ date: '2026-11-20' })).toBe('2026-11-20');
    const [hour] = occurrences(timed('Europe/Oslo', '2026-11-20T09:00', 'RRULE:FREQ=DAILY'), year2026);
    expect(hour?.original).toBe('2026-11-20T08:00:00.000Z');
    expect(originalKey({ at: Date.parse('2026-11-20T09:00:00+01:00'), zone: 'Europe/Oslo' })).toBe(
      hour?.original,
    );
  });

  test('that are no dates', () => {
    expect(() => originalKey({ date: '2026-02-30' })).toThrow(Unreadable);
    expect(() => originalKey({ at: Number.NaN, zone: 'UTC' })).toThrow(Unreadable);
  });
});
