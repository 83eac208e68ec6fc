// Services: what resources are booked for. Made, listed, changed; never deleted, for bookings refer to them.
import { and, asc, eq, gt, isNotNull, isNull, sql } from 'drizzle-orm';
import { v7 as uuid } from 'uuid';
import type * as z from 'zod';
import type { Archivable, NewService, Service, ServiceChange } from '../../shared/api.ts';
import type { Connection, Transaction } from '../database/open.ts';
import { services } from '../database/schema.ts';
import { notFound } from '../errors.ts';
import { asPage } from '../page.ts';
import { checkGroups, readGroups, replaceGroups } from './groups.ts';

type ServiceShape = z.output<typeof Service>;

/** @throws Refusal not_found, invalid, conflict (its groups) */
export async function createService(
  tx: Transaction,
  businessId: string,
  { groups, ...fields }: z.output<typeof NewService>,
): Promise<ServiceShape> {
  await checkGroups(tx, businessId, groups);
  const [row] = await tx
    .insert(services)
    .values({ ...fields, businessId, id: uuid() })
    .returning();
  await replaceGroups(tx, businessId, { serviceId: row!.id, groups });
  return show(row!, groups);
}

export async function listServices(db: Connection, businessId: string, page: z.output<typeof Archivable>) {
  const rows = await db
    .select()
    .from(services)
    .where(
      and(
        eq(services.businessId, businessId),
        page.archived ? isNotNull(services.archivedAt) : isNull(services.archivedAt),
        page.cursor ? gt(services.id, page.cursor) : undefined,
      ),
    )
    .orderBy(asc(services.id))
    .limit(page.limit + 1);
  const groups = await readGroups(
    db,
    businessId,
    rows.map((row) => row.id),
  );
  return asPage(
    rows.map((row) => show(row, groups.get(row.id)!)),
    page.limit,
  );
}

/** @throws Refusal not_found */
export async function readService(db: Connection, businessId: string, id: string): Promise<ServiceShape> {
  const [row] = await db.select().from(services).where(mine(businessId, id));
  if (!row) throw notFound('service');
  const groups = await readGroups(db, businessId, [id]);
  return show(row, groups.get(id)!);
}

interface Changed {
  id: string;
  change: z.output<typeof ServiceChange>;
  /** Milliseconds since 1970. */
  now: number;
}

/**
 * What the change does not name stays; groups, if named, are replaced as a whole.
 * @throws Refusal not_found, invalid, conflict (its groups)
 */
export async function changeService(
  tx: Transaction,
  businessId: string,
  { id, change, now }: Changed,
): Promise<ServiceShape> {
  const { archived, groups: wanted, ...fields } = change;
  const [before] = await tx.select().from(services).where(mine(businessId, id)).for('no key update');
  if (!before) throw notFound('service');
  const groups = wanted ?? (await readGroups(tx, businessId, [id])).get(id)!;
  // A service that comes back may name resources that changed while nobody looked after it.
  const returns = archived === false && before.archivedAt !== null;
  if (wanted || returns) await checkGroups(tx, businessId, groups);
  const [row] = await tx
    .update(services)
    .set({ ...fields, archivedAt: archivedAt(archived, now) })
    .where(mine(businessId, id))
    .returning();
  if (wanted) await replaceGroups(tx, businessId, { serviceId: id, groups: wanted });
  return show(row!, groups);
}

const archivedAt = (archived: boolean | undefined, now: number) =>
  archived === false ? null : archived ? new Date(now) : sql`archived_at`;

const mine = (businessId: string, id: string) =>
  and(eq(services.businessId, businessId), eq(services.id, id));

const show = (row: typeof services.$inferSelect, groups: ServiceShape['groups']): ServiceShape => {
  const { businessId, createdAt, archivedAt, ...fields } = row;
  return { ...fields, groups, archived: archivedAt !== null };
};
