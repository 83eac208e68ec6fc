// What each failure means for the work and for its account, as a table.
import { describe, expect, test } from 'vitest';
import { type FailureKind, GoogleError } from '../../../server/google/errors.ts';
import { mostAttempts } from '../../../server/jobs/backoff.ts';
import { BudgetSpent } from '../../../server/jobs/budget.ts';
import { planOf, restsOf } from '../../../server/jobs/plan.ts';

const hour = 3_600_000;
const google = (kind: FailureKind, code = 'why', retryAfter: number | null = null) =>
  new GoogleError(kind, code, { retryAfter });
/** At the third try, with the dice at a half. */
const planned = (error: unknown) => {
  const plan = planOf(error, 3, 0.5);
  return [plan.failure, plan.delay, plan.counts, plan.tries, plan.reconnect];
};

describe('the work', () => {
  test.each<[string, unknown, ReturnType<typeof planned>]>([
    ['the budget is spent', new BudgetSpent('a', 7000), [null, 7500, false, Infinity, false]],
    ['a fault of ours', new TypeError('x'), ['internal', 4100, true, mostAttempts, false]],
    ['no error at all', 'x', ['internal', 4100, true, mostAttempts, false]],
    ['Google’s trouble', google('again'), ['why', 4100, true, mostAttempts, false]],
    ['no answer', google('unreachable'), ['why', 4100, true, Infinity, false]],
    ['too fast', google('slow'), ['why', 4100, true, Infinity, false]],
    ['too fast, with a time', google('slow', 'why', 60_000), ['why', 60_100, true, Infinity, false]],
    ['a limit of hours', google('pause'), ['why', hour, false, Infinity, false]],
    ['a dead grant', google('reconnect'), ['why', 0, false, Infinity, true]],
    ...(['refused', 'gone', 'exists', 'changed', 'resync'] as const).map(
      (kind): [string, unknown, ReturnType<typeof planned>] => [
        kind,
        google(kind),
        ['why', 4100, true, 1, false],
      ],
    ),
  ])('%s', (_, error, plan) => expect(planned(error)).toEqual(plan));

  test('waits grow with the tries', () =>
    expect([1, 2, 6, 11].map((attempt) => planOf(google('again'), attempt, 1).delay)).toEqual([
      2100, 4100, 64_100, 900_100,
    ]));

  test('what passes is tried for some three days before it is given up', () => {
    const tries = Array.from({ length: mostAttempts }, (_, i) => planOf(google('again'), i + 1, 0.5));
    const days = tries.reduce((sum, { delay }) => sum + delay, 0) / (24 * hour);
    expect(days).toBeGreaterThan(2.9);
    expect(days).toBeLessThan(3.3);
  });
});

describe('the account', () => {
  const rests = (error: unknown) => restsOf(error, { accountId: 'mine', delay: 5000 });

  test('is left alone where it was too fast, or only time mends it', () => {
    const mine = [{ accountId: 'mine', delay: 5000 }];
    expect(rests(google('slow'))).toEqual(mine);
    expect(rests(google('pause', 'quotaExceeded'))).toEqual(mine);
    expect(rests(google('pause', 'accessNotConfigured'))).toEqual([]);
  });

  test('whose budget is spent rests until there is more; all of Google’s, everybody', () => {
    expect(rests(new BudgetSpent('other', 7000))).toEqual([{ accountId: 'other', delay: 7000 }]);
    expect(rests(new BudgetSpent(null, 7000))).toEqual([{ accountId: null, delay: 7000 }]);
  });

  test('is free for all else', () => {
    for (const error of [new TypeError('x'), google('again'), google('reconnect'), google('gone')])
      expect(rests(error)).toEqual([]);
  });
});
