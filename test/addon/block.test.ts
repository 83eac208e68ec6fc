// The block card through the built bundle: an appointment blocks four, two taps later one; and all else that a person can say of an event.
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Host } from '../appsscript/host.ts';
import type { Panel } from '../appsscript/panel.ts';
import { people, shared } from '../server/sidebar/stage.ts';
import { type Appointments, appointments, dayAhead, hour, onlyReads } from './appointments.ts';
import { type AddonStage, openAddonStage } from './stage.ts';

let stage: AddonStage;
let they: Appointments;
let anna: Host;
beforeAll(async () => {
  // Without an address of its own the server asks for no notices: none would find it.
  stage = await openAddonStage({ env: { PUBLIC_URL: undefined } });
  they = appointments(stage);
  anna = await stage.panel('anna');
}, 60_000);
afterAll(() => stage?.close());

const open = (id: string, host = anna): Promise<Panel> => host.open({ calendarId: shared, id });
/** The line under a heading of the card. */
const under = ({ text }: Panel, heading: string): string => {
  const lines = text.split('\n');
  return lines[lines.indexOf(heading) + 1] ?? '';
};
const requests = (host: Host) =>
  host.log.requests.filter(({ what }) => what === 'fetch').map(({ url }) => url);

test('an appointment blocks four; one tap later one, Google shows Free, the others are offered; undo', async () => {
  const day = dayAhead(0);
  const id = await they.typed(day, 9);
  let panel = await open(id);
  expect(under(panel, 'Blocks now')).toBe('Anna, Bert, Room 1, Van');
  expect(panel.text).toContain('No rule or decision speaks of it: it blocks everybody.');
  expect(await they.free(day, 9)).toEqual([]);

  anna.log.clear();
  panel = await anna.click('Only me');
  expect(requests(anna)).toEqual([expect.stringMatching(/sidebar\/decide$/)]);
  expect(panel.notification).toBeTruthy();
  expect(under(panel, 'Blocks now')).toBe('Anna');
  expect(panel.buttons).toContain('Undo');
  expect(await they.free(day, 9)).toEqual(['bert', 'room', 'van']);
  await they.read();
  expect(await they.inGoogle(id)).toMatchObject({ transparency: 'transparent' });
  expect((await open(id)).text).toContain('Free, set by Sidebook');

  panel = await anna.click('Undo');
  expect(under(panel, 'Blocks now')).toBe('Anna, Bert, Room 1, Van');
  expect(await they.free(day, 9)).toEqual([]);
  await they.read();
  expect(await they.inGoogle(id)).not.toHaveProperty('transparency');
  expect(anna.log.refusals).toEqual([]);
});

test('whom it did not take before shows what that costs first: the booking in its way, with ways out', async () => {
  const day = dayAhead(1);
  const id = await they.typed(day, 9);
  const kari = await stage.panel('kari');
  await open(id, kari);
  await kari.click('Only Anna');
  await stage.call('POST', '/bookings', {
    serviceId: stage.serviceId,
    start: hour(day, 9),
    resourceIds: [stage.resources.bert],
    customer: { name: 'Ola <i>Nordmann</i>' },
  });
  await they.read();
  await open(id, kari);
  let panel = await kari.click('Only Bert');
  expect(panel.title).toBe('What it costs');
  expect(panel.text).toContain('Bookings in its way (1)');
  expect(panel.text).toContain('Ola <i>Nordmann</i>');
  expect(panel.text).toMatch(/60 min more taken/);
  expect(panel.buttons).toEqual(expect.arrayContaining(['Show', 'Another time', 'To Room 1', 'To Van']));
  expect(panel.buttons.filter((text) => /^To .*\d\d:\d\d$/.test(text))).toHaveLength(3);
  expect(await they.free(day, 9)).toEqual(['room', 'van']);

  panel = await kari.click('Back');
  expect(under(panel, 'Blocks now')).toBe('Anna');
  await kari.click('Only Bert');
  panel = await kari.click('Do it');
  expect(panel.cards).toHaveLength(1);
  expect(under(panel, 'Blocks now')).toBe('Bert');
  expect(panel.text).toContain('Bookings in its way (1)');

  const moved = await kari.click('To Room 1');
  expect(moved.crash).toBe(null);
  kari.back();
  panel = await open(id, kari);
  expect(panel.text).not.toContain('Bookings in its way');
  expect(await they.free(day, 9)).toEqual(['anna', 'van']);
  expect([...kari.log.refusals, ...kari.log.crashes]).toEqual([]);
});

