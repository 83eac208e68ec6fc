// Who gets which mark: one of each account, bookings first, occurrences after their series, each to one worker only.
import { sql } from 'drizzle-orm';
import { v7 as uuid } from 'uuid';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Database } from '../../../server/database/open.ts';
import {
  buryMark,
  claimMarks,
  giveBackMark,
  keepMark,
  type MarkClaim,
  oweMarks,
  postponeMark,
  settleMark,
} from '../../../server/jobs/marks.ts';
import { LeaseLost } from '../../../server/jobs/queue.ts';
import { makeBusiness } from '../../business.ts';
import { freshDatabase } from '../../database.ts';

let db: Database;
let close: () => Promise<void>;
beforeAll(async () => {
  ({ db, close } = await freshDatabase());
});
afterAll(() => close());
beforeEach(() => db.execute(sql`truncate marks`));

/** Calendars of one account, of a business of its own. */
async function account(calendars = 1) {
  const { id: businessId } = await makeBusiness(db);
  const accountId = uuid();
  await db.execute(sql`
    insert into accounts (business_id, id, email, scopes, state, refresh_token)
      values (${businessId}, ${accountId}, ${`${accountId}@example.test`}, '{}', 'connected', 'sealed')`);
  const calendarIds = Array.from({ length: calendars }, () => uuid());
  for (const id of calendarIds)
    await db.execute(sql`
      insert into calendars (business_id, id, account_id, google_id, name, zone, access_role, settings)
        values (${businessId}, ${id}, ${accountId}, ${id}, 'Shared', 'Europe/Oslo', 'owner', '{}')`);
  const owe = (eventIds: string[], on = calendarIds[0]!, series: string | null = null) =>
    db.transaction((tx) =>
      oweMarks(
        tx,
        { businessId, calendarId: on, runId: null },
        eventIds.map((eventId) => ({ eventId, seriesId: series, original: series && eventId, free: true })),
      ),
    );
  return { businessId, accountId, calendarIds, owe };
}

const claim = (without: { accountIds?: string[]; businessIds?: string[] } = {}, limit = 10) =>
  claimMarks(db, { limit, without });
const settle = (one: MarkClaim, done = one.wanted) => settleMark(db, one, { done, was: null });
const rows = () =>
  db.execute<{ event_id: string; wanted: number; done: number; attempts: number }>(
    sql`select * from marks order by event_id`,
  );

describe('handing out', () => {
  test('one of each account at once, whichever of its calendars', async () => {
    const [a, b] = [await account(2), await account()];
    await a.owe(['a1', 'a2', 'a3']);
    await a.owe(['a4'], a.calendarIds[1]);
    await b.owe(['b1', 'b2']);
    const claims = await claim();
    expect(claims.map(({ accountId }) => accountId).sort()).toEqual([a.accountId, b.accountId].sort());
    expect(await claim({ accountIds: [a.accountId, b.accountId] })).toEqual([]);
    expect(await claim({ businessIds: [a.businessId] }, 1)).toMatchObject([{ accountId: b.accountId }]);
  });

  test('until all are done, each once', async () => {
    const { owe } = await account();
    await owe(['a', 'b', 'c']);
    const seen: string[] = [];
    for (let one = (await claim())[0]; one; one = (await claim())[0]) {
      seen.push(one.eventId);
      await settle(one);
    }
    expect(seen.sort()).toEqual(['a', 'b', 'c']);
  });

  test('to one of many workers only', async () => {
    const { owe } = await account();
    await owe(['a']);
    const all = await Promise.all(Array.from({ length: 8 }, () => claim()));
    expect(all.flat()).toHaveLength(1);
  });

  test('bookings of the account come first', async () => {
    const { businessId, calendarIds, owe } = await account(2);
    const unit = uuid();
    await owe(['a']);
    await db.transaction(async (tx) => {
      await tx.execute(sql`set local session_replication_role = replica`);
      await tx.execute(sql`
        insert into pushes (business_id, id, unit_id, booking_id, calendar_id, present, wanted)
          values (${businessId}, gen_random_uuid(), ${unit}, ${unit}, ${calendarIds[1]}, true, 1)`);
    });
    expect(await claim()).toEqual([]);
    await db.execute(sql`update pushes set due_at = now() + interval '1 hour'`);
    expect(await claim()).toHaveLength(1);
    await db.execute(sql`delete from pushes`);
  });

  test('occurrences after their series, unless that was given up', async () => {
    const { owe } = await account();
    await owe(['s_1'], undefined, 's');
    await owe(['s']);
    const [series] = await claim();
    expect(series?.eventId).toBe('s');
    expect(await claim()).toEqual([]);
    await buryMark(db, series!, 'forbidden');
    expect(await claim()).toMatchObject([{ eventId: 's_1', seriesId: 's', original: 's_1' }]);
  });

  test('not of an account that is not connected, a calendar that was left, or where nothing is written', async () => {
    const [a, b, c] = [await account(), await account(), await account()];
    for (const { owe } of [a, b, c]) await owe(['x']);
    await db.execute(sql`update accounts set state = 'needs_reconnecting' where id = ${a.accountId}`);
    await db.execute(sql`update calendars set left_at = now() where account_id = ${b.accountId}`);
    await db.execute(sql`
      update businesses set settings = jsonb_set(settings, '{push}', 'false') where id = ${c.businessId}`);
    expect(await claim()).toEqual([]);
  });
});

