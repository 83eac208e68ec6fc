// Whatever stands in whichever field of whichever operation: an answer that the description knows, never a 500.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ProblemCode } from '../../shared/problems.ts';
import { type Api, startApi } from '../api.ts';

interface Schema {
  $ref?: string;
  type?: string;
  format?: string;
  enum?: unknown[];
  default?: unknown;
  minimum?: number;
  pattern?: string;
  anyOf?: Schema[];
  items?: Schema;
  properties?: Record<string, Schema>;
}
interface Operation {
  parameters?: { in: 'path' | 'query'; name: string; schema: Schema }[];
  requestBody?: { content: { 'application/json': { schema: Schema } } };
}

let api: Api;
let paths: Record<string, Record<string, Operation>>;
let schemas: Record<string, Schema>;
const known: Record<string, string> = {};

beforeAll(async () => {
  api = await startApi();
  const described = (await api.app.inject('/openapi.json')).json();
  ({ paths } = described);
  ({ schemas } = described.components);
  const make = async (path: string, body: object) =>
    (await api.call<{ id: string }>('POST', path, body)).body.id;
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
});
afterAll(() => api.close());

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
  if (schema.anyOf) return ordinary(schema.anyOf[0]!, name);
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
    .sort((a, b) => Number(ends(a)) - Number(ends(b)));
const ends = ({ path, method }: { path: string; method: string }) =>
  method === 'DELETE' || method === 'PATCH' || path.endsWith('/cancel');

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
  const query = Object.fromEntries(inQuery.map(({ name, schema }) => [name, ordinary(schema, name)]));
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
  let asked = 0;
  for (const { path, method, operation } of operations()) {
    const all = [...requests(path, operation)];
    asked += all.length;
    const answers = await Promise.all(
      all.map(({ url, body }) => api.call<{ code?: string }>(method, url, asJson(body))),
    );
    for (const [i, { status, body }] of answers.entries()) {
      const coded = ProblemCode.options.some((code) => code === body?.code);
      if (status === 500 || (status >= 400 && !coded))
        faults.push(`${status} ${method} ${path} ${JSON.stringify(all[i]).slice(0, 200)}`);
    }
  }
  expect(faults).toEqual([]);
  expect(asked).toBeGreaterThan(2_000);
});

// Of a text, a number or null that is a whole body, the JSON is sent, not the value.
const asJson = (body: unknown) =>
  body === undefined || (typeof body === 'object' && body) ? body : undefined;
