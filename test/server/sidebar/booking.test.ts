// The card of one booking: what it says, in which language, to whom, and which buttons it has.
import { and, eq } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { bookings, pushes } from '../../../server/database/ledger.ts';
import { services } from '../../../server/database/schema.ts';
import { DAY, HOUR } from '../../../shared/time.ts';
import { makeBusiness } from '../../business.ts';
import { inDays, instant, read, type } from './day.ts';
import { book, bookingOf, customer, tap } from './desk.ts';
import { openStage, people, type Stage, shared } from './stage.ts';

let stage: Stage;
beforeAll(async () => {
  stage = await openStage();
});
afterAll(() => stage.close());

test('all there is to know of it', async () => {
  await stage.context.db
    .update(services)
    .set({
      questions: [
        { key: 'first', label: 'First visit?', kind: 'boolean', choices: [], required: false },
        { key: 'shoe', label: 'Shoe size', kind: 'number', choices: [], required: false },
      ],
    })
    .where(eq(services.id, stage.serviceId));
  const { id } = await book(stage, {
    more: { instructions: 'By the <b>window</b>', notes: 'regular', answers: { shoe: 41, first: true } },
  });
  await stage.quiet();
  const card = await bookingOf(stage, 'anna', id);
  expect(card).toMatchObject({
    id,
    revision: 1,
    status: 'confirmed',
    service: 'Cut',
    start: instant('09:00'),
    end: instant('10:00'),
    zone: 'Europe/Oslo',
    seats: 1,
    customer,
    resources: [{ id: stage.resources.anna, name: 'Anna', kind: 'person', places: 1 }],
    instructions: 'By the <b>window</b>',
    notes: 'regular',
    answers: [
      { label: 'First visit?', value: 'Yes' },
      { label: 'Shoe size', value: '41' },
    ],
    session: null,
    drifts: [],
    collisions: [],
    push: null,
    may: ['reschedule', 'reassign', 'cancel', 'resend'],
  });
  expect(card.history.map(({ words }) => words)).toEqual(['An API key (all) booked it.']);
  const norwegian = await bookingOf(stage, 'anna', id, { locale: 'nb' });
  expect(norwegian.answers[0]).toEqual({ label: 'First visit?', value: 'Ja' });
  expect(norwegian.history.map(({ words }) => words)).toEqual(['En API-nøkkel (all) booket.']);
});

describe('who sees it', () => {
  test('who serves one of its resources, and whoever serves all', async () => {
    const { id } = await book(stage, { at: '11:00' });
    expect(await bookingOf(stage, 'kari', id)).toMatchObject({ id });
    const { status, answer } = await stage.ask('bert', 'booking', { bookingId: id });
    expect(status).toBe(200);
    expect(answer.card).toMatchObject({ card: 'problem', code: 'not_found' });
    expect(JSON.stringify(answer)).not.toContain('Ola');
  });

  test('one that was let go is still seen by who had it, with whom it was', async () => {
    const { id, revision } = await book(stage, { at: '12:00' });
    await stage.call('POST', `/bookings/${id}/cancel`, { revision, reason: 'flu' });
    const card = await bookingOf(stage, 'anna', id);
    expect(card).toMatchObject({ status: 'cancelled', cancelReason: 'flu', may: [] });
    expect(card.resources.map(({ name }) => name)).toEqual(['Anna']);
    expect(card.history[0]?.words).toBe('An API key (all) cancelled it: flu');
    expect((await stage.ask('bert', 'booking', { bookingId: id })).answer.card.card).toBe('problem');
  });

  test('nobody sees what is of another business', async () => {
    const { db } = stage.context;
    const other = await makeBusiness(db);
    const resource = await other.resource();
    const service = await other.service([{ of: [resource] }]);
    const answer = await fetch(`${stage.url}/api/v1/bookings`, {
      method: 'POST',
      headers: { authorization: `Bearer ${other.key}`, 'content-type': 'application/json' },
      body: JSON.stringify({ serviceId: service, start: instant('10:00', inDays(monday())), customer }),
    });
    const { id } = (await answer.json()) as { id: string };
    expect(answer.status).toBe(201);
    expect((await stage.ask('kari', 'booking', { bookingId: id })).answer.card).toMatchObject({
      code: 'not_found',
    });
  });
});

/** Days until a Monday in the week after next. */
const monday = () => 14 + ((8 - new Date(Date.now()).getUTCDay()) % 7);

