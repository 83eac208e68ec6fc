// Settling an event from its card: the journey of the shared calendar, what it would cost, undo, series, proposals, double taps.
import { v4 as uuid } from 'uuid';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { writeMark } from '../../../shared/marks.ts';
import { everyone, inDays, inGoogle, instant, type Name, offered, read, share, type } from './day.ts';
import { type CardOf, openStage, type Person, people, type Stage, shared } from './stage.ts';

let stage: Stage;
beforeAll(async () => {
  stage = await openStage();
});
afterAll(() => stage.close());

type Wish = { scope?: string; free?: boolean; shares?: object[] };
const whom = (...names: Name[]) => names.map((name) => share(stage.resources[name]));
const decide = (event: object, names: Name[], wish: Wish = {}, person: Person = 'kari') =>
  stage.card('block', person, 'decide', {
    ...{ event, scope: 'event', shares: whom(...names), free: true, dryRun: false },
    ...wish,
  });
const cost = async (event: object, names: Name[], wish: Wish = {}): Promise<CardOf<'cost'>> => {
  const body = { event, scope: 'event', shares: whom(...names), free: true, dryRun: true, ...wish };
  return (await stage.card('cost', 'kari', 'decide', body)).card;
};
const undo = (event: object, scope = 'event') => stage.card('block', 'kari', 'undo', { event, scope });
const block = async (event: object) => (await stage.card('block', 'kari', 'event', { event })).card;
const isFree = async (eventId: string) => (await inGoogle(stage, eventId))?.transparency === 'transparent';
const takes = (card: CardOf<'block'>) => card.takes.map(({ name }) => name).sort();
const decisions = () =>
  stage.call<{ items: object[] }>('GET', `/calendars/${stage.calendarId}/decisions?ended=false`);

test('the shared calendar: an appointment blocks four, two taps later one; Google shows Free; undo brings it back', async () => {
  const event = await type(stage, 'Tannlege');
  await read(stage);
  expect(await offered(stage)).toEqual([]);
  expect(takes(await block(event))).toEqual(['Anna', 'Bert', 'Room 1', 'Van']);

  const { card, notice } = await decide(event, ['anna'], {}, 'anna');
  expect(notice).toBe('Saved: it blocks Anna.');
  expect(card).toMatchObject({
    decision: { scope: 'event', actor: 'Anna' },
    undo: 'event',
    words: expect.stringMatching(/^Anna decided on .*: it blocks Anna\.$/),
  });
  expect(takes(card)).toEqual(['Anna']);
  // At once, whatever Google says.
  expect(await offered(stage)).toEqual(['bert', 'room', 'van']);
  await stage.quiet();
  expect(await isFree(event.eventId)).toBe(true);
  expect(await block(event)).toMatchObject({ free: true, freed: true, pending: null });
  await read(stage);
  expect(await offered(stage)).toEqual(['bert', 'room', 'van']);

  const undone = await undo(event);
  expect(undone).toMatchObject({ notice: 'Undone.', card: { decision: null, undo: null } });
  expect(takes(undone.card)).toHaveLength(4);
  expect(await offered(stage)).toEqual([]);
  await stage.quiet();
  expect(await isFree(event.eventId)).toBe(false);
  expect(await block(event)).toMatchObject({ free: false, freed: false, pending: null });
  await read(stage);
  expect(await offered(stage)).toEqual([]);
  expect((await undo(event)).notice).toBe('There is nothing to undo.');
});

