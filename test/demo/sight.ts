// The demo's page in a real browser, as tests and pictures use it: the calendar, the panel in its frame, what is wrong to look at.
import { mkdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Browser, BrowserContextOptions, Frame, FrameLocator, Locator, Page } from 'playwright-core';

export interface Sight {
  page: Page;
  /** The add-on's panel. */
  panel: FrameLocator;
  /** An event in the week by the beginning of its title; the first, if it stands in several calendars. */
  event(title: string): Locator;
  /** A button or link of the panel, the first that is called so. */
  button(name: string | RegExp): Locator;
  /** Resolves when the panel shows this text. */
  shows(text: string | RegExp): Promise<void>;
  /** What the page and the panel threw or logged as errors. */
  errors: string[];
  close(): Promise<void>;
}

export const desktop = { width: 1280, height: 800 };
export const phone: BrowserContextOptions = {
  viewport: { width: 390, height: 844 },
  hasTouch: true,
  isMobile: true,
};

/** @param options over a desktop, light, in English */
export async function openSight(
  browser: Browser,
  calendar: string,
  options: BrowserContextOptions = {},
): Promise<Sight> {
  const context = await browser.newContext({ viewport: desktop, locale: 'en-GB', ...options });
  context.setDefaultTimeout(10_000);
  const page = await context.newPage();
  const errors: string[] = [];
  page.on('pageerror', ({ message }) => errors.push(message));
  page.on('console', (said) => said.type() === 'error' && errors.push(said.text()));
  await page.goto(calendar);
  const panel = page.frameLocator('#panel iframe');
  return {
    page,
    panel,
    event: (title) => page.locator('.event').filter({ hasText: title }).first(),
    button: (name) => panel.getByRole('button', { name }).or(panel.getByRole('link', { name })).first(),
    shows: (text) => panel.getByText(text).first().waitFor(),
    errors,
    close: () => context.close(),
  };
}

const folder = new URL('../screenshots/', import.meta.url);

/** For a reviewer: `test/screenshots/<name>.png`, which git does not keep. */
export async function picture(page: Page, name: string): Promise<void> {
  mkdirSync(folder, { recursive: true });
  await settled(page);
  await page.screenshot({ path: fileURLToPath(new URL(`${name}.png`, folder)) });
}

/** Resolves when the panel waits for nobody. */
export async function settled(page: Page): Promise<void> {
  const panel = page.frames()[1];
  // Where nobody has opened it, it is not there yet.
  if (!panel || panel.url() === 'about:blank') return;
  await panel.waitForFunction("document.querySelector('.working[hidden]') !== null");
}

/** What is wrong to look at, on the page and in its panel: too wide, cut off, hard to read, or without a name. */
export async function faults(page: Page): Promise<string[]> {
  await settled(page);
  return (await Promise.all(page.frames().map(faultsIn))).flat();
}

const script = readFileSync(new URL('faults.js', import.meta.url), 'utf8');
const faultsIn = (frame: Frame): Promise<string[]> => frame.evaluate<string[]>(script);

/** Presses a key until what begins so has the focus, on the page or in the panel. @throws Error, if that cannot be seen */
export async function tabTo(page: Page, name: string, key = 'Tab'): Promise<void> {
  for (let presses = 0; presses < 80; presses++) {
    await page.keyboard.press(key);
    const all = await Promise.all(page.frames().map((frame) => frame.evaluate<Focused>(focused)));
    const found = all.find(({ words }) => words.startsWith(name));
    if (found && !found.seen) throw new Error(`${name} has the focus, and does not show it.`);
    if (found) return;
  }
  throw new Error(`${name} is not reached by ${key}.`);
}

interface Focused {
  words: string;
  /** There is a ring around it. */
  seen: boolean;
}
const focused = `(() => {
  const one = document.hasFocus() && document.activeElement;
  if (!one || !one.matches('button, a, input, summary')) return { words: '', seen: false };
  return { words: one.textContent.trim(), seen: getComputedStyle(one).outlineStyle !== 'none' };
})()`;
