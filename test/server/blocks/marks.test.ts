// Writing to events that are no bookings: with the etag, twice, late, in trouble, and never over what a person has set.
import { eq, sql } from 'drizzle-orm';
import { v7 as uuid } from 'uuid';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { markEvent } from '../../../server/blocks/mark-event.ts';
import { logEntries } from '../../../server/database/ledger.ts';
import { marks } from '../../../server/database/mirror.ts';
import { accounts } from '../../../server/database/schema.ts';
import { readMark } from '../../../shared/marks.ts';
import { openWorld, type World } from '../sync/world.ts';
import { Freeing, type RunShape } from './freeing.ts';

let world: World;
beforeAll(async () => {
  world = await openWorld();
});
afterAll(() => world.close());

/** A practice with one event of Anna's that is owed Free. */
async function owed(): Promise<{ it: Freeing; id: string; run: RunShape }> {
  const it = await Freeing.open(world);
  const id = await it.type('anna', 'Dentist');
  await it.pull();
  const { body: run } = await it.fix({ events: [{ eventId: id }] });
  return { it, id, run };
}

const one = async (it: Freeing) => {
  const [claim] = await it.claim();
  return claim!;
};

const outcomes = async (it: Freeing) =>
  (
    await it.db
      .select()
      .from(logEntries)
      .where(eq(logEntries.businessId, it.shop.businessId))
      .orderBy(logEntries.id)
  )
    .filter(({ kind }) => kind === 'mark')
    .map(({ step, outcome }) => `${step}: ${outcome}`);

