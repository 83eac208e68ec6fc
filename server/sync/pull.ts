// Makes what we hold of a calendar what stands in Google: reads what changed, keeps it, and plans the next reading.
import { createHash } from 'node:crypto';
import { and, eq, isNull, sql } from 'drizzle-orm';
import { DAY, MINUTE, type Span } from '../../shared/time.ts';
import { asAccount, needReconnecting } from '../accounts/accounts.ts';
import { fingerprintOf, halvesOf, readJudge } from '../blocks/judge.ts';
import { commit } from '../commit.ts';
import type { Context } from '../context.ts';
import { googleApps, pulls } from '../database/mirror.ts';
import type { Connection } from '../database/open.ts';
import { accounts, calendars } from '../database/schema.ts';
import { GoogleError } from '../google/errors.ts';
import { planOf, type Rest, restsOf } from '../jobs/plan.ts';
import { giveBackPull, keepPull, type PullClaim, postponePull, settlePull } from '../jobs/pulls.ts';
import { LeaseLost } from '../jobs/queue.ts';
import { writeLog } from '../log/steps.ts';
import { type Bookmark, keep } from './keep.ts';
import { glanceFreeBusy, readEvents, readFreeBusy } from './read.ts';

/**
 * Does what a claim holds. Safe twice, late and out of order: what is read is kept only by whom the bookmark says read
 * on from it.
 * @returns what to leave alone for a while
 */
export async function pullCalendar(context: Context, claim: PullClaim): Promise<Rest[]> {
  const began = performance.now();
  try {
    let first = true;
    const read = await readCalendar(context, {
      businessId: claim.businessId,
      calendarId: claim.calendarId,
      // A small answer is not worth a word.
      async progress(events) {
        if (!first || events > 1000) await keepPull(context.db, claim, events);
        first = false;
      },
    });
    // The reading that was kept instead may have asked Google before the reason for this one came.
    if (read.kept) await settlePull(context.db, claim, untilNextPoll(claim.calendarId, context));
    else await giveBackPull(context.db, claim);
    const outcome = read.kept ? 'ok' : 'overtaken';
    await logPull(context, claim, {
      step: read.complete ? 'read all' : 'read',
      outcome,
      count: read.count,
      began,
    });
    return [];
  } catch (error) {
    if (error instanceof LeaseLost) throw error;
    return pullFailed(context, claim, { error, began });
  }
}

/** Put off, never given up: a calendar that cannot be read is tried for as long as it is followed. */
async function pullFailed(
  context: Context,
  claim: PullClaim,
  { error, began }: { error: unknown; began: number },
): Promise<Rest[]> {
  const { accountId, calendarId } = claim;
  const { tries, ...plan } = planOf(error, claim.attempt);
  const { failure, counts } = plan;
  if (failure === 'internal') context.log.error({ err: error, calendarId }, 'a pull failed on our side');
  // Unshared, deleted, forbidden: somebody may mend it, so it is looked at again now and then.
  const delay = tries === 1 ? Math.max(plan.delay, context.config.pollMinutes * MINUTE) : plan.delay;
  await postponePull(context.db, claim, { delay, failure, counts });
  await logPull(context, claim, { step: 'read', outcome: failure ?? 'budget', count: null, began, error });
  return restsOf(error, { accountId, delay });
}

async function logPull(
  context: Context,
  { businessId, calendarId, attempt }: PullClaim,
  of: { step: string; outcome: string; count: number | null; began: number; error?: unknown },
): Promise<void> {
  const status = of.error instanceof GoogleError ? of.error.status : null;
  const milliseconds = Math.round(performance.now() - of.began);
  const { step, outcome, count } = of;
  const at = new Date(context.now());
  await writeLog(context.db, [
    { businessId, calendarId, kind: 'pull', at, attempt, step, outcome, status, milliseconds, count },
  ]);
}

export interface Reading {
  businessId: string;
  calendarId: string;
  /** Only what is needed to know this span, and not if that means reading everything. */
  brief?: Span;
  /** After each page read; throws if there is no point in going on. */
  progress?(events: number): Promise<void>;
}

