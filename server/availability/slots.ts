// Which starts are offered: the steps of the opening hours at which every group finds enough free resources.
import { intersect, merge, type Span, spanAt, subtract } from '../../shared/time.ts';
import { stepsIn, type Times } from './hours.ts';
import { fullSpans, limitedSpans } from './load.ts';
import { match } from './match.ts';
import { joinable, type Lane, type Prepared, resourceTimes, serviceTimes } from './prepare.ts';
import type { Slot } from './query.ts';

/** Every slot of the query's window, by start, each start once. */
export function slots(prepared: Prepared): Slot[] {
  const { query, length, earliest, until, seats } = prepared;
  const span = { start: Math.max(query.from, earliest), end: Math.min(query.to, until) };
  const none = span.start >= span.end || seats > query.service.seats || prepared.strays.length > 0;
  const starts = none ? [] : freshStarts(prepared, span);
  if (query.service.seats > 1) return withSessions(prepared, span, starts);
  const offered: Slot[] = [];
  for (const start of starts) offered.push({ start, end: start + length });
  return offered;
}

/** The slots nearest to a wanted start, the nearest first, the earlier of two as near. */
export function nearest(prepared: Prepared, start: number, count: number): Slot[] {
  return slots(prepared)
    .sort((a, b) => Math.abs(a.start - start) - Math.abs(b.start - start) || a.start - b.start)
    .slice(0, count);
}

function withSessions(prepared: Prepared, span: Span, starts: readonly number[]): Slot[] {
  const { query, length, sessions } = prepared;
  const offered = new Map<number, Slot>();
  for (const start of starts)
    offered.set(start, { start, end: start + length, seatsLeft: query.service.seats });
  for (const start of sessions.keys()) {
    const fitting = start >= span.start && start < span.end ? joinable(prepared, start) : [];
    const [fullest, emptiest] = [fitting[0], fitting.at(-1)];
    if (!fullest || !emptiest) continue;
    const seatsLeft = offered.get(start)?.seatsLeft ?? query.service.seats - emptiest.seatsTaken;
    offered.set(start, { start, end: fullest.end, seatsLeft });
  }
  return [...offered.values()].sort((a, b) => a.start - b.start);
}

/** A lane with the starts at which it is open and free for the whole slot. Lanes with the same hours share `times`. */
type Fit = Lane & { times: Times; free: Span[] };

/** Resources of one group, of which `count` are needed; `own`: only at steps of their own open time. */
type Part = { count: number; own: boolean; fits: Fit[] };

/** How many resources could serve each of some starts (sorted). */
type Tally = { starts: number[]; counts: ArrayLike<number> };

/** The starts at which every group can be filled anew, whatever sessions there are. */
function freshStarts(prepared: Prepared, span: Span): number[] {
  const whole = { start: span.start, end: span.end + prepared.length };
  const service = serviceTimes(prepared, whole);
  const parts = partsOf(prepared, fitter(prepared, whole, service), service === null);
  let starts = service && stepsIn(span, service, prepared.step);
  for (const { count, own, fits } of parts) {
    const enough = atLeast(count, own ? ownTally(prepared, span, fits) : tally(starts ?? [], fits));
    starts = own && starts ? enough.filter(among(starts)) : enough;
  }
  const found = starts ?? [];
  return prepared.shared ? found.filter(matchable(prepared, span, parts)) : found;
}

function atLeast(count: number, { starts, counts }: Tally): number[] {
  const enough: number[] = [];
  for (let i = 0; i < starts.length; i++) {
    if ((counts[i] as number) >= count) enough.push(starts[i] as number);
  }
  return enough;
}

/**
 * What each group needs. Those wished for become a part of their own, all of it needed: then counting settles
 * everything, unless groups share resources, which only matching can.
 */
function partsOf({ query, lanes, shared, wish }: Prepared, fit: (lane: Lane) => Fit, own: boolean): Part[] {
  return lanes.flatMap((ofGroup, group) => {
    const count = query.service.groups[group]?.count ?? 0;
    const fits = ofGroup.map(fit);
    const wished = shared ? [] : fits.filter((lane) => wish.has(lane.resource.id));
    const others = wished.length === 0 ? fits : fits.filter((lane) => !wish.has(lane.resource.id));
    return [
      // More wished for than needed: nothing fills that.
      { count: wished.length > count ? Infinity : wished.length, own: own && group === 0, fits: wished },
      { count: count - wished.length, own: own && group === 0, fits: others },
    ].filter((part) => part.count > 0);
  });
}

