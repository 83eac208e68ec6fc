// Times the real server over HTTP on a database of its own: availability at three sizes, bookings a second, one slot's race.
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import autocannon from 'autocannon';
import { sql } from 'drizzle-orm';
import pino from 'pino';
import { startEmbedded } from '../../server/database/embedded.ts';
import { migrate } from '../../server/database/migrate.ts';
import { type Database, openDatabase } from '../../server/database/open.ts';
import { DAY, HOUR } from '../../shared/time.ts';
import { type MadeBusiness, makeBusiness, roundTheClock } from '../business.ts';
import { type Spawned, spawnServer } from '../process.ts';
import { fillBookings } from './fill.ts';

export interface Bench {
  db: Database;
  server: Spawned;
  close(): Promise<void>;
}

/** A migrated database of its own, with fsync on. */
export async function openPostgresql(): Promise<{ url: string; close(): Promise<void> }> {
  const folder = mkdtempSync(join(tmpdir(), 'sidebook-bench-'));
  const log = pino({ level: 'error' });
  const { url, stop } = await startEmbedded({ folder, log, settings: { max_connections: '200' } });
  await migrate(url);
  return {
    url,
    async close() {
      await stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** The server as it ships, in a process of its own. */
export async function openBench(): Promise<Bench> {
  const postgresql = await openPostgresql();
  const { db, close } = openDatabase(postgresql.url, { max: 16 });
  const server = await spawnServer({
    DATABASE_URL: postgresql.url,
    DATABASE_CONNECTIONS: '32',
    SECRET_KEYS: `k1:${randomBytes(32).toString('base64')}`,
  });
  return {
    db,
    server,
    async close() {
      await server.end();
      await close();
      await postgresql.close();
    },
  };
}

const headersOf = (business: MadeBusiness) => ({
  authorization: `Bearer ${business.key}`,
  'content-type': 'application/json',
});

export function quantile(times: number[], q: number): number {
  const sorted = [...times].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * q))]!;
}

export interface AvailabilityRow {
  bookings: number;
  slots: number;
  p50: number;
  p95: number;
}

/** 10 resources x 31 days, one request after another; the window as full at every size, the past ever longer. */
export async function measureAvailability(
  { db, server }: Bench,
  sizes: readonly number[],
): Promise<AvailabilityRow[]> {
  const business = await makeBusiness(db);
  const ids = await Promise.all(Array.from({ length: 10 }, () => business.resource()));
  const service = await business.service([{ of: ids }], { lengthMinutes: 30 });
  const from = Math.ceil(Date.now() / DAY) * DAY;
  const query = `serviceId=${service}&from=${new Date(from).toISOString()}&to=${new Date(from + 31 * DAY).toISOString()}`;
  const rows: AvailabilityRow[] = [];
  let there = 0;
  for (const size of sizes) {
    await fillBookings(db, {
      businessId: business.id,
      serviceId: service,
      resourceIds: ids,
      from,
      skip: there,
      upTo: size,
    });
    there = size;
    const times: number[] = [];
    let slots = 0;
    for (let i = 0; i < 250; i++) {
      const begin = performance.now();
      const answer = await fetch(`${server.url}/api/v1/availability?${query}`, {
        headers: headersOf(business),
      });
      const body = (await answer.json()) as { slots: unknown[] };
      if (i >= 50) times.push(performance.now() - begin);
      slots = body.slots.length;
    }
    rows.push({ bookings: size, slots, p50: quantile(times, 0.5), p95: quantile(times, 0.95) });
  }
  return rows;
}

export interface ThroughputRow {
  bare: number;
  bookings: number;
  keyed: number;
  p99: number;
}

const CONNECTIONS = 64;
const SECONDS = 8;

