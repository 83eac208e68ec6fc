// A series split on a calendar that we may only read: its second half is known by what one reading brought, or not at all.
import { v7 as uuid } from 'uuid';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { openWorld, type World } from '../sync/world.ts';
import { monday, type Name, names, Shop } from './shop.ts';

let world: World;
let shop: Shop;
beforeAll(async () => {
  world = await openWorld();
  shop = await Shop.open(world, { readOnly: true });
});
afterAll(async () => {
  await shop.close();
  await world.close();
});
beforeEach(() => shop.clear());

const week = (n: number) => new Date(Date.parse(monday) + n * 7 * 86_400_000).toISOString().slice(0, 10);
const start = (n: number) => `${week(n)}T08:00:00.000Z`;
const weekly = { event: { recurrence: ['RRULE:FREQ=WEEKLY;COUNT=9'] } };
const rule = (from: string, to: string) => ({ ...weekly, from, to });
const typed = async (when: object = weekly, at = shop) => {
  const series = await at.type('Anna', 'Course', when);
  await at.pull();
  return series;
};
const decide = async (eventId: string, whom: Name[], more: object = { scope: 'series' }, at = shop) => {
  const shares = whom.map((name) => ({ resourceId: at.resource[name] }));
  const { status } = await at.call('POST', at.on('decisions'), { eventId, shares, ...more });
  expect(status).toBe(201);
};
interface Where {
  at?: Shop;
  person?: string;
  from?: object;
  change?: Record<string, unknown>;
}
const at = (n: number, time = '09:00') => ({
  dateTime: `${week(n)}T${time}:00+01:00`,
  timeZone: 'Europe/Oslo',
});
const split = async (event: string, n: number, { at: on = shop, ...more }: Where = {}) => {
  const { person = 'Anna', from = at(n), change = {} } = more;
  const where = { person: on.mail(person), calendar: on.googleId, event };
  return (await on.control.splitSeries({ ...where, from, change })).id as string;
};
const end = (series: string, last: number) =>
  shop.edit(series, {
    recurrence: [`RRULE:FREQ=WEEKLY;UNTIL=${week(last).replaceAll('-', '')}T220000Z`],
  });
const inForce = async (eventId: string, at = shop) =>
  (await at.decisions()).filter((one) => one.eventId === eventId && !one.endedAt);
const blocked = (weeks: number[], time?: string) =>
  Promise.all(weeks.map((n) => shop.blockedAt(time, week(n))));

describe('the second half is decided as the series was', () => {
  test('as a whole, from one on, and of single ones; silently, and until it is ended there', async () => {
    const series = await typed();
    await decide(series, ['Anna']);
    await decide(series, ['Per'], { scope: 'following', from: start(2) });
    await decide(series, ['Kari'], { scope: 'following', from: start(6) });
    await decide(series, [], { from: start(5) });
    await decide(series, [], { from: start(1) });
    const half = await split(series, 4, { change: { summary: 'Course, part two' } });
    await shop.pull();
    expect(await blocked([0, 1, 2, 3, 4, 5, 6, 7])).toEqual([
      ['Anna'],
      [],
      ['Per'],
      ['Per'],
      ['Per'],
      [],
      ['Kari'],
      ['Kari'],
    ]);
    const own = await inForce(half);
    expect(own).toHaveLength(3);
    expect([...(await shop.told('adopted')), ...(await shop.told('proposed'))]).toEqual([]);
    const whole = own.find(({ scope }) => scope === 'series');
    await shop.call('DELETE', `/decisions/${whole!.id}`);
    await shop.pullAll();
    expect(await blocked([4])).toEqual([[...names]]);
  });

  test('of days as well, and when all is read anew', async () => {
    const series = await typed({ ...weekly, allDay: true });
    await decide(series, ['Kari']);
    const half = await split(series, 3, { from: { date: week(3) } });
    await shop.pullAll();
    expect(await blocked([2, 3])).toEqual([['Kari'], ['Kari']]);
    expect(await inForce(half)).toMatchObject([{ scope: 'series', from: null, actor: 'event' }]);
  });

  test('each as its own, where two were split', async () => {
    const [early, late] = [await typed(), await typed(rule('13:00', '14:00'))];
    await decide(early, ['Anna']);
    await decide(late, ['Per']);
    await split(early, 3);
    await split(late, 3, { from: at(3, '13:00') });
    await shop.pull();
    expect(await blocked([3, 4])).toEqual([['Anna'], ['Anna']]);
    expect(await blocked([3, 4], '13:00')).toEqual([['Per'], ['Per']]);
  });
});

