// Fills in the demo: a small clinic with a hire car, its people's calendars, bookings, and events that are no bookings.
import { DAY, dateOf, dayOf, instantOf, localDate, mondayOf } from '../shared/time.ts';
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
const OWNER = 'kari@fjordklinikken.test';
const people = { kari: OWNER, ola: 'ola@fjordklinikken.test', nina: 'nina@fjordklinikken.test' };
const SHARED = 'felles@fjordklinikken.test';
export const demoOwner = OWNER;
export const demoZone = ZONE;

/** What a person needs in Google for the demo: three people, and a calendar that they share. */
export async function peopleAndCalendars(google: Control): Promise<{ refreshToken: string }> {
  await google.createPerson({ email: people.kari, name: 'Kari Nordmann', zone: ZONE });
  await google.createPerson({ email: people.ola, name: 'Ola Hansen', zone: ZONE });
  await google.createPerson({ email: people.nina, name: 'Nina Berg', zone: ZONE });
  await google.createCalendar({ id: SHARED, owner: people.kari, summary: 'Felleskalender', zone: ZONE });
  await google.share({ calendar: people.ola, person: people.kari, role: 'writer' });
  for (const person of [people.ola, people.nina])
    await google.share({ calendar: SHARED, person, role: 'writer' });
  const scopes = [
    'calendar.events',
    'calendar.calendarlist.readonly',
    'openid',
    'https://www.googleapis.com/auth/userinfo.email',
  ];
  const { refresh_token: refreshToken } = await google.issueTokens({ person: people.kari, scopes });
  return { refreshToken };
}

const weekdays = (from: string, to: string) => [1, 2, 3, 4, 5].map((day) => ({ day, from, to }));
const open = { weekly: weekdays('08:00', '16:00'), dates: [] };
const allWeek = {
  weekly: [1, 2, 3, 4, 5, 6, 7].map((day) => ({ day, from: '07:00', to: '21:00' })),
  dates: [],
};

export interface DemoBusiness {
  services: Record<'consultation' | 'treatment' | 'car' | 'yoga', string>;
  resources: Record<'kari' | 'ola' | 'nina' | 'room1' | 'room2' | 'car', string>;
}

interface Member {
  id: string;
  email: string;
}

/** Resources, services, calendars and links, all through the API. */
export async function setUp(call: Call, refreshToken: string): Promise<DemoBusiness> {
  const make = async (path: string, body: unknown) =>
    (await call('POST', path, body)).id as unknown as string;
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
  const resources = {
    kari: await person(people.kari, 'Kari Nordmann', 9),
    ola: await person(people.ola, 'Ola Hansen', 10),
    nina: await person(people.nina, 'Nina Berg', 3),
    room1: await resource('room', 'Rom 1', 5),
    room2: await resource('room', 'Rom 2', 6),
    car: await resource('vehicle', 'Elbil', 11, { hours: allWeek }),
  };
  const { kari, ola, nina, room1, room2, car } = resources;
  const group = (...resourceIds: string[]) => ({ resourceIds });
  const services = {
    consultation: await make('/services', {
      name: 'Consultation',
      lengthMinutes: 30,
      bufferAfterMinutes: 10,
      noticeMinutes: 60,
      questions: [{ key: 'reason', label: 'What is it about?', kind: 'text' }],
      groups: [group(kari, ola, nina)],
    }),
    treatment: await make('/services', {
      name: 'Treatment',
      lengthMinutes: 60,
      stepMinutes: 30,
      bufferBeforeMinutes: 5,
      bufferAfterMinutes: 10,
      groups: [group(kari, ola), group(room1, room2)],
    }),
    car: await make('/services', {
      name: 'Electric car',
      lengthMinutes: 120,
      stepMinutes: 60,
      approval: true,
      groups: [group(car)],
    }),
    yoga: await make('/services', {
      name: 'Back class',
      lengthMinutes: 45,
      seats: 6,
      hours: { weekly: [{ day: 3, from: '12:00', to: '13:30' }], dates: [] },
      groups: [group(nina), group(room2)],
    }),
  };
  const accountId = await make('/accounts', { refreshToken });
  const calendar = (googleId: string) => make('/calendars', { accountId, googleId });
  const own = {
    kari: await calendar(people.kari),
    ola: await calendar(people.ola),
    all: await calendar(SHARED),
  };
  const link = (id: string, calendarId: string) =>
    call('PUT', `/resources/${id}/links`, { links: [{ calendarId, reads: true, writes: true }] });
  await link(kari, own.kari);
  await link(ola, own.ola);
  for (const id of [nina, room1, room2, car]) await link(id, own.all);
  // On the shared calendar: whom its text names, else whoever typed it.
  await call('PUT', `/calendars/${own.all}/rules`, { rules: [{ whom: { kind: 'named' } }] });
  await call('PATCH', `/calendars/${own.all}`, { settings: { undecided: 'creator' } });
  return { services, resources };
}

/** Some bookings and some events in the coming week, so that there is something to see. @returns its Monday */
export async function liven(
  call: Call,
  google: Control,
  of: DemoBusiness & { now: number },
): Promise<string> {
  const monday = mondayOf(dayOf(localDate(ZONE, of.now + 7 * DAY)));
  const at = (day: number, time: string) =>
    new Date(instantOf(ZONE, dateOf(monday + day), time)).toISOString();
  const customer = (name: string, phone: string) => ({
    name,
    phone,
    email: `${name.split(' ')[0]!.toLowerCase()}@kunde.test`,
  });
  const { services, resources } = of;
  const book = (serviceId: string, start: string, who: object, more = {}) =>
    call('POST', '/bookings', { serviceId, start, customer: who, ...more });
  await book(services.consultation, at(0, '09:00'), customer('Per Lie', '+47 900 00 001'), {
    answers: { reason: 'Knee' },
  });
  await book(services.consultation, at(1, '11:00'), customer('Eva Moe', '+47 900 00 002'), {
    resourceIds: [resources.ola],
  });
  await book(services.treatment, at(0, '10:30'), customer('Jon Dahl', '+47 900 00 003'), {
    instructions: 'Wheelchair',
  });
  await book(services.treatment, at(3, '13:00'), customer('Ida Vik', '+47 900 00 004'));
  await book(services.car, at(1, '09:00'), customer('Leif Aas', '+47 900 00 005'));
  for (const [name, phone] of [
    ['Siv Ek', '+47 900 00 006'],
    ['Tor Sand', '+47 900 00 007'],
  ] as const)
    await book(services.yoga, at(2, '12:00'), customer(name, phone));

  const event = (person: string, calendar: string, fields: object) =>
    google.addEvent({ person, calendar, event: { ...fields } });
  const timed = (summary: string, day: number, from: string, to: string) => ({
    summary,
    start: { dateTime: at(day, from), timeZone: ZONE },
    end: { dateTime: at(day, to), timeZone: ZONE },
  });
  await event(people.nina, SHARED, timed('Tannlege', 1, '08:00', '09:00'));
  await event(people.kari, people.kari, timed('Lunsj med Ola', 2, '11:30', '12:30'));
  await event(people.kari, SHARED, timed('Service #Elbil', 3, '08:00', '12:00'));
  await event(people.kari, SHARED, {
    ...timed('Vindusvask', 4, '08:00', '10:00'),
    transparency: 'transparent',
  });
  await event(people.ola, people.ola, {
    summary: 'Kurs i Bergen',
    start: { date: dateOf(monday + 3) },
    end: { date: dateOf(monday + 5) },
  });
  return dateOf(monday);
}
