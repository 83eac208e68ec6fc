// A real browser that nobody sees, for tests and pictures: the one at CHROME_PATH, or the npm package's Chromium, which
// runs on Linux alone; elsewhere the Chrome that is installed.
import { existsSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import sparticuz from '@sparticuz/chromium';
import { type Browser, chromium } from 'playwright-core';

const args = ['--no-sandbox'];

/** @throws Error, that says what to do when this machine cannot run it */
export async function openBrowser(path = process.env.CHROME_PATH): Promise<Browser> {
  if (path) return launch(path);
  if (process.platform !== 'linux') return chromium.launch({ channel: 'chrome', args });
  const home = await unpacked();
  const own = join(home, 'chromium');
  try {
    return await launch(own);
  } catch (error) {
    if (!(error instanceof Lacking)) throw error;
    // The package brings what a bare machine lacks; the machine's own is better where it is there.
    return await launch(own, join(home, 'al2023/lib'));
  }
}

class Lacking extends Error {}

async function launch(executablePath: string, libraries?: string): Promise<Browser> {
  const env = { ...process.env, ...(libraries !== undefined && { LD_LIBRARY_PATH: libraries }) };
  try {
    return await chromium.launch({ executablePath, args, env });
  } catch (error) {
    const { message } = error as Error;
    const library = /([\w.+-]+\.so[\w.]*): cannot open shared object file/.exec(message)?.[1];
    const words = (why: string) =>
      `The browser at ${executablePath} does not start: ${why}, or name another in CHROME_PATH.`;
    if (library) throw new Lacking(words(`it needs ${library}, which this machine lacks. Install it`));
    throw new Error(words(`${message.split('\n')[0]}. Install one`));
  }
}

/**
 * Where the package's Chromium is, unpacked once for each user. The package itself has one place for all, and takes what
 * somebody else is still unpacking there for the whole.
 */
async function unpacked(): Promise<string> {
  const about = new URL('../node_modules/@sparticuz/chromium/package.json', import.meta.url);
  const { version } = JSON.parse(readFileSync(about, 'utf8')) as { version: string };
  const home = join(tmpdir(), `sidebook-chromium-${version}-${userInfo().uid}`);
  if (existsSync(home)) return home;
  const fresh = mkdtempSync(`${home}-`);
  const before = { ...process.env };
  // It unpacks libraries too where it takes itself to be on a bare machine. All this it asks before it first waits.
  Object.assign(process.env, { TMPDIR: fresh, AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs20.x' });
  const unpacking = sparticuz.executablePath();
  for (const name of ['TMPDIR', 'AWS_EXECUTION_ENV']) {
    if (before[name] === undefined) delete process.env[name];
    else process.env[name] = before[name];
  }
  await unpacking;
  try {
    renameSync(fresh, home);
  } catch {
    // Somebody else was first.
    rmSync(fresh, { recursive: true, force: true });
  }
  return home;
}
