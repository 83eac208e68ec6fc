// Following calendars, stopping and coming back; their settings, limits and next events, checked with the local Google.
import { randomBytes } from 'node:crypto';
import { eq, sql } from 'drizzle-orm';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type * as z from 'zod';
import { needReconnecting, the } from '../../../server/accounts/accounts.ts';
import { connectAccount, identify } from '../../../server/accounts/connect.ts';
import { lockPulls } from '../../../server/calendars/lock.ts';
import { noteRole } from '../../../server/calendars/roles.ts';
import { channels, events, pulls, rules } from '../../../server/database/mirror.ts';
import type { Connection } from '../../../server/database/open.ts';
import { accounts, businesses, links } from '../../../server/database/schema.ts';
import type { AccountCalendar, Calendar as CalendarSchema, ReadEvent } from '../../../shared/calendar-api.ts';
import { type Office, openOffice } from '../accounts/office.ts';
import { Clinic } from '../sync/clinic.ts';

type Followed = z.infer<typeof CalendarSchema>;
type Items<T extends z.ZodType> = { items: z.infer<T>[] };

let office: Office;
let clinic: Clinic;
beforeAll(async () => {
  office = await openOffice();
});
afterAll(() => office.close());
beforeEach(async () => {
  office.clock.now = Date.now();
  clinic = await Clinic.open(office.world);
});

const call = <Body = unknown>(method: string, path: string, body?: object) =>
  office.call<Body>(clinic, method, path, body);
const list = async () => (await call<{ items: Followed[] }>('GET', '/calendars')).body.items;
const follow = (googleId: string, accountId = clinic.accountId) =>
  call<Followed>('POST', '/calendars', { accountId, googleId });
const speak = (locale: 'en' | 'nb') =>
  clinic.db.update(businesses).set({ locale }).where(eq(businesses.id, clinic.businessId));
const pullOf = async (id: string) =>
  (await clinic.db.select().from(pulls).where(eq(pulls.calendarId, id)))[0]!;

/** A friend's calendar, shared with the clinic's account. @returns its id */
async function shared(role: Parameters<Clinic['control']['share']>[0]['role']): Promise<string> {
  const friend = `${randomBytes(6).toString('hex')}@clinic.test`;
  await clinic.control.createPerson({ email: friend, name: 'Friend', zone: 'Asia/Tokyo' });
  await clinic.control.share({ calendar: friend, person: clinic.owner, role });
  return friend;
}
/** Another account of the clinic that sees the calendar too. @returns the account's id */
async function another(googleId: string): Promise<string> {
  const email = `${randomBytes(6).toString('hex')}@clinic.test`;
  await clinic.control.createPerson({ email, name: 'Other', zone: 'Europe/Oslo' });
  await clinic.control.share({ calendar: googleId, person: email, role: 'writer' });
  const { refresh_token } = await clinic.control.issueTokens({ person: email });
  const known = await identify(office.context, refresh_token);
  const { businessId } = clinic;
  const made = await clinic.db.transaction((tx) =>
    connectAccount(tx, office.context, { businessId, ...known }),
  );
  return made.id;
}

