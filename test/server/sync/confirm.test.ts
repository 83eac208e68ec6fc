// Before a time is taken its calendars are read, if that was done too long ago; and what holds when they cannot be.

import { eq, sql } from 'drizzle-orm';
import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { connectAccount, identify } from '../../../server/accounts/connect.ts';
import { makeApp } from '../../../server/app.ts';
import { defaultSettings } from '../../../server/businesses/settings.ts';
import { follow, see } from '../../../server/calendars/follow.ts';
import { setLinks } from '../../../server/calendars/links.ts';
import type { Context } from '../../../server/context.ts';
import { messages, pulls } from '../../../server/database/mirror.ts';
import { businesses, calendars as followed } from '../../../server/database/schema.ts';
import { createConfirm } from '../../../server/sync/confirm.ts';
import { readCalendar } from '../../../server/sync/pull.ts';
import type { BusinessSettings } from '../../../shared/api.ts';
import { DAY, HOUR } from '../../../shared/time.ts';
import { type MadeBusiness, makeBusiness, roundTheClock } from '../../business.ts';
import { openWorld, type World } from './world.ts';

let world: World;
let context: Context;
let app: FastifyInstance;
const clock = { now: Date.now() };
beforeAll(async () => {
  world = await openWorld();
  const mine = { ...world.context, now: () => clock.now };
  context = { ...mine, confirm: createConfirm(mine) };
  app = await makeApp(context);
});
afterAll(async () => {
  await app.close();
  await world.close();
});

let business: MadeBusiness;
let owner: string;
let calendars: { id: string; googleId: string }[];
let resources: string[];
let serviceId: string;
let people = 0;

/** Two resources, each with a calendar of its own, both read just now. */
beforeEach(async () => {
  clock.now = Date.now();
  await world.google.control.clearFaults();
  owner = `confirm${++people}@clinic.test`;
  await world.google.control.createPerson({ email: owner, name: 'Owner', zone: 'Europe/Oslo' });
  business = await makeBusiness(world.context.db);
  const { refresh_token: token } = await world.google.control.issueTokens({ person: owner });
  const known = await identify(context, token);
  const businessId = business.id;
  const { id: accountId } = await context.db.transaction((tx) =>
    connectAccount(tx, context, { businessId, ...known }),
  );
  calendars = [];
  resources = [];
  for (const name of ['Anna', 'Berit']) {
    const { id: googleId } = await world.google.control.createCalendar({ owner, summary: name });
    const resourceId = await business.resource({ name, hours: roundTheClock });
    const seen = await see(context, businessId, { accountId, googleId });
    const { id } = await context.db.transaction((tx) => follow(tx, { businessId, accountId, ...seen }));
    const links = [{ calendarId: id, reads: true, writes: false, means: null }];
    await context.db.transaction((tx) => setLinks(tx, { businessId, resourceId }, links));
    calendars.push({ id, googleId });
    resources.push(resourceId);
  }
  for (const { id: calendarId } of calendars) await readCalendar(context, { businessId, calendarId });
  serviceId = await business.service([{ of: resources }], { lengthMinutes: 60 });
});

const soon = Math.floor(Date.now() / DAY) * DAY + 10 * DAY;
const at = (hour: number) => new Date(soon + hour * HOUR).toISOString();
const set = (settings: Partial<BusinessSettings>) =>
  context.db
    .update(businesses)
    .set({ settings: { ...defaultSettings, ...settings } })
    .where(eq(businesses.id, business.id));
const busy = (which: number, from: number, to: number) =>
  world.google.control.addEvent({
    person: owner,
    calendar: calendars[which]!.googleId,
    event: { summary: 'Dentist', start: { dateTime: at(from) }, end: { dateTime: at(to) } },
  });

/** The account may see when it is busy from now on, and no more. */
async function showTimesOnly({ id, googleId: calendar }: { id: string; googleId: string }): Promise<void> {
  await world.google.control.share({ calendar, person: owner, role: 'freeBusyReader' });
  await context.db.update(followed).set({ accessRole: 'freeBusyReader' }).where(eq(followed.id, id));
}

