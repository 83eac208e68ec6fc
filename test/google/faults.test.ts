// Troubles and quotas: what a client meets, and what was done all the same.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type Api, clientFor, refusalOf } from './client.ts';
import { GOOGLE_LIMITS } from './quota.ts';
import { connectControl, type Google, startGoogle } from './server.ts';
import { DEFAULT_SWITCHES } from './switches.ts';

const anna = 'anna@clinic.test';
const times = { start: { dateTime: '2026-11-20T10:00:00Z' }, end: { dateTime: '2026-11-20T11:00:00Z' } };

let google: Google;
let api: Api;

beforeAll(async () => {
  google = await startGoogle({ random: () => 0.4 });
});
afterAll(() => google.stop());
beforeEach(async () => {
  await google.control.reset();
  await google.control.setSwitches(DEFAULT_SWITCHES);
  await google.control.setQuota(GOOGLE_LIMITS);
  await google.control.createPerson({ email: anna, name: 'Anna', zone: 'Europe/Oslo' });
  api = await clientFor(google, anna);
});

const insert = (id: string) => api.events.insert({ calendarId: 'primary', requestBody: { id, ...times } });
const held = async () => (await google.control.calendarState({ calendar: anna })).events.map(({ id }) => id);

describe('faults', () => {
  test('an error strikes as often as told, where told, and nothing is done', async () => {
    const error = { kind: 'error', status: 429, reason: 'rateLimitExceeded', retryAfterSeconds: 7 } as const;
    await google.control.addFault({ ...error, on: 'events.insert', calendar: anna, times: 1 });
    const failed = await insert('aaaaa').catch((problem) => problem.response);
    expect(failed.status).toBe(429);
    expect(failed.headers.get('retry-after')).toBe('7');
    expect(await held()).toEqual([]);
    expect(await refusalOf(insert('aaaaa'))).toBe('ok');
    const { id } = await google.control.addFault({ ...error, on: 'events.*', calendar: 'another' });
    expect(await refusalOf(insert('bbbbb'))).toBe('ok');
    await google.control.removeFault({ id });
    expect(await google.control.faults()).toEqual([]);
  });

  test('probability', async () => {
    await google.control.addFault({ kind: 'error', status: 500, reason: 'backendError', probability: 0.4 });
    expect(await refusalOf(insert('aaaaa'))).toBe('ok');
    await google.control.addFault({ kind: 'error', status: 500, reason: 'backendError', probability: 0.41 });
    expect(await refusalOf(insert('bbbbb'))).toBe('500 backendError');
  });

  test('reset does nothing; a lost answer and half a body have done it', async () => {
    for (const [kind, id] of [
      ['reset', 'aaaaa'],
      ['lostAnswer', 'bbbbb'],
      ['halfBody', 'ccccc'],
    ] as const) {
      await google.control.addFault({ kind, times: 1 });
      await expect(insert(id)).rejects.toThrow();
    }
    expect(await held()).toEqual(['bbbbb', 'ccccc']);
    const log = await google.control.log();
    expect(log.map(({ status, faults }) => [status, faults?.length])).toEqual([
      [0, 1],
      [0, 1],
      [0, 1],
    ]);
  });

  test('latency comes on top of another trouble; 410 only where there is a sync token', async () => {
    await google.control.addFault({ kind: 'latency', milliseconds: 5 });
    await google.control.addFault({ kind: 'fullSync', times: 1 });
    const list = (syncToken?: string) =>
      api.events.list({ calendarId: 'primary', ...(syncToken && { syncToken }) });
    const { data } = await list();
    expect(await refusalOf(list(data.nextSyncToken!))).toBe('410 fullSyncRequired');
    expect(await refusalOf(list(data.nextSyncToken!))).toBe('ok');
    await google.control.addFault({ kind: 'expiredToken', times: 1 });
    expect(await refusalOf(list())).toBe('401 authError');
  });
});

describe('quotas (google-facts 1.12)', () => {
  test('per user and minute, a patch counting three; 403 or 429 by a switch', async () => {
    await google.control.setQuota({ perUser: 5 });
    await insert('aaaaa');
    const patch = () =>
      api.events.patch({ calendarId: 'primary', eventId: 'aaaaa', requestBody: { summary: 'S' } });
    expect(await refusalOf(patch())).toBe('ok');
    expect(await refusalOf(patch())).toBe('403 userRateLimitExceeded');
    await google.control.setSwitches({ rateStatus: 429 });
    expect(await refusalOf(patch())).toBe('429 userRateLimitExceeded');
    await google.control.advanceClock({ seconds: 61 });
    expect(await refusalOf(patch())).toBe('ok');
  });

  test('per project', async () => {
    await google.control.createPerson({ email: 'bo@clinic.test', name: 'Bo', zone: 'UTC' });
    const bo = await clientFor(google, 'bo@clinic.test');
    await google.control.setQuota({ perProject: 1 });
    expect(await refusalOf(insert('aaaaa'))).toBe('ok');
    expect(await refusalOf(bo.calendarList.list())).toBe('403 rateLimitExceeded');
  });
});

describe('control over HTTP', () => {
  test('the same acts from another process', async () => {
    const control = connectControl(google.url);
    const { id } = await control.createCalendar({ owner: anna, summary: 'Room' });
    await control.addEvent({ person: anna, calendar: id, event: { ...times, summary: 'By hand' } });
    const { calendars } = await control.state();
    expect(calendars.map(({ summary, events }) => [summary, events.length])).toEqual([
      ['Anna', 0],
      ['Room', 1],
    ]);
    expect(await control.clearFaults()).toBeUndefined();
    await expect(control.createPerson({ email: 'x', name: 'X', zone: 'Mars/Base' })).rejects.toThrow(
      'Unknown zone',
    );
    await expect(control.deleteCalendar({ calendar: 'none' })).rejects.toThrow('400');
  });

  test('unknown addresses and acts are refused', async () => {
    expect((await fetch(`${google.url}/calendar/v3/colors`)).status).toBe(404);
    expect((await fetch(`${google.url}/control/nothing`, { method: 'POST' })).status).toBe(400);
    const bare = await fetch(`${google.url}/calendar/v3/users/me/calendarList`);
    expect([bare.status, await bare.json()]).toMatchObject([
      401,
      { error: { errors: [{ reason: 'required' }] } },
    ]);
  });
});
