// What people do to bookings' events in Google, under each policy: put right, left to staff, or followed.
import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { allocations, audit } from '../../../server/database/ledger.ts';
import { messages } from '../../../server/database/mirror.ts';
import { resources } from '../../../server/database/schema.ts';
import { roundTheClock } from '../../business.ts';
import { Listener } from './listener.ts';
import { openWorld, type World } from './world.ts';

let world: World;
beforeAll(async () => {
  world = await openWorld();
});
afterAll(() => world.close());

const hour = 3_600_000;
const text = 'Anna\nRoom\nbrings a dog';

/** A room with a booking whose event a person has written into. */
async function annotated(drift: Parameters<typeof Listener.open>[1], ...more: string[]) {
  const listener = await Listener.open(world, drift);
  const [room, ...others] = await listener.rooms('Room', ...more);
  if (!room) throw new Error('no room');
  const booked = await listener.booked([room]);
  await listener.clinic.edit(room.calendar, { description: text });
  await listener.hear();
  return { listener, clinic: listener.clinic, room, others, booked };
}

describe('a dragged event', () => {
  test('is put back: one write, and the text stays', async () => {
    const { listener, room, booked } = await annotated({ moved: 'restore' });
    await listener.drag(room, booked.start + 3 * hour);
    const before = await listener.writes();
    await listener.quiet();
    expect(await listener.shown(room)).toMatchObject({
      start: booked.start,
      end: booked.start + hour,
      description: text,
    });
    expect((await listener.writes()).slice(before.length)).toEqual(['events.update']);
    expect(await listener.drifts()).toMatchObject([
      { kind: 'moved', state: 'restored', policy: 'restore', settledBy: 'sidebook' },
    ]);
    expect(await listener.told()).toEqual([]);
  });

  test('waits for staff: its times stay, its text follows the booking, and nothing is told twice', async () => {
    const { listener, clinic, room, booked } = await annotated({ moved: 'ask' });
    const start = booked.start + 3 * hour;
    await listener.drag(room, start);
    await listener.quiet();
    await clinic.change(booked, { notes: 'late' });
    await listener.quiet();
    await listener.hear(room.calendar, { complete: true });
    expect(await listener.shown(room)).toMatchObject({
      start,
      description: 'Anna\nRoom\nlate\nbrings a dog',
    });
    const found = { start: new Date(start).toISOString(), end: new Date(start + hour).toISOString() };
    expect(await listener.drifts()).toMatchObject([{ kind: 'moved', state: 'open', found, reason: null }]);
    expect(await listener.told()).toEqual(['staff: drift']);
    expect((await clinic.booking(booked)).startsAt.getTime()).toBe(booked.start);

    await listener.drag(room, start + hour);
    await listener.quiet();
    expect(await listener.drifts()).toMatchObject([
      { state: 'open', found: { start: new Date(start + hour).toISOString() } },
    ]);
    expect(await listener.told()).toEqual(['staff: drift', 'staff: drift']);
    await listener.drag(room, booked.start);
    await listener.quiet();
    expect(await listener.drifts()).toMatchObject([{ state: 'settled', settledBy: 'google' }]);
  });

  test('takes the booking along: its length is kept, the customer told, and all is quiet after', async () => {
    const { listener, clinic, room, booked } = await annotated({ moved: 'follow' });
    const start = booked.start + 3 * hour;
    await listener.drag(room, start, start + 2 * hour);
    const before = await listener.writes();
    await listener.hear();
    expect((await clinic.booking(booked)).startsAt.getTime()).toBe(start);
    await listener.quiet();
    expect(await listener.shown(room)).toMatchObject({ start, end: start + hour, description: text });
    expect((await listener.writes()).slice(before.length)).toEqual(['events.update']);
    const { endsAt, revision } = await clinic.booking(booked);
    expect([endsAt.getTime(), revision]).toEqual([start + hour, 2]);
    const held = await clinic.db.select().from(allocations).where(eq(allocations.unitId, booked.id));
    expect(held).toMatchObject([{ resourceId: room.id, startsAt: new Date(start) }]);
    const [entry] = await clinic.db.select().from(audit).where(eq(audit.bookingId, booked.id));
    expect(entry).toMatchObject({ actor: 'google', action: 'reschedule' });
    // The clinic has no hours at all: that is overridden, and said.
    expect(entry?.overrode).toContain('resource_closed');
    expect(await listener.drifts()).toMatchObject([{ kind: 'moved', state: 'followed' }]);
    // Staff hear of that once, and only of that.
    expect(await listener.told()).toEqual(['customer: rescheduled', 'staff: drift_followed']);
    const told = await clinic.db.select().from(messages).where(eq(messages.businessId, clinic.businessId));
    expect(told.find(({ to }) => to === 'staff')).toMatchObject({
      bookingId: booked.id,
      details: { kind: 'moved', overrode: entry?.overrode },
    });
  });

  test('that goes against no rule is followed without a word to staff', async () => {
    const { listener, clinic, room, booked } = await annotated({ moved: 'follow' });
    await clinic.db.update(resources).set({ hours: roundTheClock }).where(eq(resources.id, room.id));
    await clinic.db.execute(
      `update businesses set revision = revision + 1 where id = '${clinic.businessId}'`,
    );
    await listener.drag(room, booked.start + 3 * hour);
    await listener.quiet();
    expect(await listener.drifts()).toMatchObject([{ kind: 'moved', state: 'followed' }]);
    expect(await listener.told()).toEqual(['customer: rescheduled']);
  });

  test('onto another booking is not followed but left to staff, even where another room is free', async () => {
    const { listener, clinic, room, booked } = await annotated({ moved: 'follow' }, 'Hall');
    const other = await clinic.book([room]);
    await clinic.settle();
    const dragged = { dateTime: new Date(other.start).toISOString(), timeZone: 'UTC' };
    const event = (await clinic.row(booked, room))?.eventId ?? '';
    const end = { ...dragged, dateTime: new Date(other.start + hour).toISOString() };
    const on = { person: clinic.owner, calendar: room.calendar.googleId, event };
    await clinic.control.changeEvent({ ...on, change: { start: dragged, end } });
    await listener.quiet();
    expect(await listener.drifts()).toMatchObject([{ state: 'open', policy: 'follow', reason: 'taken' }]);
    expect(await clinic.booking(booked)).toMatchObject({ startsAt: new Date(booked.start), revision: 1 });
    const held = await clinic.db.select().from(allocations).where(eq(allocations.unitId, booked.id));
    expect(held).toMatchObject([{ resourceId: room.id, startsAt: new Date(booked.start) }]);
    expect(await listener.told()).toEqual(['staff: drift']);
  });

  test('that could not be followed is followed where it goes next, or left to staff for what is so then', async () => {
    const { listener, clinic, room, booked } = await annotated({ moved: 'follow' });
    const other = await clinic.book([room]);
    await clinic.settle();
    const event = (await clinic.row(booked, room))?.eventId ?? '';
    const drag = (start: number) =>
      clinic.control.changeEvent({
        ...{ person: clinic.owner, calendar: room.calendar.googleId, event },
        change: {
          start: { dateTime: new Date(start).toISOString(), timeZone: 'UTC' },
          end: { dateTime: new Date(start + hour).toISOString(), timeZone: 'UTC' },
        },
      });
    await drag(other.start);
    await listener.quiet();
    await drag(Date.now() - 25 * hour);
    await listener.quiet();
    expect(await listener.drifts()).toMatchObject([{ state: 'open', reason: 'past' }]);
    await drag(other.start + 3 * hour);
    await listener.quiet();
    expect(await listener.drifts()).toMatchObject([
      { state: 'followed', reason: null, settledBy: 'sidebook' },
    ]);
    expect(await clinic.booking(booked)).toMatchObject({ startsAt: new Date(other.start + 3 * hour) });
    expect((await listener.told()).filter((one) => one.startsWith('customer'))).toEqual([
      'customer: rescheduled',
    ]);
  });

  test('that staff have to settle because the booking moved too stays with them, wherever it goes next', async () => {
    const { listener, clinic, room, booked } = await annotated({ moved: 'follow' });
    await listener.drag(room, booked.start + 3 * hour);
    await clinic.change(booked, { start: booked.start + 5 * hour });
    await listener.quiet();
    await listener.drag(room, booked.start + 7 * hour);
    await listener.quiet();
    expect(await listener.drifts()).toMatchObject([{ state: 'open', reason: 'both' }]);
    expect(await clinic.booking(booked)).toMatchObject({ startsAt: new Date(booked.start + 5 * hour) });
  });

  test('to a time that is over is left to staff: followed, the booking could not come back', async () => {
    const { listener, clinic, room, booked } = await annotated({ moved: 'follow' });
    await listener.drag(room, Date.now() - 25 * hour);
    await listener.quiet();
    expect(await listener.drifts()).toMatchObject([{ state: 'open', reason: 'past' }]);
    expect(await clinic.booking(booked)).toMatchObject({ startsAt: new Date(booked.start), revision: 1 });
    expect(await listener.told()).toEqual(['staff: drift']);
    await listener.drag(room, booked.start);
    await listener.quiet();
    expect(await listener.drifts()).toMatchObject([{ state: 'settled', settledBy: 'google' }]);
    // Under way is not over.
    await listener.drag(room, Date.now() - hour / 2);
    await listener.quiet();
    expect((await listener.drifts())[0]).toMatchObject({ state: 'followed' });
  });

  test('made all-day or a series is left to staff, and put back where that is the policy', async () => {
    const asking = await annotated({ moved: 'follow' });
    await asking.clinic.edit(asking.room.calendar, {
      start: { date: '2027-01-05', dateTime: null, timeZone: null },
      end: { date: '2027-01-06', dateTime: null, timeZone: null },
    });
    await asking.listener.quiet();
    expect(await asking.listener.drifts()).toMatchObject([
      { state: 'open', reason: 'all_day', found: { start: '2027-01-05', end: '2027-01-06' } },
    ]);
    await asking.clinic.change(asking.booked, { notes: 'late' });
    await asking.listener.quiet();
    expect(await asking.clinic.events(asking.room.calendar)).toMatchObject([
      { start: { date: '2027-01-05' } },
    ]);

    const { listener, clinic, room, booked } = await annotated({});
    await clinic.edit(room.calendar, { recurrence: ['RRULE:FREQ=DAILY'] });
    await listener.quiet();
    const [event] = await clinic.events(room.calendar);
    expect(event?.recurrence).toBeUndefined();
    expect(await listener.shown(room)).toMatchObject({ start: booked.start, description: text });
  });
});

