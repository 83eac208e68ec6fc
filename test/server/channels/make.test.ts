// Channels are made, renewed with overlap, refused and stopped; and each act is safe twice.
import { eq, sql } from 'drizzle-orm';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { follow, see } from '../../../server/calendars/follow.ts';
import { unfollow } from '../../../server/calendars/leave.ts';
import { watchCalendars } from '../../../server/channels/make.ts';
import { stopChannels } from '../../../server/channels/stop.ts';
import { claimWatches } from '../../../server/channels/watches.ts';
import { accounts, businesses } from '../../../server/database/schema.ts';
import { DEFAULT_SWITCHES } from '../../google/switches.ts';
import { type Calendar, Clinic } from '../sync/clinic.ts';
import { channelsDue, channelsOf, openAtGoogle, openPost, type Post, pullOf, stepsOf } from './post.ts';

const hour = 3_600_000;
const day = 24 * hour;

let post: Post;
let clinic: Clinic;
let calendar: Calendar;
beforeAll(async () => {
  post = await openPost();
});
afterAll(() => post.close());
beforeEach(async () => {
  clinic = await Clinic.open(post);
  calendar = await clinic.addCalendar('Room');
});
afterEach(async () => {
  await clinic.control.setSwitches(DEFAULT_SWITCHES);
  // What one test left due is not the next one's concern.
  await clinic.db.execute(sql`update pulls set watch_due_at = null`);
  await clinic.db.execute(sql`delete from channels`);
});

const watch = () => watchCalendars(post.context);
const stop = () => stopChannels(post.context);
const askedFor = async (method: string) => (await clinic.asked()).filter((one) => one === method).length;
const age = (interval: string) =>
  clinic.db.execute(sql`
    update channels set made_at = made_at - ${interval}::interval, expires_at = expires_at - ${interval}::interval,
      stop_at = stop_at - ${interval}::interval`);

describe('making', () => {
  test('one for each calendar that is followed, and Google proves at once that it reaches us', async () => {
    await watch();
    await clinic.control.idle();
    const [open, ...others] = await openAtGoogle(clinic, calendar);
    expect(others).toEqual([]);
    const [row] = await channelsOf(clinic, calendar);
    expect(row).toMatchObject({ id: open!.id, resourceId: open!.resourceId, stopAt: null, lastNumber: 1 });
    expect(row!.expiresAt!.getTime()).toBe(open!.expiration);
    const pull = await pullOf(clinic, calendar);
    expect(pull).toMatchObject({ watchFailure: null, watchAttempts: 0, watchLeasedUntil: null });
    // Hello is no change.
    expect(pull.noticedAt).toBeNull();
    expect(await stepsOf(clinic, calendar)).toEqual(expect.arrayContaining(['watch ok', 'notice hello']));
  });

  test('the secret is with Google alone', async () => {
    await watch();
    const [open] = await openAtGoogle(clinic, calendar);
    expect(open!.token).toMatch(/^[\w-]{43}$/);
    const tables = await clinic.db.execute(
      sql`select t::text from channels t union all select t::text from log_entries t`,
    );
    expect(JSON.stringify(tables)).not.toContain(open!.token);
  });

  test('hello may come before the answer', async () => {
    await clinic.control.setSwitches({ syncNoticeFirst: true });
    await watch();
    const [row] = await channelsOf(clinic, calendar);
    expect(row).toMatchObject({ lastNumber: 1, resourceId: expect.any(String) });
    const deliveries = await clinic.control.deliveries();
    expect(deliveries.at(-1)).toMatchObject({ state: 'sync', status: 204 });
  });

  test('several processes make one between them', async () => {
    const more = await Promise.all(Array.from({ length: 20 }, (_, n) => clinic.addCalendar(`Room ${n}`)));
    await Promise.all(Array.from({ length: 8 }, watch));
    for (const one of [calendar, ...more]) expect(await openAtGoogle(clinic, one)).toHaveLength(1);
  });

  test('what one process has taken, another passes by', async () => {
    await clinic.db.transaction(async (tx) => {
      expect(await claimWatches(tx, 100)).toHaveLength(1);
      expect(await claimWatches(clinic.db, 100)).toEqual([]);
    });
    expect(await claimWatches(clinic.db, 100)).toEqual([]);
  });

  test('one that took so long that another was made meanwhile is stopped', async () => {
    await clinic.fault({ kind: 'latency', milliseconds: 300, on: 'events.watch', times: 1 });
    const slow = watch();
    await clinic.struck();
    await channelsDue(clinic, calendar);
    await watch();
    const [quick] = await openAtGoogle(clinic, calendar);
    await slow;
    await stop();
    expect((await openAtGoogle(clinic, calendar)).map(({ id }) => id)).toEqual([quick!.id]);
    expect((await channelsOf(clinic, calendar)).map(({ id }) => id)).toEqual([quick!.id]);
  });

  test('a calendar of which only free/busy is shown has one too', async () => {
    const other = `boss-${clinic.owner}`;
    await clinic.control.createPerson({ email: other, name: 'Boss', zone: 'Europe/Oslo' });
    const { id: googleId } = await clinic.control.createCalendar({ owner: other, summary: 'Boss' });
    await clinic.control.share({ calendar: googleId, person: clinic.owner, role: 'freeBusyReader' });
    const { businessId, accountId } = clinic;
    const seen = await see(post.context, businessId, { accountId, googleId });
    const { id } = await clinic.db.transaction((tx) => follow(tx, { businessId, accountId, ...seen }));
    await watch();
    expect(await openAtGoogle(clinic, { id, googleId })).toHaveLength(1);
  });
});

