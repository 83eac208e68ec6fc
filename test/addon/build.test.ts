// The bundle: one file that Google can call, the manifest with the backend's address, and what is refused with words.
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createContext, runInContext } from 'node:vm';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { buildAddon, makeAddon } from '../../addon/build.ts';
import { readDeployment } from '../../addon/publish/deployment.ts';

const backend = 'https://book.example.com/';
let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sidebook-addon-'));
});
afterAll(() => rm(folder, { recursive: true }));

let files = 0;
async function entry(source: string): Promise<string> {
  const path = join(folder, `entry-${++files}.ts`);
  await writeFile(path, source);
  return path;
}
const bundle = async (source: string, more = {}) =>
  makeAddon({ backend, entry: await entry(source), ...more });
/** The top level of a bundle, run as Apps Script runs it: in a scope that holds the language and nothing else. */
function load(code: string): Record<string, unknown> {
  const scope = createContext({});
  runInContext(code, scope);
  return scope;
}
const home = 'export function onHome(event: { n: number }) { return [SIDEBOOK_URL, event.n] }';

describe('what is built', () => {
  test('functions at the top level, by the names that index.ts exports', async () => {
    const { code, functions } = await bundle(`${home} export const onSettings = () => "settings";`);
    expect(functions).toEqual(['onHome', 'onSettings']);
    const scope = load(code);
    expect((scope.onHome as (e: object) => unknown)({ n: 7 })).toEqual([backend, 7]);
    expect((scope.onSettings as () => unknown)()).toBe('settings');
    // Google finds a function by its declaration.
    expect(code).toMatch(/^function onHome\(\)/m);
  });

  test('the manifest beside it, with the backend for the placeholder', async () => {
    const target = join(folder, 'dist');
    const { code, manifest } = await buildAddon({ folder: target, backend, entry: await entry(home) });
    expect((await readdir(target)).sort()).toEqual(['Code.js', 'Code.js.map', 'appsscript.json']);
    expect(await readFile(join(target, 'Code.js'), 'utf8')).toBe(code);
    const text = await readFile(join(target, 'appsscript.json'), 'utf8');
    expect(JSON.parse(text)).toEqual(manifest);
    expect(text).not.toContain('sidebook.example');
    expect(manifest).toMatchObject({
      urlFetchWhitelist: [backend],
      addOns: { common: { logoUrl: `${backend}logo.png`, openLinkUrlPrefixes: [backend] } },
    });
  });

  test('what stood in the folder before is gone', async () => {
    const target = join(folder, 'again');
    await buildAddon({ folder: target, backend, entry: await entry(home) });
    await writeFile(join(target, 'Old.js'), '');
    await buildAddon({ folder: target, backend, entry: await entry(home) });
    expect((await readdir(target)).sort()).toEqual(['Code.js', 'Code.js.map', 'appsscript.json']);
  });

  test('the same sources give the same bytes', async () => {
    const one = await entry(home);
    expect((await makeAddon({ backend, entry: one })).code).toBe(
      (await makeAddon({ backend, entry: one })).code,
    );
  });

  test('the version of package.json', async () => {
    const { code, version } = await bundle('export const version = () => SIDEBOOK_VERSION;');
    const { version: ours } = JSON.parse(await readFile('package.json', 'utf8')) as { version: string };
    expect((load(code).version as () => string)()).toBe(ours);
    expect(version).toBe(ours);
  });

  test('only the build with triggers asks for their scope and holds their code', async () => {
    const source = 'export const on = () => SIDEBOOK_TRIGGERS ? "watching" : "not";';
    const scope = 'https://www.googleapis.com/auth/script.scriptapp';
    const ordinary = await bundle(source);
    expect(ordinary.manifest.oauthScopes).not.toContain(scope);
    expect(ordinary.code).not.toContain('watching');
    const triggers = await bundle(source, { triggers: true });
    expect(triggers.manifest.oauthScopes).toContain(scope);
    expect(triggers.code).toContain('watching');
  });

  test('a map leads from a place in it back to the sources', async () => {
    const { map } = await bundle('export const a = () => { throw new Error("x") };');
    const { sources, mappings } = JSON.parse(map) as { sources: string[]; mappings: string };
    expect(sources).toEqual([expect.stringMatching(/entry-\d+\.ts$/)]);
    expect(mappings.length).toBeGreaterThan(10);
  });

  test('Norwegian letters stay letters', async () =>
    expect((await bundle('export const a = () => "Blåbærgrøt";')).code).toContain('Blåbærgrøt'));
});