interface Answer {
  code: string;
  resources: { resourceId: string }[];
  details: { alternatives: { start: string }[]; reasons: { code: string }[] };
}
async function book(hour: number, resourceIds: string[] = []) {
  const answer = await app.inject({
    method: 'POST',
    url: '/api/v1/bookings',
    headers: { authorization: `Bearer ${business.key}` },
    payload: { serviceId, start: at(hour), resourceIds, customer: { name: 'Per' } },
  });
  return { status: answer.statusCode, body: answer.json() as Answer };
}
async function offered(hour: number, resourceId: string): Promise<boolean> {
  const answer = await app.inject({
    method: 'GET',
    url: `/api/v1/availability?serviceId=${serviceId}&resourceId=${resourceId}&from=${at(hour)}&to=${at(hour + 1)}`,
    headers: { authorization: `Bearer ${business.key}` },
  });
  return (answer.json() as { slots: unknown[] }).slots.length > 0;
}
const call = async (method: 'POST' | 'PUT' | 'PATCH' | 'DELETE', path: string, payload?: object) => {
  const headers = { authorization: `Bearer ${business.key}` };
  const answer = await app.inject({ method, url: `/api/v1${path}`, headers, payload });
  expect(answer.statusCode).toBeLessThan(300);
  return (answer.body ? answer.json() : {}) as { id: string };
};
const isOwed = async (which: number) => {
  const [row] = await context.db.select().from(pulls).where(eq(pulls.calendarId, calendars[which]!.id));
  return row!.wanted > row!.done;
};
const readings = async () => {
  const all = await world.google.control.log();
  return all.filter(({ person, method }) => person === owner && method === 'events.list').length;
};

test('an event that came since the last reading is seen in time: 409, with three alternatives', async () => {
  await busy(0, 8, 9);
  expect((await book(8, [resources[0]!])).status).toBe(201);
  clock.now += 61_000;
  await busy(0, 10, 11);
  const { status, body } = await book(10, [resources[0]!]);
  expect([status, body.code]).toEqual([409, 'not_offered']);
  expect(body.details.reasons.map(({ code }) => code)).toContain('block');
  expect(body.details.alternatives).toHaveLength(3);
  // It is in the mirror now, for everybody.
  expect(await offered(10, resources[0]!)).toBe(false);
  expect(await offered(8, resources[0]!)).toBe(false);
});

describe('where its events are owed a reading of everything', () => {
  const mine = () => ({ businessId: business.id, calendarId: calendars[0]!.id });
  const refused = async (hour: number) => {
    clock.now += 61_000;
    await busy(0, hour, hour + 1);
    const { status, body } = await book(hour, [resources[0]!]);
    expect([status, body.code]).toEqual([409, 'not_offered']);
  };

  test('an event that came is seen all the same, and all of them are read soon', async () => {
    const rules = `/calendars/${calendars[0]!.id}/rules`;
    await call('POST', '/members', { email: owner, name: 'Owner', role: 'owner' });
    await readCalendar(context, mine());
    const bert = { email: 'bert@clinic.test', name: 'Bert', role: 'staff' };
    let member = '';
    const changes = [
      async () => {
        member = (await call('POST', '/members', bert)).id;
      },
      () => call('PATCH', `/members/${member}`, { email: 'bertil@clinic.test' }),
      () => call('DELETE', `/members/${member}`),
      () => call('PATCH', '/business', { settings: { keepTitles: true } }),
      () => call('PUT', rules, { rules: [{ when: { texts: ['#nobody'] }, whom: { kind: 'nobody' } }] }),
      () => call('PATCH', `/resources/${resources[0]!}`, { nicknames: ['Annie'] }),
    ];
    for (const [n, change] of changes.entries()) {
      const which = eq(pulls.calendarId, calendars[0]!.id);
      await context.db.update(pulls).set({ done: sql`wanted` }).where(which);
      await change();
      await refused(8 + 2 * n);
      expect(await isOwed(0)).toBe(true);
      expect(await readCalendar(context, mine())).toMatchObject({ kept: true, complete: true });
      expect(await readCalendar(context, mine())).toMatchObject({ kept: true, complete: false });
    }
  });

  test('what is read for a booking is judged by what holds now, the rest once it was read', async () => {
    await busy(0, 8, 9);
    await readCalendar(context, mine());
    const rules = [{ when: { texts: ['Dentist'] }, whom: { kind: 'nobody' } }];
    await call('PUT', `/calendars/${calendars[0]!.id}/rules`, { rules });
    clock.now += 61_000;
    await busy(0, 10, 11);
    expect((await book(10, [resources[0]!])).status).toBe(201);
    expect(await offered(8, resources[0]!)).toBe(false);
    await readCalendar(context, mine());
    expect(await offered(8, resources[0]!)).toBe(true);
  });

  test('a calendar that was never read is closed', async () => {
    await context.db
      .update(pulls)
      .set({ readAt: null, token: null, fingerprint: null })
      .where(eq(pulls.calendarId, calendars[0]!.id));
    const { status, body } = await book(8, [resources[0]!]);
    expect([status, body.details.reasons.map(({ code }) => code)]).toEqual([
      409,
      expect.arrayContaining(['unread']),
    ]);
  });
});

