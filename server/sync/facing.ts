// What a push does before it goes on, where a person changed its event: it is met first (face.ts), by what the push has just found.
import type { GoogleEvent } from '../google/client.ts';
import type { Attempt } from './attempt.ts';
import { type Kind, kindsOf, type Sight, sightOf } from './drift.ts';
import type { Verdict } from './face.ts';
import { meetInHand } from './meet.ts';
import type { PushRow } from './unit.ts';

/** Another moment is better for this push: it is no failure. */
export class Later extends Error {
  override readonly name = 'Later';
  readonly delay: number;
  constructor(delay: number) {
    super();
    this.delay = delay;
  }
}

/**
 * What a person did to the event is dealt with before we write over it.
 * @returns what is to be left as they made it; `leave`: all of it
 * @throws Later
 */
export async function meetFound(
  attempt: Attempt,
  found: GoogleEvent | null,
): Promise<ReadonlySet<Kind> | 'leave'> {
  const { row } = attempt;
  const sight = sightOf(found, row.calendarId);
  if (!isNoted(row) && kindsOf(sight, row).length === 0) return none;
  if (found === null) await attempt.reach();
  const verdict = await meetNow(attempt, row, sight);
  switch (verdict.go) {
    case 'on':
      return verdict.open;
    case 'leave':
      return 'leave';
    case 'again':
      throw new Later(0);
    case 'wait':
      throw new Later(verdict.delay);
  }
}

const isNoted = ({ drifting, missingAt, elsewhere }: PushRow): boolean =>
  drifting || missingAt !== null || elsewhere !== null;

/** @param row of the attempt's unit */
async function meetNow({ hand }: Attempt, row: PushRow, sight: Sight): Promise<Verdict> {
  const { businessId, leasedUntil: lease } = hand.claim;
  const which = { businessId, pushId: row.id, lease };
  const { verdict, push } = await meetInHand(hand.context, which, sight);
  const { present, etag, written, tried, missingAt, elsewhere } = push;
  const drifting = verdict.go !== 'on' || verdict.open.size > 0;
  Object.assign(row, { present, etag, written, tried, missingAt, elsewhere, drifting });
  return verdict;
}

/** It is not where we had it, and we have not taken it away: a person did. @throws Later, until it is known where it is */
export async function lost(attempt: Attempt, row: PushRow): Promise<void> {
  if (row.etag === null && !isNoted(row)) return;
  await goOn(attempt, row, sightOf(null, row.calendarId));
}

/** @throws Later */
export async function goOn(attempt: Attempt, row: PushRow, sight: Sight): Promise<void> {
  const { present } = row;
  const verdict = await meetNow(attempt, row, sight);
  if (verdict.go === 'wait') throw new Later(verdict.delay);
  // Shown here again by now, it must not be forgotten: wherever it is, it is the booking's.
  if (verdict.go === 'again' || verdict.go === 'leave' || row.present !== present) throw new Later(0);
}

/** Nobody has looked: as we know it. */
export const unseen = ({ etag, calendarId, written }: PushRow): Sight => ({
  etag,
  calendarId,
  shown: { start: '', end: '', free: false, ...written },
});

export const none: ReadonlySet<Kind> = new Set();
