// The day through the built bundle: what waits, whom events block, which is free now, a new booking, a walk-in.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Host } from '../appsscript/host.ts';
import { read } from '../server/sidebar/day.ts';
import { at, type Desk, day, deskOf } from './desk.ts';
import { type AddonStage, https, openAddonStage } from './stage.ts';

let stage: AddonStage;
let kari: Host;
let desk: Desk;
let asking: string;
beforeAll(async () => {
  stage = await openAddonStage();
  desk = deskOf(stage);
  kari = await stage.panel('kari');
  asking = await desk.consultation();
}, 60_000);
afterAll(() => stage?.close());

describe('a new booking', () => {
  test('a service, a day, a time and a name', async () => {
    await kari.home();
    let panel = await kari.click('New booking');
    expect(panel).toMatchObject({ title: 'New booking', crash: null });
    await kari.fill('service', stage.serviceId);
    await kari.fill('name', 'Tore');
    panel = await kari.fill('date', day(at(7, 10)));
    expect(panel.fields.name).toEqual(['Tore']);
    panel = await kari.fill('who', stage.resources.bert);
    panel = await kari.click('Book');
    expect(panel.notification).toBe('Choose a time first.');
    await kari.fill('start', at(7, 11));
    await kari.fill('email', 'no address');
    panel = await kari.click('Book');
    expect(panel.notification).toBe('That is no mail address.');
    await kari.fill('email', 'tore@mail.test');
    panel = await kari.click('Book');
    expect(panel).toMatchObject({ title: 'Tore', crash: null });
    expect(panel.notification).toBeTruthy();
    const [booking] = await desk.named('Tore');
    expect(booking).toMatchObject({ start: at(7, 11), status: 'confirmed' });
    expect(panel.text).toContain('tore@mail.test');
    expect(booking?.resources[0]?.resourceId).toBe(stage.resources.bert);
  });

  test('a mail address that the server would refuse is refused before anything is sent, in words for it', async () => {
    const host = await stage.panel('kari', { locale: 'nb' });
    await host.home();
    await host.click('Ny booking');
    await host.fill('service', stage.serviceId);
    await host.fill('date', day(at(7, 10)));
    await host.fill('start', at(7, 17));
    await host.fill('name', 'Ivar');
    for (const mail of ['kari@blåbær.no', 'a..b@x.no', 'ola@firma.no.', '.ola@firma.no', 'ola@firma']) {
      await host.fill('email', mail);
      host.log.clear();
      expect((await host.click('Book')).notification, mail).toBe('Det er ingen e-postadresse.');
      expect(host.log.requests, mail).toEqual([]);
    }
    await host.fill('email', "ivar.o'neil+time@post.firma.no");
    expect((await host.click('Book')).title).toBe('Ivar');
  });

  test('is made once, however often Book is tapped', async () => {
    await kari.home();
    await kari.click('New booking');
    await kari.fill('service', stage.serviceId);
    await kari.fill('date', day(at(7, 10)));
    await kari.fill('start', at(7, 13));
    await kari.fill('name', 'Twice');
    await Promise.all([kari.click('Book'), kari.click('Book')]);
    expect(await desk.named('Twice')).toHaveLength(1);
    expect(kari.panel().title).toBe('Twice');
  });

  test('the service’s questions are asked', async () => {
    await kari.home();
    await kari.click('New booking');
    await kari.fill('service', asking);
    await kari.fill('date', day(at(7, 10)));
    await kari.fill('start', at(7, 15));
    await kari.fill('name', 'Una');
    let panel = await kari.click('Book');
    expect(panel.notification).toBe('Shoe size: write something.');
    await kari.fill('answer_shoe', 'big');
    panel = await kari.click('Book');
    expect(panel.notification).toBe('Shoe size: write a number.');
    await kari.fill('answer_shoe', '42,5');
    await kari.fill('answer_side', 'Left');
    await kari.fill('answer_first', true);
    await kari.fill('answer_more', '<script>');
    panel = await kari.click('Book');
    expect(panel).toMatchObject({ title: 'Una', crash: null });
    expect(panel.text).toContain('42.5');
    expect(panel.text).toContain('<script>');
    expect(panel.text).toContain('Waits for approval');
  });

  test('a walk-in in three taps: what for, the first free time, a name', async () => {
    await kari.home();
    kari.log.clear();
    let panel = await kari.click('Walk-in');
    expect(panel.buttons).toEqual(expect.arrayContaining(['Cut', 'Consultation']));
    panel = await kari.click('Cut');
    expect(panel.fields.start).toBeTruthy();
    await kari.fill('name', 'Drop-in');
    panel = await kari.click('Book');
    expect(panel.title).toBe('Drop-in');
    expect(kari.log.requests.filter(({ what }) => what === 'fetch')).toHaveLength(3);
    expect(await desk.named('Drop-in')).toHaveLength(1);
  });
});

