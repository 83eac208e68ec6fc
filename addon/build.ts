// Builds what Apps Script runs: one file whose top-level functions are what index.ts exports, and the manifest beside it.
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join, relative, resolve, sep } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { type BuildOptions, build, formatMessages, type Plugin } from 'esbuild';
import { command } from './publish/command.ts';
import { checkAddress, PLACEHOLDER, readDeployment, Unfit } from './publish/deployment.ts';
import { refuseLacking } from './publish/lacking.ts';
import { triggerScope } from './publish/scopes.ts';

export const root = fileURLToPath(new URL('..', import.meta.url));

/** As far as we read it (developers.google.com/workspace/add-ons/concepts/workspace-manifests). */
export interface Manifest {
  oauthScopes: string[];
  urlFetchWhitelist: string[];
  addOns: {
    common: {
      name: string;
      logoUrl: string;
      openLinkUrlPrefixes: string[];
      universalActions: { label: string; runFunction?: string; openLink?: string }[];
    };
    calendar: Record<string, { runFunction?: string } | string>;
  };
}

export interface Wanted {
  /** Where `Code.js`, its map and `appsscript.json` go; emptied before. */
  folder: string;
  /** The backend's address: https, a whole domain, ends in a slash. */
  backend: string;
  /** `addon/index.ts`, if left out. */
  entry?: string;
  /** The build that may make calendar-updated triggers: asks for one scope more. */
  triggers?: boolean;
}

export interface Built {
  code: string;
  /** Leads from a place in `code` back to the sources: how a stack trace in Google's log is read. */
  map: string;
  manifest: Manifest;
  /** The names Google may call, in the order of the alphabet. */
  functions: string[];
  version: string;
}

/**
 * Writes the add-on to `folder`. The same sources and wishes give the same bytes.
 * @throws Unfit, if the address is wrong, the code does not bundle, or it needs what Apps Script lacks
 */
export async function buildAddon({ folder, ...wanted }: Wanted): Promise<Built> {
  const built = await makeAddon(wanted);
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'Code.js'), built.code);
  // clasp sends no such file: it stays with whoever built.
  await writeFile(join(folder, 'Code.js.map'), built.map);
  await writeFile(join(folder, 'appsscript.json'), `${JSON.stringify(built.manifest, null, 2)}\n`);
  return built;
}

/** The same, in memory. */
export async function makeAddon({
  backend,
  entry = join(root, 'addon/index.ts'),
  triggers = false,
}: Omit<Wanted, 'folder'>): Promise<Built> {
  checkAddress(backend);
  const { version } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as { version: string };
  const define = {
    SIDEBOOK_URL: JSON.stringify(backend),
    SIDEBOOK_VERSION: JSON.stringify(version),
    SIDEBOOK_TRIGGERS: String(triggers),
  };
  const functions = await exportsOf(entry, define);
  await refuseLacking(entry, define);
  const { code, map } = await bundle(entry, {
    define,
    format: 'iife',
    globalName: GLOBAL,
    banner: { js: `// Sidebook ${version}` },
    footer: { js: functions.map(stub).join('\n') },
    minify: true,
    // Lines that an editor and a stack trace can name a place in.
    lineLimit: 200,
    sourcemap: 'external',
    sourcesContent: false,
    outfile: join(root, 'dist/Code.js'),
  });
  return { code, map, manifest: await manifestFor(backend, triggers), functions, version };
}

/** Holds the bundle; the functions reach into it. */
const GLOBAL = 'SidebookAddon';

// A declaration is the form that Google finds whatever it calls it for (apps-script/guides/v8-runtime).
const stub = (name: string) => `function ${name}(){return ${GLOBAL}.${name}.apply(this,arguments)}`;

async function exportsOf(entry: string, define: Record<string, string>): Promise<string[]> {
  const { metafile } = await run({ ...shared(entry), define, format: 'esm', metafile: true });
  const [output] = Object.values(metafile?.outputs ?? {});
  const names = [...(output?.exports ?? [])].sort();
  if (names.length === 0) throw new Unfit(`${relative(root, entry)} exports nothing that Google could call.`);
  const wrong = names.filter((name) => name === 'default' || name === GLOBAL || !/^[A-Za-z]\w*$/.test(name));
  if (wrong.length > 0) throw new Unfit(`Google cannot call this by its name: ${wrong.join(', ')}.`);
  return names;
}

const foreign = /(^|\/)(server|node_modules)\/|^shared\/([\w-]+-)?api\.ts$/;

/** Refuses what only the server may hold where it is loaded, so that the refusal can say who imports it. */
const ownCode: Plugin = {
  name: 'own code',
  setup: ({ onLoad }) =>
    onLoad({ filter: /./ }, (file) => {
      const path = relative(root, file.path).split(sep).join('/');
      if (!foreign.test(path)) return undefined;
      const text = `${path} is not for the add-on: of the server and its schemas it takes types only.`;
      return { errors: [{ text }] };
    }),
};

/** The manifest of the repository with the backend's address in place of the placeholder. */
async function manifestFor(backend: string, triggers: boolean): Promise<Manifest> {
  const text = await readFile(join(root, 'appsscript.json'), 'utf8');
  const manifest = JSON.parse(text, (_, value: unknown) =>
    typeof value === 'string' && value.startsWith(PLACEHOLDER)
      ? `${backend}${value.slice(PLACEHOLDER.length)}`
      : value,
  ) as Manifest;
  if (triggers) manifest.oauthScopes.push(triggerScope);
  return manifest;
}

const shared = (entry: string): BuildOptions => ({
  absWorkingDir: root,
  entryPoints: [entry],
  bundle: true,
  write: false,
  // Nothing of Node or the browser is there to be resolved.
  platform: 'neutral',
  target: 'es2020',
  charset: 'utf8',
  legalComments: 'none',
  plugins: [ownCode],
  logLevel: 'silent',
});

async function bundle(entry: string, options: BuildOptions): Promise<{ code: string; map: string }> {
  const { outputFiles = [] } = await run({ ...shared(entry), ...options });
  const ending = (end: string) => outputFiles.find(({ path }) => path.endsWith(end))?.text ?? '';
  return { code: ending('.js'), map: ending('.map') };
}

async function run(options: BuildOptions) {
  try {
    return await build(options);
  } catch (error) {
    const { errors } = error as { errors?: Parameters<typeof formatMessages>[0] };
    if (!errors) throw error;
    throw new Unfit((await formatMessages(errors, { kind: 'error' })).join('\n').trim());
  }
}

/** What `npm run addon:build` does. */
async function main(): Promise<string> {
  const { functions, code, version } = await buildAddon({
    folder: resolve(root, 'dist'),
    ...readDeployment(),
  });
  const size = (Buffer.byteLength(code) / 1024).toFixed(1);
  return `Built Sidebook ${version} in dist/: ${size} KiB, ${functions.length} functions.`;
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) await command(main);
