// As days pass: series are expanded further without a word to Google, and what is long over is forgotten.
import { sql } from 'drizzle-orm';
import { extendFixes } from '../blocks/autofix.ts';
import { noteCollisions } from '../blocks/collisions.ts';
import { readJudge } from '../blocks/judge.ts';
import { lockLinked } from '../blocks/lock.ts';
import { extend } from '../blocks/rebuild.ts';
import { lookBack } from '../blocks/reflect.ts';
import { commit } from '../commit.ts';
import type { Context } from '../context.ts';
import { horizon } from './pull.ts';

type Row = { business_id: string; calendar_id: string; expanded_until: string };

/** The tick: calendars whose series do not reach as far as bookings may. Free/busy has to be asked for; its pull does. */
export async function rollOn(context: Context): Promise<void> {
  const rows = await context.db.execute<Row>(sql`
    select p.business_id, p.calendar_id from pulls p
      join calendars c on c.business_id = p.business_id and c.id = p.calendar_id
        and c.left_at is null and c.access_role <> 'freeBusyReader'
      join lateral (
        select coalesce(max(horizon_days), 90) as days from services s
          where s.business_id = p.business_id and s.archived_at is null
      ) reach on true
      where p.expanded_until < to_timestamp(${context.now() / 1000}::float8) + make_interval(days => reach.days + 7)
      order by p.expanded_until limit 200`);
  for (const { business_id: businessId, calendar_id: calendarId } of rows)
    try {
      await rollOne(context, { businessId, calendarId });
    } catch (err) {
      context.log.error({ err, calendarId }, 'a calendar could not be expanded further');
    }
}

async function rollOne(context: Context, of: { businessId: string; calendarId: string }): Promise<void> {
  const { businessId, calendarId } = of;
  const until = await horizon(context.db, businessId, context.now());
  await commit(context, async (tx) => {
    const mine = sql`business_id = ${businessId} and calendar_id = ${calendarId}`;
    // Locked first: a pull that is kept at this moment goes before, or waits.
    const [row] = await tx.execute<Row>(sql`
      select to_json(expanded_until) #>> '{}' as expanded_until from pulls where ${mine} for update`);
    const from = Date.parse(row?.expanded_until ?? '');
    if (Number.isNaN(from) || from >= until) return;
    const judge = await readJudge(tx, businessId, calendarId);
    const now = context.now();
    const familyIds = await extend(tx, { judge, now, until }, from);
    await extendFixes(tx, { judge, now, until });
    await tx.execute(sql`
      update pulls set expanded_until = ${new Date(until).toISOString()}::timestamptz where ${mine}`);
    await lockLinked(tx, judge, familyIds);
    await noteCollisions(tx, { judge, familyIds, now, from });
  });
}

/** The tick: events, blocks and openings that were over a month ago. */
export async function tidyMirror(context: Context): Promise<void> {
  const before = sql`${new Date(context.now() - lookBack).toISOString()}::timestamptz`;
  await context.db.execute(sql`delete from events where last_ends_at < ${before}`);
  await context.db.execute(sql`delete from blocks where event_id is not null and upper(during) < ${before}`);
  await context.db.execute(
    sql`delete from openings where event_id is not null and upper(during) < ${before}`,
  );
}
