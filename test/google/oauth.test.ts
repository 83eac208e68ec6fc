// Signing in and staying signed in: consent, PKCE, refresh, revocation, id tokens.
import { createHash } from 'node:crypto';
import { auth, calendar } from 'googleapis/build/src/apis/calendar/index.js';
import { createRemoteJWKSet, importPKCS8, jwtVerify, SignJWT } from 'jose';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { DEFAULT_CLIENT } from './oauth.ts';
import { type Google, startGoogle } from './server.ts';
import { DEFAULT_SWITCHES } from './switches.ts';

const anna = 'anna@clinic.test';
const redirect = 'http://127.0.0.1:9999/back';
const scopes =
  'https://www.googleapis.com/auth/calendar.events https://www.googleapis.com/auth/calendar.freebusy';
const verifier = 'a-verifier-of-at-least-forty-three-characters-in-length';
const challenge = createHash('sha256').update(verifier).digest('base64url');

let google: Google;

beforeAll(async () => {
  google = await startGoogle();
});
afterAll(() => google.stop());
beforeEach(async () => {
  await google.control.reset();
  await google.control.setSwitches({ ...DEFAULT_SWITCHES, consentAtOnce: true });
  await google.control.createPerson({ email: anna, name: 'Anna', zone: 'Europe/Oslo' });
});

function authUrl(more: Record<string, string> = {}): string {
  const asked = {
    client_id: DEFAULT_CLIENT.id,
    redirect_uri: redirect,
    response_type: 'code',
    scope: `openid email ${scopes}`,
    access_type: 'offline',
    login_hint: anna,
    state: 'the-state',
    code_challenge: challenge,
    code_challenge_method: 'S256',
    ...more,
  };
  return `${google.url}/o/oauth2/v2/auth?${new URLSearchParams(asked)}`;
}

/** Where the browser is sent back to. */
async function consent(more: Record<string, string> = {}): Promise<URLSearchParams> {
  const response = await fetch(authUrl(more), { redirect: 'manual' });
  expect(response.status).toBe(302);
  return new URL(response.headers.get('location')!).searchParams;
}

type Tokens = Record<'access_token' | 'refresh_token' | 'scope' | 'id_token' | 'error', string> & {
  refresh_token_expires_in?: number;
};

async function token(form: Record<string, string>): Promise<{ status: number; body: Tokens }> {
  const credentials = { client_id: DEFAULT_CLIENT.id, client_secret: DEFAULT_CLIENT.secret };
  const body = new URLSearchParams({ ...credentials, ...form });
  const response = await fetch(`${google.url}/token`, { method: 'POST', body });
  return { status: response.status, body: (await response.json()) as Tokens };
}

const exchange = (code: string, more: Record<string, string> = {}) =>
  token({ grant_type: 'authorization_code', code, redirect_uri: redirect, code_verifier: verifier, ...more });
const refresh = (refresh_token: string) => token({ grant_type: 'refresh_token', refresh_token });

async function works(accessToken: string): Promise<number> {
  const headers = { authorization: `Bearer ${accessToken}` };
  return (await fetch(`${google.url}/calendar/v3/calendars/primary/events`, { headers })).status;
}

