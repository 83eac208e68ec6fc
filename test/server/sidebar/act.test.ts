// The buttons of a booking's card: each done once, refusals answered by the card as it is, customers told or not as wished.
import { randomUUID } from 'node:crypto';
import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { services } from '../../../server/database/schema.ts';
import { HOUR } from '../../../shared/time.ts';
import { inDays, instant, read, type } from './day.ts';
import { book, bookingOf, tap, told } from './desk.ts';
import { type CardOf, openStage, type Stage } from './stage.ts';

let stage: Stage;
beforeAll(async () => {
  stage = await openStage();
});
afterAll(() => stage.close());

describe('approve, decline', () => {
  let service: string;
  beforeAll(async () => {
    service = await stage.business.service([{ of: [stage.resources.anna] }], { approval: true });
  });
  const pending = (at: string) => book(stage, { service, of: [], at });

  test('approved: the customer is told, and the card has other buttons', async () => {
    const { id, revision } = await pending('08:00');
    const { answer } = await tap(stage, 'anna', id, { do: { act: 'approve', revision } });
    expect(answer.notice).toBe('Approved. The customer is told.');
    expect(answer.card).toMatchObject({ card: 'booking', status: 'confirmed', revision: revision + 1 });
    expect(await told(stage, id)).toEqual(['approved']);
  });

  test('declined for a reason; whether the customer is told is said', async () => {
    const one = await pending('09:00');
    const done = await tap(stage, 'anna', one.id, {
      do: { act: 'decline', revision: one.revision, reason: ' <i>full</i> ', tell: true },
    });
    expect(done.answer.card).toMatchObject({ status: 'declined', cancelReason: '<i>full</i>', may: [] });
    expect(await told(stage, one.id)).toEqual(['declined']);
    const other = await pending('10:00');
    const { answer } = await tap(stage, 'anna', other.id, {
      do: { act: 'decline', revision: other.revision, reason: null, tell: false },
      body: { locale: 'nb' },
    });
    expect(answer.notice).toBe('Avslått.');
    expect(await told(stage, other.id)).toEqual([]);
  });

  test('from the home card, which answers it', async () => {
    const { id, revision } = await pending('11:00');
    const { answer } = await tap(stage, 'anna', id, {
      do: { act: 'approve', revision },
      body: { show: 'home' },
    });
    expect(answer.card.card).toBe('home');
    expect((answer.card as CardOf<'home'>).pending.items.map((line) => line.id)).not.toContain(id);
    const again = await tap(stage, 'anna', id, { do: { act: 'approve', revision }, body: { show: 'home' } });
    expect(again.answer.card.card).toBe('home');
    expect(again.answer.notice).toContain('cannot be approved');
  });
});

describe('cancel', () => {
  test('even after the deadline for customers; who has no address is to be called', async () => {
    await stage.context.db
      .update(services)
      .set({ cancelCutoffMinutes: 30 * 24 * 60 })
      .where(eq(services.id, stage.serviceId));
    const { id, revision } = await book(stage, { at: '12:00', more: { customer: { name: 'Per' } } });
    const { answer } = await tap(stage, 'anna', id, {
      do: { act: 'cancel', revision, reason: null, tell: true },
    });
    expect(answer.notice).toBe(
      'Cancelled. The customer has no mail address: give them a call. Against: the deadline for customers.',
    );
    expect(answer.card).toMatchObject({ card: 'booking', status: 'cancelled' });
    expect(await told(stage, id)).toEqual(['cancelled']);
  });

  test('a double tap is one', async () => {
    const { id, revision } = await book(stage, { at: '13:00' });
    const wish = { do: { act: 'cancel' as const, revision, reason: null, tell: true }, key: randomUUID() };
    const both = await Promise.all([tap(stage, 'anna', id, wish), tap(stage, 'anna', id, wish)]);
    for (const { answer } of both) {
      expect(answer.notice).toContain('Cancelled. The customer is told.');
      expect(answer.card).toMatchObject({ status: 'cancelled', revision: revision + 1 });
    }
    expect(await told(stage, id)).toEqual(['cancelled']);
    expect((await bookingOf(stage, 'anna', id)).history).toHaveLength(2);
  });

  test("not somebody else's", async () => {
    const { id, revision } = await book(stage, { at: '14:00' });
    const { status, answer } = await tap(stage, 'bert', id, {
      do: { act: 'cancel', revision, reason: null, tell: false },
    });
    expect(status).toBe(200);
    expect(answer.card).toMatchObject({ card: 'problem', code: 'not_found' });
    expect(await bookingOf(stage, 'anna', id)).toMatchObject({ status: 'confirmed' });
  });

  test('a reason that is far too long is refused as a body', async () => {
    const { id, revision } = await book(stage, { at: '15:00' });
    const reason = 'x'.repeat(1001);
    const { status } = await tap(stage, 'anna', id, {
      do: { act: 'cancel', revision, reason, tell: false },
    });
    expect(status).toBe(400);
  });
});

