// Events that come to take the time of bookings: told once, and listed with what can be done.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { rollOn } from '../../../server/sync/roll.ts';
import { openWorld, type World } from '../sync/world.ts';
import { hour, monday, oslo, Shop } from './shop.ts';

let world: World;
let shop: Shop;
/** Takes Anna, Kari or Per. */
let anybody: string;
beforeAll(async () => {
  world = await openWorld();
  shop = await Shop.open(world);
  const { Anna, Kari, Per } = shop.resource;
  anybody = await shop.make('/services', {
    name: 'With anybody',
    lengthMinutes: 60,
    groups: [{ resourceIds: [Anna, Kari, Per] }],
  });
});
afterAll(async () => {
  await shop.close();
  await world.close();
});
beforeEach(async () => {
  await shop.clear();
  await shop.set({ undecided: 'creator' });
});

interface Listed {
  items: {
    bookingId: string;
    revision: number;
    resourceId: string;
    event: { eventId: string; start: string };
    next: { start: string }[];
    others: string[];
  }[];
  next: string | null;
}
const list = async (query = '') => (await shop.call<Listed>('GET', `/collisions${query}`)).body;
const bookAnna = async (time: string) => {
  const { status, body } = await shop.call<{ id: string }>('POST', '/bookings', {
    serviceId: anybody,
    start: `${monday}T${time}:00+01:00`,
    resourceIds: [shop.resource.Anna],
    customer: { name: 'Ola' },
  });
  expect(status).toBe(201);
  return body.id;
};
describe('listed', () => {
  test('with the next free times and who could take it instead', async () => {
    const bookingId = await bookAnna('10:00');
    await shop.book('Per', '10:00');
    const event = await shop.type('Anna', 'Dentist', { from: '10:00', to: '12:00' });
    await shop.pull();
    const { items, next } = await list();
    expect(items).toMatchObject([
      {
        bookingId,
        revision: 1,
        resourceId: shop.resource.Anna,
        event: { eventId: event, start: '2027-01-11T09:00:00.000Z' },
        others: [shop.resource.Kari],
      },
    ]);
    // Anna was asked for by name.
    expect(items[0]!.next.map(({ start }) => oslo(start))).toEqual(['09:00', '08:00', '12:00']);
    expect(next).toBeNull();
    const { Anna, Kari } = shop.resource;
    const moved = await shop.call('POST', `/bookings/${bookingId}/reassign`, {
      revision: 1,
      from: Anna,
      to: Kari,
    });
    expect(moved.status).toBe(200);
    expect(await list()).toMatchObject({ items: [] });
  });

  test('who sits alone in a session may go to a time that overlaps it, who sits with others may not', async () => {
    const course = await shop.make('/services', {
      ...{ name: 'Course', lengthMinutes: 60, stepMinutes: 15, seats: 3 },
      groups: [{ resourceIds: [shop.resource.Anna] }],
    });
    const seat = () =>
      shop.call('POST', '/bookings', {
        ...{ serviceId: course, start: `${monday}T10:00:00+01:00`, customer: { name: 'Ola' } },
      });
    await seat();
    await shop.type('Anna', 'Dentist', { from: '10:30', to: '11:00' });
    await shop.pull();
    const near = async () => (await list()).items[0]!.next.map(({ start }) => oslo(start));
    expect(await near()).toEqual(['09:30', '09:15', '09:00']);
    expect(
      (
        await shop.call('POST', '/bookings', {
          ...{
            serviceId: course,
            start: `${monday}T10:00:00+01:00`,
            customer: { name: 'Eva' },
            override: true,
          },
        })
      ).status,
    ).toBe(201);
    for (const time of await near()) expect(['09:30', '09:15']).not.toContain(time);
  });

  test('soonest first, a page at a time, and only what is still to come', async () => {
    const [late, early, first] = [await bookAnna('14:00'), await bookAnna('12:00'), await bookAnna('09:00')];
    await shop.type('Anna', 'Ill', { allDay: true });
    await shop.pull();
    const whole = await list();
    expect(whole.items.map(({ bookingId }) => bookingId)).toEqual([first, early, late]);
    const page = await list('?limit=2');
    expect(page).toEqual({ items: whole.items.slice(0, 2), next: early });
    expect(await list(`?limit=2&cursor=${early}`)).toEqual({ items: whole.items.slice(2), next: null });
    shop.clock.now = Date.parse(`${monday}T10:30:00Z`);
    expect((await list()).items.map(({ bookingId }) => bookingId)).toEqual([early, late]);
  });

  test('a block of some places is in the way only of bookings that it leaves none', async () => {
    const share = { resourceId: shop.resource['Room 2'], places: 2 };
    const rule = { when: { texts: ['#clean'] }, whom: { kind: 'listed', shares: [share] } };
    await shop.call('PUT', shop.on('rules'), { rules: [rule] });
    await shop.book('Room 2', '10:00');
    await shop.type('Kari', '#clean', { from: '10:00', to: '11:00' });
    await shop.pull();
    expect((await list()).items).toEqual([]);
    await shop.book('Room 2', '10:00', { override: true });
    expect((await list()).items).toHaveLength(2);
  });

  test('events that take some places each are in the way together, and only where they leave too few', async () => {
    const room = shop.resource['Room 2'];
    const share = { resourceId: room, places: 1 };
    const rule = { when: { texts: ['#chair'] }, whom: { kind: 'listed', shares: [share] } };
    await shop.call('PUT', shop.on('rules'), { rules: [rule] });
    const { body: early } = await shop.book('Room 2', '10:00');
    const { body: late } = await shop.book('Room 2', '11:00');
    const first = await shop.type('Kari', '#chair', { from: '10:00', to: '12:00' });
    await shop.pull();
    const second = await shop.type('Per', '#chair', { from: '10:00', to: '12:00' });
    await shop.pull();
    const found = async (bookingId: string) =>
      (await list()).items
        .flatMap((item) => (item.bookingId === bookingId ? [item.event.eventId] : []))
        .sort();
    expect([...(await found(early.id)), ...(await found(late.id))]).toEqual([]);
    const third = await shop.type('Anna', '#chair', { from: '11:00', to: '12:00' });
    await shop.pull();
    expect(await found(late.id)).toEqual([first, second, third].sort());
    expect(await found(early.id)).toEqual([]);
    expect(await shop.told('collision')).toMatchObject([{ bookingId: late.id, details: { eventId: third } }]);
    // Put in by hand it takes a place as well.
    const at = (time: string) => `${monday}T${time}:00+01:00`;
    const byHand = { start: at('10:00'), end: at('11:00'), places: 1 };
    expect(await shop.call('POST', `/resources/${room}/blocks`, byHand)).toMatchObject({ status: 201 });
    expect(await found(early.id)).toEqual([first, second].sort());
  });

  test('one that takes all is in the way by itself, and is not held against one that takes a place', async () => {
    const share = { resourceId: shop.resource['Room 2'], places: 1 };
    const rule = { when: { texts: ['#chair'] }, whom: { kind: 'listed', shares: [share] } };
    await shop.set({ undecided: 'everybody' });
    await shop.call('PUT', shop.on('rules'), { rules: [rule] });
    await shop.book('Room 2', '10:00');
    await shop.type('Kari', '#chair', { from: '10:00', to: '11:00' });
    const closed = await shop.type('Per', 'Closed', { from: '10:00', to: '11:00' });
    await shop.pull();
    expect((await list()).items).toMatchObject([{ event: { eventId: closed } }]);
  });

  test('a block that was put in by hand is no event, and another business has none of it', async () => {
    await bookAnna('10:00');
    const at = (time: string) => `${monday}T${time}:00+01:00`;
    await shop.call('POST', `/resources/${shop.resource.Anna}/blocks`, {
      start: at('10:00'),
      end: at('11:00'),
    });
    expect((await list()).items).toEqual([]);
    await shop.type('Anna', 'Dentist', { from: '10:00', to: '11:00' });
    await shop.pull();
    expect((await list()).items).toHaveLength(1);
    const other = await Shop.open(world);
    expect((await other.call<Listed>('GET', '/collisions')).body.items).toEqual([]);
    await other.close();
  });
});