describe('an event', () => {
  test('that changes under our hands is read again; what a person wrote stays', async () => {
    const { it, id } = await owed();
    await it.shop.control.addFault({ kind: 'latency', milliseconds: 600, on: 'events.update', times: 1 });
    const work = it.work();
    while ((await it.shop.control.faults()).length > 0) await new Promise((next) => setTimeout(next, 5));
    await it.shop.edit(id, { summary: 'Dentist, moved' });
    await work;
    expect(await it.google(id)).toMatchObject({ summary: 'Dentist, moved', transparency: 'transparent' });
    expect(await outcomes(it)).toEqual([
      'get: ok',
      'update: conditionNotMet',
      'get: ok',
      'update: ok',
      'settle: ok',
    ]);
  });

  test('is written once, however often it is asked for, also when an answer was lost', async () => {
    const { it, id } = await owed();
    const since = await it.lastRequest();
    await it.shop.control.addFault({ kind: 'lostAnswer', on: 'events.update', times: 1 });
    const claim = await one(it);
    await markEvent(it.shop.context, claim);
    expect((await it.shop.marks())[0]).toMatchObject({ done: 0, was: null, attempts: 1 });
    await it.work();
    await it.db.execute(sql`update marks set wanted = wanted + 1`);
    await it.work();
    expect(await it.writes(since)).toHaveLength(1);
    expect(await it.isFree(id)).toBe(true);
    // What it was is known from its mark, though the answer to that write never came.
    expect((await it.shop.marks())[0]).toMatchObject({ was: 'opaque' });
    await it.undo({ eventId: id });
    await it.settle();
    expect(await it.isFree(id)).toBe(false);
  });

  test('undone before it was written is not written at all', async () => {
    const { it, id } = await owed();
    const since = await it.lastRequest();
    await it.undo({ eventId: id });
    await it.work();
    expect(await it.writes(since)).toEqual([]);
  });

  test('that a person sets Free meanwhile is theirs: also after an undo', async () => {
    const { it, id } = await owed();
    await it.shop.edit(id, { transparency: 'transparent' });
    await it.settle();
    expect(await it.privateOf(id)).toEqual({});
    expect(await outcomes(it)).toEqual(['get: ok', 'settle: free_already']);
    expect(await it.shop.blockedAt()).toEqual([]);
    await it.undo({ eventId: id });
    await it.settle();
    expect(await it.isFree(id)).toBe(true);
    // Set Busy by the same person, it stays Busy, though it was wished Free once.
    await it.shop.edit(id, { transparency: 'opaque' });
    await it.settle();
    expect(await it.isFree(id)).toBe(false);
  });

  test('that a person sets Busy again stays Busy, found in the pull: the wish ends, the mark goes', async () => {
    const { it, id } = await owed();
    await it.settle();
    await it.shop.edit(id, { transparency: 'opaque' });
    await it.settle();
    expect(await it.google(id)).not.toHaveProperty('transparency');
    expect(await it.privateOf(id)).toEqual({});
    expect(await it.fixes()).toMatchObject([{ undoneBy: 'google' }]);
    expect(await it.shop.blockedAt()).toEqual(['Anna']);
    expect((await it.fix()).body).toMatchObject({ total: 0, skipped: [{ reason: 'set_busy', count: 1 }] });
    // Wished by name it is another matter.
    expect((await it.fix({ events: [{ eventId: id }] })).body).toMatchObject({ total: 1 });
    await it.settle();
    expect(await it.isFree(id)).toBe(true);
  });

  test('that a person sets Busy again stays Busy, found while writing', async () => {
    const { it, id } = await owed();
    await it.settle();
    await it.shop.edit(id, { transparency: 'opaque' });
    await it.db.execute(sql`update marks set wanted = wanted + 1`);
    await it.work();
    expect(await it.google(id)).not.toHaveProperty('transparency');
    expect(await it.privateOf(id)).toEqual({});
    expect(await it.fixes()).toMatchObject([{ undoneBy: 'google' }]);
    await it.settle();
    expect(await it.isFree(id)).toBe(false);
  });

  test('one of a Free series, set Busy by a person: only that one', async () => {
    const it = await Freeing.open(world);
    const id = await it.weekly('anna', 'Training');
    await it.pull();
    await it.fix({ events: [{ eventId: id, scope: 'series' }] });
    await it.settle();
    const second = `${id}_20270119T080000Z`;
    await it.shop.edit(second, { transparency: 'opaque' });
    await it.settle();
    expect(await it.isFree(second)).toBe(false);
    expect(await it.privateOf(second)).toEqual({});
    expect([await it.isFree(id), await it.isFree(`${id}_20270126T080000Z`)]).toEqual([true, true]);
    expect((await it.fix()).body).toMatchObject({ total: 0 });
    // The series set Busy by a person: all of it.
    await it.shop.edit(id, { transparency: 'opaque' });
    await it.settle();
    expect(await it.isFree(id)).toBe(false);
    expect(await it.privateOf(id)).toEqual({});
    expect((await it.fixes()).filter(({ undoneAt }) => undoneAt === null)).toEqual([]);
  });

  test('that is gone is owed nothing more', async () => {
    const { it, id, run } = await owed();
    await it.shop.control.deleteEvent({
      person: it.shop.mail('anna'),
      calendar: it.shop.googleId,
      event: id,
    });
    await it.settle();
    expect(await outcomes(it)).toEqual(['get: ok', 'settle: gone']);
    await it.shop.control.purge({ calendar: it.shop.googleId, event: id });
    await it.db.execute(sql`update marks set wanted = wanted + 1`);
    await it.work();
    expect((await outcomes(it)).slice(2)).toEqual(['get: notFound', 'settle: gone']);
    expect((await it.shop.call<RunShape>('GET', `/runs/${run.id}`)).body.state).toBe('done');
  });

  test('an occurrence whose id looks otherwise is found by its series and start', async () => {
    const it = await Freeing.open(world);
    const id = await it.weekly('anna', 'Training');
    await it.pull();
    await it.fix({ events: [{ eventId: id, scope: 'event', from: '2027-01-19T08:00:00Z' }] });
    await it.db.execute(sql`update marks set event_id = 'other_20270119T080000Z'`);
    await it.settle();
    expect(await it.isFree(`${id}_20270119T080000Z`)).toBe(true);
    expect(await it.isFree(`${id}_20270126T080000Z`)).toBe(false);
    await it.undo({ eventId: id, scope: 'series' });
    await it.settle();
    expect(await it.isFree(`${id}_20270119T080000Z`)).toBe(false);
  });

  test('out of office keeps Busy: told by its reason', async () => {
    const { it } = await owed();
    // Such events stand on a person's own calendar alone: this one is as good as one.
    await it.db.execute(
      sql`update events set type = 'outOfOffice' where calendar_id = ${it.shop.calendarId}`,
    );
    await it.undo({ eventId: (await it.mirrored())[0]!.eventId });
    expect((await it.fix({ dryRun: true })).body.skipped).toEqual([{ reason: 'out_of_office', count: 1 }]);
  });

  test("a booking's own event is never touched", async () => {
    const { it, id } = await owed();
    await it.shop.ofBooking(id);
    const since = await it.lastRequest();
    await it.work();
    expect(await it.writes(since)).toEqual([]);
    expect(await outcomes(it)).toEqual(['settle: booking']);
  });

  test("a guest's copy of a booking's event in another calendar is set Free like any other", async () => {
    const it = await Freeing.open(world);
    const guests = { attendees: [{ email: it.shop.mail('Anna') }] };
    const id = await it.type('anna', 'Check-up', { event: guests });
    await it.shop.ofBooking(id);
    await it.shop.withOwn('Anna', async () => {
      await it.shop.set({ undecided: 'creator' });
      await it.pull();
      expect(await it.mirrored()).toHaveLength(1);
      await it.fix({ events: [{ eventId: id }] });
      await it.work();
      expect(await outcomes(it)).toEqual(['get: ok', 'update: ok', 'settle: ok']);
      expect(await it.isFree(id)).toBe(true);
    });
    expect(await it.isFree(id)).toBe(false);
  });

  test("that becomes a booking's own while it is in hand is left alone", async () => {
    const { it, id } = await owed();
    await it.shop.control.addFault({ kind: 'latency', milliseconds: 600, on: 'events.update', times: 1 });
    const work = it.work();
    while ((await it.shop.control.faults()).length > 0) await new Promise((next) => setTimeout(next, 5));
    await it.shop.ofBooking(id);
    await it.shop.edit(id, { summary: 'Check-up' });
    await work;
    expect(await outcomes(it)).toEqual(['get: ok', 'update: conditionNotMet', 'settle: booking']);
    expect(await it.isFree(id)).toBe(false);
  });

  test('of a calendar that we may only read by now: nothing is asked, and it waits for the right to write', async () => {
    const { it, id } = await owed();
    await it.readOnly();
    const since = await it.lastRequest();
    await it.work();
    expect(await it.lastRequest()).toBe(since);
    expect(await outcomes(it)).toEqual(['give up: requiredAccessLevel']);
    await it.settle();
    expect(await it.isFree(id)).toBe(true);
    await it.readOnly();
    await it.undo({ eventId: id });
    await it.work();
    expect(await it.isFree(id)).toBe(true);
    await it.settle();
    expect(await it.isFree(id)).toBe(false);
  });
});

