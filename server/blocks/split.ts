// Series that a person split, told by what one reading brought, where no decision's mark in the half says whose it is.
import { and, eq, isNotNull, or, sql } from 'drizzle-orm';
import { decisions, events } from '../database/mirror.ts';
import type { Transaction } from '../database/open.ts';
import { inForce } from './decisions.ts';
import { type Event, flagsOf, type Occurring, occurring } from './derive.ts';
import type { Judge } from './judge.ts';
import { mayWrite } from './marks.ts';
import type { Found, Reflection } from './reflect.ts';
import { hasOccurrence } from './target.ts';

export interface Split {
  /** Of the first half, which kept the series' id. */
  seriesId: string;
  half: Reflection;
  /** Whether marks are written there: then decisions come by these alone. */
  written: boolean;
}

interface Told {
  rows: readonly Reflection[];
  marks: readonly Found[];
}

/**
 * Which series a reading shows to be others' second halves. To be asked before it is written into the mirror. Where
 * marks are written they decide: then only of those that are Free by us, which does not say by which wish.
 */
export async function findSplits(tx: Transaction, judge: Judge, { rows, marks }: Told): Promise<Split[]> {
  const series = rows.filter(({ recurrence, status }) => recurrence !== null && status !== 'cancelled');
  const marked = new Set(marks.flatMap(({ row, mark }) => (mark.decision ? [row.eventId] : [])));
  const unmarked = series.filter(({ eventId }) => !marked.has(eventId));
  if (series.length < 2 || unmarked.length === 0) return [];
  const written = await mayWrite(tx, judge);
  const halves = written ? unmarked.filter(({ freed }) => freed) : unmarked;
  if (halves.length === 0 || !(written || (await hasDecided(tx, judge)))) return [];
  const ids = series.map(({ eventId }) => eventId);
  const known = await tx
    .select()
    .from(events)
    .where(
      and(
        eq(events.calendarId, judge.calendarId),
        eq(events.businessId, judge.businessId),
        sql`${events.eventId} = any(${sql.param(ids)}::text[])`,
      ),
    );
  return splitsAmong(judge, { series, known, halves }).map((split) => ({ ...split, written }));
}

/** Whether anything is decided that a second half could inherit. */
async function hasDecided(tx: Transaction, { businessId, calendarId }: Judge): Promise<boolean> {
  const some = await tx
    .select({ id: decisions.id })
    .from(decisions)
    .where(
      and(
        eq(decisions.businessId, businessId),
        eq(decisions.calendarId, calendarId),
        or(eq(decisions.scope, 'series'), isNotNull(decisions.from)),
        inForce,
      ),
    )
    .limit(1);
  return some.length > 0;
}

interface Evidence {
  /** As they were told now. */
  series: readonly Reflection[];
  /** Those of them that the mirror held, as it held them. */
  known: readonly Event[];
  /** Those of them that may be others' second halves. */
  halves: readonly Reflection[];
}

/**
 * A series ends earlier than it did, and another, alike and not known before, begins where the first of the lost would
 * have: if each has no other to choose from.
 */
function splitsAmong(judge: Judge, { series, known, halves }: Evidence): Omit<Split, 'written'>[] {
  const before = new Map(known.map((row) => [row.eventId, row]));
  const born = halves
    .filter(({ eventId }) => !before.has(eventId))
    .map((half) => ({ half, shape: shapeOf(half) }));
  const pairs = series.flatMap((after): Pair[] => {
    const was = before.get(after.eventId);
    if (!was || !isShortened(was, after)) return [];
    const own = shapeOf(was);
    const alike = born.filter(({ shape }) => shape === own);
    return alike.map(({ half }) => ({ was, after, half })).filter((pair) => isLost(pair, judge));
  });
  return pairs
    .filter((pair) => pairs.every((other) => pair === other || !isRival(pair, other)))
    .filter((pair) => isFirstLost(pair, judge))
    .map(({ after, half }) => ({ seriesId: after.eventId, half }));
}

/** What a split leaves as it is: two that differ in it are not told to be halves of one. */
function shapeOf(event: Event): string {
  const { startDate, startsAt, endDate, endsAt, creatorHash } = event;
  const length =
    startDate && endDate
      ? Date.parse(endDate) - Date.parse(startDate)
      : endsAt.getTime() - startsAt.getTime();
  return JSON.stringify([length, creatorHash, flagsOf(event)]);
}

/** Begins when it did, by another rule that ends. */
const isShortened = (was: Event, after: Event): boolean =>
  was.recurrence !== null &&
  after.lastEndsAt !== null &&
  was.startsAt.getTime() === after.startsAt.getTime() &&
  shapeOf(was) === shapeOf(after) &&
  JSON.stringify(was.recurrence) !== JSON.stringify(after.recurrence);

interface Pair {
  was: Event;
  after: Event;
  half: Reflection;
}

const isRival = (one: Pair, other: Pair): boolean => one.after === other.after || one.half === other.half;

/** Whether the half begins at an original start that was the series' and that the series ends before. */
function isLost({ was, after, half }: Pair, judge: Judge): boolean {
  const begins = half.startDate ?? half.startsAt.toISOString();
  return lastStart(after, judge) < half.startsAt.getTime() && hasOccurrence(alone(was), judge, begins);
}

function isFirstLost({ was, after, half }: Pair, judge: Judge): boolean {
  const last = lastStart(after, judge);
  const begins = half.startsAt.getTime();
  const between = { start: last, end: begins };
  return ruled(was, judge, between).every(({ start }) => start <= last || start >= begins);
}

function lastStart(after: Event, judge: Judge): number {
  const end = after.lastEndsAt!.getTime();
  const last = ruled(after, judge, { start: end - 1, end: end + 1 });
  return Math.max(...last.map(({ start }) => start));
}

/** What the rule gives, wherever single ones stand. */
const ruled = (master: Event, judge: Judge, window: { start: number; end: number }): Occurring[] =>
  occurring(alone(master), judge, window);

const alone = (master: Event) => ({ id: master.eventId, master, exceptions: [], decisions: [] });
