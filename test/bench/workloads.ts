// Six fixed inputs for the slot engine, with the answer each must give and what other engines took for them.

import type { Query } from '../../server/availability/query.ts';
import { DAY, HOUR, MINUTE } from '../../shared/time.ts';

/** As a system would receive it: instants as ISO strings, opening hours with Sunday as day 0. */
export type Workload = {
  name: string;
  description: string;
  from: string;
  to: string;
  now: string;
  durationMin: number;
  stepMin: number;
  combine: 'any' | 'all';
  resources: {
    id: string;
    tz: string;
    weekly: { day: number; start: string; end: string }[];
    busy: [string, string][];
  }[];
};

/** `mark`: the first 16 hex digits of the SHA-256 of the sorted starts in ms, joined by commas. */
export type Expected = { slots: number; mark: string; calcom: number; plain: number };

/** What each must yield; medians in µs of Cal.com's own code and of a plain numeric engine, on 2 cores, Node 20. */
export const EXPECTED: Record<string, Expected> = {
  S1: { slots: 491, mark: '65725e8b659963e2', calcom: 18_400, plain: 127 },
  S2: { slots: 2880, mark: 'ae75b993dc52fbe8', calcom: 29_100, plain: 28.5 },
  S3: { slots: 10, mark: '46d76c11833c8942', calcom: 1_424, plain: 13.7 },
  S4: { slots: 2179, mark: 'a691bf628f512c24', calcom: 681_800, plain: 6_243 },
  S5: { slots: 466, mark: 'ae9240371c956d44', calcom: 68_100, plain: 466 },
  S6: { slots: 8136, mark: '73517a5ded52a232', calcom: 599_300, plain: 2_493 },
};

const ZONES = [
  'Europe/Berlin',
  'America/New_York',
  'Asia/Kolkata',
  'Australia/Sydney',
  'America/Los_Angeles',
  'UTC',
  'Asia/Tokyo',
  'Europe/London',
  'America/Sao_Paulo',
  'Pacific/Auckland',
];
const WORKDAYS = [1, 2, 3, 4, 5];
const EVERY_DAY = [0, 1, 2, 3, 4, 5, 6];
// The window holds the changes of New York (14 March) and Europe (28 March).
const MARCH = '2027-03-01T00:00:00.000Z';

/** The same to the byte at every call. */
export function workloads(): Workload[] {
  return [
    workload({ name: 'S1', description: 'one resource, 30 days, 15 min, 200 busy' }, { seed: 1, busy: 200 }),
    workload(
      { name: 'S2', description: '30 days round the clock, empty', durationMin: 15 },
      { seed: 2, zones: ['UTC'], hours: ['00:00', '24:00'], weekdays: EVERY_DAY, busy: 0 },
    ),
    workload(
      { name: 'S3', description: 'one day, 20 busy', from: '2027-03-03T00:00:00.000Z' },
      { seed: 3, days: 1, busy: 20 },
    ),
    workload(
      { name: 'S4', description: '50 resources x 200 busy, 10 zones, any' },
      { seed: 4, resources: 50, zones: ZONES, busy: 200 },
    ),
    workload(
      { name: 'S5', description: '5 resources, all free', combine: 'all' },
      {
        seed: 5,
        resources: 5,
        zones: ['Europe/Berlin', 'Europe/London', 'UTC'],
        hours: ['08:00', '18:00'],
        busy: 50,
      },
    ),
    workload(
      { name: 'S6', description: 'a year, 5,000 busy' },
      {
        seed: 6,
        days: 365,
        zones: ['America/New_York'],
        hours: ['08:00', '20:00'],
        weekdays: EVERY_DAY,
        busy: 5000,
      },
    ),
  ];
}

type Shape = {
  seed: number;
  days?: number;
  resources?: number;
  zones?: string[];
  hours?: [string, string];
  weekdays?: number[];
  busy: number;
};

function workload(about: Partial<Workload> & { name: string; description: string }, shape: Shape): Workload {
  const { seed, days = 30, resources = 1, zones = ['Europe/Berlin'], weekdays = WORKDAYS, busy } = shape;
  const [start, end] = shape.hours ?? ['09:00', '17:00'];
  const from = about.from ?? MARCH;
  const random = generator(seed);
  return {
    from,
    to: new Date(Date.parse(from) + days * DAY).toISOString(),
    now: '2027-01-01T00:00:00.000Z',
    durationMin: 30,
    stepMin: 15,
    combine: 'any',
    resources: Array.from({ length: resources }, (_, i) => ({
      id: `r${i}`,
      tz: zones[i % zones.length] ?? 'UTC',
      weekly: weekdays.map((day) => ({ day, start, end })),
      busy: Array.from({ length: busy }, () => busyTime(random, Date.parse(from), days)),
    })),
    ...about,
  };
}

/** On 5-minute marks, 15 to 90 minutes; unsorted, they may overlap. */
function busyTime(random: () => number, from: number, days: number): [string, string] {
  const start = from + Math.floor(random() * days * (DAY / HOUR) * 12) * 5 * MINUTE;
  const end = start + (3 + Math.floor(random() * 16)) * 5 * MINUTE;
  return [new Date(start).toISOString(), new Date(end).toISOString()];
}

/** Mulberry32: numbers in [0, 1), the same for a seed at every run. */
function generator(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** The workload as a question to our engine, its strings parsed. */
export function toQuery(workload: Workload): Query {
  const { resources, combine } = workload;
  return {
    now: Date.parse(workload.now),
    from: Date.parse(workload.from),
    // The workload wants the whole slot in its window, the engine looks at the start.
    to: Date.parse(workload.to) - workload.durationMin * MINUTE + 1,
    service: {
      id: workload.name,
      zone: 'UTC',
      hours: null,
      length: workload.durationMin,
      step: workload.stepMin,
      before: 0,
      after: 0,
      notice: 0,
      horizon: null,
      seats: 1,
      perDay: null,
      perWeek: null,
      groups: [
        {
          count: combine === 'all' ? resources.length : 1,
          places: 1,
          buffers: true,
          resources: resources.map(({ id }) => id),
        },
      ],
    },
    resources: resources.map(({ id, tz, weekly }) => ({
      id,
      zone: tz,
      places: 1,
      opens: 'hours',
      hours: {
        weekly: weekly.map(({ day, start, end }) => ({ day: day || 7, from: start, to: end })),
        dates: [],
      },
      openings: [],
    })),
    allocations: [],
    blocks: resources.flatMap(({ id, busy }) =>
      busy.map(([start, end]) => ({
        id: start,
        resource: id,
        start: Date.parse(start),
        end: Date.parse(end),
        places: null,
      })),
    ),
  };
}
