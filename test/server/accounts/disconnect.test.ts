// Disconnecting: at once whatever Google says, told first with counts, finished when Google answers, and no event twice on return.
import { eq, sql } from 'drizzle-orm';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type * as z from 'zod';
import { needReconnecting, the } from '../../../server/accounts/accounts.ts';
import { finishDisconnecting } from '../../../server/accounts/finish.ts';
import { follow, see } from '../../../server/calendars/follow.ts';
import { linkAll } from '../../../server/calendars/links.ts';
import { logEntries } from '../../../server/database/ledger.ts';
import { channels, events, marks, messages, pulls, rules } from '../../../server/database/mirror.ts';
import { accounts, blocks, calendars, links, openings } from '../../../server/database/schema.ts';
import { readCalendar } from '../../../server/sync/pull.ts';
import type { DisconnectPlan } from '../../../shared/account-api.ts';
import { Clinic, type Resource } from '../sync/clinic.ts';
import { type Office, openOffice } from './office.ts';

let office: Office;
let clinic: Clinic;
let room: Resource;
beforeAll(async () => {
  office = await openOffice();
});
afterAll(() => office.close());
beforeEach(async () => {
  office.clock.now = Date.now();
  clinic = await Clinic.open(office.world);
  room = await clinic.addResource('Room');
});
afterEach(() => clinic.control.clearFaults());

type Plan = z.infer<typeof DisconnectPlan>;
const path = () => `/accounts/${clinic.accountId}/disconnect`;
const plan = (choice: string) => office.call<Plan>(clinic, 'GET', `${path()}?events=${choice}`);
const disconnect = (choice: string) => office.call<Plan>(clinic, 'POST', path(), { events: choice });
const finish = () => finishDisconnecting(office.context);
const row = async () =>
  (await clinic.db.select().from(accounts).where(the(clinic.businessId, clinic.accountId)))[0]!;
const state = async () => (await row()).state;
const revoked = async () => (await clinic.asked()).filter((method) => method === 'revoke').length;
const told = () => clinic.db.select().from(messages).where(eq(messages.businessId, clinic.businessId));
const grants = async () => (await clinic.control.grants()).filter(({ person }) => person === clinic.owner);

/** What a reading of the room's calendar, and a channel on it, would have left in the tables. */
async function mirror(): Promise<void> {
  const { businessId } = clinic;
  const calendarId = room.calendar.id;
  const [startsAt, endsAt] = [new Date('2027-01-05T08:00Z'), new Date('2027-01-05T09:00Z')];
  const during = { start: startsAt.getTime(), end: endsAt.getTime() };
  for (const eventId of ['lunch', 'open']) {
    await clinic.db.insert(events).values({
      ...{ businessId, calendarId, eventId, etag: '"1"', startsAt, endsAt, zone: 'Europe/Oslo', seen: 1 },
      ...{ status: 'confirmed', type: 'default', free: false, freed: false },
    });
    const table = eventId === 'open' ? openings : blocks;
    const cause = { code: 'default' } as const;
    const id = crypto.randomUUID();
    await clinic.db
      .insert(table)
      .values({ businessId, id, resourceId: room.id, during, calendarId, eventId, cause });
  }
  await clinic.db.insert(rules).values({
    ...{ businessId, calendarId, id: crypto.randomUUID(), position: 0, when: {}, alsoWhenFree: false },
    whom: { kind: 'nobody' },
  });
  // One that we set Free, and one that a person had.
  for (const was of ['opaque', null] as const)
    await clinic.db
      .insert(marks)
      .values({ businessId, calendarId, eventId: `free${was}`, free: true, was, done: 1 });
  await clinic.db.update(pulls).set({ token: 'sync', fingerprint: 'f', readAt: startsAt, bookmark: 7 });
  const id = crypto.randomUUID();
  await clinic.db.insert(channels).values({ id, businessId, calendarId, tokenHash: 'h', madeAt: startsAt });
}
/** Those of this clinic, counted. */
const left = async () => {
  const count = async (
    table: typeof links | typeof events | typeof blocks | typeof openings | typeof rules,
  ) => clinic.db.$count(table, eq(table.businessId, clinic.businessId));
  return {
    links: await count(links),
    events: await count(events),
    blocks: await count(blocks),
    openings: await count(openings),
    rules: await count(rules),
  };
};
/** As the one who stops channels does. */
const channelsStopped = () =>
  clinic.db
    .delete(channels)
    .where(sql`${channels.businessId} = ${clinic.businessId} and stop_at is not null`);

