// Google accounts a business has connected: made with a refresh token, checked with Google before they are kept.
import { and, asc, eq, sql } from 'drizzle-orm';
import { v7 as uuid } from 'uuid';
import type { Context } from '../context.ts';
import { pushes } from '../database/ledger.ts';
import type { Connection, Transaction } from '../database/open.ts';
import { accounts, calendars } from '../database/schema.ts';
import { notFound, Refusal } from '../errors.ts';
import type { GoogleAccount } from '../google/client.ts';
import { GoogleError } from '../google/errors.ts';

/** What an account's refresh token is sealed with. */
export const tokenIdentity = (businessId: string, accountId: string): string =>
  `accounts/${businessId}/${accountId}/refresh_token`;

const scope = (name: string) => `https://www.googleapis.com/auth/${name}`;
/** Of each row one is enough. @see https://developers.google.com/workspace/calendar/api/auth */
const needed = [
  { to: 'see its mail address', any: ['userinfo.email'] },
  { to: 'see and change events', any: ['calendar', 'calendar.events'] },
  {
    to: 'list calendars',
    any: ['calendar', 'calendar.readonly', 'calendar.calendarlist', 'calendar.calendarlist.readonly'],
  },
];

export interface Identified {
  email: string;
  scopes: string[];
  refreshToken: string;
}

/**
 * Asks Google whose token it is. Network: outside any transaction.
 * @throws Refusal google_refused, if the token is dead or lacks what we need; busy, if Google cannot be asked
 */
export async function identify(context: Context, refreshToken: string): Promise<Identified> {
  if (!context.config.google.clientId)
    throw new Refusal(
      'google_refused',
      'Google is not set up here: set GOOGLE_CLIENT_ID and GOOGLE_CLIENT_SECRET.',
    );
  const { email, scopes } = await fromGoogle(() => context.google.identify(refreshToken));
  const missing = needed.filter(({ any }) => !any.some((name) => scopes.includes(scope(name))));
  if (missing.length > 0 || email === null)
    throw new Refusal(
      'google_refused',
      `The account was connected without the permission to ${missing.map(({ to }) => to).join(' and to ')}: connect it again with all boxes ticked.`,
      { missing: missing.map(({ any }) => scope(any.at(-1)!)) },
    );
  return { email, scopes, refreshToken };
}

/** Keeps the account; one that is known already is connected anew, and what waited for that goes out. */
export async function connectAccount(
  tx: Transaction,
  { seal }: Pick<Context, 'seal'>,
  known: Identified & { businessId: string },
) {
  const { businessId, email, scopes, refreshToken } = known;
  const fresh = uuid();
  // The token is sealed for the row it stands in, and that row may have been there before.
  const [row] = await tx
    .insert(accounts)
    .values({
      businessId,
      id: fresh,
      email,
      scopes,
      refreshToken: seal.seal(refreshToken, tokenIdentity(businessId, fresh)),
    })
    .onConflictDoNothing()
    .returning({ id: accounts.id });
  if (row) return { id: fresh, email, scopes, state: 'connected' as const };
  const mine = and(eq(accounts.businessId, businessId), sql`lower(${accounts.email}) = lower(${email})`);
  const [{ id }] = (await tx.select({ id: accounts.id }).from(accounts).where(mine).for('update')) as [
    { id: string },
  ];
  await tx
    .update(accounts)
    .set({ scopes, state: 'connected', refreshToken: seal.seal(refreshToken, tokenIdentity(businessId, id)) })
    .where(and(eq(accounts.businessId, businessId), eq(accounts.id, id)));
  const own = tx
    .select({ id: calendars.id })
    .from(calendars)
    .where(and(eq(calendars.businessId, businessId), eq(calendars.accountId, id)));
  await tx
    .update(pushes)
    .set({ dueAt: sql`now()` })
    .where(
      and(
        eq(pushes.businessId, businessId),
        sql`${pushes.calendarId} in ${own}`,
        sql`${pushes.done} < ${pushes.wanted}`,
      ),
    );
  return { id, email, scopes, state: 'connected' as const };
}

export async function listAccounts(db: Connection, businessId: string) {
  return db
    .select({ id: accounts.id, email: accounts.email, scopes: accounts.scopes, state: accounts.state })
    .from(accounts)
    .where(eq(accounts.businessId, businessId))
    .orderBy(asc(accounts.id));
}

/** Google as the account sees it. @throws Refusal not_found, google_refused if it has to be connected again */
export async function openAccount(context: Context, businessId: string, id: string): Promise<GoogleAccount> {
  const [row] = await context.db
    .select()
    .from(accounts)
    .where(and(eq(accounts.businessId, businessId), eq(accounts.id, id)));
  if (!row) throw notFound('account');
  if (row.state !== 'connected') throw new Refusal('google_refused', reconnect);
  return context.google.account(context.seal.open(row.refreshToken, tokenIdentity(businessId, id)));
}

const reconnect = 'Google no longer accepts what this account was connected with: connect it again.';

/** Asks Google on behalf of somebody who waits for the answer. */
export async function fromGoogle<T>(ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (error) {
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
