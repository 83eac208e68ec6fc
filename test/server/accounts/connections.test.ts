// How each person's connection stands: one line per member, in the business's language, with the remedy.
import { eq } from 'drizzle-orm';
import { v7 as uuid } from 'uuid';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type * as z from 'zod';
import { needReconnecting, the } from '../../../server/accounts/accounts.ts';
import { standingOf, telling } from '../../../server/accounts/words.ts';
import { pushes } from '../../../server/database/ledger.ts';
import { pulls } from '../../../server/database/mirror.ts';
import { accounts, businesses, members } from '../../../server/database/schema.ts';
import type { Account, Connection } from '../../../shared/account-api.ts';
import { DEFAULT_CLIENT } from '../../google/oauth.ts';
import { Clinic } from '../sync/clinic.ts';
import { type Office, openOffice } from './office.ts';

let office: Office;
let clinic: Clinic;
const day = 86_400_000;
beforeAll(async () => {
  office = await openOffice();
});
afterAll(() => office.close());
beforeEach(async () => {
  clinic = await Clinic.open(office.world);
});

type Lines = { items: z.infer<typeof Connection>[] };
const lines = async () => (await office.call<Lines>(clinic, 'GET', '/google/connections')).body.items;
const line = async () => (await lines()).find(({ accountId }) => accountId === clinic.accountId)!;
const account = async () => {
  const { body } = await office.call<{ items: z.infer<typeof Account>[] }>(clinic, 'GET', '/accounts');
  return body.items[0]!;
};
const speak = (locale: 'en' | 'nb') =>
  clinic.db.update(businesses).set({ locale }).where(eq(businesses.id, clinic.businessId));
const set = (columns: Partial<typeof accounts.$inferInsert>) =>
  clinic.db.update(accounts).set(columns).where(the(clinic.businessId, clinic.accountId));
const member = async (email: string, name: string) => {
  const id = uuid();
  const { businessId } = clinic;
  await clinic.db.insert(members).values({ businessId, id, email, name, role: 'owner' });
  return id;
};
const die = async (after: number) => {
  const { businessId, accountId } = clinic;
  const [row] = await clinic.db.select().from(accounts).where(the(businessId, accountId));
  const now = row!.connectedAt.getTime() + after;
  const { refreshToken } = row!;
  await needReconnecting(clinic.db, { businessId, accountId, refreshToken, code: 'invalid_grant', now });
};

describe('each member has a line', () => {
  test('whether they have connected or not, and so has an account that is no member’s', async () => {
    const owner = await member(clinic.owner.toUpperCase(), 'Owner');
    const kari = await member('kari@clinic.test', 'Kari');
    expect(await lines()).toEqual([
      {
        memberId: owner,
        name: 'Owner',
        email: clinic.owner.toUpperCase(),
        accountId: clinic.accountId,
        state: 'connected',
        words: 'Connected.',
      },
      {
        memberId: kari,
        name: 'Kari',
        email: 'kari@clinic.test',
        accountId: null,
        state: 'never',
        words: expect.stringMatching(/Kari has not connected.*add-on alone gives Sidebook nothing/),
      },
    ]);
    await clinic.db.delete(members).where(eq(members.id, owner));
    expect((await lines()).at(-1)).toMatchObject({ memberId: null, accountId: clinic.accountId });
    await speak('nb');
    expect((await lines())[0]!.words).toMatch(/Kari har ikke koblet til/);
  });

  test('and sees nothing of another business', async () => {
    const mine = await lines();
    const other = await Clinic.open(office.world);
    const theirs = await office.call<Lines>(other, 'GET', '/google/connections');
    expect(theirs.body.items.map(({ accountId }) => accountId)).toEqual([other.accountId]);
    expect(mine.map(({ accountId }) => accountId)).toEqual([clinic.accountId]);
  });
});

