// What is no recurrence: refused as unreadable, without repeating what stood there.
import { describe, expect, test } from 'vitest';
import { lastEnd, occurrences, type Series, Unreadable } from '../../../server/recurrence/series.ts';

const at = Date.parse('2026-01-05T09:00Z');
const window = { start: at, end: at + 1 };
const series = (...lines: string[]): Series => ({
  lines,
  start: { at, zone: 'Europe/Oslo' },
  end: { at: at + 1, zone: 'Europe/Oslo' },
  zone: 'Europe/Oslo',
});

describe('no line of RFC 5545', () => {
  test.each([
    '',
    'RRULE',
    'RRULE:',
    'FREQ=DAILY',
    'DTSTART:20260101T000000Z',
    'RRULE:FREQ=FORTNIGHTLY',
    'RRULE:INTERVAL=2',
    'RRULE:FREQ',
    'RRULE:FREQ=DAILY=2',
    'RRULE:FREQ=DAILY;FREQ=WEEKLY',
    'RRULE:FREQ=DAILY;INTERVAL=0',
    'RRULE:FREQ=DAILY;INTERVAL=-1',
    'RRULE:FREQ=DAILY;COUNT=0',
    'RRULE:FREQ=DAILY;COUNT=many',
    'RRULE:FREQ=DAILY;UNTIL=tomorrow',
    'RRULE:FREQ=DAILY;UNTIL=20260230',
    'RRULE:FREQ=DAILY;UNTIL=20260101T250000Z',
    'RRULE:FREQ=DAILY;BYHOUR=24',
    'RRULE:FREQ=DAILY;BYMONTH=0',
    'RRULE:FREQ=DAILY;BYMONTH=1.5',
    'RRULE:FREQ=DAILY;BYMONTH=1,,2',
    'RRULE:FREQ=YEARLY;BYYEARDAY=367',
    'RRULE:FREQ=YEARLY;BYWEEKNO=54',
    'RRULE:FREQ=MONTHLY;BYMONTHDAY=0',
    'RRULE:FREQ=MONTHLY;BYMONTHDAY=32',
    'RRULE:FREQ=MONTHLY;BYDAY=0MO',
    'RRULE:FREQ=MONTHLY;BYDAY=XX',
    'RRULE:FREQ=WEEKLY;WKST=9',
    'RRULE:FREQ=DAILY;BYEASTER=0',
    'RRULE:RSCALE=HEBREW;FREQ=YEARLY',
    'RRULE:RSCALE=GREGORIAN;FREQ=YEARLY;BYYEARDAY=366;SKIP=FORWARD',
    'EXRULE:FREQ=NEVER',
    'EXDATE:2026-01-01',
    'EXDATE:20260101T0900Z',
    'EXDATE:00000101T000000Z',
    'EXDATE;TZID=Nowhere/Else:2026-01-01',
    'RDATE;TZID=Nowhere/Else:20260101T090000',
    'RDATE;TZID=+01:00:20260101T090000',
    'RDATE;VALUE=PERIOD:20260101T090000Z/P',
    'RDATE;VALUE=PERIOD:20260101T090000Z/PT',
    'RDATE;VALUE=PERIOD:20260101T090000Z/-PT1H',
    'RDATE;VALUE=PERIOD:20260101T090000Z/20260101T080000Z',
  ])('%j', (line) => {
    expect(() => occurrences(series('RRULE:FREQ=DAILY', line), window)).toThrow(Unreadable);
    expect(() => lastEnd(series(line))).toThrow(Unreadable);
  });

  test('is told by number and name, not by its text', () => {
    const secret = 'RRULE:FREQ=DAILY;BYHOUR=anna@example.com';
    expect(() => occurrences(series('RRULE:FREQ=DAILY', secret), window)).toThrow(
      "This event's recurrence cannot be read: line 2 (RRULE): BYHOUR is out of range.",
    );
    const zone = 'RDATE;TZID=anna@example.com:20260101T090000';
    expect(() => occurrences(series(zone), window)).toThrow(/line 1 \(RDATE\): a time zone is not known\.$/);
  });

  test('one rule too many', () =>
    expect(() => occurrences(series(...Array(51).fill('RRULE:FREQ=DAILY')), window)).toThrow(Unreadable));
});

describe('read, although not to the letter', () => {
  test.each([
    'rrule:freq=daily',
    ' RRULE:FREQ=DAILY ',
    'RRULE;X-OWN=1:FREQ=DAILY;X-PART=2',
    'RRULE:FREQ=DAILY;BYSECOND=0,60;BYHOUR=10',
    'RRULE:FREQ=DAILY;UNTIL=20261231T235960Z',
    'RRULE:FREQ=WEEKLY;BYDAY=1MO',
    'RRULE:FREQ=DAILY;UNTIL=99991231T235959Z;COUNT=3',
  ])('%j', (line) => expect(occurrences(series(line), window)).toHaveLength(1));
});

describe('no start, no end, no zone', () => {
  const readable = series('RRULE:FREQ=DAILY');
  test.each<[string, Partial<Series>]>([
    ['zone', { start: { at, zone: 'Nowhere/Else' } }],
    ['calendar zone', { start: { date: '2026-01-05' }, end: { date: '2026-01-06' }, zone: 'Nowhere/Else' }],
    ['date', { start: { date: '2026-02-30' }, end: { date: '2026-03-01' } }],
    ['start', { start: { at: Number.NaN, zone: 'UTC' } }],
    ['end', { end: { at: Number.POSITIVE_INFINITY, zone: 'UTC' } }],
    ['one kind: the end', { start: { date: '2026-01-05' } }],
    ['one kind: the start', { end: { date: '2026-01-05' } }],
  ])('no such %s', (_name, part) =>
    expect(() => occurrences({ ...readable, ...part }, window)).toThrow(Unreadable),
  );

  test('an end before the start is no length', () => {
    const found = occurrences({ ...readable, end: { at: at - 5, zone: 'UTC' } }, window);
    expect(found).toEqual([{ original: '2026-01-05T09:00:00.000Z', start: at, end: at }]);
  });
});
