// The control panel over HTTP, as a browser sees it: coming in, forms that are ours, and the whole way to a linked calendar.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { makeApp } from '../../../server/app.ts';
import { panelSessions } from '../../../server/database/people.ts';
import { openStage, type Person, people, type Stage } from '../sidebar/stage.ts';
import { Browser, type Shown } from './browser.ts';

let stage: Stage;
beforeAll(async () => {
  stage = await openStage();
});
afterAll(() => stage.close());

/** What the add-on's link to the panel is. */
const linkFor = async (person: Person, body: object = { to: 'home' }): Promise<string> => {
  const { status, answer } = await stage.ask(person, 'panel', body);
  expect(status).toBe(200);
  return (answer as unknown as { url: string }).url;
};
const comeIn = async (person: Person, body?: object, headers = { 'accept-language': 'en' }) => {
  const browser = new Browser(headers);
  return { browser, page: await browser.enter(await linkFor(person, body)) };
};
const at = (path: string) => `${stage.url}/panel${path}`;
describe('a link from the add-on', () => {
  test('opens the page it names, once; looking whether it is there does not use it up', async () => {
    const url = await linkFor('kari', { to: 'connect' });
    expect((await fetch(url, { method: 'HEAD' })).status).toBe(401);
    const browser = new Browser();
    const page = await browser.enter(url);
    expect([page.status, page.url.href]).toEqual([200, at('/connect')]);
    const again = await new Browser().open(url);
    expect(again.status).toBe(401);
    expect(again.text).toContain('This link was used');
    expect(again.text).not.toContain('still signed in');
    expect((await browser.open(url)).text).toContain('You are still signed in here');
  });

  test('leads to the calendar, by our id or by that of Google, and to the booking', async () => {
    for (const id of [stage.calendarId, 'felles@clinic.test']) {
      const { page } = await comeIn('kari', { to: 'calendar', id });
      expect(page.url.href).toBe(at(`/calendars/${stage.calendarId}`));
    }
    const { page: lost } = await comeIn('kari', { to: 'calendar', id: 'unknown@clinic.test' });
    expect([lost.status, lost.url.href]).toEqual([200, at('/calendars')]);
    for (const to of ['health', 'members', 'data'])
      expect((await comeIn('kari', { to })).page.url.href).toBe(at(`/${to}`));
    expect((await comeIn('kari', { to: 'booking', id: '../../etc' })).page.url.href).toBe(at(''));
  });

  test('of somebody else ends nobody’s session without asking; the same person’s does', async () => {
    const { browser } = await comeIn('kari');
    const asked = await browser.open(await linkFor('anna', { to: 'health' }));
    expect(asked.status).toBe(409);
    expect(asked.text).toContain('Go on as somebody else?');
    expect(asked.text).toContain(people.anna);
    expect((await browser.open(at('/members'))).status).toBe(200);
    const page = await browser.submit(asked, '/change');
    expect([page.status, page.url.href]).toEqual([200, at('/health')]);
    expect((await browser.open(at('/members'))).status).toBe(403);
    const again = await browser.open(await linkFor('anna'));
    expect([again.status, again.url.href]).toEqual([200, at('')]);
  });

  test('asks a browser that was never this person’s whose link it is, before it opens; and once', async () => {
    const browser = new Browser({ 'accept-language': 'en' });
    const [url, unasked] = [await linkFor('anna', { to: 'health' }), await linkFor('anna')];
    const asked = await browser.open(url);
    expect([asked.status, asked.url.pathname]).toEqual([200, '/panel/enter']);
    for (const words of ['Is this you?', 'Anna', people.anna, 'Fjordklinikken'])
      expect(asked.text).toContain(words);
    expect(browser.cookies.has('sidebook_panel')).toBe(false);
    const norsk = await new Browser({ 'accept-language': 'nb' }).open(unasked);
    expect(norsk.text).toContain('Er dette deg?');
    expect((await browser.open(at('/health'))).status).toBe(401);

    const page = await browser.submit(asked, '/enter');
    expect([page.status, page.url.href]).toEqual([200, at('/health')]);
    expect(page.text).toContain('You are Anna, staff.');
    const known = browser.cookies.get('sidebook_known')!;
    expect(known.flags).toBe('Path=/panel; Max-Age=31536000; HttpOnly; SameSite=Lax');
    expect(known.value).not.toContain(stage.members.anna);
    const comeAgain = async (person: Person, from: Shown) => {
      await browser.submit(from, '/leave');
      return browser.open(await linkFor(person));
    };
    const again = await comeAgain('anna', page);
    expect(again.url.href).toBe(at(''));
    const other = await comeAgain('bert', again);
    expect([other.url.pathname, other.text.includes(people.bert)]).toEqual(['/panel/enter', true]);
    const bert = await browser.submit(other, '/enter');
    expect(bert.text).toContain('You are Bert, staff.');
    expect((await comeAgain('anna', bert)).url.href).toBe(at(''));
  });

  test('is gone on with by the page that asked alone, and by who sees it', async () => {
    const browser = new Browser();
    const url = await linkFor('anna');
    const asked = await browser.open(url);
    const ticket = new URL(url).searchParams.get('ticket')!;
    const form = /name="form" value="([^"]+)"/.exec(asked.html)![1]!;
    const go = (who: Browser, origin: string, fields: Record<string, string>) =>
      who.send(at('/enter'), {
        method: 'POST',
        headers: { origin },
        body: new URLSearchParams({ ticket, ...fields }),
      });
    const refused = [
      await go(browser, 'https://evil.test', { form }),
      await go(browser, 'null', { form }),
      await go(browser, stage.url, {}),
      await go(new Browser(), stage.url, { form }),
    ];
    expect(refused.map(({ status }) => status)).toEqual([403, 403, 403, 403]);
    // In another window somebody else came in meanwhile.
    await browser.enter(await linkFor('kari'));
    const late = await browser.submit(asked, '/enter');
    expect([late.status, late.text.includes('Go on as somebody else?')]).toEqual([409, true]);
    expect((await browser.submit(late, '/change')).text).toContain('You are Anna, staff.');
    expect((await new Browser().submit(asked, '/enter')).status).toBe(403);
  });

  test('that is too old, or of a member who was removed, opens nothing', async () => {
    const old = await linkFor('bert');
    await stage.context.db.update(panelSessions).set({ expiresAt: new Date(Date.now() - 1) });
    expect((await new Browser().open(old)).status).toBe(401);
    const { id } = await stage.call<{ id: string }>('POST', '/members', {
      email: people.siri,
      name: 'Siri',
      role: 'admin',
    });
    const { browser, page } = await comeIn('siri');
    expect(page.status).toBe(200);
    const unused = await linkFor('siri');
    await stage.call('DELETE', `/members/${id}`);
    expect((await browser.open(at('/calendars'))).status).toBe(401);
    expect((await new Browser().open(unused)).status).toBe(401);
  });

  test('leaves a cookie for the panel alone, and over TLS alone where that is how we are reached', async () => {
    const { browser } = await comeIn('anna');
    expect(browser.cookies.get('sidebook_panel')).toMatchObject({
      path: '/panel',
      flags: 'Path=/panel; Max-Age=43200; HttpOnly; SameSite=Lax',
    });
    const config = { ...stage.context.config, publicUrl: 'https://book.example/clinic' };
    const app = await makeApp({ ...stage.context, config });
    const ticket = new URL(await linkFor('anna')).searchParams.get('ticket');
    const cookie = `sidebook_known=${browser.cookies.get('sidebook_known')?.value}`;
    const answer = await app.inject({ url: `/panel/enter?ticket=${ticket}`, headers: { cookie } });
    expect(answer.headers.location).toBe('/clinic/panel');
    const [session, ...others] = [answer.headers['set-cookie']].flat();
    expect(session).toMatch(/^sidebook_panel=/);
    expect(session).toContain('Path=/clinic/panel; Max-Age=43200; HttpOnly; SameSite=Lax; Secure');
    for (const other of others)
      expect(other).toMatch(/Path=\/clinic\/panel; Max-Age=\d+; HttpOnly; SameSite=Lax; Secure$/);
    await app.close();
  });
});

