// The card of an ordinary event while the server cannot be reached: decided in the event itself, and taken over when it is back.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { Host } from '../appsscript/host.ts';
import type { Panel } from '../appsscript/panel.ts';
import { people, shared } from '../server/sidebar/stage.ts';
import { type Appointments, appointments, dayAhead, hour, onlyReads } from './appointments.ts';
import { type AddonStage, https, openAddonStage } from './stage.ts';

let stage: AddonStage;
let they: Appointments;
let anna: Host;
/** Where nobody listens, or where the server does. */
const backend = { https, local: '' };
/** Minutes gone by, as the panel sees it: the add-on leaves a server that failed alone for one. */
let minutes = 0;
const away = () => {
  backend.local = 'http://127.0.0.1:1/';
};
const back = () => {
  backend.local = `${stage.url}/`;
  minutes += 2;
};
beforeAll(async () => {
  // Without an address of its own the server asks for no notices: none would find it.
  stage = await openAddonStage({ env: { PUBLIC_URL: undefined } });
  they = appointments(stage);
  back();
  anna = await stage.panel('anna', { backend, now: () => Date.now() + minutes * 60_000 });
  await anna.universal('Settings');
}, 60_000);
afterAll(() => stage?.close());
beforeEach(back);

const open = (id: string, host = anna): Promise<Panel> => host.open({ calendarId: shared, id });
const under = ({ text }: Panel, heading: string): string => {
  const lines = text.split('\n');
  return lines[lines.indexOf(heading) + 1] ?? '';
};
const decisions = (id: string) =>
  stage
    .call<{
      items: { id: string; scope: string; shares: { resourceId: string }[]; endedAt: string | null }[];
    }>('GET', `/calendars/${stage.calendarId}/decisions?eventId=${id}`)
    .then(({ items }) => items);

test('an appointment blocks four; the server gone, one tap later one; adopted when it is back; undo the same way', async () => {
  const day = dayAhead(0);
  const id = await they.typed(day, 9);
  away();
  let panel = await open(id);
  expect(panel.text).toContain('Sidebook cannot be reached. What you say here is kept in the event');
  expect(under(panel, 'Blocks now')).toBe('Anna, Bert, Room 1, Van');
  expect(panel.text).toContain('Nobody has said otherwise: it blocks Anna, Bert, Room 1 and Van.');
  expect(panel.buttons).not.toContain('See what it costs');

  anna.log.clear();
  panel = await anna.click('Only me');
  expect(panel.notification).toBe('Kept in the event');
  expect(under(panel, 'Blocks now')).toBe('Anna');
  expect(under(panel, 'In Google')).toBe('Free, set by Sidebook');
  // Left alone for a minute: nothing was asked of it again.
  expect(anna.log.requests.filter(({ what }) => what === 'fetch')).toEqual([]);
  expect(await they.inGoogle(id)).toMatchObject({ transparency: 'transparent' });

  await they.read();
  expect(await they.free(day, 9)).toEqual(['bert', 'room', 'van']);
  expect(await decisions(id)).toMatchObject([
    { scope: 'event', shares: [{ resourceId: stage.resources.anna }] },
  ]);
  back();
  panel = await open(id);
  expect(panel.text).toContain('Somebody with the right to change the calendar decided');
  expect(under(panel, 'Blocks now')).toBe('Anna');

  away();
  await open(id);
  panel = await anna.click('Undo');
  expect(panel.notification).toBe('As it was before');
  expect(under(panel, 'Blocks now')).toBe('Anna, Bert, Room 1, Van');
  expect(panel.buttons).not.toContain('Undo');
  expect(await they.inGoogle(id)).not.toHaveProperty('transparency');
  await they.read();
  expect(await they.free(day, 9)).toEqual([]);
  back();
  expect(under(await open(id), 'In Google')).toBe('Busy');
  expect(anna.log.refusals).toEqual([]);
});

test('what the server set Free is Busy again by an undo without it, and stays so', async () => {
  const day = dayAhead(1);
  const id = await they.typed(day, 9);
  await open(id);
  await anna.click('Only me');
  await they.read();
  expect(await they.inGoogle(id)).toMatchObject({ transparency: 'transparent' });
  away();
  await open(id);
  await anna.click('Undo');
  await they.read();
  expect(await they.inGoogle(id)).not.toHaveProperty('transparency');
  expect(await they.free(day, 9)).toEqual([]);
  // Our mark that it was Free is gone as well, and nothing of ours sets it Free again.
  const { extendedProperties } = await they.inGoogle(id);
  expect(
    Object.keys(extendedProperties?.private ?? {}).filter((key) => key.startsWith('sidebookFree')),
  ).toEqual([]);
  await stage.call('POST', `/calendars/${stage.calendarId}/decisions`, {
    eventId: id,
    shares: [{ resourceId: stage.resources.anna }],
  });
  await they.read();
  expect(await they.free(day, 9)).toEqual(['bert', 'room', 'van']);
  expect(await they.inGoogle(id)).not.toHaveProperty('transparency');
});