describe('what it would cost, before saying yes', () => {
  test('minutes and starts of each, more for who is let go; nothing is done', async () => {
    const event = await type(stage, 'Møte', { from: '11:00', to: '13:00' });
    await read(stage);
    const card = await cost(event, ['anna']);
    expect(card).toMatchObject({
      words: 'This event: it blocks Anna. Google shows it as Free.',
      hits: [],
      moreHits: 0,
    });
    const change = (name: Name) => card.changes.find(({ id }) => id === stage.resources[name]);
    expect(change('anna')).toMatchObject({ name: 'Anna', means: 'block', before: 120, after: 120, slots: 0 });
    for (const name of ['bert', 'room', 'van'] as const)
      expect(change(name)).toMatchObject({ before: 120, after: 0, slots: -2 });
    expect(takes(await block(event))).toHaveLength(4);

    await decide(event, []);
    const back = await cost(event, ['anna', 'bert'], { free: false });
    expect(back.words).toBe('This event: it blocks Anna and Bert. Google shows it as Busy.');
    expect(back.changes.map(({ name, before, after, slots }) => ({ name, before, after, slots }))).toEqual([
      { name: 'Anna', before: 0, after: 120, slots: 2 },
      { name: 'Bert', before: 0, after: 120, slots: 2 },
    ]);
  });

  test('bookings it would hit, with times that stay free then and who could take it', async () => {
    const event = await type(stage, 'Kurs', { from: '15:00', to: '17:00' });
    await read(stage);
    await decide(event, []);
    const { id } = await stage.call<{ id: string }>('POST', '/bookings', {
      serviceId: stage.serviceId,
      start: instant('15:00'),
      resourceIds: [stage.resources.bert],
      customer: { name: 'Eva' },
    });
    const { hits } = await cost(event, ['bert', 'room']);
    expect(hits).toMatchObject([{ bookingId: id, revision: 1, resourceId: stage.resources.bert }]);
    expect(hits[0]!.words).toMatch(/^Eva: Cut, .*15:00, Bert$/);
    // At 16:00 the event would be there still, though nothing is then as yet.
    expect(hits[0]!.next.map(({ start }) => start).sort()).toEqual(
      ['13:00', '14:00', '17:00'].map((time) => instant(time)),
    );
    expect(hits[0]!.others.map(({ name }) => name).sort()).toEqual(['Anna', 'Van']);
    expect((await cost(event, ['van'])).hits).toEqual([]);
  });

  test('of a whole series: minutes as far as it is known, starts of the next 31 days', async () => {
    const event = await type(stage, 'Ukemøte', {
      from: '20:00',
      to: '21:00',
      event: { recurrence: ['RRULE:FREQ=WEEKLY;COUNT=10'] },
    });
    await read(stage);
    const card = await cost(event, ['van'], { scope: 'series' });
    expect(card.words).toMatch(/^The whole series: it blocks Van\. .* Starts are counted until /);
    expect(card.changes.find(({ name }) => name === 'Anna')).toMatchObject({
      before: 600,
      after: 0,
      slots: -5,
    });
  });
});

describe('Busy or Free in Google', () => {
  test('set Free first, then to be Busy with only the chosen blocked', async () => {
    const event = await type(stage, 'Besøk', { from: '06:00', to: '07:00' });
    await read(stage);
    await decide(event, ['room']);
    await stage.quiet();
    expect(await isFree(event.eventId)).toBe(true);
    const { card } = await decide(event, ['room', 'van'], { free: false });
    expect(takes(card)).toEqual(['Room 1', 'Van']);
    await stage.quiet();
    expect(await isFree(event.eventId)).toBe(false);
    await read(stage);
    expect(await block(event)).toMatchObject({ free: false, freed: false, undo: 'event' });
    expect(await offered(stage, '06:00')).toEqual(['anna', 'bert']);
  });

  test('Google does not take it: what was decided holds, and why it does not show is said', async () => {
    const event = await type(stage, 'Nektet', { from: '07:00', to: '08:00' });
    await read(stage);
    await stage.google.control.addFault({
      kind: 'error',
      status: 403,
      reason: 'forbidden',
      on: 'events.update',
    });
    const { card } = await decide(event, ['van']);
    expect(card.pending).toBe('It is being written to Google.');
    await stage.quiet();
    expect(await block(event)).toMatchObject({
      free: false,
      pending: expect.stringMatching(/^Google refused the change \(forbidden\)/),
    });
    expect(await offered(stage, '07:00')).toEqual(['anna', 'bert', 'room']);
    await stage.google.control.clearFaults();
  });

  test('out of office stays Busy, and blocks whom the decision says', async () => {
    const event = await type(stage, 'Borte', { from: '08:00', to: '09:00' });
    await read(stage);
    await stage.context.db.execute(
      `update events set type = 'outOfOffice' where event_id = '${event.eventId}'`,
    );
    expect((await cost(event, ['anna'])).words).toBe(
      'This event: it blocks Anna. It stays Busy: Google keeps out-of-office events Busy.',
    );
    const { card, notice } = await decide(event, ['anna']);
    expect(notice).toBe('Saved: it blocks Anna. It stays Busy: Google keeps out-of-office events Busy.');
    expect(takes(card)).toEqual(['Anna']);
    await stage.quiet();
    expect(await isFree(event.eventId)).toBe(false);
  });
});

