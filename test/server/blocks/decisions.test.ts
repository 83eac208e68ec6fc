// What people decide of events: for one, this and those that follow, or a series; replaced, ended, told with what it changes.
import { and, eq, sql } from 'drizzle-orm';
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { events } from '../../../server/database/mirror.ts';
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

interface Settled {
  decision: { id: string; eventId: string; scope: string; from: string | null; endedAt: string | null };
  impact: {
    resources: { resourceId: string; means: string; before: number; after: number }[];
    hits: { bookingId: string; resourceId: string }[];
  };
  code: string;
  message: string;
}
const shares = (...whom: Name[]) => whom.map((name) => ({ resourceId: shop.resource[name] }));
const decide = (eventId: string, whom: Name[], more: Record<string, unknown> = {}) =>
  shop.call<Settled>('POST', shop.on('decisions'), { eventId, shares: shares(...whom), ...more });

const weekly = { recurrence: ['RRULE:FREQ=WEEKLY;COUNT=8'] };
const week = (n: number) => new Date(Date.parse(monday) + n * 7 * 86_400_000).toISOString().slice(0, 10);
/** Original start of the n-th of a weekly series at nine in Oslo. */
const start = (n: number) => `${week(n)}T08:00:00.000Z`;

describe('the case this is for: four on one calendar, an appointment of one of them', () => {
  test('nobody by default and one decision blocks exactly that one; ended, nobody', async () => {
    await shop.set({ undecided: 'nobody' });
    const event = await shop.type('Anna', 'Dentist');
    await shop.pull();
    expect(await shop.blockedAt()).toEqual([]);
    const made = await decide(event, ['Kari']);
    expect(made).toMatchObject({
      status: 201,
      body: {
        decision: { eventId: event, scope: 'event', from: null, endedAt: null, proposed: false },
        impact: { resources: [{ resourceId: shop.resource.Kari, means: 'block', before: 0, after: 60 }] },
      },
    });
    expect(await shop.blockedAt()).toEqual(['Kari']);
    expect(await shop.call('DELETE', `/decisions/${made.body.decision.id}`)).toMatchObject({ status: 200 });
    expect(await shop.blockedAt()).toEqual([]);
  });

  test('it beats every rule, and survives that the event is read again, moved and renamed', async () => {
    await shop.call('PUT', shop.on('rules'), { rules: [{ whom: { kind: 'creator' } }] });
    const event = await shop.type('Anna', 'Dentist');
    await shop.pull();
    await decide(event, []);
    expect(await shop.blockedAt()).toEqual([]);
    await shop.edit(event, { summary: 'Anna: dentist' });
    await shop.pull();
    expect(await shop.blockedAt()).toEqual([]);
  });

  test('the mark it owes the event, and Free if wished', async () => {
    const event = await shop.type('Anna', 'Dentist');
    await shop.pull();
    await decide(event, ['Anna']);
    expect(await shop.marks()).toMatchObject([{ eventId: event, wanted: 1, done: 0, free: false }]);
    await decide(event, ['Anna'], { free: true });
    expect(await shop.marks()).toMatchObject([{ eventId: event, free: true }]);
  });
});

