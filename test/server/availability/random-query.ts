// Random questions to the slot engine around one instant: hours, resources, groups, what is taken, what is wished.
import fc from 'fast-check';
import type { Group, Hours, Query, Resource, Service } from '../../../server/availability/query.ts';
import { readingAt, TICK } from './reference.ts';

const MIN = 60_000;
const HOUR = 60 * MIN;
const DAY = 24 * HOUR;
const RESOURCES = ['r0', 'r1', 'r2', 'r3', 'r4'];

const minutes = (...some: number[]) => fc.constantFrom(...some);
const rarely = <T>(some: fc.Arbitrary<T>) =>
  fc.oneof({ weight: 1, arbitrary: some }, { weight: 6, arbitrary: fc.constant(null) });
const mostly = <T>(usual: T, ...others: T[]) =>
  fc.oneof(
    { weight: 5, arbitrary: fc.constant(usual) },
    { weight: 1, arbitrary: fc.constantFrom(...others) },
  );
const clockTime = fc
  .nat(95)
  .map((n) => `${String(n >> 2).padStart(2, '0')}:${String((n & 3) * 15).padStart(2, '0')}`);
// Often across midnight, often a whole day; the same time twice is refused before the engine sees it.
const opening = fc
  .oneof(
    fc.record({ from: clockTime, to: fc.oneof(clockTime, fc.constant('24:00')) }),
    fc.constantFrom({ from: '00:00', to: '24:00' }, { from: '20:00', to: '08:00' }),
  )
  .filter(({ from, to }) => from !== to);

const marks = (from: number, to: number) =>
  fc.integer({ min: Math.ceil(from / TICK), max: Math.floor(to / TICK) }).map((n) => n * TICK);

function hoursAround(zone: string, instant: number): fc.Arbitrary<Hours> {
  const dates = [-1, 0, 1].map((days) =>
    new Date(readingAt(zone, instant + days * DAY)).toISOString().slice(0, 10),
  );
  return fc.record({
    weekly: fc.oneof(
      opening.map((row) => [1, 2, 3, 4, 5, 6, 7].map((day) => ({ day, ...row }))),
      fc.array(
        fc
          .record({ day: fc.integer({ min: 1, max: 7 }), opening })
          .map((row) => ({ day: row.day, ...row.opening })),
        { maxLength: 12 },
      ),
    ),
    dates: fc.array(
      fc.record({ date: fc.constantFrom(...dates), spans: fc.array(opening, { maxLength: 2 }) }),
      { maxLength: 2 },
    ),
  });
}

function resourceIn(zones: string[], id: string, instant: number): fc.Arbitrary<Resource> {
  return fc.constantFrom(...zones).chain((zone) =>
    fc.record({
      id: fc.constant(id),
      zone: fc.constant(zone),
      places: fc.constantFrom(1, 2, 3),
      opens: mostly<Resource['opens']>('hours', 'openings'),
      hours: fc.option(hoursAround(zone, instant), { freq: 2 }),
      openings: fc.array(spanAround(instant, minutes(60, 90, 300, 720)), { maxLength: 3 }),
    }),
  );
}

function spanAround(instant: number, length: fc.Arbitrary<number>) {
  return fc
    .tuple(marks(instant - 2 * DAY, instant + 2 * DAY), length)
    .map(([start, long]) => ({ start, end: start + long * MIN }));
}

/** One to three groups, which share resources or not. */
const groups: fc.Arbitrary<Group[]> = fc
  .tuple(
    fc.boolean(),
    fc.shuffledSubarray(RESOURCES, { minLength: RESOURCES.length }),
    fc.array(
      fc.record({
        count: mostly(1, 2),
        places: mostly(1, 2),
        buffers: fc.boolean(),
        own: fc.shuffledSubarray(RESOURCES, { minLength: 2 }),
      }),
      { minLength: 1, maxLength: 3 },
    ),
  )
  .map(([shared, shuffled, all]) =>
    all.map(({ own, ...group }, i) => ({
      ...group,
      resources: shared ? own : shuffled.filter((_, at) => at % all.length === i),
    })),
  );

