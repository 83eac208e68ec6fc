// Setting an event Free in Google, and undoing it: wishes written down, and ended. What they leave owed, marks.ts says.
import { and, eq, sql } from 'drizzle-orm';
import { v7 as uuid } from 'uuid';
import { fixes } from '../database/mirror.ts';
import type { Transaction } from '../database/open.ts';
import { Refusal } from '../errors.ts';
import { oweMarks } from '../jobs/marks.ts';
import type { Family } from './derive.ts';
import { covers, type Fix, isToBeFree } from './free.ts';
import { lockCalendar } from './lock.ts';
import { type OnCalendar, oweFamilies, readStandings } from './marks.ts';
import type { Rebuilding } from './rebuild.ts';
import { findTarget, isRecurring, type Which } from './target.ts';

export interface FreeWish extends OnCalendar, Which {
  actor: string;
  /** ms since 1970 */
  now: number;
  runId?: string | null;
}

/**
 * The event is to be Free in Google; wished already, what was undone of it since is as well. `eventId` and `from` as
 * `findTarget` gives them. Takes the calendar's lock. @throws Refusal not_found
 */
export async function wishFree(tx: Transaction, wish: FreeWish): Promise<void> {
  const of = await lockCalendar(tx, wish);
  await addWishes(tx, of, [wish], wish);
  await oweFamilies(tx, of, [wish.eventId], { runId: wish.runId, anew: true });
}

/** Who wishes what auto-fix does. */
export const autoFixer = 'auto-fix';

/**
 * Only writes the wishes down; what they leave owed, `oweFamilies` finds. Wished once more by a person, one that is in
 * force is theirs and counts from now on: what was undone of it before is meant as well. It is undone with the later run.
 */
export async function addWishes(
  tx: Transaction,
  { judge: { businessId, calendarId }, now }: Pick<Rebuilding, 'judge' | 'now'>,
  wishes: readonly Which[],
  { actor, runId = null }: { actor: string; runId?: string | null },
): Promise<void> {
  if (wishes.length === 0) return;
  const keys = JSON.stringify(wishes.map(({ eventId, scope, from }) => ({ event_id: eventId, scope, from })));
  await tx.execute(sql`
    insert into fixes (business_id, calendar_id, id, event_id, scope, from_original, run_id, actor, made_at)
      select ${businessId}::uuid, ${calendarId}::uuid, gen_random_uuid(), event_id, scope, "from", ${runId}::uuid,
          ${actor}, ${new Date(now).toISOString()}::timestamptz
        from (select distinct *
          from json_to_recordset(${keys}::text::json) as wish(event_id text, scope text, "from" text)) wish
      on conflict (business_id, calendar_id, event_id, scope, coalesce(from_original, '')) where undone_at is null
        do update set actor = excluded.actor, made_at = excluded.made_at, run_id = coalesce(excluded.run_id, fixes.run_id)
          where excluded.actor <> ${autoFixer}`);
}

/**
 * What was set Free is to be as it was: this event, this and those that follow, or all of the series, whatever wish
 * made it Free. Takes the calendar's lock. @returns how many events are owed a write
 * @throws Refusal not_found, wrong_state if there is nothing to undo
 */
export async function undoFree(tx: Transaction, undo: FreeWish): Promise<number> {
  const of = await lockCalendar(tx, undo);
  const [standing] = await readStandings(tx, of.judge, [undo.eventId]);
  const { family, fixes: said, marks } = standing!;
  const ended = said.filter((fix) => fix.undoneAt === null && isWithin(fix, undo));
  const held = undo.scope !== 'series' && isToBeFree(without(said, ended, undo.now), undo.from);
  // Free by us though nobody here wishes it: our tables were lost since, or setting it back was given up.
  const left = isFreed(family, undo) && (said.length === 0 || marks.some(({ diedAt }) => diedAt));
  if (ended.length === 0 && !held && !left)
    throw new Refusal('wrong_state', 'This event was not set Free by us: there is nothing to undo.');
  await endWishes(tx, undo, ended, undo.actor);
  if (held || said.length === 0) await exempt(tx, undo, undo.actor);
  return oweFamilies(tx, of, [undo.eventId], { runId: undo.runId, anew: false });
}

