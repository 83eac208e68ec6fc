// The door of the control panel: whose session it is, that a form is one of ours, and how failures are told to people.
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { hasZodFastifySchemaValidationErrors } from 'fastify-type-provider-zod';
import type { Locale } from '../accounts/words.ts';
import type { Caller } from '../auth/keys.ts';
import type { Context } from '../context.ts';
import { answerTo, Refusal } from '../errors.ts';
import { at, type Frame, owns, type Page, type View } from './panel.ts';
import {
  comerCookie,
  panelCookie,
  personCookie,
  readCookie,
  type Saying,
  saidCookie,
  sayingFrom,
  setCookie,
} from './panel-cookies.ts';
import { answerFailure, fieldFault, sayRefusal } from './panel-failure.ts';
import type { Guest } from './panel-start.ts';
import { visitorOf } from './panel-visitor.ts';
import { formToken, isFormToken } from './session.ts';
import { personOf } from './sign-in.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Whom a page is for; 'open': also for whoever is not signed in; 'guests': who is, and in no business yet. */
    panel?: 'open' | 'guests' | 'everybody' | 'admins' | 'owners';
    /** Of a form: the page of the panel that it stands on, and that says what was wrong with it. */
    formOn?: (params: { id: string }) => string;
  }
  interface FastifyRequest {
    /** Set on every page of the control panel that is not open to all. */
    view: View;
    /** Set on every page for guests. */
    guest: Guest;
  }
}

const formType = 'application/x-www-form-urlencoded';
/** What another try, or another word, may mend: all else is a page of its own. */
const mended = new Set([400, 404, 409, 422, 503]);
/** No form of ours is larger, in bytes. */
const largest = 200_000;

export function openDoor(app: FastifyInstance, context: Context): void {
  app.decorateRequest('view', null as unknown as View);
  app.decorateRequest('guest', null as unknown as Guest);
  app.decorateRequest('caller', null as unknown as Caller);
  app.removeAllContentTypeParsers();
  app.addContentTypeParser(formType, { parseAs: 'string', bodyLimit: largest }, (_, body, done) =>
    done(null, formOf(String(body))),
  );
  app.addHook('onRequest', async (request, reply) => {
    reply.headers(headers);
    const { panel } = request.routeOptions.config;
    rememberLanguage(request, reply, context);
    if (panel === 'guests') request.guest = guestOf(request, context);
    else if (panel !== 'open') request.view = await viewOf(request, reply, context);
    if (panel === 'admins' && request.view.staffer.member.role === 'staff')
      throw new Refusal('forbidden', 'Owners and administrators may do this.');
    if (panel === 'owners' && !owns(request.view))
      throw new Refusal('forbidden', 'Owners may do this.', { reason: 'owners' });
  });
  app.addHook('preValidation', async (request) => {
    if (request.method !== 'POST') return;
    mustBeOurForm(request, context);
    // A schema knows its own fields only.
    if (request.body) delete (request.body as Record<string, unknown>).form;
  });
  app.setErrorHandler((error: FastifyError, request, reply) => {
    const { status } = answerTo(error);
    if (status >= 500) context.log.error({ err: error, route: request.routeOptions.url }, 'request failed');
    const { formOn } = request.routeOptions.config;
    const mendable = formOn && request.view && mended.has(status);
    if (!mendable) return answerFailure(reply, pageOf(request, frameOf(request, context)), error);
    const to = formOn(request.params as { id: string });
    return redirect(request, reply, { to, ...whatWasWrong(error, request) });
  });
}

/**
 * Nothing is loaded or framed from elsewhere, nothing runs, and forms go here.
 * @see https://developer.mozilla.org/en-US/docs/Web/HTTP/Guides/CSP
 */
const policy = (leadsTo = '') =>
  [
    "default-src 'none'",
    "style-src 'self'",
    "img-src 'self'",
    // A browser holds the addresses that a form is redirected to against this too.
    `form-action 'self'${leadsTo && ` ${leadsTo}`}`,
    "base-uri 'none'",
    "frame-ancestors 'none'",
  ].join('; ');

const headers = {
  'cache-control': 'no-store',
  'content-security-policy': policy(),
  'cross-origin-opener-policy': 'same-origin',
  // Not `no-referrer`: a browser would then call the origin of our own forms null.
  'referrer-policy': 'same-origin',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  vary: 'accept-language, cookie',
};

export function sendPage(reply: FastifyReply, text: string, { leadsTo }: Pick<Page, 'leadsTo'> = {}) {
  return reply.header('content-security-policy', policy(leadsTo)).type('text/html; charset=utf-8').send(text);
}

/** After every form: the page it leads to, with what came of it. */
export function redirect(
  request: FastifyRequest,
  reply: FastifyReply,
  { to, ...said }: Partial<Saying> & { to: string },
): FastifyReply {
  const { view } = request;
  const words = said.words;
  if (words) setCookie(reply, view.context, saidCookie({ ...said, words, bad: said.bad ?? false }, view));
  return reply.redirect(at(view, to), 303);
}

