// Seats of sessions, and places of resources: counted, shared out anew where needed, given back.
import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Clinic, openClinic, type Refused, type Shown } from './clinic.ts';

let clinic: Clinic;
beforeAll(async () => {
  clinic = await openClinic();
});
afterAll(async () => {
  expect(clinic.errors).toEqual([]);
  await clinic.close();
});

const allocations = async (resourceId: string) =>
  clinic.context.db.execute<{ unit: string; place: number; hour: number }>(sql`
    select unit_id as unit, place, extract(hour from lower(during) at time zone 'UTC')::int as hour
    from allocations where resource_id = ${resourceId} order by lower(during), place`);
const sessionRows = () =>
  clinic.context.db.execute<{ id: string; cancelled: boolean }>(
    sql`select id, cancelled_at is not null as cancelled from sessions order by created_at`,
  );

describe('sessions', () => {
  const noon = '2026-11-17T11:00:00Z';

  test('bookings share one until its seats are gone; it is one allocation, and ends with its last booking', async () => {
    const [teacher, room] = [await clinic.resource(), await clinic.resource({ kind: 'room' })];
    const yoga = await clinic.service([{ resourceIds: [teacher] }, { resourceIds: [room] }], { seats: 3 });
    const one = await clinic.book(yoga, noon);
    const two = await clinic.book(yoga, noon, { seats: 2 });
    expect(two.body.sessionId).toBe(one.body.sessionId);
    expect(two.body.resources.map(({ resourceId }) => resourceId)).toEqual([teacher, room]);
    expect((await allocations(teacher)).map(({ unit }) => unit)).toEqual([one.body.sessionId]);
    const full = await clinic.refuse(yoga, noon);
    expect([full.status, full.body.code]).toEqual([409, 'taken']);
    expect(full.body.details.reasons.map(({ code }) => code)).toContain('seats');

    await clinic.post(`/bookings/${two.body.id}/cancel`, { revision: 1 });
    expect((await clinic.refuse(yoga, noon, { seats: 3 })).status).toBe(409);
    expect((await clinic.book(yoga, noon, { seats: 2 })).body.sessionId).toBe(one.body.sessionId);
    await clinic.post(`/bookings/${one.body.id}/cancel`, { revision: 1 });
    expect((await allocations(room)).length).toBe(1);
  });

  test('seats left are told with each slot', async () => {
    const teacher = await clinic.resource();
    const yoga = await clinic.service([{ resourceIds: [teacher] }], { seats: 4 });
    await clinic.book(yoga, noon, { seats: 3 });
    const { body } = await clinic.call<{ slots: { start: string; seatsLeft: number }[] }>(
      'GET',
      `/availability?serviceId=${yoga}&from=2026-11-17T10:00:00Z&to=2026-11-17T13:00:00Z`,
    );
    expect(body.slots.map(({ start, seatsLeft }) => [start.slice(11, 13), seatsLeft])).toEqual([
      ['10', 4],
      ['11', 1],
      ['12', 4],
    ]);
    expect((await clinic.starts(yoga, '2026-11-17', '&seats=2')).includes('11:00')).toBe(false);
  });

  test('the last to leave ends it: its time is free for others', async () => {
    const teacher = await clinic.resource();
    const yoga = await clinic.service([{ resourceIds: [teacher] }], { seats: 3 });
    const cut = await clinic.service([{ resourceIds: [teacher] }]);
    const { body } = await clinic.book(yoga, noon);
    expect((await clinic.refuse(cut, noon)).status).toBe(409);
    await clinic.post(`/bookings/${body.id}/cancel`, { revision: 1 });
    expect((await clinic.book(cut, noon)).status).toBe(201);
  });

  test('one that is only held lapses with the hold, and whoever comes next may take the time', async () => {
    const teacher = await clinic.resource();
    const yoga = await clinic.service([{ resourceIds: [teacher] }], { seats: 3 });
    const cut = await clinic.service([{ resourceIds: [teacher] }]);
    const { body: held } = await clinic.post('/holds', { serviceId: yoga, start: noon });
    expect((await clinic.refuse(cut, noon)).status).toBe(409);
    clinic.clock.now += 11 * 60_000;
    expect((await clinic.book(cut, noon)).status).toBe(201);
    expect((await clinic.booking(held.id)).status).toBe('expired');
    expect((await sessionRows()).find(({ id }) => id === held.sessionId)?.cancelled).toBe(true);
    const late = await clinic.post<Refused>('/bookings', { holdId: held.id, customer: { name: 'Late' } });
    expect(late.status).toBe(409);
  });

  test('a booking moves to another session, and the session it left follows suit', async () => {
    const teacher = await clinic.resource();
    const yoga = await clinic.service([{ resourceIds: [teacher] }], { seats: 3 });
    const one = await clinic.book(yoga, noon);
    const two = await clinic.book(yoga, '2026-11-17T13:00:00Z');
    const moved = await clinic.post(`/bookings/${one.body.id}/reschedule`, {
      revision: 1,
      start: '2026-11-17T13:00:00Z',
    });
    expect(moved.body.sessionId).toBe(two.body.sessionId);
    expect(await clinic.starts(yoga, '2026-11-17')).toContain('11:00');
    expect((await allocations(teacher)).map(({ unit }) => unit)).toEqual([two.body.sessionId]);
  });

  test('whose one customer moves does not stand in their way', async () => {
    const teacher = await clinic.resource();
    const each = { lengthMinutes: 60, stepMinutes: 15 };
    const yoga = await clinic.service([{ resourceIds: [teacher] }], { seats: 3, ...each });
    const cut = await clinic.service([{ resourceIds: [teacher] }]);
    const { body } = await clinic.book(yoga, '2026-11-17T10:30:00Z');
    await clinic.book(cut, '2026-11-17T12:00:00Z');
    const to = (start: string, revision: number) =>
      clinic.post<Refused & Shown>(`/bookings/${body.id}/reschedule`, { revision, start });
    const moved = await to('2026-11-17T10:45:00Z', 1);
    expect(moved).toMatchObject({ status: 200, body: { start: '2026-11-17T10:45:00.000Z' } });
    // It goes along, so that its event does.
    const { sessionId } = moved.body;
    expect(sessionId).toBe(body.sessionId);
    expect((await allocations(teacher)).map(({ unit }) => unit)).toContain(sessionId);
    expect(await allocations(teacher)).toHaveLength(2);
    expect((await sessionRows()).find(({ id }) => id === sessionId)?.cancelled).toBe(false);
    const { body: joined } = await clinic.book(yoga, '2026-11-17T10:45:00Z');
    expect(joined.sessionId).toBe(sessionId);
    await clinic.post(`/bookings/${joined.id}/cancel`, { revision: 1 });
    // Where it wants another's time, what it is told to take instead may overlap its own.
    const refused = await to('2026-11-17T11:15:00Z', 2);
    expect([refused.status, refused.body.code]).toEqual([409, 'taken']);
    const near = refused.body.details.alternatives.map(({ start }) => start.slice(11, 16));
    expect(near).toEqual(['11:00', '10:45', '10:30']);
    // At its own time it stays in its session.
    expect((await to('2026-11-17T10:45:00Z', 2)).body).toMatchObject({ sessionId });
  });

  test('whose customers are two stands in the way of each', async () => {
    const teacher = await clinic.resource();
    const each = { lengthMinutes: 60, stepMinutes: 15 };
    const yoga = await clinic.service([{ resourceIds: [teacher] }], { seats: 3, ...each });
    const { body } = await clinic.book(yoga, '2026-11-17T10:30:00Z');
    const held = await clinic.post('/holds', { serviceId: yoga, start: '2026-11-17T10:30:00Z' });
    const to = (revision: number) =>
      clinic.post<Refused & Shown>(`/bookings/${body.id}/reschedule`, {
        revision,
        start: '2026-11-17T10:45:00Z',
      });
    const refused = await to(1);
    expect([refused.status, refused.body.code]).toEqual([409, 'taken']);
    const near = refused.body.details.alternatives.map(({ start }) => start.slice(11, 16));
    expect(near).toEqual(['10:30', '11:30', '11:45']);
    expect((await clinic.booking(held.body.id)).sessionId).toBe(body.sessionId);
    // Let go, it is in nobody's way.
    clinic.clock.now += 11 * 60_000;
    expect((await to(1)).status).toBe(200);
    expect(await allocations(teacher)).toHaveLength(1);
    expect((await clinic.booking(held.body.id)).status).toBe('expired');
  });

  test('whoever joins while its one customer moves keeps their time', async () => {
    for (let round = 0; round < 8; round++) {
      const teacher = await clinic.resource();
      const each = { lengthMinutes: 60, stepMinutes: 15 };
      const yoga = await clinic.service([{ resourceIds: [teacher] }], { seats: 3, ...each });
      const { body } = await clinic.book(yoga, '2026-11-17T10:30:00Z');
      const start = '2026-11-17T10:45:00Z';
      const answers = await Promise.all([
        clinic.book(yoga, '2026-11-17T10:30:00Z'),
        clinic.post(`/bookings/${body.id}/reschedule`, { revision: 1, start }),
        clinic.book(yoga, '2026-11-17T10:30:00Z'),
      ]);
      const [one, moved, two] = answers.map(({ status }) => status);
      // Either they came first, or their time was gone.
      expect([[201, 409, 201].join(), [409, 200, 409].join()]).toContain([one, moved, two].join());
      const held = (await allocations(teacher)).map(({ unit }) => unit);
      expect(held).toHaveLength(1);
      const ids = [
        body.id,
        ...[answers[0]!, answers[2]!].flatMap((a) => (a.status === 201 ? [a.body.id] : [])),
      ];
      for (const id of ids) expect((await clinic.booking(id)).sessionId).toBe(held[0]);
    }
  });

  test('reassigned, it moves with everybody in it', async () => {
    const [teacher, stand] = [await clinic.resource(), await clinic.resource()];
    const yoga = await clinic.service([{ resourceIds: [teacher, stand] }], { seats: 3 });
    const one = await clinic.book(yoga, noon, { resourceIds: [teacher] });
    const two = await clinic.book(yoga, noon);
    await clinic.post(`/bookings/${one.body.id}/reassign`, { revision: 1, from: teacher, to: stand });
    expect((await clinic.booking(two.body.id)).resources).toEqual([{ resourceId: stand, places: 1 }]);
    expect(await allocations(teacher)).toHaveLength(0);
  });

  test('a crowd gets exactly the seats there are', async () => {
    const teacher = await clinic.resource();
    const yoga = await clinic.service([{ resourceIds: [teacher] }], { seats: 7 });
    const answers = await Promise.all(Array.from({ length: 30 }, () => clinic.book(yoga, noon)));
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(7);
    expect(answers.filter(({ status }) => status === 409)).toHaveLength(23);
    expect(new Set(answers.flatMap(({ body }) => body.sessionId ?? [])).size).toBe(1);
  });
});

