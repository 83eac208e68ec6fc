// Google accounts a business has connected: how each stands, and the one place where their tokens are opened.
import { and, asc, eq, inArray, type SQL, sql } from 'drizzle-orm';
import type * as z from 'zod';
import type { Account } from '../../shared/account-api.ts';
import { localTime } from '../../shared/time.ts';
import type { Seal } from '../auth/seal.ts';
import type { Context } from '../context.ts';
import { pushes } from '../database/ledger.ts';
import { googleApps, messages, pulls } from '../database/mirror.ts';
import type { Connection } from '../database/open.ts';
import { accounts, businesses, calendars } from '../database/schema.ts';
import { notFound, Refusal } from '../errors.ts';
import type { GoogleAccount } from '../google/client.ts';
import { GoogleError } from '../google/errors.ts';
import type { GoogleApp } from '../google/oauth.ts';
import { BudgetSpent } from '../jobs/budget.ts';
import { tell } from '../log/messages.ts';
import { writeLog } from '../log/steps.ts';
import { localeOf, say, standingOf, telling } from './words.ts';

/** What an account's refresh token is sealed with. */
export const tokenIdentity = (businessId: string, accountId: string): string =>
  `accounts/${businessId}/${accountId}/refresh_token`;
/** What the secret of a business's own Google app is sealed with. */
export const secretIdentity = (businessId: string): string => `google_apps/${businessId}/client_secret`;

/** As they stand in their rows: sealed. */
export interface AccountKey {
  businessId: string;
  id: string;
  refreshToken: string | null;
  /** Null: the deployment's. */
  ownApp: GoogleApp | null;
}

/** An AccountKey's columns, for a select that joins accounts, and google_apps (left) on `itsOwnApp`. */
export const accountKey = {
  businessId: accounts.businessId,
  id: accounts.id,
  refreshToken: accounts.refreshToken,
};
export const ownApp = { clientId: googleApps.clientId, clientSecret: googleApps.clientSecret };
export const itsOwnApp = and(eq(googleApps.businessId, accounts.businessId), eq(accounts.app, 'own'));

/**
 * Google as the account sees it. A service account with domain-wide delegation would be another kind of key here: it
 * signs a JWT for the person's address instead of opening a refresh token.
 * @throws GoogleError reconnect, if it was disconnected; SealBroken, if the key that sealed its token is gone
 */
export function asAccount(
  { google, seal }: Pick<Context, 'google' | 'seal'>,
  key: AccountKey,
): GoogleAccount {
  return google.account(
    tokenOf(seal, key),
    key.ownApp ? openApp(seal, key.businessId, key.ownApp) : undefined,
  );
}

/** @throws as asAccount */
export function tokenOf(seal: Seal, { businessId, id, refreshToken }: AccountKey): string {
  if (refreshToken === null) throw new GoogleError('reconnect', 'disconnected');
  return seal.open(refreshToken, tokenIdentity(businessId, id));
}

const openApp = (seal: Seal, businessId: string, { clientId, clientSecret }: GoogleApp): GoogleApp => ({
  clientId,
  clientSecret: seal.open(clientSecret, secretIdentity(businessId)),
});

/** The business's own Google app, opened; undefined: it uses the deployment's. */
export async function appOf(
  { db, seal }: { db: Connection; seal: Seal },
  businessId: string,
): Promise<GoogleApp | undefined> {
  const [row] = await db.select(ownApp).from(googleApps).where(eq(googleApps.businessId, businessId));
  return row && openApp(seal, businessId, row);
}

/**
 * The grant is dead (of Google's codes only `invalid_grant` says so): the account waits for a person, who is told once.
 * Not if it was connected anew meanwhile: then it is another token that died. `refreshToken`: sealed, as it was read.
 */
export async function needReconnecting(
  db: Connection,
  dead: { businessId: string; accountId: string; refreshToken: string | null; code: string; now: number },
): Promise<void> {
  const { businessId, accountId, refreshToken, code } = dead;
  if (refreshToken === null) return;
  await db.transaction(async (tx) => {
    const [row] = await tx
      .update(accounts)
      .set({
        failure: code,
        // One that is being disconnected goes on with that, and need not wait for Google any more.
        state: sql`case ${accounts.state} when 'connected' then 'needs_reconnecting' else ${accounts.state} end`,
      })
      .where(
        and(
          the(businessId, accountId),
          eq(accounts.refreshToken, refreshToken),
          inArray(accounts.state, ['connected', 'disconnecting']),
        ),
      )
      .returning({ state: accounts.state, connectedAt: accounts.connectedAt });
    if (row?.state !== 'needs_reconnecting') return;
    const about = `${accountId}/${row.connectedAt.toISOString()}`;
    const at = new Date(dead.now);
    await writeLog(tx, [{ businessId, at, kind: 'account', step: 'needs reconnecting', outcome: code }]);
    const kind = 'needs_reconnecting';
    await tell(tx, [{ businessId, to: 'admin', kind, about, at, accountId, details: { code } }]);
  });
}

export const the = (businessId: string, id: string) =>
  and(eq(accounts.businessId, businessId), eq(accounts.id, id));

type AccountShape = z.output<typeof Account>;
type Configured = Pick<Context, 'config'>;

export async function listAccounts(
  context: Configured & { db: Connection },
  businessId: string,
): Promise<AccountShape[]> {
  const rows = await readRows(context.db, eq(accounts.businessId, businessId));
  return rows.map((row) => show(row, context));
}