test('somebody changes it meanwhile: their change is kept, and so is the decision', async () => {
  const id = await they.typed(dayAhead(2), 9, { location: 'Storgata 1' });
  away();
  await open(id);
  await stage.google.control.addFault({
    kind: 'error',
    status: 412,
    reason: 'conditionNotMet',
    on: 'events.patch',
    times: 2,
  });
  const panel = await anna.click('Only Van');
  expect(under(panel, 'Blocks now')).toBe('Van');
  expect(await they.inGoogle(id)).toMatchObject({
    transparency: 'transparent',
    location: 'Storgata 1',
    summary: 'Tannlege',
  });

  await stage.google.control.addFault({
    kind: 'error',
    status: 412,
    reason: 'conditionNotMet',
    on: 'events.patch',
    times: 3,
  });
  const refused = await anna.click('Only Bert');
  expect(refused.text).toContain('Somebody is changing this event right now. Try again.');
  const written = (await stage.google.control.log()).filter(({ method }) => method === 'events.patch');
  expect(written.length).toBeGreaterThan(5);
  for (const { ifMatch } of written) expect(ifMatch).toMatch(/^"\d+"$/);
  await stage.google.control.clearFaults();
});

test('a double tap writes one decision; the server back, a tap on the old card goes to it', async () => {
  const id = await they.typed(dayAhead(3), 9);
  away();
  await open(id);
  await Promise.all([anna.click('Only me'), anna.click('Only me')]);
  await they.read();
  expect(await decisions(id)).toHaveLength(1);
  back();
  const panel = await anna.click('Only Bert');
  expect(panel.text).not.toContain('cannot be reached');
  expect(under(panel, 'Blocks now')).toBe('Bert');
});

test('of a series this one, or all of it; "this and following" has to wait, and that is said', async () => {
  const day = dayAhead(4);
  const series = await they.typed(day, 9, {
    recurrence: ['RRULE:FREQ=DAILY;COUNT=3'],
    start: { dateTime: hour(day, 9), timeZone: 'UTC' },
    end: { dateTime: hour(day, 10), timeZone: 'UTC' },
  });
  const nth = (n: number) => `${series}_${dayAhead(4 + n).replaceAll('-', '')}T090000Z`;
  away();
  let panel = await open(nth(1));
  expect(panel.text).toContain('“This and following” has to wait until Sidebook is back');
  expect(panel.text).not.toMatch(/^This and following$/m);
  await anna.click('Only me');
  await open(nth(0));
  await anna.fill('scope', 'series');
  panel = await anna.click('Only Van');
  expect(panel.buttons).toContain('Undo for the series');
  expect(under(await open(nth(1)), 'Blocks now')).toBe('Anna');
  expect(under(await open(nth(2)), 'Blocks now')).toBe('Van');
  await they.read();
  expect(await they.free(dayAhead(4), 9)).toEqual(['anna', 'bert', 'room']);
  expect(await they.free(dayAhead(5), 9)).toEqual(['bert', 'room', 'van']);
  expect((await decisions(series)).map(({ scope }) => scope).sort()).toEqual(['event', 'series']);

  await open(nth(2));
  panel = await anna.click('Undo for the series');
  expect(under(panel, 'Blocks now')).toBe('Anna, Bert, Room 1, Van');
  await they.read();
  expect(await they.free(dayAhead(4), 9)).toEqual([]);
  expect(await they.free(dayAhead(5), 9)).toEqual(['bert', 'room', 'van']);
  expect(await they.inGoogle(series)).not.toHaveProperty('transparency');
});

test('the rules of the calendar hold without the server: a tag, and who made it', async () => {
  await stage.call('PUT', `/calendars/${stage.calendarId}/rules`, {
    rules: [
      { whom: { kind: 'named' } },
      { when: { creators: [stage.members.bert] }, whom: { kind: 'creator' } },
    ],
  });
  const tagged = await they.typed(dayAhead(7), 9, { summary: 'Tannlege @Van' });
  const made = String(
    (
      await stage.google.control.addEvent({
        person: people.bert,
        calendar: shared,
        event: {
          summary: 'Lunsj',
          start: { dateTime: hour(dayAhead(7), 12) },
          end: { dateTime: hour(dayAhead(7), 13) },
        },
      })
    ).id,
  );
  await anna.universal('Settings');
  away();
  const panel = await open(tagged);
  expect(under(panel, 'Blocks now')).toBe('Van');
  expect(panel.text).toContain('By a rule of the calendar: it blocks Van.');
  expect(under(await open(made), 'Blocks now')).toBe('Bert');
  await stage.call('PUT', `/calendars/${stage.calendarId}/rules`, { rules: [] });
});