test('some of them, Busy kept: Google is left as it is', async () => {
  const day = dayAhead(2);
  const id = await they.typed(day, 9);
  await open(id);
  await anna.fill('resources0', [stage.resources.bert, stage.resources.room]);
  await anna.fill('google', 'busy');
  let panel = await anna.click('See what it costs');
  expect(panel.title).toBe('What it costs');
  expect(panel.text).toMatch(/60 min given back/);
  expect(panel.text).toContain('No booking is in its way.');
  await anna.click('Back');
  panel = await anna.click('Block these');
  expect(under(panel, 'Blocks now')).toBe('Bert, Room 1');
  expect(await they.free(day, 9)).toEqual(['anna', 'van']);
  await they.read();
  expect(await they.inGoogle(id)).not.toHaveProperty('transparency');
  expect((await open(id)).fields.google).toEqual(['busy']);

  // Nobody, then everybody again: Busy to all.
  await anna.fill('google', 'free');
  panel = await anna.click('Nobody');
  expect(under(panel, 'Blocks now')).toBe('Nobody');
  await they.read();
  expect(await they.inGoogle(id)).toMatchObject({ transparency: 'transparent' });
  await open(id);
  await anna.click('Everybody');
  panel = await anna.click('Do it');
  expect(under(panel, 'Blocks now')).toBe('Anna, Bert, Room 1, Van');
  await they.read();
  expect(await they.inGoogle(id)).not.toHaveProperty('transparency');
});

test('of a series: this one, this and following, all of it', async () => {
  const day = dayAhead(3);
  const series = await they.typed(day, 9, {
    recurrence: ['RRULE:FREQ=DAILY;COUNT=4'],
    start: { dateTime: hour(day, 9), timeZone: 'UTC' },
    end: { dateTime: hour(day, 10), timeZone: 'UTC' },
  });
  const nth = (n: number) => `${series}_${dayAhead(3 + n).replaceAll('-', '')}T090000Z`;
  let panel = await open(nth(1));
  expect(panel.fields.scope).toEqual(['event']);
  await anna.click('Only me');
  await open(nth(2));
  await anna.fill('scope', 'following');
  // Whom the others of it take is not on the card: what it costs is shown first.
  panel = await anna.click('Only Van');
  expect(panel.title).toBe('What it costs');
  panel = await anna.click('Do it');
  expect(panel.buttons).toContain('Undo for this and following');
  const taken = [];
  for (const n of [0, 1, 2, 3]) taken.push(await they.free(dayAhead(3 + n), 9));
  expect(taken).toEqual([[], ['bert', 'room', 'van'], ['anna', 'bert', 'room'], ['anna', 'bert', 'room']]);
  await open(nth(0));
  await anna.fill('scope', 'series');
  await anna.click('Only Room 1');
  panel = await anna.click('Do it');
  expect(panel.buttons).toContain('Undo for the series');
  expect(await they.free(dayAhead(3), 9)).toEqual(['anna', 'bert', 'van']);
});

test('a booking is made of it', async () => {
  const id = await they.typed(dayAhead(11), 9, { summary: 'Ola Nordmann' });
  await open(id);
  const panel = await anna.click('Make a booking of it');
  expect(panel.crash).toBe(null);
  expect(panel.cards).toHaveLength(2);
  expect(panel.title).toBe('New booking');
  expect(panel.text).toContain('It is made of the open event');
});

test('a double tap is one decision; the words are Norwegian for Norwegians', async () => {
  const day = dayAhead(8);
  const id = await they.typed(day, 9);
  const bert = await stage.panel('bert', { locale: 'nb' });
  const panel = await open(id, bert);
  expect(panel.title).toBe('Hvem blokkerer den?');
  expect(panel.text).toContain('Ingen regel eller beslutning gjelder den: den blokkerer alle.');
  const [first, second] = await Promise.all([bert.click('Bare meg'), bert.click('Bare meg')]);
  expect([under(first, 'Blokkerer nå'), under(second, 'Blokkerer nå')]).toEqual(['Bert', 'Bert']);
  const { items } = await stage.call<{ items: unknown[] }>(
    'GET',
    `/calendars/${stage.calendarId}/decisions?eventId=${id}`,
  );
  expect(items).toHaveLength(1);
});

