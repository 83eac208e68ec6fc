// The configuration: read whole, one clear sentence per fault; and .env.example, held to what is really read.
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { environment, Misconfigured, readConfig } from '../../server/config.ts';

const SECRET = `a:${'A'.repeat(43)}=`;

function faultsOf(env: Record<string, string>): string[] {
  try {
    readConfig(env);
    return [];
  } catch (error) {
    if (error instanceof Misconfigured) return error.faults;
    throw error;
  }
}

describe('.env.example', () => {
  const lines = readFileSync(new URL('../../.env.example', import.meta.url), 'utf8').split('\n');
  const given = lines.flatMap((line, at) => {
    const [, key, value] = /^([A-Z_]+)=(.*)$/.exec(line) ?? [];
    return key === undefined ? [] : [{ key, value: value!, at }];
  });

  test('names every key there is, once, and no other', () => {
    expect(given.map(({ key }) => key).sort()).toEqual(Object.keys(environment.shape).sort());
  });

  test('shows the values that count when nothing is set', () => {
    const shown = Object.fromEntries(given.map(({ key, value }) => [key, value]));
    expect(readConfig(shown)).toEqual(readConfig({}));
  });

  test('says what each key means, above it or above the one before', () => {
    const bare = given.filter(
      ({ at }) => !lines[at - 1]!.startsWith('#') && !/^[A-Z_]+=/.test(lines[at - 1]!),
    );
    expect(bare).toEqual([]);
  });
});

describe('the configuration', () => {
  test('needs nothing', () => {
    expect(readConfig({})).toMatchObject({
      host: '127.0.0.1',
      port: 8080,
      dataFolder: resolve('data'),
      databaseUrl: undefined,
      worker: true,
    });
  });

  test('takes an empty key for one that is not set', () => {
    expect(readConfig({ DATABASE_URL: '', PORT: '' })).toEqual(readConfig({}));
  });

  test.each([
    [
      'a database of one’s own without the keys to seal with',
      { DATABASE_URL: 'postgres://h/d' },
      /^SECRET_KEYS is required with DATABASE_URL/,
    ],
    ['half an OAuth client', { GOOGLE_CLIENT_ID: 'id' }, /^GOOGLE_CLIENT_SECRET goes with GOOGLE_CLIENT_ID/],
    [
      'the other half',
      { GOOGLE_CLIENT_SECRET: 'secret' },
      /^GOOGLE_CLIENT_SECRET goes with GOOGLE_CLIENT_ID/,
    ],
    [
      'a Google without a client',
      { GOOGLE_URL: 'http://127.0.0.1:9' },
      /^GOOGLE_URL without GOOGLE_CLIENT_ID/,
    ],
    ['a port that is none', { PORT: 'http' }, /^PORT /],
    ['a port beyond the last', { PORT: '65536' }, /^PORT /],
    ['another kind of database', { DATABASE_URL: 'mysql://h/d', SECRET_KEYS: SECRET }, /^DATABASE_URL /],
    ['a public address without http', { PUBLIC_URL: 'book.example.com' }, /^PUBLIC_URL /],
    ['a secret key that is too short', { SECRET_KEYS: 'a:AAAA' }, /^SECRET_KEYS wants id:key/],
    ['a switch that is neither', { WORKER: 'yes' }, /^WORKER /],
    ['a level that is none', { LOG_LEVEL: 'loud' }, /^LOG_LEVEL /],
    ['no units at all', { GOOGLE_ACCOUNT_UNITS_PER_MINUTE: '0' }, /^GOOGLE_ACCOUNT_UNITS_PER_MINUTE /],
  ])('refuses %s in one sentence that begins with the key', (_, env, says) => {
    const faults = faultsOf(env);
    expect(faults).toEqual([expect.stringMatching(says)]);
    expect(faults[0]).toMatch(/^[A-Z_]+ [^\n]+[^.]\.$/);
  });

  test('names every fault at once', () => {
    expect(faultsOf({ PORT: 'x', WORKER: 'maybe', LOG_LEVEL: 'loud' })).toHaveLength(3);
    expect(faultsOf({ DATABASE_URL: 'postgres://h/d', GOOGLE_CLIENT_ID: 'id', PORT: 'x' })).toHaveLength(3);
  });

  test('shows no secret in a fault', () => {
    const faults = faultsOf({
      SECRET_KEYS: 'hunter2',
      DATABASE_URL: 'postgres//me:hunter2@h',
      LOG_LEVEL: 'hunter2',
    });
    expect(faults).toHaveLength(3);
    expect(faults.join()).not.toContain('hunter2');
  });
});
