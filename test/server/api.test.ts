// What the API says of itself, held against what it does: its description, its doors, its list of refusals.
import { Validator } from '@seriousme/openapi-schema-validator';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { answerTo, Refusal, type RefusalCode, refusals } from '../../server/errors.ts';
import { ProblemCode } from '../../shared/problems.ts';
import { type Api, startApi } from '../api.ts';

interface Operation {
  summary?: string;
  tags?: string[];
  description?: string;
  security?: { key: string[] }[];
  parameters?: { in: string; name: string; required?: boolean }[];
  responses: Record<string, unknown>;
}
interface Description {
  openapi: string;
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, { properties: Record<string, { enum?: string[] }> }> };
}

let api: Api;
let described: Description;
let operations: { name: string; method: string; path: string; operation: Operation }[];
beforeAll(async () => {
  api = await startApi();
  described = (await api.app.inject('/openapi.json')).json();
  operations = Object.entries(described.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({
      name: `${method.toUpperCase()} ${path}`,
      method: method.toUpperCase(),
      path: path.replace('/api/v1', '').replace(/\{\w+\}/g, crypto.randomUUID()),
      operation,
    })),
  );
});
afterAll(() => api.close());

describe('the description', () => {
  test('is valid OpenAPI 3.1', async () => {
    expect(described.openapi).toBe('3.1.0');
    const { errors = [] } = await new Validator().validate(JSON.parse(JSON.stringify(described)));
    expect(errors).toEqual([]);
  });

  test('has a summary, a tag and an answer for every operation', () => {
    expect(operations.length).toBeGreaterThan(50);
    const bare = operations.filter(
      ({ operation }) =>
        !operation.summary || !operation.tags?.length || !Object.keys(operation.responses).length,
    );
    expect(bare.map(({ name }) => name)).toEqual([]);
  });

  test('says which scope a key needs, and where none is needed', () => {
    const { get, post } = described.paths['/api/v1/bookings']!;
    expect([get!.security, post!.security]).toEqual([[{ key: ['read'] }], [{ key: ['book'] }]]);
    expect(post!.description).toBe('Needs an API key with the scope book.');
    const shown = described.paths['/api/v1/availability']!.get!;
    expect(shown.security).toEqual([{ key: ['book'] }, { key: ['read'] }]);
    expect(shown.description).toBe('Needs an API key with the scope book or read.');
    const free = operations.filter(({ operation }) => operation.security?.length === 0);
    expect(free.map(({ name }) => name.replace('/api/v1', '')).sort()).toEqual([
      'GET /google/callback',
      'GET /manage/{secret}',
      'POST /google/notices',
      'POST /manage/{secret}/cancel',
      'POST /manage/{secret}/reschedule',
    ]);
  });

  test('shows Idempotency-Key where it makes a repetition safe', () => {
    const once = operations.filter(({ operation }) =>
      operation.parameters?.some((one) => one.in === 'header' && one.name === 'Idempotency-Key'),
    );
    expect(once.map(({ name }) => name.replace('/api/v1', '')).sort()).toEqual([
      'POST /accounts',
      'POST /accounts/{id}/disconnect',
      'POST /bookings',
      'POST /calendars',
      'POST /calendars/{id}/decisions',
      'POST /calendars/{id}/fix',
      'POST /calendars/{id}/undo',
      'POST /customers',
      'POST /google/consents',
      'POST /holds',
      'POST /keys',
      'POST /members',
      'POST /resources',
      'POST /resources/{id}/blocks',
      'POST /resources/{id}/openings',
      'POST /runs/{id}/undo',
      'POST /services',
    ]);
  });

  test('lists every code a refusal can have, and no other', () => {
    const codes = [...Object.keys(refusals), 'internal'].sort();
    expect([...ProblemCode.options].sort()).toEqual(codes);
    expect([...(described.components.schemas.Problem?.properties.code?.enum ?? [])].sort()).toEqual(codes);
  });

  test('can be read as a page that needs nothing from elsewhere', async () => {
    const page = await api.app.inject('/docs/');
    expect(page.statusCode).toBe(200);
    expect(page.headers['content-type']).toContain('text/html');
    expect(page.body).not.toMatch(/(src|href)="https?:/);
    expect(page.headers['content-security-policy']).toBeDefined();
  });
});

describe('the doors', () => {
  // Whoever holds a manage link, or a state that we sealed, holds a secret already.
  const open = /^\/(manage\/|google\/(callback|notices)$)/;

  test('are shut to those without a key, and to keys without the scope', async () => {
    const authorization = await api.keyWith();
    const faults: string[] = [];
    for (const { name, method, path } of operations.filter((one) => !open.test(one.path))) {
      const nobody = await api.call(method, path, undefined, { authorization: '' });
      const powerless = await api.call(method, path, undefined, { authorization });
      if (nobody.status !== 401 || powerless.status !== 403)
        faults.push(`${name}: ${nobody.status}, ${powerless.status}`);
    }
    expect(faults).toEqual([]);
  });

  test('say whether the server lives and whether it can work', async () => {
    expect((await api.app.inject('/healthz')).json()).toEqual({ ok: true });
    expect((await api.app.inject('/readyz')).json()).toEqual({ ready: true });
  });

  test('say where there are none', async () => {
    const answer = await api.app.inject('/api/v1/nothing');
    expect({ status: answer.statusCode, body: answer.json() }).toMatchObject({
      status: 404,
      body: { code: 'not_found' },
    });
  });
});

describe('a failure', () => {
  test.each(Object.entries(refusals) as [RefusalCode, number][])('%s is answered %i', (code, status) => {
    expect(answerTo(new Refusal(code, 'Do it otherwise.', { a: 1 }))).toEqual({
      status,
      body: { code, message: 'Do it otherwise.', details: { a: 1 } },
    });
  });

  test('that nobody foresaw shows nothing of itself', () => {
    const secret = new Error('insert into customers … kari@example.com');
    expect(answerTo(secret)).toEqual({
      status: 500,
      body: { code: 'internal', message: 'Something failed on our side.' },
    });
    expect(JSON.stringify(answerTo({ statusCode: 500, message: 'secret' }))).not.toContain('secret');
    expect(answerTo('a text').status).toBe(500);
  });
});
