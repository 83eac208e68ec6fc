// Runs: a bulk fix, or the undoing of one; how far each is, as its marks tell.
import { and, desc, eq, lt, sql } from 'drizzle-orm';
import { v7 as uuid } from 'uuid';
import type * as z from 'zod';
import type { Page } from '../../shared/api.ts';
import type { Run } from '../../shared/calendar-api.ts';
import { fixes, runs } from '../database/mirror.ts';
import type { Connection, Transaction } from '../database/open.ts';
import { calendars } from '../database/schema.ts';
import { notFound, Refusal } from '../errors.ts';
import { asPage } from '../page.ts';
import { endWishes } from './fix.ts';
import { lockCalendar } from './lock.ts';
import { oweFamilies } from './marks.ts';

export type RunShape = z.output<typeof Run>;

export interface Acting {
  businessId: string;
  actor: string;
  /** ms since 1970 */
  now: number;
}

type Row = typeof runs.$inferSelect;
interface Progress {
  pending: number;
  failed: number;
}

export function show(row: Row, { pending, failed }: Progress): RunShape {
  const { id, kind, calendarId, total, skipped, actor, at, undoneAt } = row;
  const state = undoneAt ? 'undone' : pending > 0 ? 'running' : 'done';
  const done = total - pending - failed;
  return { id, kind, calendarId, total, done, failed, skipped, state, actor, at: at.toISOString() };
}

/** @throws Refusal not_found */
export async function readRun(db: Connection, businessId: string, id: string): Promise<RunShape> {
  const row = await find(db, businessId, id);
  return show(row, (await progressOf(db, businessId, [id])).get(id) ?? none);
}

/** The newest first. @throws Refusal not_found (calendar) */
export async function listRuns(
  db: Connection,
  { businessId, calendarId }: { businessId: string; calendarId: string },
  { limit, cursor }: z.output<typeof Page>,
) {
  const rows = await db
    .select()
    .from(runs)
    .where(
      and(
        eq(runs.businessId, businessId),
        eq(runs.calendarId, calendarId),
        cursor ? lt(runs.id, cursor) : undefined,
      ),
    )
    .orderBy(desc(runs.id))
    .limit(limit + 1);
  if (rows.length === 0) await mustExist(db, businessId, calendarId);
  const ids = rows.map(({ id }) => id);
  const progress = await progressOf(db, businessId, ids);
  return asPage(
    rows.map((row) => ({ ...show(row, progress.get(row.id) ?? none), id: row.id })),
    limit,
  );
}

const none: Progress = { pending: 0, failed: 0 };

async function find(db: Connection, businessId: string, id: string): Promise<Row> {
  const [row] = await db
    .select()
    .from(runs)
    .where(and(eq(runs.businessId, businessId), eq(runs.id, id)));
  if (!row) throw notFound('run');
  return row;
}

async function mustExist(db: Connection, businessId: string, id: string): Promise<void> {
  const rows = await db
    .select({ id: calendars.id })
    .from(calendars)
    .where(and(eq(calendars.businessId, businessId), eq(calendars.id, id)));
  if (rows.length === 0) throw notFound('calendar');
}

async function progressOf(
  db: Connection,
  businessId: string,
  ids: readonly string[],
): Promise<Map<string, Progress>> {
  const rows = await db.execute<{ id: string; pending: number; failed: number }>(sql`
    select run_id as id, count(*) filter (where done < wanted and died_at is null)::int as pending,
        count(*) filter (where died_at is not null)::int as failed
      from marks where business_id = ${businessId} and run_id = any(${sql.param([...ids])}::uuid[])
      group by run_id`);
  return new Map(rows.map(({ id, pending, failed }) => [id, { pending, failed }]));
}

/**
 * Everything that the run set Free is to be as it was, but for what was undone since. Itself a run. Undone before, what
 * was given up of that is tried again.
 * @throws Refusal not_found, wrong_state if it is no fix, was undone wholly, or all of it is long over or a later run's
 */
export async function undoRun(tx: Transaction, by: Acting, id: string): Promise<RunShape> {
  const { businessId, actor, now } = by;
  const { calendarId } = await find(tx, businessId, id);
  const of = await lockCalendar(tx, { businessId, calendarId, now });
  // Looked at under the lock: another may have undone it meanwhile.
  const undone = await find(tx, businessId, id);
  if (undone.kind !== 'fix')
    throw new Refusal('wrong_state', 'This run undid another: set the events Free anew instead.');
  // Then it is what was given up of that.
  const again = undone.undoneAt !== null;
  const made = await tx
    .select({ id: fixes.id, eventId: fixes.eventId, undoneAt: fixes.undoneAt })
    .from(fixes)
    .where(and(eq(fixes.businessId, businessId), eq(fixes.runId, id)));
  if (made.length === 0 && undone.total > 0 && !again)
    throw new Refusal(
      'wrong_state',
      'Nothing that this run did is kept any more: its events were set Free again by a later run, so undo that one; or they are long over, so change them in Google instead.',
    );
  const wishes = made.filter(({ undoneAt }) => undoneAt === null);
  await endWishes(tx, by, wishes, actor);
  const runId = uuid();
  const ids = (again ? made : wishes).map(({ eventId }) => eventId);
  const total = await oweFamilies(tx, of, [...new Set(ids)], { runId, anew: false });
  if (again && total === 0) throw new Refusal('wrong_state', 'This run was undone already.');
  const at = new Date(now);
  const row = { businessId, id: runId, calendarId, kind: 'undo' as const, total, actor, at, undoneAt: null };
  await tx.insert(runs).values({ ...row, skipped: [] });
  await tx
    .update(runs)
    .set({ undoneAt: at })
    .where(and(eq(runs.businessId, businessId), eq(runs.id, id)));
  return show({ ...row, skipped: [] }, { pending: total, failed: 0 });
}