describe('an account', () => {
  test('whose token Google gave an end is warned about before', async () => {
    await set({ endsAt: new Date('2027-01-10T08:30:00Z') });
    expect((await line()).words).toMatch(/only until 2027-01-10 09:30: .*Testing.*publish it/);
    expect(await account()).toMatchObject({ state: 'connected', words: (await line()).words });
  });

  test.each([
    [5.9, 'no longer accepts'],
    [6.1, 'seven days'],
    [7.9, 'seven days'],
    [8.1, 'no longer accepts'],
  ])('that died %f days after it was connected: "%s"', async (days, words) => {
    await die(days * day);
    const { state, words: said } = await line();
    expect(state).toBe('needs_reconnecting');
    expect(said).toContain(words);
    expect(said.includes('Testing')).toBe(words === 'seven days');
    expect(await account()).toMatchObject({ failure: 'invalid_grant', words: said });
  });

  test('whose token would have ended after seven days, but was revoked after an hour, was revoked', async () => {
    await set({ endsAt: new Date(Date.now() + 7 * day) });
    await die(day / 24);
    expect((await line()).words).not.toContain('Testing');
  });

  test('that died, and was connected again, died seven days after that, not after the first time', async () => {
    await set({ connectedAt: new Date(Date.now() - 7 * day) });
    await die(7 * day - 1000);
    expect((await line()).words).toContain('Testing');
    await clinic.connect();
    const { refreshToken } = (
      await clinic.db.select().from(accounts).where(the(clinic.businessId, clinic.accountId))
    )[0]!;
    const { businessId, accountId } = clinic;
    const now = Date.now() + day;
    await needReconnecting(clinic.db, { businessId, accountId, refreshToken, code: 'invalid_grant', now });
    expect((await line()).words).not.toContain('Testing');
  });

  test('that an administrator blocks shows it where it fails, with where to allow the app', async () => {
    const room = await clinic.addResource('Room');
    await clinic.book([room]);
    await clinic.control.setPersonStatus({ email: clinic.owner, status: 'blockedByAdmin' });
    await clinic.control.expireAccess({ person: clinic.owner });
    await clinic.push();
    const [push] = await clinic.rows();
    expect(push).toMatchObject({ failure: 'admin_policy_enforced' });
    expect(await account()).toMatchObject({ state: 'connected', failure: 'admin_policy_enforced' });
    expect((await line()).words).toContain('admin.google.com, Security');
    expect((await line()).words).toContain(DEFAULT_CLIENT.id);
    await speak('nb');
    expect((await line()).words).toContain('admin.google.com, Sikkerhet');

    await clinic.db.update(pushes).set({ done: 1 });
    expect((await line()).words).toBe('Tilkoblet.');
    await clinic.db.update(pulls).set({ failure: 'admin_policy_enforced' });
    expect((await line()).words).toContain('Sikkerhet');
    // A token that Google would not take for a moment: no person has to do anything.
    await clinic.db.update(pulls).set({ failure: 'authError' });
    expect((await line()).words).toBe('Tilkoblet.');
    await clinic.db.update(pulls).set({ failure: 'backendError' });
    expect((await line()).words).toBe('Tilkoblet.');
  });

  test('that Google suspended is known by a dead grant, and its words say what an administrator does', async () => {
    const room = await clinic.addResource('Room');
    await clinic.book([room]);
    await clinic.control.setPersonStatus({ email: clinic.owner, status: 'suspended' });
    await clinic.control.expireAccess({ person: clinic.owner });
    await clinic.push();
    expect(await line()).toMatchObject({
      state: 'needs_reconnecting',
      words: expect.stringMatching(/suspended.*Directory > Users/),
    });
  });

  test.each([
    ['userSuspended', 'suspended this account'],
    ['unverified_app', 'test user'],
    ['invalid_client', 'id and secret'],
    ['accessNotConfigured', 'enable it'],
    ['insufficientPermissions', 'all boxes ticked'],
    ['org_internal', 'Internal to another'],
  ])('with trouble of the code %s is told "%s"', async (failure, words) => {
    await clinic.addResource('Room');
    await clinic.db.update(pulls).set({ failure });
    expect(await line()).toMatchObject({ state: 'connected', words: expect.stringContaining(words) });
  });

  test('that is going or gone says so', async () => {
    await set({ state: 'disconnecting' });
    expect(await line()).toMatchObject({
      state: 'disconnecting',
      words: expect.stringContaining('Google is told'),
    });
    await set({ state: 'disconnected', refreshToken: null });
    expect(await line()).toMatchObject({
      state: 'disconnected',
      words: expect.stringContaining('Connect again'),
    });
  });
});

test('no code that is told leaves the words without a meaning', () => {
  const standing = { state: 'connected' as const, connectedAt: new Date(), failedAt: null, endsAt: null };
  for (const failure of telling) expect(standingOf({ ...standing, failure })).not.toBe('refused');
  expect(standingOf({ ...standing, failure: 'notFound' })).toBe('connected');
});