/** @throws Refusal not_found */
export async function readAccount(
  db: Connection,
  context: Configured,
  { businessId, id }: { businessId: string; id: string },
): Promise<AccountShape> {
  const [row] = await readRows(db, the(businessId, id));
  if (!row) throw notFound('account');
  return show(row, context);
}

// What Google answers for the whole account shows where it was asked last: in a calendar's pull, or in a push to one.
const troubleIn = (failing: SQL) => sql<string | null>`(
  select p.failure from ${failing} and c.business_id = ${accounts.businessId} and c.account_id = ${accounts.id}
    and p.failure = any(${sql.param(telling)}::text[]) limit 1)`;
const ofPulls = sql`${pulls} p join ${calendars} c on c.business_id = p.business_id and c.id = p.calendar_id
  where c.left_at is null`;
const ofPushes = sql`${pushes} p join ${calendars} c on c.business_id = p.business_id and c.id = p.calendar_id
  where p.done < p.wanted and p.died_at is null`;

async function readRows(db: Connection, which: SQL | undefined) {
  return db
    .select({
      account: accounts,
      clientId: googleApps.clientId,
      locale: businesses.locale,
      zone: businesses.zone,
      failedAt: sql<Date | null>`(
        select max(m.at) from ${messages} m where m.business_id = ${accounts.businessId}
          and m.kind = 'needs_reconnecting' and m.account_id = ${accounts.id} and m.at >= ${accounts.connectedAt}
      )`.mapWith(accounts.connectedAt),
      trouble: sql<string | null>`coalesce(${troubleIn(ofPulls)}, ${troubleIn(ofPushes)})`,
    })
    .from(accounts)
    .innerJoin(businesses, eq(businesses.id, accounts.businessId))
    .leftJoin(googleApps, itsOwnApp)
    .where(which)
    .orderBy(asc(accounts.id));
}

function show(row: Awaited<ReturnType<typeof readRows>>[number], { config }: Configured): AccountShape {
  const { id, email, scopes, state, app, connectedAt, endsAt } = row.account;
  const { failedAt, zone } = row;
  const failure = row.account.failure ?? row.trouble;
  const code = standingOf({ state, failure, connectedAt, failedAt, endsAt });
  const values = {
    client: row.clientId ?? config.google.clientId ?? '',
    date: endsAt ? localTime(zone, endsAt.getTime()).slice(0, 16).replace('T', ' ') : '',
  };
  return {
    id,
    email,
    scopes,
    state,
    app,
    connectedAt: connectedAt.toISOString(),
    failure,
    words: code === 'connected' ? null : say(code, localeOf(row.locale), values),
  };
}

/** The account's row with its key. @throws Refusal not_found, google_refused if it has to be connected again */
export async function findAccount(context: Pick<Context, 'db'>, businessId: string, id: string) {
  const [row] = await context.db
    .select({
      key: accountKey,
      ownApp,
      email: accounts.email,
      state: accounts.state,
      scopes: accounts.scopes,
    })
    .from(accounts)
    .leftJoin(googleApps, itsOwnApp)
    .where(the(businessId, id));
  if (!row) throw notFound('account');
  if (row.state !== 'connected') throw new Refusal('google_refused', reconnect);
  return { key: { ...row.key, ownApp: row.ownApp }, email: row.email, scopes: row.scopes };
}

/**
 * Asks Google as the account, on behalf of somebody who waits for the answer. One request is taken from the budget:
 * whoever makes more takes the others. Network: outside any transaction.
 * @throws Refusal not_found, google_refused, busy
 */
export async function askAs<T>(
  context: Context,
  { businessId, accountId }: { businessId: string; accountId: string },
  ask: (google: GoogleAccount) => Promise<T>,
): Promise<T> {
  const { key, email } = await findAccount(context, businessId, accountId);
  const { refreshToken } = key;
  return fromGoogle(async () => {
    try {
      // A unit, whichever of the readings it is for.
      await context.budget.spend({ id: accountId, email }, 'list');
      return await ask(asAccount(context, key));
    } catch (error) {
      if (error instanceof GoogleError && error.kind === 'reconnect') {
        const { code } = error;
        await needReconnecting(context.db, { businessId, accountId, refreshToken, code, now: context.now() });
      }
      throw error;
    }
  });
}

const reconnect = 'Google no longer accepts what this account was connected with: connect it again.';

/** Puts Google's failures, and a budget that is spent, into words for somebody who waits. */
export async function fromGoogle<T>(ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    if (error instanceof BudgetSpent)
      throw new Refusal(
        'busy',
        `As much as we may ask of Google is used up: try again in ${Math.ceil(error.wait / 1000)} seconds.`,
      );
    if (!(error instanceof GoogleError)) throw error;
    const { kind, code } = error;
    if (kind === 'reconnect') throw new Refusal('google_refused', reconnect, { code });
    if (kind === 'again' || kind === 'slow' || kind === 'unreachable')
      throw new Refusal('busy', 'Google does not answer just now: try again in a minute.', { code });
    if (kind === 'gone')
      throw new Refusal(
        'google_refused',
        'Google knows of no such calendar, or this account may not see it.',
        { code },
      );
    throw new Refusal('google_refused', `Google refuses this (${code}).`, { code });
  }
}
