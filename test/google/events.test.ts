// The acts on one event through the client our product uses: ids, etags, tombstones, and what is refused.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type Api, clientFor, refusalOf } from './client.ts';
import { type Google, startGoogle } from './server.ts';
import { DEFAULT_SWITCHES } from './switches.ts';

const anna = 'anna@clinic.test';
const at = (hour: number) => ({
  dateTime: `2026-11-20T${String(hour).padStart(2, '0')}:00:00+01:00`,
});
const times = { start: at(10), end: at(11) };

let google: Google;
let api: Api;
let room: string;

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
  room = (await google.control.createCalendar({ owner: anna, summary: 'Room' })).id;
  api = await clientFor(google, anna);
});

const insert = async (body: object, calendarId = room) =>
  (await api.events.insert({ calendarId, requestBody: { ...times, ...body } })).data;
const get = async (eventId: string, calendarId = room) =>
  (await api.events.get({ calendarId, eventId })).data;

describe('ids (google-facts 1.1)', () => {
  test('only base32hex of 5 to 1024 characters', async () => {
    for (const id of ['abcd', 'UPPER1', 'with-hyphen', 'zzzzz', 'a'.repeat(1_025)]) {
      expect(await refusalOf(insert({ id }))).toBe('400 invalid');
    }
    expect((await insert({ id: 'a'.repeat(1_024) })).id).toHaveLength(1_024);
    expect(await refusalOf(insert({ id: 'abcde', iCalUID: 'x@y' }))).toBe('400 invalid');
  });

  test('an id is taken once, of simultaneous inserts too, and after deletion', async () => {
    const results = await Promise.all([1, 2, 3].map(() => refusalOf(insert({ id: 'abcde1' }))));
    expect(results.sort()).toEqual(['409 duplicate', '409 duplicate', 'ok']);
    await api.events.delete({ calendarId: room, eventId: 'abcde1' });
    expect(await refusalOf(insert({ id: 'abcde1' }))).toBe('409 duplicate');
    expect(await refusalOf(insert({ id: 'abcde1' }, 'primary'))).toBe('ok');
  });

  test('a purged id answers 404; whether it is free again is a switch', async () => {
    await insert({ id: 'abcde1' });
    await api.events.delete({ calendarId: room, eventId: 'abcde1' });
    await google.control.purge({ calendar: room, event: 'abcde1' });
    expect(await refusalOf(get('abcde1'))).toBe('404 notFound');
    expect(await refusalOf(insert({ id: 'abcde1' }))).toBe('409 duplicate');
    await google.control.setSwitches({ purgedIdReusable: true });
    expect(await refusalOf(insert({ id: 'abcde1' }))).toBe('ok');
  });

  test('import upserts by iCalUID and may name an organizer', async () => {
    const requestBody = {
      ...times,
      iCalUID: 'u1@elsewhere',
      organizer: { email: 'boss@else.test' },
    };
    const first = (await api.events.import({ calendarId: room, requestBody })).data;
    const again = await api.events.import({
      calendarId: room,
      requestBody: { ...requestBody, summary: 'New' },
    });
    expect(again.data).toMatchObject({
      id: first.id,
      summary: 'New',
      organizer: { email: 'boss@else.test' },
    });
    expect(await refusalOf(api.events.import({ calendarId: room, requestBody: times }))).toBe('400 required');
  });
});

describe('tombstones (1.1, 1.2)', () => {
  test('get shows what was deleted; a second delete is 410, an unknown id 404', async () => {
    await insert({ id: 'abcde1', summary: 'Cut' });
    await api.events.delete({ calendarId: room, eventId: 'abcde1' });
    expect(await get('abcde1')).toMatchObject({
      status: 'cancelled',
      summary: 'Cut',
    });
    expect(await refusalOf(api.events.delete({ calendarId: room, eventId: 'abcde1' }))).toBe('410 deleted');
    expect(await refusalOf(api.events.delete({ calendarId: room, eventId: 'nosuch' }))).toBe('404 notFound');
  });

  test('update brings back what a client deleted; after a person did, that is a switch', async () => {
    await insert({ id: 'abcde1' });
    const update = () =>
      api.events.update({
        calendarId: room,
        eventId: 'abcde1',
        requestBody: { ...times, status: 'confirmed' },
      });
    await api.events.delete({ calendarId: room, eventId: 'abcde1' });
    expect((await update()).data.status).toBe('confirmed');
    await google.control.deleteEvent({
      person: anna,
      calendar: room,
      event: 'abcde1',
    });
    expect(await refusalOf(update())).toBe('403 forbidden');
    await google.control.setSwitches({ undeleteAfterPerson: true });
    expect(await refusalOf(update())).toBe('ok');
  });
});

