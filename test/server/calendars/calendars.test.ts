// Connecting accounts, following calendars and linking resources, checked with the local Google.
import { randomBytes } from 'node:crypto';
import { eq } from 'drizzle-orm';
import { v7 as uuid } from 'uuid';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { connectAccount, identify, listAccounts, openAccount } from '../../../server/calendars/accounts.ts';
import { follow, listFollowed, listSeen, see } from '../../../server/calendars/follow.ts';
import { listLinks, setLinks } from '../../../server/calendars/links.ts';
import type { Context } from '../../../server/context.ts';
import { accounts } from '../../../server/database/schema.ts';
import { databaseError } from '../../../server/errors.ts';
import { Clinic } from '../sync/clinic.ts';
import { openWorld, type World } from '../sync/world.ts';

let world: World;
let clinic: Clinic;
beforeAll(async () => {
  world = await openWorld();
  clinic = await Clinic.open(world);
});
afterAll(() => world.close());

const mail = ['https://www.googleapis.com/auth/userinfo.email'];
const tokenWith = async (scopes?: string[], person = clinic.owner) =>
  (await clinic.control.issueTokens({ person, scopes })).refresh_token;

describe('an account', () => {
  test('is kept with its token sealed for its own row', async () => {
    const [row] = await clinic.db.select().from(accounts).where(eq(accounts.businessId, clinic.businessId));
    expect(row!.refreshToken).not.toContain(clinic.refreshToken);
    const { seal } = world.context;
    expect(seal.open(row!.refreshToken, `accounts/${clinic.businessId}/${row!.id}/refresh_token`)).toBe(
      clinic.refreshToken,
    );
    const [shown] = await listAccounts(clinic.db, clinic.businessId);
    expect(shown).toEqual({
      id: clinic.accountId,
      email: clinic.owner,
      scopes: [
        'openid',
        'https://www.googleapis.com/auth/userinfo.email',
        'https://www.googleapis.com/auth/calendar',
      ],
      state: 'connected',
    });
  });

  test('connected anew is the same account, with the new token', async () => {
    const known = await identify(world.context, await tokenWith());
    const renamed = { ...known, email: known.email.toUpperCase(), businessId: clinic.businessId };
    const again = await clinic.db.transaction((tx) => connectAccount(tx, world.context, renamed));
    expect(again.id).toBe(clinic.accountId);
    expect(await listAccounts(clinic.db, clinic.businessId)).toHaveLength(1);
    const google = await openAccount(world.context, clinic.businessId, clinic.accountId);
    expect(await google.listCalendars()).not.toHaveLength(0);
  });

  test('with a token that is dead, or that somebody made up, is refused', async () => {
    const revoked = await tokenWith();
    await clinic.control.revokeAccess({ person: clinic.owner });
    for (const token of ['made-up', revoked])
      await expect(identify(world.context, token)).rejects.toMatchObject({
        code: 'google_refused',
        details: { code: 'invalid_grant' },
      });
    await clinic.connect();
  });

  test('without a permission we need is refused, and the permission named; the narrow ones are enough', async () => {
    await expect(
      identify(world.context, await tokenWith([...mail, 'calendar.events'])),
    ).rejects.toMatchObject({
      code: 'google_refused',
      details: { missing: ['https://www.googleapis.com/auth/calendar.calendarlist.readonly'] },
    });
    await expect(
      identify(world.context, await tokenWith([...mail, 'calendar.readonly'])),
    ).rejects.toMatchObject({
      details: { missing: ['https://www.googleapis.com/auth/calendar.events'] },
    });
    await expect(
      identify(world.context, await tokenWith(['calendar.events', 'calendar.calendarlist.readonly'])),
    ).rejects.toMatchObject({
      details: { missing: ['https://www.googleapis.com/auth/userinfo.email'] },
    });
    const narrow = await tokenWith([...mail, 'calendar.events', 'calendar.calendarlist.readonly']);
    expect((await identify(world.context, narrow)).email).toBe(clinic.owner);
  });

  test('cannot be connected while Google does not answer, or where Google is not set up', async () => {
    const token = await tokenWith();
    await clinic.control.addFault({ kind: 'reset', on: 'token', times: 1 });
    await expect(identify(world.context, token)).rejects.toMatchObject({ code: 'busy' });
    const { config } = world.context;
    const google = { ...config.google, clientId: undefined };
    const bare = { ...world.context, config: { ...config, google } } as Context;
    await expect(identify(bare, token)).rejects.toMatchObject({ code: 'google_refused' });
  });

  test('of another business is not there', async () => {
    const other = await Clinic.open(world);
    await expect(openAccount(world.context, other.businessId, clinic.accountId)).rejects.toMatchObject({
      code: 'not_found',
    });
  });
});

