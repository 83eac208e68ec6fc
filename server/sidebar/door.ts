// The door of the side panel: who asks is told by Google, the answer is always a card, and it comes within five seconds.
import type { FastifyInstance, FastifyRequest } from 'fastify';
import plugin from 'fastify-plugin';
import type { SidebarAnswer } from '../../shared/card-api.ts';
import { createIdentify, type Person } from '../auth/identity.ts';
import type { Caller } from '../auth/keys.ts';
import type { Context } from '../context.ts';
import { answerTo, Refusal } from '../errors.ts';
import { noneCard } from './join.ts';
import { offlineBook } from './offline.ts';
import { problemCard, problemOf } from './problem.ts';
import {
  type Asked,
  type Card,
  type Done,
  joinedOf,
  type MakeCard,
  type Met,
  meet,
  type Staffer,
} from './staffer.ts';
import { failureWords, notice } from './words.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** Whom an identity token speaks of; at the side panel's routes only. */
    person: Person;
    /** Rejects when the answer is due, whatever it waits for. */
    late: Promise<never>;
  }
}

/** `request` for the edges: its `caller` is the staffer's, and it carries the Idempotency-Key. */
export type Act<A extends Asked> = (
  context: Context,
  request: FastifyRequest,
  staffer: Staffer,
  asked: A,
) => Promise<Done>;

/** In ms, from when the request came: the add-on waits for five seconds. */
const deadline = 4_500;

/** Anything else means that the server is of no use just now, and is for HTTP to say. */
const beyond = new Set(['unauthorized', 'internal']);

async function guard(app: FastifyInstance, { context }: { context: Context }) {
  const identify = createIdentify(context.config, context.config.addon.audiences);
  const timers = new WeakMap<FastifyRequest, NodeJS.Timeout>();
  app.decorateRequest('person', null as unknown as Person);
  app.decorateRequest('late', null as unknown as Promise<never>);
  app.addHook('onRequest', async (request) => {
    request.late = new Promise((_, reject) => {
      const tooLate = new Refusal('busy', 'This takes too long just now: try again in a minute.');
      timers.set(request, setTimeout(reject, deadline, tooLate));
    });
    request.late.catch(() => undefined);
    const [, token] = /^Bearer (\S+)$/i.exec(request.headers.authorization ?? '') ?? [];
    request.person = await identify(token, context.now());
  });
  app.addHook('onResponse', async (request) => clearTimeout(timers.get(request)));
}
/** Every route of this app is for people, who bring an identity token. */
export const people = plugin(guard);

/** One request, one card. */
export function showCard<A extends Asked>(
  context: Context,
  request: FastifyRequest,
  { asked, make }: { asked: A; make: MakeCard<A> },
): Promise<SidebarAnswer> {
  return within(context, request, async () => {
    const met = await enter(context, request, asked);
    if (!('staffer' in met)) return met;
    const card = await tryCard(context, met.staffer, { asked, make });
    return answer(context, met.staffer, { card, notice: met.notice, known: asked.known });
  });
}

/** One button, one card: where the act was refused, `now` is the card as things are, and the reason its notice. */
export function doAct<A extends Asked>(
  context: Context,
  request: FastifyRequest,
  { asked, act, now }: { asked: A; act: Act<A>; now: MakeCard<A> },
): Promise<SidebarAnswer> {
  return within(context, request, async () => {
    const met = await enter(context, request, asked);
    if (!('staffer' in met)) return met;
    const { staffer } = met;
    // What the add-on holds may have come with the answer to the first of two taps: they are one request all the same.
    request.body = { ...asked, known: null };
    const done = await tryAct(() => act(context, request, staffer, asked), staffer.locale);
    const card = done.card ?? (await tryCard(context, staffer, { asked, make: now }));
    return answer(context, staffer, { card, notice: done.notice ?? met.notice, known: asked.known });
  });
}

