// Writes the blocks and openings that events make: for some families anew, or a day further for all series.
import { type AnyColumn, and, eq, isNotNull, isNull, or, type SQL, sql } from 'drizzle-orm';
import type { Decision } from '../../shared/decide.ts';
import { decisions, events } from '../database/mirror.ts';
import type { Transaction } from '../database/open.ts';
import { type Event, type Family, judged, occurring, type Taken, takenBy } from './derive.ts';
import type { Judge } from './judge.ts';
import { lookBack } from './reflect.ts';

/** Families in memory at once. */
const most = 2000;

export interface Rebuilding {
  judge: Judge;
  /** ms since 1970 */
  now: number;
  /** Series are expanded up to here. */
  until: number;
}

/** The blocks of these single events and series, as they stand in the mirror now. */
export async function rebuild(tx: Transaction, of: Rebuilding, familyIds: readonly string[]): Promise<void> {
  for (let i = 0; i < familyIds.length; i += most) {
    const families = await loadFamilies(tx, of.judge, familyIds.slice(i, i + most));
    const eventIds = families.flatMap(eventsOf).map(({ eventId }) => eventId);
    const these = sql`and event_id = any(${sql.param(eventIds)}::text[])`;
    await clear(tx, of.judge, these);
    await write(tx, of.judge, derive(families, of));
    await note(tx, of.judge, { families, these });
  }
}

/**
 * Every event of the calendar.
 * @param rows all that the mirror holds of it, if they are at hand: then none of them is read again
 * @returns the families
 */
export async function rebuildAll(
  tx: Transaction,
  of: Rebuilding,
  rows?: readonly Event[],
): Promise<string[]> {
  const { businessId, calendarId } = of.judge;
  if (!rows) {
    const found = await tx.execute<{ id: string }>(sql`
      select distinct coalesce(series_id, event_id) as id from events
        where calendar_id = ${calendarId} and business_id = ${businessId}`);
    const ids = found.map(({ id }) => id);
    await rebuild(tx, of, ids);
    return ids;
  }
  const families = asFamilies(rows, await decisionsOf(tx, of.judge));
  await clear(tx, of.judge);
  for (let i = 0; i < families.length; i += most)
    await write(tx, of.judge, derive(families.slice(i, i + most), of));
  await note(tx, of.judge, { families });
  return families.map(({ id }) => id);
}

/**
 * Series go on up to `until`: only what begins after `from` is new.
 * @returns the families that take more now
 */
export async function extend(tx: Transaction, of: Rebuilding, from: number): Promise<string[]> {
  const { businessId, calendarId } = of.judge;
  const rows = await tx
    .select({ id: events.eventId })
    .from(events)
    .where(
      and(
        eq(events.calendarId, calendarId),
        eq(events.businessId, businessId),
        isNotNull(events.recurrence),
        or(
          isNull(events.lastEndsAt),
          sql`${events.lastEndsAt} > ${new Date(from).toISOString()}::timestamptz`,
        ),
      ),
    );
  const ids = rows.map(({ id }) => id);
  const taking = new Set<string>();
  for (let i = 0; i < ids.length; i += most) {
    const families = await loadFamilies(tx, of.judge, ids.slice(i, i + most));
    const later = families.flatMap((family) =>
      occurring(family, of.judge, { start: from, end: of.until })
        // Exceptions stand in the tables wherever they are; and what begins earlier does as well.
        .filter(({ event, start }) => event === family.master && start >= from)
        .flatMap(takenBy),
    );
    await write(tx, of.judge, later);
    for (const { eventId, means } of later) if (means === 'block') taking.add(eventId);
  }
  return [...taking];
}

const derive = (families: Family[], { judge, now, until }: Rebuilding): Taken[] =>
  families.flatMap((family) => {
    // What is over takes nothing any more, but what other choices would have cost is counted over it (cost.ts).
    const window = { start: now - lookBack, end: until };
    // What stands by itself is there whenever it is: only a rule needs an end.
    const endless = { ...window, end: Infinity };
    if (!family.master?.recurrence) return occurring(family, judge, endless).flatMap(takenBy);
    const ruled = occurring(family, judge, window).filter(({ event }) => event === family.master);
    return [...ruled, ...occurring({ ...family, master: null }, judge, endless)].flatMap(takenBy);
  });