describe('changing (1.2)', () => {
  test('put loses what it leaves out; patch merges, null removes, arrays are replaced whole', async () => {
    const attendees = [{ email: 'a@x.test' }, { email: 'b@x.test' }];
    const properties = { private: { keep: '1', drop: '2' } };
    const { id } = await insert({
      summary: 'S',
      location: 'L',
      attendees,
      extendedProperties: properties,
    });
    const patched = await api.events.patch({
      calendarId: room,
      eventId: id!,
      requestBody: {
        location: null,
        attendees: [{ email: 'c@x.test' }],
        extendedProperties: { private: { drop: null as unknown as string } },
      },
    });
    expect(patched.data).toMatchObject({
      summary: 'S',
      extendedProperties: { private: { keep: '1' } },
    });
    expect(patched.data.extendedProperties?.private).not.toHaveProperty('drop');
    expect(patched.data).not.toHaveProperty('location');
    expect(patched.data.attendees?.map(({ email }) => email)).toEqual(['c@x.test']);
    const put = await api.events.update({
      calendarId: room,
      eventId: id!,
      requestBody: times,
    });
    expect(put.data).not.toHaveProperty('summary');
    expect(put.data).not.toHaveProperty('attendees');
    expect(put.data).not.toHaveProperty('extendedProperties');
  });

  test('If-Match guards, If-None-Match spares, an identical patch leaves the etag', async () => {
    const made = await insert({ id: 'abcde1', summary: 'S' });
    const patch = (requestBody: object, match?: string) =>
      api.events.patch(
        { calendarId: room, eventId: 'abcde1', requestBody },
        match ? { headers: { 'If-Match': match } } : {},
      );
    expect((await patch({ summary: 'S' })).data.etag).toBe(made.etag);
    const moved = await patch({ start: at(9) }, made.etag!);
    expect(moved.data.etag).not.toBe(made.etag);
    expect(moved.data.sequence).toBe(1);
    expect(await refusalOf(patch({ summary: 'T' }, made.etag!))).toBe('412 conditionNotMet');
    expect((await patch({ summary: 'T' }, '*')).data.summary).toBe('T');
    const { etag } = await get('abcde1');
    const options = { headers: { 'If-None-Match': etag! } };
    expect((await api.events.get({ calendarId: room, eventId: 'abcde1' }, options)).status).toBe(304);
    await google.control.setSwitches({ identicalPatchKeepsEtag: false });
    expect((await patch({ summary: 'T' })).data.etag).not.toBe(etag);
  });

  test('a stale sequence and a changed type are refused', async () => {
    const { id } = await insert({});
    const patch = (requestBody: object) =>
      refusalOf(api.events.patch({ calendarId: room, eventId: id!, requestBody }));
    expect(await patch({ start: at(9) })).toBe('ok');
    expect(await patch({ sequence: 0 })).toBe('400 invalid');
    expect(await patch({ eventType: 'focusTime' })).toBe('400 invalid');
  });

  test('a move leaves a bare cancelled event and changes the organizer', async () => {
    await insert({ id: 'abcde1', summary: 'S' });
    const moved = await api.events.move({
      calendarId: room,
      eventId: 'abcde1',
      destination: anna,
    });
    expect(moved.data.status).toBe('cancelled');
    expect(await get('abcde1', anna)).toMatchObject({
      summary: 'S',
      organizer: { email: anna, self: true },
    });
    const left = await get('abcde1');
    expect(left).toMatchObject({ id: 'abcde1', status: 'cancelled' });
    expect(left).not.toHaveProperty('summary');
    await api.events.move({
      calendarId: anna,
      eventId: 'abcde1',
      destination: room,
    });
    expect(await get('abcde1')).toMatchObject({
      status: 'confirmed',
      summary: 'S',
    });
  });
});