describe('a deleted event', () => {
  test('comes back, with its text', async () => {
    const { listener, clinic, room, booked } = await annotated({ deleted: 'restore' }, 'Hall');
    await clinic.delete(room.calendar);
    await listener.quiet();
    expect(await listener.shown(room)).toMatchObject({ start: booked.start, description: text });
    expect(await listener.drifts()).toMatchObject([{ kind: 'deleted', state: 'restored' }]);
  });

  test('whose id Google does not give back, too', async () => {
    await world.google.control.setSwitches({ undeleteAfterPerson: false });
    const { listener, clinic, room } = await annotated({});
    await clinic.delete(room.calendar);
    await listener.quiet();
    await world.google.control.setSwitches({ undeleteAfterPerson: true });
    expect(await listener.shown(room)).toMatchObject({ description: text });
  });

  test('is not made anew while staff are asked; taken out of the bin, it is as it was', async () => {
    const { listener, clinic, room, booked } = await annotated({ deleted: 'ask' }, 'Hall');
    const event = (await listener.shown(room))?.id ?? '';
    await clinic.delete(room.calendar);
    await listener.quiet();
    await clinic.change(booked, { notes: 'late' });
    await listener.quiet();
    expect(await listener.shown(room)).toBeNull();
    expect(await listener.drifts()).toMatchObject([{ kind: 'deleted', state: 'open' }]);
    expect(await listener.told()).toEqual(['staff: drift']);

    await clinic.control.restoreEvent({ person: clinic.owner, calendar: room.calendar.googleId, event });
    await listener.quiet();
    expect(await listener.shown(room)).toMatchObject({ description: 'Anna\nRoom\nlate\nbrings a dog' });
    expect(await listener.drifts()).toMatchObject([{ state: 'settled', settledBy: 'google' }]);
  });

  test('cancels the booking, and the customer is told', async () => {
    const { listener, clinic, room, booked } = await annotated({ deleted: 'follow' });
    await clinic.delete(room.calendar);
    await listener.quiet();
    expect(await clinic.booking(booked)).toMatchObject({ status: 'cancelled' });
    expect(await listener.shown(room)).toBeNull();
    expect(await listener.drifts()).toMatchObject([{ kind: 'deleted', state: 'followed' }]);
    expect(await listener.told()).toEqual(['customer: cancelled']);
  });

  test('of a session with several customers is left to staff', async () => {
    const listener = await Listener.open(world, { deleted: 'follow', moved: 'follow' });
    const [room] = await listener.rooms('Room');
    await listener.clinic.bookSession([room!], ['Anna', 'Bo']);
    await listener.quiet();
    await listener.rest();
    await listener.clinic.delete(room!.calendar);
    await listener.quiet();
    expect(await listener.drifts()).toMatchObject([{ kind: 'deleted', state: 'open', reason: 'session' }]);
  });

  test('of a booking that is cancelled, or only marked so, is no drift', async () => {
    const { listener, clinic, room, booked } = await annotated({
      deleted: 'ask',
      freed: 'ask',
      moved: 'ask',
    });
    await clinic.cancel(booked);
    await clinic.delete(room.calendar);
    await listener.quiet();
    expect(await listener.drifts()).toEqual([]);
  });
});

