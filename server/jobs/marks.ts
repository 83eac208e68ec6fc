// Which event that is no booking is owed a write, and who does it: the mark's row is the queue, as a push's is.
import { type SQL, sql } from 'drizzle-orm';
import type { Connection, Transaction } from '../database/open.ts';
import { LeaseLost, leaseSeconds } from './queue.ts';

/** A write owed to one of Google's events. */
export interface OwedMark {
  /** Google's: of a single event, a series, or one occurrence. */
  eventId: string;
  /** Of an occurrence: its series, and its original start. */
  seriesId: string | null;
  original: string | null;
  /** Whether it is to be Free. */
  free: boolean;
}

export interface Owing {
  businessId: string;
  calendarId: string;
  /** The run that waits for it; null: none besides one that does already. */
  runId: string | null;
  /** Where it is known already, whether it is to be Free stays as it was: only the mark is owed. */
  asItWas?: boolean;
}

/** Owes these writes, in the transaction of the reason for them. One that was given up gets another life. */
export async function oweMarks(tx: Transaction, of: Owing, owed: readonly OwedMark[]): Promise<void> {
  if (owed.length === 0) return;
  await tx.execute(sql`
    insert into marks (business_id, calendar_id, run_id, event_id, series_id, original, free)
      select ${of.businessId}::uuid, ${of.calendarId}::uuid, ${of.runId}::uuid, "eventId", "seriesId", original, free
        from json_to_recordset(${JSON.stringify(owed)}::text::json) as owed("eventId" text, "seriesId" text,
          original text, free boolean)
        order by "eventId"
      on conflict (calendar_id, event_id, business_id) do update set
        free = case when ${of.asItWas ?? false} then marks.free else excluded.free end,
        series_id = coalesce(excluded.series_id, marks.series_id),
        original = coalesce(excluded.original, marks.original),
        run_id = coalesce(excluded.run_id, case when marks.done < marks.wanted then marks.run_id end), wanted = marks.wanted + 1, due_at = now(),
        attempts = case when marks.died_at is null then marks.attempts else 0 end, died_at = null, failure = null`);
}

export interface MarkClaim {
  businessId: string;
  calendarId: string;
  accountId: string;
  eventId: string;
  seriesId: string | null;
  original: string | null;
  /** What was wanted when it was handed out. */
  wanted: number;
  /** Counting this one. */
  attempt: number;
  /** The lease's end, ISO: also its name. */
  leasedUntil: string;
}

/**
 * Hands out what is due, one of each account, calendars by lot: a run over a great many events keeps nobody waiting.
 * Accounts that owe a booking are passed by: bookings come first. Occurrences wait for their series, for until it is
 * written it cannot be told what they take from it.
 */
export async function claimMarks(
  db: Connection,
  wish: { limit: number; without?: { accountIds?: string[]; businessIds?: string[] } },
): Promise<MarkClaim[]> {
  const { accountIds = [], businessIds = [] } = wish.without ?? {};
  const rows = await db.execute<Row>(sql`
    with recursive waiting as (
      (select business_id, calendar_id from marks where ${owed} order by business_id, calendar_id limit 1)
      union all
      select next.business_id, next.calendar_id from waiting w cross join lateral (
        select business_id, calendar_id from marks
          where ${owed} and (business_id, calendar_id) > (w.business_id, w.calendar_id)
          order by business_id, calendar_id limit 1
      ) next
    ), able as (
      select w.business_id, w.calendar_id, c.account_id from waiting w
        join calendars c on c.business_id = w.business_id and c.id = w.calendar_id and c.left_at is null
        join accounts a on a.business_id = c.business_id and a.id = c.account_id and a.state = 'connected'
        join businesses b on b.id = w.business_id and (b.settings->>'push')::boolean
        where not (a.id = any(${sql.param(accountIds)}::uuid[]))
          and not (w.business_id = any(${sql.param(businessIds)}::uuid[])) and not ${owesBookings}
    ), heads as (
      select distinct on (able.account_id) able.account_id, head.* from able cross join lateral (
        select business_id, calendar_id, event_id from marks k
          where business_id = able.business_id and calendar_id = able.calendar_id and ${owed} and due_at <= now()
            and (leased_until is null or leased_until <= now()) and not ${waits}
          order by due_at limit 1
      ) head
      order by able.account_id, random()
    ), free as (
      select k.business_id, k.calendar_id, k.event_id, heads.account_id from heads
        join marks k using (business_id, calendar_id, event_id)
        where k.done < k.wanted and k.died_at is null and (k.leased_until is null or k.leased_until <= now())
        order by random() limit ${wish.limit} for update of k skip locked
    )
    update marks k set leased_until = ${leaseEnd}, attempts = k.attempts + 1
      from free where k.business_id = free.business_id and k.calendar_id = free.calendar_id
        and k.event_id = free.event_id
      returning k.business_id, k.calendar_id, free.account_id, k.event_id, k.series_id, k.original, k.wanted,
        k.attempts, to_json(k.leased_until) #>> '{}' as leased_until`);
  return rows.map((row) => ({
    businessId: row.business_id,
    calendarId: row.calendar_id,
    accountId: row.account_id,
    eventId: row.event_id,
    seriesId: row.series_id,
    original: row.original,
    wanted: row.wanted,
    attempt: row.attempts,
    leasedUntil: row.leased_until,
  }));
}

