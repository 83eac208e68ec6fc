// Settings, the ways into a business and between two, and the links into the control panel, in both languages.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { makeBusiness } from '../business.ts';
import { people, shared } from '../server/sidebar/stage.ts';
import { type AddonStage, https, openAddonStage } from './stage.ts';

let stage: AddonStage;
beforeAll(async () => {
  stage = await openAddonStage();
}, 60_000);
afterAll(() => stage?.close());

async function settingsOf() {
  const { items } = await stage.call<{ items: { settings: object }[] }>('GET', '/calendars');
  return items[0]?.settings;
}

describe('settings', () => {
  test('the rule for undecided events and auto-fix are changed where they stand', async () => {
    const kari = await stage.panel('kari');
    let panel = await kari.universal('Settings');
    expect(panel).toMatchObject({ title: 'Settings', crash: null, refusals: [] });
    expect(panel.text).toContain('Felles');
    expect(panel.text).toContain('Anna, Bert, Room 1, Van');

    panel = await kari.fill('undecided0', 'ask');
    expect(panel.notification).toBe('Saved.');
    expect(await settingsOf()).toMatchObject({ undecided: 'ask' });
    panel = await kari.fill('autoFix0', true);
    expect(await settingsOf()).toMatchObject({ undecided: 'ask', autoFix: true });
    expect(panel.fields).toMatchObject({ undecided0: ['ask'] });
    await kari.fill('autoFix0', false);
    expect(await settingsOf()).toMatchObject({ autoFix: false });
    expect(kari.log.refusals).toEqual([]);
  });

  test('staff see them and have nothing to change', async () => {
    const anna = await stage.panel('anna');
    const panel = await anna.universal('Settings');
    expect(panel.text).toContain('Felles');
    expect(Object.keys(panel.fields)).toEqual(['language']);
  });

  test('the language is as Calendar says, or as chosen, and is kept', async () => {
    const kari = await stage.panel('kari', { locale: 'nn' });
    expect((await kari.universal('Settings')).title).toBe('Innstillinger');
    expect((await kari.fill('language', 'en')).title).toBe('Settings');
    expect((await kari.universal('Settings')).title).toBe('Settings');
    expect((await kari.fill('language', '')).title).toBe('Innstillinger');
  });
});

describe('the control panel', () => {
  test('is opened from the menu by a link that is good once', async () => {
    const kari = await stage.panel('kari');
    const { link, crash } = await kari.universal('Control panel');
    expect(crash).toBeNull();
    expect(link?.url.startsWith(`${https}panel/enter?ticket=`)).toBe(true);
    expect(link?.onClose).toBe('RELOAD_ADD_ON');
  });

  test('and from buttons, on the page that they are about', async () => {
    const kari = await stage.panel('kari');
    await kari.universal('Settings');
    const { link } = await kari.click('All its settings');
    // No browser of hers yet: it asks whose link it is, and the answer is sent as the server is reached.
    const asked = await fetch(kari.toLocal(link?.url ?? ''));
    const [, form = ''] = /name="form" value="([^"]+)"/.exec(await asked.text()) ?? [];
    const ticket = new URL(link?.url ?? '').searchParams.get('ticket') ?? '';
    const cookie = asked.headers.getSetCookie().map((line) => line.split(';')[0]);
    const entered = await fetch(kari.toLocal(`${https}panel/enter`), {
      method: 'POST',
      headers: { origin: new URL(https).origin, cookie: cookie.join('; ') },
      body: new URLSearchParams({ form, ticket }),
      redirect: 'manual',
    });
    expect(entered.headers.get('location')).toContain(`/panel/calendars/${stage.calendarId}`);
  });

  test('who is nobody here gets no link, but a card', async () => {
    const siri = await stage.panel('siri');
    expect(await siri.universal('Control panel')).toMatchObject({ link: null, crash: null });
  });
});

