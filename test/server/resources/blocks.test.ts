// Blocks and openings over the API: put in by hand, in a window, changed only where a change says so.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Api, startApi } from '../../api.ts';

let api: Api;
let resourceId: string;
beforeAll(async () => {
  api = await startApi();
  const made = await api.call<{ id: string }>('POST', '/resources', {
    kind: 'room',
    name: 'Hall',
    places: 3,
  });
  resourceId = made.body.id;
});
afterAll(() => api.close());

interface Made {
  id: string;
}
interface Page {
  items: Made[];
}

const noon = { start: '2026-11-20T12:00:00.000Z', end: '2026-11-20T13:00:00.000Z' };

describe.each([
  { kind: 'blocks', more: { places: 2, reason: 'Cleaning' } },
  { kind: 'openings', more: {} },
])('$kind', ({ kind, more }) => {
  const list = () => `/resources/${resourceId}/${kind}`;

  test('are made in UTC, read, moved at one end, and taken away', async () => {
    const { status, body } = await api.call<Made>('POST', list(), {
      start: '2026-11-20T13:00:00+01:00',
      end: '2026-11-20T14:00:00+01:00',
      ...more,
    });
    expect({ status, body }).toEqual({
      status: 201,
      body: { ...noon, ...more, id: body.id, resourceId, cause: null },
    });
    expect(await api.call('GET', `/${kind}/${body.id}`)).toEqual({ status: 200, body });

    const end = '2026-11-20T15:00:00.000Z';
    const moved = await api.call('PATCH', `/${kind}/${body.id}`, { end });
    expect(moved).toEqual({ status: 200, body: { ...body, end } });

    expect(await api.call('DELETE', `/${kind}/${body.id}`)).toEqual({ status: 204, body: undefined });
    expect(await api.call('DELETE', `/${kind}/${body.id}`)).toMatchObject({ status: 404 });
    expect(await api.call('GET', `/${kind}/${body.id}`)).toMatchObject({ status: 404 });
  });

  test('of a window are those that overlap it, its end not included', async () => {
    const { body } = await api.call<Made>('POST', list(), noon);
    const found = async (from: string, to: string) =>
      (await api.call<Page>('GET', `${list()}?from=2026-11-20T${from}:00Z&to=2026-11-20T${to}:00Z`)).body
        .items;
    expect(await found('12:30', '12:31')).toHaveLength(1);
    expect(await found('11:00', '12:00')).toEqual([]);
    expect(await found('13:00', '14:00')).toEqual([]);
    expect((await api.call<Page>('GET', `${list()}?from=2026-11-21T00:00:00Z`)).body.items).toEqual([]);
    await api.call('DELETE', `/${kind}/${body.id}`);
  });

  test.each([
    ['ends when it starts', { ...noon, end: noon.start }, 'end: has to be after start.'],
    [
      'lasts longer than a year and a day',
      { ...noon, end: '2027-11-22T12:00:00Z' },
      'end: at most 366 days after start; put in several for longer.',
    ],
  ])('one that %s is refused, also by a change', async (_, span, message) => {
    const refused = { status: 400, body: { code: 'invalid', message } };
    expect(await api.call('POST', list(), span)).toMatchObject(refused);
    const { body } = await api.call<Made>('POST', list(), noon);
    expect(await api.call('PATCH', `/${kind}/${body.id}`, { end: span.end })).toMatchObject(refused);
    await api.call('DELETE', `/${kind}/${body.id}`);
  });

  test('another business has nothing to do with them', async () => {
    const { authorization } = await api.neighbour();
    const { body } = await api.call<Made>('POST', list(), noon);
    for (const [method, path, sent] of [
      ['GET', list(), undefined],
      ['POST', list(), noon],
      ['GET', `/${kind}/${body.id}`, undefined],
      ['PATCH', `/${kind}/${body.id}`, { end: '2026-11-20T18:00:00Z' }],
      ['DELETE', `/${kind}/${body.id}`, undefined],
    ] as const)
      expect(await api.call(method, path, sent, { authorization })).toMatchObject({ status: 404 });
  });
});

test('a block cannot take more places than there are', async () => {
  expect(await api.call('POST', `/resources/${resourceId}/blocks`, { ...noon, places: 4 })).toMatchObject({
    status: 400,
    body: { message: 'places: Hall has only 3; null takes them all.' },
  });
});
