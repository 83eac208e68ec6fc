// What a failure on the way to Google means: for the work in hand, and for its account. Pure, but for chance.
import { GoogleError, onlyTimeMends } from '../google/errors.ts';
import { delayAfter, longPause, mostAttempts } from './backoff.ts';
import { BudgetSpent } from './budget.ts';

export interface Plan {
  /** Google's code; `internal`: ours; null: nothing failed, it only has to wait. */
  failure: string | null;
  /** ms until the next try, if there is one. */
  delay: number;
  /** Whether this was a try. */
  counts: boolean;
  /** How often it is worth trying: 1 where Google will not say otherwise the next time. */
  tries: number;
  /** Whether a person has to connect the account again first. */
  reconnect: boolean;
}

/** @param attempt 1 is the first */
export function planOf(error: unknown, attempt: number, chance = Math.random()): Plan {
  const plan = { counts: true, tries: Infinity, reconnect: false };
  if (error instanceof BudgetSpent)
    return { ...plan, failure: null, delay: error.wait + chance * 1000, counts: false };
  if (!(error instanceof GoogleError))
    return { ...plan, failure: 'internal', delay: delayAfter(attempt, null, chance), tries: mostAttempts };
  const { kind, code: failure, retryAfter } = error;
  const soon = { ...plan, failure, delay: delayAfter(attempt, retryAfter, chance) };
  switch (kind) {
    case 'reconnect':
      // At once: claims pass the account by until it is connected again.
      return { ...soon, delay: 0, counts: false, reconnect: true };
    case 'pause':
      return { ...soon, delay: longPause(chance), counts: false };
    case 'slow':
    case 'unreachable':
      // Google's limit, or that nobody answers, is no fault of the work: it waits longer each time, but is never given
      // up for that.
      return soon;
    case 'again':
      return { ...soon, tries: mostAttempts };
    case 'refused':
    case 'gone':
    case 'exists':
    case 'changed':
    case 'resync':
      return { ...soon, tries: 1 };
  }
}

/** To be left alone for so many ms: an account, or (null) all of Google. */
export interface Rest {
  accountId: string | null;
  delay: number;
}

/** What to leave alone after a failure with this account, whose work is tried again after `delay` ms: one or none. */
export function restsOf(error: unknown, { accountId, delay }: { accountId: string; delay: number }): Rest[] {
  if (error instanceof BudgetSpent) return [{ accountId: error.accountId, delay: error.wait }];
  if (!(error instanceof GoogleError)) return [];
  const { kind, code } = error;
  return kind === 'slow' || (kind === 'pause' && onlyTimeMends(code)) ? [{ accountId, delay }] : [];
}
