// What is offered, by example: hours and changes of the clock, what is taken, groups, seats and policy.
import { describe, expect, test } from 'vitest';
import { choose } from '../../../server/availability/choose.ts';
import { prepare, reach } from '../../../server/availability/prepare.ts';
import type { Query, Service } from '../../../server/availability/query.ts';
import { nearest, slots } from '../../../server/availability/slots.ts';
import { MINUTE } from '../../../shared/time.ts';
import { allocation, at, block, daily, group, query, read, resource } from './plain-query.ts';

const DATE = '2027-06-08';
const NINE = at(DATE, '09:00');
const ELEVEN = at(DATE, '11:00');

const times = (asked: Query, zone?: string) => read(slots(prepare(asked)), zone);
const hoursOf = (asked: Query) => times(asked).map((time) => time.slice(11));
const chosen = (asked: Query, start: number) =>
  choose(prepare(asked), start)?.resources.map((one) => one.resource);
/** The same, over the days around a change of the clock. */
const around = (
  from: string,
  to: string,
  given: Partial<Omit<Query, 'service'>>,
  service: Partial<Service> = {},
) =>
  query({ now: at('2026-01-01', '00:00'), from: at(from, '00:00'), to: at(to, '00:00'), ...given }, service);

describe('hours', () => {
  test('are cut to the length, or to the step', () => {
    expect(hoursOf(query())).toEqual(['09:00', '10:00', '11:00']);
    expect(hoursOf(query({}, { step: 45 }))).toEqual(['09:00', '09:45', '10:30']);
  });

  test('rows of a day that touch are one, and steps go on through both', () => {
    const hours = {
      weekly: [
        { day: 2, from: '10:30', to: '12:00' },
        { day: 2, from: '09:00', to: '10:30' },
      ],
      dates: [],
    };
    expect(hoursOf(query({ resources: [resource('r0', { hours })] }))).toEqual(['09:00', '10:00', '11:00']);
  });

  test('a date replaces the weekly rows that start on it, or closes it', () => {
    const open = (spans: { from: string; to: string }[]) =>
      resource('r0', { hours: { ...daily('09:00', '12:00'), dates: [{ date: DATE, spans }] } });
    expect(hoursOf(query({ resources: [open([{ from: '17:00', to: '18:00' }])] }))).toEqual(['17:00']);
    expect(hoursOf(query({ resources: [open([])] }))).toEqual([]);
  });

  test('cross midnight, also into a day that is closed', () => {
    const hours = { ...daily('22:00', '02:00'), dates: [{ date: '2027-06-09', spans: [] }] };
    const asked = query({ to: at('2027-06-10', '00:00'), resources: [resource('r0', { hours })] });
    expect(times(asked).map((time) => time.slice(8))).toEqual([
      '08 00:00',
      '08 01:00',
      '08 22:00',
      '08 23:00',
      '09 00:00',
      '09 01:00',
    ]);
  });

  test('a slot may run from one day into the next where both are open', () => {
    const asked = query({ resources: [resource('r0', { hours: null })] }, { length: 90, step: 60 });
    expect(hoursOf(asked).at(-1)).toBe('23:00');
  });

  test('of the service give the steps, and the resources only need be open', () => {
    const asked = query(
      { resources: [resource('r0', { hours: daily('09:20', '13:00') })] },
      { hours: daily('08:00', '12:00') },
    );
    expect(hoursOf(asked)).toEqual(['10:00', '11:00']);
  });

  test('without hours of the service each lead resource has steps of its own', () => {
    const late = resource('r1', { hours: daily('09:30', '11:30') });
    const asked = query({ resources: [resource('r0'), late] }, { groups: [group(['r0', 'r1'])] });
    expect(hoursOf(asked)).toEqual(['09:00', '09:30', '10:00', '10:30', '11:00']);
    expect(chosen(asked, at(DATE, '09:30'))).toEqual(['r1']);
  });

  test('are read on the clock of each resource', () => {
    const asked = query({ resources: [resource('r0', { zone: 'America/New_York' })] });
    expect(hoursOf(asked)).toEqual(['15:00', '16:00', '17:00']);
  });

  test('closed by default: only what is opened, counted from its start', () => {
    const openings = [{ start: NINE + 10 * MINUTE, end: ELEVEN + 10 * MINUTE }];
    expect(hoursOf(query({ resources: [resource('r0', { opens: 'openings', openings })] }))).toEqual([
      '09:10',
      '10:10',
    ]);
    expect(hoursOf(query({ resources: [resource('r0', { opens: 'openings' })] }))).toEqual([]);
  });

  test('an opening adds to hours', () => {
    const openings = [{ start: at(DATE, '12:00'), end: at(DATE, '13:30') }];
    expect(hoursOf(query({ resources: [resource('r0', { openings })] }))).toEqual([
      '09:00',
      '10:00',
      '11:00',
      '12:00',
    ]);
  });
});

