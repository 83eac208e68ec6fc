// Google accounts and calendars in the panel: the whole way from the add-on to a linked calendar, and back out again.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openStage, type Person, people, type Stage } from '../sidebar/stage.ts';
import { Browser } from './browser.ts';

let stage: Stage;
beforeAll(async () => {
  stage = await openStage();
});
afterAll(() => stage.close());

const comeIn = async (person: Person, body: object) => {
  const { answer } = await stage.ask(person, 'panel', body);
  const browser = new Browser({ 'accept-language': 'en' });
  return { browser, page: await browser.enter((answer as unknown as { url: string }).url) };
};
const at = (path: string) => `${stage.url}/panel${path}`;
const links = async () =>
  Object.fromEntries(
    await Promise.all(
      Object.entries(stage.resources).map(async ([name, id]) => [
        name,
        (await stage.call<{ links: { calendarId: string }[] }>('GET', `/resources/${id}/links`)).links,
      ]),
    ),
  ) as Record<keyof Stage['resources'], { calendarId: string; reads: boolean; writes: boolean }[]>;

describe('the whole way', () => {
  test('from the add-on to Google, to a calendar that is followed, linked, and up to date', async () => {
    const { browser, page } = await comeIn('kari', { to: 'connect' });
    const consent = await browser.submit(page, '/connect', { email: people.siri });
    expect(consent.url.origin).toBe(stage.google.url);
    const back = await browser.submit(consent, '', { answer: 'allow', person: people.siri });
    expect(back.url.pathname).toMatch(/^\/panel\/accounts\/[0-9a-f-]{36}\/calendars$/);
    expect(back.url.search).toBe('');
    expect(back.text).toContain('siri@clinic.test is connected');
    expect(back.text).toContain('Full access · Europe/Oslo');

    const followed = await browser.submit(back, '/calendars');
    expect(followed.text).toContain('“Siri” is followed and is being read');
    const calendarId = followed.url.pathname.split('/').at(-1)!;
    expect((await browser.open(at(''))).text).toContain('Link “Siri”');
    expect(followed.text).toContain('Writes to “Felles” now: tick to write here instead.');

    const { room, van } = stage.resources;
    const linked = await browser.submit(followed, '/links', { 'reads[]': [room, van], 'writes[]': room });
    expect(linked.text).toContain('Saved.');
    const now = await links();
    const of = (name: keyof typeof now) => now[name].find((one) => one.calendarId === calendarId);
    expect([of('room'), of('van'), of('anna')]).toMatchObject([
      { reads: true, writes: true },
      { reads: true, writes: false },
      undefined as never,
    ]);
    const before = now.room.find((one) => one.calendarId === stage.calendarId);
    expect(before).toMatchObject({ reads: true, writes: false });

    await stage.quiet();
    const health = await browser.open(at('/health'));
    expect(health.text).toMatch(/Siri Up to date: read at \d\d:\d\d/);
    expect((await browser.open(at(''))).text).toContain('Linked to Room 1 and Van');
    const synced = await browser.submit(health, `/calendars/${calendarId}/sync`);
    expect([synced.url.pathname, synced.text.includes('It is read as soon as may be')]).toEqual([
      '/panel/health',
      true,
    ]);

    const all = await browser.submit(await browser.open(at(`/calendars/${calendarId}`)), '/link-all');
    expect(all.text).toContain('Saved.');
    const everybody = await links();
    for (const name of ['anna', 'bert', 'room', 'van'] as const)
      expect(everybody[name].find((one) => one.calendarId === calendarId)).toMatchObject({
        reads: true,
        writes: name === 'room',
      });
    const unlinked = await browser.submit(all, '/links', { 'reads[]': [], 'writes[]': [] });
    expect(unlinked.text).toContain('Saved.');
    expect(
      Object.values(await links())
        .flat()
        .filter((one) => one.calendarId === calendarId),
    ).toEqual([]);

    const leaving = await browser.open(at(`/calendars/${calendarId}/leave`));
    const left = await browser.submit(leaving, `/calendars/${calendarId}/leave`);
    expect([left.url.href, left.text]).toEqual([
      at('/calendars'),
      expect.stringContaining('“Siri” is no longer followed'),
    ]);
  });

  test('is ended by the browser that began it alone', async () => {
    const { browser, page } = await comeIn('anna', { to: 'connect' });
    const consent = await browser.submit(page, '/connect');
    const answer = async (by: Browser) => by.submit(consent, '', { answer: 'allow', person: people.anna });
    const lured = await answer(new Browser());
    expect(lured.status).toBe(401);
    const { browser: other } = await comeIn('bert', { to: 'connect' });
    const again = await browser.submit(page, '/connect');
    const swapped = await other.submit(again, '', { answer: 'allow', person: people.anna });
    expect(swapped.text).toContain('Another browser came back from Google');
    const { items } = await stage.call<{ items: { email: string }[] }>('GET', '/accounts');
    expect(items.map(({ email }) => email)).not.toContain(people.anna);
    const third = await browser.submit(page, '/connect');
    const own = await browser.submit(third, '', { answer: 'allow', person: people.anna });
    expect(own.text).toContain('anna@clinic.test is connected. An owner or administrator chooses');
  });

  test('ends well where Google says no, and tells nothing that somebody wrote into the address', async () => {
    const { browser, page } = await comeIn('bert', { to: 'connect' });
    const consent = await browser.submit(page, '/connect');
    const back = await browser.submit(consent, '', { answer: 'deny' });
    expect([back.url.pathname, back.url.search]).toEqual(['/panel/connect', '']);
    expect(back.text).toContain('Google was told no, so nothing was connected');
    const forged = await browser.open(
      at('/connect/back?google=refused&reason=expired&words=Call+this+number'),
    );
    expect(forged.text).toContain('More than ten minutes went by');
    expect(forged.text).not.toContain('Call this number');
    const untrue = await browser.open(at(`/connect/back?google=connected&account=${stage.members.kari}`));
    expect(untrue.text).not.toMatch(/\S+@\S+ is connected/);
  });
});

