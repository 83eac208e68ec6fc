// Watch channels: what is delivered, when it is retried, and when it ends.
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type Api, clientFor, refusalOf } from './client.ts';
import { type Google, startGoogle } from './server.ts';
import { DEFAULT_SWITCHES } from './switches.ts';

const anna = 'anna@clinic.test';
const times = { start: { dateTime: '2026-11-20T10:00:00Z' }, end: { dateTime: '2026-11-20T11:00:00Z' } };

let google: Google;
let api: Api;
let receiver: Server;
let address: string;
let received: IncomingHttpHeaders[] = [];
let statuses: number[] = [];

beforeAll(async () => {
  google = await startGoogle({ gatherMilliseconds: 5, retryMilliseconds: 1 });
  receiver = createServer((request, response) => {
    received.push(request.headers);
    response.writeHead(statuses.shift() ?? 200).end();
  });
  await new Promise<void>((done) => receiver.listen(0, '127.0.0.1', done));
  address = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/notices`;
});
afterAll(async () => {
  await google.stop();
  receiver.closeAllConnections();
  await new Promise((done) => receiver.close(done));
});
beforeEach(async () => {
  await google.control.idle();
  await google.control.reset();
  await google.control.setSwitches(DEFAULT_SWITCHES);
  await google.control.createPerson({ email: anna, name: 'Anna', zone: 'Europe/Oslo' });
  api = await clientFor(google, anna);
  received = [];
  statuses = [];
});

const watch = (body: object = {}, calendarId = anna) =>
  api.events.watch({
    calendarId,
    requestBody: { id: 'c1', type: 'web_hook', address, token: 'secret', ...body },
  });
const add = () => api.events.insert({ calendarId: anna, requestBody: times });
const states = async () => {
  await google.control.idle();
  return received.map((headers) => headers['x-goog-resource-state']);
};

describe('opening (google-facts 1.8)', () => {
  test('the answer holds the granted expiration; sync comes first, with number 1', async () => {
    const { data } = await watch({ params: { ttl: '99999999' } });
    expect(data).toMatchObject({
      kind: 'api#channel',
      id: 'c1',
      token: 'secret',
      resourceUri: expect.any(String),
    });
    expect(Number(data.expiration)).toBeLessThanOrEqual(Date.now() + 604_800_000);
    await google.control.idle();
    expect(received).toMatchObject([
      {
        'x-goog-channel-id': 'c1',
        'x-goog-channel-token': 'secret',
        'x-goog-channel-expiration': new Date(Number(data.expiration)).toUTCString(),
        'x-goog-resource-id': data.resourceId,
        'x-goog-resource-state': 'sync',
        'x-goog-message-number': '1',
        'content-length': '0',
      },
    ]);
  });

  test('sync may arrive before the answer, by a switch', async () => {
    await google.control.setSwitches({ syncNoticeFirst: true });
    await watch();
    expect(received).toHaveLength(1);
  });

  test('what is refused', async () => {
    const generated = await google.control.createCalendar({
      owner: anna,
      summary: 'Holidays',
      generated: true,
    });
    expect(await refusalOf(watch({}, generated.id))).toBe('400 pushNotSupportedForRequestedResource');
    expect(await refusalOf(watch({ id: 'x'.repeat(65) }))).toBe('400 invalid');
    expect(await refusalOf(watch({ token: 'x'.repeat(257) }))).toBe('400 invalid');
    expect(await refusalOf(watch({ type: 'pigeon' }))).toBe('400 invalid');
    expect(await refusalOf(watch({ address: 'http://public.test/x' }))).toBe('400 push.webhookUrlNotHttps');
    expect(await refusalOf(watch({ expiration: '1' }))).toBe('400 invalid');
    await watch();
    expect(await refusalOf(watch())).toBe('400 channelIdNotUnique');
    await google.control.setSwitches({ verifiedHosts: ['ours.test'] });
    expect(await refusalOf(watch({ id: 'c2' }))).toBe('401 push.webhookUrlUnauthorized');
  });
});

describe('notices', () => {
  test('a change is told, a burst once, with rising numbers', async () => {
    await watch();
    await google.control.idle();
    const write = () => google.control.addEvent({ person: anna, calendar: anna, event: times });
    await Promise.all([write(), write(), write()]);
    expect(await states()).toEqual(['sync', 'exists']);
    await add();
    const seen = await states();
    expect(new Set(seen.slice(1))).toEqual(new Set(['exists']));
    const numbers = received.map((headers) => Number(headers['x-goog-message-number']));
    expect(numbers).toEqual([...new Set(numbers)].sort((a, b) => a - b));
  });

  test('503 is tried again, 404 is not', async () => {
    statuses = [503, 500, 200, 404];
    await watch();
    expect(await states()).toEqual(['sync', 'sync', 'sync']);
    await add();
    expect((await states()).slice(3)).toEqual(['exists']);
    const told = (await google.control.deliveries()).slice(-4).map(({ status }) => status);
    expect(told).toEqual([503, 500, 200, 404]);
  });

  test('a lost and a doubled notice', async () => {
    await watch();
    await google.control.idle();
    await google.control.addFault({ kind: 'lostNotice', on: 'notice', times: 1 });
    await google.control.addFault({ kind: 'duplicateNotice', on: 'notice', times: 1 });
    await add();
    expect(await states()).toEqual(['sync']);
    await add();
    expect(await states()).toEqual(['sync', 'exists', 'exists']);
  });

  test('nothing after stop, expiry, or loss of access', async () => {
    const { data } = await watch();
    const stop = (resourceId: string) => api.channels.stop({ requestBody: { id: 'c1', resourceId } });
    expect(await refusalOf(stop('another'))).toBe('404 notFound');
    await stop(data.resourceId!);
    expect(await refusalOf(stop(data.resourceId!))).toBe('404 notFound');
    await add();
    expect(await states()).toEqual(['sync']);
    await watch({ id: 'c2', params: { ttl: '60' } });
    await google.control.idle();
    await google.control.advanceClock({ seconds: 61 });
    await add();
    expect(await states()).toEqual(['sync', 'sync']);
    await watch({ id: 'c3' });
    await google.control.share({ calendar: anna, person: anna, role: 'none' });
    await google.control.notify({ calendar: anna });
    expect((await states()).filter((state) => state === 'exists')).toEqual([]);
  });
});
