// The labels in both languages, and times and dates as people read them.
import { describe, expect, test } from 'vitest';
import { blockWords, outcomeWords } from '../../addon/block-words.ts';
import { eventOf, inputsOf, localeOf, zoneOf } from '../../addon/event.ts';
import { at, dayWords, hours, partOf, type Reader, span, until, zoneNote } from '../../addon/when.ts';
import { fill, wordsOf } from '../../addon/words.ts';
import type { Why } from '../../shared/decide.ts';

// Allowed to be the same in both: a word both languages have, or a pattern.
test.each<[string, (locale: 'en' | 'nb') => Record<string, string>, string[]]>([
  ['words.ts', wordsOf, ['service', 'seatsLeft', 'book', 'lasting', 'admin']],
  ['block-words.ts', blockWords, []],
])('both languages of %s say something, and fill in the same', (_, table, alike) => {
  const holes = (text: string) => [...text.matchAll(/\{\w+\}/g)].map(String).sort();
  const nb = table('nb');
  expect(Object.keys(table('en'))).toEqual(Object.keys(nb));
  for (const [word, text] of Object.entries(table('en'))) {
    expect(text.trim(), word).not.toBe('');
    expect(nb[word]?.trim(), word).not.toBe('');
    expect(holes(nb[word] ?? ''), word).toEqual(holes(text));
    if (!alike.includes(word)) expect(nb[word], word).not.toBe(text);
  }
});

test('what a label has no value for stays', () => {
  expect(fill('{a} and {b}', { a: 1 })).toBe('1 and {b}');
});

test('why an event blocks whom it blocks is a sentence in both languages', () => {
  const codes: Record<Why['code'], true> = {
    ...{ cancelled: true, declined: true, decision: true, free: true, rule: true, type: true, all_day: true },
    ...{ tentative: true, unanswered: true, default: true, ask: true, unknown_creator: true },
  };
  const take = { resourceId: 'a', places: null, startShift: 0, endShift: 0 };
  const takes = (['block', 'open'] as const).map((means) => ({ ...take, means }));
  for (const code of Object.keys(codes) as Why['code'][])
    for (const some of [[], takes]) {
      const outcome = { takes: some, why: { code }, undecided: false };
      const [en, nb] = (['en', 'nb'] as const).map((one) =>
        outcomeWords(outcome, new Map([['a', 'Anna']]), one),
      );
      expect(en, code).toMatch(/^[A-Z][^{}]+\.$/);
      expect(nb, code).toMatch(/^[A-Z][^{}]+\.$/);
      expect(nb, code).not.toBe(en);
    }
});

const now = Date.parse('2026-11-20T11:00:00Z');
const env = (locale: 'en' | 'nb', zone = 'Europe/Oslo'): Reader => ({
  locale,
  zone,
  now,
  t: wordsOf(locale),
});
const oslo = 'Europe/Oslo';

