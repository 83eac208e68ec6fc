// Customers over the API: found by any part of what is known of them, changed only where a change says so.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Api, startApi } from '../../api.ts';

let api: Api;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api.close());

interface Customer {
  id: string;
  name: string;
}
const add = async (customer: object) => (await api.call<Customer>('POST', '/customers', customer)).body;
const search = async (query: string) =>
  (
    await api.call<{ items: Customer[] }>('GET', `/customers?${new URLSearchParams({ q: query })}`)
  ).body.items.map(({ name }) => name);

test('a customer is found by part of a name, address or number, and signs of the pattern mean themselves', async () => {
  await add({ name: 'Åse Østby', email: 'aase@example.com', phone: '+47 22 11 22 33' });
  await add({ name: '100% Wool', email: 'wool_shop@example.com' });
  await add({ name: 'Back\\slash' });
  expect(await search('øst')).toEqual(['Åse Østby']);
  expect(await search('AASE@')).toEqual(['Åse Østby']);
  expect(await search('22 11')).toEqual(['Åse Østby']);
  expect(await search('%')).toEqual(['100% Wool']);
  expect(await search('l_s')).toEqual(['100% Wool']);
  expect(await search('k\\s')).toEqual(['Back\\slash']);
  expect(await search('nobody')).toEqual([]);
});

test('a change leaves alone what it does not name, and null takes away', async () => {
  const made = await add({ name: 'Kari', email: 'kari@example.com', phone: '12345', locale: 'nb' });
  const path = `/customers/${made.id}`;
  const renamed = await api.call('PATCH', path, { name: 'Kari Hansen' });
  expect(renamed).toEqual({ status: 200, body: { ...made, name: 'Kari Hansen' } });
  expect(await api.call('PATCH', path, {})).toEqual(renamed);
  await api.call('PATCH', path, { email: null });
  expect(await api.call('GET', path)).toEqual({
    status: 200,
    body: { ...made, name: 'Kari Hansen', email: null },
  });
});

test('another business does not find them', async () => {
  const { authorization } = await api.neighbour();
  const made = await add({ name: 'Secret Person' });
  const asked = (method: string, path: string, body?: object) =>
    api.call(method, path, body, { authorization });
  expect(await asked('GET', '/customers?q=Secret')).toMatchObject({ body: { items: [], next: null } });
  expect(await asked('GET', `/customers/${made.id}`)).toMatchObject({ status: 404 });
  expect(await asked('PATCH', `/customers/${made.id}`, { name: 'Theirs' })).toMatchObject({ status: 404 });
  expect(await asked('PATCH', `/customers/${made.id}`, {})).toMatchObject({ status: 404 });
});

test('a key of a booking page does not list customers', async () => {
  const authorization = await api.keyWith('book');
  expect(await api.call('GET', '/customers', undefined, { authorization })).toMatchObject({ status: 403 });
});
