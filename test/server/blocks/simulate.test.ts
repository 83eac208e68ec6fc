// What rules, settings or links would do, replayed on the last 30 and next 60 days as Google has them: counted, nothing changed.
import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { links, openings } from '../../../server/database/schema.ts';
import { readCalendar } from '../../../server/sync/pull.ts';
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

interface Choice {
  choice: string;
  undecided: number;
  taken: { resourceId: string; slots: number; minutes: number }[];
  hits: { bookingId: string; eventId: string }[];
  hitCount: number;
}
interface Simulated {
  from: string;
  to: string;
  events: number;
  complete: boolean;
  choices: Choice[];
  differCount: number;
  differs: { eventId: string; title: string; now: string[]; wanted: string[]; words: string }[];
  message: string;
}
const simulate = async (wish: object = {}) => {
  const { status, body } = await shop.call<Simulated>('POST', shop.on('simulate'), wish);
  if (status !== 200) throw new Error(JSON.stringify(body));
  return body;
};
/** Slots that a choice takes, by name. */
const slots = ({ choices }: Simulated, choice: string): Partial<Record<Name, number>> => {
  const { taken } = choices.find((one) => one.choice === choice)!;
  return Object.fromEntries(
    names.flatMap((name) => {
      const found = taken.find(({ resourceId }) => resourceId === shop.resource[name]);
      return found ? [[name, found.slots]] : [];
    }),
  );
};
const ofCreator = { whom: { kind: 'creator' } };
const all = (count: number) => Object.fromEntries(names.map((name) => [name, count]));

