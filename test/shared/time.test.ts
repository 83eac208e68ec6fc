// Spans and clocks: the arithmetic by hand, the zones against Temporal.
import { Temporal } from 'temporal-polyfill';
import { describe, expect, test } from 'vitest';
import {
  DAY,
  dateOf,
  dayOf,
  HOUR,
  instantOf,
  intersect,
  isZone,
  localDate,
  localTime,
  MINUTE,
  merge,
  mondayOf,
  overlaps,
  type Span,
  spanAt,
  subtract,
  timeOf,
  weekdayOf,
  zone,
} from '../../shared/time.ts';

const spans = (...pairs: [number, number][]): Span[] => pairs.map(([start, end]) => ({ start, end }));

describe('spans', () => {
  test('merge sorts, joins what touches and drops what is empty', () => {
    expect(merge(spans([5, 7], [1, 3], [3, 4], [9, 9], [6, 8], [5, 6]))).toEqual(spans([1, 4], [5, 8]));
    expect(merge(spans([1, 9], [2, 3], [4, 10]))).toEqual(spans([1, 10]));
  });

  test('merge leaves what it was given as it was', () => {
    const given = spans([5, 7], [1, 6]);
    merge(given);
    expect(given).toEqual(spans([5, 7], [1, 6]));
  });

  test('an end is not part of a span', () => {
    expect(overlaps({ start: 1, end: 2 }, { start: 2, end: 3 })).toBe(false);
    expect(overlaps({ start: 1, end: 3 }, { start: 2, end: 3 })).toBe(true);
    expect(spanAt(spans([1, 2], [2, 5]), 2)).toEqual({ start: 2, end: 5 });
    expect(spanAt(spans([1, 2], [4, 5]), 3)).toBeUndefined();
    expect(spanAt(spans([1, 2]), 2)).toBeUndefined();
  });

  test('intersect', () => {
    expect(intersect(spans([1, 4], [6, 9]), spans([2, 7], [8, 20]))).toEqual(spans([2, 4], [6, 7], [8, 9]));
    expect(intersect(spans([1, 4]), spans([4, 5]))).toEqual([]);
  });

  test('subtract, also what overlaps itself', () => {
    expect(subtract(spans([0, 10], [20, 30]), spans([1, 3], [2, 4], [8, 22], [25, 26]))).toEqual(
      spans([0, 1], [4, 8], [22, 25], [26, 30]),
    );
    expect(subtract(spans([0, 10]), spans([-5, 20]))).toEqual([]);
    // One that ends early behind one that goes on.
    expect(subtract(spans([0, 4], [5, 9]), spans([0, 7], [1, 2]))).toEqual(spans([7, 9]));
  });
});

describe('dates', () => {
  test('dates and day numbers', () => {
    expect(dayOf('1970-01-01')).toBe(0);
    expect(dateOf(dayOf('2028-02-29'))).toBe('2028-02-29');
    expect(dateOf(-1)).toBe('1969-12-31');
  });

  test.each(['2027-02-29', '2027-13-01', '27-01-01', '2027-1-1', 'tomorrow', '', '2027-01-01T00:00'])(
    'refuses %j as a date',
    (date) => expect(() => dayOf(date)).toThrow(RangeError),
  );

  test.each(['24:01', '9:00', '25:00', '12:60', '12', '12:00:00'])('refuses %j as a time', (time) =>
    expect(() => timeOf(time)).toThrow(RangeError),
  );

  test('ISO weekdays and weeks', () => {
    expect(['2027-06-07', '2027-06-13', '1969-12-28'].map((date) => weekdayOf(dayOf(date)))).toEqual([
      1, 7, 7,
    ]);
    expect(dateOf(mondayOf(dayOf('2027-01-03')))).toBe('2026-12-28');
    expect(dateOf(mondayOf(dayOf('2027-01-04')))).toBe('2027-01-04');
  });
});

const ZONES = [
  'Europe/Oslo',
  'America/New_York',
  'Australia/Sydney',
  'Australia/Lord_Howe',
  'Pacific/Apia',
  'America/Sao_Paulo',
  'Africa/Casablanca',
  'Asia/Gaza',
  'Africa/Cairo',
  'Asia/Kathmandu',
  'America/St_Johns',
  'America/Scoresbysund',
  'Pacific/Norfolk',
  'UTC',
];