type Row = {
  business_id: string;
  calendar_id: string;
  account_id: string;
  event_id: string;
  series_id: string | null;
  original: string | null;
  wanted: number;
  attempts: number;
  leased_until: string;
};

const owed = sql.raw('done < wanted and died_at is null');
const owesBookings = sql.raw(`exists (
  select from calendars own join pushes p on p.business_id = own.business_id and p.calendar_id = own.id
    where own.business_id = a.business_id and own.account_id = a.id
      and p.done < p.wanted and p.died_at is null and p.due_at <= now())`);
const waits = sql.raw(`exists (
  select from marks series where series.calendar_id = k.calendar_id and series.event_id = k.series_id
    and series.business_id = k.business_id and series.done < series.wanted and series.died_at is null)`);
const leaseEnd = sql`now() + make_interval(secs => ${leaseSeconds})`;

/** Lengthens the lease; the claim bears the new end. @throws LeaseLost */
export async function keepMark(db: Connection, claim: MarkClaim): Promise<void> {
  const rows = await db.execute<{ leased_until: string }>(sql`
    update marks set leased_until = ${leaseEnd} where ${leasedBy(claim)}
      returning to_json(leased_until) #>> '{}' as leased_until`);
  const end = rows[0]?.leased_until;
  if (!end) throw new LeaseLost();
  claim.leasedUntil = end;
}

/** It is done up to `done`; if more is wanted by now it stays owed. @throws LeaseLost */
export async function settleMark(
  db: Connection,
  claim: MarkClaim,
  { done, was }: { done: number; was: 'opaque' | 'transparent' | null },
): Promise<void> {
  await change(
    db,
    claim,
    sql`done = greatest(done, ${done}), was = ${was}, attempts = 0, failure = null, leased_until = null`,
  );
}

/** Tried again after `delay` ms. `counts`: whether this was a try. @throws LeaseLost */
export async function postponeMark(
  db: Connection,
  claim: MarkClaim,
  why: { delay: number; failure: string | null; counts: boolean },
): Promise<void> {
  await change(
    db,
    claim,
    sql`due_at = now() + make_interval(secs => ${why.delay / 1000}), failure = coalesce(${why.failure}, failure),
      attempts = attempts - ${why.counts ? 0 : 1}, leased_until = null`,
  );
}

/** Gives it up, unless more is wanted by now than when it was claimed: that deserves a try of its own. @throws LeaseLost */
export async function buryMark(db: Connection, claim: MarkClaim, failure: string): Promise<void> {
  await change(
    db,
    claim,
    sql`died_at = case when wanted > ${claim.wanted} then null else now() end, failure = ${failure},
      leased_until = null`,
  );
}

/** Gives it back at once, as if it had not been claimed. */
export async function giveBackMark(db: Connection, claim: MarkClaim): Promise<void> {
  await db.execute(
    sql`update marks set leased_until = null, attempts = attempts - 1 where ${leasedBy(claim)}`,
  );
}

const leasedBy = ({ businessId, calendarId, eventId, leasedUntil }: MarkClaim): SQL => sql`
  calendar_id = ${calendarId} and event_id = ${eventId} and business_id = ${businessId}
  and leased_until = ${leasedUntil}::timestamptz`;

async function change(db: Connection, claim: MarkClaim, columns: SQL): Promise<void> {
  const rows = await db.execute(sql`update marks set ${columns} where ${leasedBy(claim)} returning 1`);
  if (rows.length === 0) throw new LeaseLost();
}
