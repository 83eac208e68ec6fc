// A series that a person moves as a whole in Google: what was said of some of its events goes along to where they are now.
import { and, desc, eq, isNotNull, sql } from 'drizzle-orm';
import { v5 as derivedUuid } from 'uuid';
import { DAY, dateOf, dayOf, localDate, zone } from '../../shared/time.ts';
import { decisions, events, fixes } from '../database/mirror.ts';
import type { Transaction } from '../database/open.ts';
import { tell } from '../log/messages.ts';
import { type DecisionRow, end, notEnded, propose, putInForce } from './decisions.ts';
import { type Event, type Family, occurring } from './derive.ts';
import { actor, startOf } from './inherit.ts';
import type { Judge } from './judge.ts';
import { oweMark, readFixes } from './marks.ts';
import { loadFamilies } from './rebuild.ts';
import type { Reflection } from './reflect.ts';
import { hasOccurrence } from './target.ts';

/** A series that begins otherwise than it did. */
export interface Move {
  was: Event;
  row: Reflection;
}

/** Which series a reading shows to be moved, of those of which anything is said. To be asked before it is written into the mirror. */
export async function findMoves(
  tx: Transaction,
  { businessId, calendarId }: Judge,
  rows: readonly Reflection[],
): Promise<Move[]> {
  const series = new Map(rows.filter(({ recurrence }) => recurrence).map((row) => [row.eventId, row]));
  if (series.size === 0) return [];
  const saidOf = (table: typeof decisions | typeof fixes) => sql`exists (select from ${table} said
    where said.business_id = ${businessId} and said.calendar_id = ${calendarId}
      and said.event_id = ${events.eventId} and said.from_original is not null)`;
  const known = await tx
    .select()
    .from(events)
    .where(
      and(
        eq(events.businessId, businessId),
        eq(events.calendarId, calendarId),
        isNotNull(events.recurrence),
        sql`${events.eventId} = any(${sql.param([...series.keys()])}::text[])`,
        sql`(${saidOf(decisions)} or ${saidOf(fixes)})`,
      ),
    );
  return known.map((was) => ({ was, row: series.get(was.eventId)! })).filter(isMoved);
}

const isMoved = ({ was, row }: Move): boolean => startOf(was) !== startOf(row) || was.zone !== row.zone;

interface Carrying {
  judge: Judge;
  /** ms since 1970 */
  now: number;
}

/**
 * What holds by an original start holds for the event of the series as it is now that stands for the same one. After
 * the reading was written into the mirror and its marks were taken over: what these say of the moved series is newer.
 * Whoever calls holds the calendar's lock, and rebuilds the series.
 */
export async function carryOver(
  tx: Transaction,
  { moves, ...of }: Carrying & { moves: readonly Move[] },
): Promise<void> {
  for (const move of moves) {
    const [family] = await loadFamilies(tx, of.judge, [move.row.eventId]);
    const places = placesIn(move, family!, of.judge);
    await carryWishes(tx, of.judge, { move, places });
    await carryDecisions(tx, of, { move, places });
  }
}

interface Moved {
  move: Move;
  places: ReturnType<typeof placesIn>;
}

type Of = Pick<DecisionRow, 'scope' | 'from'>;
/** `sameDay`: nothing was guessed to find it. */
type Place = { from: string; sameDay: boolean };

/**
 * Where something said of an original start belongs now: where it was, if the series still has that one or Google left
 * the event standing by itself; the one of the same day; else the one as far from it as the series was moved. Null: none.
 */
function placesIn(move: Move, family: Family, judge: Judge): (said: Of) => Place | null {
  const { was, row } = move;
  const series = { ...family, exceptions: [], decisions: [] };
  const standing = new Set(
    family.exceptions.map((one) => (one.status === 'cancelled' ? null : one.original)),
  );
  return ({ scope, from }) => {
    if (from === null || !isTold(from)) return null;
    const stays = hasOccurrence(series, judge, from) || (scope === 'event' && standing.has(from));
    if (stays) return { from, sameDay: true };
    const day = dateIn(was.zone, from);
    const around = { start: Date.parse(day) - DAY, end: Date.parse(day) + 2 * DAY };
    const near = occurring(series, judge, around).flatMap(({ original }) =>
      original !== null && dateIn(row.zone, original) === day ? [original] : [],
    );
    const shifted = shiftedBy(move, from);
    const same = near.includes(shifted) ? shifted : near.length === 1 ? near[0] : undefined;
    if (same) return { from: same, sameDay: true };
    return hasOccurrence(series, judge, shifted) ? { from: shifted, sameDay: false } : null;
  };
}