describe('of a series whose rule nobody can read', () => {
  let series: string;
  const unread = () =>
    shop.context.db
      .update(events)
      .set({ recurrence: ['RRULE:FREQ=NEVER'], lastEndsAt: null })
      .where(and(eq(events.calendarId, shop.calendarId), eq(events.eventId, series)));
  const list = async () => {
    const path = shop.on(`events?from=${week(0)}T00:00:00Z&to=${week(2)}T00:00:00Z`);
    return (await shop.call<{ items: Record<string, unknown>[] }>('GET', path)).body.items;
  };
  beforeEach(async () => {
    series = await shop.type('Anna', 'Course', { event: weekly });
  });

  test('its first one deleted, it goes on taking all the time', async () => {
    const event = `${series}_${start(0).replace(/[-:]|\.000/g, '')}`;
    await shop.control.deleteEvent({ person: shop.mail('owner'), calendar: shop.googleId, event });
    await shop.pull();
    await unread();
    expect(await list()).toMatchObject([{ eventId: series, original: null, start: start(0) }]);
    expect(await decide(series, ['Per'], { scope: 'series' })).toMatchObject({ status: 201 });
    expect(await shop.blockedAt('12:00', week(1))).toEqual(['Per']);
  });

  test('what was said of its first one says nothing of the rest, and what is said of all of it holds', async () => {
    await shop.pull();
    await decide(series, [], { from: start(0) });
    await unread();
    await decide(series, ['Per'], { scope: 'series' });
    expect(await shop.blockedAt('12:00', week(1))).toEqual(['Per']);
    expect(await decide(series, [], { from: start(0) })).toMatchObject({ status: 400 });
    await decide(series, [], { scope: 'series' });
    expect(await shop.blockedAt('12:00', week(1))).toEqual([]);
  });

  test('it waits as a whole for somebody to say', async () => {
    await shop.set({ undecided: 'ask' });
    await shop.pull();
    await unread();
    expect((await shop.call('GET', '/events/undecided')).body).toMatchObject({
      count: 1,
      items: [{ eventId: series, recurring: true, count: 1, first: { original: null, start: start(0) } }],
    });
  });
});

describe('of a series', () => {
  let series: string;
  beforeEach(async () => {
    series = await shop.type('Anna', 'Course', { event: weekly });
    await shop.pull();
  });
  const at = (n: number) => shop.blockedAt('09:00', week(n));

  test('one, those from one on, and all: the narrower counts', async () => {
    await decide(series, ['Kari'], { scope: 'series' });
    await decide(series, ['Per'], { scope: 'following', from: start(3) });
    await decide(series, [], { scope: 'event', from: start(5) });
    expect([await at(0), await at(2), await at(3), await at(4), await at(5), await at(6)]).toEqual([
      ['Kari'],
      ['Kari'],
      ['Per'],
      ['Per'],
      [],
      ['Per'],
    ]);
  });

  test('an occurrence is named by its own id, changed in Google or not', async () => {
    const id = (n: number) => `${series}_${week(n).replaceAll('-', '')}T080000Z`;
    expect(await decide(id(2), [])).toMatchObject({
      status: 201,
      body: { decision: { eventId: series, scope: 'event', from: start(2) } },
    });
    expect(await at(2)).toEqual([]);
    await shop.edit(id(4), { summary: 'Course, moved', ...times(4, '11:00', '12:00') });
    await shop.pull();
    expect(await decide(id(4), ['Per'])).toMatchObject({
      status: 201,
      body: { decision: { eventId: series, scope: 'event', from: start(4) } },
    });
    expect(await shop.blockedAt('11:00', week(4))).toEqual(['Per']);
    expect(await decide(id(6), ['Anna'], { scope: 'series' })).toMatchObject({
      status: 201,
      body: { decision: { eventId: series, scope: 'series', from: null } },
    });
    expect(await at(0)).toEqual(['Anna']);
  });

  test('moved in Google, an occurrence keeps what was decided of it', async () => {
    await decide(series, ['Per'], { from: start(1) });
    await shop.edit(`${series}_${week(1).replaceAll('-', '')}T080000Z`, times(1, '13:00', '14:00'));
    await shop.pull();
    expect(await at(1)).toEqual([]);
    expect(await shop.blockedAt('13:00', week(1))).toEqual(['Per']);
  });

  test.each([
    [
      'an occurrence that the series does not have',
      () => `${series}_20270113T080000Z`,
      {},
      404,
      'eventId: there is no such event',
    ],
    [
      'an occurrence of nothing we know',
      () => 'unknown_20270111T080000Z',
      {},
      404,
      'eventId: there is no such event',
    ],
    ['an event we do not know', () => 'unknown', {}, 404, 'eventId: there is no such event'],
    ['a series without which', () => series, {}, 400, 'from: this event repeats'],
    [
      'a start that it does not have',
      () => series,
      { from: '2027-01-13' },
      400,
      'from: no event of this series',
    ],
    [
      'a start for the whole series',
      () => series,
      { scope: 'series', from: '2027-01-11T08:00:00Z' },
      400,
      'from: leave it out for the whole series',
    ],
  ])('%s is refused with what to give', async (_, event, more, status, message) => {
    const answer = await decide(event(), [], more);
    expect(answer.status).toBe(status);
    expect(answer.body.message).toContain(message);
    expect(await shop.decisions()).toEqual([]);
  });

  test('a start may leave milliseconds out', async () => {
    expect(await decide(series, [], { from: '2027-01-11T08:00:00Z' })).toMatchObject({
      status: 201,
      body: { decision: { from: start(0) } },
    });
  });

  const times = (n: number, from: string, to: string) => ({
    start: { dateTime: `${week(n)}T${from}:00`, timeZone: 'Europe/Oslo' },
    end: { dateTime: `${week(n)}T${to}:00`, timeZone: 'Europe/Oslo' },
  });
});

