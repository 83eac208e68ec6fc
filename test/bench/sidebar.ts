// Times the side panel's cards, one request each, on the server as it ships: a business with bookings by the million, a shared calendar.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sql } from 'drizzle-orm';
import { buildAddon } from '../../addon/build.ts';
import { type Database, openDatabase } from '../../server/database/open.ts';
import { DAY, HOUR, localDate } from '../../shared/time.ts';
import { openHost } from '../appsscript/host.ts';
import { type MadeBusiness, makeBusiness, weekdays } from '../business.ts';
import { DEFAULT_CLIENT } from '../google/oauth.ts';
import { type Google, startGoogle } from '../google/server.ts';
import { spawnServer } from '../process.ts';
import { benchEnv } from './bare.ts';
import { openPostgresql, quantile } from './http.ts';

const owner = 'kari@clinic.test';
const staff = 'anna@clinic.test';
const shared = 'felles@clinic.test';
const zone = 'Europe/Oslo';
const RESOURCES = 10;
/** Ordinary events of the shared calendar, over the coming month: each takes all its resources. */
const EVENTS = 100;

export interface CardRow {
  card: string;
  p50: number;
  p95: number;
}

/** `bookings` in all: a few a day and resource in the coming month, the rest past. Network to Google: none. */
export async function measureSidebar(
  bookings: number,
  rounds = 250,
): Promise<{ rows: CardRow[]; bundle: Bundle }> {
  const postgresql = await openPostgresql();
  const google = await startGoogle();
  const { db, close } = openDatabase(postgresql.url, { statementTimeout: 0 });
  const server = await spawnServer({
    ...benchEnv(google.url, postgresql.url),
    ADDON_AUDIENCES: DEFAULT_CLIENT.id,
  });
  try {
    const made = await setUp(db, google, server.url);
    await fill(db, made, bookings);
    const measure = measurer(server.url, google, rounds);
    const rows = await measureCards(db, made, measure);
    return { rows, bundle: await measureBundle(made, google.url, server.url) };
  } finally {
    await server.end();
    await close();
    await google.stop();
    await postgresql.close();
  }
}

export interface Bundle {
  bytes: number;
  /** Of the add-on to the server, for one card each. */
  requests: { home: number; event: number };
}

/** The bundle as it is deployed, run in the local host. */
async function measureBundle({ eventId }: Made, google: string, server: string): Promise<Bundle> {
  const folder = await mkdtemp(join(tmpdir(), 'sidebook-bench-addon-'));
  const https = 'https://sidebook.clinic.test/';
  const { code } = await buildAddon({ folder, backend: https });
  const backend = { https, local: `${server}/` };
  const host = await openHost({ folder, person: owner, google, backend });
  try {
    const count = async (show: () => Promise<unknown>) => {
      const before = host.log.requests.length;
      await show();
      return host.log.requests.slice(before).filter(({ what }) => what === 'fetch').length;
    };
    const home = await count(() => host.home());
    const event = await count(() => host.open({ calendarId: shared, id: eventId }));
    return { bytes: Buffer.byteLength(code), requests: { home, event } };
  } finally {
    await host.close();
    await rm(folder, { recursive: true, force: true });
  }
}

interface Made {
  business: MadeBusiness;
  resourceIds: string[];
  serviceId: string;
  calendarId: string;
  eventId: string;
  /** Where the coming month begins, ms since 1970. */
  from: number;
}