test('it took place, or the customer did not come, and back', async () => {
  const start = new Date(Date.now() - HOUR / 2).toISOString();
  const { id, revision } = await book(stage, { more: { start, override: true } });
  const done = await tap(stage, 'anna', id, { do: { act: 'noShow', revision } });
  expect(done.answer.card).toMatchObject({ status: 'no_show' });
  const then = await tap(stage, 'anna', id, { do: { act: 'complete', revision: revision + 1 } });
  expect(then.answer.card).toMatchObject({ status: 'completed' });
  expect(then.answer.notice).toBe('Marked as done.');
});

test('the confirmation goes out once for each tap', async () => {
  const { id } = await book(stage, { at: '16:00' });
  const key = randomUUID();
  await tap(stage, 'anna', id, { do: { act: 'resend' }, key });
  await tap(stage, 'anna', id, { do: { act: 'resend' }, key });
  expect(await told(stage, id)).toEqual(['confirmation']);
  const { answer } = await tap(stage, 'anna', id, { do: { act: 'resend' } });
  expect(answer.notice).toBe('The confirmation goes out once more.');
  expect(await told(stage, id)).toEqual(['confirmation', 'confirmation']);
});

test('what was decided on an old card is not done', async () => {
  const { id, revision } = await book(stage, { at: '17:00' });
  await stage.call('PATCH', `/bookings/${id}`, { revision, notes: 'changed meanwhile' });
  for (const wish of [
    { act: 'cancel' as const, revision, reason: null, tell: true },
    { act: 'reschedule' as const, revision, start: instant('18:00'), override: false },
  ]) {
    const { answer } = await tap(stage, 'anna', id, { do: wish });
    expect(answer.notice).toContain('It was changed meanwhile');
    expect(answer.card).toMatchObject({
      card: 'booking',
      status: 'confirmed',
      start: instant('17:00'),
      notes: 'changed meanwhile',
    });
  }
  expect(await told(stage, id)).toEqual([]);
});

