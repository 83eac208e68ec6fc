// What is long over is forgotten whole, and nothing else; an event that comes back counts as it did.
import { eq, sql } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { tidyMarks } from '../../../server/blocks/tidy.ts';
import { lockPulls } from '../../../server/calendars/lock.ts';
import { events, marks, pulls } from '../../../server/database/mirror.ts';
import { calendars } from '../../../server/database/schema.ts';
import { tidyMirror } from '../../../server/sync/roll.ts';
import { DAY } from '../../../shared/time.ts';
import { openWorld, type World } from '../sync/world.ts';
import { Freeing, type RunShape } from './freeing.ts';

let world: World;
beforeAll(async () => {
  world = await openWorld();
});
afterAll(() => world.close());

const endless = { recurrence: ['RRULE:FREQ=WEEKLY'] };

/** So many days later; the calendar has been read, and what is over was forgotten of the mirror. */
async function pass(it: Freeing, days: number): Promise<void> {
  it.shop.clock.now += days * DAY;
  await it.roll();
  await it.settle();
  await tidyMirror(it.shop.context);
}

/** A mark's times are the database's: as old as the shop's clock makes it. */
const age = (it: Freeing, days: number) =>
  it.db.update(marks).set({ dueAt: new Date(it.shop.clock.now - days * DAY) });

const tidy = (it: Freeing) => tidyMarks(it.shop.context);
const kept = async (it: Freeing) => [(await it.fixes()).length, (await it.shop.marks()).length];
const undoRun = (it: Freeing, run: RunShape) => it.shop.call<RunShape>('POST', `/runs/${run.id}/undo`);
const times = (day: string) => ({
  start: { dateTime: `${day}T09:00:00`, timeZone: 'Europe/Oslo' },
  end: { dateTime: `${day}T10:00:00`, timeZone: 'Europe/Oslo' },
});

async function decide(it: Freeing, eventId: string): Promise<void> {
  const said = { eventId, shares: [{ resourceId: it.shop.resource.Kari }], free: true };
  expect((await it.shop.call('POST', it.shop.on('decisions'), said)).status).toBe(201);
}

describe('forgotten', () => {
  test('is a single event that is over, once nothing was wished or written for ninety days', async () => {
    const it = await Freeing.open(world);
    const id = await it.type('anna', 'Dentist');
    await it.pull();
    const { body: run } = await it.fix({ events: [{ eventId: id }] });
    await it.settle();
    await age(it, 91);
    await tidy(it);
    expect(await kept(it)).toEqual([1, 1]);
    await pass(it, 40);
    expect(await it.mirrored()).toEqual([]);
    await age(it, 91);
    await tidy(it);
    expect(await kept(it)).toEqual([1, 1]);
    await pass(it, 51);
    await age(it, 89);
    await tidy(it);
    expect(await kept(it)).toEqual([1, 1]);
    await age(it, 91);
    await tidy(it);
    expect(await kept(it)).toEqual([0, 0]);
    expect(await it.isFree(id)).toBe(true);
    expect(await undoRun(it, run)).toMatchObject({ status: 409, body: { code: 'wrong_state' } });
    expect((await it.shop.call('GET', `/runs/${run.id}`)).body).toMatchObject({ state: 'done', done: 1 });
  });

  test('it comes back as it was: Free by us, blocking whom it did, and to be undone', async () => {
    const it = await Freeing.open(world, { undecided: 'creator', autoFix: true });
    const [id, decided] = [await it.type('anna', 'Dentist'), await it.type('per', 'Bank')];
    await it.pull();
    await decide(it, decided);
    await it.settle();
    expect([await it.isFree(id), await it.isFree(decided)]).toEqual([true, true]);
    const said = await it.shop.decisions();
    await pass(it, 130);
    await tidy(it);
    expect(await kept(it)).toEqual([0, 0]);

    const since = await it.lastRequest();
    await it.shop.edit(id, times('2027-05-24'));
    await it.shop.edit(decided, times('2027-05-25'));
    await it.settle();
    const rows = await it.shop.rows();
    expect(rows.map(({ resourceId }) => resourceId).sort()).toEqual(
      [it.shop.resource.Anna, it.shop.resource.Kari].sort(),
    );
    expect(await it.shop.decisions()).toEqual(said);
    expect([...(await it.shop.told('adopted')), ...(await it.shop.told('proposed'))]).toEqual([]);
    expect(await it.writes(since)).toEqual([]);
    expect(await it.undo({ eventId: id })).toEqual({ status: 202, body: { events: 1 } });
    await it.settle();
    expect([await it.isFree(id), await it.privateOf(id)]).toEqual([false, {}]);
  });

  test('many at once a part at a time, and their run is not undone by half', async () => {
    const it = await Freeing.open(world);
    const id = await it.type('anna', 'Dentist');
    await it.pull();
    const { body: run } = await it.fix({ events: [{ eventId: id }] });
    await it.settle();
    await it.db.execute(sql`
      insert into fixes (business_id, calendar_id, id, event_id, scope, run_id, actor, made_at)
        select business_id, calendar_id, gen_random_uuid(), 'over' || n, scope, run_id, actor, made_at
          from fixes, generate_series(1, 5001) n`);
    await pass(it, 130);
    await tidy(it);
    expect((await kept(it))[0]).toBe(2);
    expect((await undoRun(it, run)).status).toBe(409);
    await tidy(it);
    expect(await kept(it)).toEqual([0, 0]);
  });
});

