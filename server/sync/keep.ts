// Keeps what a reading brought: bookmark, mirror and blocks in one transaction, or nothing if another reading came first.
import { and, eq, gt, lt, sql } from 'drizzle-orm';
import type { Span } from '../../shared/time.ts';
import { adoptMarks } from '../blocks/adopt.ts';
import { arriving, extendFixes, leftFree, mindFree } from '../blocks/autofix.ts';
import { noteCollisions } from '../blocks/collisions.ts';
import { inheritSplits } from '../blocks/inherit.ts';
import { carriedOn, fingerprintOf, halvesOf, type Judge } from '../blocks/judge.ts';
import { lockLinked } from '../blocks/lock.ts';
import { carryOver, findMoves } from '../blocks/moved.ts';
import { ourIds } from '../blocks/ours.ts';
import { extend, type Rebuilding, rebuild, rebuildAll } from '../blocks/rebuild.ts';
import { lookBack, type Reflection } from '../blocks/reflect.ts';
import { findSplits } from '../blocks/split.ts';
import { barred, noteRole } from '../calendars/roles.ts';
import type { Context } from '../context.ts';
import { events, pulls } from '../database/mirror.ts';
import type { Transaction } from '../database/open.ts';
import { owePulls } from '../jobs/pulls.ts';
import { meetOurs } from './meet.ts';
import { type Brought, busyId } from './read.ts';
import { doubt } from './shrunk.ts';

export type Bookmark = Pick<
  typeof pulls.$inferSelect,
  'bookmark' | 'token' | 'fingerprint' | 'expandedUntil'
>;

export interface Keeping {
  context: Pick<Context, 'now'>;
  judge: Judge;
  /** As it was when the reading began. */
  before: Bookmark;
  brought: Brought;
  /** When the reading began, ms since 1970. */
  began: number;
  /** How far series are expanded, ms. */
  until: number;
}

/**
 * The mirror first, then what follows from it: our own events, marks that people's decisions left, whom each event
 * blocks, what is to be Free, whom it hits.
 * @returns whether it was kept; false if another reading was meanwhile: then this one counts for nothing
 * @throws Again; GoogleError, if it is not to be believed yet
 */
export async function keep(tx: Transaction, keeping: Keeping): Promise<boolean> {
  const { context, judge, brought, began } = keeping;
  const { businessId, calendarId } = judge;
  const held = await hold(tx, keeping);
  if (!held) return false;
  const { bookmark, expanded, until, failure } = held;
  await doubt(tx, judge, { brought, began, failure });
  const { complete, rows, marks, zone, accessRole } = brought;
  const wereFree = await leftFree(tx, judge, rows);
  // Without a token nothing was read before, or busy times alone.
  const known = keeping.before.token !== null;
  const arrived = await arriving(tx, judge, { rows, complete, known });
  const splits = await findSplits(tx, judge, brought);
  const moves = await findMoves(tx, judge, rows);
  const { changed, left, unseen } = await mirror(tx, judge, { brought, bookmark, began });
  // Free and busy alone say nothing of which events there are.
  const all = complete && brought.token !== null;
  await meetOurs(tx, { context, businessId, calendarId, now: began, complete: all }, brought.ours);
  const adopted = await adoptMarks(tx, { judge, now: context.now(), found: marks });
  await carryOver(tx, { judge, now: context.now(), moves });
  await inheritSplits(tx, { judge, now: context.now(), splits });
  const of = { judge, now: context.now(), until };
  const families = [...new Set([...changed, ...left, ...adopted])];
  const { rebuilt, extended } = await block(tx, keeping, { of, families, expanded, unseen });
  await mindFree(tx, of, { rows, marks, wereFree, arrived, complete, judged: rebuilt });
  await lockLinked(tx, judge, [...rebuilt, ...extended]);
  // What is left of a busy time takes nothing that it did not take before: that was told.
  const familyIds = rebuilt.filter((id) => !left.includes(id));
  await noteCollisions(tx, { judge, familyIds, now: context.now() });
  if (expanded !== null)
    await noteCollisions(tx, { judge, familyIds: extended, now: context.now(), from: expanded });
  if (brought.only) return true;
  await countLinks(tx, judge);
  // What may be seen of it is different now, or read in another zone: read again.
  const regained = barred.has(failure ?? '');
  if (await noteRole(tx, { businessId, calendarId, accessRole, zone, regained }))
    await owePulls(tx, businessId, [calendarId]);
  return true;
}

interface Mirroring {
  brought: Brought;
  bookmark: number;
  began: number;
}

/** `unseen`: the mirror holds more than was read. */
interface Reflected {
  /** The families that changed, and those that stand for what is left of others. */
  changed: string[];
  left: string[];
  unseen: boolean;
}