describe('the code flow with PKCE', () => {
  test('a code is good once, for its redirect address and verifier', async () => {
    const answer = await consent();
    expect(answer.get('state')).toBe('the-state');
    const code = answer.get('code')!;
    const { body } = await exchange(code);
    expect(body.scope.split(' ')).toContain('https://www.googleapis.com/auth/userinfo.email');
    expect(await works(body.access_token)).toBe(200);
    expect((await exchange(code)).body.error).toBe('invalid_grant');
    const other = async (more: Record<string, string>) =>
      (await exchange((await consent()).get('code')!, more)).body.error;
    expect(await other({ code_verifier: 'wrong' })).toBe('invalid_grant');
    expect(await other({ redirect_uri: 'http://127.0.0.1:9999/else' })).toBe('redirect_uri_mismatch');
    expect((await exchange('x', { client_secret: 'wrong' })).status).toBe(401);
  });

  test('a refresh token comes with the first consent only, or when asked for again', async () => {
    const given = async (more: Record<string, string> = {}) =>
      typeof (await exchange((await consent(more)).get('code')!)).body.refresh_token;
    expect(await given({ access_type: 'online' })).toBe('undefined');
    await google.control.revokeAccess({ person: anna });
    expect(await given()).toBe('string');
    expect(await given()).toBe('undefined');
    expect(await given({ prompt: 'consent' })).toBe('string');
  });

  test('the page asks for a person and for each scope; a person may untick one or say no', async () => {
    await google.control.setSwitches({ consentAtOnce: false });
    const html = await (await fetch(authUrl())).text();
    expect(html).toContain('Anna');
    expect(html).toContain('calendar.freebusy');
    const answer = async (form: Record<string, string>) => {
      const body = new URLSearchParams([...new URL(authUrl()).searchParams, ...Object.entries(form)]);
      const url = `${google.url}/o/oauth2/v2/auth`;
      const response = await fetch(url, { method: 'POST', body, redirect: 'manual' });
      return new URL(response.headers.get('location')!).searchParams;
    };
    expect((await answer({ answer: 'deny' })).get('error')).toBe('access_denied');
    const allowed = scopes.split(' ')[0]!;
    const { body } = await exchange((await answer({ answer: 'allow', person: anna, allowed })).get('code')!);
    expect(body.scope).toContain(allowed);
    expect(body.scope).not.toContain('calendar.freebusy');
  });

  test('what is refused on the page itself', async () => {
    const refused = async (more: Record<string, string>) => (await fetch(authUrl(more))).text();
    expect(await refused({ client_id: 'nobody' })).toContain('invalid_client');
    expect(await refused({ redirect_uri: 'https://evil.test/' })).toContain('redirect_uri_mismatch');
    await google.control.setPersonStatus({ email: anna, status: 'blockedByAdmin' });
    expect(await refused({})).toContain('admin_policy_enforced');
    await google.control.setSwitches({ consentAtOnce: false });
    await google.control.setPersonStatus({ email: anna, status: 'active' });
    expect((await consent({ prompt: 'none' })).get('error')).toBe('consent_required');
  });
});

describe('staying signed in (google-facts 1.15)', () => {
  const issued = () => google.control.issueTokens({ person: anna });

  test('refresh gives a new access token; expired ones answer 401', async () => {
    const { access_token, refresh_token } = await issued();
    await google.control.expireAccess();
    expect(await works(access_token)).toBe(401);
    expect(await works((await refresh(refresh_token)).body.access_token)).toBe(200);
    const later = await issued();
    await google.control.advanceClock({ seconds: 3_601 });
    expect(await works(later.access_token)).toBe(401);
  });

  test('invalid_grant after revocation by either side, and for a suspended person', async () => {
    const first = await issued();
    const body = new URLSearchParams({ token: first.access_token });
    expect((await fetch(`${google.url}/revoke`, { method: 'POST', body })).status).toBe(200);
    expect(await refresh(first.refresh_token)).toMatchObject({
      status: 400,
      body: { error: 'invalid_grant' },
    });
    expect((await fetch(`${google.url}/revoke`, { method: 'POST', body })).status).toBe(400);
    const second = await issued();
    await google.control.revokeAccess({ person: anna });
    expect(await works(second.access_token)).toBe(401);
    expect((await refresh(second.refresh_token)).body.error).toBe('invalid_grant');
    const third = await issued();
    await google.control.setPersonStatus({ email: anna, status: 'suspended' });
    expect((await refresh(third.refresh_token)).body.error).toBe('invalid_grant');
    await google.control.setPersonStatus({ email: anna, status: 'blockedByAdmin' });
    expect((await refresh(third.refresh_token)).body.error).toBe('admin_policy_enforced');
  });

  test('an app in testing loses its tokens after seven days, and is told so', async () => {
    await google.control.createClient({ id: 'trial', secret: 's', testing: true });
    const code = (await consent({ client_id: 'trial' })).get('code')!;
    const trial = { client_id: 'trial', client_secret: 's' };
    const { body } = await exchange(code, trial);
    expect(body.refresh_token_expires_in).toBe(604_799);
    const again = () => token({ ...trial, grant_type: 'refresh_token', refresh_token: body.refresh_token });
    expect((await again()).status).toBe(200);
    await google.control.advanceClock({ seconds: 604_800 });
    expect((await again()).body.error).toBe('invalid_grant');
  });

  test('the hundred and first refresh token silently ends the oldest', async () => {
    const tokens = [];
    for (let n = 0; n < 101; n++) tokens.push((await issued()).refresh_token);
    expect((await refresh(tokens[0]!)).body.error).toBe('invalid_grant');
    expect((await refresh(tokens[1]!)).status).toBe(200);
  });

  test('the googleapis client gets and renews its access token by itself', async () => {
    const client = new auth.OAuth2({
      clientId: DEFAULT_CLIENT.id,
      clientSecret: DEFAULT_CLIENT.secret,
      // Without it the client does not renew a token that dies before its time.
      forceRefreshOnFailure: true,
      endpoints: { oauth2TokenUrl: `${google.url}/token`, oauth2RevokeUrl: `${google.url}/revoke` },
    });
    client.setCredentials({ refresh_token: (await issued()).refresh_token });
    const api = calendar({ version: 'v3', rootUrl: `${google.url}/`, auth: client });
    expect((await api.calendarList.list()).data.items).toMatchObject([{ id: anna }]);
    await google.control.expireAccess();
    expect((await api.calendarList.list()).status).toBe(200);
    await client.revokeCredentials();
    expect(await google.control.grants()).toEqual([]);
  });

  test('faults on the token endpoint speak OAuth', async () => {
    const { refresh_token } = await issued();
    await google.control.addFault({
      on: 'token',
      kind: 'error',
      status: 503,
      reason: 'backend_error',
      times: 1,
    });
    expect(await refresh(refresh_token)).toMatchObject({ status: 503, body: { error: 'backend_error' } });
    expect((await refresh(refresh_token)).status).toBe(200);
    const [failed] = await google.control.log();
    expect(failed).toMatchObject({ method: 'token', status: 503, person: anna, client: DEFAULT_CLIENT.id });
  });
});

