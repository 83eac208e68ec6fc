// What is owed to Google, and to whom it is handed out: every promise to push is a row, and the row is the queue.
import { type SQL, sql } from 'drizzle-orm';
import type { Connection, Transaction } from '../database/open.ts';

/** A booking, or a session with the bookings that take its seats: what one event per calendar shows. */
export interface Unit {
  businessId: string;
  unitId: string;
  bookingId: string | null;
  sessionId: string | null;
}

/** One push of a unit, handed out until `leasedUntil`. Nobody else works on the unit before that. */
export interface Claimed {
  id: string;
  calendarId: string;
  accountId: string;
  /** Counting this one. */
  attempt: number;
}

export interface Claim extends Unit {
  /** The lease's end, ISO: also its name, since no later lease of the unit ends at the same time. */
  leasedUntil: string;
  pushes: Claimed[];
}

/** Handed to others after this many seconds without a sign of life. */
export const leaseSeconds = 30;

/**
 * Owes Google the unit as it is from `revision` on, on every calendar concerned: in the transaction that changes the
 * unit, after its allocations are written. Calendars its resources write to are to show it; those that show it but
 * are no longer among them are to forget it. A unit without allocations (cancelled, declined) stays where it is: what
 * becomes of its event there is for the push to say. A push that died gets another life, for it is another wish.
 */
export async function owePushes(tx: Transaction, unit: Unit & { revision: number }): Promise<void> {
  const { businessId, unitId, bookingId, sessionId, revision } = unit;
  const again = wantedAgain(revision);
  await tx.execute(sql`
    with held as (
      select resource_id from allocations where business_id = ${businessId} and unit_id = ${unitId}
    ), placed as (
      select distinct l.calendar_id from links l
        where l.business_id = ${businessId} and l.writes and l.resource_id in (select resource_id from held)
    ), shown as (
      insert into pushes (business_id, id, unit_id, booking_id, session_id, calendar_id, present, wanted)
        select ${businessId}, gen_random_uuid(), ${unitId}, ${bookingId}::uuid, ${sessionId}::uuid, calendar_id, true,
            ${revision}::int
          from placed
        on conflict (business_id, unit_id, calendar_id) do update set present = true, ${again}
    )
    -- A calendar that is no longer followed keeps what stands there, unless it moves to another; one that was
    -- disconnected keeps it in any case: what was to go from there is owed already.
    update pushes set ${again},
        present = present and not (
          exists (select from held) and (c.left_at is null or exists (select from placed))
        )
      from calendars c join accounts a on a.business_id = c.business_id and a.id = c.account_id
      where c.business_id = pushes.business_id and c.id = pushes.calendar_id
        and a.state not in ('disconnecting', 'disconnected')
        and pushes.business_id = ${businessId} and unit_id = ${unitId} and (present or event_id is not null)
        and calendar_id not in (select calendar_id from placed)`);
}

// Ahead of what a worker may have in hand, too: a drift raises it besides, and whoever read the unit before this
// change must not settle it.
const wantedAgain = (revision: number) => sql`
  wanted = greatest(pushes.wanted + 1, ${revision}::int),
  due_at = now(),
  attempts = case when pushes.died_at is null then pushes.attempts else 0 end,
  died_at = null`;

/** A booking's customer, or somebody who sits in a session. */
export interface Sitter {
  businessId: string;
  customerId: string;
  /** ms since 1970: what was over by then stays as it is shown. */
  now: number;
}

/** Owes anew what shows a customer who was corrected: where it stands nothing has changed, so it is owed there. */
export const oweAgain = (tx: Transaction, { businessId, customerId, now }: Sitter) =>
  tx.execute(sql`
    update pushes set ${wantedAgain(0)}
      from calendars c join accounts a on a.business_id = c.business_id and a.id = c.account_id
      where c.business_id = pushes.business_id and c.id = pushes.calendar_id
        and a.state not in ('disconnecting', 'disconnected')
        and pushes.business_id = ${businessId} and present and unit_id in (
          select coalesce(session_id, id) from bookings
            where business_id = ${businessId} and customer_id = ${customerId}
              and ends_at > ${new Date(now).toISOString()}::timestamptz
              and status in ('pending', 'confirmed', 'completed', 'no_show')
        )`);

/**
 * What a booking that is new owes, as an insert to go with its others: there are no pushes of it yet, and its resources
 * are known to the one who wrote them.
 */
export const firstPushes = (
  { businessId, unitId, bookingId, sessionId }: Unit,
  resourceIds: readonly string[],
): SQL => sql`
  insert into pushes (business_id, id, unit_id, booking_id, session_id, calendar_id, present, wanted)
    select distinct on (calendar_id) ${businessId}::uuid, gen_random_uuid(), ${unitId}::uuid, ${bookingId}::uuid,
        ${sessionId}::uuid, calendar_id, true, 1
      from links
      where business_id = ${businessId} and writes and resource_id = any(${ids([...resourceIds])})`;