describe('kept', () => {
  test('is an event that comes back at that moment', async () => {
    const it = await Freeing.open(world);
    const id = await it.type('anna', 'Dentist');
    await it.pull();
    await it.fix({ events: [{ eventId: id }] });
    await it.settle();
    const [row] = await it.mirrored();
    await pass(it, 130);
    const { businessId, calendarId } = it.of;
    let tidied: Promise<void> | undefined;
    await it.db.transaction(async (tx) => {
      await lockPulls(tx, businessId, [calendarId]);
      tidied = tidy(it);
      await vi.waitFor(async () => {
        const waiting = await it.db.execute(sql`
          select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`);
        expect(waiting).toHaveLength(1);
      });
      await tx.insert(events).values(row!);
    });
    await tidied;
    expect(await kept(it)).toEqual([1, 1]);
  });

  test('is a series that goes on, and all of its occurrences', async () => {
    const it = await Freeing.open(world);
    const id = await it.type('anna', 'Training', { event: endless });
    await it.pull();
    await it.fix({ events: [{ eventId: `${id}_20270118T080000Z`, scope: 'following' }] });
    await it.settle();
    await pass(it, 130);
    await age(it, 91);
    const before = await kept(it);
    expect(before[1]).toBeGreaterThan(10);
    await tidy(it);
    expect(await kept(it)).toEqual(before);
  });

  test('is a run of which a part goes on: it is undone whole', async () => {
    const it = await Freeing.open(world);
    const [one, other] = [await it.type('anna', 'Dentist'), await it.type('per', 'Bank')];
    const series = await it.type('anna', 'Training', { event: endless });
    await it.pull();
    const wish = [{ eventId: one }, { eventId: series, scope: 'series' }];
    const { body: run } = await it.fix({ events: wish });
    await it.fix({ events: [{ eventId: other }] });
    await it.settle();
    await pass(it, 130);
    await age(it, 91);
    await tidy(it);
    const left = [...new Set((await it.fixes()).map(({ eventId }) => eventId))];
    expect(left.sort()).toEqual([one, series].sort());
    expect(await undoRun(it, run)).toMatchObject({ status: 202, body: { total: 1 } });
    await it.settle();
    expect(await it.isFree(series)).toBe(false);
    // Undone, it needs to be whole no more; and nothing of one event outlives the rest.
    await pass(it, 91);
    await age(it, 91);
    await tidy(it);
    expect([...new Set((await it.fixes()).map(({ eventId }) => eventId))]).toEqual([series]);
  });

  test('is what is owed or was given up, as admins see it', async () => {
    const it = await Freeing.open(world);
    const ids = [await it.type('anna', 'Dentist'), await it.type('per', 'Bank')];
    await it.pull();
    await it.fix({ events: ids.map((eventId) => ({ eventId })) });
    await it.settle();
    await pass(it, 130);
    await it.db
      .update(marks)
      .set({ wanted: 9, diedAt: new Date(), failure: 'forbidden' })
      .where(eq(marks.eventId, ids[0]!));
    await it.db.update(marks).set({ wanted: 9 }).where(eq(marks.eventId, ids[1]!));
    await tidy(it);
    expect(await kept(it)).toEqual([2, 2]);
  });

  test('is all of a calendar that was left, was not read of late, or shows free and busy only', async () => {
    const it = await Freeing.open(world);
    const id = await it.type('anna', 'Dentist');
    await it.pull();
    await it.fix({ events: [{ eventId: id }] });
    await it.settle();
    await pass(it, 130);
    const [pull] = await it.db.select().from(pulls).where(eq(pulls.calendarId, it.shop.calendarId));
    const { token, readAt } = pull!;
    const change = (of: { token: string | null; readAt: Date | null }) =>
      it.db.update(pulls).set(of).where(eq(pulls.calendarId, it.shop.calendarId));
    for (const of of [
      { token: null, readAt },
      { token, readAt: null },
      { token, readAt: new Date(readAt!.getTime() - 2 * DAY) },
    ]) {
      await change(of);
      await tidy(it);
      expect(await kept(it)).toEqual([1, 1]);
    }
    await change({ token, readAt });
    await it.shop.call('DELETE', `/calendars/${it.shop.calendarId}`);
    const [left] = await it.db.select().from(calendars).where(eq(calendars.id, it.shop.calendarId));
    expect(left!.leftAt).not.toBeNull();
    await tidy(it);
    expect(await kept(it)).toEqual([1, 1]);
  });

  test('is what a person set Busy again, where events are set Free by themselves', async () => {
    const it = await Freeing.open(world, { undecided: 'creator', autoFix: true });
    const id = await it.type('anna', 'Dentist');
    await it.settle();
    await it.shop.edit(id, { transparency: 'opaque' });
    await it.settle();
    expect(await it.isFree(id)).toBe(false);
    await pass(it, 130);
    await age(it, 91);
    const before = await kept(it);
    await tidy(it);
    expect(await kept(it)).toEqual(before);
    await it.shop.edit(id, times('2027-05-24'));
    await it.settle();
    expect(await it.isFree(id)).toBe(false);
    await it.shop.set({ autoFix: false });
    await pass(it, 130);
    await age(it, 91);
    await tidy(it);
    expect(await kept(it)).toEqual([0, 0]);
  });
});
