// What a failed write to an event leads to: another try, a long wait, a person's help, or the end of it.

import { MarkTooLong } from '../../shared/marks.ts';
import { needReconnecting } from '../accounts/accounts.ts';
import type { Context } from '../context.ts';
import { buryMark, type MarkClaim, postponeMark } from '../jobs/marks.ts';
import { planOf, type Rest, restsOf } from '../jobs/plan.ts';

interface Failing {
  context: Context;
  claim: MarkClaim;
  account: { id: string; refreshToken: string | null };
}

export interface Outcome {
  step: 'postpone' | 'give up';
  outcome: string;
  rests: Rest[];
}

/** Leaves it postponed or given up. @throws LeaseLost */
export async function markFailed({ context, claim, account }: Failing, error: unknown): Promise<Outcome> {
  const { db, log, now } = context;
  if (error instanceof MarkTooLong) {
    await buryMark(db, claim, 'mark_too_long');
    return { step: 'give up', outcome: 'mark_too_long', rests: [] };
  }
  const { businessId, calendarId, attempt } = claim;
  const { id: accountId, refreshToken } = account;
  const plan = planOf(error, attempt);
  const { failure, delay } = plan;
  const rests = restsOf(error, { accountId, delay });
  if (failure === 'internal') log.error({ err: error, calendarId }, 'a mark failed on our side');
  if (failure !== null && plan.reconnect)
    await needReconnecting(db, { businessId, accountId, refreshToken, code: failure, now: now() });
  if (failure !== null && attempt >= plan.tries) {
    await buryMark(db, claim, failure);
    return { step: 'give up', outcome: failure, rests };
  }
  await postponeMark(db, claim, plan);
  return { step: 'postpone', outcome: failure ?? 'budget', rests };
}
