// The Calendar advanced service against the local Google: arguments, etags, errors and scopes as Apps Script has them.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { refusalOf, toldBy, tryingHost } from './attempt.ts';
import type { Host } from './host.ts';
import { makeSetting, PERSON, type Setting } from './setting.ts';

let setting: Setting;
let host: Host;
let id: string;
const at = (hour: number) => ({ dateTime: `2026-11-24T${String(hour).padStart(2, '0')}:00:00+01:00` });

beforeAll(async () => {
  setting = await makeSetting();
  host = await tryingHost(setting);
  const event = { summary: 'Dentist', start: at(9), end: at(10) };
  id = String(await toldBy(host, `Calendar.Events.insert(${JSON.stringify(event)}, 'primary').id`));
});
afterAll(() => setting.stop());

describe('Calendar', () => {
  test('get, patch, update, list, move, remove', async () => {
    expect(await toldBy(host, `Calendar.Events.get('primary', '${id}').summary`)).toBe('Dentist');
    expect(
      await toldBy(
        host,
        `Calendar.Events.patch({ transparency: 'transparent' }, 'primary', '${id}').transparency`,
      ),
    ).toBe('transparent');
    const update = `var e = Calendar.Events.get('primary', '${id}'); e.summary = 'Doctor'; Calendar.Events.update(e, 'primary', e.id, { sendUpdates: 'none' }, { 'If-Match': e.etag }).summary`;
    expect(
      await toldBy(
        host,
        `(function () { ${update.replace('Calendar.Events.update', 'return Calendar.Events.update')} })()`,
      ),
    ).toBe('Doctor');
    const list =
      "Calendar.Events.list('primary', { timeMin: '2026-11-24T00:00:00Z', timeMax: '2026-11-25T00:00:00Z', singleEvents: true, maxResults: 10 }).items";
    expect(
      await toldBy(
        host,
        `${list}.map(function (e) { return [e.summary, Array.isArray(e.attendees || [])] })`,
      ),
    ).toEqual([['Doctor', true]]);
    const { id: room } = await setting.google.control.createCalendar({ owner: PERSON, summary: 'Room' });
    // What a move answers with is the event as the old calendar has it (google-facts 1.2).
    const moved = (from: string, to: string) =>
      `(function () { Calendar.Events.move('${from}', '${id}', '${to}'); return Calendar.Events.get('${to}', '${id}').organizer.email })()`;
    expect(await toldBy(host, moved('primary', room))).toBe(room);
    expect(await toldBy(host, moved(room, PERSON))).toBe(PERSON);
    const gone =
      "(function () { var e = Calendar.Events.insert({ start: { date: '2026-11-26' }, end: { date: '2026-11-27' } }, 'primary'); Calendar.Events.remove('primary', e.id); return Calendar.Events.get('primary', e.id).status })()";
    expect(await toldBy(host, gone)).toBe('cancelled');
    expect(host.log.requests.map(({ what, status }) => [what, status])).toEqual([
      ['calendar.events.insert', 200],
      ['calendar.events.delete', 204],
      ['calendar.events.get', 200],
    ]);
  });

  test('an error is a GoogleJsonResponseException with its details', async () => {
    const code = `(function () { try { Calendar.Events.get('primary', 'nothere12345') } catch (e) { return [e instanceof Error, e.name, e.message, e.details.code, e.details.errors[0].reason] } })()`;
    expect(await toldBy(host, code)).toEqual([
      true,
      'GoogleJsonResponseException',
      'API call to calendar.events.get failed with error: Not Found',
      404,
      'notFound',
    ]);
  });

  test('an old etag is 412', async () => {
    const code = `(function () { try { Calendar.Events.patch({ summary: 'x' }, 'primary', '${id}', {}, { 'If-Match': '"1"' }) } catch (e) { return e.details.code } })()`;
    expect(await toldBy(host, code)).toBe(412);
  });

  test('a Google that is cut off is an error of the call', async () => {
    await setting.google.control.addFault({ kind: 'reset', on: 'events.get', times: 1 });
    expect(await refusalOf(host, `Calendar.Events.get('primary', '${id}')`)).toBe(
      'API call to calendar.events.get failed with error: Empty response',
    );
  });

  test('a token that died with the clock is renewed', async () => {
    await setting.google.control.expireAccess({ person: PERSON });
    expect(await toldBy(host, `Calendar.Events.get('primary', '${id}').id`)).toBe(id);
  });

  test.each([
    ['an unknown method', "Calendar.Events.fetch('primary')", /Calendar\.Events has no "fetch"/],
    [
      'delete, which is called remove',
      "Calendar.Events.delete('primary', 'x')",
      /Calendar\.Events has no "delete"/,
    ],
    ['an unknown collection', 'Calendar.Event', /Calendar has no "Event"/],
    [
      'the resource in the wrong place',
      `Calendar.Events.patch('primary', '${'x'}', {})`,
      /don't match the method signature/,
    ],
    ['too few arguments', "Calendar.Events.get('primary')", /don't match the method signature/],
    [
      'what the local Google lacks',
      "Calendar.Acl.list('primary')",
      /host does not offer Calendar\.Acl\.list/,
    ],
    [
      'an argument that is an object',
      "Calendar.Events.list('primary', { timeMin: {} })",
      /must be a plain value/,
    ],
  ])('refuses %s', async (_, code, rule) => expect(await refusalOf(host, code)).toMatch(rule));

  test('an argument that Google does not know is refused by Google', async () => {
    expect(await refusalOf(host, "Calendar.Events.list('primary', { nonsense: 1 })")).toMatch(
      /failed with error/,
    );
  });

  test('the token has the scopes of the manifest and no more', async () => {
    expect(await refusalOf(host, 'Calendar.CalendarList.list()')).toMatch(
      /insufficient authentication scopes/,
    );
    const manifest = (text: string) => text.replace('auth/calendar.events"', 'auth/calendar.readonly"');
    const reader = await tryingHost(setting, { manifest });
    expect(await toldBy(reader, 'Calendar.CalendarList.list().items.length')).toBeGreaterThan(0);
    expect(await refusalOf(reader, `Calendar.Events.patch({ summary: 'x' }, 'primary', '${id}')`)).toMatch(
      /insufficient authentication scopes/,
    );
  });

  test('no service without its line in the manifest', async () => {
    const other = await tryingHost(setting, {
      manifest: (text) => text.replace(/"enabledAdvancedServices": \[.*\]/, '"enabledAdvancedServices": []'),
    });
    expect(await toldBy(other, 'typeof Calendar')).toBe('undefined');
  });
});
