// Events as they are held: in a window, whom each blocks and why in words; and what waits for somebody to say.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { openWorld, type World } from '../sync/world.ts';
import { monday, names, Shop } from './shop.ts';

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

interface Item {
  eventId: string;
  seriesId: string | null;
  original: string | null;
  start: string;
  end: string;
  title: string | null;
  takes: { resourceId: string; means: string }[];
  why: { code: string; words: string };
  undecided: boolean;
}
const list = async (from: string, to: string, more = '') => {
  const path = shop.on(`events?from=${from}T00:00:00Z&to=${to}T00:00:00Z${more}`);
  const { status, body } = await shop.call<{ items: Item[]; message: string }>('GET', path);
  return { status, items: body.items, message: body.message };
};
const said = async () => (await list(monday, '2027-01-12')).items.map(({ why }) => why.words);

describe('a window', () => {
  test('holds what overlaps it, series expanded, moved ones where they are, cancelled ones left out', async () => {
    const single = await shop.type('Anna', 'Dentist', { from: '12:00', to: '13:00' });
    const series = await shop.type('Kari', 'Stand-up', {
      event: { recurrence: ['RRULE:FREQ=DAILY;COUNT=4'] },
    });
    await shop.edit(`${series}_20270112T080000Z`, {
      start: { dateTime: '2027-01-12T15:00:00+01:00' },
      end: { dateTime: '2027-01-12T16:00:00+01:00' },
    });
    await shop.control.deleteEvent({
      person: shop.mail('owner'),
      calendar: shop.googleId,
      event: `${series}_20270113T080000Z`,
    });
    await shop.pull();
    const { items } = await list(monday, '2027-01-15');
    expect(
      items.map(({ eventId, seriesId, original, start }) => [eventId, seriesId, original, start]),
    ).toEqual([
      [`${series}_20270111T080000Z`, series, '2027-01-11T08:00:00.000Z', '2027-01-11T08:00:00.000Z'],
      [single, null, null, '2027-01-11T11:00:00.000Z'],
      [`${series}_20270112T080000Z`, series, '2027-01-12T08:00:00.000Z', '2027-01-12T14:00:00.000Z'],
      [`${series}_20270114T080000Z`, series, '2027-01-14T08:00:00.000Z', '2027-01-14T08:00:00.000Z'],
    ]);
    expect((await list('2027-01-12', '2027-01-14')).items).toEqual([items[2]]);
  });

  test('takes what the blocks take, and no titles are kept', async () => {
    await shop.type('Anna', 'Secret');
    await shop.pull();
    const { items } = await list(monday, '2027-01-12');
    expect(items[0]!.takes.map(({ resourceId }) => resourceId).sort()).toEqual(
      (await shop.rows()).map(({ resourceId }) => resourceId).sort(),
    );
    expect(JSON.stringify(items)).not.toContain('Secret');
  });

  test('an all-day event lies between midnights of the calendar', async () => {
    await shop.type('Anna', 'Away', { allDay: true });
    await shop.pull();
    const { items } = await list('2027-01-10', '2027-01-13');
    expect(items).toMatchObject([
      { start: '2027-01-10T23:00:00.000Z', end: '2027-01-11T23:00:00.000Z', allDay: true },
    ]);
  });

  test.each([
    [monday, monday, 'to: has to be after from.'],
    [monday, '2027-04-14', 'to: ask for at most 92 days at once.'],
  ])('from %s to %s is refused', async (from, to, message) =>
    expect(await list(from, to)).toMatchObject({ status: 400, message }),
  );
});