describe('calendars', () => {
  test('are listed with every role, and followed as Google has them', async () => {
    const friend = `${randomBytes(6).toString('hex')}@clinic.test`;
    await clinic.control.createPerson({ email: friend, name: 'Friend', zone: 'Asia/Tokyo' });
    await clinic.control.share({ calendar: friend, person: clinic.owner, role: 'freeBusyReader' });
    const seen = await listSeen(world.context, clinic.businessId, clinic.accountId);
    const theirs = { googleId: friend, name: 'Friend', zone: 'Asia/Tokyo', accessRole: 'freeBusyReader' };
    expect(seen).toContainEqual(theirs);
    expect(seen).toContainEqual({
      googleId: clinic.owner,
      name: 'Owner',
      zone: 'Europe/Oslo',
      accessRole: 'owner',
    });

    const which = { accountId: clinic.accountId, googleId: 'primary' };
    const own = await see(world.context, clinic.businessId, which);
    expect(own.googleId).toBe(clinic.owner);
    const wanted = { businessId: clinic.businessId, accountId: clinic.accountId, ...own };
    const made = await clinic.db.transaction((tx) => follow(tx, wanted));
    expect(await listFollowed(clinic.db, clinic.businessId)).toContainEqual(made);
    const twice = await clinic.db.transaction((tx) => follow(tx, wanted)).catch(databaseError);
    expect(twice).toMatchObject({ constraint_name: 'calendars_google_id' });
  });

  test('that the account cannot see are refused', async () => {
    const which = { accountId: clinic.accountId, googleId: 'nobody@clinic.test' };
    await expect(see(world.context, clinic.businessId, which)).rejects.toMatchObject({
      code: 'google_refused',
    });
  });
});

describe('links', () => {
  const link = (calendarId: string, of: { reads?: boolean; writes?: boolean } = {}) => ({
    calendarId,
    reads: of.reads ?? true,
    writes: of.writes ?? false,
  });
  const set = (resourceId: string, links: ReturnType<typeof link>[], businessId = clinic.businessId) =>
    clinic.db.transaction((tx) => setLinks(tx, { businessId, resourceId }, links));

  test('are these and no others', async () => {
    const room = await clinic.addResource('Room');
    const other = await clinic.addCalendar('Other');
    const wanted = [link(room.calendar.id), link(other.id, { writes: true })];
    const byId = (a: { calendarId: string }, b: { calendarId: string }) =>
      a.calendarId < b.calendarId ? -1 : 1;
    expect(await set(room.id, wanted)).toEqual(wanted.sort(byId));
    expect(await listLinks(clinic.db, clinic.businessId, room.id)).toEqual(wanted);
    expect(await set(room.id, [])).toEqual([]);
  });

  test('that cannot be are refused, and nothing is changed', async () => {
    const room = await clinic.addResource('Room');
    const other = await clinic.addCalendar('Other');
    const before = await listLinks(clinic.db, clinic.businessId, room.id);
    const [a, b] = [room.calendar.id, other.id];
    const cases: [ReturnType<typeof link>[], string][] = [
      [[link(a), link(a)], 'invalid'],
      [[link(a, { reads: false })], 'invalid'],
      [[link(a, { writes: true }), link(b, { writes: true })], 'invalid'],
      [[link(uuid())], 'not_found'],
    ];
    for (const [links, code] of cases) await expect(set(room.id, links)).rejects.toMatchObject({ code });
    await expect(set(uuid(), [])).rejects.toMatchObject({ code: 'not_found' });
    await expect(listLinks(clinic.db, clinic.businessId, uuid())).rejects.toMatchObject({
      code: 'not_found',
    });
    const elsewhere = await Clinic.open(world);
    await expect(set(room.id, [], elsewhere.businessId)).rejects.toMatchObject({ code: 'not_found' });
    expect(await listLinks(clinic.db, clinic.businessId, room.id)).toEqual(before);
  });

  test('to a calendar shared for reading may read it, not write to it', async () => {
    const room = await clinic.addResource('Room');
    const friend = `${randomBytes(6).toString('hex')}@clinic.test`;
    await clinic.control.createPerson({ email: friend, name: 'Friend', zone: 'Europe/Oslo' });
    await clinic.control.share({ calendar: friend, person: clinic.owner, role: 'reader' });
    const { businessId, accountId } = clinic;
    const seen = await see(world.context, businessId, { accountId, googleId: friend });
    const { id } = await clinic.db.transaction((tx) => follow(tx, { businessId, accountId, ...seen }));
    await expect(set(room.id, [link(id, { writes: true })])).rejects.toMatchObject({
      code: 'google_refused',
      message: expect.stringContaining('"Friend"'),
    });
    expect(await set(room.id, [link(id)])).toEqual([link(id)]);
  });
});
