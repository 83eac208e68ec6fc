// Health over the API with a Google that fails, "sync now", and staff told of what cannot be read.
import { eq, sql } from 'drizzle-orm';
import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type * as z from 'zod';
import { makeApp } from '../../../server/app.ts';
import { makeKey } from '../../../server/auth/keys.ts';
import { unfollow } from '../../../server/calendars/leave.ts';
import { messages } from '../../../server/database/mirror.ts';
import { businesses } from '../../../server/database/schema.ts';
import { tellStale } from '../../../server/health/stale.ts';
import { claimPulls } from '../../../server/jobs/pulls.ts';
import { pullCalendar } from '../../../server/sync/pull.ts';
import type { Scope } from '../../../shared/api.ts';
import type { Health } from '../../../shared/health-api.ts';
import { pullOf, readDue } from '../channels/post.ts';
import { type Calendar, Clinic } from '../sync/clinic.ts';
import { openWorld, type World } from '../sync/world.ts';

type HealthShape = z.infer<typeof Health>;

let world: World;
let app: FastifyInstance;
let rings = 0;
let clinic: Clinic;
let calendar: Calendar;
beforeAll(async () => {
  world = await openWorld();
  const ring = () => {
    rings++;
  };
  app = await makeApp({ ...world.context, ring });
});
afterAll(async () => {
  await app.close();
  await world.close();
});
beforeEach(async () => {
  await world.context.db.execute(sql`update pulls set due_at = now() + '1 day', done = wanted`);
  clinic = await Clinic.open(world);
  calendar = await clinic.addCalendar('Room');
});

async function call<Body>(
  method: 'GET' | 'POST' | 'PUT' | 'PATCH',
  path: string,
  of = clinic,
  scopes: Scope[] = ['read', 'staff'],
  payload?: object,
) {
  const { key } = await clinic.db.transaction((tx) => makeKey(tx, of.businessId, { name: 'test', scopes }));
  const headers = { authorization: `Bearer ${key}` };
  const answer = await app.inject({ method, url: `/api/v1${path}`, headers, payload });
  return { status: answer.statusCode, body: (answer.body ? answer.json() : undefined) as Body };
}
const healthOf = async (one: Calendar) =>
  (await call<HealthShape>('GET', `/calendars/${one.id}/health`)).body;
const set = (columns: ReturnType<typeof sql>) =>
  clinic.db.execute(
    sql`update pulls set ${columns} where business_id = ${clinic.businessId} and calendar_id = ${calendar.id}`,
  );
const due = () => set(sql`due_at = now()`);
const told = async () => {
  const rows = await clinic.db
    .select()
    .from(messages)
    .where(eq(messages.businessId, clinic.businessId))
    .orderBy(messages.id);
  return rows.filter(({ kind }) => /^(calendar|account)_/.test(kind));
};

describe('health', () => {
  test('of a calendar from its first reading to the day it is no longer shared', async () => {
    expect(await healthOf(calendar)).toMatchObject({
      light: 'amber',
      readAt: null,
      channel: { state: 'off' },
    });
    await readDue(world.context, calendar);
    const well = await healthOf(calendar);
    expect(well).toMatchObject({ light: 'green', failure: null, next: [], channel: { proven: false } });
    expect(Date.parse(well.nextReadAt!) - Date.now()).toBeLessThanOrEqual(5 * 60_000);
    expect(Date.parse(well.readUntil!)).toBeGreaterThan(Date.now() + 90 * 24 * 3_600_000);

    await clinic.fault({
      kind: 'error',
      status: 429,
      reason: 'rateLimitExceeded',
      on: 'events.list',
      times: 1,
    });
    await due();
    await readDue(world.context, calendar);
    const paused = await healthOf(calendar);
    expect(paused).toMatchObject({ light: 'amber', failure: 'rateLimitExceeded' });
    expect(paused.words[0]).toMatch(/^Paused by Google until .*\d\d:\d\d: /);

    await clinic.control.deleteCalendar({ calendar: calendar.googleId });
    await due();
    await readDue(world.context, calendar);
    const gone = await healthOf(calendar);
    expect(gone.words[0]).toContain('no longer shared');
    expect(gone.next).toEqual(['Share the calendar with the connected account again, or stop following it.']);
  });

  test('of a dead grant says what the account says, in the language of the business', async () => {
    await clinic.db.update(businesses).set({ locale: 'nb' }).where(eq(businesses.id, clinic.businessId));
    await clinic.control.revokeAccess({ person: clinic.owner });
    await clinic.control.expireAccess({ person: clinic.owner });
    await readDue(world.context, calendar);
    const health = await healthOf(calendar);
    expect(health).toMatchObject({ light: 'red', nextReadAt: null });
    expect(health.words[0]).toMatch(/Koble til på nytt/);
  });

  test('of all, the worst first; others and what was left are not there', async () => {
    await readDue(world.context, calendar);
    const [fresh, broken, left] = await Promise.all(['A', 'B', 'C'].map((name) => clinic.addCalendar(name)));
    await clinic.control.deleteCalendar({ calendar: broken!.googleId });
    await readDue(world.context, broken!);
    await clinic.addCalendar('unread');
    const { businessId } = clinic;
    await clinic.db.transaction((tx) => unfollow(tx, { businessId, id: left!.id, now: Date.now() }));
    const { body } = await call<{ items: HealthShape[] }>('GET', '/health');
    expect(body.items.map(({ light }) => light)).toEqual(['red', 'amber', 'green', 'green']);
    expect(body.items[0]!.calendarId).toBe(broken!.id);
    expect(body.items.map(({ calendarId }) => calendarId)).toContain(fresh!.id);
    const worst = await call<{ items: HealthShape[] }>('GET', '/health?limit=1');
    expect(worst.body).toEqual({ items: body.items.slice(0, 1), total: 4 });
    expect((await call('GET', '/health?limit=501')).status).toBe(400);
    expect(await call('GET', `/calendars/${left!.id}/health`)).toMatchObject({ status: 404 });

    const neighbour = await Clinic.open(world);
    expect(await call('GET', '/health', neighbour)).toMatchObject({ body: { items: [] } });
    for (const [method, path] of [
      ['GET', 'health'],
      ['POST', 'sync'],
    ] as const)
      expect(await call(method, `/calendars/${calendar.id}/${path}`, neighbour)).toMatchObject({
        status: 404,
      });
  });
});

