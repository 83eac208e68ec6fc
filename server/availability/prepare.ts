// A query put in order once: who could serve which group, what takes their time, which starts policy allows.
import { DAY, MINUTE, type Span, type Zone, zone } from '../../shared/time.ts';
import { ALWAYS, type Times, timesIn } from './hours.ts';
import type { Allocation, Block, Query, Resource, Session } from './query.ts';

/** A resource with what takes its time, without that which the query ignores. */
export type Known = { resource: Resource; zone: Zone; allocations: Allocation[]; blocks: Block[] };

/** A resource as it would serve one group; `before` and `after` in ms, 0 where the group takes no buffers. */
export type Lane = Known & { group: number; places: number; before: number; after: number };

export type Prepared = {
  query: Query;
  zone: Zone;
  /** In ms, as is `step`. */
  length: number;
  step: number;
  /** Starts in [earliest, until) keep notice and horizon. */
  earliest: number;
  until: number;
  /** By group, in its order. */
  lanes: Lane[][];
  /** Whether some resource is in two groups. */
  shared: boolean;
  wish: Set<string>;
  /** Those wished for that are in no group. */
  strays: string[];
  seats: number;
  /** Sessions that hold all that is wished for, by their start, the fullest first. */
  sessions: Map<number, Session[]>;
};

/**
 * What a query's data must reach: all that overlaps the span answered. For `choice` (and `explain`) that is
 * the whole weeks around it, since load and limits are counted in them; for `slots` only if there are limits.
 */
export function reach(
  { from, to, service }: Pick<Query, 'from' | 'to' | 'service'>,
  need: 'slots' | 'choice',
): Span {
  const counted = need === 'choice' || service.perDay !== null || service.perWeek !== null;
  const weeks = counted ? 8 * DAY : 0;
  return {
    start: from - Math.max(weeks, service.before * MINUTE),
    end: to + Math.max(weeks, (service.length + service.after) * MINUTE),
  };
}

/** RangeError for a length or step that is not above 0, an unknown zone, a group's resource that is not there. */
export function prepare(query: Query): Prepared {
  const { service, now } = query;
  const length = service.length * MINUTE;
  const step = (service.step ?? service.length) * MINUTE;
  if (!(length > 0 && step > 0)) throw new RangeError('A slot needs a length and a step above 0');
  const wish = new Set(query.wish);
  const serviceZone = zone(service.zone);
  const lanes = lanesOf(query);
  const named = lanes.flatMap((ofGroup) => ofGroup.map((lane) => lane.resource.id));
  const distinct = new Set(named);
  return {
    query,
    zone: serviceZone,
    length,
    step,
    earliest: now + service.notice * MINUTE,
    until:
      service.horizon === null ? Infinity : serviceZone.startOf(serviceZone.day(now) + service.horizon + 1),
    lanes,
    shared: distinct.size < named.length,
    wish,
    strays: [...wish].filter((id) => !distinct.has(id)),
    seats: query.seats ?? 1,
    sessions: service.seats > 1 ? sessionsOf(query, wish) : new Map(),
  };
}

function lanesOf({ service, resources, allocations, blocks, ignore }: Query): Lane[][] {
  const ignored = new Set(ignore);
  const known = new Map<string, Known>();
  for (const resource of resources) {
    known.set(resource.id, { resource, zone: zone(resource.zone), allocations: [], blocks: [] });
  }
  for (const allocation of allocations) {
    if (!ignored.has(allocation.unit)) known.get(allocation.resource)?.allocations.push(allocation);
  }
  for (const block of blocks) known.get(block.resource)?.blocks.push(block);
  return service.groups.map(({ places, buffers, resources: ids }, group) =>
    ids.map((id) => {
      const found = known.get(id);
      if (found === undefined) throw new RangeError(`The query lacks resource ${id} of group ${group}`);
      const [before, after] = buffers ? [service.before * MINUTE, service.after * MINUTE] : [0, 0];
      return { ...found, group, places, before, after };
    }),
  );
}

function sessionsOf(
  { sessions = [], ignore = [] }: Query,
  wish: ReadonlySet<string>,
): Map<number, Session[]> {
  const byStart = new Map<number, Session[]>();
  for (const session of sessions) {
    if (ignore.includes(session.id) || ![...wish].every((id) => session.resources.includes(id))) continue;
    const others = byStart.get(session.start);
    if (others) others.push(session);
    else byStart.set(session.start, [session]);
  }
  for (const same of byStart.values()) {
    same.sort((a, b) => b.seatsTaken - a.seatsTaken || (a.id < b.id ? -1 : 1));
  }
  return byStart;
}

/** The sessions at a start that have the seats wanted, the fullest first. */
export function joinable({ query, seats, sessions }: Prepared, start: number): Session[] {
  return (sessions.get(start) ?? []).filter(({ seatsTaken }) => query.service.seats - seatsTaken >= seats);
}

/** The service's own hours around a span; null if it has none. */
export function serviceTimes({ query, zone }: Prepared, span: Span): Times | null {
  return query.service.hours && timesIn(span, zone, { hours: query.service.hours, openings: [] });
}

export function resourceTimes({ resource, zone }: Known, span: Span): Times {
  const hours = resource.opens === 'hours' ? (resource.hours ?? ALWAYS) : null;
  return timesIn(span, zone, { hours, openings: resource.openings });
}
