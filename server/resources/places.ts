// How many places a resource has: more at any time, fewer only when nothing that is promised needs them.
import { and, asc, eq, gt, isNull, sql } from 'drizzle-orm';
import { readCatalogue } from '../availability/catalogue.ts';
import { lockResources } from '../bookings/locks.ts';
import { rearrange } from '../bookings/places.ts';
import { release } from '../bookings/release.ts';
import { allocations } from '../database/ledger.ts';
import type { Transaction } from '../database/open.ts';
import { resources, serviceGroupResources, serviceGroups, services } from '../database/schema.ts';
import { notFound, Refusal } from '../errors.ts';

interface Wanted {
  id: string;
  places: number;
  /** Milliseconds since 1970. */
  now: number;
}

/**
 * Under the lock that every writer of allocations takes, so that nobody books a place while it goes. Bookings on the
 * places that go are seated on others where they fit. @throws Refusal not_found, conflict
 */
export async function setPlaces(tx: Transaction, businessId: string, wanted: Wanted): Promise<void> {
  const { id, places } = wanted;
  await lockResources(tx, [id]);
  const mine = and(eq(resources.businessId, businessId), eq(resources.id, id));
  const [row] = await tx
    .select({ places: resources.places })
    .from(resources)
    .where(mine)
    .for('no key update');
  if (!row) throw notFound('resource');
  if (places < row.places) {
    await checkServices(tx, businessId, wanted);
    await clearAbove(tx, businessId, wanted);
  }
  await tx.update(resources).set({ places }).where(mine);
}

async function checkServices(tx: Transaction, businessId: string, { id, places }: Wanted) {
  const needing = await tx
    .selectDistinct({ id: services.id, name: services.name })
    .from(serviceGroupResources)
    .innerJoin(
      serviceGroups,
      and(
        eq(serviceGroups.businessId, serviceGroupResources.businessId),
        eq(serviceGroups.serviceId, serviceGroupResources.serviceId),
        eq(serviceGroups.position, serviceGroupResources.position),
      ),
    )
    .innerJoin(
      services,
      and(eq(services.businessId, serviceGroups.businessId), eq(services.id, serviceGroups.serviceId)),
    )
    .where(
      and(
        eq(serviceGroupResources.businessId, businessId),
        eq(serviceGroupResources.resourceId, id),
        gt(serviceGroups.places, places),
        isNull(services.archivedAt),
      ),
    )
    .orderBy(services.id);
  if (needing.length > 0)
    throw new Refusal(
      'conflict',
      `places: ${needing[0]!.name} takes more of this resource at once: change it first.`,
      { serviceIds: needing.map((service) => service.id) },
    );
}

async function clearAbove(tx: Transaction, businessId: string, { id, places, now }: Wanted) {
  const above = () =>
    tx
      .select({
        unitId: allocations.unitId,
        bookingId: allocations.bookingId,
        sessionId: allocations.sessionId,
        during: allocations.during,
      })
      .from(allocations)
      .where(
        and(
          eq(allocations.businessId, businessId),
          eq(allocations.resourceId, id),
          gt(allocations.place, places),
          sql`upper(${allocations.during}) > ${new Date(now).toISOString()}::timestamptz`,
        ),
      )
      .orderBy(asc(allocations.startsAt), asc(allocations.unitId));
  const inTheWay = (await above()).map((row) => row.unitId);
  if (inTheWay.length === 0) return;
  await release(tx, { catalogue: await readCatalogue(tx, businessId), now }, inTheWay);
  // With nobody new to seat, what is rearranged is only brought down to the places that stay.
  for (const { during } of await above())
    await rearrange(tx, { businessId, resourceId: id, capacity: places, count: 0, span: during });
  const left = await above();
  if (left.length > 0)
    throw new Refusal(
      'conflict',
      `places: bookings to come need more than ${places}: move or cancel them first.`,
      {
        bookingIds: distinct(left.map((row) => row.bookingId)),
        sessionIds: distinct(left.map((row) => row.sessionId)),
      },
    );
}

const distinct = (ids: (string | null)[]) => [...new Set(ids)].filter((id) => id !== null);