/** One for each id, in their order; empty where the mirror holds nothing of it. */
export async function loadFamilies(tx: Transaction, judge: Judge, ids: string[]): Promise<Family[]> {
  const { businessId, calendarId } = judge;
  const rows = await tx
    .select()
    .from(events)
    .where(
      and(
        eq(events.calendarId, calendarId),
        eq(events.businessId, businessId),
        sql`coalesce(${events.seriesId}, ${events.eventId}) = any(${sql.param(ids)}::text[])`,
      ),
    );
  return asFamilies(rows, await decisionsOf(tx, judge, ids), ids);
}

type Said = typeof decisions.$inferSelect;

async function decisionsOf(tx: Transaction, judge: Judge, ids?: string[]): Promise<Said[]> {
  return tx
    .select()
    .from(decisions)
    .where(
      and(
        eq(decisions.businessId, judge.businessId),
        eq(decisions.calendarId, judge.calendarId),
        ids && anyOf(decisions.eventId, ids),
        isNull(decisions.endedAt),
        eq(decisions.proposed, false),
      ),
    );
}

function asFamilies(rows: readonly Event[], said: Said[], ids: string[] = []): Family[] {
  const empty = (id: string): Family => ({ id, master: null, exceptions: [], decisions: [] });
  const families = new Map(ids.map((id) => [id, empty(id)]));
  for (const row of rows) {
    const id = row.seriesId ?? row.eventId;
    const family = families.get(id) ?? empty(id);
    families.set(id, family);
    if (row.seriesId) family.exceptions.push(row);
    else family.master = row;
  }
  for (const { eventId, id, scope, from, shares } of said)
    families.get(eventId)?.decisions.push({ id, scope, from, shares } satisfies Decision);
  return [...families.values()];
}

// One parameter however many there are.
const anyOf = (column: AnyColumn, ids: string[]): SQL => sql`${column} = any(${sql.param(ids)}::text[])`;

const eventsOf = ({ master, exceptions }: Family): Event[] => [...(master ? [master] : []), ...exceptions];

/** What of its events makes blocks and openings: `these`, a condition on event_id, or all. */
async function clear(tx: Transaction, { businessId, calendarId }: Judge, these: SQL = sql``): Promise<void> {
  const of = sql`calendar_id = ${calendarId} and business_id = ${businessId} ${these}`;
  await tx.execute(sql`delete from blocks where ${of}`);
  await tx.execute(sql`delete from openings where ${of}`);
}

async function write(tx: Transaction, { businessId, calendarId }: Judge, taken: Taken[]): Promise<void> {
  const columns = (of: Taken[]) =>
    JSON.stringify(
      of.map(({ resourceId, eventId, original, start, end, places, why: { code, id } }) => ({
        resource_id: resourceId,
        event_id: eventId,
        original,
        from: new Date(start).toISOString(),
        to: new Date(end).toISOString(),
        places,
        cause: { code, ...(id && { id }) },
      })),
    );
  const rows = (of: Taken[]) => sql`
    json_to_recordset(${columns(of)}::text::json) as taken(
      resource_id uuid, event_id text, original text, "from" timestamptz, "to" timestamptz, places int, cause jsonb)`;
  const blocks = taken.filter(({ means }) => means === 'block');
  const openings = taken.filter(({ means }) => means === 'open');
  if (blocks.length > 0)
    await tx.execute(sql`
      insert into blocks (business_id, id, resource_id, during, places, calendar_id, event_id, original, cause)
        select ${businessId}::uuid, gen_random_uuid(), resource_id, tstzrange("from", "to"), places,
            ${calendarId}::uuid, event_id, original, cause
          from ${rows(blocks)}`);
  if (openings.length > 0)
    await tx.execute(sql`
      insert into openings (business_id, id, resource_id, during, calendar_id, event_id, original, cause)
        select ${businessId}::uuid, gen_random_uuid(), resource_id, tstzrange("from", "to"),
            ${calendarId}::uuid, event_id, original, cause
          from ${rows(openings)}`);
}

/** Which of them a person should say something about. */
async function note(
  tx: Transaction,
  judge: Judge,
  { families, these = sql`` }: { families: Family[]; these?: SQL },
): Promise<void> {
  const undecided = families.flatMap((family) =>
    eventsOf(family)
      .filter((event) => judged(family, judge, event).undecided)
      .map(({ eventId }) => eventId),
  );
  const now = sql`event_id = any(${sql.param(undecided)}::text[])`;
  await tx.execute(sql`
    update events set undecided = not undecided
      where calendar_id = ${judge.calendarId} and business_id = ${judge.businessId} ${these} and undecided <> (${now})`);
}
