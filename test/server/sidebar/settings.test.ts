// The settings card: what it shows to whom, in which language, and what a change of it does.
import { sql } from 'drizzle-orm';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { openStage, people, type Stage } from './stage.ts';

let stage: Stage;
beforeAll(async () => {
  stage = await openStage();
});
afterAll(() => stage.close());
afterEach(() => expect(stage.errors.splice(0)).toEqual([]));

const change = (settings: object) => ({ calendarId: stage.calendarId, settings });

test('it shows each calendar with its rule, its resources and how it stands', async () => {
  const { card } = await stage.card('settings', 'kari', 'settings');
  expect(card).toMatchObject({
    business: { id: stage.business.id, name: 'Fjordklinikken' },
    person: { name: 'Kari', email: people.kari, role: 'owner' },
    businesses: 1,
    connection: { light: 'green', words: 'Connected.', to: null },
    calendars: [
      {
        id: stage.calendarId,
        name: 'Felles',
        health: { light: 'green', next: null },
        resources: ['Anna', 'Bert', 'Room 1', 'Van'],
        undecided: 'everybody',
        autoFix: false,
        limits: [],
        mayChange: true,
      },
    ],
  });
});

test('staff see it and may not change it', async () => {
  const { card } = await stage.card('settings', 'anna', 'settings');
  expect(card.calendars).toMatchObject([{ mayChange: false }]);
  expect(card.connection).toMatchObject({ light: 'amber', to: 'connect' });
  expect(card.connection.words).toContain('Anna has not connected');
  const refused = await stage.card('settings', 'anna', 'settings/change', change({ undecided: 'nobody' }));
  expect(refused.card.calendars).toMatchObject([{ undecided: 'everybody' }]);
  expect(refused.notice).toMatch(/^You may not/);
});

test('a change is in the answer, and holds', async () => {
  const { card, notice } = await stage.card(
    'settings',
    'kari',
    'settings/change',
    change({ undecided: 'ask' }),
  );
  expect(notice).toBe('Saved.');
  expect(card.calendars).toMatchObject([{ undecided: 'ask', autoFix: false }]);
  const again = await stage.card('settings', 'kari', 'settings/change', change({ autoFix: true }));
  expect(again.card.calendars).toMatchObject([{ undecided: 'ask', autoFix: true }]);
  const { items } = await stage.call<{ items: { settings: object }[] }>('GET', '/calendars');
  expect(items).toMatchObject([{ settings: { undecided: 'ask', autoFix: true } }]);
});

test('two taps of one button are one change, though the first brought the add-on a newer book', async () => {
  const headers = { 'idempotency-key': crypto.randomUUID() };
  const tap = (known: string | null, settings: object) =>
    stage.ask('kari', 'settings/change', { ...change(settings), known }, headers);
  const { answer } = await tap(null, { undecided: 'nobody' });
  expect(answer.notice).toBe('Saved.');
  await stage.card('settings', 'kari', 'settings/change', change({ undecided: 'creator' }));
  const again = (await tap(answer.book?.version ?? '', { undecided: 'nobody' })).answer;
  expect(again).toMatchObject({ notice: 'Saved.', card: { calendars: [{ undecided: 'creator' }] } });
  const other = (await tap(null, { undecided: 'everybody' })).answer;
  expect(other.notice).toBe('That button was used already: open the card anew.');
  expect(other.card).toMatchObject({ calendars: [{ undecided: 'creator' }] });
});

test('of a calendar that is none of ours nothing changes', async () => {
  const wish = { ...change({ autoFix: false }), calendarId: crypto.randomUUID() };
  const { notice } = await stage.card('settings', 'kari', 'settings/change', wish);
  expect(notice).toBe('It is not there any more, or not yours.');
});

test('in Norwegian it speaks Norwegian, whatever the business does', async () => {
  await stage.context.db.execute(
    sql`update accounts set state = 'needs_reconnecting', failure = 'invalid_grant'`,
  );
  const { card } = await stage.card('settings', 'kari', 'settings', { locale: 'nb' });
  expect(card.connection).toMatchObject({ light: 'red', to: 'connect' });
  expect(card.connection.words).toContain('Google godtar ikke lenger');
  expect(card.calendars[0]?.health.light).toBe('red');
  expect(card.calendars[0]?.health.words).toContain('godtar ikke');
});