/** Anybody who may write into the event may have written it: there may be no such day, or no telling of its clocks. */
const isTold = (from: string): boolean =>
  from > '1900' && from < '9000' && dateOf(Date.parse(from.slice(0, 10)) / DAY) === from.slice(0, 10);

const dateIn = (zoneName: string, start: string): string =>
  start.length === 10 ? start : localDate(zoneName, Date.parse(start));

/** On the wall clock. */
function shiftedBy({ was, row }: Move, from: string): string {
  const wall = wallOf(was.zone, from) + wallOf(row.zone, startOf(row)) - wallOf(was.zone, startOf(was));
  return row.startDate ? dateOf(Math.floor(wall / DAY)) : new Date(zone(row.zone).at(wall)).toISOString();
}

const wallOf = (zoneName: string, start: string): number =>
  start.length === 10 ? dayOf(start) * DAY : zone(zoneName).wall(Date.parse(start));

/** Ended where it was and said anew: once, for what has ended is not carried. In one place the one said last counts. */
async function carryDecisions(tx: Transaction, of: Carrying, { move, places }: Moved): Promise<void> {
  const said = await saidOf(tx, of.judge, move);
  const keyOf = ({ proposed }: DecisionRow, { scope, from }: Of) => `${proposed} ${scope} ${from}`;
  const taken = new Set(said.map((row) => keyOf(row, row)));
  const found = said.map((row) => ({ row, place: places(row) }));
  const [sure, guessed] = [true, false].map((sure) => found.filter(({ place }) => !!place?.sameDay === sure));
  for (const { row, place } of [...sure!, ...guessed!]) {
    if (place?.from === row.from) continue;
    const key = place && keyOf(row, { ...row, from: place.from });
    const isFree = key !== null && !taken.has(key);
    if (!place || !(place.sameDay || isFree)) await tellLost(tx, of, row);
    else await carry(tx, of, { row, from: place.from, isFree });
    if (key) taken.add(key);
  }
}

async function carry(
  tx: Transaction,
  of: Carrying,
  { row, from, isFree }: { row: DecisionRow; from: string; isFree: boolean },
): Promise<void> {
  const { businessId, calendarId } = of.judge;
  const { eventId, scope, shares, proposed } = row;
  const which = eq(decisions.id, row.id);
  await end(tx, { actor, now: of.now }, { businessId, which });
  const id = derivedUuid(`${calendarId}/${eventId}/${scope}/${from}`, row.id);
  if (isFree) await (proposed ? propose : putInForce)(tx, of, { eventId, scope, from, id, shares, actor });
  for (const start of [row.from, from]) await oweMark(tx, { businessId, calendarId, eventId, from: start });
}

/** By original start, in force first, each the last said first. */
const saidOf = (
  tx: Transaction,
  { businessId, calendarId }: Judge,
  { row: { eventId } }: Move,
): Promise<DecisionRow[]> =>
  tx
    .select()
    .from(decisions)
    .where(
      and(
        eq(decisions.businessId, businessId),
        eq(decisions.calendarId, calendarId),
        eq(decisions.eventId, eventId),
        isNotNull(decisions.from),
        notEnded,
      ),
    )
    .orderBy(decisions.proposed, desc(decisions.madeAt), desc(decisions.id));

/** What was said from one on holds from then on all the same; of one event that is still to come it says nothing now. */
async function tellLost(tx: Transaction, { judge, now }: Carrying, row: DecisionRow): Promise<void> {
  const { businessId, calendarId } = judge;
  const { id, scope, from, proposed, eventId } = row;
  if (scope !== 'event' || proposed || !(Date.parse(from ?? '') > now)) return;
  const details = { decisionId: id, eventId };
  const about = { businessId, calendarId, about: id, details };
  await tell(tx, [{ ...about, to: 'staff', kind: 'decision_lost', at: new Date(now) }]);
}

/** The same wish, of the same run. What it leaves owed is found once the reading is kept. */
async function carryWishes(tx: Transaction, judge: Judge, { move, places }: Moved): Promise<void> {
  const said = (await readFixes(tx, judge, [move.row.eventId])).filter(({ from }) => from !== null);
  const keyOf = ({ id, undoneAt, scope }: (typeof said)[number], from: string | null) =>
    `${scope} ${from} ${undoneAt ? id : ''}`;
  const taken = new Set(said.map((fix) => keyOf(fix, fix.from)));
  for (const fix of said) {
    const from = places(fix)?.from;
    const key = from && keyOf(fix, from);
    if (!key || taken.has(key)) continue;
    taken.add(key);
    await tx
      .update(fixes)
      .set({ from })
      .where(and(eq(fixes.businessId, judge.businessId), eq(fixes.id, fix.id)));
  }
}