describe.each(ZONES)('%s, as Temporal has it, from 2005 to 2035', (name) => {
  const changes: Temporal.ZonedDateTime[] = [];
  let at = Temporal.ZonedDateTime.from({ year: 2005, month: 1, day: 1, timeZone: name });
  for (
    let next = at.getTimeZoneTransition('next');
    next && next.year < 2035;
    next = at.getTimeZoneTransition('next')
  ) {
    changes.push(next);
    at = next;
  }
  const here = zone(name);

  test('the offset just before and at each change, and between them', () => {
    for (let month = 0; month < 30 * 12; month++) {
      const instant = Date.UTC(2005, month, 15, 12);
      expect(here.offset(instant)).toBe(offsetAt(name, instant));
    }
    for (const { epochMilliseconds: change } of changes) {
      expect([here.offset(change - 1), here.offset(change)]).toEqual([
        offsetAt(name, change - 1),
        offsetAt(name, change),
      ]);
    }
  });

  test('the first instant at or after each reading around a change', () => {
    for (const { epochMilliseconds: change } of changes) {
      const before = change + offsetAt(name, change - 1);
      const after = change + offsetAt(name, change);
      const [low, high] = [Math.min(before, after), Math.max(before, after)];
      for (const wall of [
        low - MINUTE,
        low,
        low + MINUTE,
        high - MINUTE,
        high,
        high + MINUTE,
        low - DAY,
        high + DAY,
      ]) {
        const found = here.first(wall);
        expect(found).toBe(firstAt(name, wall, change));
        if (wall < low || wall > high) expect(here.wall(found)).toBe(wall);
      }
    }
  });
});

function offsetAt(name: string, instant: number): number {
  return Temporal.Instant.fromEpochMilliseconds(instant).toZonedDateTimeISO(name).offsetNanoseconds / 1e6;
}

/** Of the instants with that reading the first; in a gap the change. */
function firstAt(name: string, wall: number, change: number): number {
  const reading = Temporal.Instant.fromEpochMilliseconds(wall).toZonedDateTimeISO('UTC').toPlainDateTime();
  const earlier = reading.toZonedDateTime(name, { disambiguation: 'earlier' });
  const exists = earlier.toPlainDateTime().equals(reading);
  return exists ? earlier.epochMilliseconds : change;
}

describe('zones', () => {
  test('knows zones from other words', () => {
    expect(
      ['Europe/Oslo', 'UTC', 'Asia/Calcutta', 'Asia/Kolkata', 'Etc/GMT+5'].filter((name) => !isZone(name)),
    ).toEqual([]);
    expect(['', 'Oslo', '+01:00', '-05', 'Europe/Olso', 'local', '../UTC'].filter(isZone)).toEqual([]);
    expect(() => zone('Europe/Olso')).toThrow(RangeError);
  });

  test('a gap gives the change, an overlap the earlier instant', () => {
    expect(instantOf('Europe/Oslo', '2027-03-28', '02:30')).toBe(Date.UTC(2027, 2, 28, 1));
    expect(instantOf('Europe/Oslo', '2027-10-31', '02:30')).toBe(Date.UTC(2027, 9, 31, 0, 30));
    // Three o'clock is only read once two to three has been read twice.
    expect(instantOf('Europe/Oslo', '2027-10-31', '03:00')).toBe(Date.UTC(2027, 9, 31, 2));
    expect(instantOf('Australia/Lord_Howe', '2027-10-03', '02:15')).toBe(Date.UTC(2027, 9, 2, 15, 30));
  });

  test('a day that never was has no length', () => {
    const apia = zone('Pacific/Apia');
    const [eve, none, next] = ['2011-12-29', '2011-12-30', '2011-12-31'].map((date) =>
      apia.startOf(dayOf(date)),
    );
    expect(none).toBe(next);
    expect(next).toBe(Date.UTC(2011, 11, 30, 10));
    expect((next ?? 0) - (eve ?? 0)).toBe(DAY);
  });

  test('a day whose midnight is in a gap begins at the change', () => {
    expect(zone('America/Sao_Paulo').startOf(dayOf('2018-11-04'))).toBe(Date.UTC(2018, 10, 4, 3));
    expect(localTime('America/Sao_Paulo', Date.UTC(2018, 10, 4, 3))).toBe('2018-11-04T01:00:00');
  });

  test('a day does not return when the clock goes back across midnight', () => {
    // St John's went from 00:01 back to 23:01 the day before.
    const change = Date.UTC(2010, 10, 7, 2, 31);
    expect(localTime('America/St_Johns', change)).toBe('2010-11-06T23:01:00');
    expect(
      [change - HOUR, change - 1, change, change + HOUR].map((at) => localDate('America/St_Johns', at)),
    ).toEqual(['2010-11-06', '2010-11-07', '2010-11-07', '2010-11-07']);
  });

  test('reads what the clock shows', () => {
    expect(localDate('Pacific/Kiritimati', Date.UTC(2027, 0, 1, 11))).toBe('2027-01-02');
    expect(localTime('Asia/Kathmandu', Date.UTC(2027, 0, 1))).toBe('2027-01-01T05:45:00');
  });
});
