// Decisions that stand in events and not in our tables: made while we were down, or brought along by a split or a copy.
import { and, eq, inArray, lt, sql } from 'drizzle-orm';
import { v5 as derivedUuid } from 'uuid';
import { type Decision, decisionFor, type Share } from '../../shared/decide.ts';
import type { Mark } from '../../shared/marks.ts';
import { decisions, marks } from '../database/mirror.ts';
import type { Connection, Transaction } from '../database/open.ts';
import { tell } from '../log/messages.ts';
import type { Reflection } from '../sync/reflect.ts';
import { alikeIn, type DecisionRow, inForce, type Key, propose, putInForce } from './decisions.ts';
import type { Family } from './derive.ts';
import type { Judge } from './judge.ts';
import { oweMark } from './marks.ts';
import { loadFamilies } from './rebuild.ts';
import { hasOccurrence, normal } from './target.ts';

/** An event as it was read, with what stands in it of ours. */
export interface Found {
  row: Reflection;
  mark: Mark;
}

interface Adopting {
  judge: Judge;
  /** ms since 1970 */
  now: number;
  found: readonly Found[];
}

/** Who wrote into an event is not known, only that they may. */
const actor = 'event';

/**
 * Takes over what was decided in the events themselves, after these were written into the mirror. Whoever calls holds
 * the calendar's lock and rebuilds what is answered.
 * @returns the single events and series whose decisions changed
 */
export async function adoptMarks(tx: Transaction, { judge, now, found }: Adopting): Promise<string[]> {
  // What is cancelled blocks nobody whatever stands in it; come back, it is read again.
  const marked = found.flatMap(({ row, mark }) =>
    mark.decision && row.status !== 'cancelled' ? [{ row, decision: mark.decision }] : [],
  );
  if (marked.length === 0) return [];
  const known = await byId(
    tx,
    judge.businessId,
    marked.map(({ decision }) => decision.id),
  );
  const changed = new Set<string>();
  for (const { row, decision } of marked) {
    const familyId = row.seriesId ?? row.eventId;
    const before = known.get(decision.id);
    // Ours, where we wrote it: in force, or ended and its write on the way.
    if (before?.calendarId === judge.calendarId && before.eventId === familyId) continue;
    const act = { judge, now, row, decision, familyId };
    const done = before ? await inherit(tx, act, before) : await takeOver(tx, act, known);
    if (done) changed.add(familyId);
  }
  return [...changed];
}

async function byId(db: Connection, businessId: string, ids: string[]): Promise<Map<string, DecisionRow>> {
  const rows = await db
    .select()
    .from(decisions)
    .where(and(eq(decisions.businessId, businessId), sql`${decisions.id} = any(${sql.param(ids)}::uuid[])`));
  return new Map(rows.map((row) => [row.id, row]));
}

interface Act {
  judge: Judge;
  now: number;
  row: Reflection;
  decision: Decision;
  familyId: string;
}

// Not known at all: somebody wrote it while we could not be asked ---------------------------------------------------

async function takeOver(tx: Transaction, act: Act, known: Map<string, DecisionRow>): Promise<boolean> {
  const { judge, now, decision, familyId } = act;
  const key = keyOf(act);
  const shares = linkedOnly(judge, decision.shares);
  if (!key || !shares || (await isOursOwed(tx, act, key))) return false;
  const said = { ...key, id: decision.id, shares, actor };
  const about = { businessId: judge.businessId, calendarId: judge.calendarId };
  const message = { ...about, to: 'staff' as const, about: decision.id, at: new Date(now) };
  const details = { decisionId: decision.id, eventId: familyId };
  if (judge.settings.adopt === 'ask') {
    known.set(decision.id, await propose(tx, { judge, now }, said));
    await tell(tx, [{ ...message, kind: 'proposed', details }]);
    return false;
  }
  // The series' own mark shows in each of its exceptions too: once is enough.
  known.set(decision.id, await putInForce(tx, { judge, now }, said));
  await tell(tx, [{ ...message, kind: 'adopted', details }]);
  return true;
}

/**
 * What it is about here; null: nothing that can be told. The event goes before the mark: of one occurrence, the mark
 * has to be about that one (an exception shows its series' marks as well), and a single event has no others.
 */
function keyOf({ row, decision, familyId }: Act): Key | null {
  const { scope } = decision;
  const from = decision.from === null ? null : normal(decision.from);
  if (row.seriesId === null && row.recurrence === null)
    return { eventId: familyId, scope: 'event', from: null };
  if (scope === 'series') return { eventId: familyId, scope, from: null };
  const start = from ?? row.original;
  if (start === null || (scope === 'event' && row.original !== null && start !== row.original)) return null;
  return { eventId: familyId, scope, from: start };
}

