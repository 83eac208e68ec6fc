// What speaks against one start: against the start itself, and against each resource of each group.
import { overlaps, type Span, spanAt } from '../../shared/time.ts';
import { periodAround, stepsIn, type Times } from './hours.ts';
import { startedIn } from './load.ts';
import { type Lane, type Prepared, resourceTimes, serviceTimes } from './prepare.ts';
import type { Allocation, Reason, ResourceReason } from './query.ts';

/** A lane and all that keeps it from serving; nothing: it can. */
export type Verdict = { lane: Lane; reasons: Reason[] };

/** `timing` counts for joining a session as well, `fresh` only for starting one (or a booking without). */
export type Findings = {
  start: number;
  timing: Reason[];
  fresh: Reason[];
  full: Reason[];
  lanes: Verdict[][];
};

export function findingsAt(prepared: Prepared, start: number): Findings {
  const slot = { start, end: start + prepared.length };
  const service = serviceTimes(prepared, slot);
  return {
    start,
    timing: timing(prepared, start),
    fresh: [...policy(prepared), ...(service ? serviceHours(prepared, service, slot) : [])],
    full: fullSessions(prepared, start),
    lanes: prepared.lanes.map((ofGroup) =>
      ofGroup.map((lane) => ({ lane, reasons: laneReasons(prepared, lane, slot) })),
    ),
  };
}

function timing({ query, earliest, until }: Prepared, start: number): Reason[] {
  const reasons: Reason[] = [];
  if (start < query.now) reasons.push({ code: 'past', overridable: true });
  else if (start < earliest) reasons.push({ code: 'notice', earliest, overridable: true });
  if (start >= until) reasons.push({ code: 'horizon', until, overridable: true });
  return reasons;
}

function policy({ query, seats, strays }: Prepared): Reason[] {
  const reasons: Reason[] = strays.map((resource) => ({
    code: 'not_in_service',
    resource,
    overridable: false,
  }));
  const left = query.service.seats;
  if (seats > left) reasons.push({ code: 'seats', left, wanted: seats, overridable: false });
  return reasons;
}

function fullSessions({ query, seats, sessions }: Prepared, start: number): Reason[] {
  return (sessions.get(start) ?? [])
    .map(({ id, seatsTaken }) => ({ session: id, left: Math.max(0, query.service.seats - seatsTaken) }))
    .filter(({ left }) => left < seats)
    .map((found) => ({ code: 'seats', ...found, wanted: seats, overridable: false }));
}

function serviceHours({ step }: Prepared, times: Times, slot: Span): Reason[] {
  const reasons: Reason[] = [];
  if (!lasts(times, slot)) reasons.push({ code: 'service_closed', overridable: true });
  const code = missedStep(times, slot.start, step);
  if (code) reasons.push({ code, overridable: true });
  return reasons;
}

function laneReasons(prepared: Prepared, lane: Lane, slot: Span): Reason[] {
  const of = { resource: lane.resource.id, group: lane.group };
  const times = resourceTimes(lane, slot);
  // A lead resource serves only steps of its own open time, unless the service has hours to give them.
  const own = prepared.query.service.hours === null && lane.group === 0;
  const missed = own ? missedStep(times, slot.start, prepared.step) : null;
  const reasons: Reason[] = missed ? [{ code: missed, ...of, overridable: true }] : [];
  const closed = lane.resource.opens === 'openings' ? 'never_opened' : 'resource_closed';
  if (!lasts(times, slot)) reasons.push({ code: closed, ...of, overridable: true });
  reasons.push(...limits(prepared, lane, slot.start), ...takenReasons(lane, slot));
  return reasons;
}

function lasts({ open }: Times, slot: Span): boolean {
  const span = spanAt(open, slot.start);
  return span !== undefined && slot.end <= span.end;
}

