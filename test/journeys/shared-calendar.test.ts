// The case that Sidebook exists for: four resources on one shared calendar, and one of them goes to the dentist.
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { DAY, instantOf, localDate } from '../../shared/time.ts';
import { type MadeBusiness, makeBusiness, weekdays } from '../business.ts';
import { freshDatabase } from '../database.ts';
import { DEFAULT_CLIENT } from '../google/oauth.ts';
import { type Google, startGoogle } from '../google/server.ts';
import { freePort, type Spawned, spawnServer } from '../process.ts';

const zone = 'Europe/Oslo';
const shared = 'felles@clinic.test';
const names = ['Kari', 'Ola', 'Nina', 'Per'] as const;
type Name = (typeof names)[number];

let google: Google;
let database: Awaited<ReturnType<typeof freshDatabase>>;
let server: Spawned;
let business: MadeBusiness;
let calendarId: string;
let serviceId: string;
const resources = {} as Record<Name, string>;

async function call<T>(method: string, path: string, body?: unknown): Promise<T> {
  const answer = await fetch(`${server.url}/api/v1${path}`, {
    method,
    headers: {
      authorization: `Bearer ${business.key}`,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`);
  return (text ? JSON.parse(text) : undefined) as T;
}

beforeAll(async () => {
  database = await freshDatabase();
  google = await startGoogle();
  const port = await freePort();
  server = await spawnServer({
    DATABASE_URL: database.url,
    SECRET_KEYS: `k1:${randomBytes(32).toString('base64')}`,
    GOOGLE_URL: google.url,
    GOOGLE_CLIENT_ID: DEFAULT_CLIENT.id,
    GOOGLE_CLIENT_SECRET: DEFAULT_CLIENT.secret,
    PORT: String(port),
    PUBLIC_URL: `http://127.0.0.1:${port}`,
  });
  business = await makeBusiness(database.db);
  for (const name of names) await google.control.createPerson({ email: addressOf(name), name, zone });
  await google.control.createCalendar({ id: shared, owner: addressOf('Kari'), summary: 'Felles', zone });
  for (const name of names.slice(1))
    await google.control.share({ calendar: shared, person: addressOf(name), role: 'writer' });
  const { refresh_token: refreshToken } = await google.control.issueTokens({ person: addressOf('Kari') });
  const account = await call<{ id: string }>('POST', '/accounts', { refreshToken });
  const followed = await call<{ id: string }>('POST', '/calendars', {
    accountId: account.id,
    googleId: shared,
  });
  calendarId = followed.id;
  for (const name of names) {
    const member = await call<{ id: string }>('POST', '/members', {
      email: addressOf(name),
      name,
      role: 'staff',
    });
    const resource = await call<{ id: string }>('POST', '/resources', {
      kind: 'person',
      name,
      memberId: member.id,
      hours: weekdays('07:00', '16:00'),
    });
    resources[name] = resource.id;
    await call('PUT', `/resources/${resource.id}/links`, {
      links: [{ calendarId, reads: true, writes: true }],
    });
  }
  serviceId = await business.service([{ of: Object.values(resources) }], { lengthMinutes: 60 });
});
afterAll(async () => {
  await server.end();
  await google.stop();
  await database.close();
});

const addressOf = (name: Name) => `${name.toLowerCase()}@clinic.test`;
// A Wednesday in the week after next.
const wednesday = (() => {
  const day = Math.floor(Date.now() / DAY) + 14;
  return localDate(zone, (day - ((day + 3) % 7) + 2) * DAY);
})();
const at = (time: string) => new Date(instantOf(zone, wednesday, time)).toISOString();

let eventId: string;
beforeEach(async () => {
  await call('PUT', `/calendars/${calendarId}/rules`, { rules: [] });
  await call('PATCH', `/calendars/${calendarId}`, { settings: { undecided: 'everybody', autoFix: false } });
});

const typed = async (by: Name, summary: string) => {
  const event = await google.control.addEvent({
    person: addressOf(by),
    calendar: shared,
    event: { summary, start: { dateTime: at('08:00') }, end: { dateTime: at('09:00') } },
  });
  eventId = String(event.id);
};
const deleted = () =>
  google.control.deleteEvent({ person: addressOf('Kari'), calendar: shared, event: eventId });