test('where one is busy by now, another is taken instead', async () => {
  clock.now += 61_000;
  await busy(0, 8, 9);
  const { status, body } = await book(8);
  expect([status, body.resources.map(({ resourceId }) => resourceId)]).toEqual([201, [resources[1]]]);
});

test('calendars read lately, or of others, are left alone', async () => {
  const before = await readings();
  expect((await book(8, [resources[0]!])).status).toBe(201);
  expect(await readings()).toBe(before);
  clock.now += 61_000;
  expect((await book(9, [resources[0]!])).status).toBe(201);
  expect(await readings()).toBe(before + 1);
  expect((await book(10, [resources[0]!])).status).toBe(201);
  expect(await readings()).toBe(before + 1);
});

test('many at once wait for one reading', async () => {
  clock.now += 61_000;
  const before = await readings();
  await world.google.control.addFault({
    kind: 'latency',
    milliseconds: 200,
    person: owner,
    on: 'events.list',
  });
  const answers = await Promise.all(Array.from({ length: 12 }, (_, n) => book(8 + n, [resources[0]!])));
  expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 12 }, () => 201));
  expect((await readings()) - before).toBeLessThanOrEqual(2);
});

test('strangers cannot make us read as often as they like', async () => {
  await set({ confirmSeconds: 0 });
  const before = await readings();
  for (let n = 0; n < 45; n++) {
    clock.now += 1000;
    await book(8, [resources[0]!]);
  }
  // A first that is booked, and others that are refused without a word to Google, since the time is taken.
  expect((await readings()) - before).toBeLessThanOrEqual(2);
  for (let n = 0; n < 45; n++) {
    clock.now += 1000;
    await book(n % 2 === 0 ? 30 + n : 100 + n, [resources[0]!]);
  }
  expect((await readings()) - before).toBeLessThanOrEqual(62);
});

test('one that does not answer within two seconds counts as it was read last', async () => {
  clock.now += 61_000;
  await busy(0, 8, 9);
  const fault = { milliseconds: 4000, person: owner, on: 'events.list', times: 1 };
  await world.google.control.addFault({ kind: 'latency', ...fault });
  expect((await book(8, [resources[0]!])).status).toBe(201);
});

test('one that cannot be read counts for as long as the business says, then it is closed, or open', async () => {
  const down = { status: 503, reason: 'backendError', person: owner };
  await world.google.control.addFault({ kind: 'error', ...down });
  await set({ unreachableHours: 2 });
  clock.now += 1.5 * HOUR;
  expect((await book(8, [resources[0]!])).status).toBe(201);
  clock.now += HOUR;
  expect(await offered(9, resources[0]!)).toBe(false);
  const { status, body } = await book(9, [resources[0]!]);
  expect([status, body.details.reasons.map(({ code }) => code)]).toEqual([
    409,
    expect.arrayContaining(['unread']),
  ]);
  await set({ unreachableHours: 2, unreachableThen: 'open' });
  expect((await book(9, [resources[0]!])).status).toBe(201);
});