describe('all-day', () => {
  test('an occurrence is named by its date', async () => {
    const series = await shop.type('Anna', 'Away', {
      allDay: true,
      event: { recurrence: ['RRULE:FREQ=WEEKLY'] },
    });
    await shop.pull();
    expect(await decide(`${series}_${week(1).replaceAll('-', '')}`, ['Anna'])).toMatchObject({
      status: 201,
      body: { decision: { from: week(1) } },
    });
    expect([await shop.blockedAt('09:00', week(0)), await shop.blockedAt('09:00', week(1))]).toEqual([
      [...names],
      ['Anna'],
    ]);
  });
});

describe('what it changes is told', () => {
  test('minutes before and after, bookings in the way, and by a dry run without doing it', async () => {
    await shop.set({ undecided: 'nobody' });
    const event = await shop.type('Per', 'Board meeting');
    await shop.pull();
    const booked = await shop.book('Anna', '09:00');
    const answer = await decide(event, ['Anna', 'Kari'], { dryRun: true });
    expect(answer).toMatchObject({
      status: 200,
      body: {
        decision: null,
        impact: { hits: [{ bookingId: booked.body.id, resourceId: shop.resource.Anna }] },
      },
    });
    expect(answer.body.impact.resources.map(({ before, after }) => [before, after])).toEqual([
      [0, 60],
      [0, 60],
    ]);
    expect(await shop.decisions()).toEqual([]);
    expect(await shop.rows()).toEqual([]);
    expect(await shop.marks()).toEqual([]);
  });

  test('of an event that is over, the travel home is still to come', async () => {
    await shop.set({ undecided: 'nobody' });
    const event = await shop.type('Kari', 'Visit', { from: '09:00', to: '10:00' });
    await shop.pull();
    const booked = await shop.book('Kari', '10:00');
    shop.clock.now = Date.parse(`${monday}T09:15:00Z`);
    const share = { resourceId: shop.resource.Kari, startShift: 0, endShift: 30 };
    const { body } = await shop.call<Settled>('POST', shop.on('decisions'), {
      ...{ eventId: event, shares: [share], dryRun: true },
    });
    expect(body.impact).toMatchObject({
      resources: [{ resourceId: shop.resource.Kari, means: 'block', before: 0, after: 15 }],
      hits: [{ bookingId: booked.body.id, resourceId: shop.resource.Kari }],
    });
  });

  test('a block of some places hits only bookings that it leaves none', async () => {
    await shop.set({ undecided: 'nobody' });
    const event = await shop.type('Per', 'Cleaning');
    await shop.pull();
    const room = shop.resource['Room 2'];
    const booked = await shop.book('Room 2', '09:00');
    const places = (count: number) =>
      shop.call<Settled>('POST', shop.on('decisions'), {
        eventId: event,
        shares: [{ resourceId: room, places: count }],
        dryRun: true,
      });
    expect((await places(2)).body.impact.hits).toEqual([]);
    expect((await places(3)).body.impact.hits).toEqual([{ bookingId: booked.body.id, resourceId: room }]);
    await shop.book('Room 2', '09:00');
    expect((await places(2)).body.impact.hits).toHaveLength(2);
  });

  test('what other events take of the places counts as well, what it took itself until now does not', async () => {
    await shop.set({ undecided: 'nobody' });
    const [one, two] = [await shop.type('Per', 'Cleaning'), await shop.type('Kari', 'Painting')];
    await shop.pull();
    const room = shop.resource['Room 2'];
    const booked = await shop.book('Room 2', '09:00');
    const places = (eventId: string, count: number, dryRun = false) =>
      shop.call<Settled>('POST', shop.on('decisions'), {
        eventId,
        shares: [{ resourceId: room, places: count }],
        dryRun,
      });
    await places(one, 1);
    expect((await places(one, 2, true)).body.impact.hits).toEqual([]);
    expect((await places(two, 1, true)).body.impact.hits).toEqual([]);
    expect((await places(two, 2)).body.impact.hits).toEqual([
      { bookingId: booked.body.id, resourceId: room },
    ]);
    expect((await shop.told('collision')).map(({ details }) => details.eventId)).toEqual([two]);
  });
});

