// The way in on the web: signing in with Google, and on into a business that is there, or one of one's own.
import { eq } from 'drizzle-orm';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { joinRequests, panelSessions } from '../../../server/database/people.ts';
import { businesses, members } from '../../../server/database/schema.ts';
import { keepPerson } from '../../../server/web/sign-in.ts';
import { openStage, people, type Stage } from '../sidebar/stage.ts';
import { Browser, type Shown } from './browser.ts';

let stage: Stage;
beforeAll(async () => {
  stage = await openStage();
});
afterAll(() => stage.close());
afterEach(() => expect(stage.errors).toEqual([]));

const at = (path: string) => `${stage.url}/panel${path}`;
const browse = (language = 'en') => new Browser({ 'accept-language': language });

/** To Google, and back as this person. */
async function signIn(browser: Browser, person: string, to = ''): Promise<Shown> {
  const start = await browser.open(at(`/start${to && `?${new URLSearchParams({ to })}`}`));
  const asks = await browser.open(hrefOf(start, '/start/google'));
  expect(asks.url.origin).toBe(stage.google.url);
  return browser.submit(asks, '', { answer: 'allow', person });
}

function hrefOf({ html, url }: Shown, part: string): URL {
  const href = [...html.matchAll(/href="([^"]*)"/g)].map(([, one]) => one!).find((one) => one.includes(part));
  if (!href) throw new Error(`nothing leads to ${part}`);
  return new URL(href.replaceAll('&amp;', '&'), url);
}

const newcomer = async (name: string, more: { hostedDomain?: string } = {}) => {
  const email = `${name}@elsewhere.test`;
  await stage.google.control.createPerson({ email, name, zone: 'Europe/Oslo', ...more });
  return email;
};

describe('a stranger', () => {
  test('makes a business on the web, is in its panel, and in the side panel too', async () => {
    const email = await newcomer('nora');
    const browser = browse('nb');
    const welcome = await signIn(browser, email);
    expect(welcome.url.href).toBe(at('/start/who'));
    expect(welcome.text).toContain('Velkommen til Sidebook');
    expect(welcome.text).toContain(`Du er ${email}.`);
    expect(welcome.text).not.toContain('Du er invitert');

    const panel = await browser.submit(welcome, '/start/begin', { name: 'Noras salong', called: 'Nora Moe' });
    expect(panel.url.href).toBe(at(''));
    expect(panel.text).toContain('Noras salong');
    expect(panel.text).toContain('Du er Nora Moe, eier.');
    expect(panel.text).toContain('Klokkeslett gjelder for Europe/Oslo.');
    expect(panel.text).toContain('Koble til en Google-konto');
    const out = await browser.submit(panel, '/leave');
    expect(out.status).toBe(401);
    expect((await browser.open(at('/start/who'))).status).toBe(401);

    const token = await stage.google.control.issueIdToken({ person: email, audience: 'sidebook-client' });
    const answer = await fetch(`${stage.url}/api/v1/sidebar/home`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify({ locale: 'nb', zone: 'Europe/Oslo' }),
    });
    expect(await answer.json()).toMatchObject({ card: { card: 'home' } });
  });

  test('is told what is wrong with a form, and nothing typed is lost', async () => {
    const browser = browse();
    const welcome = await signIn(browser, await newcomer('ola'));
    expect(welcome.html).toContain('<option value="" selected>Choose…</option>');
    const bad = await browser.submit(welcome, '/start/begin', { name: 'Ola’s <b>shop</b>', called: 'Ola' });
    expect(bad.status).toBe(400);
    expect(bad.text).toContain('Choose the time zone that its hours are in.');
    expect(bad.html).toContain('value="Ola’s &lt;b&gt;shop&lt;/b&gt;"');
    const worse = await browser.submit(bad, '/start/begin', { name: ' ', zone: 'Europe/Paris' });
    expect(worse.text).toContain('Write a name of 1 to 200 letters.');
    expect(worse.html).toContain('<option value="Europe/Paris" selected>');
    const other = await browser.open(hrefOf(worse, 'lang=nb'));
    expect([other.status, other.text.includes('Velkommen til Sidebook')]).toEqual([200, true]);
    const done = await browser.submit(worse, '/start/begin', { name: 'Ola’s <b>shop</b>' });
    expect(done.text).toContain('Ola’s <b>shop</b>');
  });

  test('makes one business of two taps', async () => {
    const browser = browse();
    const email = await newcomer('per');
    const welcome = await signIn(browser, email);
    const typed = { name: 'Twice', called: 'Per', zone: 'Europe/Oslo' };
    await Promise.all([1, 2].map(() => browser.submit(welcome, '/start/begin', typed)));
    const all = await stage.context.db.select().from(businesses).where(eq(businesses.name, 'Twice'));
    expect(all).toHaveLength(1);
  });

  test('of a Workspace asks its colleagues, and is told that they wait', async () => {
    const { db } = stage.context;
    const { id } = stage.business;
    await db.update(businesses).set({ hostedDomain: 'clinic.test' }).where(eq(businesses.id, id));
    const browser = browse();
    const email = await newcomer('quin', { hostedDomain: 'clinic.test' });
    const welcome = await signIn(browser, email);
    expect(welcome.text).toContain('Where your colleagues are');
    const asked = await browser.submit(welcome, '/start/join');
    expect(asked.text).toContain('You have asked.');
    expect(asked.html).not.toContain('action="/panel/start/join"');
    const requests = await db.select().from(joinRequests).where(eq(joinRequests.email, email));
    expect(requests).toMatchObject([{ businessId: id, settledAt: null }]);
    await db.update(businesses).set({ hostedDomain: null }).where(eq(businesses.id, id));
  });
});