/**
 * Only of those linked to this calendar. Null: it blocked others and none of these is left, so that what is left would
 * say "nobody", which nobody said.
 */
function linkedOnly(judge: Judge, shares: readonly Share[]): Share[] | null {
  const left = shares.filter(({ resourceId }) => judge.places.has(resourceId));
  return left.length === 0 && shares.length > 0 ? null : left;
}

/** What we are about to write is the last word: it was said here, and what stands there is about to go. */
async function isOursOwed(tx: Transaction, { judge, row, familyId }: Act, key: Key): Promise<boolean> {
  const { businessId, calendarId } = judge;
  const alike = await tx
    .select({ id: decisions.id })
    .from(decisions)
    .where(and(eq(decisions.businessId, businessId), alikeIn(calendarId, key), inForce));
  if (alike.length === 0) return false;
  const owed = await tx
    .select({ eventId: marks.eventId })
    .from(marks)
    .where(
      and(
        eq(marks.businessId, businessId),
        eq(marks.calendarId, calendarId),
        inArray(marks.eventId, [row.eventId, familyId]),
        lt(marks.done, marks.wanted),
      ),
    );
  return owed.length > 0;
}

// Known of another event: this one is its second half, or its copy ----------------------------------------------------

/**
 * The mark only says whose second half or copy this is; what is in force there holds here from now on, silently: it
 * was said and told before. Once for each: the ids follow from theirs, so that one that is ended here stays ended.
 *
 * - A series split off or copied: the parent's decision that holds where it begins is its decision for all; those that
 *   begin later, and those of single occurrences that it has, are its own as well.
 * - A single event, copied or taken out of a series: what holds for the event that its mark is about.
 * - A series made of a copy of one decided event: nothing. What was said of one day was not said of all.
 * - An exception: nothing by itself, for what it shows is its series'.
 */
async function inherit(tx: Transaction, act: Act, known: DecisionRow): Promise<boolean> {
  const { judge, now, row, familyId } = act;
  if (row.seriesId !== null) return false;
  const parents = await decisionsOf(tx, judge.businessId, known);
  const [family] = await loadFamilies(tx, judge, [familyId]);
  const heritage = row.recurrence ? ofSeries(act, parents, family!) : ofSingle(known, parents);
  let changed = false;
  for (const { parentId, ...said } of heritage) {
    const id = derivedUuid(`${judge.calendarId}/${familyId}/${said.scope}/${said.from ?? ''}`, parentId);
    const shares = linkedOnly(judge, said.shares);
    const before = await byId(tx, judge.businessId, [id]);
    if (!shares || before.has(id) || isSaid(family!, said)) continue;
    const { scope, from } = said;
    await putInForce(tx, { judge, now }, { eventId: familyId, scope, from, id, shares, actor });
    const { businessId, calendarId } = judge;
    await oweMark(tx, { businessId, calendarId, eventId: familyId, from });
    changed = true;
  }
  return changed;
}

type Heir = Pick<Decision, 'scope' | 'from' | 'shares'> & { parentId: string };

function ofSeries({ judge, row }: Act, parents: Decision[], family: Family): Heir[] {
  const first = row.startDate ?? row.startsAt.toISOString();
  const many = parents.filter(({ scope }) => scope !== 'event');
  const whole = decisionFor(many, first);
  const later = many.filter(
    ({ scope, from }) => scope === 'following' && Date.parse(from ?? '') > Date.parse(first),
  );
  const single = parents.filter(({ scope, from }) => scope === 'event' && hasOccurrence(family, judge, from));
  return [
    ...(whole ? [{ ...whole, scope: 'series' as const, from: null, parentId: whole.id }] : []),
    ...[...later, ...single].map((one) => ({ ...one, parentId: one.id })),
  ];
}

function ofSingle({ from }: DecisionRow, parents: Decision[]): Heir[] {
  const held = decisionFor(parents, from);
  return held ? [{ scope: 'event', from: null, shares: held.shares, parentId: held.id }] : [];
}

const isSaid = ({ decisions: here }: Family, { scope, from }: Pick<Decision, 'scope' | 'from'>) =>
  here.some((one) => one.scope === scope && one.from === from);

/** Those in force for the event that a known one is about, whichever calendar that is in. */
async function decisionsOf(db: Connection, businessId: string, known: DecisionRow): Promise<Decision[]> {
  return db
    .select({
      id: decisions.id,
      scope: decisions.scope,
      from: decisions.from,
      shares: decisions.shares,
    })
    .from(decisions)
    .where(
      and(
        eq(decisions.businessId, businessId),
        eq(decisions.calendarId, known.calendarId),
        eq(decisions.eventId, known.eventId),
        inForce,
      ),
    );
}