describe('whoever is not in', () => {
  test('is told how to come in, in their language', async () => {
    const page = await new Browser({ 'accept-language': 'nn-NO,nn;q=0.9,en;q=0.5' }).open(at('/calendars'));
    expect(page.status).toBe(401);
    expect(page.html).toContain('<html lang="nb">');
    expect(page.text).toContain('Du er ikke logget inn');
    const english = await new Browser({ 'accept-language': 'de, en;q=0.5' }).open(at(''));
    expect(english.text).toContain('You are not signed in');
    const forged = new Browser();
    const { host } = new URL(stage.url);
    forged.cookies.set('sidebook_panel', { host, path: '/panel', value: 'x', flags: '' });
    expect((await forged.open(at(''))).status).toBe(401);
  });

  test('is in no more after signing out', async () => {
    const { browser, page } = await comeIn('kari');
    const cookie = browser.cookies.get('sidebook_panel')!;
    expect((await browser.submit(page, '/leave')).status).toBe(401);
    browser.cookies.set('sidebook_panel', cookie);
    expect((await browser.open(at(''))).status).toBe(401);
  });
});

describe('a form', () => {
  let browser: Browser;
  let page: Shown;
  let token: string;
  beforeEach(async () => {
    ({ browser, page } = await comeIn('kari', { to: 'members' }));
    token = /name="form" value="([^"]+)"/.exec(page.html)![1]!;
  });
  const invite = (form: string | null, headers: Record<string, string> = {}) =>
    browser.send(at('/members'), {
      method: 'POST',
      headers,
      body: new URLSearchParams({
        name: 'Eve',
        email: 'eve@evil.test',
        role: 'owner',
        ...(form && { form }),
      }),
    });

  test('of another site, or of another session, changes nothing', async () => {
    const other = (await comeIn('kari', { to: 'members' })).page;
    const foreign = /name="form" value="([^"]+)"/.exec(other.html)![1]!;
    const origin = stage.url;
    const refused = [
      await invite(null, { origin }),
      await invite(foreign, { origin }),
      await invite(token, { origin: 'https://evil.test' }),
      await invite(token, { origin: 'null' }),
    ];
    expect(refused.map(({ status }) => status)).toEqual([403, 403, 403, 403]);
    expect(await refused[2]!.text()).toContain('This form was not accepted');
    const { items } = await stage.call<{ items: { email: string }[] }>('GET', '/members');
    expect(items.map(({ email }) => email)).not.toContain('eve@evil.test');
  });

  test('without a body, of another kind, or far too large is refused in words', async () => {
    const origin = stage.url;
    const json = { origin, 'content-type': 'application/json' };
    const post = (init: RequestInit) => browser.send(at('/members'), { method: 'POST', ...init });
    expect((await post({ headers: { origin } })).status).toBe(403);
    expect((await post({ headers: json, body: JSON.stringify({ name: 'Eve' }) })).status).toBe(415);
    expect((await post({ headers: { ...json, 'content-type': 'text/csv' }, body: 'a,b' })).status).toBe(415);
    const large = await post({
      headers: { origin },
      body: new URLSearchParams({ name: 'x'.repeat(300_000) }),
    });
    expect(large.status).toBe(413);
    expect(large.headers.get('content-type')).toContain('text/html');
  });

  test('that is wrong says so beside the field, keeps what was typed, and says it once', async () => {
    const typed = { name: '<b>Eve</b>', email: 'eve at home', role: 'admin' };
    const wrong = await browser.submit(page, '/members', typed);
    expect(wrong.url.pathname).toBe('/panel/members');
    expect(wrong.html).toContain('value="&lt;b&gt;Eve&lt;/b&gt;"');
    expect(wrong.html).not.toContain('<b>Eve');
    expect(wrong.html).toMatch(/id="email"[^>]* aria-invalid="true" aria-describedby="email-told"/);
    expect(wrong.text).toContain('Write a whole mail address');
    const later = await browser.open(at('/members'));
    expect(later.text).not.toContain('Write a whole mail address');
  });
});

