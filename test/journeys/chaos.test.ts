// Server and worker are killed at random moments while five hundred bookings are made, moved and cancelled; at the end
// each booking has exactly one right event in Google, and nothing else has one.
import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type MadeBusiness, makeBusiness, roundTheClock } from '../business.ts';
import { freshDatabase } from '../database.ts';
import { caller } from '../demo-business.ts';
import { DEFAULT_CLIENT } from '../google/oauth.ts';
import { type Google, startGoogle } from '../google/server.ts';
import { type Spawned, spawnServer } from '../process.ts';

const HOUR = 3_600_000;
const BOOKINGS = 500;
const CALENDARS = ['anna@clinic.test', 'room@clinic.test'];

let database: Awaited<ReturnType<typeof freshDatabase>>;
let google: Google;
let business: MadeBusiness;
let service: string;
let env: Record<string, string>;

beforeAll(async () => {
  database = await freshDatabase();
  google = await startGoogle({ limits: { perProject: 1_000_000, perUser: 1_000_000 } });
  await google.control.createPerson({ email: 'anna@clinic.test', name: 'Anna', zone: 'Europe/Oslo' });
  await google.control.createCalendar({ id: 'room@clinic.test', owner: 'anna@clinic.test', summary: 'Room' });
  env = {
    DATABASE_URL: database.url,
    SECRET_KEYS: `k1:${randomBytes(32).toString('base64')}`,
    GOOGLE_URL: google.url,
    GOOGLE_CLIENT_ID: DEFAULT_CLIENT.id,
    GOOGLE_CLIENT_SECRET: DEFAULT_CLIENT.secret,
    GOOGLE_ACCOUNT_UNITS_PER_MINUTE: '1000000',
    GOOGLE_PROJECT_UNITS_PER_MINUTE: '1000000',
  };
  business = await makeBusiness(database.db);
  const anna = await business.resource({ hours: roundTheClock });
  const room = await business.resource({ kind: 'room', hours: roundTheClock });
  service = await business.service([{ of: [anna] }, { of: [room] }], { horizonDays: 400 });
  const server = await spawnServer(env);
  const call = caller(server.url, business.key);
  const scopes = [
    'calendar.events',
    'calendar.calendarlist.readonly',
    'openid',
    'https://www.googleapis.com/auth/userinfo.email',
  ];
  const { refresh_token: refreshToken } = await google.control.issueTokens({
    person: 'anna@clinic.test',
    scopes,
  });
  const { id: accountId } = await call('POST', '/accounts', { refreshToken });
  for (const [i, resourceId] of [anna, room].entries()) {
    const { id: calendarId } = await call('POST', '/calendars', { accountId, googleId: CALENDARS[i] });
    await call('PUT', `/resources/${resourceId}/links`, {
      links: [{ calendarId, reads: true, writes: true }],
    });
  }
  // What a calendar not yet read takes is unknown, and closed.
  for (let unread = 1; unread > 0; await sleep(50))
    [{ unread }] = (await database.db.execute(
      sql`select count(*)::int as unread from pulls where read_at is null`,
    )) as unknown as [{ unread: number }];
  await server.end();
});
afterAll(async () => {
  await google.stop();
  await database.close();
});

/** A process that is killed after a random while, started again, and so on until the work is done. */
function restless(role: Record<string, string>) {
  let current: Spawned | undefined;
  let stopped = false;
  let kills = 0;
  const life = (async () => {
    while (!stopped) {
      current = await spawnServer({ ...env, ...role });
      const until = Date.now() + 300 + Math.random() * 2500;
      while (!stopped && Date.now() < until) await sleep(20);
      if (stopped) break;
      await current.end('SIGKILL');
      kills++;
      current = undefined;
    }
  })();
  return {
    url: () => current?.url,
    kills: () => kills,
    async calm() {
      stopped = true;
      await life;
      return current!;
    },
  };
}

