// Why a start is offered or not, by example, and what staff may override.
import { describe, expect, test } from 'vitest';
import { choose } from '../../../server/availability/choose.ts';
import { explain } from '../../../server/availability/explain.ts';
import { prepare } from '../../../server/availability/prepare.ts';
import type { Query } from '../../../server/availability/query.ts';
import { MINUTE } from '../../../shared/time.ts';
import { allocation, at, block, daily, group, query, resource } from './plain-query.ts';

const DATE = '2027-06-08';
const NINE = at(DATE, '09:00');
const TEN = at(DATE, '10:00');

const why = (asked: Query, start: number) => explain(prepare(asked), start);
const codes = (asked: Query, start: number) => why(asked, start).reasons.map((reason) => reason.code);
const against = { resource: 'r0', group: 0 };

test('nothing speaks against a start that is offered', () => {
  const found = why(query(), NINE);
  expect(found).toEqual({
    start: NINE,
    offered: true,
    choice: { start: NINE, end: TEN, session: null, resources: [{ ...against, places: 1 }], overrides: [] },
    override: null,
    reasons: [],
  });
});

test('names also what is against those passed over', () => {
  const asked = query(
    { resources: [resource('r0'), resource('r1')], blocks: [block('r0', NINE, 60)] },
    { groups: [group(['r0', 'r1'])] },
  );
  const found = why(asked, NINE);
  expect(found.choice?.resources).toEqual([{ resource: 'r1', group: 0, places: 1 }]);
  expect(found.reasons).toMatchObject([{ code: 'block', block: 'block-r0', resource: 'r0' }]);
});

describe('reasons', () => {
  test('of time', () => {
    expect(codes(query({ now: NINE + 1 }, { notice: 10 }), NINE)).toEqual(['past']);
    expect(why(query({ now: NINE - 1 }, { notice: 10 }), NINE).reasons).toEqual([
      { code: 'notice', earliest: NINE - 1 + 10 * MINUTE, overridable: true },
    ]);
    expect(why(query({}, { horizon: 3 }), NINE).reasons).toEqual([
      { code: 'horizon', until: at('2027-06-05', '00:00'), overridable: true },
    ]);
  });

  test('of hours and steps', () => {
    const none = { code: 'no_match', group: 0, free: 0, needed: 1, overridable: true };
    expect(why(query(), at(DATE, '12:00')).reasons).toEqual([
      none,
      { code: 'resource_closed', ...against, overridable: true },
    ]);
    // Open, but not for an hour; and no step.
    expect(codes(query(), at(DATE, '11:30'))).toEqual(['no_match', 'off_grid', 'resource_closed']);
    expect(codes(query({}, { hours: daily('10:00', '11:00') }), NINE)).toEqual(['service_closed']);
    expect(codes(query({}, { hours: daily('08:30', '11:00') }), NINE)).toEqual(['off_grid']);
    expect(codes(query({ resources: [resource('r0', { opens: 'openings' })] }), NINE)).toEqual([
      'no_match',
      'never_opened',
    ]);
  });

  test('the second of two instants with one reading is repeated', () => {
    const asked = query({
      now: at('2027-10-01', '00:00'),
      resources: [resource('r0', { hours: daily('01:00', '06:00') })],
    });
    const first = at('2027-10-31', '02:00');
    expect(codes(asked, first)).toEqual([]);
    expect(codes(asked, first + 60 * MINUTE)).toEqual(['no_match', 'repeated']);
    expect(codes(asked, first + 30 * MINUTE)).toEqual(['no_match', 'off_grid']);
  });

  test('taken is about time itself, buffer about what lies around it', () => {
    const of = (start: number, buffers: number, before = 0) =>
      why(
        query({ allocations: [allocation('r0', start, { minutes: 30, buffers, unit: 'u' })] }, { before }),
        TEN,
      ).reasons[1];
    expect(of(TEN - 1, 0)).toMatchObject({ code: 'taken', unit: 'u', overridable: false, ...against });
    const early = TEN - 40 * MINUTE;
    expect(of(early, 15)).toMatchObject({ code: 'buffer', whose: 'neighbour', overridable: false });
    expect(of(early, 0, 15)).toMatchObject({ code: 'buffer', whose: 'wanted' });
    expect(of(early, 8, 8)).toMatchObject({ code: 'buffer', whose: 'both' });
    expect(of(early, 5, 5)).toBeUndefined();
  });

  test('a block in the buffers says so', () => {
    const found = why(query({ blocks: [block('r0', NINE - 30 * MINUTE, 30)] }, { before: 10 }), NINE);
    expect(found.reasons[1]).toEqual({
      code: 'block',
      block: 'block-r0',
      span: { start: NINE - 30 * MINUTE, end: NINE },
      inBuffer: true,
      ...against,
      overridable: true,
    });
  });

  test('places: a block may be overridden where the allocations leave room', () => {
    const resources = [resource('r0', { places: 3 })];
    const allocations = [allocation('r0', NINE)];
    const found = why(query({ resources, allocations, blocks: [block('r0', NINE, 60, 2)] }), NINE);
    expect(found.reasons.slice(1)).toMatchObject([
      { code: 'places', free: 0, needed: 1, overridable: true },
      { code: 'block', overridable: true },
    ]);
    expect(found.override?.overrides.map((reason) => reason.code)).toEqual(['places', 'block']);
    const full = why(query({ resources, allocations: [{ ...allocation('r0', NINE), places: 3 }] }), NINE);
    expect(full.reasons.slice(1)).toMatchObject([
      { code: 'places', free: 0, overridable: false },
      { code: 'taken', overridable: false },
    ]);
    expect(full.override).toBeNull();
  });

  test('limits', () => {
    const allocations = [allocation('r0', at(DATE, '07:00'), { service: 'service' })];
    expect(why(query({ allocations }, { perDay: 1, perWeek: 1 }), NINE).reasons.slice(1)).toEqual([
      { code: 'limit_day', count: 1, limit: 1, ...against, overridable: true },
      { code: 'limit_week', count: 1, limit: 1, ...against, overridable: true },
    ]);
  });

  test('groups that cannot be filled together, and strangers', () => {
    const resources = [resource('r0'), resource('r1')];
    const shared = query({ resources }, { groups: [group(['r0']), group(['r0'])] });
    expect(why(shared, NINE).reasons).toEqual([
      { code: 'no_match', group: null, free: 1, needed: 2, overridable: false },
    ]);
    expect(why(query({ resources, wish: ['r1'] }), NINE).reasons).toEqual([
      { code: 'not_in_service', resource: 'r1', overridable: false },
    ]);
    const many = query({ resources, wish: ['r0', 'r1'] }, { groups: [group(['r0', 'r1'])] });
    expect(why(many, NINE).reasons).toMatchObject([{ code: 'no_match', group: null }]);
  });

  test('seats', () => {
    const sessions = [{ id: 'x', start: NINE, end: TEN, seatsTaken: 4, resources: ['r0'] }];
    const asked = query(
      { sessions, seats: 2, allocations: [allocation('r0', NINE, { unit: 'x' })] },
      { seats: 5 },
    );
    expect(why(asked, NINE).reasons).toMatchObject([
      { code: 'seats', session: 'x', left: 1, wanted: 2, overridable: false },
      { code: 'no_match' },
      { code: 'taken', unit: 'x' },
    ]);
    expect(why({ ...asked, seats: 6, sessions: [], allocations: [] }, NINE).reasons).toMatchObject([
      { code: 'seats', left: 5 },
    ]);
  });
});