describe('why, in words', () => {
  test('what holds by default, by each setting', async () => {
    await shop.type('Anna', 'Dentist');
    const words: string[] = [];
    for (const undecided of ['everybody', 'nobody', 'creator', 'ask']) {
      await shop.set({ undecided });
      await shop.pull();
      words.push(...(await said()));
    }
    expect(words).toEqual([
      'No rule or decision speaks of it: it blocks everybody.',
      'No rule or decision speaks of it: it blocks nobody.',
      'No rule or decision speaks of it: it blocks whoever made it.',
      'Nobody has said whom it blocks: it blocks everybody until then.',
    ]);
  });

  test('which rule, and what it looks for', async () => {
    const rule = (when: object, whom: object) => ({ when, whom });
    const { resource, member } = shop;
    await shop.call('PUT', shop.on('rules'), {
      rules: [
        rule({ texts: ['#info', '#fyi'] }, { kind: 'nobody' }),
        rule(
          { creators: [member.Kari], allDay: false },
          { kind: 'listed', shares: [{ resourceId: resource.Kari }, { resourceId: resource['Room 2'] }] },
        ),
        rule({}, { kind: 'creator' }),
      ],
    });
    await shop.type('Anna', 'News #info', { from: '08:00', to: '09:00' });
    await shop.type('Kari', 'Treatment', { from: '09:00', to: '10:00' });
    await shop.type('Anna', 'Dentist', { from: '10:00', to: '11:00' });
    await shop.pull();
    expect(await said()).toEqual([
      'Rule 1: if its text holds “#info” or “#fyi”, it blocks nobody.',
      'Rule 2: if Kari made it and it does not last all day, it blocks Kari and Room 2.',
      'Rule 3: it blocks whoever made it.',
    ]);
    await shop.call('PUT', shop.on('rules'), { rules: [] });
    expect((await said())[0]).toBe('A rule that is no longer there; the calendar is being read again.');
  });

  test('where an event opens, it says so: by default, by a rule, by a decision', async () => {
    const { Anna, Kari } = shop.resource;
    const reads = { calendarId: shop.calendarId, reads: true, writes: false };
    const opens = (...ids: string[]) =>
      Promise.all(
        Object.values(shop.resource).map((id) => {
          const means = ids.includes(id) ? 'open' : 'block';
          return shop.call('PUT', `/resources/${id}/links`, { links: [{ ...reads, means }] });
        }),
      );
    const sayAll = async (...choices: string[]) => {
      const words: string[] = [];
      for (const undecided of choices) {
        await shop.set({ undecided });
        await shop.pull();
        words.push(...(await said()));
      }
      return words;
    };
    const event = await shop.type('Anna', 'Clinic day');
    await opens(...Object.values(shop.resource));
    expect(await sayAll('everybody', 'creator', 'ask')).toEqual([
      'No rule or decision speaks of it: it opens everybody.',
      'No rule or decision speaks of it: it opens whoever made it.',
      'Nobody has said whom it blocks: it opens nobody until then.',
    ]);
    await opens(Anna);
    expect(await sayAll('everybody', 'creator', 'ask')).toEqual([
      'No rule or decision speaks of it: it blocks Kari, Per, and Room 2 and it opens Anna.',
      'No rule or decision speaks of it: it blocks or opens whoever made it.',
      'Nobody has said whom it blocks: it blocks Kari, Per, and Room 2 until then.',
    ]);
    const rules = [{ when: {}, whom: { kind: 'listed', shares: [{ resourceId: Anna }] } }];
    await shop.call('PUT', shop.on('rules'), { rules });
    await shop.pull();
    expect(await said()).toEqual(['Rule 1: it opens Anna.']);
    const shares = [{ resourceId: Kari }, { resourceId: Anna }];
    await shop.call('POST', shop.on('decisions'), { eventId: event, shares });
    expect((await said())[0]).toMatch(/: it blocks Kari and it opens Anna\.$/);
  });

  test('of time off that it blocks, also where events open', async () => {
    await shop.withOwn('Anna', async () => {
      const reads = { calendarId: shop.calendarId, reads: true, writes: false, means: 'open' };
      await shop.call('PUT', `/resources/${shop.resource.Anna}/links`, { links: [reads] });
      await shop.type('Anna', 'Away', { event: { eventType: 'outOfOffice' } });
      await shop.set({ undecided: 'everybody' });
      await shop.pull();
      expect(await said()).toEqual(['No rule or decision speaks of it: it blocks everybody.']);
      await shop.set({ undecided: 'ask' });
      await shop.pull();
      expect(await said()).toEqual(['Nobody has said whom it blocks: it blocks everybody until then.']);
    });
  });

  test('whose decision, and when', async () => {
    const event = await shop.type('Anna', 'Dentist');
    await shop.pull();
    const shares = [{ resourceId: shop.resource.Per }];
    await shop.call('POST', shop.on('decisions'), { eventId: event, shares });
    expect(await said()).toEqual(['Front desk decided on 11 Jan 2027, 08:00: it blocks Per.']);
    await shop.call('POST', shop.on('decisions'), { eventId: event, shares: [] });
    expect(await said()).toEqual(['Front desk decided on 11 Jan 2027, 08:00: it blocks nobody.']);
    await shop.call('PATCH', '/business', { locale: 'nb' });
    expect(await said()).toEqual(['Front desk bestemte 11. jan. 2027, 08:00: den blokkerer ingen.']);
    await shop.call('PATCH', '/business', { locale: 'en' });
  });
});

