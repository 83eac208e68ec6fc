// Which calendar is to be read, and who reads it: the pull's row is the queue, as a push's is.
import { type SQL, sql } from 'drizzle-orm';
import type { Connection, Transaction } from '../database/open.ts';
import { LeaseLost, leaseSeconds } from './queue.ts';

export interface PullClaim {
  businessId: string;
  calendarId: string;
  accountId: string;
  /** What was wanted when it was handed out: done with that, it is not owed any more. */
  wanted: number;
  /** Counting this one. */
  attempt: number;
  /** The lease's end, ISO: also its name. */
  leasedUntil: string;
  /** When it was due as it was handed out, ISO: another time since then, and somebody has asked for it meanwhile. */
  dueAt: string;
}

// Ours is no reason to wait out the calendar's delay; after a failure only the time counts, unless it is being tried.
const atOnce = sql.raw(`
  due_at = case when p.failure is null or p.leased_until > now() then now() else p.due_at end`);

/** The calendars are to be read soon, whatever their delay, for a reason that came with this transaction. */
export async function owePulls(
  tx: Connection,
  businessId: string,
  calendarIds: readonly string[],
): Promise<void> {
  if (calendarIds.length === 0) return;
  await tx.execute(sql`
    update pulls p set wanted = wanted + 1, ${atOnce}
      where business_id = ${businessId} and calendar_id = any(${sql.param([...calendarIds])}::uuid[])`);
}

/** As owePulls, all that the business has read. It locks them: before anything else is locked. */
export async function oweAllPulls(tx: Transaction, businessId: string): Promise<void> {
  await tx.execute(sql`
    with its as (
      select calendar_id from pulls where business_id = ${businessId} and read_at is not null
        order by calendar_id for update
    )
    update pulls p set wanted = p.wanted + 1, ${atOnce} from its
      where p.business_id = ${businessId} and p.calendar_id = its.calendar_id`);
}

/**
 * As owePulls, where whom its events may block changes: a reading under way goes by what was, and is not kept; the next
 * judges all that is kept anew (blocks/judge.ts, `fingerprintOf`), even if by then it is as it was before, for what was
 * unlinked meanwhile has lost its blocks. It locks the calendars: before anything else is locked, or after they are.
 */
export async function outdatePulls(
  tx: Transaction,
  businessId: string,
  calendarIds: readonly string[],
): Promise<void> {
  for (const calendarId of [...new Set(calendarIds)].sort())
    await tx.execute(sql`
      update pulls p set wanted = wanted + 1, bookmark = bookmark + 1, ${atOnce},
          fingerprint = split_part(fingerprint, '.', 1) || '.'
        where business_id = ${businessId} and calendar_id = ${calendarId}`);
}

/** A calendar that is followed from now on is read from now on. */
export async function beginPulls(tx: Transaction, businessId: string, calendarId: string): Promise<void> {
  await tx.execute(sql`
    insert into pulls (business_id, calendar_id, watch_due_at) values (${businessId}, ${calendarId}, now())
      on conflict (business_id, calendar_id) do update set wanted = pulls.wanted + 1, due_at = now(),
        failure = null, watch_due_at = now(), watch_failure = null, watch_attempts = 0`);
}

/**
 * Hands out what is due: the poll's time has come, somebody asks, or Google told of a change. With that, and with polls,
 * a calendar waits as long after it was read last as its `delayMinutes` asks for.
 */
