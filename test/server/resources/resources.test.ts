// Resources over the API: made, listed, changed only where a change says so, archived instead of deleted.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Api, startApi } from '../../api.ts';

let api: Api;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api.close());

const nineToFive = { weekly: [{ day: 1, from: '09:00', to: '17:00' }], dates: [] };

interface Resource {
  id: string;
  archived: boolean;
}
interface Page {
  items: Resource[];
  next: string | null;
}

test('a resource begins with what was not said: one place, its business’s zone, no hours', async () => {
  const { status, body } = await api.call('POST', '/resources', { kind: 'room', name: '  Room 1 ' });
  expect(status).toBe(201);
  expect(body).toEqual({
    id: expect.any(String),
    kind: 'room',
    name: 'Room 1',
    zone: 'Europe/Oslo',
    color: null,
    places: 1,
    memberId: null,
    nicknames: [],
    opens: 'hours',
    hours: { weekly: [], dates: [] },
    archived: false,
  });
});

test('a change leaves alone what it does not name', async () => {
  const whole = {
    kind: 'vehicle',
    name: 'Van',
    zone: 'America/New_York',
    color: 7,
    places: 3,
    memberId: null,
    nicknames: ['Van 1'],
    opens: 'openings',
    hours: nineToFive,
  };
  const { body: made } = await api.call<Resource>('POST', '/resources', whole);
  const renamed = await api.call('PATCH', `/resources/${made.id}`, { name: 'Blue van' });
  expect(renamed).toEqual({
    status: 200,
    body: { ...whole, name: 'Blue van', id: made.id, archived: false },
  });
  expect(await api.call('PATCH', `/resources/${made.id}`, {})).toEqual(renamed);
  expect(await api.call('GET', `/resources/${made.id}`)).toEqual(renamed);
});

test('a deleted resource is archived: out of the list, there by its id, and can come back', async () => {
  const { body: made } = await api.call<Resource>('POST', '/resources', { kind: 'person', name: 'Leaver' });
  const ids = async (query = '') =>
    (await api.call<Page>('GET', `/resources${query}`)).body.items.map(({ id }) => id);
  expect(await ids()).toContain(made.id);

  const gone = await api.call<Resource>('DELETE', `/resources/${made.id}`);
  expect(gone).toMatchObject({ status: 200, body: { archived: true } });
  expect(await ids()).not.toContain(made.id);
  expect(await ids('?archived=true')).toEqual([made.id]);
  expect(await api.call('GET', `/resources/${made.id}`)).toMatchObject({ status: 200 });

  await api.call('PATCH', `/resources/${made.id}`, { archived: false });
  expect(await ids()).toContain(made.id);
});

test('pages follow each other without a gap or a double', async () => {
  for (const n of [1, 2, 3, 4, 5]) await api.call('POST', '/resources', { kind: 'room', name: `Cell ${n}` });
  const all = (await api.call<Page>('GET', '/resources')).body;
  expect(all.next).toBeNull();
  const seen: string[] = [];
  let cursor = '';
  do {
    const { body } = await api.call<Page>('GET', `/resources?limit=2${cursor}`);
    seen.push(...body.items.map(({ id }) => id));
    cursor = body.next ? `&cursor=${body.next}` : '';
  } while (cursor);
  expect(seen).toEqual(all.items.map(({ id }) => id));
  const exactly = await api.call<Page>('GET', `/resources?limit=${all.items.length}`);
  expect(exactly.body.next).toBeNull();
});

test('a repeated request with the same Idempotency-Key makes one resource', async () => {
  const twice = { kind: 'room', name: 'Only one' };
  const header = { 'idempotency-key': 'resource-1' };
  const first = await api.call('POST', '/resources', twice, header);
  expect(await api.call('POST', '/resources', twice, header)).toEqual(first);
  const { body } = await api.call<Page>('GET', '/resources');
  expect(body.items.filter((one) => 'name' in one && one.name === 'Only one')).toHaveLength(1);
});

test('another business neither sees nor changes it', async () => {
  const { authorization } = await api.neighbour();
  const { body: made } = await api.call<Resource>('POST', '/resources', { kind: 'room', name: 'Ours' });
  for (const method of ['GET', 'PATCH', 'DELETE'])
    expect(
      await api.call(method, `/resources/${made.id}`, method === 'PATCH' ? { name: 'Theirs' } : undefined, {
        authorization,
      }),
    ).toMatchObject({ status: 404, body: { code: 'not_found' } });
  expect(await api.call('PATCH', `/resources/${made.id}`, { places: 2 }, { authorization })).toMatchObject({
    status: 404,
  });
  expect((await api.call<Page>('GET', '/resources', undefined, { authorization })).body.items).toEqual([]);
});
