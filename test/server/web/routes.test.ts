// The pages that people are owed: served to anybody, in their language, with nothing in them that could do anything.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { pages } from '../../../addon/publish/pages.ts';
import { sizeOf } from '../../../addon/publish/pictures.ts';
import { scopesOf } from '../../../addon/publish/scopes.ts';
import { type Api, startApi } from '../../api.ts';

let api: Api;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api.close());
const get = (url: string, headers = {}) => api.app.inject({ url, headers });

describe.each(pages)('/%s', (page) => {
  test('is there in both languages, each leading to the other', async () => {
    for (const [locale, other] of [
      ['en', 'nb'],
      ['nb', 'en'],
    ]) {
      const { statusCode, headers, body } = await get(`/${page}?lang=${locale}`);
      expect(statusCode).toBe(200);
      expect(headers).toMatchObject({
        'content-type': 'text/html; charset=utf-8',
        'content-language': locale,
      });
      expect(body).toContain(`<html lang="${locale}">`);
      expect(body).toContain(`href="/${page}?lang=${other}"`);
      expect(body.match(/<h1>/g)).toHaveLength(1);
      expect(body.match(/aria-current="page"/g)).toHaveLength(1);
      // Markdown that was not understood, or a value that was not filled in.
      expect(body.replace(/<style>.*?<\/style>|<code>.*?<\/code>/gs, '')).not.toMatch(/\*\*|\]\(|[{}]|^#/m);
    }
  });

  test('every link in it leads somewhere', async () => {
    const { body } = await get(`/${page}`);
    const links = [...body.matchAll(/(?:href|src)="([^"]+)"/g)].map(([, link = '']) => link);
    expect(links.length).toBeGreaterThan(5);
    for (const link of links.filter((one) => one.startsWith('/')))
      expect({ link, status: (await get(link)).statusCode }).toEqual({ link, status: 200 });
    const elsewhere = links.filter((one) => !one.startsWith('/'));
    expect(elsewhere.filter((one) => !/^(https:\/\/[\w.-]+\.google\.com\/|mailto:)/.test(one))).toEqual([]);
  });
});

test('the server’s name alone leads to the way in', async () => {
  expect((await get('/')).headers.location).toBe('/panel');
  const { headers, body } = await get('/panel');
  expect(headers['content-type']).toMatch(/^text\/html/);
  expect(body).toContain('href="/panel/start');
});

test('the language is the one chosen, else the first of the browser’s that we have', async () => {
  const spoken = async (accepted: string, query = '') =>
    (await get(`/help${query}`, { 'accept-language': accepted })).headers['content-language'];
  expect(await spoken('nb-NO,nb;q=0.9,en;q=0.8')).toBe('nb');
  expect(await spoken('nn')).toBe('nb');
  expect(await spoken('no')).toBe('nb');
  expect(await spoken('en;q=0.5, nb;q=0.9')).toBe('nb');
  expect(await spoken('nb;q=0, en')).toBe('en');
  expect(await spoken('de-DE,de;q=0.9,nb;q=0.5,en;q=0.4')).toBe('nb');
  expect(await spoken('de')).toBe('en');
  expect(await spoken('')).toBe('en');
  expect(await spoken('nonsense;;q=,;')).toBe('en');
  expect(await spoken('nb', '?lang=en')).toBe('en');
  expect(await spoken('en', '?lang=nb-NO')).toBe('nb');
  expect(await spoken('nb', '?lang=<script>')).toBe('en');
});

test('nothing in them can run, be framed or send anything', async () => {
  const { headers, body } = await get('/privacy?lang=%3Cscript%3E');
  const policy = String(headers['content-security-policy']);
  expect(policy).toMatch(
    /default-src 'none'; style-src 'sha256-[^']+'; img-src 'self'; .*frame-ancestors 'none'/,
  );
  expect(headers).toMatchObject({ 'x-content-type-options': 'nosniff', vary: 'accept-language' });
  expect(body).not.toContain('<script');
});

test('the privacy page gives the reason of each scope, and says Limited Use', async () => {
  for (const locale of ['en', 'nb']) {
    const { body } = await get(`/privacy?lang=${locale}`);
    for (const scope of scopesOf(false)) expect(body).toContain(`<code>${scope}</code>`);
    expect(body).toContain('Limited Use');
    expect(body).toContain('Google API Services User Data Policy</a>');
  }
});

test('the logo is a square PNG that other pages may show', async () => {
  const { headers, rawPayload } = await get('/logo.png');
  expect(headers).toMatchObject({
    'content-type': 'image/png',
    'cross-origin-resource-policy': 'cross-origin',
  });
  expect(sizeOf(rawPayload)).toEqual({ width: 128, height: 128 });
});

test('a query that is far too long is told so', async () =>
  expect((await get(`/help?lang=${'n'.repeat(21)}`)).statusCode).toBe(400));

test('they are no part of the API', async () => {
  const { body } = await get('/openapi.json');
  expect(Object.keys(JSON.parse(body).paths).filter((path) => !path.startsWith('/api/v1'))).toEqual([]);
});
