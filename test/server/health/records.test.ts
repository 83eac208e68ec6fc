// Log, messages and debug bundle: what they show, to whom, for how long, and what they never hold.
import { randomBytes } from 'node:crypto';
import { and, eq, sql } from 'drizzle-orm';
import type { FastifyInstance } from 'fastify';
import { v7 as uuid } from 'uuid';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type * as z from 'zod';
import { makeKey } from '../../../server/auth/keys.ts';
import { watchCalendars } from '../../../server/channels/make.ts';
import { allocations, logEntries } from '../../../server/database/ledger.ts';
import { messages } from '../../../server/database/mirror.ts';
import { businesses } from '../../../server/database/schema.ts';
import { tell, tidyMessages } from '../../../server/log/messages.ts';
import { tidyLog, writeLog } from '../../../server/log/steps.ts';
import { createConfirm } from '../../../server/sync/confirm.ts';
import type { DebugBundle, Log, Message } from '../../../shared/health-api.ts';
import { openAtGoogle, openPost, type Post, readDue } from '../channels/post.ts';
import { Clinic, type Resource } from '../sync/clinic.ts';

let post: Post;
let app: FastifyInstance;
let clinic: Clinic;
let room: Resource;
let hall: Resource;
beforeAll(async () => {
  post = await openPost();
  app = post.app;
});
afterAll(() => post.close());
beforeEach(async () => {
  await post.context.db.execute(
    sql`update pulls set due_at = now() + '1 day', done = wanted, watch_due_at = null`,
  );
  clinic = await Clinic.open(post);
  room = await clinic.addResource('Room');
  hall = await clinic.addResource('Hall');
});

async function call<Body>(path: string, of = clinic) {
  const scopes = ['read' as const, 'setup' as const];
  const { key } = await clinic.db.transaction((tx) => makeKey(tx, of.businessId, { name: 'test', scopes }));
  const headers = { authorization: `Bearer ${key}` };
  const answer = await app.inject({ method: 'GET', url: `/api/v1${path}`, headers });
  return { status: answer.statusCode, body: answer.json() as Body, key };
}
async function cancel(bookingId: string) {
  const { key } = await clinic.db.transaction((tx) =>
    makeKey(tx, clinic.businessId, { name: 'test', scopes: ['staff'] }),
  );
  const answer = await app.inject({
    method: 'POST',
    url: `/api/v1/bookings/${bookingId}/cancel`,
    headers: { authorization: `Bearer ${key}` },
    payload: { revision: 1 },
  });
  expect(answer.statusCode).toBe(200);
}
type LogShape = z.infer<typeof Log>;
type MessagesShape = { items: z.infer<typeof Message>[] };
type Bundle = z.infer<typeof DebugBundle>;

const change = (settings: Record<string, unknown>) =>
  clinic.db
    .update(businesses)
    .set({ settings: sql`settings || ${JSON.stringify(settings)}::jsonb` })
    .where(eq(businesses.id, clinic.businessId));
const write = (days: number, outcome = 'ok') =>
  writeLog(clinic.db, [
    {
      businessId: clinic.businessId,
      at: new Date(Date.now() - days * 24 * 3_600_000),
      calendarId: room.calendar.id,
      kind: 'pull',
      step: 'read',
      outcome,
    },
  ]);
const written = () =>
  clinic.db
    .select()
    .from(logEntries)
    .where(and(eq(logEntries.businessId, clinic.businessId), eq(logEntries.kind, 'pull')))
    .orderBy(logEntries.id);