async function mirror(
  tx: Transaction,
  judge: Judge,
  { brought, bookmark, began }: Mirroring,
): Promise<Reflected> {
  const { only } = brought;
  const lying = only ? await within(tx, judge, only) : [];
  const left = lying.flatMap((row) => (only ? outside(row, only) : []));
  const gone = await forget(tx, judge, only ? lying.map(({ eventId }) => eventId) : brought.gone);
  // Of the same times what is told now counts.
  await upsert(tx, judge, { rows: left, seen: bookmark });
  await upsert(tx, judge, { rows: brought.rows, seen: bookmark });
  const { swept, unseen } = brought.complete
    ? await sweep(tx, judge, { bookmark, from: began - lookBack })
    : { swept: [], unseen: false };
  const told = brought.rows.map((row) => row.seriesId ?? row.eventId);
  await dropOrphans(tx, judge, told);
  return { changed: [...gone, ...swept, ...told], left: left.map(({ eventId }) => eventId), unseen };
}

interface Blocking {
  of: Rebuilding;
  families: string[];
  expanded: number | null;
  unseen: boolean;
}

/** The families whose blocks were written anew, and those that take more than before as days have rolled on. */
interface Blocked {
  rebuilt: string[];
  extended: string[];
}

async function block(
  tx: Transaction,
  { before, brought }: Keeping,
  { of, families, expanded, unseen }: Blocking,
): Promise<Blocked> {
  if (brought.complete) {
    // One that turned out to be ours is not in the mirror any more.
    const ours = new Set(brought.ours.map(({ id }) => id));
    const taken = brought.rows.some(({ eventId }) => ours.has(eventId));
    return { rebuilt: await rebuildAll(tx, of, taken || unseen ? undefined : brought.rows), extended: [] };
  }
  const judged = (print: string | null) => halvesOf(print).judged;
  if (!brought.only && judged(before.fingerprint) !== judged(fingerprintOf(of.judge)))
    return { rebuilt: await rebuildAll(tx, of), extended: [] };
  let extended: string[] = [];
  if (expanded !== null && expanded < of.until) {
    extended = await extend(tx, of, expanded);
    await extendFixes(tx, of);
  }
  await rebuild(tx, of, families);
  return { rebuilt: families, extended };
}

/** An occurrence that was cancelled says nothing once its series is gone. */
async function dropOrphans(tx: Transaction, { businessId, calendarId }: Judge, families: string[]) {
  await tx.execute(sql`
    delete from events lone where lone.business_id = ${businessId} and lone.calendar_id = ${calendarId}
      and coalesce(lone.series_id, lone.event_id) = any(${sql.param(families)}::text[])
      and lone.series_id is not null and lone.status = 'cancelled'
      and not exists (select from events master where master.business_id = lone.business_id
        and master.calendar_id = lone.calendar_id and master.event_id = lone.series_id)`);
}

/** From now on it is known what takes those linked: until then they were not offered. */
async function countLinks(tx: Transaction, { businessId, calendarId, linked }: Judge): Promise<void> {
  const ids = sql.param(linked.map(({ id }) => id));
  await tx.execute(sql`
    update links set judged = true where business_id = ${businessId} and calendar_id = ${calendarId}
      and resource_id = any(${ids}::uuid[]) and not judged`);
}

interface Held {
  bookmark: number;
  /** How far series were expanded until now: days may have rolled on since the reading began. */
  expanded: number | null;
  until: number;
  /** Of the reading before this one. */
  failure: string | null;
}

/** Locks the calendar and moves its bookmark on; null if somebody else has. */
async function hold(tx: Transaction, keeping: Keeping): Promise<Held | null> {
  const { judge, before, brought, began } = keeping;
  const mine = and(eq(pulls.businessId, judge.businessId), eq(pulls.calendarId, judge.calendarId));
  const [row] = await tx
    .select({ bookmark: pulls.bookmark, expandedUntil: pulls.expandedUntil, failure: pulls.failure })
    .from(pulls)
    .where(mine)
    .for('update');
  if (row?.bookmark !== before.bookmark || (await isOtherwise(tx, judge, brought))) return null;
  const expanded = row.expandedUntil?.getTime() ?? null;
  // Free/busy, which has no token, is known only as far as it was asked now.
  const until = brought.token === null ? keeping.until : Math.max(keeping.until, expanded ?? 0);
  const bookmark = before.bookmark + 1;
  // A glance at one span is no reading of the calendar.
  if (brought.only) {
    await tx.update(pulls).set({ bookmark }).where(mine);
    return { bookmark, expanded, until: expanded ?? keeping.until, failure: row.failure };
  }
  await tx
    .update(pulls)
    .set({
      bookmark,
      token: brought.token,
      fingerprint: brought.complete ? fingerprintOf(judge) : carriedOn(before.fingerprint, judge),
      readAt: new Date(began),
      expandedUntil: new Date(until),
    })
    .where(mine);
  return { bookmark, expanded, until, failure: row.failure };
}

/** An event became a booking's since it was read, or is one no longer: read again, it counts as what it is by now. */
async function isOtherwise(tx: Transaction, judge: Judge, { ours, here }: Brought): Promise<boolean> {
  if (ours.length === 0) return false;
  const now = await ourIds(tx, judge, ours);
  return ours.some(
    ({ id = '', status }) => status !== 'cancelled' && here.has(id ?? '') !== (now.get(id ?? '') ?? false),
  );
}

