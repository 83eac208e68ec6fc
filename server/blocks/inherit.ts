// What is decided or wished of one event holds for another that came of it: a series' second half, a copy, an occurrence taken out.
import { and, eq, sql } from 'drizzle-orm';
import { v5 as derivedUuid, v7 as uuid } from 'uuid';
import { type Decision, decisionFor, type Share } from '../../shared/decide.ts';
import { decisions, fixes } from '../database/mirror.ts';
import type { Connection, Transaction } from '../database/open.ts';
import { type DecisionRow, inForce, putInForce } from './decisions.ts';
import type { Family } from './derive.ts';
import { covers, isNarrower, isToBeFree } from './free.ts';
import type { Judge } from './judge.ts';
import { oweMark, readFixes } from './marks.ts';
import { loadFamilies } from './rebuild.ts';
import type { Reflection } from './reflect.ts';
import type { Split } from './split.ts';
import { hasOccurrence } from './target.ts';

/** Who wrote into an event is not known, only that they may. */
export const actor = 'event';

interface Inheriting {
  judge: Judge;
  /** ms since 1970 */
  now: number;
  /** As it stands in the mirror: a single event, a series or an exception. */
  row: Reflection;
}

/**
 * The mark only says whose second half or copy this is; what is in force there holds here from now on, silently: it
 * was said and told before. Once for each: the ids follow from theirs, so that one that is ended here stays ended.
 *
 * - A series split off or copied: the parent's decision that holds where it begins is its decision for all; those that
 *   begin later, and those of single occurrences that it has, are its own as well.
 * - A single event, copied or taken out of a series: what holds for the event that its mark is about.
 * - A series made of a copy of one decided event: nothing. What was said of one day was not said of all.
 * - An exception: nothing by itself, for what it shows is its series'.
 *
 * Whoever calls holds the calendar's lock and rebuilds what is answered.
 * @returns whether anything changed
 */
export async function inheritByMark(tx: Transaction, of: Inheriting, known: DecisionRow): Promise<boolean> {
  const { row } = of;
  if (row.seriesId !== null) return false;
  if (known.calendarId === of.judge.calendarId)
    await inheritFree(tx, of, { eventId: known.eventId, from: row.recurrence ? startOf(row) : known.from });
  const parents = await decisionsOf(tx, of.judge, known);
  return inherit(tx, of, (family) =>
    row.recurrence ? ofSeries(of, parents, family) : ofSingle(known, parents),
  );
}

/** Likewise of series that were split and bear no decision's mark; where marks are written, only what is wished. */
export async function inheritSplits(
  tx: Transaction,
  { judge, now, splits }: Omit<Inheriting, 'row'> & { splits: readonly Split[] },
): Promise<void> {
  for (const { seriesId, half, written } of splits) {
    const of = { judge, now, row: half };
    await inheritFree(tx, of, { eventId: seriesId, from: startOf(half) });
    if (written) continue;
    const parents = await decisionsOf(tx, judge, { calendarId: judge.calendarId, eventId: seriesId });
    await inherit(tx, of, (family) => ofSeries(of, parents, family));
  }
}

async function inherit(
  tx: Transaction,
  { judge, now, row }: Inheriting,
  heritageOf: (family: Family) => Heir[],
): Promise<boolean> {
  const { businessId, calendarId } = judge;
  const { eventId } = row;
  const [family] = await loadFamilies(tx, judge, [eventId]);
  let changed = false;
  for (const { parentId, scope, from, shares: theirs } of heritageOf(family!)) {
    const id = derivedUuid(`${calendarId}/${eventId}/${scope}/${from ?? ''}`, parentId);
    const shares = linkedOnly(judge, theirs);
    const before = await byId(tx, businessId, [id]);
    if (!shares || before.has(id) || isSaid(family!, { scope, from })) continue;
    await putInForce(tx, { judge, now }, { eventId, scope, from, id, shares, actor });
    await oweMark(tx, { businessId, calendarId, eventId, from });
    changed = true;
  }
  return changed;
}

type Heir = Pick<Decision, 'scope' | 'from' | 'shares'> & { parentId: string };

