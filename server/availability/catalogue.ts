// What a business offers, as the slot engine wants it: read once for each revision of the business, then kept.
import { and, asc, eq } from 'drizzle-orm';
import type { Connection } from '../database/open.ts';
import { businesses, resources, serviceGroupResources, serviceGroups, services } from '../database/schema.ts';
import { notFound } from '../errors.ts';
import type { Resource, Service } from './query.ts';

type BusinessRow = typeof businesses.$inferSelect;
type ServiceRow = typeof services.$inferSelect;
type ResourceRow = typeof resources.$inferSelect;

export interface Offer {
  row: ServiceRow;
  /** As the engine takes it; archived resources are left out of its groups. */
  rule: Service;
}
export interface Catalogue {
  business: BusinessRow;
  offers: ReadonlyMap<string, Offer>;
  resources: ReadonlyMap<string, { row: ResourceRow; rule: Resource }>;
}

const kept = new WeakMap<object, Map<string, { revision: number; catalogue: Promise<Catalogue> }>>();
const MOST_KEPT = 1000;

/**
 * The business's catalogue at `revision` or newer. Kept per process and connection pool; a change raises the
 * revision by trigger, so nobody who learnt of the change is answered from before it.
 */
export function catalogueOf(
  db: Connection,
  of: { businessId: string; revision: number },
): Promise<Catalogue> {
  const pool = kept.get(db) ?? new Map();
  kept.set(db, pool);
  const known = pool.get(of.businessId);
  if (known && known.revision >= of.revision) return known.catalogue;
  const entry = { revision: of.revision, catalogue: readCatalogue(db, of.businessId) };
  pool.delete(of.businessId);
  pool.set(of.businessId, entry);
  if (pool.size > MOST_KEPT) pool.delete(pool.keys().next().value);
  entry.catalogue.catch(() => pool.get(of.businessId) === entry && pool.delete(of.businessId));
  return entry.catalogue;
}

/** The business's newest revision, for whoever does not come with one. @throws Refusal not_found */
export async function revisionOf(db: Connection, businessId: string): Promise<number> {
  const [row] = await db
    .select({ revision: businesses.revision })
    .from(businesses)
    .where(eq(businesses.id, businessId));
  if (!row) throw notFound('business');
  return row.revision;
}

/** Read as it stands now. */
export async function readCatalogue(db: Connection, businessId: string): Promise<Catalogue> {
  const [business] = await db.select().from(businesses).where(eq(businesses.id, businessId));
  if (!business) throw notFound('business');
  const [serviceRows, resourceRows, groupRows] = await Promise.all([
    db.select().from(services).where(eq(services.businessId, businessId)),
    db.select().from(resources).where(eq(resources.businessId, businessId)),
    db
      .select({ group: serviceGroups, resourceId: serviceGroupResources.resourceId })
      .from(serviceGroups)
      .innerJoin(
        serviceGroupResources,
        and(
          eq(serviceGroupResources.businessId, serviceGroups.businessId),
          eq(serviceGroupResources.serviceId, serviceGroups.serviceId),
          eq(serviceGroupResources.position, serviceGroups.position),
        ),
      )
      .where(eq(serviceGroups.businessId, businessId))
      .orderBy(asc(serviceGroups.position), asc(serviceGroupResources.rank)),
  ]);
  const rules = new Map(resourceRows.map((row) => [row.id, { row, rule: resourceRule(row) }]));
  const groups = groupedByService(groupRows);
  const offers = serviceRows.map((row): [string, Offer] => {
    const bookable = (groups.get(row.id) ?? []).map((g) => ({
      ...g,
      bookable: rules.get(g.resourceId)?.row.archivedAt === null,
    }));
    return [row.id, { row, rule: serviceRule(row, business.zone, bookable) }];
  });
  return { business, offers: new Map(offers), resources: rules };
}

type GroupRow = { group: typeof serviceGroups.$inferSelect; resourceId: string };

function groupedByService(rows: GroupRow[]) {
  const groups = new Map<string, GroupRow[]>();
  for (const row of rows) groups.set(row.group.serviceId, [...(groups.get(row.group.serviceId) ?? []), row]);
  return groups;
}

const resourceRule = ({ id, zone, places, opens, hours }: ResourceRow): Resource => ({
  id,
  zone,
  places,
  opens,
  hours,
  openings: [],
});

// A group whose resources are all archived stays, and cannot be filled: the service needs it.
function serviceRule(row: ServiceRow, zone: string, members: (GroupRow & { bookable: boolean })[]): Service {
  const groups: { count: number; places: number; buffers: boolean; resources: string[] }[] = [];
  for (const { group, resourceId, bookable } of members) {
    groups[group.position] ??= {
      count: group.count,
      places: group.places,
      buffers: group.buffers,
      resources: [],
    };
    if (bookable) groups[group.position]!.resources.push(resourceId);
  }
  return {
    id: row.id,
    zone,
    hours: row.hours,
    length: row.lengthMinutes,
    step: row.stepMinutes,
    before: row.bufferBeforeMinutes,
    after: row.bufferAfterMinutes,
    notice: row.noticeMinutes,
    horizon: row.horizonDays,
    seats: row.seats,
    perDay: row.dayLimit,
    perWeek: row.weekLimit,
    groups,
  };
}

/** A service that can be booked. @throws Refusal not_found, also for an archived one */
export function offerOf(catalogue: Catalogue, serviceId: string): Offer {
  const offer = catalogue.offers.get(serviceId);
  if (!offer || offer.row.archivedAt) throw notFound('service');
  return offer;
}
