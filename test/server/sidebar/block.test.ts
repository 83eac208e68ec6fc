// The card of an ordinary event: whom it blocks and why, what can be done about it, what is on its way, what is in the way.
import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { calendars } from '../../../server/database/schema.ts';
import { inDays, instant, read, type } from './day.ts';
import { type CardOf, openStage, people, type Stage, shared } from './stage.ts';

let stage: Stage;
beforeAll(async () => {
  stage = await openStage();
});
afterAll(() => stage.close());

const block = async (event: object, body: object = {}): Promise<CardOf<'block'>> =>
  (await stage.card('block', 'kari', 'event', { event, ...body })).card;

test('all of it, in the language of the person', async () => {
  const { anna, bert, room, van } = stage.resources;
  const event = await type(stage, 'Dentist');
  await read(stage);
  const card = await block(event);
  expect(card).toMatchObject({
    event,
    calendar: { id: stage.calendarId, name: 'Felles', zone: 'Europe/Oslo' },
    start: instant('09:00'),
    end: instant('10:00'),
    allDay: false,
    recurring: false,
    type: 'default',
    free: false,
    freed: false,
    keepsBusy: null,
    words: 'No rule or decision speaks of it: it blocks everybody.',
    undecided: false,
    mine: [],
    decision: null,
    undo: null,
    proposed: null,
    collisions: [],
    mayDecide: true,
    limits: [],
    mayBook: true,
    pending: null,
  });
  expect(card.resources).toMatchObject([
    { id: anna, name: 'Anna', kind: 'person', places: 1, means: 'block' },
    { id: bert },
    { id: room, kind: 'room' },
    { id: van, kind: 'vehicle' },
  ]);
  expect(card.takes.map(({ name }) => name).sort()).toEqual(['Anna', 'Bert', 'Room 1', 'Van']);
  expect((await block(event, { locale: 'nb' })).words).toBe(
    'Ingen regel eller beslutning gjelder den: den blokkerer alle.',
  );
  const { card: annas } = await stage.card('block', 'anna', 'event', { event });
  expect(annas.mine).toEqual([anna]);
  // For all who share it, also for who serves only one of them.
  expect(annas.resources).toHaveLength(4);
});

test('no rule speaks of it, and the calendar asks: it waits for somebody to say', async () => {
  const event = await type(stage, 'Something');
  await stage.call('PATCH', `/calendars/${stage.calendarId}`, { settings: { undecided: 'ask' } });
  await read(stage);
  expect(await block(event)).toMatchObject({
    undecided: true,
    words: 'Nobody has said whom it blocks: it blocks everybody until then.',
  });
  await stage.call('PATCH', `/calendars/${stage.calendarId}`, { settings: { undecided: 'everybody' } });
  await read(stage);
});

test('all day; of a series each by itself, changed ones as they stand, the series as what comes next', async () => {
  const dates = { start: { date: inDays(8) }, end: { date: inDays(9) } };
  const whole = await type(stage, 'Ferie', { event: dates });
  const series = await type(stage, 'Kurs', { event: { recurrence: ['RRULE:FREQ=WEEKLY;COUNT=4'] } });
  const id = (n: number) => `${series.eventId}_${instant('09:00', inDays(7 * n)).replace(/\.000|[-:]/g, '')}`;
  await stage.google.control.changeEvent({
    person: people.kari,
    calendar: shared,
    event: id(2),
    change: {
      start: { dateTime: instant('12:00', inDays(14)) },
      end: { dateTime: instant('13:00', inDays(14)) },
    },
  });
  await read(stage);
  expect(await block(whole)).toMatchObject({
    allDay: true,
    start: instant('00:00', inDays(8)),
    recurring: false,
  });
  const at = async (eventId: string) => (await block({ ...series, eventId })).start;
  expect(await at(id(1))).toBe(instant('09:00'));
  expect(await at(id(2))).toBe(instant('12:00', inDays(14)));
  expect(await at(id(3))).toBe(instant('09:00', inDays(21)));
  expect(await block(series)).toMatchObject({ start: instant('09:00'), recurring: true });
});

