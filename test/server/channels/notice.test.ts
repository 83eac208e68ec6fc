// Google's notices: what is proven by the secret is read once, and what is not does nothing.
import { randomUUID } from 'node:crypto';
import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { watchCalendars } from '../../../server/channels/make.ts';
import { createEar } from '../../../server/channels/notice.ts';
import type { Database } from '../../../server/database/open.ts';
import { type Calendar, Clinic } from '../sync/clinic.ts';
import { channelsDue, channelsOf, openAtGoogle, openPost, type Post, pullOf, readDue } from './post.ts';

let post: Post;
let clinic: Clinic;
let calendar: Calendar;
let channel: { id: string; token: string; resourceId: string };
beforeAll(async () => {
  post = await openPost();
});
afterAll(() => post.close());
beforeEach(async () => {
  await post.context.db.execute(
    sql`update pulls set watch_due_at = null, done = wanted, due_at = now() + '1 day'`,
  );
  clinic = await Clinic.open(post);
  calendar = await clinic.addCalendar('Room');
  await watchCalendars(post.context);
  await clinic.control.idle();
  await readDue(post.context, calendar);
  const [open] = await openAtGoogle(clinic, calendar);
  channel = { id: open!.id, token: open!.token!, resourceId: open!.resourceId };
});

const event = { start: { dateTime: '2027-01-04T09:00:00Z' }, end: { dateTime: '2027-01-04T10:00:00Z' } };
const add = () => clinic.control.addEvent({ person: clinic.owner, calendar: calendar.googleId, event });
const headersOf = (changed: Partial<Record<string, string>> = {}) => ({
  'x-goog-channel-id': channel.id,
  'x-goog-channel-token': channel.token,
  'x-goog-resource-id': channel.resourceId,
  'x-goog-resource-state': 'exists',
  'x-goog-message-number': '7',
  ...changed,
});
async function send(headers: Record<string, string | undefined>, payload?: string) {
  const given = Object.fromEntries(Object.entries(headers).filter(([, value]) => value !== undefined));
  const answer = await post.app.inject({
    method: 'POST',
    url: '/api/v1/google/notices',
    headers: given,
    payload,
  });
  return answer.statusCode;
}
/** All that a notice could change. */
const everything = async () =>
  JSON.stringify([await pullOf(clinic, calendar), await channelsOf(clinic, calendar), post.rings()]);

test('an event typed in Google owes a reading, and the workers are rung for', async () => {
  const rings = post.rings();
  await add();
  await clinic.control.idle();
  const pull = await pullOf(clinic, calendar);
  expect(pull.wanted).toBeGreaterThan(pull.done);
  expect(pull.noticedAt).not.toBeNull();
  expect(post.rings()).toBe(rings + 1);
  const [row] = await channelsOf(clinic, calendar);
  expect(row!.lastNumber).toBeGreaterThan(1);
  expect(row!.lastNoticeAt!.getTime()).toBeGreaterThanOrEqual(pull.noticedAt!.getTime());
  expect(await readDue(post.context, calendar)).toBe(1);
});

test('a burst is one reading, duplicates and two channels at once included', async () => {
  await channelsDue(clinic, calendar);
  await watchCalendars(post.context);
  expect(await openAtGoogle(clinic, calendar)).toHaveLength(2);
  await readDue(post.context, calendar);
  await clinic.control.addFault({ kind: 'duplicateNotice', on: 'notice', calendar: calendar.googleId });
  for (let round = 0; round < 5; round++) {
    await Promise.all([add(), add(), add()]);
    await clinic.control.idle();
  }
  const delivered = (await clinic.control.deliveries()).filter(
    (one) => one.calendar === calendar.googleId && one.state === 'exists',
  );
  expect(delivered.length).toBeGreaterThanOrEqual(20);
  expect(delivered.every(({ status }) => status === 204)).toBe(true);
  expect(await readDue(post.context, calendar)).toBe(1);
  const held = await clinic.db.execute(sql`select 1 from events where calendar_id = ${calendar.id}::uuid`);
  expect(held).toHaveLength(15);
});

test('a change while the calendar is being read is read after it', async () => {
  await add();
  await clinic.control.idle();
  await clinic.fault({ kind: 'latency', milliseconds: 200, on: 'events.list', times: 1 });
  const reading = readDue(post.context, calendar);
  await clinic.struck();
  expect(await send(headersOf())).toBe(204);
  expect(await reading).toBe(2);
});