describe('when', () => {
  test('days by name, the year only where it is another', () => {
    expect(dayWords(env('en'), oslo, '2026-11-20')).toBe('Today');
    expect(dayWords(env('nb'), oslo, '2026-11-21')).toBe('I morgen');
    expect(dayWords(env('en'), oslo, '2026-11-23')).toBe('Mon 23 Nov');
    expect(dayWords(env('nb'), oslo, '2026-11-23')).toBe('man. 23. nov.');
    expect(dayWords(env('nb'), oslo, '2027-05-17')).toBe('man. 17. mai 2027');
  });

  test('today is where the event is, not where the person is', () => {
    const late = { ...env('en', 'America/New_York'), now: Date.parse('2026-11-20T23:30:00Z') };
    expect(dayWords(late, oslo, '2026-11-21')).toBe('Today');
  });

  test('a span of one day, over midnight, of whole days', () => {
    const evening = { start: '2026-11-23T21:00:00Z', end: '2026-11-24T01:00:00Z' };
    expect(span(env('en'), oslo, { start: '2026-11-23T08:00:00Z', end: '2026-11-23T09:00:00Z' })).toBe(
      'Mon 23 Nov 09:00–10:00',
    );
    expect(span(env('nb'), oslo, evening)).toBe('man. 23. nov. 22:00–tir. 24. nov. 02:00');
    expect(hours(oslo, evening)).toBe('22:00–02:00');
    const whole = { start: '2026-11-22T23:00:00Z', end: '2026-11-24T23:00:00Z', allDay: true };
    expect(span(env('en'), oslo, whole)).toBe('Mon 23 Nov – Tue 24 Nov');
    expect(span(env('en'), oslo, { ...whole, end: '2026-11-23T23:00:00Z' })).toBe('Mon 23 Nov');
  });

  test('the zone is named where the person’s clock reads otherwise', () => {
    const away = env('en', 'America/New_York');
    const times = { start: '2026-11-23T08:00:00Z', end: '2026-11-23T09:00:00Z' };
    expect(span(away, oslo, times)).toBe('Mon 23 Nov 09:00–10:00 (Oslo)');
    expect(span(env('en', 'Europe/Stockholm'), oslo, times)).toBe('Mon 23 Nov 09:00–10:00');
    expect(zoneNote(away, oslo)).toBe('Times in Oslo');
    expect(zoneNote(env('nb'), oslo)).toBeNull();
  });

  test('what the clocks read on the days that are shown counts, not what they read today', () => {
    // An hour ahead of UTC all year, as Oslo is in winter only.
    const lagos = env('en', 'Africa/Lagos');
    expect(zoneNote(lagos, oslo)).toBeNull();
    expect(zoneNote(lagos, oslo, ['2027-03-27'])).toBeNull();
    for (const dates of [['2027-03-28'], ['2027-04-12'], ['2026-11-20', '2027-04-12']])
      expect(zoneNote(lagos, oslo, dates)).toBe('Times in Oslo');
    const summer = { ...lagos, now: Date.parse('2027-07-01T11:00:00Z') };
    expect(zoneNote(summer, oslo)).toBe('Times in Oslo');
    expect(zoneNote(summer, oslo, ['2027-11-22'])).toBeNull();
  });

  test('within a sentence; parts of the day; a change of clocks', () => {
    expect(at(env('nb'), oslo, '2026-11-21T08:00:00Z')).toBe('i morgen 09:00');
    expect(until(env('en'), oslo, '2026-11-20T13:00:00Z')).toBe('14:00');
    expect(until(env('en'), oslo, '2026-11-21T13:00:00Z')).toBe('tomorrow 14:00');
    expect(['10:59', '11:00', '16:00'].map((time) => partOf(oslo, `2026-11-23T${time}:00Z`))).toEqual([
      'morning',
      'afternoon',
      'evening',
    ]);
    expect(hours(oslo, { start: '2026-10-25T00:30:00Z', end: '2026-10-25T01:30:00Z' })).toBe('02:30–02:30');
  });
});

describe('what Calendar tells', () => {
  const told = (common: object) => ({ commonEventObject: common });
  test('language and zone, and what there is without them', () => {
    const locales = ['nb', 'no', 'nn-NO', 'NB-no', 'en-GB', 'nl', 'nbx', undefined];
    expect(locales.map((userLocale) => localeOf(told({ userLocale })))).toEqual([
      ...['nb', 'nb', 'nb', 'nb', 'en', 'en', 'en', 'en'],
    ]);
    expect(zoneOf(told({ timeZone: { id: 'Asia/Tokyo' } }))).toBe('Asia/Tokyo');
    expect([zoneOf({}), zoneOf(told({ timeZone: { id: 'Mars/Base' } }))]).toEqual(['UTC', 'UTC']);
  });

  test('an event that is not saved has no id', () => {
    expect(eventOf({ calendar: { calendarId: 'a@b.test' } })).toBeNull();
    expect(eventOf({ calendar: { calendarId: 'a@b.test', id: 'x' } })).toEqual({
      calendarId: 'a@b.test',
      eventId: 'x',
    });
    expect(eventOf({})).toBeNull();
  });

  test('dates, times and texts that are filled in, and those that are not', () => {
    const { date, time, text, all } = inputsOf(
      told({
        formInputs: {
          date: { dateInput: { msSinceEpoch: '1795392000000' } },
          old: { dateTimeInput: { msSinceEpoch: '1795392000000' } },
          broken: { dateInput: { msSinceEpoch: 'soon' } },
          time: { timeInput: { hours: 9 } },
          name: { stringInputs: { value: [' Kari '] } },
          boxes: { stringInputs: { value: ['a', 'b'] } },
        },
      }),
    );
    expect([date('date'), date('old'), date('broken'), date('none')]).toEqual([
      ...['2026-11-23', '2026-11-23', undefined, undefined],
    ]);
    expect([time('time'), time('none')]).toEqual(['09:00', undefined]);
    expect([text('name'), text('none'), all('boxes'), all('none')]).toEqual([
      ...[' Kari ', undefined, ['a', 'b'], []],
    ]);
  });
});
