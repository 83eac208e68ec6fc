// The form of a new booking, a walk-in in three taps, a booking made of an event; and what is refused is not lost.
import { randomUUID } from 'node:crypto';
import { and, eq } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { bookings } from '../../../server/database/ledger.ts';
import { services } from '../../../server/database/schema.ts';
import { HOUR } from '../../../shared/time.ts';
import { inDays, inGoogle, instant, offered, read, type } from './day.ts';
import { book } from './desk.ts';
import { type Answered, type CardOf, openStage, type Person, type Stage } from './stage.ts';

let stage: Stage;
beforeAll(async () => {
  stage = await openStage();
});
afterAll(() => stage.close());

const form = async (person: Person, body: object = {}): Promise<CardOf<'new'>> =>
  (await stage.card('new', person, 'new', body)).card;
const take = (person: Person, body: object, key: string = randomUUID()): Promise<Answered> =>
  stage.ask(
    person,
    'book',
    { serviceId: stage.serviceId, name: 'Ola Nordmann', ...body },
    { 'idempotency-key': key },
  );
const date = inDays(21);

describe('the form', () => {
  test('the only service is chosen; whom to ask for; what is free that day', async () => {
    const card = await form('kari', { date });
    expect(card).toMatchObject({
      walkIn: false,
      services: [{ id: stage.serviceId, name: 'Cut', lengthMinutes: 60 }],
      serviceId: stage.serviceId,
      resourceId: null,
      date,
      zone: 'Europe/Oslo',
      start: null,
      words: null,
      next: [],
      questions: [],
      event: null,
      name: null,
    });
    expect(card.resources.map(({ name }) => name).sort()).toEqual(['Anna', 'Bert', 'Room 1', 'Van']);
    expect(card.slots).toHaveLength(24);
    expect(card.slots[9]).toEqual({ start: instant('09:00', date), end: instant('10:00', date) });
  });

  test('with somebody asked for, their free times', async () => {
    const { anna } = stage.resources;
    await book(stage, { of: [anna], at: '09:00', date });
    const card = await form('kari', { serviceId: stage.serviceId, resourceId: anna, date });
    expect(card.resourceId).toBe(anna);
    expect(card.slots).toHaveLength(23);
    expect((await form('kari', { serviceId: stage.serviceId, date })).slots).toHaveLength(24);
  });

  test('staff with a resource of their own book for that', async () => {
    const card = await form('anna', { date });
    expect(card.resources.map(({ name }) => name)).toEqual(['Anna']);
    expect(card.resourceId).toBe(stage.resources.anna);
    const { bert } = stage.resources;
    for (const body of [{ resourceId: bert }, { serviceId: randomUUID() }])
      expect((await stage.ask('anna', 'new', body)).answer.card).toMatchObject({ code: 'not_found' });
    const refused = await take('anna', { start: instant('05:00', date), resourceIds: [bert] });
    expect(refused.answer.card.card).not.toBe('booking');
    const { answer } = await take('anna', { start: instant('05:00', date) });
    expect(answer.card).toMatchObject({ card: 'booking', resources: [{ name: 'Anna' }] });
  });
});