describe('disconnecting', () => {
  test('is told first with counts, and then does what was told', async () => {
    await mirror();
    await clinic.book([room]);
    await clinic.book([room]);
    await clinic.settle();
    const counts = { calendars: 1, links: 1, channels: 1, ourEvents: 2, freed: 1, blocks: 2 };
    expect(await plan('keep')).toEqual({ status: 200, body: { ...counts, removed: 0 } });
    expect(await plan('remove')).toEqual({ status: 200, body: { ...counts, removed: 2 } });
    expect(await state()).toBe('connected');
    expect(await left()).toEqual({ links: 1, events: 2, blocks: 1, openings: 1, rules: 1 });

    expect(await disconnect('remove')).toEqual({ status: 202, body: { ...counts, removed: 2 } });
    expect(await state()).toBe('disconnecting');
    expect(await left()).toEqual({ links: 0, events: 0, blocks: 0, openings: 0, rules: 1 });
    expect((await office.call(clinic, 'GET', '/calendars')).body).toEqual({ items: [] });
    const [channel] = await clinic.db
      .select()
      .from(channels)
      .where(eq(channels.businessId, clinic.businessId));
    expect(channel!.stopAt).not.toBeNull();
    const [pull] = await clinic.db.select().from(pulls).where(eq(pulls.businessId, clinic.businessId));
    expect(pull).toMatchObject({ bookmark: 8, token: null, readAt: null, watchDueAt: null });
  });

  test('removes our events and no other, then ends the grant and forgets the token', async () => {
    await mirror();
    await clinic.control.addEvent({
      person: clinic.owner,
      calendar: room.calendar.googleId,
      event: {
        summary: 'Lunch',
        start: { dateTime: '2027-01-04T11:00:00Z' },
        end: { dateTime: '2027-01-04T12:00:00Z' },
      },
    });
    await clinic.book([room]);
    await clinic.settle();
    const waiting = await clinic.book([room]);
    expect(await clinic.events(room.calendar)).toHaveLength(2);
    await disconnect('remove');
    await finish();
    expect(await state()).toBe('disconnecting');
    await channelsStopped();
    await finish();
    expect(await state()).toBe('disconnecting');
    await clinic.settle();
    expect((await clinic.events(room.calendar)).map(({ summary }) => summary)).toEqual(['Lunch']);
    expect((await clinic.row(waiting, room))!).toMatchObject({ present: false, eventId: null });
    await finish();
    await finish();
    expect(await row()).toMatchObject({ state: 'disconnected', refreshToken: null });
    expect(await grants()).toEqual([]);
    expect(await revoked()).toBe(1);
    const log = await clinic.db
      .select()
      .from(logEntries)
      .where(eq(logEntries.kind, 'account'))
      .orderBy(logEntries.id);
    expect(log.map(({ step, outcome }) => `${step} ${outcome}`)).toEqual([
      'connect ok',
      'disconnect remove',
      'revoke ok',
    ]);
  });

  test('keeps our events as they stand: what was owed to them is not written any more', async () => {
    const booked = await clinic.book([room]);
    await clinic.settle();
    await clinic.change(booked, { notes: 'new' });
    const never = await clinic.book([room]);
    const before = await clinic.events(room.calendar);
    await disconnect('keep');
    expect(await clinic.claim()).toEqual([]);
    expect((await clinic.row(never, room))!).toMatchObject({ eventId: null, done: 1 });
    await finish();
    expect(await state()).toBe('disconnected');
    expect(await clinic.events(room.calendar)).toEqual(before);
    expect(await disconnect('keep')).toMatchObject({ status: 409, body: { code: 'wrong_state' } });
    expect(await plan('keep')).toMatchObject({ status: 409 });
  });

  test('with a change of mind meanwhile takes the events away after all', async () => {
    await clinic.book([room]);
    await clinic.settle();
    await disconnect('keep');
    expect((await disconnect('remove')).body).toMatchObject({ ourEvents: 1, removed: 1, calendars: 0 });
    await clinic.settle();
    expect(await clinic.events(room.calendar)).toEqual([]);
  });

  test('includes calendars that were left before', async () => {
    await clinic.book([room]);
    await clinic.settle();
    await office.call(clinic, 'DELETE', `/calendars/${room.calendar.id}`);
    expect((await disconnect('remove')).body).toMatchObject({ calendars: 0, ourEvents: 1, removed: 1 });
    await finish();
    expect(await state()).toBe('disconnecting');
    await clinic.settle();
    await finish();
    expect(await state()).toBe('disconnected');
  });

  test('is for the business that has the account, and for a choice that is made', async () => {
    const other = await Clinic.open(office.world);
    const theirs = await office.call(other, 'POST', path(), { events: 'keep' });
    expect(theirs).toMatchObject({ status: 404 });
    expect(await disconnect('perhaps')).toMatchObject({ status: 400 });
    expect(await office.call(clinic, 'GET', path())).toMatchObject({ status: 400 });
    expect(await state()).toBe('connected');
  });
});