describe('its buttons', () => {
  test('one that waits is approved or declined; one that ran out, nothing', async () => {
    const service = await stage.business.service([{ of: [stage.resources.bert] }], { approval: true });
    const { id } = await book(stage, { service, of: [] });
    expect((await bookingOf(stage, 'bert', id)).may).toEqual(['approve', 'decline', 'reschedule']);
    await stage.context.db
      .update(bookings)
      .set({ expiresAt: new Date(Date.now() - 1000) })
      .where(and(eq(bookings.businessId, stage.business.id), eq(bookings.id, id)));
    expect(await bookingOf(stage, 'bert', id)).toMatchObject({ status: 'expired', may: [] });
  });

  test('one that has begun took place, or its customer did not come; one that is over is not moved', async () => {
    const start = new Date(Date.now() - HOUR / 2).toISOString();
    const under = await book(stage, { of: [stage.resources.van], more: { start, override: true } });
    expect((await bookingOf(stage, 'kari', under.id)).may).toEqual([
      'reschedule',
      'reassign',
      'cancel',
      'complete',
      'noShow',
      'resend',
    ]);
    const yesterday = new Date(Date.now() - DAY).toISOString();
    const over = await book(stage, {
      of: [stage.resources.room],
      more: { start: yesterday, override: true },
    });
    const card = await bookingOf(stage, 'kari', over.id);
    expect(card.may).toEqual(['complete', 'noShow']);
    expect(card.history[0]?.words).toContain('Against: ');
  });

  test('no confirmation goes to who has no address; nobody takes over from the only one', async () => {
    const service = await stage.business.service([{ of: [stage.resources.bert] }]);
    const { id } = await book(stage, { service, of: [], at: '17:00', more: { customer: { name: 'Per' } } });
    expect((await bookingOf(stage, 'bert', id)).may).toEqual(['reschedule', 'cancel']);
  });
});

test('a session: who else has seats of it', async () => {
  const service = await stage.business.service([{ of: [stage.resources.room] }], { name: 'Kurs', seats: 5 });
  const seat = (name: string, seats: number) =>
    book(stage, { service, of: [], at: '20:00', more: { seats, customer: { name } } });
  const first = await seat('Per', 2);
  await seat('Eva', 1);
  const { session, seats } = await bookingOf(stage, 'kari', first.id);
  expect(seats).toBe(2);
  expect(session).toMatchObject({ taken: 3, seats: 5 });
  expect(session?.bookings.map((line) => [line.customer, line.resources])).toEqual([['Eva', ['Room 1']]]);
});

