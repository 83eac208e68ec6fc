// The way to the database: a pool of connections and drizzle over it, with what every session of ours has in common.
import { drizzle, type PostgresJsDatabase } from 'drizzle-orm/postgres-js';
import postgres from 'postgres';

export type Database = PostgresJsDatabase<Record<string, never>>;
export type Transaction = Parameters<Parameters<Database['transaction']>[0]>[0];
/** For reads, which do not care whether they are part of something. */
export type Connection = Database | Transaction;

export interface OpenDatabase {
  db: Database;
  /**
   * The pool below `db`, for LISTEN and NOTIFY. drizzle has replaced its parsers of dates and serialisers of JSON:
   * statements that use those go through `db`.
   */
  client: postgres.Sql;
  /** Waits for what is in hand, five seconds at most. */
  close(): Promise<void>;
}

export interface OpenOptions {
  /** Connections at most. */
  max?: number;
  /** As pg_stat_activity shows it. */
  applicationName?: string;
  /** Milliseconds after which PostgreSQL gives up a statement (57014); 0: never. */
  statementTimeout?: number;
}

/** Milliseconds. No transaction of ours waits for anything but the database, so an idle one has lost its process. */
const IDLE_IN_TRANSACTION = 60_000;

/** Connects with the first statement, not before: whether the database is there shows then. */
export function openDatabase(
  url: string,
  { max = 10, applicationName = 'sidebook', statementTimeout = 30_000 }: OpenOptions = {},
): OpenDatabase {
  const client = postgres(url, {
    max,
    onnotice: () => undefined,
    types: { int8: exactInteger },
    connection: {
      application_name: applicationName,
      TimeZone: 'UTC',
      statement_timeout: statementTimeout,
      idle_in_transaction_session_timeout: IDLE_IN_TRANSACTION,
    },
  });
  prepareOften(client);
  insist(client);
  return { db: drizzle({ client }), client, close: () => client.end({ timeout: 5 }) };
}

/** int8: a number where a number can hold it, which it does for all we count; beyond that a bigint, never a wrong one. */
const exactInteger = {
  to: 20,
  from: [20],
  serialize: (value: number | bigint) => value.toString(),
  parse: (text: string) => (Number.isSafeInteger(Number(text)) ? Number(text) : BigInt(text)),
};

// A statement with hundreds of parameters is a bulk one, whose text differs with every number of rows.
const MOST_PARAMETERS = 100;
const MOST_STATEMENTS = 1_000;

type Client = postgres.Sql | postgres.TransactionSql;
type Within = (client: postgres.TransactionSql) => unknown;

/**
 * drizzle has every statement parsed and planned anew, which also costs a round trip of its own. This has PostgreSQL
 * keep those that have parameters: they are what is called again and again. Each connection keeps its own, so how many
 * different ones is bounded; the rest run as drizzle would have them.
 */
function prepareOften(client: Client, known = new Set<string>()) {
  const { unsafe } = client;
  const prepares = (text: string, parameters: number) => {
    if (parameters === 0 || parameters > MOST_PARAMETERS) return false;
    if (known.size < MOST_STATEMENTS) known.add(text);
    return known.has(text);
  };
  client.unsafe = (text, parameters = [], options = {}) =>
    unsafe(text, parameters, prepares(text, parameters.length) ? { ...options, prepare: true } : options);

  // A transaction, and each savepoint in it, hands out a client of its own.
  const wrap = (open: (...all: never[]) => unknown) =>
    ((...all: unknown[]) => {
      const within = all.pop() as Within;
      const prepared: Within = (inner) => {
        prepareOften(inner, known);
        return within(inner);
      };
      return open(...([...all, prepared] as never[]));
    }) as never;
  if ('begin' in client) client.begin = wrap(client.begin);
  else client.savepoint = wrap(client.savepoint);
}

const MOST_TRIES = 6;

/**
 * A statement outside of any transaction is one by itself: ended by PostgreSQL to resolve a deadlock (40P01) it has done
 * nothing, and is asked again. It need have had no part in it: whoever waits behind two that wait for each other may be
 * chosen. Transactions are done again by whoever opened them (server/commit.ts).
 */
function insist(client: postgres.Sql) {
  const { unsafe } = client;
  client.unsafe = ((...all: Parameters<typeof unsafe>) => {
    const rows = () => again(() => unsafe(...all));
    return {
      // biome-ignore lint/suspicious/noThenProperty: drizzle awaits what it is given
      then: (...on: Parameters<Promise<unknown>['then']>) => rows().then(...on),
      values: () => again(() => unsafe(...all).values()),
      // What begins a transaction.
      execute: () => unsafe(...all).execute(),
    };
  }) as never;
}

async function again<T>(ask: () => PromiseLike<T>): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await ask();
    } catch (error) {
      if ((error as { code?: string }).code !== '40P01' || tries >= MOST_TRIES) throw error;
    }
  }
}