describe('what a person did to an event of ours, and staff were asked about', () => {
  let drift: { id: string };
  const open = async () =>
    (await office.call<{ items: { id: string }[] }>(clinic, 'GET', '/drifts')).body.items;
  const restore = () => office.call(clinic, 'POST', `/drifts/${drift.id}/settle`, { choice: 'restore' });
  const starts = async () => (await clinic.events(room.calendar)).map(({ start }) => start?.dateTime);
  let before: Awaited<ReturnType<typeof starts>>;

  beforeEach(async () => {
    await clinic.db.execute(sql`
      update businesses set settings = jsonb_set(settings, '{drift,moved}', '"ask"') where id = ${clinic.businessId}`);
    await clinic.book([room]);
    await clinic.settle();
    before = await starts();
    await clinic.db.execute(sql`update pushes set written_at = now() - interval '1 minute'`);
    const [start, end] = [{ dateTime: '2027-01-04T15:00:00Z' }, { dateTime: '2027-01-04T16:00:00Z' }];
    await clinic.edit(room.calendar, { start, end });
    await readCalendar(office.context, { businessId: clinic.businessId, calendarId: room.calendar.id });
    drift = (await open())[0]!;
    expect(drift).toBeDefined();
  });

  test.each(['keep', 'remove'])('waits for nobody once nothing can be put back (%s)', async (choice) => {
    await clinic.db.execute(sql`update pushes set missing_at = now(), elsewhere = calendar_id`);
    await disconnect(choice);
    expect(await open()).toEqual([]);
    const { body } = await office.call(clinic, 'GET', '/drifts?state=settled');
    expect(body).toMatchObject({ items: [{ id: drift.id, settledBy: 'sidebook' }] });
    expect(await restore()).toMatchObject({ status: 409, body: { code: 'wrong_state' } });
    const none = { missingAt: null, elsewhere: null };
    if (choice === 'keep') expect(await clinic.rows()).toMatchObject([none]);
  });

  test('can still be put back in a calendar that is only followed no more', async () => {
    await office.call(clinic, 'DELETE', `/calendars/${room.calendar.id}`);
    expect(await restore()).toMatchObject({ status: 200 });
    await clinic.settle();
    expect(await starts()).toEqual(before);
  });
});

