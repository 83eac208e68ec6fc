// A deletion that bookings follow is waited with for as long as Google offers to undo it.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Listener } from './listener.ts';
import { openWorld, type World } from './world.ts';

let world: World;
beforeAll(async () => {
  world = await openWorld();
});
afterAll(() => world.close());

/** A room with a booking whose event a person has written into. */
async function shown(...more: string[]) {
  const listener = await Listener.open(world, { deleted: 'follow' });
  const [room, ...others] = await listener.rooms('Room', ...more);
  if (!room) throw new Error('no room');
  const booked = await listener.booked([room]);
  await listener.clinic.edit(room.calendar, { description: 'Anna\nRoom\nbrings a dog' });
  await listener.hear();
  return { listener, clinic: listener.clinic, room, others, booked };
}

test('a deleted event brought back by Google’s "Undo" cancels no booking, however often it is looked at before', async () => {
  const { listener, clinic, room, booked } = await shown();
  const { id: event = '' } = (await listener.shown(room)) ?? {};
  await clinic.delete(room.calendar);
  await listener.hear();
  const row = await clinic.row(booked, room);
  expect(row).toMatchObject({ missingAt: expect.any(Date) });
  // Should nobody hear of it again, it is looked at when there is nothing to undo any more.
  expect(row!.wanted).toBeGreaterThan(row!.done);
  const isLater = (at: Date | undefined) => Math.abs(at!.getTime() - Date.now() - 30_000) < 15_000;
  expect(isLater(row!.dueAt)).toBe(true);
  await clinic.change(booked, { notes: 'late' });
  await clinic.push();
  expect(isLater((await clinic.row(booked, room))?.dueAt)).toBe(true);
  await listener.hear(room.calendar, { complete: true });
  expect(await clinic.booking(booked)).toMatchObject({ status: 'confirmed' });

  await clinic.control.restoreEvent({ person: clinic.owner, calendar: room.calendar.googleId, event });
  await listener.hear();
  expect(await clinic.row(booked, room)).toMatchObject({ missingAt: null });
  await listener.quiet();
  expect(await clinic.booking(booked)).toMatchObject({ status: 'confirmed' });
  expect(await listener.shown(room)).toMatchObject({ description: 'Anna\nRoom\nlate\nbrings a dog' });
  expect(await listener.drifts()).toEqual([]);
  expect(await listener.told()).toEqual([]);
});

test('so it waits where there are other calendars, too, and all were read', async () => {
  const { listener, clinic, room, booked } = await shown('Hall');
  await clinic.delete(room.calendar);
  for (let i = 0; i < 3; i++) await listener.hear();
  expect(await clinic.booking(booked)).toMatchObject({ status: 'confirmed' });
  await listener.quiet();
  expect(await clinic.booking(booked)).toMatchObject({ status: 'cancelled' });
  expect(await listener.told()).toEqual(['customer: cancelled']);
});

test('one whose "Undo" is not heard of yet is looked at before its booking is cancelled', async () => {
  const { listener, clinic, room, others, booked } = await shown('Hall');
  const { id: event = '' } = (await listener.shown(room)) ?? {};
  await clinic.delete(room.calendar);
  await listener.hear();
  await clinic.later();
  await clinic.control.restoreEvent({ person: clinic.owner, calendar: room.calendar.googleId, event });
  await listener.hear(others[0]!.calendar);
  await listener.quiet();
  expect(await clinic.booking(booked)).toMatchObject({ status: 'confirmed' });
  expect(await listener.told()).toEqual([]);
});
