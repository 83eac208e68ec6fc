// Makes the Marketplace's screenshots from the real cards beside the demo's calendar: `npm run publish:screenshots`.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { BrowserContextOptions } from 'playwright-core';
import { screenshotFolder, screenshotSize } from '../../addon/publish/pictures.ts';
import { openBrowser } from '../browser.ts';
import { runDemo } from './running.ts';
import { openSight, type Sight, settled } from './sight.ts';

/** What is done before each is taken, on one demo after the other. */
const pictures: Record<string, (sight: Sight) => Promise<unknown>> = {
  '1-day': ({ shows }) => shows('Whom do these block? (2)'),
  '2-event': async ({ event, shows }) => {
    await event('Tannlege').click();
    await shows('Only Anna Hansen');
  },
  '3-booking': async ({ event, shows }) => {
    await event('Per Lie').click();
    await shows('Reschedule');
  },
  '4-another-time': async ({ event, button, shows }) => {
    await event('Per Lie').click();
    await button('Reschedule').click();
    await shows('Afternoon');
  },
  '5-norsk': async ({ page, event, button, shows }) => {
    await event('Tannlege').click();
    await button('Bare Anna Hansen').click();
    await page.locator('.event.free', { hasText: 'Tannlege' }).waitFor();
    await shows('Ledig, satt av Sidebook');
  },
};
const norwegian: BrowserContextOptions = { locale: 'nb-NO' };

const folder = await mkdtemp(join(tmpdir(), 'sidebook-screenshots-'));
const [demo, browser] = await Promise.all([runDemo(folder), openBrowser()]);
try {
  for (const [name, doFirst] of Object.entries(pictures)) {
    const options = { viewport: screenshotSize, ...(name.endsWith('norsk') && norwegian) };
    const sight = await openSight(browser, demo.calendar, options);
    await doFirst(sight);
    await settled(sight.page);
    await sight.page.screenshot({ path: fileURLToPath(new URL(`${name}.png`, screenshotFolder)) });
    await sight.close();
    console.log(`${name}.png: ${screenshotSize.width} × ${screenshotSize.height}`);
  }
} finally {
  await browser.close();
  await demo.end();
  await rm(folder, { recursive: true, force: true });
}
