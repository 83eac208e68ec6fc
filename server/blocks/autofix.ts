// What a pull means for what is Free: a person's Busy is kept, series go on being Free, new events are set Free as they arrive.
import { and, eq, inArray, isNotNull, isNull, type SQL, sql } from 'drizzle-orm';
import type { Mark } from '../../shared/marks.ts';
import { events, fixes } from '../database/mirror.ts';
import type { Transaction } from '../database/open.ts';
import { choose, isUncalledFor } from './choose.ts';
import { addWishes, autoFixer, endBusyAgain, endWishes } from './fix.ts';
import { covers } from './free.ts';
import type { Judge } from './judge.ts';
import { mayWrite, oweFamilies, readStandings, type Standing } from './marks.ts';
import type { Rebuilding } from './rebuild.ts';
import type { Reflection } from './reflect.ts';
import type { Which } from './target.ts';

/** Families in memory at once. */
const most = 500;

/** What a pull has kept. */
export interface Kept {
  rows: readonly Reflection[];
  marks: readonly { row: Reflection; mark: Mark }[];
  /** What `leftFree` gave. */
  wereFree: ReadonlySet<string>;
  /** What `arriving` gave. */
  arrived: readonly Reflection[];
  /** Whether it was everything: then what is wished is looked through whole. */
  complete: boolean;
  /** The families that were judged anew. */
  judged: readonly string[];
}

/**
 * All of it, in the transaction of the pull and under its lock, once the mirror is written. A loop it is not: what we
 * write comes back as set Free by us, and nothing is owed for that.
 */
export async function mindFree(tx: Transaction, of: Rebuilding, kept: Kept): Promise<void> {
  await noticeBusyAgain(tx, of, kept);
  await takeBack(tx, of, kept.judged);
  const familyIds = [...new Set(kept.rows.map(({ seriesId, eventId }) => seriesId ?? eventId))];
  await followFixes(tx, of, kept.complete ? null : familyIds);
  if (of.judge.settings.autoFix) await autoFix(tx, of, kept.arrived);
}

/**
 * Of these events, those that auto-fix looks at: new ones and changed ones. Of a reading of everything only what the
 * mirror lacks is sure to be new, so it is asked before that is written.
 * @param known whether the mirror holds this calendar's events: if not, none of them is known to be new
 */
export async function arriving(
  tx: Transaction,
  judge: Judge,
  { rows, complete, known }: { rows: readonly Reflection[]; complete: boolean; known: boolean },
): Promise<readonly Reflection[]> {
  if (!complete) return rows;
  if (!judge.settings.autoFix || !known) return [];
  const ids = sql.param(rows.map(({ eventId }) => eventId));
  const held = await tx
    .select({ id: events.eventId })
    .from(events)
    .where(and(ofEvents(judge), sql`${events.eventId} = any(${ids}::text[])`));
  const before = new Set(held.map(({ id }) => id));
  return rows.filter(({ eventId }) => !before.has(eventId));
}

/**
 * Of these events, those that are Free by a person: asked before the mirror is written, it is known afterwards which
 * of them were set Busy. Only of those that are Free by a wish as well, unless the calendar sets events Free by itself.
 */
export async function leftFree(
  tx: Transaction,
  judge: Judge,
  rows: readonly Reflection[],
): Promise<Set<string>> {
  const ids = sql.param(rows.filter(({ free }) => !free).map(({ eventId }) => eventId));
  const found = await tx.execute<{ id: string }>(sql`
    select e.event_id as id from events e
      where e.business_id = ${judge.businessId} and e.calendar_id = ${judge.calendarId} and e.free
        and e.event_id = any(${ids}::text[]) and (${judge.settings.autoFix} or exists (
          select from fixes f where f.business_id = e.business_id and f.calendar_id = e.calendar_id
            and f.event_id = coalesce(e.series_id, e.event_id)))`);
  return new Set(found.map(({ id }) => id));
}

const ofEvents = ({ businessId, calendarId }: Judge) =>
  and(eq(events.businessId, businessId), eq(events.calendarId, calendarId));
const familyOf = sql<string>`coalesce(${events.seriesId}, ${events.eventId})`;
const ofFixes = ({ businessId, calendarId }: Judge) =>
  and(eq(fixes.businessId, businessId), eq(fixes.calendarId, calendarId));

/** An event that bears our mark and is Busy, or was Free and is Busy: a person has set it so, and it stays so. */
export async function noticeBusyAgain(
  tx: Transaction,
  of: Rebuilding,
  { rows, marks, wereFree }: Kept,
): Promise<void> {
  const marked = marks.filter(({ mark }) => mark.freed).map(({ row }) => row);
  const set = [...marked, ...rows.filter(({ eventId }) => wereFree.has(eventId))];
  for (const row of new Set(set))
    if (!row.free && !row.freed && row.status !== 'cancelled') await endBusyAgain(tx, of, row);
}

