// Which calendar needs a channel, and who makes it: the pull's row is this queue too.
import { type SQL, sql } from 'drizzle-orm';
import type { Connection, Transaction } from '../database/open.ts';

export interface Watch {
  businessId: string;
  calendarId: string;
  /** Counting this one. */
  attempt: number;
  /** The lease's end, ISO: also its name. */
  leasedUntil: string;
}

/** An access token, the request, and both once more after a stale token, each up to ten seconds. */
const leaseSeconds = 60;

type Row = { business_id: string; calendar_id: string; watch_attempts: number; watch_leased_until: string };

/** Hands out calendars whose first or next channel is due. What is left, unread or disconnected needs none. */
export async function claimWatches(db: Connection, limit: number): Promise<Watch[]> {
  const rows = await db.execute<Row>(sql`
    with free as (
      select p.business_id, p.calendar_id from pulls p
        join calendars c on c.business_id = p.business_id and c.id = p.calendar_id and c.left_at is null
        join accounts a on a.business_id = c.business_id and a.id = c.account_id and a.state = 'connected'
        join businesses b on b.id = p.business_id and (b.settings->>'pull')::boolean
        where p.watch_due_at <= now() and (p.watch_leased_until is null or p.watch_leased_until <= now())
        order by p.watch_due_at limit ${limit} for update of p skip locked
    )
    update pulls p set watch_leased_until = now() + make_interval(secs => ${leaseSeconds}),
        watch_attempts = p.watch_attempts + 1
      from free where p.business_id = free.business_id and p.calendar_id = free.calendar_id
      returning p.business_id, p.calendar_id, p.watch_attempts,
        to_json(p.watch_leased_until) #>> '{}' as watch_leased_until`);
  return rows.map((row) => ({
    businessId: row.business_id,
    calendarId: row.calendar_id,
    attempt: row.watch_attempts,
    leasedUntil: row.watch_leased_until,
  }));
}

/**
 * Calendars whose channel sends to another address than ours are due: nothing of it arrives any more. Not those of
 * just now, lest two processes that were given different addresses undo each other's all day.
 */
export async function hastenMoved(db: Connection, address: string): Promise<void> {
  await db.execute(sql`
    with moved as (
      select p.business_id, p.calendar_id from pulls p
        where p.watch_due_at > now() and p.watch_failure is null and exists (
          select from channels ch where ch.business_id = p.business_id and ch.calendar_id = p.calendar_id
            and ch.address is distinct from ${address} and ch.stop_at is null and ch.expires_at > now()
            and ch.made_at <= now() - interval '10 minutes'
        )
        for update skip locked
    )
    update pulls p set watch_due_at = now() from moved
      where p.business_id = moved.business_id and p.calendar_id = moved.calendar_id`);
}

/** A channel was made; the next one is due after `delay` ms. @returns false: the lease was lost */
export const settleWatch = (tx: Transaction, watch: Watch, delay: number): Promise<boolean> =>
  change(tx, watch, sql`watch_due_at = ${after(delay)}, watch_attempts = 0, watch_failure = null`);

/** Asked again after `delay` ms; null: never, it was refused for good. `counts`: whether this was a try. */
export const postponeWatch = (
  db: Connection,
  watch: Watch,
  why: { delay: number | null; failure: string | null; counts: boolean },
): Promise<boolean> =>
  change(
    db,
    watch,
    sql`watch_due_at = ${why.delay === null ? sql`null` : after(why.delay)},
      watch_failure = coalesce(${why.failure}, watch_failure),
      watch_attempts = watch_attempts - ${why.counts ? 0 : 1}`,
  );

const after = (ms: number): SQL => sql`now() + make_interval(secs => ${ms / 1000})`;

async function change(db: Connection, watch: Watch, columns: SQL): Promise<boolean> {
  const { businessId, calendarId, leasedUntil } = watch;
  const rows = await db.execute(sql`
    update pulls set watch_leased_until = null, ${columns}
      where business_id = ${businessId} and calendar_id = ${calendarId}
        and watch_leased_until = ${leasedUntil}::timestamptz
      returning 1`);
  return rows.length > 0;
}
