// Makes Google match a booking or session as it is now, on every calendar where that is owed.
import { writes } from '../calendars/links.ts';
import type { Context } from '../context.ts';
import type { GoogleEvent } from '../google/client.ts';
import { GoogleError } from '../google/errors.ts';
import { type Claim, type Known, postpone, settle } from '../jobs/queue.ts';
import { writeLog } from '../log/steps.ts';
import { Attempt, type Hand, record } from './attempt.ts';
import type { Budget } from './budget.ts';
import { asCancelled, eventIdOf, type OwnFields, type UnitNow, wantedOf } from './event.ts';
import { failed, type Rest } from './failure.ts';
import { mergeEvent, newEvent } from './merge.ts';
import { type PushRow, readUnit } from './unit.ts';

/**
 * Does what a claim holds, and leaves each of its pushes done, postponed or given up: a failure of one is no failure
 * of the others. The pushes themselves say nothing of what to do; the unit is read anew, so this is safe twice, late
 * and out of order, and a process killed at any point leaves what the next one can put right:
 *
 * - an event's id is written down before Google is asked to make it, and the same id is made again: no second event;
 * - an event on its way to another calendar is written down with both before it is moved: no ghost stays behind;
 * - a calendar that is to forget the event does so after those that are to show it have it.
 *
 * @returns what to leave alone for a while
 */
export async function pushUnit(context: Context, budget: Budget, claim: Claim): Promise<Rest[]> {
  const leasedAt = performance.now();
  const { now, pushes } = await readUnit(context.db, claim);
  const hand: Hand = { context, budget, claim, rows: pushes, steps: [], leasedAt };
  const claimed = pushes.filter(({ id }) => claim.pushes.some((push) => push.id === id));
  const rests: Rest[] = [];
  try {
    for (const row of [...claimed.filter((one) => one.present), ...claimed.filter((one) => !one.present)]) {
      const rest = await pushOne(hand, row, now);
      if (rest) rests.push(rest);
    }
  } finally {
    await writeLog(context.db, hand.steps);
  }
  return rests;
}

async function pushOne(hand: Hand, row: PushRow, now: UnitNow): Promise<Rest | undefined> {
  const { context, claim } = hand;
  try {
    const attempt = new Attempt(hand, row);
    if (!row.present && isOnItsWay(hand, row)) {
      // Deleted now, what people wrote into it would be lost.
      await postpone(context.db, claim, row.id, { delay: 5000, failure: null, counts: false });
      record(hand, row, { step: 'postpone', outcome: 'moving' });
      return undefined;
    }
    const known = await match(attempt, now);
    Object.assign(row, known);
    await settle(context.db, claim, row.id, { ...known, done: row.wanted });
    record(hand, row, { step: 'settle', outcome: 'ok' });
    return undefined;
  } catch (error) {
    return failed(hand, row, error);
  }
}

/** Whether a calendar that is to show the event has yet to fetch it from this one. */
const isOnItsWay = ({ rows }: Hand, { eventId }: PushRow): boolean =>
  eventId !== null && rows.some((one) => one.present && one.eventId === eventId && !one.etag && !one.diedAt);

async function match(attempt: Attempt, now: UnitNow): Promise<Known> {
  const { row } = attempt;
  const wanted = row.present ? wantedOf(now, row.calendarId) : ({ kind: 'none' } as const);
  switch (wanted.kind) {
    case 'none':
      return remove(attempt);
    case 'event':
      return show(attempt, wanted.fields);
    case 'marked':
      return mark(attempt, asCancelled(row.written ?? wanted.fields, now.facts.business.locale));
  }
}

/**
 * Deletes the event, unless another calendar has fetched it from here. Its id is spent: Google keeps it for what was.
 */
async function remove(attempt: Attempt): Promise<Known> {
  const { row } = attempt;
  if (row.eventId === null) return unknown(row.generation);
  const { rows } = attempt.hand;
  const fetched = rows.some((one) => one !== row && one.present && one.eventId === row.eventId && one.etag);
  if (!fetched) await attempt.delete();
  return unknown(row.generation + 1);
}

