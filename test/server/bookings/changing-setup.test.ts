// Bookings outlive the set-up they were made in: services change and are archived, places go, holds lapse.
import { setTimeout as sleep } from 'node:timers/promises';
import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { lockResources } from '../../../server/bookings/locks.ts';
import { tidyExpired } from '../../../server/bookings/release.ts';
import { type Clinic, customer, openClinic, type Refused } from './clinic.ts';

let clinic: Clinic;
let anna: string;
let berit: string;
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const monday = Date.parse('2026-11-16T08:00:00Z');
const at = '2026-11-18T09:30:00Z';

beforeAll(async () => {
  clinic = await openClinic();
});
afterAll(async () => {
  expect(clinic.errors).toEqual([]);
  await clinic.close();
});
beforeEach(async () => {
  clinic.clock.now = monday;
  anna = await clinic.resource();
  berit = await clinic.resource();
});

describe('a lapsed hold that is booked all the same', () => {
  test('waits for approval no longer than any other: its time is let go with it', async () => {
    const careful = await clinic.service([{ resourceIds: [anna] }], { approval: true, stepMinutes: 30 });
    for (const tidied of [false, true]) {
      const { body: held } = await clinic.post('/holds', { serviceId: careful, start: at });
      clinic.clock.now += 11 * MINUTE;
      expect((await clinic.post('/bookings', { holdId: held.id, customer })).body.status).toBe('pending');
      clinic.clock.now += 25 * HOUR;
      if (tidied) await tidyExpired(clinic.context);
      const next = await clinic.book(careful, at);
      expect(next.status).toBe(201);
      await clinic.post(`/bookings/${next.body.id}/cancel`, { revision: 1 });
      clinic.clock.now = monday;
    }
  });
  test('takes the resource that was asked for, not another', async () => {
    const either = await clinic.service([{ resourceIds: [anna, berit] }], { stepMinutes: 30 });
    const { body: held } = await clinic.post('/holds', {
      serviceId: either,
      start: at,
      resourceIds: [berit],
    });
    clinic.clock.now += 11 * MINUTE;
    await tidyExpired(clinic.context);
    const { body } = await clinic.post('/bookings', { holdId: held.id, customer });
    expect(body.resources).toEqual([{ resourceId: berit, places: 1 }]);
  });
  test('but what expired as a booking is not to be had again by its id', async () => {
    const careful = await clinic.service([{ resourceIds: [anna] }], { approval: true, stepMinutes: 30 });
    const { body: pending } = await clinic.book(careful, at);
    clinic.clock.now += 25 * HOUR;
    await tidyExpired(clinic.context);
    const again = await clinic.post<Refused>('/bookings', { holdId: pending.id, customer });
    expect([again.status, again.body.code]).toEqual([409, 'wrong_state']);
  });
});

test('a pending that is moved expires by its new time', async () => {
  const careful = await clinic.service([{ resourceIds: [anna] }], { approval: true });
  const { body } = await clinic.book(careful, '2026-11-16T12:00:00Z');
  expect(body.expiresAt).toBe('2026-11-16T12:00:00.000Z');
  const moved = await clinic.post(`/bookings/${body.id}/reschedule`, {
    revision: 1,
    start: '2026-11-20T12:00:00Z',
  });
  expect(moved.body.expiresAt).toBe('2026-11-17T08:00:00.000Z');
});

describe('an archived service', () => {
  test('keeps its bookings, which move and change hands; and no new ones are taken', async () => {
    const cut = await clinic.service([{ resourceIds: [anna, berit] }], { stepMinutes: 30 });
    const { body } = await clinic.book(cut, at, { resourceIds: [anna] });
    const { body: held } = await clinic.post('/holds', { serviceId: cut, start: '2026-11-18T12:00:00Z' });
    await clinic.call('DELETE', `/services/${cut}`);
    const moved = await clinic.post(`/bookings/${body.id}/reschedule`, {
      revision: 1,
      start: '2026-11-18T10:00:00Z',
    });
    expect(moved.status).toBe(200);
    const given = await clinic.post(`/bookings/${body.id}/reassign`, { revision: 2, from: anna, to: berit });
    expect(given.status).toBe(200);
    expect((await clinic.post('/bookings', { holdId: held.id, customer })).status).toBe(201);
    expect((await clinic.refuse(cut, '2026-11-19T10:00:00Z')).status).toBe(404);
  });
});