describe('an event set Free', () => {
  test('is Busy again', async () => {
    const { listener, clinic, room } = await annotated({ freed: 'restore' });
    await clinic.edit(room.calendar, { transparency: 'transparent' });
    await listener.quiet();
    expect(await listener.shown(room)).toMatchObject({ transparency: 'opaque', description: text });
    expect(await listener.drifts()).toMatchObject([{ kind: 'freed', state: 'restored' }]);
  });

  test('stays so while staff are asked', async () => {
    const { listener, clinic, room, booked } = await annotated({ freed: 'ask' });
    await clinic.edit(room.calendar, { transparency: 'transparent' });
    await listener.quiet();
    await clinic.change(booked, { start: booked.start + hour });
    await listener.quiet();
    const start = booked.start + hour;
    expect(await listener.shown(room)).toMatchObject({
      transparency: 'transparent',
      start,
      description: text,
    });
    expect(await listener.drifts()).toMatchObject([{ kind: 'freed', state: 'open' }]);
  });

  test('stays so where that is followed, whatever the booking does, until it is set Busy', async () => {
    const { listener, clinic, room, booked } = await annotated({ freed: 'follow' });
    await clinic.edit(room.calendar, { transparency: 'transparent' });
    await listener.quiet();
    await clinic.change(booked, { start: booked.start + hour });
    await listener.quiet();
    expect(await listener.shown(room)).toMatchObject({ transparency: 'transparent', description: text });
    expect(await listener.drifts()).toMatchObject([{ kind: 'freed', state: 'followed' }]);
    await clinic.edit(room.calendar, { transparency: 'opaque' });
    await listener.quiet();
    await clinic.change(booked, { start: booked.start + 2 * hour });
    await listener.quiet();
    expect(await listener.shown(room)).toMatchObject({
      transparency: 'opaque',
      start: booked.start + 2 * hour,
    });
    expect(await listener.drifts()).toHaveLength(1);
  });
});

