// The home card: the day and what waits, each for whom it concerns; and how the calendars stand in one line.
import { and, eq, sql } from 'drizzle-orm';
import { v7 as uuid } from 'uuid';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { allocations, bookings } from '../../../server/database/ledger.ts';
import { pulls } from '../../../server/database/mirror.ts';
import { joinRequests } from '../../../server/database/people.ts';
import { accounts } from '../../../server/database/schema.ts';
import { readConditions } from '../../../server/health/condition.ts';
import { healthOf } from '../../../server/sidebar/health.ts';
import { HOUR } from '../../../shared/time.ts';
import { asked, inDays, instant, read, type } from './day.ts';
import { book } from './desk.ts';
import { type CardOf, openStage, type Person, people, type Stage, shared } from './stage.ts';

let stage: Stage;
beforeAll(async () => {
  stage = await openStage();
});
afterAll(() => stage.close());
afterEach(() => stage.google.control.clearFaults());

const home = async (person: Person, body: object = {}): Promise<CardOf<'home'>> =>
  (await stage.card('home', person, 'home', body)).card;

test('who it is for, and a day without anything', async () => {
  const card = await home('anna');
  expect(card).toMatchObject({
    business: { id: stage.business.id, name: 'Fjordklinikken', zone: 'Europe/Oslo' },
    person: { name: 'Anna', email: people.anna, role: 'staff' },
    businesses: 1,
    health: { light: 'green', words: 'Google Calendar is up to date.', next: null, to: null },
    pending: { count: 0, items: [] },
    undecided: { count: 0, items: [] },
    collisions: 0,
    requests: [],
    mayBook: true,
  });
  expect(card.days).toEqual([{ date: inDays(0), bookings: [], more: 0 }]);
});

describe('bookings by day', () => {
  const on = inDays(30);
  beforeAll(async () => {
    const { anna, bert, van } = stage.resources;
    await book(stage, { of: [anna], at: '10:00', date: on });
    await book(stage, { of: [bert], at: '09:00', date: on });
    await book(stage, { of: [van], at: '09:00', date: on });
    const gone = await book(stage, { of: [anna], at: '12:00', date: on });
    await stage.call('POST', `/bookings/${gone.id}/cancel`, { revision: gone.revision });
    await book(stage, { of: [anna], at: '09:00', date: inDays(40) });
  });

  test('today first, then those that have any, for a month; by time', async () => {
    const { days } = await home('kari');
    expect(days.map(({ date }) => date)).toEqual([inDays(0), on]);
    expect(days[1]).toMatchObject({ more: 0 });
    expect(days[1]?.bookings.map(({ start, resources }) => [start, resources])).toEqual([
      [instant('09:00', on), [expect.any(String)]],
      [instant('09:00', on), [expect.any(String)]],
      [instant('10:00', on), ['Anna']],
    ]);
    expect(days[1]?.bookings[2]).toMatchObject({
      revision: 1,
      status: 'confirmed',
      end: instant('11:00', on),
      service: 'Cut',
      customer: 'Ola Nordmann',
    });
  });

  test('of staff with resources of their own, theirs', async () => {
    const { days } = await home('anna');
    expect(days.map(({ bookings: those }) => those.map(({ resources }) => resources))).toEqual([
      [],
      [['Anna']],
    ]);
    expect((await home('bert')).days[1]?.bookings.map(({ start }) => start)).toEqual([instant('09:00', on)]);
  });

  test('what began yesterday and lasts is of today', async () => {
    const { db } = stage.context;
    const service = await stage.business.service([{ of: [stage.resources.van] }], {
      name: 'Hire',
      lengthMinutes: 3 * 24 * 60,
    });
    const start = instant('12:00', inDays(-1));
    const { id } = await book(stage, { service, of: [], more: { start, override: true } });
    expect((await home('kari')).days[0]?.bookings.map((line) => line.id)).toEqual([id]);
    expect((await home('anna')).days[0]?.bookings).toEqual([]);
    await db.delete(allocations).where(eq(allocations.bookingId, id));
    await db.execute(sql`update bookings set status = 'cancelled' where id = ${id}`);
  });

  test('more than fit: so many are left out, and of today those that are over', async () => {
    const service = await stage.business.service([{ of: [stage.resources.bert] }], { lengthMinutes: 5 });
    const date = inDays(1);
    const minutes = Array.from({ length: 7 }, (_, n) => `0${n}:00`);
    for (const at of minutes) await book(stage, { service, of: [], at, date });
    const tomorrow = (await home('bert')).days.find((one) => one.date === date);
    expect(tomorrow?.bookings.map(({ start }) => start)).toEqual(
      minutes.slice(0, 5).map((at) => instant(at, date)),
    );
    expect(tomorrow?.more).toBe(2);
  });

  test('a class: every seat is a booking', async () => {
    const { bert } = stage.resources;
    const service = await stage.business.service([{ of: [bert] }], { name: 'Kurs', seats: 3 });
    const date = inDays(29);
    for (const name of ['Per', 'Eva'])
      await book(stage, { service, of: [], date, more: { customer: { name } } });
    const { days } = await home('bert');
    const those = days.find((one) => one.date === date)?.bookings;
    expect(those?.map(({ customer }) => customer).sort()).toEqual(['Eva', 'Per']);
    expect((await home('anna')).days.map((one) => one.date)).not.toContain(date);
  });
});