export interface ReadResult {
  /** False: another reading was kept meanwhile. */
  kept: boolean;
  complete: boolean;
  /** Events that Google told of. */
  count: number;
}

/** All of the context that a reading needs, before there is a whole one. */
type World = Omit<Context, 'confirm'>;

/** Reads the calendar and keeps what was read. @throws GoogleError, BudgetSpent, and what `progress` throws */
export async function readCalendar(context: World, of: Reading): Promise<ReadResult> {
  const began = context.now();
  const now = await readNow(context, of);
  const judge = await readJudge(context.db, of.businessId, of.calendarId);
  const until = await horizon(context.db, of.businessId, began);
  const { brief } = of;
  const { google, account, googleId, bookmark: before, accessRole } = now;
  const progress = async (events: number) => of.progress?.(events);
  const asking = { context, google, account, googleId, judge, now: began, progress };
  // What changed is what somebody waits for, whatever the others are to be read again for.
  const since = brief ? before.token : stillGood(before, fingerprintOf(judge));
  const reading =
    accessRole === 'freeBusyReader'
      ? brief
        ? glanceFreeBusy(asking, brief)
        : readFreeBusy(asking, until)
      : readEvents(asking, since, { brief: brief !== undefined });
  const brought = await reading.catch(async (error) => {
    if (error instanceof GoogleError && error.kind === 'reconnect') await mark(context, account, error.code);
    throw error;
  });
  const kept = await commit(context, (tx) => keep(tx, { context, judge, before, brought, began, until }));
  return { kept, complete: brought.complete, count: brought.count };
}

/** With the token as it was used: should the account be connected anew meanwhile, another one has died. */
const mark = (
  { db, now }: World,
  { businessId, id, refreshToken }: typeof accounts.$inferSelect,
  code: string,
): Promise<void> => needReconnecting(db, { businessId, accountId: id, refreshToken, code, now: now() });

/** The bookmark's token, unless events were judged by rules that are no longer: then their text is needed again. */
function stillGood({ token, fingerprint }: Bookmark, now: string): string | null {
  return halvesOf(fingerprint).asked === halvesOf(now).asked ? token : null;
}

async function readNow(context: World, { businessId, calendarId }: Reading) {
  const [row] = await context.db
    .select({ calendar: calendars, account: accounts, pull: pulls, app: googleApps })
    .from(calendars)
    .innerJoin(
      accounts,
      and(eq(accounts.businessId, calendars.businessId), eq(accounts.id, calendars.accountId)),
    )
    .innerJoin(pulls, and(eq(pulls.businessId, calendars.businessId), eq(pulls.calendarId, calendars.id)))
    .leftJoin(googleApps, eq(googleApps.businessId, calendars.businessId))
    .where(and(eq(calendars.businessId, businessId), eq(calendars.id, calendarId), isNull(calendars.leftAt)));
  if (!row) throw new GoogleError('gone', 'not_followed');
  const { calendar, account, pull, app } = row;
  return {
    googleId: calendar.googleId,
    accessRole: calendar.accessRole,
    account,
    google: asAccount(context, { ...account, ownApp: account.app === 'own' ? app : null }),
    bookmark: pull as Bookmark,
  };
}

/** Beyond what any service lets book, and a week to spare: ms since 1970, at a UTC midnight so that it moves daily. */
export async function horizon(db: Connection, businessId: string, now: number): Promise<number> {
  const [row] = await db.execute<{ days: number }>(sql`
    select coalesce(max(horizon_days), 90)::int as days from services
      where business_id = ${businessId} and archived_at is null`);
  return (Math.floor(now / DAY) + row!.days + 8) * DAY;
}

/** Milliseconds until the calendar's next poll: each has its own place in the minutes between, so that none march in step. */
function untilNextPoll(calendarId: string, { config, now }: Pick<Context, 'config' | 'now'>): number {
  const every = config.pollMinutes * MINUTE;
  const offset = createHash('sha256').update(calendarId).digest().readUInt32BE(0) % every;
  return every - ((now() - offset) % every);
}