test('of one that shows free and busy only the wanted time is asked, and nothing else changes', async () => {
  await busy(0, 30, 31);
  const businessId = business.id;
  await readCalendar(context, { businessId, calendarId: calendars[0]!.id });
  await busy(0, 8, 9);
  clock.now += 61_000;
  const mine = eq(followed.id, calendars[0]!.id);
  await context.db.update(followed).set({ accessRole: 'freeBusyReader' }).where(mine);
  const before = await readings();
  const { status, body } = await book(8, [resources[0]!]);
  expect([status, body.code]).toEqual([409, 'not_offered']);
  expect(await readings()).toBe(before);
  const asked = (await world.google.control.log()).filter(({ person }) => person === owner);
  expect(asked.filter(({ method }) => method === 'freebusy.query')).toHaveLength(1);
  expect([await offered(30, resources[0]!), await offered(32, resources[0]!)]).toEqual([false, true]);
});

test('of a long busy time the rest stays taken when only one day of it was asked, and nobody is told again', async () => {
  const mine = { businessId: business.id, calendarId: calendars[0]!.id };
  const asFreeBusy = () => showTimesOnly(calendars[0]!);
  const told = () => context.db.select().from(messages).where(eq(messages.businessId, business.id));
  expect((await book(150, [resources[0]!])).status).toBe(201);
  const away = await busy(0, 48, 192);
  await asFreeBusy();
  await readCalendar(context, mine);
  expect((await told()).filter(({ kind }) => kind === 'collision')).toHaveLength(1);
  for (const hour of [30, 200]) {
    clock.now += 61_000;
    await asFreeBusy();
    expect((await book(hour, [resources[0]!])).status).toBe(201);
    const free = await Promise.all(
      [47, 48, 60, 77, 78, 130, 176, 191, 192].map((h) => offered(h, resources[0]!)),
    );
    expect(free).toEqual([true, false, false, false, false, false, false, false, true]);
  }
  expect((await told()).filter(({ kind }) => kind === 'collision')).toHaveLength(1);
  // The next reading of it all knows of no pieces.
  const { googleId: calendar } = calendars[0]!;
  await world.google.control.share({ calendar, person: owner, role: 'owner' });
  await world.google.control.deleteEvent({ person: owner, calendar, event: away.id });
  await asFreeBusy();
  await readCalendar(context, mine);
  expect([await offered(60, resources[0]!), await offered(130, resources[0]!)]).toEqual([true, true]);
});

test('of a busy time that goes on for days, which begins today with every reading, staff are told once', async () => {
  const mine = { businessId: business.id, calendarId: calendars[0]!.id };
  expect((await book(150, [resources[0]!])).status).toBe(201);
  await busy(0, 48, 192);
  for (const hour of [0, 60, 90]) {
    clock.now = soon + hour * HOUR;
    await showTimesOnly(calendars[0]!);
    await readCalendar(context, mine);
  }
  const told = await context.db.select().from(messages).where(eq(messages.businessId, business.id));
  expect(told.filter(({ kind }) => kind === 'collision')).toHaveLength(1);
});

test('what lies beyond what was expanded, or was never read, is not offered', async () => {
  const beyond = new Date(soon + 20 * HOUR);
  await context.db.update(pulls).set({ expandedUntil: beyond }).where(eq(pulls.calendarId, calendars[0]!.id));
  expect([await offered(18, resources[0]!), await offered(20, resources[0]!)]).toEqual([true, false]);
  // A service may end beyond, too.
  expect(await offered(19, resources[0]!)).toBe(true);
  await context.db.update(pulls).set({ readAt: null }).where(eq(pulls.calendarId, calendars[0]!.id));
  expect(await offered(18, resources[0]!)).toBe(false);
  expect(await offered(18, resources[1]!)).toBe(true);
  await set({ pull: false });
  expect(await offered(20, resources[0]!)).toBe(true);
});
