// How fast we may ask Google: units leased from the database in small batches, so that all processes share one limit.
import { createHash } from 'node:crypto';
import { sql } from 'drizzle-orm';
import type { Connection } from '../database/open.ts';

export interface Limits {
  accountUnitsPerMinute: number;
  projectUnitsPerMinute: number;
}

/** What a request costs. @see https://developers.google.com/workspace/calendar/api/guides/quota */
export type Method =
  | 'get'
  | 'insert'
  | 'update'
  | 'patch'
  | 'delete'
  | 'move'
  | 'list'
  | 'freebusy'
  | 'watch'
  | 'stop';
const unitsOf = (method: Method) => (method === 'patch' ? 3 : 1);

/**
 * Google counts a sliding minute. Ours is cut into windows of ten seconds, of which any minute touches seven at most:
 * with a seventh of the limit in each, no minute ever holds more than the limit.
 */
const windowSeconds = 10;
const windowsTouched = 7;

/** So that strangers who try one time after the other do not spend what pushes and pulls need. */
const confirmationsPerMinute = 210;

export interface Budget {
  /** Takes what one request costs. @throws BudgetSpent if this window's share is used up: nothing was taken then. */
  spend(account: { id: string; email: string }, method: Method): Promise<void>;
  /** Whether calendars may be read once more for those who book with this business. */
  mayConfirm(businessId: string): Promise<boolean>;
}

/** Nothing is left until the window ends. */
export class BudgetSpent extends Error {
  override readonly name = 'BudgetSpent';
  /** Whose: null for the whole project's. */
  readonly accountId: string | null;
  /** Milliseconds until there is more. */
  readonly wait: number;
  constructor(accountId: string | null, wait: number) {
    super('The budget of Google requests is spent.');
    this.accountId = accountId;
    this.wait = wait;
  }
}

/** Units leased and not yet used; they end with their window. */
interface Pool {
  left: number;
  /** On this process's own clock, ms: the database says how long the window still lasts. */
  ends: number;
  spent: boolean;
  leasing: Promise<void> | null;
}

export function createBudget(db: Connection, limits: Limits): Budget {
  const pools = new Map<string, Pool>();

  /** @returns 0 if taken, else how many ms to wait */
  async function take(key: string, perMinute: number, units: number): Promise<number> {
    for (;;) {
      const pool = pools.get(key) ?? { left: 0, ends: 0, spent: false, leasing: null };
      pools.set(key, pool);
      const wait = pool.ends - performance.now();
      if (wait > 0 && pool.left >= units) {
        pool.left -= units;
        return 0;
      }
      if (wait > 0 && pool.spent) return wait;
      pool.leasing ??= lease(pool, key, { perMinute, units }).finally(() => {
        pool.leasing = null;
      });
      await pool.leasing;
    }
  }

  async function lease(pool: Pool, key: string, { perMinute, units }: { perMinute: number; units: number }) {
    const most = Math.max(units, Math.floor(perMinute / windowsTouched));
    const batch = Math.max(units, Math.min(50, Math.floor(most / 8)));
    let leased = await leaseUnits(db, { key, most, units: batch });
    if (!leased.granted && batch > units) leased = await leaseUnits(db, { key, most, units });
    const ends = performance.now() + leased.remaining;
    // Another window, unless it is the same one to within what a round trip takes.
    if (Math.abs(ends - pool.ends) > (windowSeconds * 1000) / 2) pool.left = 0;
    pool.left += leased.granted;
    pool.ends = ends;
    pool.spent = leased.granted === 0;
  }

  return {
    mayConfirm: async (businessId) => (await take(`confirm/${businessId}`, confirmationsPerMinute, 1)) === 0,
    async spend(account, method) {
      if (pools.size > 10_000) pools.clear();
      const units = unitsOf(method);
      const own = accountKey(account.email);
      const ownWait = await take(own, limits.accountUnitsPerMinute, units);
      if (ownWait > 0) throw new BudgetSpent(account.id, ownWait);
      const allWait = await take('project', limits.projectUnitsPerMinute, units);
      if (allWait === 0) return;
      const pool = pools.get(own);
      if (pool) pool.left += units;
      throw new BudgetSpent(null, allWait);
    },
  };
}

// One person may have connected to several businesses: Google counts the person. Hashed, for it is an address.
const accountKey = (email: string) =>
  `account/${createHash('sha256').update(email.toLowerCase()).digest('hex')}`;

async function leaseUnits(
  db: Connection,
  { key, most, units }: { key: string; most: number; units: number },
) {
  const [row] = await db.execute<{ taken: boolean; remaining: number }>(sql`
    with clock as (
      select extract(epoch from now()) as now, floor(extract(epoch from now()) / ${windowSeconds}) * ${windowSeconds} as start
    ), taken as (
      insert into budgets (key, "window", used) select ${key}, to_timestamp(start), ${units}::int from clock
        on conflict (key, "window") do update set used = budgets.used + excluded.used
          where budgets.used + excluded.used <= ${most}::int
        returning used
    )
    select exists (select from taken) as taken, ((start + ${windowSeconds} - now) * 1000)::float8 as remaining from clock`);
  return { granted: row!.taken ? units : 0, remaining: row!.remaining };
}

/** The tick: windows long past. */
export async function tidyBudgets(db: Connection): Promise<void> {
  await db.execute(sql`delete from budgets where "window" < now() - interval '1 hour'`);
}
