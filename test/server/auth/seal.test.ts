// Sealed secrets open only with their key, unchanged, and in the row they were sealed for.
import { randomBytes } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createSeal, keysFromFile, SealBroken } from '../../../server/auth/seal.ts';

const key = (id: string) => `${id}:${randomBytes(32).toString('base64')}`;

describe('a seal', () => {
  const old = key('old');
  const seal = createSeal(old);

  test('opens what it sealed, and no two sealings look alike', () => {
    const [one, two] = [seal.seal('1//tøken', 'accounts/a/1'), seal.seal('1//tøken', 'accounts/a/1')];
    expect(one).not.toBe(two);
    expect(one).toMatch(/^old\.[\w-]+\.[\w-]+\.[\w-]+$/);
    expect(one).not.toContain('token');
    expect(seal.open(one, 'accounts/a/1')).toBe('1//tøken');
    expect(seal.open(seal.seal('', 'x'), 'x')).toBe('');
  });

  test('does not open in another row', () => {
    const value = seal.seal('secret', 'accounts/a/1');
    expect(() => seal.open(value, 'accounts/b/1')).toThrow(SealBroken);
  });

  test('does not open changed, cut, with a short tag, or with another key of the same name', () => {
    const value = seal.seal('secret', 'row');
    const [id, iv, sealed, tag] = value.split('.') as [string, string, string, string];
    const flipped = Buffer.from(sealed, 'base64url').map((byte, i) => (i === 0 ? byte ^ 1 : byte));
    const changed = [id, iv, Buffer.from(flipped).toString('base64url'), tag].join('.');
    const short = [id, iv, sealed, Buffer.from(tag, 'base64url').subarray(0, 4).toString('base64url')].join(
      '.',
    );
    for (const bad of [changed, short, [id, iv, sealed].join('.'), 'old', '', 'plain text'])
      expect(() => seal.open(bad, 'row'), bad).toThrow(SealBroken);
    expect(() => createSeal(key('old')).open(value, 'row')).toThrow(SealBroken);
  });

  test('seals with the newest key and opens with all', () => {
    const value = seal.seal('secret', 'row');
    const rotated = createSeal(`${key('new')}, ${old}`);
    expect(rotated.open(value, 'row')).toBe('secret');
    expect(rotated.seal('secret', 'row')).toMatch(/^new\./);
    expect(() => createSeal(key('new')).open(value, 'row')).toThrow(/"old"/);
  });

  test('refuses keys that are not 32 bytes, or two of one id', () => {
    for (const bad of ['', 'a:short', `a:${randomBytes(31).toString('base64')}`, `${old},${key('old')}`])
      expect(() => createSeal(bad), bad).toThrow(SealBroken);
  });
});

describe('the key file', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'seal-'));
  });
  afterAll(() => rm(folder, { recursive: true }));

  test('is made once, privately, by whoever of several comes first', async () => {
    const path = join(folder, 'keys', 'secret.keys');
    const all = await Promise.all(Array.from({ length: 8 }, () => keysFromFile(path)));
    expect(all.filter(({ made }) => made)).toHaveLength(1);
    expect(new Set(all.map(({ keys }) => keys)).size).toBe(1);
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect(await readdir(join(folder, 'keys'))).toEqual(['secret.keys']);
    expect((await readFile(path, 'utf8')).trim()).toBe(all[0]!.keys);
    const seal = createSeal(all[0]!.keys);
    expect(seal.open(seal.seal('x', 'y'), 'y')).toBe('x');
  });
});
