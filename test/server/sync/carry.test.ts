// What people wrote into a booking's event, when it is made anew in a calendar that it cannot be moved to.
import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { accounts } from '../../../server/database/schema.ts';
import { mostWaits } from '../../../server/jobs/backoff.ts';
import { eventIdOf } from '../../../server/sync/event.ts';
import { pushUnit } from '../../../server/sync/push.ts';
import type { BusinessSettings } from '../../../shared/api.ts';
import { type Account, type Booked, Clinic, type Resource } from './clinic.ts';
import { Listener } from './listener.ts';
import { openWorld, type World } from './world.ts';

let world: World;
beforeAll(async () => {
  world = await openWorld();
});
afterAll(() => world.close());

const hour = 3_600_000;
const down = { kind: 'error', status: 503, reason: 'backendError' } as const;

interface Scene {
  clinic: Clinic;
  colleague: Account;
  /** Of the owner's account. */
  room: Resource;
  /** Of the colleague's. */
  hall: Resource;
  booked: Booked;
}

/** A booking in the room, whose event a person has written into. */
async function setting(settings: Partial<BusinessSettings> = {}): Promise<Scene> {
  const clinic = await Clinic.open(world, settings);
  const colleague = await clinic.addAccount();
  const [room, hall] = [
    await clinic.addResource('Room'),
    await clinic.addResource('Hall', { of: colleague }),
  ];
  const booked = await clinic.book([room]);
  await clinic.push();
  await clinic.edit(room.calendar, { description: 'Bring the keys\nAnna\nRoom\nhas a dog' });
  return { clinic, colleague, room, hall, booked };
}

const carried = { description: 'Bring the keys\nAnna\nHall\nhas a dog', location: 'Hall' };

/** The one push is tried, the other is not due yet. */
async function pushOnly({ clinic }: Scene, { calendar }: Resource): Promise<void> {
  await clinic.later();
  for (const claim of await clinic.claim())
    await pushUnit(world.context, clinic.budget, {
      ...claim,
      pushes: claim.pushes.filter(({ calendarId }) => calendarId === calendar.id),
    });
}

test('brought back from a calendar of another account to which a person took it, with what was written there', async () => {
  const listener = await Listener.open(world, { left: 'restore' });
  const { clinic } = listener;
  const [room] = await listener.rooms('Room');
  const hall = await clinic.addResource('Hall', { of: await clinic.addAccount() });
  await listener.hear(hall.calendar);
  await clinic.control.share({ calendar: hall.calendar.googleId, person: clinic.owner, role: 'writer' });
  const booked = await listener.booked([room!]);
  await clinic.edit(room!.calendar, { description: 'Anna\nRoom\nhas a dog' });
  await listener.moveTo(room!, hall);
  await clinic.edit(hall.calendar, { description: 'Bring the keys\nAnna\nRoom\nhas a big dog' });
  await clinic.change(booked, { notes: 'late' });
  await listener.hear(hall.calendar);
  await listener.quiet();
  expect(await listener.shown(hall)).toBeNull();
  expect(await listener.shown(room!)).toMatchObject({
    description: 'Bring the keys\nAnna\nRoom\nlate\nhas a big dog',
  });
});

