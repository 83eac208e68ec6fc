// Drift over our API: what people did in Google is listed in words, and settled by staff.
import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type * as z from 'zod';
import { makeApp } from '../../../server/app.ts';
import { makeKey } from '../../../server/auth/keys.ts';
import type { Drift } from '../../../shared/calendar-api.ts';
import type { Clinic } from './clinic.ts';
import { Listener } from './listener.ts';
import { openWorld, type World } from './world.ts';

let world: World;
let app: FastifyInstance;
beforeAll(async () => {
  world = await openWorld();
  app = await makeApp(world.context);
});
afterAll(async () => {
  await app.close();
  await world.close();
});

const hour = 3_600_000;
const asked = { moved: 'ask', deleted: 'ask', freed: 'ask', left: 'ask' } as const;
type Shown = z.infer<typeof Drift>;
type Scopes = Parameters<typeof makeKey>[2]['scopes'];

async function call<Body>(
  of: Clinic,
  method: 'GET' | 'POST',
  path: string,
  payload?: object,
  scopes: Scopes = ['read', 'staff'],
) {
  const { key } = await of.db.transaction((tx) => makeKey(tx, of.businessId, { name: 'test', scopes }));
  const headers = { authorization: `Bearer ${key}` };
  const answer = await app.inject({ method, url: `/api/v1${path}`, payload, headers });
  return { status: answer.statusCode, body: (answer.body ? answer.json() : undefined) as Body };
}

const list = async (of: Clinic, query = '') =>
  (await call<{ items: Shown[] }>(of, 'GET', `/drifts${query}`)).body.items;

async function asking(...more: string[]) {
  const listener = await Listener.open(world, asked);
  const [room, ...others] = await listener.rooms('Room', ...more);
  if (!room) throw new Error('no room');
  const booked = await listener.booked([room]);
  const { clinic } = listener;
  /** The one that is open, settled so. */
  const settle = async <Body = Shown>(choice: string) => {
    const [open] = await list(clinic);
    return call<Body>(clinic, 'POST', `/drifts/${open?.id}/settle`, { choice });
  };
  return { listener, clinic, room, others, booked, settle };
}

test('a drift is listed in words, by booking, and to its business alone', async () => {
  const neighbour = (await Listener.open(world)).clinic;
  const { listener, clinic, room, booked } = await asking();
  await listener.drag(room, booked.start + 3 * hour);
  await listener.quiet();
  const [drift, ...others] = await list(clinic, `?bookingId=${booked.id}`);
  expect(others).toEqual([]);
  expect(drift).toMatchObject({
    bookingId: booked.id,
    calendarId: room.calendar.id,
    kind: 'moved',
    state: 'open',
    found: { start: new Date(booked.start + 3 * hour).toISOString() },
    words: 'Check-up (Room): in Google its event was moved from 2027-01-04 09:00 to 2027-01-04 12:00.',
  });
  expect(await list(clinic, '?state=settled')).toEqual([]);
  expect(await list(neighbour)).toEqual([]);
  const settle = `/drifts/${drift?.id}/settle`;
  expect(await call(neighbour, 'POST', settle, { choice: 'restore' })).toMatchObject({ status: 404 });
  expect(await call(clinic, 'POST', settle, { choice: 'restore' }, ['read'])).toMatchObject({ status: 403 });
  expect(await call(clinic, 'POST', settle, { choice: 'maybe' })).toMatchObject({ status: 400 });
  await clinic.db.execute(`update businesses set locale = 'nb' where id = '${clinic.businessId}'`);
  expect((await list(clinic))[0]?.words).toContain('i Google ble hendelsen flyttet fra');
});

test('restored, a moved event goes back, and that is all', async () => {
  const { listener, clinic, room, booked, settle } = await asking();
  await listener.drag(room, booked.start + 3 * hour);
  await listener.quiet();
  const settled = await settle('restore');
  expect(settled).toMatchObject({ status: 200, body: { state: 'restored', warnings: [] } });
  expect(settled.body.settledBy).toMatch(/^key/);
  await listener.quiet();
  expect(await listener.shown(room)).toMatchObject({ start: booked.start });
  expect(await list(clinic)).toEqual([]);
  expect(await call(clinic, 'POST', `/drifts/${settled.body.id}/settle`, { choice: 'follow' })).toMatchObject(
    {
      status: 409,
      body: { code: 'wrong_state' },
    },
  );
});

test('restored while a push has it in hand, it goes back when that is done', async () => {
  const { listener, clinic, room, booked, settle } = await asking();
  await listener.drag(room, booked.start + 3 * hour);
  await listener.quiet();
  await clinic.change(booked, { notes: 'late' });
  await clinic.fault({ kind: 'latency', milliseconds: 300, on: 'events.update', times: 1 });
  const pushing = clinic.push();
  await clinic.struck();
  expect(await settle('restore')).toMatchObject({ status: 200, body: { state: 'open' } });
  await pushing;
  await listener.quiet();
  expect(await listener.shown(room)).toMatchObject({ start: booked.start, description: 'Anna\nRoom\nlate' });
  expect(await list(clinic, '?state=settled')).toMatchObject([
    { state: 'restored', settledBy: expect.stringMatching(/^key/) },
  ]);
});

