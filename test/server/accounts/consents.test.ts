// Consent from our address to Google's page and back: what is kept, and what each refusal says.
import { createHash } from 'node:crypto';
import { eq } from 'drizzle-orm';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type * as z from 'zod';
import { listAccounts } from '../../../server/accounts/accounts.ts';
import { tidyConsents } from '../../../server/accounts/consents.ts';
import { makeApp } from '../../../server/app.ts';
import { consents, messages } from '../../../server/database/mirror.ts';
import { accounts, businesses } from '../../../server/database/schema.ts';
import type { Consent } from '../../../shared/account-api.ts';
import { DEFAULT_CLIENT } from '../../google/oauth.ts';
import { Clinic } from '../sync/clinic.ts';
import { type Office, openOffice, publicUrl } from './office.ts';

let office: Office;
let clinic: Clinic;
let kari: string;
let number = 0;
beforeAll(async () => {
  office = await openOffice();
});
afterAll(() => office.close());
beforeEach(async () => {
  clinic = await Clinic.open(office.world);
  kari = `kari${++number}@clinic.test`;
  await clinic.control.createPerson({ email: kari, name: 'Kari', zone: 'Europe/Oslo' });
});
afterEach(async () => {
  office.clock.now = Date.now();
  await clinic.control.setSwitches({ consentAtOnce: false });
  await clinic.control.clearFaults();
});

const scope = (name: string) => `https://www.googleapis.com/auth/${name}`;
const base = ['userinfo.email', 'calendar.events', 'calendar.calendarlist.readonly'].map(scope);

const ask = async (wanted: object = {}) => {
  const asked = await office.call<z.infer<typeof Consent>>(clinic, 'POST', '/google/consents', {
    returnTo: '/resources/anna?tab=calendar',
    email: kari,
    ...wanted,
  });
  expect(asked.status).toBe(201);
  return new URL(asked.body.url);
};
/** What a person answers on Google's page. @returns where the browser goes */
async function answer(url: URL, form: Record<string, string | string[]>): Promise<string> {
  const fields = Object.entries(form).flatMap(([name, value]) =>
    [value].flat().map((one): [string, string] => [name, one]),
  );
  const body = new URLSearchParams([...url.searchParams, ...fields]);
  const page = await fetch(`${url.origin}${url.pathname}`, { method: 'POST', body, redirect: 'manual' });
  return page.headers.get('location')!;
}
const allow = (url: URL, allowed = url.searchParams.get('scope')!.split(' ')) =>
  answer(url, { answer: 'allow', person: kari, allowed });
const told = (location: URL | null) => Object.fromEntries(location!.searchParams);
const kept = async () => (await listAccounts(office.context, clinic.businessId)).map(({ email }) => email);

