// The API of one business on a database of its own: the real app, asked in memory, with a clock that tests set.
import Fastify, { type FastifyBaseLogger, type FastifyInstance, type InjectOptions } from 'fastify';
import { makeApp } from '../server/app.ts';
import { makeKey } from '../server/auth/keys.ts';
import { createSeal } from '../server/auth/seal.ts';
import { createBusiness } from '../server/businesses/businesses.ts';
import { readConfig } from '../server/config.ts';
import type { Context } from '../server/context.ts';
import type { Database } from '../server/database/open.ts';
import { createGoogle } from '../server/google/client.ts';
import { createBudget } from '../server/jobs/budget.ts';
import { createConfirm } from '../server/sync/confirm.ts';
import { Scope } from '../shared/api.ts';
import { freshDatabase } from './database.ts';
import { DEFAULT_CLIENT } from './google/oauth.ts';

/** Nothing listens there: a test that means Google brings its own. */
const NOWHERE = 'http://127.0.0.1:9';
const nobody = { clientId: 'id', clientSecret: 'secret' };

export interface Answer<Body> {
  status: number;
  /** As parsed; undefined where there is none. The type is the test's claim, checked by nobody but its expectations. */
  body: Body;
}

export interface Api {
  context: Context;
  app: FastifyInstance;
  /** Of the database, for processes of their own. */
  url: string;
  business: { id: string; slug: string };
  /** Of every scope. */
  key: string;
  /** What `context.now()` says, in milliseconds since 1970. */
  clock: { now: number };
  /** What was logged as an error: nothing, if all went well. */
  errors: unknown[];
  /** `path` from /api/v1 on; `headers` may bring another authorization. */
  call<Body = unknown>(
    method: string,
    path: string,
    body?: unknown,
    headers?: Record<string, string>,
  ): Promise<Answer<Body>>;
  /** Another API key of the business, as the value of an authorization header. */
  keyWith(...scopes: Scope[]): Promise<string>;
  /** Another business on the same database, with a key of every scope. */
  neighbour(): Promise<{ id: string; authorization: string }>;
  close(): Promise<void>;
}

interface Options {
  /** An instant; 2026-11-16T08:00Z, a Monday morning, if left out. */
  now?: string;
  /** The address of a local Google, for tests that mean it. */
  google?: string;
}

export async function startApi({ now = '2026-11-16T08:00:00Z', google: url }: Options = {}): Promise<Api> {
  const database = await freshDatabase();
  const clock = { now: Date.parse(now) };
  const errors: unknown[] = [];
  const { id: clientId, secret: clientSecret } = DEFAULT_CLIENT;
  const config = readConfig({
    DATABASE_URL: database.url,
    SECRET_KEYS: `test:${'A'.repeat(43)}=`,
    ...(url && { GOOGLE_URL: url, GOOGLE_CLIENT_ID: clientId, GOOGLE_CLIENT_SECRET: clientSecret }),
  });
  const world = {
    db: database.db,
    config,
    google: createGoogle(url ? { clientId, clientSecret, url } : { ...nobody, url: NOWHERE }),
    seal: createSeal(`test:${'A'.repeat(43)}=`),
    log: keepErrors(errors),
    now: () => clock.now,
    ring: () => undefined,
    budget: createBudget(database.db, config.google),
  };
  const context: Context = { ...world, confirm: createConfirm(world) };
  const app = await makeApp(context);
  await app.ready();
  const { business, key } = await found(database.db, 'Fjordklinikken');
  return {
    context,
    app,
    url: database.url,
    business,
    key,
    clock,
    errors,
    async call<Body>(method: string, path: string, body?: unknown, headers: Record<string, string> = {}) {
      const answer = await app.inject({
        method: method as InjectOptions['method'],
        url: `/api/v1${path}`,
        headers: { authorization: `Bearer ${key}`, ...headers },
        payload: body as InjectOptions['payload'],
      });
      return {
        status: answer.statusCode,
        body: (answer.body === '' ? undefined : answer.json()) as Body,
      };
    },
    async keyWith(...scopes) {
      const made = await database.db.transaction((tx) => makeKey(tx, business.id, { name: 'some', scopes }));
      return `Bearer ${made.key}`;
    },
    async neighbour() {
      const other = await found(database.db, 'Naboen');
      return { id: other.business.id, authorization: `Bearer ${other.key}` };
    },
    async close() {
      await app.close();
      await database.close();
    },
  };
}

const found = (db: Database, name: string) =>
  db.transaction(async (tx) => {
    const business = await createBusiness(tx, { name, zone: 'Europe/Oslo', owner: 'owner@example.com' });
    const { key } = await makeKey(tx, business.id, { name: 'all', scopes: [...Scope.options] });
    return { business, key };
  });

// Fastify's own silent log, but for errors: a test that meets a 500 wants to know why.
function keepErrors(errors: unknown[]): FastifyBaseLogger {
  const silent: FastifyBaseLogger = Object.create(Fastify().log);
  silent.error = (what: unknown) => errors.push(what);
  return silent;
}
