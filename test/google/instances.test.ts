// Recurring events: their occurrences, exceptions and splits, in lists and by their own ids (google-facts 1.4).
import type { calendar_v3 } from 'googleapis/build/src/apis/calendar/index.js';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
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

const starts = (data: { items?: { start?: { dateTime?: string | null; date?: string | null } }[] }) =>
  data.items!.map(({ start }) => start!.dateTime ?? start!.date);
const single = { singleEvents: true, orderBy: 'startTime' };

test('wall time holds over a change of clocks; EXDATE and UNTIL in their own zones', async () => {
  await add('series', {
    start: oslo('2026-10-23T09:00:00'),
    end: oslo('2026-10-23T10:00:00'),
    recurrence: ['RRULE:FREQ=DAILY;UNTIL=20261027T080000Z', 'EXDATE;TZID=Europe/Oslo:20261024T090000'],
  });
  expect(starts(await list(single))).toEqual([
    '2026-10-23T09:00:00+02:00',
    '2026-10-25T09:00:00+01:00',
    '2026-10-26T09:00:00+01:00',
    '2026-10-27T09:00:00+01:00',
  ]);
  expect(ids(await list())).toEqual(['series']);
});

test('all-day series count days in their calendar', async () => {
  const body = {
    start: { date: '2026-11-20' },
    end: { date: '2026-11-22' },
    recurrence: ['RRULE:FREQ=WEEKLY;COUNT=2'],
  };
  await add('course', body);
  const { items } = await list({
    ...single,
    timeMin: '2026-11-27T00:00:00Z',
  });
  expect(items).toMatchObject([
    {
      id: 'course_20261127',
      start: { date: '2026-11-27' },
      end: { date: '2026-11-29' },
      recurringEventId: 'course',
    },
  ]);
});

test('an occurrence is read, moved and cancelled by its own id, and shows in lists as an exception', async () => {
  await add('series', { recurrence: ['RRULE:FREQ=DAILY;COUNT=4'] });
  const second = 'series_20261121T090000Z';
  const { data } = await api.events.get({
    calendarId: anna,
    eventId: second,
  });
  expect(data).toMatchObject({
    recurringEventId: 'series',
    originalStartTime: { dateTime: '2026-11-21T10:00:00+01:00' },
  });
  expect(data.recurrence).toBeUndefined();
  const { nextSyncToken } = await list();
  await patch(second, {
    start: oslo('2026-11-21T15:00:00'),
    end: oslo('2026-11-21T16:00:00'),
  });
  await remove('series_20261122T090000Z');
  expect(starts(await list(single))).toEqual([
    '2026-11-20T10:00:00+01:00',
    '2026-11-21T15:00:00+01:00',
    '2026-11-23T10:00:00+01:00',
  ]);
  const all = await list();
  expect(ids(all)).toEqual(['series', second, 'series_20261122T090000Z']);
  expect(all.items![2]).toEqual({
    kind: 'calendar#event',
    etag: expect.any(String),
    id: 'series_20261122T090000Z',
    status: 'cancelled',
    recurringEventId: 'series',
    originalStartTime: {
      dateTime: '2026-11-22T10:00:00+01:00',
      timeZone: 'Europe/Oslo',
    },
  });
  expect(ids(await list({ syncToken: nextSyncToken! }))).toEqual([second, 'series_20261122T090000Z']);
  expect(await refusalOf(remove('series_20261122T090000Z'))).toBe('410 deleted');
  expect(await refusalOf(remove('series_20261122T093000Z'))).toBe('404 notFound');
  const instances = await api.events.instances({
    calendarId: anna,
    eventId: 'series',
  });
  expect(instances.data.items).toHaveLength(3);
  const one = await api.events.instances({
    calendarId: anna,
    eventId: second,
  });
  expect(ids(one.data)).toEqual([second]);
});

