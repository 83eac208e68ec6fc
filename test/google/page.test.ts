// The page for people: its frame, its data, and that it hears of changes.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Google, startGoogle } from './server.ts';

const anna = 'anna@clinic.test';

let google: Google;

beforeAll(async () => {
  google = await startGoogle({
    links: [{ label: 'Sidebook & co', url: 'http://127.0.0.1:1/' }],
    addOn: { name: 'Side "book"', icon: 'http://127.0.0.1:1/logo.png', url: 'http://127.0.0.1:1/panels' },
  });
  await google.control.createPerson({ email: anna, name: 'Anna <b>', zone: 'America/New_York' });
});
afterAll(() => google.stop());

test('the frame names the people and the links, escaped, and its files are served', async () => {
  const html = await (await fetch(google.url)).text();
  expect(html).toContain('Anna &#60;b&#62;');
  expect(html).toContain('<a href="http://127.0.0.1:1/">Sidebook &#38; co</a>');
  for (const file of [
    ...['app.js', 'week.js', 'editor.js', 'drag.js', 'bubble.js', 'panel.js', 'words.js'],
    ...['style.css', 'aside.css'],
  ])
    expect((await fetch(`${google.url}/page/${file}`)).status, file).toBe(200);
});

test('an add-on has its panel and its button; without one there is neither', async () => {
  const html = await (await fetch(google.url)).text();
  expect(html).toContain(
    '<aside id="panel" aria-label="Side &#34;book&#34;" data-url="http://127.0.0.1:1/panels" hidden>',
  );
  expect(html).toContain('<img src="http://127.0.0.1:1/logo.png" alt="">');
  const bare = await startGoogle();
  expect(await (await fetch(bare.url)).text()).not.toMatch(/id="(panel|rail)"/);
  await bare.stop();
});

test('a week is in the person’s own zone and starts where asked', async () => {
  const event = { start: { dateTime: '2026-11-23T03:00:00Z' }, end: { dateTime: '2026-11-23T04:00:00Z' } };
  await google.control.addEvent({ person: anna, calendar: anna, event });
  const week = async (from: string) => {
    const response = await fetch(`${google.url}/page/data?person=${anna}&from=${from}&days=7`);
    return (await response.json()) as {
      from: string;
      calendars: { events: { start: { dateTime: string } }[] }[];
    };
  };
  const { calendars } = await week('2026-11-16');
  expect(calendars[0]!.events.map(({ start }) => start.dateTime)).toEqual(['2026-11-22T22:00:00-05:00']);
  expect((await week('2026-11-23')).calendars[0]!.events).toEqual([]);
  expect(new Date(`${(await week('')).from}T00:00:00Z`).getUTCDay()).toBe(1);
  expect((await fetch(`${google.url}/page/data?person=nobody`)).status).toBe(400);
});

test('a change is heard', async () => {
  const hangUp = new AbortController();
  const { body } = await fetch(`${google.url}/page/changes`, { signal: hangUp.signal });
  const reader = body!.pipeThrough(new TextDecoderStream()).getReader();
  expect((await reader.read()).value).toBe('retry: 1000\n\n');
  await google.control.createCalendar({ owner: anna, summary: 'Room' });
  expect((await reader.read()).value).toMatch(/^data: \d+\n\n$/);
  hangUp.abort();
});
