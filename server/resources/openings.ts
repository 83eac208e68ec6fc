// Openings: time in which a resource is open besides its hours or instead of them, as a person put it in.
import { and, asc, eq, gt } from 'drizzle-orm';
import { v7 as uuid } from 'uuid';
import type * as z from 'zod';
import type { NewOpening, Opening, OpeningChange, Window } from '../../shared/api.ts';
import type { Connection, Transaction } from '../database/open.ts';
import { openings } from '../database/schema.ts';
import { notFound } from '../errors.ts';
import { asPage } from '../page.ts';
import { causeOf, mustBeByHand } from './cause.ts';
import { readResource } from './resources.ts';
import { shownSpan, spanOf, within } from './span.ts';

type OpeningShape = z.output<typeof Opening>;

/** @throws Refusal not_found (the resource), invalid */
export async function createOpening(
  tx: Transaction,
  businessId: string,
  { resourceId, ...wanted }: z.output<typeof NewOpening> & { resourceId: string },
): Promise<OpeningShape> {
  await readResource(tx, businessId, resourceId);
  const [row] = await tx
    .insert(openings)
    .values({ businessId, id: uuid(), resourceId, during: spanOf(wanted) })
    .returning();
  return show(row!);
}

/** @throws Refusal not_found (the resource), invalid */
export async function listOpenings(
  db: Connection,
  businessId: string,
  { resourceId, ...page }: z.output<typeof Window> & { resourceId: string },
) {
  await readResource(db, businessId, resourceId);
  const rows = await db
    .select()
    .from(openings)
    .where(
      and(
        eq(openings.businessId, businessId),
        eq(openings.resourceId, resourceId),
        within(openings.during, page),
        page.cursor ? gt(openings.id, page.cursor) : undefined,
      ),
    )
    .orderBy(asc(openings.id))
    .limit(page.limit + 1);
  return asPage(rows.map(show), page.limit);
}

/** @throws Refusal not_found */
export async function readOpening(db: Connection, businessId: string, id: string): Promise<OpeningShape> {
  const [row] = await db.select().from(openings).where(mine(businessId, id));
  if (!row) throw notFound('opening');
  return show(row);
}

/** What the change does not name stays. @throws Refusal not_found, invalid */
export async function changeOpening(
  tx: Transaction,
  businessId: string,
  { id, change }: { id: string; change: z.output<typeof OpeningChange> },
): Promise<OpeningShape> {
  const [before] = await tx.select().from(openings).where(mine(businessId, id)).for('update');
  if (!before) throw notFound('opening');
  mustBeByHand(before);
  const [row] = await tx
    .update(openings)
    .set({ during: spanOf({ ...show(before), ...change }) })
    .where(mine(businessId, id))
    .returning();
  return show(row!);
}

/** @throws Refusal not_found */
export async function deleteOpening(tx: Transaction, businessId: string, id: string): Promise<void> {
  const [gone] = await tx.delete(openings).where(mine(businessId, id)).returning();
  if (!gone) throw notFound('opening');
  mustBeByHand(gone);
}

const mine = (businessId: string, id: string) =>
  and(eq(openings.businessId, businessId), eq(openings.id, id));

const show = (row: typeof openings.$inferSelect): OpeningShape => ({
  id: row.id,
  resourceId: row.resourceId,
  ...shownSpan(row.during),
  cause: causeOf(row),
});
