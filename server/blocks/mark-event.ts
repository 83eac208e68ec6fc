// Makes one event that is no booking what our tables say: Free or as it was, with our mark. Read, merged, written with its etag.
import { and, eq } from 'drizzle-orm';
import { accountKey, asAccount, itsOwnApp, ownApp } from '../accounts/accounts.ts';
import { writes } from '../calendars/roles.ts';
import { commit } from '../commit.ts';
import type { Context } from '../context.ts';
import { events, googleApps, marks } from '../database/mirror.ts';
import { accounts, calendars } from '../database/schema.ts';
import type { GoogleAccount, GoogleEvent } from '../google/client.ts';
import { type FailureKind, GoogleError } from '../google/errors.ts';
import type { Method } from '../jobs/budget.ts';
import { buryMark, keepMark, type MarkClaim, settleMark } from '../jobs/marks.ts';
import type { Rest } from '../jobs/plan.ts';
import { LeaseLost, leaseSeconds } from '../jobs/queue.ts';
import { type Step, writeLog } from '../log/steps.ts';
import { originalKey } from '../recurrence/series.ts';
import { endBusyAgain } from './fix.ts';
import { lockCalendar } from './lock.ts';
import { markFailed } from './mark-failure.ts';
import { marked, type Was } from './marked.ts';
import { ourIds } from './ours.ts';
import { type Bearer, readWanted } from './wanted.ts';

/** One mark in a worker's hands. */
export interface Hand {
  context: Context;
  claim: MarkClaim;
  google: GoogleAccount;
  account: { id: string; email: string; refreshToken: string | null };
  calendar: { googleId: string; zone: string };
  steps: Step[];
  /** When the lease was taken or lengthened last, on this process's clock, ms. */
  leasedAt: number;
}

/** `outcome`: why nothing was written, as a code, or `ok`. */
interface Done {
  done: number;
  was: Was | null;
  outcome: string;
}

/**
 * Does what a claim holds: safe twice, late and out of order, for what is to be is read anew, and so is the event. What
 * it was before stands in its mark, which is written in the same act that sets it Free.
 * @returns what to leave alone for a while
 */
export async function markEvent(context: Context, claim: MarkClaim): Promise<Rest[]> {
  const steps: Step[] = [];
  try {
    const found = await takeUp(context, claim, steps);
    if (typeof found === 'string') {
      note({ context, claim, steps }, await leave(context, claim, found));
      return [];
    }
    try {
      const { outcome, ...done } = await match(found);
      await settleMark(context.db, claim, done);
      note(found, { step: 'settle', outcome });
      return [];
    } catch (error) {
      if (error instanceof LeaseLost) throw error;
      const { rests, ...step } = await markFailed(found, error);
      note(found, step);
      return rests;
    }
  } finally {
    await writeLog(context.db, steps);
  }
}

/** What was to be Free, or not any more, waits until we may write again (calendars/roles.ts); all else is done with. */
async function leave(context: Context, claim: MarkClaim, outcome: string) {
  if (outcome === 'read_only' && (await isWished(context, claim))) {
    await buryMark(context.db, claim, lacksRight);
    return { step: 'give up', outcome: lacksRight };
  }
  await settleMark(context.db, claim, { done: claim.wanted, was: null });
  return { step: 'settle', outcome };
}
const lacksRight = 'requiredAccessLevel';

async function isWished({ db }: Context, claim: MarkClaim): Promise<boolean> {
  const { businessId, calendarId, eventId } = claim;
  const [row] = await db
    .select({ free: marks.free, was: marks.was })
    .from(marks)
    .where(
      and(eq(marks.businessId, businessId), eq(marks.calendarId, calendarId), eq(marks.eventId, eventId)),
    );
  return row !== undefined && (row.free || row.was !== null);
}

/** A code instead, where there is nothing to be written to. */
async function takeUp(context: Context, claim: MarkClaim, steps: Step[]): Promise<Hand | string> {
  const { businessId, calendarId } = claim;
  const [row] = await context.db
    .select({ calendar: calendars, account: accountKey, email: accounts.email, ownApp })
    .from(calendars)
    .innerJoin(
      accounts,
      and(eq(accounts.businessId, calendars.businessId), eq(accounts.id, calendars.accountId)),
    )
    .leftJoin(googleApps, itsOwnApp)
    .where(and(eq(calendars.businessId, businessId), eq(calendars.id, calendarId)));
  if (!row) throw new Error(`No calendar ${calendarId} to mark`);
  const { calendar, account, email } = row;
  if (!writes(calendar.accessRole)) return 'read_only';
  return {
    context,
    claim,
    google: asAccount(context, { ...account, ownApp: row.ownApp }),
    account: { ...account, email },
    calendar,
    steps,
    leasedAt: performance.now(),
  };
}

/** Each turn begins with what Google has: more than a few, and somebody is changing it all the time. */
const mostTurns = 6;

