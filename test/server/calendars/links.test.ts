// Links: these and no others, what cannot be is refused, all resources at once, and what was known stays known.
import { randomBytes } from 'node:crypto';
import { and, eq, sql } from 'drizzle-orm';
import { v7 as uuid } from 'uuid';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type * as z from 'zod';
import { follow, see } from '../../../server/calendars/follow.ts';
import { linkAll, listLinks, setLinks } from '../../../server/calendars/links.ts';
import { lockPulls } from '../../../server/calendars/lock.ts';
import { events, pulls } from '../../../server/database/mirror.ts';
import { blocks, links, openings, resources } from '../../../server/database/schema.ts';
import { readCalendar } from '../../../server/sync/pull.ts';
import type { Link } from '../../../shared/calendar-api.ts';
import { Clinic } from '../sync/clinic.ts';
import { openWorld, type World } from '../sync/world.ts';

let world: World;
let clinic: Clinic;
beforeAll(async () => {
  world = await openWorld();
});
afterAll(() => world.close());
beforeEach(async () => {
  clinic = await Clinic.open(world);
});

type Wanted = z.output<typeof Link>;
const link = (calendarId: string, of: Partial<Wanted> = {}): Wanted => ({
  ...{ calendarId, reads: true, writes: false, means: null },
  ...of,
});
const set = (resourceId: string, wanted: Wanted[], businessId = clinic.businessId) =>
  clinic.db.transaction((tx) => setLinks(tx, { businessId, resourceId }, wanted));
const all = (calendarId: string, wanted: Omit<Wanted, 'calendarId'>, businessId = clinic.businessId) =>
  clinic.db.transaction((tx) => linkAll(tx, { businessId, calendarId }, wanted));
const wantedOf = async (calendarId: string) => {
  const [row] = await clinic.db.select().from(pulls).where(eq(pulls.calendarId, calendarId));
  return row!.wanted;
};
const sharedFor = async (role: 'reader' | 'freeBusyReader' | 'writerWithoutPrivateAccess') => {
  const friend = `${randomBytes(6).toString('hex')}@clinic.test`;
  await clinic.control.createPerson({ email: friend, name: 'Friend', zone: 'Europe/Oslo' });
  await clinic.control.share({ calendar: friend, person: clinic.owner, role });
  const { businessId, accountId } = clinic;
  const seen = await see(world.context, businessId, { accountId, googleId: friend });
  return clinic.db.transaction((tx) => follow(tx, { businessId, accountId, ...seen }));
};