/** Bookings a second on distinct slots, against bare inserts into the table of allocations in the same run. */
export async function measureThroughput({ db, server }: Bench): Promise<ThroughputRow> {
  const business = await makeBusiness(db);
  const ids = await Promise.all(
    Array.from({ length: CONNECTIONS }, () => business.resource({ hours: roundTheClock })),
  );
  const service = await business.service([{ of: ids }], { lengthMinutes: 15, horizonDays: 730 });
  const from = Math.ceil(Date.now() / DAY) * DAY + DAY;
  let next = 0;
  const shoot = async (keyed: boolean) => {
    const result = await autocannon({
      url: `${server.url}/api/v1/bookings`,
      method: 'POST',
      connections: CONNECTIONS,
      duration: SECONDS,
      headers: headersOf(business),
      requests: [
        {
          setupRequest(request) {
            const i = next++;
            const start = new Date(from + Math.floor(i / CONNECTIONS) * (HOUR / 4)).toISOString();
            const resourceIds = [ids[i % CONNECTIONS]];
            const body = { serviceId: service, start, resourceIds, customer: { name: `Customer ${i}` } };
            const key = keyed ? { 'idempotency-key': `key-${i}` } : {};
            return { ...request, body: JSON.stringify(body), headers: { ...request.headers, ...key } };
          },
        },
      ],
    });
    if (result.non2xx > 0 || result.errors > 0)
      throw new Error(
        `${result.non2xx} bookings refused, ${result.errors} failed: the slots were not distinct`,
      );
    return { perSecond: result['2xx'] / result.duration, p99: result.latency.p99 };
  };
  const bare = await bareInserts(db, { business, service, resourceIds: ids, from });
  await shoot(false); // lets the compilers and caches settle
  const plain = await shoot(false);
  const withKey = await shoot(true);
  return { bare, bookings: plain.perSecond, keyed: withKey.perSecond, p99: plain.p99 };
}

interface Bare {
  business: MadeBusiness;
  service: string;
  resourceIds: string[];
  from: number;
}

// One statement a row, each its own transaction, 16 clients, every constraint of the table in force.
async function bareInserts(db: Database, { business, service, resourceIds, from }: Bare): Promise<number> {
  const count = 40_000;
  await db.execute(sql`
    insert into bookings (business_id, id, service_id, status, starts_at, ends_at, zone, local_start, answers, manage_hash)
    select ${business.id}, gen_random_uuid(), ${service}, 'cancelled', now(), now() + interval '1 hour', 'UTC', '', '{}',
      md5(random()::text) from generate_series(1, ${count})`);
  const units = await db.execute<{ id: string }>(
    sql`select id from bookings where business_id = ${business.id} and status = 'cancelled'`,
  );
  const far = from + 400 * DAY;
  let i = 0;
  const begin = performance.now();
  await Promise.all(
    Array.from({ length: 16 }, async () => {
      while (i < count && performance.now() - begin < SECONDS * 1000) {
        const n = i++;
        const start = new Date(far + Math.floor(n / resourceIds.length) * (HOUR / 4)).toISOString();
        const end = new Date(Date.parse(start) + HOUR / 4).toISOString();
        const unit = units[n]!.id;
        await db.execute(sql`
          insert into allocations (business_id, unit_id, resource_id, place, booking_id, service_id, position, during, starts_at, ends_at)
          values (${business.id}, ${unit}, ${resourceIds[n % resourceIds.length]!}, 1, ${unit}, ${service}, 0,
            tstzrange(${start}::timestamptz, ${end}::timestamptz), ${start}::timestamptz, ${end}::timestamptz)`);
      }
    }),
  );
  return i / ((performance.now() - begin) / 1000);
}

const agent = new Agent({ keepAlive: true, maxSockets: 50 });

// Plain HTTP on kept connections: fetch would cost more than the server it is to measure.
const post = (url: string, headers: Record<string, string>, body: string) =>
  new Promise<number>((resolve, reject) => {
    const asked = request(url, { method: 'POST', agent, headers }, (answer) => {
      answer.resume().on('end', () => resolve(answer.statusCode!));
    });
    asked.on('error', reject).end(body);
  });

export interface RaceRow {
  rounds: number;
  p50: number;
  p99: number;
  winners: number;
}

/** Fifty want one slot at once: how long each waits for its answer. */
export async function measureRace({ db, server }: Bench, rounds = 60): Promise<RaceRow> {
  const business = await makeBusiness(db);
  const id = await business.resource({ hours: roundTheClock });
  const service = await business.service([{ of: [id] }], { horizonDays: 730 });
  const from = Math.ceil(Date.now() / DAY) * DAY + DAY;
  const times: number[] = [];
  let winners = 0;
  for (let round = 0; round < rounds + 5; round++) {
    const start = new Date(from + round * HOUR).toISOString();
    const body = JSON.stringify({ serviceId: service, start, customer: { name: 'Customer' } });
    const answers = await Promise.all(
      Array.from({ length: 50 }, async () => {
        const begin = performance.now();
        const status = await post(`${server.url}/api/v1/bookings`, headersOf(business), body);
        return { time: performance.now() - begin, status };
      }),
    );
    if (round < 5) continue;
    times.push(...answers.map(({ time }) => time));
    winners += answers.filter(({ status }) => status === 201).length;
  }
  return { rounds, winners, p50: quantile(times, 0.5), p99: quantile(times, 0.99) };
}
