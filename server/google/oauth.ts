// Google's OAuth endpoints: consent asked for and redeemed, refresh tokens used and revoked, and whose they are.
import { GoogleError, kindOfGrant, reasonOf, retryAfter, unreachable } from './errors.ts';

/** An OAuth client: the deployment's own, or one that a business registered with Google itself. */
export interface GoogleApp {
  clientId: string;
  clientSecret: string;
}

export interface OAuthClient extends GoogleApp {
  consentUrl: string;
  tokenUrl: string;
  userinfoUrl: string;
  revokeUrl: string;
  /** Milliseconds. */
  timeout: number;
}

export interface Grant {
  accessToken: string;
  /** Milliseconds since 1970. */
  expiresAt: number;
  scopes: string[];
}

/** What a consent gave. */
export interface Redeemed {
  /** Google gives one at the first consent, or when asked to prompt again; null: this time it did not. */
  refreshToken: string | null;
  accessToken: string;
  scopes: string[];
  /** How long the refresh token lasts, where Google said so, in ms: an app in testing gets seven days. */
  lasts: number | null;
  /** Who consented, signed; not verified here. Null: without the scope openid. */
  idToken: string | null;
}

export interface Asking {
  redirectUri: string;
  scopes: readonly string[];
  state: string;
  /** SHA-256 of the verifier, base64url (RFC 7636, 4.2: S256). */
  challenge: string;
  /** The address of the account that is meant. */
  email?: string;
}

/**
 * Where the browser asks the person for consent. Scopes granted before stay (incremental), and a refresh token comes
 * even if one was given before.
 * @see https://developers.google.com/identity/protocols/oauth2/web-server#creatingclient
 */
export function consentUrl(client: OAuthClient, { redirectUri, scopes, state, challenge, email }: Asking) {
  const url = new URL(client.consentUrl);
  url.search = new URLSearchParams({
    client_id: client.clientId,
    redirect_uri: redirectUri,
    response_type: 'code',
    scope: scopes.join(' '),
    state,
    code_challenge: challenge,
    code_challenge_method: 'S256',
    access_type: 'offline',
    include_granted_scopes: 'true',
    prompt: 'consent',
    ...(email ? { login_hint: email } : {}),
  }).toString();
  return url.toString();
}

/** As consentUrl, of somebody who only says who they are. `nonce`: comes back in the identity token. */
export interface SigningIn extends Omit<Asking, 'scopes' | 'email'> {
  nonce: string;
}

/**
 * Where the browser asks a person who they are: nothing of theirs may be read afterwards, and no token is kept. Google
 * lets them choose among their accounts.
 * @see https://developers.google.com/identity/openid-connect/openid-connect#authenticationuriparameters
 */
export function signInUrl(client: OAuthClient, { redirectUri, state, challenge, nonce }: SigningIn): string {
  const url = new URL(client.consentUrl);
  url.search = new URLSearchParams({
    client_id: client.clientId,
    redirect_uri: redirectUri,
    response_type: 'code',
    scope: 'openid email',
    state,
    nonce,
    code_challenge: challenge,
    code_challenge_method: 'S256',
    prompt: 'select_account',
  }).toString();
  return url.toString();
}

/** @throws GoogleError `refused` if the code is no good (used, late, or another's), `pause` if the client is refused */
export async function redeem(
  client: OAuthClient,
  { code, verifier, redirectUri }: { code: string; verifier: string; redirectUri: string },
): Promise<Redeemed> {
  const body = await askToken(client, {
    grant_type: 'authorization_code',
    code,
    code_verifier: verifier,
    redirect_uri: redirectUri,
  }).catch((error) => {
    if (error instanceof GoogleError && error.kind === 'reconnect')
      throw new GoogleError('refused', error.code, { status: error.status ?? undefined });
    throw error;
  });
  const { refreshToken, lasts } = {
    refreshToken: typeof body.refresh_token === 'string' ? body.refresh_token : null,
    lasts: typeof body.refresh_token_expires_in === 'number' ? body.refresh_token_expires_in * 1000 : null,
  };
  const idToken = typeof body.id_token === 'string' ? body.id_token : null;
  return { ...grantOf(body), refreshToken, lasts, idToken };
}

/**
 * Exchanges a refresh token for an access token.
 * @throws GoogleError `reconnect` if the grant is dead, `pause` if the client itself is refused
 * @see https://developers.google.com/identity/protocols/oauth2/web-server#offline
 */
export async function refresh(client: OAuthClient, refreshToken: string): Promise<Grant> {
  return grantOf(await askToken(client, { grant_type: 'refresh_token', refresh_token: refreshToken }));
}

/**
 * Ends what a refresh token stands for. One that is dead already is fine.
 * @see https://developers.google.com/identity/protocols/oauth2/web-server#tokenrevoke
 */
export async function revoke(client: OAuthClient, refreshToken: string): Promise<void> {
  const { status, headers, body } = await ask(client.revokeUrl, {
    method: 'POST',
    body: new URLSearchParams({ token: refreshToken }),
    signal: AbortSignal.timeout(client.timeout),
  });
  const code = reasonOf(body, status);
  if (status === 200 || code === 'invalid_token' || code === 'invalid_grant') return;
  const wait = retryAfter(headers.get('retry-after'), Date.now());
  throw new GoogleError(kindOfGrant(status, code), code, { status, retryAfter: wait });
}

async function askToken(client: OAuthClient, form: Record<string, string>): Promise<Record<string, unknown>> {
  const { status, headers, body } = await ask(client.tokenUrl, {
    method: 'POST',
    body: new URLSearchParams({ ...form, client_id: client.clientId, client_secret: client.clientSecret }),
    signal: AbortSignal.timeout(client.timeout),
  });
  if (status === 200) return body as Record<string, unknown>;
  const code = reasonOf(body, status);
  const wait = retryAfter(headers.get('retry-after'), Date.now());
  throw new GoogleError(kindOfGrant(status, code), code, { status, retryAfter: wait });
}

function grantOf(body: Record<string, unknown>): Grant {
  const { access_token: accessToken, expires_in: expiresIn, scope } = body;
  if (typeof accessToken !== 'string') throw new GoogleError('unreachable', 'garbled', { status: 200 });
  return {
    accessToken,
    expiresAt: Date.now() + (typeof expiresIn === 'number' ? expiresIn : 0) * 1000,
    scopes: typeof scope === 'string' ? scope.split(' ').filter(Boolean) : [],
  };
}

/** The mail address behind an access token; needs the scopes openid and email. */
export async function emailOf(client: OAuthClient, accessToken: string): Promise<string | null> {
  const { status, headers, body } = await ask(client.userinfoUrl, {
    headers: { authorization: `Bearer ${accessToken}` },
    signal: AbortSignal.timeout(client.timeout),
  });
  const { email } = (body ?? {}) as Record<string, unknown>;
  if (status === 200 && typeof email === 'string') return email;
  // The token is fresh, so what it is refused it has no scope for.
  if (status === 401 || status === 403 || status === 200) return null;
  const wait = retryAfter(headers.get('retry-after'), Date.now());
  throw new GoogleError(kindOfGrant(status, ''), reasonOf(body, status), { status, retryAfter: wait });
}

async function ask(url: string, init: RequestInit) {
  try {
    const answer = await fetch(url, init);
    const text = await answer.text();
    return { status: answer.status, headers: answer.headers, body: parse(text) };
  } catch (error) {
    throw unreachable(error);
  }
}

// A proxy's page instead of JSON: its status decides, an unreadable 200 is told by what is missing in it.
function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return {};
  }
}