test('a decision found in an event is accepted or turned down, where the calendar asks first', async () => {
  await stage.call('PATCH', `/calendars/${stage.calendarId}`, { settings: { adopt: 'ask' } });
  const day = dayAhead(9);
  const id = await they.typed(day, 9);
  const backend = { https: 'https://sidebook.clinic.test/', local: `${stage.url}/` };
  const bert = await stage.panel('bert', { backend });
  await open(id, bert);
  backend.local = 'http://127.0.0.1:1/';
  await bert.click('Only me');
  await they.read();
  let panel = await open(id);
  expect(under(panel, 'Blocks now')).toBe('Anna, Bert, Room 1, Van');
  panel = await anna.click('Accept');
  expect(under(panel, 'Blocks now')).toBe('Bert');
  expect(panel.buttons).not.toContain('Turn down');
  await stage.call('PATCH', `/calendars/${stage.calendarId}`, { settings: { adopt: 'adopt' } });
});

test('not saved yet; and a calendar that nobody is linked to, linked from its card', async () => {
  const unsaved = await anna.open({ calendarId: shared });
  expect(unsaved.title).toBe('Not saved yet');
  expect(unsaved.text).toContain('Save the event first.');

  const { control } = stage.google;
  const { id: calendarId } = await control.createCalendar({ owner: people.kari, summary: 'Verksted' });
  const event = {
    summary: 'Service',
    start: { dateTime: hour(dayAhead(10), 9) },
    end: { dateTime: hour(dayAhead(10), 10) },
  };
  const { id } = await control.addEvent({ person: people.kari, calendar: calendarId, event });
  const kari = await stage.panel('kari');
  let panel = await kari.open({ calendarId, id: String(id) });
  expect(panel.title).toBe('Not linked');
  await kari.fill('linked0', []);
  panel = await kari.click('Link this calendar');
  expect(panel.notification).toMatch(/tick/i);
  await kari.fill('linked0', [stage.resources.van]);
  await kari.fill('undecided', 'everybody');
  panel = await kari.click('Link this calendar');
  expect(panel.notification).toBeTruthy();
  await they.read();
  panel = await kari.open({ calendarId, id: String(id) });
  expect(under(panel, 'Blocks now')).toBe('Van');
  expect([...anna.log.refusals, ...kari.log.refusals, ...anna.log.crashes]).toEqual([]);
});

test('whoever may only look at the calendar is told who writes it, and asked of Google once', async () => {
  const id = await they.typed(dayAhead(6), 9);
  await they.read();
  await onlyReads(stage, 'bert');
  const bert = await stage.panel('bert');
  const panel = await open(id, bert);
  expect(panel.text).toContain('You may not change this event in Google yourself.');
  const lists = () => bert.log.requests.filter(({ url }) => /\/events\?/.test(url)).length;
  expect(lists()).toBe(1);
  const done = await bert.click('Only me');
  expect(under(done, 'Blocks now')).toBe('Bert');
  expect(done.text).toContain('You may not change this event in Google yourself.');
  await they.read();
  expect(await they.inGoogle(id)).toMatchObject({ transparency: 'transparent' });
  await open(id, bert);
  expect(lists()).toBe(1);
});

test('the right to change it, given meanwhile, counts some minutes later, and at once for whoever tries again', async () => {
  const id = await they.typed(dayAhead(12), 9);
  const mayNot = 'You may not change this event in Google yourself.';
  const give = () => stage.google.control.share({ calendar: shared, person: people.bert, role: 'writer' });
  await onlyReads(stage, 'bert');
  let now = Date.now();
  const bert = await stage.panel('bert', { now: () => now });
  expect((await open(id, bert)).text).toContain(mayNot);
  await give();
  now += 60_000;
  expect((await open(id, bert)).text).toContain(mayNot);
  now += 10 * 60_000;
  expect((await open(id, bert)).text).not.toContain(mayNot);

  await onlyReads(stage, 'bert');
  const backend = { https: 'https://sidebook.clinic.test/', local: 'http://127.0.0.1:1/' };
  const other = await stage.panel('bert', { backend });
  expect((await open(id, other)).title).toBe('Sidebook cannot be reached');
  await give();
  backend.local = `${stage.url}/`;
  const panel = await other.click('Try again');
  expect(panel.title).toBe('Whom does it block?');
  expect(panel.text).not.toContain(mayNot);
});
