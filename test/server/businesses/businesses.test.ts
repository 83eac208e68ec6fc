// The business over the API: its settings, changed one by one; its slug; the templates of its events.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createBusiness, slugOf } from '../../../server/businesses/businesses.ts';
import { type Api, startApi } from '../../api.ts';

let api: Api;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api.close());

interface Business {
  slug: string;
  settings: { event: { title: string; description: string } };
}

test('settings that a change does not name stay, down to each template', async () => {
  const { body: before } = await api.call<Business>('GET', '/business');
  expect(before).toMatchObject({
    slug: 'fjordklinikken',
    zone: 'Europe/Oslo',
    locale: 'en',
    settings: { holdMinutes: 10, pendingHours: 24, pushPending: false, cancelledEvents: 'delete' },
  });
  await api.call('PATCH', '/business', { settings: { holdMinutes: 20 } });
  await api.call('PATCH', '/business', { settings: { event: { title: '{customer.name}' } } });
  await api.call('PATCH', '/business', { locale: 'nb' });
  expect((await api.call('GET', '/business')).body).toEqual({
    ...before,
    locale: 'nb',
    settings: {
      ...before.settings,
      holdMinutes: 20,
      event: { ...before.settings.event, title: '{customer.name}' },
    },
  });
});

test('a slug belongs to one business', async () => {
  const { authorization } = await api.neighbour();
  expect(await api.call('PATCH', '/business', { slug: 'fjordklinikken' }, { authorization })).toMatchObject({
    status: 409,
    body: { code: 'conflict', message: 'Another business has this slug: choose another.' },
  });
});

test('a slug is made of the name, and of a number where another has it', async () => {
  expect(slugOf('Bjørns Frisør & Spa AS')).toBe('bjorns-frisor-spa-as');
  expect(slugOf('Ærlig Café Ål')).toBe('aerlig-cafe-al');
  expect(slugOf('美容室')).toBe('business');
  const made = (name: string) =>
    api.context.db.transaction((tx) => createBusiness(tx, { name, zone: 'UTC', owner: 'a@example.com' }));
  expect([(await made('Twin')).slug, (await made('Twin')).slug, (await made('TWIN!')).slug]).toEqual([
    'twin',
    'twin-2',
    'twin-3',
  ]);
});

describe('templates', () => {
  test('with an unknown keyword are refused, and the nearest known one is named', async () => {
    const event = { description: 'For {custmer.name}' };
    const refused = {
      status: 400,
      body: {
        code: 'invalid',
        message: 'event.description: {custmer.name} is no keyword: did you mean {customer.name}?',
        details: { faults: [{ field: 'description', keyword: 'custmer.name', nearest: 'customer.name' }] },
      },
    };
    expect(await api.call('PATCH', '/business', { settings: { event } })).toMatchObject(refused);
    expect(await api.call('POST', '/business/templates/preview', { event })).toMatchObject(refused);
    const brace = await api.call('POST', '/business/templates/preview', { event: { title: 'a } b' } });
    expect(brace).toMatchObject({
      body: { message: 'event.title: "}" stands alone: write it twice to show it once.' },
    });
  });

  test('may speak of the questions of a service of this business, and of no other’s', async () => {
    const event = { title: 'For {answers.dog}' };
    expect(await api.call('POST', '/business/templates/preview', { event })).toMatchObject({ status: 400 });
    const { body: room } = await api.call<{ id: string }>('POST', '/resources', {
      kind: 'room',
      name: 'Room',
    });
    await api.call('POST', '/services', {
      name: 'Grooming',
      lengthMinutes: 30,
      groups: [{ resourceIds: [room.id] }],
      questions: [{ key: 'dog', label: 'Which dog?' }],
    });
    expect(await api.call('POST', '/business/templates/preview', { event })).toMatchObject({
      body: { title: 'For (the answer to dog)' },
    });
    const { authorization } = await api.neighbour();
    const theirs = await api.call('POST', '/business/templates/preview', { event }, { authorization });
    expect(theirs).toMatchObject({ status: 400 });
  });

  test('are shown on a made-up booking, and nothing of them is saved', async () => {
    const { body: before } = await api.call('GET', '/business');
    const { status, body } = await api.call('POST', '/business/templates/preview', {
      event: { title: '{customer.name} in {resources.room}', description: '<b>{customer.phone}</b>' },
    });
    expect({ status, body }).toMatchObject({
      status: 200,
      body: { title: 'Kari Nordmann in Room 2', description: '<b>+47 22 00 00 00</b>' },
    });
    expect((await api.call('GET', '/business')).body).toEqual(before);
  });

  test('are shown on a booking that is there, never on another business’s', async () => {
    const bookingId = await bookAnna();
    const event = { title: '{service.name} for {customer.name}', location: '{resources.person}' };
    const preview = (headers = {}) =>
      api.call('POST', '/business/templates/preview', { event, bookingId }, headers);
    expect(await preview()).toMatchObject({
      status: 200,
      body: { title: 'Shave for Per & Co', location: 'Anna' },
    });
    const { authorization } = await api.neighbour();
    expect(await preview({ authorization })).toMatchObject({ status: 404, body: { code: 'not_found' } });
  });

  test('are written with the keywords that are listed', async () => {
    const { body } = await api.call<{ items: { keyword: string }[] }>('GET', '/business/templates/keywords');
    const title = body.items
      .filter(({ keyword }) => !keyword.startsWith('answers.'))
      .map(({ keyword }) => `{${keyword}}`)
      .join(' ');
    expect(await api.call('POST', '/business/templates/preview', { event: { title } })).toMatchObject({
      status: 200,
    });
  });
});

async function bookAnna(): Promise<string> {
  const weekly = [1, 2, 3, 4, 5].map((day) => ({ day, from: '09:00', to: '17:00' }));
  const anna = { kind: 'person', name: 'Anna', hours: { weekly, dates: [] } };
  const { body: person } = await api.call<{ id: string }>('POST', '/resources', anna);
  const shave = { name: 'Shave', lengthMinutes: 30, groups: [{ resourceIds: [person.id] }] };
  const { body: service } = await api.call<{ id: string }>('POST', '/services', shave);
  const made = await api.call<{ id: string }>('POST', '/bookings', {
    serviceId: service.id,
    start: '2026-11-18T09:00:00Z',
    customer: { name: 'Per & Co' },
  });
  expect(made.status).toBe(201);
  return made.body.id;
}