describe('of a series', () => {
  const weekly = { recurrence: ['RRULE:FREQ=WEEKLY;COUNT=6'] };
  let series: string;
  const nth = (n: number) => ({
    calendarId: shared,
    eventId: `${series}_${instant('22:00', inDays(7 + 7 * n)).replace(/\.000|[-:]/g, '')}`,
  });
  const at = (n: number) => offered(stage, '22:00', inDays(7 + 7 * n));
  beforeAll(async () => {
    series = (await type(stage, 'Kor', { from: '22:00', to: '23:00', event: weekly })).eventId;
    await read(stage);
  });

  test('this one, this and those that follow, the series: from the open one on; undo ends what was said of it', async () => {
    expect((await decide(nth(1), ['anna'], { scope: 'event' })).card.decision?.scope).toBe('event');
    expect((await decide(nth(2), ['bert'], { scope: 'following' })).card.decision?.scope).toBe('following');
    const all = await decide(nth(0), ['room'], { scope: 'series' });
    expect(all.card).toMatchObject({ decision: { scope: 'series' }, undo: 'series', recurring: true });
    expect([await at(0), await at(1), await at(2), await at(4)]).toEqual([
      ['anna', 'bert', 'van'],
      ['bert', 'room', 'van'],
      ['anna', 'room', 'van'],
      ['anna', 'room', 'van'],
    ]);
    // It was said two weeks before the one that is open now.
    const undone = await undo(nth(4), 'following');
    expect(undone).toMatchObject({ notice: 'Undone.', card: { decision: { scope: 'series' } } });
    expect(await at(2)).toEqual(['anna', 'bert', 'van']);
    await undo(nth(1));
    const back = await undo(nth(3), 'series');
    expect(back.card).toMatchObject({ decision: null, undo: null });
    expect(await at(1)).toEqual([]);
    await stage.quiet();
    expect(await isFree(series)).toBe(false);
  });

  test('opened as a whole, "this one" is the one that comes next', async () => {
    await decide({ calendarId: shared, eventId: series }, ['van']);
    expect([await at(0), await at(1)]).toEqual([['anna', 'bert', 'room'], []]);
    await undo({ calendarId: shared, eventId: series });
  });
});

