// Whether this set-up can work: what `sidebook check` looks at, one finding after the other.
import { fileURLToPath } from 'node:url';
import { sql } from 'drizzle-orm';
import { readMigrationFiles } from 'drizzle-orm/migrator';
import { movedByZones } from './bookings/zones.ts';
import type { Config } from './config.ts';
import { type Database, openDatabase } from './database/open.ts';
import { createGoogle, type Google } from './google/client.ts';
import { GoogleError } from './google/errors.ts';

export interface Finding {
  about: 'database' | 'migrations' | 'zones' | 'google';
  ok: boolean;
  words: string;
}

/** `url` is the database's. Changes nothing, there or at Google. */
export async function* check(config: Config, url: string): AsyncGenerator<Finding> {
  const { db, close } = openDatabase(url, { max: 1, applicationName: 'sidebook check' });
  try {
    const database = await checkDatabase(db);
    yield database;
    if (database.ok) {
      const migrations = await checkMigrations(db);
      yield migrations;
      if (migrations.ok) yield await checkZones(db);
    }
  } finally {
    await close();
  }
  yield await checkGoogle(config.google);
}

async function checkDatabase(db: Database): Promise<Finding> {
  try {
    const [row] = await db.execute<{ version: string }>(
      sql`select current_setting('server_version') as version`,
    );
    return { about: 'database', ok: true, words: `PostgreSQL ${row!.version} answers.` };
  } catch (error) {
    // The driver's own words say which address did not answer; drizzle's around them only repeat the statement.
    const { cause } = error as Error;
    const why = cause instanceof Error && cause.message ? cause.message : String(error);
    return { about: 'database', ok: false, words: `The database does not answer: ${why}.` };
  }
}

async function checkMigrations(db: Database): Promise<Finding> {
  const migrationsFolder = fileURLToPath(new URL('database/migrations', import.meta.url));
  const known = readMigrationFiles({ migrationsFolder }).map(({ folderMillis }) => folderMillis);
  const [table] = await db.execute(sql`select to_regclass('drizzle.__drizzle_migrations') as name`);
  const rows = table?.name
    ? await db.execute<{ at: number }>(sql`select created_at as at from drizzle.__drizzle_migrations`)
    : [];
  const applied = new Set(rows.map(({ at }) => at));
  const missing = known.filter((at) => !applied.has(at)).length;
  const foreign = [...applied].filter((at) => !known.includes(at)).length;
  if (foreign > 0)
    return {
      about: 'migrations',
      ok: false,
      words: 'A newer version of Sidebook has used this database: start that version.',
    };
  return missing > 0
    ? { about: 'migrations', ok: false, words: `${missing} are not applied: run "sidebook migrate".` }
    : { about: 'migrations', ok: true, words: 'All are applied.' };
}

const MOST_SHOWN = 20;

async function checkZones(db: Database): Promise<Finding> {
  const moved: string[] = [];
  let more = 0;
  for await (const { id, zone, was, is } of movedByZones(db, Date.now())) {
    if (moved.length < MOST_SHOWN) moved.push(`${id} (${zone}: was ${was}, is ${is})`);
    else more++;
  }
  const words =
    moved.length === 0
      ? 'No booking to come has another local time than it was made for.'
      : `A newer zone table moved ${moved.length + more} bookings to come; reschedule those that shall keep their local time: ${moved.join(', ')}${more > 0 ? ` and ${more} more` : ''}.`;
  return { about: 'zones', ok: moved.length === 0, words };
}

async function checkGoogle({ clientId, clientSecret, url }: Config['google']): Promise<Finding> {
  if (!clientId || !clientSecret)
    return { about: 'google', ok: true, words: 'Not set up: nothing goes to Google.' };
  return askGoogle(createGoogle({ clientId, clientSecret, url }));
}

// Google tells a client it knows, with a token nobody has, that the grant is dead; one it does not know, that it is not.
async function askGoogle(google: Google): Promise<Finding> {
  try {
    await google.identify('sidebook-check');
  } catch (error) {
    if (!(error instanceof GoogleError)) throw error;
    if (error.kind === 'pause')
      return {
        about: 'google',
        ok: false,
        words: `Google does not take GOOGLE_CLIENT_ID and GOOGLE_CLIENT_SECRET (${error.code}).`,
      };
    if (error.kind !== 'reconnect')
      return { about: 'google', ok: false, words: `Google cannot be reached (${error.code}).` };
  }
  return { about: 'google', ok: true, words: 'Google answers and knows this client.' };
}
