// Whatever stands in whichever field of whichever operation: an answer that the description knows, never a 500.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { pushes } from '../../server/database/ledger.ts';
import { drifts } from '../../server/database/mirror.ts';
import { readCalendar } from '../../server/sync/pull.ts';
import { ProblemCode } from '../../shared/problems.ts';
import { type Api, startApi } from '../api.ts';
import { type Google, startGoogle } from '../google/server.ts';

interface Schema {
  $ref?: string;
  type?: string;
  format?: string;
  enum?: unknown[];
  default?: unknown;
  minimum?: number;
  pattern?: string;
  const?: unknown;
  anyOf?: Schema[];
  oneOf?: Schema[];
  items?: Schema;
  properties?: Record<string, Schema>;
}
interface Operation {
  parameters?: { in: 'path' | 'query'; name: string; schema: Schema }[];
  requestBody?: { content: { 'application/json': { schema: Schema } } };
}

let api: Api;
let google: Google;
let paths: Record<string, Record<string, Operation>>;
let schemas: Record<string, Schema>;
const known: Record<string, string> = {};

beforeAll(async () => {
  google = await startGoogle();
  api = await startApi({ google: google.url });
  const described = (await api.app.inject('/openapi.json')).json();
  ({ paths } = described);
  ({ schemas } = described.components);
  const weekly = [1, 2, 3, 4, 5, 6, 7].map((day) => ({ day, from: '00:00', to: '24:00' }));
  const hours = { weekly, dates: [] };
  known.resources = await make('/resources', { kind: 'person', name: 'Anna', places: 3, hours });
  const groups = [{ resourceIds: [known.resources] }];
  known.services = await make('/services', { name: 'Cut', lengthMinutes: 60, groups });
  known.customers = await make('/customers', { name: 'Kari' });
  const span = { start: '2026-12-01T10:00:00Z', end: '2026-12-01T11:00:00Z' };
  known.blocks = await make(`/resources/${known.resources}/blocks`, span);
  known.openings = await make(`/resources/${known.resources}/openings`, span);
  const booking = { serviceId: known.services, start: '2026-11-18T09:00:00Z', customerId: known.customers };
  const { body } = await api.call<{ id: string; manageSecret: string }>('POST', '/bookings', booking);
  known.bookings = body.id;
  known.manage = body.manageSecret;
  known.members = await make('/members', { email: 'per@example.com', name: 'Per', role: 'staff' });
  known.keys = await make('/keys', { name: 'Page', scopes: ['book'] });
  await inStep();
});
afterAll(async () => {
  await api.close();
  await google.stop();
});

async function make(path: string, body: object): Promise<string> {
  const { status, body: made } = await api.call<{ id: string }>('POST', path, body);
  if (!made.id) throw new Error(`${path}: ${status} ${JSON.stringify(made)}`);
  return made.id;
}

/** A calendar with an event of which somebody said whom it blocks, and the booking's event, which somebody moved. */
async function inStep(): Promise<void> {
  const { control } = google;
  const person = 'owner@example.com';
  await control.createPerson({ email: person, name: 'Owner', zone: 'Europe/Oslo' });
  const { refresh_token: refreshToken } = await control.issueTokens({ person });
  known.accounts = await make('/accounts', { refreshToken });
  const { id: googleId } = await control.createCalendar({ owner: person, summary: 'Everybody' });
  const calendarId = await make('/calendars', { accountId: known.accounts, googleId });
  known.calendars = calendarId;
  const links = [{ calendarId, reads: true, writes: true, means: null }];
  const room = await make('/resources', { kind: 'room', name: 'Room' });
  await api.call('PUT', `/resources/${room}/links`, { links });
  const [from, to] = ['2026-11-20T10:00:00Z', '2026-11-20T11:00:00Z'];
  const event = { summary: 'Lunch', start: { dateTime: from }, end: { dateTime: to } };
  const { id: eventId } = await control.addEvent({ person, calendar: googleId, event });
  const { id: businessId } = api.business;
  await readCalendar(api.context, { businessId, calendarId });
  known.events = String(eventId);
  const decide = { eventId, shares: [] };
  const decided = await api.call<{ decision: { id: string } }>(
    'POST',
    `/calendars/${calendarId}/decisions`,
    decide,
  );
  known.decisions = decided.body.decision.id;
  known.runs = await make(`/calendars/${calendarId}/fix`, { events: [{ eventId }], dryRun: false });
  const push = { id: crypto.randomUUID(), unitId: known.bookings!, bookingId: known.bookings!, calendarId };
  await api.context.db
    .insert(pushes)
    .values({ businessId, ...push, present: true, wanted: 1, diedAt: new Date() });
  known.pushes = push.id;
  known.drifts = crypto.randomUUID();
  await api.context.db.insert(drifts).values({
    ...{ businessId, id: known.drifts, pushId: push.id, kind: 'moved', policy: 'ask', state: 'open' },
    ...{ found: { start: from, end: to }, seenAt: new Date(api.clock.now) },
  });
}

const strange: unknown[] = [
  null,
  '',
  'x'.repeat(20_000),
  'a\u0000b',
  '\ud800',
  '0000-01-01T00:00:00Z',
  '9999-12-31T23:59:59Z',
  -1,
  2_147_483_648,
  1e300,
  {},
  { constructor: 1, toString: 2 },
];

