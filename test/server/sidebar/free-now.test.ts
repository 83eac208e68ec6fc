// Which is free now: of each kind, until when, and what takes those that are not; each for whom it serves.
import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { resources } from '../../../server/database/schema.ts';
import { HOUR } from '../../../shared/time.ts';
import { read } from './day.ts';
import { book } from './desk.ts';
import { type CardOf, openStage, type Person, type Stage } from './stage.ts';

let stage: Stage;
beforeAll(async () => {
  stage = await openStage();
});
afterAll(() => stage.close());

const freeNow = async (person: Person, body: object = {}): Promise<CardOf<'freeNow'>> =>
  (await stage.card('freeNow', person, 'free-now', body)).card;
const named = ({ items }: CardOf<'freeNow'>, name: string) => items.find((item) => item.name === name);
const from = (hours: number) => new Date(Date.now() + hours * HOUR).toISOString();
const whole = (hours: number) => `${from(hours).slice(0, 14)}00:00.000Z`;

test('all are free, for as long as is looked; by kind; staff see theirs', async () => {
  const card = await freeNow('kari');
  expect(card.zone).toBe('Europe/Oslo');
  expect(card.items.map(({ name, free, until, words }) => [name, free, until, words])).toEqual([
    ['Anna', true, null, null],
    ['Bert', true, null, null],
    ['Room 1', true, null, null],
    ['Van', true, null, null],
  ]);
  expect((await freeNow('kari', { kind: 'vehicle' })).items.map(({ name }) => name)).toEqual(['Van']);
  expect((await freeNow('anna')).items.map(({ name }) => name)).toEqual(['Anna']);
});

test('taken by a booking, until the next one that follows it is over', async () => {
  const start = whole(0);
  await book(stage, { more: { start, override: true } });
  await book(stage, { more: { start: whole(1), override: true } });
  expect(named(await freeNow('kari'), 'Anna')).toMatchObject({
    free: false,
    until: whole(2),
    words: 'Cut, Ola Nordmann',
  });
});

test('free until something begins', async () => {
  await book(stage, { of: [stage.resources.bert], more: { start: whole(3), override: true } });
  expect(named(await freeNow('kari'), 'Bert')).toMatchObject({ free: true, until: whole(3), words: null });
});

test('taken by an event, of which nothing is told but where it stands; by hand; closed', async () => {
  await stage.call('POST', `/resources/${stage.resources.room}/blocks`, {
    start: from(-1),
    end: whole(4),
    reason: 'Painting',
  });
  const { db } = stage.context;
  await db
    .update(resources)
    .set({ hours: { weekly: [], dates: [] } })
    .where(eq(resources.id, stage.resources.van));
  const card = await freeNow('kari', { locale: 'nb' });
  expect(named(card, 'Room 1')).toMatchObject({ free: false, until: whole(4), words: 'Painting' });
  expect(named(card, 'Van')).toMatchObject({ free: false, until: null, words: 'Stengt' });
  await stage.type('kari', {
    summary: 'Secret',
    start: { dateTime: from(-0.5) },
    end: { dateTime: from(0.5) },
  });
  await read(stage);
  const bert = named(await freeNow('kari', { locale: 'nb' }), 'Bert');
  expect(bert).toMatchObject({ free: false, words: 'En hendelse i «Felles»' });
  expect(JSON.stringify(bert)).not.toContain('Secret');
});

test('in a business without a service as well', async () => {
  await stage.context.db.execute('truncate services cascade');
  expect((await freeNow('kari')).items.map(({ name }) => name)).toEqual(['Anna', 'Bert', 'Room 1', 'Van']);
});
