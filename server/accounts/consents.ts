// Consent: where the browser is sent to ask a person for it, and what comes of the answer it brings back.
import { createHash, randomBytes } from 'node:crypto';
import { and, eq, gt, isNull, lt } from 'drizzle-orm';
import { v7 as uuid } from 'uuid';
import type * as z from 'zod';
import { type Consent, type NewConsent, outcomeAddress } from '../../shared/account-api.ts';
import { SealBroken } from '../auth/seal.ts';
import { commit } from '../commit.ts';
import type { Config } from '../config.ts';
import type { Context } from '../context.ts';
import { consents, googleApps } from '../database/mirror.ts';
import type { Transaction } from '../database/open.ts';
import { businesses } from '../database/schema.ts';
import { Refusal } from '../errors.ts';
import { GoogleError } from '../google/errors.ts';
import type { GoogleApp, Redeemed } from '../google/oauth.ts';
import { appOf } from './accounts.ts';
import { connectAccount, type Identified, notSetUp } from './connect.ts';
import { type Refused, sealOutcome, wordsOf } from './outcome.ts';
import { replacing } from './replaced.ts';
import { missingOf, scopesFor } from './scopes.ts';
import { type Code, localeOf, meaningOf } from './words.ts';

/** How long a person has at Google's page, in ms. */
const lifetime = 10 * 60_000;
// Sealed, a row's id cannot be forged or guessed. That the browser which comes back is the one that was sent out, as RFC
// 6749, 10.12 wants, a consent of the control panel says by its session (`browser`). Of one that a client of the API asks
// for there is no browser yet to leave a cookie in; what stands in for it: an `email` that is named must be the one that
// consents.
const stateIdentity = 'consents/state';
const verifierIdentity = (id: string) => `consents/${id}/verifier`;

/** Where Google sends the browser back to. @throws Refusal conflict, if nobody has said where we are */
export function redirectUriOf({ publicUrl }: Config): string {
  if (!publicUrl)
    throw new Refusal(
      'conflict',
      'Google cannot send anybody back here: set PUBLIC_URL to the address this server is reached at.',
    );
  return `${publicUrl}/api/v1/google/callback`;
}

/**
 * Begins a consent, through the business's own Google app if it has one. Good once, for ten minutes. `browser`: what the
 * browser has to show when it comes back, without spaces.
 * @throws Refusal conflict, google_refused, if Google is not set up
 */
export async function askConsent(
  tx: Transaction,
  context: Context,
  wanted: z.output<typeof NewConsent> & { businessId: string; actor: string; browser?: string },
): Promise<z.output<typeof Consent>> {
  const { businessId, actor, returnTo, email, features, browser } = wanted;
  const { seal, config } = context;
  const redirectUri = redirectUriOf(config);
  const own = await appOf({ db: tx, seal }, businessId);
  if (!own && !config.google.clientId) throw notSetUp();
  const id = uuid();
  const scopes = scopesFor(features);
  const expiresAt = new Date(context.now() + lifetime);
  // 43 characters, as RFC 7636, 4.1 asks for at least.
  const verifier = randomBytes(32).toString('base64url');
  await tx.insert(consents).values({
    id,
    businessId,
    actor,
    returnTo,
    app: own ? 'own' : 'deployment',
    scopes,
    verifier: seal.seal(`${verifier} ${email ?? ''} ${browser ?? ''}`, verifierIdentity(id)),
    expiresAt,
  });
  const challenge = createHash('sha256').update(verifier).digest('base64url');
  const state = seal.seal(id, stateIdentity);
  const url = context.google.consentUrl({ redirectUri, scopes, state, challenge, email }, own);
  return { url, expiresAt: expiresAt.toISOString() };
}

/** What Google's redirect carries. */
export interface GoogleAnswer {
  state: string;
  code?: string;
  error?: string;
  /** What the browser that brings it has to show for itself. */
  browser?: string;
}

type Row = typeof consents.$inferSelect & { locale: string; clientId: string };
type Outcome = { accountId: string } | { reason: string; code: Code; missing?: string[] };

/**
 * Ends a consent: redeems the code, checks what was allowed, keeps the account. Whatever comes of it is told to the
 * page that the person came from.
 * @returns the address to send the browser to
 * @throws Refusal invalid, if the state is not one of ours; conflict as redirectUriOf
 */
export async function finishConsent(context: Context, answer: GoogleAnswer): Promise<string> {
  redirectUriOf(context.config);
  const { row, spent } = await takeConsent(context, answer.state);
  const outcome: Outcome = spent ? refusal(spent) : await outcomeOf(context, row, answer).catch(told);
  return addressOf(context, row, outcome);
}

/** Whoever comes from Google is sent back with what went wrong on our side, too. */
function told(error: unknown): Outcome {
  if (error instanceof SealBroken) return refusal('sealed');
  // Of connectAccount: the app that was asked through is gone, or another by now.
  if (error instanceof Refusal && error.code === 'conflict') return refusal('app_changed');
  throw error;
}

