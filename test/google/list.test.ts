// events.list: sync tokens, pages and filters.
import type { calendar_v3 } from 'googleapis/build/src/apis/calendar/index.js';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type Api, clientFor, refusalOf } from './client.ts';
import { type Google, startGoogle } from './server.ts';
import { DEFAULT_SWITCHES } from './switches.ts';

const anna = 'anna@clinic.test';
const oslo = (dateTime: string) => ({ dateTime, timeZone: 'Europe/Oslo' });

let google: Google;
let api: Api;

beforeAll(async () => {
  google = await startGoogle();
});
afterAll(() => google.stop());
beforeEach(async () => {
  await google.control.reset();
  await google.control.setSwitches(DEFAULT_SWITCHES);
  await google.control.createPerson({
    email: anna,
    name: 'Anna',
    zone: 'Europe/Oslo',
  });
  api = await clientFor(google, anna);
});

type Asked = calendar_v3.Params$Resource$Events$List;
const list = async (asked: Asked = {}) => (await api.events.list({ calendarId: anna, ...asked })).data;
const refused = (asked: Asked) => refusalOf(list(asked));
const ids = (data: { items?: { id?: string | null }[] }) => data.items!.map(({ id }) => id);
const remove = (eventId: string) => api.events.delete({ calendarId: anna, eventId });
const patch = async (eventId: string, requestBody: object) =>
  (await api.events.patch({ calendarId: anna, eventId, requestBody })).data;

async function add(id: string, body: object = {}) {
  const times = {
    start: oslo('2026-11-20T10:00:00'),
    end: oslo('2026-11-20T11:00:00'),
  };
  return (
    await api.events.insert({
      calendarId: anna,
      requestBody: { id, ...times, ...body },
    })
  ).data;
}

describe('sync tokens (google-facts 1.7)', () => {
  test('a delta holds what changed, tombstones bare, and nothing else', async () => {
    await add('aaaaa');
    await add('bbbbb', { summary: 'B' });
    const first = await list();
    expect(ids(first)).toEqual(['aaaaa', 'bbbbb']);
    await remove('bbbbb');
    await add('ccccc');
    const second = await list({ syncToken: first.nextSyncToken! });
    expect(ids(second)).toEqual(['bbbbb', 'ccccc']);
    expect(second.items![0]).toMatchObject({ status: 'cancelled' });
    expect(second.items![0]).not.toHaveProperty('summary');
    const third = await list({ syncToken: second.nextSyncToken! });
    expect(third.items).toEqual([]);
    expect(ids(await list({ syncToken: first.nextSyncToken! }))).toEqual(['bbbbb', 'ccccc']);
  });

  test('the token comes on the last page only; changes while paging come with the next delta', async () => {
    for (const n of [1, 2, 3, 4, 5]) await add(`aaaa${n}`);
    const first = await list({ maxResults: 2 });
    expect(first.nextSyncToken).toBeUndefined();
    await patch('aaaa1', { summary: 'changed meanwhile' });
    const second = await list({
      maxResults: 2,
      pageToken: first.nextPageToken!,
    });
    const third = await list({
      maxResults: 2,
      pageToken: second.nextPageToken!,
    });
    expect([first, second, third].flatMap(ids)).toEqual(['aaaa1', 'aaaa2', 'aaaa3', 'aaaa4', 'aaaa5']);
    expect(third.nextPageToken).toBeUndefined();
    expect(ids(await list({ syncToken: third.nextSyncToken! }))).toEqual(['aaaa1']);
  });

  test('deltas page too, with the same sync token beside each page token', async () => {
    const { nextSyncToken: syncToken } = await list();
    for (const n of [1, 2, 3]) await add(`aaaa${n}`);
    const first = await list({ syncToken: syncToken!, maxResults: 2 });
    expect(ids(first)).toEqual(['aaaa1', 'aaaa2']);
    const pageToken = first.nextPageToken!;
    expect(await refused({ pageToken, maxResults: 2 })).toBe('400 invalid');
    expect(ids(await list({ syncToken: syncToken!, pageToken, maxResults: 2 }))).toEqual(['aaaa3']);
  });

  test('parameters that may not go along, or differ from the first call', async () => {
    const { nextSyncToken } = await list({ timeMin: '2026-01-01T00:00:00Z' });
    const syncToken = nextSyncToken!;
    const forbidden: Asked[] = [
      { iCalUID: 'x' },
      { orderBy: 'updated' },
      { privateExtendedProperty: ['a=b'] },
      { q: 'x' },
      { sharedExtendedProperty: ['a=b'] },
      { timeMin: '2026-01-01T00:00:00Z' },
      { timeMax: '2027-01-01T00:00:00Z' },
      { updatedMin: '2026-11-01T00:00:00Z' },
      { showDeleted: false },
      { singleEvents: true },
      { eventTypes: ['default'] },
    ];
    for (const asked of forbidden) {
      expect([asked, await refused({ syncToken, ...asked })]).toEqual([
        asked,
        '400 syncTokenWithRequestRestrictions',
      ]);
    }
    expect(await refused({ syncToken, showDeleted: true })).toBe('ok');
    expect(await refused({ syncToken: 'garbled' })).toBe('400 invalid');
  });

  test('410 when told to, and when access changed', async () => {
    const { nextSyncToken: syncToken } = await list();
    await google.control.expireSyncTokens({ calendar: anna });
    expect(await refused({ syncToken: syncToken! })).toBe('410 fullSyncRequired');
    await google.control.createPerson({
      email: 'bo@clinic.test',
      name: 'Bo',
      zone: 'Europe/Oslo',
    });
    await google.control.share({
      calendar: anna,
      person: 'bo@clinic.test',
      role: 'reader',
    });
    const bo = await clientFor(google, 'bo@clinic.test');
    const { data } = await bo.events.list({ calendarId: anna });
    await google.control.share({
      calendar: anna,
      person: 'bo@clinic.test',
      role: 'writer',
    });
    const again = bo.events.list({
      calendarId: anna,
      syncToken: data.nextSyncToken!,
    });
    expect(await refusalOf(again)).toBe('410 fullSyncRequired');
  });

  test('a list that is no basis for a token gives none; an empty first page is a switch', async () => {
    await add('aaaaa');
    expect((await list({ q: 'x' })).nextSyncToken).toBeUndefined();
    await google.control.setSwitches({ emptyPages: true });
    const empty = await list();
    expect([empty.items, empty.nextSyncToken]).toEqual([[], undefined]);
    const page = await list({ pageToken: empty.nextPageToken! });
    expect([ids(page), typeof page.nextSyncToken]).toEqual([['aaaaa'], 'string']);
  });
});