async function match(hand: Hand): Promise<Done> {
  const { businessId } = hand.claim;
  for (let turn = 1; turn <= mostTurns; turn++) {
    if (await isBookings(hand)) return { done: hand.claim.wanted, was: null, outcome: 'booking' };
    const found = await find(hand);
    if (!found) return { done: hand.claim.wanted, was: null, outcome: 'gone' };
    const { wanted, ...now } = await readWanted(hand.context.db, hand.claim, bearerOf(hand, found));
    const next = marked(found, { businessId, ...now });
    if (next.kind === 'busy again') {
      await busyAgain(hand, found);
      continue;
    }
    const { event, was, hindrance } = next;
    const outcome = hindrance ?? (event ? 'ok' : 'so_already');
    if (!event || (await write(hand, event))) return { done: wanted, was, outcome };
  }
  throw new GoogleError('again', 'restless');
}

/** Also asked anew each turn: a booking may have come after an event that was moved here. */
async function isBookings({ context, claim }: Hand): Promise<boolean> {
  const ours = await ourIds(context.db, claim, [{ id: claim.eventId }]);
  return ours.get(claim.eventId) ?? false;
}

/** Null: not there, or deleted. */
async function find(hand: Hand): Promise<GoogleEvent | null> {
  const { claim, google, calendar } = hand;
  const { seriesId, original } = claim;
  const eventId = seriesId && original ? await mirroredId(hand) : claim.eventId;
  const found = await ask(hand, 'get', ['gone'], () => google.getEvent(calendar.googleId, eventId));
  const isMeant =
    found !== null &&
    (!seriesId || !original || (found.recurringEventId === seriesId && originalOf(hand, found) === original));
  const event = isMeant ? found : await findByStart(hand);
  return event?.status === 'cancelled' ? null : event;
}

/** An occurrence that stands for itself bears an id of its own. */
async function mirroredId({ context, claim }: Hand): Promise<string> {
  const { businessId, calendarId, seriesId, original, eventId } = claim;
  const [row] = await context.db
    .select({ eventId: events.eventId })
    .from(events)
    .where(
      and(
        eq(events.businessId, businessId),
        eq(events.calendarId, calendarId),
        eq(events.seriesId, seriesId ?? ''),
        eq(events.original, original ?? ''),
      ),
    );
  return row?.eventId ?? eventId;
}

/** An occurrence whose id does not look as they do elsewhere: the one of its series that begins then. */
async function findByStart(hand: Hand): Promise<GoogleEvent | null> {
  const { google, calendar, claim } = hand;
  const { seriesId, original } = claim;
  if (!seriesId || !original) return null;
  const from = Date.parse(original);
  // A date's midnight is anywhere within a day of UTC's.
  const [before, after] = original.length === 10 ? [day, day] : [0, 1];
  const around = { from: from - before, to: from + after, most: 250 };
  const near = await ask(hand, 'list', ['gone'], () => google.viewEvents(calendar.googleId, around));
  return near?.find((one) => one.recurringEventId === seriesId && originalOf(hand, one) === original) ?? null;
}
const day = 24 * 3_600_000;

function originalOf({ calendar: { zone } }: Hand, { originalStartTime: start }: GoogleEvent): string | null {
  if (start?.date) return originalKey({ date: start.date });
  return start?.dateTime ? originalKey({ at: Date.parse(start.dateTime), zone }) : null;
}

/** False: it is no longer as it was read. */
async function write(hand: Hand, event: GoogleEvent): Promise<boolean> {
  const { google, calendar } = hand;
  const update = () => google.updateEvent(calendar.googleId, event);
  return (await ask(hand, 'update', ['changed', 'gone'], update)) !== null;
}

const bearerOf = (hand: Hand, found: GoogleEvent): Bearer => ({
  eventId: hand.claim.eventId,
  seriesId: found.recurringEventId ?? null,
  original: originalOf(hand, found),
  properties: found.extendedProperties?.private,
});

async function busyAgain(hand: Hand, found: GoogleEvent): Promise<void> {
  const { context, claim } = hand;
  const { businessId, calendarId } = claim;
  await commit(context, async (tx) => {
    const of = await lockCalendar(tx, { businessId, calendarId, now: context.now() });
    await endBusyAgain(tx, of, bearerOf(hand, found));
  });
}

/** One request may last as long as this, its access token included, in ms. */
const requestTime = 20_000;

/** Asks Google within the lease and the budget; null instead of a failure of one of these kinds. */
async function ask<T>(
  hand: Hand,
  method: Method,
  expected: FailureKind[],
  request: () => Promise<T>,
): Promise<T | null> {
  const { context, claim } = hand;
  if (performance.now() - hand.leasedAt > leaseSeconds * 1000 - requestTime) {
    await keepMark(context.db, claim);
    hand.leasedAt = performance.now();
  }
  await context.budget.spend(hand.account, method);
  const began = performance.now();
  const done = (outcome: string, status: number | null) =>
    note(hand, { step: method, outcome, status, milliseconds: Math.round(performance.now() - began) });
  try {
    const answer = await request();
    done('ok', 200);
    return answer;
  } catch (error) {
    if (!(error instanceof GoogleError)) throw error;
    done(error.code, error.status);
    if (expected.includes(error.kind)) return null;
    throw error;
  }
}

/** One step for the log. */
export function note(
  { context, claim, steps }: Pick<Hand, 'context' | 'claim' | 'steps'>,
  step: { step: string; outcome: string; status?: number | null; milliseconds?: number },
): void {
  const { businessId, calendarId, attempt } = claim;
  steps.push({ businessId, calendarId, kind: 'mark', at: new Date(context.now()), attempt, ...step });
}
