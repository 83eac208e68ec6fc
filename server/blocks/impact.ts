// What a decision changes of the time its event takes, of the starts that are offered, and which bookings it hits: told before and after it is said.
import type * as z from 'zod';
import type { Impact } from '../../shared/calendar-api.ts';
import type { Decision } from '../../shared/decide.ts';
import { DAY, MINUTE, merge } from '../../shared/time.ts';
import type { Catalogue } from '../availability/catalogue.ts';
import { load } from '../availability/free.ts';
import type { Transaction } from '../database/open.ts';
import { countStarts, exchange, type Own, pairsOf, readOwn } from './cost.ts';
import { type Family, occurring, type Taken, takenBy } from './derive.ts';
import { hitsOf, readParts, readSeats } from './hits.ts';
import type { Judge } from './judge.ts';
import type { Rebuilding } from './rebuild.ts';

type Shape = z.output<typeof Impact>;
type Resources = Shape['resources'];

export interface Weighing {
  family: Family;
  /** The decisions that would be in force then. */
  after: Decision[];
  catalogue: Catalogue;
}

/** Nothing is written. */
export async function impactOf(tx: Transaction, of: Rebuilding, weighing: Weighing): Promise<Shape> {
  return (await weigh(tx, of, weighing)).impact;
}

/** A change as it would be, for whoever asks more than what it costs. */
export interface Weighed {
  impact: Shape;
  /** What the family makes of the tables as they are. */
  own: Own;
  /** What it would take instead, from now on. */
  taken: Taken[];
}

/** Nothing is written. */
export async function weigh(
  tx: Transaction,
  of: Rebuilding,
  { family, after, catalogue }: Weighing,
): Promise<Weighed> {
  const { judge, now, until } = of;
  const window = { start: now, end: until };
  const [was, is] = [family.decisions, after].map((decisions) =>
    takenIn({ ...family, decisions }, judge, window),
  ) as [Taken[], Taken[]];
  const end = [...was, ...is].reduce((last, taken) => Math.max(last, taken.end), until);
  const own = await ownOf(tx, judge, family);
  const counted = await slotsOf(tx, catalogue, { was, is, own, now });
  const impact = {
    from: new Date(now).toISOString(),
    to: new Date(end).toISOString(),
    resources: resourcesOf(was, is, counted.slots),
    slotsTo: new Date(counted.to).toISOString(),
    allServices: counted.complete,
    hits: await hitBy(tx, { judge, now, own, taken: is.filter(({ means }) => means === 'block') }),
  };
  return { impact, own, taken: is };
}

/** A single event counts whenever it is; a series as far as it is expanded. */
function takenIn(family: Family, judge: Judge, window: { start: number; end: number }): Taken[] {
  const end = family.master?.recurrence ? window.end : Infinity;
  // One that is over may take time after it, a day of it at most.
  return occurring(family, judge, { start: window.start - DAY, end })
    .flatMap(takenBy)
    .map((taken) => ({ ...taken, start: Math.max(taken.start, window.start) }))
    .filter(({ start, end }) => start < end);
}

function ownOf(tx: Transaction, judge: Judge, { master, exceptions }: Family): Promise<Own> {
  const { businessId, calendarId } = judge;
  const eventIds = [...(master ? [master] : []), ...exceptions].map(({ eventId }) => eventId);
  return readOwn(tx, { businessId, calendarId, eventIds });
}

const keyOf = ({ resourceId, means }: Pick<Taken, 'resourceId' | 'means'>) => `${resourceId}/${means}`;

function resourcesOf(
  was: readonly Taken[],
  is: readonly Taken[],
  slots: ReadonlyMap<string, number>,
): Resources {
  const told = new Set<string>();
  return [...new Set([...was, ...is].map(keyOf))].sort().map((key) => {
    const [resourceId, means] = key.split('/') as [string, Taken['means']];
    // What it takes and what it opens change the same starts: told once.
    const fewer = told.has(resourceId) ? 0 : (slots.get(resourceId) ?? 0);
    told.add(resourceId);
    return { resourceId, means, before: minutesOf(was, key), after: minutesOf(is, key), slots: fewer };
  });
}

const minutesOf = (taken: readonly Taken[], key: string): number =>
  merge(taken.filter((one) => keyOf(one) === key)).reduce(
    (sum, { start, end }) => sum + Math.round((end - start) / MINUTE),
    0,
  );

// Starts ------------------------------------------------------------------------------------------------------------

/** Of a series that changes for months, so much is counted. */
const longest = 31 * DAY;
/** Resources times services. */
const mostCounted = 24;

interface Counting {
  was: readonly Taken[];
  is: readonly Taken[];
  own: Own;
  now: number;
}

/**
 * Fewer starts on which each resource could be booked, over its services, the shortest first; notice, horizon and
 * limits hold. Only around what changes, and only whom it changes for.
 */
async function slotsOf(tx: Transaction, catalogue: Catalogue, { was, is, own, now }: Counting) {
  const changing = changesOf(was, is);
  const ids = [...new Set(changing.map(({ resourceId }) => resourceId))].sort();
  const first = changing.reduce((least, { start }) => Math.min(least, start), Infinity);
  const last = changing.reduce((most, { end }) => Math.max(most, end), now);
  const to = Math.min(last, first + longest);
  const slots = new Map<string, number>();
  if (ids.length === 0) return { slots, to: now, complete: true };
  const { pairs, complete } = pairsOf(catalogue, ids.slice(0, mostCounted), mostCounted);
  for (const [{ row, rule }, resourceIds] of pairs) {
    // Whose slot, buffers included, would reach into it.
    const from = Math.max(now, first - (rule.length + rule.after) * MINUTE);
    const ask = { serviceId: row.id, from, to: to + rule.before * MINUTE, now };
    const { query } = await load(tx, catalogue, { ...ask, need: 'slots' });
    for (const id of resourceIds) {
      const asked = { ...query, wish: [id] };
      const fewer = countStarts(exchange(asked, own, was)) - countStarts(exchange(asked, own, is));
      slots.set(id, (slots.get(id) ?? 0) + fewer);
    }
  }
  return { slots, to, complete: complete && ids.length <= mostCounted };
}

/** What is taken only before, or only afterwards. */
function changesOf(was: readonly Taken[], is: readonly Taken[]): Taken[] {
  const print = ({ start, end, places, ...taken }: Taken) => [keyOf(taken), start, end, places].join('/');
  const [before, after] = [new Set(was.map(print)), new Set(is.map(print))];
  return [...was.filter((one) => !after.has(print(one))), ...is.filter((one) => !before.has(print(one)))];
}

async function hitBy(
  tx: Transaction,
  { judge, now, own, taken }: { judge: Judge; now: number; own: Own; taken: Taken[] },
): Promise<Shape['hits']> {
  const { places } = judge;
  const looking = {
    businessId: judge.businessId,
    resourceIds: [...new Set(taken.map(({ resourceId }) => resourceId))],
    window: { start: now, end: taken.reduce((last, { end }) => Math.max(last, end), now) },
    now,
  };
  const seats = await readSeats(tx, looking);
  const parts = (await readParts(tx, looking, places)).filter(({ id }) => !own.blocks.has(id));
  const hits = hitsOf(taken, { seats, parts, places }).flatMap(({ wanted: { resourceId }, seat }) =>
    seat.bookingIds.map((bookingId) => ({ bookingId, resourceId })),
  );
  return [...new Map(hits.map((hit) => [`${hit.bookingId}/${hit.resourceId}`, hit])).values()];
}
