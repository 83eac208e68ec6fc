// Bad input: each a 4xx with a stable code and a sentence that says what to change; never a 500, never half a write.
import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type Answer, type Api, startApi } from '../api.ts';

interface Refused {
  code: string;
  message: string;
}

let api: Api;
const ids = { resource: '', service: '', booking: '', block: '', customer: '' };
beforeAll(async () => {
  api = await startApi();
  const make = async (path: string, body: object) =>
    (await api.call<{ id: string }>('POST', path, body)).body.id;
  const weekly = [1, 2, 3, 4, 5, 6, 7].map((day) => ({ day, from: '00:00', to: '24:00' }));
  ids.resource = await make('/resources', { kind: 'person', name: 'Anna', hours: { weekly, dates: [] } });
  ids.service = await make('/services', {
    name: 'Cut',
    lengthMinutes: 60,
    groups: [{ resourceIds: [ids.resource] }],
  });
  ids.block = await make(`/resources/${ids.resource}/blocks`, {
    start: '2026-12-01T10:00:00Z',
    end: '2026-12-01T11:00:00Z',
  });
  ids.customer = await make('/customers', { name: 'Kari' });
  ids.booking = await make('/bookings', {
    serviceId: ids.service,
    start: '2026-11-18T09:00:00Z',
    customerId: ids.customer,
  });
});
afterAll(() => api.close());
beforeEach(() => {
  api.errors.length = 0;
});

/** Every row of every table that a request could write to, as one text. */
async function everything(): Promise<string> {
  const tables = await api.context.db.execute<{ name: string }>(
    sql`select table_name as name from information_schema.tables where table_schema = 'public' order by 1`,
  );
  const contents: unknown[] = [];
  for (const { name } of tables)
    contents.push(
      name,
      await api.context.db.execute(sql`select t::text from ${sql.identifier(name)} t order by 1`),
    );
  return JSON.stringify(contents);
}

const resource = { kind: 'room', name: 'Room' };
const service = () => ({ name: 'Cut', lengthMinutes: 30, groups: [{ resourceIds: [ids.resource] }] });
const block = { start: '2026-12-02T10:00:00Z', end: '2026-12-02T11:00:00Z' };
const booking = () => ({
  serviceId: ids.service,
  start: '2026-11-19T09:00:00Z',
  customerId: ids.customer,
});
const somebody = crypto.randomUUID();

