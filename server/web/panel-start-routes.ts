// Signing in on the web, over HTTP: to Google and back, and on into a business.
import type { FastifyReply, FastifyRequest } from 'fastify';
import * as z from 'zod';
import { Id } from '../../shared/api.ts';
import { createIdentify, type Person } from '../auth/identity.ts';
import { commit } from '../commit.ts';
import { canSignIn } from '../config.ts';
import type { Context, Routes } from '../context.ts';
import { notFound } from '../errors.ts';
import { createForOwner } from '../sidebar/create.ts';
import { join } from '../sidebar/join.ts';
import { bind, isNews, type Membership, membershipsOf } from '../sidebar/staffer.ts';
import { at, bare, type Said } from './panel.ts';
import {
  panelCookie,
  personCookie,
  readCookie,
  saidCookie,
  setCookie,
  setEntered,
  signInCookie,
} from './panel-cookies.ts';
import { frameOf, sendPage } from './panel-door.ts';
import { refuse } from './panel-failure.ts';
import { mustBeOfDomain, readBegin, startPage, whoPage } from './panel-start.ts';
import { beginSession } from './session.ts';
import { beginSignIn, finishSignIn, keepPerson, lifetime } from './sign-in.ts';

/** A path of the panel that a sign-in may end at. */
const To = z
  .string()
  .regex(/^(\/[\w-]+)*$/)
  .max(200)
  .catch('');
/** `choose`: they want to say which business, though there be only one. */
const Wish = z.object({ to: To.default(''), choose: z.literal('yes').optional() });
const One = z.strictObject({ businessId: Id });
const Typed = z.record(z.string(), z.string().max(1000));
const start = '/panel/start';

const closed = {
  en: 'Signing in on the web is not set up on this server.',
  nb: 'Innlogging på nettet er ikke satt opp på denne serveren.',
};

/** Within the panel's door (panel-door.ts). */
export const startRoutes: Routes = async (app, { context }) => {
  const { config } = context;
  const identify = createIdentify(config, [config.google.clientId ?? '']);
  const open = { config: { panel: 'open' as const } };
  const guests = { config: { panel: 'guests' as const } };

  app.get(
    start,
    { ...open, schema: { hide: true, querystring: z.object({ to: To.default('') }) } },
    (request, reply) => {
      const frame = frameOf(request, context);
      const page = startPage(frame, { open: canSignIn(config), to: request.query.to });
      return sendPage(reply, bare(frame, page));
    },
  );

  app.get(
    `${start}/google`,
    { ...open, exposeHeadRoute: false, schema: { hide: true, querystring: Wish } },
    (request, reply) => {
      if (!canSignIn(config)) throw refuse('conflict', closed);
      const { url, kept } = beginSignIn(context, request.query);
      setCookie(reply, context, { name: signInCookie, value: kept, seconds: lifetime / 1000, path: start });
      return reply.redirect(url, 303);
    },
  );

  app.get(
    `${start}/back`,
    {
      ...open,
      // Whoever only looks whether the page is there must not use the code up.
      exposeHeadRoute: false,
      schema: {
        hide: true,
        querystring: z.object({
          state: z.string().max(1000).default(''),
          code: z.string().max(2000).optional(),
          error: z.string().max(200).optional(),
        }),
      },
    },
    async (request, reply) => {
      const kept = readCookie(request, signInCookie);
      setCookie(reply, context, { name: signInCookie, value: '', seconds: 0, path: start });
      // The code in this address is nobody else's business.
      reply.header('referrer-policy', 'no-referrer');
      const { person, to, choose } = await finishSignIn(context, identify, { ...request.query, kept });
      const memberships = await membershipsOf(context.db, person);
      // Where there is nothing to choose, nobody is asked.
      const [sole] = memberships;
      if (sole && memberships.length === 1 && !choose)
        return enter(request, reply, { person, membership: sole, to });
      const value = keepPerson(context, person);
      setCookie(reply, context, { name: personCookie, value, seconds: lifetime / 1000, path: start });
      return reply.redirect(at(frameOf(request, context), '/start/who'), 303);
    },
  );

  app.get(`${start}/who`, { ...guests, schema: { hide: true } }, (request, reply) =>
    who(request, reply, null),
  );

  app.post(`${start}/enter`, { ...guests, schema: { hide: true, body: One } }, async (request, reply) =>
    goIn(request, reply, request.body.businessId),
  );

  app.post(`${start}/join`, { ...guests, schema: { hide: true, body: One } }, async (request, reply) => {
    const { person, locale } = request.guest;
    const done = await join(context, person, { joinId: request.body.businessId, locale });
    if (done.businessId) return goIn(request, reply, done.businessId, done.notice);
    return who(request, reply, { words: done.notice, bad: false });
  });

  app.post(`${start}/begin`, { ...guests, schema: { hide: true, body: Typed } }, async (request, reply) => {
    const { person, locale } = request.guest;
    const read = readBegin(request.body, locale);
    if ('said' in read) return who(request, reply.code(400), read.said);
    const { called, ...wanted } = read.wanted;
    const { businessId, notice } = await createForOwner(
      context,
      { ...person, name: called },
      { ...wanted, locale },
    );
    return goIn(request, reply, businessId, notice);
  });

  /** Everything that is open to them, and what came of what they did. */
  async function who(request: FastifyRequest, reply: FastifyReply, said: Said | null): Promise<FastifyReply> {
    // Shown in answer to a form, it is at its own address all the same.
    const asked = { path: at(request.guest, '/start/who'), query: new URLSearchParams() };
    const guest = { ...request.guest, said, asked };
    return sendPage(reply, bare(guest, await whoPage(guest), said));
  }

  async function goIn(request: FastifyRequest, reply: FastifyReply, businessId: string, words?: string) {
    const { person } = request.guest;
    const membership = (await membershipsOf(context.db, person)).find(
      ({ business }) => business.id === businessId,
    );
    if (!membership) throw notFound('business');
    return enter(request, reply, { person, membership, to: '', words });
  }

  async function enter(request: FastifyRequest, reply: FastifyReply, going: Going): Promise<FastifyReply> {
    const frame = frameOf(request, context);
    const before = readCookie(request, panelCookie);
    const secret = await letIn(context, { ...going, before });
    setEntered(request, reply, context, { secret, memberId: going.membership.memberId });
    // Whoever signs out is out: nothing is left to come back in by.
    setCookie(reply, context, { name: personCookie, value: '', seconds: 0, path: start });
    const { words } = going;
    if (words) setCookie(reply, context, saidCookie({ words, bad: false }, { context, secret }));
    return reply.redirect(at(frame, going.to), 303);
  }
};

interface Going {
  person: Person;
  membership: Membership;
  to: string;
  words?: string;
}

/** A sole invitation is accepted by coming. @returns the session's secret. @throws Refusal forbidden, not_found */
function letIn(
  context: Context,
  { person, membership, before }: Going & { before: string | undefined },
): Promise<string> {
  mustBeOfDomain(membership, person);
  const { memberId, business } = membership;
  return commit(context, async (tx) => {
    if (isNews(membership, person) && !(await bind(tx, membership, person))) throw notFound('invitation');
    return beginSession(tx, { businessId: business.id, memberId, before, now: context.now() });
  });
}
