// What tests of the sidebar stand on: a business on a shared calendar, its people at a local Google, and the whole server with its worker.
import { randomBytes } from 'node:crypto';
import pino from 'pino';
import { vi } from 'vitest';
import { readConfig } from '../../../server/config.ts';
import type { Context } from '../../../server/context.ts';
import { startServer } from '../../../server/start.ts';
import type { SidebarAnswer } from '../../../shared/card-api.ts';
import { type MadeBusiness, makeBusiness, roundTheClock } from '../../business.ts';
import { freshDatabase } from '../../database.ts';
import { DEFAULT_CLIENT } from '../../google/oauth.ts';
import { type Google, startGoogle } from '../../google/server.ts';
import { freePort } from '../../process.ts';

export const zone = 'Europe/Oslo';
/** Google's id of the calendar that all four resources are linked to. */
export const shared = 'felles@clinic.test';
/** Kari owns the business and its Google account; Anna and Bert are staff with a resource of their own; Siri is nobody. */
export const people = {
  kari: 'kari@clinic.test',
  anna: 'anna@clinic.test',
  bert: 'bert@clinic.test',
  siri: 'siri@clinic.test',
} as const;
export type Person = keyof typeof people;
export const audience = DEFAULT_CLIENT.id;

export type Card = SidebarAnswer['card'];
export type CardOf<Name extends Card['card']> = Extract<Card, { card: Name }>;
export interface Answered {
  status: number;
  /** Of a 200. The type is a claim, like that of `problem`: the server checks its answers itself. */
  answer: SidebarAnswer;
  /** Of anything else. */
  problem: { code: string; message: string; details?: { reason?: string } };
}

export interface Stage {
  google: Google;
  context: Context;
  /** Of the server, without a slash at the end. */
  url: string;
  /** Of the database, for connections of one's own. */
  database: string;
  business: MadeBusiness;
  /** Ours, of the shared calendar. */
  calendarId: string;
  accountId: string;
  members: Record<'kari' | 'anna' | 'bert', string>;
  /** Anna and Bert are people and their members', the room and the van nobody's. Open round the clock. */
  resources: Record<'anna' | 'bert' | 'room' | 'van', string>;
  /** An hour of any one of the four. */
  serviceId: string;
  /** The API of the business, by a key of every scope; throws what is no 2xx. */
  call<T>(method: string, path: string, body?: unknown): Promise<T>;
  /** What `ScriptApp.getIdentityToken()` would give the person; `claims` laid over. */
  token(person: Person, claims?: Record<string, unknown>): Promise<string>;
  /** One request of the add-on's, `route` from /api/v1/sidebar/ on; with language, zone and a token, unless brought. */
  ask(person: Person, route: string, body?: object, headers?: Record<string, string>): Promise<Answered>;
  /** As `ask`, of a 200 whose card has this name: anything else is thrown. */
  card<Name extends Card['card']>(
    name: Name,
    person: Person,
    route: string,
    body?: object,
  ): Promise<{ card: CardOf<Name>; notice: string | null; book: SidebarAnswer['book'] }>;
  /** Somebody types an event into the shared calendar. @returns its id */
  type(by: Person, event: Record<string, unknown>): Promise<string>;
  /** What the server logged as errors, a line of JSON each: none, if all went well. */
  errors: string[];
  /** Resolves when all calendars were read as they are in Google now, and nothing is owed to it. */
  quiet(): Promise<void>;
  close(): Promise<void>;
}

/** One for a file: it takes a second or two. `env`: laid over the server's configuration. */
export async function openStage(env: Record<string, string> = {}): Promise<Stage> {
  const database = await freshDatabase();
  const google = await startGoogle();
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const config = readConfig({
    DATABASE_URL: database.url,
    SECRET_KEYS: `k1:${randomBytes(32).toString('base64')}`,
    GOOGLE_URL: google.url,
    GOOGLE_CLIENT_ID: DEFAULT_CLIENT.id,
    GOOGLE_CLIENT_SECRET: DEFAULT_CLIENT.secret,
    ADDON_AUDIENCES: audience,
    PORT: String(port),
    PUBLIC_URL: url,
    ...env,
  });
  await peopleOf(google);
  const errors: string[] = [];
  const log = pino({ level: 'error' }, { write: (line: string) => void errors.push(line) });
  const server = await startServer(config, log);
  const business = await makeBusiness(database.db);
  const call = caller(url, business.key);
  const made = await setUp(google, business, call);
  const asking = askers(url, google);
  const stage: Stage = {
    google,
    context: server.context,
    url,
    database: database.url,
    business,
    errors,
    call,
    ...made,
    ...asking,
    type: async (by, event) =>
      String((await google.control.addEvent({ person: people[by], calendar: shared, event })).id),
    quiet: () => quiet(google, server.context),
    async close() {
      await server.stop();
      await google.stop();
      await database.close();
    },
  };
  await stage.quiet();
  return stage;
}

