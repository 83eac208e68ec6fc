// What an account may not do for a while, and what becomes of what is owed meanwhile; and what is owed to whom is leaving.
import { and, eq, sql } from 'drizzle-orm';
import { v7 as uuid } from 'uuid';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { noteRole } from '../../../server/calendars/roles.ts';
import { allocations, bookings, sessions } from '../../../server/database/ledger.ts';
import { pulls } from '../../../server/database/mirror.ts';
import { accounts, blocks, calendars } from '../../../server/database/schema.ts';
import { BudgetSpent, createBudget } from '../../../server/jobs/budget.ts';
import { claimPulls } from '../../../server/jobs/pulls.ts';
import { owePushes } from '../../../server/jobs/queue.ts';
import { pullCalendar, readCalendar } from '../../../server/sync/pull.ts';
import { pushUnit } from '../../../server/sync/push.ts';
import { DAY, HOUR } from '../../../shared/time.ts';
import { type Office, openOffice } from '../accounts/office.ts';
import { type Booked, Clinic, type Resource } from './clinic.ts';

/** The day of the clinic's bookings. */
const day = Date.parse('2027-01-04T00:00Z');

let office: Office;
let clinic: Clinic;
let room: Resource;
beforeAll(async () => {
  office = await openOffice();
});
afterAll(() => office.close());
beforeEach(async () => {
  clinic = await Clinic.open(office.world);
  await clinic.db.execute(sql`delete from pulls where calendar_id not in (select calendar_id from links)`);
  room = await clinic.addResource('Room');
});

const call = (method: string, path: string, body?: object) => office.call(clinic, method, path, body);
const row = (booked: Booked) => clinic.row(booked, room);
const shown = async () => (await clinic.events(room.calendar)).length;

/** Reads the room's calendar as a worker does. */
async function pull(): Promise<void> {
  const mine = eq(pulls.calendarId, room.calendar.id);
  await clinic.db
    .update(pulls)
    .set({ wanted: sql`done + 1`, dueAt: sql`now() - interval '1 second'` })
    .where(mine);
  await clinic.db.execute(sql`update pulls set wanted = done where calendar_id <> ${room.calendar.id}`);
  for (const claim of await claimPulls(clinic.db, { limit: 10 })) await pullCalendar(office.context, claim);
}

/** Google answers every request for the room's calendar with this, until it is taken back. */
const refused = async (status: number, reason: string) => {
  const { id } = await clinic.fault({ kind: 'error', status, reason, calendar: room.calendar.googleId });
  return () => clinic.control.removeFault({ id });
};

const connectFor = (...scopes: string[]) => office.connectFor(clinic, ...scopes);

describe('what was given up for lack of access goes out', () => {
  test('once the calendar is shared again', async () => {
    const booked = await clinic.book([room]);
    const shareAgain = await refused(404, 'notFound');
    await clinic.push();
    await pull();
    expect(await row(booked)).toMatchObject({ failure: 'notFound', diedAt: expect.any(Date) });
    await shareAgain();
    await pull();
    await clinic.settle();
    expect([await shown(), (await row(booked))?.diedAt]).toEqual([1, null]);
  });

  test('once the calendar is followed again: what was cancelled meanwhile goes', async () => {
    const booked = await clinic.book([room]);
    await clinic.settle();
    const { id, googleId } = room.calendar;
    await call('DELETE', `/calendars/${id}`);
    const shareAgain = await refused(404, 'notFound');
    await clinic.cancel(booked);
    await clinic.push();
    expect(await row(booked)).toMatchObject({ diedAt: expect.any(Date) });
    await shareAgain();
    const again = await call('POST', '/calendars', { accountId: clinic.accountId, googleId });
    expect(again.body).toMatchObject({ id });
    await clinic.settle();
    expect(await shown()).toBe(0);
  });

  test.each(['domainPolicy', 'userSuspended'])(
    'once the account is let in again that all was refused to (%s)',
    async (reason) => {
      const booked = await clinic.book([room]);
      const letIn = await refused(403, reason);
      await clinic.push();
      await pull();
      expect(await row(booked)).toMatchObject({ failure: reason, diedAt: expect.any(Date) });
      await letIn();
      await pull();
      await clinic.settle();
      expect([await shown(), (await row(booked))?.diedAt]).toEqual([1, null]);
    },
  );

  test('once the account is connected again, though no reading had failed', async () => {
    const booked = await clinic.book([room]);
    const letIn = await refused(403, 'domainPolicy');
    await clinic.push();
    expect(await row(booked)).toMatchObject({ diedAt: expect.any(Date) });
    await letIn();
    await clinic.connect();
    await clinic.settle();
    expect(await shown()).toBe(1);
  });

  test('once the account is connected for more', async () => {
    await connectFor('events.readonly');
    const booked = await clinic.book([room]);
    await clinic.push();
    expect(await row(booked)).toMatchObject({ diedAt: expect.any(Date) });
    await connectFor('events');
    await pull();
    await clinic.settle();
    expect(await shown()).toBe(1);
  });
});

