// The lock of a resource: whoever writes allocations of it holds this first, so that writers wait instead of colliding.
import { and, eq, sql } from 'drizzle-orm';
import { allocations } from '../database/ledger.ts';
import type { Transaction } from '../database/open.ts';
import { Again } from '../errors.ts';

/** Held until the transaction ends. Always in sorted order, and all at once: two calls in one act can deadlock. */
export async function lockResources(tx: Transaction, resourceIds: readonly string[]): Promise<void> {
  const sorted = [...new Set(resourceIds)].sort();
  await tx.execute(
    sql`select pg_advisory_xact_lock(hashtextextended(id, 0)) from unnest(${sql.param(sorted)}::text[]) as wanted(id)`,
  );
}

/** Locks what a booking or session holds. @throws Again when it came to hold others meanwhile */
export async function lockUnit(tx: Transaction, businessId: string, unitId: string): Promise<void> {
  const held = await resourcesOf(tx, businessId, unitId);
  await lockResources(tx, held);
  const now = await resourcesOf(tx, businessId, unitId);
  if (now.join() !== held.join()) throw new Again();
}

async function resourcesOf(tx: Transaction, businessId: string, unitId: string): Promise<string[]> {
  const rows = await tx
    .selectDistinct({ id: allocations.resourceId })
    .from(allocations)
    .where(and(eq(allocations.businessId, businessId), eq(allocations.unitId, unitId)))
    .orderBy(allocations.resourceId);
  return rows.map((row) => row.id);
}
