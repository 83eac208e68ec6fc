// A real browser that nobody sees, for tests and pictures: the npm package's Chromium, or the one at CHROME_PATH.
import sparticuz from '@sparticuz/chromium';
import { type Browser, chromium } from 'playwright-core';

/** @throws Error, that says what to do when this machine cannot run it */
export async function openBrowser(): Promise<Browser> {
  const executablePath = process.env.CHROME_PATH || (await sparticuz.executablePath());
  try {
    return await chromium.launch({ executablePath, args: ['--no-sandbox'] });
  } catch (error) {
    const { message } = error as Error;
    const library = /([\w.+-]+\.so[\w.]*): cannot open shared object file/.exec(message)?.[1];
    const why = library
      ? `it needs ${library}, which this machine lacks. Install it (of Debian and Ubuntu: libnss3)`
      : `${message.split('\n')[0]}. Install one`;
    throw new Error(`The browser at ${executablePath} does not start: ${why}, or name another in CHROME_PATH.`);
  }
}
