// Letting go what expired: holds and pendings whose time is over. A constraint cannot know the time, so whoever takes
// time releases what lies in the way; the tick only tidies.
import { and, eq, inArray, isNotNull, lte, or, sql } from 'drizzle-orm';
import { readCatalogue } from '../availability/catalogue.ts';
import { commit } from '../commit.ts';
import type { Context } from '../context.ts';
import { allocations, bookings } from '../database/ledger.ts';
import type { Transaction } from '../database/open.ts';
import { owePushes } from '../jobs/queue.ts';
import type { By } from './by.ts';
import { lockResources } from './locks.ts';
import { recordExpiry } from './record.ts';
import { settleSession } from './sessions.ts';

/** Of these bookings and sessions, whatever has expired by now: state, time, pushes and audit. Safe twice. */
export async function release(tx: Transaction, by: Pick<By, 'catalogue' | 'now'>, units: readonly string[]) {
  if (units.length === 0) return;
  const businessId = by.catalogue.business.id;
  const ids = [...units].sort();
  const now = new Date(by.now);
  const lapsed = await tx
    .update(bookings)
    .set({ status: 'expired', expiresAt: null, revision: sql`${bookings.revision} + 1` })
    .where(
      and(
        eq(bookings.businessId, businessId),
        or(inArray(bookings.id, ids), inArray(bookings.sessionId, ids)),
        lte(bookings.expiresAt, now),
      ),
    )
    .returning({
      id: bookings.id,
      sessionId: bookings.sessionId,
      revision: bookings.revision,
      customerId: bookings.customerId,
    });
  const gone = lapsed.filter((booking) => !booking.sessionId).map((booking) => booking.id);
  const unit = allocations.unitId;
  await tx
    .delete(allocations)
    .where(
      and(
        eq(allocations.businessId, businessId),
        or(inArray(unit, gone), and(inArray(unit, ids), lte(allocations.expiresAt, now))),
      ),
    );
  await recordExpiry(tx, by, lapsed);
  for (const { id, sessionId, revision } of lapsed)
    if (!sessionId) await owePushes(tx, { businessId, unitId: id, bookingId: id, sessionId: null, revision });
  const touched = [...new Set(lapsed.flatMap((booking) => booking.sessionId ?? []))];
  for (const id of touched) await settleSession(tx, by, id);
}

/** The tick: releases what expired and lies in nobody's way. */
export async function tidyExpired(context: Context): Promise<void> {
  const now = context.now();
  const due = await context.db
    .select({ businessId: bookings.businessId, id: bookings.id, sessionId: bookings.sessionId })
    .from(bookings)
    .where(and(isNotNull(bookings.expiresAt), lte(bookings.expiresAt, new Date(now))))
    .orderBy(bookings.expiresAt)
    .limit(200);
  for (const { businessId, id, sessionId } of due)
    await commit(context, async (tx) => {
      const units = sessionId ? [id, sessionId] : [id];
      const held = await tx
        .selectDistinct({ resourceId: allocations.resourceId })
        .from(allocations)
        .where(and(eq(allocations.businessId, businessId), inArray(allocations.unitId, units)));
      await lockResources(
        tx,
        held.map((row) => row.resourceId),
      );
      await release(tx, { catalogue: await readCatalogue(tx, businessId), now }, units);
    });
}