describe('booking from it', () => {
  test('once, however often it is tapped', async () => {
    const body = {
      ...{ start: instant('11:00', date), resourceIds: [stage.resources.bert] },
      ...{ email: 'ola@example.com', phone: '90000000', instructions: 'Ring <b>bell</b>' },
    };
    const key = randomUUID();
    const both = await Promise.all([take('kari', body, key), take('kari', body, key)]);
    const ids = both.map(({ answer }) => (answer.card as CardOf<'booking'>).id);
    expect(ids[0]).toBe(ids[1]);
    expect(both[0]?.answer).toMatchObject({
      notice: expect.stringMatching(/^Booked, .*11:00\.$/),
      card: {
        card: 'booking',
        status: 'confirmed',
        customer: { name: 'Ola Nordmann', email: 'ola@example.com', phone: '90000000' },
        instructions: 'Ring <b>bell</b>',
        resources: [{ name: 'Bert' }],
      },
    });
    const [card] = both.map(({ answer }) => answer.card as CardOf<'booking'>);
    expect(card?.history.map(({ words }) => words)).toEqual(['Kari booked it.']);
  });

  test('a time that somebody has: the form with what is free', async () => {
    const { anna } = stage.resources;
    const { answer } = await take('kari', { start: instant('09:00', date), resourceIds: [anna] });
    expect(answer.notice).toContain('That time is taken');
    expect(answer.card).toMatchObject({ card: 'new', resourceId: anna, date, start: null });
    expect((answer.card as CardOf<'new'>).override).toBeUndefined();
    expect((answer.card as CardOf<'new'>).words).toMatch(/^Anna is booked from /);
  });

  test('a time that is closed is had by who says so twice; a time between the steps at once', async () => {
    const closed = await stage.call<{ id: string }>('POST', '/resources', {
      kind: 'person',
      name: 'Dina',
      hours: { weekly: [], dates: [] },
    });
    const serviceId = await stage.business.service([{ of: [closed.id] }]);
    const start = instant('09:00', date);
    const { answer } = await take('kari', { serviceId, start });
    const card = answer.card as CardOf<'new'>;
    expect(card.override).toEqual({ start, words: 'Dina is not open then.' });
    expect(card).toMatchObject({ slots: [], next: [] });
    const done = await take('kari', { serviceId, start, override: true });
    expect(done.answer.notice).toContain('Against: opening hours.');
    const between = await take('kari', { start: instant('20:10', date) });
    expect(between.answer.card).toMatchObject({ card: 'booking', start: instant('20:10', date) });
    expect(between.answer.notice).toContain('Against: the times that are offered.');
  });

  test('answers that are missing: the form again, and why', async () => {
    const serviceId = await stage.business.service([{ of: [stage.resources.room] }], {
      questions: [{ key: 'size', label: 'Size', kind: 'number', choices: [], required: true }],
    });
    const { answer } = await take('kari', { serviceId, start: instant('10:00', date) });
    expect(answer.card).toMatchObject({ card: 'new', serviceId, date, questions: [{ key: 'size' }] });
    expect(answer.notice).toBe('"Size" wants an answer.');
  });

  test('a name of spaces, or far too long, is refused as a body', async () => {
    for (const name of ['   ', 'x'.repeat(201)])
      expect((await take('kari', { name, start: instant('13:00', date) })).status).toBe(400);
  });

  test('one that wants approval says so', async () => {
    const serviceId = await stage.business.service([{ of: [stage.resources.van] }], { approval: true });
    const { answer } = await take('kari', { serviceId, start: instant('09:00', date), locale: 'nb' });
    expect(answer.notice).toMatch(/^Booket, .* Den venter på godkjenning\.$/);
  });
});

describe('a walk-in', () => {
  test('three taps: service, first free time, name; notice is for customers', async () => {
    await stage.context.db
      .update(services)
      .set({ noticeMinutes: 48 * 60 })
      .where(eq(services.id, stage.serviceId));
    const first = await form('bert', { walkIn: true });
    expect(first).toMatchObject({ walkIn: true, resourceId: stage.resources.bert });
    expect(first.services.map(({ name }) => name)).toContain('Cut');
    const card = await form('bert', { walkIn: true, serviceId: stage.serviceId });
    const start = card.start ?? '';
    expect(Date.parse(start) - Date.now()).toBeLessThanOrEqual(HOUR);
    expect(Date.parse(start)).toBeGreaterThan(Date.now() - 1000);
    expect(card.slots[0]?.start).toBe(start);
    expect(card.words).toContain('Customers themselves can book from');
    const { answer } = await take('bert', { start, name: 'Walk' });
    expect(answer.card).toMatchObject({ card: 'booking', start, customer: { name: 'Walk' } });
    expect(answer.notice).toContain('Against: notice.');
    // The next one has to wait until then.
    const next = await form('bert', { walkIn: true, serviceId: stage.serviceId });
    expect(Date.parse(next.start ?? '')).toBe(Date.parse(start) + HOUR);
    await stage.context.db.update(services).set({ noticeMinutes: 0 }).where(eq(services.id, stage.serviceId));
  });

  test('of what is free now: only the services that it is of', async () => {
    const card = await form('kari', { walkIn: true, resourceId: stage.resources.anna });
    expect(card).toMatchObject({ serviceId: stage.serviceId, resourceId: stage.resources.anna });
    expect(card.start).not.toBeNull();
  });

  test('nothing free for a month', async () => {
    const closed = await stage.call<{ id: string }>('POST', '/resources', { kind: 'room', name: 'Attic' });
    const serviceId = await stage.business.service([{ of: [closed.id] }]);
    expect(await form('kari', { walkIn: true, serviceId })).toMatchObject({
      start: null,
      slots: [],
      next: [],
      words: expect.any(String),
    });
  });
});