describe('what is not told to be a second half is undecided', () => {
  const undecided = async (half: string) => expect(await inForce(half)).toEqual([]);
  const decided = async () => {
    const series = await typed();
    await decide(series, []);
    return series;
  };

  test.each([
    ['an earlier time', { start: at(3, '08:00'), end: at(3, '09:00') }],
    ['a later time', { start: at(3, '11:00'), end: at(3, '12:00') }],
    ['another length', { end: at(3, '11:00') }],
    ['Free', { transparency: 'transparent' }],
    ['another colour', { colorId: '4' }],
  ])('one split off with %s', async (_, change) => {
    const half = await split(await decided(), 3, { change });
    await shop.pull();
    await undecided(half);
  });

  test('one split off by somebody else', async () => {
    const half = await split(await decided(), 3, { person: 'Kari' });
    await shop.pull();
    await undecided(half);
    expect(await blocked([2, 3])).toEqual([[], [...names]]);
  });

  test('of one series split twice, and of two alike split on one day, between two readings', async () => {
    const series = await decided();
    const half = await split(series, 3);
    const third = await split(half, 5);
    await shop.pull();
    for (const one of [half, third]) await undecided(one);
    const [one, other] = [await typed(rule('13:00', '14:00')), await typed(rule('13:00', '14:00'))];
    await decide(one, []);
    const from = at(3, '13:00');
    const halves = [await split(one, 3, { from }), await split(other, 3, { from })];
    await shop.pull();
    for (const one of halves) await undecided(one);
  });

  test.each([
    ['at another time', { ...rule('13:00', '14:00'), day: week(3) }],
    ['later', { ...weekly, day: week(4) }],
  ])('where a series ended, another that begins %s', async (_, when) => {
    await end(await decided(), 2);
    const other = await shop.type('Anna', 'Yoga', when);
    await shop.pull();
    await undecided(other);
  });

  test('one that bears a mark: what that says holds', async () => {
    const series = await decided();
    await decide(series, ['Anna'], { from: start(5) });
    const half = await split(series, 3);
    const kari = { resourceId: shop.resource.Kari, places: null, startShift: 0, endShift: 0, means: null };
    await shop.mark(half, { id: uuid(), scope: 'series', from: null, shares: [kari] });
    await shop.pull();
    expect(await blocked([2, 3, 5])).toEqual([[], ['Kari'], ['Kari']]);
  });

  test('one that was there before the first ended', async () => {
    const series = await decided();
    const there = await typed({ ...weekly, day: week(3) });
    await end(series, 2);
    await shop.edit(there, { summary: 'Yoga' });
    await shop.pull();
    await undecided(there);
  });

  test('a series that begins beside one that goes on', async () => {
    const series = await decided();
    await shop.edit(series, { recurrence: ['RRULE:FREQ=WEEKLY;COUNT=8'] });
    const other = await shop.type('Anna', 'Yoga', { ...weekly, day: week(3) });
    await shop.pull();
    await undecided(other);
  });

  test('one without a mark, where marks are written', async () => {
    const own = await Shop.open(world);
    const series = await typed(weekly, own);
    await decide(series, [], { scope: 'series' }, own);
    const half = await split(series, 3, { at: own });
    await own.pull();
    expect(await inForce(half, own)).toEqual([]);
    await own.close();
  });
});