describe('while Google', () => {
  test('is down, it is done on our side and finished once Google answers', async () => {
    await mirror();
    await clinic.book([room]);
    await clinic.settle();
    await clinic.fault({ kind: 'reset' });
    expect(await disconnect('remove')).toMatchObject({ status: 202 });
    expect(await left()).toMatchObject({ links: 0, events: 0, blocks: 0 });
    await channelsStopped();
    await clinic.later();
    await clinic.push();
    await finish();
    expect(await state()).toBe('disconnecting');
    expect(await grants()).toHaveLength(1);
    await clinic.control.clearFaults();
    await clinic.settle();
    await clinic.fault({ kind: 'error', status: 503, reason: 'backendError', on: 'revoke', times: 1 });
    await finish();
    expect(await state()).toBe('disconnecting');
    await finish();
    expect(await state()).toBe('disconnected');
    expect(await grants()).toEqual([]);
    expect(await clinic.events(room.calendar)).toEqual([]);
  });

  test('cannot be reached for hours, our events are still taken away after that', async () => {
    await clinic.book([room]);
    await clinic.settle();
    await clinic.fault({ kind: 'reset' });
    await disconnect('remove');
    await channelsStopped();
    await clinic.db.execute(sql`update pushes set attempts = 1000`);
    await clinic.push();
    await finish();
    expect(await state()).toBe('disconnecting');
    await clinic.control.clearFaults();
    await clinic.settle();
    await finish();
    expect(await state()).toBe('disconnected');
    expect(await clinic.events(room.calendar)).toEqual([]);
  });

  test('stays down for a day, it is finished without Google', async () => {
    await mirror();
    await clinic.book([room]);
    await clinic.settle();
    await clinic.fault({ kind: 'reset' });
    await disconnect('remove');
    office.clock.now += 24 * 3_600_000 - 1000;
    await finish();
    expect(await state()).toBe('disconnecting');
    office.clock.now += 2000;
    await finish();
    expect(await row()).toMatchObject({ state: 'disconnected', refreshToken: null });
  });

  test('refuses the token, nothing is waited for', async () => {
    await mirror();
    await clinic.book([room]);
    await clinic.settle();
    await clinic.control.revokeAccess({ person: clinic.owner });
    await clinic.control.expireAccess({ person: clinic.owner });
    expect((await disconnect('remove')).body).toMatchObject({ removed: 1 });
    await finish();
    expect(await state()).toBe('disconnecting');
    expect(await told()).toEqual([]);
    // The first one to ask finds out.
    await clinic.push();
    expect(await row()).toMatchObject({ state: 'disconnecting', failure: 'invalid_grant' });
    await finish();
    expect(await row()).toMatchObject({ state: 'disconnected', refreshToken: null });
    const { accountId } = clinic;
    expect(await told()).toMatchObject([
      { to: 'admin', kind: 'events_left', accountId, details: { count: 1 } },
    ]);
  });

  test('had refused it long ago, disconnecting works all the same, and tells nobody anew', async () => {
    await mirror();
    await clinic.book([room]);
    await clinic.settle();
    const { businessId, accountId } = clinic;
    const { refreshToken } = await row();
    await clinic.control.revokeAccess({ person: clinic.owner });
    const dead = { businessId, accountId, refreshToken, code: 'invalid_grant', now: Date.now() };
    await needReconnecting(clinic.db, dead);
    expect(await state()).toBe('needs_reconnecting');
    expect((await plan('remove')).body).toMatchObject({ ourEvents: 1, removed: 0 });
    expect(await disconnect('keep')).toMatchObject({ status: 202 });
    await needReconnecting(clinic.db, dead);
    expect(await state()).toBe('disconnecting');
    await finish();
    expect(await state()).toBe('disconnected');
  });

  test('finds our token sealed with a key that is lost, it is forgotten', async () => {
    await clinic.db
      .update(accounts)
      .set({ refreshToken: 'lost.AAAA.AAAA.AAAA' })
      .where(the(clinic.businessId, clinic.accountId));
    await disconnect('keep');
    await finish();
    expect(await row()).toMatchObject({ state: 'disconnected', refreshToken: null });
  });

  test('is being told, a person connects again: what they gave is ended too, and they are told', async () => {
    await disconnect('keep');
    await clinic.fault({ kind: 'latency', milliseconds: 200, on: 'revoke', times: 1 });
    const finishing = finish();
    await clinic.struck();
    await clinic.connect();
    await finishing;
    expect(await grants()).toEqual([]);
    expect(await row()).toMatchObject({ state: 'needs_reconnecting', failure: 'invalid_grant' });
    expect(await told()).toMatchObject([{ kind: 'needs_reconnecting' }]);
  });

  test('is being told of another account, a person connects again: they stay connected', async () => {
    const next = await Clinic.open(office.world);
    expect(next.businessId > clinic.businessId).toBe(true);
    await disconnect('keep');
    await office.call(next, 'POST', `/accounts/${next.accountId}/disconnect`, { events: 'keep' });
    await clinic.fault({ kind: 'latency', milliseconds: 200, on: 'revoke', times: 1 });
    const finishing = finish();
    await clinic.struck();
    await next.connect();
    await finishing;
    expect(await state()).toBe('disconnected');
    const [theirs] = await clinic.db.select().from(accounts).where(the(next.businessId, next.accountId));
    expect(theirs).toMatchObject({ state: 'connected', failure: null });
    expect(await next.asked()).not.toContain('revoke');
  });
});

