// The HTTP server: what is at which address, how failures are answered, and what the API says of itself.
import swagger from '@fastify/swagger';
import swaggerUi from '@fastify/swagger-ui';
import { sql } from 'drizzle-orm';
import Fastify, { type FastifyInstance, type FastifyReply, LogController } from 'fastify';
import { jsonSchemaTransformObject, serializerCompiler, validatorCompiler } from 'fastify-type-provider-zod';
import { Problem } from '../shared/problems.ts';
import { accountRoutes } from './accounts/routes.ts';
import authenticate from './auth/authenticate.ts';
import { keyRoutes } from './auth/routes.ts';
import { availabilityRoutes } from './availability/routes.ts';
import { blockRoutes } from './blocks/routes.ts';
import { bookingRoutes } from './bookings/routes.ts';
import { businessRoutes } from './businesses/routes.ts';
import { calendarRoutes } from './calendars/routes.ts';
import { channelRoutes } from './channels/routes.ts';
import type { Context, Routes } from './context.ts';
import { customerRoutes } from './customers/routes.ts';
import { answerTo, Refusal } from './errors.ts';
import { healthRoutes } from './health/routes.ts';
import { describeRoute } from './openapi.ts';
import { resourceRoutes } from './resources/routes.ts';
import { serviceRoutes } from './services/routes.ts';
import { sidebarRoutes } from './sidebar/routes.ts';
import { syncRoutes } from './sync/routes.ts';
import { panelRoutes } from './web/panel-routes.ts';
import { webRoutes } from './web/routes.ts';

const doors: Routes[] = [
  businessRoutes,
  keyRoutes,
  resourceRoutes,
  serviceRoutes,
  customerRoutes,
  availabilityRoutes,
  bookingRoutes,
  accountRoutes,
  calendarRoutes,
  blockRoutes,
  channelRoutes,
  syncRoutes,
  healthRoutes,
  sidebarRoutes,
];

/** How long requests in hand may take when the server stops, in ms: the side panel's longest. */
const lastWords = 5000;

/** `ready` answers for what the process needs besides the database, the embedded PostgreSQL's own state for one. */
export async function makeApp(context: Context, ready: () => boolean = () => true): Promise<FastifyInstance> {
  const app = Fastify({
    loggerInstance: context.log,
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: 1_048_576,
    frameworkErrors: (error, _, reply: FastifyReply) => {
      const { status, body } = answerTo(error);
      void reply.code(status).send(body);
    },
  });
  // Whoever is being answered is let finish. A connection on which nothing was ever asked does not count as idle, and
  // would be waited for until its headers are overdue.
  app.addHook('preClose', async () => {
    setTimeout(() => app.server.closeAllConnections(), lastWords).unref();
  });
  app.setValidatorCompiler(validatorCompiler);
  app.setSerializerCompiler(serializerCompiler);
  app.setErrorHandler((error, request, reply) => {
    const { status, body } = answerTo(error);
    // The path pattern only: an address may hold a secret, and a name or mail address in a query.
    if (status >= 500) context.log.error({ err: error, route: request.routeOptions.url }, 'request failed');
    return reply.code(status).send(body);
  });
  app.setNotFoundHandler((_, reply) =>
    reply
      .code(404)
      .send({ code: 'not_found', message: 'There is nothing at this address: /docs lists what there is.' }),
  );

  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Sidebook',
        version: '1',
        description: 'Bookings for people who live in Google Calendar.',
      },
      components: { securitySchemes: { key: { type: 'http', scheme: 'bearer' } } },
      security: [{ key: [] }],
    },
    transform: describeRoute,
    transformObject: jsonSchemaTransformObject,
  });
  await app.register(swaggerUi, {
    routePrefix: '/docs',
    staticCSP: true,
    uiConfig: { persistAuthorization: true, docExpansion: 'list' },
    theme: {
      title: 'Sidebook API',
      css: [{ filename: 'theme.css', content: '.swagger-ui .topbar { display: none }' }],
    },
  });

  app.get('/openapi.json', { schema: { hide: true } }, () => app.swagger());
  app.get('/healthz', { schema: { hide: true } }, () => ({ ok: true }));
  app.get('/readyz', { schema: { hide: true } }, async (_, reply) => {
    const up = ready() && (await answers(context));
    return reply.code(up ? 200 : 503).send({ ready: up });
  });

  await app.register(webRoutes, { context });
  await app.register(panelRoutes, { context });
  await app.register(api, { prefix: '/api/v1', context });
  return app;
}

// Half a surrogate pair: PostgreSQL keeps no such text, and some of its types would keep another instead. A list of what
// is still to be looked at, not calls within calls: what is sent may be nested as deep as it is long.
function illFormed(sent: unknown): boolean {
  const left = [sent];
  while (left.length > 0) {
    const value = left.pop();
    if (typeof value === 'string' && /\p{Cs}/u.test(value)) return true;
    if (typeof value !== 'object' || value === null) continue;
    for (const [key, inner] of Object.entries(value)) left.push(key, inner);
  }
  return false;
}

const api: Routes = async (app, { context }) => {
  app.addHook('preValidation', async ({ body, query }) => {
    if (illFormed(body) || illFormed(query))
      throw new Refusal(
        'invalid',
        'A text holds half of a character (a lone surrogate): send valid Unicode.',
      );
  });
  app.addHook('onRoute', (route) => {
    route.schema = { ...route.schema, response: { ...(route.schema?.response as object), default: Problem } };
  });
  await app.register(authenticate, { context });
  for (const door of doors) await app.register(door, { context });
};

const answers = (context: Context) =>
  context.db.execute(sql`select 1`).then(
    () => true,
    (error) => {
      context.log.warn({ err: error }, 'the database does not answer');
      return false;
    },
  );
