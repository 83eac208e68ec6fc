// The demo's page in a real browser: the calendar with the side panel beside it, as a newcomer meets the product. What it
// looked like is left in test/screenshots/, for somebody to look at.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, BrowserContextOptions } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { openBrowser } from '../browser.ts';
import { type RunningDemo, runDemo } from '../demo/running.ts';
import { faults, openSight, phone, picture, type Sight, tabTo } from '../demo/sight.ts';

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

/** Opens the page that the demo names: the owner looks at the days it filled in. */
async function look(options: BrowserContextOptions = {}): Promise<Sight> {
  sight = await openSight(browser, demo.calendar, options);
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

describe('a booking', () => {
  test('approved from the day: its event appears; moved to a free time; cancelled, it is gone', async () => {
    const { page, event, button, shows } = await look();
    await shows('Leif Aas');
    await button('Approve').click();
    await event('Electric car: Leif Aas').click();
    await shows('Confirmed');
    expect(await faults(page)).toEqual([]);
    await picture(page, 'booking');

    await button('Reschedule').click();
    await shows('To another time');
    expect(await faults(page)).toEqual([]);
    await picture(page, 'reschedule');
    await button('13:00').click();
    await shows(/13:00–15:00/);
    await page.locator('.event[aria-label*=" 13:00 "]', { hasText: 'Leif Aas' }).waitFor();

    await button('Cancel').click();
    await shows('Cancel this booking?');
    await sight.panel.getByLabel('Reason').fill('The car is <b>broken</b>');
    expect(await faults(page)).toEqual([]);
    await picture(page, 'cancel');
    await button('Cancel the booking').click();
    await event('Leif Aas').waitFor({ state: 'detached' });
    // With its event it is no longer open: the panel shows the day.
    await shows('Fjordklinikken');
  });

  test('the control panel opens beside it, signed in', async () => {
    const { page, button } = await look();
    const [opened] = await Promise.all([
      page.context().waitForEvent('page'),
      button('Control panel').click(),
    ]);
    // This browser was never in it: whose link it is, is asked once.
    await opened.getByRole('heading', { name: 'Is this you?' }).waitFor();
    expect(await faults(opened)).toEqual([]);
    await picture(opened, 'is-this-you');
    await opened.getByRole('button', { name: 'Go on as Kari Nordmann' }).click();
    await opened.getByText('Fjordklinikken').first().waitFor();
    await opened.waitForURL((url) => url.pathname === '/panel');
    expect(new URL(opened.url()).pathname).toBe('/panel');
    expect(await faults(opened)).toEqual([]);
    await picture(opened, 'control-panel');
  });
});

test.each([
  ['light', {}],
  ['dark', { colorScheme: 'dark' }],
] as const)('every other card is good to look at: %s', async (name, options) => {
  const { page, panel, event, button, shows } = await look(options);
  const seen = async (card: string) => {
    expect(await faults(page), card).toEqual([]);
    await picture(page, `${name}-${card}`);
    await panel.getByLabel('Back', { exact: true }).click();
  };
  await button('New booking').click();
  await shows('Service');
  await seen('new');
  await button('Walk-in').click();
  await shows('Walk-in');
  await seen('walk-in');
  await button('Which is free now?').click();
  await shows('Rooms');
  await seen('free-now');
  await panel.getByLabel('More options').click();
  await panel.getByRole('menuitem', { name: 'Settings' }).click();
  await shows('Your Google connection');
  await seen('settings');
  await event('Service #Elbil').click();
  await shows('Rule 1');
  await panel.getByLabel('Anna Hansen').check();
  await button('See what it costs').click();
  await shows('What it costs');
  await seen('cost');
  await event('Back class').click();
  await panel.locator('.folds', { hasText: 'History' }).locator('summary').click();
  expect(await faults(page)).toEqual([]);
  await picture(page, `${name}-session`);
  await page.getByLabel('Signed in as').selectOption('Bert Berg');
  await event('Kurs i Bergen').click();
  await shows('Not linked');
  expect(await faults(page)).toEqual([]);
  await picture(page, `${name}-unlinked`);
});

describe('the calendar and the panel', () => {
  test('an event is written, and is open as soon as it is saved; what is changed in it the panel tells', async () => {
    const { page, shows } = await look();
    await shows('Fjordklinikken');
    await page.keyboard.press('c');
    await shows('Not saved yet');
    const form = page.locator('#editor');
    await form.getByLabel('Title').fill('Fotografen kommer');
    await form.getByLabel('Calendar').selectOption({ label: 'Felleskalender' });
    await picture(page, 'editor');
    await form.getByRole('button', { name: 'Save' }).click();
    await shows('Whom does it block?');
    await shows('Anna Hansen, Bert Berg, Rom 1, Elbil');
    await page.locator('#bubble').getByRole('button', { name: 'Edit' }).click();
    await form.getByLabel('Title').fill('Fotografen kommer til @Bert');
    await form.getByRole('button', { name: 'Save' }).click();
    await shows('Rule 1: it blocks whom it names.');
    await page.locator('#bubble').getByRole('button', { name: 'Delete' }).click();
    await shows('Fjordklinikken');
  });

  test('the panel is closed and opened, and follows who looks', async () => {
    const { page, shows, button, event } = await look();
    const rail = page.locator('#rail button');
    await shows('Fjordklinikken');
    await rail.click();
    await page.locator('#panel').waitFor({ state: 'hidden' });
    await event('Vaktmester').click();
    await shows('Whom does it block?');
    await page.keyboard.press('Escape');
    await shows('Fjordklinikken');
    const person = page.getByLabel('Signed in as');
    await person.selectOption('Anna Hansen');
    await shows('Anna Hansen');
    await picture(page, 'staff');
    await person.selectOption('Siri Dahl');
    await shows('siri@nabolaget.test');
    expect(await faults(page)).toEqual([]);
    await picture(page, 'stranger');
    await person.selectOption('Cara Lind');
    await shows('Your colleagues are here');
    expect(await faults(page)).toEqual([]);
    await picture(page, 'colleague');
    await button('Ask to join').click();
    await shows('Asked');
    await person.selectOption('Kari Nordmann');
    await shows('Want to join');
    await button('Let in').click();
    await person.selectOption('Cara Lind');
    await shows('Whom do these block?');
  });

  test('by the keyboard alone', async () => {
    const { page, shows } = await look();
    await shows('Fjordklinikken');
    await tabTo(page, 'Vaktmester kommer');
    await page.keyboard.press('Enter');
    await shows('Whom does it block?');
    await tabTo(page, 'Only Bert Berg');
    await picture(page, 'keyboard');
    await page.keyboard.press('Enter');
    await shows('Saved: it blocks Bert Berg.');
    await page.locator('.event.free', { hasText: 'Vaktmester' }).waitFor();
    await tabTo(page, 'Undo');
    await page.keyboard.press('Space');
    await page.locator('.event:not(.free)', { hasText: 'Vaktmester' }).waitFor();
    await tabTo(page, 'Vaktmester kommer', 'Shift+Tab');
    await page.keyboard.press('Escape');
    await shows('Fjordklinikken');
    await page.locator('.event:focus', { hasText: 'Vaktmester' }).waitFor();
  });
});

describe('small, dark, Norwegian', () => {
  test('on a phone the panel is a sheet over the calendar', async () => {
    const { page, event, button, shows } = await look(phone);
    await page.getByRole('button', { name: 'Later' }).tap();
    await event('Vaktmester').tap();
    expect(await faults(page)).toEqual([]);
    await picture(page, 'phone-calendar');
    await page.locator('#rail button').tap();
    await shows('Whom does it block?');
    expect(await faults(page)).toEqual([]);
    await picture(page, 'phone-event');
    await button('Only Elbil').tap();
    await shows('Saved: it blocks Elbil.');
    await picture(page, 'phone-settled');
    await button('Undo').tap();
    await shows('Anna Hansen, Bert Berg, Rom 1, Elbil');
    await page.setViewportSize({ width: 320, height: 568 });
    expect(await faults(page)).toEqual([]);
    await picture(page, 'phone-small');
    await page.locator('.panel-bar button').tap();
    await page.locator('#panel').waitFor({ state: 'hidden' });
    expect(await faults(page)).toEqual([]);
  });

  test('in the dark, in Norwegian as the browser speaks; and in English when one chooses', async () => {
    const { page, event, shows } = await look({ colorScheme: 'dark', locale: 'nb-NO' });
    await shows('Hvem blokkerer disse? (2)');
    expect(await faults(page)).toEqual([]);
    await picture(page, 'dark-home');
    await event('Tannlege').click();
    await shows('Bare Anna Hansen');
    expect(await faults(page)).toEqual([]);
    await picture(page, 'dark-event');
    await event('Per Lie').click();
    await shows('Bekreftet');
    expect(await faults(page)).toEqual([]);
    await picture(page, 'dark-booking');
    await page.getByLabel('Språk').selectOption('EN');
    await shows('Whom do these block? (2)');
    await page.getByRole('heading', { name: 'Calendar' }).waitFor();
  });
});

test('a stranger begins on the web: signs in with Google, and has a business', async () => {
  const { page, button, shows } = await look({ colorScheme: 'dark' });
  await page.getByLabel('Signed in as').selectOption('Siri Dahl');
  await shows('Welcome to Sidebook');
  const opening = page.context().waitForEvent('page');
  await button('Do it on the web').click();
  const web = await opening;
  await web.getByRole('heading', { name: 'Sign in to Sidebook' }).waitFor();
  const seen = async (name: string) => {
    expect(await faults(web), name).toEqual([]);
    await picture(web, `web-${name}`);
  };
  await seen('sign-in');
  await web.setViewportSize(phone.viewport!);
  await seen('sign-in-phone');
  await web.getByRole('link', { name: 'Sign in with Google' }).click();
  await web.getByLabel('Siri Dahl').check();
  await web.getByRole('button', { name: 'Continue' }).click();
  await web.getByText('You are siri@nabolaget.test.').waitFor();
  await seen('begin-phone');
  await web.getByRole('link', { name: 'Norsk' }).click();
  await web.getByRole('heading', { name: 'Velkommen til Sidebook' }).waitFor();
  await seen('begin-norsk');
  await web.getByLabel('Navnet på virksomheten').fill('Siris keramikk');
  await web.getByLabel('Navnet ditt').fill('Siri Dahl');
  await web.getByRole('button', { name: 'Opprett' }).press('Enter');
  await web.getByText('Du er Siri Dahl, eier.').waitFor();
  await seen('begun');
  await web.close();
  await page.reload();
  await shows('Siris keramikk');
});
