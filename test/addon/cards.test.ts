// Every kind of card in both languages: what it says, and that each of its buttons and fields asks what the server takes.
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type * as z from 'zod';
import { blockWords } from '../../addon/block-words.ts';
import { buildAddon } from '../../addon/build.ts';
import { wordsOf } from '../../addon/words.ts';
import { Card, problemCodes } from '../../shared/card-api.ts';
import * as api from '../../shared/sidebar-api.ts';
import { type Card as Built, inputsOf } from '../appsscript/card.ts';
import { type Host, openHost } from '../appsscript/host.ts';
import { changeAction, type Filling } from '../appsscript/inputs.ts';
import type { Panel } from '../appsscript/panel.ts';
import { targetsOf } from '../appsscript/targets.ts';
import { type Google, startGoogle } from '../google/server.ts';

type Data = z.input<typeof Card>;
type Kind<K extends Data['card']> = Extract<Data, { card: K }>;
type Locale = 'en' | 'nb';

// Samples: nothing in them is a label of ours in either language ---------------------------------------------------------

const id = (n: number) => `01a1feda-1f3a-7665-bb55-${String(n).padStart(12, '0')}`;
const zone = 'Europe/Oslo';
const times = { start: '2027-11-22T09:00:00Z', end: '2027-11-22T10:00:00Z' };
const slots = ['08:00', '12:30', '17:00'].map((time) => ({
  start: `2027-11-22T${time}:00Z`,
  end: `2027-11-22T${time.slice(0, 2)}:59:00Z`,
}));
const business = { id: id(1), name: 'Fjellklinikken', zone };
const person = { name: 'Kari Nordmann', email: 'kari@clinic.test', role: 'owner' as const };
const anna = { id: id(11), name: 'Anna', kind: 'person' as const };
const bert = { id: id(12), name: 'Bert', kind: 'person' as const };
const sauna = { id: id(13), name: 'Badstua', kind: 'room' as const };
const event = { calendarId: 'felles@clinic.test', eventId: 'abc123' };
const green = { light: 'green' as const, words: 'Tre kalendere følges.', next: null, to: null };
const red = {
  ...green,
  light: 'red' as const,
  words: 'Nøkkelen er død.',
  next: 'Bytt.',
  to: 'connect' as const,
};
const line = {
  ...{ id: id(21), revision: 3, status: 'confirmed' as const, ...times, service: 'Massasje' },
  ...{ customer: 'Ola Hansen', resources: ['Anna'] },
};
const hit = {
  ...{ bookingId: id(21), words: 'Ola Hansen, Massasje 10:00', next: slots, others: [bert] },
  ...{ revision: 3, resourceId: anna.id },
};

