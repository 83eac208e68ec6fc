// The life of a booking over the API: held, booked, approved, moved, reassigned, cancelled, done; each with its audit.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type Clinic, customer, openClinic, type Refused, type Shown } from './clinic.ts';

let clinic: Clinic;
let anna: string;
let cut: string;
const MINUTE = 60_000;
const monday = Date.parse('2026-11-16T08:00:00Z');

beforeAll(async () => {
  clinic = await openClinic();
});
afterAll(async () => {
  expect(clinic.errors).toEqual([]);
  await clinic.close();
});
beforeEach(async () => {
  clinic.clock.now = monday;
  anna = await clinic.resource();
  cut = await clinic.service([{ resourceIds: [anna] }]);
});

const audit = async (id: string) =>
  (
    await clinic.call<{ items: { action: string; actor: string; changes: object; overrode: string[] }[] }>(
      'GET',
      `/bookings/${id}/audit`,
    )
  ).body.items;

describe('holding', () => {
  test('takes the time for some minutes, then lets it go without anybody tidying', async () => {
    const held = await clinic.post('/holds', { serviceId: cut, start: '2026-11-17T09:00:00Z' });
    expect(held.status).toBe(201);
    expect(held.body).toMatchObject({
      status: 'held',
      customerId: null,
      expiresAt: '2026-11-16T08:10:00.000Z',
    });
    expect((await clinic.refuse(cut, '2026-11-17T09:00:00Z')).body.code).toBe('taken');
    expect(await clinic.starts(cut, '2026-11-17')).not.toContain('09:00');
    clinic.clock.now += 10 * MINUTE;
    expect(await clinic.starts(cut, '2026-11-17')).toContain('09:00');
    expect((await clinic.book(cut, '2026-11-17T09:00:00Z')).status).toBe(201);
    expect((await clinic.booking(held.body.id)).status).toBe('expired');
    expect((await audit(held.body.id)).map((entry) => entry.action)).toEqual(['expire', 'hold']);
  });

  test('becomes a booking, on the same resource and id', async () => {
    const { body: held } = await clinic.post('/holds', { serviceId: cut, start: '2026-11-17T09:00:00Z' });
    const booked = await clinic.post('/bookings', { holdId: held.id, customer, notes: 'by the window' });
    expect(booked.status).toBe(201);
    expect(booked.body).toMatchObject({
      id: held.id,
      status: 'confirmed',
      revision: 2,
      notes: 'by the window',
      expiresAt: null,
    });
    const again = await clinic.post<Refused>('/bookings', { holdId: held.id, customer });
    expect([again.status, again.body.code]).toEqual([409, 'wrong_state']);
  });

  test('a form that took too long still books, if nobody came in between', async () => {
    const { body: late } = await clinic.post('/holds', { serviceId: cut, start: '2026-11-17T09:00:00Z' });
    const { body: lost } = await clinic.post('/holds', { serviceId: cut, start: '2026-11-17T10:00:00Z' });
    clinic.clock.now += 11 * MINUTE;
    await clinic.book(cut, '2026-11-17T10:00:00Z');
    expect((await clinic.post('/bookings', { holdId: late.id, customer })).body).toMatchObject({
      id: late.id,
      status: 'confirmed',
    });
    const taken = await clinic.post<Refused>('/bookings', { holdId: lost.id, customer });
    expect([taken.status, taken.body.code]).toEqual([409, 'taken']);
    expect(taken.body.details.alternatives.map(({ start }) => start)).toEqual([
      '2026-11-17T11:00:00.000Z',
      '2026-11-17T08:00:00.000Z',
      '2026-11-17T12:00:00.000Z',
    ]);
  });
});

describe('approval', () => {
  let careful: string;
  beforeEach(async () => {
    careful = await clinic.service([{ resourceIds: [anna] }], { approval: true });
  });
  const pending = async () => (await clinic.book(careful, '2026-11-18T09:00:00Z')).body;

  test('a booking waits, holds its time, and is confirmed', async () => {
    const booking = await pending();
    expect(booking).toMatchObject({ status: 'pending', expiresAt: '2026-11-17T08:00:00.000Z' });
    expect((await clinic.refuse(careful, '2026-11-18T09:00:00Z')).status).toBe(409);
    const approved = await clinic.post(`/bookings/${booking.id}/approve`, { revision: 1 });
    expect(approved.body).toMatchObject({ status: 'confirmed', expiresAt: null, revision: 2 });
    clinic.clock.now += 25 * 60 * MINUTE;
    expect((await clinic.refuse(careful, '2026-11-18T09:00:00Z')).status).toBe(409);
  });
  test('a declined one lets its time go at once, with the reason kept', async () => {
    const { id } = await pending();
    const declined = await clinic.post(`/bookings/${id}/decline`, {
      revision: 1,
      reason: 'closed for stocktaking',
    });
    expect(declined.body).toMatchObject({
      status: 'declined',
      cancelReason: 'closed for stocktaking',
      resources: [],
    });
    expect((await clinic.book(careful, '2026-11-18T09:00:00Z')).status).toBe(201);
  });
  test('an expired one cannot be approved any more', async () => {
    const { id } = await pending();
    clinic.clock.now += 24 * 60 * MINUTE;
    const late = await clinic.post<Refused>(`/bookings/${id}/approve`, { revision: 1 });
    expect([late.status, late.body.code]).toEqual([409, 'wrong_state']);
  });
});

