// Customers over the API: found by any part of what is known of them, changed only where a change says so.
import { and, eq } from 'drizzle-orm';
import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { makeApp } from '../../../server/app.ts';
import { makeKey } from '../../../server/auth/keys.ts';
import { customers } from '../../../server/database/schema.ts';
import { type Api, startApi } from '../../api.ts';
import { Clinic } from '../sync/clinic.ts';
import { openWorld, type World } from '../sync/world.ts';

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

describe('a corrected customer', () => {
  let world: World;
  let app: FastifyInstance;
  let clinic: Clinic;
  beforeAll(async () => {
    world = await openWorld();
    app = await makeApp(world.context);
    clinic = await Clinic.open(world);
  });
  afterAll(async () => {
    await app.close();
    await world.close();
  });

  async function correct(name: string, change: object): Promise<void> {
    const { businessId } = clinic;
    const [{ id } = { id: '' }] = await clinic.db
      .select({ id: customers.id })
      .from(customers)
      .where(and(eq(customers.businessId, businessId), eq(customers.name, name)));
    const { key } = await clinic.db.transaction((tx) =>
      makeKey(tx, businessId, { name: 'test', scopes: ['staff'] }),
    );
    const headers = { authorization: `Bearer ${key}` };
    const url = `/api/v1/customers/${id}`;
    const { statusCode } = await app.inject({ method: 'PATCH', url, payload: change, headers });
    expect(statusCode).toBe(200);
  }

  test('is shown so in Google, by their own event and by that of the session they sit in', async () => {
    const room = await clinic.addResource('Room');
    await clinic.book([room], { name: 'Liv' });
    await clinic.bookSession([room], ['Per', 'Siv']);
    await clinic.push();
    await correct('Liv', { name: 'Liv Berg', phone: '22 33 44 55' });
    await correct('Siv', { email: 'siv@example.com' });
    await clinic.push();
    const events = await clinic.events(room.calendar);
    expect(events.find(({ summary }) => summary === 'Check-up: Liv Berg')).toMatchObject({
      description: 'Liv Berg\n22 33 44 55\nRoom',
    });
    expect(events.find(({ summary }) => summary === 'Check-up: Per, Siv')).toMatchObject({
      description: 'Per, Siv\nsiv@example.com\nRoom',
    });
  });

  test('is pushed for what is still to come and was changed, and for nobody else', async () => {
    const room = await clinic.addResource('Room');
    const over = await clinic.book([room], { name: 'Odd' });
    await clinic.change(over, { start: Date.parse('2026-01-05T08:00Z') });
    const coming = await clinic.book([room], { name: 'Ida' });
    await clinic.push();
    const owed = async () => (await clinic.rows()).filter(({ wanted, done }) => wanted > done);
    await correct('Odd', { name: 'Odd Lie' });
    await correct('Ida', { name: 'Ida', locale: 'nb', phone: null });
    expect(await owed()).toEqual([]);
    await correct('Ida', { phone: '12345' });
    expect(await owed()).toMatchObject([{ unitId: coming.id, present: true }]);
  });
});