describe('a booking in the way', () => {
  test('is told of once, when it is said', async () => {
    await shop.set({ undecided: 'nobody' });
    const event = await shop.type('Anna', 'Dentist');
    await shop.pull();
    const booked = await shop.book('Kari', '09:00');
    await decide(event, ['Kari'], { dryRun: true });
    expect(await shop.told('collision')).toEqual([]);
    await decide(event, ['Kari']);
    expect(await shop.told('collision')).toHaveLength(1);
    await decide(event, ['Kari', 'Anna']);
    await shop.pullAll();
    expect(await shop.told('collision')).toMatchObject([
      { bookingId: booked.body.id, details: { eventId: event, resourceId: shop.resource.Kari } },
    ]);
  });

  type Settle = () => Promise<{ status: number }>;
  /** Each readies the event, and gives what then comes to block Kari. */
  const ways: Record<string, (event: string) => Promise<Settle>> = {
    said: async (event) => {
      await shop.set({ undecided: 'nobody' });
      await shop.pull();
      return () => decide(event, ['Kari']);
    },
    accepted: async (event) => {
      await shop.set({ undecided: 'nobody', adopt: 'ask' });
      const [share] = shares('Kari');
      const whole = { ...share!, places: null, startShift: 0, endShift: 0, means: null };
      const id = '01890000-0000-7000-8000-00000000000a';
      await shop.mark(event, { id, scope: 'event', from: null, shares: [whole] });
      await shop.pull();
      const [{ id: proposed } = { id: '' }] = await shop.decisions();
      return () => shop.call('POST', `/decisions/${proposed}/accept`);
    },
    ended: async (event) => {
      await shop.pull();
      const { decision } = (await decide(event, [])).body;
      return () => shop.call('DELETE', `/decisions/${decision.id}`);
    },
  };
  test.each(Object.keys(ways))('is told of though it is being made while a decision is %s', async (way) => {
    const event = await shop.type('Anna', 'Dentist');
    const settle = await ways[way]!(event);
    const { db } = shop.context;
    const waiting = async (many: number) => {
      const found = await db.execute(sql`
        select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`);
      expect(found).toHaveLength(many);
    };
    const both = await db.transaction(async (tx) => {
      // The booking stands still when it holds its time, and is seen by nobody yet.
      await tx.execute(sql`lock table audit in share mode`);
      const booking = shop.book('Kari', '09:00');
      await vi.waitFor(() => waiting(1), 10_000);
      const settling = settle();
      await Promise.race([settling, vi.waitFor(() => waiting(2), 10_000)]);
      return { booking, settling };
    });
    expect((await both.settling).status).toBeLessThan(300);
    const { status, body } = await both.booking;
    expect(status).toBe(201);
    expect(await shop.told('collision')).toMatchObject([{ bookingId: body.id, details: { eventId: event } }]);
  });
});