test('followed, the booking moves; refused as anybody would be, with other times', async () => {
  const { listener, clinic, room, booked, settle } = await asking();
  const other = await clinic.book([room]);
  await clinic.settle();
  const event = (await clinic.row(booked, room))?.eventId ?? '';
  const drag = (start: number) =>
    clinic.control.changeEvent({
      person: clinic.owner,
      calendar: room.calendar.googleId,
      event,
      change: {
        start: { dateTime: new Date(start).toISOString(), timeZone: 'UTC' },
        end: { dateTime: new Date(start + hour).toISOString(), timeZone: 'UTC' },
      },
    });
  await drag(other.start);
  await listener.quiet();
  type Refused = { code: string; details: { reasons: { code: string }[]; alternatives: unknown[] } };
  const refused = await settle<Refused>('follow');
  expect(refused).toMatchObject({ status: 409, body: { code: 'taken' } });
  expect(refused.body.details.reasons.map(({ code }) => code)).toContain('taken');
  expect(refused.body.details.alternatives).toBeInstanceOf(Array);
  expect(await list(clinic)).toHaveLength(1);

  await drag(other.start + 5 * hour);
  await listener.quiet();
  const followed = await settle<Shown & { warnings: string[] }>('follow');
  // The clinic has no hours at all.
  expect(followed).toMatchObject({ status: 200, body: { state: 'followed', warnings: ['resource_closed'] } });
  await listener.quiet();
  expect(await clinic.booking(booked)).toMatchObject({
    startsAt: new Date(other.start + 5 * hour),
    revision: 2,
  });
  expect(await listener.told()).toContain('customer: rescheduled');
});

test('made only longer, there is nothing to follow: it is said, and the customer hears of no move', async () => {
  const { listener, clinic, room, booked, settle } = await asking();
  await listener.drag(room, booked.start, booked.start + 2 * hour);
  await listener.quiet();
  expect((await list(clinic))[0]?.words).toBe(
    'Check-up (Room), 2027-01-04 09:00: in Google the end of its event was moved to 2027-01-04 11:00.',
  );
  expect(await settle('follow')).toMatchObject({
    status: 409,
    body: { code: 'wrong_state', details: { reason: 'length' } },
  });
  expect(await clinic.booking(booked)).toMatchObject({ revision: 1 });
  expect(await listener.told()).toEqual(['staff: drift']);
  await settle('restore');
  await listener.quiet();
  expect(await listener.shown(room)).toMatchObject({ start: booked.start, end: booked.start + hour });
});

test('a deleted event comes back, or its booking goes', async () => {
  for (const choice of ['restore', 'follow']) {
    const { listener, clinic, room, booked, settle } = await asking();
    await clinic.delete(room.calendar);
    await listener.quiet();
    expect((await list(clinic))[0]?.words).toBe(
      'Check-up (Room), 2027-01-04 09:00: its event was deleted from the calendar “Room” in Google.',
    );
    await settle(choice);
    await listener.quiet();
    expect((await listener.shown(room)) === null).toBe(choice === 'follow');
    expect((await clinic.booking(booked)).status).toBe(choice === 'follow' ? 'cancelled' : 'confirmed');
  }
});

test('an event set Free is Busy again, or stays as it is', async () => {
  for (const choice of ['restore', 'follow']) {
    const { listener, clinic, room, booked, settle } = await asking();
    await clinic.edit(room.calendar, { transparency: 'transparent' });
    await listener.quiet();
    await settle(choice);
    await clinic.change(booked, { notes: 'late' });
    await listener.quiet();
    const transparency = choice === 'follow' ? 'transparent' : 'opaque';
    expect(await listener.shown(room)).toMatchObject({ transparency, description: 'Anna\nRoom\nlate' });
    expect(await list(clinic)).toEqual([]);
  }
});

test('an event in another calendar comes back, or the booking goes there', async () => {
  for (const choice of ['restore', 'follow']) {
    const { listener, clinic, room, others, settle } = await asking('Hall');
    const hall = others[0]!;
    await listener.moveTo(room, hall);
    await listener.quiet();
    expect((await list(clinic))[0]?.words).toBe(
      'Check-up (Room), 2027-01-04 09:00: in Google its event was moved from the calendar “Room” to “Hall”.',
    );
    expect(await settle(choice)).toMatchObject({ status: 200 });
    await listener.quiet();
    const [there, gone] = choice === 'follow' ? [hall, room] : [room, hall];
    expect(await listener.shown(there)).not.toBeNull();
    expect(await listener.shown(gone)).toBeNull();
  }
});

test('what a session shares is not followed, and said why', async () => {
  const listener = await Listener.open(world, asked);
  const { clinic } = listener;
  const [room] = await listener.rooms('Room');
  const session = await clinic.bookSession([room!], ['Anna', 'Bo']);
  await listener.quiet();
  await listener.rest();
  await listener.drag(room!, session.start + 3 * hour);
  await listener.quiet();
  const [open] = await list(clinic);
  expect(open).toMatchObject({ bookingId: null, sessionId: session.id });
  expect(await call(clinic, 'POST', `/drifts/${open?.id}/settle`, { choice: 'follow' })).toMatchObject({
    status: 409,
    body: { code: 'wrong_state', details: { reason: 'session' } },
  });
});
