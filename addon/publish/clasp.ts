// The Apps Script project that the add-on is sent to, and clasp, which sends it: run as a person would, nobody at hand.
import { spawn } from 'node:child_process';
import { mkdtemp, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Built, buildAddon, root } from '../build.ts';
import { PLACEHOLDER, readDeployment, Unfit } from './deployment.ts';

export type Environment = Record<string, string | undefined>;

export interface Project {
  built: Built;
  /** @returns what clasp printed as JSON. @throws Unfit, with clasp's words and what to do */
  clasp<Answer>(...args: string[]): Promise<Answer>;
}

/**
 * Builds the add-on into a folder of its own, with a project file like the committed one but for the script id, and
 * takes both away afterwards: what is committed keeps its placeholder, so nobody sends to a project by accident.
 * @throws Unfit, if the configuration is not fit to be sent
 */
export async function inProject<T>(
  env: Environment,
  act: (project: Project) => Promise<T>,
  entry?: string,
): Promise<T> {
  const scriptId = readScriptId(env);
  const wanted = readDeployment(env);
  if (wanted.backend === PLACEHOLDER)
    throw new Unfit(`SIDEBOOK_URL is the placeholder ${PLACEHOLDER}: give the backend’s own address.`);
  const committed = JSON.parse(await readFile(join(root, '.clasp.json'), 'utf8')) as { rootDir: string };
  // clasp refuses a folder that is reached by a symbolic link, as the temporary one is on macOS.
  const folder = await mkdtemp(join(await realpath(tmpdir()), 'sidebook-clasp-'));
  try {
    const built = await buildAddon({ folder: join(folder, committed.rootDir), ...wanted, entry });
    await writeFile(join(folder, '.clasp.json'), JSON.stringify({ ...committed, scriptId }));
    return await act({ built, clasp: (...args) => run({ folder, env, args }) });
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** @throws Unfit, if CLASP_SCRIPT_ID is missing or cannot be one */
export function readScriptId(env: Environment): string {
  const id = env.CLASP_SCRIPT_ID?.trim();
  const where = 'it stands in the project’s settings at script.google.com';
  if (!id) throw new Unfit(`CLASP_SCRIPT_ID is not set: give the id of the Apps Script project (${where}).`);
  if (!/^[\w-]{20,}$/.test(id))
    throw new Unfit(`CLASP_SCRIPT_ID: ${id} is a placeholder, not the id of a project (${where}).`);
  return id;
}

interface Call {
  folder: string;
  env: Environment;
  args: string[];
}

// Run by this very Node: what stands in .bin is another thing on each system.
const program = () => createRequire(import.meta.url).resolve('@google/clasp');

async function run<Answer>({ folder, env, args }: Call): Promise<Answer> {
  const given = [program(), '--json', '--project', join(folder, '.clasp.json'), ...args];
  const child = spawn(process.execPath, given, { cwd: folder, env, stdio: ['ignore', 'pipe', 'pipe'] });
  const said = { stdout: '', stderr: '' };
  for (const stream of ['stdout', 'stderr'] as const)
    child[stream].setEncoding('utf8').on('data', (text: string) => {
      said[stream] += text;
    });
  const code = await new Promise<number | null>((resolve, reject) =>
    child.on('error', reject).on('close', resolve),
  );
  if (code !== 0) throw new Unfit(explain(args[0] ?? '', said.stderr.trim() || said.stdout.trim()));
  try {
    return JSON.parse(said.stdout) as Answer;
  } catch {
    throw new Unfit(explain(args[0] ?? '', said.stdout.trim() || said.stderr.trim()));
  }
}

/** clasp's and Google's words, which may change, and what helps: if none is known, their words stand alone. */
const advice: [RegExp, string][] = [
  [
    /no credentials|invalid_grant|invalid_rapt|authentication credential|unauthori[sz]ed|log ?in/i,
    'Sign in with `npx clasp login`, as a person who may edit the project.',
  ],
  [
    /has not enabled the Apps Script API/i,
    'Switch it on at https://script.google.com/home/usersettings, wait a minute, and try again.',
  ],
  [
    /permission|forbidden/i,
    'Ask for edit access to the Apps Script project, or sign in as somebody else: `npx clasp login`.',
  ],
  [
    /deployment.*not found|not found.*deployment/i,
    'Check CLASP_DEPLOYMENT_ID: `npx clasp list-deployments` shows what there is.',
  ],
  [
    /entity was not found|not found/i,
    'Check CLASP_SCRIPT_ID, CLASP_DEPLOYMENT_ID, and that the person who signed in may see the project.',
  ],
  [
    /ENOTFOUND|ECONNREFUSED|ECONNRESET|ETIMEDOUT|EAI_AGAIN|socket hang up/i,
    'Google cannot be reached from here: check the network and HTTPS_PROXY.',
  ],
  [
    /200 versions|version limit|too many versions/i,
    'A script holds 200 versions: delete old ones in its project history at script.google.com.',
  ],
  [/urlFetchWhitelist|manifest/i, 'Google does not take the manifest: run `npm run publish:check`.'],
];

const explain = (command: string, words: string): string => {
  const help = advice.find(([pattern]) => pattern.test(words))?.[1];
  return [`clasp ${command}: ${words || 'failed without a word.'}`, help].filter(Boolean).join('\n');
};
