// Forgets what was wished of events that are long over, and what was written into them. What stands in the events stays.
import { type SQL, sql } from 'drizzle-orm';
import { DAY } from '../../shared/time.ts';
import { lockPulls } from '../calendars/lock.ts';
import { commit } from '../commit.ts';
import type { Context } from '../context.ts';
import type { Transaction } from '../database/open.ts';
import type { OnCalendar } from './marks.ts';

/** How long nothing was wished of an event nor written into it, in ms. */
const patience = 90 * DAY;
/** A calendar that was not read for so long says nothing of what stands in it, in ms. */
const fresh = DAY;
/** Single events and series forgotten in one go: the next tick takes more. */
const most = 5000;

/** Single events and series of one calendar. */
type These = OnCalendar & { ids: string[] };

/**
 * The tick. Wishes and marks go together, of all of a single event or series at once: what is left of a wish would
 * say otherwise than all of it. A run that loses any loses all: undoing it is refused from then on, never half done.
 *
 * An event that comes back counts as it did, for its own properties say so: set Free by us, it was what they say; and
 * its decision is one of ours, for decisions are never forgotten.
 */
export async function tidyMarks(context: Context): Promise<void> {
  const over = await context.db.execute<{ business_id: string; calendar_id: string; ids: string[] }>(sql`
    with ${overBy(context.now())}, alive as (
      select distinct run_id from parts p where run_id is not null and not exists (select from over o
        where o.business_id = p.business_id and o.calendar_id = p.calendar_id and o.id = p.id)
    ), held as (
      select distinct business_id, calendar_id, id from parts join alive using (run_id)
    )
    select business_id, calendar_id, array_agg(id) as ids from (
      select business_id, calendar_id, id from over o where not exists (select from held h
        where h.business_id = o.business_id and h.calendar_id = o.calendar_id and h.id = o.id)
        limit ${most}
    ) taken group by business_id, calendar_id`);
  for (const { business_id: businessId, calendar_id: calendarId, ids } of over)
    await commit(context, (tx) => forget(tx, { businessId, calendarId, ids }, context.now()));
}

/** Under the calendar's lock, what has come back meanwhile stays. */
async function forget(tx: Transaction, which: These, now: number): Promise<void> {
  const { businessId, calendarId } = which;
  await lockPulls(tx, businessId, [calendarId]);
  const rows = await tx.execute<{ id: string; runs: string[] }>(sql`
    with ${overBy(now, which)} select id, runs from over`);
  const here = sql`business_id = ${businessId} and calendar_id = ${calendarId}`;
  const these = sql`${sql.param(rows.map(({ id }) => id))}::text[]`;
  const runs = sql`${sql.param([...new Set(rows.flatMap((row) => row.runs))])}::uuid[]`;
  await tx.execute(sql`update fixes set run_id = null where ${here} and run_id = any(${runs})`);
  await tx.execute(sql`delete from fixes where ${here} and event_id = any(${these})`);
  await tx.execute(sql`
    delete from marks where ${here} and (event_id = any(${these}) or series_id = any(${these}))`);
}

/**
 * `over`: single events and series that the mirror of their calendar does not hold, of which nothing is owed, given up
 * or recent; `runs`: those that may still be undone of which they are part. Only of mirrors that are sure to be whole:
 * that of free and busy, or of a calendar that was left, has no token. What a person has taken back is not over where
 * events are set Free by themselves: they would be again. `parts`: whatever is known of any.
 */
function overBy(now: number, only?: These): SQL {
  const at = (ms: number) => sql`${new Date(ms).toISOString()}::timestamptz`;
  const ids = only && sql`${sql.param(only.ids)}::text[]`;
  return sql`
    able as (
      select p.business_id, p.calendar_id, (c.settings->>'autoFix')::boolean as auto_fix from pulls p
        join calendars c on c.business_id = p.business_id and c.id = p.calendar_id
        where p.token is not null and p.read_at > ${at(now - fresh)}
          ${only ? sql`and p.business_id = ${only.businessId} and p.calendar_id = ${only.calendarId}` : sql``}
    ), parts as (
      select business_id, calendar_id, coalesce(series_id, event_id) as id, null::uuid as run_id,
          done >= wanted and died_at is null and due_at < ${at(now - patience)} as past
        from able join marks using (business_id, calendar_id)
        ${ids ? sql`where event_id = any(${ids}) or series_id = any(${ids})` : sql``}
      union all
      select business_id, calendar_id, event_id, case when undone_at is null then run_id end,
          greatest(made_at, undone_at) < ${at(now - patience)} and (undone_at is null or not auto_fix)
        from able join fixes using (business_id, calendar_id)
        ${ids ? sql`where event_id = any(${ids})` : sql``}
    ), over as (
      select f.* from (
        select business_id, calendar_id, id,
            coalesce(array_agg(distinct run_id) filter (where run_id is not null), '{}') as runs
          from parts group by business_id, calendar_id, id having bool_and(past)
        ) f
        where not exists (select from events e where e.business_id = f.business_id
          and e.calendar_id = f.calendar_id and coalesce(e.series_id, e.event_id) = f.id)
    )`;
}
