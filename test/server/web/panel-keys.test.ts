// API keys in the panel: owners make one, which is shown once, and revoke it; nobody else sees or makes any.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openStage, type Person, type Stage } from '../sidebar/stage.ts';
import { Browser, type Shown } from './browser.ts';

let stage: Stage;
beforeAll(async () => {
  stage = await openStage();
  await stage.call('PATCH', `/members/${stage.members.bert}`, { role: 'admin' });
});
afterAll(() => stage.close());

const at = (path: string) => `${stage.url}/panel${path}`;
const comeIn = async (person: Person, language = 'en') => {
  const { answer } = await stage.ask(person, 'panel', { to: 'home' });
  const browser = new Browser({ 'accept-language': language });
  return { browser, page: await browser.enter((answer as unknown as { url: string }).url) };
};
const keyOn = ({ text }: Shown) => /sb_[\w-]{43}/.exec(text)?.[0];
const asks = async (key: string, path: string) => {
  const answer = await fetch(`${stage.url}/api/v1${path}`, { headers: { authorization: `Bearer ${key}` } });
  return answer.status;
};

test('an owner finds them in the menu, makes one for what they tick, and sees it once', async () => {
  const { browser, page } = await comeIn('kari');
  expect(page.html).toContain('<a href="/panel/keys">API keys</a>');
  const keys = await browser.open(at('/keys'));
  expect(keys.text).toContain('Keys in force');
  const made = await browser.submit(keys, '/keys', { name: ' Booking page ', book: 'on' });
  expect(made.url.href).toBe(at('/keys'));
  expect(made.text).toContain('The key “Booking page” is made.');
  expect(made.text).toContain('it is not shown again');
  const key = keyOn(made)!;
  expect([await asks(key, '/services'), await asks(key, '/keys')]).toEqual([200, 403]);
  const again = await browser.open(at('/keys'));
  expect([again.text.includes('Booking page'), keyOn(again)]).toEqual([true, undefined]);
});

test('what is wrong with the form is said on it, and what was ticked stays', async () => {
  const { browser } = await comeIn('kari');
  const keys = await browser.open(at('/keys'));
  const none = await browser.submit(keys, '/keys', { name: 'Till' });
  expect(none.html).toContain('<small class="fault">Tick at least one thing that the key may do.</small>');
  expect(none.html).toContain('value="Till"');
  const nameless = await browser.submit(none, '/keys', { name: ' ', read: 'on' });
  expect(nameless.text).toContain('Write a name of 1 to 200 letters.');
  expect(nameless.html).toContain('name="read" checked');
  const { items } = await stage.call<{ items: { name: string }[] }>('GET', '/keys');
  expect(items.map(({ name }) => name)).not.toContain('Till');
});

test('one that is revoked stops at once, after a question', async () => {
  const { browser } = await comeIn('kari', 'nb');
  const keys = await browser.open(at('/keys'));
  const made = await browser.submit(keys, '/keys', { name: 'Gammel', read: 'on', setup: 'on' });
  expect(made.text).toContain('Nøkkelen «Gammel» er laget.');
  const key = keyOn(made)!;
  expect(await asks(key, '/keys')).toBe(200);
  const { items } = await stage.call<{ items: { id: string; name: string }[] }>('GET', '/keys');
  const { id } = items.find(({ name }) => name === 'Gammel')!;
  const asked = await browser.open(at(`/keys/${id}/revoke`));
  expect(asked.text).toContain('slutter å virke med en gang');
  const done = await browser.submit(asked, '/revoke');
  expect(done.text).toContain('Nøkkelen «Gammel» er trukket tilbake.');
  expect(await asks(key, '/keys')).toBe(401);
  expect((await browser.open(at(`/keys/${id}/revoke`))).status).toBe(404);
});

test.each(['anna', 'bert'] as const)('%s, who is no owner, sees, makes and revokes none', async (person) => {
  const { browser, page } = await comeIn(person);
  expect(page.html).not.toContain('/panel/keys');
  const { items } = await stage.call<{ items: { id: string }[] }>('GET', '/keys');
  const closed = await browser.open(at('/keys'));
  expect([closed.status, closed.text]).toEqual([403, expect.stringContaining('Only owners')]);
  const form = /name="form" value="([^"]+)"/.exec(page.html)![1]!;
  for (const path of ['/keys', `/keys/${items[0]!.id}/revoke`]) {
    const body = new URLSearchParams({ form, ...(path === '/keys' && { name: 'Mine', setup: 'on' }) });
    const answer = await browser.send(at(path), { method: 'POST', body, headers: { origin: stage.url } });
    expect([path, answer.status]).toEqual([path, 403]);
  }
  expect((await stage.call<{ items: unknown[] }>('GET', '/keys')).items).toHaveLength(items.length);
});

test('keys of another business are not there', async () => {
  const { browser } = await comeIn('kari');
  expect((await browser.open(at(`/keys/${crypto.randomUUID()}/revoke`))).status).toBe(404);
});

test('whoever began on the web comes by a key, and can set up what the page says', async () => {
  const email = 'nora@elsewhere.test';
  await stage.google.control.createPerson({ email, name: 'Nora', zone: 'Europe/Oslo' });
  const browser = new Browser({ 'accept-language': 'en' });
  const there = await browser.open(at('/start/google'));
  const welcome = await browser.submit(there, '', { answer: 'allow', person: email });
  const typed = { name: 'Noras salong', called: 'Nora', zone: 'Europe/Oslo' };
  await browser.submit(welcome, '/start/begin', typed);
  const data = await browser.open(at('/data'));
  expect(data.html).toContain('<a href="/panel/keys">');
  const keys = await browser.open(at('/keys'));
  expect(keys.text).toContain('There is none yet.');
  const made = await browser.submit(keys, '/keys', { name: 'Setting up', read: 'on', setup: 'on' });
  const answer = await fetch(`${stage.url}/api/v1/business`, {
    headers: { authorization: `Bearer ${keyOn(made)}` },
  });
  expect(await answer.json()).toMatchObject({ name: 'Noras salong' });
});