describe('rescheduling', () => {
  test('its own time does not stand in its way: 60 minutes may move by 15', async () => {
    const quarter = await clinic.service([{ resourceIds: [anna] }], {
      stepMinutes: 15,
      bufferAfterMinutes: 15,
    });
    const { body } = await clinic.book(quarter, '2026-11-17T10:30:00Z');
    const moved = await clinic.post(`/bookings/${body.id}/reschedule`, {
      revision: 1,
      start: '2026-11-17T10:45:00Z',
    });
    expect(moved.body).toMatchObject({
      start: '2026-11-17T10:45:00.000Z',
      end: '2026-11-17T11:45:00.000Z',
      revision: 2,
    });
    expect(await clinic.starts(quarter, '2026-11-17')).not.toContain('11:30');
    expect(await clinic.starts(quarter, '2026-11-17')).toContain('09:30');
  });
  test('keeps its resource where that is free, takes another where it is not', async () => {
    const berit = await clinic.resource();
    const either = await clinic.service([{ resourceIds: [anna, berit] }]);
    const { body } = await clinic.book(either, '2026-11-17T10:00:00Z', { resourceIds: [berit] });
    const kept = await clinic.post(`/bookings/${body.id}/reschedule`, {
      revision: 1,
      start: '2026-11-18T10:00:00Z',
    });
    expect(kept.body.resources).toEqual([{ resourceId: berit, places: 1 }]);
    await clinic.book(either, '2026-11-19T10:00:00Z', { resourceIds: [berit] });
    const other = await clinic.post(`/bookings/${body.id}/reschedule`, {
      revision: 2,
      start: '2026-11-19T10:00:00Z',
    });
    expect(other.body.resources).toEqual([{ resourceId: anna, places: 1 }]);
  });
  test('a stale revision gets the booking as it is now, and nothing moves', async () => {
    const { body } = await clinic.book(cut, '2026-11-17T10:00:00Z');
    await clinic.call('PATCH', `/bookings/${body.id}`, { revision: 1, notes: 'window seat' });
    const stale = await clinic.post<Refused>(`/bookings/${body.id}/reschedule`, {
      revision: 1,
      start: '2026-11-17T12:00:00Z',
    });
    expect([stale.status, stale.body.code]).toEqual([409, 'stale']);
    expect(stale.body.details.booking).toMatchObject({
      revision: 2,
      notes: 'window seat',
      start: '2026-11-17T10:00:00.000Z',
    });
    expect(await clinic.starts(cut, '2026-11-17')).not.toContain('10:00');
  });
  test('onto another booking: 409, and the old time is kept', async () => {
    const { body } = await clinic.book(cut, '2026-11-17T10:00:00Z');
    await clinic.book(cut, '2026-11-17T11:00:00Z');
    const taken = await clinic.post<Refused>(`/bookings/${body.id}/reschedule`, {
      revision: 1,
      start: '2026-11-17T11:00:00Z',
    });
    expect([taken.status, taken.body.code]).toEqual([409, 'taken']);
    expect((await clinic.booking(body.id)).resources.length).toBe(1);
    // Its own time counts as free among the alternatives.
    expect(taken.body.details.alternatives.map(({ start }) => start)).toContain('2026-11-17T10:00:00.000Z');
  });
  test('of two at once, one wins and the other learns of it', async () => {
    const { body } = await clinic.book(cut, '2026-11-17T10:00:00Z');
    const answers = await Promise.all(
      ['12', '13', '14'].map((hour) =>
        clinic.post<Refused>(`/bookings/${body.id}/reschedule`, {
          revision: 1,
          start: `2026-11-17T${hour}:00:00Z`,
        }),
      ),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 409, 409]);
    for (const { status, body } of answers) if (status === 409) expect(body.code).toBe('stale');
    expect((await clinic.starts(cut, '2026-11-17')).length).toBe(7);
  });
});

