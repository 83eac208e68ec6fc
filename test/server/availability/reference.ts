// What the slot engine should answer, found the slow and obvious way: by looking at every five minutes.
import { Temporal } from 'temporal-polyfill';
import type {
  Allocation,
  Group,
  Hours,
  Opening,
  Query,
  Resource,
} from '../../../server/availability/query.ts';

export const TICK = 5 * 60_000;
const MIN = 60_000;
const HOUR = 60 * MIN;
const DAY = 24 * HOUR;

/** All times in a query for the reference stand on five-minute marks. */
export class Reference {
  readonly #query: Query;
  readonly #length: number;
  readonly #open = new Map<Hours | Resource, { open: Set<number>; steps: Set<number> }>();
  readonly #around: { start: number; end: number };

  constructor(query: Query) {
    this.#query = query;
    this.#length = query.service.length * MIN;
    this.#around = { start: query.from - DAY, end: query.to + DAY };
  }

  /** Starts offered in the window, each with its seats if the service has them. */
  slots(): { start: number; end: number; seatsLeft?: number }[] {
    const found = [];
    for (let start = this.#query.from; start < this.#query.to; start += TICK) {
      const slot = this.slotAt(start);
      if (slot) found.push(slot);
    }
    return found;
  }

  slotAt(start: number): { start: number; end: number; seatsLeft?: number } | null {
    const { service } = this.#query;
    if (!this.#timely(start)) return null;
    const fresh = !this.#ways(start, false).next().done;
    const sessions = this.joinable(start);
    if (!fresh && sessions.length === 0) return null;
    const end = sessions[0]?.end ?? start + this.#length;
    if (service.seats === 1) return { start, end };
    const left = sessions.map((session) => service.seats - session.seatsTaken);
    return { start, end, seatsLeft: Math.max(...left, fresh ? service.seats : 0) };
  }

  /** Sessions with room, the fullest first. */
  joinable(start: number) {
    const { service, sessions = [], seats = 1, wish = [], ignore = [] } = this.#query;
    return sessions
      .filter((session) => service.seats > 1 && session.start === start && !ignore.includes(session.id))
      .filter((session) => wish.every((id) => session.resources.includes(id)))
      .filter((session) => session.seatsTaken + seats <= service.seats)
      .sort((a, b) => b.seatsTaken - a.seatsTaken || (a.id < b.id ? -1 : 1));
  }

  /** The cheapest of all ways to fill the groups: [day load, week load, position], summed; null if there is none. */
  best(start: number, staff: boolean): number[] | null {
    let best: number[] | null = null;
    for (const chosen of this.#ways(start, staff)) {
      const cost = this.costOf(chosen, start);
      if (best === null || compare(cost, best) < 0) best = cost;
    }
    return best;
  }

  *#ways(start: number, staff: boolean): Generator<string[][]> {
    const { service, seats = 1, wish = [] } = this.#query;
    if (seats > service.seats) return;
    if (!staff && service.hours) {
      if (!this.#isOpen(service.hours, service.zone, start)) return;
      if (!this.#clock(service.hours, service.zone).steps.has(start)) return;
    }
    const able = service.groups.map((group, index) =>
      group.resources.filter((id) => this.serves(id, index, start, staff)),
    );
    for (const chosen of assignments(service.groups, able)) {
      const used = chosen.flat();
      if (wish.every((id) => used.includes(id))) yield chosen;
    }
  }

  costOf(chosen: string[][], start: number): number[] {
    const { groups } = this.#query.service;
    const costs = chosen.flatMap((ids, group) =>
      ids.map((id) => [...this.#loads(id, start), groups[group]?.resources.indexOf(id) ?? -1]),
    );
    return [0, 1, 2].map((i) => costs.reduce((sum, cost) => sum + (cost[i] ?? 0), 0));
  }

  /** Whether a resource could serve a group; to staff only allocations stand in the way. */
  serves(id: string, group: number, start: number, staff: boolean): boolean {
    const { service } = this.#query;
    const resource = this.#resource(id);
    if (!staff) {
      if (!this.#isOpen(resource, resource.zone, start)) return false;
      if (group === 0 && !service.hours && !this.#clock(resource, resource.zone).steps.has(start))
        return false;
      if (this.#limited(resource, start)) return false;
    }
    const needs = service.groups[group] as Group;
    const before = needs.buffers ? service.before * MIN : 0;
    const after = needs.buffers ? service.after * MIN : 0;
    for (let tick = start - before; tick < start + this.#length + after; tick += TICK) {
      if (resource.places - this.#taken(resource, tick, staff) < needs.places) return false;
    }
    return true;
  }

  #timely(start: number): boolean {
    const { now, service } = this.#query;
    if (start < now + service.notice * MIN) return false;
    if (service.horizon === null) return true;
    const today = Temporal.PlainDate.from(dateAt(service.zone, now));
    const last = today.add({ days: service.horizon });
    return Temporal.PlainDate.compare(Temporal.PlainDate.from(dateAt(service.zone, start)), last) <= 0;
  }

  #resource(id: string): Resource {
    return this.#query.resources.find((resource) => resource.id === id) as Resource;
  }

  #allocations(resource: Resource): Allocation[] {
    const { allocations, ignore = [] } = this.#query;
    return allocations.filter((one) => one.resource === resource.id && !ignore.includes(one.unit));
  }

  #taken(resource: Resource, tick: number, staff: boolean): number {
    let taken = 0;
    for (const { start, end, places } of this.#allocations(resource)) {
      if (start <= tick && tick < end) taken += places;
    }
    for (const block of staff ? [] : this.#query.blocks) {
      if (block.resource !== resource.id || tick < block.start || tick >= block.end) continue;
      taken += block.places ?? resource.places;
    }
    return taken;
  }

  #limited(resource: Resource, start: number): boolean {
    const { service } = this.#query;
    const own = this.#allocations(resource).filter((one) => one.service === service.id);
    const same = (period: (zone: string, instant: number) => string) =>
      new Set(
        own
          .filter((one) => period(resource.zone, one.coreStart) === period(resource.zone, start))
          .map((one) => one.unit),
      ).size;
    if (service.perDay !== null && same(dateAt) >= service.perDay) return true;
    return service.perWeek !== null && same(weekAt) >= service.perWeek;
  }

  /** ms allocated on the day and in the week of the start. */
  #loads(id: string, start: number): [number, number] {
    const resource = this.#resource(id);
    let day = 0;
    let week = 0;
    for (const one of this.#allocations(resource)) {
      for (let tick = one.start; tick < one.end; tick += TICK) {
        if (dateAt(resource.zone, tick) === dateAt(resource.zone, start)) day += TICK * one.places;
        if (weekAt(resource.zone, tick) === weekAt(resource.zone, start)) week += TICK * one.places;
      }
    }
    return [day, week];
  }

  #isOpen(owner: Hours | Resource, zone: string, start: number): boolean {
    const { open } = this.#clock(owner, zone);
    for (let tick = start; tick < start + this.#length; tick += TICK) if (!open.has(tick)) return false;
    return true;
  }

  /** Every five minutes in which something is open, and every one on which a slot may start. */
  #clock(owner: Hours | Resource, zone: string) {
    const known = this.#open.get(owner);
    if (known) return known;
    const clock = { open: new Set<number>(), steps: new Set<number>() };
    this.#open.set(owner, clock);
    const { start, end } = this.#around;
    if ('weekly' in owner) {
      this.#addHours(owner, zone, clock);
    } else if (owner.opens === 'hours') {
      const always = [1, 2, 3, 4, 5, 6, 7].map((day) => ({ day, from: '00:00', to: '24:00' }));
      this.#addHours(owner.hours ?? { weekly: always, dates: [] }, zone, clock);
    }
    for (const opening of 'openings' in owner ? owner.openings : []) {
      if (opening.end < start || opening.start > end) continue;
      this.#addRow(zone, opening.start, opening.end, readingAt(zone, opening.start), clock);
    }
    return clock;
  }

  #addHours(hours: Hours, zone: string, clock: { open: Set<number>; steps: Set<number> }) {
    let date = Temporal.PlainDate.from(dateAt(zone, this.#around.start)).subtract({ days: 2 });
    const last = dateAt(zone, this.#around.end);
    for (; date.toString() <= last; date = date.add({ days: 1 })) {
      const exceptions = hours.dates.filter((one) => one.date === date.toString());
      const rows = exceptions.length
        ? exceptions.flatMap((one) => one.spans)
        : hours.weekly.filter((row) => row.day === date.dayOfWeek);
      const midnight = Date.UTC(date.year, date.month - 1, date.day);
      for (const [from, to] of runs(rows)) {
        const opening = firstTick(zone, midnight + from);
        this.#addRow(zone, opening, firstTick(zone, midnight + to), midnight + from, clock);
      }
    }
  }

  #addRow(
    zone: string,
    start: number,
    end: number,
    wall: number,
    clock: { open: Set<number>; steps: Set<number> },
  ) {
    const step = (this.#query.service.step ?? this.#query.service.length) * MIN;
    const read = new Set<number>();
    for (let tick = start; tick < end; tick += TICK) {
      clock.open.add(tick);
      const reading = readingAt(zone, tick);
      // The first of two instants with the same reading.
      if ((reading - wall) % step === 0 && reading >= wall && !read.has(reading)) clock.steps.add(tick);
      read.add(reading);
    }
  }
}

/** The stretches of one day, as readings after its midnight, that its rows open: five minutes by five minutes. */
function runs(rows: readonly Opening[]): [number, number][] {
  const open = new Set<number>();
  for (const { from, to } of rows) {
    const [start, stop] = [from, to].map(
      (time) => Number(time.slice(0, 2)) * HOUR + Number(time.slice(3)) * MIN,
    );
    if (start === undefined || stop === undefined) continue;
    for (let at = start; at < (stop > start ? stop : stop + DAY); at += TICK) open.add(at);
  }
  const found: [number, number][] = [];
  for (let at = 0; at < 2 * DAY; at += TICK) {
    if (!open.has(at)) continue;
    const last = found.at(-1);
    if (last && last[1] === at) last[1] = at + TICK;
    else found.push([at, at + TICK]);
  }
  return found;
}

/** The first five-minute mark at which the clock reads `wall` or later. */
function firstTick(zone: string, wall: number): number {
  let tick = wall - 16 * HOUR;
  while (readingAt(zone, tick) < wall) tick += TICK;
  return tick;
}

const readings = new Map<string, Map<number, number>>();

/** What the clock reads, as the ms at which UTC reads the same. */
export function readingAt(zone: string, instant: number): number {
  const known = readings.get(zone) ?? new Map<number, number>();
  readings.set(zone, known);
  // None of the zones tried changes within half an hour.
  const half = Math.floor(instant / (30 * MIN)) * 30 * MIN;
  const reading = known.get(half) ?? readAt(zone, half);
  known.set(half, reading);
  return reading + instant - half;
}

function readAt(zone: string, instant: number): number {
  const at = Temporal.Instant.fromEpochMilliseconds(instant).toZonedDateTimeISO(zone);
  return Date.UTC(at.year, at.month - 1, at.day, at.hour, at.minute, at.second);
}

const dates = new Map<number, string>();

function dateAt(zone: string, instant: number): string {
  const day = Math.floor(readingAt(zone, instant) / DAY);
  const date = dates.get(day) ?? new Date(day * DAY).toISOString().slice(0, 10);
  dates.set(day, date);
  return date;
}

const weeks = new Map<string, string>();

function weekAt(zone: string, instant: number): string {
  const date = dateAt(zone, instant);
  const known = weeks.get(date);
  if (known) return known;
  const { yearOfWeek, weekOfYear } = Temporal.PlainDate.from(date);
  const week = `${yearOfWeek}-${weekOfYear}`;
  weeks.set(date, week);
  return week;
}

/** Every way to give each group its resources. */
function* assignments(
  groups: readonly Group[],
  able: string[][],
  sofar: string[][] = [],
): Generator<string[][]> {
  const group = groups[sofar.length];
  if (!group) {
    yield sofar;
    return;
  }
  const used = new Set(sofar.flat());
  const left = (able[sofar.length] ?? []).filter((id) => !used.has(id));
  for (const ids of subsets(left, group.count)) yield* assignments(groups, able, [...sofar, ids]);
}

function subsets(ids: string[], count: number): string[][] {
  if (count === 0) return [[]];
  return ids.flatMap((id, i) => subsets(ids.slice(i + 1), count - 1).map((rest) => [id, ...rest]));
}

export function compare(a: readonly number[], b: readonly number[]): number {
  const differing = a.findIndex((value, i) => value !== b[i]);
  return differing < 0 ? 0 : (a[differing] as number) - (b[differing] as number);
}