describe('links', () => {
  test('are these and no others, with what events mean, and the calendars concerned are read again', async () => {
    const room = await clinic.addResource('Room');
    const other = await clinic.addCalendar('Other');
    const third = await clinic.addCalendar('Third');
    const wanted = [link(room.calendar.id, { means: 'open' }), link(other.id, { writes: true })];
    const byId = (a: Wanted, b: Wanted) => (a.calendarId < b.calendarId ? -1 : 1);
    expect(await set(room.id, wanted)).toEqual(wanted.sort(byId));
    expect(await listLinks(clinic.db, clinic.businessId, room.id)).toEqual(wanted);
    expect(await set(room.id, [link(third.id)])).toEqual([link(third.id)]);
    expect(await set(room.id, [])).toEqual([]);
    expect(await wantedOf(room.calendar.id)).toBe(3);
    expect(await wantedOf(third.id)).toBe(3);
  });

  test('that stay as they were stay known; those read otherwise are unknown until they are read', async () => {
    const room = await clinic.addResource('Room');
    const [a, b] = [room.calendar.id, (await clinic.addCalendar('B')).id];
    await set(room.id, [link(a), link(b)]);
    const judged = async (calendarId: string) => {
      const mine = and(eq(links.resourceId, room.id), eq(links.calendarId, calendarId));
      return (await clinic.db.select({ judged: links.judged }).from(links).where(mine))[0]!.judged;
    };
    const read = () => clinic.db.update(links).set({ judged: true }).where(eq(links.resourceId, room.id));
    await read();
    await set(room.id, [link(a, { writes: true }), link(b, { means: 'open' })]);
    expect([await judged(a), await judged(b)]).toEqual([true, false]);
    await read();
    await set(room.id, [link(a), link(b, { means: 'open', reads: false, writes: true })]);
    await set(room.id, [link(a), link(b, { means: 'open', writes: true })]);
    expect([await judged(a), await judged(b)]).toEqual([true, false]);
    // The one to write to is another: never two, not even for a moment.
    await set(room.id, [link(a, { writes: true }), link(b)]);
  });

  test.each(['one', 'all'])('are set only by who holds the lock of the calendars (%s)', async (how) => {
    const room = await clinic.addResource('Room');
    const { businessId } = clinic;
    const { id } = room.calendar;
    let setting: Promise<unknown> | undefined;
    await clinic.db.transaction(async (tx) => {
      await lockPulls(tx, businessId, [id]);
      setting = how === 'one' ? set(room.id, []) : all(id, { reads: true, writes: false, means: null });
      const asked = sql`select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`;
      while ((await clinic.db.execute(asked)).length === 0)
        await new Promise((resolve) => setTimeout(resolve, 5));
      // Resources are locked after calendars: whoever waits for us does not hold one yet.
      await tx.execute(sql`set local lock_timeout = '200ms'`);
      await tx.execute(sql`select from resources where id = ${room.id} for update`);
      await tx.execute(sql`select from calendars where id = ${id} for update`);
    });
    await setting;
  });

  test('that are taken away and set again before the calendar is read take what they took', async () => {
    const room = await clinic.addResource('Room');
    const { id: calendarId, googleId: calendar } = room.calendar;
    const at = (hour: number) => ({ dateTime: `2027-01-04T${hour}:00:00Z` });
    const event = { summary: 'Dentist', start: at(10), end: at(11) };
    await clinic.control.addEvent({ person: clinic.owner, calendar, event });
    const { businessId } = clinic;
    const read = () => readCalendar(world.context, { businessId, calendarId });
    const taken = async () =>
      (await clinic.db.select().from(blocks).where(eq(blocks.calendarId, calendarId))).length;
    await read();
    await set(room.id, []);
    expect(await taken()).toBe(0);
    await set(room.id, [link(calendarId)]);
    await read();
    expect(await taken()).toBe(1);
  });

  test('that cannot be are refused, and nothing is changed', async () => {
    const room = await clinic.addResource('Room');
    const other = await clinic.addCalendar('Other');
    const before = await listLinks(clinic.db, clinic.businessId, room.id);
    const [a, b] = [room.calendar.id, other.id];
    const cases: [Wanted[], string][] = [
      [[link(a), link(a)], 'invalid'],
      [[link(a, { reads: false })], 'invalid'],
      [[link(a, { writes: true }), link(b, { writes: true })], 'invalid'],
      [[link(uuid())], 'not_found'],
    ];
    for (const [wanted, code] of cases) await expect(set(room.id, wanted)).rejects.toMatchObject({ code });
    await expect(set(uuid(), [])).rejects.toMatchObject({ code: 'not_found' });
    await expect(listLinks(clinic.db, clinic.businessId, uuid())).rejects.toMatchObject({
      code: 'not_found',
    });
    const elsewhere = await Clinic.open(world);
    await expect(set(room.id, [], elsewhere.businessId)).rejects.toMatchObject({ code: 'not_found' });
    expect(await listLinks(clinic.db, clinic.businessId, room.id)).toEqual(before);
  });

  test.each(['reader', 'freeBusyReader'] as const)(
    'to a calendar seen as %s may read it, not write',
    async (role) => {
      const room = await clinic.addResource('Room');
      const { id } = await sharedFor(role);
      await expect(set(room.id, [link(id, { writes: true })])).rejects.toMatchObject({
        code: 'google_refused',
        message: expect.stringContaining('"Friend"'),
      });
      expect(await set(room.id, [link(id)])).toEqual([link(id)]);
    },
  );

  test('to a calendar whose private events are hidden may write all the same', async () => {
    const room = await clinic.addResource('Room');
    const { id } = await sharedFor('writerWithoutPrivateAccess');
    const wanted = [link(id, { writes: true })];
    expect(await set(room.id, wanted)).toEqual(wanted);
  });
});