describe('a person who says yes', () => {
  test('is sent to Google with PKCE and only what is needed, and comes back to where they came from', async () => {
    const url = await ask();
    const asked = url.searchParams;
    expect(Object.fromEntries(asked)).toMatchObject({
      client_id: DEFAULT_CLIENT.id,
      redirect_uri: `${publicUrl}/api/v1/google/callback`,
      code_challenge_method: 'S256',
      access_type: 'offline',
      include_granted_scopes: 'true',
      login_hint: kari,
    });
    expect(asked.get('scope')!.split(' ')).toEqual(['openid', ...base]);
    const { status, location } = await office.visit(await allow(url));
    expect(status).toBe(302);
    expect(`${location!.origin}${location!.pathname}`).toBe(`${publicUrl}/resources/anna`);
    const list = await listAccounts(office.context, clinic.businessId);
    const account = list.find(({ email }) => email === kari);
    expect(account).toMatchObject({ state: 'connected', app: 'deployment', failure: null, words: null });
    expect(told(location)).toEqual({ tab: 'calendar', google: 'connected', account: account!.id });
    const seen = await office.call(clinic, 'GET', `/accounts/${account!.id}/calendars`);
    expect(seen).toMatchObject({ status: 200, body: { items: [{ googleId: kari }] } });
  });

  test('at once is asked for free/busy only where that is wanted, and what was given before stays', async () => {
    await clinic.control.setSwitches({ consentAtOnce: true });
    const go = async (features: string[]) => {
      const url = await ask({ features });
      const page = await fetch(url, { redirect: 'manual' });
      return { url, ...(await office.visit(page.headers.get('location')!)) };
    };
    const wide = await go(['events', 'freebusy']);
    expect(wide.url.searchParams.get('scope')).toContain('calendar.freebusy');
    const least = await go(['freebusy']);
    expect(least.url.searchParams.get('scope')).not.toContain('calendar.events');
    const read = await go(['read']);
    expect(read.url.searchParams.get('scope')!.split(' ')).toContain(scope('calendar.events.readonly'));
    expect(read.url.searchParams.get('scope')!.split(' ')).not.toContain(scope('calendar.events'));
    const narrow = await go(['events']);
    expect(narrow.url.searchParams.get('scope')).not.toContain('calendar.freebusy');
    expect(told(narrow.location).account).toBe(told(wide.location).account);
    const list = await listAccounts(office.context, clinic.businessId);
    const { scopes } = list.find(({ email }) => email === kari)!;
    expect(scopes).toEqual(expect.arrayContaining([...base, scope('calendar.freebusy')]));
  });

  test('in an app in testing is told when that ends', async () => {
    const { id } = await clinic.control.createClient({ ...DEFAULT_CLIENT, testing: true });
    expect(id).toBe(DEFAULT_CLIENT.id);
    const { location } = await office.visit(await allow(await ask()));
    await clinic.control.createClient(DEFAULT_CLIENT);
    expect(told(location).google).toBe('connected');
    const [row] = await clinic.db
      .select({ endsAt: accounts.endsAt })
      .from(accounts)
      .where(eq(accounts.email, kari));
    const days = (row!.endsAt!.getTime() - office.clock.now) / 86_400_000;
    expect(days).toBeCloseTo(7, 2);
    const list = await listAccounts(office.context, clinic.businessId);
    const account = list.find(({ email }) => email === kari)!;
    expect(account.words).toMatch(/only until .*Testing.*publish/);
    const { businessId } = clinic;
    const said = await clinic.db.select().from(messages).where(eq(messages.businessId, businessId));
    expect(said).toMatchObject([
      { to: 'admin', kind: 'short_token', accountId: account.id, details: { endsAt: expect.any(String) } },
    ]);
  });

  test('leaves no secret readable in the tables', async () => {
    const url = await ask();
    const location = await allow(url);
    await office.visit(location);
    const [row] = await clinic.db.select().from(consents).where(eq(consents.businessId, clinic.businessId));
    const code = new URL(location).searchParams.get('code')!;
    expect(JSON.stringify(row)).not.toContain(code);
    const hash = createHash('sha256').update(row!.verifier).digest('base64url');
    expect(hash).not.toBe(url.searchParams.get('code_challenge'));
    expect(row!.usedAt).not.toBeNull();
    expect(row!.accountId).not.toBeNull();
  });
});