describe('one calendar', () => {
  test('is told what its events do; a wrong figure is said beside it, and nothing is saved', async () => {
    const { browser, page } = await comeIn('kari', { to: 'calendar', id: stage.calendarId });
    const settings = async () => {
      const { items } = await stage.call<{ items: { id: string; settings: object }[] }>('GET', '/calendars');
      return items.find(({ id }) => id === stage.calendarId)!.settings;
    };
    const before = await settings();
    const wrong = await browser.submit(page, '/settings', { undecided: 'nobody', delayMinutes: '9999' });
    expect(wrong.text).toContain('Write a whole number of minutes from 0 to 1440.');
    expect(wrong.html).toMatch(/value="9999"[^>]* aria-invalid="true"/);
    expect(wrong.html).toMatch(/<option value="nobody" selected>/);
    expect(await settings()).toEqual(before);
    const saved = await browser.submit(wrong, '/settings', {
      undecided: 'ask',
      autoFix: 'on',
      adopt: 'ask',
      delayMinutes: '5',
      focusTime: 'ignore',
    });
    expect(saved.text).toContain('Saved: the calendar is read again by it.');
    const changed = { undecided: 'ask', autoFix: true, adopt: 'ask', delayMinutes: 5, focusTime: 'ignore' };
    expect(await settings()).toEqual({ ...before, ...changed });
    await browser.submit(saved, '/settings', { delayMinutes: '0' });
  });

  test('shows its rules in words, what waits for an answer, and undoes a run as a whole', async () => {
    const { anna } = stage.resources;
    const start = Date.now() + 24 * 3_600_000;
    const [from, to] = [start, start + 3_600_000].map((ms) => ({ dateTime: new Date(ms).toISOString() }));
    await stage.call('PATCH', `/calendars/${stage.calendarId}`, { settings: { autoFix: false } });
    const shares = [{ resourceId: anna }];
    const rules = [{ when: { texts: ['massage'] }, whom: { kind: 'listed', shares } }];
    await stage.call('PUT', `/calendars/${stage.calendarId}/rules`, { rules });
    const freed = await stage.type('kari', { summary: 'massage', start: from, end: to });
    await stage.type('kari', { summary: 'Dentist <script>', start: from, end: to });
    await stage.quiet();
    const shown = async () => {
      const { events } = await stage.google.control.calendarState({ calendar: 'felles@clinic.test' });
      return events.find(({ id }) => id === freed)?.transparency ?? 'opaque';
    };
    await stage.call('POST', `/calendars/${stage.calendarId}/fix`, { dryRun: false, match: {} });
    await stage.quiet();
    expect(await shown()).toBe('transparent');

    const { browser, page } = await comeIn('kari', { to: 'calendar', id: stage.calendarId });
    expect(page.text).toContain('Rule 1: if its text holds “massage”, it blocks Anna.');
    expect(page.text).toContain('An event');
    expect(page.text).not.toContain('Dentist');
    expect(page.html).toContain('https://calendar.google.com/calendar/r/day/');
    expect(page.text).toContain('Set Free: 1 of 1 events');
    const nb = new Browser({ 'accept-language': 'nb' });
    nb.cookies.set('sidebook_panel', browser.cookies.get('sidebook_panel')!);
    const norsk = await nb.open(page.url);
    expect(norsk.text).toContain('Regel 1: hvis teksten inneholder «massage», den blokkerer Anna.');
    expect(norsk.text).toContain('Ingen har sagt hvem den blokkerer');

    const undone = await browser.submit(page, '/undo');
    expect(undone.text).toContain('It is being undone: 1 events are put back');
    await stage.quiet();
    expect(await shown()).toBe('opaque');
    const again = await browser.open(page.url);
    expect(again.text).toContain('undone');
    expect(again.html).not.toMatch(/action="[^"]+\/undo"/);
  });
});

