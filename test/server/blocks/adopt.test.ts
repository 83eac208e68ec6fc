// Decisions found in events: taken over, asked about, brought along by a split or a copy, and never against our own word.
import { v7 as uuid } from 'uuid';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Decision } from '../../../shared/decide.ts';
import { openWorld, type World } from '../sync/world.ts';
import { monday, type Name, names, Shop } from './shop.ts';

let world: World;
let shop: Shop;
beforeAll(async () => {
  world = await openWorld();
  shop = await Shop.open(world);
});
afterAll(async () => {
  await shop.close();
  await world.close();
});
beforeEach(() => shop.clear());

const share = (resourceId: string) => ({
  resourceId,
  places: null,
  startShift: 0,
  endShift: 0,
  means: null,
});
const said = (whom: Name[], more: Partial<Decision> = {}): Decision => ({
  id: uuid(),
  scope: 'event',
  from: null,
  shares: whom.map((name) => share(shop.resource[name])),
  ...more,
});
const decide = async (eventId: string, whom: Name[], more: object = {}) => {
  const shares = whom.map((name) => ({ resourceId: shop.resource[name] }));
  const { body } = await shop.call<{ decision: Decision }>('POST', shop.on('decisions'), {
    eventId,
    shares,
    ...more,
  });
  // As the worker that writes what is owed would leave it.
  await shop.written();
  return body.decision;
};
const inForce = async () =>
  (await shop.decisions())
    .filter(({ endedAt, proposed }) => !endedAt && !proposed)
    .map(({ eventId, scope, from, actor }) => ({ eventId, scope, from, actor }));

const week = (n: number) => new Date(Date.parse(monday) + n * 7 * 86_400_000).toISOString().slice(0, 10);
const start = (n: number) => `${week(n)}T08:00:00.000Z`;
const weekly = { event: { recurrence: ['RRULE:FREQ=WEEKLY;COUNT=9'] } };

describe('one that our tables do not know', () => {
  test('counts, as made by somebody who may write to the calendar, and staff are told once', async () => {
    const event = await shop.type('Anna', 'Dentist');
    const decision = said(['Kari']);
    await shop.mark(event, decision);
    await shop.pullAll();
    expect(await shop.blockedAt()).toEqual(['Kari']);
    expect(await shop.decisions()).toMatchObject([
      { id: decision.id, eventId: event, scope: 'event', from: null, actor: 'event', proposed: false },
    ]);
    expect(await shop.told('adopted')).toHaveLength(1);
    await shop.pullAll();
    expect(await shop.told('adopted')).toHaveLength(1);
    const day = `events?from=${monday}T00:00:00Z&to=${week(1)}T00:00:00Z`;
    expect((await shop.call('GET', shop.on(day))).body).toMatchObject({
      items: [{ why: { words: expect.stringContaining('Somebody with the right to change the calendar') } }],
    });
  });

  test('counts only for those linked here, and not at all if none of them is', async () => {
    const [some, none] = [await shop.type('Anna', 'One'), await shop.type('Anna', 'Two', { day: week(1) })];
    const stranger = share(uuid());
    await shop.mark(some, { ...said(['Kari']), shares: [stranger, share(shop.resource.Kari)] });
    await shop.mark(none, { ...said([]), shares: [stranger] });
    await shop.pullAll();
    expect(await shop.blockedAt()).toEqual(['Kari']);
    expect(await shop.blockedAt('09:00', week(1))).toEqual([...names]);
  });

  test('of a series, of one occurrence, and of those from one on', async () => {
    const series = await shop.type('Anna', 'Course', weekly);
    const id = (n: number) => `${series}_${week(n).replaceAll('-', '')}T080000Z`;
    await shop.mark(series, said(['Anna'], { scope: 'series' }));
    await shop.mark(id(2), said([], { from: start(2) }));
    await shop.mark(id(4), said(['Per'], { scope: 'following', from: start(4) }));
    await shop.pullAll();
    expect((await inForce()).map(({ scope, from }) => [scope, from]).sort()).toEqual([
      ['event', start(2)],
      ['following', start(4)],
      ['series', null],
    ]);
    const blocked = await Promise.all([0, 2, 3, 4, 5].map((n) => shop.blockedAt('09:00', week(n))));
    expect(blocked).toEqual([['Anna'], [], ['Anna'], ['Per'], ['Per']]);
  });

  test('what its series bears shows in an occurrence too, and is taken over once', async () => {
    const series = await shop.type('Anna', 'Course', weekly);
    await shop.mark(series, said(['Anna'], { scope: 'series' }));
    await shop.edit(`${series}_${week(1).replaceAll('-', '')}T080000Z`, { summary: 'Course, with guests' });
    await shop.pullAll();
    expect(await inForce()).toEqual([{ eventId: series, scope: 'series', from: null, actor: 'event' }]);
    expect(await shop.told('adopted')).toHaveLength(1);
  });
});