describe('reassigning', () => {
  test('gives it to another resource of the group at the same time', async () => {
    const berit = await clinic.resource();
    const room = await clinic.resource({ kind: 'room' });
    const both = await clinic.service([{ resourceIds: [anna, berit] }, { resourceIds: [room] }]);
    const { body } = await clinic.book(both, '2026-11-17T10:00:00Z', { resourceIds: [anna] });
    const given = await clinic.post(`/bookings/${body.id}/reassign`, { revision: 1, from: anna, to: berit });
    expect(given.body.resources.map(({ resourceId }) => resourceId)).toEqual([berit, room]);
    expect((await clinic.book(cut, '2026-11-17T10:00:00Z')).status).toBe(201);
    expect((await audit(body.id))[0]).toMatchObject({
      action: 'reassign',
      changes: { resources: expect.any(Array) },
    });
  });
  test('not to one that is taken, nor to one that the service does not use', async () => {
    const berit = await clinic.resource();
    const either = await clinic.service([{ resourceIds: [anna, berit] }]);
    const { body } = await clinic.book(either, '2026-11-17T10:00:00Z', { resourceIds: [anna] });
    await clinic.book(either, '2026-11-17T10:00:00Z', { resourceIds: [berit] });
    const taken = await clinic.post<Refused>(`/bookings/${body.id}/reassign`, {
      revision: 1,
      from: anna,
      to: berit,
    });
    expect([taken.status, taken.body.code]).toEqual([409, 'taken']);
    const stranger = await clinic.resource();
    const wrong = await clinic.post<Refused>(`/bookings/${body.id}/reassign`, {
      revision: 1,
      from: anna,
      to: stranger,
    });
    expect([wrong.status, wrong.body.code]).toEqual([400, 'invalid']);
    expect((await clinic.booking(body.id)).resources).toEqual([{ resourceId: anna, places: 1 }]);
  });
});

describe('cancelling', () => {
  test('frees the time at once and keeps the reason', async () => {
    const { body } = await clinic.book(cut, '2026-11-17T10:00:00Z');
    const gone = await clinic.post(`/bookings/${body.id}/cancel`, { revision: 1, reason: 'ill' });
    expect(gone.body).toMatchObject({ status: 'cancelled', cancelReason: 'ill', resources: [] });
    expect(await clinic.starts(cut, '2026-11-17')).toContain('10:00');
    const twice = await clinic.post<Refused>(`/bookings/${body.id}/cancel`, { revision: 2 });
    expect([twice.status, twice.body.code]).toEqual([409, 'wrong_state']);
  });
  test('the customer may by the secret link until the cut-off; staff may override, and it is told', async () => {
    const strict = await clinic.service([{ resourceIds: [anna] }], {
      cancelCutoffMinutes: 120,
      rescheduleCutoffMinutes: 120,
    });
    const { body } = await clinic.book(strict, '2026-11-16T11:00:00Z');
    const shown = await clinic.call<Shown>('GET', `/manage/${body.manageSecret}`, undefined, {
      authorization: '',
    });
    expect(shown.body.id).toBe(body.id);
    const moved = await clinic.post(
      `/manage/${body.manageSecret}/reschedule`,
      { revision: 1, start: '2026-11-16T12:00:00Z' },
      { authorization: '' },
    );
    expect(moved.body.start).toBe('2026-11-16T12:00:00.000Z');
    clinic.clock.now = Date.parse('2026-11-16T10:00:01Z');
    const late = await clinic.post<Refused>(`/manage/${body.manageSecret}/cancel`, { revision: 2 });
    expect([late.status, late.body.code]).toEqual([409, 'cutoff']);
    const staff = await clinic.post(`/bookings/${body.id}/cancel`, { revision: 2, override: true });
    expect(staff.body.status).toBe('cancelled');
    expect(staff.body.warnings).toMatchObject([
      { code: 'cutoff', words: 'It is past the deadline for customers, 120 minutes before it begins.' },
    ]);
    expect(
      (await audit(body.id)).map(({ action, actor, overrode }) => [action, actor.split(':')[0], overrode]),
    ).toEqual([
      ['cancel', 'key', ['cutoff']],
      ['reschedule', 'customer', []],
      ['book', 'key', []],
    ]);
  });
  test('moving after the cut-off is told first, beside what else was overridden', async () => {
    const strict = await clinic.service([{ resourceIds: [anna] }], { rescheduleCutoffMinutes: 120 });
    const { body } = await clinic.book(strict, '2026-11-16T09:00:00Z');
    const path = `/bookings/${body.id}/reschedule`;
    const wish = { revision: 1, start: '2026-11-17T05:00:00Z' };
    expect((await clinic.post<Refused>(path, wish)).body.code).toBe('cutoff');
    const { status, body: moved } = await clinic.post(path, { ...wish, override: true });
    expect([status, moved.warnings.map(({ code }) => code)]).toEqual([200, ['cutoff', 'resource_closed']]);
    expect((await audit(body.id))[0]!.overrode).toEqual(['cutoff', 'resource_closed']);
  });
  test('a wrong secret is a 404 like any other', async () =>
    expect((await clinic.call('GET', '/manage/nothing-like-it')).status).toBe(404));
});

