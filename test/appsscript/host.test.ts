// The host as a person has it: the panel opens at home and on an event, is clicked and filled in, and goes back.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { tryingHost } from './attempt.ts';
import { makeSetting, PERSON, type Setting } from './setting.ts';

let setting: Setting;
beforeAll(async () => {
  setting = await makeSetting();
});
afterAll(() => setting.stop());

const at = (hour: string) => ({ dateTime: `2026-11-24T${hour}:00+01:00` });
async function newEvent(): Promise<string> {
  const added = await setting.google.control.addEvent({
    person: PERSON,
    calendar: PERSON,
    event: { summary: 'Dentist', start: at('09:00'), end: at('10:00') },
  });
  return (added as { id: string }).id;
}

describe('a person in the panel', () => {
  test('home asks the backend with an identity token of the local Google', async () => {
    const host = await setting.host();
    const panel = await host.home();
    expect(panel.crash).toBeNull();
    expect(panel.title).toBe('Home');
    expect(panel.text).toContain('Hello Anna (en)');
    const token = setting.asked.at(-1)?.headers.authorization?.slice('Bearer '.length) ?? '';
    const claims = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString());
    expect(claims).toMatchObject({ iss: setting.google.url, aud: 'sidebook-client', email: PERSON });
    expect(host.log.requests).toMatchObject([
      { what: 'fetch', method: 'GET', url: 'https://app.example.test/home', status: 200 },
    ]);
  });

  test('a click runs its action and the card is updated', async () => {
    const host = await setting.host();
    await host.home();
    await host.click('Count');
    const panel = await host.click(/^Cou/);
    expect(panel).toMatchObject({ notification: 'Counted 3', stateChanged: true, refusals: [] });
    expect(panel.cards).toHaveLength(1);
  });

  test('a double tap runs twice, though the first answer takes the card away', async () => {
    const host = await setting.host();
    await host.home();
    await Promise.all([host.click('Details'), host.click('Details')]);
    expect(host.panel().cards).toHaveLength(3);
  });

  test('what is not there cannot be clicked, and the error says what is', async () => {
    const host = await setting.host();
    await host.home();
    expect(() => host.click('Nothing')).toThrow(/only "Count", "Details"/);
    expect(() => host.click('Count', 1)).toThrow(/number 1/);
  });

  test('an event is opened, changed with its etag, and Google shows it', async () => {
    const host = await setting.host();
    const id = await newEvent();
    const panel = await host.open({ calendarId: PERSON, id });
    expect(panel.text).toContain('Dentist');
    expect(panel.text).toContain(PERSON);
    expect((await host.click('Make free')).notification).toBe('Now transparent');
    const again = await host.click('Make free');
    expect(again.crash).toMatch(/API call to calendar.events.patch failed with error: Precondition Failed/);
    expect(again.text).toBe('Something went wrong');
    expect(host.back().title).toBe('Dentist');
  });

  test('an event that is not saved has no id; when it is saved, the add-on is told', async () => {
    const host = await setting.host();
    expect((await host.open({ calendarId: PERSON })).title).toBe('Not saved');
    const id = await newEvent();
    expect((await host.saved({ calendarId: PERSON, id })).title).toBe('Saved');
  });

  test('forms: what was filled in is sent, what is empty is not, a change is told', async () => {
    const host = await setting.host();
    await host.home();
    expect((await host.click('Details')).fields).toEqual({ reason: ['none'], who: ['anna'], day: undefined });
    expect((await host.fill('who', ['anna', 'bo'])).notification).toBe(
      'Who: {"stringInputs":{"value":["anna","bo"]}}',
    );
    await host.fill('reason', '');
    await host.fill('day', { msSinceEpoch: Date.UTC(2026, 10, 24) });
    expect(JSON.parse((await host.click('Send')).notification ?? '')).toEqual({
      who: { stringInputs: { value: ['anna', 'bo'] } },
      day: { dateInput: { msSinceEpoch: '1795478400000' } },
    });
    expect(() => host.fill('nobody', 'x')).toThrow(/no field "nobody"; its fields: reason, who, day/);
    expect(() => host.fill('who', ['eve'])).toThrow(/offers no eve/);
    expect(() => host.fill('day', 'today')).toThrow(/cannot hold/);
  });

  test('a switch and a grid tell what was chosen', async () => {
    const host = await setting.host();
    await host.universal('Gallery');
    expect((await host.fill('tell', false)).notification).toBe('null');
    expect((await host.fill('tell', true)).notification).toBe('{"stringInputs":{"value":["yes"]}}');
    expect((await host.click('Room 2')).notification).toBe('Room 2');
    expect(() => host.click('Closed')).toThrow(/disabled/);
  });

  test('cards lie on each other; the arrow and the menu', async () => {
    const host = await setting.host();
    await host.home();
    await host.click('Details');
    expect((await host.universal('Settings')).cards.map(({ header }) => header?.title)).toEqual([
      'Home',
      'Details',
      'Settings',
    ]);
    expect(host.back().title).toBe('Details');
    expect(host.back().title).toBe('Home');
    expect(host.back().title).toBe('Home');
    expect((await host.universal('Help')).link?.url).toBe('https://app.example.test/help');
    await host.click('Details');
    expect((await host.click('Web')).link?.url).toBe('https://app.example.test/web');
  });

  test('a field that is needed and empty stops the click before anything runs', async () => {
    const code = `function onForm() { return card('Form', [
      CardService.newTextInput().setFieldName('mail').setTitle('Mail').setValidation(CardService.newValidation().setCharacterLimit(20)),
      CardService.newTextButton().setText('Go').setOnClickAction(CardService.newAction().setFunctionName('onSend').addRequiredWidget('mail'))]) }`;
    const host = await setting.host({ code, manifest: (text) => text.replace('"onHomepage"', '"onForm"') });
    await host.home();
    expect((await host.click('Go')).blocked).toBe('Required: Mail');
    await host.fill('mail', 'x'.repeat(21));
    expect((await host.click('Go')).blocked).toBe('Mail: at most 20 characters');
    await host.fill('mail', 'x');
    expect(await host.click('Go')).toMatchObject({
      blocked: null,
      notification: '{"mail":{"stringInputs":{"value":["x"]}}}',
    });
  });

  test('entries survive an updated card only when the action says so', async () => {
    const code = `function onForm() { return form() }
      function form() { return card('Form', [CardService.newTextInput().setFieldName('a').setTitle('A').setValue('server'),
        act('Keep', true), act('Drop', false)]) }
      function act(text, keep) { return CardService.newTextButton().setText(text).setOnClickAction(CardService.newAction().setFunctionName('onAgain').setPersistValues(keep)) }
      function onAgain() { return CardService.newActionResponseBuilder().setNavigation(CardService.newNavigation().updateCard(form())).build() }`;
    const host = await setting.host({ code, manifest: (text) => text.replace('"onHomepage"', '"onForm"') });
    await host.home();
    await host.fill('a', 'mine');
    expect((await host.click('Keep')).fields).toEqual({ a: ['mine'] });
    expect((await host.click('Drop')).fields).toEqual({ a: ['server'] });
  });

  test('several cards are offered by their titles', async () => {
    const code = "function onBoth() { return [onEventUpdate(), card('Other', [CardService.newDivider()])] }";
    const host = await setting.host({ code, manifest: (text) => text.replace('"onHomepage"', '"onBoth"') });
    expect((await host.home()).choices).toEqual(['Saved', 'Other']);
    expect((await host.click('Other')).title).toBe('Other');
    expect(host.back().choices).toHaveLength(2);
  });

  test('an error of the add-on is "Something went wrong", its words kept', async () => {
    const host = await tryingHost(setting);
    host.kept.scriptProperties.set('code', 'null.x');
    const panel = await host.home();
    expect(panel).toMatchObject({ card: null, text: 'Something went wrong' });
    expect(panel.crash).toMatch(/Cannot read properties of null/);
    expect(host.log.crashes[0]).toContain('onTry');
  });

  test('a sign-in that the add-on asks for is a prompt', async () => {
    const host = await tryingHost(setting);
    host.kept.scriptProperties.set(
      'code',
      "CardService.newAuthorizationException().setAuthorizationUrl('https://app.example.test/in').setResourceDisplayName('Sidebook').throwException()",
    );
    expect((await host.home()).authorization).toEqual({
      url: 'https://app.example.test/in',
      name: 'Sidebook',
    });
  });
});

