// API keys over HTTP.
import * as z from 'zod';
import { ApiKey, Id, listOf, NewApiKey, ShownApiKey } from '../../shared/api.ts';
import { commit, commitOnce } from '../commit.ts';
import type { Routes } from '../context.ts';
import { listKeys, makeKey, mustHave, revokeKey } from './keys.ts';

const tags = ['keys'];

export const keyRoutes: Routes = async (app, { context }) => {
  app.get(
    '/keys',
    {
      config: { scope: 'setup' },
      schema: { tags, summary: 'The API keys in force', response: { 200: listOf(ApiKey) } },
    },
    async (request) => ({ items: await listKeys(context.db, request.caller.businessId) }),
  );

  app.post(
    '/keys',
    {
      config: { scope: 'setup', once: true },
      schema: {
        tags,
        summary: 'Make an API key: it is shown in this answer and never again',
        description: 'With scopes of the key that asks, and no others.',
        body: NewApiKey,
        response: { 201: ShownApiKey },
      },
    },
    async (request, reply) => {
      const { businessId } = request.caller;
      mustHave(request.caller, request.body.scopes);
      const made = await commitOnce(context, request, (tx) => makeKey(tx, businessId, request.body));
      return reply.code(201).send(made);
    },
  );

  app.delete(
    '/keys/:id',
    {
      config: { scope: 'setup' },
      schema: {
        tags,
        summary: 'Revoke an API key: it stops at once',
        params: z.object({ id: Id }),
        response: { 204: z.undefined() },
      },
    },
    async (request, reply) => {
      await commit(context, (tx) =>
        revokeKey(tx, request.caller.businessId, request.params.id, context.now()),
      );
      return reply.code(204).send();
    },
  );
};
