// What a run reaches outside its thread: our backend and the Calendar API over real HTTP, tokens, stores, locks.
import { send } from './http.ts';
import type { CalendarCall } from './runtime/calendar.ts';
import type { Received, Sent } from './runtime/fetching.ts';
import type { StoreCall } from './runtime/storage.ts';
import { addTrigger, type Kept, useLock, useStore } from './stores.ts';

export interface Backend {
  /** As the manifest and the bundle have it: `https://app.example.test/`. */
  https: string;
  /** Where it really listens: `http://127.0.0.1:1234/`. */
  local: string;
}

/** One request that the add-on made. */
export interface Logged {
  /** `fetch`, or the Calendar method, such as `calendar.events.get`. */
  what: string;
  method: string;
  /** Of a fetch, as the add-on sees it; of a Calendar call, the path under `/calendar/v3/`. */
  url: string;
  /** 0: nobody was reached, or the run ended before an answer. */
  status: number;
  milliseconds: number;
}

export interface Outside {
  google: string;
  backend: Backend;
  person: string;
  audience?: string | undefined;
  scopes: string[];
  kept: Kept;
  /** Fetches wait until the run's time is over. */
  hangs: boolean;
  /** The person has taken back what they granted, or must grant anew. */
  lapsed: boolean;
  requests: Logged[];
  now(): number;
  /** Laid over what the identity token says, such as `hd`. */
  claims?: Record<string, unknown> | undefined;
  /** The access token in use. */
  token?: { access: string; until: number } | undefined;
}

const REDIRECTS = 5;
/** Seconds before its end that an access token is used no more. */
const TOKEN_MARGIN = 60;
const AGENT =
  'Mozilla/5.0 (compatible; Google-Apps-Script; beanserver; +https://script.google.com; id: local)';

/** What one run may ask; `run` is its number, `over` says that its time has passed. */
export interface Asking {
  run: number;
  over: AbortSignal;
}

/** @throws Fault, as Google throws to the add-on */
export async function answer(
  outside: Outside,
  { run, over }: Asking,
  [act, args]: [string, unknown[]],
): Promise<unknown> {
  const { kept } = outside;
  switch (act) {
    case 'fetch':
      return Promise.all((args as Sent[]).map((sent) => fetchOne(outside, sent, over)));
    case 'calendar':
      return callCalendar(outside, args[0] as CalendarCall, over);
    case 'identityToken':
      return identityToken(outside);
    case 'accessToken':
      return accessToken(outside);
    case 'store':
      return useStore(kept, args[0] as StoreCall, outside.now());
    case 'lock':
      return useLock(kept, {
        name: args[0] as string,
        act: args[1] as string,
        milliseconds: args[2] as number,
        run,
      });
    case 'triggers':
      return kept.triggers;
    case 'newTrigger':
      return addTrigger(kept, args[0] as { handler: string; calendarId: string });
    case 'deleteTrigger':
      kept.triggers = kept.triggers.filter(({ id }) => id !== args[0]);
      return undefined;
    case 'lapsed':
      return outside.lapsed;
    case 'userKey':
      return Buffer.from(outside.person).toString('base64url');
    default:
      throw new Error(`Nobody outside knows ${act}.`);
  }
}

/** Where an https address of the manifest's really is; undefined if it is not our backend's. */
export function localAddress({ https, local }: Backend, url: string): string | undefined {
  const slash = (address: string) => (address.endsWith('/') ? address : `${address}/`);
  const begun = slash(https);
  return url.startsWith(begun) ? `${slash(local)}${url.slice(begun.length)}` : undefined;
}

async function fetchOne(outside: Outside, sent: Sent, over: AbortSignal): Promise<Received> {
  let { url, method, body } = { ...sent, method: sent.method.toUpperCase() };
  for (let hop = 0; ; hop++) {
    const received = await logged(outside, { what: 'fetch', method, url }, over, async () => {
      const local = localAddress(outside.backend, url);
      if (!local) return { status: 0, headers: {}, body: '', fault: 'DNS error' };
      const bytes = body === undefined ? undefined : Buffer.from(body, 'base64');
      return send({
        url: local,
        method,
        headers: { 'user-agent': AGENT, ...sent.headers },
        body: bytes,
        signal: over,
      });
    });
    const location = [received.headers.location].flat()[0];
    if (
      !location ||
      received.status < 300 ||
      received.status > 399 ||
      !sent.followRedirects ||
      hop >= REDIRECTS
    )
      return received;
    url = publicAddress(outside.backend, new URL(location, localAddress(outside.backend, url)).href);
    if (received.status === 303) [method, body] = ['GET', undefined];
  }
}

/** A redirect names the address that the server knows itself by, which may be the local one. */
function publicAddress({ https, local }: Backend, url: string): string {
  const { origin } = new URL(local);
  return url.startsWith(`${origin}/`) ? `${https}${url.slice(origin.length + 1)}` : url;
}

async function callCalendar(outside: Outside, call: CalendarCall, over: AbortSignal): Promise<Received> {
  const about = { what: call.method, method: call.verb, url: call.path };
  const once = async () => {
    const headers = {
      ...call.headers,
      authorization: `Bearer ${await accessToken(outside)}`,
      ...(call.body !== undefined && { 'content-type': 'application/json' }),
    };
    const url = `${outside.google}/calendar/v3/${call.path}`;
    const body = call.body === undefined ? undefined : Buffer.from(call.body);
    return send({ url, method: call.verb, headers, body, signal: over });
  };
  const first = await logged(outside, about, over, once);
  if (first.status !== 401) return first;
  // Apps Script's tokens are always fresh; ours may have died with the local Google's clock.
  outside.token = undefined;
  return logged(outside, about, over, once);
}

type About = Pick<Logged, 'what' | 'method' | 'url'>;

async function logged(
  outside: Outside,
  about: About,
  over: AbortSignal,
  act: () => Promise<Received>,
): Promise<Received> {
  const begun = Date.now();
  const entry: Logged = { ...about, status: 0, milliseconds: 0 };
  outside.requests.push(entry);
  if (outside.hangs && about.what === 'fetch') await ended(over);
  const received = await act();
  entry.status = received.status;
  entry.milliseconds = Date.now() - begun;
  return received;
}

function ended(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}

async function identityToken({ google, person, audience, scopes, claims }: Outside): Promise<string> {
  const text = await control(google, 'issueIdToken', { person, scopes, audience, claims });
  return text.startsWith('"') ? (JSON.parse(text) as string) : text;
}

async function accessToken(outside: Outside): Promise<string> {
  const { google, person, scopes, token } = outside;
  if (token && token.until > Date.now()) return token.access;
  // Google gives tokens for the scopes of APIs; those that only Apps Script knows are no concern of the local one.
  const issued = JSON.parse(await control(google, 'issueTokens', { person, scopes })) as {
    access_token: string;
    expires_in: number;
  };
  outside.token = {
    access: issued.access_token,
    until: Date.now() + (issued.expires_in - TOKEN_MARGIN) * 1_000,
  };
  return issued.access_token;
}

async function control(google: string, act: string, argument: object): Promise<string> {
  const body = Buffer.from(JSON.stringify(argument));
  const headers = { 'content-type': 'application/json' };
  const received = await send({ url: `${google}/control/${act}`, method: 'POST', headers, body });
  const text = Buffer.from(received.body, 'base64').toString();
  if (received.status !== 200) throw new Error(`The local Google refused ${act}: ${received.status} ${text}`);
  return text;
}
