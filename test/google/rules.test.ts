// What an event may be: times, types, extended properties, and what the types of the client do not know.
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
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
test('times: an all-day end is exclusive, an end is not before its start, one kind of time', async () => {
  const day = (date: string) => ({ date });
  const cases: [object, string][] = [
    [{ start: day('2026-11-20'), end: day('2026-11-21') }, 'ok'],
    [{ start: day('2026-11-20'), end: day('2026-11-20') }, '400 timeRangeEmpty'],
    [{ start: at(10), end: at(9) }, '400 timeRangeEmpty'],
    [{ start: at(10), end: at(10) }, 'ok'],
    [{ start: at(10), end: day('2026-11-21') }, '400 invalid'],
    [{ start: { ...at(10), date: '2026-11-20' } }, '400 invalid'],
    [{ start: { dateTime: '2026-11-20T10:00:00' } }, '400 required'],
    [{ start: { dateTime: '2026-11-20T10:00:00', timeZone: 'Europe/Oslo' } }, 'ok'],
    [{ start: { dateTime: '2026-11-20T10:00:00', timeZone: 'Mars/Base' } }, '400 invalid'],
    [{ start: day('2026-02-30'), end: day('2026-03-02') }, '400 invalid'],
    [{ end: {} }, '400 required'],
    [{ recurrence: ['RRULE:FREQ=DAILY'] }, '400 required'],
    [
      {
        recurrence: ['DTSTART:20261120T100000Z'],
        start: { ...at(10), timeZone: 'Europe/Oslo' },
        end: { ...at(11), timeZone: 'Europe/Oslo' },
      },
      '400 invalid',
    ],
  ];
  for (const [body, expected] of cases)
    expect([body, await refusalOf(insert(body))]).toEqual([body, expected]);
});

test('turning an all-day event into a timed one by patch needs the date removed', async () => {
  const { id } = await insert({
    start: { date: '2026-11-20' },
    end: { date: '2026-11-21' },
  });
  const patch = (requestBody: object) =>
    refusalOf(api.events.patch({ calendarId: room, eventId: id!, requestBody }));
  expect(await patch(times)).toBe('400 invalid');
  expect(
    await patch({
      start: { ...at(10), date: null },
      end: { ...at(11), date: null },
    }),
  ).toBe('ok');
});

test('event types keep their rules (1.3)', async () => {
  const location = { type: 'homeOffice', homeOffice: {} };
  const office = {
    eventType: 'workingLocation',
    visibility: 'public',
    workingLocationProperties: location,
  };
  const birthday = {
    eventType: 'birthday',
    visibility: 'private',
    transparency: 'transparent',
  };
  const oneDay = {
    start: { date: '2026-11-20' },
    end: { date: '2026-11-21' },
  };
  const cases: [object, string, string][] = [
    [{ eventType: 'outOfOffice' }, 'primary', 'ok'],
    [{ eventType: 'outOfOffice' }, room, '400 eventTypeRestriction'],
    [{ eventType: 'focusTime', transparency: 'transparent' }, 'primary', '400 eventTypeRestriction'],
    [{ eventType: 'focusTime', ...oneDay }, 'primary', '400 eventTypeRestriction'],
    [{ eventType: 'fromGmail' }, 'primary', '400 eventTypeRestriction'],
    [{ ...office, transparency: 'transparent' }, 'primary', 'ok'],
    [office, 'primary', '400 eventTypeRestriction'],
    [{ ...birthday, ...oneDay, recurrence: ['RRULE:FREQ=YEARLY'] }, 'primary', 'ok'],
    [{ ...birthday, ...oneDay }, 'primary', '400 eventTypeRestriction'],
    [{ eventType: 'party' }, 'primary', '400 invalid'],
  ];
  for (const [body, calendar, expected] of cases) {
    expect([body, await refusalOf(insert(body, calendar))]).toEqual([body, expected]);
  }
});

test('extended properties: long keys vanish, long values are cut, too many are refused (1.6)', async () => {
  const long = { ['k'.repeat(45)]: 'x', short: 'v'.repeat(2_000) };
  const made = await insert({ extendedProperties: { private: long } });
  expect(made.extendedProperties?.private).toEqual({
    short: 'v'.repeat(1_024),
  });
  const many = Object.fromEntries(Array.from({ length: 301 }, (_, n) => [`k${n}`, 'v']));
  expect(await refusalOf(insert({ extendedProperties: { shared: many } }))).toBe('400 invalid');
});

test('defaults are left out of answers, times come in the zone of the calendar', async () => {
  const made = await insert({
    transparency: 'opaque',
    visibility: 'default',
    start: { dateTime: '2026-11-20T09:00:00Z' },
  });
  expect(made).not.toHaveProperty('transparency');
  expect(made).not.toHaveProperty('visibility');
  expect(made.start).toEqual({
    dateTime: '2026-11-20T10:00:00+01:00',
    timeZone: 'Europe/Oslo',
  });
  const other = await api.events.get({
    calendarId: room,
    eventId: made.id!,
    timeZone: 'Asia/Tokyo',
  });
  expect(other.data.start?.dateTime).toBe('2026-11-20T18:00:00+09:00');
});

test('what the googleapis types do not know is refused, and says which fact rules', async () => {
  expect(await refusalOf(insert({ title: 'No such field' }))).toBe('400 invalid');
  expect(await refusalOf(insert({ summary: 5 }))).toBe('400 invalid');
  const loud = { calendarId: room, requestBody: times, sendUpdates: 'everyone' };
  expect(await refusalOf(api.events.insert(loud))).toBe('400 invalid');
  expect(await refusalOf(insert({ transparency: 'free' }))).toBe('400 invalid');
  const { access_token } = await google.control.issueTokens({ person: anna });
  const headers = {
    authorization: `Bearer ${access_token}`,
    'content-type': 'application/json',
  };
  const url = `${google.url}/calendar/v3/calendars/primary/events`;
  const unknown = await fetch(`${url}?colour=red`, { headers });
  expect([unknown.status, await unknown.json()]).toMatchObject([400, { error: { code: 400, facts: '5.4' } }]);
  const broken = await fetch(url, {
    method: 'POST',
    headers,
    body: '{"summary":',
  });
  expect([broken.status, await broken.json()]).toMatchObject([
    400,
    { error: { errors: [{ reason: 'parseError' }] } },
  ]);
  const mime = await fetch(url, {
    method: 'POST',
    headers: { ...headers, 'content-type': 'text/plain' },
    body: 'x',
  });
  expect(mime.status).toBe(415);
});

test('only the fields asked for', async () => {
  const { id } = await insert({ summary: 'S' });
  const fields = 'id,start/dateTime,organizer(self)';
  const { data } = await api.events.get({
    calendarId: anna,
    eventId: (await insert({}, anna)).id!,
    fields,
  });
  expect(data).toEqual({
    id: data.id,
    start: { dateTime: at(10).dateTime },
    organizer: { self: true },
  });
  expect(await refusalOf(api.events.get({ calendarId: room, eventId: id!, fields: 'id(' }))).toBe(
    '400 invalid',
  );
});
