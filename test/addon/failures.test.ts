// What people see when something fails: the server down, slow, newer or of another mind, an identity it does not take. Never nothing.
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { Host, HostOptions } from '../appsscript/host.ts';
import { shared } from '../server/sidebar/stage.ts';
import { type AddonStage, https, openAddonStage } from './stage.ts';

let stage: AddonStage;
beforeAll(async () => {
  stage = await openAddonStage();
}, 60_000);
afterAll(() => stage?.close());

/** A server that says what no server of ours would, to whatever it is asked. */
let strange: Server | undefined;
afterEach(() => strange?.close());
async function saying(status: number, body: unknown, options: Partial<HostOptions> = {}): Promise<Host> {
  strange = createServer((_, response) => {
    response.writeHead(status, { 'content-type': 'application/json' });
    response.end(typeof body === 'string' ? body : JSON.stringify(body));
  });
  await new Promise<void>((listening) => strange?.listen(0, '127.0.0.1', listening));
  const { port } = strange.address() as AddressInfo;
  return stage.panel('kari', { backend: { https, local: `http://127.0.0.1:${port}/` }, ...options });
}
const nowhere = { https, local: 'http://127.0.0.1:9/' };
const fetches = ({ log }: Host) => log.requests.filter(({ what }) => what === 'fetch');

describe('the server is down', () => {
  test('a card says so, and it is left alone for a minute', async () => {
    let now = Date.now();
    const kari = await stage.panel('kari', { backend: nowhere, now: () => now });
    const panel = await kari.home();
    expect(panel).toMatchObject({ title: 'Sidebook cannot be reached', crash: null });
    expect(panel.buttons).toEqual(['Try again']);
    expect(fetches(kari)).toHaveLength(1);

    now += 50_000;
    expect((await kari.home()).title).toBe('Sidebook cannot be reached');
    expect(fetches(kari)).toHaveLength(1);
    now += 11_000;
    await kari.home();
    expect(fetches(kari)).toHaveLength(2);
  });

  test('whoever asks for another try gets it at once', async () => {
    const kari = await saying(503, { code: 'busy', message: 'Not now.' });
    await kari.home();
    const panel = await kari.click('Try again');
    expect(panel.notification).toMatch(/does not answer/);
    expect(fetches(kari)).toHaveLength(2);
  });

  test('a button gets a notice, and the card stays with what is filled in', async () => {
    const welcome = {
      card: 'welcome',
      person: { name: 'Kari', email: 'k@x.test' },
      invitations: [],
      colleagues: [],
    };
    const kari = await saying(200, { card: welcome, notice: null }, { locale: 'no' });
    await kari.home();
    await kari.fill('name', 'Klinikken');
    strange?.closeAllConnections();
    strange?.close();
    const panel = await kari.click('Opprett');
    expect(panel.notification).toMatch(/svarer ikke akkurat nå\. Trykk igjen/);
    expect(panel).toMatchObject({
      title: 'Velkommen til Sidebook',
      fields: { name: ['Klinikken'] },
      crash: null,
    });
  });

  test.each([
    ['a page of some proxy', 200, '<html>Sign in to the network</html>'],
    ['no card', 200, { hello: 1 }],
    ['null', 200, 'null'],
    ['a failure of its own', 500, { code: 'internal', message: 'Something failed on our side.' }],
    ['a redirection', 302, ''],
  ])('%s is as good as no answer', async (_, status, body) => {
    const kari = await saying(status, body);
    expect(await kari.home()).toMatchObject({ title: 'Sidebook cannot be reached', crash: null });
    await kari.home();
    expect(fetches(kari)).toHaveLength(1);
  });
});

test('a fetch that hangs takes its run along; the next ones leave the server alone', async () => {
  let now = Date.now();
  const kari = await stage.panel('kari', { limit: 1500, now: () => now });
  kari.hang(true);
  expect((await kari.home()).crash).toMatch(/exceeded/i);
  kari.hang(false);
  kari.log.clear();
  now += 30_000;
  expect(await kari.home()).toMatchObject({ title: 'Sidebook cannot be reached', crash: null });
  expect(fetches(kari)).toEqual([]);
  now += 95_000;
  expect((await kari.home()).title).not.toBe('Sidebook cannot be reached');
});

describe('an identity that the server does not take', () => {
  test.each([
    ['expired', 'That did not work', 'ran out'],
    ['audience', 'No access', 'does not belong'],
    ['signature', 'No access', 'could not make out who you are'],
    ['malformed', 'No access', 'could not make out who you are'],
    ['unverified', 'No access', 'not verified'],
    ['domain', 'Another account', 'its own organisation'],
  ])('%s', async (reason, title, words) => {
    const kari = await saying(401, { code: 'unauthorized', message: 'No.', details: { reason } });
    const panel = await kari.home();
    expect(panel).toMatchObject({ title, crash: null });
    expect(panel.text).toContain(words);
    expect(panel.buttons).toContain('Try again');
    // The server is there: it is asked again.
    await kari.home();
    expect(fetches(kari)).toHaveLength(2);
  });

  test('a copy whose client id the server does not know', async () => {
    const kari = await stage.panel('kari', { audience: 'another.apps.googleusercontent.com' });
    expect((await kari.home()).text).toContain('its client id is missing on the server');
  });
});

describe('versions', () => {
  test('a card that this add-on does not know', async () => {
    const kari = await saying(200, { card: { card: 'hologram' }, notice: null });
    expect((await kari.home()).title).toBe('Sidebook has moved on');
  });

  test('a question that the server does not know', async () => {
    const kari = await saying(404, { code: 'not_found', message: 'There is no such route.' });
    expect((await kari.home()).title).toBe('Sidebook has moved on');
  });

  test('a card with something missing is a problem, not a blank panel', async () => {
    const kari = await saying(200, { card: { card: 'home' }, notice: null });
    expect(await kari.home()).toMatchObject({ title: 'That did not work', crash: null });
  });
});

test('what the server says of a wrong body is said to the person', async () => {
  const kari = await saying(400, { code: 'invalid', message: 'name: too long.' });
  expect((await kari.home()).text).toContain('name: too long.');
});

test('an event that is not saved yet has a card of its own, and nothing is asked', async () => {
  const kari = await stage.panel('kari');
  const panel = await kari.open({ calendarId: shared });
  expect(panel.crash).toBeNull();
  expect(panel.text).not.toBe('');
  expect(fetches(kari)).toEqual([]);
});
