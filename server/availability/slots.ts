// Which starts are offered: the steps of the opening hours at which every group finds enough free resources.
import { intersect, merge, type Span, spanAt, subtract } from '../../shared/time.ts';
import { stepsIn, type Times } from './hours.ts';
import { above, fullSpans, limitedSpans } from './load.ts';
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
  return starts.map((start) => ({ start, end: start + length }));
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

/** The starts at which every group can be filled anew, whatever sessions there are. */
function freshStarts(prepared: Prepared, span: Span): number[] {
  const whole = { start: span.start, end: span.end + prepared.length };
  const service = serviceTimes(prepared, whole);
  const parts = partsOf(prepared, fitter(prepared, whole, service), service === null);
  const filled = parts
    .filter((part) => !part.own)
    .reduce((spans, { fits, count }) => intersect(spans, enough(fits, count)), [span]);
  const starts = service
    ? stepsIn(filled, service, prepared.step)
    : parts
        .filter((part) => part.own)
        .map((part) => ownStarts(part, filled, prepared.step))
        .reduce((some, others) => others.filter(among(some)));
  return prepared.shared ? starts.filter(matchable(prepared, span, parts)) : starts;
}

/** The spans in which at least `count` could serve. */
function enough(fits: readonly Fit[], count: number): Span[] {
  const [alone] = fits;
  if (alone && fits.length === 1 && count === 1) return alone.free;
  return above(concat(fits.map((fit) => fit.free)), count - 1);
}

/** The starts, in the spans `filled`, at which at least `count` could serve, each at steps of its own open time. */
function ownStarts({ count, fits }: Part, filled: readonly Span[], step: number): number[] {
  const grids = [...new Set(fits.map((fit) => fit.times))];
  const steps = (times: Times, spans: Span[]) => stepsIn(intersect(spans, filled), times, step);
  // Where all have the same steps, or one is enough, spans are counted; else the starts themselves.
  if (grids.length > 1 && count > 1) {
    return repeated(concat(fits.map((fit) => steps(fit.times, fit.free))), count);
  }
  const starts = grids.map((times) => {
    const alike = fits.filter((fit) => fit.times === times);
    return steps(times, enough(alike, count));
  });
  return starts.length === 1 ? concat(starts) : repeated(concat(starts), 1);
}

/** `flat`, which takes ten times as long. */
function concat<T>(lists: readonly T[][]): T[] {
  const [only] = lists;
  if (only && lists.length === 1) return only;
  const all: T[] = [];
  for (const list of lists) for (const item of list) all.push(item);
  return all;
}

/** Those found at least `count` times, sorted, each once. */
function repeated(found: readonly number[], count: number): number[] {
  const sorted = Float64Array.from(found).sort();
  const starts: number[] = [];
  for (let i = count - 1; i < sorted.length; i++) {
    const start = sorted[i] as number;
    if (sorted[i - count + 1] === start && sorted[i - count] !== start) starts.push(start);
  }
  return starts;
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
    const times = alike.get(key) ?? resourceTimes(lane, whole);
    alike.set(key, times);
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

function among(starts: readonly number[]): (start: number) => boolean {
  const all = new Set(starts);
  return (start) => all.has(start);
}

/** Whether the groups, some sharing resources, can all be filled at a start. */
function matchable({ step, wish }: Prepared, span: Span, parts: readonly Part[]): (start: number) => boolean {
  const alike = new Map<Times, (start: number) => boolean>();
  for (const { times } of parts.flatMap(({ own, fits }) => (own ? fits : []))) {
    if (!alike.has(times)) alike.set(times, among(stepsIn([span], times, step)));
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