async function setUp(db: Database, { control }: Google, url: string): Promise<Made> {
  const business = await makeBusiness(db);
  const make = async (path: string, body: object, method = 'POST') => {
    const answer = await fetch(`${url}/api/v1${path}`, {
      method,
      headers: { authorization: `Bearer ${business.key}`, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
    return (await answer.json()) as { id: string };
  };
  for (const email of [owner, staff]) await control.createPerson({ email, name: email, zone });
  await control.createCalendar({ id: shared, owner, summary: 'Felles', zone });
  const from = Math.ceil(Date.now() / DAY) * DAY;
  const eventId = await typeEvents(control, from);
  await make('/members', { email: owner, name: 'Kari', role: 'owner' });
  const { id: memberId } = await make('/members', { email: staff, name: 'Anna', role: 'staff' });
  const { refresh_token: refreshToken } = await control.issueTokens({ person: owner });
  const { id: accountId } = await make('/accounts', { refreshToken });
  const { id: calendarId } = await make('/calendars', { accountId, googleId: shared });
  const resourceIds: string[] = [];
  for (let n = 0; n < RESOURCES; n++) {
    const name = n === 0 ? 'Anna' : `Room ${n}`;
    const id = await business.resource({
      ...{ name, kind: n === 0 ? 'person' : 'room', memberId: n === 0 ? memberId : null },
      hours: weekdays('08:00', '18:00'),
    });
    await make(`/resources/${id}/links`, { links: [{ calendarId, reads: true, writes: true }] }, 'PUT');
    resourceIds.push(id);
  }
  const serviceId = await business.service([{ of: resourceIds }], { lengthMinutes: 30 });
  await read(db);
  return { business, resourceIds, serviceId, calendarId, eventId, from };
}

/** A quarter of an hour in each evening: few of them are in a booking's way. @returns the id of one */
async function typeEvents(control: Google['control'], from: number): Promise<string> {
  let id = '';
  for (let n = 0; n < EVENTS; n++) {
    const start = from + (n % 31) * DAY + (15 + (n / 31) * 0.5) * HOUR;
    const at = (instant: number) => ({ dateTime: new Date(instant).toISOString(), timeZone: zone });
    const event = { summary: `Event ${n}`, start: at(start), end: at(start + HOUR / 4) };
    id = String((await control.addEvent({ person: owner, calendar: shared, event })).id);
  }
  return id;
}

/** Resolves when the calendar has been read for all its links. */
async function read(db: Database): Promise<void> {
  for (;;) {
    const [row] = await db.execute<{ owed: number }>(`
      select (select count(*) from pulls where done < wanted or read_at is null)::int
        + (select count(*) from links where not judged)::int as owed`);
    if (row?.owed === 0) return;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

/** Each booking with its customer, its allocation and its push; of the coming month a few a day and resource, some waiting. */
async function fill(db: Database, made: Made, count: number): Promise<void> {
  const { business, serviceId, calendarId, resourceIds, from } = made;
  await db.execute(sql`
    insert into customers (business_id, id, name, email)
      select ${business.id}, gen_random_uuid(), 'Customer ' || n, 'c' || n || '@example.com' from generate_series(1, 1000) n`);
  const slice = 50_000;
  for (let first = 0; first < count; first += slice) {
    const last = Math.min(first + slice, count) - 1;
    await db.execute(sql`
      with whose as (
        select array(select id from customers where business_id = ${business.id}) as ids
      ), wanted as (
        select n, gen_random_uuid() as id, (${sql.param(resourceIds)}::uuid[])[1 + n % ${RESOURCES}::int] as resource,
          ids[1 + n % 1000] as customer, n < 1000 as coming,
          ${new Date(from).toISOString()}::timestamptz + case
            when n < 1000 then (n / 10 / 3) * interval '1 day' + (8 + n / 10 % 3 * 2) * interval '1 hour'
            else -(n / 10) * interval '30 minutes'
          end as start
        from whose cross join generate_series(${first}::int, ${last}::int) as n
      ), booked as (
        insert into bookings (business_id, id, service_id, customer_id, status, starts_at, ends_at, zone, local_start,
            answers, manage_hash, expires_at)
          select ${business.id}, id, ${serviceId}, customer,
              case when not coming then 'completed' when n % 50 = 0 then 'pending' else 'confirmed' end,
              start, start + interval '30 minutes', ${zone}, '', '{}', md5(id::text),
              case when coming and n % 50 = 0 then start end
            from wanted
          returning id
      ), owed as (
        insert into pushes (business_id, id, unit_id, booking_id, calendar_id, present, wanted, done, event_id)
          select ${business.id}, gen_random_uuid(), id, id, ${calendarId}, true, 1, 1, md5(id::text) from wanted
            join booked using (id)
      )
      insert into allocations
          (business_id, unit_id, resource_id, place, booking_id, service_id, position, during, starts_at, ends_at, expires_at)
        select ${business.id}, id, resource, 1, id, ${serviceId}, 0, tstzrange(start, start + interval '30 minutes'),
            start, start + interval '30 minutes', case when coming and n % 50 = 0 then start end
          from wanted join booked using (id)`);
  }
  for (const table of ['bookings', 'allocations', 'pushes', 'customers'])
    await db.execute(sql.raw(`analyze ${table}`));
}

type Measure = (card: string, person: string, route: string, body?: object) => Promise<CardRow>;

/** One request after another, the first of them not counted. */
function measurer(url: string, { control }: Google, rounds: number): Measure {
  return async (card, person, route, body = {}) => {
    const token = await control.issueIdToken({ person, audience: DEFAULT_CLIENT.id });
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
    const times: number[] = [];
    for (let i = 0; i < rounds; i++) {
      const begin = performance.now();
      const answer = await fetch(`${url}/api/v1/sidebar/${route}`, {
        method: 'POST',
        headers,
        body: JSON.stringify({ locale: 'en', zone, ...body }),
      });
      const text = await answer.text();
      if (i >= rounds / 5) times.push(performance.now() - begin);
      const name = answer.ok ? (JSON.parse(text) as { card: { card: string } }).card.card : text;
      if (name !== card.split(' ')[0]) throw new Error(`${route}: not the card ${card}, but ${name}`);
    }
    return { card, p50: quantile(times, 0.5), p95: quantile(times, 0.95) };
  };
}

async function measureCards(db: Database, made: Made, measure: Measure): Promise<CardRow[]> {
  const { serviceId, resourceIds, eventId, from } = made;
  const [booking] = await db.execute<{ id: string }>(sql`
    select b.id from bookings b join allocations a on a.business_id = b.business_id and a.unit_id = b.id
      where b.status = 'confirmed' and a.resource_id = ${resourceIds[0]!} order by b.starts_at limit 1`);
  const bookingId = booking!.id;
  const date = localDate(zone, from + 2 * DAY);
  return [
    await measure('home', owner, 'home'),
    await measure('home of one resource', staff, 'home'),
    await measure('booking', owner, 'booking', { bookingId }),
    await measure('reschedule', owner, 'reschedule', { bookingId, date }),
    await measure('reassign', owner, 'reassign', { bookingId }),
    await measure('new', owner, 'new', { serviceId, date }),
    await measure('new walk-in', owner, 'new', { serviceId, walkIn: true }),
    await measure('freeNow', owner, 'free-now'),
    await measure('block', owner, 'event', { event: { calendarId: shared, eventId } }),
  ];
}