describe('giving back', () => {
  test('done as far as it was wanted: wished again meanwhile, it stays owed', async () => {
    const { owe } = await account();
    await owe(['a']);
    const [one] = await claim();
    await owe(['a']);
    await settle(one!);
    expect(await rows()).toMatchObject([{ wanted: 2, done: 1, attempts: 0 }]);
    expect(await claim()).toMatchObject([{ wanted: 2 }]);
  });

  test('put off, given back, given up: each counts as it should', async () => {
    const { owe } = await account();
    await owe(['a']);
    const [first] = await claim();
    await giveBackMark(db, first!);
    const [second] = await claim();
    expect(second!.attempt).toBe(1);
    await postponeMark(db, second!, { delay: 60_000, failure: 'backendError', counts: true });
    expect(await claim()).toEqual([]);
    await db.execute(sql`update marks set due_at = now()`);
    const [third] = await claim();
    expect(third!.attempt).toBe(2);
    await owe(['a']);
    await buryMark(db, third!, 'forbidden');
    // It was wished anew while in hand: that wish has not been tried.
    expect(await claim()).toHaveLength(1);
  });

  test('after its lease another has it: the first may not write any more', async () => {
    const { owe } = await account();
    await owe(['a']);
    const [lost] = await claim();
    await db.execute(sql`update marks set leased_until = now() - interval '1 second'`);
    const [kept] = await claim();
    expect(kept?.attempt).toBe(2);
    await expect(keepMark(db, lost!)).rejects.toThrow(LeaseLost);
    await expect(settle(lost!)).rejects.toThrow(LeaseLost);
    await keepMark(db, kept!);
    await settle(kept!);
    expect(await rows()).toMatchObject([{ done: 1 }]);
  });

  test('a mark is owed beside a wish without changing it', async () => {
    const { owe, businessId, calendarIds } = await account();
    await owe(['a']);
    const of = { businessId, calendarId: calendarIds[0]!, runId: null, asItWas: true };
    await db.transaction((tx) =>
      oweMarks(tx, of, [{ eventId: 'a', seriesId: null, original: null, free: false }]),
    );
    expect(await rows()).toMatchObject([{ free: true, wanted: 2 }]);
  });

  test('a run waits for a mark until it is done once: what is owed later is none of its business', async () => {
    const { businessId, calendarIds } = await account();
    const [calendarId, run] = [calendarIds[0]!, uuid()];
    const owe = (runId: string | null) =>
      db.transaction((tx) =>
        oweMarks(tx, { businessId, calendarId, runId }, [
          { eventId: 'a', seriesId: null, original: null, free: true },
        ]),
      );
    await owe(run);
    await owe(null);
    expect(await rows()).toMatchObject([{ run_id: run }]);
    await settle((await claim())[0]!);
    await owe(null);
    expect(await rows()).toMatchObject([{ run_id: null }]);
  });
});
