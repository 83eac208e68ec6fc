// Pushing to a Google that fails in every way it can: what is tried again, what waits, and what is given up.

import { eq, sql } from 'drizzle-orm';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { accounts } from '../../../server/database/schema.ts';
import { delayAfter, mostAttempts } from '../../../server/jobs/backoff.ts';
import { died, retry, waiting } from '../../../server/jobs/owed.ts';
import { LeaseLost } from '../../../server/jobs/queue.ts';
import { readLog } from '../../../server/log/steps.ts';
import { eventIdOf } from '../../../server/sync/event.ts';
import { pushUnit } from '../../../server/sync/push.ts';
import { Clinic } from './clinic.ts';
import { openWorld, type World } from './world.ts';

let world: World;
beforeAll(async () => {
  world = await openWorld();
});
afterAll(() => world.close());

const hour = 3_600_000;
const minutes = async (clinic: Clinic) => {
  const [row] = await clinic.rows();
  return (row!.dueAt.getTime() - Date.now()) / 60_000;
};

describe('tried again', () => {
  test.each([
    { kind: 'reset' },
    { kind: 'lostAnswer' },
    { kind: 'halfBody' },
    { kind: 'error', status: 500, reason: 'backendError' },
    { kind: 'error', status: 503, reason: 'backendError' },
    { kind: 'error', status: 429, reason: 'rateLimitExceeded' },
    { kind: 'error', status: 403, reason: 'userRateLimitExceeded' },
  ] as const)('after %o on any request, with one right event at the end', async (fault) => {
    const clinic = await Clinic.open(world);
    const [room, hall] = [await clinic.addResource('Room'), await clinic.addResource('Hall')];
    for (const method of ['insert', 'get', 'update', 'move', 'delete'])
      await clinic.fault({ ...fault, on: `events.${method}`, times: 1 });
    const booked = await clinic.book([room]);
    await clinic.settle();
    expect(await clinic.events(room.calendar)).toHaveLength(1);
    await clinic.change(booked, { start: booked.start + hour });
    await clinic.settle();
    await clinic.change(booked, { on: [hall], start: booked.start + hour });
    await clinic.settle();
    expect(await clinic.events(room.calendar)).toEqual([]);
    const [event, ...others] = await clinic.events(hall.calendar);
    expect(others).toEqual([]);
    expect(Date.parse(event!.start!.dateTime!)).toBe(booked.start + hour);
    await clinic.cancel(booked);
    await clinic.settle();
    expect(await clinic.events(hall.calendar)).toEqual([]);
    expect(await world.google.control.faults()).toEqual([]);
  });

  test('not before Google said it may be', async () => {
    const clinic = await Clinic.open(world);
    await clinic.book([await clinic.addResource('Room')]);
    await clinic.fault({
      kind: 'error',
      status: 503,
      reason: 'backendError',
      retryAfterSeconds: 1200,
      times: 1,
    });
    await clinic.push();
    expect(await minutes(clinic)).toBeGreaterThan(19);
  });

  test('an access token that died early is exchanged once, without a try being lost', async () => {
    const clinic = await Clinic.open(world);
    const room = await clinic.addResource('Room');
    await clinic.book([room]);
    await clinic.control.expireAccess({ person: clinic.owner });
    await clinic.push();
    expect(await clinic.events(room.calendar)).toHaveLength(1);
  });

  test('waits grow as Google asks, then stay long enough to outlast an outage', () => {
    const most = (attempt: number) => delayAfter(attempt, null, 1) - 100;
    expect([1, 2, 3, 6, 7, 10].map(most)).toEqual([2000, 4000, 8000, 64_000, 64_000, 64_000]);
    expect(most(11)).toBe(15 * 60_000);
    expect(delayAfter(1, null, 0)).toBeLessThan(1000);
    expect(delayAfter(1, 30_000, 0)).toBeGreaterThanOrEqual(30_000);
    expect(delayAfter(1, 1e12, 0)).toBeLessThan(2 * 60 * 60_000);
  });
});