function ofSeries({ judge, row }: Inheriting, parents: Decision[], family: Family): Heir[] {
  const first = startOf(row);
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

/** As an original start is written. */
export const startOf = ({ startDate, startsAt }: Pick<Reflection, 'startDate' | 'startsAt'>): string =>
  startDate ?? startsAt.toISOString();

function ofSingle({ from }: DecisionRow, parents: Decision[]): Heir[] {
  const held = decisionFor(parents, from);
  return held ? [{ scope: 'event', from: null, shares: held.shares, parentId: held.id }] : [];
}

const isSaid = ({ decisions: here }: Family, { scope, from }: Pick<Decision, 'scope' | 'from'>) =>
  here.some((one) => one.scope === scope && one.from === from);

/** Those in force for an event, whichever calendar it is in. */
async function decisionsOf(
  db: Connection,
  { businessId }: Judge,
  { calendarId, eventId }: Pick<DecisionRow, 'calendarId' | 'eventId'>,
): Promise<Decision[]> {
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
        eq(decisions.calendarId, calendarId),
        eq(decisions.eventId, eventId),
        inForce,
      ),
    );
}

/**
 * Only of those linked to this calendar. Null: it blocked others and none of these is left, so that what is left would
 * say "nobody", which nobody said.
 */
export function linkedOnly(judge: Judge, shares: readonly Share[]): Share[] | null {
  const left = shares.filter(({ resourceId }) => judge.places.has(resourceId));
  return left.length === 0 && shares.length > 0 ? null : left;
}

/** Whatever became of them. */
export async function byId(
  db: Connection,
  businessId: string,
  ids: string[],
): Promise<Map<string, DecisionRow>> {
  const rows = await db
    .select()
    .from(decisions)
    .where(and(eq(decisions.businessId, businessId), sql`${decisions.id} = any(${sql.param(ids)}::uuid[])`));
  return new Map(rows.map((row) => [row.id, row]));
}

type Wish = typeof fixes.$inferSelect;

/**
 * Free by us because what it came of was, it is so by the same wish: undoing all of that one's run reaches it as well.
 * So does what was undone while the person was at it. Once, before anything was wished of it here.
 * @param from where in the other: an occurrence's original start
 */
async function inheritFree(
  tx: Transaction,
  { judge, row }: Inheriting,
  { eventId, from }: { eventId: string; from: string | null },
): Promise<void> {
  if (!row.freed) return;
  const said = await readFixes(tx, judge, [eventId, row.eventId]);
  const theirs = said.filter((fix) => fix.eventId === eventId);
  // What was said of one day was not said of all.
  const whole = wishAt(row.recurrence ? theirs.filter((fix) => fix.scope !== 'event') : theirs, from);
  if (!whole || theirs.length < said.length) return;
  const scope = row.recurrence ? 'series' : 'event';
  const rest = row.recurrence ? await wishesWithin(tx, { judge, row }, theirs) : [];
  const heirs = [{ ...whole, scope, from: null } as const, ...rest];
  await tx.insert(fixes).values(heirs.map((heir) => ({ ...heir, id: uuid(), eventId: row.eventId })));
}

/** By what it is Free: the narrowest that holds there; else what was undone last. */
function wishAt(all: readonly Wish[], original: string | null): Wish | undefined {
  const here = all.filter((fix) => covers(fix, original));
  const undone = here.filter(({ undoneAt }) => undoneAt !== null);
  const holding = here.filter((fix) => isToBeFree([fix, ...undone], original) && fix.undoneAt === null);
  const narrowest = holding.find((fix) => !holding.some((other) => isNarrower(other, fix)));
  const undoneAt = (fix: Wish) => fix.undoneAt?.getTime() ?? 0;
  return narrowest ?? undone.sort((a, b) => undoneAt(b) - undoneAt(a))[0];
}

/** Of single ones that it has, and from later ones on, undone or not. */
async function wishesWithin(
  tx: Transaction,
  { judge, row }: Pick<Inheriting, 'judge' | 'row'>,
  theirs: readonly Wish[],
): Promise<Wish[]> {
  const [family] = await loadFamilies(tx, judge, [row.eventId]);
  return theirs.filter(({ scope, from }) =>
    scope === 'following'
      ? Date.parse(from ?? '') > Date.parse(startOf(row))
      : scope === 'event' && hasOccurrence(family!, judge, from),
  );
}
