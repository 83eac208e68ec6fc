// Accounts: kept sealed, connected anew, refused with words, and left to a person when the grant is dead.
import { eq } from 'drizzle-orm';
import { v7 as uuid } from 'uuid';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { asAccount, askAs, listAccounts, needReconnecting } from '../../../server/accounts/accounts.ts';
import { connectAccount, identify } from '../../../server/accounts/connect.ts';
import type { Context } from '../../../server/context.ts';
import { pushes } from '../../../server/database/ledger.ts';
import { messages, pulls } from '../../../server/database/mirror.ts';
import { accounts } from '../../../server/database/schema.ts';
import { createBudget } from '../../../server/jobs/budget.ts';
import { Clinic } from '../sync/clinic.ts';
import { type Office, openOffice } from './office.ts';

let office: Office;
let clinic: Clinic;
beforeAll(async () => {
  office = await openOffice();
});
afterAll(() => office.close());
beforeEach(async () => {
  clinic = await Clinic.open(office.world);
});

const mail = ['https://www.googleapis.com/auth/userinfo.email'];
const tokenWith = async (scopes?: string[], person = clinic.owner) =>
  (await clinic.control.issueTokens({ person, scopes })).refresh_token;
const row = async () => {
  const [one] = await clinic.db.select().from(accounts).where(eq(accounts.id, clinic.accountId));
  return one!;
};
const told = () => clinic.db.select().from(messages).where(eq(messages.businessId, clinic.businessId));
const ask = (of = clinic) =>
  askAs(office.context, { businessId: of.businessId, accountId: clinic.accountId }, (google) =>
    google.listCalendars(),
  );

describe('an account', () => {
  test('is kept with its token sealed for its own row', async () => {
    const { refreshToken } = await row();
    expect(refreshToken).not.toContain(clinic.refreshToken);
    const { seal } = office.context;
    const identity = `accounts/${clinic.businessId}/${clinic.accountId}/refresh_token`;
    expect(seal.open(refreshToken!, identity)).toBe(clinic.refreshToken);
    const [shown] = await listAccounts(office.context, clinic.businessId);
    expect(shown).toEqual({
      id: clinic.accountId,
      email: clinic.owner,
      scopes: [
        'openid',
        'https://www.googleapis.com/auth/userinfo.email',
        'https://www.googleapis.com/auth/calendar',
      ],
      state: 'connected',
      app: 'deployment',
      connectedAt: expect.any(String),
      failure: null,
      words: null,
    });
  });

  test('connected anew is the same account, with the new token', async () => {
    const known = await identify(office.context, await tokenWith());
    const renamed = { ...known, email: known.email.toUpperCase(), businessId: clinic.businessId };
    const again = await clinic.db.transaction((tx) => connectAccount(tx, office.context, renamed));
    expect(again.id).toBe(clinic.accountId);
    expect(await listAccounts(office.context, clinic.businessId)).toHaveLength(1);
    expect(await ask()).not.toHaveLength(0);
  });

  test('with a token that is dead, or that somebody made up, is refused', async () => {
    const revoked = await tokenWith();
    await clinic.control.revokeAccess({ person: clinic.owner });
    for (const token of ['made-up', revoked])
      await expect(identify(office.context, token)).rejects.toMatchObject({
        code: 'google_refused',
        details: { code: 'invalid_grant' },
      });
  });

  test('without a permission we need is refused, and the permission named; the narrow ones are enough', async () => {
    const cases: [string[], string][] = [
      [[...mail, 'calendar.events'], 'calendar.calendarlist.readonly'],
      [[...mail, 'calendar.readonly'], 'calendar.events'],
      [['calendar.events', 'calendar.calendarlist.readonly'], 'userinfo.email'],
    ];
    for (const [scopes, missing] of cases)
      await expect(identify(office.context, await tokenWith(scopes))).rejects.toMatchObject({
        code: 'google_refused',
        details: { missing: [`https://www.googleapis.com/auth/${missing}`] },
      });
    const narrow = await tokenWith([...mail, 'calendar.events', 'calendar.calendarlist.readonly']);
    expect((await identify(office.context, narrow)).email).toBe(clinic.owner);
  });

  test('cannot be connected while Google does not answer, or where Google is not set up', async () => {
    const token = await tokenWith();
    await clinic.control.addFault({ kind: 'reset', on: 'token', times: 1 });
    await expect(identify(office.context, token)).rejects.toMatchObject({ code: 'busy' });
    const { config } = office.context;
    const google = { ...config.google, clientId: undefined };
    const bare = { ...office.context, config: { ...config, google } } as Context;
    await expect(identify(bare, token)).rejects.toMatchObject({ code: 'google_refused' });
  });

  test('whose address Google does not tell is refused with a reason of its own', async () => {
    const token = await tokenWith();
    const nothing = { kind: 'error', status: 403, reason: 'forbidden', on: 'userinfo', times: 1 } as const;
    await clinic.control.addFault(nothing);
    await expect(identify(office.context, token)).rejects.toMatchObject({
      code: 'google_refused',
      message: expect.stringContaining('does not tell the address'),
    });
  });

  test('is asked for no more than the budget allows', async () => {
    const { context } = office;
    const limits = { accountUnitsPerMinute: 7, projectUnitsPerMinute: 1000 };
    const poor = { ...context, budget: createBudget(context.db, limits) };
    const { businessId, accountId } = clinic;
    const list = () => askAs(poor, { businessId, accountId }, (google) => google.listCalendars());
    await list();
    const before = (await clinic.asked()).length;
    // A unit in each window: one may have begun meanwhile.
    await expect(Promise.all([list(), list(), list()])).rejects.toMatchObject({
      code: 'busy',
      message: expect.stringContaining('used up'),
    });
    expect((await clinic.asked()).length).toBeLessThanOrEqual(before + 1);
  });

  test('of another business is not there', async () => {
    const other = await Clinic.open(office.world);
    await expect(ask(other)).rejects.toMatchObject({ code: 'not_found' });
  });

  test('that is disconnected has nothing to open', () => {
    const key = { businessId: uuid(), id: uuid(), refreshToken: null, ownApp: null };
    expect(() => asAccount(office.context, key)).toThrow(
      expect.objectContaining({ kind: 'reconnect', code: 'disconnected' }),
    );
  });
});

