// One-tap answers on the home card: everybody, nobody, these; of a series at once; once, however often it is tapped.
import { v4 as uuid } from 'uuid';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { inDays, inGoogle, instant, offered, read, share, type } from './day.ts';
import { type CardOf, openStage, people, type Stage, shared } from './stage.ts';

let stage: Stage;
const set = (settings: object) => stage.call('PATCH', `/calendars/${stage.calendarId}`, { settings });
beforeAll(async () => {
  stage = await openStage();
  await set({ undecided: 'ask' });
});
afterAll(() => stage.close());
beforeEach(() => read(stage));

type Waiting = CardOf<'home'>['undecided']['items'][number];
const waiting = async (eventId: string): Promise<Waiting | undefined> => {
  const { card } = await stage.card('home', 'kari', 'home');
  return card.undecided.items.find((item) => item.eventId === eventId);
};
const bodyOf = ({ calendarId, eventId, original }: Waiting, whom: unknown) => ({
  ...{ calendarId, eventId, original },
  whom,
});
const answer = async (eventId: string, whom: unknown) => {
  const item = await waiting(eventId);
  return stage.card('home', 'kari', 'answer', bodyOf(item!, whom));
};

test('everybody, nobody, these: it waits no more, and blocks just those', async () => {
  const [all, none, some] = [
    await type(stage, 'Alle', { from: '01:00', to: '02:00' }),
    await type(stage, 'Ingen', { from: '02:00', to: '03:00' }),
    await type(stage, 'Noen', { from: '03:00', to: '04:00' }),
  ];
  await read(stage);
  const { bert, van } = stage.resources;
  expect((await answer(all!.eventId, 'everybody')).notice).toBe(
    'Saved: it blocks Anna, Bert, Room 1, and Van.',
  );
  expect((await answer(none!.eventId, 'nobody')).notice).toBe('Saved: it blocks nobody.');
  const { card, notice } = await answer(some!.eventId, [bert, van]);
  expect(notice).toBe('Saved: it blocks Bert and Van.');
  expect(card.undecided).toMatchObject({ count: 0, items: [] });
  expect(await offered(stage, '01:00')).toEqual([]);
  expect(await offered(stage, '02:00')).toEqual(['anna', 'bert', 'room', 'van']);
  expect(await offered(stage, '03:00')).toEqual(['anna', 'room']);
});

test('Google is told as far as the calendar sets events Free by itself', async () => {
  const shy = await type(stage, 'Stille', { from: '04:00', to: '05:00' });
  await read(stage);
  await answer(shy.eventId, 'nobody');
  await stage.quiet();
  expect((await inGoogle(stage, shy.eventId))?.transparency).not.toBe('transparent');
  await set({ autoFix: true });
  const [one, everyone] = [
    await type(stage, 'Fri', { from: '05:00', to: '06:00' }),
    await type(stage, 'Alle', { from: '06:00', to: '07:00' }),
  ];
  await read(stage);
  await answer(one!.eventId, [stage.resources.anna]);
  await answer(everyone!.eventId, 'everybody');
  await stage.quiet();
  expect(await inGoogle(stage, one!.eventId)).toMatchObject({ transparency: 'transparent' });
  expect((await inGoogle(stage, everyone!.eventId))?.transparency).not.toBe('transparent');
  await set({ autoFix: false });
});

test('a series that waits as a whole is answered as a whole', async () => {
  const weekly = { recurrence: ['RRULE:FREQ=DAILY;COUNT=6'] };
  const { eventId } = await type(stage, 'Kor', { from: '20:00', to: '21:00', event: weekly });
  await read(stage);
  expect(await waiting(eventId)).toMatchObject({ recurring: true, count: 6 });
  const { notice } = await answer(eventId, [stage.resources.room]);
  expect(notice).toBe('Saved for the whole series: it blocks Room 1.');
  expect(await waiting(eventId)).toBeUndefined();
  expect(await offered(stage, '20:00', inDays(10))).toEqual(['anna', 'bert', 'van']);
});

test('a single event that was answered and is a series by now is answered as a whole', async () => {
  const { eventId } = await type(stage, 'Kurs', { from: '18:00', to: '19:00' });
  await read(stage);
  await answer(eventId, 'everybody');
  await stage.google.control.changeEvent({
    person: people.kari,
    calendar: shared,
    event: eventId,
    change: { recurrence: ['RRULE:FREQ=DAILY;COUNT=3'] },
  });
  await read(stage);
  const { notice } = await answer(eventId, 'nobody');
  expect(notice).toBe('Saved for the whole series: it blocks nobody.');
  expect(await waiting(eventId)).toBeUndefined();
  expect(await offered(stage, '18:00', inDays(8))).toEqual(['anna', 'bert', 'room', 'van']);
});