describe('where the calendar asks first', () => {
  interface Listed {
    items: { id: string; proposed: boolean }[];
  }
  const propose = async () => {
    await shop.set({ adopt: 'ask' });
    const event = await shop.type('Anna', 'Dentist');
    const decision = said(['Kari']);
    await shop.mark(event, decision);
    await shop.pullAll();
    return { event, decision };
  };

  test('it counts for nothing until somebody accepts it', async () => {
    const { event, decision } = await propose();
    expect(await shop.blockedAt()).toEqual([...names]);
    expect(await shop.told('proposed')).toMatchObject([{ details: { decisionId: decision.id } }]);
    const { body } = await shop.call<Listed>('GET', shop.on('decisions?ended=false'));
    expect(body.items).toMatchObject([{ id: decision.id, proposed: true }]);
    expect(await shop.call('POST', `/decisions/${decision.id}/accept`)).toMatchObject({
      status: 200,
      body: { decision: { eventId: event, actor: expect.stringMatching(/^key:/), proposed: false } },
    });
    expect(await shop.blockedAt()).toEqual(['Kari']);
    // The proposal still stands in Google until the accepted one is written.
    await shop.pullAll();
    expect(await shop.blockedAt()).toEqual(['Kari']);
  });

  test('turned down, it is not proposed again', async () => {
    const { decision } = await propose();
    expect(await shop.call('DELETE', `/decisions/${decision.id}`)).toMatchObject({ status: 200 });
    await shop.pullAll();
    expect(await inForce()).toEqual([]);
    expect((await shop.decisions()).filter(({ endedAt }) => !endedAt)).toEqual([]);
    expect(await shop.told('proposed')).toHaveLength(1);
  });
});

describe('against what was said here', () => {
  test('a mark of ours that is still to be written wins; else the one in the event', async () => {
    const event = await shop.type('Anna', 'Dentist');
    await shop.pull();
    const shares = [{ resourceId: shop.resource.Per }];
    await shop.call('POST', shop.on('decisions'), { eventId: event, shares });
    await shop.mark(event, said(['Kari']));
    await shop.pullAll();
    expect(await shop.blockedAt()).toEqual(['Per']);
    await shop.written();
    await shop.pullAll();
    expect(await shop.blockedAt()).toEqual(['Kari']);
    expect((await shop.decisions())[0]).toMatchObject({ endedBy: 'event' });
  });

  test('one that was ended here is not taken over again, though it still stands there', async () => {
    const event = await shop.type('Anna', 'Dentist');
    const decision = said(['Kari']);
    await shop.mark(event, decision);
    await shop.pullAll();
    await shop.call('DELETE', `/decisions/${decision.id}`);
    await shop.pullAll();
    expect(await shop.blockedAt()).toEqual([...names]);
  });
});

describe('known of another event', () => {
  test('a series that was split keeps what holds from there, silently, and until it is ended there', async () => {
    const series = await shop.type('Anna', 'Course', weekly);
    await shop.pull();
    const parent = await decide(series, ['Anna'], { scope: 'series' });
    await decide(series, ['Per'], { scope: 'following', from: start(2) });
    await decide(series, ['Kari'], { scope: 'following', from: start(6) });
    await decide(series, [], { from: start(5) });
    await decide(series, [], { from: start(1) });
    await shop.mark(series, parent);
    const { id } = await shop.control.splitSeries({
      person: shop.mail('Anna'),
      calendar: shop.googleId,
      event: series,
      from: { dateTime: `${week(4)}T09:00:00+01:00`, timeZone: 'Europe/Oslo' },
      change: {},
    });
    const half = id as string;
    await shop.pullAll();
    const blocked = await Promise.all([0, 1, 2, 3, 4, 5, 6, 7].map((n) => shop.blockedAt('09:00', week(n))));
    expect(blocked).toEqual([['Anna'], [], ['Per'], ['Per'], ['Per'], [], ['Kari'], ['Kari']]);
    expect((await inForce()).filter(({ eventId }) => eventId === half)).toHaveLength(3);
    expect(await shop.told('adopted')).toEqual([]);
    // Ended in the second half, it stays so, though the half still bears its parent's mark.
    const own = (await shop.decisions()).find(({ eventId, scope }) => eventId === half && scope === 'series');
    await shop.call('DELETE', `/decisions/${own!.id}`);
    await shop.pullAll();
    expect(await shop.blockedAt('09:00', week(4))).toEqual([...names]);
  });

  test('a copy of an event is decided as the event is', async () => {
    const event = await shop.type('Anna', 'Dentist');
    await shop.pull();
    const decision = await decide(event, ['Kari']);
    const copy = await shop.type('Anna', 'Dentist', { day: week(1) });
    await shop.mark(copy, decision);
    await shop.pullAll();
    expect(await shop.blockedAt('09:00', week(1))).toEqual(['Kari']);
    expect(await shop.told('adopted')).toEqual([]);
    // What is decided of the one later does not follow.
    await decide(event, ['Per']);
    await shop.pullAll();
    expect(await shop.blockedAt('09:00', week(1))).toEqual(['Kari']);
  });

  test('an occurrence that became an event of its own is decided as it was', async () => {
    const series = await shop.type('Anna', 'Course', weekly);
    await shop.pull();
    await decide(series, ['Anna'], { scope: 'series' });
    const one = await decide(series, ['Per'], { from: start(3) });
    const alone = await shop.type('Anna', 'Course', { day: week(3), from: '13:00', to: '14:00' });
    await shop.mark(alone, one);
    await shop.pullAll();
    expect(await shop.blockedAt('13:00', week(3))).toEqual(['Per']);
  });

  test('a series made of a decided event is not: what was said of one day was not said of all', async () => {
    const event = await shop.type('Anna', 'Dentist');
    await shop.pull();
    const decision = await decide(event, []);
    const series = await shop.type('Anna', 'Dentist', { day: week(1), ...weekly });
    await shop.mark(series, decision);
    await shop.pullAll();
    expect(await shop.blockedAt('09:00', week(2))).toEqual([...names]);
  });
});

test('our tables lost, the decisions that stand in the events stand again', async () => {
  const event = await shop.type('Anna', 'Dentist');
  await shop.pull();
  const decision = await decide(event, ['Kari']);
  await shop.mark(event, decision);
  await shop.lose();
  await shop.pullAll();
  expect(await shop.decisions()).toMatchObject([{ id: decision.id, eventId: event }]);
  expect(await shop.blockedAt()).toEqual(['Kari']);
});
