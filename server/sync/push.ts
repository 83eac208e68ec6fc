// Makes Google match a booking or session as it is now, on every calendar where that is owed.
import type { Context } from '../context.ts';
import { mostWaits } from '../jobs/backoff.ts';
import type { Budget } from '../jobs/budget.ts';
import type { Rest } from '../jobs/plan.ts';
import { type Claim, type Known, postpone, settle } from '../jobs/queue.ts';
import { writeLog } from '../log/steps.ts';
import { Attempt, attemptOf, type Hand, record } from './attempt.ts';
import { mayCarry } from './carry.ts';
import { asCancelled, type UnitNow, wantedOf } from './event.ts';
import { goOn, Later, lost, unseen } from './facing.ts';
import { failed } from './failure.ts';
import { mark, show, unknown } from './show.ts';
import { type PushRow, readUnit } from './unit.ts';

/**
 * Does what a claim holds, and leaves each of its pushes done, postponed or given up: a failure of one is no failure
 * of the others. The pushes themselves say nothing of what to do; the unit is read anew, so this is safe twice, late
 * and out of order, and a process killed at any point leaves what the next one can put right:
 *
 * - an event's id is written down before Google is asked to make it, and the same id is made again: no second event;
 * - an event on its way to another calendar is written down with both before it is moved: no ghost stays behind;
 * - a calendar that is to forget the event does so after those that are to show it have it, with what people wrote
 *   into it.
 *
 * @returns what to leave alone for a while
 */
export async function pushUnit(context: Context, budget: Budget, claim: Claim): Promise<Rest[]> {
  const leasedAt = performance.now();
  const { now, pushes } = await readUnit(context.db, claim);
  const hand: Hand = { context, budget, claim, rows: pushes, steps: [], leasedAt, isStale: false };
  const claimed = pushes.filter(({ id }) => claim.pushes.some((push) => push.id === id));
  const rests: Rest[] = [];
  try {
    for (const row of [...claimed.filter((one) => one.present), ...claimed.filter((one) => !one.present)])
      if (hand.isStale) await again(hand, row, 0);
      else rests.push(...(await pushOne(hand, row, now)));
  } finally {
    await writeLog(context.db, hand.steps);
  }
  return rests;
}

async function pushOne(hand: Hand, row: PushRow, now: UnitNow): Promise<Rest[]> {
  const { context, claim } = hand;
  try {
    const attempt = new Attempt(hand, row);
    const wait = row.present ? null : waitOf(hand, row, now);
    if (wait) {
      // Deleted now, what people wrote into it would be lost.
      await postpone(context.db, claim, row.id, { ...wait, failure: null });
      record(hand, row, { step: 'postpone', outcome: 'moving' });
      return [];
    }
    const known = await match(attempt, now);
    Object.assign(row, known);
    await settle(context.db, claim, row.id, { ...known, done: row.wanted, at: context.now() });
    record(hand, row, { step: 'settle', outcome: 'ok' });
    return [];
  } catch (error) {
    if (!(error instanceof Later)) return failed(hand, row, error);
    // What a person did has changed the others too: one may have been told that the event is its own by now.
    hand.isStale = error.delay === 0;
    await again(hand, row, error.delay);
    return [];
  }
}

async function again(hand: Hand, row: PushRow, delay: number): Promise<void> {
  await postpone(hand.context.db, hand.claim, row.id, { delay, failure: null, counts: false });
  record(hand, row, { step: 'postpone', outcome: 'drift' });
}

/**
 * For as long as a calendar that is to show the event has yet to fetch it from this one; or for a while, to read what
 * people wrote into it. Null: not any more, or there is nothing to wait for.
 */
function waitOf(hand: Hand, row: PushRow, now: UnitNow): { delay: number; counts: boolean } | null {
  if (row.eventId === null) return null;
  const without = hand.rows.filter((one) => one.present && !one.etag && !one.diedAt);
  if (without.some(({ eventId }) => eventId === row.eventId)) return { delay: 5000, counts: false };
  const attempt = attemptOf(hand, row);
  // An event that stays where the booking is not is a lie: it outlives a few failures, and no account to be reconnected.
  const soon =
    attempt < mostWaits &&
    mayCarry(row) &&
    wantedOf(now, row.calendarId).kind === 'event' &&
    without.some(({ account }) => account.state === 'connected');
  return soon ? { delay: 5000 * attempt, counts: true } : null;
}

async function match(attempt: Attempt, now: UnitNow): Promise<Known> {
  const { row } = attempt;
  const wanted = row.present ? wantedOf(now, row.calendarId) : ({ kind: 'none' } as const);
  // Whatever staff were to say of an event that is not to be: it is settled now.
  if (wanted.kind !== 'event' && (row.drifting || row.elsewhere)) await goOn(attempt, row, unseen(row));
  switch (wanted.kind) {
    case 'none':
      return remove(attempt);
    case 'event':
      return show(attempt, wanted.fields, now.settings.pull);
    case 'marked':
      return mark(attempt, asCancelled(row.written ?? wanted.fields, now.facts.business.locale));
  }
}

/**
 * Deletes the event, unless another calendar has just fetched it from here. (One that shows the same event does not
 * prove that: a person may have brought it back here too.) Its id is spent: Google keeps it for what was.
 */
async function remove(attempt: Attempt): Promise<Known> {
  const { row } = attempt;
  if (row.eventId === null) return unknown(row.generation);
  // While it is looked for, a person may bring it back here: it is asked for anew each time.
  if (!row.fetched && !(await attempt.delete())) {
    // Google says the same of a calendar that it does not let us see: the event may still stand there.
    await attempt.reach();
    // Taken away by a process that was killed before it could say so; or by a person, to another calendar.
    await lost(attempt, row);
  }
  return unknown(row.generation + 1);
}