describe('a manage link', () => {
  const moved = (secret: string, start: string) =>
    clinic.post<Refused>(`/manage/${secret}/reschedule`, { revision: 1, start }, { authorization: '' });

  test('is told which times are free, never why one is not: booked, blocked and closed look alike', async () => {
    const own = (await clinic.book(cut, '2026-11-17T10:00:00Z')).body;
    const others = (await clinic.book(cut, '2026-11-17T11:00:00Z')).body;
    const span = { start: '2026-11-17T12:00:00Z', end: '2026-11-17T13:00:00Z' };
    await clinic.post(`/resources/${anna}/blocks`, span);
    for (const start of ['2026-11-17T11:00:00Z', span.start, '2026-11-17T20:00:00Z']) {
      const { status, body } = await moved(own.manageSecret, start);
      expect([status, body]).toEqual([
        409,
        {
          code: 'not_offered',
          message: 'This time cannot be booked: choose another.',
          details: { reasons: [], alternatives: expect.any(Array) },
        },
      ]);
      expect(body.details.alternatives).toHaveLength(3);
      for (const one of body.details.alternatives) expect(Object.keys(one)).toEqual(['start', 'end']);
      const told = JSON.stringify(body);
      for (const secret of [anna, 'Anna', others.id]) expect(told).not.toContain(secret);
    }
  });
  test('is told what is for itself to know: that it is too soon', async () => {
    const careful = await clinic.service([{ resourceIds: [anna] }], { noticeMinutes: 120 });
    const { body: own } = await clinic.book(careful, '2026-11-17T10:00:00Z');
    const { status, body } = await moved(own.manageSecret, '2026-11-16T09:00:00Z');
    expect([status, body.code]).toEqual([409, 'not_offered']);
    expect(body.details.reasons).toMatchObject([{ code: 'notice' }]);
    expect(body.message).toBe(
      'This time cannot be booked. It is too soon: bookings open from 2026-11-16 11:00.',
    );
  });
});

test('afterwards: completed or no-show, and back; never before it begins', async () => {
  const { body } = await clinic.book(cut, '2026-11-16T10:00:00Z');
  expect((await clinic.post<Refused>(`/bookings/${body.id}/no-show`, { revision: 1 })).body.code).toBe(
    'wrong_state',
  );
  clinic.clock.now = Date.parse('2026-11-16T10:30:00Z');
  expect((await clinic.post(`/bookings/${body.id}/no-show`, { revision: 1 })).body.status).toBe('no_show');
  expect((await clinic.post(`/bookings/${body.id}/complete`, { revision: 2 })).body.status).toBe('completed');
});

