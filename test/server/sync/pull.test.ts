// What stands in Google is what blocks: first reading, changes, series, deletions, full re-reads, free/busy only.
import { and, asc, desc, eq, sql } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readJudge } from '../../../server/blocks/judge.ts';
import { rebuild } from '../../../server/blocks/rebuild.ts';
import { logEntries } from '../../../server/database/ledger.ts';
import { events, pulls } from '../../../server/database/mirror.ts';
import { blocks, calendars, links } from '../../../server/database/schema.ts';
import { claimPulls, owePulls } from '../../../server/jobs/pulls.ts';
import { pullCalendar, readCalendar } from '../../../server/sync/pull.ts';
import { rollOn, tidyMirror } from '../../../server/sync/roll.ts';
import { writeMark } from '../../../shared/marks.ts';
import { DAY, HOUR } from '../../../shared/time.ts';
import { type Calendar, Clinic, type Resource } from './clinic.ts';
import { openWorld, type World } from './world.ts';

let world: World;
beforeAll(async () => {
  world = await openWorld();
});
afterAll(() => world.close());

// A Monday a week or two from now, at UTC midnight.
const monday = (() => {
  const day = Math.floor(Date.now() / DAY) + 7;
  return (day - ((day + 3) % 7) + 7) * DAY;
})();
const at = (day: number, hour: number, minutes = 0) =>
  new Date(monday + day * DAY + hour * HOUR + minutes * 60_000).toISOString();
const timed = (day: number, from: number, to: number, more: object = {}) => ({
  summary: 'Dentist',
  start: { dateTime: at(day, from), timeZone: 'Europe/Oslo' },
  end: { dateTime: at(day, to), timeZone: 'Europe/Oslo' },
  ...more,
});
const dated = (from: number, to: number, more: object = {}) => ({
  summary: 'Course',
  start: { date: at(from, 0).slice(0, 10) },
  end: { date: at(to, 0).slice(0, 10) },
  ...more,
});

class Shop {
  readonly clinic: Clinic;
  readonly calendar: Calendar;
  readonly resource: Resource;
  private constructor(clinic: Clinic, resource: Resource) {
    this.clinic = clinic;
    this.resource = resource;
    this.calendar = resource.calendar;
  }
  static async open(): Promise<Shop> {
    const clinic = await Clinic.open(world);
    return new Shop(clinic, await clinic.addResource('Anna'));
  }
  add = (event: object) =>
    this.clinic.control.addEvent({
      person: this.clinic.owner,
      calendar: this.calendar.googleId,
      event: event as Record<string, unknown>,
    });
  change = (id: string, change: Record<string, unknown>) =>
    this.clinic.control.changeEvent({
      person: this.clinic.owner,
      calendar: this.calendar.googleId,
      event: id,
      change,
    });
  remove = (id: string) =>
    this.clinic.control.deleteEvent({
      person: this.clinic.owner,
      calendar: this.calendar.googleId,
      event: id,
    });
  /** Whoever reads it may see when it is busy from now on, and no more. */
  async showTimesOnly(): Promise<void> {
    const { control, owner: person } = this.clinic;
    await control.share({ calendar: this.calendar.googleId, person, role: 'freeBusyReader' });
    const mine = eq(calendars.id, this.calendar.id);
    await world.context.db.update(calendars).set({ accessRole: 'freeBusyReader' }).where(mine);
  }
  pull = () =>
    readCalendar(world.context, { businessId: this.clinic.businessId, calendarId: this.calendar.id });
  /** What is taken, as hours from that Monday: [from, to]. */
  async taken(): Promise<[number, number][]> {
    const rows = await world.context.db
      .select({ during: blocks.during })
      .from(blocks)
      .where(and(eq(blocks.businessId, this.clinic.businessId), eq(blocks.resourceId, this.resource.id)))
      .orderBy(asc(blocks.during));
    return rows.map(({ during: { start, end } }) => [(start - monday) / HOUR, (end - monday) / HOUR]);
  }
  async mirrored() {
    return world.context.db
      .select()
      .from(events)
      .where(eq(events.calendarId, this.calendar.id))
      .orderBy(asc(events.eventId));
  }
  async bookmark() {
    const [row] = await world.context.db.select().from(pulls).where(eq(pulls.calendarId, this.calendar.id));
    return row!;
  }
}

