// Makes the channels that are due: the first of a calendar, and the next before the one that stands runs out.
import { randomBytes, randomUUID } from 'node:crypto';
import { and, eq, isNull, ne, type SQL, sql } from 'drizzle-orm';
import { accountKey, asAccount, itsOwnApp, needReconnecting, ownApp } from '../accounts/accounts.ts';
import { hashOf } from '../auth/keys.ts';
import { commit } from '../commit.ts';
import type { Config } from '../config.ts';
import type { Context } from '../context.ts';
import { channels, googleApps } from '../database/mirror.ts';
import type { Connection } from '../database/open.ts';
import { accounts, calendars } from '../database/schema.ts';
import type { Watched } from '../google/client.ts';
import { GoogleError } from '../google/errors.ts';
import { owePulls } from '../jobs/pulls.ts';
import { writeLog } from '../log/steps.ts';
import { afterFailure } from './refusal.ts';
import { claimWatches, hastenMoved, postponeWatch, settleWatch, type Watch } from './watches.ts';

/** In seconds: what Google gives at most, as far as is known. */
const life = 7 * 24 * 3600;
/** Of its life, at which the next one is made; give or take a little, so that those made together part. */
const spent = 0.75;
const scatter = 0.06;
/** ms. However short Google's channels are, or wrong its clock or ours. */
const shortest = 10_000;
const atOnce = 8;

/**
 * Where Google is to send its notices; undefined: it would not, so none are asked for. A Google on this machine sends
 * to plain http too.
 */
export function addressOf({ publicUrl, google }: Config): string | undefined {
  if (!publicUrl || !(publicUrl.startsWith('https:') || google.url)) return undefined;
  return `${publicUrl}/api/v1/google/notices`;
}

/** The tick. Safe in several processes at once: each calendar is handed to one. */
export async function watchCalendars(context: Context): Promise<void> {
  const address = addressOf(context.config);
  if (!address) return;
  await hastenMoved(context.db, address);
  for (;;) {
    const due = await claimWatches(context.db, atOnce);
    if (due.length === 0) return;
    await Promise.all(due.map((watch) => watchOne(context, watch, address)));
  }
}

async function watchOne(context: Context, watch: Watch, address: string): Promise<void> {
  const { businessId, calendarId } = watch;
  const began = performance.now();
  const id = randomUUID();
  const target = await findTarget(context.db, watch);
  try {
    await context.budget.spend(target.account, 'watch');
    const token = randomBytes(32).toString('base64url');
    // First of all: the notice that says hello may come before Google's answer, and a killed process may never see it.
    const made = { businessId, calendarId, id, tokenHash: hashOf(token), address, madeAt: sql`now()` };
    await context.db.insert(channels).values(made);
    const google = asAccount(context, target.account);
    const watched = await google.watchEvents(target.googleId, { id, token, address, seconds: life });
    await opened(context, watch, { id, ...watched });
    await log(context, watch, { outcome: 'ok', status: 200, began });
  } catch (error) {
    const failure = await failed(context, watch, { id, error, account: target.account });
    const status = error instanceof GoogleError ? error.status : null;
    await log(context, watch, { outcome: failure ?? 'budget', status, began });
  }
}

async function findTarget(db: Connection, { businessId, calendarId }: Watch) {
  const [row] = await db
    .select({ googleId: calendars.googleId, key: accountKey, ownApp, email: accounts.email })
    .from(calendars)
    .innerJoin(
      accounts,
      and(eq(accounts.businessId, calendars.businessId), eq(accounts.id, calendars.accountId)),
    )
    .leftJoin(googleApps, itsOwnApp)
    .where(and(eq(calendars.businessId, businessId), eq(calendars.id, calendarId)));
  if (!row) throw new Error(`No calendar ${calendarId} to watch`);
  return { googleId: row.googleId, account: { ...row.key, ownApp: row.ownApp, email: row.email } };
}

/** The older channels go on for a minute: a change in between is told twice rather than not at all. */
async function opened(context: Context, watch: Watch, channel: Watched & { id: string }): Promise<void> {
  const { businessId, calendarId } = watch;
  const { id, resourceId } = channel;
  const { left, expiresAt } = lifeOf(channel, context.now());
  const next = left * (spent + (Math.random() - 0.5) * scatter);
  const ofCalendar = and(eq(channels.businessId, businessId), eq(channels.calendarId, calendarId));
  await commit(context, async (tx) => {
    const mine = await settleWatch(tx, watch, Math.max(next, shortest));
    await tx
      .update(channels)
      .set({
        resourceId: resourceId || sql`${channels.resourceId}`,
        expiresAt,
        // Somebody else makes another, or the calendar was left meanwhile.
        stopAt: mine ? null : sql`now()`,
      })
      .where(eq(channels.id, id));
    if (!mine) return;
    await tx
      .update(channels)
      .set({ stopAt: sql`now() + interval '1 minute'` })
      .where(and(ofCalendar, ne(channels.id, id), isNull(channels.stopAt)));
    // What changed before there was a channel was told to nobody.
    await owePulls(tx, businessId, [calendarId]);
  });
}

/**
 * Google says when it ends by its clock, not how long it lasts: a life that cannot be, for one of the clocks is wrong,
 * is taken to be what was asked for, and to end by the database's clock.
 */
function lifeOf({ expiresAt }: Watched, now: number): { left: number; expiresAt: Date | SQL } {
  const left = expiresAt - now;
  if (left > 0 && left <= life * 1000) return { left, expiresAt: new Date(expiresAt) };
  return { left: life * 1000, expiresAt: sql`now() + make_interval(secs => ${life})` };
}

type Account = Awaited<ReturnType<typeof findTarget>>['account'];

/** @returns the code of the failure, if it was one */
async function failed(
  context: Context,
  watch: Watch,
  of: { id: string; error: unknown; account: Account },
): Promise<string | null> {
  const { error, account } = of;
  const next = afterFailure(error, watch.attempt);
  if (next.failure === 'internal')
    context.log.error({ err: error, calendarId: watch.calendarId }, 'a channel could not be made');
  const mine = eq(channels.id, of.id);
  if (next.open) await context.db.update(channels).set({ stopAt: sql`now()` }).where(mine);
  else await context.db.delete(channels).where(mine);
  if (next.reconnect)
    await needReconnecting(context.db, {
      businessId: watch.businessId,
      accountId: account.id,
      refreshToken: account.refreshToken,
      code: next.failure ?? '',
      now: context.now(),
    });
  await postponeWatch(context.db, watch, next);
  return next.failure;
}

function log(
  context: Context,
  { businessId, calendarId, attempt }: Watch,
  of: { outcome: string; status: number | null; began: number },
): Promise<void> {
  const milliseconds = Math.round(performance.now() - of.began);
  const { outcome, status } = of;
  const at = new Date(context.now());
  return writeLog(context.db, [
    { businessId, calendarId, kind: 'channel', at, attempt, step: 'watch', outcome, status, milliseconds },
  ]);
}
