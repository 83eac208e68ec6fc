// "Link this calendar": followed already, seen by an account of the business, or seen by none.
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { openStage, type Person, people, type Stage, shared, zone } from './stage.ts';

const own = 'rom@clinic.test';
let stage: Stage;
let eventId: string;
beforeAll(async () => {
  stage = await openStage();
  const { control } = stage.google;
  await control.createCalendar({ id: own, owner: people.kari, summary: 'Rom', zone });
  await control.createCalendar({ id: 'privat@clinic.test', owner: people.siri, summary: 'Privat', zone });
  eventId = await typed('kari', own);
});
afterAll(() => stage.close());
afterEach(() => expect(stage.errors.splice(0)).toEqual([]));

const at = (hour: number) =>
  new Date(Math.floor(Date.now() / 86_400_000 + 3) * 86_400_000 + hour * 3_600_000);
const typed = async (by: Person, calendar: string) =>
  String(
    (
      await stage.google.control.addEvent({
        person: people[by],
        calendar,
        event: {
          summary: 'Malerne kommer',
          start: { dateTime: at(9).toISOString() },
          end: { dateTime: at(10).toISOString() },
        },
      })
    ).id,
  );
const wish = (calendarId: string, more: object = {}) => ({
  event: { calendarId, eventId },
  resourceIds: [stage.resources.room],
  undecided: 'everybody',
  ...more,
});
const linksOf = async (name: 'anna' | 'room' | 'van') =>
  (
    await stage.call<{ links: { calendarId: string; reads: boolean; writes: boolean }[] }>(
      'GET',
      `/resources/${stage.resources[name]}/links`,
    )
  ).links;
const followed = async () =>
  (await stage.call<{ items: { id: string; googleId: string }[] }>('GET', '/calendars')).items;

describe('a calendar that nobody follows', () => {
  test('is for owners and admins to link', async () => {
    const { answer } = await stage.ask('anna', 'link', wish(own));
    expect(answer.notice).toMatch(/^You may not/);
    expect(await followed()).toHaveLength(1);
  });

  test('is followed through the account that sees it, linked beside what is linked, and read', async () => {
    const { status, answer } = await stage.ask('kari', 'link', wish(own, { undecided: 'nobody' }));
    expect(status).toBe(200);
    expect(answer.card.card).toBe('block');
    expect(answer.notice).toMatch(/^Rom is linked\./);
    const id = (await followed()).find(({ googleId }) => googleId === own)?.id;
    expect(await linksOf('room')).toEqual(
      expect.arrayContaining([
        { calendarId: stage.calendarId, reads: true, writes: true, means: null },
        // It writes to the other already.
        { calendarId: id, reads: true, writes: false, means: null },
      ]),
    );
    expect(await linksOf('van')).toHaveLength(1);
    await stage.quiet();
    const { card } = await stage.card('block', 'kari', 'event', { event: { calendarId: own, eventId } });
    expect(card).toMatchObject({ calendar: { id, name: 'Rom' }, takes: [], resources: [{ name: 'Room 1' }] });
  });

  test('once more is as it was, but for the rule', async () => {
    const headers = { 'idempotency-key': crypto.randomUUID() };
    const before = await linksOf('room');
    for (const _ of [1, 2]) {
      const { answer } = await stage.ask('kari', 'link', wish(own, { undecided: 'ask' }), headers);
      expect(answer.notice).toMatch(/^Rom is linked/);
    }
    expect(await linksOf('room')).toEqual(before);
    expect(await followed()).toHaveLength(2);
  });
});

test('a resource that writes nowhere yet writes here; none named means all', async () => {
  await stage.call('PUT', `/resources/${stage.resources.van}/links`, { links: [] });
  await stage.ask('kari', 'link', wish(shared, { resourceIds: [] }));
  expect(await linksOf('van')).toEqual([
    { calendarId: stage.calendarId, reads: true, writes: true, means: null },
  ]);
  expect(await linksOf('anna')).toHaveLength(1);
});

test('a resource of nobody is not linked, and nothing else is done', async () => {
  await stage.google.control.createCalendar({
    id: 'ny@clinic.test',
    owner: people.kari,
    summary: 'Ny',
    zone,
  });
  const { answer } = await stage.ask(
    'kari',
    'link',
    wish('ny@clinic.test', { resourceIds: [stage.resources.room, crypto.randomUUID()] }),
  );
  expect(answer.notice).toBe('It is not there any more, or not yours.');
  expect(await followed()).toHaveLength(2);
});

describe('a calendar that no account sees', () => {
  test('has a card that says what to do', async () => {
    const { card } = await stage.card('unlinked', 'kari', 'link', wish('privat@clinic.test'));
    expect(card).toMatchObject({ calendar: null, mayLink: false, to: 'connect' });
    expect(card.words).toContain('share it with one of them');
    expect(await followed()).toHaveLength(2);
  });

  test('so does one that is not there', async () => {
    for (const id of ['nowhere@clinic.test', '../../etc', '<b>'])
      expect((await stage.card('unlinked', 'kari', 'link', wish(id))).card.mayLink).toBe(false);
  });

  test('while Google does not answer it is not said to be unseen', async () => {
    await stage.google.control.addFault({
      kind: 'error',
      status: 503,
      reason: 'backendError',
      on: 'calendarList.get',
    });
    const { answer } = await stage.ask('kari', 'link', wish('privat@clinic.test'));
    await stage.google.control.clearFaults();
    expect(answer.notice).toMatch(/try again/);
  });
});