describe('a member', () => {
  test('is brought to where they wanted to go, and asked for nothing but who they are', async () => {
    const browser = browse();
    const closed = await browser.open(at('/calendars'));
    expect([closed.status, closed.text.includes('You are not signed in')]).toEqual([401, true]);
    const start = await browser.open(hrefOf(closed, '/start'));
    const asks = await browser.open(hrefOf(start, '/start/google'));
    const query = asks.url.searchParams;
    expect(query.get('scope')).toBe('openid email');
    expect([query.get('access_type'), query.get('code_challenge_method')]).toEqual([null, 'S256']);
    const there = await browser.submit(asks, '', { answer: 'allow', person: people.kari });
    expect([there.status, there.url.href]).toEqual([200, at('/calendars')]);
    expect(there.url.search).toBe('');
    const cookie = browser.cookies.get('sidebook_panel')!;
    expect(cookie.flags).toContain('HttpOnly; SameSite=Lax');
    expect([...browser.cookies.keys()]).not.toContain('sidebook_sign_in');
  });

  test('who came in by signing in is not asked whose link from the add-on it is', async () => {
    const browser = browse();
    await browser.submit(await signIn(browser, people.kari), '/leave');
    const { answer } = await stage.ask('kari', 'panel', { to: 'health' });
    const page = await browser.open((answer as unknown as { url: string }).url);
    expect([page.status, page.url.href]).toEqual([200, at('/health')]);
  });

  test.each([
    ['on the form’s page', () => `/calendars/${stage.calendarId}`, '/settings'],
    ['at the beginning, where the form stands on all pages,', () => '/calendars', '/leave'],
  ])('whose session ended before the form was sent is brought back: %s', async (_, page, action) => {
    const browser = browse();
    const form = await signIn(browser, people.kari, page());
    expect(form.url.href).toBe(at(page()));
    await stage.context.db.delete(panelSessions);
    const late = await browser.submit(form, action);
    expect([late.status, late.text.includes('You are not signed in')]).toEqual([401, true]);
    const other = await browser.open(hrefOf(late, 'lang=nb'));
    expect([other.status, other.text.includes('Du er ikke logget inn')]).toEqual([401, true]);
    const start = await browser.open(hrefOf(late, '/panel/start'));
    const asks = await browser.open(hrefOf(start, '/start/google'));
    const there = await browser.submit(asks, '', { answer: 'allow', person: people.kari });
    expect([there.status, there.url.href]).toEqual([200, at(action === '/leave' ? '' : page())]);
  });

  test('of several chooses, and a sole invitation is accepted by coming', async () => {
    const email = await newcomer('rut');
    const { db } = stage.context;
    await stage.call('POST', '/members', { email, name: 'Rut', role: 'staff' });
    const browser = browse();
    const first = await signIn(browser, email);
    expect(first.text).toContain('You are Rut, staff.');
    const [bound] = await db.select().from(members).where(eq(members.email, email));
    expect(bound!.sub).not.toBeNull();

    const again = await browser.open(hrefOf(first, 'choose=yes'));
    const which = await browser.submit(again, '', { answer: 'allow', person: email });
    expect(which.text).toContain('Where do you want to go?');
    const own = await browser.submit(which, '/start/begin', { name: 'Rut & co', called: 'Rut', zone: 'UTC' });
    expect(own.text).toContain('You are Rut, owner.');
    const another = browse();
    const both = await signIn(another, email);
    expect(both.text).toContain('Your businesses');
    expect(both.html.match(/action="\/panel\/start\/enter"/g)).toHaveLength(2);
    // A form of one browser is nothing to another.
    expect((await browser.submit(both, '/start/enter')).status).toBe(401);
    const inside = await another.submit(both, '/start/enter');
    expect([inside.url.href, inside.text]).toEqual([at(''), expect.stringContaining('You are Rut, staff.')]);
  });

  test('is kept out with an account of another domain, and told so', async () => {
    const { db } = stage.context;
    const { id } = stage.business;
    await signIn(browse(), people.anna);
    await db.update(businesses).set({ hostedDomain: 'clinic.test' }).where(eq(businesses.id, id));
    const refused = await signIn(browse(), people.anna);
    expect([refused.status, refused.text]).toEqual([
      403,
      expect.stringContaining('lets in accounts of its own Google Workspace only'),
    ]);
    expect(hrefOf(refused, '/start').pathname).toBe('/panel/start');
    await db.update(businesses).set({ hostedDomain: null }).where(eq(businesses.id, id));
  });
});

