// Workers: they hear at once, share the work, leave nobody waiting behind a slow calendar, and stop without losing any.
import { setTimeout as sleep } from 'node:timers/promises';
import { sql } from 'drizzle-orm';
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest';
import type { Context } from '../../../server/context.ts';
import { openDatabase } from '../../../server/database/open.ts';
import { createBudget } from '../../../server/jobs/budget.ts';
import { hangDoorbell } from '../../../server/jobs/doorbell.ts';
import { startWorker, type Worker, type WorkerOptions } from '../../../server/jobs/worker.ts';
import { Clinic } from '../sync/clinic.ts';
import { openWorld, type World } from '../sync/world.ts';

let world: World;
beforeAll(async () => {
  world = await openWorld();
});
afterAll(() => world.close());

const running: Worker[] = [];
afterEach(async () => {
  await Promise.all(running.splice(0).map((worker) => worker.stop()));
});
function start(options: WorkerOptions = {}, context: Context = world.context): Worker {
  const worker = startWorker(context, { url: world.url, ...options });
  running.push(worker);
  return worker;
}

const settled = (clinic: Clinic) =>
  vi.waitUntil(async () => (await clinic.rows()).every(({ done, wanted }) => done === wanted), 20_000);

test('many bookings through two workers: one event each, and no request twice', async () => {
  const clinic = await Clinic.open(world);
  const rooms = [await clinic.addResource('A'), await clinic.addResource('B'), await clinic.addResource('C')];
  for (let i = 0; i < 18; i++) await clinic.book([rooms[i % 3]!, rooms[(i + 1) % 3]!]);
  start();
  start();
  await settled(clinic);
  for (const { calendar } of rooms) expect(await clinic.events(calendar)).toHaveLength(12);
  expect((await clinic.asked()).filter((method) => method === 'events.insert')).toHaveLength(36);
});

test('a worker that waits hears the bell', async () => {
  const clinic = await Clinic.open(world);
  const room = await clinic.addResource('Room');
  start({ sweep: 3_600_000 });
  // Long enough to have looked in vain and to listen.
  await sleep(300);
  await clinic.book([room]);
  const caller = openDatabase(world.url);
  const bell = hangDoorbell(caller.client, (error) => expect.fail(String(error)));
  for (let i = 0; i < 100; i++) bell.ring();
  await settled(clinic);
  await bell.close();
  await caller.close();
});

test('a notice that is lost only delays', async () => {
  const clinic = await Clinic.open(world);
  const room = await clinic.addResource('Room');
  start({ sweep: 100 });
  await sleep(200);
  await clinic.book([room]);
  await settled(clinic);
});

test('a slow calendar keeps its own waiting, not others', async () => {
  const clinic = await Clinic.open(world);
  const [slow, quick] = [await clinic.addResource('Slow'), await clinic.addResource('Quick')];
  for (let i = 0; i < 12; i++) await clinic.book([slow]);
  for (let i = 0; i < 12; i++) await clinic.book([quick]);
  await clinic.fault({ kind: 'latency', milliseconds: 1500, calendar: slow.calendar.googleId });
  start({ hands: 6 });
  await vi.waitUntil(async () => (await clinic.events(quick.calendar)).length === 12, 20_000);
  expect(await clinic.events(slow.calendar)).toHaveLength(0);
  await clinic.control.clearFaults();
});

test('an account told to be slower is left alone, another is not', async () => {
  const limited = await Clinic.open(world);
  const room = await limited.addResource('Room');
  for (let i = 0; i < 20; i++) await limited.book([room]);
  const fault = { kind: 'error', status: 429, reason: 'rateLimitExceeded', retryAfterSeconds: 600 } as const;
  await limited.fault(fault);
  start({ sweep: 50 });
  await vi.waitUntil(
    async () => (await limited.rows()).some(({ failure }) => failure === 'rateLimitExceeded'),
    20_000,
  );
  await sleep(500);
  expect((await limited.asked()).filter((method) => method === 'events.insert').length).toBeLessThanOrEqual(
    3,
  );
});

test('the budget is kept to, and what it stops goes on in the next window', async () => {
  const clinic = await Clinic.open(world);
  const room = await clinic.addResource('Room');
  for (let i = 0; i < 8; i++) await clinic.book([room]);
  const google = { ...world.context.config.google, accountUnitsPerMinute: 21 };
  const context = { ...world.context, budget: createBudget(world.context.db, google) };
  start({ sweep: 50 }, context);
  await vi.waitUntil(async () => (await clinic.rows()).some(({ done }) => done > 0), 20_000);
  await sleep(500);
  const made = (await clinic.asked()).filter((method) => method === 'events.insert').length;
  expect(made).toBeGreaterThan(0);
  expect(made).toBeLessThanOrEqual(6);
  const rows = await clinic.rows();
  expect(rows.filter(({ done, wanted }) => done < wanted).every(({ attempts }) => attempts === 0)).toBe(true);
  expect(rows.every(({ failure }) => failure === null)).toBe(true);
});

test('stopping finishes what is in hand and gives the rest back', async () => {
  const clinic = await Clinic.open(world);
  const room = await clinic.addResource('Room');
  for (let i = 0; i < 10; i++) await clinic.book([room]);
  await clinic.fault({ kind: 'latency', milliseconds: 300 });
  const worker = start({ hands: 3 });
  await vi.waitUntil(async () => (await clinic.rows()).some(({ leasedUntil }) => leasedUntil !== null));
  await worker.stop();
  const rows = await clinic.rows();
  expect(rows.every(({ leasedUntil }) => leasedUntil === null)).toBe(true);
  const done = rows.filter((row) => row.done === row.wanted).length;
  expect(done).toBeGreaterThan(0);
  expect(done).toBeLessThan(10);
  expect(await clinic.events(room.calendar)).toHaveLength(done);
});

test('stopping does not wait for ever: what hangs is given back', async () => {
  const clinic = await Clinic.open(world);
  const room = await clinic.addResource('Room');
  const booked = await clinic.book([room]);
  await clinic.fault({ kind: 'latency', milliseconds: 2000, times: 1, on: 'events.insert' });
  const worker = start();
  await clinic.struck();
  await worker.stop(50);
  expect(await clinic.row(booked, room)).toMatchObject({ leasedUntil: null, attempts: 0, done: 0 });
  start();
  await settled(clinic);
  expect(await clinic.events(room.calendar)).toHaveLength(1);
});

test('ticks run again and again, not twice at once, and one that fails does not end them', async () => {
  let [runs, at_once, most] = [0, 0, 0];
  const run = async () => {
    most = Math.max(most, ++at_once);
    await sleep(30);
    at_once--;
    if (++runs === 1) throw new Error('once');
  };
  const worker = start({ ticks: [{ every: 10, run }] });
  await vi.waitUntil(() => runs >= 3);
  await worker.stop();
  const seen = runs;
  await sleep(100);
  expect([runs, most]).toEqual([seen, 1]);
});

test('a database that fails for a moment does not end a worker', async () => {
  const clinic = await Clinic.open(world);
  const room = await clinic.addResource('Room');
  start({ sweep: 50 });
  await sleep(100);
  await clinic.db.execute(sql`alter table pushes rename to away`);
  await sleep(300);
  await clinic.db.execute(sql`alter table away rename to pushes`);
  await clinic.book([room]);
  await settled(clinic);
});