describe('a calendar of which suddenly less than half is shown', () => {
  /** As the worker reads it. @returns the outcome that was logged */
  async function work({ calendar, clinic }: Shop): Promise<string> {
    const { db } = world.context;
    const mine = eq(pulls.calendarId, calendar.id);
    await db.update(pulls).set({ dueAt: sql`now()` }).where(mine);
    const claims = await claimPulls(db, { limit: 100 });
    for (const claim of claims.filter(({ calendarId }) => calendarId === calendar.id))
      await pullCalendar(world.context, claim);
    const log = await db
      .select({ outcome: logEntries.outcome })
      .from(logEntries)
      .where(and(eq(logEntries.businessId, clinic.businessId), eq(logEntries.kind, 'pull')))
      .orderBy(desc(logEntries.id));
    return log[0]!.outcome;
  }
  /** So many single events, a day each, read. */
  async function full(count: number): Promise<{ shop: Shop; ids: string[] }> {
    const shop = await Shop.open();
    const ids: string[] = [];
    for (let day = 0; day < count; day++) ids.push(((await shop.add(timed(day, 8, 9))) as { id: string }).id);
    expect(await work(shop)).toBe('ok');
    return { shop, ids };
  }
  /** Google answers without these from now on, and does not say that they were deleted. */
  async function lose(shop: Shop, ids: string[]): Promise<void> {
    const calendar = shop.calendar.googleId;
    for (const id of ids) {
      await shop.remove(id);
      await shop.clinic.control.purge({ calendar, event: id });
    }
    await shop.clinic.control.expireSyncTokens({ calendar });
  }

  test('keeps what it had until a second whole reading in a row says the same', async () => {
    const { shop, ids } = await full(22);
    await lose(shop, ids.slice(0, 12));
    expect(await work(shop)).toBe('shrunk');
    expect(await shop.taken()).toHaveLength(22);
    const { failure, dueAt } = await shop.bookmark();
    expect(failure).toBe('shrunk');
    expect(dueAt.getTime() - Date.now()).toBeGreaterThan(20_000);
    expect(dueAt.getTime() - Date.now()).toBeLessThan(90_000);
    expect(await work(shop)).toBe('ok');
    expect(await shop.taken()).toHaveLength(10);
    expect((await shop.bookmark()).failure).toBeNull();
  });

  test('keeps what it had while Google fails in between, though it shows nothing at all', async () => {
    const { shop, ids } = await full(22);
    await lose(shop, ids);
    expect(await work(shop)).toBe('shrunk');
    const down = { status: 503, reason: 'backendError', on: 'events.list', times: 1 };
    await shop.clinic.fault({ kind: 'error', ...down });
    expect(await work(shop)).toBe('backendError');
    expect(await work(shop)).toBe('shrunk');
    expect(await shop.taken()).toHaveLength(22);
    expect(await work(shop)).toBe('ok');
    expect(await shop.taken()).toEqual([]);
  });

  test.each([
    ['had few', 20, 20],
    ['lost no more than half', 22, 11],
  ])('is believed at once where it %s', async (_, count, lost) => {
    const { shop, ids } = await full(count);
    await lose(shop, ids.slice(0, lost));
    expect(await work(shop)).toBe('ok');
    expect(await shop.taken()).toHaveLength(count - lost);
  });

  test('is believed at once of what is over, which Google is not asked for', async () => {
    const { shop } = await full(22);
    const mine = eq(pulls.calendarId, shop.calendar.id);
    await world.context.db.update(pulls).set({ token: null }).where(mine);
    const later = { ...world.context, now: () => monday + 90 * DAY };
    const of = { businessId: shop.clinic.businessId, calendarId: shop.calendar.id };
    expect(await readCalendar(later, of)).toMatchObject({ kept: true, complete: true, count: 0 });
    expect(await shop.mirrored()).toEqual([]);
  });

  test('is believed at once where busy times give way to events', async () => {
    const shop = await Shop.open();
    for (let day = 0; day < 22; day++) await shop.add(timed(day, 8, 9));
    await shop.showTimesOnly();
    expect(await work(shop)).toBe('ok');
    expect(await shop.mirrored()).toHaveLength(22);
    const { control, owner: person } = shop.clinic;
    await control.share({ calendar: shop.calendar.googleId, person, role: 'owner' });
    expect(await work(shop)).toBe('ok');
    expect((await shop.mirrored()).some(({ eventId }) => eventId.startsWith('busy:'))).toBe(false);
  });
});

