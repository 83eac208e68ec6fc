// Gives up channels: tells Google to stop those that were replaced or left, and forgets those that ended by themselves.
import { and, eq, sql } from 'drizzle-orm';
import { accountKey, asAccount, itsOwnApp, ownApp } from '../accounts/accounts.ts';
import type { Context } from '../context.ts';
import { channels, googleApps } from '../database/mirror.ts';
import type { Connection } from '../database/open.ts';
import { accounts, calendars } from '../database/schema.ts';
import { GoogleError } from '../google/errors.ts';
import { BudgetSpent } from '../jobs/budget.ts';
import { planOf } from '../jobs/plan.ts';
import { writeLog } from '../log/steps.ts';

const atOnce = 8;

/** The tick. Safe in several processes at once: whoever takes a channel moves its time on. */
export async function stopChannels(context: Context): Promise<void> {
  await sweep(context.db);
  for (;;) {
    const due = await take(context.db);
    if (due.length === 0) return;
    await Promise.all(due.map(({ id }) => stopOne(context, id)));
  }
}

/**
 * What ended by itself needs no word, and of one that Google never named there is none to be had. A calendar that was
 * left while its channel was being made has one that nobody gave up.
 */
async function sweep(db: Connection): Promise<void> {
  await db.execute(sql`
    delete from channels where id in (
      select id from channels where coalesce(expires_at, made_at + interval '8 days') <= now()
        or (resource_id is null and made_at <= now() - interval '10 minutes') for update skip locked)`);
  await db.execute(sql`
    update channels set stop_at = now() where id in (
      select ch.id from channels ch
        join calendars c on c.business_id = ch.business_id and c.id = ch.calendar_id and c.left_at is not null
        where ch.stop_at is null for update of ch skip locked)`);
}

/** Tried again by others after a minute, if this process dies of it. */
const take = (db: Connection) =>
  db.execute<{ id: string }>(sql`
    update channels set stop_at = now() + interval '1 minute', stop_attempts = stop_attempts + 1
      where id in (
        select id from channels where stop_at <= now() and resource_id is not null
          order by stop_at limit ${atOnce} for update skip locked
      ) returning id`);

async function stopOne(context: Context, id: string): Promise<void> {
  const began = performance.now();
  const channel = await find(context.db, id);
  if (!channel) return;
  let outcome = 'ok';
  let error: unknown;
  try {
    await context.budget.spend(channel.account, 'stop');
    await asAccount(context, channel.account).stopChannel({ id, resourceId: channel.resourceId ?? '' });
  } catch (thrown) {
    error = thrown;
    outcome = thrown instanceof GoogleError ? thrown.code : 'internal';
    if (thrown instanceof BudgetSpent) outcome = 'budget';
    if (outcome === 'internal') context.log.error({ err: thrown, id }, 'a channel could not be stopped');
  }
  await settle(context.db, { id, attempts: channel.stopAttempts, error });
  const { businessId, calendarId, stopAttempts: attempt } = channel;
  const status = error instanceof GoogleError ? error.status : error ? null : 204;
  const milliseconds = Math.round(performance.now() - began);
  const at = new Date(context.now());
  await writeLog(context.db, [
    { businessId, calendarId, kind: 'channel', at, attempt, step: 'stop', outcome, status, milliseconds },
  ]);
}

async function find(db: Connection, id: string) {
  const [row] = await db
    .select({ channel: channels, key: accountKey, ownApp, email: accounts.email })
    .from(channels)
    .innerJoin(
      calendars,
      and(eq(calendars.businessId, channels.businessId), eq(calendars.id, channels.calendarId)),
    )
    .innerJoin(
      accounts,
      and(eq(accounts.businessId, calendars.businessId), eq(accounts.id, calendars.accountId)),
    )
    .leftJoin(googleApps, itsOwnApp)
    .where(eq(channels.id, id));
  return row && { ...row.channel, account: { ...row.key, ownApp: row.ownApp, email: row.email } };
}

/** A channel that Google will not stop for us, for the account's grant is dead, say, ends by itself within a week. */
async function settle(db: Connection, of: { id: string; attempts: number; error: unknown }): Promise<void> {
  const { id, attempts, error } = of;
  const delay = error ? delayOf(error, attempts) : null;
  if (delay === null) await db.delete(channels).where(eq(channels.id, id));
  else
    await db
      .update(channels)
      .set({
        stopAt: sql`now() + make_interval(secs => ${delay / 1000})`,
        stopAttempts: error instanceof BudgetSpent ? attempts - 1 : attempts,
      })
      .where(eq(channels.id, id));
}

/** ms; null: it is no use. */
function delayOf(error: unknown, attempts: number): number | null {
  const { delay, tries, reconnect } = planOf(error, attempts);
  return reconnect || tries === 1 ? null : delay;
}
