// Which event makes a block or an opening; those are changed where the event is, not here.
import type { BlockCause } from '../../shared/api.ts';
import { Refusal } from '../errors.ts';

interface Caused {
  calendarId: string | null;
  eventId: string | null;
  original: string | null;
  cause: Pick<BlockCause, 'code' | 'id'> | null;
}

/** Null: it was put in by hand. */
export const causeOf = ({ calendarId, eventId, original, cause }: Caused): BlockCause | null =>
  calendarId && eventId && cause ? { calendarId, eventId, original, ...cause } : null;

/** @throws Refusal wrong_state */
export function mustBeByHand(row: Caused): void {
  const cause = causeOf(row);
  if (cause)
    throw new Refusal(
      'wrong_state',
      'An event of a calendar makes this: change the event, or decide whom it blocks.',
      { cause },
    );
}
