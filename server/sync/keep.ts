// Keeps what a reading brought: bookmark, mirror and blocks in one transaction, or nothing if another reading came first.
import { and, eq, sql } from 'drizzle-orm';
import { fingerprintOf, type Judge } from '../blocks/judge.ts';
import { extend, rebuild, rebuildAll } from '../blocks/rebuild.ts';
import { pulls } from '../database/mirror.ts';
import type { Transaction } from '../database/open.ts';
import type { Brought } from './read.ts';
import type { Reflection } from './reflect.ts';

export type Bookmark = Pick<
  typeof pulls.$inferSelect,
  'bookmark' | 'token' | 'fingerprint' | 'expandedUntil'
>;

export interface Keeping {
  judge: Judge;
  /** As it was when the reading began. */
  before: Bookmark;
  brought: Brought;
  /** When the reading began, ms since 1970. */
  began: number;
  /** How far series are expanded, ms. */
  until: number;
}

/** @returns the families that changed; null if another reading was kept meanwhile: then this one counts for nothing */
export async function keep(tx: Transaction, keeping: Keeping): Promise<string[] | null> {
  const { judge, before, brought, began } = keeping;
  const until = Math.max(keeping.until, before.expandedUntil?.getTime() ?? 0);
  const bookmark = await take(tx, keeping, until);
  if (bookmark === null) return null;
  const gone = await forget(tx, judge, brought.gone);
  await upsert(tx, judge, { rows: brought.rows, seen: bookmark });
  const swept = brought.complete ? await sweep(tx, judge, bookmark) : [];
  const of = { judge, now: began, until };
  const told = brought.rows.map((row) => row.seriesId ?? row.eventId);
  await dropOrphans(tx, judge, told);
  const changed = [...new Set([...gone, ...swept, ...told])];
  if (brought.complete || before.fingerprint !== fingerprintOf(judge)) await rebuildAll(tx, of);
  else {
    if (before.expandedUntil && before.expandedUntil.getTime() < until)
      await extend(tx, of, before.expandedUntil.getTime());
    await rebuild(tx, of, changed);
  }
  await countLinks(tx, judge);
  return changed;
}

/** An occurrence that was cancelled says nothing once its series is gone. */
async function dropOrphans(tx: Transaction, { businessId, calendarId }: Judge, families: string[]) {
  await tx.execute(sql`
    delete from events lone where lone.business_id = ${businessId} and lone.calendar_id = ${calendarId}
      and lone.series_id = any(${sql.param(families)}::text[]) and lone.status = 'cancelled'
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

async function take(tx: Transaction, { judge, before, brought, began }: Keeping, until: number) {
  const [row] = await tx
    .update(pulls)
    .set({
      bookmark: before.bookmark + 1,
      token: brought.token,
      fingerprint: fingerprintOf(judge),
      readAt: new Date(began),
      expandedUntil: new Date(until),
      toldAt: null,
    })
    .where(
      and(
        eq(pulls.businessId, judge.businessId),
        eq(pulls.calendarId, judge.calendarId),
        eq(pulls.bookmark, before.bookmark),
      ),
    )
    .returning({ bookmark: pulls.bookmark });
  return row?.bookmark ?? null;
}

type Families = { id: string }[];

/** With a series go its exceptions; their blocks go by themselves. @returns the families */
async function forget(tx: Transaction, judge: Judge, ids: readonly string[]): Promise<string[]> {
  if (ids.length === 0) return [];
  const gone = sql.param([...ids]);
  const rows = await tx.execute<Families[number]>(sql`
    delete from events where business_id = ${judge.businessId} and calendar_id = ${judge.calendarId}
      and (event_id = any(${gone}::text[]) or series_id = any(${gone}::text[]))
      returning coalesce(series_id, event_id) as id`);
  return rows.map(({ id }) => id);
}

/** A complete reading did not hold them: they are gone. */
async function sweep(tx: Transaction, judge: Judge, bookmark: number): Promise<string[]> {
  const rows = await tx.execute<Families[number]>(sql`
    delete from events where business_id = ${judge.businessId} and calendar_id = ${judge.calendarId}
      and seen < ${bookmark} returning coalesce(series_id, event_id) as id`);
  return rows.map(({ id }) => id);
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
