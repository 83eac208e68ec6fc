// What is owed to Google and what became of it, for those who look after a business.
import { and, asc, desc, eq, isNotNull, isNull, lt } from 'drizzle-orm';
import { findBooking, unitOf } from '../bookings/find.ts';
import { pushes } from '../database/ledger.ts';
import type { Connection } from '../database/open.ts';

type Row = typeof pushes.$inferSelect;

/** The pushes of a booking: those of its session, if it has seats of one. @throws Refusal not_found */
export async function pushesOf(db: Connection, businessId: string, bookingId: string) {
  const unitId = await unitIdOf(db, businessId, bookingId);
  const rows = await db
    .select()
    .from(pushes)
    .where(and(eq(pushes.businessId, businessId), eq(pushes.unitId, unitId)))
    .orderBy(asc(pushes.calendarId));
  return rows.map(shown);
}

/** @throws Refusal not_found */
export async function unitIdOf(db: Connection, businessId: string, bookingId: string): Promise<string> {
  return unitOf((await findBooking(db, businessId, bookingId)).row);
}

/** The latest to die first; of those owed, the next due. */
export async function listPushes(
  db: Connection,
  businessId: string,
  which: { state: 'owed' | 'died'; limit: number },
) {
  const mine = eq(pushes.businessId, businessId);
  const [condition, order] =
    which.state === 'died'
      ? [and(mine, isNotNull(pushes.diedAt)), desc(pushes.diedAt)]
      : [and(mine, isNull(pushes.diedAt), lt(pushes.done, pushes.wanted)), asc(pushes.dueAt)];
  const rows = await db.select().from(pushes).where(condition).orderBy(order).limit(which.limit);
  return rows.map(shown);
}

const shown = (row: Row) => ({
  id: row.id,
  calendarId: row.calendarId,
  present: row.present,
  wanted: row.wanted,
  done: row.done,
  state: stateOf(row),
  attempts: row.attempts,
  dueAt: row.dueAt.toISOString(),
  failure: row.failure,
  eventId: row.eventId,
});

function stateOf({ diedAt, done, wanted }: Row) {
  if (diedAt) return 'died' as const;
  return done < wanted ? ('owed' as const) : ('done' as const);
}