describe('a decision in the event', () => {
  test('of one occurrence stands in that one; ended, it goes', async () => {
    const it = await Freeing.open(world);
    const id = await it.weekly('anna', 'Training');
    await it.pull();
    const second = `${id}_20270119T080000Z`;
    const before = await it.google(second);
    const said = { eventId: second, shares: [{ resourceId: it.shop.resource.Kari }] };
    await it.shop.call('POST', it.shop.on('decisions'), said);
    await it.settle();
    const [decision] = await it.shop.decisions();
    const there = readMark(await it.privateOf(second), it.shop.businessId)?.decision;
    expect(there).toMatchObject({ id: decision!.id, scope: 'event', from: '2027-01-19T08:00:00.000Z' });
    expect(await it.privateOf(id)).toEqual({});
    await it.shop.call('DELETE', `/decisions/${decision!.id}`);
    await it.settle();
    expect(await it.google(second)).toEqual(before);
  });

  test('of a single event gives way to the one said of it as the series that it was made', async () => {
    const it = await Freeing.open(world);
    const id = await it.type('anna', 'Dentist');
    await it.pull();
    const { Anna, Kari } = it.shop.resource;
    const say = (scope: string, resourceId: string) =>
      it.shop.call('POST', it.shop.on('decisions'), { eventId: id, scope, shares: [{ resourceId }] });
    await say('event', Anna);
    await it.settle();
    await it.shop.edit(id, { recurrence: ['RRULE:FREQ=WEEKLY'] });
    await it.pull();
    await say('series', Kari);
    await it.settle();
    expect(readMark(await it.privateOf(id), it.shop.businessId)?.decision).toMatchObject({
      scope: 'series',
      shares: [{ resourceId: Kari }],
    });
  });

  test('that our tables do not know is left for the pull to take over', async () => {
    const { it, id } = await owed();
    const decision = { id: uuid(), scope: 'event' as const, from: null, shares: [] };
    await it.shop.mark(id, decision);
    await it.work();
    expect(readMark(await it.privateOf(id), it.shop.businessId)).toMatchObject({
      decision,
      freed: { was: 'opaque' },
    });
  });

  test('too long for an event is given up by name, and tried anew when it is said otherwise', async () => {
    const { it, id, run } = await owed();
    const { businessId, calendarId } = it.shop;
    await it.db.execute(sql`
      insert into decisions (business_id, id, calendar_id, event_id, scope, shares, actor, made_at)
        select ${businessId}, gen_random_uuid(), ${calendarId}, ${id}, 'event', jsonb_agg(jsonb_build_object(
          'resourceId', gen_random_uuid(), 'places', null, 'startShift', -15, 'endShift', 0, 'means', null)), 'key', now()
          from generate_series(1, 500)`);
    await it.work();
    expect(await it.shop.marks()).toMatchObject([{ failure: 'mark_too_long', diedAt: expect.any(Date) }]);
    expect((await it.shop.call<RunShape>('GET', `/runs/${run.id}`)).body).toMatchObject({
      failed: 1,
      done: 0,
      state: 'done',
    });
    const said = { eventId: id, shares: [{ resourceId: it.shop.resource.Kari }] };
    await it.shop.call('POST', it.shop.on('decisions'), said);
    await it.settle();
    expect(await it.isFree(id)).toBe(true);
  });
});