describe('given to a resource in a calendar of another account', () => {
  test('the event has what was written into it, and ours once', async () => {
    const { clinic, room, hall, booked } = await setting();
    await clinic.change(booked, { on: [hall] });
    await clinic.push();
    expect(await clinic.events(room.calendar)).toEqual([]);
    expect(await clinic.events(hall.calendar)).toMatchObject([carried]);
    await clinic.change(booked, { notes: 'late', on: [hall] });
    await clinic.push();
    const [event] = await clinic.events(hall.calendar);
    expect(event!.description!.split('\n').sort()).toEqual(
      ['Anna', 'Bring the keys', 'Hall', 'has a dog', 'late'].sort(),
    );
    await clinic.change(booked, { notes: null, on: [room] });
    await clinic.push();
    expect(await clinic.events(hall.calendar)).toEqual([]);
    expect(await clinic.events(room.calendar)).toMatchObject([
      { description: 'Bring the keys\nAnna\nRoom\nhas a dog' },
    ]);
  });

  test('with guests, reminders and whatever else a person set, but not the times nor the calendar itself', async () => {
    const { clinic, room, hall, booked } = await setting();
    const guest = { email: 'guest@example.com', responseStatus: 'accepted' };
    await clinic.edit(room.calendar, {
      summary: 'Check-up: Anna (ring her)',
      location: 'Back door',
      colorId: '9',
      visibility: 'private',
      attendees: [guest, { email: room.calendar.googleId, responseStatus: 'accepted' }],
      reminders: { useDefault: false, overrides: [{ method: 'popup', minutes: 5 }] },
      end: { dateTime: new Date(booked.start + 3 * hour).toISOString() },
    });
    await clinic.change(booked, { on: [hall] });
    await clinic.push();
    const [event] = await clinic.events(hall.calendar);
    expect(event).toMatchObject({
      summary: 'Check-up: Anna (ring her)',
      // Ours changed too.
      location: 'Hall',
      colorId: '9',
      visibility: 'private',
      attendees: [guest],
      reminders: { useDefault: false, overrides: [{ method: 'popup', minutes: 5 }] },
    });
    expect(Date.parse(event!.end!.dateTime!)).toBe(booked.start + hour);
    expect((await clinic.row(booked, hall))!.written).toMatchObject({ summary: 'Check-up: Anna' });
  });

  test.each([true, false])(
    'where its id is taken by a deleted event (to be had back: %s)',
    async (undeleted) => {
      const { clinic, colleague, hall, booked } = await setting();
      const on = { person: colleague.person, calendar: hall.calendar.googleId };
      const [start, end] = [{ dateTime: '2027-03-01T10:00:00Z' }, { dateTime: '2027-03-01T11:00:00Z' }];
      const id = eventIdOf(booked.id, hall.calendar.id, 0);
      await clinic.control.addEvent({ ...on, event: { id, start, end } });
      await clinic.control.deleteEvent({ ...on, event: id });
      await clinic.control.setSwitches({ undeleteAfterPerson: undeleted });
      await clinic.change(booked, { on: [hall] });
      await clinic.push();
      await clinic.control.setSwitches({ undeleteAfterPerson: false });
      const generation = undeleted ? 0 : 1;
      expect(await clinic.events(hall.calendar)).toMatchObject([
        { ...carried, id: eventIdOf(booked.id, hall.calendar.id, generation) },
      ]);
    },
  );

  test('to two from two, each has its own', async () => {
    const { clinic, colleague, room, hall, booked } = await setting();
    const [attic, barn] = [
      await clinic.addResource('Attic'),
      await clinic.addResource('Barn', { of: colleague }),
    ];
    await clinic.change(booked, { on: [room, attic] });
    await clinic.push();
    await clinic.edit(attic.calendar, { description: 'Anna\nRoom, Attic\nmind the stairs' });
    await clinic.change(booked, { on: [hall, barn] });
    await clinic.push();
    const both = [...(await clinic.events(hall.calendar)), ...(await clinic.events(barn.calendar))];
    for (const text of ['has a dog', 'mind the stairs'])
      expect(both.filter(({ description }) => description!.includes(text))).toHaveLength(1);
  });

  test('to two such, one of them has it', async () => {
    const { clinic, colleague, hall, booked } = await setting();
    const barn = await clinic.addResource('Barn', { of: colleague });
    await clinic.change(booked, { on: [hall, barn] });
    await clinic.push();
    const both = [...(await clinic.events(hall.calendar)), ...(await clinic.events(barn.calendar))];
    expect(both).toHaveLength(2);
    expect(both.filter(({ description }) => description!.includes('has a dog'))).toHaveLength(1);
  });

  test('what was set Free stays so where that is followed', async () => {
    const { clinic, room, hall, booked } = await setting();
    await clinic.edit(room.calendar, { transparency: 'transparent' });
    const { written } = (await clinic.row(booked, room))!;
    await clinic.write(booked, room, { ...written, transparency: 'transparent', freed: true });
    await clinic.change(booked, { on: [hall] });
    await clinic.push();
    expect(await clinic.events(hall.calendar)).toMatchObject([{ ...carried, transparency: 'transparent' }]);
    expect((await clinic.row(booked, hall))!.written).toMatchObject({ freed: true });
  });
});

