// The demo's page in a real browser: the calendar with the side panel beside it, as a newcomer meets the product. What it
// looked like is left in test/screenshots/, for somebody to look at.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, BrowserContextOptions } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { openBrowser } from '../browser.ts';
import { type RunningDemo, runDemo } from '../demo/running.ts';
import { faults, openSight, phone, picture, type Sight } from '../demo/sight.ts';

const folder = mkdtempSync(join(tmpdir(), 'sidebook-panel-'));
let demo: RunningDemo;
let browser: Browser;
let sight: Sight;

beforeAll(async () => {
  [demo, browser] = await Promise.all([runDemo(folder), openBrowser()]);
}, 60_000);
afterEach(async ({ task }) => {
  const { errors, page } = sight;
  if (task.result?.state === 'fail') await picture(page, 'failed');
  await sight.close();
  expect(errors).toEqual([]);
});
afterAll(async () => {
  await browser?.close();
  await demo?.end();
  rmSync(folder, { recursive: true, force: true });
});

/** Opens the page as the owner sees it, or as somebody else does. */
async function look(options: BrowserContextOptions = {}, person = 'kari@fjordklinikken.test'): Promise<Sight> {
  sight = await openSight(browser, `${demo.calendar}&person=${person}`, options);
  return sight;
}

/** The times on the day of the shared appointment at which somebody's consultation is offered. */
async function offered(name: string): Promise<string[]> {
  const items = async (path: string) =>
    ((await demo.call('GET', path)) as unknown as { items: { id: string; name: string }[] }).items;
  const resource = (await items('/resources')).find((one) => one.name === name);
  const service = (await items('/services')).find((one) => one.name === 'Consultation');
  const from = (await appointment()).start;
  const to = new Date(Date.parse(from) + 3_600_000).toISOString();
  const query = `serviceId=${service?.id}&resourceId=${resource?.id}&from=${from}&to=${to}`;
  const { slots } = (await demo.call('GET', `/availability?${query}`)) as unknown as { slots: object[] };
  return slots.map((slot) => (slot as { start: string }).start);
}

async function appointment() {
  const { events } = await demo.google.calendarState({ calendar: 'felles@fjordklinikken.test' });
  const found = events.find(({ summary }) => summary === 'Tannlege');
  return { start: new Date(String(found?.start?.dateTime)).toISOString(), free: found?.transparency };
}

const free = ['Bert Berg', 'Anna Hansen'];

describe('whom an event on the shared calendar blocks', () => {
  test('four; two clicks later one, Google shows it Free, and undo brings it back', async () => {
    const { page, event, button, shows } = await look();
    await shows('Whom do these block? (2)');
    expect(await faults(page)).toEqual([]);
    await picture(page, 'home');
    expect(await Promise.all(free.map(offered))).toEqual([[], []]);

    await event('Tannlege').click();
    await shows('Anna Hansen, Bert Berg, Rom 1, Elbil');
    expect(await faults(page)).toEqual([]);
    await picture(page, 'event');
    await button('Only Anna Hansen').click();
    await shows('Saved: it blocks Anna Hansen.');
    await page.locator('.event.free', { hasText: 'Tannlege' }).waitFor();
    await page.locator('#bubble .shown-as', { hasText: 'Free' }).waitFor();
    expect((await offered('Bert Berg')).length).toBeGreaterThan(0);
    expect(await offered('Anna Hansen')).toEqual([]);
    // What is written to Google by then, the card tells by itself once the pointer rests.
    await shows(/Free, set by Sidebook/);
    expect(await faults(page)).toEqual([]);
    await picture(page, 'event-settled');

    await button('Undo').click();
    await page.locator('.event:not(.free)', { hasText: 'Tannlege' }).waitFor();
    await shows('Anna Hansen, Bert Berg, Rom 1, Elbil');
    await vi.waitFor(async () => expect(await offered('Bert Berg')).toEqual([]), 5_000);
  });
});
