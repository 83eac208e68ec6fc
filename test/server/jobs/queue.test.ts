// Handing out what is owed: to one worker at a time, fairly, and to another when it is not heard of.
import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openDatabase } from '../../../server/database/open.ts';
import { bury, claim, giveBack, keep, LeaseLost, postpone, settle } from '../../../server/jobs/queue.ts';
import { Clinic } from '../sync/clinic.ts';
import { openWorld, type World } from '../sync/world.ts';

let world: World;
beforeAll(async () => {
  world = await openWorld();
});
afterAll(() => world.close());

const done = { done: 1, generation: 0, eventId: 'e', etag: '"1"', written: { a: 1 } };

describe('owing', () => {
  test('is one push for each calendar that the resources write to', async () => {
    const clinic = await Clinic.open(world);
    const [room, car] = [await clinic.addResource('Room'), await clinic.addResource('Car')];
    const shelf = await clinic.addResource('Shelf', { on: room.calendar });
    await clinic.db.execute(sql`update links set writes = false where resource_id = ${car.id}`);
    const booked = await clinic.book([room, shelf, car]);
    expect(await clinic.rows()).toMatchObject([
      {
        unitId: booked.id,
        bookingId: booked.id,
        calendarId: room.calendar.id,
        present: true,
        wanted: 1,
        done: 0,
      },
    ]);
  });

  test('asks calendars that are no longer concerned to forget it, if they know of it', async () => {
    const clinic = await Clinic.open(world);
    const [room, hall] = [await clinic.addResource('Room'), await clinic.addResource('Hall')];
    const booked = await clinic.book([room]);
    await clinic.push();
    await clinic.change(booked, { on: [hall] });
    expect(await clinic.row(booked, room)).toMatchObject({ present: false, wanted: 2, done: 1 });
    expect(await clinic.row(booked, hall)).toMatchObject({ present: true, wanted: 2, done: 0 });
    await clinic.push();
    await clinic.change(booked, { notes: 'x' });
    expect(await clinic.row(booked, room)).toMatchObject({ wanted: 2, done: 2 });
  });

  test('leaves a booking that holds nothing any more where it is', async () => {
    const clinic = await Clinic.open(world);
    const room = await clinic.addResource('Room');
    const booked = await clinic.book([room]);
    await clinic.push();
    await clinic.cancel(booked);
    expect(await clinic.row(booked, room)).toMatchObject({ present: true, wanted: 2, done: 1 });
  });

  test('is undone with the transaction', async () => {
    const clinic = await Clinic.open(world);
    const room = await clinic.addResource('Room');
    const booked = await clinic.book([room]);
    await clinic.push();
    await expect(
      clinic.db.transaction(async () => {
        await clinic.db.transaction(async (tx) => {
          await tx.execute(sql`update bookings set revision = 9 where id = ${booked.id}`);
          throw new Error('no');
        });
      }),
    ).rejects.toThrow('no');
    expect(await clinic.row(booked, room)).toMatchObject({ wanted: 1, done: 1 });
  });
});

