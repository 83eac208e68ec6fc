// Bookings given to other resources, and resources linked to other calendars: each event is where it belongs, once.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { eventIdOf } from '../../../server/sync/event.ts';
import { Clinic } from './clinic.ts';
import { openWorld, type World } from './world.ts';

let world: World;
beforeAll(async () => {
  world = await openWorld();
});
afterAll(() => world.close());

const hour = 3_600_000;

describe('given to another resource', () => {
  test('the event moves, with all that was written into it, and leaves no ghost', async () => {
    const clinic = await Clinic.open(world);
    const [room, hall] = [await clinic.addResource('Room'), await clinic.addResource('Hall')];
    const booked = await clinic.book([room]);
    await clinic.push();
    const [before] = await clinic.events(room.calendar);
    await clinic.edit(room.calendar, { description: 'Anna\nRoom\nbrings a dog' });
    await clinic.change(booked, { on: [hall] });
    await clinic.push();
    expect(await clinic.events(room.calendar)).toEqual([]);
    expect(await clinic.events(hall.calendar)).toMatchObject([
      { id: before!.id, description: 'Anna\nHall\nbrings a dog', location: 'Hall' },
    ]);

    await clinic.change(booked, { on: [room] });
    await clinic.push();
    expect(await clinic.events(hall.calendar)).toEqual([]);
    expect(await clinic.events(room.calendar)).toMatchObject([{ description: 'Anna\nRoom\nbrings a dog' }]);
    await clinic.cancel(booked);
    await clinic.push();
    expect(await clinic.events(room.calendar)).toEqual([]);
    expect((await clinic.rows()).every(({ done, wanted, eventId }) => done === wanted && !eventId)).toBe(
      true,
    );
  });

  test('of two resources both given away, each event goes to one', async () => {
    const clinic = await Clinic.open(world);
    const [a, b, c, d] = [
      await clinic.addResource('A'),
      await clinic.addResource('B'),
      await clinic.addResource('C'),
      await clinic.addResource('D'),
    ];
    const booked = await clinic.book([a, b]);
    await clinic.push();
    await clinic.change(booked, { on: [c, d] });
    await clinic.settle();
    for (const { calendar } of [a, b]) expect(await clinic.events(calendar)).toEqual([]);
    for (const { calendar } of [c, d]) expect(await clinic.events(calendar)).toHaveLength(1);
    expect((await clinic.asked()).filter((method) => method === 'events.move')).toHaveLength(2);
  });

  test('whose event a person deleted, it is made anew there', async () => {
    const clinic = await Clinic.open(world);
    const [room, hall] = [await clinic.addResource('Room'), await clinic.addResource('Hall')];
    const booked = await clinic.book([room]);
    await clinic.push();
    await clinic.delete(room.calendar);
    await clinic.change(booked, { on: [hall] });
    await clinic.settle();
    expect(await clinic.events(room.calendar)).toEqual([]);
    expect(await clinic.events(hall.calendar)).toHaveLength(1);
  });

  test('a move that fails at first loses nothing of what was written into the event', async () => {
    const clinic = await Clinic.open(world);
    const [room, hall] = [await clinic.addResource('Room'), await clinic.addResource('Hall')];
    const booked = await clinic.book([room]);
    await clinic.push();
    await clinic.edit(room.calendar, { description: 'Anna\nRoom\nbrings a dog' });
    await clinic.change(booked, { on: [hall] });
    await clinic.fault({ kind: 'error', status: 503, reason: 'backendError', on: 'events.move', times: 1 });
    await clinic.push();
    expect(await clinic.events(room.calendar)).toHaveLength(1);
    await clinic.settle();
    expect(await clinic.events(room.calendar)).toEqual([]);
    expect(await clinic.events(hall.calendar)).toMatchObject([{ description: 'Anna\nHall\nbrings a dog' }]);
  });

  test('where Google refuses the move, it is made anew and the old one goes', async () => {
    const clinic = await Clinic.open(world);
    const [room, hall] = [await clinic.addResource('Room'), await clinic.addResource('Hall')];
    const booked = await clinic.book([room]);
    await clinic.push();
    await clinic.change(booked, { on: [hall] });
    await clinic.fault({ kind: 'error', status: 403, reason: 'forbidden', on: 'events.move' });
    await clinic.settle();
    expect(await clinic.events(room.calendar)).toEqual([]);
    expect(await clinic.events(hall.calendar)).toMatchObject([
      { id: eventIdOf(booked.id, hall.calendar.id, 0) },
    ]);
  });

  test('that shares its calendar, the event stays where it is', async () => {
    const clinic = await Clinic.open(world);
    const room = await clinic.addResource('Room');
    const hall = await clinic.addResource('Hall', { on: room.calendar });
    const booked = await clinic.book([room]);
    await clinic.push();
    await clinic.change(booked, { on: [hall] });
    await clinic.push();
    expect(await clinic.events(room.calendar)).toMatchObject([{ location: 'Hall' }]);
    expect(await clinic.asked()).not.toContain('events.move');
  });
});

describe('a resource that is linked to another calendar', () => {
  test('leaves the events of earlier bookings where they are, and cancels them there', async () => {
    const clinic = await Clinic.open(world);
    const room = await clinic.addResource('Room');
    const old = room.calendar;
    const booked = await clinic.book([room]);
    await clinic.push();
    await clinic.relink(room, await clinic.addCalendar('New'));
    await clinic.settle();
    expect(await clinic.events(old)).toHaveLength(1);
    await clinic.cancel(booked);
    await clinic.push();
    expect(await clinic.events(old)).toEqual([]);
    expect(await clinic.events(room.calendar)).toEqual([]);
    expect((await clinic.control.calendarState({ calendar: room.calendar.googleId })).events).toEqual([]);
  });

  test('takes the event along when the booking itself changes', async () => {
    const clinic = await Clinic.open(world);
    const room = await clinic.addResource('Room');
    const old = room.calendar;
    const booked = await clinic.book([room]);
    await clinic.push();
    await clinic.relink(room, await clinic.addCalendar('New'));
    await clinic.change(booked, { start: booked.start + hour });
    await clinic.push();
    expect(await clinic.events(old)).toEqual([]);
    expect(await clinic.events(room.calendar)).toHaveLength(1);
  });
});
