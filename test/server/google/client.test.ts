// The Google client against the local Google: tokens kept and exchanged, lists read to their end, failures sorted.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createGoogle, type Google, type GoogleOptions } from '../../../server/google/client.ts';
import { GoogleError } from '../../../server/google/errors.ts';
import { DEFAULT_CLIENT } from '../../google/oauth.ts';
import { type Google as LocalGoogle, startGoogle } from '../../google/server.ts';

let local: LocalGoogle;
let token: string;
const anna = 'anna@clinic.test';
beforeAll(async () => {
  local = await startGoogle();
  await local.control.createPerson({ email: anna, name: 'Anna', zone: 'Europe/Oslo' });
  token = (
    await local.control.issueTokens({
      person: anna,
      scopes: ['calendar.events', 'https://www.googleapis.com/auth/userinfo.email'],
    })
  ).refresh_token;
});
afterAll(() => local.stop());
beforeEach(() => local.control.clearFaults());

const open = (options: Partial<GoogleOptions> = {}): Google =>
  createGoogle({
    clientId: DEFAULT_CLIENT.id,
    clientSecret: DEFAULT_CLIENT.secret,
    url: local.url,
    ...options,
  });
const event = (id: string) => ({
  id,
  summary: 'x',
  start: { dateTime: '2026-11-20T10:00:00Z' },
  end: { dateTime: '2026-11-20T11:00:00Z' },
});
const failure = (asked: Promise<unknown>): Promise<GoogleError> =>
  asked.then(
    () => expect.fail('it did not fail'),
    (error) => {
      expect(error).toBeInstanceOf(GoogleError);
      return error as GoogleError;
    },
  );
const refreshes = async () => (await local.control.log()).filter(({ method }) => method === 'token').length;

test('tells whose a refresh token is and what it may do', async () => {
  expect(await open().identify(token)).toEqual({
    email: anna,
    scopes: [
      'https://www.googleapis.com/auth/calendar.events',
      'https://www.googleapis.com/auth/userinfo.email',
    ],
  });
});

test('an access token is fetched once for many requests at once, and kept', async () => {
  const account = open().account(token);
  const before = await refreshes();
  await Promise.all(['aaaaa1', 'aaaaa2', 'aaaaa3'].map((id) => account.insertEvent(anna, event(id))));
  await account.getEvent(anna, 'aaaaa1');
  expect((await refreshes()) - before).toBe(1);
});

test('one that died early is exchanged once; if the new one is refused too, that is not the grant’s fault', async () => {
  const account = open().account(token);
  await account.getEvent(anna, 'aaaaa1');
  await local.control.expireAccess({});
  const before = await refreshes();
  await account.getEvent(anna, 'aaaaa1');
  expect((await refreshes()) - before).toBe(1);
  await local.control.addFault({ kind: 'expiredToken', on: 'events.*' });
  expect(await failure(account.getEvent(anna, 'aaaaa1'))).toMatchObject({ kind: 'again', status: 401 });
  expect((await refreshes()) - before).toBe(2);
});

test('those who waited for a token share its failure; the next one asks anew', async () => {
  const account = open().account(token);
  await local.control.addFault({
    kind: 'error',
    status: 500,
    reason: 'internal_failure',
    on: 'token',
    times: 1,
  });
  const both = [account.getEvent(anna, 'aaaaa1'), account.getEvent(anna, 'aaaaa1')];
  for (const asked of both) expect((await failure(asked)).kind).toBe('again');
  await account.getEvent(anna, 'aaaaa1');
});

test('an update bears the etag we saw', async () => {
  const account = open().account(token);
  const seen = await account.insertEvent(anna, event('bbbbb1'));
  const next = await account.updateEvent(anna, { ...seen, summary: 'y' });
  expect(next.etag).not.toBe(seen.etag);
  expect(await failure(account.updateEvent(anna, { ...seen, summary: 'z' }))).toMatchObject({
    kind: 'changed',
  });
});

test('what is deleted stays readable, and its id taken', async () => {
  const account = open().account(token);
  await account.insertEvent(anna, event('ccccc1'));
  await account.deleteEvent(anna, 'ccccc1');
  expect(await account.getEvent(anna, 'ccccc1')).toMatchObject({ status: 'cancelled' });
  expect(await failure(account.deleteEvent(anna, 'ccccc1'))).toMatchObject({ kind: 'gone', status: 410 });
  expect(await failure(account.insertEvent(anna, event('ccccc1')))).toMatchObject({ kind: 'exists' });
});

test('calendars are listed to the last page', async () => {
  const person = 'many@clinic.test';
  await local.control.createPerson({ email: person, name: 'Many', zone: 'Europe/Oslo' });
  for (let i = 0; i < 260; i++) await local.control.createCalendar({ owner: person, summary: `Room ${i}` });
  const { refresh_token } = await local.control.issueTokens({
    person,
    scopes: ['calendar.calendarlist.readonly'],
  });
  const account = open().account(refresh_token);
  expect(await account.listCalendars()).toHaveLength(261);
  expect(await account.getCalendar('primary')).toMatchObject({ id: person, accessRole: 'owner' });
  expect(await failure(account.getEvent(person, 'aaaaa1'))).toMatchObject({
    kind: 'refused',
    code: 'insufficientPermissions',
  });
});

describe('without an answer', () => {
  test.each(['reset', 'lostAnswer', 'halfBody'] as const)(
    '%s: unreachable, and never tried again here',
    async (kind) => {
      const account = open().account(token);
      await account.getEvent(anna, 'aaaaa1');
      await local.control.addFault({ kind, times: 1 });
      expect(await failure(account.getEvent(anna, 'aaaaa1'))).toMatchObject({
        kind: 'unreachable',
        status: null,
      });
      expect(await local.control.faults()).toEqual([]);
      await account.getEvent(anna, 'aaaaa1');
    },
  );

  test('a request that takes too long is let go of', async () => {
    const account = open({ timeout: 300 }).account(token);
    await account.getEvent(anna, 'aaaaa1');
    await local.control.addFault({ kind: 'latency', milliseconds: 3000, times: 1 });
    expect(await failure(account.getEvent(anna, 'aaaaa1'))).toMatchObject({
      kind: 'unreachable',
      code: 'TimeoutError',
    });
  });

  test('nobody there, or a page that is no JSON', async () => {
    expect((await failure(open({ url: 'http://127.0.0.1:1' }).account(token).listCalendars())).kind).toBe(
      'unreachable',
    );
    const portal = createServer((_, answer) => answer.end('<html>Log in to the network</html>'));
    await new Promise<void>((resolve) => portal.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(portal.address() as AddressInfo).port}`;
    expect(await failure(open({ url }).account(token).listCalendars())).toMatchObject({
      kind: 'unreachable',
      code: 'garbled',
    });
    portal.close();
  });
});

test('errors carry codes, never what Google wrote', async () => {
  await local.control.addFault({
    kind: 'error',
    status: 403,
    reason: 'forbidden',
    message: 'anna@clinic.test may not',
  });
  const error = await failure(open().account(token).getEvent(anna, 'aaaaa1'));
  expect(error).toMatchObject({ code: 'forbidden', message: 'Google: forbidden' });
  expect(JSON.stringify({ ...error })).not.toContain('anna');
});
