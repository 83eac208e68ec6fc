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
/** Single events and series of one calendar forgotten in one go: the next tick takes more. */
const most = 1000;

/**
 * The tick. Wishes and marks go together, of all of a single event or series at once: what is left of a wish would
 * say otherwise than all of it. A run that loses any loses all: undoing it is refused from then on, never half done.
 *
 * An event that comes back counts as it did, for its own properties say so: set Free by us, it was what they say; and
 * its decision is one of ours, for decisions are never forgotten.
 */
export async function tidyMarks(context: Context): Promise<void> {
  const calendars = await context.db.execute<{ business_id: string; calendar_id: string }>(sql`
    ${overBy(context.now())} select distinct business_id, calendar_id from forgettable`);
  for (const { business_id: businessId, calendar_id: calendarId } of calendars)
    await commit(context, (tx) => forget(tx, { businessId, calendarId }, context.now()));
}

/** Under the calendar's lock: what comes back at this moment is there first, or comes back to nothing. */
async function forget(tx: Transaction, { businessId, calendarId }: OnCalendar, now: number): Promise<void> {
  await lockPulls(tx, businessId, [calendarId]);
  const here = sql`business_id = ${businessId} and calendar_id = ${calendarId}`;
  const rows = await tx.execute<{ id: string; runs: string[] }>(sql`
    ${overBy(now, here)} select id, runs from forgettable limit ${most}`);
  const ids = sql.param(rows.map(({ id }) => id));
  const runs = sql.param([...new Set(rows.flatMap((row) => row.runs))]);
  await tx.execute(sql`update fixes set run_id = null where ${here} and run_id = any(${runs}::uuid[])`);
  await tx.execute(sql`delete from fixes where ${here} and event_id = any(${ids}::text[])`);
  await tx.execute(sql`
    delete from marks where ${here} and (event_id = any(${ids}::text[]) or series_id = any(${ids}::text[]))`);
}

/**
 * `forgettable`: single events and series that stand in no mirror we can trust to be whole (one of free and busy, or of
 * a calendar that was left, has no token), of which nothing is owed, given up or recent; with the runs that may still
 * be undone of which they are part, each of which has nothing else left. What a person has taken back stays where events
 * are set Free by themselves: they would be again.
 */
const overBy = (now: number, here: SQL = sql`true`): SQL => sql`
  with parts as (
    select business_id, calendar_id, coalesce(series_id, event_id) as id, null::uuid as run_id, false as undone,
        done >= wanted and died_at is null and due_at < ${at(now - patience)} as past
      from marks where ${here}
    union all
    select business_id, calendar_id, event_id, case when undone_at is null then run_id end, undone_at is not null,
        greatest(made_at, undone_at) < ${at(now - patience)}
      from fixes where ${here}
  ), families as (
    select business_id, calendar_id, id, bool_or(undone) as undone,
        coalesce(array_agg(distinct run_id) filter (where run_id is not null), '{}') as runs
      from parts group by business_id, calendar_id, id having bool_and(past)
  ), gone as (
    select f.* from families f
      join pulls p on p.business_id = f.business_id and p.calendar_id = f.calendar_id
        and p.token is not null and p.read_at > ${at(now - fresh)}
      join calendars c on c.business_id = f.business_id and c.id = f.calendar_id
        and not (f.undone and (c.settings->>'autoFix')::boolean)
      where not exists (select from events e where e.business_id = f.business_id
        and e.calendar_id = f.calendar_id and coalesce(e.series_id, e.event_id) = f.id)
  ), alive as (
    select distinct run_id from parts p where run_id is not null and not exists (select from gone g
      where g.business_id = p.business_id and g.calendar_id = p.calendar_id and g.id = p.id)
  ), forgettable as (
    select * from gone g where not exists (select from alive where alive.run_id = any(g.runs))
  )`;

const at = (ms: number): SQL => sql`${new Date(ms).toISOString()}::timestamptz`;