describe('reassigning after the service changed', () => {
  test('keeps the time as it was booked: its length, and a start that is no step any more', async () => {
    const cut = await clinic.service([{ resourceIds: [anna, berit] }], { stepMinutes: 30 });
    const { body } = await clinic.book(cut, at, { resourceIds: [anna] });
    await clinic.call('PATCH', `/services/${cut}`, {
      lengthMinutes: 120,
      stepMinutes: 60,
      noticeMinutes: 60 * 24 * 30,
    });
    const given = await clinic.post(`/bookings/${body.id}/reassign`, { revision: 1, from: anna, to: berit });
    expect(given.body).toMatchObject({
      start: '2026-11-18T09:30:00.000Z',
      end: '2026-11-18T10:30:00.000Z',
      resources: [{ resourceId: berit, places: 1 }],
    });
  });
  test('needs nothing of the other resources it holds', async () => {
    const room = await clinic.resource({ kind: 'room' });
    const both = await clinic.service([{ resourceIds: [anna, berit] }, { resourceIds: [room] }], {
      stepMinutes: 30,
    });
    const { body } = await clinic.book(both, at, { resourceIds: [anna] });
    await clinic.call('DELETE', `/resources/${room}`);
    const given = await clinic.post(`/bookings/${body.id}/reassign`, { revision: 1, from: anna, to: berit });
    expect(given.body.resources.map(({ resourceId }) => resourceId).sort()).toEqual([berit, room].sort());
  });
  test('changes every booking of a session, and each says so', async () => {
    const yoga = await clinic.service([{ resourceIds: [anna, berit] }], { seats: 3, stepMinutes: 30 });
    const { body: one } = await clinic.book(yoga, at, { resourceIds: [anna] });
    const { body: two } = await clinic.book(yoga, at);
    await clinic.post(`/bookings/${one.id}/reassign`, { revision: 1, from: anna, to: berit });
    expect(await clinic.booking(two.id)).toMatchObject({
      revision: 2,
      resources: [{ resourceId: berit, places: 1 }],
    });
    const { body } = await clinic.call<{ items: { action: string; changes: object }[] }>(
      'GET',
      `/bookings/${two.id}/audit`,
    );
    expect(body.items[0]).toMatchObject({
      action: 'reassign',
      changes: { resources: [expect.anything(), expect.anything()] },
    });
    const stale = await clinic.post<Refused>(`/bookings/${two.id}/cancel`, { revision: 1 });
    expect(stale.body.code).toBe('stale');
  });
  test('onto a closed resource only by override, which is told', async () => {
    const cut = await clinic.service([{ resourceIds: [anna, berit] }], { stepMinutes: 30 });
    const { body } = await clinic.book(cut, at, { resourceIds: [anna] });
    await clinic.call('PATCH', `/resources/${berit}`, { hours: { weekly: [], dates: [] } });
    const move = { revision: 1, from: anna, to: berit };
    const refused = await clinic.post<Refused>(`/bookings/${body.id}/reassign`, move);
    expect([refused.status, refused.body.code]).toEqual([409, 'not_offered']);
    const given = await clinic.post(`/bookings/${body.id}/reassign`, { ...move, override: true });
    expect(given.body.warnings.map(({ code }) => code)).toEqual(['resource_closed']);
  });
});

/** Until somebody waits for a lock that another transaction holds. */
async function somebodyWaits(): Promise<void> {
  for (;;) {
    const [row] = await clinic.context.db.execute<{ waiting: number }>(sql`
      select count(*)::int as waiting from pg_stat_activity
      where datname = current_database() and wait_event_type = 'Lock'`);
    if (row!.waiting > 0) return;
    await sleep(10);
  }
}

test('changing one booking’s notes never shortens what another holds of their session', async () => {
  const yoga = await clinic.service([{ resourceIds: [anna] }], { seats: 3, approval: true, stepMinutes: 30 });
  const { body: one } = await clinic.book(yoga, at);
  const { body: two } = await clinic.book(yoga, at);
  const noted = await clinic.context.db.transaction(async (tx) => {
    // What approving the second does, held open while the first one's notes change.
    await tx.execute(sql`select from sessions where id = ${one.sessionId} for update`);
    await tx.execute(sql`update bookings set status = 'confirmed', expires_at = null where id = ${two.id}`);
    await tx.execute(sql`update allocations set expires_at = null where unit_id = ${one.sessionId}`);
    const noting = clinic.call('PATCH', `/bookings/${one.id}`, { revision: 1, notes: 'mat' });
    await somebodyWaits();
    return { noting };
  });
  expect((await noted.noting).status).toBe(200);
  const rows = await clinic.context.db.execute(
    sql`select expires_at from allocations where unit_id = ${one.sessionId}`,
  );
  expect([...rows]).toEqual([{ expires_at: null }]);
});

test('places that go while somebody waits for them are gone', async () => {
  const bikes = await clinic.resource({ kind: 'equipment', places: 2 });
  const ride = await clinic.service([{ resourceIds: [bikes] }], { stepMinutes: 30 });
  await clinic.book(ride, at);
  const waited = await clinic.context.db.transaction(async (tx) => {
    await lockResources(tx, [bikes]);
    const booking = clinic.refuse(ride, at);
    await somebodyWaits();
    await tx.execute(sql`update resources set places = 1 where id = ${bikes}`);
    return { booking };
  });
  const refused = await waited.booking;
  expect([refused.status, refused.body.code]).toEqual([409, 'taken']);
});

describe('what no other time would mend is refused as what it is', () => {
  test.each([
    ['a resource nobody knows', { resourceIds: ['01a1fa8a-0000-7000-8000-000000000000'] }, 404, 'not_found'],
    ['more seats than the service has', { seats: 5 }, 400, 'invalid'],
    ['half a character', { answers: { why: '\ud83d' } }, 400, 'invalid'],
    ['half a character in a name', { customer: { name: 'Ola \udc00' } }, 400, 'invalid'],
  ])('%s', async (_, more, status, code) => {
    const cut = await clinic.service([{ resourceIds: [anna] }], {
      stepMinutes: 30,
      questions: [{ key: 'why', label: 'Why' }],
    });
    const refused = await clinic.refuse(cut, at, more);
    expect([refused.status, refused.body.code]).toEqual([status, code]);
  });
  test('a resource of another service', async () => {
    const cut = await clinic.service([{ resourceIds: [anna] }], { stepMinutes: 30 });
    const refused = await clinic.refuse(cut, at, { resourceIds: [berit] });
    expect([refused.status, refused.body.code]).toEqual([400, 'invalid']);
  });
  test('a list whose window ends before it starts', async () =>
    expect(
      (await clinic.call('GET', '/bookings?from=2026-12-01T00:00:00Z&to=2026-11-01T00:00:00Z')).status,
    ).toBe(400));
  test('a question may have any name', async () => {
    const cut = await clinic.service([{ resourceIds: [anna] }], {
      stepMinutes: 30,
      questions: [{ key: 'constructor', label: 'Who built it' }],
    });
    expect((await clinic.book(cut, at)).status).toBe(201);
  });
});