async function within(tx: Transaction, judge: Judge, { start, end }: Span): Promise<Reflection[]> {
  const { businessId, calendarId } = judge;
  const its = and(eq(events.businessId, businessId), eq(events.calendarId, calendarId));
  return tx
    .select()
    .from(events)
    .where(and(its, lt(events.startsAt, new Date(end)), gt(events.endsAt, new Date(start))));
}

/** Of a time that reaches beyond the one span that was asked for, the rest: nothing was said of that, so it stays. */
function outside(row: Reflection, only: Span): Reflection[] {
  // A series says more than one time.
  if (row.recurrence || row.seriesId) return [];
  const [start, end] = [row.startsAt.getTime(), row.endsAt.getTime()];
  return [
    { start, end: only.start },
    { start: only.end, end },
  ]
    .filter((span) => span.start < span.end)
    .map((span) => {
      const [startsAt, endsAt] = [new Date(span.start), new Date(span.end)];
      const times = { startsAt, endsAt, lastEndsAt: endsAt, startDate: null, endDate: null };
      return { ...row, ...times, eventId: busyId(span) };
    });
}

type Families = { id: string }[];

/** With a series go its exceptions; their blocks go by themselves. @returns the families */
async function forget(tx: Transaction, judge: Judge, ids: readonly string[]): Promise<string[]> {
  if (ids.length === 0) return [];
  const gone = sql.param([...ids]);
  const rows = await tx.execute<Families[number]>(sql`
    delete from events where business_id = ${judge.businessId} and calendar_id = ${judge.calendarId}
      and (event_id = any(${gone}::text[]) or coalesce(series_id, event_id) = any(${gone}::text[]))
      returning coalesce(series_id, event_id) as id`);
  return rows.map(({ id }) => id);
}

/**
 * A complete reading did not hold them: they are gone. But one that was over before what was asked for, brought forward
 * from a time that its series may still give, says that it does not stand there: it stays with its series.
 */
async function sweep(
  tx: Transaction,
  { businessId, calendarId }: Judge,
  { bookmark, from }: { bookmark: number; from: number },
): Promise<{ swept: string[]; unseen: boolean }> {
  const asked = sql`${new Date(from).toISOString()}::timestamptz`;
  const its = sql`own.business_id = ${businessId} and own.calendar_id = ${calendarId} and own.seen < ${bookmark}`;
  const rows = await tx.execute<Families[number]>(sql`
    delete from events own where ${its} and not (own.ends_at <= ${asked} and own.last_ends_at > ${asked} and exists (
        select from events master where master.business_id = own.business_id
          and master.calendar_id = own.calendar_id and master.event_id = own.series_id
          and master.seen = ${bookmark} and master.recurrence is not null))
      returning coalesce(own.series_id, own.event_id) as id`);
  const [left] = await tx.execute(sql`select from events own where ${its} limit 1`);
  return { swept: rows.map(({ id }) => id), unseen: left !== undefined };
}

/** Rows in one statement: a large calendar's are written in slices, so that no text of them all is ever made. */
const slice = 2000;

async function upsert(tx: Transaction, judge: Judge, { rows, seen }: { rows: Reflection[]; seen: number }) {
  for (let i = 0; i < rows.length; i += slice) {
    const texts = JSON.stringify(rows.slice(i, i + slice));
    await tx.execute(sql`
      insert into events (business_id, calendar_id, seen, event_id, series_id, original, etag, starts_at, ends_at,
          start_date, end_date, zone, recurrence, last_ends_at, status, type, free, freed, response, color, creator,
          creator_hash, title, answer)
        select ${judge.businessId}::uuid, ${judge.calendarId}::uuid, ${seen}::int, "eventId", "seriesId", original, etag,
            "startsAt", "endsAt", "startDate", "endDate", zone, recurrence, "lastEndsAt", status, type, free, freed,
            response, color, creator, "creatorHash", title, answer
          from json_to_recordset(${texts}::text::json) as seen("eventId" text, "seriesId" text, original text,
            etag text, "startsAt" timestamptz, "endsAt" timestamptz, "startDate" text, "endDate" text, zone text,
            recurrence text[], "lastEndsAt" timestamptz, status text, type text, free boolean, freed boolean,
            response text, color text, creator uuid, "creatorHash" text, title text, answer jsonb)
        on conflict (calendar_id, event_id, business_id) do update set seen = excluded.seen,
          series_id = excluded.series_id, original = excluded.original, etag = excluded.etag,
          starts_at = excluded.starts_at, ends_at = excluded.ends_at, start_date = excluded.start_date,
          end_date = excluded.end_date, zone = excluded.zone, recurrence = excluded.recurrence,
          last_ends_at = excluded.last_ends_at, status = excluded.status, type = excluded.type, free = excluded.free,
          freed = excluded.freed, response = excluded.response, color = excluded.color, creator = excluded.creator,
          creator_hash = excluded.creator_hash, title = excluded.title, answer = excluded.answer`);
  }
}