describe('sync now', () => {
  test('reads at once what waits for its next try, and rings', async () => {
    await clinic.fault({ kind: 'error', status: 503, reason: 'backendError', on: 'events.list', times: 1 });
    await readDue(world.context, calendar);
    await set(sql`due_at = now() + '1 hour'`);
    expect(await readDue(world.context, calendar)).toBe(0);
    const before = rings;
    const asked = await call<HealthShape>('POST', `/calendars/${calendar.id}/sync`);
    expect(asked).toMatchObject({ status: 202, body: { calendarId: calendar.id } });
    expect(Date.parse(asked.body.nextReadAt!)).toBeLessThanOrEqual(Date.now());
    expect(rings).toBe(before + 1);
    expect(await readDue(world.context, calendar)).toBe(1);
    expect(await healthOf(calendar)).toMatchObject({ light: 'green', failure: null });
  });

  test('asks for a channel again that may be had by now, not for one refused for good', async () => {
    await set(sql`watch_failure = 'push.webhookUrlUnauthorized', watch_due_at = now() + '1 day'`);
    await call('POST', `/calendars/${calendar.id}/sync`);
    expect((await pullOf(clinic, calendar)).watchDueAt!.getTime()).toBeLessThanOrEqual(Date.now());
    await set(sql`watch_failure = 'pushNotSupportedForRequestedResource', watch_due_at = null`);
    await call('POST', `/calendars/${calendar.id}/sync`);
    expect((await pullOf(clinic, calendar)).watchDueAt).toBeNull();
    await set(sql`watch_failure = null, watch_due_at = now() + '5 days'`);
    await call('POST', `/calendars/${calendar.id}/sync`);
    expect((await pullOf(clinic, calendar)).watchDueAt!.getTime()).toBeGreaterThan(Date.now());
  });

  test('asks anew for a channel of which nothing was ever heard', async () => {
    const again = async (channel: ReturnType<typeof sql>) => {
      await set(sql`watch_failure = null, watch_due_at = now() + '5 days'`);
      await clinic.db.execute(sql`delete from channels`);
      await clinic.db.execute(sql`
        insert into channels (id, business_id, calendar_id, token_hash, expires_at, made_at, last_notice_at)
          select gen_random_uuid(), ${clinic.businessId}, ${calendar.id}, '00', now() + '6 days', ${channel}`);
      await call('POST', `/calendars/${calendar.id}/sync`);
      return (await pullOf(clinic, calendar)).watchDueAt!.getTime() <= Date.now();
    };
    expect(await again(sql`now() - interval '3 minutes', null::timestamptz`)).toBe(true);
    expect(await again(sql`now() - interval '1 minute', null::timestamptz`)).toBe(false);
    expect(await again(sql`now() - interval '3 minutes', now()`)).toBe(false);
  });

  test('is for staff', async () => {
    expect(await call('POST', `/calendars/${calendar.id}/sync`, clinic, ['read'])).toMatchObject({
      status: 403,
    });
  });
});