test('a grant that another business lives by is not ended, but the token is forgotten', async () => {
  const { refresh_token: refreshToken } = await clinic.control.issueTokens({ person: clinic.owner });
  const other = await Clinic.open(office.world);
  expect(await office.call(other, 'POST', '/accounts', { refreshToken })).toMatchObject({ status: 201 });
  await disconnect('keep');
  await finish();
  expect(await row()).toMatchObject({ state: 'disconnected', refreshToken: null });
  expect(await revoked()).toBe(0);
  expect(await grants()).toHaveLength(2);
});

test('a grant that two businesses let go of is ended by the last', async () => {
  const { refresh_token: refreshToken } = await clinic.control.issueTokens({ person: clinic.owner });
  const other = await Clinic.open(office.world);
  const made = await office.call<{ id: string }>(other, 'POST', '/accounts', { refreshToken });
  await office.call(other, 'POST', `/accounts/${made.body.id}/disconnect`, { events: 'keep' });
  await disconnect('keep');
  await finish();
  const log = await clinic.db.select().from(logEntries).where(eq(logEntries.kind, 'account'));
  expect(log.filter(({ step }) => step === 'revoke').map(({ outcome }) => outcome)).toEqual(['shared', 'ok']);
  expect(await revoked()).toBe(1);
  expect(await grants()).toEqual([]);
});

test.each(['keep', 'remove'] as const)(
  'connected again and followed again, no event comes twice (%s)',
  async (choice) => {
    const booked = await clinic.book([room]);
    await clinic.settle();
    const [first] = await clinic.events(room.calendar);
    await disconnect(choice);
    await clinic.settle();
    await finish();
    expect(await state()).toBe('disconnected');
    // Changed while nobody could be told.
    await clinic.change(booked, { notes: 'changed meanwhile' });

    const { accountId, businessId } = clinic;
    await clinic.connect();
    expect(clinic.accountId).toBe(accountId);
    const { googleId } = room.calendar;
    const seen = await see(office.context, businessId, { accountId, googleId });
    const again = await clinic.db.transaction((tx) => follow(tx, { businessId, accountId, ...seen }));
    expect(again.id).toBe(room.calendar.id);
    const link = { reads: true, writes: true, means: null };
    await clinic.db.transaction((tx) => linkAll(tx, { businessId, calendarId: again.id }, link));
    await clinic.change(booked, { notes: 'and again' });
    await clinic.settle();
    const found = await clinic.events(room.calendar);
    expect(found).toHaveLength(1);
    expect(found[0]!.description).toContain('and again');
    expect(found[0]!.id === first!.id).toBe(choice === 'keep');
    const [calendar] = await clinic.db.select().from(calendars).where(eq(calendars.id, again.id));
    expect(calendar!.leftAt).toBeNull();
  },
);
