// The side panel as a page: safe, small, drawn from what is here alone, and alive in a real browser.
import Fastify, { type FastifyInstance } from 'fastify';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openBrowser } from '../browser.ts';
import type { Picker } from './card.ts';
import { panelDoor } from './door.ts';
import type { Host } from './host.ts';
import { iconSvg } from './panel/icons.ts';
import { valueOfWall, wallOf } from './panel/pickers.ts';
import { safeHtml } from './panel/text.ts';
import { makeSetting, PERSON, type Setting } from './setting.ts';

let setting: Setting;
beforeAll(async () => {
  setting = await makeSetting();
});
afterAll(() => setting.stop());

describe('texts of cards', () => {
  test.each([
    ['<b>a</b> <i>b</i> <u>c</u> <s>d</s>', '<b>a</b> <i>b</i> <u>c</u> <s>d</s>'],
    ['a<br>b\nc', 'a<br>b<br>c'],
    ['<font color="#b06000">●</font>', '<span class="tinted" style="--tint:#b06000">●</span>'],
    ['<font color="red;background:url(x)">a</font>', '<span>a</span>'],
    [
      '<a href="https://app.example.test/x?a=1&amp;b=2">x</a>',
      '<a href="http://local/x?a=1&#38;b=2" target="_blank" rel="noopener">x</a>',
    ],
    ['<a href="javascript:alert(1)">x</a>', '<a>x</a>'],
    [
      '<a href="mailto:a@b.example" onclick="x()">x</a>',
      '<a href="mailto:a@b.example" target="_blank" rel="noopener">x</a>',
    ],
    ['<script>alert(1)</script>', 'alert(1)'],
    ['<img src=x onerror=alert(1)>', ''],
    ['<b onmouseover="x()">a', '<b>a</b>'],
    ['a < b & "c" > d', 'a &#60; b &#38; &#34;c&#34; &#62; d'],
    ['&lt;script&gt;&#60;b&#62;', '&#60;script&#62;&#60;b&#62;'],
    ['<b><i>a</b>b</i>', '<b><i>a</i></b>b'],
    ['</b>a<br/ >', 'a<br>'],
  ])('%s', (html, safe) => {
    expect(safeHtml(html, (url) => url.replace('https://app.example.test/', 'http://local/'))).toBe(safe);
  });

  test('an unknown icon is a dot', () => {
    expect(iconSvg('no_such_icon')).toBe(iconSvg('another'));
    expect(iconSvg('person')).not.toBe(iconSvg('another'));
    expect(iconSvg('PERSON')).toBe(iconSvg('person'));
  });
});

describe('pickers', () => {
  const picker = (type: Picker['type'], more: Partial<Picker> = {}): Picker => ({
    type,
    fieldName: 'x',
    ...more,
  });
  test.each([
    [
      'a date, which is a midnight in UTC',
      picker('DatePicker'),
      { msSinceEpoch: Date.UTC(2026, 10, 24) },
      '2026-11-24',
    ],
    [
      'an instant in winter',
      picker('DateTimePicker'),
      { msSinceEpoch: Date.UTC(2026, 10, 24, 8) },
      '2026-11-24T09:00',
    ],
    [
      'an instant in summer',
      picker('DateTimePicker'),
      { msSinceEpoch: Date.UTC(2026, 6, 24, 8) },
      '2026-07-24T10:00',
    ],
    [
      'an instant with an offset',
      picker('DateTimePicker', { timeZoneOffsetInMins: -300 }),
      { msSinceEpoch: Date.UTC(2026, 6, 24, 8) },
      '2026-07-24T03:00',
    ],
    [
      'just behind a change of the clocks',
      picker('DateTimePicker'),
      { msSinceEpoch: Date.UTC(2026, 2, 29, 1) },
      '2026-03-29T03:00',
    ],
    ['a time of day', picker('TimePicker'), { hours: 9, minutes: 5 }, '09:05'],
  ] as const)('%s, there and back', (_, of, value, wall) => {
    expect(wallOf(of, value, 'Europe/Oslo')).toBe(wall);
    expect(valueOfWall(of, wall, 'Europe/Oslo')).toEqual(value);
  });

  test('nothing is nothing', () => {
    expect(wallOf(picker('DatePicker'), undefined, 'UTC')).toBe('');
    for (const type of ['DatePicker', 'DateTimePicker', 'TimePicker'] as const)
      expect(valueOfWall(picker(type), '', 'UTC')).toBeUndefined();
  });
});

describe('the page', () => {
  test('loads nothing, runs nothing, and shows what a person wrote as they wrote it', async () => {
    const host = await setting.host();
    await host.universal('Gallery');
    const html = host.html();
    expect(html).toContain('&#60;script&#62;alert(1)&#60;/script&#62;');
    expect(html).not.toContain('<script');
    const addresses = [...html.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, address]) => address ?? '');
    expect(addresses.length).toBeGreaterThan(3);
    const allowed = [setting.backend.local, 'tel:', 'data:'];
    expect(addresses.filter((address) => !allowed.some((begin) => address.startsWith(begin)))).toEqual([]);
  });

  test('what went wrong is shown in words', async () => {
    const host = await setting.host({ code: "function onHomepage() { throw new Error('<i>why</i>') }" });
    await host.home();
    expect(host.html()).toContain('Something went wrong');
    expect(host.html()).toContain('&#60;i&#62;why');
  });
});

