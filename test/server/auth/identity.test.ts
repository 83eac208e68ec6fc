// Identity tokens: who is let in by one, and each reason why not, by tokens that the local Google signs or that are forged.
import { exportJWK, generateKeyPair, importJWK, type JWK, SignJWT, UnsecuredJWT } from 'jose';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { createIdentify, type Identify } from '../../../server/auth/identity.ts';
import { readConfig } from '../../../server/config.ts';
import { Refusal } from '../../../server/errors.ts';
import { DEFAULT_CLIENT } from '../../google/oauth.ts';
import { type Google, startGoogle } from '../../google/server.ts';

const anna = 'Anna@Clinic.test';
const audience = DEFAULT_CLIENT.id;
let google: Google;
let identify: Identify;

beforeAll(async () => {
  google = await startGoogle();
});
afterAll(() => google.stop());
beforeEach(async () => {
  await google.control.reset();
  await google.control.createPerson({ email: anna, name: 'Anna', zone: 'Europe/Oslo' });
  identify = createIdentify(configOf({}), ['another', audience]);
});
afterEach(() => vi.useRealTimers());

const configOf = (env: Record<string, string>) =>
  readConfig({
    GOOGLE_URL: google.url,
    GOOGLE_CLIENT_ID: DEFAULT_CLIENT.id,
    GOOGLE_CLIENT_SECRET: DEFAULT_CLIENT.secret,
    ...env,
  });

const tokenOf = (claims?: Record<string, unknown>, more: { audience?: string; scopes?: string[] } = {}) =>
  google.control.issueIdToken({ person: anna, audience, claims, ...more });
const seconds = () => Math.floor(Date.now() / 1000);
const whole = async () => ({
  iss: google.url,
  aud: audience,
  sub: '1',
  email: anna,
  email_verified: true,
  exp: seconds() + 600,
});

/** Why it is not taken. */
async function refusal(token: string | undefined, now = Date.now()): Promise<Refusal> {
  const error = await identify(token, now).catch((thrown: unknown) => thrown);
  if (!(error instanceof Refusal)) throw new Error(`not refused: ${JSON.stringify(error)}`);
  return error;
}
const reason = async (token: string | undefined, now?: number) => {
  const { code, details } = await refusal(token, now);
  return code === 'unauthorized' ? (details as { reason: string }).reason : code;
};
const certs = async () => (await google.control.log({})).filter(({ method }) => method === 'certs').length;

describe('a person', () => {
  test('is told by their number, and a verified address in small letters', async () => {
    const person = await identify(await tokenOf(), Date.now());
    expect(person).toEqual({
      sub: expect.stringMatching(/^\d{21}$/),
      email: 'anna@clinic.test',
      name: null,
      hostedDomain: null,
    });
  });

  test('has a name and a hosted domain where Google tells them', async () => {
    const token = await tokenOf({ name: 'Anna Vik', hd: 'Clinic.test' });
    expect(await identify(token, Date.now())).toMatchObject({
      name: 'Anna Vik',
      hostedDomain: 'clinic.test',
    });
  });

  test('is asked about with one look at the keys, however often', async () => {
    const token = await tokenOf();
    await Promise.all(Array.from({ length: 5 }, () => identify(token, Date.now())));
    await identify(await tokenOf({ sub: '2' }), Date.now());
    expect(await certs()).toBe(1);
  });
});

