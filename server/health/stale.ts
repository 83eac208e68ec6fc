// Tells staff of calendars that cannot be read, from the first stale minute, and when they can be read again.
import { sql } from 'drizzle-orm';
import type { Context } from '../context.ts';
import type { Transaction } from '../database/open.ts';
import { tell } from '../log/messages.ts';
import { tolerance } from './assess.ts';

type Row = {
  business_id: string;
  calendar_id: string;
  read_at: string | null;
  told_at: string;
  failure: string;
};

/** Rows at once; what is left is taken next minute. */
const most = 500;

/** The tick, every minute. Safe twice and in several processes: each row says whether it was told. */
export async function tellStale(context: Context): Promise<void> {
  const now = context.now();
  await context.db.transaction(async (tx) => {
    const stale = await findStale(tx, now);
    await tell(
      tx,
      stale.map((row) => ({
        businessId: row.business_id,
        to: 'staff' as const,
        kind: 'calendar_unread',
        about: `${row.calendar_id}/${row.told_at}`,
        at: new Date(now),
        calendarId: row.calendar_id,
        details: { readAt: row.read_at, code: row.failure },
      })),
    );
  });
  await context.db.transaction(async (tx) => {
    const mended = await findMended(tx);
    await tell(
      tx,
      mended.map((row) => ({
        businessId: row.business_id,
        to: 'staff' as const,
        kind: 'calendar_read_again',
        about: `${row.calendar_id}/${row.told_at}`,
        at: new Date(now),
        calendarId: row.calendar_id,
        details: { readAt: row.read_at, toldAt: row.told_at },
      })),
    );
  });
}

/**
 * One that fails, and was read longer ago than it should be; one that was never read and has failed for a minute, for
 * a first failure may pass; and one whose account waits for a person, which is not even tried.
 */
const findStale = (tx: Transaction, now: number) =>
  tx.execute<Row>(sql`
    with stale as (
      select p.business_id, p.calendar_id, coalesce(p.failure, a.failure, 'disconnected') as failure from pulls p
        join calendars c on c.business_id = p.business_id and c.id = p.calendar_id and c.left_at is null
        join accounts a on a.business_id = c.business_id and a.id = c.account_id
        join businesses b on b.id = p.business_id and (b.settings->>'pull')::boolean
        where p.told_at is null and (p.failure is not null or a.state = 'needs_reconnecting')
          and case when p.read_at is null
            then p.failed_at <= ${instant(now - 60_000)} or a.state = 'needs_reconnecting'
            else p.read_at < ${instant(now - tolerance)}
              - make_interval(mins => (c.settings->>'delayMinutes')::int)
          end
        limit ${most} for update of p skip locked
    )
    update pulls p set told_at = ${instant(now)} from stale
      where p.business_id = stale.business_id and p.calendar_id = stale.calendar_id
      returning p.business_id, p.calendar_id, stale.failure,
        ${iso('p.read_at')} as read_at, ${iso('p.told_at')} as told_at`);

const findMended = (tx: Transaction) =>
  tx.execute<Row>(sql`
    with mended as (
      select business_id, calendar_id, told_at from pulls
        where told_at is not null and failure is null and read_at > told_at
        limit ${most} for update skip locked
    )
    update pulls p set told_at = null from mended
      where p.business_id = mended.business_id and p.calendar_id = mended.calendar_id
      returning p.business_id, p.calendar_id, '' as failure,
        ${iso('p.read_at')} as read_at, ${iso('mended.told_at')} as told_at`);

const instant = (ms: number) => sql`${new Date(ms).toISOString()}::timestamptz`;
const iso = (column: string) =>
  sql.raw(`to_char(${column} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`);
