// A business's own Google app: tried before it is kept, sealed, and used for what is connected through it.
import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { accountKey, asAccount, itsOwnApp, ownApp, the } from '../../../server/accounts/accounts.ts';
import { googleApps } from '../../../server/database/mirror.ts';
import { accounts } from '../../../server/database/schema.ts';
import { DEFAULT_CLIENT } from '../../google/oauth.ts';
import { Clinic } from '../sync/clinic.ts';
import { type Office, openOffice, publicUrl } from './office.ts';

let office: Office;
let clinic: Clinic;
const ours = { clientId: 'clinic-client', clientSecret: 'clinic-secret' };
beforeAll(async () => {
  office = await openOffice();
  const { control } = office.world.google;
  await control.createClient({ id: ours.clientId, secret: ours.clientSecret });
  await control.createClient({ id: 'another-client', secret: 'another-secret' });
  await control.setSwitches({ consentAtOnce: true });
});
afterAll(() => office.close());
beforeEach(async () => {
  clinic = await Clinic.open(office.world);
});

const call = <Body = unknown>(method: string, path: string, body?: object) =>
  office.call<Body>(clinic, method, path, body);

/** @returns the account's id */
async function connect(): Promise<string> {
  const asked = await call<{ url: string }>('POST', '/google/consents', { email: clinic.owner });
  const page = await fetch(asked.body.url, { redirect: 'manual' });
  const { location } = await office.visit(page.headers.get('location')!);
  expect(location!.searchParams.get('google')).toBe('connected');
  return location!.searchParams.get('account')!;
}

test('is entered, tested and shown without its secret, which stands sealed in its row', async () => {
  expect(await call('GET', '/google/app')).toMatchObject({ status: 404 });
  expect(await call('POST', '/google/app/test')).toMatchObject({ status: 404 });
  expect(await call('DELETE', '/google/app')).toMatchObject({ status: 404 });
  const redirectUri = `${publicUrl}/api/v1/google/callback`;
  const shown = {
    clientId: ours.clientId,
    redirectUri,
    testedAt: new Date(office.clock.now).toISOString(),
  };
  expect(await call('PUT', '/google/app', ours)).toEqual({ status: 200, body: shown });
  expect(await call('GET', '/google/app')).toEqual({ status: 200, body: shown });
  const [row] = await clinic.db.select().from(googleApps).where(eq(googleApps.businessId, clinic.businessId));
  expect(row!.clientSecret).not.toContain(ours.clientSecret);
  expect(await call('POST', '/google/app/test')).toMatchObject({
    status: 200,
    body: { ok: true, code: null },
  });
});

test('with a wrong id or secret is refused; what stood before stays', async () => {
  await call('PUT', '/google/app', ours);
  for (const wrong of [
    { ...ours, clientSecret: 'guessed' },
    { ...ours, clientId: 'nobody' },
  ])
    expect(await call('PUT', '/google/app', wrong)).toMatchObject({
      status: 422,
      body: { code: 'google_refused', details: { code: 'invalid_client' } },
    });
  expect(await call('POST', '/google/app/test')).toMatchObject({ body: { ok: true } });
});

test('that Google does not answer for is kept untested, and the test says that it could not be told', async () => {
  await clinic.control.addFault({ kind: 'reset', on: 'token', times: 2 });
  expect(await call('PUT', '/google/app', ours)).toMatchObject({ status: 200, body: { testedAt: null } });
  expect(await call('POST', '/google/app/test')).toMatchObject({
    status: 200,
    body: { ok: false, words: expect.stringContaining('could not be told') },
  });
  expect(await call('POST', '/google/app/test')).toMatchObject({ body: { ok: true } });
  expect(await call('GET', '/google/app')).toMatchObject({ body: { testedAt: expect.any(String) } });
});

test('whose secret was changed at Google meanwhile fails the test', async () => {
  await call('PUT', '/google/app', ours);
  await clinic.control.createClient({ id: ours.clientId, secret: 'rotated' });
  expect(await call('POST', '/google/app/test')).toMatchObject({
    body: { ok: false, code: 'invalid_client' },
  });
  await clinic.control.createClient({ id: ours.clientId, secret: ours.clientSecret });
});

test('is what people consent to from then on, and what their tokens are used with', async () => {
  const before = await call<{ items: { app: string }[] }>('GET', '/accounts');
  expect(before.body.items).toMatchObject([{ app: 'deployment' }]);
  await call('PUT', '/google/app', ours);
  const id = await connect();
  expect(id).toBe(clinic.accountId);
  expect((await call('GET', '/accounts')).body).toMatchObject({ items: [{ id, app: 'own' }] });
  const grants = await clinic.control.grants();
  expect(grants.filter(({ person }) => person === clinic.owner).map(({ client }) => client)).toEqual([
    DEFAULT_CLIENT.id,
    ours.clientId,
  ]);

  expect(await call('GET', `/accounts/${id}/calendars`)).toMatchObject({ status: 200 });
  // As whoever pushes and pulls reads the row.
  const [row] = await clinic.db
    .select({ key: accountKey, ownApp })
    .from(accounts)
    .leftJoin(googleApps, itsOwnApp)
    .where(the(clinic.businessId, id));
  const google = asAccount(office.context, { ...row!.key, ownApp: row!.ownApp });
  expect(await google.getCalendar('primary')).toMatchObject({ id: clinic.owner });
  const refreshed = (await clinic.control.log()).filter(
    ({ method, person }) => method === 'token' && person === clinic.owner,
  );
  expect(refreshed.at(-1)).toMatchObject({ client: ours.clientId, status: 200 });
});

test('stays while accounts are connected through it, and so does its id', async () => {
  await call('PUT', '/google/app', ours);
  const id = await connect();
  const other = { clientId: 'another-client', clientSecret: 'another-secret' };
  for (const [method, body] of [
    ['DELETE', undefined],
    ['PUT', other],
  ] as const)
    expect(await call(method, '/google/app', body)).toMatchObject({
      status: 409,
      body: { code: 'conflict', details: { accountIds: [id] } },
    });
  expect(await call('PUT', '/google/app', ours)).toMatchObject({ status: 200 });
  await clinic.db
    .update(accounts)
    .set({ state: 'disconnected', refreshToken: null })
    .where(the(clinic.businessId, id));
  expect(await call('PUT', '/google/app', other)).toMatchObject({ status: 200 });
  expect(await call('DELETE', '/google/app')).toMatchObject({ status: 204 });
  expect(await connect()).toBe(id);
  expect((await call('GET', '/accounts')).body).toMatchObject({ items: [{ app: 'deployment' }] });
});

test('that changes while a person is at Google is told to them', async () => {
  await call('PUT', '/google/app', ours);
  const asked = await call<{ url: string }>('POST', '/google/consents', { email: clinic.owner });
  const page = await fetch(asked.body.url, { redirect: 'manual' });
  await call('DELETE', '/google/app');
  const { location } = await office.visit(page.headers.get('location')!);
  expect(location!.searchParams.get('reason')).toBe('app_changed');
});
