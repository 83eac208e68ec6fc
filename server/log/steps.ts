// The log of pushes: each step with its outcome, by ids and codes alone. No titles, addresses or tokens, ever.
import { and, asc, eq, lt } from 'drizzle-orm';
import { logEntries } from '../database/ledger.ts';
import type { Connection } from '../database/open.ts';

export type Step = typeof logEntries.$inferInsert;

export async function writeLog(db: Connection, steps: Step[]): Promise<void> {
  if (steps.length > 0) await db.insert(logEntries).values(steps);
}

/** Of one booking or session (`unitId`), the oldest first. */
export async function readLog(db: Connection, businessId: string, unitId: string) {
  const rows = await db
    .select()
    .from(logEntries)
    .where(and(eq(logEntries.businessId, businessId), eq(logEntries.unitId, unitId)))
    .orderBy(asc(logEntries.id))
    .limit(1000);
  return rows.map(({ at, pushId, calendarId, attempt, step, outcome, status, milliseconds }) => ({
    at: at.toISOString(),
    pushId,
    calendarId,
    attempt,
    step,
    outcome,
    status,
    milliseconds,
  }));
}

/** The tick: what is older than a month. */
export async function tidyLog(db: Connection, now: number): Promise<void> {
  await db.delete(logEntries).where(lt(logEntries.at, new Date(now - 30 * 24 * 3_600_000)));
}
