// Our own changes on their way and a person's at the same time: none is taken for the other, and nothing goes on for ever.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { pushUnit } from '../../../server/sync/push.ts';
import type { Booked, Resource } from './clinic.ts';
import { Listener } from './listener.ts';
import { Way } from './way.ts';
import { openWorld, type World } from './world.ts';

const way = new Way();
let world: World;
beforeAll(async () => {
  world = await openWorld((url) => way.start(url));
});
afterAll(async () => {
  way.close();
  await world.close();
});

const hour = 3_600_000;
const asked = { moved: 'ask', deleted: 'ask', freed: 'ask', left: 'ask' } as const;
const followed = { moved: 'follow', deleted: 'follow', freed: 'follow', left: 'follow' } as const;

async function shownIn(drift: Parameters<typeof Listener.open>[1], ...more: string[]) {
  const listener = await Listener.open(world, drift);
  const [room, ...others] = await listener.rooms('Room', ...more);
  if (!room) throw new Error('no room');
  const booked = await listener.booked([room]);
  return { listener, clinic: listener.clinic, room, others, booked };
}

describe('what a person does to an event while the answer to its making is on its way', () => {
  test.each([
    ['dragged', ({ listener, room, booked }: Making) => listener.drag(room, booked.start + 3 * hour)],
    [
      'set Free',
      ({ listener, room }: Making) => listener.clinic.edit(room.calendar, { transparency: 'transparent' }),
    ],
    ['deleted', ({ listener, room }: Making) => listener.clinic.delete(room.calendar)],
  ])('is heard of, and put right: %s', async (_name, act) => {
    const drift = { moved: 'restore', freed: 'restore', deleted: 'restore' } as const;
    const listener = await Listener.open(world, drift);
    const { clinic } = listener;
    const [room] = await listener.rooms('Room');
    const booked = await clinic.book([room!]);
    const [claim] = await clinic.claim();
    const held = way.holdAt(1, true);
    const pushed = pushUnit(world.context, clinic.budget, claim!);
    await held;
    way.open();
    await act({ listener, room: room!, booked });
    await listener.hear();
    way.letGo();
    await pushed;
    await listener.quiet();
    const { start } = booked;
    expect(await listener.shown(room!)).toMatchObject({ start, end: start + hour, transparency: 'opaque' });
  });
});

interface Making {
  listener: Listener;
  room: Resource;
  booked: Booked;
}

describe('our own change', () => {
  test('that an older reading does not show is none of a person’s', async () => {
    const { listener, clinic, room, booked } = await shownIn(asked);
    await clinic.edit(room.calendar, { description: 'Anna\nRoom\nbrings a dog' });
    const reading = await listener.reading(room.calendar);
    await clinic.change(booked, { start: booked.start + hour });
    await clinic.settle();
    await reading.meet();
    await listener.quiet();
    expect(await listener.drifts()).toEqual([]);
    expect(await listener.shown(room)).toMatchObject({ start: booked.start + hour });
  });

  test.each(['events.update', 'events.move', 'events.delete'])(
    'whose answer is lost is ours all the same: %s',
    async (method) => {
      const { listener, clinic, room, others, booked } = await shownIn(followed, 'Hall');
      const hall = others[0]!;
      if (method === 'events.delete')
        await clinic.fault({ kind: 'error', status: 403, reason: 'forbidden', on: 'events.move', times: 1 });
      await clinic.fault({ kind: 'lostAnswer', on: method, times: 1 });
      await clinic.change(
        booked,
        method === 'events.update' ? { start: booked.start + hour } : { on: [hall] },
      );
      await clinic.push();
      // It moves on, and back, before we know what became of the first.
      await clinic.change(
        booked,
        method === 'events.update' ? { start: booked.start + 2 * hour } : { on: [room] },
      );
      await listener.hear();
      await listener.quiet();
      expect(await listener.drifts()).toEqual([]);
      expect(await clinic.booking(booked)).toMatchObject({ status: 'confirmed' });
      expect(await listener.shown(room)).toMatchObject({
        start: method === 'events.update' ? booked.start + 2 * hour : booked.start,
      });
      expect(await listener.shown(hall)).toBeNull();
    },
  );

  test('given to another resource is no move of a person’s, whichever calendar is heard first', async () => {
    const { listener, clinic, room, others, booked } = await shownIn(followed, 'Hall');
    for (const [from, to] of [
      [room, others[0]!],
      [others[0]!, room],
    ] as const) {
      await clinic.change(booked, { on: [to] });
      await clinic.settle();
      await listener.rest();
      await listener.hear(to.calendar);
      await listener.hear(from.calendar);
      await listener.quiet();
      expect(await listener.shown(to)).not.toBeNull();
      expect(await listener.shown(from)).toBeNull();
    }
    expect(await listener.drifts()).toEqual([]);
  });
});