const emptyHome: Kind<'home'> = {
  ...{ card: 'home', business, person, businesses: 1, health: green, collisions: 0, requests: [] },
  ...{ mayBook: false },
  days: [{ date: '2027-11-22', bookings: [], more: 0 }],
  pending: { count: 0, items: [] },
  undecided: { count: 0, items: [] },
};
const undecided = {
  ...{
    calendarId: id(31),
    calendar: 'Felles',
    googleId: event.calendarId,
    zone,
    eventId: 'e1',
    original: null,
    title: 'Stengt <i>litt</i>',
  },
  ...{ ...times, allDay: false, recurring: true, count: 12, resources: [anna, bert, sauna] },
  words: 'Den tar alle tre.',
};
const home: Kind<'home'> = {
  ...{ ...emptyHome, businesses: 2, health: red, collisions: 2, mayBook: true },
  days: [{ date: '2027-11-22', bookings: [line, { ...line, customer: null, status: 'held' }], more: 4 }],
  pending: { count: 3, items: [{ ...line, id: id(23), status: 'pending' }] },
  undecided: { count: 2, items: [undecided, { ...undecided, eventId: 'e2', title: null }] },
  requests: [{ id: id(41), name: 'Siri', email: 'siri@clinic.test' }],
};
const booking: Kind<'booking'> = {
  ...{ card: 'booking', id: id(21), revision: 3, status: 'confirmed', service: 'Massasje', ...times },
  ...{ zone, seats: 3 },
  customer: { name: 'Ola Hansen', email: 'ola@mail.test', phone: '+47 900 00 000' },
  resources: [
    { ...anna, places: 1 },
    { ...sauna, places: 4 },
  ],
  ...{ instructions: 'Vond skulder & nakke', notes: 'Stamkunde' },
  ...{ answers: [{ label: 'Skostørrelse', value: '42' }] },
  ...{ cancelReason: null, expiresAt: null, push: 'Skrives til kalenderen.' },
  session: { id: id(51), taken: 3, seats: 8, bookings: [line, { ...line, id: id(24), customer: 'Per' }] },
  history: [{ at: times.start, words: 'Kari opprettet den.' }],
  ...{ drifts: [], collisions: [] },
  may: ['reschedule', 'reassign', 'cancel', 'complete', 'noShow', 'resend'],
};
const again: Kind<'reschedule'> = {
  ...{ card: 'reschedule', id: id(21), revision: 3, service: 'Massasje', customer: 'Ola Hansen' },
  ...{ start: times.start },
  ...{ zone, date: '2027-11-22', slots, next: [], words: null },
};
const fresh: Kind<'new'> = {
  ...{ card: 'new', walkIn: false, serviceId: id(61), resourceId: null, date: '2027-11-22', zone },
  ...{ slots, start: null },
  services: [
    { id: id(61), name: 'Massasje', lengthMinutes: 60 },
    { id: id(62), name: 'Klipp', lengthMinutes: 30 },
  ],
  ...{ resources: [anna, bert], words: null, next: [], event: null, name: null },
  questions: [
    { key: 'shoe', label: 'Skostørrelse', kind: 'number', choices: [], required: true },
    { key: 'side', label: 'Hvilken fot', kind: 'choice', choices: ['Venstre', 'Høyre'], required: false },
    { key: 'first', label: 'Første besøk', kind: 'boolean', choices: [], required: false },
  ],
};
const block: Kind<'block'> = {
  ...{ card: 'block', event, calendar: { id: id(31), name: 'Felles', zone }, ...times, allDay: false },
  ...{ recurring: false, type: 'default', free: false, freed: false, keepsBusy: null, undecided: true },
  takes: [{ resourceId: anna.id, places: null, startShift: -15, endShift: 0, means: 'block', name: 'Anna' }],
  words: 'Den tar Anna, ifølge kalenderen.',
  resources: [anna, bert, sauna].map((one) => ({ ...one, places: 1, means: 'block' })),
  ...{ mine: [anna.id], decision: null, undo: null, proposed: null, collisions: [], mayDecide: true },
  ...{ limits: [], mayBook: true, pending: null },
};
const series: Kind<'block'> = {
  ...{ ...block, recurring: true, undecided: false, free: true, freed: true, undo: 'following' },
  takes: [
    { resourceId: bert.id, places: 2, startShift: 0, endShift: 10, means: 'open', name: 'Bert' },
    { resourceId: sauna.id, places: null, startShift: 5, endShift: 0, means: 'block', name: 'Badstua' },
  ],
  resources: block.resources.map((one) => ({
    ...one,
    places: 5,
    means: one.id === bert.id ? 'open' : 'block',
  })),
  decision: { id: id(71), scope: 'series', actor: 'Kari', at: times.start },
  proposed: { id: id(72), words: 'Anna foreslår seg selv.' },
  ...{ collisions: [hit, { ...hit, revision: undefined }], moreCollisions: 2 },
  ...{ limits: ['Kalenderen kan bare leses.'], pending: 'Skrives nå.' },
};
const share = { resourceId: anna.id, places: null, startShift: 0, endShift: 0, means: null };
const cost: Kind<'cost'> = {
  ...{ card: 'cost', event, zone, scope: 'event', shares: [share], free: true, words: 'Den tar Anna.' },
  ...{ to: times.end },
  changes: [
    { ...anna, means: 'block', before: 0, after: 60, slots: 3 },
    { ...bert, means: 'open', before: 60, after: 30, slots: -1 },
    { ...sauna, means: 'block', before: 60, after: 60, slots: 1 },
  ],
  ...{ hits: [hit], moreHits: 3 },
};
const settings: Kind<'settings'> = {
  ...{ card: 'settings', business, person, businesses: 2 },
  ...{ connection: { light: 'amber', words: 'Snart.', to: 'connect' } },
  calendars: [
    {
      ...{ id: id(31), name: 'Felles', health: red, resources: ['Anna', 'Bert'], undecided: 'ask' },
      ...{ autoFix: true },
      ...{ limits: ['Kun lesing.'], mayChange: true },
    },
    {
      ...{ id: id(32), name: 'Bil', health: green, resources: [], undecided: 'nobody', autoFix: false },
      ...{ limits: [], mayChange: false },
    },
  ],
};
const trouble = { card: 'problem' as const, words: 'Det <b>svikter</b>.', next: 'Se etter & ring.' };