/** What one becomes a member by. `businessId`: of which they are one now; null: not yet. */
export type AsPerson<A extends Asked> = (
  context: Context,
  person: Person,
  asked: A,
) => Promise<{ businessId: string | null; notice: string | null }>;

/** As doAct, for acts that need no membership. `now`: the card of a member. */
export function doAsPerson<A extends Asked>(
  context: Context,
  request: FastifyRequest,
  { asked, act, now }: { asked: A; act: AsPerson<A>; now: MakeCard<A> },
): Promise<SidebarAnswer> {
  return within(context, request, async () => {
    const done = await tryAct(() => act(context, request.person, asked), asked.locale);
    const met = await enter(context, request, { ...asked, businessId: done.businessId ?? undefined });
    const said = done.notice ?? met.notice;
    if (!('staffer' in met)) return { ...met, notice: said };
    const card = await tryCard(context, met.staffer, { asked, make: now });
    return answer(context, met.staffer, { card, notice: said, known: asked.known });
  });
}

/** Not a card, but something for a member: nobody else gets it. @throws Refusal forbidden */
export function giveMember<A extends Asked, T>(
  context: Context,
  request: FastifyRequest,
  { asked, give }: { asked: A; give: (context: Context, staffer: Staffer, asked: A) => Promise<T> },
): Promise<T> {
  return within(context, request, async () => {
    const met = await enter(context, request, asked);
    if (!('staffer' in met)) throw new Refusal('forbidden', 'This account is a member of no such business.');
    return give(context, met.staffer, asked);
  });
}

type Entered = { staffer: Staffer; notice: string | null } | SidebarAnswer;

async function enter(context: Context, request: FastifyRequest, asked: Asked): Promise<Entered> {
  const { person } = request;
  const met: Met = await meet(context, person, asked);
  if ('staffer' in met) {
    const { staffer, bound } = met;
    request.caller = staffer.caller satisfies Caller;
    const said = bound ? notice('joined', staffer.locale, { name: staffer.business.name }) : null;
    return { staffer, notice: said };
  }
  const card = await noneCard(context, person, met.memberships);
  return { card, notice: whyNot(met.none, asked.locale), memberOf: joinedOf(met.memberships) };
}

/** Of the business that they had chosen. */
function whyNot(none: Extract<Met, { none: string }>['none'], locale: Asked['locale']): string | null {
  if (none === 'domain') return problemCard('wrong_account', locale).words;
  return none === 'removed' ? notice('left', locale) : null;
}

async function tryCard<A extends Asked>(
  context: Context,
  staffer: Staffer,
  { asked, make }: { asked: A; make: MakeCard<A> },
): Promise<Card> {
  try {
    return await make(context, staffer, asked);
  } catch (error) {
    const card = problemOf(error, staffer.locale);
    if (!card) throw error;
    return card;
  }
}

async function tryAct<T extends { notice: string | null }>(
  act: () => Promise<T>,
  locale: Asked['locale'],
): Promise<T | { card?: undefined; businessId?: undefined; notice: string }> {
  try {
    return await act();
  } catch (error) {
    if (beyond.has(answerTo(error).body.code)) throw error;
    return { notice: failureWords(error, locale) };
  }
}

async function answer(
  context: Context,
  staffer: Staffer,
  { card, notice: said, known }: { card: Card; notice: string | null; known: string | null },
): Promise<SidebarAnswer> {
  const book = await offlineBook(context, staffer);
  const fresh = book.version === known ? {} : { book };
  const { business, memberOf } = staffer;
  return { card, notice: said, businessId: business.id, memberOf, ...fresh };
}

/** Whatever hangs: what was begun goes on by itself, and an act that succeeds yet is answered to whoever repeats it. */
function within<T>(context: Context, request: FastifyRequest, work: () => Promise<T>): Promise<T> {
  let late = false;
  request.late.catch(() => {
    late = true;
  });
  const working = work();
  working.catch((err) => {
    if (late && answerTo(err).status === 500) context.log.error({ err }, 'failed after its time was up');
  });
  return Promise.race([working, request.late]);
}