test('a deleted series takes its exceptions along, a shortened one ends those it no longer gives', async () => {
  await add('series', { recurrence: ['RRULE:FREQ=DAILY;COUNT=4'] });
  await patch('series_20261121T090000Z', { summary: 'Other' });
  await patch('series_20261123T090000Z', { summary: 'Other' });
  await patch('series', { recurrence: ['RRULE:FREQ=DAILY;COUNT=2'] });
  const gone = await api.events.get({
    calendarId: anna,
    eventId: 'series_20261123T090000Z',
  });
  expect(gone.data.status).toBe('cancelled');
  const { nextSyncToken } = await list({ singleEvents: false });
  await remove('series');
  const exception = 'series_20261121T090000Z';
  expect((await api.events.get({ calendarId: anna, eventId: exception })).data.status).toBe('cancelled');
  expect(await refusalOf(remove(exception))).toBe('410 deleted');
  expect(ids(await list())).toEqual([]);
  const delta = await list({ syncToken: nextSyncToken! });
  expect(delta.items!.map(({ id, status }) => [id, status])).toEqual([
    ['series', 'cancelled'],
    ['series_20261121T090000Z', 'cancelled'],
    ['series_20261123T090000Z', 'cancelled'],
  ]);
});

test('a series is found by a window that only a late occurrence or a moved one touches', async () => {
  await add('series', { recurrence: ['RRULE:FREQ=DAILY;COUNT=3'] });
  const day = (n: number) => ({
    timeMin: `2026-11-${n}T00:00:00Z`,
    timeMax: `2026-11-${n + 1}T00:00:00Z`,
  });
  expect(ids(await list(day(22)))).toEqual(['series']);
  expect(ids(await list(day(23)))).toEqual([]);
  expect(ids(await list({ timeMin: day(22).timeMin }))).toEqual(['series']);
  expect(ids(await list({ timeMin: day(24).timeMin }))).toEqual([]);
  expect(ids(await list({ timeMax: day(20).timeMin }))).toEqual([]);
  await patch('series_20261121T090000Z', {
    start: oslo('2026-11-23T09:00:00'),
    end: oslo('2026-11-23T10:00:00'),
  });
  expect(ids(await list(day(23)))).toEqual(['series', 'series_20261121T090000Z']);
});

test('a person splits a series: this and following', async () => {
  await add('series', { recurrence: ['RRULE:FREQ=DAILY'], summary: 'Round' });
  const next = await google.control.splitSeries({
    person: anna,
    calendar: anna,
    event: 'series',
    from: { dateTime: '2026-11-22T09:00:00Z', timeZone: 'Europe/Oslo' },
    change: { summary: 'Later round' },
  });
  const { items } = await list({
    ...single,
    timeMax: '2026-11-24T00:00:00Z',
  });
  expect(items!.map(({ summary, recurringEventId }) => [summary, recurringEventId])).toEqual([
    ['Round', 'series'],
    ['Round', 'series'],
    ['Later round', next.id],
    ['Later round', next.id],
  ]);
});

test('pages of occurrences and exceptions hold each once, in every order', async () => {
  await add('seriesa', { recurrence: ['RRULE:FREQ=DAILY;COUNT=5'] });
  await add('middle');
  await patch('seriesa_20261121T090000Z', {
    start: oslo('2026-11-22T10:00:00'),
    end: oslo('2026-11-22T11:00:00'),
  });
  await add('final');
  for (const orderBy of [undefined, 'startTime', 'updated']) {
    const asked: Asked = { singleEvents: true, maxResults: 1, ...(orderBy && { orderBy }) };
    const found: unknown[] = [];
    let pageToken: string | null | undefined;
    do {
      const page = await list({ ...asked, ...(pageToken && { pageToken }) });
      found.push(...ids(page));
      pageToken = page.nextPageToken;
    } while (pageToken);
    expect(found).toHaveLength(7);
    expect(new Set(found).size).toBe(7);
  }
});
