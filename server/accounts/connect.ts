// Connecting a Google account: what Google gave is checked before it is kept, and what waited for it goes out.
import { and, eq, inArray, isNull, sql } from 'drizzle-orm';
import { v7 as uuid } from 'uuid';
import type * as z from 'zod';
import type { Account } from '../../shared/account-api.ts';
import type { Context } from '../context.ts';
import { pushes } from '../database/ledger.ts';
import { googleApps, pulls } from '../database/mirror.ts';
import type { Transaction } from '../database/open.ts';
import { accounts, calendars } from '../database/schema.ts';
import { Refusal } from '../errors.ts';
import type { GoogleApp } from '../google/oauth.ts';
import { fromGoogle, readAccount, the, tokenIdentity } from './accounts.ts';
import { missingOf } from './scopes.ts';

export interface Identified {
  email: string;
  scopes: string[];
  refreshToken: string;
  /** Whose Google app the token is of. */
  app: 'deployment' | 'own';
  /** How long the token lasts, where Google said so, in ms: that of an app in testing does not. */
  lasts: number | null;
}

/** There is no Google app to ask through. */
export const notSetUp = () =>
  new Refusal(
    'google_refused',
    'Google is not set up here: set GOOGLE_CLIENT_ID and GOOGLE_CLIENT_SECRET, or enter a Google app of your own.',
  );

/**
 * Asks Google whose token it is. Network: outside any transaction.
 * @param own the business's own Google app, if it has one: then the token has to be of that
 * @throws Refusal google_refused, if the token is dead or lacks what we need; busy, if Google cannot be asked
 */
export async function identify(context: Context, refreshToken: string, own?: GoogleApp): Promise<Identified> {
  if (!own && !context.config.google.clientId) throw notSetUp();
  const { email, scopes } = await fromGoogle(() => context.google.identify(refreshToken, own));
  const missing = missingOf(scopes);
  if (missing.length > 0 || email === null)
    throw new Refusal(
      'google_refused',
      `The account was connected without the permission to ${missing.map(({ to }) => to.en).join(' and to ')}: connect it again with all boxes ticked.`,
      { missing: missing.map((one) => one.scope) },
    );
  return { email, scopes, refreshToken, app: own ? 'own' : 'deployment', lasts: null };
}

/**
 * Keeps the account. One that is known already, by its address, is connected anew whatever its state: its row stays,
 * and what was owed to its calendars or by them is due at once.
 * @throws Refusal conflict, if the app it was connected through is gone
 */
export async function connectAccount(
  tx: Transaction,
  context: Pick<Context, 'seal' | 'now' | 'config'>,
  known: Identified & { businessId: string },
): Promise<z.output<typeof Account>> {
  const { businessId, email, scopes, refreshToken, app, lasts } = known;
  if (app === 'own') await holdApp(tx, businessId);
  const now = context.now();
  const columns = {
    scopes,
    app,
    state: 'connected' as const,
    connectedAt: new Date(now),
    endsAt: lasts === null ? null : new Date(now + lasts),
    failure: null,
  };
  // The token is sealed for the row it stands in, and that row may have been there before.
  const sealedFor = (id: string) => context.seal.seal(refreshToken, tokenIdentity(businessId, id));
  const fresh = uuid();
  const [made] = await tx
    .insert(accounts)
    .values({ ...columns, businessId, id: fresh, email, refreshToken: sealedFor(fresh) })
    .onConflictDoNothing()
    .returning({ id: accounts.id });
  if (made) return readAccount(tx, context, { businessId, id: fresh });

  const mine = and(eq(accounts.businessId, businessId), sql`lower(${accounts.email}) = lower(${email})`);
  const [row] = await tx.select({ id: accounts.id }).from(accounts).where(mine).for('update');
  const { id } = row!;
  await tx
    .update(accounts)
    .set({ ...columns, refreshToken: sealedFor(id) })
    .where(the(businessId, id));
  await hasten(tx, businessId, id);
  return readAccount(tx, context, { businessId, id });
}

/** What its calendars are owed, and what is to be read of them, is due at once. */
async function hasten(tx: Transaction, businessId: string, accountId: string): Promise<void> {
  const own = tx
    .select({ id: calendars.id })
    .from(calendars)
    .where(and(eq(calendars.businessId, businessId), eq(calendars.accountId, accountId)));
  await tx
    .update(pushes)
    .set({ dueAt: sql`now()` })
    .where(
      and(
        eq(pushes.businessId, businessId),
        inArray(pushes.calendarId, own),
        sql`${pushes.done} < ${pushes.wanted}`,
      ),
    );
  const followed = tx
    .select({ id: calendars.id })
    .from(calendars)
    .where(
      and(eq(calendars.businessId, businessId), eq(calendars.accountId, accountId), isNull(calendars.leftAt)),
    );
  // A channel may have died with the old token: another is made, unless Google refused one for good.
  await tx
    .update(pulls)
    .set({
      wanted: sql`${pulls.wanted} + 1`,
      dueAt: sql`now()`,
      failure: null,
      failedAt: null,
      attempts: 0,
      watchDueAt: sql`case when ${pulls.watchDueAt} is null then null else now() end`,
    })
    .where(and(eq(pulls.businessId, businessId), inArray(pulls.calendarId, followed)));
}

/** The app stays while accounts are connected through it: whoever removes it waits, and then sees this one. */
async function holdApp(tx: Transaction, businessId: string): Promise<void> {
  const rows = await tx
    .select({ clientId: googleApps.clientId })
    .from(googleApps)
    .where(eq(googleApps.businessId, businessId))
    .for('share');
  if (rows.length === 0)
    throw new Refusal('conflict', 'The Google app was removed meanwhile: connect the account again.');
}