describe('a person’s change', () => {
  test('that comes right after ours is heard, though the reading may be too old to tell', async () => {
    const { listener, clinic, room, booked } = await shownIn(followed);
    await clinic.change(booked, { notes: 'late' });
    await clinic.settle();
    await listener.drag(room, booked.start + 3 * hour);
    await listener.hear();
    expect(await listener.drifts()).toEqual([]);
    await listener.quiet();
    expect(await listener.drifts()).toMatchObject([{ kind: 'moved', state: 'followed' }]);
    expect(await clinic.booking(booked)).toMatchObject({ startsAt: new Date(booked.start + 3 * hour) });
  });

  test('while a push has the event in hand is left to that, and met once', async () => {
    const { listener, clinic, room, booked } = await shownIn(asked);
    await clinic.change(booked, { notes: 'late' });
    await clinic.fault({ kind: 'latency', milliseconds: 300, on: 'events.update', times: 1 });
    const pushing = clinic.push();
    await clinic.struck();
    await listener.drag(room, booked.start + 3 * hour);
    await listener.hear();
    await pushing;
    await listener.quiet();
    expect(await listener.drifts()).toMatchObject([{ kind: 'moved', state: 'open' }]);
    expect(await listener.shown(room)).toMatchObject({
      start: booked.start + 3 * hour,
      description: 'Anna\nRoom\nlate',
    });
    expect(await listener.told()).toEqual(['staff: drift']);
  });

  test('to another calendar right after ours, too', async () => {
    const { listener, clinic, room, others, booked } = await shownIn(followed, 'Hall');
    await clinic.change(booked, { notes: 'late' });
    await clinic.settle();
    await listener.moveTo(room, others[0]!);
    await listener.quiet();
    expect(await listener.drifts()).toMatchObject([{ kind: 'left', state: 'followed' }]);
    expect(await clinic.booking(booked)).toMatchObject({ status: 'confirmed' });
    expect(await listener.shown(others[0]!)).not.toBeNull();
  });

  test('found by a push before it is heard is not written over', async () => {
    const { listener, clinic, room, booked } = await shownIn(asked);
    const start = booked.start + 3 * hour;
    await listener.drag(room, start);
    await clinic.change(booked, { notes: 'late' });
    await clinic.settle();
    expect(await listener.shown(room)).toMatchObject({ start, description: 'Anna\nRoom\nlate' });
    expect(await listener.drifts()).toMatchObject([{ kind: 'moved', state: 'open' }]);
    await listener.quiet();
    expect(await listener.told()).toEqual(['staff: drift']);
  });

  test('while the booking moves too is left to staff, and the later of both is not lost', async () => {
    const { listener, clinic, room, booked } = await shownIn(followed);
    await listener.drag(room, booked.start + 3 * hour);
    await clinic.change(booked, { start: booked.start + 5 * hour });
    await listener.quiet();
    expect(await listener.drifts()).toMatchObject([{ state: 'open', policy: 'follow', reason: 'both' }]);
    expect(await listener.shown(room)).toMatchObject({ start: booked.start + 3 * hour });
    await clinic.change(booked, { start: booked.start + 3 * hour });
    await listener.quiet();
    expect(await listener.drifts()).toMatchObject([{ state: 'settled', settledBy: 'sidebook' }]);
  });

  test('to the very time the booking moved to is none', async () => {
    const { listener, clinic, room, booked } = await shownIn(asked);
    await listener.drag(room, booked.start + 3 * hour);
    await clinic.change(booked, { start: booked.start + 3 * hour });
    await listener.quiet();
    expect(await listener.drifts()).toEqual([]);
  });

  test('is over with the booking: what waited for staff waits no more', async () => {
    const { listener, clinic, room, booked } = await shownIn(asked);
    await listener.drag(room, booked.start + 3 * hour);
    await listener.quiet();
    await clinic.cancel(booked);
    await listener.quiet();
    expect(await listener.drifts()).toMatchObject([{ state: 'settled', settledBy: 'sidebook' }]);
    expect(await listener.shown(room)).toBeNull();
  });

  test('that Google has forgotten by the time we read everything is found out', async () => {
    const { listener, clinic, room, booked } = await shownIn(followed);
    const event = (await listener.shown(room))?.id ?? '';
    await clinic.delete(room.calendar);
    await clinic.control.purge({ calendar: room.calendar.googleId, event });
    await listener.hear(room.calendar, { complete: true });
    await listener.quiet();
    expect(await clinic.booking(booked)).toMatchObject({ status: 'cancelled' });
  });

  test('is not made of a calendar that we may not see any more', async () => {
    const { listener, clinic, room, booked } = await shownIn(followed);
    await clinic.control.deleteCalendar({ calendar: room.calendar.googleId });
    await clinic.change(booked, { notes: 'late' });
    await clinic.push();
    expect(await clinic.booking(booked)).toMatchObject({ status: 'confirmed' });
    expect(await clinic.row(booked, room)).toMatchObject({ failure: 'notFound' });
    expect(await listener.drifts()).toEqual([]);
  });

  test('is written over where nothing is read', async () => {
    const { listener, clinic, room, booked } = await shownIn(asked);
    await clinic.db.execute(
      `update businesses set settings = settings || '{"pull": false}' where id = '${clinic.businessId}'`,
    );
    await listener.drag(room, booked.start + 3 * hour);
    await clinic.change(booked, { notes: 'late' });
    await clinic.settle();
    expect(await listener.shown(room)).toMatchObject({ start: booked.start });
    expect(await listener.drifts()).toEqual([]);
  });
});

test('a program that moves the event again and again is left to staff after three times', async () => {
  const { listener, room, booked } = await shownIn({});
  for (let i = 0; i < 5; i++) {
    await listener.drag(room, booked.start + 3 * hour);
    await listener.quiet();
    await listener.rest();
  }
  const states = (await listener.drifts()).map(({ state, reason }) => [state, reason]);
  expect(states).toEqual([['open', 'fight'], ...Array(3).fill(['restored', null])]);
  expect(await listener.shown(room)).toMatchObject({ start: booked.start + 3 * hour });
  expect(await listener.told()).toEqual(['staff: drift']);
});

test('read again and again, what is settled leads to nothing more', async () => {
  const { listener, clinic, room, booked } = await shownIn(followed);
  await listener.drag(room, booked.start + 3 * hour);
  await listener.quiet();
  await listener.rest();
  const before = await listener.writes();
  for (let i = 0; i < 3; i++) await listener.hear(room.calendar, { complete: true });
  await listener.quiet();
  expect(await listener.writes()).toEqual(before);
  expect(await listener.drifts()).toHaveLength(1);
  expect((await clinic.booking(booked)).revision).toBe(2);
});
