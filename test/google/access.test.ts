// Roles, scopes, free/busy and guests: who sees and may do what.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type Api, clientFor, refusalOf } from './client.ts';
import { type Google, startGoogle } from './server.ts';
import { DEFAULT_SWITCHES } from './switches.ts';

const anna = 'anna@clinic.test';
const bo = 'bo@clinic.test';
const times = {
  start: { dateTime: '2026-11-20T10:00:00Z' },
  end: { dateTime: '2026-11-20T11:00:00Z' },
};
const window = {
  timeMin: '2026-11-20T00:00:00Z',
  timeMax: '2026-11-21T00:00:00Z',
};

let google: Google;
let ofAnna: Api;
let ofBo: Api;
let room: string;

beforeAll(async () => {
  google = await startGoogle();
});
afterAll(() => google.stop());
beforeEach(async () => {
  await google.control.reset();
  await google.control.setSwitches(DEFAULT_SWITCHES);
  for (const [email, name] of [
    [anna, 'Anna'],
    [bo, 'Bo'],
  ] as const) {
    await google.control.createPerson({ email, name, zone: 'Europe/Oslo' });
  }
  room = (await google.control.createCalendar({ owner: anna, summary: 'Room' })).id;
  ofAnna = await clientFor(google, anna);
  ofBo = await clientFor(google, bo);
});

const insert = (api: Api, body: object = {}, calendarId = room) =>
  api.events.insert({ calendarId, requestBody: { ...times, ...body } });

describe('roles (google-facts 1.11)', () => {
  test('no role: not found; reader: no writing; free/busy reader: times only', async () => {
    await insert(ofAnna, {
      id: 'aaaaa',
      summary: 'Secret',
      description: 'More',
    });
    expect(await refusalOf(ofBo.events.list({ calendarId: room }))).toBe('404 notFound');
    await google.control.share({
      calendar: room,
      person: bo,
      role: 'freeBusyReader',
    });
    const { data } = await ofBo.events.list({ calendarId: room });
    expect(data.accessRole).toBe('freeBusyReader');
    expect(data.items).toMatchObject([{ id: 'aaaaa', start: {}, end: {}, visibility: 'private' }]);
    expect(JSON.stringify(data.items)).not.toContain('Secret');
    await google.control.share({ calendar: room, person: bo, role: 'reader' });
    expect(await refusalOf(insert(ofBo))).toBe('403 requiredAccessLevel');
    await google.control.share({ calendar: room, person: bo, role: 'writer' });
    expect(await refusalOf(insert(ofBo))).toBe('ok');
    await google.control.share({ calendar: room, person: bo, role: 'none' });
    expect(await refusalOf(insert(ofBo))).toBe('404 notFound');
  });

  test('a free/busy reader gets occurrences, whatever singleEvents says (1.4)', async () => {
    const zoned = {
      start: { ...times.start, timeZone: 'UTC' },
      end: { ...times.end, timeZone: 'UTC' },
    };
    await insert(ofAnna, {
      ...zoned,
      recurrence: ['RRULE:FREQ=DAILY;COUNT=3'],
    });
    await google.control.share({
      calendar: room,
      person: bo,
      role: 'freeBusyReader',
    });
    expect((await ofBo.events.list({ calendarId: room })).data.items).toHaveLength(3);
  });

  test('private events hide from readers, not from writers', async () => {
    await insert(ofAnna, {
      id: 'aaaaa',
      summary: 'Secret',
      visibility: 'private',
    });
    const seen = async (role: 'reader' | 'writerWithoutPrivateAccess' | 'writer') => {
      await google.control.share({ calendar: room, person: bo, role });
      return (await ofBo.events.get({ calendarId: room, eventId: 'aaaaa' })).data.summary;
    };
    expect(await seen('reader')).toBeUndefined();
    expect(await seen('writerWithoutPrivateAccess')).toBeUndefined();
    expect(await seen('writer')).toBe('Secret');
  });

  test('the calendar list: roles, minAccessRole, pages, deltas', async () => {
    await google.control.share({ calendar: room, person: bo, role: 'reader' });
    const { data } = await ofBo.calendarList.list();
    expect(data.items).toMatchObject([
      { id: bo, primary: true, accessRole: 'owner', timeZone: 'Europe/Oslo' },
      { id: room, summary: 'Room', accessRole: 'reader', dataOwner: anna },
    ]);
    expect((await ofBo.calendarList.list({ minAccessRole: 'writer' })).data.items).toHaveLength(1);
    expect(await refusalOf(ofBo.calendarList.list({ minAccessRole: 'boss' }))).toBe('400 invalid');
    const page = await ofBo.calendarList.list({ maxResults: 1 });
    const rest = await ofBo.calendarList.list({
      maxResults: 1,
      pageToken: page.data.nextPageToken!,
    });
    expect([page.data.nextSyncToken, typeof rest.data.nextSyncToken]).toEqual([undefined, 'string']);
    await google.control.share({ calendar: room, person: bo, role: 'none' });
    const delta = await ofBo.calendarList.list({
      syncToken: data.nextSyncToken!,
    });
    expect(delta.data.items).toMatchObject([{ id: room, deleted: true }]);
    const both = ofBo.calendarList.list({
      syncToken: data.nextSyncToken!,
      minAccessRole: 'writer',
    });
    expect(await refusalOf(both)).toBe('400 invalid');
    expect(await refusalOf(ofBo.calendarList.get({ calendarId: room }))).toBe('404 notFound');
    expect((await ofAnna.calendars.get({ calendarId: room })).data).toMatchObject({
      timeZone: 'Europe/Oslo',
    });
  });
});

