// An event that a person took to another calendar while nobody could tell: it is found there, whatever was given up,
// killed or not yet read meanwhile, and no second one stays behind.
import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { pushes } from '../../../server/database/ledger.ts';
import { pulls } from '../../../server/database/mirror.ts';
import { retry } from '../../../server/jobs/owed.ts';
import { pushUnit } from '../../../server/sync/push.ts';
import { Listener } from './listener.ts';
import { openWorld, type World } from './world.ts';

let world: World;
beforeAll(async () => {
  world = await openWorld();
});
afterAll(() => world.close());

async function twoRooms(...more: string[]) {
  const listener = await Listener.open(world, { left: 'restore', deleted: 'restore' });
  const [room, hall, ...others] = await listener.rooms('Room', 'Hall', ...more);
  const booked = await listener.booked([room!]);
  return { listener, clinic: listener.clinic, room: room!, hall: hall!, others, booked };
}

test('heard of while its push was given up, it is fetched back when that is tried again', async () => {
  const { listener, clinic, room, hall, booked } = await twoRooms();
  await clinic.fault({ kind: 'error', status: 403, reason: 'forbidden', on: 'events.update', times: 1 });
  await clinic.change(booked, { notes: 'late' });
  await clinic.settle();
  expect(await clinic.row(booked, room)).toMatchObject({ diedAt: expect.any(Date), failure: 'forbidden' });
  const before = await listener.shown(room);
  await listener.moveTo(room, hall);
  await listener.hear();
  const { id = '' } = (await clinic.row(booked, room)) ?? {};
  await clinic.db.transaction((tx) => retry(tx, { businessId: clinic.businessId, pushId: id }));
  await listener.quiet();
  expect(await listener.shown(room)).toMatchObject({ id: before!.id });
  expect(await listener.shown(hall)).toBeNull();
});

test('taken on to a third calendar while Sidebook brings it to the second, it is fetched back: no second one is made', async () => {
  const { listener, clinic, room, hall, others, booked } = await twoRooms('Attic');
  const [attic] = others;
  const { id } = (await listener.shown(room))!;
  await clinic.fault({ kind: 'latency', milliseconds: 300, on: 'events.get', times: 1 });
  await clinic.change(booked, { on: [hall] });
  const pushed = clinic.push();
  await clinic.struck();
  await listener.moveTo(hall, attic!);
  await pushed;
  await listener.quiet();
  expect(await listener.shown(hall)).toMatchObject({ id });
  expect([await listener.shown(room), await listener.shown(attic!)]).toEqual([null, null]);
});

test('taken back to where it came from while Sidebook brings it here, it was moved, not deleted', async () => {
  const { listener, clinic, room, hall, booked } = await twoRooms();
  await listener.choose({ deleted: 'follow' });
  const { id } = (await listener.shown(room))!;
  await clinic.fault({ kind: 'latency', milliseconds: 500, on: 'events.get', times: 1 });
  await clinic.change(booked, { on: [hall] });
  const pushed = clinic.push();
  await clinic.struck();
  await listener.moveTo(hall, room);
  await listener.hear(room.calendar);
  await pushed;
  await listener.quiet();
  expect(await clinic.booking(booked)).toMatchObject({ status: 'confirmed' });
  expect(await listener.shown(hall)).toMatchObject({ id });
  expect(await listener.shown(room)).toBeNull();
});

test('taken elsewhere while a killed process was thought to have fetched it, it is no ghost there', async () => {
  const { listener, clinic, room, hall, others, booked } = await twoRooms('Attic');
  const [attic] = others;
  await clinic.change(booked, { on: [hall] });
  const { id = '' } = (await clinic.row(booked, room)) ?? {};
  await clinic.db
    .update(pushes)
    .set({ tried: [{ gone: true }] })
    .where(eq(pushes.id, id));
  // A process has written down which event it is to be, and was killed.
  await clinic.fault({ kind: 'reset', on: 'events.move', times: 1 });
  await clinic.push();
  await listener.moveTo(room, attic!);
  await clinic.later();
  await clinic.fault({ kind: 'latency', milliseconds: 500, on: 'events.get', times: 1 });
  const pushed = clinic.push();
  await clinic.struck();
  await listener.hear(attic!.calendar);
  await pushed;
  await listener.quiet();
  expect(await listener.shown(hall)).not.toBeNull();
  expect([await listener.shown(room), await listener.shown(attic!)]).toEqual([null, null]);
});