describe('a calendar', () => {
  test('is read whole, and then what changed of it', async () => {
    const shop = await Shop.open();
    const { id } = (await shop.add(timed(0, 8, 9))) as { id: string };
    expect(await shop.pull()).toEqual({ kept: true, complete: true, count: 1 });
    expect(await shop.taken()).toEqual([[8, 9]]);
    const [link] = await world.context.db.select().from(links).where(eq(links.calendarId, shop.calendar.id));
    expect(link?.judged).toBe(true);

    await shop.change(id, { start: { dateTime: at(0, 10) }, end: { dateTime: at(0, 11) } });
    await shop.add(timed(1, 12, 13));
    expect(await shop.pull()).toEqual({ kept: true, complete: false, count: 2 });
    expect(await shop.taken()).toEqual([
      [10, 11],
      [36, 37],
    ]);
    expect(await shop.pull()).toMatchObject({ kept: true, count: 0 });

    await shop.change(id, { transparency: 'transparent' });
    await shop.pull();
    expect(await shop.taken()).toEqual([[36, 37]]);
    await shop.change(id, { transparency: 'opaque' });
    await shop.remove(id);
    await shop.pull();
    expect(await shop.taken()).toEqual([[36, 37]]);
    expect((await shop.mirrored()).map((row) => row.title)).toEqual([null]);
  });

  test('of days: dates of its own zone, the end exclusive; Free ones take nothing', async () => {
    const shop = await Shop.open();
    await shop.add(dated(2, 4));
    await shop.add(dated(5, 6, { transparency: 'transparent' }));
    await shop.pull();
    // Oslo is one or two hours ahead.
    const [[from, to]] = (await shop.taken()) as [[number, number]];
    expect([from % 24, to % 24, to - from]).toEqual([from % 24, from % 24, 48]);
    expect([22, 23]).toContain(from % 24);
    expect(Math.floor(from / 24)).toBe(1);
  });

  test('with series: expanded, with exceptions moved, freed and cancelled; split, ended, deleted', async () => {
    const shop = await Shop.open();
    const { id } = (await shop.add(timed(0, 8, 9, { recurrence: ['RRULE:FREQ=DAILY;COUNT=5'] }))) as {
      id: string;
    };
    await shop.pull();
    const days = async () => (await shop.taken()).map(([from]) => from);
    expect(await days()).toEqual([8, 32, 56, 80, 104]);
    const instance = (day: number) => `${id}_${at(day, 8).replace(/[-:]|\.000/g, '')}`;
    await shop.change(instance(1), { start: { dateTime: at(1, 14) }, end: { dateTime: at(1, 15) } });
    await shop.change(instance(2), { transparency: 'transparent' });
    await shop.remove(instance(3));
    await shop.pull();
    expect(await days()).toEqual([8, 38, 104]);
    // The master moves; exceptions stay where people put them.
    await shop.change(id, { summary: 'Other' });
    await shop.pull();
    expect(await days()).toEqual([8, 38, 104]);
    await shop.remove(id);
    await shop.pull();
    expect(await days()).toEqual([]);
    expect(await shop.mirrored()).toEqual([]);
  });

  test('whose bookmark is too old is read whole again, and what was deleted meanwhile goes', async () => {
    const shop = await Shop.open();
    const { id } = (await shop.add(timed(0, 8, 9))) as { id: string };
    await shop.add(timed(1, 8, 9));
    await shop.pull();
    await shop.remove(id);
    await shop.clinic.control.purge({ calendar: shop.calendar.googleId, event: id });
    await shop.add(timed(2, 8, 9));
    await shop.clinic.control.expireSyncTokens({ calendar: shop.calendar.googleId });
    expect(await shop.pull()).toMatchObject({ kept: true, complete: true });
    expect((await shop.taken()).map(([from]) => from)).toEqual([32, 56]);
  });

  test('that fails midway keeps what it had', async () => {
    const shop = await Shop.open();
    await shop.add(timed(0, 8, 9));
    await shop.pull();
    const before = await shop.bookmark();
    await shop.clinic.control.expireSyncTokens({ calendar: shop.calendar.googleId });
    await shop.clinic.fault({ kind: 'fullSync', on: 'events.list', times: 1 });
    await shop.clinic.fault({
      kind: 'error',
      status: 503,
      reason: 'backendError',
      on: 'events.list',
      times: 2,
    });
    await expect(shop.pull()).rejects.toMatchObject({ kind: 'again' });
    expect(await shop.taken()).toEqual([[8, 9]]);
    expect(await shop.bookmark()).toEqual(before);
    await shop.clinic.control.clearFaults();
    await shop.pull();
    expect(await shop.taken()).toEqual([[8, 9]]);
  });

  test('with pages that are empty is read to the end', async () => {
    const shop = await Shop.open();
    await world.google.control.setSwitches({ emptyPages: true });
    await shop.add(timed(0, 8, 9));
    await shop.pull();
    await shop.add(timed(1, 8, 9));
    await shop.pull();
    await world.google.control.setSwitches({ emptyPages: false });
    expect(await shop.taken()).toHaveLength(2);
  });

  test('read by two at once is kept by one, and neither loses what the other brought', async () => {
    const shop = await Shop.open();
    await shop.pull();
    await shop.add(timed(0, 8, 9));
    const both = await Promise.all([shop.pull(), shop.pull(), shop.pull()]);
    expect(both.filter(({ kept }) => kept).length).toBeGreaterThanOrEqual(1);
    expect(await shop.taken()).toEqual([[8, 9]]);
    await shop.add(timed(1, 8, 9));
    await shop.pull();
    expect(await shop.taken()).toHaveLength(2);
  });

  test('of what is over keeps what it took for a month, from the first reading on', async () => {
    const shop = await Shop.open();
    const today = Math.floor((Date.now() - monday) / DAY);
    const past = (day: number, days: number, more: object = {}) => ({
      start: { dateTime: at(day, 8), timeZone: 'UTC' },
      end: { dateTime: at(day + days, 7), timeZone: 'UTC' },
      ...more,
    });
    const weekly = past(today - 60, 4, { recurrence: ['RRULE:FREQ=WEEKLY'] });
    const { id } = (await shop.add(weekly)) as { id: string };
    const shorter = { end: { dateTime: at(today - 18, 9), timeZone: 'UTC' } };
    await shop.change(`${id}_${at(today - 18, 8).replace(/[-:]|\.000/g, '')}`, shorter);
    await shop.add(past(today - 22, 1));
    await shop.pull();
    const days = async () =>
      (await shop.taken()).map(([from]) => Math.floor(from / 24) - today).filter((day) => day < 0);
    expect(await days()).toEqual([-32, -25, -22, -18, -11, -4]);
    const later = { ...world.context, now: () => Date.now() + 16 * DAY };
    await tidyMirror(later);
    expect(await days()).toEqual([-11, -4]);
    // One that was made shorter is over, though as long as the others it would not be.
    await shop.change(id, { colorId: '3' });
    await readCalendar(later, { businessId: shop.clinic.businessId, calendarId: shop.calendar.id });
    expect(await days()).toEqual([-11, -4]);
  });

  test('that shows free and busy only is asked in months, and what cannot be told is not free', async () => {
    const shop = await Shop.open();
    await shop.add(timed(0, 8, 9));
    await shop.add(timed(60, 8, 9));
    await shop.showTimesOnly();
    await shop.pull();
    expect((await shop.taken()).map(([from]) => from)).toEqual([8, 60 * 24 + 8]);
    await shop.clinic.control.deleteCalendar({ calendar: shop.calendar.googleId });
    await expect(shop.pull()).rejects.toMatchObject({ kind: 'gone' });
    expect(await shop.taken()).toHaveLength(2);
  });

  test('goes on without a word to Google as days pass', async () => {
    const shop = await Shop.open();
    await shop.add(timed(0, 8, 9, { recurrence: ['RRULE:FREQ=WEEKLY'] }));
    await shop.pull();
    const before = (await shop.taken()).length;
    const { expandedUntil } = await shop.bookmark();
    await shop.clinic.control.clearLog();
    await rollOn({ ...world.context, now: () => Date.now() + 15 * DAY });
    expect((await shop.bookmark()).expandedUntil!.getTime() - expandedUntil!.getTime()).toBe(15 * DAY);
    expect((await shop.taken()).length - before).toBeGreaterThanOrEqual(2);
    expect(await shop.clinic.control.log()).toEqual([]);
    // All of it in one go gives the same.
    const rolled = await shop.taken();
    await world.context.db.update(pulls).set({ token: null }).where(eq(pulls.calendarId, shop.calendar.id));
    await shop.pull();
    expect(await shop.taken()).toEqual(rolled);
  });

  test('with an occurrence moved beyond what series are expanded to, or ahead of a series that is over', async () => {
    const shop = await Shop.open();
    const weekly = { recurrence: ['RRULE:FREQ=WEEKLY;COUNT=3'] };
    const { id } = (await shop.add(timed(0, 8, 9, weekly))) as { id: string };
    const stamp = (day: number) => at(day, 8).replace(/[-:]|\.000/g, '');
    await shop.change(`${id}_${stamp(7)}`, {
      start: { dateTime: at(200, 14) },
      end: { dateTime: at(200, 15) },
    });
    const old = (await shop.add(timed(-80, 8, 9, weekly))) as { id: string };
    await shop.change(`${old.id}_${stamp(-66)}`, {
      start: { dateTime: at(2, 14) },
      end: { dateTime: at(2, 15) },
    });
    await shop.pull();
    const expected = [8, 2 * 24 + 14, 14 * 24 + 8, 200 * 24 + 14];
    expect((await shop.taken()).map(([from]) => from)).toEqual(expected);
    await shop.change(old.id, { colorId: '3' });
    await shop.pull();
    expect((await shop.taken()).map(([from]) => from)).toEqual(expected);
  });

  test('read anew long after an occurrence was brought forward does not have it twice', async () => {
    const shop = await Shop.open();
    const rule = { recurrence: ['RRULE:FREQ=DAILY;INTERVAL=60;COUNT=2'] };
    const { id } = (await shop.add(timed(0, 8, 9, rule))) as { id: string };
    await shop.change(`${id}_${at(60, 8).replace(/[-:]|\.000/g, '')}`, {
      start: { dateTime: at(1, 14) },
      end: { dateTime: at(1, 15) },
    });
    await shop.pull();
    expect(await shop.taken()).toEqual([
      [8, 9],
      [24 + 14, 24 + 15],
    ]);
    const of = { businessId: shop.clinic.businessId, calendarId: shop.calendar.id };
    const readAnew = async (day: number) => {
      await shop.clinic.control.expireSyncTokens({ calendar: shop.calendar.googleId });
      return readCalendar({ ...world.context, now: () => monday + day * DAY }, of);
    };
    // Google tells of the series, and of nothing that was over a month ago.
    for (const day of [40, 45]) {
      expect(await readAnew(day)).toMatchObject({ complete: true, count: 1 });
      expect(await shop.taken()).toEqual([]);
    }
    await shop.remove(id);
    expect(await readAnew(50)).toMatchObject({ complete: true });
    expect(await shop.mirrored()).toEqual([]);
  });

  test('whose reading was overtaken stays owed: the other may have asked before the reason came', async () => {
    const shop = await Shop.open();
    await shop.pull();
    await world.context.db.execute(sql`update pulls set done = wanted, due_at = now() + interval '1 day'`);
    await shop.add(timed(0, 8, 9));
    await owePulls(world.context.db, shop.clinic.businessId, [shop.calendar.id]);
    const [claim] = await claimPulls(world.context.db, { limit: 10 });
    await shop.clinic.fault({ kind: 'latency', milliseconds: 400, on: 'events.list', times: 1 });
    const slow = pullCalendar(world.context, claim!);
    await shop.clinic.struck();
    await shop.pull();
    await slow;
    const { wanted, done, leasedUntil } = await shop.bookmark();
    expect([wanted - done, leasedUntil]).toEqual([1, null]);
  });

  test('is not stopped by a mark that says what no decision could', async () => {
    const shop = await Shop.open();
    const decision = {
      id: shop.clinic.serviceId,
      scope: 'event' as const,
      from: null,
      shares: [
        { resourceId: shop.resource.id, places: 99_999_999, startShift: 9e12, endShift: 0, means: null },
      ],
    };
    const mark = writeMark({ businessId: shop.clinic.businessId, decision, freed: null });
    const given = Object.fromEntries(Object.entries(mark).filter(([, value]) => value !== null));
    await shop.add(timed(0, 8, 9, { extendedProperties: { private: given } }));
    await shop.pull();
    expect(await shop.taken()).toEqual([[8, 9]]);
  });

  test('that days roll on for while it is read keeps each occurrence once', async () => {
    const shop = await Shop.open();
    await shop.add(timed(0, 8, 9, { recurrence: ['RRULE:FREQ=DAILY'] }));
    await shop.pull();
    const ahead = { ...world.context, now: () => Date.now() + 3 * DAY };
    await shop.clinic.fault({ kind: 'latency', milliseconds: 400, on: 'events.list', times: 1 });
    const of = { businessId: shop.clinic.businessId, calendarId: shop.calendar.id };
    const slow = readCalendar(ahead, of);
    await shop.clinic.struck();
    await rollOn({ ...world.context, now: () => Date.now() + 5 * DAY });
    expect(await slow).toMatchObject({ kept: true });
    const starts = (await shop.taken()).map(([from]) => from);
    expect(new Set(starts).size).toBe(starts.length);
    const { expandedUntil } = await shop.bookmark();
    expect(starts.at(-1)! * HOUR + monday).toBeGreaterThan(expandedUntil!.getTime() - 2 * DAY);
  });

  test('by a rule nobody can read takes all the time it may be about', async () => {
    const shop = await Shop.open();
    const { id } = (await shop.add(timed(0, 8, 9, { recurrence: ['RRULE:FREQ=WEEKLY'] }))) as { id: string };
    await shop.pull();
    await world.context.db
      .update(events)
      .set({ recurrence: ['RRULE:FREQ=NEVER'] })
      .where(eq(events.eventId, id));
    const { businessId } = shop.clinic;
    await world.context.db.transaction(async (tx) => {
      const judge = await readJudge(tx, businessId, shop.calendar.id);
      await rebuild(tx, { judge, now: Date.now(), until: monday + 30 * DAY }, [id]);
    });
    expect(await shop.taken()).toEqual([[8, 30 * 24]]);
  });
});