describe('the log', () => {
  test('is of the booking, calendar or resource asked for', async () => {
    const here = await clinic.book([room]);
    const there = await clinic.book([hall]);
    await clinic.push();
    await readDue(post.context, room.calendar);
    const all = (await call<LogShape>('/log')).body.items;
    expect(new Set(all.map(({ kind }) => kind))).toEqual(new Set(['push', 'pull', 'account']));
    const of = async (query: string) => (await call<LogShape>(`/log?${query}`)).body.items;
    const same = (test: (entry: LogShape['items'][number]) => boolean) => all.filter(test);
    expect(await of(`bookingId=${here.id}`)).toEqual(same(({ unitId }) => unitId === here.id));
    expect(await of(`calendarId=${hall.calendar.id}`)).toEqual(
      same(({ calendarId }) => calendarId === hall.calendar.id),
    );
    expect(await of(`resourceId=${room.id}`)).toEqual(
      same(({ calendarId, unitId }) => calendarId === room.calendar.id || unitId === here.id),
    );
    expect(await of(`resourceId=${room.id}&bookingId=${there.id}`)).toEqual([]);
    expect((await of(`bookingId=${here.id}`)).length).toBeGreaterThan(0);

    // A resource's bookings count where they were pushed to a calendar it has left since.
    const other = await clinic.addCalendar('Other');
    await clinic.relink(room, other);
    expect((await of(`resourceId=${room.id}`)).map(({ unitId }) => unitId)).toContain(here.id);
    // Nor is one forgotten that was cancelled, though it holds no time any more.
    await cancel(here.id);
    expect(await clinic.db.$count(allocations, eq(allocations.unitId, here.id))).toBe(0);
    expect((await of(`resourceId=${room.id}`)).map(({ unitId }) => unitId)).toContain(here.id);
    expect((await of(`resourceId=${hall.id}`)).map(({ unitId }) => unitId)).not.toContain(here.id);
  });

  test('tells of readings for somebody who books, too', async () => {
    await readDue(post.context, room.calendar);
    const confirm = createConfirm(post.context);
    const span = { start: Date.now(), end: Date.now() + 3_600_000 };
    await confirm(clinic.businessId, [room.calendar.id], span, 2000);
    await clinic.fault({ kind: 'error', status: 503, reason: 'backendError', on: 'events.list', times: 1 });
    await confirm(clinic.businessId, [room.calendar.id], span, 2000);
    expect(await written()).toMatchObject([
      { step: 'read all' },
      { step: 'read all' },
      { step: 'confirm', outcome: 'ok', status: null, milliseconds: expect.any(Number), count: 0 },
      { step: 'confirm', outcome: 'backendError', status: 503 },
    ]);
  });

  test('comes in pages, the newest first', async () => {
    await writeLog(
      clinic.db,
      Array.from({ length: 5 }, (_, n) => ({
        businessId: clinic.businessId,
        at: new Date(),
        step: `step ${n}`,
        outcome: 'ok',
      })),
    );
    const steps: string[] = [];
    for (let next: number | null | undefined; next !== null; ) {
      const page = (await call<LogShape>(`/log?limit=2${next ? `&before=${next}` : ''}`)).body;
      expect(page.items.length).toBeLessThanOrEqual(2);
      steps.push(...page.items.map(({ step }) => step));
      next = page.next;
    }
    expect(steps).toEqual(['step 4', 'step 3', 'step 2', 'step 1', 'step 0', 'connect']);
  });

  test('is its own: nothing of, and to, a neighbour', async () => {
    const booked = await clinic.book([room]);
    await clinic.push();
    const neighbour = await Clinic.open(post);
    expect((await call<LogShape>('/log', neighbour)).body.items).toMatchObject([
      { kind: 'account', step: 'connect', unitId: null, calendarId: null },
    ]);
    for (const query of [`bookingId=${booked.id}`, `calendarId=${room.calendar.id}`, `resourceId=${room.id}`])
      expect(await call(`/log?${query}`, neighbour)).toMatchObject({ status: 404 });
  });

  test('can be switched off, and on again', async () => {
    await change({ log: false });
    await write(0, 'off');
    await change({ log: true });
    await write(0, 'on');
    expect((await written()).map(({ outcome }) => outcome)).toEqual(['on']);
  });

  test('keeps what it is given, and for as long as its business says', async () => {
    await write(40);
    await write(20);
    await write(0);
    const [entry] = (await call<LogShape>('/log')).body.items;
    expect(entry).toMatchObject({ kind: 'pull', attempt: 1, status: null, calendarId: room.calendar.id });
    await tidyLog(clinic.db, Date.now());
    expect(await written()).toHaveLength(2);
    await change({ logDays: 7 });
    await tidyLog(clinic.db, Date.now());
    expect(await written()).toHaveLength(1);
  });
});