describe('who it is', () => {
  test('the id token is signed by a published key and carries the nonce', async () => {
    const { body } = await exchange((await consent({ nonce: 'n1' })).get('code')!);
    const found = await (await fetch(`${google.url}/.well-known/openid-configuration`)).json();
    const { issuer, jwks_uri } = found as { issuer: string; jwks_uri: string };
    const keys = createRemoteJWKSet(new URL(jwks_uri));
    const { payload } = await jwtVerify(body.id_token, keys, { issuer, audience: DEFAULT_CLIENT.id });
    expect(payload).toMatchObject({ email: anna, email_verified: true, nonce: 'n1' });
    const headers = { authorization: `Bearer ${body.access_token}` };
    const info = await (await fetch(`${google.url}/v1/userinfo`, { headers })).json();
    expect(info).toMatchObject({ sub: payload.sub, email: anna });
    const { access_token } = await google.control.issueTokens({ person: anna, scopes: ['calendar'] });
    const without = { authorization: `Bearer ${access_token}` };
    expect((await fetch(`${google.url}/v1/userinfo`, { headers: without })).status).toBe(401);
  });

  test('a service account acts for a person within the scopes delegated to it', async () => {
    const email = 'robot@project.test';
    const scope = 'https://www.googleapis.com/auth/calendar';
    const { privateKey } = await google.control.createServiceAccount({ email, scopes: [scope] });
    const assertion = async (claims: object, key = privateKey) =>
      new SignJWT({ scope, sub: anna, ...claims })
        .setProtectedHeader({ alg: 'RS256' })
        .setIssuer(email)
        .setAudience(`${google.url}/token`)
        .setIssuedAt()
        .setExpirationTime('1h')
        .sign(await importPKCS8(key, 'RS256'));
    const grant_type = 'urn:ietf:params:oauth:grant-type:jwt-bearer';
    const ask = async (claims: object, key?: string) =>
      token({ grant_type, assertion: await assertion(claims, key) });
    expect(await works((await ask({})).body.access_token)).toBe(200);
    expect((await ask({ scope: `${scope} openid` })).body.error).toBe('unauthorized_client');
    const other = await google.control.createServiceAccount({ email: 'other@project.test', scopes: [] });
    expect((await ask({}, other.privateKey)).body.error).toBe('invalid_grant');
  });
});