test('cancelled, it is taken away there, though whoever was to delete it was killed before the answer was kept', async () => {
  const { listener, clinic, room, hall, booked } = await twoRooms();
  await listener.moveTo(room, hall);
  await clinic.cancel(booked);
  const { id = '' } = (await clinic.row(booked, room)) ?? {};
  await clinic.db
    .update(pushes)
    .set({ tried: [{ gone: true }] })
    .where(eq(pushes.id, id));
  await clinic.push();
  await listener.quiet();
  expect(await listener.shown(room)).toBeNull();
  expect(await listener.shown(hall)).toBeNull();
});

test('cancelled, it is taken away in a calendar that is only being read for the first time', async () => {
  const { listener, clinic, room, hall, booked } = await twoRooms();
  await clinic.db
    .update(pulls)
    .set({ readAt: null, token: null })
    .where(eq(pulls.calendarId, hall.calendar.id));
  await listener.moveTo(room, hall);
  await clinic.cancel(booked);
  await clinic.push();
  expect(await clinic.row(booked, room)).toMatchObject({ missingAt: expect.any(Date) });
  await listener.quiet();
  expect(await listener.shown(room)).toBeNull();
  expect(await listener.shown(hall)).toBeNull();
});

test('cancelled, and brought back out of the bin while it is looked for, it is taken away after all', async () => {
  const { listener, clinic, room, hall, booked } = await twoRooms();
  const { id: event = '' } = (await listener.shown(room)) ?? {};
  await clinic.delete(room.calendar);
  await clinic.cancel(booked);
  await clinic.push();
  expect(await clinic.row(booked, room)).toMatchObject({ missingAt: expect.any(Date) });
  await clinic.later();
  const claims = await clinic.claim();
  await listener.hear(hall.calendar);
  const { owner: person, control, world: of, budget } = clinic;
  await control.restoreEvent({ person, calendar: room.calendar.googleId, event });
  await listener.hear(room.calendar);
  for (const one of claims) await pushUnit(of.context, budget, one);
  await listener.quiet();
  expect(await listener.shown(room)).toBeNull();
});

test('taken to where the booking is to be shown as well by now, it is not forgotten there for a second one', async () => {
  const { listener, clinic, room, hall, booked } = await twoRooms();
  const { id } = (await listener.shown(room))!;
  await listener.moveTo(room, hall);
  // Seen there while its push was in hand: whoever has that next is to look.
  const { id: push = '' } = (await clinic.row(booked, room)) ?? {};
  await clinic.db.update(pushes).set({ elsewhere: hall.calendar.id }).where(eq(pushes.id, push));
  await clinic.change(booked, { on: [room, hall] });
  await clinic.push();
  await listener.quiet();
  expect(await listener.shown(room)).not.toBeNull();
  expect(await listener.shown(hall)).toMatchObject({ id });
  expect(await clinic.row(booked, hall)).toMatchObject({ eventId: id });
});

test('shown here again while it is looked for to be taken away, what a person took elsewhere is not forgotten there', async () => {
  const { listener, clinic, room, hall, others, booked } = await twoRooms('Attic');
  await listener.choose({ left: 'ask' });
  const [attic] = others;
  const { id } = (await listener.shown(room))!;
  // Not to be had from here, it was made anew there; nor could it be taken away here.
  for (const on of ['events.move', 'events.delete'])
    await clinic.fault({ kind: 'error', status: 403, reason: 'forbidden', on, times: 1 });
  await clinic.change(booked, { on: [hall] });
  await clinic.settle();
  const { id: push = '' } = (await clinic.row(booked, room)) ?? {};
  expect(await clinic.row(booked, room)).toMatchObject({ present: false, diedAt: expect.any(Date) });
  await listener.moveTo(room, attic!);
  await clinic.db.transaction((tx) => retry(tx, { businessId: clinic.businessId, pushId: push }));
  await clinic.fault({ kind: 'latency', milliseconds: 300, on: 'events.delete', times: 1 });
  const pushed = clinic.push();
  await clinic.struck();
  await listener.hear(attic!.calendar);
  await clinic.change(booked, { on: [room] });
  await pushed;
  await listener.quiet();
  expect(await listener.shown(attic!)).toMatchObject({ id });
  expect(await clinic.row(booked, room)).toMatchObject({ eventId: id });
  expect(await listener.drifts()).toMatchObject([{ kind: 'left', state: 'open' }]);
});

test('cancelled, and taken on from where it was seen, it is taken away where it is heard of next', async () => {
  const { listener, clinic, room, hall, others, booked } = await twoRooms('Attic');
  const attic = others[0]!;
  await listener.moveTo(room, attic);
  const { id = '' } = (await clinic.row(booked, room)) ?? {};
  await clinic.db.update(pushes).set({ elsewhere: attic.calendar.id }).where(eq(pushes.id, id));
  await clinic.cancel(booked);
  await clinic.push();
  expect(await clinic.row(booked, attic)).toMatchObject({ present: false, eventId: expect.any(String) });
  await listener.moveTo(attic, hall);
  await clinic.push();
  await listener.quiet();
  expect(await listener.shown(hall)).toBeNull();
});