describe('messages', () => {
  const say = (kind: string, fields: Record<string, unknown> = {}) =>
    clinic.db.transaction((tx) =>
      tell(tx, [
        { businessId: clinic.businessId, to: 'staff', kind, about: uuid(), at: new Date(), ...fields },
      ]),
    );
  const words = async () => (await call<MessagesShape>('/messages')).body.items.map((one) => one.words);

  test('say in words what happened, with names looked up', async () => {
    const { id: bookingId } = await clinic.book([room]);
    const calendarId = room.calendar.id;
    await say('drift', { bookingId, calendarId, details: { kind: 'freed' } });
    await say('rescheduled', { bookingId, details: { from: '2027-01-04T07:00:00Z' } });
    await say('drift_followed', {
      ...{ bookingId, calendarId },
      details: { kind: 'moved', overrode: ['notice', 'resource_closed'] },
    });
    await say('collision', { bookingId, calendarId });
    await say('calendar_unread', { calendarId, details: { readAt: '2026-11-20T13:00:00Z' } });
    await say('calendar_unread', { calendarId, details: { readAt: null } });
    expect((await words()).reverse()).toEqual([
      'Somebody set Free the event of Check-up, 2027-01-04 09:00 in Google: restore it, or let the booking follow.',
      'Check-up, 2027-01-04 09:00 was moved in Google, from 2027-01-04 08:00.',
      'Check-up, 2027-01-04 09:00 followed what was done to its event in Google, against notice and opening hours: see whether that can stand.',
      'An event of the calendar “Room” takes the time of Check-up, 2027-01-04 09:00: move the booking, give it to somebody else, or keep both.',
      'The calendar “Room” has not been read since 2026-11-20 14:00: see its health for what to do.',
      'The calendar “Room” has not been read since it was connected: see its health for what to do.',
    ]);
    await clinic.db.update(businesses).set({ locale: 'nb' }).where(eq(businesses.id, clinic.businessId));
    expect((await words()).at(-1)).toBe(
      'Noen har satt til «Ledig» hendelsen til Check-up, 2027-01-04 09:00 i Google: gjenopprett den, eller la bookingen følge etter.',
    );
  });

  test('have a sentence for every kind, also for one that is not known yet', async () => {
    const kinds = [
      'drift',
      'drift_followed',
      'rescheduled',
      'cancelled',
      'reassigned',
      'needs_reconnecting',
      'calendar_unread',
      'account_unread',
      'account_read_again',
      'calendar_read_again',
      'collision',
      'adopted',
      'proposed',
      'decision_lost',
    ];
    for (const kind of [...kinds, 'of_tomorrow', 'constructor']) await say(kind);
    const [constructed, tomorrow, ...known] = await words();
    expect(constructed).toBe('Something happened that you may want to look at.');
    expect(tomorrow).toBe(constructed);
    expect(new Set(known).size).toBe(kinds.length);
    expect(known).not.toContain(tomorrow);
    expect(known.join()).not.toMatch(/[{}]|undefined|null/);
  });

  test('are kept for a year', async () => {
    const day = 24 * 3_600_000;
    await say('adopted', { at: new Date(Date.now() - 366 * day) });
    await say('proposed', { at: new Date(Date.now() - 364 * day) });
    await tidyMessages(clinic.db, Date.now());
    const { items } = (await call<MessagesShape>('/messages')).body;
    expect(items.map(({ kind }) => kind)).toEqual(['proposed']);
  });

  test('come in pages, and to their business alone', async () => {
    for (const kind of ['adopted', 'proposed', 'cancelled']) await say(kind);
    const first = (await call<MessagesShape>('/messages?limit=2')).body.items;
    expect(first.map(({ kind }) => kind)).toEqual(['cancelled', 'proposed']);
    const rest = (await call<MessagesShape>(`/messages?before=${first[1]!.id}`)).body.items;
    expect(rest.map(({ kind }) => kind)).toEqual(['adopted']);
    expect((await call<MessagesShape>('/messages', await Clinic.open(post))).body.items).toEqual([]);
  });
});