describe('all resources', () => {
  test('are linked to a calendar at once, but for archived ones; links to others stay', async () => {
    const shared = await clinic.addCalendar('Shared');
    const [anna, room, old] = [
      await clinic.addResource('Anna'),
      await clinic.addResource('Room'),
      await clinic.addResource('Old'),
    ];
    await clinic.db.update(resources).set({ archivedAt: new Date() }).where(eq(resources.id, old.id));
    await set(anna.id, [link(shared.id, { means: 'open' })]);
    const read = { reads: true, writes: false, means: 'block' as const };
    const ids = [anna.id, room.id].sort();
    expect(await all(shared.id, read)).toEqual(ids.map((resourceId) => ({ resourceId, ...read })));
    expect(await listLinks(clinic.db, clinic.businessId, room.id)).toHaveLength(2);
    expect(await all(shared.id, read)).toHaveLength(2);
  });

  test('that are to read it no longer are free of what it took, at once', async () => {
    const shared = await clinic.addCalendar('Shared');
    const [anna, room] = [await clinic.addResource('Anna'), await clinic.addResource('Room')];
    await set(anna.id, []);
    await set(room.id, []);
    await all(shared.id, { reads: true, writes: true, means: null });
    const during = { start: Date.parse('2027-01-05T08:00Z'), end: Date.parse('2027-01-05T09:00Z') };
    const event = {
      businessId: clinic.businessId,
      calendarId: shared.id,
      eventId: 'e',
      etag: '"1"',
      seen: 1,
    };
    await clinic.db.insert(events).values({
      ...{ ...event, startsAt: new Date(during.start), endsAt: new Date(during.end), zone: 'UTC' },
      ...{ status: 'confirmed', type: 'default', free: false, freed: false },
    });
    for (const { id: resourceId, table } of [
      { ...anna, table: blocks },
      { ...room, table: openings },
    ])
      await clinic.db.insert(table).values({
        ...{ businessId: clinic.businessId, id: uuid(), resourceId, during, calendarId: shared.id },
        ...{ eventId: 'e', cause: { code: 'default' } },
      });
    await all(shared.id, { reads: false, writes: true, means: null });
    for (const table of [blocks, openings])
      expect(await clinic.db.$count(table, eq(table.calendarId, shared.id))).toBe(0);
  });

  test('that write elsewhere are named, and nothing is changed', async () => {
    const shared = await clinic.addCalendar('Shared');
    const anna = await clinic.addResource('Anna');
    const free = await clinic.addResource('Free');
    await set(free.id, []);
    const write = { reads: true, writes: true, means: null };
    await expect(all(shared.id, write)).rejects.toMatchObject({
      code: 'conflict',
      message: expect.stringContaining('Anna'),
      details: { resourceIds: [anna.id] },
    });
    expect(await listLinks(clinic.db, clinic.businessId, free.id)).toEqual([]);
    await set(anna.id, []);
    expect(await all(shared.id, write)).toHaveLength(2);
  });

  test('of one business are linked to its own calendars, as a single one is', async () => {
    const shared = await clinic.addCalendar('Shared');
    const other = await Clinic.open(world);
    const read = { reads: true, writes: false, means: null };
    await expect(all(shared.id, read, other.businessId)).rejects.toMatchObject({ code: 'not_found' });
    await expect(all(shared.id, { ...read, reads: false })).rejects.toMatchObject({ code: 'invalid' });
    const { id } = await sharedFor('reader');
    await expect(all(id, { ...read, writes: true })).rejects.toMatchObject({ code: 'google_refused' });
    expect(await all(shared.id, read)).toEqual([]);
  });
});