describe('changes of the clock', () => {
  test('a start in a gap does not exist, and the steps go on by the clock', () => {
    const asked = around('2027-03-28', '2027-03-29', {
      resources: [resource('r0', { hours: daily('01:00', '05:00') })],
    });
    expect(times(asked).map((time) => time.slice(11))).toEqual(['01:00', '03:00', '04:00']);
  });

  test('opening in a gap is at the change', () => {
    const asked = around(
      '2027-03-28',
      '2027-03-29',
      { resources: [resource('r0', { hours: daily('02:30', '04:00') })] },
      { length: 30 },
    );
    expect(times(asked).map((time) => time.slice(11))).toEqual(['03:00', '03:30']);
  });

  test('an overlap is offered once, and what is open in it lasts longer', () => {
    const resources = [resource('r0', { hours: daily('01:00', '04:00') })];
    const starts = slots(prepare(around('2027-10-31', '2027-11-01', { resources })));
    expect(starts.map(({ start }) => new Date(start).toISOString().slice(11, 16))).toEqual([
      '23:00',
      '00:00',
      '02:00',
    ]);
    const long = slots(prepare(around('2027-10-31', '2027-11-01', { resources }, { length: 240 })));
    expect(read(long)).toEqual(['2027-10-31 01:00']);
  });

  test('half an hour on Lord Howe', () => {
    const zone = 'Australia/Lord_Howe';
    const resources = [resource('r0', { zone, hours: daily('01:00', '04:00') })];
    const asked = (date: string, next: string) =>
      query(
        {
          now: at('2026-01-01', '00:00'),
          from: at(date, '00:00', zone),
          to: at(next, '00:00', zone),
          resources,
        },
        { length: 30 },
      );
    expect(times(asked('2027-10-03', '2027-10-04'), zone).map((time) => time.slice(11))).toEqual([
      '01:00',
      '01:30',
      '02:30',
      '03:00',
      '03:30',
    ]);
    expect(times(asked('2027-04-04', '2027-04-05'), zone).map((time) => time.slice(11))).toEqual([
      '01:00',
      '01:30',
      '02:00',
      '02:30',
      '03:00',
      '03:30',
    ]);
  });

  test('nothing on a day that a zone left out', () => {
    const zone = 'Pacific/Apia';
    const asked = query({
      now: at('2011-01-01', '00:00'),
      from: at('2011-12-29', '00:00', zone),
      to: at('2012-01-01', '00:00', zone),
      resources: [resource('r0', { zone, hours: daily('09:00', '10:00') })],
    });
    expect(times(asked, zone)).toEqual(['2011-12-29 09:00', '2011-12-31 09:00']);
  });
});

describe('what is taken', () => {
  test('allocations and blocks take their time and no more', () => {
    expect(hoursOf(query({ allocations: [allocation('r0', NINE + 60 * MINUTE)] }))).toEqual([
      '09:00',
      '11:00',
    ]);
    expect(hoursOf(query({ blocks: [block('r0', NINE + 1, 60)] }))).toEqual(['11:00']);
  });

  test('buffers of neighbours add up and may lie outside hours', () => {
    const asked = (minutes: number) =>
      query(
        { allocations: [allocation('r0', ELEVEN + minutes * MINUTE, { buffers: 10 })] },
        { before: 15, after: 15 },
      );
    expect(hoursOf(asked(24))).toEqual(['09:00']);
    expect(hoursOf(asked(25))).toEqual(['09:00', '10:00']);
    expect(hoursOf(query({}, { before: 120, after: 120 }))).toEqual(['09:00', '10:00', '11:00']);
  });

  test('a group without buffers has none', () => {
    const service = { before: 30, groups: [group(['r0'], { buffers: false })] };
    expect(hoursOf(query({ blocks: [block('r0', NINE - 30 * MINUTE, 30)] }, service))).toEqual([
      '09:00',
      '10:00',
      '11:00',
    ]);
  });

  test('places are counted at every moment', () => {
    const resources = [resource('r0', { places: 3 })];
    const one = (minutes: number) => allocation('r0', NINE + minutes * MINUTE, { minutes: 30 });
    // Never more than one at a time, though two lie in the hour.
    const allocations = [one(0), one(30)];
    const two = { groups: [group(['r0'], { places: 2 })] };
    expect(hoursOf(query({ resources, allocations }, two))).toEqual(['09:00', '10:00', '11:00']);
    expect(hoursOf(query({ resources, allocations: [...allocations, one(29)] }, two))).toEqual([
      '10:00',
      '11:00',
    ]);
    expect(hoursOf(query({ resources, blocks: [block('r0', NINE, 60, 2)] }, two))).toEqual([
      '10:00',
      '11:00',
    ]);
    expect(hoursOf(query({ resources, blocks: [block('r0', NINE, 60)] }))).toEqual(['10:00', '11:00']);
    expect(hoursOf(query({ resources }, { groups: [group(['r0'], { places: 4 })] }))).toEqual([]);
  });

  test('a rescheduled booking does not stand in its own way', () => {
    const allocations = [allocation('r0', NINE, { unit: 'mine' })];
    expect(hoursOf(query({ allocations, ignore: ['mine'] }, { step: 15 }))[1]).toBe('09:15');
  });
});

