// The demo's page in a real browser, as tests and pictures use it: the calendar, the panel in its frame, what is wrong to look at.
import { mkdirSync } from 'node:fs';
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
  await panel?.waitForFunction(() => document.querySelector('.working[hidden]') !== null);
}

/** What is wrong to look at, on the page and in its panel: too wide, cut off, hard to read, or without a name. */
export async function faults(page: Page): Promise<string[]> {
  await settled(page);
  return (await Promise.all(page.frames().map(faultsIn))).flat();
}

const faultsIn = (frame: Frame): Promise<string[]> =>
  frame.evaluate(() => {
    const found: string[] = [];
    const root = document.documentElement;
    const { innerWidth } = window;
    if (root.scrollWidth > innerWidth) found.push(`wider than the window: ${root.scrollWidth} > ${innerWidth}`);
    const brush = document.createElement('canvas').getContext('2d', { willReadFrequently: true });
    /** Red, green, blue, 0 to 255, and opacity, 0 to 1, of whatever CSS calls a colour. */
    const paint = (colour: string): number[] => {
      if (!brush) return [];
      brush.clearRect(0, 0, 1, 1);
      brush.fillStyle = colour;
      brush.fillRect(0, 0, 1, 1);
      const [r = 0, g = 0, b = 0, a = 0] = brush.getImageData(0, 0, 1, 1).data;
      return [r, g, b, a / 255];
    };
    // WCAG 2.2, relative luminance and contrast ratio.
    const light = (colour: number[]) => {
      const [r = 0, g = 0, b = 0] = colour.map((part) => {
        const c = part / 255;
        return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
      });
      return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    };
    const groundOf = (element: Element | null): number[] => {
      for (let at = element; at; at = at.parentElement) {
        const ground = paint(getComputedStyle(at).backgroundColor);
        if ((ground[3] ?? 0) > 0.99) return ground;
      }
      return [255, 255, 255, 1];
    };
    const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    for (let node = walk.nextNode(); node; node = walk.nextNode()) {
      const element = node.parentElement;
      const words = node.textContent?.trim();
      if (!element || !words || !element.checkVisibility()) continue;
      if (element.closest('script, style, option, :disabled, [aria-hidden="true"], .event')) continue;
      const [ink, ground] = [light(paint(getComputedStyle(element).color)), light(groundOf(element))];
      const ratio = (Math.max(ink, ground) + 0.05) / (Math.min(ink, ground) + 0.05);
      if (ratio < 4.5) found.push(`hard to read (${ratio.toFixed(1)}): ${words}`);
      if (element.closest('.button, button, label, .text') && element.scrollWidth > element.clientWidth + 1)
        if (getComputedStyle(element).display !== 'inline') found.push(`cut off: ${words}`);
    }
    for (const one of document.querySelectorAll('button, a, input, select, textarea')) {
      const labels = (one as HTMLInputElement).labels ?? [];
      const named = one.textContent?.trim() || one.getAttribute('aria-label') || labels.length > 0;
      if (one.checkVisibility() && !named) found.push(`without a name: ${one.outerHTML.slice(0, 80)}`);
    }
    return found;
  });
