// Bookings by the hundred thousand, straight into the tables: the coming month equally full at every size, the rest past.
import { sql } from 'drizzle-orm';
import type { Database } from '../../server/database/open.ts';

export interface Fill {
  businessId: string;
  serviceId: string;
  resourceIds: readonly string[];
  /** Where the window of 31 days begins, in ms. */
  from: number;
  /** How many are there already, and how many there shall be. */
  skip: number;
  upTo: number;
}

/** The first thousand lie in the window, a few a day and resource; all others in the half hours before it. */
export async function fillBookings(
  db: Database,
  { businessId, serviceId, resourceIds, from, skip, upTo }: Fill,
) {
  const slice = 100_000;
  for (let first = skip; first < upTo; first += slice) {
    const last = Math.min(first + slice, upTo) - 1;
    await db.execute(sql`
      with wanted as (
        select n, gen_random_uuid() as id, (${sql.param(resourceIds)}::uuid[])[1 + n % ${resourceIds.length}::int] as resource,
          ${new Date(from).toISOString()}::timestamptz + case
            when n < 1000 then (n / 10 / 3) * interval '1 day' + (8 + n / 10 % 3 * 2) * interval '1 hour'
            else -(n / 10) * interval '30 minutes'
          end as start
        from generate_series(${first}::int, ${last}::int) as n
      ), booked as (
        insert into bookings (business_id, id, service_id, status, starts_at, ends_at, zone, local_start, answers, manage_hash, customer_id)
        select ${businessId}, id, ${serviceId}, 'cancelled', start, start + interval '30 minutes', 'Europe/Oslo', '', '{}',
          md5(id::text), null from wanted
        returning id
      )
      insert into allocations
        (business_id, unit_id, resource_id, place, booking_id, service_id, position, during, starts_at, ends_at)
      select ${businessId}, wanted.id, resource, 1, wanted.id, ${serviceId}, 0,
        tstzrange(start, start + interval '30 minutes'), start, start + interval '30 minutes'
      from wanted join booked using (id)`);
  }
  await db.execute(sql`analyze bookings`);
  await db.execute(sql`analyze allocations`);
}