describe('a calendar that is read only every so many minutes', () => {
  const hour = 3_600_000;
  const change = async (method: 'POST' | 'PUT' | 'PATCH', path: string, payload: object) => {
    const { status } = await call(method, path, clinic, ['setup'], payload);
    expect(status).toBeLessThan(300);
  };
  const notice = () => set(sql`wanted = wanted + 1, noticed_at = now()`);
  const sync = () => call('POST', `/calendars/${calendar.id}/sync`);
  beforeEach(async () => {
    await change('PATCH', `/calendars/${calendar.id}`, { settings: { delayMinutes: 60 } });
    expect(await readDue(world.context, calendar)).toBe(1);
  });

  test('waits that long for its turn, and with what Google tells of', async () => {
    const [before, { nextReadAt }] = [Date.now(), await healthOf(calendar)];
    expect(Math.abs(Date.parse(nextReadAt!) - before - hour)).toBeLessThan(60_000);
    await notice();
    expect(await readDue(world.context, calendar)).toBe(0);
    await set(sql`read_at = now() - interval '61 minutes'`);
    expect(await readDue(world.context, calendar)).toBe(1);
  });

  test('is read at once for whoever asks, and when whom its events block changes', async () => {
    const member = { email: 'bert@clinic.test', name: 'Bert', role: 'staff' };
    const acts = [
      sync,
      () => change('PUT', `/calendars/${calendar.id}/rules`, { rules: [{ whom: { kind: 'nobody' } }] }),
      () => change('PATCH', `/calendars/${calendar.id}`, { settings: { undecided: 'nobody' } }),
      () => change('POST', '/members', member),
    ];
    for (const act of acts) {
      await act();
      expect(Date.parse((await healthOf(calendar)).nextReadAt!)).toBeLessThanOrEqual(Date.now());
      expect(await readDue(world.context, calendar)).toBe(1);
      expect(await readDue(world.context, calendar)).toBe(0);
    }
  });

  test('is read once more for whoever asks while it is being read', async () => {
    for (const [act, times] of [
      [sync, 1],
      [notice, 0],
    ] as const) {
      await due();
      const [claim] = await claimPulls(clinic.db, { limit: 1 });
      await act();
      await pullCalendar(world.context, claim!);
      expect(await readDue(world.context, calendar)).toBe(times);
    }
  });

  test('after a failure only the time counts, whatever changes', async () => {
    await set(sql`failure = 'backendError', failed_at = now(), due_at = now() + '1 hour'`);
    await change('PATCH', `/calendars/${calendar.id}`, { settings: { undecided: 'nobody' } });
    expect(await readDue(world.context, calendar)).toBe(0);
  });
});