test('cancelled, and seen elsewhere while it is looked for in vain, it is not forgotten', async () => {
  const listener = await Listener.open(world);
  const { clinic } = listener;
  const [room, hall] = await listener.rooms('Room', 'Hall');
  // That it was made was never heard.
  await clinic.fault({ kind: 'lostAnswer', on: 'events.insert', times: 1 });
  const booked = await clinic.book([room!]);
  await clinic.push();
  expect(await clinic.row(booked, room!)).toMatchObject({ eventId: expect.any(String), etag: null });
  await listener.moveTo(room!, hall!);
  await clinic.cancel(booked);
  await clinic.later();
  await clinic.fault({ kind: 'latency', milliseconds: 300, on: 'calendarList.get', times: 1 });
  const pushed = clinic.push();
  await clinic.struck();
  await listener.hear(hall!.calendar);
  await pushed;
  await listener.quiet();
  expect(await listener.shown(hall!)).toBeNull();
});

test('taken out of the bin and elsewhere while it is brought back, no second one is made', async () => {
  const { listener, clinic, room, hall } = await twoRooms();
  const { owner: person, control } = clinic;
  const { id: event = '' } = (await listener.shown(room))!;
  await clinic.delete(room.calendar);
  await listener.hear();
  await clinic.later();
  await listener.hear();
  await clinic.fault({ kind: 'latency', milliseconds: 300, on: 'events.update', times: 1 });
  const pushed = clinic.push();
  await clinic.struck();
  await control.restoreEvent({ person, calendar: room.calendar.googleId, event });
  await listener.moveTo(room, hall);
  await listener.hear(hall.calendar);
  await pushed;
  await listener.quiet();
  expect(await listener.shown(room)).toMatchObject({ id: event });
  expect(await listener.shown(hall)).toBeNull();
});

test('given to a calendar that we do not see any more, nobody is said to have taken it away', async () => {
  const { listener, clinic, room, hall, booked } = await twoRooms();
  for (const on of ['events.move', 'calendarList.get', 'events.insert'])
    await clinic.fault({ kind: 'error', status: 404, reason: 'notFound', on, times: 1 });
  await clinic.change(booked, { on: [hall] });
  await clinic.push();
  expect(await clinic.row(booked, room)).toMatchObject({ missingAt: null });
  expect(await clinic.row(booked, hall)).toMatchObject({ diedAt: expect.any(Date), failure: 'notFound' });
  const { id = '' } = (await clinic.row(booked, hall)) ?? {};
  await clinic.db.transaction((tx) => retry(tx, { businessId: clinic.businessId, pushId: id }));
  await listener.quiet();
  expect(await listener.shown(hall)).not.toBeNull();
  expect(await listener.shown(room)).toBeNull();
});

test('taken on to a third calendar that is read before the second, it is there, and not deleted', async () => {
  const { listener, clinic, room, hall, others, booked } = await twoRooms('Attic');
  await listener.choose({ left: 'ask', deleted: 'follow' });
  const attic = others[0]!;
  await listener.moveTo(room, attic);
  await listener.quiet();
  expect(await listener.drifts()).toMatchObject([{ kind: 'left', found: { calendarId: attic.calendar.id } }]);
  await listener.moveTo(attic, hall);
  await clinic.db.update(pushes).set({ writtenAt: new Date() });
  await listener.hear(hall.calendar);
  await listener.hear(attic.calendar);
  await listener.quiet();
  expect(await clinic.booking(booked)).toMatchObject({ status: 'confirmed' });
  expect(await listener.shown(hall)).not.toBeNull();
  const [drift] = await listener.drifts();
  expect(drift).toMatchObject({ kind: 'left', state: 'open', found: { calendarId: hall.calendar.id } });
});

test('with a note of elsewhere and no event that it could be about, the event is made', async () => {
  const { listener, clinic, room, hall, booked } = await twoRooms();
  await clinic.delete(room.calendar);
  const { id = '' } = (await clinic.row(booked, room)) ?? {};
  const forgotten = { eventId: null, etag: null, elsewhere: hall.calendar.id };
  await clinic.db.update(pushes).set(forgotten).where(eq(pushes.id, id));
  await clinic.change(booked, { notes: 'late' });
  await listener.quiet();
  expect(await listener.shown(room)).toMatchObject({ description: 'Anna\nRoom\nlate' });
});