interface Sample {
  data: Data;
  /** The event is open that it is about; else the day. */
  open?: true;
  /** The card that lies below, and what is tapped on it. */
  on?: [below: Data, tap: keyof ReturnType<typeof labels>];
  /** What is said in place of being done, by button. */
  says?: Record<string, string>;
}
const samples: Record<string, Sample> = {
  'home, empty': { data: emptyHome },
  'home, full': { data: home },
  'booking, confirmed': { data: booking },
  'booking, pending': {
    data: { ...booking, status: 'pending', expiresAt: times.end, session: null, may: ['approve', 'decline'] },
    open: true,
  },
  'booking, moved in Google and in the way': {
    data: {
      ...{ ...booking, seats: 1, customer: null, collisions: [{ ...hit, others: [bert, sauna] }] },
      drifts: [
        { id: id(81), kind: 'moved', words: 'Kl. 12 mot kl. 10.', mayApply: true },
        { id: id(82), kind: 'left', words: 'Anna er borte.', mayApply: false },
      ],
    },
    open: true,
  },
  'booking, cancelled': {
    data: { ...booking, status: 'cancelled', cancelReason: 'Syk.', may: [] },
    open: true,
  },
  reschedule: { data: again, on: [booking, 'reschedule'] },
  'reschedule, a day without times': {
    data: {
      ...{ ...again, slots: [], next: ['2027-11-23', '2027-12-01'], words: 'Huset er stengt.' },
      override: { start: times.start, words: 'Huset er stengt.' },
    },
    on: [booking, 'reschedule'],
  },
  reassign: {
    data: {
      ...{ card: 'reassign', id: id(21), revision: 3, service: 'Massasje', ...times, zone },
      choices: [
        { from: anna, to: [bert] },
        { from: sauna, to: [] },
      ],
    },
    on: [booking, 'reassign'],
  },
  new: { data: fresh, on: [home, 'newBooking'] },
  'new, of an event, refused': {
    data: {
      ...fresh,
      ...{ event, name: 'Ola', start: times.start, override: { start: times.start, words: 'Stengt.' } },
    },
    ...{ open: true, on: [block, 'makeBooking'] },
  },
  'new, no time': {
    data: { ...fresh, slots: [], next: ['2027-11-24'], resourceId: anna.id },
    on: [home, 'newBooking'],
    says: { Book: 'Choose a time first.' },
  },
  'new, nothing to book': { data: { ...fresh, serviceId: null, services: [] }, on: [home, 'newBooking'] },
  'walk-in, what for': { data: { ...fresh, walkIn: true, serviceId: null, slots: [] }, on: [home, 'walkIn'] },
  'walk-in': { data: { ...fresh, walkIn: true, start: slots[0]?.start ?? null }, on: [home, 'walkIn'] },
  'free now': {
    data: {
      ...{ card: 'freeNow', at: times.start, zone },
      items: [
        { ...anna, free: true, until: times.end, words: null },
        { ...bert, free: false, until: times.end, words: 'Tannlege' },
        { ...sauna, free: false, until: null, words: null },
        { id: id(14), name: 'Golf', kind: 'vehicle', free: true, until: null, words: null },
        { id: id(15), name: 'Kano', kind: 'equipment', free: false, until: null, words: 'Utleid' },
      ],
    },
    on: [home, 'freeNow'],
  },
  'block, undecided': { data: block, open: true },
  'block, a series': { data: series, open: true },
  'cost, with hits': { data: cost, open: true, on: [block, 'seeCost'] },
  'cost, none': { data: { ...cost, changes: [], hits: [], moreHits: 0 }, open: true, on: [block, 'seeCost'] },
  unlinked: {
    data: {
      ...{ card: 'unlinked', event, calendar: { id: id(33), name: 'Privat' }, resources: [anna, bert] },
      ...{ mayLink: true, words: 'Den er uten eier hos oss.', to: 'calendars' },
    },
    open: true,
  },
  settings: { data: settings },
  welcome: {
    data: {
      ...{ card: 'welcome', person },
      ...{ invitations: [{ id: id(91), business: 'Fjellklinikken', role: 'staff' }] },
      colleagues: [
        { id: id(92), business: 'Byklinikken', asked: false },
        { id: id(93), business: 'Havklinikken', asked: true },
      ],
    },
  },
  choose: {
    data: {
      card: 'choose',
      businesses: [
        { id: id(1), name: 'Fjellklinikken', role: 'owner' },
        { id: id(2), name: 'Bua', role: 'staff' },
      ],
    },
  },
  ...Object.fromEntries(
    problemCodes.map((code): [string, Sample] => {
      const to = code === 'needs_reconnecting' ? 'connect' : code === 'no_access' ? null : 'health';
      return [`problem, ${code}`, { data: { ...trouble, code, to }, open: true }];
    }),
  ),
};