describe('what Apps Script lacks', () => {
  test.each([
    ['setTimeout', 'export const a = () => setTimeout(() => 0, 1);'],
    ['fetch', 'export const a = () => globalThis.fetch("https://book.example.com/");'],
    ['URL', 'export const a = () => new URL("https://book.example.com/").host;'],
    ['TextEncoder', 'class A { static e = new TextEncoder() } export const a = () => A.e;'],
    ['process', 'export const a = () => process.env.HOME;'],
    ['crypto', 'export const a = () => typeof crypto;'],
    ['Buffer', 'const made = Buffer.from("x"); export const a = () => made;'],
    ['window', 'export const a = (window = globalThis.window) => window;'],
  ])('%s is refused, and where it stands is said', async (name, source) => {
    const refusal = bundle(`// @ts-nocheck\n${source}`);
    await expect(refusal).rejects.toThrow(new RegExp(`none of these.*\\b${name} \\(.*entry-\\d+\\.ts\\)`));
  });

  test('names of our own, properties and text are nobody’s business', async () => {
    const source = `
      const fetch = (url: string) => ({ url });
      export const a = (o: { process: number; URL: string }, crypto: string) =>
        [fetch("x").url, o.process, o.URL, crypto, "setTimeout"];`;
    await expect(bundle(source)).resolves.toMatchObject({ functions: ['a'] });
  });

  test('nor is what the bundle does not reach', async () => {
    const source = 'function unused() { return process.env } export const a = () => 1;';
    await expect(bundle(source)).resolves.toMatchObject({ functions: ['a'] });
  });

  test('the modules of Node', async () =>
    expect(bundle('import "node:fs"; export const a = 1;')).rejects.toThrow(/Could not resolve "node:fs"/));
});

describe('what does not belong into the bundle', () => {
  const here = new URL('../../', import.meta.url).pathname;

  test.each(['shared/api.ts', 'shared/calendar-api.ts', 'server/errors.ts'])('%s', async (path) => {
    const source = `import * as it from ${JSON.stringify(here + path)}; export const a = () => it;`;
    await expect(bundle(source)).rejects.toThrow(`${path}`);
  });

  test('its types may', async () => {
    const source = `import type { Booking } from ${JSON.stringify(`${here}shared/api.ts`)};
      export const a = (b: Booking) => b;`;
    await expect(bundle(source)).resolves.toMatchObject({ functions: ['a'] });
  });

  test('a default export, or no export', async () => {
    await expect(bundle('export default () => 1;')).rejects.toThrow('by its name: default');
    await expect(bundle('const a = 1;')).rejects.toThrow('exports nothing');
  });
});

describe('the backend’s address', () => {
  test.each([
    ['', 'SIDEBOOK_URL is not set'],
    ['book.example.com', 'is no address'],
    ['http://book.example.com/', 'does not begin with https://'],
    ['https://book.example.com', 'write https://book.example.com/.'],
    ['https://book.example.com/sidebook', 'write https://book.example.com/sidebook/.'],
    ['https://Book.example.com/', 'write https://book.example.com/.'],
    ['https://book.example.com/?a=b', 'write https://book.example.com/.'],
    ['https://me:secret@book.example.com/', 'holds a name or password'],
    ['https://localhost/', 'no whole public domain'],
    ['https://10.0.0.1/', 'no whole public domain'],
    ['https://*.example.com/', 'no whole public domain'],
  ])('%s is refused', (SIDEBOOK_URL, words) => expect(() => readDeployment({ SIDEBOOK_URL })).toThrow(words));

  test('a path of its own and a port are taken', () => {
    for (const SIDEBOOK_URL of ['https://example.com/booking/', 'https://book.example.com:8443/'])
      expect(readDeployment({ SIDEBOOK_URL }).backend).toBe(SIDEBOOK_URL);
  });

  test('triggers are on or off', () => {
    expect(readDeployment({ SIDEBOOK_URL: backend })).toEqual({ backend, triggers: false });
    expect(readDeployment({ SIDEBOOK_URL: backend, ADDON_TRIGGERS: 'on' }).triggers).toBe(true);
    expect(() => readDeployment({ SIDEBOOK_URL: backend, ADDON_TRIGGERS: 'yes' })).toThrow('on, off');
  });

  test('a wrong one is refused by the build as well', async () =>
    expect(makeAddon({ backend: 'http://book.example.com/', entry: await entry(home) })).rejects.toThrow(
      'https',
    ));
});