describe('an event moved to another calendar', () => {
  test.each(['from', 'to'])('comes back, with its text (heard first where it went %s)', async (first) => {
    const { listener, clinic, room, others, booked } = await annotated(
      { left: 'restore', deleted: 'follow' },
      'Hall',
    );
    const hall = others[0]!;
    await listener.moveTo(room, hall);
    await listener.hear(first === 'from' ? room.calendar : hall.calendar);
    await listener.quiet();
    expect(await listener.shown(room)).toMatchObject({ start: booked.start, description: text });
    expect(await listener.shown(hall)).toBeNull();
    expect(await clinic.booking(booked)).toMatchObject({ status: 'confirmed' });
    expect(await listener.drifts()).toMatchObject([
      { kind: 'left', state: 'restored', found: { calendarId: hall.calendar.id } },
    ]);
  });

  test.each(['from', 'to'])(
    'stays there while staff are asked (heard first where it went %s)',
    async (first) => {
      const { listener, clinic, room, others, booked } = await annotated(
        { left: 'ask', deleted: 'follow' },
        'Hall',
      );
      const hall = others[0]!;
      await listener.moveTo(room, hall);
      await listener.hear(first === 'from' ? room.calendar : hall.calendar);
      await listener.quiet();
      await clinic.change(booked, { notes: 'late' });
      await listener.quiet();
      expect(await listener.shown(room)).toBeNull();
      expect(await listener.shown(hall)).toMatchObject({ description: text });
      expect(await listener.drifts()).toMatchObject([{ kind: 'left', state: 'open' }]);
      await listener.moveTo(hall, room);
      await listener.quiet();
      expect(await listener.drifts()).toMatchObject([
        { kind: 'left', state: 'settled', settledBy: 'google' },
      ]);
      expect(await listener.shown(room)).toMatchObject({ description: 'Anna\nRoom\nlate\nbrings a dog' });
    },
  );

  test('deleted there, it is deleted', async () => {
    const { listener, clinic, room, others } = await annotated({ left: 'ask', deleted: 'restore' }, 'Hall');
    await listener.moveTo(room, others[0]!);
    await listener.quiet();
    await clinic.delete(others[0]!.calendar);
    await listener.quiet();
    expect(await listener.shown(room)).not.toBeNull();
    expect((await listener.drifts()).map(({ kind, state }) => `${kind} ${state}`)).toEqual([
      'deleted restored',
      'left settled',
    ]);
  });

  test('gives the booking to the resource of that calendar, and is there once', async () => {
    const { listener, clinic, room, others, booked } = await annotated({ left: 'follow' }, 'Hall');
    const hall = others[0]!;
    const event = (await listener.shown(room))?.id;
    await listener.moveTo(room, hall);
    const before = await listener.writes();
    await listener.quiet();
    expect(await listener.shown(room)).toBeNull();
    expect(await listener.shown(hall)).toMatchObject({ id: event, description: 'Anna\nHall\nbrings a dog' });
    expect((await listener.writes()).slice(before.length)).not.toContain('events.insert');
    const held = await clinic.db.select().from(allocations).where(eq(allocations.unitId, booked.id));
    expect(held).toMatchObject([{ resourceId: hall.id }]);
    expect(await listener.drifts()).toMatchObject([{ kind: 'left', state: 'followed' }]);
    // The hall has no hours at all.
    expect(await listener.told()).toEqual(['customer: reassigned', 'staff: drift_followed']);
    await clinic.cancel(booked);
    await listener.quiet();
    expect(await listener.shown(hall)).toBeNull();
  });

  test('where nobody can take the booking, it is left to staff', async () => {
    const { listener, clinic, room, others, booked } = await annotated({ left: 'follow' }, 'Hall', 'Shed');
    const [hall] = others;
    const other = await clinic.book([hall!]);
    const [startsAt, endsAt] = [new Date(booked.start), new Date(booked.start + hour)];
    const during = { start: booked.start, end: booked.start + hour };
    await clinic.db
      .update(allocations)
      .set({ during, startsAt, endsAt })
      .where(eq(allocations.unitId, other.id));
    await clinic.settle();
    await listener.moveTo(room, hall!);
    await listener.quiet();
    expect(await listener.drifts()).toMatchObject([{ kind: 'left', state: 'open', reason: 'taken' }]);
    const held = await clinic.db.select().from(allocations).where(eq(allocations.unitId, booked.id));
    expect(held).toMatchObject([{ resourceId: room.id }]);
  });

  test('where nobody writes to it is left to staff; taken on to somebody, it is followed', async () => {
    const { listener, clinic, room, others, booked } = await annotated({ left: 'follow' }, 'Hall');
    const { id: googleId } = await clinic.control.createCalendar({ owner: clinic.owner, summary: 'Private' });
    const aside = { id: '', calendar: await listener.follow(googleId) };
    await listener.quiet();
    await listener.moveTo(room, aside);
    await listener.quiet();
    expect(await listener.drifts()).toMatchObject([{ kind: 'left', state: 'open', reason: 'ambiguous' }]);
    await listener.moveTo(aside, others[0]!);
    await listener.quiet();
    expect((await listener.drifts())[0]).toMatchObject({ kind: 'left', state: 'followed', reason: null });
    const held = await clinic.db.select().from(allocations).where(eq(allocations.unitId, booked.id));
    expect(held).toMatchObject([{ resourceId: others[0]!.id }]);
    expect(await listener.shown(others[0]!)).toMatchObject({ description: 'Anna\nHall\nbrings a dog' });
    expect(await listener.shown(aside)).toBeNull();
  });

  test('a guest in whose calendar it shows has not moved it', async () => {
    const { listener, clinic, room } = await annotated({ left: 'follow' });
    const guest = `guest@${clinic.owner}`;
    await clinic.control.createPerson({ email: guest, name: 'Guest', zone: 'Europe/Oslo' });
    await clinic.edit(room.calendar, { attendees: [{ email: guest }] });
    const copies = await clinic.control.calendarState({ calendar: guest });
    expect(copies.events).toMatchObject([{ id: (await listener.shown(room))?.id }]);
    await clinic.control.share({ calendar: guest, person: clinic.owner, role: 'writer' });
    await listener.follow(guest);
    await listener.quiet();
    expect(await listener.drifts()).toEqual([]);
  });
});
