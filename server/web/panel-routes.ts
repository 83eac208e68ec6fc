// The control panel over HTTP: pages to read, and forms that each end in a page.
import type { FastifyContextConfig, FastifyReply, FastifyRequest } from 'fastify';
import * as z from 'zod';
import { outcomeAddress } from '../../shared/account-api.ts';
import { Id } from '../../shared/api.ts';
import { openOutcome } from '../accounts/outcome.ts';
import { newSecret } from '../auth/keys.ts';
import { commit } from '../commit.ts';
import type { Routes } from '../context.ts';
import { notFound } from '../errors.ts';
import { at, bare, framed, type Page, type View } from './panel.ts';
import { bookingPage } from './panel-booking.ts';
import { calendarPage, Settings, Sync, saveSettings, syncCalendar, undoAll } from './panel-calendar.ts';
import {
  calendarsPage,
  choosePage,
  Follow,
  followCalendar,
  leaveCalendar,
  leavePage,
} from './panel-calendars.ts';
import {
  beginConsent,
  CameBack,
  Connect,
  connectPage,
  consentOutcome,
  consentProof,
  disconnectAccount,
  disconnectPage,
  Leave,
} from './panel-connect.ts';
import {
  comerCookie,
  consentCookie,
  knownCookie,
  panelCookie,
  readCookie,
  setCookie,
  setEntered,
} from './panel-cookies.ts';
import { dataPage } from './panel-data.ts';
import { frameOf, openDoor, redirect, sendPage } from './panel-door.ts';
import { askToChange, spentTicket } from './panel-failure.ts';
import { healthPage, homePage } from './panel-home.ts';
import { keysPage, MakeKey, makeKeyHere, revokeHere, revokePage } from './panel-keys.ts';
import { Links, linkEverybody, saveLinks } from './panel-links.ts';
import {
  Answer,
  answerRequest,
  changeRole,
  Invite,
  inviteMember,
  membersPage,
  NewRole,
  removeFromHere,
  removePage,
} from './panel-members.ts';
import { outcomePage } from './panel-outcome.ts';
import { savedSettings } from './panel-settings.ts';
import { startRoutes } from './panel-start-routes.ts';
import { style, styleAddress } from './panel-style.ts';
import { visitorOf } from './panel-visitor.ts';
import { changeOf, type Entered, endSession, enter, formToken } from './session.ts';

const params = z.object({ id: Id });
const nothing = z.strictObject({});

