// Our fields put into Google's event: ours as we want them, all others as they were.
import { describe, expect, test } from 'vitest';
import type { GoogleEvent } from '../../../server/google/client.ts';
import type { OwnFields } from '../../../server/sync/event.ts';
import { mergeEvent, newEvent } from '../../../server/sync/merge.ts';

const last: OwnFields = {
  summary: 'Check-up: Anna',
  description: 'Anna',
  location: 'Room 2',
  start: '2026-11-20T08:00:00.000Z',
  end: '2026-11-20T09:00:00.000Z',
  zone: 'Europe/Oslo',
  status: 'confirmed',
  transparency: 'opaque',
  colorId: '4',
  marks: { sidebookBusiness: 'b', sidebookBooking: 'u' },
};
/** As Google gives back what we wrote. */
const google: GoogleEvent = {
  ...newEvent('id', last),
  etag: '"1"',
  start: { dateTime: '2026-11-20T09:00:00+01:00', timeZone: 'Europe/Oslo' },
  end: { dateTime: '2026-11-20T10:00:00+01:00', timeZone: 'Europe/Oslo' },
  transparency: undefined,
  attendees: [{ email: 'guest@example.com' }],
  reminders: { useDefault: false, overrides: [{ method: 'popup', minutes: 5 }] },
};

test('an event that has our fields already is left alone', () => {
  expect(mergeEvent(google, last, last)).toBeNull();
  expect(mergeEvent(google, null, last)).toBeNull();
});

test('fields that are not ours stay, and the etag we saw comes along', () => {
  const merged = mergeEvent(google, last, { ...last, start: '2026-11-20T08:30:00.000Z' });
  expect(merged).toMatchObject({
    id: 'id',
    etag: '"1"',
    attendees: google.attendees,
    reminders: google.reminders,
    start: { dateTime: '2026-11-20T08:30:00.000Z', timeZone: 'Europe/Oslo' },
  });
});

describe('what a person changed', () => {
  const change = (by: GoogleEvent, ours: Partial<OwnFields> = {}) =>
    mergeEvent({ ...google, ...by }, last, { ...last, ...ours });

  test('times, status and Free become ours again', () => {
    const all_day = { start: { date: '2026-11-21' }, end: { date: '2026-11-22' } };
    for (const by of [
      all_day,
      { status: 'tentative' },
      { transparency: 'transparent' },
      { status: 'cancelled' },
    ])
      expect(change(by)).toMatchObject({
        start: { dateTime: last.start },
        end: { dateTime: last.end },
        status: 'confirmed',
        transparency: 'opaque',
      });
    expect(change(all_day)!.start).not.toHaveProperty('date');
  });

  test('title, place and colour stay until ours change', () => {
    const by = { summary: 'Check-up: Anna!', location: 'Room 3', colorId: '9' };
    expect(change(by)).toBeNull();
    expect(change(by, { start: '2026-11-20T08:30:00.000Z' })).toMatchObject(by);
    expect(change(by, { summary: 'Check-up: Bo', location: 'Room 4', colorId: null })).toMatchObject({
      summary: 'Check-up: Bo!',
      location: 'Room 4',
      colorId: undefined,
    });
    expect(change({ summary: 'Anna!' }, { summary: 'Check-up: Bo' })).toMatchObject({
      summary: 'Check-up: Bo',
    });
  });

  test('a title whose writing got no answer is not written twice', () => {
    const ours = { summary: 'Check-up: Anna Berg', start: '2026-11-20T08:30:00.000Z' };
    const by = { summary: 'Check-up: Anna Berg!' };
    expect(change(by, ours)).toMatchObject(by);
  });

  test('a title is put in as it is, whatever signs it holds', () =>
    expect(change({ summary: 'Check-up: Anna!' }, { summary: "$& $' $1" })).toMatchObject({
      summary: "$& $' $1!",
    }));

  test('text added to the description stays', () =>
    expect(change({ description: 'Anna\nbrings a dog' }, { description: 'Anna Berg' })).toMatchObject({
      description: 'Anna Berg\nbrings a dog',
    }));

  test('marks of others stay, ours are put right', () => {
    const theirs = { private: { other: 'x', sidebookBooking: 'forged' }, shared: { y: 'z' } };
    expect(change({ extendedProperties: theirs })!.extendedProperties).toEqual({
      private: { other: 'x', sidebookBusiness: 'b', sidebookBooking: 'u' },
      shared: { y: 'z' },
    });
  });
});

test('a mark that we no longer set goes', () => {
  const marked = { ...last, marks: { ...last.marks, sidebookState: 'cancelled' } };
  const merged = mergeEvent({ ...google, extendedProperties: { private: marked.marks } }, marked, last);
  expect(merged!.extendedProperties!.private).toEqual(last.marks);
});
