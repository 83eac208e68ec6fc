// Fewer places: not while bookings to come or services need them; what stands on a place that goes is seated anew.
import { and, eq } from 'drizzle-orm';
import { v7 as uuid } from 'uuid';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { allocations, bookings } from '../../../server/database/ledger.ts';
import { customers } from '../../../server/database/schema.ts';
import { localTime } from '../../../shared/time.ts';
import { type Api, startApi } from '../../api.ts';

let api: Api;
beforeAll(async () => {
  api = await startApi({ now: '2026-11-16T08:00:00Z' });
});
afterAll(() => api.close());

interface WithId {
  id: string;
}

async function van(places: number) {
  const { body } = await api.call<WithId>('POST', '/resources', { kind: 'vehicle', name: 'Van', places });
  const groups = [{ resourceIds: [body.id] }];
  const service = await api.call<WithId>('POST', '/services', { name: 'Hire', lengthMinutes: 60, groups });
  return { resourceId: body.id, serviceId: service.body.id };
}

interface Sitting {
  resourceId: string;
  serviceId: string;
  place: number;
  /** Hours of 2026-11-16, UTC. */
  from: number;
  to: number;
  /** An hour of that day too: a hold. */
  expires?: number;
}

const hour = (n: number) => new Date(Date.UTC(2026, 10, 16, n));

/** A booking that stands on exactly that place. */
async function sit({ resourceId, serviceId, place, from, to, expires }: Sitting) {
  const businessId = api.business.id;
  const id = uuid();
  const expiresAt = expires === undefined ? null : hour(expires);
  const own = { startsAt: hour(from), endsAt: hour(to), expiresAt, serviceId, businessId };
  const customerId = uuid();
  await api.context.db.insert(customers).values({ businessId, id: customerId, name: 'Ola' });
  await api.context.db.insert(bookings).values({
    ...own,
    id,
    customerId,
    status: expiresAt ? 'held' : 'confirmed',
    zone: 'Europe/Oslo',
    localStart: localTime('Europe/Oslo', hour(from).getTime()),
    answers: {},
    manageHash: id,
  });
  await api.context.db.insert(allocations).values({
    ...own,
    unitId: id,
    bookingId: id,
    resourceId,
    place,
    position: 0,
    during: { start: hour(from).getTime(), end: hour(to).getTime() },
  });
  return id;
}

const setPlaces = (resourceId: string, places: number) =>
  api.call('PATCH', `/resources/${resourceId}`, { places });

async function placeOf(bookingId: string) {
  const [row] = await api.context.db
    .select({ place: allocations.place })
    .from(allocations)
    .where(and(eq(allocations.businessId, api.business.id), eq(allocations.bookingId, bookingId)));
  return row?.place;
}

test('three bookings at one time need three places, and the one without is named', async () => {
  const it = await van(3);
  await sit({ ...it, place: 1, from: 9, to: 12 });
  await sit({ ...it, place: 2, from: 10, to: 11 });
  const third = await sit({ ...it, place: 3, from: 10, to: 12 });
  expect(await setPlaces(it.resourceId, 2)).toMatchObject({
    status: 409,
    body: { code: 'conflict', details: { bookingIds: [third], sessionIds: [] } },
  });
  expect(await api.call('GET', `/resources/${it.resourceId}`)).toMatchObject({ body: { places: 3 } });
  expect(await setPlaces(it.resourceId, 4)).toMatchObject({ status: 200, body: { places: 4 } });
});

test('a booking on a place that goes is seated on one that stays, and others make room for it', async () => {
  const it = await van(3);
  // No place of two is free from 9 to 12, though never more than two are taken at once.
  const morning = await sit({ ...it, place: 1, from: 9, to: 10 });
  const noon = await sit({ ...it, place: 2, from: 11, to: 12 });
  const long = await sit({ ...it, place: 3, from: 9, to: 12 });
  expect(await setPlaces(it.resourceId, 2)).toMatchObject({ status: 200, body: { places: 2 } });
  const places = [await placeOf(morning), await placeOf(noon), await placeOf(long)];
  expect(Math.max(...places.map(Number))).toBe(2);
  expect(places[0]).toBe(places[1]);
});

test('what is over and what has expired needs no place', async () => {
  const it = await van(2);
  const over = await sit({ ...it, place: 2, from: 6, to: 8 });
  const lapsed = await sit({ ...it, place: 2, from: 9, to: 10, expires: 7 });
  await sit({ ...it, place: 1, from: 9, to: 10 });
  expect(await setPlaces(it.resourceId, 1)).toMatchObject({ status: 200 });
  expect(await placeOf(over)).toBe(2);
  expect(await placeOf(lapsed)).toBeUndefined();
  expect(await api.call('GET', `/bookings/${lapsed}`)).toMatchObject({ body: { status: 'expired' } });
});

test('a service that takes two places at once keeps its resource at two', async () => {
  const { resourceId, serviceId } = await van(3);
  await api.call('PATCH', `/services/${serviceId}`, { groups: [{ places: 2, resourceIds: [resourceId] }] });
  expect(await setPlaces(resourceId, 1)).toMatchObject({
    status: 409,
    body: { code: 'conflict', details: { serviceIds: [serviceId] } },
  });
  await api.call('DELETE', `/services/${serviceId}`);
  expect(await setPlaces(resourceId, 1)).toMatchObject({ status: 200 });
  // Back from the archive it would want what is no longer there.
  expect(await api.call('PATCH', `/services/${serviceId}`, { archived: false })).toMatchObject({
    status: 400,
    body: { message: 'groups.0.places: Van has only 1.' },
  });
});
