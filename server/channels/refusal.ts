// What a refused channel leads to: another try, one a day, or never again. Pure, but for chance.
import { GoogleError } from '../google/errors.ts';
import { delayAfter, longPause } from '../sync/backoff.ts';
import { BudgetSpent } from '../sync/budget.ts';

export interface Next {
  /** Google's code; `internal`: ours; null: nothing failed, it only has to wait. */
  failure: string | null;
  /** ms until the next try; null: there is none, the calendar is polled. */
  delay: number | null;
  counts: boolean;
  /** Whether Google may have opened the channel all the same. */
  open: boolean;
  /** Whether a person has to connect the account again first. */
  reconnect: boolean;
}

const day = 24 * 3_600_000;

/** What somebody may mend where Google cannot tell us: tried once a day, more or less. */
const daily = (chance: number): number => day * (0.75 + chance / 2);

/** Google does not send to our address: a receiver needs https, and at times a verified domain. */
export const isAboutAddress = (code: string): boolean => code.startsWith('push.webhook');

/**
 * @param attempt 1 is the first
 * @see https://developers.google.com/workspace/calendar/api/guides/push
 */
export function afterFailure(error: unknown, attempt: number, chance = Math.random()): Next {
  const next = { counts: true, open: false, reconnect: false };
  if (error instanceof BudgetSpent)
    return { ...next, failure: null, delay: error.wait + chance * 1000, counts: false };
  if (!(error instanceof GoogleError))
    return { ...next, failure: 'internal', delay: delayAfter(attempt, null, chance), open: true };
  const { kind, code: failure, status, retryAfter } = error;
  // One of these comes as 401, which is no word on the account.
  if (isAboutAddress(failure)) return { ...next, failure, delay: daily(chance) };
  const soon = { ...next, failure, delay: delayAfter(attempt, retryAfter, chance) };
  switch (kind) {
    case 'reconnect':
      // Soon: claims pass the account by until it is connected again.
      return { ...soon, delay: 1000, counts: false, reconnect: true };
    case 'pause':
      return { ...soon, delay: longPause(chance), counts: false };
    case 'again':
    case 'unreachable':
      return { ...soon, open: true };
    case 'slow':
    case 'exists':
    case 'changed':
    case 'resync':
      return soon;
    // Not shared with us any more, or a scope that lacks: people mend such things.
    case 'gone':
      return { ...soon, delay: daily(chance) };
    case 'refused':
      // 400 is of the calendar itself: Google never tells of holidays, birthdays and the like.
      return { ...soon, delay: status === 400 ? null : daily(chance) };
  }
}