describe('none is made', () => {
  test.each([
    ['without an address', { publicUrl: undefined, google: { url: 'http://127.0.0.1:9' } }],
    ["for Google's own, without https", { publicUrl: 'http://book.test', google: { url: undefined } }],
  ])('%s', async (_, { publicUrl, google }) => {
    const { config } = post.context;
    const context = {
      ...post.context,
      config: { ...config, publicUrl, google: { ...config.google, ...google } },
    };
    await watchCalendars(context);
    expect(await channelsOf(clinic, calendar)).toEqual([]);
    expect((await pullOf(clinic, calendar)).watchAttempts).toBe(0);
  });

  test.each([
    [
      'for an account that waits for a person',
      () =>
        clinic.db
          .update(accounts)
          .set({ state: 'needs_reconnecting' })
          .where(eq(accounts.id, clinic.accountId)),
    ],
    [
      'where reading is switched off',
      () =>
        clinic.db
          .update(businesses)
          .set({ settings: sql`settings || '{"pull": false}'` })
          .where(eq(businesses.id, clinic.businessId)),
    ],
    [
      'for a calendar that was left',
      () =>
        clinic.db.transaction((tx) =>
          unfollow(tx, { businessId: clinic.businessId, id: calendar.id, now: Date.now() }),
        ),
    ],
  ])('%s', async (_, change) => {
    await change();
    await watch();
    expect(await askedFor('events.watch')).toBe(0);
  });
});