describe('reschedule', () => {
  const date = inDays(8);
  const rescheduleOf = async (id: string, body: object = {}) =>
    (await stage.card('reschedule', 'anna', 'reschedule', { bookingId: id, ...body })).card;

  test("a day's free starts are those of the availability endpoint, with its own time left out", async () => {
    const { id } = await book(stage, { at: '09:00', date });
    await book(stage, { at: '11:00', date });
    const card = await rescheduleOf(id);
    expect(card).toMatchObject({
      date,
      start: instant('09:00', date),
      customer: 'Ola Nordmann',
      words: null,
    });
    const query = new URLSearchParams({
      serviceId: stage.serviceId,
      from: instant('00:00', date),
      to: instant('24:00', date),
      resourceId: stage.resources.anna,
    });
    const { slots } = await stage.call<{ slots: unknown[] }>('GET', `/availability?${query}`);
    expect(card.slots).toEqual(slots);
    expect(card.slots).toHaveLength(22);
  });

  test('who sits alone in a session is offered what overlaps it, who sits with others is not', async () => {
    const on = inDays(15);
    const service = await stage.business.service([{ of: [stage.resources.anna] }], {
      ...{ lengthMinutes: 60, stepMinutes: 15, seats: 3 },
    });
    const { id, revision } = await book(stage, { service, of: [], at: '10:30', date: on });
    const offered = async () => (await rescheduleOf(id, { date: on })).slots.map(({ start }) => start);
    const [before, after] = [instant('10:15', on), instant('10:45', on)];
    expect(await offered()).toEqual(expect.arrayContaining([before, after]));
    const start = after;
    const { answer } = await tap(stage, 'anna', id, {
      do: { act: 'reschedule', revision, start, override: false },
    });
    expect(answer.card).toMatchObject({ card: 'booking', start });
    await book(stage, { service, of: [], at: '10:45', date: on });
    const offers = await offered();
    expect(offers).not.toContain(instant('10:30', on));
    expect(offers).toContain(instant('09:45', on));
  });

  test('moved, and the customer is told; nobody else gets it, though others are free', async () => {
    const { id, revision } = await book(stage, { at: '14:00', date, of: [] });
    const seen = await bookingOf(stage, 'kari', id);
    const start = instant('20:00', date);
    const { answer } = await tap(stage, 'kari', id, {
      do: { act: 'reschedule', revision, start, override: false },
    });
    expect(answer.notice).toBe('Moved. The customer is told.');
    expect(answer.card).toMatchObject({ card: 'booking', start, resources: seen.resources });
    expect(await told(stage, id)).toEqual(['rescheduled']);
  });

  test('a time that somebody has: the free ones instead', async () => {
    const { id, revision } = await book(stage, { at: '15:00', date });
    await book(stage, { at: '16:00', date });
    const { answer } = await tap(stage, 'anna', id, {
      do: { act: 'reschedule', revision, start: instant('16:00', date), override: false },
    });
    expect(answer.notice).toContain('That time is taken');
    expect(answer.card).toMatchObject({ card: 'reschedule', id, revision, date });
    const card = answer.card as CardOf<'reschedule'>;
    expect(card.slots.length).toBeGreaterThan(0);
    expect(card.override).toBeUndefined();
  });

  test('a time that an event takes is had by who is told so and says it again', async () => {
    const on = inDays(12);
    const { id, revision } = await book(stage, { at: '09:00', date: on });
    await type(stage, 'Lunch', { date: on, from: '12:00', to: '13:00' });
    await read(stage);
    const start = instant('12:00', on);
    const refused = await tap(stage, 'anna', id, {
      do: { act: 'reschedule', revision, start, override: false },
      body: { locale: 'nb' },
    });
    const card = refused.answer.card as CardOf<'reschedule'>;
    expect(card.override).toEqual({ start, words: expect.stringMatching(/^Anna er opptatt fra /) });
    expect(refused.answer.notice).toMatch(/^Det tidspunktet kan ikke bookes\. Anna er opptatt fra /);
    const { answer } = await tap(stage, 'anna', id, {
      do: { act: 'reschedule', revision, start, override: true },
    });
    expect(answer.card).toMatchObject({ card: 'booking', start });
    expect(answer.notice).toContain('Against: time that is taken in the calendar.');
  });

  test('notice and deadlines keep customers from it, not staff', async () => {
    const service = await stage.business.service([{ of: [stage.resources.anna] }], {
      noticeMinutes: 60 * 24 * 30,
      rescheduleCutoffMinutes: 60 * 24 * 30,
    });
    const on = inDays(13);
    const { id, revision } = await book(stage, { service, of: [], date: on, more: { override: true } });
    const card = await rescheduleOf(id);
    expect(card.slots.length).toBeGreaterThan(0);
    const { answer } = await tap(stage, 'anna', id, {
      do: { act: 'reschedule', revision, start: instant('10:00', on), override: false },
    });
    expect(answer.card).toMatchObject({ card: 'booking', start: instant('10:00', on) });
    expect(answer.notice).toContain('Against: the deadline for customers and notice.');
  });

  test('a day without any says why, and which days have some', async () => {
    const on = inDays(14);
    const service = await stage.business.service([{ of: [stage.resources.anna] }], { lengthMinutes: 600 });
    const { id } = await book(stage, { service, of: [], at: '00:00', date: on });
    await type(stage, 'Closed', {
      date: on,
      event: { start: { date: on }, end: { date: inDays(15) } },
    });
    await read(stage);
    const card = await rescheduleOf(id, { date: on });
    expect(card.slots).toEqual([]);
    expect(card.words).toBe('Events and blocks take what bookings have left that day.');
    expect(card.next[0]).toBe(inDays(15));
    expect(card.next).toHaveLength(5);
    const past = await rescheduleOf(id, { date: inDays(-2) });
    expect(past).toMatchObject({ slots: [], words: 'That day has passed.' });
    expect((await rescheduleOf(id, { date: inDays(400) })).words).toMatch(/^That is farther ahead/);
  });
});

