// The check before publishing: that all is well as it stands, and that each fault is found and told with what to change.
import { beforeAll, describe, expect, test } from 'vitest';
import { formTexts, readSubject, report } from '../../addon/publish/check.ts';
import { sizeOf } from '../../addon/publish/pictures.ts';
import { inspect, type Subject } from '../../addon/publish/rules.ts';

const backend = 'https://book.example.com/';
let good: Subject;
beforeAll(async () => {
  good = await readSubject({ SIDEBOOK_URL: backend });
});

const faultsOf = (subject: Subject) => inspect(subject).flatMap(({ faults }) => faults);
/** `good` with one thing changed, deep down. */
function but(change: (subject: Subject) => void): Subject {
  const changed = structuredClone(good);
  change(changed);
  return changed;
}

test('what is in the repository passes, line by line', () => {
  expect(faultsOf(good)).toEqual([]);
  const lines = report(good).split('\n');
  expect(lines.length).toBeGreaterThan(12);
  expect(lines.every((line) => line.startsWith('ok '))).toBe(true);
});

test('so does the build with triggers', async () => {
  const subject = await readSubject({ SIDEBOOK_URL: backend, ADDON_TRIGGERS: 'on' });
  expect(faultsOf(subject)).toEqual([]);
});

test('without SIDEBOOK_URL it is a build for the placeholder, and told so', async () => {
  const subject = await readSubject({});
  expect(() => report(subject)).toThrow(
    /CHANGE {2}The build is for a server of your own\n +- Set SIDEBOOK_URL/,
  );
});

describe('each fault is found', () => {
  const common = (subject: Subject) => subject.built.manifest.addOns.common;
  const faults: [string, (subject: Subject) => void, RegExp][] = [
    ['placeholder', (s) => (s.built.code += '"https://sidebook.example/"'), /still holds sidebook\.example/],
    ['a script id committed', (s) => (s.committedScriptId = '1abcdef'), /put the placeholder back/],
    [
      'a scope more',
      (s) => s.built.manifest.oauthScopes.push('https://mail.google.com/'),
      /mail.*give its reason/,
    ],
    ['a scope less', (s) => s.built.manifest.oauthScopes.shift(), /openid, the manifest has not/],
    ['a scope twice', (s) => s.built.manifest.oauthScopes.push('openid'), /openid twice/],
    ['a scope without a reason', (s) => (s.scopes[0]!.why.nb = ''), /why openid is asked for/],
    [
      'a prefix without a path',
      (s) => s.built.manifest.urlFetchWhitelist.push('https://a.example.com'),
      /has to end/,
    ],
    [
      'a link by http',
      (s) => (common(s).logoUrl = 'http://book.example.com/logo.png'),
      /logo\.png has to be https/,
    ],
    [
      'the backend not in the whitelist',
      (s) => (s.built.manifest.urlFetchWhitelist = []),
      /to urlFetchWhitelist/,
    ],
    ['links not allowed', (s) => (common(s).openLinkUrlPrefixes = []), /help to openLinkUrlPrefixes/],
    [
      'another backend in the bundle',
      (s) => (s.built.code = s.built.code.replaceAll(backend, 'x')),
      /never names/,
    ],
    [
      'a trigger that is not there',
      (s) => s.built.functions.splice(0, 9, 'onAct'),
      /names onEventOpen: export it/,
    ],
    ['a callback that is not there', (s) => (s.built.code += '.setFunctionName("onGone")'), /calls onGone/],
    ['another version', (s) => (s.version = '9.9.9'), /package\.json says 9\.9\.9/],
    ['a name too long', (s) => (s.listing.name = 'S'.repeat(51)), /51 characters, Google takes 50/],
    ['a name with Google', (s) => (s.listing.name = 'Sidebook for Google'), /"Google" in it/],
    ['another name than the manifest’s', (s) => (s.listing.name = 'Other'), /name in appsscript/],
    [
      'a short text too long',
      (s) => (s.listing.short.nb += ' og mer'.repeat(30)),
      /short\.nb: \d+ characters/,
    ],
    ['a detailed text too long', (s) => (s.listing.detailed.en = 'x'.repeat(16_000)), /detailed\.en/],
    ['no text', (s) => (s.listing.detailed.nb = ' '), /detailed\.nb: it is empty/],
    ['a dead link', (s) => (s.listing.links.privacy = 'privacy-policy'), /serves no privacy-policy/],
    ['a dead link in the manifest', (s) => (common(s).logoUrl = `${backend}icon.png`), /serves no icon\.png/],
    ['a page not written', (s) => (s.texts['terms.nb'] = undefined), /Write .*terms\.nb\.md/],
    ['Limited Use left out', (s) => (s.texts['privacy.nb'] = '# Personvern'), /Limited Use in .*privacy\.nb/],
    ['an icon missing', (s) => delete s.images['icon-32.png'], /icon-32\.png is missing/],
    ['a banner of another size', (s) => (s.images['banner.png']!.width = 440), /440 × 140, not 220 × 140/],
    ['no screenshot', (s) => (s.screenshots = {}), /holds none/],
    [
      'a screenshot too small',
      (s) => (s.screenshots['1-day.png']!.height = 799),
      /1280 × 799, not 1280 × 800/,
    ],
  ];
  test.each(faults)('%s', (_, change, words) => {
    const found = faultsOf(but(change));
    expect(found.join('\n')).toMatch(words);
    expect(() => report(but(change))).toThrow('CHANGE');
  });
});

test('the size of a picture is what the file says, and no other file is taken for one', () => {
  expect(() => sizeOf(Buffer.from('GIF89a'))).toThrow('no PNG');
  expect(() => sizeOf(Buffer.alloc(0))).toThrow('no PNG');
});

test('the texts for Google’s forms hold every scope asked for, with its reason', () => {
  for (const locale of ['en', 'nb'] as const) {
    const text = formTexts(good, locale);
    for (const scope of good.built.manifest.oauthScopes) expect(text).toContain(scope);
    expect(text).not.toContain('script.scriptapp');
    expect(text).toContain(`privacy: ${backend}privacy`);
  }
});
