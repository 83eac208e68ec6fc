// A plain question to the slot engine, to be changed where an example is about something.

import type {
  Allocation,
  Block,
  Group,
  Hours,
  Query,
  Resource,
  Service,
} from '../../../server/availability/query.ts';
import { instantOf, localTime } from '../../../shared/time.ts';

export const OSLO = 'Europe/Oslo';

export const at = (date: string, time: string, zone = OSLO) => instantOf(zone, date, time);

/** What the clock of a zone reads at each, without the seconds. */
export const read = (slots: readonly { start: number }[], zone = OSLO) =>
  slots.map(({ start }) => localTime(zone, start).slice(0, 16).replace('T', ' '));

export const daily = (from: string, to: string): Hours => ({
  weekly: [1, 2, 3, 4, 5, 6, 7].map((day) => ({ day, from, to })),
  dates: [],
});

export const resource = (id: string, given: Partial<Resource> = {}): Resource => ({
  id,
  zone: OSLO,
  places: 1,
  opens: 'hours',
  hours: daily('09:00', '12:00'),
  openings: [],
  ...given,
});

export const group = (resources: string[], given: Partial<Group> = {}): Group => ({
  count: 1,
  places: 1,
  buffers: true,
  resources,
  ...given,
});

/** Made for another service unless told; `buffers`: minutes of its own before and after. */
export function allocation(
  id: string,
  start: number,
  given: Partial<Allocation> & { minutes?: number; buffers?: number } = {},
): Allocation {
  const { minutes = 60, buffers = 0, ...rest } = given;
  const end = start + minutes * 60_000;
  return {
    resource: id,
    start: start - buffers * 60_000,
    end: end + buffers * 60_000,
    places: 1,
    coreStart: start,
    coreEnd: end,
    service: 'other',
    unit: `unit-${id}-${start}`,
    ...rest,
  };
}

export const block = (id: string, start: number, minutes: number, places: number | null = null): Block => ({
  id: `block-${id}`,
  resource: id,
  start,
  end: start + minutes * 60_000,
  places,
});

/** An hour with r0, who is open from 9 to 12 in Oslo, on a summer Tuesday; asked a week before. */
export function query(given: Partial<Omit<Query, 'service'>> = {}, service: Partial<Service> = {}): Query {
  return {
    now: at('2027-06-01', '08:00'),
    from: at('2027-06-08', '00:00'),
    to: at('2027-06-09', '00:00'),
    resources: [resource('r0')],
    allocations: [],
    blocks: [],
    ...given,
    service: {
      id: 'service',
      zone: OSLO,
      hours: null,
      length: 60,
      step: null,
      before: 0,
      after: 0,
      notice: 0,
      horizon: null,
      seats: 1,
      perDay: null,
      perWeek: null,
      groups: [group(['r0'])],
      ...service,
    },
  };
}
