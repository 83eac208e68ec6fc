// Connecting Google accounts, following their calendars, and linking resources to these.
import * as z from 'zod';
import {
  Account,
  AccountCalendar,
  Calendar,
  Id,
  Link,
  listOf,
  NewAccount,
  NewCalendar,
} from '../../shared/api.ts';
import { commit, commitOnce } from '../commit.ts';
import type { Routes } from '../context.ts';
import { connectAccount, identify, listAccounts } from './accounts.ts';
import { follow, listFollowed, listSeen, see } from './follow.ts';
import { listLinks, setLinks } from './links.ts';

const tags = ['google'];
const params = z.object({ id: Id });
const Links = z.strictObject({ links: z.array(Link).max(100) });

export const calendarRoutes: Routes = async (app, { context }) => {
  app.post(
    '/accounts',
    {
      config: { scope: 'setup' },
      schema: {
        tags,
        summary: 'Connect a Google account, or connect it anew',
        body: NewAccount,
        response: { 201: Account },
      },
    },
    async (request, reply) => {
      const known = await identify(context, request.body.refreshToken);
      const { businessId } = request.caller;
      const made = await commitOnce(context, request, (tx) =>
        connectAccount(tx, context, { businessId, ...known }),
      );
      return reply.code(201).send(made);
    },
  );

  app.get(
    '/accounts',
    {
      config: { scope: 'read' },
      schema: {
        tags,
        summary: 'The accounts connected',
        response: { 200: listOf(Account) },
      },
    },
    async (request) => ({ items: await listAccounts(context.db, request.caller.businessId) }),
  );

  app.get(
    '/accounts/:id/calendars',
    {
      config: { scope: 'setup' },
      schema: {
        tags,
        summary: 'The calendars an account can see, as Google has them now',
        params,
        response: { 200: listOf(AccountCalendar) },
      },
    },
    async (request) => ({ items: await listSeen(context, request.caller.businessId, request.params.id) }),
  );

  app.post(
    '/calendars',
    {
      config: { scope: 'setup' },
      schema: { tags, summary: 'Follow a calendar', body: NewCalendar, response: { 201: Calendar } },
    },
    async (request, reply) => {
      const { businessId } = request.caller;
      const { accountId } = request.body;
      const seen = await see(context, businessId, request.body);
      const made = await commitOnce(context, request, (tx) => follow(tx, { businessId, accountId, ...seen }));
      return reply.code(201).send(made);
    },
  );

  app.get(
    '/calendars',
    {
      config: { scope: 'read' },
      schema: {
        tags,
        summary: 'The calendars followed',
        response: { 200: listOf(Calendar) },
      },
    },
    async (request) => ({ items: await listFollowed(context.db, request.caller.businessId) }),
  );

  app.get(
    '/resources/:id/links',
    {
      config: { scope: 'read' },
      schema: { tags, summary: 'The calendars a resource is linked to', params, response: { 200: Links } },
    },
    async (request) => ({ links: await listLinks(context.db, request.caller.businessId, request.params.id) }),
  );

  app.put(
    '/resources/:id/links',
    {
      config: { scope: 'setup' },
      schema: {
        tags,
        summary: 'Link a resource to these calendars and no others',
        params,
        body: Links,
        response: { 200: Links },
      },
    },
    async (request) => {
      const resource = { businessId: request.caller.businessId, resourceId: request.params.id };
      return { links: await commit(context, (tx) => setLinks(tx, resource, request.body.links)) };
    },
  );
};