test('every booking one right event, no event without its booking', { timeout: 420_000 }, async () => {
  const server = restless({ WORKER: 'off' });
  const worker = restless({ WORKER: 'on' });

  /** Until it is answered: whoever does not know whether it was done says it again, under the same key. */
  async function insist(
    path: string,
    body: object,
    key: string,
  ): Promise<{ status: number; body: Record<string, unknown> }> {
    for (;;) {
      const url = server.url();
      try {
        if (!url) throw new Error('down');
        const answer = await fetch(`${url}/api/v1${path}`, {
          method: 'POST',
          headers: {
            authorization: `Bearer ${business.key}`,
            'content-type': 'application/json',
            'idempotency-key': key,
          },
          body: JSON.stringify(body),
          signal: AbortSignal.timeout(10_000),
        });
        return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
      } catch (error) {
        // Refused, reset or cut off in the middle: nothing is known, so it is said again.
        expect(error).toBeInstanceOf(Error);
        await sleep(50);
      }
    }
  }

  const first = Math.ceil(Date.now() / HOUR) * HOUR + 24 * HOUR;
  const acknowledged = new Map<string, 'there' | 'gone'>();
  const numbers = Array.from({ length: BOOKINGS }, (_, i) => i);
  const hand = async () => {
    for (let i = numbers.shift(); i !== undefined; i = numbers.shift()) {
      const start = new Date(first + i * HOUR).toISOString();
      const made = await insist(
        '/bookings',
        { serviceId: service, start, customer: { name: `Customer ${i}` } },
        `book-${i}`,
      );
      expect(made.status, JSON.stringify(made.body)).toBe(201);
      const id = made.body.id as string;
      acknowledged.set(id, 'there');
      const revision = 1;
      if (i % 5 === 0) {
        const moved = await insist(
          `/bookings/${id}/reschedule`,
          { revision, start: new Date(first + (BOOKINGS + i) * HOUR).toISOString() },
          `move-${i}`,
        );
        // A change that was done before the answer was lost is stale when it is said again: it was done.
        expect([200, 409]).toContain(moved.status);
      } else if (i % 7 === 0) {
        const gone = await insist(`/bookings/${id}/cancel`, { revision }, `cancel-${i}`);
        expect([200, 409]).toContain(gone.status);
        acknowledged.set(id, 'gone');
      }
    }
  };
  await Promise.all(Array.from({ length: 8 }, hand));
  const [calmServer, calmWorker] = await Promise.all([server.calm(), worker.calm()]);

  for (let owed = 1; owed > 0; await sleep(100))
    [{ owed }] = (await database.db.execute(
      sql`select count(*)::int as owed from pushes where done < wanted`,
    )) as unknown as [{ owed: number }];
  await Promise.all([calmServer.end(), calmWorker.end()]);
  expect(server.kills()).toBeGreaterThan(1);
  expect(worker.kills()).toBeGreaterThan(1);

  const bookings = await database.db.execute<{ id: string; status: string; start: string; end: string }>(
    sql`select id, status, (extract(epoch from starts_at) * 1000)::float8 as start,
      (extract(epoch from ends_at) * 1000)::float8 as "end" from bookings`,
  );
  expect(bookings.length).toBe(BOOKINGS);
  for (const [id, said] of acknowledged)
    expect(bookings.find((booking) => booking.id === id)?.status).toBe(
      said === 'there' ? 'confirmed' : 'cancelled',
    );
  const expected = bookings
    .filter(({ status }) => status === 'confirmed')
    .map(({ start, end }) => `${start}-${end}`)
    .sort();
  const { calendars } = await google.control.state();
  for (const id of CALENDARS) {
    const live = calendars
      .find((calendar) => calendar.id === id)!
      .events.filter((event) => event.status !== 'cancelled');
    const spans = live.map(({ start, end }) => `${instantOf(start)}-${instantOf(end)}`).sort();
    expect(spans).toEqual(expected);
  }
});

const instantOf = (when: unknown) => Date.parse((when as { dateTime: string }).dateTime);