describe('scopes (1.14)', () => {
  test('each method takes its own', async () => {
    await google.control.share({ calendar: room, person: bo, role: 'writer' });
    const insufficient = '403 insufficientPermissions';
    const events = await clientFor(google, bo, ['calendar.events']);
    expect(await refusalOf(insert(events))).toBe('ok');
    expect(await refusalOf(events.calendarList.list())).toBe(insufficient);
    expect(await refusalOf(events.freebusy.query({ requestBody: window }))).toBe(insufficient);
    const readonly = await clientFor(google, bo, [
      'calendar.events.readonly',
      'calendar.calendarlist.readonly',
    ]);
    expect(await refusalOf(readonly.events.list({ calendarId: room }))).toBe('ok');
    expect(await refusalOf(readonly.calendarList.list())).toBe('ok');
    expect(await refusalOf(insert(readonly))).toBe(insufficient);
    const owned = await clientFor(google, bo, ['calendar.events.owned']);
    expect(await refusalOf(insert(owned, {}, bo))).toBe('ok');
    expect(await refusalOf(insert(owned))).toBe(insufficient);
    const created = await clientFor(google, anna, ['calendar.app.created']);
    expect(await refusalOf(insert(created))).toBe(insufficient);
  });

  test('a scope for free/busy shows times only', async () => {
    await insert(ofAnna, { id: 'aaaaa', summary: 'Secret' });
    const api = await clientFor(google, anna, ['calendar.events.freebusy']);
    const { data } = await api.events.list({ calendarId: room });
    expect(data.items).toHaveLength(1);
    expect(JSON.stringify(data.items)).not.toContain('Secret');
  });
});

describe('freeBusy (1.9)', () => {
  const query = async (api: Api, ids: string[], more: object = {}) =>
    (
      await api.freebusy.query({
        requestBody: { ...window, items: ids.map((id) => ({ id })), ...more },
      })
    ).data;

  test('busy times are merged; Free, cancelled and declined ones left out; unknown is an error', async () => {
    const at = (from: string, to: string) => ({
      start: { dateTime: `2026-11-20T${from}:00Z` },
      end: { dateTime: `2026-11-20T${to}:00Z` },
    });
    await insert(ofAnna, at('10:00', '11:00'));
    await insert(ofAnna, at('10:30', '12:00'));
    await insert(ofAnna, {
      ...at('14:00', '15:00'),
      transparency: 'transparent',
    });
    const { data } = await insert(ofAnna, at('16:00', '17:00'));
    await ofAnna.events.delete({ calendarId: room, eventId: data.id! });
    const answer = await query(ofAnna, [room, 'nosuch@x.test']);
    expect(answer.calendars).toEqual({
      [room]: {
        busy: [{ start: '2026-11-20T10:00:00Z', end: '2026-11-20T12:00:00Z' }],
      },
      'nosuch@x.test': {
        errors: [{ domain: 'global', reason: 'notFound' }],
        busy: [],
      },
    });
  });

  test('an all-day event is busy from local midnight; answers come in the zone asked for', async () => {
    await insert(ofAnna, {
      start: { date: '2026-11-20' },
      end: { date: '2026-11-21' },
    });
    const answer = await query(ofAnna, [room], {
      timeZone: 'Europe/Oslo',
      timeMin: '2026-11-19T12:00:00Z',
    });
    expect(answer.calendars![room]!.busy).toEqual([
      { start: '2026-11-20T00:00:00+01:00', end: '2026-11-21T00:00:00+01:00' },
    ]);
  });

  test('limits: range, order, number of calendars', async () => {
    const asked = (more: object) => refusalOf(ofAnna.freebusy.query({ requestBody: { ...window, ...more } }));
    expect(await asked({ timeMax: '2026-12-20T00:00:00Z' })).toBe('ok');
    expect(await asked({ timeMax: '2026-12-20T00:00:01Z' })).toBe('400 timeRangeTooLong');
    expect(await asked({ timeMax: window.timeMin })).toBe('400 timeRangeEmpty');
    expect(await asked({ timeMin: null })).toBe('400 required');
    const answer = await query(ofAnna, [room, anna], {
      calendarExpansionMax: 1,
    });
    expect(answer.calendars![anna]!.errors).toMatchObject([{ reason: 'tooManyCalendarsRequested' }]);
  });
});

