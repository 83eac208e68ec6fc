// The services besides cards: fetching, tokens, stores, clocks; each as Apps Script has it, limits and all.
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { refusalOf, toldBy, tryingHost } from './attempt.ts';
import type { Host } from './host.ts';
import { makeSetting, PERSON, type Setting } from './setting.ts';

let setting: Setting;
let host: Host;
beforeAll(async () => {
  setting = await makeSetting();
  host = await tryingHost(setting);
});
afterAll(() => setting.stop());
afterEach(() => {
  setting.answers.clear();
  host.kept.userProperties.clear();
  host.kept.userCache.clear();
});

const SCOPE = 'https://www.googleapis.com/auth/';
const without = (scope: string) => (text: string) =>
  text.replace(`    "${SCOPE}${scope}",\n`, '').replace(`,\n    "${SCOPE}${scope}"`, '');

describe('what Apps Script lacks', () => {
  test.each([
    ...[
      'setTimeout',
      'setInterval',
      'setImmediate',
      'clearTimeout',
      'queueMicrotask',
      'fetch',
      'Headers',
      'FormData',
      'Blob',
      'URL',
    ],
    ...[
      'URLSearchParams',
      'TextEncoder',
      'TextDecoder',
      'atob',
      'btoa',
      'crypto',
      'performance',
      'process',
      'Buffer',
      'require',
    ],
    ...[
      'module',
      'global',
      'window',
      'document',
      'navigator',
      'structuredClone',
      'AbortController',
      'Temporal',
    ],
  ])('%s', async (name) => expect(await toldBy(host, `typeof ${name}`)).toBe('undefined'));

  test('it has the language, Intl and console', async () => {
    expect(
      await toldBy(host, '[typeof Intl, typeof Promise, typeof console.log, [] instanceof Array]'),
    ).toEqual(['object', 'function', 'function', true]);
  });

  test('nothing outlives a run', async () => {
    await refusalOf(host, 'globalThis.kept = 1; null');
    expect(await toldBy(host, 'typeof kept')).toBe('undefined');
  });
});