export async function claimPulls(
  db: Connection,
  wish: { limit: number; without?: { accountIds?: string[]; businessIds?: string[] } },
): Promise<PullClaim[]> {
  const { accountIds = [], businessIds = [] } = wish.without ?? {};
  const rows = await db.execute<Row>(sql`
    with free as (
      select p.business_id, p.calendar_id, c.account_id from pulls p
        join calendars c on c.business_id = p.business_id and c.id = p.calendar_id and c.left_at is null
        join accounts a on a.business_id = c.business_id and a.id = c.account_id and a.state = 'connected'
        join businesses b on b.id = p.business_id and (b.settings->>'pull')::boolean
        where (p.leased_until is null or p.leased_until <= now()) and ${due}
          and not (a.id = any(${sql.param(accountIds)}::uuid[]))
          and not (p.business_id = any(${sql.param(businessIds)}::uuid[]))
        -- What Google told of, or a person waits for, before those whose turn it merely is.
        order by p.wanted > p.done desc, p.due_at limit ${wish.limit} for update of p skip locked
    )
    update pulls p set leased_until = ${leaseEnd}, attempts = p.attempts + 1
      from free where p.business_id = free.business_id and p.calendar_id = free.calendar_id
      returning p.business_id, p.calendar_id, free.account_id, p.wanted, p.attempts,
        to_json(p.leased_until) #>> '{}' as leased_until, to_json(p.due_at) #>> '{}' as due_at`);
  return rows.map((row) => ({
    businessId: row.business_id,
    calendarId: row.calendar_id,
    accountId: row.account_id,
    wanted: row.wanted,
    attempt: row.attempts,
    leasedUntil: row.leased_until,
    dueAt: row.due_at,
  }));
}

type Row = {
  business_id: string;
  calendar_id: string;
  account_id: string;
  wanted: number;
  attempts: number;
  leased_until: string;
  due_at: string;
};

// After a failure only the time counts, however many reasons come in meanwhile.
const due = sql.raw(`
  (p.due_at <= now() or (p.wanted > p.done and p.failure is null and (p.read_at is null or p.done = 0
    or p.read_at <= now() - make_interval(mins => (c.settings->>'delayMinutes')::int))))`);
const leaseEnd = sql`now() + make_interval(secs => ${leaseSeconds})`;

/** Lengthens the lease; the claim bears the new end. @throws LeaseLost */
export async function keepPull(db: Connection, claim: PullClaim, progress: number | null): Promise<void> {
  const rows = await db.execute<{ leased_until: string }>(sql`
    update pulls set leased_until = ${leaseEnd}, progress = ${progress} where ${leasedBy(claim)}
      returning to_json(leased_until) #>> '{}' as leased_until`);
  const end = rows[0]?.leased_until;
  if (!end) throw new LeaseLost();
  claim.leasedUntil = end;
}

/**
 * It was read; the next poll is due after `every` ms, or the calendar's delay. Reasons that came meanwhile keep it owed,
 * and who asked for it meanwhile has it read at once.
 */
export async function settlePull(db: Connection, claim: PullClaim, every: number): Promise<void> {
  await change(
    db,
    claim,
    sql`done = greatest(done, ${claim.wanted}), attempts = 0, failure = null, failed_at = null, progress = null,
      leased_until = null, due_at = case when due_at <> ${claim.dueAt}::timestamptz then due_at
        else now() + greatest(make_interval(secs => ${every / 1000}), (
          select make_interval(mins => (c.settings->>'delayMinutes')::int) from calendars c
            where c.business_id = pulls.business_id and c.id = pulls.calendar_id)) end`,
  );
}

/** Tried again after `delay` ms. `counts`: whether this was a try. */
export async function postponePull(
  db: Connection,
  claim: PullClaim,
  why: { delay: number; failure: string | null; counts: boolean },
): Promise<void> {
  await change(
    db,
    claim,
    sql`due_at = now() + make_interval(secs => ${why.delay / 1000}), leased_until = null, progress = null,
      attempts = attempts - ${why.counts ? 0 : 1}, failure = coalesce(${why.failure}, failure),
      failed_at = case when ${why.failure}::text is null then failed_at else coalesce(failed_at, now()) end`,
  );
}

/** Gives it back at once, as if it had not been claimed. */
export async function giveBackPull(db: Connection, claim: PullClaim): Promise<void> {
  await db.execute(
    sql`update pulls set leased_until = null, attempts = attempts - 1, progress = null where ${leasedBy(claim)}`,
  );
}

const leasedBy = ({ businessId, calendarId, leasedUntil }: PullClaim): SQL => sql`
  business_id = ${businessId} and calendar_id = ${calendarId} and leased_until = ${leasedUntil}::timestamptz`;

async function change(db: Connection, claim: PullClaim, columns: SQL): Promise<void> {
  const rows = await db.execute(sql`update pulls set ${columns} where ${leasedBy(claim)} returning 1`);
  if (rows.length === 0) throw new LeaseLost();
}