describe('staff are told', () => {
  const tell = () => tellStale(world.context);

  test('once of what cannot be read, once when it can be again, and anew the next time', async () => {
    await readDue(world.context, calendar);
    await set(sql`failure = 'notFound', failed_at = now(), read_at = now() - interval '9 minutes'`);
    await tell();
    expect(await told()).toEqual([]);
    await set(sql`read_at = now() - interval '11 minutes'`);
    await Promise.all([tell(), tell(), tell()]);
    const { readAt } = await pullOf(clinic, calendar);
    expect(await told()).toMatchObject([
      {
        kind: 'calendar_unread',
        to: 'staff',
        calendarId: calendar.id,
        details: { code: 'notFound', readAt: readAt!.toISOString() },
      },
    ]);
    await tell();
    expect(await told()).toHaveLength(1);

    // As a reading that goes well leaves it.
    await set(sql`failure = null, failed_at = null, read_at = now()`);
    await Promise.all([tell(), tell()]);
    await tell();
    expect((await told()).map(({ kind }) => kind)).toEqual(['calendar_unread', 'calendar_read_again']);
    await set(sql`failure = 'notFound', failed_at = now(), read_at = now() - interval '11 minutes'`);
    await tell();
    expect((await told()).at(-1)!.kind).toBe('calendar_unread');
    expect(await told()).toHaveLength(3);
  });

  test('by one process: what another has in hand is passed by', async () => {
    await set(sql`failure = 'notFound', failed_at = now(), read_at = now() - interval '11 minutes'`);
    await clinic.db.transaction(async (tx) => {
      await tx.execute(sql`select 1 from pulls where calendar_id = ${calendar.id} for update`);
      await tell();
    });
    expect(await told()).toEqual([]);
    await tell();
    expect(await told()).toHaveLength(1);
  });

  test('of one that was never read, once it has failed for a minute', async () => {
    await set(sql`failure = 'backendError', failed_at = now()`);
    await tell();
    expect(await told()).toEqual([]);
    await set(sql`failed_at = now() - interval '61 seconds'`);
    await tell();
    expect(await told()).toMatchObject([{ kind: 'calendar_unread', details: { readAt: null } }]);
  });

  test('of one that may be read late, only when it is later than that', async () => {
    await clinic.db.execute(sql`
      update calendars set settings = settings || '{"delayMinutes": 60}' where id = ${calendar.id}`);
    await set(sql`failure = 'backendError', failed_at = now(), read_at = now() - interval '65 minutes'`);
    await tell();
    expect(await told()).toEqual([]);
    await set(sql`read_at = now() - interval '71 minutes'`);
    await tell();
    expect(await told()).toHaveLength(1);
  });

  test('of one that is read once an hour, only when that hour has passed', async () => {
    const hourly = { ...world.context, config: { ...world.context.config, pollMinutes: 60 } };
    await set(sql`failure = null, failed_at = null, read_at = now() - interval '64 minutes'`);
    await tellStale(hourly);
    expect(await told()).toEqual([]);
    await set(sql`read_at = now() - interval '66 minutes'`);
    await tellStale(hourly);
    expect(await told()).toHaveLength(1);
  });

  test('of an account that waits for a person, though nothing is tried any more', async () => {
    await readDue(world.context, calendar);
    await clinic.db.execute(sql`update accounts set state = 'needs_reconnecting', failure = 'invalid_grant'
      where id = ${clinic.accountId}`);
    await tell();
    expect(await told()).toEqual([]);
    await set(sql`read_at = now() - interval '11 minutes'`);
    await tell();
    expect(await told()).toMatchObject([
      { kind: 'account_unread', accountId: clinic.accountId, details: { code: 'invalid_grant' } },
    ]);
  });

  test('once of an account, however many calendars it has, and of each that failed by itself', async () => {
    for (const name of ['A', 'B', 'C']) await clinic.addCalendar(name);
    const all = (columns: ReturnType<typeof sql>) =>
      clinic.db.execute(sql`update pulls set ${columns} where business_id = ${clinic.businessId}`);
    await all(sql`read_at = now() - interval '9 minutes'`);
    await set(sql`failure = 'notFound', failed_at = now(), read_at = now() - interval '11 minutes'`);
    await tell();
    const account = (columns: ReturnType<typeof sql>) =>
      clinic.db.execute(sql`update accounts set ${columns} where id = ${clinic.accountId}`);
    await account(sql`state = 'needs_reconnecting', failure = 'invalid_grant'`);
    await all(sql`read_at = now() - interval '11 minutes'`);
    await Promise.all([tell(), tell()]);
    await tell();
    expect((await told()).map(({ kind }) => kind)).toEqual(['calendar_unread', 'account_unread']);

    await account(sql`state = 'connected', failure = null, connected_at = now()`);
    await all(sql`failure = null, failed_at = null, read_at = now() + interval '1 second'`);
    await Promise.all([tell(), tell()]);
    await tell();
    const kinds = (await told()).map(({ kind }) => kind);
    expect(kinds.slice(2).sort()).toEqual(['account_read_again', 'calendar_read_again']);
    await account(sql`state = 'needs_reconnecting', failure = 'invalid_grant'`);
    await all(sql`read_at = now() - interval '11 minutes'`);
    await tell();
    expect((await told()).at(-1)!.kind).toBe('account_unread');
    expect(await told()).toHaveLength(5);
  });

  test('of one whose turn does not come, though nothing failed', async () => {
    await readDue(world.context, calendar);
    await set(sql`read_at = now() - interval '9 minutes'`);
    await tell();
    expect(await told()).toEqual([]);
    await set(sql`read_at = now() - interval '3 days'`);
    await tell();
    await tell();
    expect(await told()).toMatchObject([{ kind: 'calendar_unread', details: { code: 'late' } }]);
    expect(await healthOf(calendar)).toMatchObject({ light: 'red', failure: null });
  });

  test('not of what is switched off or left', async () => {
    const stale = sql`failure = 'notFound', failed_at = now(), read_at = now() - interval '1 day'`;
    await set(stale);
    const settings = sql`settings || '{"pull": false}'`;
    await clinic.db.update(businesses).set({ settings }).where(eq(businesses.id, clinic.businessId));
    await tell();
    const { businessId } = clinic;
    await clinic.db.transaction((tx) => unfollow(tx, { businessId, id: calendar.id, now: Date.now() }));
    await set(stale);
    await tell();
    expect(await told()).toEqual([]);
  });
});
