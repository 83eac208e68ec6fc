// Which card the open event gets: a booking's, whom it blocks, that its calendar is linked to nobody, or that it is not there.
import { eq } from 'drizzle-orm';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { events } from '../../../server/database/mirror.ts';
import { accounts } from '../../../server/database/schema.ts';
import { makeBusiness } from '../../business.ts';
import { asked, inGoogle, instant, read, share, type } from './day.ts';
import { openStage, type Person, people, type Stage, shared } from './stage.ts';

let stage: Stage;
beforeAll(async () => {
  stage = await openStage();
});
afterAll(() => stage.close());
afterEach(() => stage.google.control.clearFaults());

const open = (person: Person, event: object, body: object = {}) =>
  stage.ask(person, 'event', { event, ...body });
const cardOf = async (person: Person, event: object, body: object = {}) =>
  (await open(person, event, body)).answer.card;

describe('an event that is a booking', () => {
  let bookingId: string;
  let eventId: string;
  beforeAll(async () => {
    const made = await stage.call<{ id: string }>('POST', '/bookings', {
      serviceId: stage.serviceId,
      start: instant('14:00'),
      resourceIds: [stage.resources.anna],
      customer: { name: 'Ola Nordmann' },
    });
    bookingId = made.id;
    await stage.quiet();
    const pushes = await stage.call<{ items: { eventId: string }[] }>('GET', `/bookings/${bookingId}/pushes`);
    eventId = pushes.items[0]!.eventId;
  });

  test('its own, on the calendar that shows it', async () => {
    expect(await cardOf('kari', { calendarId: shared, eventId })).toMatchObject({
      card: 'booking',
      id: bookingId,
    });
  });

  test("a guest's copy of it, in a calendar that nobody follows, and one occurrence of what a person made of it", async () => {
    expect(await cardOf('anna', { calendarId: people.anna, eventId })).toMatchObject({ id: bookingId });
    const occurrence = `${eventId}_20270101T090000Z`;
    expect(await cardOf('anna', { calendarId: shared, eventId: occurrence })).toMatchObject({
      id: bookingId,
    });
  });

  test('not for who serves none of its resources', async () => {
    expect(await cardOf('bert', { calendarId: shared, eventId })).toMatchObject({ code: 'not_found' });
  });

  test('of a session: one that has seats of it', async () => {
    const group = await stage.business.service([{ of: [stage.resources.room] }], { name: 'Kurs', seats: 5 });
    const seat = (name: string) =>
      stage.call<{ id: string }>('POST', '/bookings', {
        serviceId: group,
        start: instant('18:00'),
        customer: { name },
      });
    const [first] = [await seat('Ola'), await seat('Eva')];
    await stage.quiet();
    const { items } = await stage.call<{ items: { eventId: string }[] }>(
      'GET',
      `/bookings/${first!.id}/pushes`,
    );
    expect(await cardOf('kari', { calendarId: shared, eventId: items[0]!.eventId })).toMatchObject({
      card: 'booking',
      id: first!.id,
    });
  });
});

describe('any other event', () => {
  test("as a guest has it in their own calendar: it is the linked one's, and settled there", async () => {
    const event = await type(stage, 'Møte', { event: { attendees: [{ email: people.anna }] } });
    await read(stage);
    const card = await cardOf('anna', { calendarId: people.anna, eventId: event.eventId });
    expect(card).toMatchObject({ card: 'block', event, calendar: { id: stage.calendarId } });
  });

  test('of a calendar that nobody is linked to: who may link it, and who has to be asked', async () => {
    const { id } = await stage.google.control.createCalendar({ owner: people.kari, summary: 'Privat' });
    const event = { calendarId: id, eventId: 'event1' };
    expect(await cardOf('kari', event)).toMatchObject({
      card: 'unlinked',
      event,
      calendar: null,
      mayLink: true,
      resources: [{ name: 'Anna' }, { name: 'Bert' }, { name: 'Room 1' }, { name: 'Van' }],
    });
    const annas = await cardOf('anna', event, { locale: 'nb' });
    expect(annas).toMatchObject({ card: 'unlinked', mayLink: false, resources: [] });
    expect(annas).toMatchObject({
      words: expect.stringContaining('En eier eller administrator kan koble den til.'),
    });
    const followed = await stage.call<{ id: string }>('POST', '/calendars', {
      accountId: stage.accountId,
      googleId: id,
    });
    expect(await cardOf('kari', event)).toMatchObject({ calendar: { id: followed.id, name: 'Privat' } });
  });

  test('of resources that the person does not serve: as if it was not there', async () => {
    const { id } = await stage.google.control.createCalendar({ owner: people.kari, summary: 'Bilen' });
    const calendar = await stage.call<{ id: string }>('POST', '/calendars', {
      accountId: stage.accountId,
      googleId: id,
    });
    const link = { calendarId: calendar.id, reads: true, writes: false };
    const both = [{ calendarId: stage.calendarId, reads: true, writes: true }, link];
    await stage.call('PUT', `/resources/${stage.resources.van}/links`, { links: both });
    const made = await stage.google.control.addEvent({
      person: people.kari,
      calendar: id,
      event: {
        summary: 'Service',
        start: { dateTime: instant('09:00') },
        end: { dateTime: instant('10:00') },
      },
    });
    await stage.quiet();
    const event = { calendarId: id, eventId: made.id as string };
    expect(await cardOf('kari', event)).toMatchObject({ card: 'block', resources: [{ name: 'Van' }] });
    const decide = { event, scope: 'event', shares: [], free: false, dryRun: false };
    expect(await cardOf('anna', event)).toMatchObject({ card: 'problem', code: 'not_found' });
    for (const dryRun of [true, false]) {
      const { answer } = await stage.ask('anna', 'decide', { ...decide, dryRun });
      expect(answer).toMatchObject({
        card: { code: 'not_found' },
        notice: expect.stringMatching(/not there any more/),
      });
    }
    expect(await stage.call('GET', `/calendars/${calendar.id}/decisions`)).toMatchObject({ items: [] });
  });

  test('of another business: nothing of it is told, and nothing is done to it', async () => {
    const other = await makeBusiness(stage.context.db);
    const { id } = await stage.google.control.createCalendar({ owner: people.siri, summary: 'Hemmelig' });
    const { refresh_token: refreshToken } = await stage.google.control.issueTokens({ person: people.siri });
    const theirs = async <T>(path: string, body: object): Promise<T> => {
      const answer = await fetch(`${stage.url}/api/v1${path}`, {
        method: 'POST',
        headers: { authorization: `Bearer ${other.key}`, 'content-type': 'application/json' },
        body: JSON.stringify(body),
      });
      return (await answer.json()) as T;
    };
    const account = await theirs<{ id: string }>('/accounts', { refreshToken });
    await theirs('/calendars', { accountId: account.id, googleId: id });
    const { id: eventId } = await stage.google.control.addEvent({
      person: people.siri,
      calendar: id,
      event: { summary: 'x', start: { dateTime: instant('09:00') }, end: { dateTime: instant('10:00') } },
    });
    await stage.quiet();
    const event = { calendarId: id, eventId };
    expect(await cardOf('kari', event)).toMatchObject({ card: 'unlinked', calendar: null });
    // Nor by its id alone, as if it stood in a calendar of ours.
    expect(await cardOf('kari', { calendarId: shared, eventId })).toMatchObject({
      card: 'problem',
      code: 'gone',
    });
    const wish = { event, scope: 'event', shares: [], free: true, dryRun: false };
    const { answer } = await stage.ask('kari', 'decide', wish);
    expect(answer).toMatchObject({ notice: expect.stringMatching(/not there any more/) });
  });
});