describe('nobody of any business', () => {
  test('makes one: the name is looked at before it is sent', async () => {
    const siri = await stage.panel('siri', { locale: 'nb' });
    let panel = await siri.home();
    expect(panel).toMatchObject({ title: 'Velkommen til Sidebook', crash: null });
    siri.log.clear();
    panel = await siri.click('Opprett');
    expect(panel.notification).toBe('Navn på virksomheten: skriv noe.');
    await siri.fill('name', 'x'.repeat(201));
    panel = await siri.click('Opprett');
    expect(panel.notification).toBe('Navn på virksomheten: høyst 200 tegn.');
    expect(siri.log.requests).toEqual([]);

    await siri.fill('name', '<b>Siris & co</b>');
    panel = await siri.click('Opprett');
    expect(panel.crash).toBeNull();
    expect(panel.title).toBe('<b>Siris & co</b>');
    expect(siri.log.refusals).toEqual([]);
  });

  test('joins one that invited the address', async () => {
    await stage.google.control.createPerson({ email: 'ola@else.test', name: 'Ola', zone: 'Europe/Oslo' });
    await stage.call('POST', '/members', { email: 'ola@else.test', name: 'Ola', role: 'staff' });
    const ola = await stage.panel('siri', { person: 'ola@else.test' });
    expect((await ola.home()).title).toBe('Fjordklinikken');
  });
});

test('in two businesses: one is chosen and kept, another can be, and one that is left is forgotten', async () => {
  const backend = { https, local: `${stage.url}/` };
  // The add-on leaves a server that failed alone for a minute.
  let minutes = 0;
  const bert = await stage.panel('bert', { backend, now: () => Date.now() + minutes * 60_000 });
  await bert.home();
  const other = await makeBusiness(stage.context.db);
  await stage.context.db.execute(`update businesses set name = 'Fjellklinikken' where id = '${other.id}'`);
  const invite = await fetch(`${stage.url}/api/v1/members`, {
    method: 'POST',
    headers: { authorization: `Bearer ${other.key}`, 'content-type': 'application/json' },
    body: JSON.stringify({ email: people.bert, name: 'Bert', role: 'staff' }),
  });
  expect(invite.status).toBe(201);
  let panel = await bert.home();
  expect(panel.title).toBe('Which business?');
  expect(panel.buttons).toEqual(['Fjordklinikken', 'Fjellklinikken']);
  panel = await bert.click('Fjellklinikken');
  expect(panel.title).toBe('Fjellklinikken');
  expect((await bert.home()).title).toBe('Fjellklinikken');
  expect((await bert.click('Another business')).title).toBe('Which business?');
  await bert.click('Fjellklinikken');

  // An event says itself whose it is, whatever was chosen for the day.
  const start = new Date(Date.now() + 26 * 3_600_000);
  const id = await stage.type('bert', {
    summary: 'Lunch',
    start: { dateTime: start.toISOString() },
    end: { dateTime: new Date(start.getTime() + 3_600_000).toISOString() },
  });
  await stage.quiet();
  const event = await bert.open({ calendarId: shared, id });
  expect(event.text).toContain('Felles');
  expect(event.buttons).toContain('Only me');
  expect((await bert.universal('Settings')).text).toContain('Fjordklinikken');
  await bert.open({ calendarId: shared, id });
  expect((await bert.universal('Control panel')).link?.url).toMatch(/\/panel\/enter\?ticket=/);

  await stage.call('PATCH', `/resources/${stage.resources.bert}`, { memberId: null });
  await stage.call('DELETE', `/members/${stage.members.bert}`);
  const away = async () => {
    backend.local = 'http://127.0.0.1:1/';
    const { text } = await bert.open({ calendarId: shared, id });
    backend.local = `${stage.url}/`;
    minutes += 2;
    return text;
  };
  expect(await away()).toContain('Blocks now');
  expect((await bert.home()).title).toBe('Fjellklinikken');
  expect(await away()).not.toContain('Blocks now');
});