// What stands in for the server: it takes what ours would take, and answers a card ---------------------------------------

const bodies: Record<string, z.ZodType> = {
  ...{ home: api.AskHome, event: api.AskEvent, settings: api.AskSettings, booking: api.AskBooking },
  ...{ reschedule: api.AskReschedule, reassign: api.AskReassign, new: api.AskNew },
  ...{ 'free-now': api.AskFreeNow },
  ...{ 'booking/act': api.DoBooking, book: api.DoBook, decide: api.DoDecide, undo: api.DoUndo },
  ...{ answer: api.DoAnswer, proposed: api.DoProposed, 'settings/change': api.DoSettings, link: api.DoLink },
  ...{ admit: api.DoAdmit, create: api.DoCreate, join: api.DoJoin, panel: api.AskPanel },
};
const https = 'https://sidebook.clinic.test/';
/** What is answered to whatever is asked, but for links. */
let shown: Data;
/** What was asked that ours would not take. */
const wrong: string[] = [];
const server: Server = createServer((request, response) => {
  const parts: Buffer[] = [];
  request.on('data', (part: Buffer) => parts.push(part));
  request.on('end', () => {
    const route = (request.url ?? '').replace('/api/v1/sidebar/', '');
    const said = bodies[route]?.safeParse(JSON.parse(Buffer.concat(parts).toString()));
    if (!said?.success) wrong.push(`${route}: ${said ? said.error.message : 'no such route'}`);
    const answer = route === 'panel' ? { url: `${https}in` } : { card: shown, notice: null };
    response.writeHead(said?.success ? 200 : 400, { 'content-type': 'application/json' });
    response.end(JSON.stringify(said?.success ? answer : { code: 'invalid', message: 'No.' }));
  });
});