describe('safe to send to a stranger', () => {
  /** Long enough not to be there by chance. */
  const private_ = () => `x${randomBytes(8).toString('hex')}`;

  test('neither the bundle nor the log holds a name, title, address, token or id of Google', async () => {
    const customer = private_();
    const notes = private_();
    const booked = await clinic.book([room, hall], { name: customer, notes });
    const typed = {
      summary: private_(),
      description: private_(),
      location: private_(),
      attendees: [{ email: `${private_()}@guest.test` }],
      start: { dateTime: '2027-01-04T09:00:00Z' },
      end: { dateTime: '2027-01-04T10:00:00Z' },
    };
    await change({
      event: { title: `${private_()} {customer.name}`, description: private_(), location: '' },
    });
    const of = { person: clinic.owner, calendar: room.calendar.googleId };
    const event = await clinic.control.addEvent({ ...of, event: typed });
    await clinic.fault({ kind: 'error', status: 403, reason: 'forbidden', on: 'events.insert', times: 1 });
    await clinic.settle();
    await watchCalendars(post.context);
    await clinic.control.idle();
    await readDue(post.context, room.calendar);
    await clinic.control.deleteCalendar({ calendar: hall.calendar.googleId });
    await clinic.db.execute(sql`update pulls set due_at = now() where calendar_id = ${hall.calendar.id}`);
    await readDue(post.context, hall.calendar);
    await clinic.db.transaction((tx) =>
      tell(tx, [
        {
          businessId: clinic.businessId,
          to: 'staff',
          kind: 'drift',
          about: private_(),
          at: new Date(),
          bookingId: booked.id,
          details: { secret: private_() },
        },
      ]),
    );

    const bundle = await call<Bundle>('/debug-bundle');
    const log = await call<LogShape>('/log?limit=1000');
    expect(log.body.items.length).toBeGreaterThan(5);
    const told = await clinic.db.select().from(messages).where(eq(messages.businessId, clinic.businessId));
    const [business] = await clinic.db.select().from(businesses).where(eq(businesses.id, clinic.businessId));
    const rows = await clinic.rows();
    const channels = await openAtGoogle(clinic, room.calendar);
    const [account] = await clinic.db.execute<Record<string, string>>(
      sql`select * from accounts where id = ${clinic.accountId}`,
    );
    const secrets = [
      customer,
      notes,
      clinic.owner,
      clinic.owner.split('@')[0],
      'Owner',
      '"Clinic"',
      'Check-up',
      '"Room"',
      '"Hall"',
      clinic.refreshToken,
      account!.refresh_token,
      room.calendar.googleId,
      hall.calendar.googleId,
      typed.summary,
      typed.description,
      typed.location,
      typed.attendees[0]!.email,
      event.id,
      event.etag,
      ...rows.flatMap(({ eventId, etag }) => [eventId, etag]),
      ...channels.flatMap(({ id, token, resourceId, address }) => [id, token, resourceId, address]),
      ...Object.values(business!.settings.event),
      ...told.flatMap(({ about, details }) => [about, ...Object.values(details).map(String)]),
      post.context.config.google.clientId,
      post.context.config.google.clientSecret,
      post.url,
      bundle.key,
    ].filter((text): text is string => typeof text === 'string' && text !== '' && text !== 'freed');
    expect(secrets.length).toBeGreaterThan(30);
    for (const text of [JSON.stringify(bundle.body), JSON.stringify(log.body)]) {
      expect(secrets.filter((secret) => text.includes(secret))).toEqual([]);
      expect(text).not.toContain('@');
    }
  });

  test('and yet the bundle tells what there is to know', async () => {
    await clinic.book([room]);
    await clinic.fault({ kind: 'error', status: 403, reason: 'forbidden', on: 'events.insert', times: 1 });
    await clinic.push();
    await watchCalendars(post.context);
    await clinic.control.idle();
    await readDue(post.context, room.calendar);
    const { body } = await call<Bundle>('/debug-bundle');
    expect(body).toMatchObject({
      versions: { sidebook: '0.1.0', node: process.version, migrations: 8 },
      deployment: { publicUrl: 'http', google: 'elsewhere', ownGoogleApp: false },
      business: { id: clinic.businessId, zone: 'Europe/Oslo', settings: { pull: true, logDays: 30 } },
      accounts: [{ id: clinic.accountId, state: 'connected', app: 'deployment', failure: null }],
      counts: { bookings: 1, resources: 2, customers: 1, links: 2 },
      pushes: [{ state: 'died', failure: 'forbidden', count: 1 }],
    });
    expect(body.calendars).toHaveLength(2);
    const known = body.calendars.find(({ id }) => id === room.calendar.id);
    expect(known).toMatchObject({
      accountId: clinic.accountId,
      accessRole: 'owner',
      links: { read: 1, written: 1 },
      health: { light: 'amber', channel: { state: 'on' }, queue: { died: 1 } },
    });
    expect(body.channels).toHaveLength(2);
    expect(body.channels[0]).toMatchObject({ answered: true, lastNumber: 1 });
    expect(body.log.map(({ kind }) => kind)).toEqual(expect.arrayContaining(['push', 'pull', 'channel']));
    // The same address is the same hash, in this business; in another it is another.
    expect((await call<Bundle>('/debug-bundle')).body.accounts[0]!.address).toBe(body.accounts[0]!.address);
    expect(body.business.settings).not.toHaveProperty('event');
  });

  test('the bundle is for those who set up', async () => {
    const { key } = await clinic.db.transaction((tx) =>
      makeKey(tx, clinic.businessId, { name: 'test', scopes: ['read', 'staff'] }),
    );
    const headers = { authorization: `Bearer ${key}` };
    expect((await app.inject({ url: '/api/v1/debug-bundle', headers })).statusCode).toBe(403);
  });
});
