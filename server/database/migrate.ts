// Brings a database up to what this version of the code expects, however many processes start at once.
import { fileURLToPath } from 'node:url';
import { sql } from 'drizzle-orm';
import { readMigrationFiles } from 'drizzle-orm/migrator';
import { migrate as apply } from 'drizzle-orm/postgres-js/migrator';
import { type Database, openDatabase } from './open.ts';
import { DatabaseUnusable } from './unusable.ts';

const OURS = fileURLToPath(new URL('migrations', import.meta.url));

/** Any number, the same for all who migrate. drizzle takes no lock of its own, and of two that race one fails. */
const LOCK = 5_201_926;

/**
 * Applies what is missing, all of it or nothing. Those who come at the same time wait for the first.
 * @throws DatabaseUnusable if the database has seen a migration that this version does not know.
 */
export async function migrate(url: string, migrationsFolder = OURS): Promise<void> {
  // One connection: the lock is the session's, and is gone with it.
  const { db, close } = openDatabase(url, {
    max: 1,
    applicationName: 'sidebook migrate',
    statementTimeout: 0,
  });
  try {
    await db.execute(sql`select pg_advisory_lock(${LOCK})`);
    await refuseNewer(db, migrationsFolder);
    await apply(db, { migrationsFolder });
  } finally {
    await close();
  }
}

async function refuseNewer(db: Database, migrationsFolder: string): Promise<void> {
  const [table] = await db.execute(sql`select to_regclass('drizzle.__drizzle_migrations') as name`);
  if (!table?.name) return;
  const known = readMigrationFiles({ migrationsFolder }).map(({ folderMillis }) => folderMillis);
  const applied = await db.execute<{ at: number }>(
    sql`select created_at as at from drizzle.__drizzle_migrations`,
  );
  if (applied.some(({ at }) => !known.includes(at)))
    throw new DatabaseUnusable(
      'The database was migrated by a newer version of Sidebook than this one: start that version, or restore a backup from before the update.',
    );
}