describe('an id that is taken', () => {
  test('by our own event, it is adopted', async () => {
    const clinic = await Clinic.open(world);
    const room = await clinic.addResource('Room');
    const booked = await clinic.book([room]);
    const id = eventIdOf(booked.id, room.calendar.id, 0);
    const time = { dateTime: '2027-03-01T10:00:00Z' };
    const end = { dateTime: '2027-03-01T11:00:00Z' };
    const event = { id, summary: 'old', description: 'by hand', start: time, end };
    await clinic.control.addEvent({ person: clinic.owner, calendar: room.calendar.googleId, event });
    await clinic.push();
    const [adopted, ...others] = await clinic.events(room.calendar);
    expect(others).toEqual([]);
    expect(adopted).toMatchObject({ id, summary: 'Check-up: Anna', description: 'Anna\nRoom\nby hand' });
    expect(Date.parse(adopted!.start!.dateTime!)).toBe(booked.start);
  });

  test('by a deleted event that Google does not give back, the next generation is used', async () => {
    const clinic = await Clinic.open(world);
    const room = await clinic.addResource('Room');
    const booked = await clinic.book([room]);
    const id = eventIdOf(booked.id, room.calendar.id, 0);
    const on = { person: clinic.owner, calendar: room.calendar.googleId };
    const times = { start: { dateTime: '2027-03-01T10:00:00Z' }, end: { dateTime: '2027-03-01T11:00:00Z' } };
    await clinic.control.addEvent({ ...on, event: { id, ...times } });
    await clinic.control.deleteEvent({ ...on, event: id });
    await clinic.push();
    expect(await clinic.events(room.calendar)).toMatchObject([
      { id: eventIdOf(booked.id, room.calendar.id, 1) },
    ]);
    expect(await clinic.row(booked, room)).toMatchObject({ generation: 1, done: 1 });
  });
});

