// The list of bookings by resource: those that hold its time, and those that let it go, by what the audit knows.
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { type Clinic, openClinic, type Refused, type Shown } from './clinic.ts';

let clinic: Clinic;
let anna: string;
let berit: string;
let either: string;
beforeAll(async () => {
  clinic = await openClinic();
});
afterAll(async () => {
  expect(clinic.errors).toEqual([]);
  await clinic.close();
});
beforeEach(async () => {
  anna = await clinic.resource();
  berit = await clinic.resource();
  either = await clinic.service([{ resourceIds: [anna, berit] }]);
});

const noon = '2026-11-17T11:00:00Z';
const listed = async (resourceId: string, more = '') =>
  (await clinic.call<{ items: Shown[] }>('GET', `/bookings?resourceId=${resourceId}${more}`)).body.items.map(
    ({ id }) => id,
  );
const bookFor = async (resourceId: string, start: string) =>
  (await clinic.book(either, start, { resourceIds: [resourceId] })).body.id;
const cancel = (id: string, revision = 1) => clinic.post(`/bookings/${id}/cancel`, { revision });

test('a cancelled or declined booking is listed with the resource it had last', async () => {
  const kept = await bookFor(anna, noon);
  const cancelled = await bookFor(anna, '2026-11-17T12:00:00Z');
  const others = await bookFor(berit, '2026-11-17T12:00:00Z');
  const given = await bookFor(anna, '2026-11-17T13:00:00Z');
  await clinic.post(`/bookings/${given}/reassign`, { revision: 1, from: anna, to: berit });
  await Promise.all([cancel(cancelled), cancel(others), cancel(given, 2)]);
  const careful = await clinic.service([{ resourceIds: [anna] }], { approval: true });
  const { body: declined } = await clinic.book(careful, '2026-11-17T14:00:00Z');
  await clinic.post(`/bookings/${declined.id}/decline`, { revision: 1 });
  expect(await listed(anna, '&status=cancelled')).toEqual([cancelled]);
  expect(await listed(berit, '&status=cancelled')).toEqual([others, given]);
  expect(await listed(anna, '&status=declined')).toEqual([declined.id]);
  expect(await listed(anna)).toEqual([kept, cancelled, declined.id]);
  expect(await listed(anna, '&status=confirmed')).toEqual([kept]);
});

test('so are those that took seats of a session, while it goes on and when it is over with them', async () => {
  const yoga = await clinic.service([{ resourceIds: [anna] }], { seats: 3 });
  const [one, two] = [(await clinic.book(yoga, noon)).body.id, (await clinic.book(yoga, noon)).body.id];
  await cancel(one);
  expect(await listed(anna, '&status=cancelled')).toEqual([one]);
  await cancel(two);
  expect(await listed(anna, '&status=cancelled')).toEqual([one, two]);
  expect(await listed(berit, '&status=cancelled')).toEqual([]);
});

test('whose an expired one was is not kept: that is said, not answered by an empty list', async () => {
  const path = `/bookings?resourceId=${anna}&status=confirmed&status=expired`;
  const { status, body } = await clinic.call<Refused>('GET', path);
  expect([status, body.code]).toEqual([400, 'invalid']);
  expect(body.message).toBe('status: whose an expired booking was is not kept: ask without resourceId.');
});
