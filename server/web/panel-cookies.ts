// The panel's cookies: the session, the language, and what is said once on the page after a form.
import type { FastifyReply, FastifyRequest } from 'fastify';
import { hashOf } from '../auth/keys.ts';
import { SealBroken } from '../auth/seal.ts';
import type { Context } from '../context.ts';
import type { Said, View } from './panel.ts';
import { knownWith, sessionLife } from './session.ts';

export const panelCookie = 'sidebook_panel';
/** Of a consent under way: whoever comes back from Google shows it (accounts/consents.ts, `browser`). */
export const consentCookie = 'sidebook_consent';
/** Of a sign-in under way, and of whoever signed in and is in no business yet (sign-in.ts). */
export const signInCookie = 'sidebook_sign_in';
export const personCookie = 'sidebook_person';
/** Which members the browser has been (session.ts, `knownWith`). */
export const knownCookie = 'sidebook_known';
/** Of whoever comes by a link and has no session: the form that asks them carries what is made of it. */
export const comerCookie = 'sidebook_comer';
const saidName = 'sidebook_said';
/** What is said waits so long for its page, in seconds. */
const saidSeconds = 60;
/** Browsers keep cookies of 4096 bytes; sealing makes it a third longer. */
const mostSaid = 2000;

export type Saying = Omit<Said, never>;

interface Cookie {
  name: string;
  value: string;
  seconds: number;
  /** Below our address; the panel, if left out. */
  path?: string;
}

/**
 * For our own pages alone, and not for scripts; over TLS alone, if we are reached by it. Lax: whoever comes from Google
 * or the add-on by a link brings it along, a form of another site does not.
 * @see RFC 6265bis, 4.1.2
 */
export function setCookie(
  reply: FastifyReply,
  { config }: Pick<Context, 'config'>,
  { name, value, seconds, path = '/panel' }: Cookie,
): void {
  const url = config.publicUrl ? new URL(config.publicUrl) : undefined;
  const base = url?.pathname.replace(/\/$/, '') ?? '';
  const secure = url?.protocol === 'https:' ? '; Secure' : '';
  reply.header(
    'set-cookie',
    `${name}=${value}; Path=${base}${path}; Max-Age=${seconds}; HttpOnly; SameSite=Lax${secure}`,
  );
}

/** Into the panel, as this member; from then on the browser is known to be theirs. */
export function setEntered(
  request: FastifyRequest,
  reply: FastifyReply,
  context: Pick<Context, 'config'>,
  { secret, memberId }: { secret: string; memberId: string },
): void {
  setCookie(reply, context, { name: panelCookie, value: secret, seconds: sessionLife / 1000 });
  const value = knownWith(readCookie(request, knownCookie), memberId);
  setCookie(reply, context, { name: knownCookie, value, seconds: 365 * 86_400 });
}

export function readCookie({ headers }: Pick<FastifyRequest, 'headers'>, name: string): string | undefined {
  for (const pair of (headers.cookie ?? '').split(';')) {
    const [key = '', value = ''] = pair.split('=').map((part) => part.trim());
    if (key === name && value !== '') return value;
  }
  return undefined;
}

// Sealed for this session: it holds what somebody typed, and nobody else can put words on our page by it.
const identity = (secret: string) => `panel/said/${hashOf(secret)}`;

export function saidCookie(said: Saying, { context, secret }: Pick<View, 'context' | 'secret'>): Cookie {
  const whole = JSON.stringify(said);
  const { values: _, ...short } = said;
  const kept = whole.length <= mostSaid ? whole : JSON.stringify(short);
  return { name: saidName, value: context.seal.seal(kept, identity(secret)), seconds: saidSeconds };
}

/** What is to be said on this page, which takes it away. */
export function sayingFrom(request: FastifyRequest, reply: FastifyReply, view: View): Said | null {
  const sealed = readCookie(request, saidName);
  if (!sealed) return null;
  setCookie(reply, view.context, { name: saidName, value: '', seconds: 0 });
  try {
    return JSON.parse(view.context.seal.open(sealed, identity(view.secret))) as Said;
  } catch (error) {
    // Of a session before this one.
    if (error instanceof SealBroken) return null;
    throw error;
  }
}