describe('reassign', () => {
  const date = inDays(16);
  test('only who is free, and to one of them', async () => {
    const { bert, room, van, anna } = stage.resources;
    const { id, revision } = await book(stage, { date });
    await book(stage, { of: [bert], date });
    const { card } = await stage.card('reassign', 'kari', 'reassign', { bookingId: id });
    expect(card.choices).toEqual([
      {
        from: { id: anna, name: 'Anna', kind: 'person' },
        to: [
          { id: room, name: 'Room 1', kind: 'room' },
          { id: van, name: 'Van', kind: 'vehicle' },
        ],
      },
    ]);
    const taken = await tap(stage, 'kari', id, {
      do: { act: 'reassign', revision, from: anna, to: bert, override: false },
    });
    expect(taken.answer.card).toMatchObject({ card: 'reassign', id, revision });
    expect(taken.answer.notice).toContain('That time is taken');
    const { answer } = await tap(stage, 'kari', id, {
      do: { act: 'reassign', revision, from: anna, to: room, override: false },
    });
    expect(answer.card).toMatchObject({ card: 'booking', resources: [{ id: room }] });
    expect((answer.card as CardOf<'booking'>).history[0]?.words).toBe(
      'Kari gave it to Room 1 instead of Anna.',
    );
    expect(await told(stage, id)).toEqual(['reassigned']);
  });

  test('given away, it is no longer of who had it', async () => {
    const { anna, van } = stage.resources;
    const { id, revision } = await book(stage, { at: '20:00', date });
    const { answer } = await tap(stage, 'anna', id, {
      do: { act: 'reassign', revision, from: anna, to: van, override: false },
    });
    expect(answer.notice).toContain('Given to another.');
    expect(answer.card).toMatchObject({ card: 'home' });
    expect(await bookingOf(stage, 'kari', id)).toMatchObject({ resources: [{ id: van }] });
  });

  test('given away, and the answer lost: repeated, it is answered again; to anything else it is not theirs', async () => {
    const { anna, van } = stage.resources;
    const { id, revision } = await book(stage, { at: '21:00', date });
    const wish = { act: 'reassign' as const, revision, from: anna, to: van, override: false };
    const key = randomUUID();
    const first = await tap(stage, 'anna', id, { do: wish, key });
    const again = await tap(stage, 'anna', id, { do: wish, key });
    expect(again.answer.notice).toBe(first.answer.notice);
    expect(again.answer.card).toMatchObject({ card: 'home' });
    const back = { do: { ...wish, revision: revision + 1, from: van, to: anna } };
    for (const other of [back, { do: wish }]) {
      const { answer } = await tap(stage, 'anna', id, other);
      expect(answer.notice).toBe('It is not there any more, or not yours.');
      expect(answer.card).toMatchObject({ card: 'problem', code: 'not_found' });
    }
    const another = await tap(stage, 'anna', id, { ...back, key });
    expect(another.answer.notice).toMatch(/^That button was used already/);
    expect(await told(stage, id)).toEqual(['reassigned']);
    expect(await bookingOf(stage, 'kari', id)).toMatchObject({ resources: [{ id: van }] });
  });
});