function serviceIn(zone: string, instant: number): fc.Arbitrary<Service> {
  return fc.record({
    id: fc.constant('s'),
    zone: fc.constant(zone),
    hours: fc.option(hoursAround(zone, instant), { freq: 1 }),
    length: minutes(15, 20, 30, 45, 60, 90),
    step: fc.option(minutes(5, 10, 15, 30, 40, 60, 120), { freq: 2 }),
    before: minutes(0, 0, 5, 30),
    after: minutes(0, 0, 10, 45),
    notice: minutes(0, 0, 60, 720),
    horizon: rarely(fc.integer({ min: 0, max: 3 })),
    seats: fc.constantFrom(1, 1, 4),
    perDay: rarely(fc.integer({ min: 1, max: 2 })),
    perWeek: rarely(fc.integer({ min: 1, max: 3 })),
    groups,
  });
}

const allocationAround = (instant: number) =>
  fc
    .record({
      resource: fc.constantFrom(...RESOURCES),
      places: fc.constantFrom(1, 1, 2),
      core: spanAround(instant, minutes(15, 30, 60, 180)),
      before: minutes(0, 0, 15),
      after: minutes(0, 0, 15),
      service: fc.constantFrom('s', 'other'),
      unit: fc.constantFrom('u0', 'u1', 'u2', 'u3', 'u4', 'u5'),
    })
    .map(({ core, before, after, ...rest }) => ({
      ...rest,
      start: core.start - before * MIN,
      end: core.end + after * MIN,
      coreStart: core.start,
      coreEnd: core.end,
    }));

/** Few starts, so that several sessions begin together. */
const sessionsAround = (instant: number) =>
  fc
    .record({
      start: marks(instant - DAY, instant + DAY),
      all: fc.uniqueArray(
        fc.record({
          id: fc.constantFrom('x0', 'x1', 'x2', 'x3', 'x4'),
          shift: fc.constantFrom(0, 0, 30),
          long: minutes(30, 60),
          seatsTaken: fc.integer({ min: 0, max: 4 }),
          resources: mostly(RESOURCES, ['r0'], []),
        }),
        { maxLength: 5, selector: (session) => session.id },
      ),
    })
    .map(({ start, all }) =>
      all.map(({ shift, long, ...session }) => {
        const begins = start + shift * MIN;
        return { ...session, start: begins, end: begins + long * MIN };
      }),
    );

/** A question about the two days around an instant; the first of `zones` is the service's. */
export function queryAround(zones: [string, ...string[]], instant: number): fc.Arbitrary<Query> {
  const mark = Math.floor(instant / TICK) * TICK;
  return fc
    .record({
      from: marks(mark - 30 * HOUR, mark - HOUR),
      window: fc.integer({ min: 6, max: 36 }).map((hours) => hours * HOUR),
      now: fc.oneof(
        { weight: 3, arbitrary: fc.constant(mark - 2 * DAY) },
        { weight: 1, arbitrary: marks(mark - DAY, mark + 6 * HOUR) },
      ),
      service: serviceIn(zones[0], mark),
      resources: fc.tuple(...RESOURCES.map((id) => resourceIn(zones, id, mark))),
      allocations: fc.array(allocationAround(mark), { maxLength: 12 }),
      blocks: fc.array(
        fc
          .record({
            id: fc.constantFrom('b0', 'b1', 'b2', 'b3'),
            resource: fc.constantFrom(...RESOURCES),
            places: fc.constantFrom(null, 1, 2),
            span: spanAround(mark, minutes(10, 60, 600)),
          })
          .map(({ span, ...block }) => ({ ...block, ...span })),
        { maxLength: 6 },
      ),
      sessions: sessionsAround(mark),
      seats: mostly(1, 2, 3, 5),
      wish: fc.oneof(
        { weight: 12, arbitrary: fc.constant([]) },
        { weight: 6, arbitrary: fc.subarray(RESOURCES, { minLength: 1, maxLength: 2 }) },
        { weight: 1, arbitrary: fc.constant(['stranger']) },
      ),
      ignore: fc.subarray(['u0', 'u1', 'x0'], { maxLength: 1 }),
    })
    .map(({ window, service, seats, ...query }) => ({
      ...query,
      service,
      to: query.from + window,
      seats: service.seats > 1 || seats === 5 ? seats : 1,
    }));
}