describe('told', () => {
  test('once for each booking and event, whatever is read again', async () => {
    const [one, two] = [await bookAnna('10:00'), await bookAnna('11:00')];
    const event = await shop.type('Anna', 'Dentist', { from: '10:00', to: '12:00' });
    await shop.pull();
    await shop.edit(event, { summary: 'Dentist, Storgata' });
    await shop.pull();
    await shop.pullAll();
    const told = await shop.told('collision');
    expect(told.map(({ bookingId }) => bookingId).sort()).toEqual([one, two].sort());
    expect(told[0]).toMatchObject({ to: 'staff', calendarId: shop.calendarId, details: { eventId: event } });
  });

  test.each([
    ['days roll on', (own: Shop) => rollOn(own.context)],
    ['days have rolled on when it is read', (own: Shop) => own.pull()],
  ])('of an occurrence of a series that is known only once %s, and of no other', async (_name, go) => {
    const own = await Shop.open(world);
    await own.set({ undecided: 'everybody' });
    await own.type('Anna', 'Stand-up', { event: { recurrence: ['RRULE:FREQ=WEEKLY'] } });
    await own.pull();
    const book = async (start: string) => {
      const wanted = { serviceId: own.service.Anna, start, override: true, customer: { name: 'Ola' } };
      return (await own.call<{ id: string }>('POST', '/bookings', wanted)).body.id;
    };
    // Booked against an event that was known: that is no news.
    await book('2027-03-15T09:00:00+01:00');
    const far = await book('2027-05-10T09:00:00+02:00');
    const told = async () => (await own.told('collision')).map(({ bookingId }) => bookingId);
    expect(await told()).toEqual([]);
    own.clock.now += 60 * 24 * hour;
    await go(own);
    expect(await told()).toEqual([far]);
    own.clock.now += 24 * hour;
    await go(own);
    expect(await told()).toEqual([far]);
    await own.close();
  });

  test('of each occurrence of a series, moved ones too; not of what is over', async () => {
    const past = await bookAnna('08:00');
    const booked = await bookAnna('13:00');
    const series = await shop.type('Anna', 'Course', {
      from: '08:00',
      to: '09:00',
      event: { recurrence: ['RRULE:FREQ=DAILY;COUNT=3'] },
    });
    await shop.edit(`${series}_20270112T070000Z`, {
      start: { dateTime: `${monday}T13:00:00+01:00` },
      end: { dateTime: `${monday}T14:00:00+01:00` },
    });
    shop.clock.now = Date.parse(`${monday}T09:00:00Z`);
    await shop.pull();
    expect(await shop.told('collision')).toMatchObject([
      { bookingId: booked, details: { original: '2027-01-12T07:00:00.000Z' } },
    ]);
    await shop.type('Anna', 'Lunch', { from: '13:00', to: '13:30' });
    await shop.pull();
    const told = (await shop.told('collision')).map(({ bookingId }) => bookingId);
    expect(told).toEqual([booked, booked]);
    expect(told).not.toContain(past);
  });
});
