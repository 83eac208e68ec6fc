// What people see when something fails: the server down, slow, newer or of another mind, an identity it does not take. Never nothing.
import { cp, mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { problemCodes } from '../../shared/card-api.ts';
import type { Host, HostOptions } from '../appsscript/host.ts';
import { shared } from '../server/sidebar/stage.ts';
import { type AddonStage, https, openAddonStage } from './stage.ts';
import { type Strange, saying } from './strange.ts';

let stage: AddonStage;
beforeAll(async () => {
  stage = await openAddonStage();
}, 60_000);
afterAll(() => stage?.close());

let strange: Strange | undefined;
afterEach(() => strange?.leave());
async function askOf(status: number, body: unknown, options: Partial<HostOptions> = {}): Promise<Host> {
  strange = await saying(status, body);
  return stage.panel('kari', { backend: { https, local: strange.local }, ...options });
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
    const kari = await askOf(503, { code: 'busy', message: 'Not now.' });
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
    const kari = await askOf(200, { card: welcome, notice: null }, { locale: 'no' });
    await kari.home();
    await kari.fill('name', 'Klinikken');
    strange?.leave();
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
    const kari = await askOf(status, body);
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
    const kari = await askOf(401, { code: 'unauthorized', message: 'No.', details: { reason } });
    const panel = await kari.home();
    expect(panel).toMatchObject({ title, crash: null });
    expect(panel.text).toContain(words);
    expect(panel.buttons).toContain('Try again');
    // The server is there: it is asked again.
    await kari.home();
    expect(fetches(kari)).toHaveLength(2);
  });

  test('which the chosen business does not take: the choice is not kept, nor one kept before', async () => {
    const kept = 'business';
    const businesses = [{ id: crypto.randomUUID(), name: 'Fjellklinikken', role: 'staff' }];
    const choose = await saying(200, { card: { card: 'choose', businesses }, notice: null, memberOf: [] });
    const no = await saying(401, { code: 'unauthorized', message: 'No.', details: { reason: 'domain' } });
    const backend = { https, local: choose.local };
    const kari = await stage.panel('kari', { backend });
    expect((await kari.home()).title).toBe('Which business?');
    backend.local = no.local;
    expect(await kari.click('Fjellklinikken')).toMatchObject({ title: 'Another account', crash: null });
    expect(kari.kept.userProperties.has(kept)).toBe(false);

    kari.kept.userProperties.set(kept, crypto.randomUUID());
    backend.local = no.local;
    expect(await kari.home()).toMatchObject({ title: 'Another account', crash: null });
    expect(kari.kept.userProperties.has(kept)).toBe(false);
    // Another try asks for none: the server finds the one that takes this account.
    backend.local = `${stage.url}/`;
    expect((await kari.click('Try again')).title).toBe('Fjordklinikken');
    for (const one of [choose, no]) one.leave();
  });

  test('a copy whose client id the server does not know', async () => {
    const kari = await stage.panel('kari', { audience: 'another.apps.googleusercontent.com' });
    expect((await kari.home()).text).toContain('its client id is missing on the server');
  });
});

describe('versions', () => {
  test('a card that this add-on does not know', async () => {
    const kari = await askOf(200, { card: { card: 'hologram' }, notice: null });
    expect((await kari.home()).title).toBe('Sidebook has moved on');
  });

  test('a question that the server does not know', async () => {
    const kari = await askOf(404, { code: 'not_found', message: 'There is no such route.' });
    expect((await kari.home()).title).toBe('Sidebook has moved on');
  });

  test('a card with something missing is a problem, not a blank panel', async () => {
    const kari = await askOf(200, { card: { card: 'home' }, notice: null });
    expect(await kari.home()).toMatchObject({ title: 'That did not work', crash: null });
  });
});

test('what the server says of a wrong body is said to the person', async () => {
  const kari = await askOf(400, { code: 'invalid', message: 'name: too long.' });
  expect((await kari.home()).text).toContain('name: too long.');
});

test('in Norwegian a wrong body is something filled in wrong, by the field’s name where there is one', async () => {
  const about = async (details?: object) => {
    const host = await askOf(400, { code: 'invalid', message: 'No.', details }, { locale: 'no' });
    const { text } = await host.home();
    strange?.leave();
    expect(text).not.toContain('Noe feilet i tillegget');
    return text;
  };
  const faults = (path: string) => ({ faults: [{ path, message: 'Invalid email address' }] });
  expect(await about(faults('email'))).toContain('E-post: dette er ikke riktig fylt ut.');
  expect(await about(faults('do.reason'))).toContain('Årsak: dette er ikke riktig fylt ut.');
  for (const details of [faults('answers.name'), faults(''), {}, undefined])
    expect(await about(details)).toContain('Noe er ikke riktig fylt ut.');
});

test('an event that is not saved yet has a card of its own, and nothing is asked', async () => {
  const kari = await stage.panel('kari');
  const panel = await kari.open({ calendarId: shared });
  expect(panel.crash).toBeNull();
  expect(panel.text).not.toBe('');
  expect(fetches(kari)).toEqual([]);
});