/** As it will be when some have ended. */
const without = (said: readonly Fix[], ended: readonly Fix[], now: number): Fix[] =>
  said.map((fix) => (ended.includes(fix) ? { ...fix, undoneAt: new Date(now) } : fix));

function isWithin(fix: Which, { scope, from }: Which): boolean {
  if (scope === 'series') return true;
  if (scope === 'event') return fix.scope === 'event' && fix.from === from;
  return fix.from !== null && covers({ scope, from }, fix.from);
}

const isFreed = (family: Family, { scope, from }: Which): boolean =>
  [family.master, ...family.exceptions].some(
    (event) => event?.freed && (event.original === null || covers({ scope, from }, event.original)),
  );

interface By {
  businessId: string;
  /** ms since 1970 */
  now: number;
}

export async function endWishes(
  tx: Transaction,
  { businessId, now }: By,
  ended: readonly { id: string }[],
  undoneBy: string,
): Promise<void> {
  if (ended.length === 0) return;
  const ids = sql.param(ended.map(({ id }) => id));
  await tx
    .update(fixes)
    .set({ undoneAt: new Date(now), undoneBy })
    .where(and(eq(fixes.businessId, businessId), sql`${fixes.id} = any(${ids}::uuid[])`));
}

/** Not to be Free whatever a wider wish says; and auto-fix leaves it alone. */
export async function exempt(tx: Transaction, which: By & OnCalendar & Which, actor: string): Promise<void> {
  const { businessId, calendarId, eventId, scope, from } = which;
  const at = new Date(which.now);
  await tx.insert(fixes).values({
    ...{ businessId, calendarId, id: uuid(), eventId, scope, from },
    ...{ actor, madeAt: at, undoneAt: at, undoneBy: actor },
  });
}

/** An event of Google's that a person has set Busy again. */
export interface BusyAgain {
  eventId: string;
  /** Of an occurrence. */
  seriesId: string | null;
  original: string | null;
}

/** What we set Free and a person has set Busy again stays so: the wish has ended, the mark goes. Under the lock. */
export async function endBusyAgain(tx: Transaction, of: Rebuilding, busy: BusyAgain): Promise<void> {
  const { businessId, calendarId } = of.judge;
  const { eventId, seriesId, original } = busy;
  const id = seriesId ?? eventId;
  const [standing] = await readStandings(tx, of.judge, [id]);
  const { family, fixes: said } = standing!;
  const scope = original === null && isRecurring(family) ? 'series' : 'event';
  // One wished for when it was a single event is meant too, should it be a series by now; or the other way round.
  const own = said.filter((fix) => fix.from === original && (original === null || fix.scope === scope));
  // What auto-fix has taken back is no person's word.
  const settled = own.some(({ undoneBy }) => undoneBy !== autoFixer);
  const ended = own.filter(({ undoneAt }) => undoneAt === null);
  const by = { businessId, now: of.now };
  await endWishes(tx, by, ended, 'google');
  if (!settled || isToBeFree(without(said, ended, of.now), original))
    await exempt(tx, { ...by, calendarId, eventId: id, scope, from: original }, 'google');
  // Owed whatever else: the mark is still in the event.
  await oweMarks(tx, { businessId, calendarId, runId: null }, [{ eventId, seriesId, original, free: false }]);
  await oweFamilies(tx, of, [id]);
}

/** As a person names the event. @throws Refusal not_found, invalid, wrong_state if there is nothing to undo */
export async function undoOne(
  tx: Transaction,
  by: { businessId: string; actor: string; now: number },
  { calendarId, ...named }: Which & { calendarId: string },
): Promise<{ events: number }> {
  const { judge } = await lockCalendar(tx, { ...by, calendarId });
  const { eventId, scope, from } = await findTarget(tx, judge, named);
  return { events: await undoFree(tx, { ...by, calendarId, eventId, scope, from }) };
}
