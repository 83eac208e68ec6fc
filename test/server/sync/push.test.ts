// Pushing to a Google that works: events appear, move, change calendar and vanish, and what people wrote stays.

import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readCatalogue } from '../../../server/availability/catalogue.ts';
import type { By } from '../../../server/bookings/by.ts';
import { reschedule } from '../../../server/bookings/reschedule.ts';
import { commit } from '../../../server/commit.ts';
import { bookings } from '../../../server/database/ledger.ts';
import { services } from '../../../server/database/schema.ts';
import { readLog } from '../../../server/log/steps.ts';
import { eventIdOf } from '../../../server/sync/event.ts';
import { Clinic } from './clinic.ts';
import { Listener } from './listener.ts';
import { openWorld, type World } from './world.ts';

let world: World;
beforeAll(async () => {
  world = await openWorld();
});
afterAll(() => world.close());

const hour = 3_600_000;

describe('a booking', () => {
  test('appears as one event with our fields, follows the booking, and vanishes with it', async () => {
    const clinic = await Clinic.open(world);
    const room = await clinic.addResource('Room 1', { color: 5 });
    const booked = await clinic.book([room], { notes: 'Allergic to <nuts>' });
    await clinic.push();
    const [event, ...others] = await clinic.events(room.calendar);
    expect(others).toEqual([]);
    expect(event).toMatchObject({
      id: eventIdOf(booked.id, room.calendar.id, 0),
      summary: 'Check-up: Anna',
      description: 'Anna\nRoom 1\nAllergic to &lt;nuts&gt;',
      location: 'Room 1',
      colorId: '5',
      status: 'confirmed',
      extendedProperties: { private: { sidebookBusiness: clinic.businessId, sidebookBooking: booked.id } },
    });
    expect(Date.parse(event!.start!.dateTime!)).toBe(booked.start);
    expect(event!.start!.timeZone).toBe('Europe/Oslo');
    expect(await clinic.row(booked, room)).toMatchObject({ wanted: 1, done: 1, failure: null, attempts: 0 });

    await clinic.change(booked, { start: booked.start + hour });
    await clinic.push();
    const [moved] = await clinic.events(room.calendar);
    expect(Date.parse(moved!.start!.dateTime!)).toBe(booked.start + hour);
    expect(moved!.id).toBe(event!.id);

    await clinic.cancel(booked);
    await clinic.push();
    expect(await clinic.events(room.calendar)).toEqual([]);
    expect(await clinic.row(booked, room)).toMatchObject({
      wanted: 3,
      done: 3,
      eventId: null,
      generation: 1,
    });
    expect((await clinic.asked()).filter((method) => method.startsWith('events'))).toEqual([
      'events.insert',
      'events.get',
      'events.update',
      'events.delete',
    ]);
  });

  test('is pushed as it is now, not as it was when the push was owed', async () => {
    const clinic = await Clinic.open(world);
    const room = await clinic.addResource('Room');
    const booked = await clinic.book([room]);
    await clinic.change(booked, { start: booked.start + hour });
    await clinic.push();
    expect(await clinic.events(room.calendar)).toHaveLength(1);
    expect(await clinic.row(booked, room)).toMatchObject({ wanted: 2, done: 2 });
  });

  test('that changes while it is pushed stays owed', async () => {
    const clinic = await Clinic.open(world);
    const room = await clinic.addResource('Room');
    const booked = await clinic.book([room]);
    await clinic.fault({ kind: 'latency', milliseconds: 300, on: 'events.insert', times: 1 });
    const pushing = clinic.push();
    await clinic.struck();
    await clinic.change(booked, { start: booked.start + hour });
    await pushing;
    expect(await clinic.row(booked, room)).toMatchObject({ wanted: 2, done: 1, leasedUntil: null });
    await clinic.push();
    const [event] = await clinic.events(room.calendar);
    expect(Date.parse(event!.start!.dateTime!)).toBe(booked.start + hour);
  });

  test('of several resources is one event on each of their calendars', async () => {
    const clinic = await Clinic.open(world);
    const room = await clinic.addResource('Room', { color: 3 });
    const shelf = await clinic.addResource('Shelf', { on: room.calendar, color: 7 });
    const car = await clinic.addResource('Car');
    await clinic.book([shelf, room, car]);
    await clinic.push();
    const [[onRoom, ...more], [onCar]] = [
      await clinic.events(room.calendar),
      await clinic.events(car.calendar),
    ];
    expect(more).toEqual([]);
    expect(onRoom).toMatchObject({ colorId: '7', location: 'Shelf, Room, Car' });
    expect(onCar).not.toHaveProperty('colorId');
  });

  test('of a resource without a calendar owes nothing', async () => {
    const clinic = await Clinic.open(world);
    const room = await clinic.addResource('Room');
    await clinic.db.execute('delete from links');
    await clinic.book([room]);
    expect(await clinic.rows()).toEqual([]);
  });

  test('that waits for approval shows only if the business chose so, and becomes firm', async () => {
    const quiet = await Clinic.open(world);
    const room = await quiet.addResource('Room');
    const waiting = await quiet.book([room], { status: 'pending' });
    await quiet.push();
    expect(await quiet.events(room.calendar)).toEqual([]);
    await quiet.change(waiting, { status: 'confirmed' });
    await quiet.push();
    expect(await quiet.events(room.calendar)).toMatchObject([{ status: 'confirmed' }]);

    const open = await Clinic.open(world, { pushPending: true, cancelledEvents: 'mark' });
    const chair = await open.addResource('Chair');
    const shown = await open.book([chair], { status: 'pending' });
    await open.push();
    expect(await open.events(chair.calendar)).toMatchObject([{ status: 'tentative' }]);
    await open.change(shown, { status: 'declined' });
    await open.push();
    expect(await open.events(chair.calendar)).toEqual([]);
  });

  test('that is cancelled is marked and set Free where the business chose so', async () => {
    const clinic = await Clinic.open(world, { cancelledEvents: 'mark' });
    const room = await clinic.addResource('Room');
    const booked = await clinic.book([room]);
    await clinic.push();
    await clinic.edit(room.calendar, { description: 'Anna\nRoom\nbrings a dog' });
    await clinic.cancel(booked);
    await clinic.push();
    const marked = {
      summary: 'Cancelled: Check-up: Anna',
      transparency: 'transparent',
      location: 'Room',
      description: 'Anna\nRoom\nbrings a dog',
    };
    expect(await clinic.events(room.calendar)).toMatchObject([marked]);

    const never = await clinic.book([room]);
    await clinic.cancel(never);
    await clinic.push();
    expect(await clinic.events(room.calendar)).toHaveLength(1);
  });

  test('of a session names who sits in it', async () => {
    const clinic = await Clinic.open(world);
    const room = await clinic.addResource('Room');
    const session = await clinic.bookSession([room], ['Anna', 'Bo']);
    await clinic.push();
    const marks = { sidebookBusiness: clinic.businessId, sidebookSession: session.id };
    expect(await clinic.events(room.calendar)).toMatchObject([
      { summary: 'Check-up: Anna, Bo', extendedProperties: { private: marks } },
    ]);
  });

  test('that goes to another time alone takes the event of its session along, with what people wrote', async () => {
    const listener = await Listener.open(world);
    const { clinic } = listener;
    const [room] = await listener.rooms('Room');
    const { db, businessId } = clinic;
    await db.update(services).set({ seats: 8 }).where(eq(services.id, clinic.serviceId));
    const session = await clinic.bookSession([room!], ['Anna']);
    await clinic.push();
    const [before] = await clinic.events(room!.calendar);
    const guests = [{ email: 'guest@elsewhere.test' }];
    await clinic.edit(room!.calendar, { description: `${before!.description}\nmats`, attendees: guests });
    await commit(world.context, async (tx) => {
      const by: By = {
        actor: 'member',
        staff: true,
        now: Date.now(),
        catalogue: await readCatalogue(tx, businessId),
      };
      const [row] = await tx.select().from(bookings).where(eq(bookings.sessionId, session.id));
      const start = new Date(session.start + 3 * hour).toISOString();
      await reschedule(tx, by, {
        id: row!.id,
        revision: row!.revision,
        start,
        resourceIds: [],
        override: true,
      });
    });
    await clinic.settle();
    const events = await clinic.events(room!.calendar);
    expect(events).toMatchObject([
      { id: before!.id, description: `${before!.description}\nmats`, attendees: guests },
    ]);
    expect(Date.parse(events[0]!.start!.dateTime!)).toBe(session.start + 3 * hour);
  });
});