describe('every page', () => {
  const paths = () => [
    '',
    '/health',
    '/connect',
    '/calendars',
    `/calendars/${stage.calendarId}`,
    `/calendars/${stage.calendarId}/leave`,
    `/accounts/${stage.accountId}/calendars`,
    `/accounts/${stage.accountId}/disconnect`,
    '/members',
    `/members/${stage.members.bert}/remove`,
    '/data',
  ];

  test('loads nothing from elsewhere, runs nothing, and is kept by nobody', async () => {
    const { browser } = await comeIn('kari');
    for (const path of paths()) {
      const { status, html, headers } = await browser.open(at(path));
      expect([path, status]).toEqual([path, 200]);
      expect(headers.get('cache-control')).toBe('no-store');
      const policy = headers.get('content-security-policy')!;
      expect(policy).toContain("default-src 'none'; style-src 'self'");
      expect(policy).toContain("frame-ancestors 'none'");
      expect(policy.includes(stage.google.url)).toBe(path === '/connect');
      expect(html).not.toMatch(/<script|javascript:|\sstyle=|\son\w+=/i);
      const loaded = [...html.matchAll(/(?:src|<link[^>]*href)="([^"]+)"/g)].map(([, to]) => to!);
      expect(loaded).toEqual([expect.stringMatching(/^\/panel\/style-\w+\.css$/)]);
      const forms = [...html.matchAll(/<form[^>]*action="([^"]+)"/g)].map(([, to]) => to!);
      expect(forms.filter((to) => !to.startsWith('/panel/'))).toEqual([]);
    }
    const sheet = /href="([^"]+\.css)"/.exec((await browser.open(at(''))).html)![1]!;
    const css = await fetch(`${stage.url}${sheet}`);
    expect([css.status, css.headers.get('content-type')]).toEqual([200, 'text/css; charset=utf-8']);
  });

  test('comes in Norwegian as well, by the browser or by choice, and stays so', async () => {
    const { browser } = await comeIn('kari', { to: 'home' }, { 'accept-language': 'nb' });
    const english: Browser = (await comeIn('kari')).browser;
    for (const path of paths()) {
      const [nb, en] = [await browser.open(at(path)), await english.open(at(path))];
      expect(nb.html).toContain('<html lang="nb">');
      expect(nb.text).toContain('Du er Kari, eier.');
      expect(en.text).toContain('You are Kari, owner.');
      const headings = ({ html }: Shown) => [...html.matchAll(/<h2>([^<]+)/g)].map(([, words]) => words);
      const same = headings(nb).filter((words) => headings(en).includes(words));
      expect([path, same]).toEqual([path, []]);
    }
    await browser.open(at('/data?lang=en'));
    expect((await browser.open(at('/data'))).text).toContain('What is kept');
  });

  test('that is not there, or of another business, is a page that says so', async () => {
    const { browser } = await comeIn('kari');
    const stranger = '01900000-0000-7000-8000-000000000000';
    for (const path of [
      '/nowhere',
      `/calendars/${stranger}`,
      `/bookings/${stranger}`,
      `/accounts/${stranger}/calendars`,
    ]) {
      const page = await browser.open(at(path));
      expect([path, page.status]).toEqual([path, 404]);
      expect(page.text).toContain('There is nothing here');
    }
    expect((await browser.open(at('/calendars/not-an-id'))).status).toBe(400);
  });
});