describe('where Google refuses the move within an account', () => {
  test('as only the organizer may', async () => {
    const { clinic, room, booked } = await setting();
    const barn = await clinic.addResource('Barn');
    await clinic.fault({
      kind: 'error',
      status: 403,
      reason: 'forbiddenForNonOrganizer',
      on: 'events.move',
    });
    await clinic.change(booked, { on: [barn] });
    await clinic.push();
    expect(await clinic.events(room.calendar)).toEqual([]);
    expect(await clinic.events(barn.calendar)).toMatchObject([
      { description: 'Bring the keys\nAnna\nBarn\nhas a dog' },
    ]);
  });

  test('as the id is taken there', async () => {
    const { clinic, room, booked } = await setting();
    const barn = await clinic.addResource('Barn');
    const { id, start, end } = (await clinic.events(room.calendar))[0]!;
    await clinic.control.addEvent({
      person: clinic.owner,
      calendar: barn.calendar.googleId,
      event: { id, start, end },
    });
    await clinic.delete(barn.calendar);
    await clinic.change(booked, { on: [barn] });
    await clinic.push();
    expect(await clinic.events(room.calendar)).toEqual([]);
    expect(await clinic.events(barn.calendar)).toMatchObject([
      { description: 'Bring the keys\nAnna\nBarn\nhas a dog' },
    ]);
  });
});

describe('nothing of ours is carried', () => {
  test.each([
    ['and we know it', true],
    ['and the answer was lost', false],
  ])('that says it was cancelled, %s', async (_, known) => {
    const { clinic, room, hall, booked } = await setting({ cancelledEvents: 'mark' });
    const { written } = (await clinic.row(booked, room))!;
    await clinic.cancel(booked);
    await clinic.push();
    expect(await clinic.events(room.calendar)).toMatchObject([{ summary: 'Cancelled: Check-up: Anna' }]);
    if (!known) await clinic.write(booked, room, written!);
    await clinic.change(booked, { on: [hall], status: 'confirmed' });
    await clinic.push();
    expect(await clinic.events(room.calendar)).toEqual([]);
    const [event] = await clinic.events(hall.calendar);
    expect(event).toMatchObject({ ...carried, summary: 'Check-up: Anna' });
    expect(event).not.toHaveProperty('transparency', 'transparent');
    expect(event!.extendedProperties!.private).not.toHaveProperty('sidebookState');
  });

  test('where it cannot be told from theirs', async () => {
    const { clinic, room, hall, booked } = await setting();
    await clinic.write(booked, room, null);
    await clinic.change(booked, { on: [hall] });
    await clinic.push();
    expect(await clinic.events(hall.calendar)).toMatchObject([{ description: 'Anna\nHall' }]);
  });
});

describe('made without it', () => {
  const without = async ({ clinic, hall, booked }: Scene) => {
    await clinic.change(booked, { on: [hall] });
    await clinic.push();
    expect(await clinic.events(hall.calendar)).toMatchObject([{ description: 'Anna\nHall' }]);
    expect(await clinic.row(booked, hall)).toMatchObject({ failure: null, attempts: 0 });
  };

  test('if the account that had it was disconnected', async () => {
    const scene = await setting();
    const { accountId } = scene.clinic;
    const gone = { state: 'disconnected', refreshToken: null } as const;
    await scene.clinic.change(scene.booked, { on: [scene.hall] });
    await world.context.db.update(accounts).set(gone).where(eq(accounts.id, accountId));
    await without(scene);
  });

  test('if its token does not open', async () => {
    const scene = await setting();
    const { accountId } = scene.clinic;
    const sealed = { refreshToken: 'another.key.of.old' };
    await world.context.db.update(accounts).set(sealed).where(eq(accounts.id, accountId));
    await without(scene);
  });

  test('if Google took its grant back', async () => {
    const scene = await setting();
    await scene.clinic.control.revokeAccess({ person: scene.clinic.owner });
    await without(scene);
  });

  test('if only the times may be seen there', async () => {
    const scene = await setting();
    const { owner, control } = scene.clinic;
    await control.share({ calendar: scene.room.calendar.googleId, person: owner, role: 'freeBusyReader' });
    await without(scene);
  });

  test('if the calendar or the event is gone', async () => {
    const scene = await setting();
    await scene.clinic.delete(scene.room.calendar);
    await without(scene);
    const other = await setting();
    await other.clinic.control.deleteCalendar({ calendar: other.room.calendar.googleId });
    await without(other);
  });
});