describe('given up', () => {
  test('at once when Google refuses for good; the others go on; tried again by hand', async () => {
    const clinic = await Clinic.open(world);
    const [room, hall] = [await clinic.addResource('Room'), await clinic.addResource('Hall')];
    const booked = await clinic.book([room, hall]);
    const fault = {
      kind: 'error',
      status: 403,
      reason: 'requiredAccessLevel',
      calendar: room.calendar.googleId,
    } as const;
    const { id } = await clinic.fault(fault);
    await clinic.push();
    expect(await clinic.row(booked, room)).toMatchObject({
      failure: 'requiredAccessLevel',
      leasedUntil: null,
    });
    expect(await clinic.events(hall.calendar)).toHaveLength(1);
    const { businessId } = clinic;
    const [dead, ...others] = await died(clinic.db, { businessId, limit: 10 });
    expect(others).toEqual([]);
    expect(dead).toMatchObject({
      unitId: booked.id,
      calendarId: room.calendar.id,
      failure: 'requiredAccessLevel',
    });
    await clinic.later();
    expect(await clinic.claim()).toEqual([]);

    await clinic.control.removeFault({ id });
    const again = (which: Parameters<typeof retry>[1]) => clinic.db.transaction((tx) => retry(tx, which));
    expect(await again({ businessId: clinic.accountId })).toBe(0);
    expect(await again({ businessId, pushId: dead!.id })).toBe(1);
    await clinic.push();
    expect(await clinic.events(room.calendar)).toHaveLength(1);
    expect(await died(clinic.db, { businessId, limit: 10 })).toEqual([]);
  });

  test('when the calendar itself is gone', async () => {
    const clinic = await Clinic.open(world);
    const room = await clinic.addResource('Room');
    const booked = await clinic.book([room]);
    await clinic.control.deleteCalendar({ calendar: room.calendar.googleId });
    await clinic.push();
    expect(await clinic.row(booked, room)).toMatchObject({ failure: 'notFound', diedAt: expect.any(Date) });
  });

  test('after many tries, and not before; a new change of the booking is a new chance', async () => {
    const clinic = await Clinic.open(world);
    const room = await clinic.addResource('Room');
    const booked = await clinic.book([room]);
    await clinic.fault({ kind: 'error', status: 500, reason: 'backendError' });
    const tries = (n: number) => clinic.db.execute(sql`update pushes set attempts = ${n}, due_at = now()`);
    await tries(mostAttempts - 2);
    await clinic.push();
    expect(await clinic.row(booked, room)).toMatchObject({ diedAt: null, attempts: mostAttempts - 1 });
    await clinic.later();
    await clinic.push();
    expect(await clinic.row(booked, room)).toMatchObject({
      diedAt: expect.any(Date),
      failure: 'backendError',
    });
    await clinic.control.clearFaults();
    await clinic.change(booked, { notes: 'x' });
    await clinic.push();
    expect(await clinic.row(booked, room)).toMatchObject({
      diedAt: null,
      failure: null,
      done: 2,
      attempts: 0,
    });
  });

  test('never for being too fast', async () => {
    const clinic = await Clinic.open(world);
    const room = await clinic.addResource('Room');
    const booked = await clinic.book([room]);
    await clinic.fault({ kind: 'error', status: 403, reason: 'rateLimitExceeded', times: 1 });
    await clinic.db.execute(sql`update pushes set attempts = ${mostAttempts + 5}`);
    const [claimed] = await clinic.claim();
    const rests = await pushUnit(world.context, clinic.budget, claimed!);
    expect(rests).toEqual([{ accountId: clinic.accountId, delay: expect.any(Number) }]);
    expect(await clinic.row(booked, room)).toMatchObject({ diedAt: null });
  });

  test('never for want of an answer: what is owed goes out once Google is there again', async () => {
    const clinic = await Clinic.open(world);
    const room = await clinic.addResource('Room');
    const booked = await clinic.book([room]);
    await clinic.fault({ kind: 'reset' });
    await clinic.db.execute(sql`update pushes set attempts = ${mostAttempts + 5}`);
    await clinic.push();
    expect(await clinic.row(booked, room)).toMatchObject({ diedAt: null, done: 0 });
    await clinic.control.clearFaults();
    await clinic.settle();
    expect(await clinic.events(room.calendar)).toHaveLength(1);
  });

  test('a calendar that is to show a moved event died: the old one lets go of it all the same', async () => {
    const clinic = await Clinic.open(world);
    const [room, hall] = [await clinic.addResource('Room'), await clinic.addResource('Hall')];
    const booked = await clinic.book([room]);
    await clinic.push();
    await clinic.control.deleteCalendar({ calendar: hall.calendar.googleId });
    await clinic.change(booked, { on: [hall] });
    await clinic.settle();
    expect(await clinic.row(booked, hall)).toMatchObject({ diedAt: expect.any(Date) });
    expect(await clinic.events(room.calendar)).toEqual([]);
  });
});