test('out of office keeps Busy; of a calendar that we may only read, nothing can be set Free', async () => {
  const away = await type(stage, 'Borte');
  await read(stage);
  const { db } = stage.context;
  await db.update(calendars).set({ accessRole: 'reader' }).where(eq(calendars.id, stage.calendarId));
  expect(await block(away)).toMatchObject({
    keepsBusy: 'The account that reads this calendar may not change its events.',
    mayDecide: true,
    limits: expect.arrayContaining(['Its events cannot be set Free.']),
  });
  await db.update(calendars).set({ accessRole: 'freeBusyReader' }).where(eq(calendars.id, stage.calendarId));
  const { card } = await stage.card('problem', 'kari', 'event', { event: away });
  expect(card).toMatchObject({ code: 'refused', to: 'calendars' });
  await db.update(calendars).set({ accessRole: 'owner' }).where(eq(calendars.id, stage.calendarId));
  await db.execute(`update events set type = 'outOfOffice' where event_id = '${away.eventId}'`);
  expect((await block(away)).keepsBusy).toBe('Google keeps out-of-office events Busy.');
});

test('private, and the account may not touch private events: it cannot be set Free', async () => {
  const { db } = stage.context;
  const role = (accessRole: string) =>
    db.update(calendars).set({ accessRole }).where(eq(calendars.id, stage.calendarId));
  const event = await type(stage, 'Legetime', {
    from: '16:00',
    to: '17:00',
    event: { visibility: 'private' },
  });
  await role('writerWithoutPrivateAccess');
  expect((await block(event)).keepsBusy).toMatch(/^It is private/);
  await role('owner');
  expect((await block(event)).keepsBusy).toBeNull();
});

test('more bookings in the way than are listed: how many more', async () => {
  const { room } = stage.resources;
  await stage.call('PATCH', `/resources/${room}`, { places: 7 });
  for (let seat = 0; seat < 7; seat++)
    await stage.call('POST', '/bookings', {
      serviceId: stage.serviceId,
      start: instant('10:00', inDays(9)),
      resourceIds: [room],
      customer: { name: `Gjest ${seat}` },
    });
  const event = await type(stage, 'Stengt', { from: '10:00', to: '11:00', date: inDays(9) });
  await read(stage);
  const card = await block(event);
  expect(card.collisions).toHaveLength(5);
  expect(card.moreCollisions).toBe(2);
});

test('a booking that it is in the way of, with times and people that are free; to others only when and with whom', async () => {
  const start = instant('14:00');
  const booked = await stage.call<{ id: string }>('POST', '/bookings', {
    serviceId: stage.serviceId,
    start,
    resourceIds: [stage.resources.anna],
    customer: { name: 'Ola Nordmann' },
  });
  const event = await type(stage, 'Brannøvelse', { from: '14:00', to: '15:00' });
  await read(stage);
  const card = await block(event);
  expect(card).toMatchObject({ moreCollisions: 0 });
  expect(card.collisions).toMatchObject([
    { bookingId: booked.id, revision: 1, resourceId: stage.resources.anna, others: [] },
  ]);
  const [hit] = card.collisions;
  expect(hit!.words).toMatch(/^Ola Nordmann: Cut, .*14:00, Anna$/);
  expect(hit!.next.map((slot) => slot.start).sort()).toEqual(
    ['12:00', '13:00', '15:00'].map((time) => instant(time)),
  );
  const { card: berts } = await stage.card('block', 'bert', 'event', { event });
  expect(berts.collisions).toMatchObject([{ bookingId: booked.id, next: [], others: [] }]);
  expect(berts.collisions[0]!.words).toMatch(/^A booking, .*14:00, Anna$/);
});