describe('a person who', () => {
  const refused = async (location: string) => {
    const { status, location: back } = await office.visit(location);
    expect(status).toBe(302);
    expect(back!.origin + back!.pathname).toBe(`${publicUrl}/resources/anna`);
    expect(told(back)).toMatchObject({ tab: 'calendar', google: 'refused' });
    expect(await kept()).not.toContain(kari);
    return told(back);
  };

  test('unticks a box is told which, in their language, and nothing is kept', async () => {
    const without = base.filter((one) => !one.endsWith('calendar.events'));
    expect(await refused(await allow(await ask(), without))).toMatchObject({
      reason: 'missing_scopes',
      missing: 'calendar.events',
      words: expect.stringContaining('see and change events'),
    });
    await clinic.db.update(businesses).set({ locale: 'nb' }).where(eq(businesses.id, clinic.businessId));
    await clinic.control.revokeAccess({ person: kari });
    const url = await ask({ features: ['freebusy'] });
    expect(await refused(await allow(url, [scope('calendar.events')]))).toMatchObject({
      missing: 'calendar.calendarlist.readonly calendar.freebusy',
      words: expect.stringContaining('liste opp kalendere, se når kalendere er opptatt'),
    });
  });

  test('says no, or whose administrator does, is told what to do', async () => {
    const { reason } = await refused(await answer(await ask(), { answer: 'deny' }));
    expect(reason).toBe('access_denied');
    for (const [error, words] of [
      ['admin_policy_enforced', 'admin.google.com'],
      ['org_internal', 'Internal'],
      ['disallowed_useragent', 'ordinary browser'],
      ['unverified_app', 'test user'],
      ['something_new', 'something_new'],
    ] as const) {
      const state = (await ask()).searchParams.get('state')!;
      const back = `${publicUrl}/api/v1/google/callback?${new URLSearchParams({ state, error })}`;
      expect(await refused(back)).toMatchObject({ reason: error, words: expect.stringContaining(words) });
    }
    const state = (await ask()).searchParams.get('state')!;
    const odd = new URLSearchParams({ state, error: '<script>' });
    expect((await refused(`${publicUrl}/api/v1/google/callback?${odd}`)).reason).toBe('refused');
  });

  test('consents with another account than the one that was meant is told so', async () => {
    expect(await refused(await allow(await ask({ email: clinic.owner })))).toMatchObject({
      reason: 'wrong_account',
      words: expect.stringContaining('choose that account'),
    });
    const same = await allow(await ask({ email: kari.toUpperCase() }));
    expect(told((await office.visit(same)).location)).toMatchObject({ google: 'connected' });
    const any = await allow(await ask({ email: undefined }));
    expect(told((await office.visit(any)).location)).toMatchObject({ google: 'connected' });
  });

  test('comes back to a server that lost its keys is told so, not left with an error', async () => {
    const location = await allow(await ask());
    await clinic.db
      .update(consents)
      .set({ verifier: 'lost.AAAA.AAAA.AAAA' })
      .where(eq(consents.businessId, clinic.businessId));
    expect(await refused(location)).toMatchObject({ reason: 'sealed' });
  });

  test('takes more than ten minutes comes too late', async () => {
    const location = await allow(await ask());
    office.clock.now += 10 * 60_000;
    expect(await refused(location)).toMatchObject({ reason: 'expired' });
  });

  test('comes with no lasting access is told so', async () => {
    await allow(await ask());
    // Google's answer to who asks without prompting: no refresh token the second time.
    const url = await ask();
    url.searchParams.delete('prompt');
    expect(await refused(await allow(url))).toMatchObject({ reason: 'no_refresh_token' });
  });

  test('meets a Google that does not answer, or takes its code back, starts again', async () => {
    const location = await allow(await ask());
    await clinic.control.addFault({ kind: 'reset', on: 'token', times: 1 });
    expect(await refused(location)).toMatchObject({ reason: 'unreachable' });
    const stale = await allow(await ask());
    await clinic.control.advanceClock({ seconds: 601 });
    expect(await refused(stale)).toMatchObject({ reason: 'code_refused' });
  });
});

describe('a browser that no page was named for', () => {
  /** Where it ends, and what stands there. */
  const end = async (location: string, language = 'en') => {
    const { location: back } = await office.visit(location);
    back!.searchParams.set('lang', language);
    const { status, body } = await office.visit(back!.href);
    return { status, address: back!, text: textOf(body) };
  };
  const textOf = (body: string) => body.replace(/<[^>]*>/g, ' ').replace(/\s+/g, ' ');
  const begin = () => ask({ returnTo: undefined });

  test('ends on a page of ours that says the account is connected', async () => {
    const { status, address, text } = await end(await allow(await begin()));
    expect(status).toBe(200);
    expect(text).toContain('The Google account is connected. You can close this page.');
    expect(told(address)).toMatchObject({ google: 'connected', account: expect.any(String) });
    address.searchParams.set('lang', 'nb');
    expect(textOf((await office.visit(address.href)).body)).toContain(
      'Google-kontoen er koblet til. Du kan lukke denne siden.',
    );
  });

  test('or says what to do, in their language', async () => {
    const refusal = await end(await answer(await begin(), { answer: 'deny' }), 'nb');
    expect([refusal.status, refusal.text]).toEqual([
      200,
      expect.stringContaining('Svaret hos Google var nei'),
    ]);
    const state = (await begin()).searchParams.get('state')!;
    const policy = new URLSearchParams({ state, error: 'admin_policy_enforced' });
    const trust = await end(`${publicUrl}/api/v1/google/callback?${policy}`);
    expect(trust.text).toContain(`add the client id ${DEFAULT_CLIENT.id} as trusted`);
    const without = base.filter((one) => !one.endsWith('calendar.events'));
    const missing = await end(await allow(await begin(), without), 'nb');
    expect(missing.text).toMatch(/disse boksene var ikke krysset av: .*hendelser/);
    expect(missing.text).not.toMatch(/[{}]/);
  });

  test('and nobody else puts words on that page', async () => {
    const { address } = await end(await answer(await begin(), { answer: 'deny' }));
    for (const outcome of ['', 'x', `${address.searchParams.get('outcome')}A`]) {
      address.search = String(new URLSearchParams({ google: 'refused', words: 'Call 555', outcome }));
      const { status, body } = await office.visit(address.href);
      expect([status, body]).toEqual([404, expect.stringContaining('There is nothing here')]);
      expect(textOf(body)).not.toContain('555');
    }
  });
});

