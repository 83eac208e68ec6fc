// The offline book: what is in it, that it changes with all it depends on, and that it is sent only when it has.
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { OfflineBook } from '../../../shared/card-api.ts';
import { openStage, type Person, people, type Stage, shared, zone } from './stage.ts';

let stage: Stage;
beforeAll(async () => {
  stage = await openStage();
  // Bound by now, whatever becomes of the address.
  await stage.card('settings', 'bert', 'settings');
});
afterAll(() => stage.close());
afterEach(() => expect(stage.errors.splice(0)).toEqual([]));

const book = async (person: Person = 'kari', known: string | null = null) =>
  (await stage.card('settings', person, 'settings', { known })).book;
const version = async () => (await book())!.version;

test('it says of each linked calendar who is linked and what decides, and nothing of customers or events', async () => {
  await stage.call('PUT', `/calendars/${stage.calendarId}/rules`, {
    rules: [
      { when: { creators: [stage.members.kari] }, whom: { kind: 'nobody' } },
      { whom: { kind: 'named' } },
    ],
  });
  const found = OfflineBook.parse(await book());
  expect(found).toMatchObject({
    businessId: stage.business.id,
    panel: stage.url,
    calendars: [
      {
        googleId: shared,
        name: 'Felles',
        zone,
        settings: { undecided: 'everybody', allDay: 'busy', autoFix: false },
        rules: [{ whom: { kind: 'nobody' } }, { whom: { kind: 'named' } }],
      },
    ],
  });
  const { anna, room } = stage.resources;
  expect(found.calendars[0]?.linked).toEqual(
    expect.arrayContaining([
      { id: anna, name: 'Anna', names: ['Anna'], memberId: stage.members.anna, means: 'block' },
      { id: room, name: 'Room 1', names: ['Room 1'], memberId: null, means: 'block' },
    ]),
  );
  expect(found.members?.map(({ email }) => email).sort()).toEqual([people.anna, people.bert, people.kari]);
  // Two cards of nine kilobytes in the person's properties hold it.
  expect(JSON.stringify(found).length).toBeLessThan(9_000);
});

test('it is sent to who has none or an old one, and to nobody else', async () => {
  const first = await book();
  expect(await book('kari', first!.version)).toBeUndefined();
  expect(await book('kari', 'an-old-one')).toEqual(first);
  expect(await book('anna')).toMatchObject({ calendars: [{ googleId: shared }] });
});

test.each<[string, () => Promise<unknown>]>([
  [
    'a setting',
    () => stage.call('PATCH', `/calendars/${stage.calendarId}`, { settings: { undecided: 'ask' } }),
  ],
  [
    'a rule',
    () => stage.call('PUT', `/calendars/${stage.calendarId}/rules`, { rules: [{ whom: { kind: 'named' } }] }),
  ],
  ['a name', () => stage.call('PATCH', `/resources/${stage.resources.van}`, { name: 'Bus' })],
  ['a nickname', () => stage.call('PATCH', `/resources/${stage.resources.van}`, { nicknames: ['bus'] })],
  [
    'whose it is',
    () => stage.call('PATCH', `/resources/${stage.resources.van}`, { memberId: stage.members.kari }),
  ],
  ['an address', () => stage.call('PATCH', `/members/${stage.members.bert}`, { email: 'b@clinic.test' })],
  ['a link', () => stage.call('PUT', `/resources/${stage.resources.van}/links`, { links: [] })],
  ['an archived resource', () => stage.call('DELETE', `/resources/${stage.resources.room}`)],
])('%s makes it another', async (_, act) => {
  const before = await version();
  await act();
  const after = await version();
  expect(after).not.toBe(before);
  expect(await version()).toBe(after);
});

test('a booking does not', async () => {
  // With the other address it was another person's place.
  await stage.call('PATCH', `/members/${stage.members.bert}`, { email: people.bert });
  const before = await version();
  await stage.call('POST', '/bookings', {
    serviceId: stage.serviceId,
    start: new Date(Math.ceil(Date.now() / 86_400_000 + 2) * 86_400_000).toISOString(),
    customer: { name: 'Per' },
  });
  expect(await version()).toBe(before);
});

test('staff get the calendars of what they serve', async () => {
  await stage.call('PUT', `/resources/${stage.resources.anna}/links`, { links: [] });
  expect((await book('anna'))?.calendars).toEqual([]);
  expect((await book('bert'))?.calendars).toHaveLength(1);
});