describe('guests (1.2, 1.5)', () => {
  const invite = async () => {
    const attendees = [{ email: bo }, { email: 'outside@x.test' }];
    const { data } = await insert(ofAnna, { id: 'aaaaa', summary: 'Talk', attendees }, anna);
    return data;
  };

  test('a guest gets a copy and may change only what is the guest’s own', async () => {
    await invite();
    const copy = (await ofBo.events.get({ calendarId: bo, eventId: 'aaaaa' })).data;
    expect(copy.organizer).toMatchObject({ email: anna });
    expect(copy.attendees).toMatchObject([{ email: bo, self: true, responseStatus: 'needsAction' }, {}]);
    const patch = (requestBody: object) =>
      refusalOf(ofBo.events.patch({ calendarId: bo, eventId: 'aaaaa', requestBody }));
    expect(await patch({ summary: 'Mine' })).toBe('403 forbiddenForNonOrganizer');
    expect(await patch({ start: { dateTime: '2026-11-20T09:00:00Z' } })).toBe('403 forbiddenForNonOrganizer');
    expect(
      await patch({
        transparency: 'transparent',
        extendedProperties: { private: { a: 'b' } },
      }),
    ).toBe('ok');
    await ofAnna.events.patch({
      calendarId: anna,
      eventId: 'aaaaa',
      requestBody: { summary: 'New name' },
    });
    const after = (await ofBo.events.get({ calendarId: bo, eventId: 'aaaaa' })).data;
    expect(after).toMatchObject({
      summary: 'New name',
      transparency: 'transparent',
    });
    expect(after.extendedProperties?.private).toEqual({ a: 'b' });
  });

  test('an answer reaches the organizer; a declined event stays in lists and, by a switch, in free/busy', async () => {
    await invite();
    await google.control.respond({
      person: bo,
      event: 'aaaaa',
      response: 'declined',
    });
    const { data } = await ofAnna.events.get({
      calendarId: anna,
      eventId: 'aaaaa',
    });
    expect(data.attendees).toMatchObject([{ email: bo, responseStatus: 'declined' }, {}]);
    expect((await ofBo.events.list({ calendarId: bo })).data.items).toHaveLength(1);
    const busy = async () => {
      const answer = await ofBo.freebusy.query({
        requestBody: { ...window, items: [{ id: bo }] },
      });
      return answer.data.calendars![bo]!.busy!.length;
    };
    expect(await busy()).toBe(0);
    await google.control.setSwitches({ declinedIsBusy: true });
    expect(await busy()).toBe(1);
  });

  test('deleting: the organizer’s takes the copies, a guest’s own says no', async () => {
    await invite();
    await ofBo.events.delete({ calendarId: bo, eventId: 'aaaaa' });
    const { data } = await ofAnna.events.get({
      calendarId: anna,
      eventId: 'aaaaa',
    });
    expect(data.attendees).toMatchObject([{ email: bo, responseStatus: 'declined' }, {}]);
    const other = (await insert(ofAnna, { attendees: [{ email: bo }] }, anna)).data.id!;
    await ofAnna.events.delete({ calendarId: anna, eventId: other });
    expect((await ofBo.events.get({ calendarId: bo, eventId: other })).data.status).toBe('cancelled');
  });
});