describe('a permission that the person did not give', () => {
  /** The add-on as if it had never asked for it. */
  async function without(scope: string): Promise<Host> {
    const folder = await mkdtemp(join(tmpdir(), 'sidebook-addon-'));
    await cp(stage.folder, folder, { recursive: true });
    const path = join(folder, 'appsscript.json');
    const manifest = JSON.parse(await readFile(path, 'utf8')) as { oauthScopes: string[] };
    manifest.oauthScopes = manifest.oauthScopes.filter((one) => !one.endsWith(scope));
    await writeFile(path, JSON.stringify(manifest));
    return stage.panel('kari', { folder });
  }

  test.each(['openid', 'script.external_request'])('%s: a card that asks for it', async (scope) => {
    const kari = await without(scope);
    const panel = await kari.home();
    expect(panel).toMatchObject({ title: 'Permission is missing', crash: null });
    expect(panel.buttons).toEqual(['Allow', 'Try again']);
    expect((await kari.click('Allow')).title).toBe('Permission is missing');
  });
});

test('every kind of problem has its card and a way on, in both languages', async () => {
  for (const code of problemCodes)
    for (const locale of ['en', 'nb']) {
      const to = code === 'needs_reconnecting' ? 'connect' : 'health';
      const card = { card: 'problem', code, words: 'It <b>fails</b>.', next: 'Do & see.', to };
      const kari = await askOf(200, { card, notice: null }, { locale });
      const panel = await kari.home();
      expect(panel.text).toContain('It <b>fails</b>.');
      expect(panel.text).toContain('Do & see.');
      expect(panel.refusals).toEqual([]);
      const labels = {
        en: ['Connect with Google', 'Open the control panel', 'Try again'],
        nb: ['Koble til Google', 'Åpne kontrollpanelet', 'Prøv igjen'],
      };
      const [connect, open, again] = labels[locale as 'en' | 'nb'];
      expect(panel.buttons).toEqual(expect.arrayContaining([to === 'connect' ? connect : open, again]));
      strange?.leave();
    }
}, 20_000);

test('more of everything than fits is cut, not refused', async () => {
  const id = (n: number) => `01a1feda-1f3a-7665-bb55-${String(n).padStart(12, '0')}`;
  const many = <T>(count: number, make: (n: number) => T) => Array.from({ length: count }, (_, n) => make(n));
  const name = 'En virkelig lang betegnelse som ingen telefon har plass til '.repeat(4);
  const resources = many(200, (n) => ({ id: id(n), name: `${name}${n}`, kind: 'room', places: 1 }));
  const times = { start: '2026-11-20T09:00:00Z', end: '2026-11-20T10:00:00Z' };
  const line = {
    id: id(1),
    revision: 1,
    status: 'confirmed',
    ...times,
    service: name,
    customer: name,
    resources: [name],
  };
  const business = { id: id(0), name, zone: 'Europe/Oslo' };
  const person = { name, email: 'kari@clinic.test', role: 'owner' };
  const health = { light: 'red', words: name, next: name, to: 'health' };
  const undecided = {
    calendarId: id(9),
    calendar: name,
    eventId: 'e',
    original: null,
    title: name,
    ...times,
    allDay: true,
    recurring: true,
    count: 500,
    resources,
    words: name,
  };
  const cards = [
    {
      ...{ card: 'home', business, person, businesses: 2, health, collisions: 9, mayBook: true },
      days: many(8, (n) => ({ date: `2026-11-2${n}`, bookings: many(300, () => line), more: 7 })),
      pending: { count: 900, items: many(300, () => line) },
      undecided: { count: 900, items: many(300, () => undecided) },
      requests: many(300, (n) => ({ id: id(n), name, email: 'x@y.test' })),
    },
    {
      ...{
        card: 'booking',
        id: id(1),
        revision: 1,
        status: 'pending',
        service: name,
        ...times,
        zone: 'Europe/Oslo',
      },
      ...{
        seats: 3,
        customer: { name, email: 'a@b.test', phone: '1' },
        resources: resources.slice(0, 50),
        instructions: name,
      },
      ...{
        notes: name,
        answers: many(100, () => ({ label: name, value: name })),
        cancelReason: null,
        push: name,
      },
      expiresAt: times.end,
      session: {
        id: id(2),
        taken: 300,
        seats: 300,
        bookings: many(300, (n) => ({ ...line, id: id(n + 5) })),
      },
      history: many(300, () => ({ at: times.start, words: name })),
      drifts: many(90, (n) => ({ id: id(n), kind: 'moved', words: name, mayApply: true })),
      collisions: many(90, () => ({ words: name, next: many(50, () => times), others: resources })),
      may: ['approve', 'decline', 'reschedule', 'reassign', 'cancel', 'complete', 'noShow', 'resend'],
    },
    {
      card: 'freeNow',
      at: times.start,
      zone: 'Europe/Oslo',
      items: resources.map((one) => ({ ...one, free: true, until: null, words: null })),
    },
    {
      ...{ card: 'settings', business, person, businesses: 2, connection: health },
      calendars: many(200, (n) => ({
        id: id(n),
        name,
        health,
        resources: many(200, () => name),
        undecided: 'ask',
        autoFix: true,
        limits: many(50, () => name),
        mayChange: true,
      })),
    },
    { card: 'choose', businesses: many(200, (n) => ({ id: id(n), name, role: 'staff' })) },
    {
      ...{ card: 'reassign', id: id(1), revision: 1, service: name, ...times, zone: 'Europe/Oslo' },
      choices: many(50, (n) => ({ from: resources[n], to: resources })),
    },
  ];
  for (const card of cards) {
    const kari = await askOf(200, { card, notice: null });
    expect(await kari.home()).toMatchObject({ crash: null, refusals: [] });
    strange?.leave();
  }
}, 20_000);