describe('of an event', () => {
  const on = inDays(23);

  test('its time is wanted, and it is not in its own way; then it blocks nobody, and is Free', async () => {
    const event = await type(stage, 'Kari at ten past', { date: on, from: '09:10', to: '10:00' });
    await read(stage);
    expect(await offered(stage, '09:00', on)).toEqual([]);
    const card = await form('kari', { event, serviceId: stage.serviceId });
    expect(card).toMatchObject({
      date: on,
      start: instant('09:10', on),
      event,
      words: null,
    });
    const { answer } = await take('kari', {
      ...{ event, start: card.start, resourceIds: [stage.resources.anna] },
    });
    expect(answer.card).toMatchObject({ card: 'booking', start: instant('09:10', on) });
    await stage.quiet();
    expect((await inGoogle(stage, event.eventId))?.transparency).toBe('transparent');
    expect(await offered(stage, '10:00', on)).toEqual(['bert', 'room', 'van']);
  });

  test('made seconds ago, it is read on the spot, with its title', async () => {
    const event = await type(stage, 'Just typed', { date: on, from: '13:00', to: '14:00' });
    const card = await form('kari', { event, serviceId: stage.serviceId });
    expect(card).toMatchObject({ start: instant('13:00', on), name: 'Just typed' });
    const { answer } = await take('kari', { event, start: card.start });
    expect(answer.card).toMatchObject({ card: 'booking', start: instant('13:00', on) });
    await stage.quiet();
    expect((await inGoogle(stage, event.eventId))?.transparency).toBe('transparent');
  });

  test('its time is taken: nothing is done to the event', async () => {
    const event = await type(stage, 'Late', { date: on, from: '16:00', to: '17:00' });
    const { anna } = stage.resources;
    await book(stage, { of: [anna], at: '16:00', date: on });
    await read(stage);
    const card = await form('kari', { event, serviceId: stage.serviceId, resourceId: anna });
    expect(card).toMatchObject({ start: null, words: expect.stringMatching(/^Anna is booked from /) });
    const { answer } = await take('kari', {
      ...{ event, start: instant('16:00', on), resourceIds: [anna] },
    });
    expect(answer.card).toMatchObject({ card: 'new', event });
    await stage.quiet();
    expect((await inGoogle(stage, event.eventId))?.transparency).not.toBe('transparent');
    expect(await offered(stage, '16:00', on)).toEqual([]);
  });

  test('what is missing is asked for on the day it is on the calendar, whatever day it is for the business', async () => {
    const serviceId = await stage.business.service([{ of: [stage.resources.room] }], {
      questions: [{ key: 'size', label: 'Size', kind: 'number', choices: [], required: true }],
    });
    const event = await type(stage, 'Midnight there', { date: inDays(27), from: '13:00', to: '14:00' });
    const move = async (zone: string) => {
      await stage.google.control.changeCalendar({ calendar: event.calendarId, zone });
      await read(stage);
    };
    await move('Pacific/Auckland');
    try {
      const { answer } = await take('kari', { serviceId, event, start: instant('13:00', inDays(27)) });
      expect(answer.notice).toBe('"Size" wants an answer.');
      expect(answer.card).toMatchObject({ zone: 'Pacific/Auckland', date: inDays(28) });
    } finally {
      await move('Europe/Oslo');
    }
  });

  test('one of a series: that one alone', async () => {
    const first = inDays(25);
    const event = await type(stage, 'Weekly', {
      date: first,
      event: { recurrence: ['RRULE:FREQ=DAILY;COUNT=2'] },
    });
    await read(stage);
    const one = `${event.eventId}_${instant('09:00', first).replace(/\.\d+|[-:]/g, '')}`;
    const { answer } = await take('kari', {
      event: { ...event, eventId: one },
      start: instant('09:00', first),
      resourceIds: [stage.resources.van],
    });
    expect(answer.card.card).toBe('booking');
    expect(await offered(stage, '09:00', first)).toEqual(['anna', 'bert', 'room']);
    expect(await offered(stage, '09:00', inDays(26))).toEqual([]);
  });
});

test('whatever is typed is kept as it is', async () => {
  const name = '<script>alert(1)</script> & "co"';
  const { answer } = await take('kari', { name, start: instant('22:00', date) });
  expect((answer.card as CardOf<'booking'>).customer?.name).toBe(name);
  const rows = await stage.context.db
    .select()
    .from(bookings)
    .where(
      and(
        eq(bookings.businessId, stage.business.id),
        eq(bookings.startsAt, new Date(instant('22:00', date))),
      ),
    );
  expect(rows).toHaveLength(1);
});