describe('renewing', () => {
  test('is due between 70 % and 80 % of its life', async () => {
    await watch();
    const [row] = await channelsOf(clinic, calendar);
    const { watchDueAt } = await pullOf(clinic, calendar);
    const life = row!.expiresAt!.getTime() - Date.now();
    expect(life / day).toBeCloseTo(7, 2);
    expect((watchDueAt!.getTime() - Date.now()) / life).toBeGreaterThan(0.7);
    expect((watchDueAt!.getTime() - Date.now()) / life).toBeLessThan(0.8);
  });

  test.each([
    ['ahead', 30],
    ['behind', -30],
  ])('does not trust a clock that is a month %s: neither at once nor too late', async (_, days) => {
    await watchCalendars({ ...post.context, now: () => Date.now() + days * day });
    const { watchDueAt } = await pullOf(clinic, calendar);
    expect((watchDueAt!.getTime() - Date.now()) / day).toBeGreaterThan(4.9);
    expect((watchDueAt!.getTime() - Date.now()) / day).toBeLessThan(5.6);
    const [row] = await channelsOf(clinic, calendar);
    expect((row!.expiresAt!.getTime() - Date.now()) / day).toBeCloseTo(7, 2);
    await stop();
    expect(await channelsOf(clinic, calendar)).toHaveLength(1);
  });

  test('is due at once for one that sends to where we were, but not for one of just now', async () => {
    await watch();
    const { config } = post.context;
    const publicUrl = config.publicUrl!.replace('127.0.0.1', 'localhost');
    const moved = { ...post.context, config: { ...config, publicUrl } };
    await watchCalendars(moved);
    expect(await askedFor('events.watch')).toBe(1);
    await age('11 minutes');
    await watch();
    expect(await askedFor('events.watch')).toBe(1);
    await Promise.all([watchCalendars(moved), watchCalendars(moved)]);
    expect(await askedFor('events.watch')).toBe(2);
    const [old, fresh] = await channelsOf(clinic, calendar);
    expect(old!.stopAt).not.toBeNull();
    expect(fresh).toMatchObject({ stopAt: null, address: expect.stringContaining('//localhost:') });
    await watchCalendars(moved);
    expect(await askedFor('events.watch')).toBe(2);
  });

  test('overlaps: the old one is stopped a minute after the new one is open', async () => {
    await watch();
    const [before] = await openAtGoogle(clinic, calendar);
    await channelsDue(clinic, calendar);
    await watch();
    await stop();
    expect(await openAtGoogle(clinic, calendar)).toHaveLength(2);
    const old = (await channelsOf(clinic, calendar)).find(({ id }) => id === before!.id);
    expect(old!.stopAt!.getTime() - Date.now()).toBeGreaterThan(50_000);

    await channelsDue(clinic, calendar);
    await clinic.db.execute(sql`update pulls set watch_due_at = now() + interval '1 day'`);
    await Promise.all([stop(), stop()]);
    const [after, ...others] = await openAtGoogle(clinic, calendar);
    expect(others).toEqual([]);
    expect(after!.id).not.toBe(before!.id);
    expect((await channelsOf(clinic, calendar)).map(({ id }) => id)).toEqual([after!.id]);
    expect(await askedFor('channels.stop')).toBe(1);
  });

  test('after eight days without us there is a new one at once, and the old one is just forgotten', async () => {
    await watch();
    const [before] = await channelsOf(clinic, calendar);
    await age('8 days');
    await clinic.db.execute(sql`update pulls set watch_due_at = watch_due_at - interval '8 days'`);
    await watch();
    await stop();
    const rows = await channelsOf(clinic, calendar);
    expect(rows).toHaveLength(1);
    expect(rows[0]!.id).not.toBe(before!.id);
    expect(await askedFor('channels.stop')).toBe(0);
  });
});

