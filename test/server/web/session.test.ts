// Tickets and sessions of the control panel: good once, for a while, and only as long as their member is one.
import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createBusiness } from '../../../server/businesses/businesses.ts';
import { createMember, listMembers, removeMember } from '../../../server/businesses/members.ts';
import { panelSessions } from '../../../server/database/people.ts';
import {
  endSession,
  enter,
  formToken,
  isFormToken,
  knownWith,
  makeTicket,
  readSession,
  sessionLife,
  tidySessions,
} from '../../../server/web/session.ts';
import { freshDatabase } from '../../database.ts';

const now = Date.parse('2026-11-16T08:00:00Z');
let database: Awaited<ReturnType<typeof freshDatabase>>;
let businessId: string;
let memberId: string;
beforeAll(async () => {
  database = await freshDatabase();
});
afterAll(() => database.close());
beforeEach(async () => {
  await database.db.delete(panelSessions);
  await database.db.transaction(async (tx) => {
    const wanted = { name: 'Clinic', zone: 'Europe/Oslo', owner: 'owner@clinic.test' };
    businessId = (await createBusiness(tx, wanted)).id;
    const anna = { email: 'anna@clinic.test', name: 'Anna', role: 'staff' as const };
    memberId = (await createMember(tx, businessId, anna)).id;
  });
});

const ticket = () =>
  database.db.transaction((tx) => makeTicket(tx, { businessId, memberId, path: '/panel/connect', now }));
const come = (secret: string, at = now, before?: string) =>
  database.db.transaction((tx) => enter(tx, { ticket: secret, before, now: at }));
const whose = async (secret: string, at = now) => (await readSession(database.db, secret, at))?.memberId;
const session = async () => (await come(await ticket()))!.secret;

describe('a ticket', () => {
  test('becomes a session of its member, once', async () => {
    const secret = await ticket();
    const entered = await come(secret);
    expect(entered).toMatchObject({ path: '/panel/connect' });
    expect(await whose(entered!.secret)).toBe(memberId);
    expect(await come(secret)).toBeUndefined();
  });

  test('goes to one of two that come with it at once', async () => {
    const secret = await ticket();
    const both = await Promise.all([come(secret), come(secret)]);
    expect(both.filter(Boolean)).toHaveLength(1);
  });

  test('is good for a minute, and used up by coming late', async () => {
    expect(await come(await ticket(), now + 59_999)).toBeDefined();
    const late = await ticket();
    expect(await come(late, now + 60_000)).toBeUndefined();
    expect(await come(late, now)).toBeUndefined();
  });

  test('is no session, and a session no ticket', async () => {
    const secret = await ticket();
    expect(await whose(secret)).toBeUndefined();
    const inside = (await come(secret))!.secret;
    expect(await come(inside)).toBeUndefined();
    expect(await whose(inside)).toBe(memberId);
  });

  test('of a member who was removed opens nothing', async () => {
    const secret = await ticket();
    await database.db.transaction((tx) => removeMember(tx, businessId, memberId));
    expect(await come(secret)).toBeUndefined();
  });

  test('ends the session that the browser had before', async () => {
    const before = await session();
    const { secret } = (await come(await ticket(), now, before))!;
    expect(await whose(before)).toBeUndefined();
    expect(await whose(secret)).toBe(memberId);
  });
});

describe('a session', () => {
  test('is over after twelve hours', async () => {
    const secret = await session();
    expect(sessionLife).toBe(12 * 3_600_000);
    expect(await whose(secret, now + sessionLife - 1)).toBe(memberId);
    expect(await whose(secret, now + sessionLife)).toBeUndefined();
  });

  test('ends with its member, and by signing out, and leaves others alone', async () => {
    const [one, other] = [await session(), await session()];
    await database.db.transaction((tx) => endSession(tx, one));
    expect([await whose(one), await whose(other)]).toEqual([undefined, memberId]);
    await database.db.transaction((tx) => removeMember(tx, businessId, memberId));
    expect(await whose(other)).toBeUndefined();
    expect((await listMembers(database.db, businessId)).items).toHaveLength(1);
  });

  test('shows the role as it is now', async () => {
    const secret = await session();
    expect(await readSession(database.db, secret, now)).toMatchObject({
      role: 'staff',
      business: { id: businessId, zone: 'Europe/Oslo' },
    });
  });

  test('stands in the table by its hash alone', async () => {
    const [secret, unused] = [await session(), await ticket()];
    const rows = JSON.stringify(await database.db.select().from(panelSessions));
    expect(rows).not.toContain(secret);
    expect(rows).not.toContain(unused);
  });

  test('is tidied away once it is over, and no sooner', async () => {
    const secret = await session();
    await ticket();
    await tidySessions({ db: database.db, now: () => now + 60_001 });
    const left = await database.db.select().from(panelSessions);
    expect(left.map(({ kind }) => kind)).toEqual(['session']);
    await tidySessions({ db: database.db, now: () => now + sessionLife + 1 });
    const rows = database.db.select().from(panelSessions).where(eq(panelSessions.memberId, memberId));
    expect(await rows).toEqual([]);
    expect(await whose(secret)).toBeUndefined();
  });
});

test("a form's token is of one session", async () => {
  const [one, other] = [await session(), await session()];
  expect(isFormToken(one, formToken(one))).toBe(true);
  for (const wrong of [formToken(other), one, '', undefined, [formToken(one)]])
    expect(isFormToken(one, wrong)).toBe(false);
});

test('a browser knows the last ten members that it has been, each once, and nothing else that stands there', () => {
  const all = Array.from({ length: 12 }, (_, n) => `member ${n}`);
  const known = all.reduce<string | undefined>(knownWith, undefined)!;
  expect(known.split('.')).toHaveLength(10);
  expect(knownWith(known, 'member 11')).toBe(known);
  const [last, ...others] = knownWith(known, 'member 5').split('.');
  expect([others.length, others.includes(last!)]).toEqual([9, false]);
  expect(knownWith('x.; Path=/.', 'member 5')).toBe(last);
});
