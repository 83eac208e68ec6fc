// Rules over the API: kept in order, refused by name, and in force once the calendar was read again.
import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { links } from '../../../server/database/schema.ts';
import type { World } from '../sync/world.ts';
import { openWorld } from '../sync/world.ts';
import { names, Shop } from './shop.ts';

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

interface Shown {
  rules: { id: string }[];
}
const put = (rules: unknown[]) => shop.call<Shown>('PUT', shop.on('rules'), { rules });
const named = { whom: { kind: 'named' } };
const ofCreator = { whom: { kind: 'creator' } };

describe('what they do', () => {
  test('an event without a rule blocks everybody', async () => {
    await shop.type('Anna', 'Dentist');
    await shop.pull();
    expect(await shop.blockedAt()).toEqual([...names]);
  });

  test('saved, they count once the calendar is read again, for which it is owed a pull', async () => {
    await shop.type('Anna', 'Dentist');
    await shop.pull();
    const before = await shop.owed();
    expect(await put([ofCreator])).toMatchObject({ status: 200 });
    expect(await shop.owed()).toBe(before + 1);
    expect(await shop.blockedAt()).toEqual([...names]);
    await shop.pull();
    expect(await shop.blockedAt()).toEqual(['Anna']);
  });

  test('the first that says something counts: a tag before the creator', async () => {
    await put([named, ofCreator]);
    await shop.type('Anna', 'Paint the wall #room2');
    await shop.pull();
    expect(await shop.blockedAt()).toEqual(['Room 2']);
    await put([ofCreator, named]);
    await shop.pull();
    expect(await shop.blockedAt()).toEqual(['Anna']);
  });

  test('a part of the time, and of the places', async () => {
    const share = { resourceId: shop.resource['Room 2'], places: 2, startShift: -60, endShift: 0 };
    await put([{ when: { texts: ['#clean'] }, whom: { kind: 'listed', shares: [share] } }]);
    await shop.type('Kari', 'Floors #clean', { from: '10:00', to: '11:00' });
    await shop.pull();
    expect(await shop.blockedAt('09:00')).toEqual([]);
    const [row] = await shop.rows();
    expect(row).toMatchObject({ places: 2, resourceId: shop.resource['Room 2'] });
    expect(new Date(row!.during.start).toISOString()).toBe('2027-01-11T08:00:00.000Z');
    expect(new Date(row!.during.end).toISOString()).toBe('2027-01-11T10:00:00.000Z');
  });

  test('of one whose resources are not linked any more nothing holds: its events block as if it were not there', async () => {
    const share = { resourceId: shop.resource['Room 2'] };
    await put([{ when: { texts: ['#room'] }, whom: { kind: 'listed', shares: [share] } }]);
    await shop.type('Anna', 'Paint it #room');
    await shop.pull();
    expect(await shop.blockedAt()).toEqual(['Room 2']);
    await shop.context.db.delete(links).where(eq(links.resourceId, share.resourceId!));
    await shop.pull();
    expect(await shop.blockedAt()).toEqual(['Anna', 'Kari', 'Per']);
  });

  test('taken away, the default holds again', async () => {
    await put([ofCreator]);
    await shop.type('Anna', 'Dentist');
    await shop.pull();
    await put([]);
    await shop.pull();
    expect(await shop.blockedAt()).toEqual([...names]);
  });
});

describe('how they are kept', () => {
  test('ids stay where they are given, the order is that of the list', async () => {
    const first = await put([named, ofCreator]);
    const [a, b] = first.body.rules;
    const turned = await put([
      { ...ofCreator, id: b!.id },
      { whom: { kind: 'nobody' } },
      { ...named, id: a!.id },
    ]);
    expect(turned.body.rules).toMatchObject([{ id: b!.id, ...ofCreator }, {}, { id: a!.id, ...named }]);
    expect(await shop.call('GET', shop.on('rules'))).toEqual(turned);
  });

  const nowhere = '01890000-0000-7000-8000-000000000000';
  test.each([
    [
      'a resource that is not there',
      [named, { whom: { kind: 'listed', shares: [{ resourceId: nowhere }] } }],
      {
        status: 404,
        message:
          'rules.1.whom.shares.0.resourceId: there is no such resource in this business: check its id.',
      },
    ],
    [
      'a member who is not there',
      [{ ...ofCreator, when: { creators: [nowhere] } }],
      {
        status: 404,
        message: 'rules.0.when.creators.0: there is no such member in this business: check its id.',
      },
    ],
    [
      'an id that none of its rules has',
      [{ ...named, id: nowhere }],
      { status: 400, message: 'rules.0.id: this calendar has no such rule: leave the id out for a new one.' },
    ],
    [
      'a colour Google does not have',
      [{ ...named, when: { colors: ['12'] } }],
      { status: 400, message: 'rules.0.when.colors.0: a colour of Google, "1" to "11".' },
    ],
  ])('%s is refused, and nothing of it kept', async (_, rules, { status, message }) => {
    const kept = await put([ofCreator]);
    expect(await put(rules)).toMatchObject({ status, body: { message } });
    expect((await shop.call<Shown>('GET', shop.on('rules'))).body).toEqual(kept.body);
  });

  test('more places than there are, the same id twice, and another business', async () => {
    const shares = [{ resourceId: shop.resource['Room 2'], places: 4 }];
    expect(await put([{ whom: { kind: 'listed', shares } }])).toMatchObject({
      status: 400,
      body: { message: 'rules.0.whom.shares.0.places: Room 2 has only 3; null takes them all.' },
    });
    const { body } = await put([named]);
    const [{ id }] = body.rules as [{ id: string }];
    expect(
      await put([
        { ...named, id },
        { ...named, id },
      ]),
    ).toMatchObject({
      status: 400,
      body: { message: 'rules.1.id: a rule stands there twice.' },
    });
    const other = await Shop.open(world);
    for (const method of ['GET', 'PUT'])
      expect(
        await other.call(method, shop.on('rules'), method === 'PUT' ? { rules: [] } : undefined),
      ).toMatchObject({
        status: 404,
      });
    await other.close();
  });
});