export interface Wish {
  /** Pushes wanted at most; whole units are given, so a few more may come. */
  limit: number;
  /** At most so many of one calendar at once, so that a slow one cannot take every hand there is. */
  perCalendar: number;
  /** Those that have their share already, or are to be left alone for now. Of accounts no push at all is given. */
  without?: { calendarIds?: string[]; businessIds?: string[]; accountIds?: string[] };
}

/**
 * Hands out what is due: oldest first within a calendar, calendars by lot. A unit goes to one worker as a whole, with
 * all its pushes that are due, but for those of accounts to be left alone: these stay due. Counts the attempt now, so
 * that one whose process dies of it is counted too.
 */
export async function claim(db: Connection, wish: Wish): Promise<Claim[]> {
  const { calendarIds = [], businessIds = [], accountIds = [] } = wish.without ?? {};
  return db.transaction(async (tx) => {
    // Each calendar's head of the queue, found by stepping from calendar to calendar through the index: what it costs
    // grows with the calendars that have something due, not with what is due.
    const heads = await tx.execute<{ business_id: string; unit_id: string }>(sql`
      with recursive waiting as (
        (select business_id, calendar_id from pushes where ${owed} order by business_id, calendar_id limit 1)
        union all
        select next.business_id, next.calendar_id from waiting w cross join lateral (
          select business_id, calendar_id from pushes
            where ${owed} and (business_id, calendar_id) > (w.business_id, w.calendar_id)
            order by business_id, calendar_id limit 1
        ) next
      ), able as (
        select w.business_id, w.calendar_id, a.state from waiting w
          join calendars c on c.business_id = w.business_id and c.id = w.calendar_id
          join accounts a on a.business_id = c.business_id and a.id = c.account_id
          join businesses b on b.id = w.business_id
          where ${able} and not (c.id = any(${ids(calendarIds)}))
            and not (a.id = any(${ids(accountIds)})) and not (w.business_id = any(${ids(businessIds)}))
          order by random()
      ), heads as (
        select head.* from able cross join lateral (
          select business_id, unit_id from pushes p
            where business_id = able.business_id and calendar_id = able.calendar_id and ${owed} and due_at <= now()
              and ${welcome('able.state')} and ${idle}
            order by due_at limit ${wish.perCalendar}
        ) head
        limit ${wish.limit}
      )
      select distinct business_id, unit_id from heads
        -- Two workers may see one unit at once, by two of its calendars: one of them gets it.
        where pg_try_advisory_xact_lock(hashtextextended('push/' || unit_id, 0))`);
    return heads.length === 0 ? [] : lease(tx, heads, accountIds);
  });
}

// One that is being disconnected may still have events to take away, and gets no new ones.
const able = sql.raw(
  `((a.state = 'connected' and (b.settings->>'push')::boolean) or a.state = 'disconnecting')`,
);
const welcome = (state: string) => sql.raw(`(${state} <> 'disconnecting' or not p.present)`);
const owed = sql.raw('done < wanted and died_at is null');

// Nobody has the unit in hand. A count, since PostgreSQL makes a join of `not exists`, over all pushes there are.
const idle = sql.raw(`(
  select count(*) from pushes busy
    where busy.business_id = p.business_id and busy.unit_id = p.unit_id and busy.leased_until > now()
  ) = 0`);
const ids = (list: string[]) => sql`${sql.param(list)}::uuid[]`;

// With the units locked, and in a statement of its own: it sees what a worker who had the lock before us has leased.
async function lease(
  tx: Transaction,
  units: { business_id: string; unit_id: string }[],
  resting: string[],
): Promise<Claim[]> {
  const rows = await tx.execute<LeasedRow>(sql`
    with free as (
      select p.business_id, p.id, c.account_id from pushes p
        join calendars c on c.business_id = p.business_id and c.id = p.calendar_id
        join accounts a on a.business_id = c.business_id and a.id = c.account_id
        join businesses b on b.id = p.business_id
        where ${able} and (p.business_id, p.unit_id) in (
            select * from unnest(${ids(units.map((u) => u.business_id))}, ${ids(units.map((u) => u.unit_id))})
          )
          and p.done < p.wanted and p.died_at is null and p.due_at <= now() and not (a.id = any(${ids(resting)}))
          and ${welcome('a.state')} and ${idle}
        for update of p skip locked
    )
    update pushes p set leased_until = ${leaseEnd}, attempts = attempts + 1
      from free where p.business_id = free.business_id and p.id = free.id
      returning p.business_id, p.unit_id, p.booking_id, p.session_id, p.id, p.calendar_id, p.attempts,
        free.account_id, to_json(p.leased_until) #>> '{}' as leased_until`);
  const claims = new Map<string, Claim>();
  for (const row of rows) {
    const claim = claims.get(row.unit_id) ?? {
      businessId: row.business_id,
      unitId: row.unit_id,
      bookingId: row.booking_id,
      sessionId: row.session_id,
      leasedUntil: row.leased_until,
      pushes: [],
    };
    claims.set(row.unit_id, claim);
    claim.pushes.push({
      id: row.id,
      calendarId: row.calendar_id,
      accountId: row.account_id,
      attempt: row.attempts,
    });
  }
  return [...claims.values()];
}

