// OAuth 2 and OpenID Connect: tokens, their refresh and end, signing keys and who the person is.
import { createHash, randomBytes } from 'node:crypto';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { decodeJwt, exportJWK, generateKeyPair, importSPKI, type JWK, jwtVerify } from 'jose';
import { type Known, pass } from './door.ts';
import { discovery, idToken, publicKey, userinfo } from './identity.ts';
import type { Client, Code, Grant, OAuthData } from './oauth-data.ts';
import { type Answer, ok, type World } from './world.ts';

export const DEFAULT_CLIENT: Client = {
  id: 'sidebook-client',
  secret: 'sidebook-secret',
  redirectUris: [],
  loopback: true,
  testing: false,
};

const DAY = 86_400_000;
/** google-facts 1.15: per account and client; the oldest dies without a word. */
const MOST_GRANTS = 100;
const UNUSED_DAYS = 180;
const TESTING_DAYS = 7;

export async function freshOAuth(): Promise<OAuthData> {
  const { privateKey } = await generateKeyPair('RS256', { extractable: true });
  const key: JWK = {
    ...(await exportJWK(privateKey)),
    kid: randomBytes(8).toString('hex'),
    alg: 'RS256',
    use: 'sig',
  };
  const clients = { [DEFAULT_CLIENT.id]: { ...DEFAULT_CLIENT } };
  return {
    key,
    clients,
    serviceAccounts: {},
    codes: {},
    grants: {},
    access: {},
    consents: {},
  };
}

export function secret(prefix: string): string {
  return `${prefix}${randomBytes(24).toString('base64url')}`;
}

export function addOAuth(app: FastifyInstance, world: World): void {
  const visit = (method: string, act: (request: FastifyRequest) => Answer | Promise<Answer>) =>
    async function handler(request: FastifyRequest, reply: Parameters<typeof pass>[0]['reply']) {
      const { client_id, token } = (request.body ?? {}) as Form;
      const client = client_id ?? world.state.oauth.access[token ?? '']?.client;
      const known: Known = {
        method,
        ...personOf(world, request),
        ...(client && { client }),
      };
      return pass({ world, request, reply, known, act: () => act(request) });
    };
  app.post(
    '/token',
    visit('token', (request) => token(world, request)),
  );
  app.post(
    '/revoke',
    visit('revoke', (request) => revoke(world, request)),
  );
  app.get(
    '/oauth2/v3/certs',
    visit('certs', () => ok({ keys: [publicKey(world.state.oauth.key)] })),
  );
  for (const path of ['/v1/userinfo', '/oauth2/v3/userinfo']) {
    app.get(
      path,
      visit('userinfo', (request) => userinfo(world, request)),
    );
  }
  app.get('/.well-known/openid-configuration', () => discovery(world.url));
}

type Form = Record<string, string | undefined>;

function refused(status: number, error: string, description: string): Answer {
  return {
    status,
    body: { error, error_description: description, facts: '1.15' },
  };
}

function personOf({ state }: World, request: FastifyRequest): { person?: string } {
  const { refresh_token, code, token } = (request.body ?? {}) as Form;
  const { grants, codes, access } = state.oauth;
  const person = (grants[refresh_token ?? token ?? ''] ?? codes[code ?? ''] ?? access[token ?? ''])?.person;
  return person === undefined ? {} : { person };
}

async function token(world: World, request: FastifyRequest): Promise<Answer> {
  const form = (request.body ?? {}) as Form;
  if (form.grant_type === 'urn:ietf:params:oauth:grant-type:jwt-bearer') return delegated(world, form);
  const { id, secret: sentSecret } = credentials(request, form);
  const client = world.state.oauth.clients[id ?? ''];
  if (client?.secret !== sentSecret || !client) return refused(401, 'invalid_client', 'Unauthorized');
  if (form.grant_type === 'authorization_code') return exchange(world, client, form);
  if (form.grant_type === 'refresh_token') return refresh(world, client, form);
  return refused(400, 'unsupported_grant_type', `Invalid grant_type: ${form.grant_type ?? ''}`);
}

function credentials(request: FastifyRequest, form: Form): { id?: string; secret?: string } {
  const basic = /^Basic (.+)$/i.exec(request.headers.authorization ?? '')?.[1];
  if (!basic) return { id: form.client_id, secret: form.client_secret };
  const [id, password] = Buffer.from(basic, 'base64').toString().split(':').map(decodeURIComponent);
  return { id, secret: password };
}

async function exchange(world: World, client: Client, form: Form): Promise<Answer> {
  const { oauth } = world.state;
  const code = oauth.codes[form.code ?? ''];
  delete oauth.codes[form.code ?? ''];
  if (!code || code.client !== client.id || code.expires <= world.clock.now()) {
    return refused(400, 'invalid_grant', 'Malformed auth code.');
  }
  if (code.redirectUri !== form.redirect_uri) return refused(400, 'redirect_uri_mismatch', 'Bad Request');
  if (code.challenge && !verifies(code.challenge, form.code_verifier)) {
    return refused(400, 'invalid_grant', 'Invalid code verifier.');
  }
  return ok(await issue(world, client, code));
}

function verifies({ method, value }: NonNullable<Code['challenge']>, verifier?: string): boolean {
  if (!verifier) return false;
  return (
    value === (method === 'plain' ? verifier : createHash('sha256').update(verifier).digest('base64url'))
  );
}

