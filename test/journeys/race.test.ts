// A hundred customers want one slot, through two server processes on one database: one gets it, nobody waits long.
import { randomBytes } from 'node:crypto';
import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type MadeBusiness, makeBusiness } from '../business.ts';
import { freshDatabase } from '../database.ts';
import { type Spawned, spawnServer } from '../process.ts';

let database: Awaited<ReturnType<typeof freshDatabase>>;
let servers: Spawned[];
let business: MadeBusiness;

beforeAll(async () => {
  database = await freshDatabase();
  const env = {
    DATABASE_URL: database.url,
    SECRET_KEYS: `k1:${randomBytes(32).toString('base64')}`,
    LOG_LEVEL: 'info',
  };
  servers = await Promise.all([spawnServer(env), spawnServer(env)]);
  business = await makeBusiness(database.db);
});
afterAll(async () => {
  await Promise.all(servers.map((server) => server.end()));
  await database.close();
});

interface Answer {
  status: number;
  body: {
    id: string;
    code: string;
    resources: { resourceId: string }[];
    details: { alternatives: { start: string }[] };
  };
}

// Monday of the week after next: past any notice, within any horizon, whenever this runs.
const monday = new Date(
  Date.UTC(2020, 0, 6) + Math.ceil((Date.now() - Date.UTC(2020, 0, 6)) / 604_800_000 + 1) * 604_800_000,
);
const at = (hour: number) => new Date(monday.getTime() + hour * 3_600_000).toISOString();

const race = (many: number, serviceId: string, start: string): Promise<Answer[]> =>
  Promise.all(
    Array.from({ length: many }, async (_, i) => {
      const answer = await fetch(`${servers[i % 2]!.url}/api/v1/bookings`, {
        method: 'POST',
        headers: { authorization: `Bearer ${business.key}`, 'content-type': 'application/json' },
        body: JSON.stringify({
          serviceId,
          start,
          customer: { name: `Customer ${i}`, email: `c${i}@example.com` },
        }),
      });
      return { status: answer.status, body: (await answer.json()) as Answer['body'] };
    }),
  );
const won = (answers: Answer[]) => answers.filter(({ status }) => status === 201);
const lost = (answers: Answer[]) => answers.filter(({ status }) => status === 409);

test('one slot, one winner, ninety-nine who are told what is free instead', async () => {
  const anna = await business.resource();
  const cut = await business.service([{ of: [anna] }]);
  const answers = await race(100, cut, at(10));
  expect([won(answers).length, lost(answers).length]).toEqual([1, 99]);
  for (const { body } of lost(answers)) {
    expect(body.code).toBe('taken');
    expect(body.details.alternatives.map(({ start }) => start).sort()).toEqual([at(8), at(9), at(11)].sort());
  }
  // Nothing is left of those who lost.
  const [left] = await database.db.execute<{ bookings: number; customers: number }>(
    sql`select (select count(*)::int from bookings) as bookings, (select count(*)::int from customers) as customers`,
  );
  expect(left).toEqual({ bookings: 1, customers: 1 });
});

test('three places, three winners, each in another place', async () => {
  const bus = await business.resource({ kind: 'vehicle', places: 3 });
  const ride = await business.service([{ of: [bus] }]);
  const answers = await race(60, ride, at(10));
  expect([won(answers).length, lost(answers).length]).toEqual([3, 57]);
  const places = await database.db.execute<{ place: number }>(
    sql`select place from allocations where resource_id = ${bus} order by place`,
  );
  expect(places.map(({ place }) => place)).toEqual([1, 2, 3]);
});

test('person and room: never a room without its person', async () => {
  const [kari, ola] = [await business.resource(), await business.resource()];
  const rooms = [
    await business.resource({ kind: 'room' }),
    await business.resource({ kind: 'room' }),
    await business.resource({ kind: 'room' }),
  ];
  const treatment = await business.service([{ of: [kari, ola] }, { of: rooms }]);
  // Others want the same rooms by themselves, in the opposite order of what the treatment takes.
  const roomOnly = await business.service([{ of: [...rooms].reverse() }]);
  const [both, alone] = await Promise.all([race(50, treatment, at(12)), race(50, roomOnly, at(12))]);
  expect(won(both).length + won(alone).length).toBe(3);
  expect([...both, ...alone].every(({ status }) => status === 201 || status === 409)).toBe(true);
  for (const { body } of won(both)) {
    const held = body.resources.map(({ resourceId }) => resourceId);
    expect(held.filter((id) => id === kari || id === ola).length).toBe(1);
    expect(held.filter((id) => rooms.includes(id)).length).toBe(1);
  }
  const [odd] = await database.db.execute<{ units: number }>(sql`
    select count(*)::int as units from (
      select unit_id from allocations where service_id = ${treatment} group by unit_id having count(*) <> 2) as u`);
  expect(odd!.units).toBe(0);
});

test('nobody met a deadlock, and no server failed', async () => {
  const [row] = await database.db.execute<{ deadlocks: number }>(
    sql`select deadlocks::int from pg_stat_database where datname = current_database()`,
  );
  expect(row!.deadlocks).toBe(0);
  expect(servers.flatMap(({ log }) => log).filter((line) => line.includes('"level":50'))).toEqual([]);
});
