// What a decision changes of the time its event takes, and which bookings that hits: told before and after it is said.
import type * as z from 'zod';
import type { Impact } from '../../shared/calendar-api.ts';
import type { Decision } from '../../shared/decide.ts';
import { MINUTE, merge } from '../../shared/time.ts';
import type { Transaction } from '../database/open.ts';
import { type Family, occurring, type Taken, takenBy } from './derive.ts';
import { hitsOf, readSeats } from './hits.ts';
import type { Judge } from './judge.ts';
import type { Rebuilding } from './rebuild.ts';

type Shape = z.output<typeof Impact>;

/** `after`: the decisions that would be in force then. Nothing is written. */
export async function impactOf(
  tx: Transaction,
  { judge, now, until }: Rebuilding,
  { family, after }: { family: Family; after: Decision[] },
): Promise<Shape> {
  const window = { start: now, end: until };
  const [was, is] = [family.decisions, after].map((decisions) =>
    takenIn({ ...family, decisions }, judge, window),
  ) as [Taken[], Taken[]];
  const end = [...was, ...is].reduce((last, taken) => Math.max(last, taken.end), until);
  return {
    from: new Date(now).toISOString(),
    to: new Date(end).toISOString(),
    resources: minutesOf(was, is),
    hits: await hitBy(tx, { judge, now, taken: is.filter(({ means }) => means === 'block') }),
  };
}

/** A single event counts whenever it is; a series as far as it is expanded. */
function takenIn(family: Family, judge: Judge, window: { start: number; end: number }): Taken[] {
  const end = family.master?.recurrence ? window.end : Infinity;
  return occurring(family, judge, { ...window, end })
    .flatMap(takenBy)
    .map((taken) => ({ ...taken, start: Math.max(taken.start, window.start) }))
    .filter(({ start, end }) => start < end);
}

function minutesOf(was: readonly Taken[], is: readonly Taken[]): Shape['resources'] {
  const keys = new Set([...was, ...is].map(({ resourceId, means }) => `${resourceId}/${means}`));
  return [...keys].sort().map((key) => {
    const [resourceId, means] = key.split('/') as [string, Taken['means']];
    const minutes = (taken: readonly Taken[]) =>
      merge(taken.filter((one) => one.resourceId === resourceId && one.means === means)).reduce(
        (sum, { start, end }) => sum + Math.round((end - start) / MINUTE),
        0,
      );
    return { resourceId, means, before: minutes(was), after: minutes(is) };
  });
}

async function hitBy(
  tx: Transaction,
  { judge, now, taken }: { judge: Judge; now: number; taken: Taken[] },
): Promise<Shape['hits']> {
  const seats = await readSeats(tx, {
    businessId: judge.businessId,
    resourceIds: [...new Set(taken.map(({ resourceId }) => resourceId))],
    window: { start: now, end: taken.reduce((last, { end }) => Math.max(last, end), now) },
    now,
  });
  const hits = hitsOf(taken, seats, judge.places).flatMap(({ wanted: { resourceId }, seat }) =>
    seat.bookingIds.map((bookingId) => ({ bookingId, resourceId })),
  );
  return [...new Map(hits.map((hit) => [`${hit.bookingId}/${hit.resourceId}`, hit])).values()];
}