/**
 * What auto-fix has set Free and by now blocks everybody is as it was again. It calls for it anew should it be judged
 * otherwise once more, and by the same judgement, so that one reading never does both. What a person wishes stays.
 */
async function takeBack(tx: Transaction, of: Rebuilding, judged: readonly string[]): Promise<void> {
  const these = sql`${fixes.eventId} = any(${sql.param([...judged])}::text[])`;
  const ids = await wishedOf(tx, of.judge, and(isNull(fixes.undoneAt), eq(fixes.actor, autoFixer), these));
  if (ids.length === 0 || !(await mayWrite(tx, of.judge))) return;
  const { judge, now, until } = of;
  const how = { judge, window: { start: now, end: until } };
  const ended: Standing['fixes'] = [];
  for (let i = 0; i < ids.length; i += most)
    for (const { family, fixes: said } of await readStandings(tx, judge, ids.slice(i, i + most))) {
      const inForce = said.filter(({ undoneAt }) => undoneAt === null);
      const theirs = inForce.filter(({ actor }) => actor !== autoFixer);
      const own = inForce.filter(
        (fix) => !theirs.includes(fix) && !theirs.some((one) => covers(one, fix.from)),
      );
      ended.push(...own.filter((fix) => isUncalledFor(family, how, fix)));
    }
  await endWishes(tx, { businessId: judge.businessId, now }, ended, autoFixer);
  await oweFamilies(tx, of, [...new Set(ended.map(({ eventId }) => eventId))]);
}

/** What wishes leave owed of these families; null: of all. */
export async function followFixes(
  tx: Transaction,
  of: Rebuilding,
  familyIds: readonly string[] | null,
): Promise<void> {
  if (familyIds?.length === 0) return;
  const ids = sql.param([...(familyIds ?? [])]);
  const these = familyIds
    ? sql`${fixes.eventId} = any(${ids}::text[])`
    : inArray(fixes.eventId, tx.select({ id: familyOf }).from(events).where(ofEvents(of.judge)));
  await oweFamilies(tx, of, await wishedOf(tx, of.judge, these));
}

/** Occurrences that have come into the window: of series that are Free, wholly or from a point on. Under the lock. */
export async function extendFixes(tx: Transaction, of: Rebuilding): Promise<void> {
  const there = tx
    .select({ id: events.eventId })
    .from(events)
    .where(and(ofEvents(of.judge), isNotNull(events.recurrence)));
  const recurring = and(isNull(fixes.undoneAt), inArray(fixes.eventId, there));
  await oweFamilies(tx, of, await wishedOf(tx, of.judge, recurring));
}

async function wishedOf(tx: Transaction, judge: Judge, which: SQL | undefined): Promise<string[]> {
  const rows = await tx
    .selectDistinct({ id: fixes.eventId })
    .from(fixes)
    .where(and(ofFixes(judge), which));
  return rows.map(({ id }) => id);
}

/**
 * New and changed events that the rules or the default let block not everybody are set Free: single ones, series as a
 * whole, and occurrences that were changed by themselves. Never one that a person has decided, set Free or Busy, or
 * that was set Free before, unless auto-fix itself took that back.
 */
export async function autoFix(tx: Transaction, of: Rebuilding, rows: readonly Reflection[]): Promise<void> {
  const busy = rows.filter(({ free, freed, status }) => !free && !freed && status !== 'cancelled');
  if (busy.length === 0 || !(await mayWrite(tx, of.judge))) return;
  const familyIds = [...new Set(busy.map(({ seriesId, eventId }) => seriesId ?? eventId))];
  const arrived = new Set(busy.map(({ eventId }) => eventId));
  const wishes: Which[] = [];
  for (let i = 0; i < familyIds.length; i += most)
    for (const standing of await readStandings(tx, of.judge, familyIds.slice(i, i + most)))
      wishes.push(...calledFor(standing, of, arrived));
  await addWishes(tx, of, wishes, { actor: autoFixer });
  await oweFamilies(tx, of, [...new Set(wishes.map(({ eventId }) => eventId))]);
}

/** Of a series, all of it if its master has arrived; else only the occurrences that have. */
function calledFor({ family, fixes }: Standing, of: Rebuilding, arrived: Set<string>): Which[] {
  const said = fixes.filter(({ undoneBy }) => undoneBy !== autoFixer);
  const whole = said.length === 0 && arrived.has(family.id);
  const { judge, now, until } = of;
  const window = { start: now, end: until };
  const how = { judge, fixes: said, window, decided: false, whole, begins: null, ruleIds: null };
  const own = new Set(
    family.exceptions.filter(({ eventId }) => arrived.has(eventId)).map(({ original }) => original),
  );
  return choose(family, how).wishes.filter(
    ({ scope, from }) =>
      !said.some((fix) => covers(fix, from)) && (scope === 'series' || from === null || own.has(from)),
  );
}