describe('a reading that fails for a moment', () => {
  test.each([
    ['backendError', 503],
    ['rateLimitExceeded', 429],
  ])('%s is tried again, and only the account it came from is left alone', async (reason, status) => {
    const { clinic, room, hall, booked } = await setting();
    await clinic.change(booked, { on: [hall] });
    const retryAfterSeconds = 600;
    await clinic.fault({ kind: 'error', status, reason, retryAfterSeconds, on: 'events.get', times: 1 });
    const [claim] = await clinic.claim();
    const rests = await pushUnit(world.context, clinic.budget, claim!);
    expect(rests).toEqual(status === 429 ? [{ accountId: clinic.accountId, delay: expect.any(Number) }] : []);
    const { failure, dueAt } = (await clinic.row(booked, hall))!;
    expect(failure).toBe(reason);
    expect(dueAt.getTime()).toBeLessThan(Date.now() + 10_000);
    expect(await clinic.events(room.calendar)).toHaveLength(1);
    await clinic.settle();
    expect(await clinic.events(room.calendar)).toEqual([]);
    expect(await clinic.events(hall.calendar)).toMatchObject([carried]);
  });

  test('does not keep the booking out of its calendar for long', async () => {
    const scene = await setting();
    const { clinic, hall, booked } = scene;
    await clinic.change(booked, { on: [hall] });
    await clinic.fault({ ...down, on: 'events.get' });
    for (let i = 1; i < mostWaits; i++) await pushOnly(scene, hall);
    expect(await clinic.events(hall.calendar)).toEqual([]);
    await pushOnly(scene, hall);
    expect(await clinic.events(hall.calendar)).toMatchObject([{ description: 'Anna\nHall' }]);
  });
});

describe('the event that is to go', () => {
  test('waits until it was read', async () => {
    const scene = await setting();
    const { clinic, colleague, room, hall, booked } = scene;
    await clinic.change(booked, { on: [hall] });
    await clinic.fault({ ...down, person: colleague.person, on: 'events.insert', times: 1 });
    await clinic.push();
    await pushOnly(scene, room);
    expect(await clinic.events(room.calendar)).toHaveLength(1);
    const { attempts, dueAt, failure } = (await clinic.row(booked, room))!;
    expect({ attempts, failure }).toEqual({ attempts: 2, failure: null });
    expect(Math.round((dueAt.getTime() - Date.now()) / 1000)).toBe(10);
    await clinic.settle();
    expect(await clinic.events(room.calendar)).toEqual([]);
    expect(await clinic.events(hall.calendar)).toMatchObject([carried]);
  });

  test('but not for ever', async () => {
    const scene = await setting();
    const { clinic, room, hall, booked } = scene;
    await clinic.change(booked, { on: [hall] });
    for (let i = 1; i < mostWaits; i++) await pushOnly(scene, room);
    expect(await clinic.events(room.calendar)).toHaveLength(1);
    await pushOnly(scene, room);
    expect(await clinic.events(room.calendar)).toEqual([]);
  });

  test('does not wait where it was moved, for another that is to show the booking too', async () => {
    const { clinic, colleague, room, hall, booked } = await setting();
    const barn = await clinic.addResource('Barn');
    await clinic.change(booked, { on: [barn, hall] });
    await clinic.fault({ ...down, person: colleague.person });
    await clinic.push();
    expect(await clinic.row(booked, room)).toMatchObject({ eventId: null, attempts: 0 });
  });

  test('does not wait where ours cannot be told from theirs', async () => {
    const scene = await setting();
    await scene.clinic.write(scene.booked, scene.room, null);
    await scene.clinic.change(scene.booked, { on: [scene.hall] });
    await goesAtOnce(scene);
  });

  const goesAtOnce = async (scene: Scene) => {
    await pushOnly(scene, scene.room);
    expect(await scene.clinic.events(scene.room.calendar)).toEqual([]);
  };

  test('goes at once where the other account has to be connected again', async () => {
    const scene = await setting();
    const { accountId } = scene.colleague;
    await scene.clinic.change(scene.booked, { on: [scene.hall] });
    const state = 'needs_reconnecting';
    await world.context.db.update(accounts).set({ state }).where(eq(accounts.id, accountId));
    await goesAtOnce(scene);
  });

  test('goes at once where the other was given up', async () => {
    const scene = await setting();
    const { clinic, colleague, hall, booked } = scene;
    await clinic.change(booked, { on: [hall] });
    const refused = { kind: 'error', status: 403, reason: 'requiredAccessLevel' } as const;
    await clinic.fault({ ...refused, person: colleague.person });
    await clinic.push();
    expect(await clinic.row(booked, hall)).toMatchObject({ failure: 'requiredAccessLevel' });
    await goesAtOnce(scene);
  });

  test('goes at once where the booking is not to be shown at all', async () => {
    const scene = await setting();
    await scene.clinic.change(scene.booked, { on: [scene.hall] });
    await scene.clinic.cancel(scene.booked);
    await goesAtOnce(scene);
  });
});