test('where the series is settled and one of it waits, that one is answered', async () => {
  const rule = {
    when: { texts: ['@anna'] },
    whom: { kind: 'listed', shares: [share(stage.resources.anna)] },
  };
  await stage.call('PUT', `/calendars/${stage.calendarId}/rules`, { rules: [rule] });
  const daily = { recurrence: ['RRULE:FREQ=DAILY;COUNT=3'] };
  const { eventId } = await type(stage, 'Time @anna', { from: '22:00', to: '23:00', event: daily });
  const second = `${eventId}_${instant('22:00', inDays(8)).replace(/\.000|[-:]/g, '')}`;
  await stage.google.control.changeEvent({
    person: people.kari,
    calendar: shared,
    event: second,
    change: { summary: 'Noe annet' },
  });
  await read(stage);
  const { notice } = await answer(eventId, 'nobody');
  expect(notice).toBe('Saved: it blocks nobody.');
  expect(await offered(stage, '22:00')).toEqual(['bert', 'room', 'van']);
  expect(await offered(stage, '22:00', inDays(8))).toEqual(['anna', 'bert', 'room', 'van']);
  await stage.call('PUT', `/calendars/${stage.calendarId}/rules`, { rules: [] });
});

test('a double tap is one decision; what is not linked, or not there, is refused with the card as it is', async () => {
  const { eventId } = await type(stage, 'To trykk', { from: '08:00', to: '09:00' });
  await read(stage);
  const item = (await waiting(eventId))!;
  const tap = (body: object, headers?: Record<string, string>) => stage.ask('kari', 'answer', body, headers);
  const stranger = await stage.business.resource({ name: 'Nils' });
  const refused = await tap(bodyOf(item, [stranger]));
  expect(refused.answer).toMatchObject({
    card: { card: 'home', undecided: { items: expect.arrayContaining([item]) } },
    notice: expect.stringMatching(/Nils does not read this calendar/),
  });
  const gone = await tap(bodyOf({ ...item, eventId: 'nothing1' }, 'nobody'));
  expect(gone.answer).toMatchObject({
    card: { card: 'home' },
    notice: expect.stringMatching(/not there any more/),
  });
  const elsewhere = await tap(bodyOf({ ...item, calendarId: uuid() }, 'nobody'));
  expect(elsewhere.answer.notice).toMatch(/not there any more/);

  const key = { 'idempotency-key': uuid() };
  const taps = await Promise.all([1, 2].map(() => tap(bodyOf(item, 'nobody'), key)));
  for (const { answer: given } of taps) expect(given.notice).toBe('Saved: it blocks nobody.');
  const { items } = await stage.call<{ items: { eventId: string }[] }>(
    'GET',
    `/calendars/${stage.calendarId}/decisions?eventId=${eventId}`,
  );
  expect(items).toHaveLength(1);
});

describe('a tap on a card that is older than a colleague’s answer', () => {
  const decided = async (eventId: string) =>
    (
      await stage.call<{ items: { scope: string; shares: unknown[] }[] }>(
        'GET',
        `/calendars/${stage.calendarId}/decisions?eventId=${eventId}`,
      )
    ).items.map(({ scope, shares }) => [scope, shares.length]);

  test('is refused, with the card as it is; the answer itself, repeated, is given again', async () => {
    const { eventId } = await type(stage, 'For sent', { from: '10:00', to: '11:00' });
    await read(stage);
    const item = (await waiting(eventId))!;
    const first = () =>
      stage.ask('anna', 'answer', bodyOf(item, 'nobody'), { 'idempotency-key': 'first-answer' });
    expect((await first()).answer.notice).toBe('Saved: it blocks nobody.');
    const late = await stage.card('home', 'kari', 'answer', bodyOf(item, 'everybody'));
    expect(late.notice).toMatch(/^It was changed meanwhile/);
    expect(late.card.undecided.items.map((one) => one.eventId)).not.toContain(eventId);
    expect((await first()).answer.notice).toBe('Saved: it blocks nobody.');
    expect(await decided(eventId)).toEqual([['event', 0]]);
  });

  test('settles no single one of a series that is settled', async () => {
    const daily = { recurrence: ['RRULE:FREQ=DAILY;COUNT=4'] };
    const { eventId } = await type(stage, 'Kor igjen', { from: '11:00', to: '12:00', event: daily });
    await read(stage);
    const item = (await waiting(eventId))!;
    await stage.card('home', 'anna', 'answer', bodyOf(item, 'nobody'));
    const late = await stage.card('home', 'kari', 'answer', bodyOf(item, 'everybody'));
    expect(late.notice).toMatch(/^It was changed meanwhile/);
    expect(await decided(eventId)).toEqual([['series', 0]]);
  });

  test('settles the rest of a series of which only that one was settled', async () => {
    const daily = { recurrence: ['RRULE:FREQ=DAILY;COUNT=4'] };
    const { eventId } = await type(stage, 'Øving', { from: '12:00', to: '13:00', event: daily });
    await read(stage);
    const item = (await waiting(eventId))!;
    await stage.call('POST', `/calendars/${stage.calendarId}/decisions`, {
      ...{ eventId, scope: 'event', from: item.original, shares: [] },
    });
    const rest = await stage.card('home', 'kari', 'answer', bodyOf(item, 'everybody'));
    expect(rest.notice).toMatch(/^Saved for the whole series/);
    expect(await decided(eventId)).toEqual([
      ['event', 0],
      ['series', 4],
    ]);
  });
});
