// Google's OAuth endpoints: a refresh token for an access token, and whose it is.
import { GoogleError, kindOfGrant, reasonOf, retryAfter, unreachable } from './errors.ts';

export interface OAuthClient {
  clientId: string;
  clientSecret: string;
  tokenUrl: string;
  userinfoUrl: string;
  /** Milliseconds. */
  timeout: number;
}

export interface Grant {
  accessToken: string;
  /** Milliseconds since 1970. */
  expiresAt: number;
  scopes: string[];
}

/**
 * Exchanges a refresh token for an access token.
 * @throws GoogleError `reconnect` if the grant is dead, `pause` if the client itself is refused
 * @see https://developers.google.com/identity/protocols/oauth2/web-server#offline
 */
export async function refresh(client: OAuthClient, refreshToken: string): Promise<Grant> {
  const { status, headers, body } = await ask(client.tokenUrl, {
    method: 'POST',
    body: new URLSearchParams({
      grant_type: 'refresh_token',
      refresh_token: refreshToken,
      client_id: client.clientId,
      client_secret: client.clientSecret,
    }),
    signal: AbortSignal.timeout(client.timeout),
  });
  if (status !== 200) {
    const code = reasonOf(body, status);
    const wait = retryAfter(headers.get('retry-after'), Date.now());
    throw new GoogleError(kindOfGrant(status, code), code, { status, retryAfter: wait });
  }
  const { access_token: accessToken, expires_in: expiresIn, scope } = body as Record<string, unknown>;
  if (typeof accessToken !== 'string') throw new GoogleError('unreachable', 'garbled', { status });
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
