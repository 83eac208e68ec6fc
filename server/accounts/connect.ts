// Connecting a Google account: what Google gave is checked before it is kept, and what waited for it goes out.
import { and, eq, inArray, isNull, sql } from 'drizzle-orm';
import { v7 as uuid } from 'uuid';
import type * as z from 'zod';
import type { Account } from '../../shared/account-api.ts';
import { DAY } from '../../shared/time.ts';
import { narrowed, tryAgain, writes } from '../calendars/roles.ts';
import type { Context } from '../context.ts';
import { pushes } from '../database/ledger.ts';
import { googleApps, pulls } from '../database/mirror.ts';
import type { Transaction } from '../database/open.ts';
import { accounts, calendars } from '../database/schema.ts';
import { Refusal } from '../errors.ts';
import type { GoogleApp } from '../google/oauth.ts';
import { tell } from '../log/messages.ts';
import { writeLog } from '../log/steps.ts';
import { fromGoogle, readAccount, the, tokenIdentity } from './accounts.ts';
import { missingOf } from './scopes.ts';

export interface Identified {
  email: string;
  scopes: string[];
  refreshToken: string;
  /** Whose Google app the token is of, and that app's id. */
  app: 'deployment' | 'own';
  clientId: string;
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
  const clientId = own?.clientId ?? context.config.google.clientId;
  if (!clientId) throw notSetUp();
  const { email, scopes } = await fromGoogle(() => context.google.identify(refreshToken, own));
  const missing = missingOf(scopes);
  if (missing.length > 0)
    throw new Refusal(
      'google_refused',
      `The account was connected without the permission to ${missing.map(({ to }) => to.en).join(' and to ')}: connect it again with all boxes ticked.`,
      { missing: missing.map((one) => one.scope) },
    );
  if (email === null)
    throw new Refusal(
      'google_refused',
      'Google does not tell the address of this account, which it is known by here: connect it again.',
    );
  return { email, scopes, refreshToken, app: own ? 'own' : 'deployment', clientId, lasts: null };
}

/**
 * Keeps the account. One that is known already, by its address, is connected anew whatever its state: its row stays,
 * and what was owed to its calendars or by them is due at once.
 * @throws Refusal conflict, if the app it was connected through is gone, or another by now
 */
export async function connectAccount(
  tx: Transaction,
  context: Pick<Context, 'seal' | 'now' | 'config'>,
  known: Identified & { businessId: string },
): Promise<z.output<typeof Account>> {
  const { businessId, scopes, app, clientId, lasts } = known;
  if (app === 'own') await holdApp(tx, businessId, clientId);
  const at = new Date(context.now());
  const endsAt = lasts === null ? null : new Date(at.getTime() + lasts);
  const columns = { scopes, app, state: 'connected' as const, connectedAt: at, endsAt, failure: null };
  const accountId = await write(tx, context, { known, columns });
  await writeLog(tx, [{ businessId, at, kind: 'account', step: 'connect', outcome: 'ok' }]);
  if (lasts !== null && lasts <= shortest) {
    const about = `${accountId}/${at.toISOString()}`;
    const details = { endsAt };
    await tell(tx, [{ businessId, to: 'admin', kind: 'short_token', about, at, accountId, details }]);
  }
  return readAccount(tx, context, { businessId, id: accountId });
}

/** A token that ends so soon, in ms, is one of an app in testing: seven days, and some leeway. */
const shortest = 8 * DAY;

/** @returns the account's id */
async function write(
  tx: Transaction,
  context: Pick<Context, 'seal'>,
  { known, columns }: { known: Identified & { businessId: string }; columns: Connected },
): Promise<string> {
  const { businessId, email, refreshToken } = known;
  // The token is sealed for the row it stands in, and that row may have been there before.
  const sealedFor = (id: string) => context.seal.seal(refreshToken, tokenIdentity(businessId, id));
  const fresh = uuid();
  const [made] = await tx
    .insert(accounts)
    .values({ ...columns, businessId, id: fresh, email, refreshToken: sealedFor(fresh) })
    .onConflictDoNothing()
    .returning({ id: accounts.id });
  if (made) return fresh;

  const mine = and(eq(accounts.businessId, businessId), sql`lower(${accounts.email}) = lower(${email})`);
  const [row] = await tx.select({ id: accounts.id }).from(accounts).where(mine).for('update');
  const { id } = row!;
  await tx
    .update(accounts)
    .set({ ...columns, refreshToken: sealedFor(id) })
    .where(the(businessId, id));
  await hasten(tx, businessId, id);
  await fitRoles(tx, { businessId, id, scopes: columns.scopes });
  return id;
}

type Connected = Pick<
  typeof accounts.$inferInsert,
  'scopes' | 'app' | 'state' | 'connectedAt' | 'endsAt' | 'failure'
>;

/** What its calendars are owed, and what is to be read of them, is due at once: what hindered it is mended. */
export async function hasten(tx: Transaction, businessId: string, accountId: string): Promise<void> {
  const theirs = and(eq(calendars.businessId, businessId), eq(calendars.accountId, accountId));
  const followed = tx
    .select({ id: calendars.id })
    .from(calendars)
    .where(and(theirs, isNull(calendars.leftAt)));
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
  const all = tx.select({ id: calendars.id }).from(calendars).where(theirs);
  await tx
    .update(pushes)
    .set({ dueAt: sql`now()`, failure: null })
    .where(
      and(
        eq(pushes.businessId, businessId),
        inArray(pushes.calendarId, all),
        sql`${pushes.done} < ${pushes.wanted} and ${pushes.diedAt} is null`,
      ),
    );
}

/** What it was connected for may be less than before, or again what was lacking. More shows by the next reading. */
async function fitRoles(
  tx: Transaction,
  { businessId, id, scopes }: { businessId: string; id: string; scopes: string[] },
): Promise<void> {
  const theirs = and(eq(calendars.businessId, businessId), eq(calendars.accountId, id));
  const rows = await tx
    .select({ id: calendars.id, accessRole: calendars.accessRole })
    .from(calendars)
    .where(theirs)
    .orderBy(calendars.id);
  const written: string[] = [];
  for (const calendar of rows) {
    const accessRole = narrowed(calendar.accessRole, scopes);
    if (writes(accessRole)) written.push(calendar.id);
    if (accessRole === calendar.accessRole) continue;
    await tx
      .update(calendars)
      .set({ accessRole })
      .where(and(theirs, eq(calendars.id, calendar.id)));
  }
  await tryAgain(tx, businessId, written);
}

/** The app stays while accounts are connected through it: whoever removes it waits, and then sees this one. */
async function holdApp(tx: Transaction, businessId: string, clientId: string): Promise<void> {
  const [row] = await tx
    .select({ clientId: googleApps.clientId })
    .from(googleApps)
    .where(eq(googleApps.businessId, businessId))
    .for('share');
  // A token kept as another app's would look dead to us, and be alive.
  if (row?.clientId !== clientId)
    throw new Refusal('conflict', 'The Google app was changed meanwhile: connect the account again.');
}