describe('a decision found in the event, of a calendar that asks first', () => {
  const propose = async (title: string, from: string, to: string) => {
    const event = await type(stage, title, { from, to });
    const [only] = whom('van').map((one) => ({
      ...one,
      places: null,
      startShift: 0,
      endShift: 0,
      means: null,
    }));
    const decision = { id: uuid(), scope: 'event' as const, from: null, shares: [only!] };
    const marks = writeMark({ businessId: stage.business.id, decision, freed: null });
    await stage.google.control.changeEvent({
      person: people.bert,
      calendar: shared,
      event: event.eventId,
      change: { extendedProperties: { private: marks } },
    });
    await read(stage);
    return { event, decisionId: decision.id };
  };
  const answer = (event: object, decisionId: string, accept: boolean) =>
    stage.card('block', 'kari', 'proposed', { event, decisionId, accept });
  beforeAll(() => stage.call('PATCH', `/calendars/${stage.calendarId}`, { settings: { adopt: 'ask' } }));
  afterAll(() => stage.call('PATCH', `/calendars/${stage.calendarId}`, { settings: { adopt: 'adopt' } }));

  test('is shown, counts for nothing until it is accepted, and is answered once', async () => {
    const { event, decisionId } = await propose('Levering', '03:00', '04:00');
    const card = await block(event);
    expect(card.proposed).toEqual({
      id: decisionId,
      words: 'In the event itself somebody has said: it blocks Van. It counts once it is accepted.',
    });
    expect(takes(card)).toHaveLength(4);
    const accepted = await answer(event, decisionId, true);
    expect(accepted).toMatchObject({ notice: 'Accepted: it blocks Van.', card: { proposed: null } });
    expect(takes(accepted.card)).toEqual(['Van']);
    const again = await answer(event, decisionId, false);
    expect(again.notice).toMatch(/ended already/);
    expect(takes(again.card)).toEqual(['Van']);
  });

  test('turned down it is gone; of another event it is none', async () => {
    const { event, decisionId } = await propose('Henting', '04:00', '05:00');
    const other = await type(stage, 'Annet', { from: '05:00', to: '06:00' });
    await read(stage);
    expect((await answer(other, decisionId, true)).notice).toMatch(/not there any more/);
    expect(await answer(event, decisionId, false)).toMatchObject({
      notice: 'Turned down.',
      card: { proposed: null, decision: null },
    });
    expect(takes(await block(event))).toHaveLength(4);
  });
});

describe('taps that go wrong', () => {
  test('a double tap is one decision, answered alike; the same key for another wish is refused', async () => {
    const event = await type(stage, 'To trykk', { from: '01:00', to: '02:00' });
    await read(stage);
    const before = (await decisions()).items.length;
    const body = { event, scope: 'event', shares: whom('anna'), free: true, dryRun: false };
    const key = { 'idempotency-key': uuid() };
    const taps = await Promise.all([1, 2].map(() => stage.ask('kari', 'decide', body, key)));
    for (const { answer } of taps)
      expect(answer).toMatchObject({ card: { card: 'block' }, notice: 'Saved: it blocks Anna.' });
    expect((await decisions()).items).toHaveLength(before + 1);
    const { answer } = await stage.ask('kari', 'decide', { ...body, shares: [] }, key);
    expect(answer.notice).toMatch(/used/);
    expect(takes(await block(event))).toEqual(['Anna']);
  });

  test('a resource that is not linked any more: refused, with the card as it is', async () => {
    const event = await type(stage, 'Gammelt kort', { from: '02:00', to: '03:00' });
    await read(stage);
    const stranger = await stage.business.resource({ name: 'Nils' });
    const body = { event, scope: 'event', shares: [share(stranger)], free: false, dryRun: false };
    for (const dryRun of [true, false]) {
      const { answer } = await stage.ask('kari', 'decide', { ...body, dryRun });
      expect(answer).toMatchObject({
        card: { card: 'block', takes: { length: everyone.length } },
        notice: expect.stringMatching(/Nils does not read this calendar/),
      });
    }
  });

  test('what no decision could say is no request, or refused', async () => {
    const event = await type(stage, 'Rart', { from: '00:00', to: '01:00' });
    await read(stage);
    const body = { event, scope: 'event', shares: whom('anna'), free: false, dryRun: false };
    expect((await stage.ask('kari', 'decide', { ...body, scope: 'ever' })).status).toBe(400);
    expect((await stage.ask('kari', 'decide', { ...body, shares: [{ resourceId: '<b>' }] })).status).toBe(
      400,
    );
    const { answer } = await stage.ask('kari', 'decide', { ...body, shares: whom('anna', 'anna') });
    expect(answer).toMatchObject({
      card: { card: 'block', decision: null },
      notice: expect.stringMatching(/twice/),
    });
  });
});