describe('refused', () => {
  test('for good: remembered, and never asked again', async () => {
    const { id: googleId } = await clinic.control.createCalendar({
      owner: clinic.owner,
      summary: 'Holidays',
      generated: true,
    });
    const { businessId, accountId } = clinic;
    const seen = await see(post.context, businessId, { accountId, googleId });
    const holidays = await clinic.db.transaction((tx) => follow(tx, { businessId, accountId, ...seen }));
    await watch();
    const asked = await askedFor('events.watch');
    expect(await pullOf(clinic, { ...holidays })).toMatchObject({
      watchDueAt: null,
      watchFailure: 'pushNotSupportedForRequestedResource',
    });
    expect(await channelsOf(clinic, holidays)).toEqual([]);
    await channelsDue(clinic, holidays);
    await watch();
    expect(await askedFor('events.watch')).toBe(asked);
  });

  test.each([
    ['push.webhookUrlUnauthorized', {}, { verifiedHosts: ['book.test'] }],
    ['push.webhookUrlNotHttps', { publicUrl: 'http://book.test' }, {}],
  ])(
    'for our address (%s): tried again tomorrow, and the account is none the worse',
    async (code, ours, switches) => {
      await clinic.control.setSwitches(switches);
      const context = { ...post.context, config: { ...post.context.config, ...ours } };
      await watchCalendars(context);
      const pull = await pullOf(clinic, calendar);
      expect(pull.watchFailure).toBe(code);
      expect((pull.watchDueAt!.getTime() - Date.now()) / hour).toBeGreaterThan(17);
      const [account] = await clinic.db.select().from(accounts).where(eq(accounts.id, clinic.accountId));
      expect(account).toMatchObject({ state: 'connected', failure: null });
      expect(await channelsOf(clinic, calendar)).toEqual([]);
    },
  );

  test('for now: tried again soon, and a dead grant parks the account', async () => {
    await clinic.fault({ kind: 'error', status: 503, reason: 'backendError', on: 'events.watch', times: 1 });
    await watch();
    expect(await pullOf(clinic, calendar)).toMatchObject({ watchFailure: 'backendError', watchAttempts: 1 });
    await channelsDue(clinic, calendar);
    await watch();
    expect(await pullOf(clinic, calendar)).toMatchObject({ watchFailure: null, watchAttempts: 0 });
    expect(await openAtGoogle(clinic, calendar)).toHaveLength(1);

    await channelsDue(clinic, calendar);
    await clinic.control.revokeAccess({ person: clinic.owner });
    await clinic.control.expireAccess({ person: clinic.owner });
    await watch();
    const [account] = await clinic.db.select().from(accounts).where(eq(accounts.id, clinic.accountId));
    expect(account!.state).toBe('needs_reconnecting');
  });

  test('not at all, only the answer was lost: hello has told what to stop, and one is left', async () => {
    await clinic.fault({ kind: 'lostAnswer', on: 'events.watch', times: 1 });
    await watch();
    await clinic.control.idle();
    const [lost] = await channelsOf(clinic, calendar);
    expect(lost).toMatchObject({ resourceId: expect.any(String), lastNumber: 1 });
    expect(lost!.stopAt).not.toBeNull();
    await channelsDue(clinic, calendar);
    await watch();
    expect(await openAtGoogle(clinic, calendar)).toHaveLength(2);
    await stop();
    expect(await openAtGoogle(clinic, calendar)).toHaveLength(1);
    expect(await channelsOf(clinic, calendar)).toHaveLength(1);
  });
});

describe('stopping', () => {
  test('with its calendar, also where it was being made meanwhile', async () => {
    await watch();
    await clinic.fault({ kind: 'latency', milliseconds: 300, on: 'events.watch', times: 1 });
    await channelsDue(clinic, calendar);
    const making = watch();
    await clinic.struck();
    await clinic.db.transaction((tx) =>
      unfollow(tx, { businessId: clinic.businessId, id: calendar.id, now: Date.now() }),
    );
    await making;
    await stop();
    expect(await openAtGoogle(clinic, calendar)).toEqual([]);
    expect(await channelsOf(clinic, calendar)).toEqual([]);
  });

  test('is tried again while Google does not answer', async () => {
    await watch();
    await clinic.db.execute(sql`update channels set stop_at = now()`);
    await clinic.fault({ kind: 'error', status: 503, reason: 'backendError', on: 'channels.stop', times: 1 });
    await stop();
    const [row] = await channelsOf(clinic, calendar);
    expect(row!.stopAt!.getTime()).toBeGreaterThan(Date.now());
    await channelsDue(clinic, calendar);
    await stop();
    expect(await openAtGoogle(clinic, calendar)).toEqual([]);
    expect(await channelsOf(clinic, calendar)).toEqual([]);
    expect(await stepsOf(clinic, calendar)).toEqual(expect.arrayContaining(['stop backendError', 'stop ok']));
  });

  test('is given up where the grant is dead, or Google never named the channel', async () => {
    await watch();
    await clinic.db.execute(sql`update channels set stop_at = now()`);
    await clinic.control.revokeAccess({ person: clinic.owner });
    await clinic.control.expireAccess({ person: clinic.owner });
    await stop();
    expect(await channelsOf(clinic, calendar)).toEqual([]);

    await clinic.db.execute(sql`
      insert into channels (id, business_id, calendar_id, token_hash, made_at)
        select gen_random_uuid(), ${clinic.businessId}::uuid, ${calendar.id}::uuid, '00', now() - age
          from (values (interval '9 minutes'), (interval '11 minutes')) as of(age)`);
    await stop();
    expect(await channelsOf(clinic, calendar)).toHaveLength(1);
  });
});
