// Fills in the demo: a small clinic with a hire car, its people's calendars, bookings, and events that are no bookings.
import { dateOf, dayOf, instantOf, localDate, mondayOf } from '../shared/time.ts';
import type { Control } from './google/control.ts';

export type Call = (method: string, path: string, body?: unknown) => Promise<Record<string, never>>;

/** Calls the API as a business's program would; anything but a 2xx is thrown with what was answered. */
export function caller(address: string, key: string): Call {
  return async (method, path, body) => {
    const answer = await fetch(`${address}/api/v1${path}`, {
      method,
      headers: { authorization: `Bearer ${key}`, ...(body ? { 'content-type': 'application/json' } : {}) },
      body: body ? JSON.stringify(body) : undefined,
    });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`);
    return text ? JSON.parse(text) : {};
  };
}

const ZONE = 'Europe/Oslo';
const DOMAIN = 'fjordklinikken.test';
const people = {
  kari: `kari@${DOMAIN}`,
  anna: `anna@${DOMAIN}`,
  bert: `bert@${DOMAIN}`,
  /** A colleague whom nobody has invited yet. */
  cara: `cara@${DOMAIN}`,
  /** Of no business. */
  siri: 'siri@nabolaget.test',
};
const SHARED = `felles@${DOMAIN}`;
const ROOM = `rom2@${DOMAIN}`;
export const demoOwner = people.kari;
export const demoDomain = DOMAIN;
export const demoZone = ZONE;

/** What identity tokens say besides, of accounts of the business's own Google Workspace. */
export const claimsOf = (email: string): Record<string, unknown> =>
  email.endsWith(`@${DOMAIN}`) ? { hd: DOMAIN } : {};

/** What the business connects Google with: the owner, whose calendars are read, and one who looks at them. */
type Tokens = Record<'kari' | 'anna', string>;

/** What the business needs in Google: its people, a calendar that they share, and one of a room. */
export async function peopleAndCalendars(google: Control): Promise<Tokens> {
  const named = {
    kari: 'Kari Nordmann',
    anna: 'Anna Hansen',
    bert: 'Bert Berg',
    cara: 'Cara Lind',
    siri: 'Siri Dahl',
  };
  for (const person of Object.keys(named) as (keyof typeof people)[])
    await google.createPerson({ email: people[person], name: named[person], zone: ZONE });
  await google.createCalendar({ id: SHARED, owner: people.kari, summary: 'Felleskalender', zone: ZONE });
  await google.createCalendar({ id: ROOM, owner: people.kari, summary: 'Rom 2', zone: ZONE });
  for (const calendar of [SHARED, ROOM])
    for (const person of [people.anna, people.bert, people.cara])
      await google.share({ calendar, person, role: 'writer' });
  const scopes = [
    'calendar.events',
    'calendar.calendarlist.readonly',
    'openid',
    'https://www.googleapis.com/auth/userinfo.email',
  ];
  const token = async (person: string) => (await google.issueTokens({ person, scopes })).refresh_token;
  return { kari: await token(people.kari), anna: await token(people.anna) };
}

const weekdays = (from: string, to: string) => [1, 2, 3, 4, 5].map((day) => ({ day, from, to }));
const open = { weekly: weekdays('08:00', '16:00'), dates: [] };
const allWeek = {
  weekly: [1, 2, 3, 4, 5, 6, 7].map((day) => ({ day, from: '07:00', to: '21:00' })),
  dates: [],
};

export interface DemoBusiness {
  services: Record<'consultation' | 'treatment' | 'car' | 'class', string>;
  resources: Record<'kari' | 'anna' | 'bert' | 'room1' | 'room2' | 'car', string>;
}

interface Member {
  id: string;
  email: string;
}
type Make = (path: string, body: unknown) => Promise<string>;

/** Resources, services, calendars and links, all through the API. */
export async function setUp(call: Call, tokens: Tokens): Promise<DemoBusiness> {
  const make: Make = async (path, body) => (await call('POST', path, body)).id as unknown as string;
  const resources = await makeResources(call, make);
  const services = await makeServices(make, resources);
  const accountId = await make('/accounts', { refreshToken: tokens.kari });
  await make('/accounts', { refreshToken: tokens.anna });
  const calendar = (googleId: string) => make('/calendars', { accountId, googleId });
  const own = {
    kari: await calendar(people.kari),
    room: await calendar(ROOM),
    all: await calendar(SHARED),
  };
  const { kari, anna, bert, room1, room2, car } = resources;
  const link = (id: string, calendarId: string) =>
    call('PUT', `/resources/${id}/links`, { links: [{ calendarId, reads: true, writes: true }] });
  await link(kari, own.kari);
  await link(room2, own.room);
  for (const id of [anna, bert, room1, car]) await link(id, own.all);
  // On the shared calendar: whom its text names; of all else people are asked, and until then it blocks everybody.
  await call('PUT', `/calendars/${own.all}/rules`, { rules: [{ whom: { kind: 'named' } }] });
  await call('PATCH', `/calendars/${own.all}`, { settings: { undecided: 'ask' } });
  return { services, resources };
}

async function makeResources(call: Call, make: Make): Promise<DemoBusiness['resources']> {
  const resource = (kind: string, name: string, color: number, more = {}) =>
    make('/resources', { kind, name, color, hours: open, ...more });
  const { items: members } = (await call('GET', '/members')) as unknown as { items: Member[] };
  const member = async (email: string, name: string) =>
    members.find((one) => one.email === email)?.id ??
    (await make('/members', { email, name, role: 'staff' }));
  // Whose resource it is, and what people call it, tells whom an event on a shared calendar is about.
  const person = async (email: string, name: string, color: number) =>
    resource('person', name, color, {
      memberId: await member(email, name),
      nicknames: [name.split(' ')[0]],
    });
  return {
    kari: await person(people.kari, 'Kari Nordmann', 9),
    anna: await person(people.anna, 'Anna Hansen', 10),
    bert: await person(people.bert, 'Bert Berg', 3),
    room1: await resource('room', 'Rom 1', 5),
    room2: await resource('room', 'Rom 2', 6),
    car: await resource('vehicle', 'Elbil', 11, { hours: allWeek }),
  };
}

async function makeServices(
  make: Make,
  { kari, anna, bert, room1, room2, car }: DemoBusiness['resources'],
): Promise<DemoBusiness['services']> {
  const group = (...resourceIds: string[]) => ({ resourceIds });
  return {
    consultation: await make('/services', {
      name: 'Consultation',
      lengthMinutes: 30,
      bufferAfterMinutes: 10,
      noticeMinutes: 60,
      questions: [{ key: 'reason', label: 'What is it about?', kind: 'text' }],
      groups: [group(kari, anna, bert)],
    }),
    treatment: await make('/services', {
      name: 'Treatment',
      lengthMinutes: 60,
      stepMinutes: 30,
      bufferBeforeMinutes: 5,
      bufferAfterMinutes: 10,
      groups: [group(kari), group(room1, room2)],
    }),
    car: await make('/services', {
      name: 'Electric car',
      lengthMinutes: 120,
      stepMinutes: 60,
      approval: true,
      groups: [group(car)],
    }),
    class: await make('/services', {
      name: 'Back class',
      lengthMinutes: 45,
      seats: 6,
      hours: { weekly: weekdays('12:00', '13:30'), dates: [] },
      groups: [group(bert), group(room2)],
    }),
  };
}

/** The next working days after the one that is `now`: what stands in the demo's calendars stands on these. */
export const DAYS = 4;
export function daysAhead(now: number): string[] {
  const today = dayOf(localDate(ZONE, now));
  const days = [1, 2, 3, 4, 5, 6, 7].map((n) => today + n).filter((day) => day - mondayOf(day) < 5);
  return days.slice(0, DAYS).map(dateOf);
}

/** Some bookings and some events on the next working days, so that there is something to see. */
export async function liven(call: Call, google: Control, of: DemoBusiness & { now: number }): Promise<void> {
  const days = daysAhead(of.now);
  const at = (day: number, time: string) => new Date(instantOf(ZONE, days[day] ?? '', time)).toISOString();
  await makeBookings(call, of, at);
  const event = (person: string, calendar: string, fields: object) =>
    google.addEvent({ person, calendar, event: { ...fields } });
  const timed = (summary: string, day: number, [from, to]: [string, string]) => ({
    summary,
    start: { dateTime: at(day, from), timeZone: ZONE },
    end: { dateTime: at(day, to), timeZone: ZONE },
  });
  await event(people.anna, SHARED, timed('Tannlege', 0, ['08:00', '09:00']));
  await event(people.bert, SHARED, timed('Vaktmester kommer', 2, ['14:00', '15:00']));
  await event(people.kari, people.kari, timed('Lunsj med styret', 1, ['12:00', '13:00']));
  await event(people.kari, SHARED, timed('Service #Elbil', 3, ['08:00', '12:00']));
  await event(people.kari, SHARED, {
    ...timed('Vindusvask', 1, ['14:00', '16:00']),
    transparency: 'transparent',
  });
  await event(people.bert, people.bert, {
    summary: 'Kurs i Bergen',
    start: { date: days[3] },
    end: { date: dateOf(dayOf(days[3] ?? '') + 1) },
  });
}

async function makeBookings(
  call: Call,
  { services, resources }: DemoBusiness,
  at: (day: number, time: string) => string,
): Promise<void> {
  const customer = (name: string, phone: string) => ({
    name,
    phone: `+47 900 00 ${phone}`,
    email: `${name.split(' ')[0]?.toLowerCase()}@kunde.test`,
  });
  const book = (serviceId: string, start: string, who: object, more = {}) =>
    call('POST', '/bookings', { serviceId, start, customer: who, ...more });
  await book(services.consultation, at(0, '09:30'), customer('Per Lie', '001'), {
    answers: { reason: 'Knee' },
    resourceIds: [resources.anna],
  });
  await book(services.consultation, at(1, '11:00'), customer('Eva Moe', '002'), {
    resourceIds: [resources.bert],
  });
  await book(services.treatment, at(0, '10:30'), customer('Jon Dahl', '003'), {
    instructions: 'Wheelchair',
  });
  await book(services.treatment, at(3, '13:00'), customer('Ida Vik', '004'));
  await book(services.car, at(1, '09:00'), customer('Leif Aas', '005'));
  for (const [name, phone] of [
    ['Siv Ek', '006'],
    ['Tor Sand', '007'],
  ] as const)
    await book(services.class, at(2, '12:00'), customer(name, phone));
}