describe('places', () => {
  test('where the count fits but no place is free throughout, those who sit are moved', async () => {
    const bikes = await clinic.resource({ kind: 'equipment', places: 2 });
    const hour = await clinic.service([{ resourceIds: [bikes] }]);
    const long = await clinic.service([{ resourceIds: [bikes] }], { lengthMinutes: 120, stepMinutes: 60 });
    // Two at nine, so that the second sits on place 2; the first leaves; then place 1 is free early, place 2 late.
    const first = await clinic.book(hour, '2026-11-17T08:00:00Z');
    await clinic.book(hour, '2026-11-17T08:00:00Z');
    await clinic.book(hour, '2026-11-17T09:00:00Z');
    await clinic.post(`/bookings/${first.body.id}/cancel`, { revision: 1 });
    expect((await allocations(bikes)).map(({ hour, place }) => [hour, place])).toEqual([
      [8, 2],
      [9, 1],
    ]);
    expect((await clinic.book(long, '2026-11-17T08:00:00Z')).status).toBe(201);
    const seated = await allocations(bikes);
    expect(seated.filter(({ hour }) => hour === 8).map(({ place }) => place)).toEqual([1, 2]);
    const places = new Map(seated.map(({ unit, place }) => [unit, place]));
    expect(places.size).toBe(3);
    expect((await clinic.refuse(hour, '2026-11-17T09:00:00Z')).status).toBe(409);
  });

  test('a service may take several places, and a block some of them', async () => {
    const vans = await clinic.resource({ kind: 'vehicle', places: 5 });
    const pair = await clinic.service([{ resourceIds: [vans], places: 2 }]);
    expect((await clinic.book(pair, '2026-11-17T10:00:00Z')).body.resources).toEqual([
      { resourceId: vans, places: 2 },
    ]);
    await clinic.post(`/resources/${vans}/blocks`, {
      start: '2026-11-17T10:00:00Z',
      end: '2026-11-17T12:00:00Z',
      places: 2,
    });
    const refused = await clinic.refuse(pair, '2026-11-17T10:00:00Z');
    expect(refused.body.details.reasons.map(({ code }) => code)).toContain('places');
    expect((await clinic.book(pair, '2026-11-17T11:00:00Z')).status).toBe(201);
  });

  test('person, room and car are one booking, all or nothing', async () => {
    const [anna, room, car] = [
      await clinic.resource(),
      await clinic.resource({ kind: 'room' }),
      await clinic.resource({ kind: 'vehicle' }),
    ];
    const visit = await clinic.service([
      { resourceIds: [anna] },
      { resourceIds: [room] },
      { resourceIds: [car] },
    ]);
    const drive = await clinic.service([{ resourceIds: [car] }]);
    await clinic.book(drive, '2026-11-17T10:00:00Z');
    expect((await clinic.refuse(visit, '2026-11-17T10:00:00Z')).status).toBe(409);
    expect(await allocations(anna)).toHaveLength(0);
    expect((await clinic.book(visit, '2026-11-17T11:00:00Z')).body.resources).toHaveLength(3);
  });
});

test('limits a day count under a crowd too', async () => {
  const anna = await clinic.resource();
  const few = await clinic.service([{ resourceIds: [anna] }], { dayLimit: 2 });
  const hours = ['08', '09', '10', '11', '12', '13'];
  const answers = await Promise.all(hours.map((hour) => clinic.book(few, `2026-11-17T${hour}:00:00Z`)));
  expect(answers.filter(({ status }) => status === 201)).toHaveLength(2);
  expect(await clinic.starts(few, '2026-11-17')).toEqual([]);
});