describe('a dead grant', () => {
  test('is noticed by whoever asks, told once, and mended by connecting again: what waited is due', async () => {
    const room = await clinic.addResource('Room');
    const booked = await clinic.book([room]);
    await clinic.db.update(pulls).set({ failure: 'invalid_grant', dueAt: new Date('2100-01-01') });
    await clinic.db.update(pushes).set({ failure: 'admin_policy_enforced' });
    await clinic.control.revokeAccess({ person: clinic.owner });
    await clinic.control.expireAccess({ person: clinic.owner });
    await expect(ask()).rejects.toMatchObject({ code: 'google_refused', details: { code: 'invalid_grant' } });
    await expect(ask()).rejects.toMatchObject({ code: 'google_refused' });
    expect(await row()).toMatchObject({ state: 'needs_reconnecting', failure: 'invalid_grant' });
    const { accountId } = clinic;
    expect(await told()).toMatchObject([
      { to: 'admin', kind: 'needs_reconnecting', accountId, details: { code: 'invalid_grant' } },
    ]);
    expect(await clinic.claim()).toEqual([]);

    await clinic.connect();
    expect(clinic.accountId).toBe(accountId);
    expect(await row()).toMatchObject({ state: 'connected', failure: null });
    expect((await clinic.row(booked, room))!.failure).toBeNull();
    const [pull] = await clinic.db.select().from(pulls).where(eq(pulls.calendarId, room.calendar.id));
    expect(pull).toMatchObject({ failure: null, wanted: 2 });
    expect(pull!.dueAt.getTime()).toBeLessThanOrEqual(Date.now() + 1000);
    expect((await clinic.claim()).map(({ unitId }) => unitId)).toEqual([booked.id]);
  });

  test('of a token that was replaced meanwhile says nothing of the new one', async () => {
    const { refreshToken } = await row();
    await clinic.connect();
    const dead = { businessId: clinic.businessId, accountId: clinic.accountId, refreshToken };
    const now = office.context.now();
    await needReconnecting(clinic.db, { ...dead, code: 'invalid_grant', now });
    expect(await row()).toMatchObject({ state: 'connected', failure: null });
    expect(await told()).toEqual([]);
  });

  test('is told again when the next connection dies too', async () => {
    for (const _ of [1, 2]) {
      const { refreshToken } = await row();
      const dead = { businessId: clinic.businessId, accountId: clinic.accountId, refreshToken };
      const now = office.context.now();
      await needReconnecting(clinic.db, { ...dead, code: 'invalid_grant', now });
      await needReconnecting(clinic.db, { ...dead, code: 'invalid_grant', now });
      office.clock.now += 60_000;
      await clinic.connect();
      await clinic.db
        .update(accounts)
        .set({ connectedAt: new Date(office.clock.now) })
        .where(eq(accounts.id, clinic.accountId));
    }
    expect(await told()).toHaveLength(2);
  });

  test('is no other failure: none of these touches the account', async () => {
    for (const status of [500, 503, 429, 403]) {
      await clinic.control.addFault({
        kind: 'error',
        status,
        reason: 'backendError',
        on: 'calendarList.list',
        times: 1,
      });
      await expect(ask()).rejects.toMatchObject({ code: expect.stringMatching(/busy|google_refused/) });
    }
    for (const kind of ['reset', 'halfBody'] as const) {
      await clinic.control.addFault({ kind, on: 'calendarList.list', times: 1 });
      await expect(ask()).rejects.toMatchObject({ code: 'busy' });
    }
    expect(await row()).toMatchObject({ state: 'connected', failure: null });
    expect(await told()).toEqual([]);
  });
});
