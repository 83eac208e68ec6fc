// Members over the API: an owner always remains, and an address is one member's.
import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { members as table } from '../../../server/database/schema.ts';
import { type Api, startApi } from '../../api.ts';

let api: Api;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api.close());

interface Member {
  id: string;
  role: string;
}
const members = async () => (await api.call<{ items: Member[] }>('GET', '/members')).body.items;
const add = async (email: string, role: string) =>
  (await api.call<Member>('POST', '/members', { email, name: 'Kari', role })).body;
/** Its owners came with accounts of clinic.test, and it says that it is that. */
async function ofClinic() {
  const { db } = api.context;
  await db.update(table).set({ hostedDomain: 'clinic.test' }).where(eq(table.businessId, api.business.id));
  expect(await api.call('PATCH', '/business', { hostedDomain: 'clinic.test' })).toMatchObject({
    status: 200,
  });
}
const lastOwner = {
  status: 409,
  body: { message: 'This is the last owner of the business: make another member owner first.' },
};

test('the last owner neither goes nor becomes less', async () => {
  const [owner] = await members();
  expect(await api.call('DELETE', `/members/${owner!.id}`)).toMatchObject(lastOwner);
  expect(await api.call('PATCH', `/members/${owner!.id}`, { role: 'staff' })).toMatchObject(lastOwner);
  expect(await members()).toEqual([owner]);

  const other = await add('second@example.com', 'owner');
  expect(await api.call('DELETE', `/members/${owner!.id}`)).toEqual({ status: 204, body: undefined });
  expect(await api.call('DELETE', `/members/${other.id}`)).toMatchObject(lastOwner);
});

test('owners who leave at the same moment do not all get away', async () => {
  for (let n = 1; n <= 8; n++) await add(`leaver${n}@example.com`, 'owner');
  const owners = (await members()).filter(({ role }) => role === 'owner');
  const answers = await Promise.all(owners.map(({ id }) => api.call('DELETE', `/members/${id}`)));
  expect(answers.filter(({ status }) => status === 409)).toHaveLength(1);
  expect((await members()).filter(({ role }) => role === 'owner')).toHaveLength(1);
});

test('an address is one member’s, however it is written', async () => {
  await add('Staff@example.com', 'staff');
  expect(
    await api.call('POST', '/members', { email: 'staff@EXAMPLE.com', name: 'Twin', role: 'staff' }),
  ).toMatchObject({
    status: 409,
    body: { code: 'conflict', message: 'A member with this address is there already.' },
  });
});

test('a business of a Workspace takes no Gmail address, which is never of one; what other addresses are, it cannot tell', async () => {
  const invite = (email: string) =>
    api.call<Member>('POST', '/members', { email, name: 'Ada', role: 'staff' });
  const before = await invite('before@gmail.com');
  expect(before.status).toBe(201);
  await ofClinic();
  for (const email of ['ada@gmail.com', 'Ada@GoogleMail.com'])
    expect(await invite(email)).toMatchObject({
      status: 409,
      body: {
        code: 'conflict',
        message: expect.stringMatching(/^email: .*clinic\.test.*Gmail/),
        details: { reason: 'domain' },
      },
    });
  // A Workspace may have several domains.
  const other = await invite('ada@klinikk.test');
  expect(other.status).toBe(201);
  const change = (id: string, body: object) => api.call('PATCH', `/members/${id}`, body);
  expect(await change(other.body.id, { email: 'ada@gmail.com' })).toMatchObject({ status: 409 });
  expect(await change(before.body.id, { name: 'Bo', email: 'before@gmail.com' })).toMatchObject({
    status: 200,
  });
  await api.call('PATCH', '/business', { hostedDomain: null });
  expect(await change(other.body.id, { email: 'ada@gmail.com' })).toMatchObject({ status: 200 });
});

test('what an owner came with counts while they are owner', async () => {
  const { db } = api.context;
  const made = await add('came@example.com', 'admin');
  await db.update(table).set({ hostedDomain: 'bigcorp.test' }).where(eq(table.id, made.id));
  const say = () => api.call('PATCH', '/business', { hostedDomain: 'bigcorp.test', name: 'Bigcorp' });
  expect(await say()).toMatchObject({
    status: 409,
    body: {
      code: 'conflict',
      message: expect.stringMatching(/^hostedDomain: .*bigcorp\.test/),
      details: { reason: 'domain' },
    },
  });
  // Nothing of the change is made.
  expect((await api.call('GET', '/business')).body).toMatchObject({ name: 'Fjordklinikken' });
  await api.call('PATCH', `/members/${made.id}`, { role: 'owner' });
  expect(await say()).toMatchObject({ status: 200, body: { hostedDomain: 'bigcorp.test' } });
  await api.call('PATCH', '/business', { hostedDomain: null, name: 'Fjordklinikken' });
  await api.call('PATCH', `/members/${made.id}`, { role: 'staff' });
});

test('a change leaves alone what it does not name', async () => {
  const made = await add('change@example.com', 'admin');
  const path = `/members/${made.id}`;
  expect((await api.call('PATCH', path, { name: 'Nina' })).body).toEqual({ ...made, name: 'Nina' });
  expect((await api.call('PATCH', path, {})).body).toEqual({ ...made, name: 'Nina' });
  expect((await api.call('GET', path)).body).toEqual({ ...made, name: 'Nina' });
});

test('another business’s members are not ours to see or change', async () => {
  const { authorization } = await api.neighbour();
  const [ours] = await members();
  for (const [method, body] of [['GET'], ['PATCH', { name: 'X' }], ['PATCH', {}], ['DELETE']] as const)
    expect(await api.call(method, `/members/${ours!.id}`, body, { authorization })).toMatchObject({
      status: 404,
    });
});

test('the resource of a member who goes stays, and is nobody’s', async () => {
  const { id } = await add('goes@example.com', 'staff');
  const made = await api.call<{ id: string }>('POST', '/resources', {
    kind: 'person',
    name: 'Kari',
    memberId: id,
  });
  expect(made.status).toBe(201);
  expect(await api.call('DELETE', `/members/${id}`)).toMatchObject({ status: 204 });
  expect((await api.call('GET', `/resources/${made.body.id}`)).body).toMatchObject({
    name: 'Kari',
    memberId: null,
  });
});