describe('groups', () => {
  const resources = ['anna', 'bo', 'room', 'car'].map((id) => resource(id));
  const taken = (id: string, start = NINE) => allocation(id, start);

  test('a person and a room and a car', () => {
    const groups = [group(['anna', 'bo']), group(['room']), group(['car'])];
    const asked = (...allocations: Query['allocations']) => query({ resources, allocations }, { groups });
    expect(chosen(asked(taken('anna')), NINE)).toEqual(['bo', 'room', 'car']);
    expect(hoursOf(asked(taken('car', ELEVEN)))).toEqual(['09:00', '10:00']);
  });

  test('several of one group', () => {
    const groups = [group(['anna', 'bo', 'room'], { count: 2 })];
    expect(chosen(query({ resources, allocations: [taken('bo')] }, { groups }), NINE)).toEqual([
      'anna',
      'room',
    ]);
    expect(hoursOf(query({ resources, allocations: [taken('bo'), taken('room')] }, { groups }))[0]).toBe(
      '10:00',
    );
  });

  test('groups that share resources are matched, not picked greedily', () => {
    const groups = [group(['anna', 'bo']), group(['anna'])];
    const asked = (allocations: Query['allocations']) => query({ resources, allocations }, { groups });
    expect(chosen(asked([]), NINE)).toEqual(['bo', 'anna']);
    expect(hoursOf(asked([taken('bo', ELEVEN)]))).toEqual(['09:00', '10:00']);
  });

  test('the least loaded that day, then that week, then the first', () => {
    const groups = [group(['anna', 'bo', 'car'])];
    const asked = (allocations: Query['allocations']) => query({ resources, allocations }, { groups });
    const sunday = at('2027-06-13', '09:00');
    expect(chosen(asked([]), NINE)).toEqual(['anna']);
    expect(chosen(asked([taken('anna', sunday)]), NINE)).toEqual(['bo']);
    expect(chosen(asked([taken('anna', at('2027-06-14', '09:00'))]), NINE)).toEqual(['anna']);
    const tired = allocation('bo', sunday, { minutes: 300 });
    expect(chosen(asked([taken('anna', ELEVEN), taken('car', ELEVEN), tired]), NINE)).toEqual(['bo']);
  });

  test('who is wished for must be among them', () => {
    const groups = [group(['anna', 'bo', 'car'], { count: 2 })];
    const asked = (wish: string[], allocations: Query['allocations'] = []) =>
      query({ resources, wish, allocations }, { groups });
    expect(chosen(asked(['car']), NINE)).toEqual(['anna', 'car']);
    expect(hoursOf(asked(['car'], [taken('car')]))).toEqual(['10:00', '11:00']);
    expect(hoursOf(asked(['anna', 'bo', 'car']))).toEqual([]);
    expect(hoursOf(asked(['room']))).toEqual([]);
  });
});

