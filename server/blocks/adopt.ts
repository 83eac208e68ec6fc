// Decisions that stand in events and not in our tables: made while we were down, or brought along by a split or a copy.
import { and, eq, inArray, lt } from 'drizzle-orm';
import type { Decision } from '../../shared/decide.ts';
import { decisions, marks } from '../database/mirror.ts';
import type { Transaction } from '../database/open.ts';
import { tell } from '../log/messages.ts';
import { alikeIn, type DecisionRow, inForce, type Key, propose, putInForce } from './decisions.ts';
import { actor, byId, inheritByMark, linkedOnly } from './inherit.ts';
import type { Judge } from './judge.ts';
import type { Found, Reflection } from './reflect.ts';
import { normal } from './target.ts';

interface Adopting {
  judge: Judge;
  /** ms since 1970 */
  now: number;
  found: readonly Found[];
}

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
    const done = before
      ? await inheritByMark(tx, { judge, now, row }, before)
      : await takeOver(tx, act, known);
    if (done) changed.add(familyId);
  }
  return [...changed];
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