test('an invitation that is for accounts of another Workspace keeps nobody out of their own', async () => {
  const { db } = stage.context;
  const { id } = stage.business;
  const email = await newcomer('tor');
  await stage.call('POST', '/members', { email, name: 'Tor', role: 'staff' });
  await db.update(businesses).set({ hostedDomain: 'clinic.test' }).where(eq(businesses.id, id));
  const welcome = await signIn(browse(), email);
  expect([welcome.status, welcome.url.href]).toEqual([200, at('/start/who')]);
  expect(welcome.text).not.toContain('You are invited');
  const browser = browse();
  const own = { name: 'Tors verft', called: 'Tor Aas', zone: 'Europe/Oslo' };
  await browser.submit(await signIn(browser, email), '/start/begin', own);
  expect((await signIn(browse(), email)).text).toContain('You are Tor Aas, owner.');
  await db.update(businesses).set({ hostedDomain: null }).where(eq(businesses.id, id));
});

test('an owner who signs in with an account of a Workspace may name it as the business’s', async () => {
  const email = await newcomer('una', { hostedDomain: 'una.test' });
  await stage.call('POST', '/members', { email, name: 'Una', role: 'owner' });
  const say = () => stage.call('PATCH', '/business', { hostedDomain: 'una.test' });
  await expect(say()).rejects.toThrow(/409.*una\.test/);
  expect((await signIn(browse(), email)).text).toContain('You are Una, owner.');
  expect(await say()).toMatchObject({ hostedDomain: 'una.test' });
  await stage.call('PATCH', '/business', { hostedDomain: null });
  // Bound before this was noted: it is with their next sign-in.
  const { db } = stage.context;
  await db.update(members).set({ hostedDomain: null }).where(eq(members.email, email));
  await signIn(browse(), email);
  const [row] = await db.select().from(members).where(eq(members.email, email));
  expect(row).toMatchObject({ hostedDomain: 'una.test' });
});

