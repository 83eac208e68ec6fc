// Who a person is, to an app: id tokens, the public signing key, userinfo and the discovery document.
import { createHash } from 'node:crypto';
import type { FastifyRequest } from 'fastify';
import { importJWK, type JWK, SignJWT } from 'jose';
import { SCOPE_PREFIX } from './access.ts';
import { unauthorized } from './door.ts';
import { type Answer, ok, type World } from './world.ts';

interface Told {
  person: string;
  nonce?: string;
  scopes: string[];
  /** Laid over what Google would say: another expiry, an address that is not verified. */
  claims?: Record<string, unknown>;
}

export async function idToken(
  { state, clock, url }: World,
  client: string,
  { person: email, nonce, scopes, claims: told }: Told,
): Promise<string> {
  const person = state.people.get(email);
  const now = Math.floor(clock.now() / 1_000);
  const claims = {
    ...(scopes.includes(`${SCOPE_PREFIX}userinfo.email`) && { email, email_verified: true }),
    ...(scopes.includes(`${SCOPE_PREFIX}userinfo.profile`) && { name: person?.name ?? email }),
    ...(person?.hostedDomain && { hd: person.hostedDomain }),
    ...(nonce && { nonce }),
  };
  const all = {
    iss: url,
    aud: client,
    sub: subjectOf(email),
    iat: now,
    exp: now + 3_600,
    ...claims,
    ...told,
  };
  return new SignJWT(all)
    .setProtectedHeader({ alg: 'RS256', kid: state.oauth.key.kid!, typ: 'JWT' })
    .sign(await importJWK(state.oauth.key, 'RS256'));
}

/** Google's 21-digit account number, the same for one address always. */
function subjectOf(email: string): string {
  const digits = BigInt(`0x${createHash('sha256').update(email).digest('hex').slice(0, 20)}`).toString();
  return `1${digits.padStart(20, '0').slice(0, 20)}`;
}

export function publicKey({ kty, n, e, kid, alg, use }: JWK): JWK {
  return { kty, n, e, kid, alg, use } as JWK;
}

/** The address only with the scope for it, the name with the one for that; none of either is 401. */
export function userinfo({ state, clock }: World, request: FastifyRequest): Answer {
  const name = /^Bearer (.+)$/i.exec(request.headers.authorization ?? '')?.[1] ?? '';
  const access = state.oauth.access[name];
  const has = (scope: string) => access?.scopes.includes(scope);
  const [mail, profile] = [has(`${SCOPE_PREFIX}userinfo.email`), has(`${SCOPE_PREFIX}userinfo.profile`)];
  if (!access || access.expires <= clock.now()) throw unauthorized();
  if (!has('openid') && !mail && !profile) throw unauthorized();
  const { person: email } = access;
  return ok({
    sub: subjectOf(email),
    ...(mail && { email, email_verified: true }),
    ...(profile && { name: state.people.get(email)?.name ?? email }),
  });
}

export function discovery(url: string): object {
  return {
    issuer: url,
    authorization_endpoint: `${url}/o/oauth2/v2/auth`,
    token_endpoint: `${url}/token`,
    userinfo_endpoint: `${url}/v1/userinfo`,
    revocation_endpoint: `${url}/revoke`,
    jwks_uri: `${url}/oauth2/v3/certs`,
    response_types_supported: ['code'],
    subject_types_supported: ['public'],
    id_token_signing_alg_values_supported: ['RS256'],
    code_challenge_methods_supported: ['plain', 'S256'],
    scopes_supported: ['openid', 'email', 'profile'],
  };
}
