// The rate budget: one limit for all processes, in any minute, for each person and for the whole project.
import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { type OpenDatabase, openDatabase } from '../../../server/database/open.ts';
import {
  type Budget,
  BudgetSpent,
  createBudget,
  type Method,
  tidyBudgets,
} from '../../../server/jobs/budget.ts';
import { freshDatabase } from '../../database.ts';

let here: OpenDatabase & { url: string };
let there: OpenDatabase;
beforeAll(async () => {
  here = await freshDatabase();
  there = openDatabase(here.url);
});
afterAll(async () => {
  await there.close();
  await here.close();
});

/** Begins with a window that has most of its time before it, so that a test fits into it. */
beforeEach(async () => {
  await here.db.execute(sql`truncate budgets`);
  await vi.waitUntil(async () => {
    const [row] = await here.db.execute<{ into: number }>(
      sql`select (extract(epoch from now()) % 10)::float8 as into`,
    );
    return row!.into < 6;
  }, 10_000);
});

const anna = { id: 'a', email: 'anna@example.com' };
const bo = { id: 'b', email: 'bo@example.com' };
/** A window has a seventh of the minute. */
const limits = { accountUnitsPerMinute: 70, projectUnitsPerMinute: 7000 };

/** How many of so many requests got through. */
async function spend(
  budgets: Budget[],
  times: number,
  account = anna,
  method: Method = 'get',
): Promise<number> {
  const tries = Array.from({ length: times }, (_, i) =>
    budgets[i % budgets.length]!.spend(account, method).then(
      () => true,
      (error) => {
        if (error instanceof BudgetSpent) return false;
        throw error;
      },
    ),
  );
  return (await Promise.all(tries)).filter(Boolean).length;
}

test('two processes together get what one may', async () => {
  const both = [createBudget(here.db, limits), createBudget(there.db, limits)];
  expect(await spend(both, 50)).toBe(10);
  expect(await spend([createBudget(there.db, limits)], 5)).toBe(0);
});

test('the share is a seventh of the minute, so that no sliding minute holds more than the limit', async () => {
  expect(await spend([createBudget(here.db, { ...limits, accountUnitsPerMinute: 600 })], 200)).toBe(85);
});

test('one person in two businesses has one budget, another person another', async () => {
  const budget = createBudget(here.db, limits);
  expect(await spend([budget], 20)).toBe(10);
  expect(await spend([budget], 20, { id: 'elsewhere', email: 'Anna@Example.com' })).toBe(0);
  expect(await spend([budget], 20, bo)).toBe(10);
  const rows = await here.db.execute(sql`select key from budgets`);
  expect(JSON.stringify(rows)).not.toContain('example');
});

test('a patch costs three', async () =>
  expect(await spend([createBudget(here.db, limits)], 20, anna, 'patch')).toBe(3));

test('the project has one budget for all, and what is spent says whose, and until when', async () => {
  const budget = createBudget(here.db, { accountUnitsPerMinute: 70, projectUnitsPerMinute: 35 });
  expect(await spend([budget], 20)).toBe(5);
  const refusal = await budget.spend(anna, 'get').catch((error) => error);
  expect(refusal).toBeInstanceOf(BudgetSpent);
  expect(refusal.accountId).toBeNull();
  expect(refusal.wait).toBeGreaterThan(0);
  expect(refusal.wait).toBeLessThanOrEqual(10_000);
  expect(await spend([budget], 20, bo)).toBe(0);
});

test('the next window has its own share', async () => {
  const budget = createBudget(here.db, limits);
  expect(await spend([budget], 20)).toBe(10);
  // As if this window were the one before, for the database and for the process.
  await here.db.execute(sql`update budgets set "window" = "window" - interval '10 seconds'`);
  const now = performance.now();
  vi.spyOn(performance, 'now').mockImplementation(() => now + 10_000);
  expect(await spend([budget], 20)).toBe(10);
  vi.restoreAllMocks();
});

test('windows long past are tidied away', async () => {
  await spend([createBudget(here.db, limits)], 1);
  await here.db.execute(
    sql`insert into budgets (key, "window", used) values ('old', now() - interval '2 hours', 1)`,
  );
  await tidyBudgets(here.db);
  const rows = await here.db.execute(sql`select key from budgets`);
  expect(rows.map(({ key }) => key)).not.toContain('old');
  expect(rows).toHaveLength(2);
});