/** One page for each address, and for each form where it leads. */
export const panelRoutes: Routes = async (app, { context }) => {
  openDoor(app, context);
  await app.register(startRoutes, { context });
  const everybody: FastifyContextConfig = { panel: 'everybody' };
  const admins: FastifyContextConfig = { panel: 'admins' };
  const owners: FastifyContextConfig = { panel: 'owners' };
  const show = async (reply: FastifyReply, view: View, page: Page | Promise<Page>) => {
    const made = await page;
    return sendPage(reply, framed(view, made), made);
  };
  /** Said on the page that a form leads to. */
  const go = (request: FastifyRequest, reply: FastifyReply, to: string, words?: string) =>
    redirect(request, reply, { to, words, bad: false });

  const letIn = (request: FastifyRequest, reply: FastifyReply, entered: Entered) => {
    setEntered(request, reply, context, entered);
    return reply.redirect(`${frameOf(request, context).base}${entered.path}`, 303);
  };

  /** By a ticket. `sure`: they were told whose it is, and went on. */
  const comeIn = async (
    request: FastifyRequest,
    reply: FastifyReply,
    { ticket, sure }: { ticket: string; sure: boolean },
  ) => {
    const before = readCookie(request, panelCookie);
    const wanted = { ticket, before, known: readCookie(request, knownCookie), now: context.now() };
    const change = await changeOf(context.db, wanted);
    if (change && (change.here || !sure)) {
      const secret = change.here && before ? before : comerSecret(request, reply);
      const asked = { change, ticket, form: formToken(secret) };
      return askToChange(reply, frameOf(request, context), asked);
    }
    const entered = await commit(context, (tx) => enter(tx, wanted));
    reply.header('referrer-policy', 'no-referrer');
    if (entered) return letIn(request, reply, entered);
    const inside = before ? await visitorOf(context, before, (preset) => preset) : undefined;
    return spentTicket(reply, frameOf(request, context), inside !== undefined);
  };

  /** The same for two pages at once; longer than the ticket, so that one who comes late is told that. */
  const comerSecret = (request: FastifyRequest, reply: FastifyReply): string => {
    const value = readCookie(request, comerCookie) ?? newSecret();
    setCookie(reply, context, { name: comerCookie, value, seconds: 600, path: '/panel/enter' });
    return value;
  };

  // Coming and going -----------------------------------------------------------------------------------------------------

  app.get(styleAddress, { config: { panel: 'open' }, schema: { hide: true } }, (_, reply) =>
    reply
      .headers({ 'cache-control': 'public, max-age=31536000, immutable' })
      .type('text/css; charset=utf-8')
      .send(style),
  );

  app.get(
    '/panel/enter',
    {
      config: { panel: 'open' },
      // Whoever only looks whether the page is there must not use the ticket up.
      exposeHeadRoute: false,
      schema: { hide: true, querystring: z.object({ ticket: z.string().max(200).default('') }) },
    },
    (request, reply) => comeIn(request, reply, { ...request.query, sure: false }),
  );

  app.post(
    '/panel/enter',
    {
      config: { panel: 'open' },
      schema: { hide: true, body: z.strictObject({ ticket: z.string().max(200) }) },
    },
    (request, reply) => comeIn(request, reply, { ...request.body, sure: true }),
  );

  app.post(
    '/panel/change',
    {
      config: everybody,
      schema: { hide: true, body: z.strictObject({ ticket: z.string().max(200) }) },
    },
    async (request, reply) => {
      const { secret: before } = request.view;
      const wanted = { ticket: request.body.ticket, before, now: context.now() };
      const entered = await commit(context, (tx) => enter(tx, wanted));
      if (!entered) return spentTicket(reply, frameOf(request, context), true);
      return letIn(request, reply, entered);
    },
  );

  app.post(
    '/panel/leave',
    { config: everybody, schema: { hide: true, body: nothing } },
    async (request, reply) => {
      await commit(context, (tx) => endSession(tx, request.view.secret));
      setCookie(reply, context, { name: panelCookie, value: '', seconds: 0 });
      return reply.redirect(at(request.view, ''), 303);
    },
  );

  // To read --------------------------------------------------------------------------------------------------------------

  const pages: Record<string, (view: View) => Promise<Page>> = {
    '/panel': homePage,
    '/panel/health': healthPage,
    '/panel/calendars': calendarsPage,
    '/panel/connect': connectPage,
    '/panel/data': dataPage,
  };
  for (const [address, page] of Object.entries(pages))
    app.get(address, { config: everybody, schema: { hide: true } }, (request, reply) =>
      show(reply, request.view, page(request.view)),
    );
  app.get('/panel/members', { config: admins, schema: { hide: true } }, (request, reply) =>
    show(reply, request.view, membersPage(request.view)),
  );
  app.get('/panel/keys', { config: owners, schema: { hide: true } }, (request, reply) =>
    show(reply, request.view, keysPage(request.view)),
  );

  const pagesOfOne: [
    address: string,
    who: FastifyContextConfig,
    (view: View, id: string) => Promise<Page>,
  ][] = [
    ['/panel/calendars/:id', everybody, calendarPage],
    ['/panel/bookings/:id', everybody, bookingPage],
    ['/panel/calendars/:id/leave', admins, leavePage],
    ['/panel/accounts/:id/calendars', admins, choosePage],
    ['/panel/accounts/:id/disconnect', admins, disconnectPage],
    ['/panel/members/:id/remove', admins, removePage],
    ['/panel/keys/:id/revoke', owners, revokePage],
  ];
  for (const [address, who, page] of pagesOfOne)
    app.get(address, { config: who, schema: { hide: true, params } }, (request, reply) =>
      show(reply, request.view, page(request.view, request.params.id)),
    );
  app.get('/panel/*', { config: everybody, schema: { hide: true } }, async (request, reply) => {
    if (request.view.asked.path.endsWith('/panel/')) return reply.redirect(at(request.view, ''), 303);
    throw notFound('page');
  });

  // Google accounts ------------------------------------------------------------------------------------------------------

  // The browser goes on to Google, with what it has to bring back.
  app.post(
    '/panel/connect',
    { config: { ...everybody, formOn: () => '/connect' }, schema: { hide: true, body: Connect } },
    async (request, reply) => {
      const { view } = request;
      const url = await beginConsent(view, request.body);
      const path = '/api/v1/google/callback';
      setCookie(reply, context, { name: consentCookie, value: consentProof(view), seconds: 600, path });
      return reply.redirect(url, 303);
    },
  );

  // What came of it is said once, on a page whose address does not say it again.
  app.get(
    '/panel/connect/back',
    { config: everybody, schema: { hide: true, querystring: CameBack } },
    async (request, reply) => redirect(request, reply, await consentOutcome(request.view, request.query)),
  );

  // For whoever comes from Google and may never have been in here: what they are told is sealed.
  app.get(
    outcomeAddress,
    {
      config: { panel: 'open' },
      schema: { hide: true, querystring: z.object({ outcome: z.string().max(4000).default('') }) },
    },
    (request, reply) => {
      const outcome = openOutcome(context.seal, request.query.outcome);
      const frame = frameOf(request, context, outcome.locale);
      return sendPage(reply, bare(frame, outcomePage(frame, outcome)));
    },
  );

  app.post(
    '/panel/accounts/:id/disconnect',
    { config: { ...admins, formOn: () => '/connect' }, schema: { hide: true, params, body: Leave } },
    async (request, reply) =>
      go(request, reply, '/connect', await disconnectAccount(request.view, request.params.id, request.body)),
  );

  app.post(
    '/panel/accounts/:id/calendars',
    {
      config: { ...admins, formOn: ({ id }) => `/accounts/${id}/calendars` },
      schema: { hide: true, params, body: Follow },
    },
    async (request, reply) =>
      redirect(request, reply, await followCalendar(request.view, request.params.id, request.body)),
  );

  // One calendar ---------------------------------------------------------------------------------------------------------

  const onCalendar = { ...admins, formOn: ({ id }: { id: string }) => `/calendars/${id}` };

  app.post(
    '/panel/calendars/:id/links',
    { config: onCalendar, schema: { hide: true, params, body: Links } },
    async (request, reply) => {
      const { id } = request.params;
      return go(request, reply, `/calendars/${id}`, await saveLinks(request.view, id, request.body));
    },
  );

  app.post(
    '/panel/calendars/:id/link-all',
    { config: onCalendar, schema: { hide: true, params, body: nothing } },
    async (request, reply) => {
      const { id } = request.params;
      return go(request, reply, `/calendars/${id}`, await linkEverybody(request.view, id));
    },
  );

  app.post(
    '/panel/calendars/:id/settings',
    {
      config: { ...admins, formOn: ({ id }) => `/calendars/${id}#settings` },
      schema: { hide: true, params, body: Settings },
    },
    async (request, reply) => {
      const { id } = request.params;
      await saveSettings(request.view, id, request.body);
      return go(request, reply, `/calendars/${id}`, savedSettings(request.view));
    },
  );

  app.post(
    '/panel/calendars/:id/sync',
    {
      config: { ...everybody, formOn: ({ id }) => `/calendars/${id}` },
      schema: { hide: true, params, body: Sync },
    },
    async (request, reply) => {
      const { id } = request.params;
      const words = await syncCalendar(request.view, id);
      return go(request, reply, request.body.on ? '/health' : `/calendars/${id}`, words);
    },
  );

  app.post(
    '/panel/calendars/:id/leave',
    { config: onCalendar, schema: { hide: true, params, body: nothing } },
    async (request, reply) =>
      go(request, reply, '/calendars', await leaveCalendar(request.view, request.params.id)),
  );

  app.post(
    '/panel/runs/:id/undo',
    { config: { ...admins, formOn: () => '/calendars' }, schema: { hide: true, params, body: nothing } },
    async (request, reply) => {
      const { calendarId, words } = await undoAll(request.view, request.params.id);
      return go(request, reply, `/calendars/${calendarId}`, words);
    },
  );

  // Members --------------------------------------------------------------------------------------------------------------

  const onMembers = { ...admins, formOn: () => '/members' };

  app.post(
    '/panel/members',
    { config: { ...admins, formOn: () => '/members#invite' }, schema: { hide: true, body: Invite } },
    async (request, reply) => go(request, reply, '/members', await inviteMember(request.view, request.body)),
  );

  app.post(
    '/panel/members/:id',
    { config: onMembers, schema: { hide: true, params, body: NewRole } },
    async (request, reply) =>
      go(request, reply, '/members', await changeRole(request.view, request.params.id, request.body)),
  );

  app.post(
    '/panel/members/:id/remove',
    { config: onMembers, schema: { hide: true, params, body: nothing } },
    async (request, reply) =>
      go(request, reply, '/members', await removeFromHere(request.view, request.params.id)),
  );

  app.post(
    '/panel/requests/:id',
    { config: onMembers, schema: { hide: true, params, body: Answer } },
    async (request, reply) => {
      const said = await answerRequest(request, request.params.id, request.body);
      return redirect(request, reply, { to: '/members', ...said });
    },
  );

  // API keys -------------------------------------------------------------------------------------------------------------

  app.post(
    '/panel/keys',
    { config: { ...owners, formOn: () => '/keys#make' }, schema: { hide: true, body: MakeKey } },
    async (request, reply) =>
      redirect(request, reply, { to: '/keys', ...(await makeKeyHere(request.view, request.body)) }),
  );

  app.post(
    '/panel/keys/:id/revoke',
    { config: { ...owners, formOn: () => '/keys' }, schema: { hide: true, params, body: nothing } },
    async (request, reply) => go(request, reply, '/keys', await revokeHere(request.view, request.params.id)),
  );
};