describe('what a person did to the event', () => {
  test('text, guests and reminders stay; a time that was dragged comes back', async () => {
    const clinic = await Clinic.open(world);
    const room = await clinic.addResource('Room');
    const booked = await clinic.book([room]);
    await clinic.push();
    const theirs = {
      reminders: { useDefault: false, overrides: [{ method: 'popup', minutes: 5 }] },
      attendees: [{ email: 'guest@elsewhere.test' }],
    };
    const dragged = { dateTime: '2027-02-01T10:00:00Z', timeZone: 'UTC' };
    await clinic.edit(room.calendar, {
      ...theirs,
      description: 'VIP<br>Anna<br>Room<br>brings a dog',
      start: dragged,
      end: { ...dragged, dateTime: '2027-02-01T11:00:00Z' },
    });
    await clinic.change(booked, { notes: 'late' });
    await clinic.push();
    const [event] = await clinic.events(room.calendar);
    expect(event).toMatchObject({ description: 'VIP<br>Anna<br>Room<br>late<br>brings a dog' });
    expect(event!.reminders).toEqual(theirs.reminders);
    expect(event!.attendees).toMatchObject(theirs.attendees);
    expect(Date.parse(event!.start!.dateTime!)).toBe(booked.start);
  });

  test('an edit that comes between our reading and our writing is not lost', async () => {
    const clinic = await Clinic.open(world);
    const room = await clinic.addResource('Room');
    const booked = await clinic.book([room]);
    await clinic.push();
    await clinic.change(booked, { start: booked.start + hour });
    await clinic.fault({ kind: 'latency', milliseconds: 300, on: 'events.update', times: 1 });
    const pushing = clinic.push();
    await clinic.struck();
    await clinic.edit(room.calendar, { description: 'Anna\nRoom\nbrings a dog' });
    await pushing;
    const [event] = await clinic.events(room.calendar);
    expect(event).toMatchObject({ description: 'Anna\nRoom\nbrings a dog' });
    expect(Date.parse(event!.start!.dateTime!)).toBe(booked.start + hour);
    expect((await clinic.asked()).filter((method) => method === 'events.update')).toHaveLength(2);
  });

  test.each([true, false])(
    'deleted, it is brought back or made anew (undelete allowed: %s)',
    async (undelete) => {
      await world.google.control.setSwitches({ undeleteAfterPerson: undelete });
      const clinic = await Clinic.open(world);
      const room = await clinic.addResource('Room');
      const booked = await clinic.book([room]);
      await clinic.push();
      await clinic.delete(room.calendar);
      await clinic.change(booked, { start: booked.start + hour });
      await clinic.push();
      const [event, ...others] = await clinic.events(room.calendar);
      expect(others).toEqual([]);
      expect(Date.parse(event!.start!.dateTime!)).toBe(booked.start + hour);
      expect(event!.id).toBe(eventIdOf(booked.id, room.calendar.id, undelete ? 0 : 1));
      expect(await clinic.row(booked, room)).toMatchObject({ eventId: event!.id, done: 2 });
      await clinic.cancel(booked);
      await clinic.push();
      expect(await clinic.events(room.calendar)).toEqual([]);
    },
  );

  test('deleted, and taken out of the bin while we bring it back, it is there once', async () => {
    const clinic = await Clinic.open(world);
    const room = await clinic.addResource('Room');
    const booked = await clinic.book([room]);
    await clinic.push();
    const [event] = await clinic.events(room.calendar);
    await clinic.delete(room.calendar);
    await clinic.change(booked, { notes: 'late' });
    await clinic.fault({ kind: 'latency', milliseconds: 300, on: 'events.update', times: 1 });
    const pushing = clinic.push();
    await clinic.struck();
    const on = { person: clinic.owner, calendar: room.calendar.googleId, event: event!.id };
    await clinic.control.restoreEvent(on);
    await pushing;
    expect(await clinic.events(room.calendar)).toMatchObject([
      { id: event!.id, description: 'Anna\nRoom\nlate' },
    ]);
  });

  test.each([true, false])(
    'deleted and forgotten by Google, it is made anew (id free again: %s)',
    async (reusable) => {
      await world.google.control.setSwitches({ purgedIdReusable: reusable });
      const clinic = await Clinic.open(world);
      const room = await clinic.addResource('Room');
      const booked = await clinic.book([room]);
      await clinic.push();
      const event = eventIdOf(booked.id, room.calendar.id, 0);
      await clinic.delete(room.calendar);
      await clinic.control.purge({ calendar: room.calendar.googleId, event });
      await clinic.change(booked, { notes: 'x' });
      await clinic.push();
      expect(await clinic.events(room.calendar)).toHaveLength(1);
      expect(await clinic.row(booked, room)).toMatchObject({ done: 2, generation: reusable ? 0 : 1 });
    },
  );

  test('deleted, a booking that is cancelled is done with all the same', async () => {
    const clinic = await Clinic.open(world);
    const room = await clinic.addResource('Room');
    const booked = await clinic.book([room]);
    await clinic.push();
    await clinic.delete(room.calendar);
    await clinic.cancel(booked);
    await clinic.push();
    expect(await clinic.row(booked, room)).toMatchObject({ done: 2, diedAt: null });
  });
});

test('each step is in the log of the booking, without a name in it', async () => {
  const clinic = await Clinic.open(world);
  const room = await clinic.addResource('Room');
  const booked = await clinic.book([room], { name: 'Anna Secret', notes: 'private' });
  await clinic.fault({ kind: 'error', status: 503, reason: 'backendError', on: 'events.insert', times: 1 });
  await clinic.push();
  await clinic.settle();
  const entries = await readLog(clinic.db, clinic.businessId, booked.id);
  expect(entries.map(({ attempt, step, outcome, status }) => [attempt, step, outcome, status])).toEqual([
    [1, 'insert', 'backendError', 503],
    [1, 'postpone', 'backendError', null],
    [2, 'get', 'notFound', 404],
    [2, 'insert', 'ok', 200],
    [2, 'settle', 'ok', null],
  ]);
  expect(JSON.stringify(entries)).not.toMatch(/Secret|private|@/);
  expect(await readLog(clinic.db, clinic.accountId, booked.id)).toEqual([]);
});