let google: Google;
let folder: string;
const hosts = {} as Record<Locale, Host>;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sidebook-cards-'));
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  [google] = await Promise.all([startGoogle(), buildAddon({ folder, backend: https })]);
  await google.control.createPerson({ email: person.email, name: person.name, zone });
  const { port } = server.address() as AddressInfo;
  const backend = { https, local: `http://127.0.0.1:${port}/` };
  for (const locale of ['en', 'nb'] as const)
    hosts[locale] = await openHost({ folder, person: person.email, google: google.url, backend, locale });
}, 60_000);
afterAll(async () => {
  await Promise.all(Object.values(hosts).map((host) => host.close()));
  server.close();
  await google?.stop();
  await rm(folder, { recursive: true, force: true });
});
beforeEach(() => {
  wrong.length = 0;
});

// Looking and tapping ------------------------------------------------------------------------------------------------------

const labels = (locale: Locale) => ({ ...wordsOf(locale), ...blockWords(locale) });

/** The labels of `of` that the other language has otherwise, as they look with anything filled in. */
function patterns(of: Locale): RegExp[] {
  const other = of === 'en' ? 'nb' : 'en';
  const pairs = [wordsOf, blockWords].flatMap((table) => {
    const theirs: Record<string, string> = table(other);
    return Object.entries(table(of)).map(([word, text]) => [text, theirs[word]]);
  });
  return pairs.flatMap(([text = '', theirs]) => {
    if (text === theirs || text.replace(/\{\w+\}|\s/g, '').length <= 3) return [];
    const source = text.replace(/[.*+?^$()|[\]\\]/g, '\\$&').replace(/\{\w+\}/g, '[^\\n]+');
    return [new RegExp(`(?<![\\p{L}\\d])${source}(?![\\p{L}\\d])`, 'u')];
  });
}
const foreign = { en: patterns('nb'), nb: patterns('en') };

/** What is read, and what is read out. */
function saidOn({ text, card }: Panel): string {
  const alts = [...JSON.stringify(card).matchAll(/"altText":"([^"]*)"/g)].map(([, alt]) => alt);
  return [text, ...alts].join('\n');
}

async function show({ data, open, on }: Sample, locale: Locale): Promise<Panel> {
  const host = hosts[locale];
  const { userProperties, userCache } = host.kept;
  for (const store of [userProperties, userCache]) store.clear();
  shown = on ? on[0] : data;
  const first = await (open ? host.open({ calendarId: event.calendarId, id: event.eventId }) : host.home());
  if (!on) return first;
  shown = data;
  return host.click(labels(locale)[on[1]]);
}

/** What a person would fill in; what is not listed is left as it comes. */
const fillings: Record<string, Filling> = {
  ...{ name: 'Kari', reason: 'Syk', email: 'kari@mail.test', phone: '900 00 000', answer_shoe: '42,5' },
};
function fillIn(host: Host): void {
  const { card } = host.panel();
  for (const [name, input] of card ? inputsOf(card) : []) {
    const filling = name === 'start' ? another(card, name) : fillings[name];
    if (filling !== undefined && !('onChangeAction' in input && input.onChangeAction))
      host.enter(name, filling);
  }
}

/** Something else than what is chosen. */
function another(card: Built | null, name: string): Filling {
  const input = card ? inputsOf(card).get(name) : undefined;
  if (input?.type === 'Switch') return !input.selected;
  if (input?.type === 'DatePicker') return { msSinceEpoch: Date.parse('2027-11-25') };
  if (input?.type !== 'SelectionInput') throw new Error(`Nobody knows what else ${name} could be.`);
  return input.items?.find(({ selected, value }) => !selected && value !== '')?.value ?? '';
}

const listened = (card: Built | null) =>
  card ? [...inputsOf(card).keys()].filter((name) => changeAction(card, name)) : [];
