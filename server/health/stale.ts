// Tells staff of calendars that are not read, from the first stale minute, and when they can be read again.
import { sql } from 'drizzle-orm';
import { MINUTE } from '../../shared/time.ts';
import type { Context } from '../context.ts';
import type { Transaction } from '../database/open.ts';
import { type NewMessage, tell } from '../log/messages.ts';
import { tolerance } from './assess.ts';

type Row = {
  business_id: string;
  calendar_id: string;
  account_id: string;
  /** When the account was connected last: which of its deaths this is. */
  connected_at: string;
  /** Whether it is one of many, for its account is what cannot be read. */
  of_account: boolean;
  read_at: string | null;
  told_at: string;
  failure: string;
};

/** Rows at once; what is left is taken next minute. */
const most = 500;

/** The tick, every minute. Safe twice and in several processes: each row says whether it was told. */
export async function tellStale(context: Context): Promise<void> {
  const now = context.now();
  const since = now - tolerance(context.config.pollMinutes);
  await context.db.transaction(async (tx) => {
    const stale = await findStale(tx, { now, since });
    const details = (row: Row) => ({ readAt: row.read_at, code: row.failure });
    await tell(
      tx,
      stale.map((row) => messageOf(row, { what: 'unread', at: new Date(now), details: details(row) })),
    );
  });
  await context.db.transaction(async (tx) => {
    const mended = await findMended(tx);
    const details = (row: Row) => ({ readAt: row.read_at, toldAt: row.told_at });
    await tell(
      tx,
      mended.map((row) => messageOf(row, { what: 'read_again', at: new Date(now), details: details(row) })),
    );
  });
}

/** A person mends an account once, however many calendars it has: so it is told once. */
function messageOf(
  row: Row,
  { what, ...told }: { what: 'unread' | 'read_again'; at: Date; details: Record<string, unknown> },
): NewMessage {
  const message = { businessId: row.business_id, to: 'staff' as const, ...told };
  if (!row.of_account) {
    const about = `${row.calendar_id}/${row.told_at}`;
    return { ...message, kind: `calendar_${what}`, about, calendarId: row.calendar_id };
  }
  const about = `${row.account_id}/${row.connected_at}`;
  return { ...message, kind: `account_${what}`, about, accountId: row.account_id };
}

/**
 * One that was read longer ago than it should be, whether it fails or its turn does not come; one that was never read
 * and has failed for a minute, for a first failure may pass; and one whose account waits for a person, which is not
 * even tried.
 */
const findStale = (tx: Transaction, { now, since }: { now: number; since: number }) =>
  tx.execute<Row>(sql`
    with stale as (
      select p.business_id, p.calendar_id, a.id as account_id, ${iso('a.connected_at')} as connected_at,
          ${waiting} as of_account,
          case when ${waiting} then coalesce(a.failure, 'disconnected') else coalesce(p.failure, 'late') end as failure
        from pulls p
        join calendars c on c.business_id = p.business_id and c.id = p.calendar_id and c.left_at is null
        join accounts a on a.business_id = c.business_id and a.id = c.account_id
        join businesses b on b.id = p.business_id and (b.settings->>'pull')::boolean
        where p.told_at is null
          and case when p.read_at is null
            then (p.failure is not null and p.failed_at <= ${instant(now - MINUTE)}) or ${waiting}
            else p.read_at < ${instant(since)}
              - make_interval(mins => (c.settings->>'delayMinutes')::int)
          end
        limit ${most} for update of p skip locked
    )
    update pulls p set told_at = ${instant(now)} from stale
      where p.business_id = stale.business_id and p.calendar_id = stale.calendar_id
      returning p.business_id, p.calendar_id, stale.account_id, stale.connected_at, stale.of_account, stale.failure,
        ${iso('p.read_at')} as read_at, ${iso('p.told_at')} as told_at`);

const waiting = sql.raw(`(a.state = 'needs_reconnecting')`);

/** Of an account: those of which nothing was told by themselves. */
const findMended = (tx: Transaction) =>
  tx.execute<Row>(sql`
    with mended as (
      select p.business_id, p.calendar_id, p.told_at, a.id as account_id, ${iso('a.connected_at')} as connected_at
        from pulls p
        join calendars c on c.business_id = p.business_id and c.id = p.calendar_id
        join accounts a on a.business_id = c.business_id and a.id = c.account_id
        where p.told_at is not null and p.failure is null and p.read_at > p.told_at
        limit ${most} for update of p skip locked
    )
    update pulls p set told_at = null from mended
      where p.business_id = mended.business_id and p.calendar_id = mended.calendar_id
      returning p.business_id, p.calendar_id, mended.account_id, mended.connected_at, '' as failure,
        not exists (
          select from messages m where m.business_id = p.business_id and m.kind = 'calendar_unread'
            and m.about = p.calendar_id || '/' || ${iso('mended.told_at')}
        ) as of_account,
        ${iso('p.read_at')} as read_at, ${iso('mended.told_at')} as told_at`);

const instant = (ms: number) => sql`${new Date(ms).toISOString()}::timestamptz`;
const iso = (column: string) =>
  sql.raw(`to_char(${column} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`);