describe('an event that was made seconds ago', () => {
  const mirrored = (eventId: string) =>
    stage.context.db.select().from(events).where(eq(events.eventId, eventId));

  test('is read on the spot with one request and judged as readings are; it is not kept, its pull is owed', async () => {
    await stage.call('PUT', `/calendars/${stage.calendarId}/rules`, {
      rules: [
        { when: { texts: ['@bert'] }, whom: { kind: 'listed', shares: [share(stage.resources.bert)] } },
      ],
    });
    await read(stage);
    const event = await type(stage, 'Lunsj @bert');
    // What else is due must not read it first.
    await stage.context.db.execute(`update pulls set due_at = now() + interval '1 hour', failure = 'held'`);
    await stage.google.control.clearLog();
    const card = await cardOf('kari', event);
    expect(card).toMatchObject({
      card: 'block',
      takes: [{ resourceId: stage.resources.bert, name: 'Bert' }],
      words: 'Rule 1: if its text holds “@bert”, it blocks Bert.',
      mayDecide: true,
      limits: ['It was read from Google just now, and counts in a moment.'],
    });
    expect(await asked(stage, 'events.get')).toBe(1);
    expect(await mirrored(event.eventId)).toEqual([]);
    await stage.context.db.execute(`update pulls set due_at = now(), failure = null`);
    stage.context.ring();
    await stage.quiet();
    expect(await mirrored(event.eventId)).toHaveLength(1);
    expect(await cardOf('kari', event)).toMatchObject({
      limits: [],
      words: expect.stringMatching(/^Rule 1/),
    });
    await stage.call('PUT', `/calendars/${stage.calendarId}/rules`, { rules: [] });
  });

  test('Google does not answer in time: it has not been read yet, and the add-on may read it by itself', async () => {
    const event = await type(stage, 'Sen');
    await stage.google.control.addFault({ kind: 'latency', milliseconds: 3500, on: 'events.get' });
    expect(await cardOf('kari', event)).toMatchObject({
      card: 'problem',
      unread: true,
      next: 'Try again in a moment.',
    });
    await stage.google.control.clearFaults();
    expect(await cardOf('kari', event)).toMatchObject({ card: 'block' });
  });

  test('deleted, or never there: gone', async () => {
    const event = await type(stage, 'Avlyst');
    await stage.google.control.deleteEvent({ person: people.kari, calendar: shared, event: event.eventId });
    expect(await cardOf('kari', event)).toMatchObject({ card: 'problem', code: 'gone' });
    expect(await cardOf('kari', { ...event, eventId: 'nothing1' })).toMatchObject({ code: 'gone' });
  });

  test('of an account that has to be connected again: that is said', async () => {
    const event = await type(stage, 'Ny');
    const { db } = stage.context;
    await db.update(accounts).set({ state: 'needs_reconnecting' }).where(eq(accounts.id, stage.accountId));
    expect(await cardOf('kari', event)).toMatchObject({ code: 'needs_reconnecting', to: 'connect' });
    await db.update(accounts).set({ state: 'connected' }).where(eq(accounts.id, stage.accountId));
  });

  test('is decided at once', async () => {
    const event = await type(stage, 'Tannlege');
    const wish = { event, scope: 'event', shares: [share(stage.resources.anna)], free: true, dryRun: false };
    const { card, notice } = await stage.card('block', 'kari', 'decide', wish);
    expect(notice).toBe('Saved: it blocks Anna.');
    expect(card.takes.map(({ name }) => name)).toEqual(['Anna']);
    await stage.quiet();
    expect(await inGoogle(stage, event.eventId)).toMatchObject({ transparency: 'transparent' });
  });
});