const called = (panel: Panel) =>
  (panel.card ? targetsOf(panel.card) : []).map(({ labels: [label = ''] }) => label);

/** Whatever the host has seen go wrong since the log was cleared. */
const faults = ({ log }: Host) => ({ refusals: log.refusals, crashes: log.crashes, wrong });
const none = { refusals: [], crashes: [], wrong: [] };
/** Every button that was tapped, in English. */
const tapped = new Set<string>();

/** But for what Google is asked besides: whether the person may write, and what an event is called. */
const requests = ({ log }: Host) =>
  log.requests.filter(({ url }) => !/\/events\?.*fields=(accessRole$|items)/.test(url));

/** One tap or change: one request at most, which ours would take; without one it leads somewhere, or `says` why not. */
async function once(host: Host, what: string, { act, says = null }: Tap): Promise<Panel> {
  host.log.clear();
  tapped.add(what);
  const depth = host.panel().cards.length;
  const after = await act();
  const asked = requests(host).map(({ url, status }) => `${url.replace(https, '')} ${status}`);
  expect(faults(host), what).toEqual(none);
  expect(after, what).toMatchObject({ blocked: null, notification: says });
  const led = after.link !== null || after.cards.length !== depth || says !== null;
  expect(asked.length === 1 || (asked.length === 0 && led), `${what}: ${asked}`).toBe(true);
  return after;
}
interface Tap {
  act: () => Promise<Panel>;
  says?: string | null | undefined;
}

test('there is a sample of every kind of card', () => {
  const kinds = new Set(Object.values(samples).map(({ data }) => data.card));
  expect([...kinds].sort()).toEqual(Card.options.map(({ shape }) => shape.card.value).sort());
  for (const [name, { data }] of Object.entries(samples))
    expect(Card.safeParse(data).error, name).toBeUndefined();
});

test.each(Object.keys(samples))('%s is shown in both languages', async (name) => {
  for (const locale of ['en', 'nb'] as const) {
    hosts[locale].log.clear();
    const panel = await show(samples[name] as Sample, locale);
    expect(faults(hosts[locale])).toEqual(none);
    expect(panel).toMatchObject({ crash: null, notification: null, title: expect.stringMatching(/\S/) });
    const said = saidOn(panel);
    expect(foreign[locale].filter((pattern) => pattern.test(said)).map(String), said).toEqual([]);
    expect(said).not.toMatch(/\{\w+\}|undefined|null|NaN/);
  }
});

test.each(Object.keys(samples))('%s: each button and field', async (name) => {
  const sample = samples[name] as Sample;
  const host = hosts.en;
  let here = await show(sample, 'en');
  /** Back on the card: drawn anew only where the tap before has left another in its place. */
  const anew = async () => {
    while (host.panel().cards.length > here.cards.length) host.back();
    if (host.panel().card !== here.card) here = await show(sample, 'en');
    fillIn(host);
    // From here on the card below answers, as it does where the answer leads back to it.
    shown = sample.on ? sample.on[0] : sample.data;
  };
  for (const [number, label] of called(here).entries()) {
    await anew();
    const next = await once(host, label, { act: () => host.clickAt(number), says: sample.says?.[label] });
    if (host.log.requests.length > 0 || next.cards.length <= here.cards.length) continue;
    for (const [step, further] of called(next).entries()) {
      await anew();
      await host.clickAt(number);
      fillIn(host);
      await once(host, further, { act: () => host.clickAt(step) });
    }
  }
  for (const field of listened(here.card)) {
    await anew();
    await once(host, field, { act: () => host.fill(field, another(here.card, field)) });
    expect(requests(host), field).toHaveLength(1);
  }
});

test('those that no other test taps are among them', () => {
  expect([...tapped]).toEqual(
    expect.arrayContaining(['Refresh', 'Your day', 'Allow', 'Try again', 'Keep it', 'Back']),
  );
});
