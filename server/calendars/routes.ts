// Following calendars, telling what their events mean, and linking resources to them.
import * as z from 'zod';
import { Id, listOf } from '../../shared/api.ts';
import {
  AccountCalendar,
  Calendar,
  CalendarChange,
  Link,
  LinkAll,
  NewCalendar,
  ReadEvent,
  ResourceLink,
} from '../../shared/calendar-api.ts';
import { commit, commitOnce } from '../commit.ts';
import type { Routes } from '../context.ts';
import { follow, listFollowed, listSeen, see } from './follow.ts';
import { unfollow } from './leave.ts';
import { linkAll, listLinks, setLinks } from './links.ts';
import { changeCalendar } from './settings.ts';
import { readUpcoming } from './upcoming.ts';

const tags = ['google'];
const params = z.object({ id: Id });
const Links = z.strictObject({ links: z.array(Link).max(100) });

export const calendarRoutes: Routes = async (app, { context }) => {
  app.get(
    '/accounts/:id/calendars',
    {
      config: { scope: 'setup' },
      schema: {
        tags,
        summary: 'The calendars an account can see, as Google has them now, with what will not work',
        params,
        response: { 200: listOf(AccountCalendar) },
      },
    },
    async (request) => ({ items: await listSeen(context, request.caller.businessId, request.params.id) }),
  );

  // One that was followed before comes back with its id, settings, rules and decisions.
  app.post(
    '/calendars',
    {
      config: { scope: 'setup', once: true },
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
      schema: { tags, summary: 'The calendars followed', response: { 200: listOf(Calendar) } },
    },
    async (request) => ({ items: await listFollowed(context.db, request.caller.businessId) }),
  );

  app.patch(
    '/calendars/:id',
    {
      config: { scope: 'setup' },
      schema: {
        tags,
        summary: 'Change what a calendar makes of its events',
        params,
        body: CalendarChange,
        response: { 200: Calendar },
      },
    },
    async (request) => {
      const which = { businessId: request.caller.businessId, id: request.params.id };
      return commit(context, (tx) => changeCalendar(tx, which, request.body));
    },
  );

  // Its links and all that was read of it go; settings, rules and decisions stay for a return, our events where they are.
  app.delete(
    '/calendars/:id',
    {
      config: { scope: 'setup' },
      schema: {
        tags,
        summary: 'Stop following a calendar',
        description:
          'Events in it that we set Free stay Free: undo that first, if they are to be Busy again.',
        params,
        response: { 204: z.null() },
      },
    },
    async (request, reply) => {
      const which = { businessId: request.caller.businessId, id: request.params.id, now: context.now() };
      await commit(context, (tx) => unfollow(tx, which));
      return reply.code(204).send(null);
    },
  );

  app.get(
    '/calendars/:id/next',
    {
      config: { scope: 'setup' },
      schema: {
        tags,
        summary: 'Its next five events, read from Google now',
        params,
        response: { 200: listOf(ReadEvent) },
      },
    },
    async (request) => {
      const which = { businessId: request.caller.businessId, id: request.params.id };
      return { items: await readUpcoming(context, which) };
    },
  );

  app.post(
    '/calendars/:id/link-all',
    {
      config: { scope: 'setup' },
      schema: {
        tags,
        summary: 'Link every resource to the calendar',
        params,
        body: LinkAll,
        response: { 200: listOf(ResourceLink) },
      },
    },
    async (request) => {
      const calendar = { businessId: request.caller.businessId, calendarId: request.params.id };
      return { items: await commit(context, (tx) => linkAll(tx, calendar, request.body)) };
    },
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
