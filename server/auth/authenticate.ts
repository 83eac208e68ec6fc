// The door of the API: each route says which scope it wants, each request shows a key that has it.
import type { FastifyInstance } from 'fastify';
import plugin from 'fastify-plugin';
import type { Scope } from '../../shared/api.ts';
import type { Context } from '../context.ts';
import { Refusal } from '../errors.ts';
import { type Caller, callerOf } from './keys.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** The scope a key needs for this route; 'none' for a route that anybody may ask. Every API route names one. */
    scope?: Scope | 'none';
    /** An Idempotency-Key makes it safe to repeat: commitOnce asks for it, the description tells it. */
    once?: boolean;
  }
  interface FastifyRequest {
    caller: Caller;
  }
}

/** Any of these will do: whoever may read everything may also read what a booking page shows. */
export const scopesFor = (scope: Scope, method: string): Scope[] =>
  scope === 'book' && method === 'GET' ? ['book', 'read'] : [scope];

async function authenticate(app: FastifyInstance, { context }: { context: Context }) {
  app.decorateRequest('caller', null as unknown as Caller);
  app.addHook('onRoute', (route) => {
    if (!route.config?.scope && route.method !== 'HEAD')
      throw new Error(`${String(route.method)} ${route.url} names no scope`);
  });
  app.addHook('onRequest', async (request) => {
    const scope = request.routeOptions.config.scope;
    if (!scope || scope === 'none') return;
    const [, key] = /^Bearer (\S+)$/i.exec(request.headers.authorization ?? '') ?? [];
    if (!key) throw new Refusal('unauthorized', 'Send your API key as "Authorization: Bearer sb_…".');
    const caller = await callerOf(context.db, key);
    if (!caller) throw new Refusal('unauthorized', 'This API key is not known, or was revoked.');
    if (!scopesFor(scope, request.method).some((one) => caller.scopes.has(one)))
      throw new Refusal('forbidden', `This API key lacks the scope "${scope}".`, { scope });
    request.caller = caller;
  });
}

export default plugin(authenticate);
