// A newcomer's first minutes, through the demo's own doors: book, and the event appears; reschedule, and it moves;
// cancel, and it vanishes; stop and start again, and everything is still there.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type RunningDemo, runDemo } from '../demo/running.ts';
import type { Call } from '../demo-business.ts';

const folder = mkdtempSync(join(tmpdir(), 'sidebook-demo-'));
let demo: RunningDemo;
let call: Call;
let google: RunningDemo['google'];

async function start(): Promise<void> {
  demo = await runDemo(folder);
  ({ call, google } = demo);
}

beforeAll(start, 60_000);
afterAll(async () => {
  await demo.end('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
});

interface Shown {
  id: string;
  start: string;
  revision: number;
}
const list = async <T>(path: string) => ((await call('GET', path)) as unknown as { items: T[] }).items;

/** Events of a booking that a person sees in Google, over all calendars. */
async function eventsOf(id: string) {
  const { calendars } = await google.state();
  return calendars.flatMap((calendar) =>
    calendar.events
      .filter((event) => event.status !== 'cancelled')
      .filter((event) => event.extendedProperties?.private?.sidebookBooking === id)
      .map((event) => ({
        calendar: calendar.id,
        id: event.id,
        start: new Date(event.start?.dateTime as string).toISOString(),
      })),
  );
}

async function until<T>(read: () => Promise<T>, holds: (value: T) => boolean): Promise<T> {
  for (let tries = 0; ; tries++) {
    const value = await read();
    if (holds(value) || tries > 200) return value;
    await sleep(50);
  }
}

let booking: Shown;
let starts: string[];

test('the demo business is as the README says', async () => {
  const resources = await list<{ kind: string }>('/resources');
  expect(resources.map(({ kind }) => kind).sort()).toEqual([
    'person',
    'person',
    'person',
    'room',
    'room',
    'vehicle',
  ]);
  const services = await list<{ name: string; groups: unknown[] }>('/services');
  expect(services).toHaveLength(4);
  expect(await list('/calendars')).toHaveLength(3);
  expect((await list('/bookings')).length).toBeGreaterThan(5);
});

test('book: the event appears, in the calendar of the person and in that of the room', async () => {
  const services = await list<{ id: string; name: string }>('/services');
  const { id: serviceId } = services.find(({ name }) => name === 'Treatment')!;
  const from = new Date().toISOString();
  const to = new Date(Date.now() + 10 * 86_400_000).toISOString();
  const { slots } = (await call(
    'GET',
    `/availability?serviceId=${serviceId}&from=${from}&to=${to}`,
  )) as unknown as {
    slots: { start: string }[];
  };
  starts = slots.map((slot) => slot.start);
  const customer = { name: 'Ada Holm', email: 'ada@kunde.test' };
  booking = (await call('POST', '/bookings', { serviceId, start: starts[0], customer })) as unknown as Shown;
  const events = await until(
    () => eventsOf(booking.id),
    (found) => found.length === 2,
  );
  expect(events.map(({ start }) => start)).toEqual([starts[0], starts[0]]);
  expect(new Set(events.map(({ calendar }) => calendar)).size).toBe(2);
});

test('reschedule: the same events move', async () => {
  const before = await eventsOf(booking.id);
  const start = starts.at(-1)!;
  const { id, revision } = booking;
  booking = (await call('POST', `/bookings/${id}/reschedule`, { revision, start })) as unknown as Shown;
  const after = await until(
    () => eventsOf(id),
    (found) => found.every((event) => event.start === start),
  );
  expect(after).toEqual(before.map((event) => ({ ...event, start })));
});

test('Ctrl-C stops everything; started again, it goes on with what is there', async () => {
  expect(await demo.end('SIGINT')).toBe(0);
  await start();
  const kept = (await call('GET', `/bookings/${booking.id}`)) as unknown as Shown;
  expect(kept).toMatchObject({ id: booking.id, start: booking.start, revision: booking.revision });
  expect(await eventsOf(booking.id)).toHaveLength(2);
});

test('killed, it loses nothing that was acknowledged; and cancelled, the events vanish', async () => {
  const { id, revision } = booking;
  await call('POST', `/bookings/${id}/cancel`, { revision, reason: 'ill' });
  await demo.end('SIGKILL');
  await start();
  expect(await call('GET', `/bookings/${id}`)).toMatchObject({ status: 'cancelled', cancelReason: 'ill' });
  expect(
    await until(
      () => eventsOf(id),
      (found) => found.length === 0,
    ),
  ).toEqual([]);
});