describe('slots', () => {
  test('that each choice takes of each resource, of what was and of what will be', async () => {
    await shop.type('Anna', 'Dentist', { day: '2027-01-05' });
    await shop.type('Anna', 'Dentist', { day: '2027-01-12', from: '09:00', to: '10:30' });
    await shop.type('Kari', 'Course', { day: '2027-01-13', from: '08:00', to: '16:00' });
    await shop.type('owner', 'Delivery', { day: '2027-01-14' });
    await shop.type('Per', 'At night', { day: '2027-01-14', from: '20:00', to: '23:00' });
    await shop.type('Per', 'Too far ahead', { day: '2027-04-14' });
    const found = await simulate({ rules: [ofCreator] });
    expect(found).toMatchObject({
      from: '2026-12-12T07:00:00.000Z',
      to: '2027-03-12T07:00:00.000Z',
      events: 5,
      complete: true,
    });
    expect(slots(found, 'now')).toEqual(all(1 + 2 + 8 + 1));
    expect(slots(found, 'wanted')).toEqual({ Anna: 3 + 1, Kari: 8 + 1, Per: 1, 'Room 2': 1 });
    expect(slots(found, 'everybody')).toEqual(slots(found, 'wanted'));
    expect(slots(found, 'nobody')).toEqual({ Anna: 3, Kari: 8, Per: 0, 'Room 2': 0 });
    const [now] = found.choices;
    expect(now!.taken.every(({ minutes }) => minutes === 60 + 90 + 480 + 60 + 180)).toBe(true);
  });

  test('as they are missing once it is so', async () => {
    const count = async () => {
      const each = await Promise.all(names.map((name) => shop.starts(name, '2027-01-12')));
      return Object.fromEntries(names.map((name, i) => [name, each[i]!.length]));
    };
    const before = await count();
    await shop.type('Anna', '@Kari fetch the parcel', { day: '2027-01-12', from: '09:15', to: '11:00' });
    const rules = [{ whom: { kind: 'named' } }, ofCreator];
    const predicted = slots(await simulate({ rules }), 'wanted');
    await shop.call('PUT', shop.on('rules'), { rules });
    await shop.pull();
    const after = await count();
    for (const name of names) expect(before[name]! - after[name]!).toBe(predicted[name]);
    expect(predicted).toMatchObject({ Kari: 2, Anna: 0 });
    // What stands in the tables already is not counted twice.
    expect(slots(await simulate(), 'now')).toEqual(predicted);
  });

  test('that an event opens count below zero', async () => {
    await shop.call('PATCH', `/resources/${shop.resource.Per}`, { opens: 'openings' });
    await shop.type('Per', 'Evening clinic', { day: '2027-01-12', from: '18:00', to: '20:00' });
    await shop.pull();
    const found = await simulate({ rules: [ofCreator] });
    expect(slots(found, 'now')).toMatchObject({ Per: -2 });
    expect(slots(found, 'wanted')).toMatchObject({ Anna: 0, Per: -2 });
  });

  test('that another calendar, or a person, opens as well are not lost', async () => {
    const { calendarId, resource } = shop;
    await shop.call('PATCH', `/resources/${resource.Per}`, { opens: 'openings' });
    const evening = { day: '2027-01-12', from: '18:00', to: '20:00' };
    const event = await shop.type('Per', 'Evening clinic', evening);
    await shop.pull();
    const decided = { eventId: event, shares: [], dryRun: true };
    const lost = async () => {
      const { body } = await shop.call<{ impact: { resources: { resourceId: string; slots: number }[] } }>(
        'POST',
        `/calendars/${calendarId}/decisions`,
        decided,
      );
      const impact = body.impact.resources.find(({ resourceId }) => resourceId === resource.Per)?.slots;
      const found = await simulate();
      return [impact, slots(found, 'now').Per, slots(found, 'nobody').Per];
    };
    expect(await lost()).toEqual([2, -2, 0]);
    const { businessId, context } = shop;
    const { id: second } = await shop.control.createCalendar({ owner: shop.mail('owner'), summary: 'Per' });
    const at = (time: string) => ({ dateTime: `2027-01-12T${time}:00`, timeZone: 'Europe/Oslo' });
    const same = { start: at('18:00'), end: at('20:00') };
    await shop.control.addEvent({ person: shop.mail('owner'), calendar: second, event: same });
    const also = await shop.make('/calendars', { accountId: shop.accountId, googleId: second });
    const reads = { businessId, calendarId: also, resourceId: resource.Per, reads: true, writes: false };
    await context.db.insert(links).values(reads);
    await readCalendar(context, { businessId, calendarId: also });
    expect(await lost()).toEqual([0, 0, 0]);
    await context.db.delete(links).where(eq(links.calendarId, also));
    await context.db.delete(openings).where(eq(openings.calendarId, also));
    expect(await lost()).toEqual([2, -2, 0]);
    const byHand = { start: '2027-01-12T18:00:00+01:00', end: '2027-01-12T20:00:00+01:00' };
    await shop.call('POST', `/resources/${resource.Per}/openings`, byHand);
    expect(await lost()).toEqual([0, 0, 0]);
  });

  test('that an event of another calendar takes as well cost nothing, also where they are over', async () => {
    const owner = shop.mail('owner');
    const { id: calendar } = await shop.control.createCalendar({ owner, summary: 'Anna alone' });
    const at = (time: string) => ({ dateTime: `2026-12-15T${time}:00`, timeZone: 'Europe/Oslo' });
    const daily = { start: at('09:00'), end: at('10:00'), recurrence: ['RRULE:FREQ=DAILY'] };
    await shop.control.addEvent({ person: owner, calendar, event: daily });
    const calendarId = await shop.make('/calendars', { accountId: shop.accountId, googleId: calendar });
    const { businessId, resource } = shop;
    const reads = { businessId, calendarId, resourceId: resource.Anna, reads: true, writes: false };
    await shop.context.db.insert(links).values(reads);
    await readCalendar(shop.context, { businessId, calendarId });
    await shop.type('Anna', 'Dentist', { day: '2026-12-16' });
    await shop.type('Anna', 'Dentist', { day: '2027-01-05', to: '11:00' });
    expect(slots(await simulate(), 'now')).toEqual({ ...all(3), Anna: 1 });
    await shop.context.db.delete(links).where(eq(links.calendarId, calendarId));
  });

  test('a decision counts, whatever the rules would say', async () => {
    const event = await shop.type('Anna', 'Dentist', { day: '2027-01-12' });
    await shop.pull();
    const shares = [{ resourceId: shop.resource.Per }];
    await shop.call('POST', shop.on('decisions'), { eventId: event, shares });
    const found = await simulate({ rules: [ofCreator] });
    for (const choice of ['now', 'wanted', 'everybody'])
      expect(slots(found, choice)).toEqual({ ...all(0), Per: 1 });
  });
});

describe("a booking's event", () => {
  test("counts where it is only a guest's copy, as it does in the tables", async () => {
    const guests = { attendees: [{ email: shop.mail('Anna') }] };
    const event = await shop.type('Kari', 'Check-up', { day: '2027-01-12', event: guests });
    await shop.ofBooking(event);
    await shop.withOwn('Anna', async () => {
      expect(await shop.blockedAt('09:00', '2027-01-12')).toEqual([...names]);
      const found = await simulate();
      expect([found.events, slots(found, 'now')]).toEqual([1, all(1)]);
    });
  });

  test('does not where it is its own', async () => {
    await shop.ofBooking(await shop.type('Anna', 'Check-up', { day: '2027-01-12' }));
    const found = await simulate();
    expect([found.events, slots(found, 'now')]).toEqual([0, all(0)]);
  });
});