describe('what waits for somebody', () => {
  interface Inbox {
    count: number;
    items: { eventId: string; recurring: boolean; count: number; first: { start: string } }[];
  }
  const inbox = async () => (await shop.call<Inbox>('GET', '/events/undecided')).body;

  test('the next 14 days, a series once with its count, gone as it is answered', async () => {
    await shop.set({ undecided: 'ask' });
    const single = await shop.type('Anna', 'Dentist', { day: '2027-01-12' });
    const series = await shop.type('Per', 'Course', { event: { recurrence: ['RRULE:FREQ=WEEKLY'] } });
    await shop.type('Per', 'Later', { day: '2027-02-12' });
    await shop.pull();
    expect(await shop.blockedAt('09:00', '2027-01-12')).toEqual([...names]);
    expect(await inbox()).toMatchObject({
      count: 3,
      items: [
        { eventId: series, recurring: true, count: 2, first: { start: '2027-01-11T08:00:00.000Z' } },
        { eventId: single, recurring: false, count: 1 },
      ],
    });
    await shop.call('POST', shop.on('decisions'), {
      eventId: series,
      from: '2027-01-11T08:00:00Z',
      shares: [],
    });
    expect(await inbox()).toMatchObject({
      count: 2,
      items: [{ eventId: single }, { eventId: series, count: 1 }],
    });
    await shop.call('POST', shop.on('decisions'), { eventId: series, scope: 'series', shares: [] });
    await shop.call('POST', shop.on('decisions'), { eventId: single, shares: [] });
    expect(await inbox()).toMatchObject({ count: 0, items: [] });
  });

  test('a single event that was decided and is made a series waits as that series', async () => {
    await shop.set({ undecided: 'ask' });
    const event = await shop.type('Anna', 'Dentist');
    await shop.pull();
    await shop.call('POST', shop.on('decisions'), { eventId: event, shares: [] });
    expect((await inbox()).count).toBe(0);
    await shop.edit(event, { recurrence: ['RRULE:FREQ=WEEKLY'] });
    await shop.pull();
    expect(await shop.blockedAt('09:00', '2027-01-18')).toEqual([...names]);
    expect(await inbox()).toMatchObject({ items: [{ eventId: event, recurring: true, count: 2 }] });
    await shop.call('POST', shop.on('decisions'), { eventId: event, scope: 'series', shares: [] });
    expect((await inbox()).count).toBe(0);
    expect(await shop.blockedAt('09:00', '2027-01-18')).toEqual([]);
  });

  test('a creator nobody knows, and only of this business', async () => {
    await shop.set({ undecided: 'creator' });
    const event = await shop.type('owner', 'Delivery');
    await shop.pull();
    expect(await inbox()).toMatchObject({ items: [{ eventId: event, why: { code: 'unknown_creator' } }] });
    expect((await list(monday, '2027-01-12', '&undecided=true')).items).toHaveLength(1);
    const other = await Shop.open(world);
    expect((await other.call('GET', '/events/undecided')).body).toMatchObject({ count: 0, items: [] });
    await other.close();
  });
});