/** Something the schema takes, as ordinary as can be; ids are of what is there. */
function ordinary(schema: Schema, name = ''): unknown {
  if (schema.$ref) return ordinary(schemas[schema.$ref.split('/').pop()!]!, name);
  // An original start, which single events have none of.
  if (name === 'from' && schema.anyOf?.some(({ type }) => type === 'null')) return null;
  const [first] = schema.anyOf ?? schema.oneOf ?? [];
  if (first) return ordinary(first, name);
  if (schema.const !== undefined) return schema.const;
  if (schema.enum) return schema.enum[0];
  if (schema.default !== undefined && schema.default !== null) return schema.default;
  switch (schema.type) {
    case 'object':
      return Object.fromEntries(
        Object.entries(schema.properties ?? {}).map(([key, of]) => [key, ordinary(of, key)]),
      );
    case 'array':
      return [ordinary(schema.items!, name)];
    case 'boolean':
      return name === 'reads';
    case 'string':
      return ordinaryText(schema, name);
    default:
      return Math.max(1, schema.minimum ?? 1);
  }
}

function ordinaryText({ format, pattern }: Schema, name: string): string {
  const last = name === 'end' || name === 'to';
  if (format === 'uuid') return known[`${name.replace(/Ids?$/, '')}s`] ?? crypto.randomUUID();
  if (name === 'eventId') return known.events!;
  if (format === 'date-time') return last ? '2026-11-19T12:00:00Z' : '2026-11-19T10:00:00Z';
  if (format === 'date') return '2026-11-19';
  if (format === 'email') return 'kari@example.com';
  if (pattern?.includes(':')) return last ? '17:00' : '09:00';
  return pattern ? 'a' : 'Europe/Oslo';
}

/** Those last that change or end what the others are about. */
const operations = () =>
  Object.entries(paths)
    .flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, operation]) => ({
        path,
        method: method.toUpperCase(),
        operation,
      })),
    )
    .sort((a, b) => ends(a) - ends(b));
function ends({ path, method }: { path: string; method: string }): number {
  if (path.endsWith('/disconnect') && method === 'POST') return 4;
  if (method === 'DELETE') return path.includes('/calendars/') ? 3 : 2;
  return Number(method === 'PATCH' || path.endsWith('/cancel'));
}

// Given instead of another field, never with it.
const instead = ['holdId', 'customer'];

const textOf = (value: unknown) => (typeof value === 'string' ? value : JSON.stringify(value));
// encodeURIComponent throws for half a surrogate pair.
const encoded = (value: unknown) => new URLSearchParams([['', textOf(value)]]).toString().slice(1);

function* requests(path: string, { parameters = [], requestBody }: Operation) {
  const collection = path.split('/')[3]!;
  const address = (id: unknown, query: Record<string, unknown>) => {
    const filled = path.replace('/api/v1', '').replace(/\{\w+\}/, encoded(id));
    const asked = new URLSearchParams(
      Object.entries(query).flatMap(([key, value]) =>
        [value].flat().map((one): [string, string] => [key, textOf(one)]),
      ),
    );
    return `${filled}?${asked}`;
  };
  const id = known[collection] ?? crypto.randomUUID();
  const inQuery = parameters.filter((one) => one.in === 'query');
  const first = inQuery.filter(({ name }) => name !== 'cursor');
  const query = Object.fromEntries(first.map(({ name, schema }) => [name, ordinary(schema, name)]));
  const schema = requestBody?.content['application/json'].schema;
  const whole = schema && (ordinary(schema) as Record<string, unknown>);
  const body = whole && Object.fromEntries(Object.entries(whole).filter(([key]) => !instead.includes(key)));
  yield { url: address(id, query), body };
  for (const value of strange) {
    if (path.includes('{')) yield { url: address(value, query), body };
    for (const { name } of inQuery) yield { url: address(id, { ...query, [name]: value }), body };
    if (body) yield { url: address(id, query), body: value };
    for (const key of Object.keys(whole ?? {}))
      yield { url: address(id, query), body: { ...body, [key]: value } };
  }
}

test('is answered by what the description knows', async () => {
  const faults: string[] = [];
  const lost: string[] = [];
  let asked = 0;
  for (const { path, method, operation } of operations()) {
    const all = [...requests(path, operation)];
    asked += all.length;
    const ask = ({ url, body }: (typeof all)[number]) =>
      api.call<{ code?: string }>(method, url, asJson(body));
    const [ordinarily, ...others] = all;
    const found = await ask(ordinarily!);
    if (found.status === 404) lost.push(`${method} ${path.replace('/api/v1', '')}`);
    const answers = [found, ...(await Promise.all(others.map(ask)))];
    for (const [i, { status, body }] of answers.entries()) {
      const coded = ProblemCode.options.some((code) => code === body?.code);
      if (status === 500 || (status >= 400 && !coded))
        faults.push(`${status} ${method} ${path} ${JSON.stringify(all[i]).slice(0, 200)}`);
    }
  }
  expect(faults).toEqual([]);
  // Of these there is none here; what all others are about is there, so that they get as far as the strange value.
  expect(lost.sort()).toEqual([
    'DELETE /google/app',
    'GET /google/app',
    'POST /google/app/test',
    'POST /google/notices',
  ]);
  expect(asked).toBeGreaterThan(2_000);
});

// Of a text, a number or null that is a whole body, the JSON is sent, not the value.
const asJson = (body: unknown) =>
  body === undefined || (typeof body === 'object' && body) ? body : undefined;
