// The lock of calendars: what is read of one is kept, and its blocks are rewritten, only by who holds its pull's row.
import { and, asc, eq, inArray } from 'drizzle-orm';
import { pulls } from '../database/mirror.ts';
import type { Transaction } from '../database/open.ts';

/** Held until the transaction ends. Always before rows of calendars and resources, in sorted order, and all at once. */
export async function lockPulls(
  tx: Transaction,
  businessId: string,
  calendarIds: readonly string[],
): Promise<void> {
  await tx
    .select({ id: pulls.calendarId })
    .from(pulls)
    .where(and(eq(pulls.businessId, businessId), inArray(pulls.calendarId, [...calendarIds])))
    .orderBy(asc(pulls.calendarId))
    .for('update');
}
