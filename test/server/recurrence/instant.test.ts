// Series where clocks jump: gaps, overlaps, and days that are not 24 hours.
import { describe, expect, test } from 'vitest';
import { occurrences, type Series } from '../../../server/recurrence/series.ts';
import { HOUR, instantOf } from '../../../shared/time.ts';
import { allDay, dates, hours, starts, timed, year2026 } from './by-hand.ts';

describe('clocks that jump', () => {
  test.each([
    // Over the gap by the hour before it: 02:30 is read as 03:30, and the day after as 02:30 again.
    ['Europe/Oslo', '2026-03-28T02:30', ['2026-03-28T01:30', '2026-03-29T01:30', '2026-03-30T00:30']],
    ['America/New_York', '2026-03-07T02:30', ['2026-03-07T07:30', '2026-03-08T07:30', '2026-03-09T06:30']],
    ['Australia/Sydney', '2026-10-03T02:30', ['2026-10-02T16:30', '2026-10-03T16:30', '2026-10-04T15:30']],
    // Of half an hour: 02:15 is read as 02:45.
    ['Australia/Lord_Howe', '2026-10-03T02:15', ['2026-10-02T15:45', '2026-10-03T15:45', '2026-10-04T15:15']],
    // Twice the same reading: the first.
    ['Europe/Oslo', '2026-10-24T02:30', ['2026-10-24T00:30', '2026-10-25T00:30', '2026-10-26T01:30']],
    ['America/New_York', '2026-10-31T01:30', ['2026-10-31T05:30', '2026-11-01T05:30', '2026-11-02T06:30']],
    ['Australia/Sydney', '2026-04-04T02:30', ['2026-04-03T15:30', '2026-04-04T15:30', '2026-04-05T16:30']],
    ['Australia/Lord_Howe', '2026-04-04T01:45', ['2026-04-03T14:45', '2026-04-04T14:45', '2026-04-05T15:15']],
  ])('%s, daily from %s', (zone, start, expected) => {
    const found = occurrences(timed(zone, start, 'RRULE:FREQ=DAILY;COUNT=3'), year2026);
    expect(starts(found)).toEqual(expected);
    expect(hours(found)).toEqual([1, 1, 1]);
  });

  test('the hour that the gap takes is not there twice', () => {
    const found = occurrences(
      timed('Europe/Oslo', '2026-03-29T01:00', 'RRULE:FREQ=HOURLY;COUNT=4'),
      year2026,
    );
    expect(starts(found)).toEqual(['2026-03-29T00:00', '2026-03-29T01:00', '2026-03-29T02:00']);
  });

  test('a timed occurrence over the change keeps its length', () => {
    const at = instantOf('Europe/Oslo', '2026-03-21', '22:00');
    const night: Series = {
      lines: ['RRULE:FREQ=WEEKLY;COUNT=2'],
      start: { at, zone: 'Europe/Oslo' },
      end: { at: at + 8 * HOUR, zone: 'Europe/Oslo' },
      zone: 'Europe/Oslo',
    };
    expect(hours(occurrences(night, year2026))).toEqual([8, 8]);
  });

  test('all-day: days of 23 and 25 hours', () => {
    const spring = allDay('Europe/Oslo', '2026-03-28', '2026-03-29', 'RRULE:FREQ=DAILY;COUNT=3');
    const found = occurrences(spring, year2026);
    expect(found[1]).toEqual({
      original: '2026-03-29',
      start: Date.parse('2026-03-28T23:00Z'),
      end: Date.parse('2026-03-29T22:00Z'),
    });
    expect(hours(found)).toEqual([24, 23, 24]);
    const autumn = allDay('Europe/Oslo', '2026-10-24', '2026-10-26', 'RRULE:FREQ=WEEKLY;COUNT=2');
    expect(hours(occurrences(autumn, year2026))).toEqual([49, 48]);
  });

  test('all-day where midnight is what the gap takes', () => {
    // Beirut goes from 00:00 to 01:00.
    const found = occurrences(
      allDay('Asia/Beirut', '2026-03-29', '2026-03-30', 'RRULE:FREQ=DAILY;COUNT=2'),
      year2026,
    );
    expect(starts(found)).toEqual(['2026-03-28T22:00', '2026-03-29T21:00']);
    expect(dates(found)).toEqual(['2026-03-29', '2026-03-30']);
  });

  test('the zone of the event rules, not that of its calendar', () => {
    const series = {
      ...timed('America/New_York', '2026-03-07T20:00', 'RRULE:FREQ=DAILY;COUNT=2'),
      zone: 'Asia/Tokyo',
    };
    expect(starts(occurrences(series, year2026))).toEqual(['2026-03-08T01:00', '2026-03-09T00:00']);
  });
});