describe('the event object', () => {
  const told = async (manifest: (text: string) => string, event = {}) => {
    const host = await setting.host({
      code: 'function onTold(e) { console.log(JSON.stringify(e)); return onEventUpdate() }',
      manifest: (text) => manifest(text).replace('"onEventOpen"', '"onTold"'),
      zone: 'Europe/Berlin',
      now: () => Date.UTC(2026, 6, 1),
    });
    await host.open({ calendarId: PERSON, ...event });
    return JSON.parse(host.log.lines.at(-1) ?? '');
  };

  test('holds what the manifest asks for', async () => {
    const event = { id: 'abcde', organizer: 'boss@clinic.test', attendees: [{ email: PERSON }] };
    expect(await told((text) => text, event)).toEqual({
      commonEventObject: {
        hostApp: 'CALENDAR',
        platform: 'WEB',
        userLocale: 'en',
        timeZone: { id: 'Europe/Berlin', offset: 7_200_000 },
      },
      calendar: {
        calendarId: PERSON,
        id: 'abcde',
        organizer: { email: 'boss@clinic.test' },
        attendees: [{ email: PERSON }],
        capabilities: {
          canSeeAttendees: true,
          canAddAttendees: false,
          canSeeConferenceData: true,
          canSetConferenceData: false,
          canAddAttachments: false,
        },
      },
    });
  });

  test('no locale without its scope, no guests without READ, no event without access', async () => {
    expect(
      (await told((text) => text.replace('script.locale', 'script.scriptapp'))).commonEventObject,
    ).toEqual({ hostApp: 'CALENDAR', platform: 'WEB' });
    const metadata = await told((text) => text.replace('"READ"', '"METADATA"'), {
      id: 'a',
      organizer: PERSON,
      attendees: [],
    });
    expect(metadata.calendar.attendees).toBeUndefined();
    expect(
      (await told((text) => text.replace(/,\s*"currentEventAccess": "READ"/, ''))).calendar,
    ).toBeUndefined();
  });

  test('an occurrence is told with its series', async () => {
    const added = (await setting.google.control.addEvent({
      person: PERSON,
      calendar: PERSON,
      event: {
        summary: 'Weekly',
        start: { ...at('09:00'), timeZone: 'Europe/Oslo' },
        end: { ...at('10:00'), timeZone: 'Europe/Oslo' },
        recurrence: ['RRULE:FREQ=WEEKLY'],
      },
    })) as { id: string };
    const { calendar } = await told((text) => text, { id: `${added.id}_20261124T080000Z` });
    expect(calendar).toMatchObject({ recurringEventId: added.id, organizer: { email: PERSON } });
  });
});