describe('a claim', () => {
  test('takes a unit as a whole, once, however many ask', async () => {
    const clinic = await Clinic.open(world);
    const [room, hall] = [await clinic.addResource('Room'), await clinic.addResource('Hall')];
    const booked = [];
    for (let i = 0; i < 10; i++) booked.push(await clinic.book([room, hall]));
    const others = [openDatabase(world.url), openDatabase(world.url)];
    const claims = await Promise.all(
      Array.from({ length: 12 }, (_, i) => claim(others[i % 2]!.db, { limit: 4, perCalendar: 4 })),
    );
    await Promise.all(others.map((other) => other.close()));
    const units = [...claims.flat(), ...(await clinic.claim())];
    expect(units.map(({ unitId }) => unitId).sort()).toEqual(booked.map(({ id }) => id).sort());
    for (const { pushes } of units) expect(pushes.map(({ attempt }) => attempt)).toEqual([1, 1]);
    expect(await clinic.claim()).toEqual([]);
  });

  test('a push of a unit in hand that becomes owed meanwhile waits for it', async () => {
    const clinic = await Clinic.open(world);
    const [room, hall] = [await clinic.addResource('Room'), await clinic.addResource('Hall')];
    const booked = await clinic.book([room]);
    const [mine] = await clinic.claim();
    await clinic.change(booked, { on: [hall] });
    expect(await clinic.claim()).toEqual([]);
    await settle(clinic.db, mine!, mine!.pushes[0]!.id, done);
    const [next] = await clinic.claim();
    expect(next!.pushes).toHaveLength(2);
  });

  test('a calendar with much to do does not keep others waiting', async () => {
    const clinic = await Clinic.open(world);
    const [busy, quiet] = [await clinic.addResource('Busy'), await clinic.addResource('Quiet')];
    for (let i = 0; i < 30; i++) await clinic.book([busy]);
    const late = await clinic.book([quiet]);
    const claims = await claim(clinic.db, { limit: 6, perCalendar: 3 });
    expect(claims.map(({ unitId }) => unitId)).toContain(late.id);
    expect(claims).toHaveLength(4);
  });

  test('leaves out whom it is told to, what is not due, and what died', async () => {
    const clinic = await Clinic.open(world);
    const [room, hall] = [await clinic.addResource('Room'), await clinic.addResource('Hall')];
    await clinic.book([room]);
    const wish = { limit: 10, perCalendar: 10 };
    for (const without of [
      { calendarIds: [room.calendar.id] },
      { businessIds: [clinic.businessId] },
      { accountIds: [clinic.accountId] },
    ])
      expect(await claim(clinic.db, { ...wish, without })).toEqual([]);
    await clinic.db.execute(sql`update pushes set due_at = now() + interval '1 second'`);
    expect(await clinic.claim()).toEqual([]);
    await clinic.db.execute(sql`update pushes set due_at = now(), died_at = now()`);
    expect(await clinic.claim()).toEqual([]);
    await clinic.db.execute(sql`update pushes set died_at = null`);
    expect(await claim(clinic.db, { ...wish, without: { calendarIds: [hall.calendar.id] } })).toHaveLength(1);
  });

  test('leaves out pushes of an account to be left alone, and they stay due', async () => {
    const clinic = await Clinic.open(world);
    const resting = await clinic.addAccount();
    const [room, hall] = [
      await clinic.addResource('Room'),
      await clinic.addResource('Hall', { of: resting }),
    ];
    const booked = await clinic.book([room, hall]);
    const wish = { limit: 10, perCalendar: 10, without: { accountIds: [resting.accountId] } };
    const [mine, ...others] = await claim(clinic.db, wish);
    expect(others).toEqual([]);
    expect(mine!.pushes.map(({ calendarId }) => calendarId)).toEqual([room.calendar.id]);
    expect(await clinic.row(booked, hall)).toMatchObject({ attempts: 0, leasedUntil: null, done: 0 });
    // Nobody else has the unit meanwhile, and afterwards it is not handed out again for what is left alone.
    expect(await clinic.claim()).toEqual([]);
    await settle(clinic.db, mine!, mine!.pushes[0]!.id, done);
    expect(await claim(clinic.db, wish)).toEqual([]);
    const [rest] = await clinic.claim();
    expect(rest!.pushes).toMatchObject([{ calendarId: hall.calendar.id, attempt: 1 }]);
  });

  test('of a worker that is not heard of passes to another, and its first holder can write no more', async () => {
    const clinic = await Clinic.open(world);
    const room = await clinic.addResource('Room');
    const booked = await clinic.book([room]);
    const [first] = await clinic.claim();
    const id = first!.pushes[0]!.id;
    await clinic.db.execute(sql`update pushes set leased_until = now()`);
    const stale = { ...first!, leasedUntil: new Date().toISOString() };
    const [second] = await clinic.claim();
    expect(second!.pushes[0]!.attempt).toBe(2);
    for (const late of [first!, stale]) {
      await expect(settle(clinic.db, late, id, done)).rejects.toThrow(LeaseLost);
      await expect(bury(clinic.db, late, id, { failure: 'x', wanted: 1 })).rejects.toThrow(LeaseLost);
      await expect(postpone(clinic.db, late, id, { delay: 1, failure: 'x', counts: true })).rejects.toThrow(
        LeaseLost,
      );
      await expect(keep(clinic.db, late)).rejects.toThrow(LeaseLost);
      await giveBack(clinic.db, late);
    }
    expect(await clinic.row(booked, room)).toMatchObject({
      done: 0,
      attempts: 2,
      failure: null,
      diedAt: null,
    });
    await keep(clinic.db, second!);
    await settle(clinic.db, second!, id, done);
    expect(await clinic.row(booked, room)).toMatchObject({
      done: 1,
      attempts: 0,
      written: { a: 1 },
      leasedUntil: null,
    });
  });

  test('given back is as if it had not been taken', async () => {
    const clinic = await Clinic.open(world);
    const room = await clinic.addResource('Room');
    const booked = await clinic.book([room]);
    const [mine] = await clinic.claim();
    await giveBack(clinic.db, mine!);
    expect(await clinic.row(booked, room)).toMatchObject({ attempts: 0, leasedUntil: null });
    expect(await clinic.claim()).toHaveLength(1);
  });

  test('given up while more came to be wanted is owed again', async () => {
    const clinic = await Clinic.open(world);
    const room = await clinic.addResource('Room');
    const booked = await clinic.book([room]);
    const [mine] = await clinic.claim();
    await clinic.change(booked, { notes: 'x' });
    await bury(clinic.db, mine!, mine!.pushes[0]!.id, { failure: 'x', wanted: 1 });
    expect(await clinic.row(booked, room)).toMatchObject({ diedAt: null });
    expect(await clinic.claim()).toHaveLength(1);
  });
});
