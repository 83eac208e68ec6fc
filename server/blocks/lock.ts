// The lock of a calendar: whoever rewrites its blocks, or reads decisions to do so, holds it first; so does a pull that is kept.
import { and, eq, isNull } from 'drizzle-orm';
import { lockResources } from '../bookings/locks.ts';
import { pulls } from '../database/mirror.ts';
import type { Transaction } from '../database/open.ts';
import { calendars } from '../database/schema.ts';
import { notFound } from '../errors.ts';
import { type Judge, readJudge } from './judge.ts';
import type { Rebuilding } from './rebuild.ts';

/**
 * Held until the transaction ends. Locks of resources come after it, never before.
 * @param now ms since 1970
 * @returns what rebuilding its blocks goes by
 * @throws Refusal not_found, also if it is not followed any more
 */
export async function lockCalendar(
  tx: Transaction,
  { businessId, calendarId, now }: { businessId: string; calendarId: string; now: number },
): Promise<Rebuilding> {
  const [row] = await tx
    .select({ until: pulls.expandedUntil })
    .from(pulls)
    .innerJoin(
      calendars,
      and(
        eq(calendars.businessId, pulls.businessId),
        eq(calendars.id, pulls.calendarId),
        isNull(calendars.leftAt),
      ),
    )
    .where(and(eq(pulls.businessId, businessId), eq(pulls.calendarId, calendarId)))
    .for('update', { of: pulls });
  if (!row) throw notFound('calendar');
  // Never read: then there are no series to expand.
  return { judge: await readJudge(tx, businessId, calendarId), now, until: row.until?.getTime() ?? now };
}

/**
 * Once these families' blocks were written. Who is booking now has looked at the blocks as they were: one of us has to
 * see the other.
 */
export async function lockLinked(
  tx: Transaction,
  { linked }: Pick<Judge, 'linked'>,
  familyIds: readonly string[],
): Promise<void> {
  if (familyIds.length === 0) return;
  await lockResources(
    tx,
    linked.map(({ id }) => id),
  );
}