/** Until somebody waits for a lock. */
async function waiting(db: Connection): Promise<void> {
  const asked = sql`select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`;
  while ((await db.execute(asked)).length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
}

describe('the calendars of an account', () => {
  test('are all listed, whatever the role, with what will not work', async () => {
    const roles = ['owner', 'writer', 'writerWithoutPrivateAccess', 'reader', 'freeBusyReader'] as const;
    const ids = await Promise.all(roles.map(shared));
    const path = `/accounts/${clinic.accountId}/calendars`;
    const seen = (await call<Items<typeof AccountCalendar>>('GET', path)).body.items;
    const of = (id: string) => seen.find(({ googleId }) => googleId === id)!;
    expect(ids.map((id) => of(id).accessRole)).toEqual([...roles]);
    expect(of(ids[4]!)).toMatchObject({ name: 'Friend', zone: 'Asia/Tokyo' });
    expect(of(clinic.owner)).toMatchObject({ accessRole: 'owner', limits: [] });
    expect(ids.map((id) => of(id).limits.length > 0)).toEqual([false, false, true, true, true]);
    expect(of(ids[2]!).limits.join(' ')).toMatch(/Private events/);
    expect(of(ids[2]!).limits.join(' ')).not.toMatch(/cannot be written/);
    expect(of(ids[3]!).limits.join(' ')).toMatch(/Bookings cannot be written.*cannot be set Free/);
    expect(of(ids[4]!).limits.join(' ')).toMatch(/no titles.*Bookings cannot be written/);
    await speak('nb');
    const norsk = (await call<Items<typeof AccountCalendar>>('GET', path)).body.items;
    expect(norsk.find(({ googleId }) => googleId === ids[3])!.limits[0]).toBe(
      'Bookinger kan ikke skrives til den.',
    );
  });

  test('that show only free/busy want a permission, if the account lacks it', async () => {
    const id = await shared('freeBusyReader');
    await clinic.db
      .update(accounts)
      .set({ scopes: ['https://www.googleapis.com/auth/calendar.events'] })
      .where(the(clinic.businessId, clinic.accountId));
    const { body } = await follow(id);
    expect(body.limits[0]).toMatch(/connect it again for free\/busy/);
    expect(await call('GET', `/calendars/${body.id}/next`)).toMatchObject({
      status: 422,
      body: { code: 'google_refused', message: expect.stringContaining('freebusy') },
    });
  });

  test('include those hidden in Google’s own list', async () => {
    await call('GET', `/accounts/${clinic.accountId}/calendars`);
    const log = await clinic.control.log();
    const listed = log.filter((one) => one.method === 'calendarList.list' && one.person === clinic.owner);
    expect(listed.map(({ query }) => String(query.showHidden))).toEqual(['true']);
  });

  test('that it cannot see, and accounts that are not there, are refused', async () => {
    expect(await follow('nobody@clinic.test')).toMatchObject({
      status: 422,
      body: { code: 'google_refused' },
    });
    expect(await follow('primary', crypto.randomUUID())).toMatchObject({ status: 404 });
    // In an address they would be the list, and what is above it.
    for (const id of ['.', '..']) expect(await follow(id)).toMatchObject({ status: 400 });
    const other = await Clinic.open(office.world);
    expect(await office.call(other, 'GET', `/accounts/${clinic.accountId}/calendars`)).toMatchObject({
      status: 404,
    });
  });
});

describe('a calendar', () => {
  test('is followed as Google has it, and read from then on', async () => {
    const made = await follow('primary');
    expect(made).toMatchObject({
      status: 201,
      body: { googleId: clinic.owner, name: 'Owner', zone: 'Europe/Oslo', accessRole: 'owner', limits: [] },
    });
    expect(made.body.settings).toMatchObject({ undecided: 'everybody', delayMinutes: 0 });
    expect(await list()).toEqual([made.body]);
    expect(await pullOf(made.body.id)).toMatchObject({ wanted: 1, done: 0, token: null });
    expect(await follow(clinic.owner)).toMatchObject({ status: 409, body: { code: 'conflict' } });
    expect(await list()).toHaveLength(1);
  });

  test('is told what its events mean: what the change does not name stays, and it is read again', async () => {
    const { body } = await follow('primary');
    const path = `/calendars/${body.id}`;
    const changed = await call<Followed>('PATCH', path, { settings: { undecided: 'ask', allDay: 'never' } });
    expect(changed).toMatchObject({
      status: 200,
      body: { settings: { ...body.settings, undecided: 'ask', allDay: 'never' } },
    });
    await call('PATCH', path, { settings: { autoFix: true } });
    expect((await list())[0]!.settings).toEqual({
      ...body.settings,
      ...{ undecided: 'ask', allDay: 'never', autoFix: true },
    });
    expect(await pullOf(body.id)).toMatchObject({ wanted: 3 });
    expect(await call('PATCH', path, { settings: { undecided: 'me' } })).toMatchObject({ status: 400 });
    const other = await Clinic.open(office.world);
    expect(await office.call(other, 'PATCH', path, { settings: {} })).toMatchObject({ status: 404 });
  });

  test('that is left loses its links and what was read; back again it is the same, read from the beginning', async () => {
    const room = await clinic.addResource('Room');
    const { id, googleId } = room.calendar;
    const { businessId } = clinic;
    await call('PATCH', `/calendars/${id}`, { settings: { undecided: 'nobody' } });
    const at = new Date();
    const event = {
      businessId,
      calendarId: id,
      eventId: 'e1',
      etag: '"1"',
      startsAt: at,
      endsAt: at,
      seen: 1,
    };
    const flags = { status: 'confirmed', type: 'default', free: false, freed: false } as const;
    await clinic.db.insert(events).values({ ...event, ...flags, zone: 'UTC' });
    const rule = { businessId, calendarId: id, id: crypto.randomUUID(), position: 0, when: {} };
    await clinic.db.insert(rules).values({ ...rule, whom: { kind: 'nobody' }, alsoWhenFree: false });
    const channel = { id: crypto.randomUUID(), businessId, calendarId: id, tokenHash: 'h', madeAt: at };
    await clinic.db.insert(channels).values(channel);
    await clinic.db
      .update(pulls)
      .set({ token: 'sync', bookmark: 3, readAt: at })
      .where(eq(pulls.calendarId, id));

    expect(await call('DELETE', `/calendars/${id}`)).toMatchObject({ status: 204 });
    expect(await list()).toEqual([]);
    for (const table of [links, events])
      expect(await clinic.db.$count(table, eq(table.calendarId, id))).toBe(0);
    expect(await clinic.db.$count(rules, eq(rules.calendarId, id))).toBe(1);
    const [stopping] = await clinic.db.select().from(channels).where(eq(channels.calendarId, id));
    expect(stopping!.stopAt).not.toBeNull();
    for (const [method, path, body] of [
      ['DELETE', '', undefined],
      ['PATCH', '', { settings: {} }],
      ['GET', '/next', undefined],
      ['POST', '/link-all', { reads: true, writes: false }],
    ] as const)
      expect(await call(method, `/calendars/${id}${path}`, body)).toMatchObject({ status: 404 });
    const link = { calendarId: id, reads: true, writes: false };
    expect(await call('PUT', `/resources/${room.id}/links`, { links: [link] })).toMatchObject({
      status: 404,
    });

    const back = await follow(googleId);
    expect(back).toMatchObject({ status: 201, body: { id, settings: { undecided: 'nobody' } } });
    // With the old token Google would tell only what changed since, and the mirror is empty.
    expect(await pullOf(id)).toMatchObject({ token: null, readAt: null, bookmark: 4 });
  });

  test('seen by two accounts is followed once; by the other only when the first is not connected', async () => {
    const { body } = await follow('primary');
    const other = await another(clinic.owner);
    expect(await follow(clinic.owner, other)).toMatchObject({ status: 409, body: { code: 'conflict' } });
    const { businessId, accountId } = clinic;
    await clinic.db.update(pulls).set({ token: 'sync', bookmark: 3 }).where(eq(pulls.calendarId, body.id));
    const [row] = await clinic.db.select().from(accounts).where(the(businessId, accountId));
    const { refreshToken } = row!;
    await needReconnecting(clinic.db, { businessId, accountId, refreshToken, code: 'invalid_grant', now: 0 });
    const moved = await follow(clinic.owner, other);
    expect(moved).toMatchObject({
      status: 201,
      body: { id: body.id, accountId: other, accessRole: 'writer' },
    });
    expect(await list()).toHaveLength(1);
    expect(await pullOf(body.id)).toMatchObject({ token: null, bookmark: 4 });
  });

  test('that its account may not see any more goes on with another that may, links and all', async () => {
    const room = await clinic.addResource('Room');
    const { id, googleId } = room.calendar;
    const other = await another(googleId);
    const leased = { watchLeasedUntil: new Date('2100-01-01') };
    await clinic.db
      .update(pulls)
      .set({ ...leased, failure: 'backendError' })
      .where(eq(pulls.calendarId, id));
    expect(await follow(googleId, other)).toMatchObject({ status: 409 });
    await clinic.db.update(pulls).set({ failure: 'notFound' }).where(eq(pulls.calendarId, id));
    expect(await follow(googleId)).toMatchObject({ status: 409 });
    expect(await follow(googleId, other)).toMatchObject({ status: 201, body: { id, accountId: other } });
    expect(await pullOf(id)).toMatchObject({ failure: null, leasedUntil: null, watchLeasedUntil: null });
    expect(await clinic.db.$count(links, eq(links.calendarId, id))).toBe(1);
  });

  test('is changed, left or taken over only by who holds the lock of its blocks', async () => {
    const { body } = await follow('primary');
    const { businessId } = clinic;
    const id = body.id;
    const other = await another(clinic.owner);
    const acts = [
      () => call('PATCH', `/calendars/${id}`, { settings: { autoFix: true } }),
      () => call('DELETE', `/calendars/${id}`),
      () => follow(clinic.owner, other),
    ];
    for (const act of acts) {
      let acting: Promise<{ status: number }> | undefined;
      // As a reading that is being kept does: it holds the calendar's pull, and then changes its row.
      await clinic.db.transaction(async (tx) => {
        await lockPulls(tx, businessId, [id]);
        acting = act();
        await waiting(clinic.db);
        // Were that row held by who waits for us, we would not get it.
        await tx.execute(sql`set local lock_timeout = '200ms'`);
        await tx.execute(sql`select from calendars where id = ${id} for update`);
      });
      expect((await acting)?.status).toBeLessThan(300);
    }
  });

  test('followed twice at once is followed once', async () => {
    const both = await Promise.all([follow('primary'), follow('primary')]);
    expect(both.map(({ status }) => status).sort()).toEqual([201, 409]);
    expect(await list()).toHaveLength(1);
  });

  test('whose role changes keeps its links, and says what does not work any more', async () => {
    const room = await clinic.addResource('Room');
    const { id } = room.calendar;
    const seen = { businessId: clinic.businessId, calendarId: id, zone: 'Europe/Oslo', accessRole: 'reader' };
    const note = (of: typeof seen & { name?: string }) => clinic.db.transaction((tx) => noteRole(tx, of));
    expect(await note({ ...seen, accessRole: 'owner' })).toBe(false);
    expect(await note(seen)).toBe(true);
    expect(await note(seen)).toBe(false);
    const [calendar] = await list();
    expect(calendar).toMatchObject({ accessRole: 'reader' });
    expect(calendar!.limits.join(' ')).toMatch(/linked to it for writing, and nothing is written/);
    expect((await call('GET', `/resources/${room.id}/links`)).body).toMatchObject({
      links: [{ calendarId: id, writes: true }],
    });
    expect(await note({ ...seen, accessRole: 'none', zone: 'Asia/Tokyo', name: 'Renamed' })).toBe(true);
    expect((await list())[0]).toMatchObject({ name: 'Renamed', zone: 'Asia/Tokyo' });
    expect((await list())[0]!.limits[0]).toMatch(/may not see it any more/);
  });
});

describe('the next events', () => {
  const add = (calendar: string, event: Record<string, unknown>) =>
    clinic.control.addEvent({ person: clinic.owner, calendar, event });
  const next = async (id: string) => call<Items<typeof ReadEvent>>('GET', `/calendars/${id}/next`);

  test('are five at most, as Google has them now, all-day ones in the calendar’s zone; nothing is kept', async () => {
    office.clock.now = Date.parse('2027-03-01T12:00:00Z');
    const { body } = await follow('primary');
    const timed = (day: string, summary: string) => ({
      summary,
      start: { dateTime: `${day}T09:00:00+01:00` },
      end: { dateTime: `${day}T10:00:00+01:00` },
    });
    await add(clinic.owner, timed('2027-02-01', 'Past'));
    await add(clinic.owner, { ...timed('2027-03-03', 'Free'), transparency: 'transparent' });
    await add(clinic.owner, {
      summary: 'All day',
      start: { date: '2027-03-02' },
      end: { date: '2027-03-03' },
    });
    for (const day of ['04', '05', '06', '07']) await add(clinic.owner, timed(`2027-03-${day}`, day));
    const { status, body: seen } = await next(body.id);
    expect(status).toBe(200);
    expect(seen.items.map(({ title }) => title)).toEqual(['All day', 'Free', '04', '05', '06']);
    expect(seen.items.slice(0, 2)).toEqual([
      {
        title: 'All day',
        allDay: true,
        free: false,
        start: '2027-03-01T23:00:00.000Z',
        end: '2027-03-02T23:00:00.000Z',
      },
      {
        title: 'Free',
        allDay: false,
        free: true,
        start: '2027-03-03T08:00:00.000Z',
        end: '2027-03-03T09:00:00.000Z',
      },
    ]);
    expect(await clinic.db.$count(events, eq(events.calendarId, body.id))).toBe(0);
  });

  test('of a calendar that shows only free/busy are its busy times, without a title', async () => {
    const friend = await shared('freeBusyReader');
    const start = new Date(Math.ceil(Date.now() / 3_600_000) * 3_600_000 + 86_400_000).toISOString();
    const end = new Date(Date.parse(start) + 3_600_000).toISOString();
    await clinic.control.addEvent({
      person: friend,
      calendar: friend,
      event: { summary: 'Secret', start: { dateTime: start }, end: { dateTime: end } },
    });
    const { body } = await follow(friend);
    expect((await next(body.id)).body.items).toEqual([
      { start, end, allDay: false, title: null, free: false },
    ]);
  });

  test('of a calendar that cannot be read are not told as none', async () => {
    const { body } = await follow('primary');
    await clinic.fault({ kind: 'error', status: 503, reason: 'backendError', on: 'events.list', times: 1 });
    expect(await next(body.id)).toMatchObject({ status: 503, body: { code: 'busy' } });
    const other = await Clinic.open(office.world);
    expect(await office.call(other, 'GET', `/calendars/${body.id}/next`)).toMatchObject({ status: 404 });
  });
});
