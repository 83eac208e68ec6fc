// The pool: what every session has, which statements PostgreSQL keeps, and that neither errors nor types surprise.
import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Connection, openDatabase } from '../../../server/database/open.ts';
import { freshDatabase } from '../../database.ts';

let fresh: Awaited<ReturnType<typeof freshDatabase>>;
/** One connection: what one statement leaves behind, the next would meet. */
let one: ReturnType<typeof openDatabase>;
beforeAll(async () => {
  fresh = await freshDatabase();
  one = openDatabase(fresh.url, {
    max: 1,
    applicationName: 'a test',
    statementTimeout: 200,
  });
  await one.db.execute(sql`create table letters (letter text primary key, big int8)`);
});
afterAll(async () => {
  await one.close();
  await fresh.close();
});

const insert = (db: Connection, letter: string) =>
  db.execute(sql`insert into letters (letter) values (${letter})`);
const letters = async () => {
  const rows = await one.db.execute<{ letter: string }>(sql`select letter from letters order by letter`);
  return rows.map(({ letter }) => letter);
};
const kept = async (like: string) => {
  const rows = await one.db.execute(sql`select statement from pg_prepared_statements`);
  return rows.filter(({ statement }) => (statement as string).startsWith(like)).length;
};

test('sessions are in UTC, named, and limited in time', async () => {
  const [row] = await one.db.execute(sql`select current_setting('timezone') as zone,
    current_setting('application_name') as name, current_setting('statement_timeout') as timeout`);
  expect(row).toEqual({ zone: 'UTC', name: 'a test', timeout: '200ms' });
  await expect(one.db.execute(sql`select pg_sleep(5)`)).rejects.toMatchObject({
    cause: { code: '57014' },
  });
});

test('a statement with parameters is kept once, in and out of transactions and savepoints', async () => {
  const ask = (db: Connection, value: number) => db.execute(sql`select ${value}::int as kept_once`);
  expect(await kept('select $1::int as kept_once')).toBe(0);
  for (const value of [1, 2]) expect([...(await ask(one.db, value))]).toEqual([{ kept_once: value }]);
  await one.db.transaction(async (tx) => {
    expect([...(await ask(tx, 3))]).toEqual([{ kept_once: 3 }]);
    await tx.transaction(async (inner) => expect([...(await ask(inner, 4))]).toEqual([{ kept_once: 4 }]));
  });
  expect(await kept('select $1::int as kept_once')).toBe(1);
});

test.each(['transaction', 'savepoint'])('a statement first met in a %s is kept too', async (where) => {
  await one.db.transaction(async (tx) => {
    const ask = (db: Connection) => db.execute(sql`select ${1}::int, ${sql.raw(`'${where}'`)} as first_met`);
    await (where === 'savepoint' ? tx.transaction(ask) : ask(tx));
  });
  expect(await kept(`select $1::int, '${where}' as first_met`)).toBe(1);
});

test('a statement with very many parameters is not kept: the next has another number of them', async () => {
  const many = Array.from({ length: 120 }, (_, i) => sql`(${i}::int)`);
  expect(await one.db.execute(sql`values ${sql.join(many, sql`, `)}`)).toHaveLength(120);
  expect(await kept('values')).toBe(0);
});

test('a kept statement survives a change of its table', async () => {
  await insert(one.db, 'survivor');
  const all = () => one.db.execute(sql`select * from letters where letter = ${'survivor'}`);
  expect([...(await all())]).toEqual([{ letter: 'survivor', big: null }]);
  await one.db.execute(sql`alter table letters add column added int`);
  expect([...(await all())]).toEqual([{ letter: 'survivor', big: null, added: null }]);
  await one.db.execute(sql`alter table letters drop column added`);
  await one.db.execute(sql`delete from letters`);
});

test('what fails in a savepoint is undone alone, what fails in a transaction undoes all of it', async () => {
  await one.db.transaction(async (tx) => {
    await insert(tx, 'a');
    const twice = tx.transaction(async (inner) => {
      await insert(inner, 'b');
      await insert(inner, 'a');
    });
    await expect(twice).rejects.toMatchObject({
      cause: { code: '23505', constraint_name: 'letters_pkey' },
    });
    await insert(tx, 'c');
  });
  expect(await letters()).toEqual(['a', 'c']);
  const failing = one.db.transaction(async (tx) => {
    await insert(tx, 'd');
    throw new Error('after all, no');
  });
  await expect(failing).rejects.toThrow('after all, no');
  expect(await letters()).toEqual(['a', 'c']);
});

test('int8 is a number while that is exact, and a bigint beyond', async () => {
  const [row] = await one.db.execute(
    sql`select count(*) as count, 9007199254740991 as last, 9007199254740993 as beyond from letters`,
  );
  expect(row).toEqual({
    count: 2,
    last: 9007199254740991,
    beyond: 9007199254740993n,
  });
  await one.db.execute(sql`update letters set big = ${9007199254740993n} where letter = 'a'`);
  const [saved] = await one.db.execute(sql`select big from letters where big = ${9007199254740993n}`);
  expect(saved).toEqual({ big: 9007199254740993n });
});

// patches/postgres: unpatched, the rows that arrived before the failure are counted into the next answer.
test('a statement that fails halfway leaves nothing in the answer to the next', async () => {
  const halfway = one.db.execute(sql`select 1 / (3 - x) from generate_series(1, 3) x`);
  await expect(halfway).rejects.toMatchObject({ cause: { code: '22012' } });
  expect([...(await one.db.execute(sql`select 42 as v`))]).toEqual([{ v: 42 }]);
});

test('a statement that PostgreSQL ended in a deadlock is asked again', async () => {
  const other = openDatabase(fresh.url, { max: 1 });
  const statement = openDatabase(fresh.url, { max: 1 });
  try {
    await other.db.execute(sql`create table turns (id int primary key, n int not null)`);
    await other.db.execute(sql`insert into turns values (1, 0), (2, 0)`);
    let both: Promise<unknown> | undefined;
    await other.db.transaction(async (tx) => {
      // The other is the one to be ended.
      await tx.execute(sql`set local deadlock_timeout = '20s'`);
      await tx.execute(sql`update turns set n = n + 10 where id = 2`);
      both = statement.db
        .execute(sql`update turns set n = n + ${1}::int where id in (1, 2) returning id`)
        .then((rows) => rows.length);
      const waits = sql`select 1 from pg_stat_activity where wait_event_type = 'Lock' and query like 'update turns%'`;
      while ((await one.db.execute(waits)).length === 0);
      await tx.execute(sql`update turns set n = n + 10 where id = 1`);
    });
    expect(await both).toBe(2);
    const ends = sql`select deadlocks::int as n from pg_stat_database where datname = current_database()`;
    const counted = async () => (await one.db.execute<{ n: number }>(ends))[0]?.n;
    await expect.poll(counted, { timeout: 5000 }).toBe(1);
    expect([...(await one.db.execute(sql`select id, n from turns order by id`))]).toEqual([
      { id: 1, n: 11 },
      { id: 2, n: 11 },
    ]);
  } finally {
    await other.close();
    await statement.close();
  }
});
