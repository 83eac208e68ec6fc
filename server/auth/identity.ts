// Who comes in by Google: identity tokens verified against Google's keys, and why one is not taken.
import * as jose from 'jose';
import type { Config } from '../config.ts';
import { Refusal } from '../errors.ts';

/** A person as Google vouches for them. */
export interface Person {
  /** Google's number of the account: it stays, while an address may change hands. */
  sub: string;
  /** Verified; in small letters. */
  email: string;
  /** Null: the token was made without the scope for it. */
  name: string | null;
  /** Google Workspace's; null: an ordinary account. */
  hostedDomain: string | null;
}

/** Why a token is not taken; in `details.reason` of the refusal. */
export type Reason = 'expired' | 'audience' | 'signature' | 'unverified' | 'domain' | 'malformed';

const reasons: Record<Reason, string> = {
  expired: 'The identity token is not in force any more, or not yet: send a fresh one.',
  audience: "The identity token was made for another client: add the add-on's to ADDON_AUDIENCES.",
  signature: 'The identity token is not signed by Google.',
  unverified: 'The identity token tells no verified mail address.',
  domain: 'This business lets in accounts of its own Google Workspace only: choose that account in Calendar.',
  malformed: 'Send what ScriptApp.getIdentityToken() gives as "Authorization: Bearer …".',
};

export const unidentified = (reason: Reason) => new Refusal('unauthorized', reasons[reason], { reason });

/** Google's own, as its discovery document says. */
const google = {
  keys: 'https://www.googleapis.com/oauth2/v3/certs',
  issuers: ['https://accounts.google.com', 'accounts.google.com'],
};

/** In seconds: how far clocks may differ. */
const leeway = 30;
/** In ms. Keys are asked for again after `fresh`, or for a key that is not among them; not more often than `pause`. */
const times = { fresh: 600_000, pause: 30_000, wait: 2_000 };
/** In ms: how long the keys at hand are good while Google does not give new ones. Google keeps each for days. */
const longest = 24 * 3_600_000;

/**
 * @param nonce what the token has to bring back, of a sign-in that we asked for
 * @throws Refusal unauthorized, with the reason; busy, if that cannot be told
 */
export type Identify = (token: string | undefined, now: number, nonce?: string) => Promise<Person>;

/**
 * Verifies identity tokens: RS256 by Google's keys and nothing else, whatever the token says of itself.
 * @param audiences the OAuth clients it may be made for
 * @see https://developers.google.com/identity/openid-connect/openid-connect#validatinganidtoken
 */
export function createIdentify(
  { google: { url } }: Pick<Config, 'google'>,
  audiences: readonly string[],
): Identify {
  const keys = createKeys(new URL(url ? `${url}/oauth2/v3/certs` : google.keys));
  const issuer = url ? [url] : google.issuers;
  return async (token, now, nonce) => {
    if (audiences.length === 0)
      throw new Refusal(
        'busy',
        "The side panel is not set up here: set ADDON_AUDIENCES to the client id of the add-on's Google Cloud project.",
        { reason: 'not_set_up' },
      );
    if (token === undefined) throw unidentified('malformed');
    const options = {
      algorithms: ['RS256'],
      issuer,
      audience: [...audiences],
      clockTolerance: leeway,
      currentDate: new Date(now),
      requiredClaims: ['sub', 'exp'],
    };
    try {
      const { payload } = await jose.jwtVerify(token, keys, options);
      if (nonce !== undefined && payload.nonce !== nonce) throw unidentified('malformed');
      return personOf(payload);
    } catch (error) {
      throw refusalOf(error);
    }
  };
}

function personOf({ sub, email, email_verified: verified, name, hd }: jose.JWTPayload): Person {
  if (typeof sub !== 'string' || sub === '') throw unidentified('malformed');
  if (typeof email !== 'string' || email === '' || verified !== true) throw unidentified('unverified');
  return {
    sub,
    email: email.toLowerCase(),
    name: typeof name === 'string' && name.trim() !== '' ? name.trim() : null,
    hostedDomain: typeof hd === 'string' && hd !== '' ? hd.toLowerCase() : null,
  };
}

/** A failure to get the keys: it says nothing of the token. */
class NoKeys extends Error {
  override readonly name = 'NoKeys';
}

/** Google's keys: kept, asked for again in time, and for one that is not among them. */
function createKeys(url: URL): jose.JWTVerifyGetKey {
  const remote = jose.createRemoteJWKSet(url, {
    cacheMaxAge: times.fresh,
    cooldownDuration: times.pause,
    timeoutDuration: times.wait,
  });
  let goodAt = Number.NEGATIVE_INFINITY;
  return async (header, token) => {
    // Without its name a key could only be guessed; Google always names it.
    if (header.kid === undefined) throw unidentified('signature');
    try {
      const key = await remote(header, token);
      goodAt = Date.now();
      return key;
    } catch (error) {
      if (isAboutKey(error)) throw error;
      const cause = new NoKeys('the keys of Google cannot be had', { cause: error });
      const held = remote.jwks();
      if (!held || Date.now() - goodAt > longest) throw cause;
      // One that is not among them may be Google's newest.
      return await jose
        .createLocalJWKSet(held)(header, token)
        .catch(() => {
          throw cause;
        });
    }
  };
}

const isAboutKey = (error: unknown): boolean =>
  error instanceof jose.errors.JWKSNoMatchingKey ||
  error instanceof jose.errors.JWKSMultipleMatchingKeys ||
  error instanceof jose.errors.JOSENotSupported;

function refusalOf(error: unknown): unknown {
  if (error instanceof NoKeys)
    return new Refusal('busy', "Google's keys cannot be had just now: try again in a minute.");
  const { JWTExpired, JWTClaimValidationFailed, JWSInvalid, JWTInvalid } = jose.errors;
  if (error instanceof JWTExpired) return unidentified('expired');
  if (error instanceof JWTClaimValidationFailed) return unidentified(byClaim[error.claim] ?? 'malformed');
  if (error instanceof JWSInvalid || error instanceof JWTInvalid) return unidentified('malformed');
  return error instanceof jose.errors.JOSEError ? unidentified('signature') : error;
}

const byClaim: Record<string, Reason> = { aud: 'audience', iss: 'signature', nbf: 'expired' };
