// Resources: what is booked. Made, listed, changed; never deleted, for bookings refer to them.
import { and, asc, eq, gt, isNotNull, isNull, sql } from 'drizzle-orm';
import { v7 as uuid } from 'uuid';
import type * as z from 'zod';
import type { Archivable, NewResource, Resource, ResourceChange } from '../../shared/api.ts';
import { readBusiness } from '../businesses/businesses.ts';
import type { Connection, Transaction } from '../database/open.ts';
import { links, resources } from '../database/schema.ts';
import { notFound } from '../errors.ts';
import { outdatePulls } from '../jobs/pulls.ts';
import { asPage } from '../page.ts';
import { setPlaces } from './places.ts';

export type ResourceShape = z.output<typeof Resource>;

export async function createResource(
  tx: Transaction,
  businessId: string,
  wanted: z.output<typeof NewResource>,
): Promise<ResourceShape> {
  const zone = wanted.zone ?? (await readBusiness(tx, businessId)).zone;
  const [row] = await tx
    .insert(resources)
    .values({ ...wanted, businessId, id: uuid(), zone })
    .returning();
  return show(row!);
}

export async function listResources(db: Connection, businessId: string, page: z.output<typeof Archivable>) {
  const rows = await db
    .select()
    .from(resources)
    .where(
      and(
        eq(resources.businessId, businessId),
        page.archived ? isNotNull(resources.archivedAt) : isNull(resources.archivedAt),
        page.cursor ? gt(resources.id, page.cursor) : undefined,
      ),
    )
    .orderBy(asc(resources.id))
    .limit(page.limit + 1);
  return asPage(rows.map(show), page.limit);
}

/** @throws Refusal not_found */
export async function readResource(db: Connection, businessId: string, id: string): Promise<ResourceShape> {
  const [row] = await db.select().from(resources).where(mine(businessId, id));
  if (!row) throw notFound('resource');
  return show(row);
}

export interface Changed {
  id: string;
  change: z.output<typeof ResourceChange>;
  /** Milliseconds since 1970. */
  now: number;
}

/** What the change does not name stays. @throws Refusal not_found, conflict (places that are needed) */
export async function changeResource(
  tx: Transaction,
  businessId: string,
  { id, change, now }: Changed,
): Promise<ResourceShape> {
  const { archived, places, ...fields } = change;
  await outdateCalendars(tx, businessId, id);
  if (places !== undefined) await setPlaces(tx, businessId, { id, places, now });
  const [before] = await tx.select().from(resources).where(mine(businessId, id)).for('no key update');
  if (!before) throw notFound('resource');
  const [row] = await tx
    .update(resources)
    .set({ ...fields, archivedAt: archivedAt(archived, now) })
    .where(mine(businessId, id))
    .returning();
  // Archived it was left out, and opened otherwise they mean something else: unknown until its calendars are read.
  if (before.opens !== row!.opens || (before.archivedAt && !row!.archivedAt))
    await tx.update(links).set({ judged: false }).where(ofLinks(businessId, id));
  return show(row!);
}

const ofLinks = (businessId: string, id: string) =>
  and(eq(links.businessId, businessId), eq(links.resourceId, id));

/** Its calendars' events may be about others now: what it is called, whose it is and what opens it counts there. */
async function outdateCalendars(tx: Transaction, businessId: string, resourceId: string): Promise<void> {
  const linked = await tx
    .select({ calendarId: links.calendarId })
    .from(links)
    .where(and(ofLinks(businessId, resourceId), eq(links.reads, true)));
  await outdatePulls(
    tx,
    businessId,
    linked.map(({ calendarId }) => calendarId),
  );
}

const archivedAt = (archived: boolean | undefined, now: number) =>
  archived === false ? null : archived ? new Date(now) : sql`archived_at`;

const mine = (businessId: string, id: string) =>
  and(eq(resources.businessId, businessId), eq(resources.id, id));

const show = ({
  id,
  kind,
  name,
  zone,
  color,
  places,
  memberId,
  nicknames,
  opens,
  hours,
  archivedAt,
}: typeof resources.$inferSelect) => ({
  id,
  kind,
  name,
  zone,
  color,
  places,
  memberId,
  nicknames,
  opens,
  hours,
  archived: archivedAt !== null,
});
