// Migrating: by many at once, again, and never back.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { migrate } from '../../../server/database/migrate.ts';
import { openDatabase } from '../../../server/database/open.ts';
import { DatabaseUnusable } from '../../../server/database/unusable.ts';
import { freshDatabase } from '../../database.ts';
import { addressOf, asAdmin } from '../../postgresql.ts';

const folder = mkdtempSync(join(tmpdir(), 'sidebook-migrations-'));
const { url } = inject('postgresql');
const name = `sidebook_migrate_${process.pid}`;
const empty = addressOf(name, url);
beforeAll(() => asAdmin(url, `create database ${name}`));
afterAll(async () => {
  rmSync(folder, { recursive: true });
  await asAdmin(url, `drop database ${name} with (force)`);
});

/** A folder as drizzle-kit makes them, with the first so many of these. */
function migrations(count: number): string {
  const statements = [
    'create table first (id int);',
    "create type mood as enum ('fine');\n--> statement-breakpoint\nalter table first add column mood mood;",
    'create table third (id int);',
  ].slice(0, count);
  const target = join(folder, String(count));
  mkdirSync(join(target, 'meta'), { recursive: true });
  const entries = statements.map((statement, idx) => {
    writeFileSync(join(target, `000${idx}_step.sql`), statement);
    return {
      idx,
      version: '7',
      when: 1_000 * (idx + 1),
      tag: `000${idx}_step`,
      breakpoints: true,
    };
  });
  writeFileSync(
    join(target, 'meta/_journal.json'),
    JSON.stringify({ version: '7', dialect: 'postgresql', entries }),
  );
  return target;
}

async function tables(address: string) {
  const { db, close } = openDatabase(address, { max: 1 });
  const rows = await db.execute(sql`select relname from pg_class
    where relkind = 'r' and relnamespace = 'public'::regnamespace order by relname`);
  await close();
  return rows.map(({ relname }) => relname);
}

test('four that start at once on an empty database all succeed, and a later start has nothing to do', async () => {
  await Promise.all([1, 2, 3, 4].map(() => migrate(empty, migrations(2))));
  expect(await tables(empty)).toEqual(['first']);
  await migrate(empty, migrations(2));
});

test('an update brings what is new, and then the version before it is refused', async () => {
  await migrate(empty, migrations(3));
  expect(await tables(empty)).toEqual(['first', 'third']);
  const older = migrate(empty, migrations(2));
  await expect(older).rejects.toThrow(DatabaseUnusable);
  await expect(older).rejects.toThrow(/newer version of Sidebook/);
});

test('a migration that fails leaves nothing half done', async () => {
  const target = migrations(3);
  writeFileSync(
    join(target, '0001_step.sql'),
    'create table half ();\n--> statement-breakpoint\nselect 1 / 0;',
  );
  const another = await freshDatabase();
  await another.db.execute(sql`drop schema drizzle cascade`);
  const before = await tables(another.url);
  await expect(migrate(another.url, target)).rejects.toMatchObject({
    cause: { code: '22012' },
  });
  expect(await tables(another.url)).toEqual(before);
  await another.close();
});

test('our own migrations are in every fresh database', async () => {
  const { url, close } = await freshDatabase();
  expect(await tables(url)).toContain('bookings');
  await migrate(url);
  await close();
});