/** Tokens for a person who has agreed; a refresh token only when one is owed (google-facts 1.15). */
export async function issue(
  world: World,
  client: Client,
  to: Pick<Code, 'person' | 'scopes' | 'offline' | 'nonce'>,
): Promise<Record<string, unknown>> {
  const { oauth } = world.state;
  const { person, scopes } = to;
  const grant = to.offline ? secret('1//') : undefined;
  if (grant) {
    const now = world.clock.now();
    const expires = client.testing ? now + TESTING_DAYS * DAY : undefined;
    oauth.grants[grant] = {
      client: client.id,
      person,
      scopes,
      issued: now,
      used: now,
      ...(expires && { expires }),
    };
    dropOldest(oauth, client.id, person);
  }
  const answer = {
    ...newAccess(world, {
      client: client.id,
      person,
      scopes,
      ...(grant && { grant }),
    }),
    ...(grant && { refresh_token: grant }),
    ...(grant &&
      client.testing && {
        refresh_token_expires_in: TESTING_DAYS * 86_400 - 1,
      }),
  };
  if (!scopes.includes('openid')) return answer;
  return { ...answer, id_token: await idToken(world, client.id, to) };
}

function dropOldest(oauth: OAuthData, client: string, person: string): void {
  const same = Object.entries(oauth.grants).filter(
    ([, one]) => one.client === client && one.person === person,
  );
  const oldest = same
    .sort(([, a], [, b]) => a.issued - b.issued)
    .slice(0, Math.max(0, same.length - MOST_GRANTS));
  for (const [name] of oldest) delete oauth.grants[name];
}

function newAccess(world: World, to: { client: string; person: string; scopes: string[]; grant?: string }) {
  const { access } = world.state.oauth;
  const now = world.clock.now();
  for (const [name, { expires }] of Object.entries(access)) if (expires < now - DAY) delete access[name];
  const name = secret('ya29.');
  access[name] = { ...to, expires: now + world.accessSeconds * 1_000 };
  world.state.changed();
  const scope = to.scopes.join(' ');
  return {
    access_token: name,
    expires_in: world.accessSeconds - 1,
    scope,
    token_type: 'Bearer',
  };
}

function refresh(world: World, client: Client, form: Form): Answer {
  const { oauth, people } = world.state;
  const now = world.clock.now();
  const grant = oauth.grants[form.refresh_token ?? ''];
  const person = grant && people.get(grant.person);
  if (
    !grant ||
    !person ||
    grant.client !== client.id ||
    isOver(grant, now) ||
    person.status === 'suspended'
  ) {
    return refused(400, 'invalid_grant', 'Token has been expired or revoked.');
  }
  if (person.status === 'blockedByAdmin') {
    return refused(400, 'admin_policy_enforced', 'Access is blocked by a policy of the administrator.');
  }
  grant.used = now;
  const { person: email, scopes } = grant;
  return ok(
    newAccess(world, {
      client: client.id,
      person: email,
      scopes,
      grant: form.refresh_token!,
    }),
  );
}

function isOver(grant: Grant, now: number): boolean {
  return (grant.expires ?? Infinity) <= now || grant.used <= now - UNUSED_DAYS * DAY;
}

/** A service account acting for a person, where an administrator has delegated the scopes to it. */
async function delegated(world: World, form: Form): Promise<Answer> {
  const { serviceAccounts } = world.state.oauth;
  const assertion = form.assertion ?? '';
  const {
    iss = '',
    scope = '',
    sub,
  } = assertion.split('.').length === 3 ? decodeJwt<{ scope?: string }>(assertion) : {};
  const account = serviceAccounts[iss];
  if (!account) return refused(400, 'invalid_grant', 'Invalid grant: account not found');
  try {
    const key = await importSPKI(account.publicKey, 'RS256');
    await jwtVerify(assertion, key, {
      currentDate: new Date(world.clock.now()),
    });
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    return refused(400, 'invalid_grant', `Invalid JWT: ${error.message}`);
  }
  const scopes = scope.split(' ').filter(Boolean);
  const allowed = scopes.every((one) => account.scopes.includes(one));
  if (!sub || !world.state.people.has(sub) || !allowed) {
    return refused(
      401,
      'unauthorized_client',
      'Client is unauthorized to retrieve access tokens using this method.',
    );
  }
  return ok(newAccess(world, { client: iss, person: sub, scopes }));
}

/** Revoking either token ends the whole grant; what is unknown is 400 invalid_token. */
function revoke({ state }: World, request: FastifyRequest): Answer {
  const { oauth } = state;
  const name = ((request.body ?? {}) as Form).token ?? ((request.query ?? {}) as Form).token ?? '';
  const found = oauth.grants[name] ?? oauth.access[name];
  if (!found) return refused(400, 'invalid_token', 'Token expired or revoked');
  endGrants(oauth, found);
  state.changed();
  return ok({});
}

/** Ends every token a person gave a client, and the remembered consent. */
export function endGrants(oauth: OAuthData, of: { person: string; client?: string }): void {
  for (const kept of [oauth.grants, oauth.access] as Record<string, { person: string; client: string }>[]) {
    for (const [name, { person, client }] of Object.entries(kept)) {
      if (person === of.person && (of.client === undefined || client === of.client)) delete kept[name];
    }
  }
  for (const key of Object.keys(oauth.consents)) {
    const [person, client] = key.split(' ');
    if (person === of.person && (of.client === undefined || client === of.client)) delete oauth.consents[key];
  }
}
