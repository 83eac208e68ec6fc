// A clinic's API over a local Google, with an address of its own to come back to: for tests of connecting.
import type { FastifyInstance } from 'fastify';
import { connectAccount } from '../../../server/accounts/connect.ts';
import { makeApp } from '../../../server/app.ts';
import { makeKey } from '../../../server/auth/keys.ts';
import type { Context } from '../../../server/context.ts';
import type { Scope } from '../../../shared/api.ts';
import type { Clinic } from '../sync/clinic.ts';
import { openWorld, type World } from '../sync/world.ts';

export interface Answer<Body> {
  status: number;
  body: Body;
}

/** One for a file. `clock.now` moves our clock, not Google's. */
export interface Office {
  world: World;
  context: Context;
  app: FastifyInstance;
  clock: { now: number };
  call<Body = unknown>(of: Clinic, method: string, path: string, body?: object): Promise<Answer<Body>>;
  /** The owner consents to these scopes of Google's calendar alone, kept as consents keep it. */
  connectFor(of: Clinic, ...scopes: string[]): Promise<void>;
  /** What the browser gets from one of our addresses. */
  visit(address: string): Promise<{ status: number; location: URL | null; body: string }>;
  close(): Promise<void>;
}

export const publicUrl = 'http://127.0.0.1:9999';

export async function openOffice(): Promise<Office> {
  const world = await openWorld();
  const clock = { now: Date.now() };
  const config = { ...world.context.config, publicUrl };
  const context: Context = { ...world.context, config, now: () => clock.now };
  const app = await makeApp(context);
  const keys = new Map<string, string>();
  const keyOf = async (businessId: string) => {
    const scopes: Scope[] = ['read', 'staff', 'setup'];
    const known = keys.get(businessId);
    if (known) return known;
    const { key } = await context.db.transaction((tx) => makeKey(tx, businessId, { name: 'test', scopes }));
    keys.set(businessId, key);
    return key;
  };
  return {
    world,
    context,
    app,
    clock,
    async call<Body>(of: Clinic, method: string, path: string, body?: object) {
      const answer = await app.inject({
        method: method as 'GET',
        url: `/api/v1${path}`,
        payload: body,
        headers: { authorization: `Bearer ${await keyOf(of.businessId)}` },
      });
      return { status: answer.statusCode, body: (answer.body ? answer.json() : undefined) as Body };
    },
    async connectFor({ control, db, businessId, owner: person }, ...names) {
      await control.revokeAccess({ person });
      const ours = ['calendarlist.readonly', ...names].map(
        (name) => `https://www.googleapis.com/auth/calendar.${name}`,
      );
      const scopes = ['openid', 'https://www.googleapis.com/auth/userinfo.email', ...ours];
      const { refresh_token: refreshToken } = await control.issueTokens({ person, scopes });
      const app = { app: 'deployment', clientId: context.config.google.clientId! } as const;
      const known = { businessId, email: person, scopes, refreshToken, lasts: null, ...app };
      await db.transaction((tx) => connectAccount(tx, context, known));
    },
    async visit(address) {
      const { pathname, search } = new URL(address);
      const answer = await app.inject({ method: 'GET', url: `${pathname}${search}` });
      const to = answer.headers.location;
      return { status: answer.statusCode, location: to ? new URL(String(to)) : null, body: answer.body };
    },
    async close() {
      await app.close();
      await world.close();
    },
  };
}
