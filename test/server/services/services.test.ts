// Services over the API: their groups are held to what can be filled, and change as a whole or not at all.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Api, startApi } from '../../api.ts';

let api: Api;
const ids: Record<string, string> = {};
beforeAll(async () => {
  api = await startApi();
  for (const [name, places] of [
    ['Anna', 1],
    ['Bo', 1],
    ['Room', 1],
    ['Bus', 10],
  ] as const) {
    const { body } = await api.call<{ id: string }>('POST', '/resources', { kind: 'room', name, places });
    ids[name] = body.id;
  }
});
afterAll(() => api.close());

interface Service {
  id: string;
  groups: unknown[];
}

const of = (...names: string[]) => names.map((name) => ids[name]!);
const make = (groups: unknown, more = {}) =>
  api.call<Service>('POST', '/services', { name: 'Massage', lengthMinutes: 45, groups, ...more });

test('a service begins with what was not said, and keeps the order of its resources', async () => {
  const { status, body } = await make([{ resourceIds: of('Bo', 'Anna') }, { resourceIds: of('Room') }]);
  expect(status).toBe(201);
  expect(body).toEqual({
    id: expect.any(String),
    name: 'Massage',
    lengthMinutes: 45,
    stepMinutes: null,
    bufferBeforeMinutes: 0,
    bufferAfterMinutes: 0,
    noticeMinutes: 0,
    horizonDays: 90,
    approval: false,
    seats: 1,
    dayLimit: null,
    weekLimit: null,
    cancelCutoffMinutes: 0,
    rescheduleCutoffMinutes: 0,
    questions: [],
    hours: null,
    groups: [
      { count: 1, places: 1, buffers: true, resourceIds: of('Bo', 'Anna') },
      { count: 1, places: 1, buffers: true, resourceIds: of('Room') },
    ],
    archived: false,
  });
  expect(await api.call('GET', `/services/${body.id}`)).toEqual({ status: 200, body });
});

test('a change leaves alone what it does not name, and replaces groups as a whole', async () => {
  const whole = {
    stepMinutes: 15,
    bufferBeforeMinutes: 5,
    bufferAfterMinutes: 10,
    noticeMinutes: 60,
    horizonDays: 30,
    approval: true,
    seats: 4,
    dayLimit: 3,
    weekLimit: 9,
    cancelCutoffMinutes: 120,
    rescheduleCutoffMinutes: 240,
    questions: [{ key: 'car', label: 'Which car?', kind: 'choice', choices: ['red'], required: true }],
    hours: { weekly: [{ day: 2, from: '22:00', to: '02:00' }], dates: [{ date: '2026-12-24', spans: [] }] },
  };
  const first = [
    { count: 1, places: 1, buffers: true, resourceIds: of('Anna', 'Bo') },
    { count: 1, places: 1, buffers: false, resourceIds: of('Room') },
  ];
  const { body: made } = await make(first, whole);
  const renamed = await api.call('PATCH', `/services/${made.id}`, { name: 'Long massage' });
  expect(renamed).toEqual({ status: 200, body: { ...made, ...whole, groups: first, name: 'Long massage' } });
  expect(await api.call('PATCH', `/services/${made.id}`, {})).toEqual(renamed);

  const regrouped = await api.call<Service>('PATCH', `/services/${made.id}`, {
    groups: [{ places: 10, resourceIds: of('Bus') }],
  });
  const groups = [{ count: 1, places: 10, buffers: true, resourceIds: of('Bus') }];
  expect(regrouped.body).toEqual({ ...made, ...whole, groups, name: 'Long massage' });
  expect(await api.call('GET', `/services/${made.id}`)).toEqual(regrouped);
});

test.each([
  [
    'a resource nobody knows',
    () => [{ resourceIds: [crypto.randomUUID()] }],
    404,
    'groups: name only resources',
  ],
  ['more than it names', () => [{ count: 3, resourceIds: of('Anna', 'Bo') }], 400, 'groups.0.count: wants 3'],
  [
    'more places than there are',
    () => [{ places: 11, resourceIds: of('Bus') }],
    400,
    'groups.0.places: Bus has only 10',
  ],
  [
    'one resource twice',
    () => [{ resourceIds: of('Bus', 'Bus') }],
    400,
    'groups.0.resourceIds: a resource stands',
  ],
  [
    'one resource for two groups',
    () => [{ resourceIds: of('Anna') }, { resourceIds: of('Anna') }],
    400,
    'groups: 1 resources cannot fill groups that want 2',
  ],
  [
    'two resources for three, though any two groups would do',
    () => [{ resourceIds: of('Anna', 'Bo') }, { resourceIds: of('Anna') }, { resourceIds: of('Bo') }],
    400,
    'groups: 2 resources cannot fill groups that want 3',
  ],
])('groups that want %s are refused, and nothing of them is kept', async (_, groups, status, message) => {
  const { body: before } = await make([{ resourceIds: of('Room') }]);
  const answers = [
    await make(groups()),
    await api.call('PATCH', `/services/${before.id}`, { name: 'X', groups: groups() }),
  ];
  for (const answer of answers)
    expect(answer).toMatchObject({ status, body: { message: expect.stringContaining(message) } });
  expect((await api.call('GET', `/services/${before.id}`)).body).toEqual(before);
});

test('groups may overlap as long as all can be filled', async () => {
  const groups = [
    { resourceIds: of('Anna', 'Bo') },
    { resourceIds: of('Anna', 'Room') },
    { resourceIds: of('Room') },
  ];
  expect(await make(groups)).toMatchObject({ status: 201 });
});

test('an archived resource is not named anew, but a service that named it can still be changed', async () => {
  const { body: leaver } = await api.call<{ id: string }>('POST', '/resources', {
    kind: 'person',
    name: 'Leaver',
  });
  const { body: made } = await make([{ resourceIds: [leaver.id, ids.Anna] }]);
  await api.call('DELETE', `/resources/${leaver.id}`);
  expect(await api.call('PATCH', `/services/${made.id}`, { name: 'Renamed' })).toMatchObject({ status: 200 });
  expect(await make([{ resourceIds: [leaver.id] }])).toMatchObject({
    status: 409,
    body: { code: 'conflict', message: 'groups.0: Leaver is archived: bring it back, or leave it out.' },
  });
});

test('questions have keys of their own, and choices where there is something to choose', async () => {
  const groups = [{ resourceIds: of('Anna') }];
  const asked = (...questions: object[]) => make(groups, { questions });
  const one = { key: 'size', label: 'Size?' };
  expect(await asked(one)).toMatchObject({ status: 201 });
  expect(await asked(one, one)).toMatchObject({ status: 400 });
  expect(await asked({ ...one, kind: 'choice' })).toMatchObject({ status: 400 });
  expect(await asked({ ...one, choices: ['S', 'M'] })).toMatchObject({ status: 400 });
});

test('two who replace the groups at once leave one set of them', async () => {
  const { body: made } = await make([{ resourceIds: of('Anna') }]);
  const sets = [of('Bo'), of('Room'), of('Bus'), of('Anna')];
  const answers = await Promise.all(
    sets.map((resourceIds) => api.call('PATCH', `/services/${made.id}`, { groups: [{ resourceIds }] })),
  );
  expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200]);
  const { body } = await api.call<Service>('GET', `/services/${made.id}`);
  expect(body.groups).toHaveLength(1);
});
