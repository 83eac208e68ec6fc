// The log of pushes and pulls: each step with its outcome, by ids and codes alone. No titles, addresses or tokens, ever.
import { and, asc, eq, sql } from 'drizzle-orm';
import { logEntries } from '../database/ledger.ts';
import type { Connection } from '../database/open.ts';

export type Step = typeof logEntries.$inferInsert;

/** Of businesses that keep a log; what others do is not written down. */
export async function writeLog(db: Connection, steps: Step[]): Promise<void> {
  if (steps.length === 0) return;
  await db.execute(sql`
    insert into log_entries (business_id, at, kind, unit_id, push_id, calendar_id, attempt, step, outcome, status,
        milliseconds, count)
      select b.id, taken.at, coalesce(taken.kind, 'push'), taken."unitId", taken."pushId", taken."calendarId",
          coalesce(taken.attempt, 1), taken.step, taken.outcome, taken.status, taken.milliseconds, taken.count
        from rows from (
          json_to_recordset(${JSON.stringify(steps)}::text::json) as ("businessId" uuid, at timestamptz, kind text,
            "unitId" uuid, "pushId" uuid, "calendarId" uuid, attempt int, step text, outcome text, status smallint,
            milliseconds int, count int)
        ) with ordinality as taken("businessId", at, kind, "unitId", "pushId", "calendarId", attempt, step, outcome,
            status, milliseconds, count, n)
        join businesses b on b.id = taken."businessId" and (b.settings->>'log')::boolean
        order by taken.n`);
}

/** Of one booking or session (`unitId`), the oldest first. */
export async function readLog(db: Connection, businessId: string, unitId: string) {
  const rows = await db
    .select()
    .from(logEntries)
    .where(and(eq(logEntries.businessId, businessId), eq(logEntries.unitId, unitId)))
    .orderBy(asc(logEntries.id))
    .limit(1000);
  return rows.map(showStep);
}

export const showStep = ({ businessId: _, id: __, at, ...rest }: typeof logEntries.$inferSelect) => ({
  ...rest,
  at: at.toISOString(),
});

/** The tick: what is older than its business keeps. */
export async function tidyLog(db: Connection, now: number): Promise<void> {
  await db.execute(sql`
    delete from log_entries l using businesses b
      where b.id = l.business_id
        and l.at < ${new Date(now).toISOString()}::timestamptz
          - make_interval(days => (b.settings->>'logDays')::int)`);
}
