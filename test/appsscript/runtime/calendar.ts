// The Calendar advanced service: methods and their arguments as typed, each call one request of the Calendar API.
import { enumValue, expose, sealed } from './expose.ts';
import type { Received } from './fetching.ts';
import { Refused, type Scene, Thrown } from './scene.ts';

interface Route {
  verb: string;
  /** `{n}` is the n-th argument after the resource. */
  path: string;
  body?: true;
  /** Query parameters that are arguments: of the method, by place. */
  query?: Record<number, string>;
}

const EVENTS = 'calendars/{0}/events';
const EVENT = `${EVENTS}/{1}`;
const LISTED = 'users/me/calendarList';

/** Google's paths of what the local Google offers (the Calendar v3 reference); the rest is refused with a word. */
const ROUTES: Record<string, Record<string, Route>> = {
  Events: {
    get: { verb: 'GET', path: EVENT },
    list: { verb: 'GET', path: EVENTS },
    instances: { verb: 'GET', path: `${EVENT}/instances` },
    insert: { verb: 'POST', path: EVENTS, body: true },
    import: { verb: 'POST', path: `${EVENTS}/import`, body: true },
    update: { verb: 'PUT', path: EVENT, body: true },
    patch: { verb: 'PATCH', path: EVENT, body: true },
    remove: { verb: 'DELETE', path: EVENT },
    move: { verb: 'POST', path: `${EVENT}/move`, query: { 2: 'destination' } },
    watch: { verb: 'POST', path: `${EVENTS}/watch`, body: true },
  },
  CalendarList: { get: { verb: 'GET', path: `${LISTED}/{0}` }, list: { verb: 'GET', path: LISTED } },
  Calendars: { get: { verb: 'GET', path: 'calendars/{0}' } },
  Channels: { stop: { verb: 'POST', path: 'channels/stop', body: true } },
  Freebusy: { query: { verb: 'POST', path: 'freeBusy', body: true } },
};

/** What the main thread is asked to send with the person's access token; `path` is under `/calendar/v3/`. */
export interface CalendarCall {
  method: string;
  verb: string;
  path: string;
  headers: Record<string, string>;
  body?: string;
}

export function makeCalendar(scene: Scene): object {
  const reference = scene.references['apis/calendar_v3']!;
  const collections = Object.keys(reference.classes).flatMap(
    (name) => /^(\w+)Collection$/.exec(name)?.[1] ?? [],
  );
  const service: Record<string, unknown> = { toString: () => 'Calendar' };
  for (const name of collections) {
    const routes = Object.entries(ROUTES[name] ?? {});
    const acts = Object.fromEntries(
      routes.map(([method, route]) => [
        method,
        (...args: unknown[]) => {
          const { length } = reference.classes[`${name}Collection`]!.methods[method]!.signatures[0]!.params;
          const title = `calendar.${name.charAt(0).toLowerCase()}${name.slice(1)}.${method === 'remove' ? 'delete' : method}`;
          return send(scene, { title, route, args, length });
        },
      ]),
    );
    service[name] = expose(scene, { name: `${name}Collection`, title: `Calendar.${name}`, reference, acts });
  }
  // Apps Script makes a resource with `Calendar.newEvent()`: an empty object will do.
  for (const name of [
    'newEvent',
    'newFreeBusyRequest',
    'newFreeBusyRequestItem',
    'newChannel',
    'newEventDateTime',
  ])
    service[name] = () => ({});
  return sealed(scene, 'Calendar', service);
}

interface Asked {
  title: string;
  route: Route;
  args: unknown[];
  /** How many arguments the method takes before optionalArgs and headers. */
  length: number;
}

/** @throws Thrown, as GoogleJsonResponseException with the API's error in `details` */
function send(scene: Scene, { title, route, args, length }: Asked): unknown {
  const [resource, ...named] = route.body ? args : [undefined, ...args];
  const own = named.slice(0, length - (route.body ? 1 : 0));
  for (const one of own)
    if (one === '') throw new Thrown(`API call to ${title} failed with error: Required`, JSON_ERROR);
  const [optional = {}, headers = {}] = named.slice(own.length) as Record<string, unknown>[];
  const query = new URLSearchParams();
  for (const [at, name] of Object.entries(route.query ?? {})) query.set(name, String(own[Number(at)]));
  for (const [name, value] of Object.entries(optional)) {
    if (value === undefined || value === null) continue;
    for (const one of [value].flat()) query.append(name, plainValue(title, name, one));
  }
  const path = route.path.replace(/\{(\d)\}/g, (_, at) => encodeURIComponent(String(own[Number(at)])));
  const call: CalendarCall = {
    method: title,
    verb: route.verb,
    path: query.size > 0 ? `${path}?${query}` : path,
    headers: Object.fromEntries(
      Object.entries(headers).map(([name, value]) => [name.toLowerCase(), String(value)]),
    ),
    ...(route.body && { body: JSON.stringify(resource) }),
  };
  return answerOf(title, scene.ask('calendar', call) as Received);
}

const JSON_ERROR = 'GoogleJsonResponseException';

function plainValue(title: string, name: string, value: unknown): string {
  if (typeof value === 'object' && !enumValue(value))
    throw new Refused(`${title}: the argument ${name} must be a plain value.`);
  return String(value);
}

function answerOf(title: string, { status, body, fault }: Received): unknown {
  const text = Buffer.from(body, 'base64').toString();
  if (fault) throw new Thrown(`API call to ${title} failed with error: Empty response`, JSON_ERROR);
  let data: unknown;
  try {
    data = text === '' ? undefined : JSON.parse(text);
  } catch {
    throw new Thrown(`API call to ${title} failed with error: Empty response`, JSON_ERROR);
  }
  if (status < 400) return data;
  const { error } = (data ?? {}) as { error?: { message?: string; code?: number; errors?: object[] } };
  const message = error?.message ?? `HTTP ${status}`;
  // `facts` is the local Google's hint for developers, Google has no such field.
  const details = { message, code: error?.code ?? status, errors: error?.errors ?? [] };
  throw new Thrown(`API call to ${title} failed with error: ${message}`, JSON_ERROR, details);
}
