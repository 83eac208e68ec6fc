// A series that was set Free and is split, or an event that is copied: what came of it is Free by the same wish, and is set back with it.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openWorld, type World } from '../sync/world.ts';
import { Freeing, type RunShape } from './freeing.ts';

let world: World;
beforeAll(async () => {
  world = await openWorld();
});
afterAll(() => world.close());

const week = (n: number) =>
  new Date(Date.parse('2027-01-12') + n * 7 * 86_400_000).toISOString().slice(0, 10);
const at = (series: string, n: number) => `${series}_${week(n).replaceAll('-', '')}T080000Z`;

const split = async (
  it: Freeing,
  event: string,
  n: number,
  change: Record<string, unknown> = {},
): Promise<string> => {
  const where = { person: it.shop.mail('anna'), calendar: it.shop.googleId, event };
  const from = { dateTime: `${week(n)}T09:00:00+01:00`, timeZone: 'Europe/Oslo' };
  return (await it.shop.control.splitSeries({ ...where, from, change })).id as string;
};
const undoRun = (it: Freeing, run: RunShape) => it.shop.call<RunShape>('POST', `/runs/${run.id}/undo`);
/** A series that a run has set Free. */
const freed = async () => {
  const it = await Freeing.open(world);
  const id = await it.weekly('anna', 'Training');
  await it.pull();
  const { body: run } = await it.fix();
  await it.settle();
  return { it, id, run };
};
const areFree = (it: Freeing, ...ids: string[]) => Promise.all(ids.map(it.isFree));
const bear = (it: Freeing, ...ids: string[]) => Promise.all(ids.map(it.privateOf));

describe('the second half of a series', () => {
  test('is set back with the run that set the series Free', async () => {
    const { it, id, run } = await freed();
    const since = await it.lastRequest();
    const half = await split(it, id, 3);
    await it.settle();
    // Nothing is owed for it: it is Free as it is to be.
    expect([await areFree(it, id, half), await it.writes(since)]).toEqual([[true, true], []]);
    expect((await undoRun(it, run)).body).toMatchObject({ total: 2 });
    await it.settle();
    expect([await areFree(it, id, half), await bear(it, id, half)]).toEqual([
      [false, false],
      [{}, {}],
    ]);
  });

  test('also where the run was set back before the split was read, and where it was split once more', async () => {
    const { it, id, run } = await freed();
    const half = await split(it, id, 2);
    await it.settle();
    const third = await split(it, half, 4);
    await undoRun(it, run);
    await it.settle();
    expect(await areFree(it, id, half, third)).toEqual([false, false, false]);
    expect(await bear(it, id, half, third)).toEqual([{}, {}, {}]);
  });

  test('by itself as well: then the first stays Free, and nothing is inherited anew', async () => {
    const { it, id } = await freed();
    const half = await split(it, id, 3);
    await it.settle();
    expect(await it.undo({ eventId: half, scope: 'series' })).toMatchObject({ status: 202 });
    await it.settle();
    await it.shop.edit(half, { summary: 'Renamed' });
    await it.shop.control.expireSyncTokens({ calendar: it.shop.googleId });
    await it.settle();
    expect(await areFree(it, id, half)).toEqual([true, false]);
  });

  test('keeps what was taken back of single ones, and what a person has set Busy', async () => {
    const { it, id } = await freed();
    await it.undo({ eventId: at(id, 4) });
    await it.settle();
    await it.shop.edit(at(id, 5), { transparency: 'opaque' });
    await it.settle();
    const half = await split(it, id, 3);
    await it.settle();
    expect(await areFree(it, half, ...[3, 4, 5].map((n) => at(half, n)))).toEqual([true, true, false, false]);
  });

  test('is not set back for its first one alone, though that was before the split was read', async () => {
    const { it, id } = await freed();
    await it.undo({ eventId: at(id, 3) });
    const half = await split(it, id, 3);
    await it.settle();
    expect(await areFree(it, half, at(half, 3), at(half, 4))).toEqual([true, false, true]);
  });

  test('bearing a decision, it has that and the wish, which end apart', async () => {
    const { it, id, run } = await freed();
    const shares = [{ resourceId: it.shop.resource.Kari }];
    await it.shop.call('POST', it.shop.on('decisions'), { eventId: id, scope: 'series', shares });
    await it.settle();
    const half = await split(it, id, 3);
    await it.settle();
    expect(await it.shop.blockedAt('09:00', week(3))).toEqual(['Kari']);
    await undoRun(it, run);
    await it.settle();
    expect(await areFree(it, id, half)).toEqual([false, false]);
    expect(await it.shop.blockedAt('09:00', week(3))).toEqual(['Kari']);
  });

  test('that a person made Busy is theirs, and one that cannot be told whose it is has no wish', async () => {
    const { it, id, run } = await freed();
    const half = await split(it, id, 3, { transparency: 'opaque' });
    await it.settle();
    expect([await areFree(it, id, half), await bear(it, half)]).toEqual([[true, false], [{}]]);
    const other = await it.weekly('anna', 'Training');
    await it.pull();
    await it.fix();
    await it.settle();
    const halves = [await split(it, id, 2), await split(it, other, 2)];
    await it.settle();
    expect((await it.fixes()).filter(({ eventId }) => halves.includes(eventId))).toEqual([]);
    await undoRun(it, run);
    await it.settle();
    expect(await areFree(it, id, other, ...halves)).toEqual([false, true, true, true]);
  });
});

test('a copy that bears the decision of an event which a run set Free is set back with that run', async () => {
  const it = await Freeing.open(world);
  const id = await it.type('anna', 'Dentist');
  await it.pull();
  const shares = [{ resourceId: it.shop.resource.Kari }];
  await it.shop.call('POST', it.shop.on('decisions'), { eventId: id, shares });
  const { body: run } = await it.fix({ events: [{ eventId: id }] });
  await it.settle();
  const { transparency, extendedProperties } = await it.google(id);
  const copy = await it.type('anna', 'Dentist', {
    day: week(0),
    event: { transparency, extendedProperties },
  });
  await it.settle();
  expect(await areFree(it, id, copy)).toEqual([true, true]);
  await undoRun(it, run);
  await it.settle();
  expect(await areFree(it, id, copy)).toEqual([false, false]);
});