describe('UrlFetchApp', () => {
  const url = 'https://app.example.test';

  test('sends method, headers and body, and gives the answer', async () => {
    setting.answers.set('/thing?a=1', { status: 201, headers: { 'x-answer': 'yes' }, body: '{"æ":1}' });
    const code = `(function () { var r = UrlFetchApp.fetch('${url}/thing?a=1', { method: 'post', contentType: 'application/json', payload: '{"b":"ø"}', headers: { 'X-Ask': 'me' } }); return [r.getResponseCode(), r.getContentText(), r.getHeaders()['x-answer'], JSON.parse(r.getBlob().getDataAsString())] })()`;
    expect(await toldBy(host, code)).toEqual([201, '{"æ":1}', 'yes', { æ: 1 }]);
    expect(setting.asked.at(-1)).toMatchObject({
      method: 'POST',
      url: '/thing?a=1',
      body: '{"b":"ø"}',
      headers: { 'x-ask': 'me', 'content-type': 'application/json' },
    });
  });

  test('a payload of an object is a form, and makes it a POST', async () => {
    await toldBy(host, `UrlFetchApp.fetch('${url}/form', { payload: { a: '1 2' } }).getResponseCode()`);
    expect(setting.asked.at(-1)).toMatchObject({
      method: 'POST',
      body: 'a=1+2',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
    });
  });

  test('an error status throws, unless it is muted', async () => {
    setting.answers.set('/bad', { status: 503, body: 'busy' });
    expect(await refusalOf(host, `UrlFetchApp.fetch('${url}/bad')`)).toMatch(
      /^Request failed for https:\/\/app.example.test returned code 503. Truncated server response: busy/,
    );
    expect(
      await toldBy(host, `UrlFetchApp.fetch('${url}/bad', { muteHttpExceptions: true }).getResponseCode()`),
    ).toBe(503);
  });

  test('fetchAll asks all at once, answers in order', async () => {
    setting.answers.set('/one', { body: '1' });
    setting.answers.set('/two', { body: '2' });
    expect(
      await toldBy(
        host,
        `UrlFetchApp.fetchAll(['${url}/one', { url: '${url}/two' }]).map(function (r) { return r.getContentText() })`,
      ),
    ).toEqual(['1', '2']);
  });

  test('redirects are followed, to the local address as to the other, unless told not to', async () => {
    setting.answers.set('/from', { status: 302, headers: { location: `${setting.backend.local}to` } });
    setting.answers.set('/to', { body: 'there' });
    expect(await toldBy(host, `UrlFetchApp.fetch('${url}/from').getContentText()`)).toBe('there');
    expect(
      await toldBy(host, `UrlFetchApp.fetch('${url}/from', { followRedirects: false }).getResponseCode()`),
    ).toBe(302);
  });

  test.each([
    ['http', 'http://app.example.test/', /is not https/],
    ['the local address', 'http://127.0.0.1:1/', /is not https/],
    ['another host', 'https://elsewhere.example/', /outside urlFetchWhitelist/],
    ['a host that begins alike', 'https://app.example.test.evil.example/', /outside urlFetchWhitelist/],
    ['a name and password', 'https://me:you@app.example.test/', /outside urlFetchWhitelist/],
    ['no URL', 'nonsense', /Invalid argument/],
    ['over 2 KB', `https://app.example.test/${'a'.repeat(2_048)}`, /URL Length/],
  ])('refuses %s', async (_, address, rule) =>
    expect(await refusalOf(host, `UrlFetchApp.fetch('${address}')`)).toMatch(rule),
  );

  test.each([
    ['an option it does not know', '{ muteHttpException: true }', /no option "muteHttpException"/],
    ['a method it does not know', '{ method: "move" }', /invalid value: method/],
    ['the header Host', '{ headers: { Host: "x" } }', /Header:Host/],
    ['a header over lines', '{ headers: { a: "x\\ny" } }', /Header:a/],
    [
      '101 headers',
      '{ headers: Object.fromEntries(Array.from({ length: 101 }, function (_, i) { return ["h" + i, "x"] })) }',
      /101 headers/,
    ],
    ['a header over 8 KB', '{ headers: { a: "x".repeat(8200) } }', /over 8 KB/],
  ])('refuses %s', async (_, options, rule) =>
    expect(await refusalOf(host, `UrlFetchApp.fetch('${url}/', ${options})`)).toMatch(rule),
  );

  test('refuses a manifest without the scope for it', async () => {
    const other = await tryingHost(setting, { manifest: without('script.external_request') });
    expect(await refusalOf(other, `UrlFetchApp.fetch('${url}/')`)).toMatch(
      /Required permissions: .*script\.external_request/,
    );
  });

  test('a backend that is not there is an unavailable address, muted or not', async () => {
    const gone = await tryingHost(setting, { backend: { https: `${url}/`, local: 'http://127.0.0.1:9/' } });
    expect(await refusalOf(gone, `UrlFetchApp.fetch('${url}/x', { muteHttpExceptions: true })`)).toBe(
      `Address unavailable: ${url}/x`,
    );
    expect(gone.log.refusals).toEqual([]);
  });
});

describe('time', () => {
  test('a run that takes too long is ended, whether it waits or works, and the next one is fine', async () => {
    const hasty = await tryingHost(setting, { limit: 400 });
    hasty.hang(true);
    expect(await refusalOf(hasty, "UrlFetchApp.fetch('https://app.example.test/')")).toMatch(
      /Exceeded maximum execution time/,
    );
    hasty.hang(false);
    expect(await refusalOf(hasty, "UrlFetchApp.fetch('https://app.example.test/'); null")).toBeNull();
    expect(await refusalOf(hasty, 'while (true) {}')).toMatch(/Exceeded maximum execution time/);
    expect(await refusalOf(hasty, 'Utilities.sleep(60000)')).toMatch(/Exceeded maximum execution time/);
    expect(hasty.panel().text).toBe('Something went wrong');
  });

  test("the host's clock is the add-on's", async () => {
    const then = Date.UTC(2030, 5, 1, 10);
    const later = await tryingHost(setting, { now: () => then });
    expect(
      await toldBy(
        later,
        '[new Date().getUTCFullYear(), new Date(0).getTime(), new Date() instanceof Date, new Date(2020, 0).getFullYear()]',
      ),
    ).toEqual([2030, 0, true, 2020]);
    expect(Math.abs(Number(await toldBy(later, 'Date.now()')) - then)).toBeLessThan(5_000);
  });
});

