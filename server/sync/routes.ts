// What became of a booking's events in Google: its pushes, their log, another try by hand; and what people did to them.
import * as z from 'zod';
import { Id, listOf } from '../../shared/api.ts';
import { Drift, DriftQuery, LogEntry, Push, SettleDrift, SettledDrift } from '../../shared/calendar-api.ts';
import { change } from '../bookings/desk.ts';
import { commit } from '../commit.ts';
import type { Routes } from '../context.ts';
import { notFound } from '../errors.ts';
import { retry } from '../jobs/owed.ts';
import { readLog } from '../log/steps.ts';
import { listPushes, pushesOf, unitIdOf } from './find.ts';
import { settleDrift } from './settle.ts';
import { listDrifts, readDrift } from './show-drift.ts';

const tags = ['google'];
const params = z.object({ id: Id });

export const syncRoutes: Routes = async (app, { context }) => {
  app.get(
    '/bookings/:id/pushes',
    {
      config: { scope: 'read' },
      schema: {
        tags,
        summary: 'Where in Google it shows, and whether that is up to date',
        params,
        response: { 200: listOf(Push) },
      },
    },
    async (request) => ({ items: await pushesOf(context.db, request.caller.businessId, request.params.id) }),
  );

  app.get(
    '/bookings/:id/log',
    {
      config: { scope: 'read' },
      schema: {
        tags,
        summary: 'Each step of each push, oldest first, without personal data',
        params,
        response: { 200: listOf(LogEntry) },
      },
    },
    async (request) => {
      const { businessId } = request.caller;
      const unitId = await unitIdOf(context.db, businessId, request.params.id);
      return { items: await readLog(context.db, businessId, unitId) };
    },
  );

  app.get(
    '/pushes',
    {
      config: { scope: 'read' },
      schema: {
        tags,
        summary: 'What is owed to Google, or was given up',
        querystring: z.strictObject({
          state: z.enum(['owed', 'died']).default('died'),
          limit: z.coerce.number().int().min(1).max(500).default(100),
        }),
        response: { 200: listOf(Push) },
      },
    },
    async (request) => ({ items: await listPushes(context.db, request.caller.businessId, request.query) }),
  );

  app.post(
    '/pushes/:id/retry',
    {
      config: { scope: 'staff' },
      schema: { tags, summary: 'Try a push again that was given up', params, response: { 204: z.null() } },
    },
    async (request, reply) => {
      const which = { businessId: request.caller.businessId, pushId: request.params.id };
      if ((await commit(context, (tx) => retry(tx, which))) === 0) throw notFound('push that was given up');
      return reply.code(204).send(null);
    },
  );

  app.get(
    '/drifts',
    {
      config: { scope: 'read' },
      schema: {
        tags,
        summary: "What people did to bookings' events in Google, the latest first",
        querystring: DriftQuery,
        response: { 200: listOf(Drift) },
      },
    },
    async (request) => ({ items: await listDrifts(context.db, request.caller.businessId, request.query) }),
  );

  app.post(
    '/drifts/:id/settle',
    {
      config: { scope: 'staff' },
      schema: {
        tags,
        summary: 'Put the event back, or let the booking follow it',
        params,
        body: SettleDrift,
        response: { 200: SettledDrift },
      },
    },
    (request) =>
      change(context, request.caller, async (tx, by) => {
        const warnings = await settleDrift(tx, by, { ...request.params, ...request.body });
        return { ...(await readDrift(tx, request.caller.businessId, request.params.id)), warnings };
      }),
  );
};