describe('a token is not taken', () => {
  test.each<[string, string, () => Promise<string | undefined> | string | undefined]>([
    ['that is missing', 'malformed', () => undefined],
    ['that is no token', 'malformed', () => 'sb_something'],
    ['that is cut short', 'malformed', async () => (await tokenOf()).split('.').slice(0, 2).join('.')],
    ['without its signature', 'signature', async () => (await tokenOf()).replace(/[^.]+$/, '')],
    ['that has expired', 'expired', () => tokenOf({ exp: seconds() - 60 })],
    ['that is not in force yet', 'expired', () => tokenOf({ nbf: seconds() + 600 })],
    ['that never expires', 'malformed', () => tokenOf({ exp: undefined })],
    ['for another audience', 'audience', () => tokenOf({}, { audience: 'evil' })],
    ['for no audience', 'audience', () => tokenOf({ aud: undefined })],
    ['of another issuer', 'signature', () => tokenOf({ iss: 'https://accounts.example.test' })],
    [
      "of Google's own issuer, where Google is elsewhere",
      'signature',
      () => tokenOf({ iss: 'accounts.google.com' }),
    ],
    ['of nobody', 'malformed', () => tokenOf({ sub: '' })],
    ['with an address that is not verified', 'unverified', () => tokenOf({ email_verified: false })],
    ['with an address that is said to be verified', 'unverified', () => tokenOf({ email_verified: 'true' })],
    ['without an address', 'unverified', () => tokenOf({}, { scopes: ['openid'] })],
  ])('%s', async (_, expected, make) => {
    expect(await reason(await make())).toBe(expected);
  });

  test('with a body that was changed', async () => {
    const [head, , signature] = (await tokenOf()).split('.');
    const body = Buffer.from(JSON.stringify({ ...(await whole()), sub: '999' })).toString('base64url');
    expect(await reason(`${head}.${body}.${signature}`)).toBe('signature');
  });

  test('that says it needs no signature', async () => {
    const token = new UnsecuredJWT({ ...(await whole()) }).encode();
    expect(await reason(token)).toBe('signature');
    const [, body] = token.split('.');
    for (const alg of ['none', 'None', 'NONE', 'nOnE'])
      expect(await reason(`${Buffer.from(JSON.stringify({ alg })).toString('base64url')}.${body}.`)).toBe(
        'signature',
      );
  });

  test("that is signed by its own key, under the name of Google's", async () => {
    const [published] = await keys();
    const { privateKey } = await generateKeyPair('RS256');
    const forge = async (header: Record<string, unknown>) =>
      new SignJWT(await whole()).setProtectedHeader({ alg: 'RS256', ...header }).sign(privateKey);
    expect(await reason(await forge({ kid: published?.kid }))).toBe('signature');
    expect(await reason(await forge({ kid: 'mine' }))).toBe('signature');
    expect(await reason(await forge({}))).toBe('signature');
  });

  test('that brings its own key along, or says where it is', async () => {
    const { privateKey, publicKey } = await generateKeyPair('RS256', { extractable: true });
    const jwk = await exportJWK(publicKey);
    const token = await new SignJWT(await whole())
      .setProtectedHeader({ alg: 'RS256', kid: 'mine', jwk, jku: `${google.url}/mine` })
      .sign(privateKey);
    expect(await reason(token)).toBe('signature');
  });

  test("that uses Google's public key as a password", async () => {
    const [published] = await keys();
    const secret = await importJWK({ kty: 'oct', k: published?.n ?? '' }, 'HS256');
    const token = await new SignJWT(await whole())
      .setProtectedHeader({ alg: 'HS256', kid: published?.kid ?? '' })
      .sign(secret);
    expect(await reason(token)).toBe('signature');
  });
});

const keys = async (): Promise<JWK[]> =>
  ((await (await fetch(`${google.url}/oauth2/v3/certs`)).json()) as { keys: JWK[] }).keys;

describe('clocks', () => {
  test('may differ by half a minute', async () => {
    const token = await tokenOf();
    const end = (seconds() + 3600) * 1000;
    expect(await identify(token, end + 20_000)).toMatchObject({ email: 'anna@clinic.test' });
    expect(await reason(token, end + 60_000)).toBe('expired');
  });
});

describe("Google's keys", () => {
  test('are looked up anew for one that is not known, so a rotation goes unnoticed', async () => {
    const before = await tokenOf();
    await identify(before, Date.now());
    await google.control.rotateKey();
    const after = await tokenOf();
    const now = Date.now();
    vi.useFakeTimers({ toFake: ['Date'], now: now + 31_000 });
    expect(await identify(after, now)).toMatchObject({ email: 'anna@clinic.test' });
    // The old one is published no more.
    expect(await reason(before, now)).toBe('signature');
  });

  test('are not asked for again and again by made-up names', async () => {
    await identify(await tokenOf(), Date.now());
    const { privateKey } = await generateKeyPair('RS256');
    for (const kid of ['a', 'b', 'c']) {
      const token = await new SignJWT(await whole())
        .setProtectedHeader({ alg: 'RS256', kid })
        .sign(privateKey);
      expect(await reason(token)).toBe('signature');
    }
    expect(await certs()).toBe(1);
  });

  test('that cannot be had make nobody a stranger: busy', async () => {
    const token = await tokenOf();
    await google.control.addFault({
      kind: 'error',
      status: 500,
      reason: 'backendError',
      on: 'certs',
      times: 1,
    });
    expect(await reason(token)).toBe('busy');
    expect(await identify(token, Date.now())).toMatchObject({ email: 'anna@clinic.test' });
  });

  test('at hand go on counting for a day while Google gives none; a new one waits', async () => {
    const now = Date.now();
    const token = await tokenOf();
    await identify(token, now);
    await google.control.addFault({ kind: 'error', status: 500, reason: 'backendError', on: 'certs' });
    vi.useFakeTimers({ toFake: ['Date'], now: now + 3_600_000 });
    expect(await identify(token, now)).toMatchObject({ email: 'anna@clinic.test' });
    await google.control.rotateKey();
    expect(await reason(await tokenOf(), now)).toBe('busy');
    vi.setSystemTime(now + 26 * 3_600_000);
    expect(await reason(token, now)).toBe('busy');
  });
});

describe('not set up', () => {
  test('it says what to set, to whoever comes', async () => {
    identify = createIdentify(configOf({}), []);
    const { code, message, details } = await refusal(await tokenOf());
    expect(code).toBe('busy');
    expect(message).toContain('ADDON_AUDIENCES');
    expect(details).toEqual({ reason: 'not_set_up' });
  });
});