describe('an account', () => {
  const state = async (clinic: Clinic) =>
    (await clinic.db.select().from(accounts).where(eq(accounts.id, clinic.accountId)))[0]!.state;

  test('whose grant is dead parks its pushes, which go out when it is connected again', async () => {
    const clinic = await Clinic.open(world);
    const room = await clinic.addResource('Room');
    const booked = await clinic.book([room]);
    await clinic.control.revokeAccess({ person: clinic.owner });
    await clinic.push();
    expect(await state(clinic)).toBe('needs_reconnecting');
    expect(await clinic.row(booked, room)).toMatchObject({
      diedAt: null,
      failure: 'invalid_grant',
      attempts: 0,
    });
    await clinic.later();
    expect(await clinic.claim()).toEqual([]);
    expect(await waiting(clinic.db, { limit: 10 })).toMatchObject([{ parked: true, leased: false }]);

    await clinic.connect();
    expect(await state(clinic)).toBe('connected');
    await clinic.push();
    expect(await clinic.events(room.calendar)).toHaveLength(1);
  });

  test.each([
    { kind: 'error', status: 500, reason: 'internal' },
    { kind: 'error', status: 400, reason: 'invalid_client' },
    { kind: 'reset' },
    { kind: 'halfBody' },
  ] as const)('whose token endpoint only fails (%o) is not taken for dead', async (fault) => {
    const clinic = await Clinic.open(world);
    const room = await clinic.addResource('Room');
    const booked = await clinic.book([room]);
    await clinic.control.expireAccess({ person: clinic.owner });
    await clinic.fault({ ...fault, on: 'token', times: 1 });
    await clinic.push();
    expect(await state(clinic)).toBe('connected');
    expect(await clinic.row(booked, room)).toMatchObject({ diedAt: null, done: 0 });
    await clinic.settle();
    expect(await clinic.events(room.calendar)).toHaveLength(1);
  });

  test('that used up what Google allows for hours is left alone as long', async () => {
    const clinic = await Clinic.open(world);
    const room = await clinic.addResource('Room');
    const booked = await clinic.book([room]);
    await clinic.fault({ kind: 'error', status: 403, reason: 'quotaExceeded', times: 1 });
    const [claimed] = await clinic.claim();
    const [rest] = await pushUnit(world.context, clinic.budget, claimed!);
    expect(rest).toMatchObject({ accountId: clinic.accountId });
    expect(rest!.delay).toBeGreaterThanOrEqual(45 * 60_000);
    expect(await minutes(clinic)).toBeGreaterThan(44);
    expect(await clinic.row(booked, room)).toMatchObject({
      diedAt: null,
      attempts: 0,
      failure: 'quotaExceeded',
    });
  });
});

describe('a worker that was asleep for long', () => {
  const asleep = (ms: number) => {
    const now = performance.now.bind(performance);
    let calls = 0;
    vi.spyOn(performance, 'now').mockImplementation(() => now() + (calls++ === 0 ? 0 : ms));
  };
  afterEach(() => vi.restoreAllMocks());

  test('asks Google for nothing more once another has taken over', async () => {
    const clinic = await Clinic.open(world);
    const room = await clinic.addResource('Room');
    const booked = await clinic.book([room]);
    await clinic.push();
    await clinic.change(booked, { notes: 'x' });
    const [mine] = await clinic.claim();
    await clinic.later();
    const [others] = await clinic.claim();
    asleep(31_000);
    await expect(pushUnit(world.context, clinic.budget, mine!)).rejects.toThrow(LeaseLost);
    expect(await clinic.asked()).not.toContain('events.get');
    vi.restoreAllMocks();
    await pushUnit(world.context, clinic.budget, others!);
    expect(await clinic.row(booked, room)).toMatchObject({ done: 2 });
  });

  test('goes on where nobody has', async () => {
    const clinic = await Clinic.open(world);
    const room = await clinic.addResource('Room');
    await clinic.book([room]);
    const [mine] = await clinic.claim();
    const { leasedUntil } = { ...mine! };
    asleep(15_000);
    await pushUnit(world.context, clinic.budget, mine!);
    expect(mine!.leasedUntil > leasedUntil).toBe(true);
    expect(await clinic.events(room.calendar)).toHaveLength(1);
  });
});

test('a token sealed for another row, or with a lost key, fails that push and says so in no detail', async () => {
  const clinic = await Clinic.open(world);
  const room = await clinic.addResource('Room');
  const booked = await clinic.book([room]);
  await clinic.db.update(accounts).set({ refreshToken: 'k.a.b.c' }).where(eq(accounts.id, clinic.accountId));
  await clinic.push();
  expect(await clinic.row(booked, room)).toMatchObject({ failure: 'internal', diedAt: null });
  const entries = await readLog(clinic.db, clinic.businessId, booked.id);
  expect(entries).toMatchObject([{ step: 'postpone', outcome: 'internal' }]);
});