test('not read yet by the server, whose Google does not answer: the add-on reads the event itself', async () => {
  const day = dayAhead(10);
  const times = { start: { dateTime: hour(day, 9) }, end: { dateTime: hour(day, 10) } };
  const id = await stage.type('anna', { summary: 'Tannlege', ...times });
  const { control } = stage.google;
  await control.addFault({ kind: 'latency', milliseconds: 3000, on: 'events.get', person: people.kari });
  let panel = await open(id);
  await control.clearFaults();
  expect(panel.text).toContain('Sidebook has not seen this event yet.');
  expect(under(panel, 'Blocks now')).toBe('Anna, Bert, Room 1, Van');
  panel = await anna.click('Only me');
  expect(under(panel, 'Blocks now')).toBe('Anna');
  await they.read();
  expect(await they.free(day, 9)).toEqual(['bert', 'room', 'van']);
});

test('not read yet, and Google still unwell for the server at the tap: what is said is kept in the event all the same', async () => {
  const day = dayAhead(13);
  const times = { start: { dateTime: hour(day, 9) }, end: { dateTime: hour(day, 10) } };
  const id = await stage.type('anna', { summary: 'Tannlege', ...times });
  const { control } = stage.google;
  const unwell = { kind: 'error', status: 503, reason: 'backendError' } as const;
  await control.addFault({ ...unwell, on: 'events.*', person: people.kari });
  await open(id);
  let panel = await anna.click('Only me');
  expect(panel.notification).toBe('Kept in the event');
  expect(panel.text).toContain('Sidebook has not seen this event yet.');
  expect(under(panel, 'Blocks now')).toBe('Anna');
  expect(under(panel, 'In Google')).toBe('Free, set by Sidebook');
  panel = await anna.click('Undo');
  expect(panel.notification).toBe('As it was before');
  expect(panel.text).toContain('Sidebook has not seen this event yet.');
  expect(under(panel, 'Blocks now')).toBe('Anna, Bert, Room 1, Van');
  panel = await anna.click('Only Van');
  expect(panel.notification).toBe('Kept in the event');
  expect(await decisions(id)).toEqual([]);
  await control.clearFaults();
  await they.read();
  expect(await they.free(day, 9)).toEqual(['anna', 'bert', 'room']);
  expect((await decisions(id)).filter(({ endedAt }) => endedAt === null)).toMatchObject([
    { scope: 'event', shares: [{ resourceId: stage.resources.van }] },
  ]);
});

test('drawn while it was there, tapped while it is not: done, or said why not', async () => {
  const id = await they.typed(dayAhead(11), 9);
  await open(id);
  away();
  let panel = await anna.click('Only me');
  expect(panel.notification).toBe('Kept in the event');
  back();
  await they.read();
  await open(id);
  away();
  panel = await anna.click('Only Bert');
  expect(panel.notification).toBe('What it costs cannot be told without Sidebook. Nothing was changed.');
  expect(under(panel, 'Blocks now')).toBe('Anna');
  panel = await anna.click('Only Bert');
  expect(under(panel, 'Blocks now')).toBe('Bert');
});

test('out of office stays Busy in Google, and blocks whom somebody says', async () => {
  const { id: calendarId } = await stage.call<{ id: string }>('POST', '/calendars', {
    accountId: stage.accountId,
    googleId: people.kari,
  });
  for (const resourceId of [stage.resources.room, stage.resources.van])
    await stage.call('PUT', `/resources/${resourceId}/links`, {
      links: [
        { calendarId: stage.calendarId, reads: true, writes: true },
        { calendarId, reads: true, writes: false },
      ],
    });
  const times = { start: { dateTime: hour(dayAhead(12), 9) }, end: { dateTime: hour(dayAhead(12), 10) } };
  const event = { summary: 'Ferie', eventType: 'outOfOffice', ...times };
  const { id } = await stage.google.control.addEvent({ person: people.kari, calendar: people.kari, event });
  const kari = await stage.panel('kari', { backend });
  await kari.universal('Settings');
  away();
  let panel = await kari.open({ calendarId: people.kari, id: String(id) });
  expect(under(panel, 'Blocks now')).toBe('Room 1, Van');
  expect(panel.text).toContain('Google keeps events of this kind Busy.');
  expect(panel.fields).not.toHaveProperty('google');
  panel = await kari.click('Only Van');
  expect(panel.notification).toBe('Kept in the event');
  expect(under(panel, 'Blocks now')).toBe('Van');
  expect(await they.inGoogle(String(id), people.kari)).not.toHaveProperty('transparency');
});