describe('in trouble', () => {
  const meet = async (it: Freeing, status: number, reason: string) => {
    await it.shop.control.addFault({ kind: 'error', status, reason, on: 'events.get', times: 1 });
    return markEvent(it.shop.context, await one(it));
  };

  test('Google asks for rest, for long, or is out of order: each waits as it should', async () => {
    const { it, id } = await owed();
    const { accountId } = it.shop;
    expect(await meet(it, 429, 'rateLimitExceeded')).toEqual([{ accountId, delay: expect.any(Number) }]);
    await it.later();
    expect(await meet(it, 403, 'quotaExceeded')).toMatchObject([{ accountId }]);
    expect((await it.shop.marks())[0]!.attempts).toBe(1);
    await it.later();
    expect(await meet(it, 503, 'backendError')).toEqual([]);
    expect((await it.shop.marks())[0]).toMatchObject({ attempts: 2, failure: 'backendError', diedAt: null });
    await it.work();
    expect(await it.isFree(id)).toBe(true);
    expect((await it.shop.marks())[0]).toMatchObject({ attempts: 0, failure: null, leasedUntil: null });
  });

  test('refused for good it is given up, and wished again it gets another life', async () => {
    const { it, id } = await owed();
    await meet(it, 403, 'forbidden');
    expect(await it.shop.marks()).toMatchObject([{ failure: 'forbidden', diedAt: expect.any(Date) }]);
    expect(await it.claim()).toEqual([]);
    await it.undo({ eventId: id });
    await it.fix({ events: [{ eventId: id }] });
    await it.settle();
    expect(await it.isFree(id)).toBe(true);
  });

  const lives = async (it: Freeing) => (await it.shop.marks()).map(({ diedAt }) => diedAt === null);

  test('set Free and given up, it is tried again for whoever asks once more, and by no reading', async () => {
    for (const wish of ['named', 'all']) {
      const { it, id } = await owed();
      const events = wish === 'named' ? { events: [{ eventId: id }] } : {};
      await meet(it, 400, 'invalid');
      await it.shop.edit(id, { colorId: '3' });
      await it.pull();
      await it.shop.pullAll();
      await it.roll();
      expect(await lives(it)).toEqual([false]);
      expect((await it.fix({ ...events, dryRun: true })).body).toMatchObject({ total: 1, skipped: [] });
      const { body: run } = await it.fix(events);
      expect(run).toMatchObject({ total: 1, failed: 0, skipped: [] });
      await it.settle();
      expect(await it.isFree(id)).toBe(true);
      expect((await it.shop.call<RunShape>('GET', `/runs/${run.id}`)).body).toMatchObject({ done: 1 });
      expect((await it.fix(events)).body).toMatchObject({
        total: 0,
        skipped: [{ reason: 'set_free_already', count: 1 }],
      });
      await it.undo({ eventId: id });
      await it.settle();
      expect(await it.isFree(id)).toBe(false);
    }
  });

  test('auto-fix does not try again by itself what was given up', async () => {
    const it = await Freeing.open(world, { undecided: 'creator', autoFix: true });
    const id = await it.type('anna', 'Dentist');
    await it.pull();
    await meet(it, 400, 'invalid');
    await it.shop.edit(id, { colorId: '3' });
    await it.pull();
    expect(await lives(it)).toEqual([false]);
    expect((await it.fix()).body).toMatchObject({ total: 1 });
    await it.settle();
    expect(await it.isFree(id)).toBe(true);
  });

  test('a series given up is tried again as a whole, though one of it a person has set Busy', async () => {
    const it = await Freeing.open(world);
    const id = await it.weekly('anna', 'Training');
    await it.pull();
    await it.fix({ events: [{ eventId: id, scope: 'series' }] });
    await it.settle();
    await it.shop.edit(`${id}_20270119T080000Z`, { transparency: 'opaque' });
    await it.settle();
    await it.db.execute(sql`update marks set wanted = wanted + 1 where event_id = ${id}`);
    await meet(it, 400, 'invalid');
    expect((await it.fix()).body).toMatchObject({ total: 1 });
    await it.settle();
    expect(await lives(it)).not.toContain(false);
  });

  test('an undo that was given up is tried again for whoever asks once more', async () => {
    for (const again of ['event', 'run', 'fix'] as const) {
      const { it, id, run } = await owed();
      const undone = () =>
        again === 'run' ? it.shop.call<RunShape>('POST', `/runs/${run.id}/undo`) : it.undo({ eventId: id });
      await it.settle();
      expect((await undone()).status).toBeLessThan(300);
      await meet(it, 400, 'invalid');
      await it.shop.pullAll();
      expect([await it.isFree(id), await lives(it)]).toEqual([true, [false]]);
      if (again === 'fix') expect((await it.fix()).body).toMatchObject({ total: 1 });
      else expect((await undone()).body).toMatchObject(again === 'run' ? { total: 1 } : { events: 1 });
      await it.settle();
      expect(await it.isFree(id)).toBe(again === 'fix');
      if (again === 'fix') expect((await it.fixes()).map(({ undoneAt }) => undoneAt)).toContain(null);
      else expect(await undone()).toMatchObject({ status: 409, body: { code: 'wrong_state' } });
    }
  });

  test('a dead grant asks for a person, and goes on after reconnecting', async () => {
    const { it, id } = await owed();
    await it.shop.control.revokeAccess({ person: it.shop.mail('owner') });
    await markEvent(it.shop.context, await one(it));
    const [account] = await it.db.select().from(accounts).where(eq(accounts.id, it.shop.accountId));
    expect(account!.state).toBe('needs_reconnecting');
    expect(await it.claim()).toEqual([]);
    const { refresh_token: refreshToken } = await it.shop.control.issueTokens({
      person: it.shop.mail('owner'),
    });
    await it.shop.call('POST', '/accounts', { refreshToken });
    await it.work();
    expect(await it.isFree(id)).toBe(true);
    expect((await it.db.select().from(marks)).every(({ attempts }) => attempts === 0)).toBe(true);
  });

  test('no budget is left: it waits, and that is no try', async () => {
    const { it } = await owed();
    const { db } = it;
    const { createBudget } = await import('../../../server/jobs/budget.ts');
    const budget = createBudget(db, { ...world.context.config.google, accountUnitsPerMinute: 7 });
    const claim = await one(it);
    const [rest] = await markEvent({ ...it.shop.context, budget }, claim);
    expect(rest).toMatchObject({ accountId: it.shop.accountId });
    expect((await it.shop.marks())[0]).toMatchObject({ attempts: 0, failure: null, done: 0 });
  });
});