/** Outside open time there are no steps to miss: that it is closed says it all. */
function missedStep({ zone, rows }: Times, start: number, step: number): 'off_grid' | 'repeated' | null {
  const around = rows.filter((row) => row.start <= start && start < row.end);
  const instant = { start, end: start + 1 };
  if (around.length === 0 || stepsIn([instant], { zone, rows }, step).length > 0) return null;
  return around.some((row) => (zone.wall(start) - row.wall) % step === 0) ? 'repeated' : 'off_grid';
}

function limits({ query: { service } }: Prepared, lane: Lane, start: number): Reason[] {
  const reasons: Reason[] = [];
  const of = { resource: lane.resource.id, group: lane.group, overridable: true };
  const inDay = startedIn(lane, service, periodAround(lane.zone, start, 1));
  if (service.perDay !== null && inDay >= service.perDay) {
    reasons.push({ code: 'limit_day', count: inDay, limit: service.perDay, ...of });
  }
  const inWeek = startedIn(lane, service, periodAround(lane.zone, start, 7));
  if (service.perWeek !== null && inWeek >= service.perWeek) {
    reasons.push({ code: 'limit_week', count: inWeek, limit: service.perWeek, ...of });
  }
  return reasons;
}

/**
 * Allocations are named where they alone leave too few places; blocks wherever too few are left in all. So a
 * place that a block takes can be overridden even where other places are allocated.
 */
function takenReasons(lane: Lane, slot: Span): Reason[] {
  const { resource, places: needed, group } = lane;
  const wide = { start: slot.start - lane.before, end: slot.end + lane.after };
  const allocations = lane.allocations.filter((take) => overlaps(take, wide));
  const blocks = lane.blocks.filter((take) => overlaps(take, wide));
  const all = [
    ...allocations,
    ...blocks.map((block) => ({ ...block, places: block.places ?? resource.places })),
  ];
  const short = shortages(all, resource.places - needed, wide);
  if (short.length === 0) return [];
  const hard = shortages(allocations, resource.places - needed, wide);
  const of = { resource: resource.id, group };
  const reasons: Reason[] = [];
  if (resource.places > 1 || needed > 1) {
    const free = Math.max(0, resource.places - Math.max(...short.map((at) => takenAt(all, at))));
    reasons.push({ code: 'places', free, needed, ...of, overridable: hard.length === 0 });
  }
  for (const take of allocations) {
    if (hard.some((at) => holds(take, at)))
      reasons.push({ ...collision(take, slot, wide), ...of, overridable: false });
  }
  for (const { id, start, end, unread } of blocks) {
    if (!short.some((at) => holds({ start, end }, at))) continue;
    if (unread) {
      reasons.push({ code: 'unread', calendar: id, how: unread, ...of, overridable: true });
      continue;
    }
    const inBuffer = !overlaps({ start, end }, slot);
    reasons.push({ code: 'block', block: id, span: { start, end }, inBuffer, ...of, overridable: true });
  }
  return reasons;
}

type Counted = Span & { places: number };

/** The instants, of those where what is taken may grow, at which more than `spare` places are taken. */
function shortages(takes: readonly Counted[], spare: number, span: Span): number[] {
  const growing = takes.map((take) => take.start).filter((start) => holds(span, start));
  return [span.start, ...growing].filter((at) => takenAt(takes, at) > spare);
}

function takenAt(takes: readonly Counted[], instant: number): number {
  return takes.reduce((sum, take) => sum + (holds(take, instant) ? take.places : 0), 0);
}

function holds({ start, end }: Span, instant: number): boolean {
  return start <= instant && instant < end;
}

function collision(taken: Allocation, slot: Span, wide: Span): ResourceReason {
  const core = { start: taken.coreStart, end: taken.coreEnd };
  const named = { unit: taken.unit, span: { start: taken.start, end: taken.end } };
  if (overlaps(core, slot)) return { code: 'taken', ...named };
  const neighbour = overlaps(taken, slot);
  const wanted = overlaps(core, wide);
  return {
    code: 'buffer',
    whose: neighbour === wanted ? 'both' : neighbour ? 'neighbour' : 'wanted',
    ...named,
  };
}
