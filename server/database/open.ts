// The connection pool: postgres.js under drizzle, every statement prepared, sessions in UTC.
import { drizzle, type PostgresJsDatabase } from 'drizzle-orm/postgres-js';
import postgres, { type Sql } from 'postgres';

export type Database = PostgresJsDatabase;
export type Transaction = Parameters<Parameters<Database['transaction']>[0]>[0];
/** For reads: on their own, or within a transaction. */
export type Connection = Database | Transaction;

export interface Opened {
  db: Database;
  /** For LISTEN and NOTIFY. Its parsers are drizzle's: send no dates or JSON through it. */
  client: Sql;
  close(): Promise<void>;
}

export function openDatabase(url: string, options: { max?: number; applicationName?: string } = {}): Opened {
  const client = postgres(url, {
    max: options.max ?? 10,
    onnotice: () => undefined,
    connection: { application_name: options.applicationName ?? 'sidebook', TimeZone: 'UTC', statement_timeout: 30_000 },
  });
  return { db: drizzle({ client: prepared(client) }), client, close: () => client.end({ timeout: 5 }) };
}

// drizzle sends every statement by `unsafe`, which does not prepare: each would be parsed and planned at every call.
function prepared(client: Sql): Sql {
  const { unsafe, begin } = client;
  const savepoint = (client as unknown as { savepoint?: (...args: unknown[]) => unknown }).savepoint;
  const withPrepared = (args: unknown[]) => args.map((arg) => (typeof arg === 'function' ? (c: Sql) => arg(prepared(c)) : arg));
  return Object.assign(client, {
    unsafe: (text: string, values?: never[], options?: object) =>
      unsafe(text, values, { prepare: (values?.length ?? 0) > 0, ...options }),
    ...(begin && { begin: (...args: unknown[]) => (begin as (...a: unknown[]) => unknown)(...withPrepared(args)) }),
    ...(savepoint && { savepoint: (...args: unknown[]) => savepoint(...withPrepared(args)) }),
  });
}
