// A business's own Google app: entered by an admin, tried with Google before it is kept, its secret sealed.
import { randomBytes } from 'node:crypto';
import { and, eq, inArray } from 'drizzle-orm';
import type * as z from 'zod';
import type { GoogleApp as GoogleAppSchema, GoogleAppTest, NewGoogleApp } from '../../shared/account-api.ts';
import type { Context } from '../context.ts';
import { googleApps } from '../database/mirror.ts';
import type { Connection, Transaction } from '../database/open.ts';
import { accounts, businesses } from '../database/schema.ts';
import { Refusal } from '../errors.ts';
import { GoogleError } from '../google/errors.ts';
import type { GoogleApp } from '../google/oauth.ts';
import { appOf, secretIdentity } from './accounts.ts';
import { hasten } from './connect.ts';
import { redirectUriOf } from './consents.ts';
import { type Code, localeOf, meaningOf, say } from './words.ts';

type AppShape = z.output<typeof GoogleAppSchema>;
type TestShape = z.output<typeof GoogleAppTest>;

/** @throws Refusal not_found, conflict as redirectUriOf */
export async function readApp(context: Context, businessId: string): Promise<AppShape> {
  const [row] = await context.db.select().from(googleApps).where(eq(googleApps.businessId, businessId));
  if (!row) throw none();
  return show(row, context);
}

/**
 * Keeps the app. `tried`: what Google said of it (tryApp).
 * @throws Refusal google_refused, if Google does not know it; conflict, if accounts are connected through another
 */
export async function setApp(
  tx: Transaction,
  context: Context,
  { businessId, clientId, clientSecret, tried }: SetApp,
): Promise<AppShape> {
  if (tried.ok === false && !tried.untold)
    throw new Refusal('google_refused', tried.words, { code: tried.code });
  const [before] = await tx
    .select({ clientId: googleApps.clientId })
    .from(googleApps)
    .where(eq(googleApps.businessId, businessId))
    .for('update');
  if (before && before.clientId !== clientId) await mustBeUnused(tx, businessId);
  const columns = {
    clientId,
    clientSecret: context.seal.seal(clientSecret, secretIdentity(businessId)),
    testedAt: tried.ok ? new Date(context.now()) : null,
  };
  const [row] = await tx
    .insert(googleApps)
    .values({ businessId, ...columns })
    .onConflictDoUpdate({ target: googleApps.businessId, set: columns })
    .returning();
  // What a wrong secret kept waiting goes on.
  for (const id of await usersOf(tx, businessId, ['connected', 'disconnecting']))
    await hasten(tx, businessId, id);
  return show(row!, context);
}

export type SetApp = z.output<typeof NewGoogleApp> & { businessId: string; tried: Tried };

/** @throws Refusal not_found, conflict while accounts are connected through it */
export async function removeApp(tx: Transaction, businessId: string): Promise<void> {
  const rows = await tx
    .select({ clientId: googleApps.clientId })
    .from(googleApps)
    .where(eq(googleApps.businessId, businessId))
    .for('update');
  if (rows.length === 0) throw none();
  await mustBeUnused(tx, businessId);
  await tx.delete(googleApps).where(eq(googleApps.businessId, businessId));
}

/** Tokens are of the app they were given to: no other can use them, or be told from a revoked one by Google. */
async function mustBeUnused(tx: Transaction, businessId: string): Promise<void> {
  const used = await usersOf(tx, businessId, ['connected', 'needs_reconnecting', 'disconnecting']);
  if (used.length > 0)
    throw new Refusal(
      'conflict',
      'Accounts are connected through this Google app: disconnect them first, and connect them again afterwards.',
      { accountIds: used },
    );
}

/** The accounts connected through it. */
async function usersOf(
  tx: Transaction,
  businessId: string,
  states: (typeof accounts.$inferSelect)['state'][],
): Promise<string[]> {
  const rows = await tx
    .select({ id: accounts.id })
    .from(accounts)
    .where(and(eq(accounts.businessId, businessId), eq(accounts.app, 'own'), inArray(accounts.state, states)))
    .orderBy(accounts.id);
  return rows.map(({ id }) => id);
}

/** `untold`: Google did not answer, so they may be right or wrong. */
export type Tried = TestShape & { untold?: true };

/**
 * Asks Google for tokens with a code that cannot be good: what it objects to tells whether id and secret are right
 * (RFC 6749, 5.2: the client is looked at before the grant). Network: outside any transaction.
 */
export async function tryApp(context: Context, businessId: string, app: GoogleApp): Promise<Tried> {
  const redirectUri = redirectUriOf(context.config);
  const locale = await localeIn(context.db, businessId);
  const said = (code: Code) => say(code, locale, { client: app.clientId, uri: redirectUri });
  const verifier = randomBytes(32).toString('base64url');
  try {
    await context.google.redeem({ code: 'none', verifier, redirectUri }, app);
    throw new Error('Google gave tokens for a code that it never gave out');
  } catch (error) {
    if (!(error instanceof GoogleError)) throw error;
    const { kind, code } = error;
    if (code === 'invalid_grant') return { ok: true, code: null, words: said('app_works') };
    if (kind === 'again' || kind === 'slow' || kind === 'unreachable')
      return { ok: false, code, words: said('app_untold'), untold: true };
    const meaning = meaningOf(code);
    return { ok: false, code, words: said(meaning === 'redirect_uri_mismatch' ? meaning : 'app_wrong') };
  }
}

/** The test button: the app as it is kept. @throws Refusal not_found */
export async function testApp(context: Context, businessId: string): Promise<TestShape> {
  const app = await appOf(context, businessId);
  if (!app) throw none();
  const { ok, code, words } = await tryApp(context, businessId, app);
  if (ok)
    await context.db
      .update(googleApps)
      .set({ testedAt: new Date(context.now()) })
      .where(and(eq(googleApps.businessId, businessId), eq(googleApps.clientId, app.clientId)));
  return { ok, code, words };
}

async function localeIn(db: Connection, businessId: string) {
  const [row] = await db
    .select({ locale: businesses.locale })
    .from(businesses)
    .where(eq(businesses.id, businessId));
  return localeOf(row?.locale ?? 'en');
}

const none = () =>
  new Refusal('not_found', 'This business has no Google app of its own: it uses the one of this server.');

const show = ({ clientId, testedAt }: typeof googleApps.$inferSelect, { config }: Context): AppShape => ({
  clientId,
  redirectUri: redirectUriOf(config),
  testedAt: testedAt?.toISOString() ?? null,
});