function caller(url: string, key: string): Stage['call'] {
  return async <T>(method: string, path: string, body?: unknown) => {
    const json = body === undefined ? undefined : 'application/json';
    const answer = await fetch(`${url}/api/v1${path}`, {
      method,
      headers: { authorization: `Bearer ${key}`, ...(json && { 'content-type': json }) },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`);
    return (text ? JSON.parse(text) : undefined) as T;
  };
}

async function peopleOf({ control }: Google): Promise<void> {
  for (const [name, email] of Object.entries(people))
    await control.createPerson({ email, name: name[0]!.toUpperCase() + name.slice(1), zone });
  await control.createCalendar({ id: shared, owner: people.kari, summary: 'Felles', zone });
  for (const person of [people.anna, people.bert])
    await control.share({ calendar: shared, person, role: 'writer' });
}

type Made = Pick<Stage, 'calendarId' | 'accountId' | 'members' | 'resources' | 'serviceId'>;

async function setUp({ control }: Google, business: MadeBusiness, call: Stage['call']): Promise<Made> {
  const make = async (path: string, body: object) => (await call<{ id: string }>('POST', path, body)).id;
  const member = (name: 'kari' | 'anna' | 'bert', role: string) =>
    make('/members', { email: people[name], name: name[0]!.toUpperCase() + name.slice(1), role });
  const members = {
    kari: await member('kari', 'owner'),
    anna: await member('anna', 'staff'),
    bert: await member('bert', 'staff'),
  };
  const { refresh_token: refreshToken } = await control.issueTokens({ person: people.kari });
  const accountId = await make('/accounts', { refreshToken });
  const calendarId = await make('/calendars', { accountId, googleId: shared });
  const resource = async (kind: string, name: string, memberId: string | null = null) => {
    const id = await make('/resources', { kind, name, memberId, hours: roundTheClock });
    await call('PUT', `/resources/${id}/links`, { links: [{ calendarId, reads: true, writes: true }] });
    return id;
  };
  const resources = {
    anna: await resource('person', 'Anna', members.anna),
    bert: await resource('person', 'Bert', members.bert),
    room: await resource('room', 'Room 1'),
    van: await resource('vehicle', 'Van'),
  };
  const serviceId = await business.service([{ of: Object.values(resources) }], {
    name: 'Cut',
    lengthMinutes: 60,
  });
  return { accountId, calendarId, members, resources, serviceId };
}

function askers(url: string, { control }: Google): Pick<Stage, 'token' | 'ask' | 'card'> {
  const token: Stage['token'] = (person, claims) =>
    control.issueIdToken({ person: people[person], audience, claims });
  const ask: Stage['ask'] = async (person, route, body = {}, headers = {}) => {
    const answer = await fetch(`${url}/api/v1/sidebar/${route}`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        authorization: headers.authorization ?? `Bearer ${await token(person)}`,
        ...headers,
      },
      body: JSON.stringify({ locale: 'en', zone, ...body }),
    });
    const parsed = await answer.json();
    return { status: answer.status, answer: parsed as SidebarAnswer, problem: parsed as Answered['problem'] };
  };
  return {
    token,
    ask,
    async card(name, person, route, body) {
      const { status, answer } = await ask(person, route, body);
      if (status !== 200 || answer.card.card !== name)
        throw new Error(`${route}: not the card ${name}, but ${status} ${JSON.stringify(answer)}`);
      return { card: answer.card as CardOf<typeof name>, notice: answer.notice, book: answer.book };
    },
  };
}

async function quiet({ control }: Google, { db }: Context): Promise<void> {
  await vi.waitFor(
    async () => {
      await control.idle();
      const rows = await db.execute<{ owed: number }>(`
        select (select count(*) from pulls p join calendars c on c.business_id = p.business_id and c.id = p.calendar_id
            where c.left_at is null and (p.done < p.wanted or p.read_at is null))
          + (select count(*) from pushes where done < wanted and died_at is null)
          + (select count(*) from marks where done < wanted and died_at is null)
          + (select count(*) from links where reads and not judged) as owed`);
      if (rows[0]?.owed !== 0) throw new Error(`${rows[0]?.owed} things are still owed`);
    },
    { timeout: 15_000, interval: 50 },
  );
}
