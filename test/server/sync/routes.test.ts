// Google over our API: connect, follow, link, and then what became of a booking's event.
import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type * as z from 'zod';
import { makeApp } from '../../../server/app.ts';
import { makeKey } from '../../../server/auth/keys.ts';
import type { Account } from '../../../shared/account-api.ts';
import type { Calendar as CalendarSchema, LogEntry, Push } from '../../../shared/calendar-api.ts';
import { Clinic, type Resource } from './clinic.ts';
import { openWorld, type World } from './world.ts';

let world: World;
let app: FastifyInstance;
let clinic: Clinic;
let neighbour: Clinic;
let room: Resource;
beforeAll(async () => {
  world = await openWorld();
  app = await makeApp(world.context);
  neighbour = await Clinic.open(world);
  clinic = await Clinic.open(world);
  room = await clinic.addResource('Room');
});
afterAll(async () => {
  await app.close();
  await world.close();
});

async function call<Body>(method: 'GET' | 'POST' | 'PUT', path: string, payload?: object, of = clinic) {
  const scopes = ['read' as const, 'staff' as const, 'setup' as const];
  const { key } = await clinic.db.transaction((tx) => makeKey(tx, of.businessId, { name: 'test', scopes }));
  const headers = { authorization: `Bearer ${key}` };
  const answer = await app.inject({ method, url: `/api/v1${path}`, payload, headers });
  return { status: answer.statusCode, body: (answer.body ? answer.json() : undefined) as Body };
}

test('an account is connected, its calendars listed, one followed and linked', async () => {
  const { refreshToken } = clinic;
  const account = await call<z.infer<typeof Account>>('POST', '/accounts', { refreshToken });
  expect(account).toMatchObject({ status: 201, body: { id: clinic.accountId, email: clinic.owner } });
  expect(JSON.stringify((await call('GET', '/accounts')).body)).not.toContain(refreshToken);
  expect(await call('POST', '/accounts', { refreshToken: 'made-up' })).toMatchObject({
    status: 422,
    body: { code: 'google_refused' },
  });

  const { id: googleId } = await clinic.control.createCalendar({ owner: clinic.owner, summary: 'Shared' });
  const seen = await call(`GET`, `/accounts/${clinic.accountId}/calendars`);
  expect(seen).toMatchObject({
    status: 200,
    body: { items: expect.arrayContaining([expect.objectContaining({ googleId })]) },
  });
  const wanted = { accountId: clinic.accountId, googleId };
  const followed = await call<z.infer<typeof CalendarSchema>>('POST', '/calendars', wanted);
  expect(followed).toMatchObject({ status: 201, body: { googleId, name: 'Shared', accessRole: 'owner' } });
  expect(await call('POST', '/calendars', wanted)).toMatchObject({ status: 409, body: { code: 'conflict' } });

  const links = [{ calendarId: followed.body.id, reads: true, writes: false, means: null }];
  expect(await call('PUT', `/resources/${room.id}/links`, { links })).toEqual({
    status: 200,
    body: { links },
  });
  expect(await call('GET', `/resources/${room.id}/links`, undefined, neighbour)).toMatchObject({
    status: 404,
  });
  expect(await call('GET', `/accounts/${clinic.accountId}/calendars`, undefined, neighbour)).toMatchObject({
    status: 404,
  });
});

test('a push that was given up is seen, tried again by hand, and its log read', async () => {
  const hall = await clinic.addResource('Hall');
  const booked = await clinic.book([hall]);
  await clinic.fault({ kind: 'error', status: 403, reason: 'forbidden', on: 'events.insert', times: 1 });
  const of = `/bookings/${booked.id}`;
  type Pushes = { items: z.infer<typeof Push>[] };
  const owed = await call<Pushes>('GET', `${of}/pushes`);
  expect(owed.body.items).toMatchObject([
    { state: 'owed', wanted: 1, done: 0, present: true, eventId: null },
  ]);
  expect((await call<Pushes>('GET', '/pushes?state=owed')).body.items).toHaveLength(1);
  await clinic.push();

  const [dead] = (await call<Pushes>('GET', '/pushes')).body.items;
  expect(dead).toMatchObject({ state: 'died', failure: 'forbidden', calendarId: hall.calendar.id });
  expect(await call('POST', `/pushes/${dead!.id}/retry`, undefined, neighbour)).toMatchObject({
    status: 404,
  });
  expect(await call('POST', `/pushes/${dead!.id}/retry`)).toEqual({ status: 204, body: undefined });
  expect(await call('POST', `/pushes/${dead!.id}/retry`)).toMatchObject({ status: 404 });
  await clinic.push();
  expect((await call<Pushes>('GET', `${of}/pushes`)).body.items).toMatchObject([
    { state: 'done', failure: null },
  ]);

  type Entries = { items: z.infer<typeof LogEntry>[] };
  const { items } = (await call<Entries>('GET', `${of}/log`)).body;
  expect(items.map(({ step, outcome }) => `${step} ${outcome}`)).toEqual([
    'insert forbidden',
    'give up forbidden',
    'get notFound',
    'insert ok',
    'settle ok',
  ]);
  for (const path of ['pushes', 'log'])
    expect(await call('GET', `${of}/${path}`, undefined, neighbour)).toMatchObject({ status: 404 });
});