describe('overriding', () => {
  test('staff may book in spite of hours, notice and blocks, and are told what they overrode', async () => {
    const noticed = await clinic.service([{ resourceIds: [anna] }], { noticeMinutes: 60 * 48 });
    await clinic.post(`/resources/${anna}/blocks`, {
      start: '2026-11-17T02:00:00Z',
      end: '2026-11-17T03:00:00Z',
    });
    const refused = await clinic.refuse(noticed, '2026-11-17T02:00:00Z');
    expect([refused.status, refused.body.code]).toEqual([409, 'not_offered']);
    const made = await clinic.book(noticed, '2026-11-17T02:00:00Z', { override: true });
    expect(made.status).toBe(201);
    expect(made.body.warnings.map(({ code }) => code).sort()).toEqual(['block', 'notice', 'resource_closed']);
    expect((await audit(made.body.id))[0]!.overrode.sort()).toEqual(['block', 'notice', 'resource_closed']);
  });
  test('begins at a whole second, as its event in Google does, however finely it is asked for', async () => {
    const overnight = { override: true, start: '2026-11-17T03:00:30.987+01:00' };
    const { body } = await clinic.book(cut, overnight.start, overnight);
    const span = { start: '2026-11-17T02:00:30.000Z', end: '2026-11-17T03:00:30.000Z' };
    expect(body).toMatchObject(span);
    const later = { revision: 1, override: true, start: '2026-11-17T22:00:00.5Z' };
    const moved = await clinic.post(`/bookings/${body.id}/reschedule`, later);
    expect(moved.body).toMatchObject({ start: '2026-11-17T22:00:00.000Z', end: '2026-11-17T23:00:00.000Z' });
    const held = await clinic.post('/holds', { serviceId: cut, start: '2026-11-17T09:00:00.25Z' });
    expect(held.body).toMatchObject({ status: 'held', start: '2026-11-17T09:00:00.000Z' });
    // And so does what an opening offers.
    const room = await clinic.resource({ opens: 'openings' });
    const opened = { start: '2026-11-17T09:00:00.123Z', end: '2026-11-17T10:00:00.999Z' };
    await clinic.post(`/resources/${room}/openings`, opened);
    const walk = await clinic.service([{ resourceIds: [room] }]);
    const start = '2026-11-17T09:00:00.123Z';
    const why = await clinic.call('GET', `/availability/explain?serviceId=${walk}&start=${start}`);
    expect(why.body).toMatchObject({ start: '2026-11-17T09:00:00.000Z', offered: true });
    expect((await clinic.book(walk, start)).body.start).toBe('2026-11-17T09:00:00.000Z');
  });
  test('but never in spite of another booking', async () => {
    await clinic.book(cut, '2026-11-17T10:00:00Z');
    const taken = await clinic.refuse(cut, '2026-11-17T10:30:00Z', { override: true });
    expect([taken.status, taken.body.code]).toEqual([409, 'taken']);
  });
  test('and nobody but staff', async () => {
    const authorization = await clinic.keyWith('book');
    const body = { serviceId: cut, start: '2026-11-17T02:00:00Z', customer, override: true };
    expect((await clinic.post<Refused>('/bookings', body, { authorization })).status).toBe(403);
  });
});

describe('an Idempotency-Key', () => {
  test('gives the same answer again, its secret too, and books once', async () => {
    const body = { serviceId: cut, start: '2026-11-17T10:00:00Z', customer };
    const answers = await Promise.all(
      [1, 2, 3].map(() => clinic.post('/bookings', body, { 'idempotency-key': 'k-1' })),
    );
    expect(answers.map(({ status }) => status)).toEqual([201, 201, 201]);
    expect(new Set(answers.map(({ body }) => body.manageSecret)).size).toBe(1);
    expect((await clinic.starts(cut, '2026-11-17')).length).toBe(7);
  });
  test('of another request is refused, and a refused request leaves the key free', async () => {
    const headers = { 'idempotency-key': 'k-2' };
    const body = { serviceId: cut, start: '2026-11-17T02:00:00Z', customer };
    expect((await clinic.post('/bookings', body, headers)).status).toBe(409);
    expect((await clinic.post('/bookings', { ...body, start: '2026-11-17T10:00:00Z' }, headers)).status).toBe(
      201,
    );
    const other = await clinic.post<Refused>(
      '/bookings',
      { ...body, start: '2026-11-17T11:00:00Z' },
      headers,
    );
    expect([other.status, other.body.code]).toEqual([422, 'idempotency_mismatch']);
  });
});

test('answers are checked against the questions, customers are told apart, and text can be changed', async () => {
  const asking = await clinic.service([{ resourceIds: [anna] }], {
    questions: [{ key: 'size', label: 'Size', kind: 'number', required: true }],
  });
  const refused = await clinic.refuse(asking, '2026-11-17T10:00:00Z');
  expect(refused.body.details.faults).toEqual([{ path: 'answers.size', message: '"Size" wants an answer' }]);
  const one = await clinic.book(asking, '2026-11-17T10:00:00Z', { answers: { size: 4 } });
  const same = await clinic.book(asking, '2026-11-17T11:00:00Z', { answers: { size: 4 } });
  const posing = await clinic.book(asking, '2026-11-17T12:00:00Z', {
    answers: { size: 4 },
    customer: { ...customer, name: 'Mallory' },
  });
  expect(same.body.customerId).toBe(one.body.customerId);
  expect(posing.body.customerId).not.toBe(one.body.customerId);
  const changed = await clinic.call<Shown>('PATCH', `/bookings/${one.body.id}`, {
    revision: 1,
    instructions: 'ramp',
  });
  expect(changed.body).toMatchObject({ instructions: 'ramp', answers: { size: 4 }, revision: 2 });
});