describe('in a browser', () => {
  let browser: Browser;
  let app: FastifyInstance;
  let host: Host;
  let page: Page;
  let asked: string[];
  beforeAll(async () => {
    host = await setting.host();
    app = Fastify({ forceCloseConnections: true });
    await app.register(panelDoor, {
      prefix: '/panel',
      hostFor: async (person) => (person === PERSON ? host : undefined),
    });
    const url = await app.listen();
    browser = await openBrowser();
    page = await browser.newPage({ viewport: { width: 320, height: 640 } });
    asked = [];
    page.on('request', (request) => asked.push(request.url()));
    page.on('pageerror', (error) => asked.push(String(error)));
    await page.goto(`${url}/panel/?person=${encodeURIComponent(PERSON)}`);
  });
  afterAll(async () => {
    await browser?.close();
    await app?.close();
  });

  test('buttons work, the notice is read out, the spinner goes', async () => {
    await page.getByRole('button', { name: 'Count' }).click();
    await page.getByRole('status').getByText('Counted 2').waitFor();
    await page.getByRole('progressbar').waitFor({ state: 'hidden' });
    await page.getByRole('button', { name: 'Dismiss' }).click();
    expect(await page.getByRole('status').isVisible()).toBe(false);
  });

  test('the menu, by the keyboard alone', async () => {
    await page.getByLabel('More options').focus();
    await page.keyboard.press('Enter');
    await page.getByRole('menuitem', { name: 'Gallery' }).focus();
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Haircut, Kari Nordmann' }).waitFor();
  });

  test('a form is filled in and sent as a person left it', async () => {
    await page.getByLabel('Note').fill('Be <b>kind</b>');
    await page.getByLabel('Reason').fill('');
    await page.getByLabel('Service').selectOption('Beard');
    await page.getByLabel('Room 2').check();
    await page.getByLabel('All of the series').check();
    await page.getByLabel('Day').fill('2026-12-01');
    await page.getByLabel('When').fill('2026-12-01T10:30');
    await page.getByLabel('Time', { exact: true }).fill('');
    await page.getByRole('switch', { name: 'Tell the customer' }).click();
    await page.getByRole('status').getByText('null').waitFor();
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByRole('status').getByText('note').waitFor();
    expect(JSON.parse(host.panel().notification ?? '')).toEqual({
      note: { stringInputs: { value: ['Be <b>kind</b>'] } },
      service: { stringInputs: { value: ['beard'] } },
      resources: { stringInputs: { value: ['anna', 'room'] } },
      scope: { stringInputs: { value: ['all'] } },
      day: { dateInput: { msSinceEpoch: String(Date.UTC(2026, 11, 1)) } },
      when: {
        dateTimeInput: { msSinceEpoch: String(Date.UTC(2026, 11, 1, 9, 30)), hasDate: true, hasTime: true },
      },
    });
    expect(await page.getByLabel('Note').inputValue()).toBe('Be <b>kind</b>');
  });

  test('nothing is wider than a small phone, light or dark', async () => {
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme });
      const wide = await page.evaluate('document.documentElement.scrollWidth');
      expect(wide).toBeLessThanOrEqual(320);
    }
  });

  test('a link opens in a tab of its own, at the local server', async () => {
    const [opened] = await Promise.all([
      page.context().waitForEvent('page'),
      page.getByRole('link', { name: 'Web page' }).click(),
    ]);
    await opened.waitForLoadState();
    expect(opened.url()).toBe(`${setting.backend.local}page`);
    await opened.close();
  });

  test('a click on what is gone shows what is there', async () => {
    // Another page of the same panel went on meanwhile.
    await host.home();
    await page.getByRole('button', { name: 'Approve' }).focus();
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Home' }).waitFor();
    expect(host.panel().notification).toBeNull();
  });

  test('an event, by its address; the arrow; nobody without the add-on', async () => {
    const added = await setting.google.control.addEvent({
      person: PERSON,
      calendar: PERSON,
      event: { summary: 'Dentist', start: { date: '2026-11-24' }, end: { date: '2026-11-25' } },
    });
    const query = new URLSearchParams({
      person: PERSON,
      calendar: PERSON,
      event: (added as { id: string }).id,
    });
    await page.goto(`${new URL(page.url()).origin}/panel/?${query}`);
    await page.getByRole('heading', { name: 'Dentist' }).waitFor();
    await page.getByLabel('More options').click();
    await page.getByRole('menuitem', { name: 'Settings' }).click();
    await page.getByRole('button', { name: 'Back' }).click();
    await page.getByRole('heading', { name: 'Dentist' }).waitFor();
    const answer = await app.inject({ url: '/panel/?person=nobody@clinic.test' });
    expect(answer.statusCode).toBe(404);
  });

  test('nobody outside was asked for anything', () => {
    const own = [new URL(page.url()).origin, setting.backend.local];
    expect(asked.length).toBeGreaterThan(5);
    expect(asked.filter((url) => !own.some((begin) => url.startsWith(begin)))).toEqual([]);
  });
});
