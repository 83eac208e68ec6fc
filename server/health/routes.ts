// How well we keep in step with Google, for people and for those who help them: health, log, messages, debug bundle.
import * as z from 'zod';
import { Id, listOf } from '../../shared/api.ts';
import {
  DebugBundle,
  Health,
  HealthQuery,
  Healths,
  Log,
  LogQuery,
  Message,
  MessageQuery,
} from '../../shared/health-api.ts';
import { commit } from '../commit.ts';
import type { Routes } from '../context.ts';
import { makeBundle } from './bundle.ts';
import { listHealth, readHealth, syncNow } from './health.ts';
import { findLog } from './log.ts';
import { listTold } from './messages.ts';

const tags = ['health'];
const params = z.object({ id: Id });

export const healthRoutes: Routes = async (app, { context }) => {
  app.get(
    '/health',
    {
      config: { scope: 'read' },
      schema: {
        tags,
        summary: 'How each calendar keeps in step with Google, the worst first',
        querystring: HealthQuery,
        response: { 200: Healths },
      },
    },
    async (request) => listHealth(context, request.caller.businessId, request.query.limit),
  );

  app.get(
    '/calendars/:id/health',
    {
      config: { scope: 'read' },
      schema: {
        tags,
        summary: 'How a calendar keeps in step with Google, what that means and what to do',
        params,
        response: { 200: Health },
      },
    },
    async (request) => readHealth(context, { businessId: request.caller.businessId, id: request.params.id }),
  );

  app.post(
    '/calendars/:id/sync',
    {
      config: { scope: 'staff' },
      schema: { tags, summary: 'Read it as soon as may be', params, response: { 202: Health } },
    },
    async (request, reply) => {
      const calendar = { businessId: request.caller.businessId, id: request.params.id };
      await commit(context, (tx) => syncNow(tx, calendar));
      return reply.code(202).send(await readHealth(context, calendar));
    },
  );

  app.get(
    '/log',
    {
      config: { scope: 'read' },
      schema: {
        tags,
        summary: 'Each step with Google and its outcome, the newest first, without personal data',
        querystring: LogQuery,
        response: { 200: Log },
      },
    },
    async (request) => findLog(context.db, request.caller.businessId, request.query),
  );

  app.get(
    '/messages',
    {
      config: { scope: 'read' },
      schema: {
        tags,
        summary: 'What staff and customers are to be told, the newest first',
        querystring: MessageQuery,
        response: { 200: listOf(Message) },
      },
    },
    async (request) => ({
      items: await listTold(context.db, request.caller.businessId, request.query),
    }),
  );

  app.get(
    '/debug-bundle',
    {
      config: { scope: 'setup' },
      schema: {
        tags,
        summary: 'All there is to know of the syncing, safe to send to a stranger',
        response: { 200: DebugBundle },
      },
    },
    async (request) => makeBundle(context, request.caller.businessId),
  );
};
