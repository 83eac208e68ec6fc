// What all sequences stand on: one database, one local Google, and real server processes that are killed and started again.
import { randomBytes } from 'node:crypto';
import { createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import postgres, { type Sql } from 'postgres';
import { type Database, openDatabase } from '../../server/database/open.ts';
import { DEFAULT_CLIENT } from '../google/oauth.ts';
import { type Google, startGoogle } from '../google/server.ts';
import { type Spawned, spawnServer } from '../process.ts';
import { insist, Rest } from './rest.ts';

export interface Answer {
  status: number;
  // biome-ignore lint/suspicious/noExplicitAny: what is expected of it is the caller's claim
  body: any;
  /** The server was killed before it answered, so it was said again: the first time may have counted. */
  unsure: boolean;
}

export interface GroundOptions {
  databaseUrl: string;
  /** Server processes, each with a worker. */
  processes: number;
}

const patience = 60_000;

export class Ground {
  readonly db: Database;
  readonly sql: Sql;
  readonly google: Google;
  readonly rest: Rest;
  /** When the servers were killed, ms. */
  readonly cuts: number[] = [];
  readonly #close: () => Promise<void>;
  readonly #roles: Record<string, string>[];
  #servers: (Spawned | undefined)[] = [];
  #cut: Promise<void> | null = null;
  #next = 0;
  /** Logs of those that are gone. */
  readonly #past: string[] = [];

  private constructor(
    opened: { db: Database; close: () => Promise<void>; sql: Sql; google: Google },
    roles: Record<string, string>[],
  ) {
    this.db = opened.db;
    this.sql = opened.sql;
    this.google = opened.google;
    this.#roles = roles;
    this.rest = new Rest(this.sql);
    this.#close = async () => {
      await opened.google.stop();
      await opened.sql.end();
      await opened.close();
    };
  }

  static async open({ databaseUrl, processes }: GroundOptions): Promise<Ground> {
    const { db, close } = openDatabase(databaseUrl, { max: 8 });
    const sql = postgres(databaseUrl, { max: 6, onnotice: () => undefined });
    const unlimited = 1_000_000_000;
    const google = await startGoogle({
      limits: { perProject: unlimited, perUser: unlimited },
      retryMilliseconds: 100,
    });
    const ports = await Promise.all(Array.from({ length: processes }, freePort));
    const common = {
      DATABASE_URL: databaseUrl,
      DATABASE_CONNECTIONS: '16',
      SECRET_KEYS: `k1:${randomBytes(32).toString('base64')}`,
      // The first one's: the same after each start, for channels outlive it.
      PUBLIC_URL: `http://127.0.0.1:${ports[0]}`,
      GOOGLE_URL: google.url,
      GOOGLE_CLIENT_ID: DEFAULT_CLIENT.id,
      GOOGLE_CLIENT_SECRET: DEFAULT_CLIENT.secret,
      GOOGLE_ACCOUNT_UNITS_PER_MINUTE: '1000000',
      GOOGLE_PROJECT_UNITS_PER_MINUTE: '1000000',
    };
    const roles = ports.map((port) => ({ ...common, PORT: String(port) }));
    const ground = new Ground({ db, close, sql, google }, roles);
    await ground.#start();
    return ground;
  }

  async #start(): Promise<void> {
    this.#servers = await Promise.all(this.#roles.map((role) => spawnServer(role)));
  }

  /** All processes at once, as a power cut ends them; then they are started again. Two that wish for one get the same. */
  powerCut(): Promise<void> {
    this.#cut ??= (async () => {
      const servers = this.#servers.filter((one) => one !== undefined);
      this.#servers = [];
      await Promise.all(servers.map((server) => server.end('SIGKILL')));
      for (const { log } of servers) this.#past.push(...log);
      this.cuts.push(Date.now());
      // What they asked of the database last may still be on its way.
      await sleep(150);
      // Nobody who holds a lease is alive: as if the half minute that it lasts had passed.
      for (const table of ['pushes', 'pulls', 'marks'])
        await insist(
          () => this.sql`update ${this.sql(table)} set leased_until = null where leased_until is not null`,
        );
      await this.sql`update pulls set watch_leased_until = null where watch_leased_until is not null`;
      await this.#start();
    })().finally(() => {
      this.#cut = null;
    });
    return this.#cut;
  }

  /** Of the API, `path` from /api/v1 on. Said again, under the same key, until somebody answers. */
  async ask(key: string, method: string, path: string, body?: unknown): Promise<Answer> {
    const headers = {
      authorization: `Bearer ${key}`,
      ...(body !== undefined && { 'content-type': 'application/json' }),
      ...(method === 'POST' && { 'idempotency-key': randomBytes(12).toString('hex') }),
    };
    const until = Date.now() + patience;
    for (let unsure = false; ; unsure = true) {
      await this.#cut;
      const kills = this.cuts.length;
      const server = this.#servers[this.#next++ % this.#roles.length];
      try {
        if (!server) throw new TypeError('down');
        const answer = await fetch(`${server.url}/api/v1${path}`, {
          method,
          headers,
          body: body === undefined ? undefined : JSON.stringify(body),
          signal: AbortSignal.timeout(30_000),
        });
        const text = await answer.text();
        const parsed = text === '' ? undefined : JSON.parse(text);
        if (answer.status < 500) return { status: answer.status, body: parsed, unsure };
        if (parsed?.code !== 'busy') throw new Error(`${method} ${path} answered ${answer.status}: ${text}`);
      } catch (error) {
        const cut = error instanceof TypeError && (this.#cut !== null || this.cuts.length > kills);
        if (!cut || Date.now() > until) throw error;
      }
      await sleep(30);
    }
  }

  /** What the servers logged as an error of ours; deadlocks, which PostgreSQL ends and a later try makes good, apart. */
  errors(): { errors: string[]; deadlocks: string[] } {
    const all = [...this.#past, ...this.#servers.flatMap((server) => server?.log ?? [])];
    const errors = all.filter((line) => /"level":[56]0/.test(line) || !line.startsWith('{'));
    const isDeadlock = (line: string) => line.includes('"code":"40P01"');
    return {
      errors: errors.filter((line) => !isDeadlock(line)),
      deadlocks: errors.filter(isDeadlock),
    };
  }

  async close(): Promise<void> {
    await this.#cut;
    this.rest.stop();
    await Promise.all(this.#servers.map((server) => server?.end('SIGKILL')));
    await this.#close();
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });
}
