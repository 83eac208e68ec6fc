// Connecting Google accounts and disconnecting them, the Google app this goes through, and how each connection stands.
import * as z from 'zod';
import {
  Account,
  Connection,
  Consent,
  Disconnect,
  DisconnectPlan,
  GoogleApp,
  GoogleAppTest,
  NewAccount,
  NewConsent,
  NewGoogleApp,
} from '../../shared/account-api.ts';
import { Id, listOf } from '../../shared/api.ts';
import { commit, commitOnce } from '../commit.ts';
import type { Routes } from '../context.ts';
import { consentCookie, readCookie } from '../web/panel-cookies.ts';
import { appOf, listAccounts } from './accounts.ts';
import { connectAccount, identify } from './connect.ts';
import { listConnections } from './connections.ts';
import { askConsent, finishConsent } from './consents.ts';
import { disconnect, planDisconnect } from './disconnect.ts';
import { readApp, removeApp, setApp, testApp, tryApp } from './own-app.ts';
import { replacing } from './replaced.ts';

const tags = ['google'];
const params = z.object({ id: Id });

export const accountRoutes: Routes = async (app, { context }) => {
  app.post(
    '/accounts',
    {
      config: { scope: 'setup', once: true },
      schema: {
        tags,
        summary: 'Connect a Google account by its refresh token, or connect it anew',
        body: NewAccount,
        response: { 201: Account },
      },
    },
    async (request, reply) => {
      const { businessId } = request.caller;
      const own = await appOf(context, businessId);
      const known = { businessId, ...(await identify(context, request.body.refreshToken, own)) };
      const made = await replacing(context, known, () =>
        commitOnce(context, request, (tx) => connectAccount(tx, context, known)),
      );
      return reply.code(201).send(made);
    },
  );

  app.get(
    '/accounts',
    {
      config: { scope: 'read' },
      schema: { tags, summary: 'The accounts connected', response: { 200: listOf(Account) } },
    },
    async (request) => ({ items: await listAccounts(context, request.caller.businessId) }),
  );

  app.get(
    '/accounts/:id/disconnect',
    {
      config: { scope: 'setup' },
      schema: {
        tags,
        summary: 'What disconnecting an account would do; nothing is done',
        params,
        querystring: Disconnect,
        response: { 200: DisconnectPlan },
      },
    },
    async (request) => {
      const { events } = request.query;
      const which = { businessId: request.caller.businessId, id: request.params.id, events };
      return planDisconnect(context.db, which);
    },
  );

  // Done here at once, even if Google does not answer: that is told afterwards, as soon as it does.
  app.post(
    '/accounts/:id/disconnect',
    {
      config: { scope: 'setup', once: true },
      schema: {
        tags,
        summary: 'Disconnect an account',
        params,
        body: Disconnect,
        response: { 202: DisconnectPlan },
      },
    },
    async (request, reply) => {
      const { events } = request.body;
      const which = { businessId: request.caller.businessId, id: request.params.id, events };
      const done = await commitOnce(context, request, (tx) =>
        disconnect(tx, { ...which, now: context.now() }),
      );
      return reply.code(202).send(done);
    },
  );

  app.post(
    '/google/consents',
    {
      config: { scope: 'setup', once: true },
      schema: {
        tags,
        summary: 'Where to send the browser of a person who is to connect their Google account',
        body: NewConsent,
        response: { 201: Consent },
      },
    },
    async (request, reply) => {
      const { businessId, actor } = request.caller;
      const wanted = { ...request.body, businessId, actor };
      const asked = await commitOnce(context, request, (tx) => askConsent(tx, context, wanted));
      return reply.code(201).send(asked);
    },
  );

  // Anybody may come here: what lets them in is the state, sealed and good once.
  app.get(
    '/google/callback',
    {
      // Whoever only looks whether the page is there must not use the state up.
      exposeHeadRoute: false,
      config: { scope: 'none' },
      schema: {
        tags,
        summary:
          'Where Google sends the browser back to: goes on to the page it came from, with what became of it',
        querystring: z.object({
          state: z.string().min(1).max(1000),
          code: z.string().max(2000).optional(),
          error: z.string().max(200).optional(),
        }),
        response: { 302: z.null() },
      },
    },
    async (request, reply) => {
      const browser = readCookie(request, consentCookie);
      const address = await finishConsent(context, { ...request.query, browser });
      // The code in this address is nobody else's business.
      return reply
        .headers({ 'cache-control': 'no-store', 'referrer-policy': 'no-referrer' })
        .redirect(address, 302);
    },
  );

  app.get(
    '/google/connections',
    {
      config: { scope: 'read' },
      schema: {
        tags,
        summary: 'Whether Google lets us act for each member, and what to do if not',
        response: { 200: listOf(Connection) },
      },
    },
    async (request) => ({ items: await listConnections(context, request.caller.businessId) }),
  );

  app.get(
    '/google/app',
    {
      config: { scope: 'setup' },
      schema: { tags, summary: "The business's own Google app", response: { 200: GoogleApp } },
    },
    async (request) => readApp(context, request.caller.businessId),
  );

  app.put(
    '/google/app',
    {
      config: { scope: 'setup' },
      schema: {
        tags,
        summary: 'Connect accounts through a Google app of your own from now on; it is tried first',
        body: NewGoogleApp,
        response: { 200: GoogleApp },
      },
    },
    async (request) => {
      const { businessId } = request.caller;
      const tried = await tryApp(context, businessId, request.body);
      return commit(context, (tx) => setApp(tx, context, { ...request.body, businessId, tried }));
    },
  );

  app.delete(
    '/google/app',
    {
      config: { scope: 'setup' },
      schema: { tags, summary: "Use this server's Google app again", response: { 204: z.null() } },
    },
    async (request, reply) => {
      await commit(context, (tx) => removeApp(tx, request.caller.businessId));
      return reply.code(204).send(null);
    },
  );

  app.post(
    '/google/app/test',
    {
      config: { scope: 'setup' },
      schema: {
        tags,
        summary: 'Ask Google whether it accepts the id and secret of your own Google app',
        response: { 200: GoogleAppTest },
      },
    },
    async (request) => testApp(context, request.caller.businessId),
  );
};