test('a calendar that shows free and busy only says nothing of which events are in it', async () => {
  const booked = await clinic.book([room]);
  await clinic.settle();
  await clinic.db.execute(sql`update pushes set written_at = now() - interval '1 hour'`);
  await connectFor('freebusy');
  await readCalendar(office.context, { businessId: clinic.businessId, calendarId: room.calendar.id });
  const { wanted, done } = (await row(booked))!;
  expect(wanted).toBe(done);
});

test.each([
  ['at once', {}],
  ['in the midst of a booking', { brief: { start: day, end: day + DAY } }],
])(
  'our own events do not block what they stand for where free and busy alone is shown, read %s',
  async (_, how) => {
    const booked = await clinic.book([room]);
    await clinic.settle();
    const { googleId: calendar, id: calendarId } = room.calendar;
    const at = (ms: number) => ({ dateTime: new Date(ms).toISOString() });
    const add = (start: number, end: number) =>
      clinic.control.addEvent({
        person: clinic.owner,
        calendar,
        event: { summary: 'Dentist', start: at(start), end: at(end) },
      });
    const { start } = booked;
    await add(start + 4 * HOUR, start + 5 * HOUR);
    await clinic.control.share({ calendar, person: clinic.owner, role: 'freeBusyReader' });
    await clinic.db
      .update(calendars)
      .set({ accessRole: 'freeBusyReader' })
      .where(eq(calendars.id, calendarId));
    const read = () => readCalendar(office.context, { businessId: clinic.businessId, calendarId, ...how });
    const taken = async () =>
      (
        await clinic.db.select().from(blocks).where(eq(blocks.resourceId, room.id)).orderBy(blocks.during)
      ).map(({ during }) => [(during.start - start) / HOUR, (during.end - start) / HOUR]);
    await read();
    expect(await taken()).toEqual([[4, 5]]);
    // What Google shows as one with it is another's time too.
    await clinic.control.share({ calendar, person: clinic.owner, role: 'owner' });
    await add(start + HOUR, start + 2 * HOUR);
    await clinic.control.share({ calendar, person: clinic.owner, role: 'freeBusyReader' });
    await read();
    expect(await taken()).toEqual([
      [0, 2],
      [4, 5],
    ]);
  },
);

test('a booking that sits in a session by now leaves no event of its own behind', async () => {
  const booked = await clinic.book([room]);
  await clinic.settle();
  const { businessId, serviceId } = clinic;
  const id = uuid();
  await clinic.db.transaction(async (tx) => {
    const { startsAt, endsAt, zone, revision } = await clinic.booking(booked);
    await tx.insert(sessions).values({ businessId, id, serviceId, seats: 8, startsAt, endsAt, zone });
    await tx.update(bookings).set({ sessionId: id }).where(eq(bookings.id, booked.id));
    await tx
      .update(allocations)
      .set({ unitId: id, bookingId: null, sessionId: id })
      .where(and(eq(allocations.businessId, businessId), eq(allocations.unitId, booked.id)));
    const unit = { businessId, revision: revision + 1 };
    await owePushes(tx, { ...unit, unitId: booked.id, bookingId: booked.id, sessionId: null });
    await owePushes(tx, { ...unit, unitId: id, bookingId: null, sessionId: id });
  });
  await clinic.settle();
  const events = await clinic.events(room.calendar);
  expect(events.map(({ id: event }) => event)).toEqual([
    (await clinic.rows()).find(({ unitId }) => unitId === id)?.eventId,
  ]);
});

test('an account that is being disconnected is given no new events, and lets old ones be taken away', async () => {
  const [kept, going] = [await clinic.book([room]), await clinic.book([room])];
  await clinic.db.execute(sql`update pushes set present = false where unit_id = ${going.id}`);
  await clinic.db.update(accounts).set({ state: 'disconnecting' }).where(eq(accounts.id, clinic.accountId));
  expect((await clinic.claim()).map(({ unitId }) => unitId)).toEqual([going.id]);
  expect(await row(kept)).toMatchObject({ attempts: 0, done: 0 });
});

test('what Google was not asked for, since the budget was spent, is not kept as asked for', async () => {
  const booked = await clinic.book([room]);
  await clinic.settle();
  await clinic.cancel(booked);
  await clinic.db.execute(sql`truncate budgets`);
  const spent = createBudget(clinic.db, { accountUnitsPerMinute: 1, projectUnitsPerMinute: 1 });
  const account = { id: clinic.accountId, email: clinic.owner };
  await expect(
    (async () => {
      for (;;) await spent.spend(account, 'get');
    })(),
  ).rejects.toThrow(BudgetSpent);
  for (const claim of await clinic.claim()) await pushUnit(office.context, spent, claim);
  expect(await row(booked)).toMatchObject({ tried: null, diedAt: null });
  expect(await shown()).toBe(1);
  await clinic.db.execute(sql`truncate budgets`);
  await clinic.settle();
  expect(await shown()).toBe(0);
});

test('a followed calendar that is given a zone newer than our table is read in the one it had', async () => {
  const { businessId } = clinic;
  const of = { businessId, calendarId: room.calendar.id, accessRole: 'owner', zone: 'America/Newtown' };
  await clinic.db.transaction((tx) => noteRole(tx, of));
  const [now] = await clinic.db.select().from(calendars).where(eq(calendars.id, of.calendarId));
  expect(now?.zone).toBe('Europe/Oslo');
});