describe('filters', () => {
  test('window, deleted, words, properties, order', async () => {
    await add('first', {
      start: oslo('2026-11-20T08:00:00'),
      end: oslo('2026-11-20T09:00:00'),
      summary: 'Haircut',
    });
    await add('later', {
      extendedProperties: { private: { a: '1', b: '2' } },
      attendees: [{ email: 'kim@x.test' }],
    });
    const window = {
      timeMin: '2026-11-20T08:00:00Z',
      timeMax: '2026-11-20T09:00:00Z',
    };
    expect(ids(await list(window))).toEqual([]);
    expect(ids(await list({ ...window, timeMax: '2026-11-20T09:00:01Z' }))).toEqual(['later']);
    expect(ids(await list({ q: 'hair' }))).toEqual(['first']);
    expect(ids(await list({ q: 'kim@x' }))).toEqual(['later']);
    expect(ids(await list({ privateExtendedProperty: ['a=1', 'b=3'] }))).toEqual([]);
    await google.control.setSwitches({ extendedPropertyMatch: 'any' });
    expect(ids(await list({ privateExtendedProperty: ['a=1', 'b=3'] }))).toEqual(['later']);
    await remove('first');
    expect(ids(await list())).toEqual(['later']);
    expect(ids(await list({ showDeleted: true, orderBy: 'updated' }))).toEqual(['later', 'first']);
    expect(await refused({ orderBy: 'startTime' })).toBe('400 invalid');
    expect(await refused({ timeMin: '2026-11-20' })).toBe('400 invalid');
    expect(await refused({ ...window, timeMax: window.timeMin })).toBe('400 timeRangeEmpty');
    expect(await refused({ updatedMin: '2020-01-01T00:00:00Z' })).toBe('410 updatedMinTooLongAgo');
  });
});