describe('staff', () => {
  const staff = (asked: Query, start: number) => choose(prepare(asked), start, { override: true });

  test('override hours, notice, steps and blocks, and are told so', () => {
    const early = at(DATE, '08:10');
    const asked = query({ now: early - 1, blocks: [block('r0', early, 60)] }, { notice: 60 });
    expect(choose(prepare(asked), early)).toBeNull();
    expect(staff(asked, early)?.overrides.map((reason) => reason.code)).toEqual([
      'notice',
      'resource_closed',
      'block',
    ]);
  });

  test('never another allocation or its buffers', () => {
    expect(staff(query({ allocations: [allocation('r0', NINE)] }), NINE)).toBeNull();
    expect(staff(query({ allocations: [allocation('r0', TEN, { buffers: 5 })] }), NINE)).toBeNull();
  });

  test('get those first against whom nothing is overridden', () => {
    const resources = [resource('r0'), resource('r1')];
    const groups = [group(['r0', 'r1'])];
    const busy = allocation('r1', TEN, { minutes: 120 });
    const asked = query({ resources, allocations: [busy], blocks: [block('r0', NINE, 60)] }, { groups });
    expect(staff(asked, NINE)).toMatchObject({ resources: [{ resource: 'r1' }], overrides: [] });
  });

  test('may join a session in spite of notice', () => {
    const sessions = [{ id: 'x', start: NINE, end: TEN, seatsTaken: 1, resources: ['r0'] }];
    const asked = query({ now: NINE - 1, sessions }, { seats: 5, notice: 60 });
    expect(staff(asked, NINE)).toMatchObject({ session: 'x', overrides: [{ code: 'notice' }] });
  });
});
