// A booking whose zone table changed under it is found, and no other.
import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { movedByZones } from '../../../server/bookings/zones.ts';
import { type Clinic, openClinic } from './clinic.ts';

let clinic: Clinic;
beforeAll(async () => {
  clinic = await openClinic();
});
afterAll(() => clinic.close());

const moved = async () => {
  const found = [];
  for await (const one of movedByZones(clinic.context.db, clinic.clock.now)) found.push(one);
  return found;
};

test('what the clock was to read is kept with each booking, and compared', async () => {
  const anna = await clinic.resource();
  const cut = await clinic.service([{ resourceIds: [anna] }]);
  const { body: one } = await clinic.book(cut, '2026-11-17T10:00:00Z');
  const { body: other } = await clinic.book(cut, '2026-11-17T12:00:00Z');
  await clinic.post(`/bookings/${other.id}/reschedule`, { revision: 1, start: '2026-11-18T12:00:00Z' });
  expect(await moved()).toEqual([]);
  // As if the table of the day it was made had said another offset.
  await clinic.context.db.execute(
    sql`update bookings set local_start = '2026-11-17T12:00:00' where id = ${one.id}`,
  );
  expect(await moved()).toEqual([
    {
      businessId: clinic.business.id,
      id: one.id,
      zone: 'Europe/Oslo',
      was: '2026-11-17T12:00:00',
      is: '2026-11-17T11:00:00',
    },
  ]);
  await clinic.post(`/bookings/${one.id}/cancel`, { revision: 1 });
  expect(await moved()).toEqual([]);
});