describe('what is not a sign-in', () => {
  test('an answer of Google in another browser, twice, forged, or late', async () => {
    const browser = browse();
    const start = await browser.open(at('/start'));
    const asks = await browser.open(hrefOf(start, '/start/google'));
    const lured = await browse().submit(asks, '', { answer: 'allow', person: people.kari });
    expect([lured.status, lured.text]).toEqual([400, expect.stringContaining('begun in another browser')]);

    const forged = await browser.open(at('/start/back?state=x&code=y'));
    expect(forged.status).toBe(400);
    const spent = await browser.submit(asks, '', { answer: 'allow', person: people.kari });
    expect(spent.status).toBe(400);
    expect(browser.cookies.has('sidebook_panel')).toBe(false);
  });

  test('a no, and a code that Google does not know', async () => {
    const browser = browse();
    const asks = await browser.open(at('/start/google'));
    const no = await browser.submit(asks, '', { answer: 'deny' });
    expect([no.status, no.text]).toEqual([422, expect.stringContaining('the sign-in was cancelled there')]);
    const state = (await browser.open(at('/start/google'))).url.searchParams.get('state')!;
    const wrong = await browser.open(at(`/start/back?${new URLSearchParams({ state, code: '4/x' })}`));
    expect([wrong.status, wrong.text]).toEqual([422, expect.stringContaining('did not confirm the sign-in')]);
  });

  test('Google that cannot be reached', async () => {
    const browser = browse();
    const asks = await browser.open(at('/start/google'));
    const { id } = await stage.google.control.addFault({
      kind: 'error',
      status: 503,
      reason: 'backendError',
      on: 'token',
    });
    const failed = await browser.submit(asks, '', { answer: 'allow', person: people.kari });
    expect([failed.status, failed.text]).toEqual([
      503,
      expect.stringContaining('cannot be reached just now'),
    ]);
    await stage.google.control.removeFault({ id });
    expect(stage.errors.splice(0)).toEqual([expect.stringContaining('"route":"/panel/start/back"')]);
  });

  test('a form of another page, an old sign-in, a business of others', async () => {
    const browser = browse();
    const email = await newcomer('siv');
    const welcome = await signIn(browser, email);
    const body = new URLSearchParams({ name: 'X', called: 'X', zone: 'UTC', form: 'no' });
    const foreign = await browser.send(at('/start/begin'), { method: 'POST', body });
    expect(foreign.status).toBe(403);
    const none = await browse().open(at('/start/who'));
    expect([none.status, none.text.includes('You are not signed in')]).toEqual([401, true]);

    const form = /name="form" value="([^"]+)"/.exec(welcome.html)![1]!;
    const businessId = stage.business.id;
    const ask = (path: string) =>
      browser.send(at(path), { method: 'POST', body: new URLSearchParams({ businessId, form }) });
    expect([(await ask('/start/enter')).status, (await ask('/start/join')).status]).toEqual([404, 404]);

    const old = { ...stage.context, now: () => Date.now() - 11 * 60_000 };
    const person = { sub: '1', email, name: null, hostedDomain: null };
    const late = await fetch(at('/start/who'), {
      headers: { cookie: `sidebook_person=${keepPerson(old, person)}` },
    });
    expect(late.status).toBe(401);
  });

  test('somewhere else to go to', async () => {
    for (const to of ['//evil.test', '/\\evil.test', 'https://evil.test', '/a?b']) {
      const page = await browse().open(at(`/start?${new URLSearchParams({ to })}`));
      expect(hrefOf(page, '/start/google').search).toBe('');
    }
  });
});

test('where it is not set up, the page says how else to come in', async () => {
  const bare = await openStage({ PUBLIC_URL: '' });
  try {
    const page = await browse().open(`${bare.url}/panel/start`);
    expect(page.text).toContain('Signing in on the web is not set up on this server.');
    expect(page.html).not.toContain('/start/google');
    const closed = await browse().open(`${bare.url}/panel/start/google`);
    expect([closed.status, closed.text.includes('is not set up on this server')]).toEqual([409, true]);
  } finally {
    await bare.close();
  }
});