test.each<[string, Record<string, string | undefined>, number]>([
  ['an unknown channel', { 'x-goog-channel-id': randomUUID() }, 404],
  ['no channel', { 'x-goog-channel-id': undefined }, 404],
  ['what is no id', { 'x-goog-channel-id': "x' or true --" }, 404],
  ['another secret', { 'x-goog-channel-token': 'x'.repeat(43) }, 403],
  ['no secret', { 'x-goog-channel-token': undefined }, 403],
  ['the hash for a secret', { 'x-goog-channel-token': 'hash' }, 403],
  ['another resource', { 'x-goog-resource-id': 'other' }, 403],
])('%s does nothing', async (_, changed, status) => {
  if (changed['x-goog-channel-token'] === 'hash')
    changed['x-goog-channel-token'] = (await channelsOf(clinic, calendar))[0]!.tokenHash;
  const before = await everything();
  expect(await send(headersOf(changed))).toBe(status);
  expect(await everything()).toBe(before);
});

test('an unknown channel costs one look, one that is no id none', async () => {
  let looks = 0;
  const asking = ['select', 'insert', 'update', 'delete', 'execute', 'transaction'];
  const db = new Proxy(post.context.db, {
    get(target, name, receiver) {
      if (asking.includes(String(name))) looks++;
      return Reflect.get(target, name, receiver);
    },
  }) as Database;
  const hear = createEar({ ...post.context, db });
  await expect(hear({ channelId: randomUUID(), token: 'x' })).rejects.toThrow('no such channel');
  expect(looks).toBe(1);
  await expect(hear({ channelId: 'x', token: 'x' })).rejects.toThrow('no such channel');
  expect(looks).toBe(1);
});

test('whatever body or type comes with it is not read', async () => {
  const json = 'application/json';
  expect(await send(headersOf({ 'content-type': json, 'content-length': '0' }))).toBe(204);
  expect(await send(headersOf({ 'content-type': json }), '{"half": ')).toBe(204);
  expect(await send(headersOf({ 'content-type': 'application/x-strange' }), 'x'.repeat(2_000_000))).toBe(204);
  // Not so elsewhere.
  const elsewhere = { method: 'POST', url: '/api/v1/customers', payload: '{"half": ' } as const;
  const answer = await post.app.inject({ ...elsewhere, headers: { 'content-type': json } });
  expect(answer.statusCode).toBe(401);
});

test('strange states and numbers are taken for a change', async () => {
  for (const odd of [
    { 'x-goog-resource-state': 'not_exists' },
    { 'x-goog-message-number': '9'.repeat(40) },
  ]) {
    const { wanted } = await pullOf(clinic, calendar);
    expect(await send(headersOf(odd))).toBe(204);
    expect((await pullOf(clinic, calendar)).wanted).toBe(wanted + 1);
  }
});

test('Google is answered though the calendar is being written to, and a burst waits as one', async () => {
  const { wanted } = await pullOf(clinic, calendar);
  const answers = await clinic.db.transaction(async (tx) => {
    await tx.execute(sql`select 1 from pulls where calendar_id = ${calendar.id}::uuid for update`);
    // More than there are connections.
    const burst = Array.from({ length: 40 }, () => send(headersOf()));
    const [, ...statuses] = await Promise.all([
      send(headersOf({ 'x-goog-resource-state': 'sync' })),
      ...burst,
    ]);
    return statuses;
  });
  expect(new Set(answers)).toEqual(new Set([204]));
  await expect.poll(async () => (await pullOf(clinic, calendar)).wanted).toBe(wanted + 2);
  expect(await readDue(post.context, calendar)).toBe(1);
});

test('one that cannot be written down is to be sent again, and keeps none from being heard', async () => {
  const { wanted } = await pullOf(clinic, calendar);
  await clinic.db.execute(sql`
    create function refuse() returns trigger language plpgsql as $$ begin raise exception 'full'; end $$`);
  await clinic.db.execute(
    sql`create trigger refuses before update on pulls for each row execute function refuse()`,
  );
  try {
    const statuses = await Promise.all([send(headersOf()), send(headersOf()), send(headersOf())]);
    expect(new Set(statuses)).toEqual(new Set([503]));
  } finally {
    await clinic.db.execute(sql`drop function refuse cascade`);
  }
  expect(await send(headersOf())).toBe(204);
  expect((await pullOf(clinic, calendar)).wanted).toBe(wanted + 1);
});

test('a notice that was lost is made good by the next poll', async () => {
  await clinic.control.addFault({ kind: 'lostNotice', on: 'notice', calendar: calendar.googleId, times: 1 });
  await add();
  await clinic.control.idle();
  expect(await readDue(post.context, calendar)).toBe(0);
  await clinic.db.execute(sql`update pulls set due_at = now() where calendar_id = ${calendar.id}::uuid`);
  expect(await readDue(post.context, calendar)).toBe(1);
  const held = await clinic.db.execute(sql`select 1 from events where calendar_id = ${calendar.id}::uuid`);
  expect(held).toHaveLength(1);
});
