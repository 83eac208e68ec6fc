// Cards whose times are of another zone than the person's: it is named where the clocks differ on the days that are shown.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { buildAddon } from '../../addon/build.ts';
import { type Host, openHost } from '../appsscript/host.ts';
import { type Google, startGoogle } from '../google/server.ts';
import { https } from './stage.ts';
import { saying } from './strange.ts';

const [winter, spring] = ['2027-01-11', '2027-04-12'];
const on = (date: string) => `${date}T09:00:00Z`;
const backend = { https, local: '' };
let folder: string;
let google: Google;
/** Whose clock is an hour ahead of UTC all year, as Oslo's is in winter only. */
let lagos: Host;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sidebook-zones-'));
  [google] = await Promise.all([startGoogle(), buildAddon({ folder, backend: https })]);
  const person = 'kari@clinic.test';
  await google.control.createPerson({ email: person, name: 'Kari', zone: 'Africa/Lagos' });
  const there = { zone: 'Africa/Lagos', now: () => Date.parse(on(winter)) };
  lagos = await openHost({ folder, person, google: google.url, backend, ...there });
}, 60_000);
afterAll(async () => {
  await lagos?.close();
  await google?.stop();
  await rm(folder, { recursive: true, force: true });
});

const zone = 'Europe/Oslo';
const id = '01a1feda-1f3a-7665-bb55-000000000001';
const none = { count: 0, items: [] };
const home = (...dates: string[]) => ({
  ...{ card: 'home', business: { id, name: 'Fjellklinikken', zone }, person: { name: 'Kari' } },
  ...{ businesses: 1, health: { light: 'green', words: 'Fine.', next: null, to: null }, collisions: 0 },
  ...{ requests: [], mayBook: true, pending: none, undecided: none },
  days: dates.map((date) => ({ date, bookings: [], more: 0 })),
});
const fresh = (date: string, start: string | null = null) => ({
  ...{ card: 'new', walkIn: false, serviceId: id, resourceId: null, date, zone, slots: [], start, next: [] },
  ...{ services: [{ id, name: 'Cut', lengthMinutes: 60 }], resources: [], questions: [], words: null },
  ...{ event: null, name: null },
});
const moving = (date: string, start: string) => ({
  ...{ card: 'reschedule', id, revision: 1, service: 'Cut', customer: 'Ola', start, zone, date, slots: [] },
  ...{ next: [], words: null },
});
const cost = (start: string) => ({
  ...{ card: 'cost', event: { calendarId: 'a', eventId: 'b' }, zone, scope: 'event', shares: [], free: true },
  ...{ words: 'It blocks nobody.', changes: [], to: on(winter) },
  hits: [{ bookingId: id, words: 'Ola', next: [{ start, end: start }], others: [], revision: 1 }],
});

async function saysZone(card: object): Promise<boolean> {
  const strange = await saying(200, { card, notice: null });
  backend.local = strange.local;
  const { crash, text } = await lagos.home();
  strange.leave();
  expect(crash).toBeNull();
  return text.includes('Times in Oslo');
}

test.each([
  ['the day', home(winter)],
  ['a new booking', fresh(winter)],
  ['another time', moving(winter, on(winter))],
  ['what it costs', cost(on(winter))],
])('%s: the clocks read the same then, and nothing is said', async (_, card) => {
  expect(await saysZone(card)).toBe(false);
});

test.each([
  ['the day, of days before and after a change of clocks', home(winter, spring)],
  ['a new booking in spring', fresh(spring)],
  ['a new booking, its time chosen in spring', fresh(winter, on(spring))],
  ['another time, in spring', moving(spring, on(winter))],
  ['another time for what is in spring', moving(winter, on(spring))],
  ['what it costs, a way out in spring', cost(on(spring))],
])('%s: the zone is named, though the clocks read the same today', async (_, card) => {
  expect(await saysZone(card)).toBe(true);
});