type LeasedRow = {
  business_id: string;
  unit_id: string;
  booking_id: string | null;
  session_id: string | null;
  id: string;
  calendar_id: string;
  account_id: string;
  attempts: number;
  leased_until: string;
};

// By the database's clock, which is one for all processes; the same for every push of the claim.
const leaseEnd = sql`now() + make_interval(secs => ${leaseSeconds})`;

/** Another worker has taken over, for this one was not heard of too long: it must not write any more. */
export class LeaseLost extends Error {
  override readonly name = 'LeaseLost';
}

/** Lengthens the lease; the claim bears the new end. @throws LeaseLost */
export async function keep(db: Connection, claim: Claim): Promise<void> {
  const rows = await db.execute<{ leased_until: string }>(sql`
    update pushes set leased_until = ${leaseEnd}
      where business_id = ${claim.businessId} and unit_id = ${claim.unitId} and ${leasedBy(claim)}
      returning to_json(leased_until) #>> '{}' as leased_until`);
  const end = rows[0]?.leased_until;
  if (!end) throw new LeaseLost();
  claim.leasedUntil = end;
}

/** What a push knows of its event. */
export interface Known {
  generation: number;
  eventId: string | null;
  etag: string | null;
  written: Record<string, unknown> | null;
}

/**
 * Keeps what is known of the event, in the midst of a push.
 * @returns false, and nothing is kept, if it was to be another event and the one until now was seen elsewhere meanwhile
 * @throws LeaseLost
 */
export async function note(db: Connection, claim: Claim, pushId: string, known: Known): Promise<boolean> {
  const columns = knownColumns(
    known,
    sql`elsewhere is null or coalesce(event_id, ${known.eventId}) = ${known.eventId}`,
  );
  return (await change(db, claim, pushId, columns)) === known.eventId;
}

/**
 * The push is done up to `done`; if more is wanted by now it stays owed. `at`: when Google answered last, ms since 1970.
 * An event that was seen in another calendar meanwhile is not forgotten: whoever told of it owes it another look.
 * @throws LeaseLost
 */
export async function settle(
  db: Connection,
  claim: Claim,
  pushId: string,
  result: Known & { done: number; at?: number },
) {
  const at = new Date(result.at ?? Date.now()).toISOString();
  const columns = knownColumns(result, result.eventId === null ? sql`elsewhere is null` : undefined);
  await change(
    db,
    claim,
    pushId,
    sql`${columns}, written_at = ${at}::timestamptz, done = greatest(done, ${result.done}), attempts = 0,
      failure = null, leased_until = null`,
  );
}

/** Gives the push back, to be tried again after `delay` ms. `counts`: whether this was a try. @throws LeaseLost */
export async function postpone(
  db: Connection,
  claim: Claim,
  pushId: string,
  why: { delay: number; failure: string | null; counts: boolean },
): Promise<void> {
  await change(
    db,
    claim,
    pushId,
    sql`due_at = now() + make_interval(secs => ${why.delay / 1000}), failure = coalesce(${why.failure}, failure),
      attempts = attempts - ${why.counts ? 0 : 1}, leased_until = null`,
  );
}

/** Gives the push up, unless more than `wanted` is wanted by now: that deserves a try of its own. @throws LeaseLost */
export async function bury(
  db: Connection,
  claim: Claim,
  pushId: string,
  why: { failure: string; wanted: number },
) {
  await change(
    db,
    claim,
    pushId,
    sql`died_at = case when wanted > ${why.wanted} then null else now() end, failure = ${why.failure},
      leased_until = null`,
  );
}

/** Gives back at once whatever of the claim is still held, as if it had not been claimed. */
export async function giveBack(db: Connection, claim: Claim): Promise<void> {
  await db.execute(sql`
    update pushes set leased_until = null, attempts = attempts - 1
      where business_id = ${claim.businessId} and unit_id = ${claim.unitId} and ${leasedBy(claim)}`);
}

const leasedBy = (claim: Claim): SQL => sql`leased_until = ${claim.leasedUntil}::timestamptz`;

/** @param when else what was known stays */
function knownColumns({ generation, eventId, etag, written }: Known, when: SQL = sql`true`): SQL {
  const put = (column: string, value: SQL) =>
    sql`${sql.raw(column)} = case when ${when} then ${value} else ${sql.raw(column)} end`;
  return sql`${put('tried', sql`null`)}, ${put('generation', sql`${generation}::int`)}, ${put('event_id', sql`${eventId}::text`)},
    ${put('etag', sql`${etag}::text`)}, ${put('written', sql`${written && JSON.stringify(written)}::text::jsonb`)}`;
}

/** @returns the id of its event, as it is known now */
async function change(db: Connection, claim: Claim, pushId: string, columns: SQL): Promise<string | null> {
  const [row] = await db.execute<{ event_id: string | null }>(sql`
    update pushes set ${columns}
      where business_id = ${claim.businessId} and id = ${pushId} and ${leasedBy(claim)} returning event_id`);
  if (!row) throw new LeaseLost();
  return row.event_id;
}