function fitter(prepared: Prepared, whole: Span, service: Times | null): (lane: Lane) => Fit {
  const alike = new Map<string, Times>();
  return (lane) => {
    const { zone, opens, hours, openings } = lane.resource;
    const key = JSON.stringify([zone, opens, hours, openings]);
    let times = alike.get(key);
    if (times === undefined) alike.set(key, (times = resourceTimes(lane, whole)));
    const open = service ? intersect(times.open, service.open) : times.open;
    return { ...lane, times, free: subtract(fitting(open, prepared.length), hindered(prepared, lane)) };
  };
}

/** The starts from which open time lasts for the whole length. */
function fitting(open: readonly Span[], length: number): Span[] {
  const fits: Span[] = [];
  for (const { start, end } of open) if (end - start >= length) fits.push({ start, end: end - length + 1 });
  return fits;
}

/** The starts at which a slot would touch, buffers included, time in which too few places are free, or break a limit. */
function hindered({ query, length }: Prepared, lane: Lane): Span[] {
  const full = fullSpans(lane).map(({ start, end }) => ({
    start: start - length - lane.after + 1,
    end: end + lane.before,
  }));
  const limited = limitedSpans(lane, query.service);
  return limited.length === 0 ? full : merge([...full, ...limited]);
}

function tally(starts: number[], fits: readonly Fit[]): Tally {
  const counts = new Uint16Array(starts.length);
  for (const { free } of fits) {
    let i = 0;
    for (const { start, end } of free) {
      while (i < starts.length && (starts[i] as number) < start) i++;
      while (i < starts.length && (starts[i] as number) < end) counts[i++]++;
    }
  }
  return { starts, counts };
}

/** The same for resources that each serve only the steps of their own open time. */
function ownTally({ step }: Prepared, span: Span, fits: readonly Fit[]): Tally {
  const alike = new Map<Times, Fit[]>();
  for (const fit of fits) {
    const others = alike.get(fit.times);
    if (others) others.push(fit);
    else alike.set(fit.times, [fit]);
  }
  const tallies = Array.from(alike, ([times, same]) => tally(stepsIn(span, times, step), same));
  return tallies.length === 1 ? (tallies[0] as Tally) : tallies.reduce(sum, { starts: [], counts: [] });
}

function sum(a: Tally, b: Tally): Tally {
  const starts: number[] = [];
  const counts: number[] = [];
  for (let i = 0, j = 0; i < a.starts.length || j < b.starts.length; ) {
    const one = a.starts[i] ?? Infinity;
    const other = b.starts[j] ?? Infinity;
    starts.push(Math.min(one, other));
    counts.push(
      (one <= other ? (a.counts[i++] as number) : 0) + (other <= one ? (b.counts[j++] as number) : 0),
    );
  }
  return { starts, counts };
}

function among(starts: readonly number[]): (start: number) => boolean {
  const all = new Set(starts);
  return (start) => all.has(start);
}

/** Whether the groups, some sharing resources, can all be filled at a start. */
function matchable({ step, wish }: Prepared, span: Span, parts: readonly Part[]): (start: number) => boolean {
  const alike = new Map<Times, (start: number) => boolean>();
  for (const { times } of parts.flatMap(({ own, fits }) => (own ? fits : []))) {
    if (!alike.has(times)) alike.set(times, among(stepsIn(span, times, step)));
  }
  const serves = (own: boolean, { times, free }: Fit, start: number) =>
    spanAt(free, start) !== undefined && (!own || alike.get(times)?.(start) === true);
  return (start) => {
    const needs = parts.map(({ count, own, fits }) => ({
      count,
      costs: new Map(fits.filter((fit) => serves(own, fit, start)).map((fit) => [fit.resource.id, 0n])),
    }));
    return match(needs, wish) !== null;
  };
}
