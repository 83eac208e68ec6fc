// What a failed push leads to: another try, a long wait, a person's help, or the end of it.
import { needReconnecting } from '../accounts/accounts.ts';
import { GoogleError, onlyTimeMends } from '../google/errors.ts';
import { bury, LeaseLost, postpone } from '../jobs/queue.ts';
import { attemptOf, type Hand, record } from './attempt.ts';
import { delayAfter, longPause, mostAttempts } from './backoff.ts';
import { BudgetSpent } from './budget.ts';
import { Unread } from './carry.ts';
import type { PushRow } from './unit.ts';

/** To be left alone for so many ms: an account, or (null) all of Google. */
export interface Rest {
  accountId: string | null;
  delay: number;
}

/** Leaves the push postponed or given up. @throws what is no failure of the push itself, such as a lost lease */
export async function failed(hand: Hand, row: PushRow, error: unknown): Promise<Rest | undefined> {
  if (error instanceof LeaseLost) throw error;
  if (error instanceof BudgetSpent) {
    await later(hand, row, { delay: error.wait + Math.random() * 1000, failure: null, counts: false });
    return { accountId: error.accountId, delay: error.wait };
  }
  if (error instanceof Unread) return unread(hand, row, error);
  if (!(error instanceof GoogleError)) {
    hand.context.log.error({ err: error, pushId: row.id }, 'a push failed on our side');
    return retryOrBury(hand, row, { code: 'internal', delay: (attempt) => delayAfter(attempt, null) });
  }
  const { kind, code } = error;
  const accountId = row.account.id;
  const delay = (attempt: number) => delayAfter(attempt, error.retryAfter);
  switch (kind) {
    case 'reconnect':
      await reconnect(hand, row, code);
      // At once: claims pass the account by until it is connected again.
      return later(hand, row, { delay: 0, failure: code, counts: false });
    case 'pause': {
      const pause = longPause();
      await later(hand, row, { delay: pause, failure: code, counts: false });
      return onlyTimeMends(code) ? { accountId, delay: pause } : undefined;
    }
    case 'slow': {
      // Google's limit is no fault of the push: it waits longer each time, but is never given up for that.
      const wait = delay(attemptOf(hand, row));
      await later(hand, row, { delay: wait, failure: code, counts: true });
      return { accountId, delay: wait };
    }
    case 'again':
    case 'unreachable':
      return retryOrBury(hand, row, { code, delay });
    // Those that a push knows what to do about do not come here: what is left of them is for good.
    case 'refused':
    case 'gone':
    case 'exists':
    case 'changed':
    case 'resync':
      return giveUp(hand, row, code);
  }
}

/** A try of this push; but it is the other account that Google asked us to leave alone. */
async function unread(hand: Hand, row: PushRow, { accountId, reason }: Unread): Promise<Rest | undefined> {
  const attempt = attemptOf(hand, row);
  await later(hand, row, { delay: delayAfter(attempt, null), failure: reason.code, counts: true });
  if (reason.kind !== 'slow') return undefined;
  return { accountId, delay: delayAfter(attempt, reason.retryAfter) };
}

async function retryOrBury(
  hand: Hand,
  row: PushRow,
  why: { code: string; delay: (attempt: number) => number },
) {
  const attempt = attemptOf(hand, row);
  if (attempt >= mostAttempts) return giveUp(hand, row, why.code);
  return later(hand, row, { delay: why.delay(attempt), failure: why.code, counts: true });
}

async function later(
  hand: Hand,
  row: PushRow,
  why: { delay: number; failure: string | null; counts: boolean },
) {
  await postpone(hand.context.db, hand.claim, row.id, why);
  record(hand, row, { step: 'postpone', outcome: why.failure ?? 'budget' });
  return undefined;
}

async function giveUp(hand: Hand, row: PushRow, failure: string) {
  await bury(hand.context.db, hand.claim, row.id, { failure, wanted: row.wanted });
  record(hand, row, { step: 'give up', outcome: failure });
  return undefined;
}

async function reconnect({ context, claim }: Hand, { account }: PushRow, code: string): Promise<void> {
  const { id: accountId, refreshToken } = account;
  if (!refreshToken) return;
  const { businessId } = claim;
  await needReconnecting(context.db, { businessId, accountId, refreshToken, code, now: context.now() });
}
