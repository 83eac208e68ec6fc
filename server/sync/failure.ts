// What a failed push leads to: another try, a long wait, a person's help, or the end of it.
import { needReconnecting } from '../accounts/accounts.ts';
import { delayAfter } from '../jobs/backoff.ts';
import { planOf, type Rest, restsOf } from '../jobs/plan.ts';
import { bury, LeaseLost, postpone } from '../jobs/queue.ts';
import { attemptOf, type Hand, record } from './attempt.ts';
import { Unread } from './carry.ts';
import type { PushRow } from './unit.ts';

/**
 * Leaves the push postponed or given up. What a push knows what to do about does not come here.
 * @returns what to leave alone for a while
 * @throws LeaseLost
 */
export async function failed(hand: Hand, row: PushRow, error: unknown): Promise<Rest[]> {
  if (error instanceof LeaseLost) throw error;
  const { context, claim } = hand;
  const attempt = attemptOf(hand, row);
  if (error instanceof Unread) {
    // A try of this push; but it is the other account that Google asked us to leave alone.
    const { accountId, reason } = error;
    const why = { delay: delayAfter(attempt, null), failure: reason.code, counts: true };
    await postpone(context.db, claim, row.id, why);
    record(hand, row, { step: 'postpone', outcome: reason.code });
    return restsOf(reason, { accountId, delay: delayAfter(attempt, reason.retryAfter) });
  }
  const plan = planOf(error, attempt);
  const { failure, delay } = plan;
  if (failure === 'internal') context.log.error({ err: error, pushId: row.id }, 'a push failed on our side');
  if (failure !== null && plan.reconnect) await reconnect(hand, row, failure);
  if (failure !== null && attempt >= plan.tries) {
    await bury(context.db, claim, row.id, { failure, wanted: row.wanted });
    record(hand, row, { step: 'give up', outcome: failure });
  } else {
    await postpone(context.db, claim, row.id, plan);
    record(hand, row, { step: 'postpone', outcome: failure ?? 'budget' });
  }
  return restsOf(error, { accountId: row.account.id, delay });
}

async function reconnect({ context, claim }: Hand, { account }: PushRow, code: string): Promise<void> {
  const { id: accountId, refreshToken } = account;
  const { businessId } = claim;
  await needReconnecting(context.db, { businessId, accountId, refreshToken, code, now: context.now() });
}