describe('where Google and the booking differ', () => {
  beforeAll(async () => {
    await stage.call('PATCH', '/business', {
      settings: { drift: { moved: 'ask', deleted: 'ask', freed: 'ask', left: 'ask' } },
    });
  });

  interface Moving {
    /** Of the event as it is then. */
    hours?: number;
    day?: string;
    service?: string;
  }
  const moved = async (at: string, to: string, date: string, more: Moving = {}) => {
    const { hours = 1, day = date, service } = more;
    const made = await book(stage, { at, date, ...(service && { service, more: { override: true } }) });
    await stage.quiet();
    const { items } = await stage.call<{ items: { eventId: string }[] }>(
      'GET',
      `/bookings/${made.id}/pushes`,
    );
    const { eventId } = items[0]!;
    const end = new Date(Date.parse(instant(to, day)) + hours * HOUR).toISOString();
    await stage.google.control.changeEvent({
      person: people.anna,
      calendar: shared,
      event: eventId,
      change: { start: { dateTime: instant(to, day) }, end: { dateTime: end } },
    });
    await read(stage);
    return made.id;
  };

  test('both are told, and the booking follows', async () => {
    const date = inDays(9);
    const id = await moved('09:00', '13:00', date);
    const { drifts } = await bookingOf(stage, 'anna', id);
    expect(drifts).toEqual([
      {
        id: expect.any(String),
        kind: 'moved',
        words: expect.stringMatching(/^Google shows .*13:00\. The booking is .*09:00\.$/),
        mayApply: true,
      },
    ]);
    const { answer } = await tap(stage, 'anna', id, { do: { act: 'apply', driftId: drifts[0]!.id } });
    expect(answer.notice).toBe('The booking is now as Google shows it.');
    expect(answer.card).toMatchObject({ start: instant('13:00', date), drifts: [] });
  });

  test('or Google is put right', async () => {
    const date = inDays(10);
    const id = await moved('09:00', '13:00', date);
    const [drift] = (await bookingOf(stage, 'anna', id, { locale: 'nb' })).drifts;
    expect(drift?.words).toMatch(/^Google viser .*13:00\. Bookingen er .*09:00\.$/);
    const { answer } = await tap(stage, 'anna', id, { do: { act: 'restore', driftId: drift!.id } });
    expect(answer.card).toMatchObject({ start: instant('09:00', date), drifts: [] });
  });

  test('what the booking goes against as it follows is said', async () => {
    const service = await stage.business.service([{ of: [stage.resources.anna] }], {
      noticeMinutes: 60 * 24 * 30,
      rescheduleCutoffMinutes: 60 * 24 * 30,
    });
    const id = await moved('09:00', '13:00', inDays(14), { service });
    const [drift] = (await bookingOf(stage, 'anna', id)).drifts;
    const { answer } = await tap(stage, 'anna', id, { do: { act: 'apply', driftId: drift!.id } });
    expect(answer.notice).toBe(
      'The booking is now as Google shows it. Against: the deadline for customers and notice.',
    );
  });

  test('a length alone is not followed, whoever asks', async () => {
    const id = await moved('09:00', '09:00', inDays(12), { hours: 2 });
    const [drift] = (await bookingOf(stage, 'anna', id)).drifts;
    expect(drift).toMatchObject({ mayApply: false, words: expect.stringContaining('another length') });
    const apply = { act: 'apply' as const, driftId: drift!.id };
    const { answer } = await tap(stage, 'anna', id, { do: apply, body: { locale: 'nb' } });
    expect(answer.notice).toContain('varighet');
    expect(answer.card).toMatchObject({ revision: 1, drifts: [{ id: drift!.id }] });
  });

  test('a time that is over is not followed, and it is said why', async () => {
    const id = await moved('09:00', '09:00', inDays(13), { day: inDays(-1) });
    const [drift] = (await bookingOf(stage, 'anna', id)).drifts;
    expect(drift).toMatchObject({ mayApply: false });
    const apply = { act: 'apply' as const, driftId: drift!.id };
    const said = { en: 'a time that is over', nb: 'et tidspunkt som er over' };
    for (const locale of ['en', 'nb'] as const) {
      const { answer } = await tap(stage, 'anna', id, { do: apply, body: { locale } });
      expect(answer.notice).toContain(said[locale]);
      expect(answer.card).toMatchObject({ revision: 1 });
    }
  });

  test("another booking's is none of it", async () => {
    const date = inDays(11);
    const id = await moved('09:00', '13:00', date);
    const other = await book(stage, { of: [stage.resources.anna], at: '18:00', date });
    const [drift] = (await bookingOf(stage, 'anna', id)).drifts;
    const { answer } = await tap(stage, 'anna', other.id, { do: { act: 'apply', driftId: drift!.id } });
    expect((await bookingOf(stage, 'anna', id)).drifts).toHaveLength(1);
    expect(answer.notice).toBe('It is not there any more, or not yours.');
  });
});

test('an event in its way: told with the times and the people that are free instead', async () => {
  const date = inDays(20);
  const { id } = await book(stage, { at: '09:00', date });
  await type(stage, 'Fire drill', { date, from: '08:30', to: '09:30' });
  await read(stage);
  const card = await bookingOf(stage, 'anna', id);
  expect(card.collisions).toHaveLength(1);
  const [{ words, next, others, resourceId }] = card.collisions as [(typeof card.collisions)[number]];
  expect(words).toMatch(/^An event in “Felles” takes Anna, .*08:30–09:30\.$/);
  expect(resourceId).toBe(stage.resources.anna);
  expect(next.length).toBe(3);
  // The event blocks everybody, so nobody could take it over.
  expect(others).toEqual([]);
  expect(JSON.stringify(card)).not.toContain('Fire drill');
});

test('of who sits alone in a session they may overlap it', async () => {
  const date = inDays(21);
  const each = { lengthMinutes: 60, stepMinutes: 15, seats: 3 };
  const service = await stage.business.service([{ of: [stage.resources.anna] }], each);
  const { id } = await book(stage, { service, of: [], at: '10:00', date });
  await type(stage, 'Fire drill', { date, from: '10:30', to: '11:00' });
  await read(stage);
  const near = async () =>
    (await bookingOf(stage, 'anna', id)).collisions.flatMap(({ next }) => next.map(({ start }) => start));
  expect(await near()).toContain(instant('09:30', date));
  const other = await book(stage, { service, of: [], at: '10:00', date, more: { override: true } });
  expect((await bookingOf(stage, 'anna', other.id)).session?.bookings).toHaveLength(1);
  expect(await near()).not.toContain(instant('09:30', date));
});

test('what was given up is said, with the code that Google gave', async () => {
  const { id } = await book(stage, { at: '22:00' });
  await stage.quiet();
  await stage.context.db
    .update(pushes)
    .set({ diedAt: new Date(), failure: 'forbidden' })
    .where(eq(pushes.unitId, id));
  const { push } = await bookingOf(stage, 'anna', id);
  expect(push).toContain('could not be written to “Felles” (forbidden)');
});