describe('the day', () => {
  test('what waits is approved and declined in place', async () => {
    const wait = (name: string, hour: number) =>
      desk.book(name, at(8, hour), { serviceId: asking, answers: { shoe: 40 } });
    const [yes, no] = [await wait('Yes', 9), await wait('Nope', 10)];
    let panel = await kari.home();
    expect(panel.text).toMatch(/Waits for your answer \(\d\)/);
    const place = (name: string) => kari.panel().buttons.findIndex((text) => text.startsWith(name));
    const nth = (button: string, name: string) =>
      kari
        .panel()
        .buttons.slice(0, place(name))
        .filter((text) => text === button).length;
    panel = await kari.click('Approve', nth('Approve', 'Yes'));
    expect(panel.title).toBe('Fjordklinikken');
    expect(await desk.find(yes.id)).toMatchObject({ status: 'confirmed' });

    await kari.click('Decline', nth('Decline', 'Nope'));
    await kari.fill('reason', 'Full');
    panel = await kari.click('Decline the booking');
    expect(panel.title).toBe('Fjordklinikken');
    expect(await desk.find(no.id)).toMatchObject({ status: 'declined' });
    expect(kari.log.refusals).toEqual([]);
  });

  test('which is free now, by kind, and booked from there', async () => {
    await kari.home();
    let panel = await kari.click('Which is free now?');
    expect(panel.text).toContain('Van');
    panel = await kari.click('Rooms');
    expect(panel.text).toContain('Room 1');
    expect(panel.text).not.toContain('Van');
    panel = await kari.click('Book');
    expect(panel.title).toBe('Walk-in');
  });

  test('in the control panel there is more', async () => {
    await kari.home();
    const { link } = await kari.click('Control panel');
    expect(link?.url.startsWith(https)).toBe(true);
  });

  test('staff see and do what is theirs, and an owner lets colleagues in', async () => {
    await desk.book('Annas', at(1, 9));
    await desk.book('Berts', at(1, 9), { resourceIds: [stage.resources.bert] });
    const bert = await stage.panel('bert');
    const panel = await bert.home();
    expect(panel.text).toContain('Berts');
    expect(panel.text).not.toContain('Annas');
  });
});

describe('events of which nobody said whom they block', () => {
  const typed = async (summary: string, hour: number) => {
    await stage.type('anna', {
      summary,
      start: { dateTime: at(6, hour) },
      end: { dateTime: at(6, hour + 1) },
    });
    await read(stage);
  };
  beforeAll(() => stage.call('PATCH', `/calendars/${stage.calendarId}`, { settings: { undecided: 'ask' } }));
  /** How many of these buttons come before the event. */
  const nth = (text: string, title: string) => {
    const { buttons, card } = kari.panel();
    expect(JSON.stringify(card)).toContain(title);
    return buttons.filter((one) => one === text).length - 1;
  };

  test('are answered in one tap: nobody, one of them', async () => {
    await typed('Tannlege <b>', 2);
    let panel = await kari.home();
    expect(panel.text).toContain('Whom do these block? (1)');
    expect(panel.text).toContain('Tannlege <b>');
    panel = await kari.click('Nobody', nth('Nobody', 'Tannlege'));
    expect(panel.notification).toBe('Saved: it blocks nobody.');
    expect(panel.text).not.toContain('Tannlege');

    // Of nobody's account here: by her own right in Google.
    await typed('Kurs', 4);
    const bert = await stage.panel('bert');
    expect((await bert.home()).text).toContain('Kurs');
    await kari.home();
    panel = await kari.click('Van', nth('Van', 'Kurs'));
    expect(panel.notification).toBe('Saved: it blocks Van.');
    expect(panel.text).not.toContain('Whom do these block?');
  });

  test('are named on a calendar of many events too, and where Google gives a page without any', async () => {
    const times = (days: number, hour: number) => ({
      start: { dateTime: at(days, hour), timeZone: 'UTC' },
      end: { dateTime: at(days, hour + 1), timeZone: 'UTC' },
    });
    const daily = { transparency: 'transparent', recurrence: ['RRULE:FREQ=DAILY;COUNT=12'] };
    for (let n = 0; n < 26; n++)
      await stage.type('anna', { summary: `Ledig ${n}`, ...daily, ...times(2, 8) });
    await stage.type('anna', { summary: 'Den første', ...times(2, 6) });
    await stage.type('anna', { summary: 'Den siste', ...times(12, 6) });
    await read(stage);
    const titles = async () => {
      kari.log.clear();
      const { text } = await kari.home();
      expect(text).toContain('Den første');
      expect(text).toContain('Den siste');
      return kari.log.requests.filter(({ url }) => /fields=items/.test(url)).length;
    };
    expect(await titles()).toBe(1);
    await stage.google.control.setSwitches({ emptyPages: true });
    expect(await titles()).toBe(2);
    await stage.google.control.setSwitches({ emptyPages: false });
  });
});

test('colleagues of the same Workspace ask, and are let in from the card', async () => {
  const claims = { hd: 'clinic.test' };
  const owner = await stage.panel('kari', { claims });
  // Only what an owner came with is theirs to name.
  await owner.home();
  await stage.call('PATCH', '/business', { hostedDomain: 'clinic.test' });
  const siri = await stage.panel('siri', { claims });
  let panel = await siri.home();
  expect(panel.text).toContain('Your colleagues are here');
  panel = await siri.click('Ask to join');
  expect(panel.text).toContain('Asked: wait until you are let in');

  panel = await owner.home();
  expect(panel.text).toContain('Want to join');
  panel = await owner.click('Let in');
  expect(panel.text).not.toContain('Want to join');
  expect((await siri.home()).title).toBe('Fjordklinikken');
  await stage.call('PATCH', '/business', { hostedDomain: null });
});

test('whoever was removed a minute ago is out', async () => {
  const anna = await stage.panel('anna');
  await anna.home();
  await stage.call('PATCH', `/resources/${stage.resources.anna}`, { memberId: null });
  await stage.call('DELETE', `/members/${stage.members.anna}`);
  const panel = await anna.click('Which is free now?');
  expect(panel.crash).toBeNull();
  expect(panel.title).not.toBe('Which is free now?');
});