describe('a booking', () => {
  test('is told as the card tells it, with a way to its event, whatever it holds', async () => {
    const start = new Date(Math.ceil(Date.now() / 3_600_000) * 3_600_000 + 72 * 3_600_000).toISOString();
    const customer = {
      name: '<img src=x onerror=alert(1)>',
      email: 'ada+x@kunde.test',
      phone: '+47 22 00 00 00',
    };
    const { id } = await stage.call<{ id: string }>('POST', '/bookings', {
      serviceId: stage.serviceId,
      start,
      customer,
      instructions: 'Knock "twice" & wait',
    });
    await stage.quiet();
    const { page } = await comeIn('kari', { to: 'booking', id });
    expect(page.status).toBe(200);
    expect(page.html).not.toContain('<img');
    for (const words of [customer.name, customer.email, customer.phone, 'Knock "twice" & wait', 'confirmed'])
      expect(page.text).toContain(words);
    expect(page.html).toContain('href="tel:+4722000000"');
    expect(page.html).toContain('href="mailto:ada%2Bx@kunde.test"');
    const eid = /event\?eid=([\w-]+)"/.exec(page.html)![1]!;
    const [eventId, calendar] = Buffer.from(eid, 'base64url').toString().split(' ');
    const { events } = await stage.google.control.calendarState({ calendar: calendar! });
    expect(events.map((event) => event.id)).toContain(eventId);
  });
});

describe('disconnecting', () => {
  test('tells first what it would do, then does that, and leads back to connecting', async () => {
    const { browser } = await comeIn('kari', { to: 'connect' });
    const plan = await stage.call<{ calendars: number; links: number; ourEvents: number }>(
      'GET',
      `/accounts/${stage.accountId}/disconnect?events=remove`,
    );
    expect(plan).toMatchObject({ calendars: 1, links: 4, ourEvents: 1 });
    const asked = await browser.open(at(`/accounts/${stage.accountId}/disconnect`));
    expect(asked.text).toContain('Calendars no longer followed: 1');
    expect(asked.text).toContain('Links to resources that go: 4');
    expect(asked.text).toContain('Delete them from Google (1).');
    const bad = await browser.submit(asked, '/disconnect', { events: 'burn' });
    expect(bad.text).toContain('This is not one of the choices: nothing was saved.');
    const done = await browser.submit(asked, '/disconnect', { events: 'remove' });
    expect(done.text).toContain(
      'Disconnected: 1 calendars are no longer followed, 1 events are being deleted',
    );
    const home = await browser.open(at(''));
    expect(home.text).toContain('No calendar is followed yet.');
    const gone = await browser.open(at(`/accounts/${stage.accountId}/calendars`));
    expect([gone.status, gone.text]).toEqual([200, expect.stringContaining('Google could not be asked')]);
  });
});