/** As a person sees it, but for what every change of it changes. */
const inGoogle = async () => {
  const of = { person: addressOf('Kari'), calendar: shared, from: at('07:00'), to: at('10:00') };
  const [event] = (await google.control.view(of)) as Record<string, unknown>[];
  const { etag: _, updated: __, sequence: ___, ...rest } = event ?? {};
  return rest;
};

/** Who can still be booked at eight. */
async function free(): Promise<Name[]> {
  const found: Name[] = [];
  for (const name of names) {
    const { slots } = await call<{ slots: { start: string }[] }>(
      'GET',
      `/availability?serviceId=${serviceId}&resourceId=${resources[name]}&from=${at('08:00')}&to=${at('08:01')}`,
    );
    if (slots.length > 0) found.push(name);
  }
  return found;
}
const becomesFree = (expected: Name[]) =>
  vi.waitFor(async () => expect(await free()).toEqual(expected), { timeout: 15_000, interval: 50 });

test('as it is elsewhere: one dentist takes all four, and says so', async () => {
  await becomesFree([...names]);
  await typed('Ola', 'Tannlege');
  await becomesFree([]);
  const explained = await call<{ reasons: { code: string; event?: object }[] }>(
    'GET',
    `/availability/explain?serviceId=${serviceId}&start=${at('08:00')}`,
  );
  const blocks = explained.reasons.filter(({ code }) => code === 'block');
  expect(blocks).toHaveLength(4);
  for (const { event } of blocks)
    expect(event).toEqual({ calendarId, eventId, original: null, code: 'default' });
  await deleted();
  await becomesFree([...names]);
});

test('by who typed it: three stay bookable', async () => {
  await call('PATCH', `/calendars/${calendarId}`, { settings: { undecided: 'creator' } });
  await typed('Ola', 'Tannlege');
  await becomesFree(['Kari', 'Nina', 'Per']);
  await deleted();
  await becomesFree([...names]);
});

test('by a tag: the one that is tagged is taken', async () => {
  await call('PUT', `/calendars/${calendarId}/rules`, {
    rules: [{ whom: { kind: 'named' } }, { whom: { kind: 'nobody' } }],
  });
  await typed('Ola', 'Tannlege @Nina');
  await becomesFree(['Kari', 'Ola', 'Per']);
  await google.control.changeEvent({
    person: addressOf('Ola'),
    calendar: shared,
    event: eventId,
    change: { summary: 'Tannlege @Per' },
  });
  await becomesFree(['Kari', 'Ola', 'Nina']);
  await deleted();
  await becomesFree([...names]);
});

test('nobody, and one decision: exactly that one; undone, Google and availability are as before', async () => {
  await call('PATCH', `/calendars/${calendarId}`, { settings: { undecided: 'nobody' } });
  await typed('Ola', 'Tannlege');
  const events = () =>
    call<{ items: { eventId: string }[] }>(
      'GET',
      `/calendars/${calendarId}/events?from=${at('00:00')}&to=${at('23:00')}`,
    );
  await vi.waitFor(async () => expect((await events()).items).toHaveLength(1), { timeout: 15_000 });
  expect(await free()).toEqual([...names]);
  const before = await inGoogle();

  const { decision } = await call<{ decision: { id: string } }>(
    'POST',
    `/calendars/${calendarId}/decisions`,
    {
      eventId,
      shares: [{ resourceId: resources.Kari }],
      free: true,
    },
  );
  // At once, not when Google has heard of it.
  expect(await free()).toEqual(['Ola', 'Nina', 'Per']);
  await vi.waitFor(async () => expect(await inGoogle()).toMatchObject({ transparency: 'transparent' }), {
    timeout: 15_000,
  });
  const { extendedProperties } = (await inGoogle()) as { extendedProperties: { private: object } };
  expect(Object.keys(extendedProperties.private).some((key) => key.startsWith('sidebookDecision'))).toBe(
    true,
  );
  // Free in Google, and yet Kari stays taken: our own change comes back and changes nothing.
  await google.control.idle();
  await becomesFree(['Ola', 'Nina', 'Per']);

  await call('DELETE', `/decisions/${decision.id}`);
  await call('POST', `/calendars/${calendarId}/undo`, { eventId });
  expect(await free()).toEqual([...names]);
  await vi.waitFor(async () => expect(await inGoogle()).toEqual(before), { timeout: 15_000 });
  await google.control.idle();
  await becomesFree([...names]);
  await deleted();
});
