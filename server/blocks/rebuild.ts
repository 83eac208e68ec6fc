// Writes the blocks and openings that events make: for some families anew, or a day further for all series.
import { type AnyColumn, and, eq, isNotNull, isNull, or, type SQL, sql } from 'drizzle-orm';
import type { Decision } from '../../shared/decide.ts';
import { DAY, type Span } from '../../shared/time.ts';
import { decisions, events } from '../database/mirror.ts';
import type { Transaction } from '../database/open.ts';
import { type Event, type Family, judged, occurring, type Taken, takenBy } from './derive.ts';
import type { Judge } from './judge.ts';

/** Families in memory at once. */
const most = 500;

/** What is derived is derived from two days ago on: what is over takes nothing any more. */
const behind = 2 * DAY;

export interface Rebuilding {
  judge: Judge;
  /** ms since 1970 */
  now: number;
  /** Series are expanded up to here. */
  until: number;
}

/** The blocks of these single events and series, as they stand in the mirror now. */
export async function rebuild(tx: Transaction, of: Rebuilding, familyIds: readonly string[]): Promise<void> {
  const window = { start: of.now - behind, end: of.until };
  for (let i = 0; i < familyIds.length; i += most) {
    const families = await loadFamilies(tx, of.judge, familyIds.slice(i, i + most));
    await clear(tx, of.judge, families);
    await write(tx, of.judge, derive(families, of.judge, window));
    await note(tx, of.judge, families);
  }
}

/** Every event of the calendar. @returns the families */
export async function rebuildAll(tx: Transaction, of: Rebuilding): Promise<string[]> {
  const { businessId, calendarId } = of.judge;
  const rows = await tx.execute<{ id: string }>(sql`
    select distinct coalesce(series_id, event_id) as id from events
      where calendar_id = ${calendarId} and business_id = ${businessId}`);
  const families = rows.map(({ id }) => id);
  await rebuild(tx, of, families);
  return families;
}

/** Series go on up to `until`: only what begins after `from` is new. */
export async function extend(tx: Transaction, of: Rebuilding, from: number): Promise<void> {
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
  for (let i = 0; i < ids.length; i += most) {
    const families = await loadFamilies(tx, of.judge, ids.slice(i, i + most));
    const later = families.flatMap((family) =>
      occurring(family, of.judge, { start: from, end: of.until })
        // Exceptions stand in the tables wherever they are; and what begins earlier does as well.
        .filter(({ event, start }) => event === family.master && start >= from)
        .flatMap(takenBy),
    );
    await write(tx, of.judge, later);
  }
}

const derive = (families: Family[], judge: Judge, window: Span): Taken[] =>
  families.flatMap((family) => {
    // What stands by itself is there whenever it is: only a rule needs an end.
    const endless = { ...window, end: Infinity };
    if (!family.master?.recurrence) return occurring(family, judge, endless).flatMap(takenBy);
    const ruled = occurring(family, judge, window).filter(({ event }) => event === family.master);
    return [...ruled, ...occurring({ ...family, master: null }, judge, endless)].flatMap(takenBy);
  });

export async function loadFamilies(tx: Transaction, judge: Judge, ids: string[]): Promise<Family[]> {
  const { businessId, calendarId } = judge;
  const mine = and(eq(events.calendarId, calendarId), eq(events.businessId, businessId));
  const rows = await tx
    .select()
    .from(events)
    .where(and(mine, or(anyOf(events.eventId, ids), anyOf(events.seriesId, ids))));
  const said = await tx
    .select()
    .from(decisions)
    .where(
      and(
        eq(decisions.businessId, businessId),
        eq(decisions.calendarId, calendarId),
        anyOf(decisions.eventId, ids),
        isNull(decisions.endedAt),
        eq(decisions.proposed, false),
      ),
    );
  const families = new Map(
    ids.map((id): [string, Family] => [id, { id, master: null, exceptions: [], decisions: [] }]),
  );
  for (const row of rows) {
    const family = families.get(row.seriesId ?? row.eventId);
    if (row.seriesId) family?.exceptions.push(row);
    else if (family) family.master = row;
  }
  for (const { eventId, id, scope, from, shares } of said)
    families.get(eventId)?.decisions.push({ id, scope, from, shares } satisfies Decision);
  return [...families.values()];
}

// One parameter however many there are.
const anyOf = (column: AnyColumn, ids: string[]): SQL => sql`${column} = any(${sql.param(ids)}::text[])`;

const eventIdsOf = ({ master, exceptions }: Family): string[] =>
  [...(master ? [master] : []), ...exceptions].map(({ eventId }) => eventId);

async function clear(tx: Transaction, { businessId, calendarId }: Judge, families: Family[]): Promise<void> {
  const ids = sql.param(families.flatMap(eventIdsOf));
  const of = sql`calendar_id = ${calendarId} and event_id = any(${ids}::text[]) and business_id = ${businessId}`;
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

/** What was decided of each event, for those who ask what is undecided, and why. */
async function note(tx: Transaction, judge: Judge, families: Family[]): Promise<void> {
  const said = families.flatMap((family) =>
    [...(family.master ? [family.master] : []), ...family.exceptions].flatMap((event: Event) => {
      const { why, undecided } = judged(family, judge, event);
      const same = undecided === event.undecided && JSON.stringify(why) === JSON.stringify(event.why);
      return same ? [] : [{ event_id: event.eventId, why, undecided }];
    }),
  );
  if (said.length === 0) return;
  await tx.execute(sql`
    update events e set why = said.why, undecided = said.undecided
      from json_to_recordset(${JSON.stringify(said)}::text::json) as said(event_id text, why jsonb, undecided boolean)
      where e.calendar_id = ${judge.calendarId} and e.event_id = said.event_id and e.business_id = ${judge.businessId}`);
}