test('what waits for approval, and not what has run out', async () => {
  const service = await stage.business.service([{ of: [stage.resources.anna] }], { approval: true });
  const first = await book(stage, { service, of: [], at: '09:00', date: inDays(50) });
  const second = await book(stage, { service, of: [], at: '08:00', date: inDays(50) });
  const { pending } = await home('anna');
  expect(pending.count).toBe(2);
  expect(pending.items.map(({ id }) => id)).toEqual([second.id, first.id]);
  expect((await home('bert')).pending.count).toBe(0);
  await stage.context.db
    .update(bookings)
    .set({ expiresAt: new Date(Date.now() - 1000) })
    .where(and(eq(bookings.businessId, stage.business.id), eq(bookings.id, first.id)));
  expect((await home('kari')).pending).toMatchObject({ count: 1, items: [{ id: second.id }] });
});

describe('events of which nobody has said whom they block', () => {
  beforeAll(async () => {
    await stage.call('PATCH', `/calendars/${stage.calendarId}`, { settings: { undecided: 'ask' } });
    await type(stage, 'Who is this for?', { date: inDays(3), by: 'anna' });
    await type(stage, 'Every day', {
      date: inDays(4),
      event: { recurrence: ['RRULE:FREQ=DAILY;COUNT=3'] },
    });
    await read(stage);
  });

  test('are told with when they are and where, and without titles, which are not kept', async () => {
    await stage.google.control.clearLog();
    const { undecided } = await home('kari');
    expect(undecided.count).toBe(4);
    expect(undecided.items).toMatchObject([
      {
        calendarId: stage.calendarId,
        calendar: 'Felles',
        googleId: shared,
        zone: 'Europe/Oslo',
        original: null,
        title: null,
        start: instant('09:00', inDays(3)),
        end: instant('10:00', inDays(3)),
        allDay: false,
        recurring: false,
        count: 1,
        words: 'It blocks everybody until somebody says whom.',
      },
      { title: null, recurring: true, count: 3, original: expect.any(String) },
    ]);
    expect(undecided.items[0]?.resources.map(({ name }) => name).sort()).toEqual([
      'Anna',
      'Bert',
      'Room 1',
      'Van',
    ]);
    expect(await asked(stage, 'events.list')).toBe(0);
    const anna = await home('anna', { locale: 'nb' });
    expect(anna.undecided.items[0]?.words).toBe('Den blokkerer alle inntil noen sier hvem.');
  });

  test('are told with titles where the business keeps them', async () => {
    await stage.call('PATCH', '/business', { settings: { keepTitles: true } });
    await read(stage);
    await stage.call('POST', `/calendars/${stage.calendarId}/sync`);
    const titles = async () => (await home('anna')).undecided.items.map(({ title }) => title);
    await expect.poll(titles).toEqual(['Who is this for?', 'Every day']);
  });
});

test('bookings that events are in the way of are counted, for whom they are', async () => {
  const date = inDays(5);
  await book(stage, { of: [stage.resources.anna], at: '14:00', date });
  await type(stage, 'Meeting', { date, from: '14:30', to: '15:00' });
  await read(stage);
  expect((await home('kari')).collisions).toBe(1);
  expect((await home('anna')).collisions).toBe(1);
  expect((await home('bert')).collisions).toBe(0);
});

test('colleagues who ask to be let in, for who may let them in', async () => {
  const id = uuid();
  await stage.context.db.insert(joinRequests).values({
    businessId: stage.business.id,
    id,
    sub: '42',
    email: 'nina@clinic.test',
    name: 'Nina',
    askedAt: new Date(),
  });
  expect((await home('kari')).requests).toEqual([{ id, name: 'Nina', email: 'nina@clinic.test' }]);
  expect((await home('anna')).requests).toEqual([]);
});

describe('how the calendars stand', () => {
  test('one that was not read for an hour, one whose connection ended', async () => {
    const { db } = stage.context;
    const pull = eq(pulls.calendarId, stage.calendarId);
    await db
      .update(pulls)
      .set({ readAt: new Date(Date.now() - HOUR), dueAt: new Date(Date.now() + HOUR) })
      .where(pull);
    expect((await home('anna')).health).toMatchObject({
      light: 'amber',
      words: '“Felles” was not read for a while.',
      to: 'health',
    });
    // Where calendars are read every two hours, that is no fault: another is told.
    const [condition] = await readConditions(db, stage.business.id, stage.calendarId);
    const seldom = { ...stage.context, config: { ...stage.context.config, pollMinutes: 120 } };
    const died = { ...condition!, queue: { ...condition!.queue, died: 1 } };
    expect(healthOf(seldom, died, { locale: 'en', name: 'Felles' }).words).toBe(
      'One booking could not be written to “Felles”.',
    );
    await db
      .update(accounts)
      .set({ state: 'needs_reconnecting', failure: 'invalid_grant' })
      .where(eq(accounts.id, stage.accountId));
    expect((await home('kari', { locale: 'nb' })).health).toEqual({
      light: 'red',
      words: '«Felles»: Google godtar ikke lenger tilkoblingen.',
      next: 'Koble til kontoen på nytt.',
      to: 'connect',
    });
    await db
      .update(accounts)
      .set({ state: 'connected', failure: null })
      .where(eq(accounts.id, stage.accountId));
  });

  test('none yet', async () => {
    await stage.call('DELETE', `/calendars/${stage.calendarId}`);
    expect((await home('kari')).health).toMatchObject({ light: 'amber', to: 'connect' });
    expect((await home('anna')).health).toMatchObject({
      words: 'No calendar is connected yet.',
      to: null,
    });
  });
});