describe('properties and caches', () => {
  const props = 'PropertiesService.getUserProperties()';
  const cache = 'CacheService.getUserCache()';

  test('properties last between runs', async () => {
    await refusalOf(host, `${props}.setProperty('a', '1').setProperties({ b: '2' }); null`);
    expect(
      await toldBy(
        host,
        `[${props}.getProperty('a'), ${props}.getProperty('none'), ${props}.getKeys().sort()]`,
      ),
    ).toEqual(['1', null, ['a', 'b']]);
    await refusalOf(host, `${props}.deleteProperty('a'); ${props}.setProperties({ c: '3' }, true); null`);
    expect(await toldBy(host, `${props}.getProperties()`)).toEqual({ c: '3' });
    expect(host.kept.userProperties.get('c')).toBe('3');
  });

  test.each([
    ['a property over 9 KB', `${props}.setProperty('a', 'x'.repeat(9217))`, /at most 9 KB/],
    [
      'a property of many small signs over 9 KB',
      `${props}.setProperty('a', 'ø'.repeat(4609))`,
      /at most 9 KB/,
    ],
    [
      'a store over 500 KB',
      `for (var i = 0; i < 60; i++) ${props}.setProperty('k' + i, 'x'.repeat(9000))`,
      /at most 500 KB/,
    ],
    ['a property that is no text', `${props}.setProperty('a', {})`, /don't match the method signature/],
    ['properties that are no text', `${props}.setProperties({ a: 1 })`, /not a string/],
    ['a cache key over 250', `${cache}.put('k'.repeat(251), 'x')`, /at most 250/],
    ['a cached value over 100 KB', `${cache}.put('k', 'x'.repeat(102401))`, /at most 100 KB/],
    ['a cache for more than 6 hours', `${cache}.put('k', 'x', 21601)`, /1 to 21600/],
    ['an unknown method', `${cache}.set('k', 'x')`, /Cache has no "set"/],
  ])('refuses %s', async (_, code, rule) => expect(await refusalOf(host, code)).toMatch(rule));

  test('what is cached ends by the clock of the host', async () => {
    let now = Date.now();
    const other = await tryingHost(setting, { now: () => now });
    await refusalOf(other, `${cache}.put('a', '1', 60); ${cache}.put('b', '2'); null`);
    expect(await toldBy(other, `${cache}.getAll(['a', 'b', 'c'])`)).toEqual({ a: '1', b: '2' });
    now += 61_000;
    expect(await toldBy(other, `[${cache}.get('a'), ${cache}.get('b')]`)).toEqual([null, '2']);
  });
});

describe('who runs this', () => {
  test('identity, address, language, zone', async () => {
    const nordic = await tryingHost(setting, {
      locale: 'nb',
      audience: 'another-client',
      claims: { hd: 'clinic.test' },
    });
    const code = `[Session.getActiveUser().getEmail(), Session.getActiveUserLocale(), Session.getScriptTimeZone(), JSON.parse(Utilities.newBlob(Utilities.base64DecodeWebSafe(ScriptApp.getIdentityToken().split('.')[1])).getDataAsString())]`;
    expect(await toldBy(nordic, code)).toEqual([
      PERSON,
      'nb',
      'Europe/Oslo',
      expect.objectContaining({ aud: 'another-client', email: PERSON, hd: 'clinic.test' }),
    ]);
  });

  test('no identity token without openid, no address without its scope', async () => {
    const other = await tryingHost(setting, {
      manifest: (text) => without('userinfo.email')(text).replace('"openid",', ''),
    });
    expect(await toldBy(other, 'ScriptApp.getIdentityToken()')).toBeNull();
    expect(await refusalOf(other, 'Session.getActiveUser()')).toMatch(
      /Required permissions: .*userinfo\.email/,
    );
  });

  test('triggers: need their scope; fire; one of a kind; go', async () => {
    expect(await refusalOf(host, "ScriptApp.newTrigger('onNothing')")).toMatch(
      /Required permissions: .*script\.scriptapp/,
    );
    const code = 'function onChange(e) { console.log(e.calendarId + e.authMode) }';
    const other = await tryingHost(setting, {
      code,
      manifest: (text) => text.replace('"openid",', `"openid", "${SCOPE}script.scriptapp",`),
    });
    expect(await refusalOf(other, "ScriptApp.newTrigger('nobody')")).toMatch(/not a top-level function/);
    const make =
      "ScriptApp.newTrigger('onChange').forUserCalendar('a@b.example').onEventUpdated().create().getHandlerFunction()";
    expect(await toldBy(other, make)).toBe('onChange');
    expect(await refusalOf(other, make)).toMatch(/one trigger of each type/);
    expect(await other.fireTriggers('a@b.example')).toEqual([null]);
    expect(other.log.lines).toContain('a@b.exampleFULL');
    const status =
      'ScriptApp.getAuthorizationInfo(ScriptApp.AuthMode.FULL).getAuthorizationStatus() === ScriptApp.AuthorizationStatus.REQUIRED';
    expect(await toldBy(other, status)).toBe(false);
    other.lapse(true);
    expect(await toldBy(other, status)).toBe(true);
    await refusalOf(
      other,
      'ScriptApp.getProjectTriggers().forEach(function (t) { ScriptApp.deleteTrigger(t) }); null',
    );
    expect(other.kept.triggers).toEqual([]);
  });

  test('a lock keeps a second run out, and ends with its run', async () => {
    const lock = 'LockService.getUserLock()';
    expect(await toldBy(host, `[${lock}.tryLock(10), ${lock}.hasLock()]`)).toEqual([true, true]);
    expect(host.kept.locks.size).toBe(0);
    host.kept.locks.set('user', -1);
    expect(await refusalOf(host, `${lock}.waitLock(20)`)).toMatch(/Lock timeout/);
    host.kept.locks.clear();
  });
});

describe('Utilities', () => {
  test.each([
    ["Utilities.base64Encode('Blåbær')", 'QmzDpWLDpnI='],
    ["Utilities.base64EncodeWebSafe('a?>~')", 'YT8-fg=='],
    ["Utilities.newBlob(Utilities.base64Decode('Qmzlcg==')).getBytes()", [66, 108, -27, 114]],
    [
      "Utilities.base64Encode(Utilities.computeDigest(Utilities.DigestAlgorithm.SHA_256, 'a'))",
      'ypeBEsobvcr6wjGzmiPcTaeG7/gUfE5yuYB3ha/uSLs=',
    ],
    ["Utilities.computeHmacSha256Signature('a', 'key').length", 32],
    [
      "Utilities.formatDate(new Date(1795509000000), 'Europe/Oslo', \"EEE d MMM yyyy 'at' HH:mm XXX\")",
      'Tue 24 Nov 2026 at 09:30 +01:00',
    ],
    ["Utilities.formatDate(new Date(1795509000000), 'GMT+2', 'yyyy-MM-dd hh:mm a')", '2026-11-24 10:30 AM'],
    ["Utilities.formatString('%s is %d', 'a', 5)", 'a is 5'],
    ['/^[0-9a-f-]{36}$/.test(Utilities.getUuid())', true],
  ])('%s', async (code, value) => expect(await toldBy(host, code)).toEqual(value));

  test.each([
    ["Utilities.formatDate(new Date(), 'Europe/Oslo', 'QQ')", /knows no "QQ"/],
    ["Utilities.computeDigest('SHA_256', 'a')", /don't match|is not a value of DigestAlgorithm/],
    ["Utilities.parseCsv('a,b')", /host does not offer Utilities.parseCsv/],
    ['Utilities.encode("a")', /Utilities has no "encode"/],
  ])('refuses %s', async (code, rule) => expect(await refusalOf(host, code)).toMatch(rule));
});