type Case = [what: string, ask: () => Promise<Answer<unknown>>, status: number, code: string, says: string];
const post = (path: string, body: unknown) => () => api.call('POST', path, body);
const patch = (path: () => string, body: unknown) => () => api.call('PATCH', path(), body);
const get = (path: () => string) => () => api.call('GET', path());
const cases: Case[] = [
  ['a wrong type', post('/resources', { ...resource, places: 'two' }), 400, 'invalid', 'places'],
  ['a fraction', post('/resources', { ...resource, places: 1.5 }), 400, 'invalid', 'places'],
  ['an unknown kind', post('/resources', { ...resource, kind: 'boat' }), 400, 'invalid', 'kind'],
  ['a missing field', post('/resources', { kind: 'room' }), 400, 'invalid', 'name'],
  ['a mistyped field', post('/resources', { ...resource, colour: 3 }), 400, 'invalid', '"colour"'],
  ['a mistyped query', get(() => '/resources?lmit=3'), 400, 'invalid', '"lmit"'],
  ['an unknown zone', post('/resources', { ...resource, zone: 'Europe/Atlantis' }), 400, 'invalid', 'zone'],
  ['an offset for a zone', patch(() => '/business', { zone: '+01:00' }), 400, 'invalid', 'zone'],
  ['a blank name', post('/resources', { ...resource, name: '   ' }), 400, 'invalid', 'name'],
  ['a zero byte', post('/resources', { ...resource, name: 'a\u0000b' }), 400, 'invalid', 'zero byte'],
  [
    'a zero byte inside hours',
    post('/services', { ...service, questions: [{ key: 'a', label: 'a\u0000b' }] }),
    400,
    'invalid',
    '',
  ],
  [
    'an hour that is none',
    post('/resources', {
      ...resource,
      hours: { weekly: [{ day: 1, from: '25:00', to: '26:00' }], dates: [] },
    }),
    400,
    'invalid',
    'hours.weekly.0.from',
  ],
  [
    'hours of no length',
    post('/resources', {
      ...resource,
      hours: { weekly: [{ day: 1, from: '09:00', to: '09:00' }], dates: [] },
    }),
    400,
    'invalid',
    'leave the row out',
  ],
  [
    'a date that is none',
    post('/resources', { ...resource, hours: { weekly: [], dates: [{ date: '2026-02-30', spans: [] }] } }),
    400,
    'invalid',
    'hours.dates.0.date',
  ],
  [
    'an instant without an offset',
    (): Promise<Answer<unknown>> => blocks({ start: '2026-12-02T10:00:00' }),
    400,
    'invalid',
    'start',
  ],
  ['an instant in the year 0', () => blocks({ start: '0000-01-01T00:00:00Z' }), 400, 'invalid', 'start'],
  ['an end before its start', () => blocks({ end: '2026-12-02T09:00:00Z' }), 400, 'invalid', 'end'],
  ['a block of a thousand days', () => blocks({ end: '2029-08-28T10:00:00Z' }), 400, 'invalid', '366 days'],
  [
    'a window of a thousand days',
    get(() => availability('2026-11-16', '2029-08-12')),
    400,
    'invalid',
    '92 days',
  ],
  [
    'a window that ends before it starts',
    get(() => availability('2026-11-17', '2026-11-16')),
    400,
    'invalid',
    'to',
  ],
  ['an id that is none', get(() => '/resources/42'), 400, 'invalid', 'id'],
  ['an unknown id', get(() => `/resources/${somebody}`), 404, 'not_found', 'check its id'],
  [
    'an unknown id to change',
    patch(() => `/services/${somebody}`, { name: 'X' }),
    404,
    'not_found',
    'check its id',
  ],
  [
    'an unknown service',
    () => api.call('POST', '/bookings', { ...booking(), serviceId: somebody }),
    404,
    'not_found',
    'service',
  ],
  [
    'an unknown customer',
    () => api.call('POST', '/bookings', { ...booking(), customerId: somebody }),
    404,
    'not_found',
    'customer',
  ],
  ['a stale revision', () => change('cancel', { revision: 77 }), 409, 'stale', ''],
  [
    'a revision beyond all numbers',
    () => change('cancel', { revision: 9_007_199_254_740_991 }),
    400,
    'invalid',
    'revision',
  ],
  [
    'a limit beyond all numbers',
    () => api.call('POST', '/services', { ...service(), dayLimit: 3_000_000_000 }),
    400,
    'invalid',
    'dayLimit',
  ],
  ['no body', () => api.call('POST', '/resources'), 400, '', ''],
  ['a list for a body', post('/resources', []), 400, 'invalid', ''],
  ['null for a body', () => raw('null'), 400, '', ''],
  ['malformed JSON', () => raw('{"kind":"room",'), 400, 'malformed', 'JSON'],
  ['a poisoned prototype', () => raw('{"__proto__":{"kind":"room"},"name":"x"}'), 400, '', ''],
  [
    '10 MB',
    () => raw(JSON.stringify({ ...resource, name: 'x'.repeat(10_000_000) })),
    413,
    'too_large',
    'send less',
  ],
  [
    'a form',
    () => raw('kind=room', 'application/x-www-form-urlencoded'),
    415,
    'unsupported_media_type',
    'application/json',
  ],
  ['lists in lists, a hundred thousand deep', () => raw(nested('')), 400, 'invalid', 'expected object'],
  ['half a character as deep', () => raw(nested('"\\ud800"')), 400, 'invalid', 'surrogate'],
  [
    'such a depth without a key',
    () =>
      api.call('POST', '/manage/nothing-like-it/cancel', nested(''), {
        'content-type': 'application/json',
        authorization: '',
      }),
    400,
    'invalid',
    'expected object',
  ],
  ['an address that cannot be read', get(() => '/resources/%E0%A4%A'), 400, 'malformed', ''],
  ['a cursor from nowhere', get(() => '/resources?cursor=abc'), 400, 'invalid', 'cursor'],
  ['a limit of a million', get(() => '/customers?limit=1000000'), 400, 'invalid', 'limit'],
  [
    'a bad Idempotency-Key',
    () => api.call('POST', '/resources', resource, { 'idempotency-key': 'æ ' }),
    400,
    'invalid',
    'Idempotency-Key',
  ],
];

const nested = (core: string) => `${'['.repeat(100_000)}${core}${']'.repeat(100_000)}`;
const blocks = (change: object) =>
  api.call('POST', `/resources/${ids.resource}/blocks`, { ...block, ...change });
const availability = (from: string, to: string) =>
  `/availability?serviceId=${ids.service}&from=${from}T00:00:00Z&to=${to}T00:00:00Z`;
const change = (act: string, body: object) => api.call('POST', `/bookings/${ids.booking}/${act}`, body);
const raw = (body: string, type = 'application/json') =>
  api.call('POST', '/resources', body, { 'content-type': type });

test.each(cases)('%s', async (_, ask, status, code, says) => {
  const before = await everything();
  const answer = (await ask()) as Answer<Refused>;
  expect(answer).toMatchObject({ status, body: { code: code || expect.any(String) } });
  expect(answer.body.message).toContain(says);
  expect(answer.body.message).toMatch(/^\S.{10,}\.$/s);
  expect(await everything()).toBe(before);
});

describe('another business', () => {
  test('has nothing to do with ours, whatever it names', async () => {
    const { authorization } = await api.neighbour();
    const before = await everything();
    const asked: [string, string, object?][] = [
      ['POST', '/services', service()],
      ['POST', '/bookings', booking()],
      ['POST', '/holds', { serviceId: ids.service, start: '2026-11-19T09:00:00Z' }],
      ['GET', `/bookings/${ids.booking}`],
      ['GET', `/bookings/${ids.booking}/audit`],
      ['POST', `/bookings/${ids.booking}/cancel`, { revision: 1 }],
      ['GET', availability('2026-11-16', '2026-11-17')],
      ['POST', `/resources/${ids.resource}/blocks`, block],
      ['DELETE', `/blocks/${ids.block}`],
      ['DELETE', `/services/${ids.service}`],
    ];
    for (const [method, path, body] of asked)
      expect(await api.call(method, path, body, { authorization })).toMatchObject({
        status: 404,
        body: { code: 'not_found' },
      });
    expect(await everything()).toBe(before);
  });
});