/** Repeated names are lists; so is everything that ends in `[]`, however often it stands there. */
function formOf(body: string): Record<string, string | string[]> {
  const fields = new URLSearchParams(body);
  const entries = [...new Set(fields.keys())].map((name): [string, string | string[]] => {
    const values = fields.getAll(name);
    return name.endsWith('[]') ? [name.slice(0, -2), values] : [name, values.at(-1) ?? ''];
  });
  return Object.fromEntries(entries);
}

export const baseOf = ({ config }: Pick<Context, 'config'>): string =>
  config.publicUrl ? new URL(config.publicUrl).pathname.replace(/\/$/, '') : '';

export function frameOf(request: FastifyRequest, context: Context, preset: Locale = 'en'): Frame {
  const [path = '', query = ''] = request.url.split('?');
  const base = baseOf(context);
  const asked = { path: `${base}${path}`, query: new URLSearchParams(query) };
  return { base, locale: localeOfRequest(request, asked.query, preset), asked };
}

/** A form's address is no page to come back to: the one it stands on is, else the panel's beginning. */
function pageOf({ method, params, routeOptions }: FastifyRequest, frame: Frame): Frame {
  // Signing in has its own way back.
  if (method !== 'POST' || frame.asked.path.startsWith(at(frame, '/start'))) return frame;
  const [page = ''] = (routeOptions.config.formOn?.(params as { id: string }) ?? '').split('#');
  return { ...frame, asked: { path: at(frame, page), query: new URLSearchParams() } };
}

/** Theirs by choice, else the browser's first that we have words in, else the business's. */
function localeOfRequest(request: FastifyRequest, query: URLSearchParams, preset: Locale): Locale {
  const chosen = query.get('lang') ?? readCookie(request, 'sidebook_language');
  if (chosen === 'en' || chosen === 'nb') return chosen;
  for (const wanted of (request.headers['accept-language'] ?? '').split(',')) {
    const [tag = ''] = wanted.trim().toLowerCase().split(/[-;]/);
    if (['nb', 'no', 'nn'].includes(tag)) return 'nb';
    if (tag === 'en') return 'en';
  }
  return preset;
}

function rememberLanguage(request: FastifyRequest, reply: FastifyReply, context: Context): void {
  const [, query] = request.url.split('?');
  const chosen = new URLSearchParams(query).get('lang');
  if (chosen === 'en' || chosen === 'nb')
    setCookie(reply, context, { name: 'sidebook_language', value: chosen, seconds: 365 * 86_400 });
}

async function viewOf(request: FastifyRequest, reply: FastifyReply, context: Context): Promise<View> {
  const secret = readCookie(request, panelCookie);
  const localeFrom = (preset: Locale) => frameOf(request, context, preset).locale;
  const staffer = secret ? await visitorOf(context, secret, localeFrom) : undefined;
  if (!secret || !staffer) throw new Refusal('unauthorized', 'This session of the control panel is over.');
  const frame = frameOf(request, context, staffer.locale);
  const view: View = { ...frame, context, staffer, token: formToken(secret), secret, said: null };
  if (request.method === 'GET') view.said = sayingFrom(request, reply, view);
  return view;
}

function guestOf(request: FastifyRequest, context: Context): Guest {
  const secret = readCookie(request, personCookie);
  const person = personOf(context, secret);
  if (!secret || !person) throw new Refusal('unauthorized', 'This sign-in is over.');
  return { ...frameOf(request, context), context, person, token: formToken(secret), secret, said: null };
}

/** @see https://developer.mozilla.org/en-US/docs/Web/HTTP/Reference/Headers/Origin */
function mustBeOurForm(request: FastifyRequest, { config }: Context): void {
  const { origin } = request.headers;
  const ours = config.publicUrl && new URL(config.publicUrl).origin;
  const { form } = (request.body ?? {}) as { form?: unknown };
  const foreign = origin !== undefined && origin !== ours;
  const { secret } = request.guest ?? request.view ?? { secret: readCookie(request, comerCookie) };
  if (foreign || secret === undefined || !isFormToken(secret, form))
    throw new Refusal('forbidden', 'This form is not one of this page: open the page anew and try again.', {
      reason: 'form',
    });
}

function whatWasWrong(error: unknown, request: FastifyRequest): Omit<Saying, 'to'> {
  const { locale } = request.view;
  const values = Object.fromEntries(
    Object.entries((request.body ?? {}) as Record<string, unknown>).filter(
      (entry): entry is [string, string] => typeof entry[1] === 'string',
    ),
  );
  if (hasZodFastifySchemaValidationErrors(error)) {
    const [field = ''] = (error.validation[0]?.instancePath.slice(1) ?? '').split('/');
    return { bad: true, values, field, words: fieldFault(field, locale) };
  }
  return { bad: true, values, ...sayRefusal(error, locale) };
}
