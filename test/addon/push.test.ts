// Sending the add-on by the real clasp to a stand-in of Google: what arrives, and what is refused.
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { makeAddon } from '../../addon/build.ts';
import { push } from '../../addon/push.ts';
import { type ScriptGoogle, startScriptGoogle } from '../clasp/google.ts';
import { newProject } from '../clasp/projects.ts';

const backend = 'https://book.example.com/';
let google: ScriptGoogle;
let folder = '';
let entry = '';
let env: Record<string, string> = {};

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sidebook-push-'));
  entry = join(folder, 'index.ts');
  await writeFile(entry, 'export const onHome = () => [SIDEBOOK_URL, "Blåbær"];');
});
afterAll(() => rm(folder, { recursive: true }));
beforeEach(async () => {
  google = await startScriptGoogle();
  env = { ...google.env, SIDEBOOK_URL: backend, CLASP_SCRIPT_ID: google.scriptId };
  return () => google.close();
});

test('exactly the bundle and the manifest arrive, byte for byte, and once', async () => {
  const committed = await readFile('.clasp.json', 'utf8');
  expect(await push(env, entry)).toMatch(/^Pushed Sidebook \d/);
  const { code, manifest } = await makeAddon({ backend, entry });
  expect(google.project.files).toEqual([
    { name: 'appsscript', type: 'JSON', source: `${JSON.stringify(manifest, null, 2)}\n` },
    { name: 'Code', type: 'SERVER_JS', source: code },
  ]);
  google.requests.length = 0;
  expect(await push(env, entry)).toContain('nothing was pushed');
  expect(google.requests.filter((request) => request.startsWith('PUT'))).toEqual([]);
  expect(google.strangers).toEqual([]);
  // What is committed keeps its placeholder.
  expect(await readFile('.clasp.json', 'utf8')).toBe(committed);
  expect(JSON.parse(committed)).toEqual({ scriptId: expect.stringMatching(/^</), rootDir: 'dist' });
});

describe('what is refused before anything is sent', () => {
  test.each([
    ['CLASP_SCRIPT_ID', undefined, 'CLASP_SCRIPT_ID is not set'],
    ['CLASP_SCRIPT_ID', '<set CLASP_SCRIPT_ID>', 'placeholder'],
    ['SIDEBOOK_URL', undefined, 'SIDEBOOK_URL is not set'],
    ['SIDEBOOK_URL', 'https://sidebook.example/', 'placeholder'],
    ['SIDEBOOK_URL', 'http://book.example.com/', 'https://'],
  ])('%s %s', async (key, value, words) => {
    await expect(push({ ...env, [key]: value }, entry)).rejects.toThrow(words);
    expect(google.requests).toEqual([]);
  });
});

describe('what Google refuses is told with what to do', () => {
  test('nobody is signed in', async () => {
    await rm(join(env.HOME ?? '', '.clasprc.json'));
    await expect(push(env, entry)).rejects.toThrow('npx clasp login');
  });

  test('signed in no longer', async () => {
    google.signOut();
    await expect(push(env, entry)).rejects.toThrow('npx clasp login');
    expect(google.project).toEqual(newProject());
  });

  test('a project that is not there, or not theirs', async () => {
    const other = { ...env, CLASP_SCRIPT_ID: `${google.scriptId}2` };
    await expect(push(other, entry)).rejects.toThrow(/not found.*\n.*CLASP_SCRIPT_ID/);
    expect(google.project).toEqual(newProject());
  });

  test('the Apps Script API is switched off', async () => {
    google.apiEnabled = false;
    await expect(push(env, entry)).rejects.toThrow(/not enabled.*\n.*usersettings/);
  });

  test('Google cannot be reached', async () => {
    await expect(push({ ...env, HTTPS_PROXY: 'http://127.0.0.1:9' }, entry)).rejects.toThrow('network');
  });
});
