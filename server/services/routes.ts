// Services over HTTP.
import * as z from 'zod';
import { Archivable, Id, NewService, pageOf, Service, ServiceChange } from '../../shared/api.ts';
import { commit, commitOnce } from '../commit.ts';
import type { Routes } from '../context.ts';
import { changeService, createService, listServices, readService } from './services.ts';

const tags = ['services'];
const params = z.object({ id: Id });
const one = { 200: Service };

export const serviceRoutes: Routes = async (app, { context }) => {
  app.get(
    '/services',
    {
      config: { scope: 'book' },
      schema: {
        tags,
        summary: 'What can be booked, and on which terms',
        querystring: Archivable,
        response: { 200: pageOf(Service) },
      },
    },
    (request) => listServices(context.db, request.caller.businessId, request.query),
  );

  app.post(
    '/services',
    {
      config: { scope: 'setup', once: true },
      schema: {
        tags,
        summary: 'Add a service',
        body: NewService,
        response: { 201: Service },
      },
    },
    async (request, reply) => {
      const { businessId } = request.caller;
      const made = await commitOnce(context, request, (tx) => createService(tx, businessId, request.body));
      return reply.code(201).send(made);
    },
  );

  app.get(
    '/services/:id',
    { config: { scope: 'book' }, schema: { tags, summary: 'One service', params, response: one } },
    (request) => readService(context.db, request.caller.businessId, request.params.id),
  );

  app.patch(
    '/services/:id',
    {
      config: { scope: 'setup' },
      schema: {
        tags,
        summary: 'Change what is named, or bring it back from the archive; groups are replaced as a whole',
        params,
        body: ServiceChange,
        response: one,
      },
    },
    (request) =>
      commit(context, (tx) =>
        changeService(tx, request.caller.businessId, {
          ...request.params,
          change: request.body,
          now: context.now(),
        }),
      ),
  );

  app.delete(
    '/services/:id',
    {
      config: { scope: 'setup' },
      schema: {
        tags,
        summary: 'Archive it: its bookings stay, no new ones are taken',
        params,
        response: one,
      },
    },
    (request) =>
      commit(context, (tx) =>
        changeService(tx, request.caller.businessId, {
          ...request.params,
          change: { archived: true },
          now: context.now(),
        }),
      ),
  );
};
