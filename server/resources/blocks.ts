// Blocks: time in which a resource is taken by something that is not a booking, as a person put it in.
import { and, asc, eq, gt } from 'drizzle-orm';
import { v7 as uuid } from 'uuid';
import type * as z from 'zod';
import type { Block, BlockChange, NewBlock, Window } from '../../shared/api.ts';
import type { Connection, Transaction } from '../database/open.ts';
import { blocks } from '../database/schema.ts';
import { notFound, Refusal } from '../errors.ts';
import { asPage } from '../page.ts';
import { causeOf, mustBeByHand } from './cause.ts';
import { readResource } from './resources.ts';
import { shownSpan, spanOf, within } from './span.ts';

type BlockShape = z.output<typeof Block>;

/** @throws Refusal not_found (the resource), invalid */
export async function createBlock(
  tx: Transaction,
  businessId: string,
  { resourceId, ...wanted }: z.output<typeof NewBlock> & { resourceId: string },
): Promise<BlockShape> {
  const { places, reason } = wanted;
  await checkPlaces(tx, businessId, { resourceId, places });
  const [row] = await tx
    .insert(blocks)
    .values({ businessId, id: uuid(), resourceId, during: spanOf(wanted), places, reason })
    .returning();
  return show(row!);
}

/** @throws Refusal not_found (the resource), invalid */
export async function listBlocks(
  db: Connection,
  businessId: string,
  { resourceId, ...page }: z.output<typeof Window> & { resourceId: string },
) {
  await readResource(db, businessId, resourceId);
  const rows = await db
    .select()
    .from(blocks)
    .where(
      and(
        eq(blocks.businessId, businessId),
        eq(blocks.resourceId, resourceId),
        within(blocks.during, page),
        page.cursor ? gt(blocks.id, page.cursor) : undefined,
      ),
    )
    .orderBy(asc(blocks.id))
    .limit(page.limit + 1);
  return asPage(rows.map(show), page.limit);
}

/** @throws Refusal not_found */
export async function readBlock(db: Connection, businessId: string, id: string): Promise<BlockShape> {
  const [row] = await db.select().from(blocks).where(mine(businessId, id));
  if (!row) throw notFound('block');
  return show(row);
}

/** What the change does not name stays. @throws Refusal not_found, invalid */
export async function changeBlock(
  tx: Transaction,
  businessId: string,
  { id, change }: { id: string; change: z.output<typeof BlockChange> },
): Promise<BlockShape> {
  const [before] = await tx.select().from(blocks).where(mine(businessId, id)).for('update');
  if (!before) throw notFound('block');
  mustBeByHand(before);
  const after = { ...show(before), ...change };
  await checkPlaces(tx, businessId, after);
  const { places, reason } = after;
  const [row] = await tx
    .update(blocks)
    .set({ during: spanOf(after), places, reason })
    .where(mine(businessId, id))
    .returning();
  return show(row!);
}

/** @throws Refusal not_found */
export async function deleteBlock(tx: Transaction, businessId: string, id: string): Promise<void> {
  const [gone] = await tx.delete(blocks).where(mine(businessId, id)).returning();
  if (!gone) throw notFound('block');
  mustBeByHand(gone);
}

async function checkPlaces(
  tx: Transaction,
  businessId: string,
  { resourceId, places }: { resourceId: string; places: number | null },
) {
  const resource = await readResource(tx, businessId, resourceId);
  if (places !== null && places > resource.places)
    throw new Refusal(
      'invalid',
      `places: ${resource.name} has only ${resource.places}; null takes them all.`,
    );
}

const mine = (businessId: string, id: string) => and(eq(blocks.businessId, businessId), eq(blocks.id, id));

const show = (row: typeof blocks.$inferSelect): BlockShape => ({
  id: row.id,
  resourceId: row.resourceId,
  ...shownSpan(row.during),
  places: row.places,
  reason: row.reason,
  cause: causeOf(row),
});