describe('a state', () => {
  test('is good once, however many come with it at the same time', async () => {
    const location = await allow(await ask());
    const { pathname, search } = new URL(location);
    expect((await office.app.inject({ method: 'HEAD', url: `${pathname}${search}` })).statusCode).toBe(404);
    const visits = await Promise.all([1, 2, 3].map(() => office.visit(location)));
    const outcomes = visits.map((one) => told(one.location));
    expect(outcomes.filter(({ google }) => google === 'connected')).toHaveLength(1);
    expect(outcomes.filter(({ reason }) => reason === 'used')).toHaveLength(2);
    expect(told((await office.visit(location)).location)).toMatchObject({ reason: 'used' });
    expect((await kept()).filter((email) => email === kari)).toHaveLength(1);
  });

  test('that we did not give out leads nowhere', async () => {
    const good = (await ask()).searchParams.get('state')!;
    const [row] = await clinic.db.select().from(consents).where(eq(consents.businessId, clinic.businessId));
    const { seal } = office.context;
    const forged = [
      row!.id,
      `${good.slice(0, -3)}AAA`,
      seal.seal(row!.id, 'something/else'),
      seal.seal(crypto.randomUUID(), 'consents/state'),
    ];
    for (const state of forged) {
      const query = new URLSearchParams({ state, code: 'x' });
      const { status, location, body } = await office.visit(`${publicUrl}/api/v1/google/callback?${query}`);
      expect({ status, location }).toEqual({ status: 400, location: null });
      expect(JSON.parse(body)).toMatchObject({ code: 'invalid' });
    }
    expect((await office.visit(`${publicUrl}/api/v1/google/callback?code=x`)).status).toBe(400);
    expect(await kept()).not.toContain(kari);
  });

  test('belongs to its verifier: a code given to another consent is refused', async () => {
    const [mine, theirs] = [await ask(), await ask()];
    const stolen = new URL(await allow(theirs));
    stolen.searchParams.set('state', mine.searchParams.get('state')!);
    expect(told((await office.visit(stolen.href)).location)).toMatchObject({ reason: 'code_refused' });
  });

  test('is forgotten a day after it ended', async () => {
    const url = await ask();
    office.clock.now += 23 * 3_600_000;
    await tidyConsents(office.context);
    const state = url.searchParams.get('state')!;
    const back = `${publicUrl}/api/v1/google/callback?${new URLSearchParams({ state })}`;
    expect(told((await office.visit(back)).location)).toMatchObject({ reason: 'expired' });
    office.clock.now += 2 * 3_600_000;
    await tidyConsents(office.context);
    expect((await office.visit(back)).status).toBe(400);
  });
});

test('nobody is sent out of this server, or to Google from a server that nobody can come back to', async () => {
  for (const returnTo of ['//evil.test', 'https://evil.test/', '/\\evil.test', ''])
    expect(await office.call(clinic, 'POST', '/google/consents', { returnTo })).toMatchObject({
      status: 400,
    });
  const { config } = office.context;
  const lost = { ...office.context, config: { ...config, publicUrl: undefined } };
  const app = await makeApp(lost);
  const answered = await app.inject({ method: 'GET', url: '/api/v1/google/callback?state=x&code=y' });
  await app.close();
  expect({ status: answered.statusCode, body: answered.json() }).toMatchObject({
    status: 409,
    body: { code: 'conflict', message: expect.stringContaining('PUBLIC_URL') },
  });
});
