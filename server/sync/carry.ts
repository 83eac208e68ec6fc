// What people wrote into an event that is to go: carried into the one that takes its place, where it cannot be moved to.
import { SealBroken } from '../auth/seal.ts';
import type { GoogleEvent } from '../google/client.ts';
import { GoogleError } from '../google/errors.ts';
import { mostWaits } from '../jobs/backoff.ts';
import { Attempt, attemptOf } from './attempt.ts';
import { asFollowed, sightOf } from './drift.ts';
import type { OwnFields } from './event.ts';
import { mergeEvent } from './merge.ts';
import type { PushRow } from './unit.ts';

/** The event that is to go could not be read, for a reason that may be over soon. */
export class Unread extends Error {
  override readonly name = 'Unread';
  /** Whose event it is. */
  readonly accountId: string;
  readonly reason: GoogleError;
  constructor(accountId: string, reason: GoogleError) {
    super();
    this.accountId = accountId;
    this.reason = reason;
  }
}

/** An event to make another of, and what is ours in it. */
export interface Carried {
  event: GoogleEvent;
  fields: OwnFields;
}

/**
 * The event that is to go, with our fields as the attempt's calendar is to show them in place of those it had. Each is
 * carried once in a claim: two that take the place of two have each its own.
 * @param eventId only from this event, of which there is a tombstone here; null: from any
 * @returns null if there is none, or none that can be read
 * @throws Unread, for the first few tries: an event without it is better than none
 */
export async function carry(
  attempt: Attempt,
  fields: OwnFields,
  eventId: string | null,
): Promise<Carried | null> {
  const { hand, row } = attempt;
  for (const source of hand.rows) {
    if (!mayCarry(source) || source.carried || (eventId && source.eventId !== eventId)) continue;
    const event = await read(attempt, source);
    const { shown } = sightOf(event, source.calendarId);
    if (!event || !shown) continue;
    source.carried = true;
    const ours = asFollowed(fields, source.written, shown.free);
    const merged = mergeEvent(event, lastIn(event, source.written), ours) ?? event;
    return { event: { ...merged, attendees: guestsOf(event, [source, row]) }, fields: ours };
  }
  return null;
}

/**
 * Whether what people wrote into its event may be wanted elsewhere. Without what we wrote there last, ours could not be
 * told from theirs.
 */
export const mayCarry = (row: PushRow): row is PushRow & { written: OwnFields } =>
  !row.present && row.eventId !== null && row.written !== null && !row.fetched;

async function read({ hand, row }: Attempt, source: PushRow): Promise<GoogleEvent | null> {
  try {
    return await new Attempt(hand, source).find();
  } catch (error) {
    if (error instanceof SealBroken) return null;
    if (!(error instanceof GoogleError)) throw error;
    const soonOver = error.kind === 'slow' || error.kind === 'again' || error.kind === 'unreachable';
    if (soonOver && attemptOf(hand, row) < mostWaits) throw new Unread(source.account.id, error);
    return null;
  }
}

/** A title that a push marked as cancelled, whose answer was lost, is ours too. */
function lastIn({ summary, extendedProperties }: GoogleEvent, written: OwnFields): OwnFields {
  const marked = extendedProperties?.private?.sidebookState !== undefined;
  return marked && !written.marks.sidebookState ? { ...written, summary: summary ?? '' } : written;
}

/** But for the calendars themselves: invited, the one would show the event on, as a guest's copy. */
function guestsOf({ attendees }: GoogleEvent, calendars: PushRow[]): GoogleEvent['attendees'] {
  const own = calendars.map(({ googleId }) => googleId.toLowerCase());
  return attendees?.filter(
    ({ email, self, organizer }) => !self && !organizer && !own.includes(email?.toLowerCase() ?? ''),
  );
}
