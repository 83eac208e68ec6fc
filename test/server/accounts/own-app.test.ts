// A business's own Google app: tried before it is kept, sealed, and used for what is connected through it.
import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { accountKey, asAccount, itsOwnApp, ownApp, the } from '../../../server/accounts/accounts.ts';
import { connectAccount, identify } from '../../../server/accounts/connect.ts';
import { pushes } from '../../../server/database/ledger.ts';
import { googleApps, pulls } from '../../../server/database/mirror.ts';
import { accounts } from '../../../server/database/schema.ts';
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
  // What the other app was given is ended: nobody has that token any more.
  expect(grants.filter(({ person }) => person === clinic.owner).map(({ client }) => client)).toEqual([
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

test('leaves what another app was given alone, if another business lives by that', async () => {
  const { refresh_token: refreshToken } = await clinic.control.issueTokens({ person: clinic.owner });
  const other = await Clinic.open(office.world);
  expect(await office.call(other, 'POST', '/accounts', { refreshToken })).toMatchObject({ status: 201 });
  await call('PUT', '/google/app', ours);
  await connect();
  const { items } = (await office.call<{ items: { id: string; email: string }[] }>(other, 'GET', '/accounts'))
    .body;
  const { id } = items.find(({ email }) => email === clinic.owner)!;
  expect(await office.call(other, 'GET', `/accounts/${id}/calendars`)).toMatchObject({ status: 200 });
});

test('entered anew, with the secret put right, lets go on at once what the old one kept waiting', async () => {
  await call('PUT', '/google/app', ours);
  await connect();
  const room = await clinic.addResource('Room');
  const booked = await clinic.book([room]);
  const late = { failure: 'invalid_client', dueAt: new Date('2100-01-01') };
  await clinic.db.update(pulls).set(late);
  await clinic.db.update(pushes).set(late);
  await call('PUT', '/google/app', ours);
  const [pull] = await clinic.db.select().from(pulls).where(eq(pulls.calendarId, room.calendar.id));
  expect(pull).toMatchObject({ failure: null, wanted: 2 });
  expect((await clinic.row(booked, room))!.failure).toBeNull();
  expect((await clinic.claim()).map(({ unitId }) => unitId)).toEqual([booked.id]);
});

test('that is another by the time a token of it is kept is told, and the token not kept', async () => {
  await call('PUT', '/google/app', ours);
  const { businessId, owner } = clinic;
  const { refresh_token } = await clinic.control.issueTokens({ person: owner, client: ours.clientId });
  const known = { businessId, ...(await identify(office.context, refresh_token, ours)) };
  const asked = await call<{ url: string }>('POST', '/google/consents', { email: owner });
  const page = await fetch(asked.body.url, { redirect: 'manual' });
  await clinic.control.addFault({ kind: 'latency', milliseconds: 500, on: 'token', times: 1 });
  const visit = office.visit(page.headers.get('location')!);
  await clinic.struck();
  const other = { clientId: 'another-client', clientSecret: 'another-secret' };
  expect(await call('PUT', '/google/app', other)).toMatchObject({ status: 200 });
  const { status, location } = await visit;
  expect({ status, reason: location?.searchParams.get('reason') }).toEqual({
    status: 302,
    reason: 'app_changed',
  });
  await expect(
    clinic.db.transaction((tx) => connectAccount(tx, office.context, known)),
  ).rejects.toMatchObject({ code: 'conflict' });
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