describe('policy', () => {
  test('notice and what is past', () => {
    expect(hoursOf(query({ now: NINE }))).toEqual(['09:00', '10:00', '11:00']);
    expect(hoursOf(query({ now: NINE + 1 }))).toEqual(['10:00', '11:00']);
    expect(hoursOf(query({ now: NINE }, { notice: 120 }))).toEqual(['11:00']);
  });

  test('the horizon ends with a date in the zone of the service', () => {
    // There the next date begins at noon in Oslo.
    const service = { horizon: 6, zone: 'Pacific/Kiritimati' };
    expect(hoursOf(query({ now: at('2027-06-01', '11:59') }, service))).toEqual([]);
    expect(hoursOf(query({ now: at('2027-06-01', '12:00') }, service))).toEqual(['09:00', '10:00', '11:00']);
  });

  test('limits per day and week count starts of this service, each booking once', () => {
    const mine = (date: string, unit: string) =>
      allocation('r0', at(date, '08:00'), { minutes: 10, service: 'service', unit });
    const asked = (service: Partial<Service>, ...allocations: Query['allocations']) =>
      hoursOf(query({ allocations }, service));
    expect(asked({ perDay: 1 }, mine(DATE, 'a'))).toEqual([]);
    expect(asked({ perDay: 2 }, mine(DATE, 'a'), mine(DATE, 'a'))).toHaveLength(3);
    expect(asked({ perDay: 1 }, mine('2027-06-07', 'a'))).toHaveLength(3);
    expect(asked({ perWeek: 1 }, mine('2027-06-13', 'a'))).toEqual([]);
    expect(asked({ perWeek: 1 }, mine('2027-06-14', 'a'))).toHaveLength(3);
    expect(asked({ perDay: 1 }, { ...mine(DATE, 'a'), service: 'other' })).toHaveLength(3);
  });

  test('only starts in the window are answered', () => {
    expect(hoursOf(query({ from: NINE + 1, to: ELEVEN }))).toEqual(['10:00']);
    expect(hoursOf(query({ from: ELEVEN, to: NINE }))).toEqual([]);
  });

  test('what makes no slot at all is refused', () => {
    expect(() => prepare(query({}, { length: 0 }))).toThrow(RangeError);
    expect(() => prepare(query({}, { step: 0 }))).toThrow(RangeError);
    expect(() => prepare(query({ resources: [] }))).toThrow(/lacks resource r0/);
  });
});

describe('seats', () => {
  const session = (id: string, start: number, seatsTaken: number) => ({
    id,
    start,
    end: start + 60 * MINUTE,
    seatsTaken,
    resources: ['r0'],
  });
  const asked = (given: Partial<Omit<Query, 'service'>>) =>
    query(
      {
        allocations: (given.sessions ?? []).map(({ id, start }) => allocation('r0', start, { unit: id })),
        ...given,
      },
      { seats: 5 },
    );
  const left = (given: Partial<Omit<Query, 'service'>>) =>
    slots(prepare(asked(given))).map((slot) => slot.seatsLeft);

  test('of a session that is there, or of one that could be', () => {
    expect(left({ sessions: [session('x', NINE, 3)] })).toEqual([2, 5, 5]);
    expect(left({ sessions: [session('x', NINE, 3)], seats: 3 })).toEqual([5, 5]);
    expect(left({ seats: 6 })).toEqual([]);
  });

  test('a session off the steps is offered too', () => {
    const sessions = [session('x', NINE + 20 * MINUTE, 1)];
    expect(hoursOf(asked({ sessions }))).toEqual(['09:20', '11:00']);
  });

  test('the fullest session that has room is joined', () => {
    const sessions = [session('a', NINE, 1), session('b', NINE, 3), session('c', NINE, 5)];
    expect(choose(prepare(asked({ sessions })), NINE)).toMatchObject({ session: 'b', resources: [] });
    expect(choose(prepare(asked({ sessions, seats: 3 })), NINE)).toMatchObject({ session: 'a' });
    expect(left({ sessions })[0]).toBe(4);
  });

  test('a new one begins where none is left', () => {
    expect(choose(prepare(asked({})), NINE)).toMatchObject({
      session: null,
      resources: [{ resource: 'r0', group: 0, places: 1 }],
    });
  });
});

test('the nearest first, the earlier of two as near', () => {
  const prepared = prepare(query({ allocations: [allocation('r0', NINE + 60 * MINUTE)] }));
  expect(read(nearest(prepared, NINE + 60 * MINUTE, 3))).toEqual(['2027-06-08 09:00', '2027-06-08 11:00']);
  expect(read(nearest(prepare(query()), ELEVEN, 2))).toEqual(['2027-06-08 11:00', '2027-06-08 10:00']);
});

test('what a query must know about', () => {
  const asked = query({}, { before: 15, after: 30 });
  expect(reach(asked, 'slots')).toEqual({ start: asked.from - 15 * MINUTE, end: asked.to + 90 * MINUTE });
  expect(reach(asked, 'choice').start).toBeLessThanOrEqual(at('2027-06-07', '00:00'));
  expect(reach(query({}, { perDay: 1 }), 'slots')).toEqual(reach(query(), 'choice'));
});