test('a booking’s event says that it has to wait, and what stands in it', async () => {
  const day = dayAhead(8);
  await stage.call('POST', '/bookings', {
    serviceId: stage.serviceId,
    start: hour(day, 9),
    resourceIds: [stage.resources.anna],
    customer: { name: 'Ola <b>Nordmann</b>' },
  });
  await they.read();
  const view = { person: people.kari, calendar: shared, from: hour(day, 8), to: hour(day, 11) };
  const [event] = (await stage.google.control.view(view)) as { id: string }[];
  away();
  const panel = await open(event?.id ?? '');
  expect(panel.title).toBe('A booking');
  expect(panel.text).toContain('you can act on the booking when it is back');
  expect(panel.text).toContain('Cut: Ola <b>Nordmann</b>');
  expect(panel.buttons).toEqual([]);
});

test('a book too large is kept as far as there is room, the open calendar first; the same one is written once', async () => {
  const linked = [
    { id: stage.resources.van, name: 'Bilæøå', names: ['Bilæøå'], memberId: null, means: 'block' },
  ];
  const ask = {
    undecided: 'ask',
    allDay: 'busy',
    tentative: 'block',
    unanswered: 'block',
    outOfOffice: 'block',
    focusTime: 'block',
    autoFix: false,
  };
  const calendar = (n: number) => ({
    googleId: `k${n}@group.test`,
    name: `Kalender ${n} ${'x'.repeat(500)}`,
    zone: 'Europe/Oslo',
    settings: ask,
    rules: [],
    linked,
  });
  const calendars = [
    ...Array.from({ length: 900 }, (_, n) => calendar(n)),
    { ...calendar(0), googleId: shared, name: 'Felles' },
  ];
  const book = { version: 'v1', businessId: stage.business.id, panel: null, calendars };
  const card = { card: 'problem', code: 'gone', words: 'Borte', next: 'Åpne en annen.', to: null };
  const server = createServer((_, response) => response.end(JSON.stringify({ card, notice: null, book })));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  backend.local = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  const host = await stage.panel('anna', { backend, now: () => Date.now() + minutes * 60_000 });
  const id = await they.typed(dayAhead(14), 9);
  await open(id, host);
  const kept = host.kept.userProperties;
  const sizes = [...kept].map(([key, value]) => key.length + value.length);
  expect(sizes.length).toBeGreaterThan(10);
  expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThan(250_000);
  const before = JSON.stringify([...kept]);
  await open(id, host);
  expect(JSON.stringify([...kept])).toBe(before);
  server.close();
  away();
  const panel = await open(id, host);
  expect(under(panel, 'Blocks now · Somebody has to say')).toBe('Bilæøå');
  expect(host.log.refusals).toEqual([]);

  // A part that was lost makes it unreadable, not wrong.
  kept.delete([...kept.keys()].find((key) => key.endsWith('_1')) ?? '');
  expect((await open(id, host)).title).toBe('Sidebook cannot be reached');
});

test('one who may only read is told so, and sees whom it blocks; a deleted event; a calendar nobody knows', async () => {
  const id = await they.typed(dayAhead(9), 9);
  const bert = await stage.panel('bert', { backend, locale: 'nb' });
  await bert.universal('Settings');
  away();
  await onlyReads(stage, 'bert');
  const panel = await open(id, bert);
  expect(panel.text).toContain('Du kan ikke endre hendelser i denne kalenderen.');
  expect(under(panel, 'Blokkerer nå')).toBe('Anna, Bert, Room 1, Van');
  expect(panel.buttons).toEqual([]);

  await open(id);
  await stage.google.control.deleteEvent({ person: people.kari, calendar: shared, event: id });
  const gone = await anna.click('Only me');
  expect(gone.title).toBe('It is gone');
  expect((await open(id)).title).toBe('It is gone');

  const { id: strange } = await stage.google.control.createCalendar({
    owner: people.anna,
    summary: 'Privat',
  });
  const event = {
    summary: 'x',
    start: { dateTime: hour(dayAhead(9), 9) },
    end: { dateTime: hour(dayAhead(9), 10) },
  };
  const other = await stage.google.control.addEvent({ person: people.anna, calendar: strange, event });
  const down = await anna.open({ calendarId: strange, id: String(other.id) });
  expect(down.title).toBe('Sidebook cannot be reached');
  expect([...anna.log.crashes, ...anna.log.refusals, ...bert.log.crashes]).toEqual([]);
});
