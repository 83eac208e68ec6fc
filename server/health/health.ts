// How each calendar keeps in step with Google, for people; and having one read now because somebody asks.
import { sql } from 'drizzle-orm';
import { listAccounts } from '../accounts/accounts.ts';
import { addressOf } from '../channels/make.ts';
import type { Context } from '../context.ts';
import type { Transaction } from '../database/open.ts';
import { notFound } from '../errors.ts';
import { assess, type HealthShape, helloWithin } from './assess.ts';
import { type Condition, readConditions } from './condition.ts';

/** @throws Refusal not_found, also if it is not followed any more */
export async function readHealth(
  context: Context,
  { businessId, id }: { businessId: string; id: string },
): Promise<HealthShape> {
  const [condition] = await readConditions(context.db, businessId, id);
  if (!condition) throw notFound('calendar');
  return (await assessAll(context, businessId, [condition]))[0]!;
}

/** Of the calendars that are followed, the worst first, and how many there are. */
export async function listHealth(
  context: Context,
  businessId: string,
  limit: number,
): Promise<{ items: HealthShape[]; total: number }> {
  const all = await assessAll(context, businessId, await readConditions(context.db, businessId));
  const badness = ({ light }: HealthShape) => ['red', 'amber', 'green'].indexOf(light);
  const items = all.sort((a, b) => badness(a) - badness(b)).slice(0, limit);
  return { items, total: all.length };
}

/** In the order they come in. */
export async function assessAll(
  context: Context,
  businessId: string,
  conditions: Condition[],
): Promise<HealthShape[]> {
  const accounts = await listAccounts(context, businessId);
  const words = new Map(accounts.map((account) => [account.id, account.words]));
  const facts = {
    now: context.now(),
    address: addressOf(context.config),
    pollMinutes: context.config.pollMinutes,
  };
  return conditions.map((condition) =>
    assess(condition, { ...facts, account: words.get(condition.calendar.accountId) ?? null }),
  );
}

/**
 * It is read as soon as may be, whatever it waits for; and a channel that was refused for a reason that may have been
 * mended, or of which nothing was ever heard, is asked for again.
 * @throws Refusal not_found
 */
export async function syncNow(
  tx: Transaction,
  { businessId, id }: { businessId: string; id: string },
): Promise<void> {
  const rows = await tx.execute(sql`
    update pulls p set wanted = p.wanted + 1, due_at = now(),
        watch_due_at = case when p.watch_due_at is not null and (p.watch_failure is not null or ${unheard})
          then now() else p.watch_due_at end
      from calendars c
      where p.business_id = ${businessId} and p.calendar_id = ${id}
        and c.business_id = p.business_id and c.id = p.calendar_id and c.left_at is null
      returning 1`);
  if (rows.length === 0) throw notFound('calendar');
}

const unheard = sql`exists (
  select from channels ch where ch.business_id = p.business_id and ch.calendar_id = p.calendar_id
    and ch.stop_at is null and ch.expires_at > now() and ch.last_notice_at is null
    and ch.made_at <= now() - make_interval(secs => ${helloWithin / 1000}))`;
