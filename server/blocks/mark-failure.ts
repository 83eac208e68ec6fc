// What a failed write to an event leads to: another try, a long wait, a person's help, or the end of it.

import { MarkTooLong } from '../../shared/marks.ts';
import { needReconnecting } from '../accounts/accounts.ts';
import type { Context } from '../context.ts';
import { GoogleError, onlyTimeMends } from '../google/errors.ts';
import { buryMark, type MarkClaim, postponeMark } from '../jobs/marks.ts';
import { delayAfter, longPause, mostAttempts } from '../sync/backoff.ts';
import { BudgetSpent } from '../sync/budget.ts';
import type { Rest } from '../sync/failure.ts';

interface Failing {
  context: Context;
  claim: MarkClaim;
  account: { id: string; refreshToken: string | null };
}

export interface Outcome {
  step: 'postpone' | 'give up';
  outcome: string;
  rest?: Rest;
}

/** Leaves it postponed or given up. @throws LeaseLost */
export async function markFailed({ context, claim, account }: Failing, error: unknown): Promise<Outcome> {
  const accountId = account.id;
  const later = async (why: { delay: number; failure: string | null; counts?: boolean; rest?: Rest }) => {
    const { delay, failure, counts = true, rest } = why;
    await postponeMark(context.db, claim, { delay, failure, counts });
    return { step: 'postpone', outcome: failure ?? 'budget', rest } as const;
  };
  const giveUp = async (failure: string) => {
    await buryMark(context.db, claim, failure);
    return { step: 'give up', outcome: failure } as const;
  };
  const retry = (failure: string, delay: number) =>
    claim.attempt >= mostAttempts ? giveUp(failure) : later({ delay, failure });

  if (error instanceof MarkTooLong) return giveUp('mark_too_long');
  if (error instanceof BudgetSpent) {
    const rest = { accountId: error.accountId, delay: error.wait };
    return later({ delay: error.wait + Math.random() * 1000, failure: null, counts: false, rest });
  }
  if (!(error instanceof GoogleError)) {
    context.log.error({ err: error, calendarId: claim.calendarId }, 'a mark failed on our side');
    return retry('internal', delayAfter(claim.attempt, null));
  }
  const { kind, code, retryAfter } = error;
  const delay = delayAfter(claim.attempt, retryAfter);
  switch (kind) {
    case 'reconnect':
      await reconnect(context, claim, { ...account, code });
      // At once: claims pass the account by until it is connected again.
      return later({ delay: 0, failure: code, counts: false });
    case 'pause': {
      const pause = longPause();
      const rest = onlyTimeMends(code) ? { accountId, delay: pause } : undefined;
      return later({ delay: pause, failure: code, counts: false, rest });
    }
    case 'slow':
      // Google's limit is no fault of the event: it waits longer each time, but is never given up for that.
      return later({ delay, failure: code, rest: { accountId, delay } });
    case 'again':
    case 'unreachable':
      return retry(code, delay);
    case 'refused':
    case 'gone':
    case 'exists':
    case 'changed':
    case 'resync':
      return giveUp(code);
  }
}

async function reconnect(
  context: Context,
  { businessId }: MarkClaim,
  { id: accountId, refreshToken, code }: { id: string; refreshToken: string | null; code: string },
): Promise<void> {
  await needReconnecting(context.db, { businessId, accountId, refreshToken, code, now: context.now() });
}