describe('what is kept', () => {
  test('the one before ends where another takes its place, and both are listed', async () => {
    const event = await shop.type('Anna', 'Dentist');
    await shop.pull();
    await decide(event, ['Anna']);
    shop.clock.now += 1000;
    await decide(event, ['Kari']);
    const list = (query: string) =>
      shop.call<{ items: Record<string, unknown>[]; next: string | null }>(
        'GET',
        shop.on(`decisions${query}`),
      );
    const { body } = await list(`?eventId=${event}`);
    expect(body.items).toMatchObject([
      {
        endedAt: '2027-01-11T07:00:01.000Z',
        endedBy: expect.stringMatching(/^key:/),
        shares: [{ resourceId: shop.resource.Anna }],
      },
      { endedAt: null, endedBy: null, shares: [{ resourceId: shop.resource.Kari }] },
    ]);
    expect((await list('?ended=true')).body.items).toEqual(body.items.slice(0, 1));
    expect((await list('?ended=false')).body.items).toEqual(body.items.slice(1));
    const first = await list('?limit=1');
    expect(first.body).toEqual({ items: body.items.slice(0, 1), next: body.items[0]!.id });
    expect((await list(`?limit=1&cursor=${first.body.next}`)).body).toEqual({
      items: body.items.slice(1),
      next: null,
    });
  });

  test('ended once; said once per Idempotency-Key', async () => {
    const event = await shop.type('Anna', 'Dentist');
    await shop.pull();
    const say = () =>
      shop.call<Settled>(
        'POST',
        shop.on('decisions'),
        { eventId: event, shares: [] },
        { 'idempotency-key': 'once' },
      );
    const first = await say();
    expect(await say()).toEqual(first);
    expect(await shop.decisions()).toHaveLength(1);
    const path = `/decisions/${first.body.decision.id}`;
    expect(await shop.call('DELETE', path)).toMatchObject({ status: 200 });
    expect(await shop.call('DELETE', path)).toMatchObject({ status: 409, body: { code: 'wrong_state' } });
    expect(await shop.call('POST', `${path}/accept`)).toMatchObject({ status: 409 });
  });

  test('of a resource that is not linked, not there, or has fewer places: refused by name', async () => {
    const event = await shop.type('Anna', 'Dentist');
    await shop.pull();
    await shop.call('PUT', `/resources/${shop.resource.Per}/links`, { links: [] });
    expect(await decide(event, ['Anna', 'Per'])).toMatchObject({
      status: 400,
      body: {
        message: 'shares.1.resourceId: Per does not read this calendar: link it to the calendar first.',
      },
    });
    const one = { resourceId: shop.resource.Anna, places: 2 };
    expect(await shop.call('POST', shop.on('decisions'), { eventId: event, shares: [one] })).toMatchObject({
      status: 400,
      body: { message: 'shares.0.places: Anna has only 1; null takes them all.' },
    });
  });

  test('another business has nothing to do with it', async () => {
    const event = await shop.type('Anna', 'Dentist');
    await shop.pull();
    const { body } = await decide(event, []);
    const other = await Shop.open(world);
    for (const [method, path, sent] of [
      ['POST', shop.on('decisions'), { eventId: event, shares: [] }],
      ['GET', shop.on('decisions'), undefined],
      ['DELETE', `/decisions/${body.decision.id}`, undefined],
      ['POST', `/decisions/${body.decision.id}/accept`, undefined],
      ['GET', shop.on('events?from=2027-01-11T00:00:00Z&to=2027-01-12T00:00:00Z'), undefined],
      ['POST', shop.on('simulate'), {}],
    ] as const)
      expect(await other.call(method, path, sent)).toMatchObject({ status: 404 });
    await other.close();
  });
});

test('an event may open what is closed by default', async () => {
  await shop.call('PATCH', `/resources/${shop.resource.Per}`, { opens: 'openings' });
  await shop.set({ undecided: 'nobody' });
  const event = await shop.type('Per', 'Evening clinic', { from: '18:00', to: '20:00' });
  await shop.pull();
  expect(await shop.starts('Per')).toEqual([]);
  const made = await decide(event, ['Per']);
  expect(made.body.impact.resources).toEqual([
    { resourceId: shop.resource.Per, means: 'open', before: 0, after: 120, slots: -2 },
  ]);
  expect(await shop.starts('Per')).toEqual(['18:00', '19:00']);
});