describe('staff', () => {
  test('see what they serve, connect their own account, and change nothing else', async () => {
    const { browser, page } = await comeIn('anna');
    expect(page.text).not.toContain('bert@clinic.test');
    expect(page.text).toContain('Connect your Google account');
    const calendar = await browser.open(at(`/calendars/${stage.calendarId}`));
    expect(calendar.status).toBe(200);
    expect(calendar.html).not.toContain('Save links');
    for (const path of [
      '/members',
      `/calendars/${stage.calendarId}/leave`,
      `/accounts/${stage.accountId}/disconnect`,
    ])
      expect((await browser.open(at(path))).status).toBe(403);
    const form = /name="form" value="([^"]+)"/.exec(calendar.html)![1]!;
    for (const [path, fields] of [
      [`/calendars/${stage.calendarId}/links`, {}],
      [`/calendars/${stage.calendarId}/link-all`, {}],
      [`/calendars/${stage.calendarId}/settings`, {}],
      [`/calendars/${stage.calendarId}/leave`, {}],
      [`/members/${stage.members.anna}`, { role: 'owner' }],
      [`/accounts/${stage.accountId}/disconnect`, { events: 'remove' }],
    ] as const) {
      const body = new URLSearchParams({ ...fields, form });
      const answer = await browser.send(at(path), { method: 'POST', body, headers: { origin: stage.url } });
      expect([path, answer.status]).toEqual([path, 403]);
    }
    const connect = await browser.open(at('/connect'));
    const other = await browser.submit(connect, '/connect', { email: people.kari });
    expect(other.text).toContain('You can connect your own account');
    const google = await browser.submit(other, '/connect');
    expect(google.url.origin).toBe(stage.google.url);
    expect(google.url.searchParams.get('login_hint')).toBe(people.anna);
  });

  test('see no calendar, and no booking, of others', async () => {
    const { id: aside } = await stage.call<{ id: string }>('POST', '/calendars', {
      accountId: stage.accountId,
      googleId: people.kari,
    });
    const start = new Date(Math.ceil(Date.now() / 3_600_000) * 3_600_000 + 48 * 3_600_000).toISOString();
    const { id } = await stage.call<{ id: string }>('POST', '/bookings', {
      serviceId: stage.serviceId,
      start,
      resourceIds: [stage.resources.bert],
      customer: { name: 'Ada', email: 'ada@kunde.test' },
    });
    const { browser, page } = await comeIn('anna', { to: 'calendars' });
    expect(page.html).toContain(stage.calendarId);
    expect(page.html).not.toContain(aside);
    expect((await browser.open(at(`/calendars/${aside}`))).status).toBe(404);
    expect((await browser.open(at(`/bookings/${id}`))).status).toBe(404);
    expect((await comeIn('bert', { to: 'booking', id })).page.status).toBe(200);
    await stage.call('DELETE', `/calendars/${aside}`);
  });
});