describe('what it says besides', () => {
  test('which events differ, with the title as Google has it and why; those that would wait', async () => {
    const dentist = await shop.type('Anna', 'Dentist', { day: '2027-01-12' });
    await shop.type('owner', 'Delivery', { day: '2027-01-13' });
    const found = await simulate({ settings: { undecided: 'creator' } });
    expect(found.differs).toEqual([
      {
        eventId: dentist,
        original: null,
        start: '2027-01-12T08:00:00.000Z',
        end: '2027-01-12T09:00:00.000Z',
        title: 'Dentist',
        now: expect.arrayContaining(Object.values(shop.resource)),
        wanted: [shop.resource.Anna],
        words: 'No rule or decision speaks of it: it blocks whoever made it.',
      },
    ]);
    expect(found.choices.map(({ choice, undecided }) => [choice, undecided])).toEqual([
      ['now', 0],
      ['wanted', 1],
      ['everybody', 0],
      ['nobody', 0],
      ['creator', 1],
    ]);
  });

  test('which bookings it would hit; their own events are none', async () => {
    await shop.set({ undecided: 'nobody' });
    await shop.pull();
    const { body } = await shop.book('Kari', '09:00');
    const event = await shop.type('Per', 'Board meeting', { from: '09:30', to: '11:00' });
    const found = await simulate({ rules: [ofCreator] });
    const hits = (choice: string) => found.choices.find((one) => one.choice === choice)!.hits;
    expect(hits('now')).toEqual([]);
    expect(hits('wanted')).toEqual([]);
    const everybody = await simulate({ settings: { undecided: 'everybody' } });
    expect(everybody.choices.find(({ choice }) => choice === 'wanted')).toMatchObject({
      hits: [{ bookingId: body.id, eventId: event }],
      hitCount: 1,
    });
  });

  test('events that take some places each hit together what no one of them would hit', async () => {
    await shop.set({ undecided: 'nobody' });
    const room = shop.resource['Room 2'];
    expect((await shop.book('Room 2', '09:00')).status).toBe(201);
    const [one, two] = [await shop.type('Per', '#chair'), await shop.type('Kari', '#chair')];
    await shop.pull();
    const hitBy = async (places: number) => {
      const whom = { kind: 'listed', shares: [{ resourceId: room, places }] };
      const { choices } = await simulate({ rules: [{ when: { texts: ['#chair'] }, whom }] });
      return choices.find(({ choice }) => choice === 'wanted')!.hits.map(({ eventId }) => eventId);
    };
    expect(await hitBy(1)).toEqual([]);
    expect((await hitBy(2)).sort()).toEqual([one, two].sort());
    // Put in by hand it takes a place as well.
    const at = (time: string) => `${monday}T${time}:00+01:00`;
    const byHand = { start: at('09:00'), end: at('10:00'), places: 1 };
    expect(await shop.call('POST', `/resources/${room}/blocks`, byHand)).toMatchObject({ status: 201 });
    expect((await hitBy(1)).sort()).toEqual([one, two].sort());
  });

  test('nothing is changed by asking', async () => {
    await shop.type('Anna', 'Dentist');
    await shop.pull();
    const before = await shop.rows();
    const owed = await shop.owed();
    await simulate({ rules: [ofCreator], settings: { undecided: 'nobody' } });
    expect(await shop.rows()).toEqual(before);
    expect(await shop.owed()).toBe(owed);
    expect((await shop.call('GET', shop.on('rules'))).body).toEqual({ rules: [] });
  });
});

describe('before it is linked', () => {
  test('those to be linked are asked for, and nobody is blocked now', async () => {
    for (const name of names)
      await shop.call('PUT', `/resources/${shop.resource[name]}/links`, { links: [] });
    await shop.type('Anna', 'Dentist', { day: '2027-01-12' });
    const { Anna, Kari } = shop.resource;
    const found = await simulate({ resourceIds: [Anna, Kari], rules: [ofCreator] });
    expect(slots(found, 'now')).toEqual({ Anna: 0, Kari: 0 });
    expect(slots(found, 'wanted')).toEqual({ Anna: 1, Kari: 0 });
    expect(found.differCount).toBe(1);
  });

  test('one that is not there is refused by name', async () => {
    const nowhere = '01890000-0000-7000-8000-000000000000';
    expect(await shop.call('POST', shop.on('simulate'), { resourceIds: [nowhere] })).toMatchObject({
      status: 404,
      body: { message: expect.stringContaining('resourceIds.0') },
    });
  });
});

describe('its bounds', () => {
  test('of more than 5,000 events it says that not all were counted', async () => {
    const from = '2026-12-13';
    for (const minute of ['10', '20', '40'])
      await shop.type('Anna', 'Tick', {
        ...{ day: from, from: `00:${minute}`, to: `00:${Number(minute) + 5}` },
        event: { recurrence: ['RRULE:FREQ=HOURLY;COUNT=1700'] },
      });
    expect(await simulate()).toMatchObject({ events: 5000, complete: false });
  });

  test('what Google refuses is told, and a word of the quota', async () => {
    await shop.control.addFault({
      kind: 'error',
      person: shop.mail('owner'),
      status: 503,
      reason: 'backendError',
      on: 'events.list',
      times: 1,
    });
    expect(await shop.call('POST', shop.on('simulate'), {})).toMatchObject({
      status: 503,
      body: { code: 'busy' },
    });
  });
});