/** Whoever comes first has it: a state is good once. */
async function takeConsent(
  context: Context,
  state: string,
): Promise<{ row: Row; spent?: 'used' | 'expired' }> {
  const id = idOf(context, state);
  const now = new Date(context.now());
  const taken = await context.db
    .update(consents)
    .set({ usedAt: now })
    .where(and(eq(consents.id, id), isNull(consents.usedAt), gt(consents.expiresAt, now)))
    .returning({ id: consents.id });
  const [found] = await context.db
    .select({ consent: consents, locale: businesses.locale, own: googleApps.clientId })
    .from(consents)
    .innerJoin(businesses, eq(businesses.id, consents.businessId))
    .leftJoin(googleApps, and(eq(googleApps.businessId, consents.businessId), eq(consents.app, 'own')))
    .where(eq(consents.id, id));
  if (!found) throw forged();
  const { consent, locale, own } = found;
  const row = { ...consent, locale, clientId: own ?? context.config.google.clientId ?? '' };
  if (taken.length > 0) return { row };
  return { row, spent: row.usedAt ? 'used' : 'expired' };
}

function idOf({ seal }: Context, state: string): string {
  try {
    return seal.open(state, stateIdentity);
  } catch (error) {
    if (error instanceof SealBroken) throw forged();
    throw error;
  }
}

const forged = () =>
  new Refusal('invalid', 'The state is not one that we gave out: begin connecting the account again.');

async function outcomeOf(
  context: Context,
  row: Row,
  { code, error, browser: shown }: GoogleAnswer,
): Promise<Outcome> {
  if (error !== undefined || !code) return refusedBy(error ?? 'no_code');
  const { businessId } = row;
  const own = row.app === 'own' ? await appOf(context, businessId) : undefined;
  if (row.app === 'own' && !own) return refusal('app_changed');
  const sealed = context.seal.open(row.verifier, verifierIdentity(row.id));
  const [verifier = '', meant = '', browser = ''] = sealed.split(' ');
  if (browser && browser !== shown) return refusal('other_browser');
  const redeemed = await redeem(context, { code, verifier, own });
  if ('reason' in redeemed) return redeemed;
  const { email, refreshToken, scopes, lasts } = redeemed;
  const missing = missingOf(scopes, row.scopes).map((one) => one.scope);
  if (missing.length > 0) return { reason: 'missing_scopes', code: 'missing_scopes', missing };
  if (email === null) return refusedBy('no_address');
  if (meant && meant.toLowerCase() !== email.toLowerCase()) return refusal('wrong_account');
  if (refreshToken === null) return refusal('no_refresh_token');
  const clientId = own?.clientId ?? context.config.google.clientId ?? '';
  return keepAccount(context, row, {
    businessId,
    email,
    scopes,
    refreshToken,
    lasts,
    app: row.app,
    clientId,
  });
}

const keepAccount = (context: Context, { id }: Row, known: Identified & { businessId: string }) =>
  replacing(context, known, () =>
    commit(context, async (tx) => {
      const { id: accountId } = await connectAccount(tx, context, known);
      await tx.update(consents).set({ accountId }).where(eq(consents.id, id));
      return { accountId };
    }),
  );

async function redeem(
  context: Context,
  { code, verifier, own }: { code: string; verifier: string; own: GoogleApp | undefined },
): Promise<(Redeemed & { email: string | null }) | Exclude<Outcome, { accountId: string }>> {
  const redirectUri = redirectUriOf(context.config);
  try {
    return await context.google.redeem({ code, verifier, redirectUri }, own);
  } catch (error) {
    if (!(error instanceof GoogleError)) throw error;
    const { kind, code: reason } = error;
    if (kind === 'again' || kind === 'slow' || kind === 'unreachable') return refusal('unreachable');
    if (reason === 'invalid_grant') return refusal('code_refused');
    return refusedBy(reason);
  }
}

const refusal = (code: Code) => ({ reason: code, code });

/** Anybody may have written the address: only what looks like a code goes on. */
const refusedBy = (said: string) => {
  const reason = /^[\w.-]{1,64}$/.test(said) ? said : 'refused';
  return { reason, code: meaningOf(reason) };
};

/** Our own address: `returnTo` is a path of this server (shared/account-api.ts, NewConsent). */
function addressOf({ config, seal }: Context, row: Row, outcome: Outcome): string {
  const url = new URL(`${config.publicUrl}${row.returnTo}`);
  const { searchParams } = url;
  const locale = localeOf(row.locale);
  const refused = 'accountId' in outcome ? null : refusedOf(config, row, outcome);
  if ('accountId' in outcome) {
    searchParams.set('google', 'connected');
    searchParams.set('account', outcome.accountId);
  }
  if (refused) {
    const missing = refused.missing.map((one) => one.split('/').at(-1)).join(' ');
    searchParams.set('google', 'refused');
    searchParams.set('reason', refused.reason);
    if (missing !== '') searchParams.set('missing', missing);
    searchParams.set('words', wordsOf(refused, locale));
  }
  if (row.returnTo === outcomeAddress) searchParams.set('outcome', sealOutcome(seal, { refused, locale }));
  return url.toString();
}

const refusedOf = (
  config: Config,
  { clientId }: Row,
  { reason, code, missing = [] }: Exclude<Outcome, { accountId: string }>,
): Refused => ({ code, reason, missing, client: clientId, uri: redirectUriOf(config) });

/** The tick: consents that were over a day ago. Until then a late answer of Google's is told from a forged one. */
export async function tidyConsents(context: Context): Promise<void> {
  await context.db.delete(consents).where(lt(consents.expiresAt, new Date(context.now() - 24 * 3_600_000)));
}
