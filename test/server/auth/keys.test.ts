// API keys over the API: shown once, good for their scopes only, dead at once when revoked.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { apiKeys } from '../../../server/database/schema.ts';
import { type Api, startApi } from '../../api.ts';

let api: Api;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api.close());

interface Shown {
  id: string;
  key: string;
}
const make = (scopes: string[], headers = {}) =>
  api.call<Shown>('POST', '/keys', { name: 'Booking page', scopes }, headers);

test('a key is shown when it is made, and nowhere later', async () => {
  const { status, body } = await make(['book']);
  expect(status).toBe(201);
  expect(body.key).toMatch(/^sb_[\w-]{43}$/);
  const listed = await api.call<{ items: Shown[] }>('GET', '/keys');
  expect(listed.body.items).toContainEqual({
    id: body.id,
    name: 'Booking page',
    scopes: ['book'],
    createdAt: expect.any(String),
  });
  const rows = JSON.stringify(await api.context.db.select().from(apiKeys));
  expect(rows).not.toContain(body.key);
});

test('the answer to a repeated request is the same key, and not kept in the clear', async () => {
  const header = { 'idempotency-key': 'key-1' };
  const first = await make(['read'], header);
  expect(await make(['read'], header)).toEqual(first);
});

test('a key does what its scopes say and nothing else', async () => {
  const { body } = await make(['book']);
  const authorization = `Bearer ${body.key}`;
  expect(await api.call('GET', '/services', undefined, { authorization })).toMatchObject({ status: 200 });
  expect(await api.call('GET', '/keys', undefined, { authorization })).toMatchObject({
    status: 403,
    body: { code: 'forbidden', details: { scope: 'setup' } },
  });
});

test('a key makes no key that may do what it may not itself', async () => {
  const { body: setup } = await make(['setup', 'book']);
  const headers = { authorization: `Bearer ${setup.key}` };
  expect(await make(['book', 'staff', 'read'], headers)).toMatchObject({
    status: 403,
    body: {
      code: 'forbidden',
      message: expect.stringMatching(/"staff" and "read"/),
      details: { scopes: ['staff', 'read'] },
    },
  });
  expect((await make(['book', 'setup'], headers)).status).toBe(201);
});

test('a revoked key stops at once', async () => {
  const { body } = await make(['book']);
  const authorization = `Bearer ${body.key}`;
  expect((await api.call('GET', '/services', undefined, { authorization })).status).toBe(200);
  expect((await api.call('DELETE', `/keys/${body.id}`)).status).toBe(204);
  expect(await api.call('GET', '/services', undefined, { authorization })).toMatchObject({
    status: 401,
    body: { code: 'unauthorized' },
  });
  expect((await api.call('DELETE', `/keys/${body.id}`)).status).toBe(404);
});

test('without a key, or with one of another make, nobody gets in', async () => {
  for (const authorization of ['', 'Bearer', 'Bearer sb_guess', 'Basic c2I6c2I='])
    expect(await api.call('GET', '/business', undefined, { authorization })).toMatchObject({ status: 401 });
});

test('a business revokes its own keys only', async () => {
  const { authorization } = await api.neighbour();
  const { body } = await make(['book']);
  expect((await api.call('DELETE', `/keys/${body.id}`, undefined, { authorization })).status).toBe(404);
});