const unknown = (generation: number): Known => ({ generation, eventId: null, etag: null, written: null });

const known = (row: PushRow, event: GoogleEvent, written: OwnFields): Known => ({
  generation: row.generation,
  eventId: row.eventId,
  etag: event.etag ?? null,
  written: { ...written },
});

/** Nothing is made only to be marked. */
async function mark(attempt: Attempt, fields: OwnFields): Promise<Known> {
  const { row } = attempt;
  if (row.eventId === null) return unknown(row.generation);
  for (let turn = 1; turn <= mostTurns; turn++) {
    const found = await attempt.find();
    if (!isAlive(found)) return unknown(row.generation + 1);
    const written = await write(attempt, found, fields);
    if (written) return written;
  }
  throw restless();
}

/** Each turn begins with what Google has: more than a few, and somebody is changing it all the time. */
const mostTurns = 6;
const restless = () => new GoogleError('again', 'restless');

const isAlive = (event: GoogleEvent | null): event is GoogleEvent =>
  event !== null && event.status !== 'cancelled';

async function show(attempt: Attempt, fields: OwnFields): Promise<Known> {
  const { row } = attempt;
  const sources = sourcesOf(attempt.hand, row);
  // Whether Google may have heard of this id before.
  let asked = row.eventId !== null;
  if (!asked) {
    const [source] = sources;
    const eventId = source?.eventId ?? eventIdOf(attempt.hand.claim.unitId, row.calendarId, row.generation);
    await attempt.note({ eventId, generation: row.generation, written: source?.written ?? null });
  }
  for (let turn = 1; turn <= mostTurns; turn++) {
    const found = asked ? await attempt.find() : null;
    if (isAlive(found)) {
      const written = await write(attempt, found, fields);
      if (written) return written;
      continue;
    }
    const source = sources.shift();
    if (source) {
      asked = await attempt.moveFrom(source);
      if (!asked && sources.length === 0) await nextId(attempt, row.generation);
      continue;
    }
    const made = found
      ? await revive(attempt, found, fields)
      : await attempt.insert(newEvent(row.eventId!, fields));
    if (made) return known(row, made, fields);
    if (found && made === null) continue;
    // Taken, and yet not to be had.
    if (asked) await nextId(attempt, row.generation + 1);
    asked = !asked;
  }
  throw restless();
}

/** Puts our fields into an event that stands; null if it changed under our hands. */
async function write(attempt: Attempt, found: GoogleEvent, fields: OwnFields): Promise<Known | null> {
  const merged = mergeEvent(found, attempt.row.written, fields);
  const event = merged ? await attempt.update(merged) : found;
  return event && known(attempt.row, event, fields);
}

async function revive(attempt: Attempt, found: GoogleEvent, fields: OwnFields) {
  return attempt.revive(mergeEvent(found, attempt.row.written, fields) ?? found);
}

async function nextId(attempt: Attempt, generation: number): Promise<void> {
  const eventId = eventIdOf(attempt.hand.claim.unitId, attempt.row.calendarId, generation);
  await attempt.note({ eventId, generation, written: null });
}

/**
 * Calendars that are to forget the event, from which this one may fetch it: then what people wrote into it comes
 * along. Only within one account that may write to both, and not what another calendar fetches already.
 */
function sourcesOf({ rows }: Hand, row: PushRow): PushRow[] {
  if (row.eventId !== null && row.etag !== null) return [];
  const taken = new Set(rows.filter((one) => one.present && one !== row).map((one) => one.eventId));
  const able = rows.filter(
    (one) =>
      !one.present &&
      one.eventId !== null &&
      !taken.has(one.eventId) &&
      one.account.id === row.account.id &&
      [one, row].every(({ accessRole }) => writes(accessRole)),
  );
  const eventId = row.eventId ?? able.find((one) => one.etag !== null)?.eventId ?? able[0]?.eventId;
  return able.filter((one) => one.eventId === eventId);
}
