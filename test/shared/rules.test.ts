// Rules and the names in a text: each condition, each way to write a name, and texts written to do harm.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { EventFlags, LinkedResource, Share } from '../../shared/decide.ts';
import { applyRules, type Conditions, type EventText, namedIn, type Rule } from '../../shared/rules.ts';
import { plainNamed } from './plain-decide.ts';

const resource = (id: string, ...names: string[]): LinkedResource => ({
  id,
  names,
  memberId: null,
  means: 'block',
});
const linked = [
  resource('anna', 'Anna'),
  resource('room 1', 'Room 1'),
  resource('room 2', 'Room 2', 'Kjøkkenet'),
  resource('room 12', 'Room 12'),
  resource('kari n', 'Kari Nordmann'),
  resource('kari', 'Kari'),
  resource('åse', 'Åse Bjørnærø', 'Åse'),
  resource('doctor', 'Dr. Hansen'),
  resource('lab', 'C++'),
  resource('van', '🚗'),
];
const titled = (title: string): EventText => ({ title, description: '', location: '' });
const described = (description: string): EventText => ({ title: '', description, location: '' });
const names = (text: EventText) => namedIn(text, linked).map(({ id }) => id);

describe('a name in a text', () => {
  const rows: [string, string[]][] = [
    ['Anna', ['anna']],
    ['lunch with ANNA', ['anna']],
    ['Anna, Kari', ['anna', 'kari']],
    ['Kari/Anna', ['anna', 'kari']],
    ['(anna)', ['anna']],
    ['_anna_', ['anna']],
    ["Anna's dentist", ['anna']],
    ['Anna’s dentist', ['anna']],
    ['“Anna”', ['anna']],
    ['Anna.', ['anna']],
    ['Annabelle', []],
    ['Johanna', []],
    ['Annas', []],
    ['anna2', []],
    ['Anna-Lise', []],
    ['Lise-Anna', []],
    ["d'Anna", []],
    ['anna.hansen', []],
    // Written with an accent of its own, the last letter is another one.
    ['Anna\u0301', []],
    ['Room 2', ['room 2']],
    ['room   2', ['room 2']],
    ['room\u00a02', ['room 2']],
    ['Room 12', ['room 12']],
    ['Room 123', []],
    ['Room2', []],
    ['Room. 2 chairs', []],
    ['på kjøkkenet', ['room 2']],
    ['på kjokkenet', []],
    ['ÅSE', ['åse']],
    ['åse bjørnærø', ['åse']],
    ['ÅSE BJØRNÆRØ', ['åse']],
    ['A\u030ase', ['åse']],
    ['Ase', []],
    ['Aase', []],
    ['Dr. Hansen', ['doctor']],
    ['C++', ['lab']],
    ['C', []],
    ['🚗 to Bergen', ['van']],
    ['', []],
  ];
  test.each(rows)('%s', (title, expected) => {
    expect(names(titled(title))).toEqual(expected);
    expect(names(described(title))).toEqual(expected);
    expect(names({ title: 'x', description: 'x', location: title })).toEqual(expected);
  });
});

describe('a tag', () => {
  const rows: [string, string[]][] = [
    ['@Anna', ['anna']],
    ['#anna', ['anna']],
    ['lunch @anna, @kari!', ['anna', 'kari']],
    ['@anna: dentist', ['anna']],
    ["@Anna's", ['anna']],
    ['@Annabelle', []],
    ['@anna-lise', []],
    ['#room2', ['room 2']],
    ['#room-2', ['room 2']],
    ['#room_2', ['room 2']],
    ['#Room 2', ['room 2']],
    ['#room12', ['room 12']],
    ['#room123', []],
    ['x#room2', []],
    ['@karinordmann', ['kari n']],
    ['@kari-nordmann', ['kari n']],
    ['@åseBjørnærø', ['åse']],
    ['@dr.hansen', ['doctor']],
    ['[Room 2]', ['room 2']],
    ['[room2] lunch', ['room 2']],
    ['[room-1, kari]', ['room 1', 'kari']],
    ['[room 1 room 2]', ['room 1', 'room 2']],
    ['[lab] C++', ['lab']],
    ['[]', []],
  ];
  test.each(rows)('%s', (title, expected) => {
    expect(names(titled(title))).toEqual(expected);
    expect(names(described(title))).toEqual(expected);
  });

  test('what stands before a colon is one at the start of the title only', () => {
    expect(names(titled('room2: cleaning'))).toEqual(['room 2']);
    expect(names(titled('Room-2 & kari: cleaning'))).toEqual(['room 2', 'kari']);
    expect(names(titled('cleaning room2: all of it'))).toEqual([]);
    expect(names(described('room2: cleaning'))).toEqual([]);
  });

  test('a nickname with a sign asks for the tag', () => {
    const van = [resource('van', '#van', '@bil 2')];
    expect(namedIn(titled('the van'), van)).toEqual([]);
    expect(namedIn(titled('#van'), van)).toEqual(van);
    expect(namedIn(titled('#bil2'), van)).toEqual(van);
  });
});

describe('the longer name wins', () => {
  test.each([
    ['Kari Nordmann', ['kari n']],
    ['@Kari Nordmann', ['kari n']],
    ['[Kari Nordmann]', ['kari n']],
    ['Kari Nordmann and Kari', ['kari n', 'kari']],
    ['Kari, Kari Nordmann', ['kari n', 'kari']],
    ['Kari Hansen', ['kari']],
  ])('%s', (title, expected) => expect(names(titled(title))).toEqual(expected));

  test('two of one name are both meant', () => {
    const two = [resource('a', 'Kari'), resource('b', 'kari'), resource('c', 'Kari Nordmann')];
    expect(namedIn(titled('Kari'), two)).toEqual(two.slice(0, 2));
  });

  test('names that overlap, neither inside the other, both count', () => {
    const two = [resource('a', 'Room A'), resource('b', 'A Wing')];
    expect(namedIn(titled('Room A Wing'), two)).toEqual(two);
  });
});

describe('mail addresses and links name nobody', () => {
  test.each([
    'anna@clinic.test',
    'Mail to <anna@clinic.test>, please',
    'mailto:anna@clinic.test',
    'anna+kari@clinic.test',
    'kari@anna.test',
    'https://clinic.test/anna/#room2',
    'https://clinic.test/?who=@kari,anna',
    '(www.clinic.test/anna)',
    'www.clinic.test/kari/https://anna/',
    'clinic.test/anna',
    'zoom.us/my/anna',
    'meet.google.com/anna',
    '(my-clinic.test:8080/anna)',
    '@clinic.test/anna',
    'anna@clinic.test/kari',
  ])('%s', (title) => {
    expect(names(titled(title))).toEqual([]);
    expect(names(titled(`${title} Kari`))).toEqual(['kari']);
  });

  test.each([
    'Kari/Anna',
    'Meet. Kari/Anna',
    'Meet... kari/anna',
    '1.2/Kari/Anna',
    'Kari,clinic.test/x Anna',
  ])('%s is no link where it names somebody', (title) =>
    expect(names(titled(title))).toEqual(['anna', 'kari']),
  );
});

describe('a description is HTML', () => {
  test.each([
    ['<b>An</b>na', ['anna']],
    ['<p>Anna</p><p>Kari</p>', ['anna', 'kari']],
    ['Kari<br>Nordmann', ['kari']],
    ['Room&nbsp;2', ['room 2']],
    ['room&#32;2, room&#x20;1', ['room 1', 'room 2']],
    ['&Aring;se', ['åse']],
    ['kj&oslash;kkenet', ['room 2']],
    ['<a href="https://x.test/anna" title="Kari">here</a>', []],
    ['<ANNA>', []],
    ['&lt;anna&gt;', ['anna']],
    ['Kari &amp; Anna', ['anna', 'kari']],
    ['1 < 2, Anna > Kari', ['anna', 'kari']],
    ['&#9999999; &#x110000; &nosuch; Anna', ['anna']],
    ['&amp;#64;anna', ['anna']],
  ])('%s', (description, expected) => expect(names(described(description))).toEqual(expected));

  test('a title is not', () => expect(names(titled('<Anna> &Aring;se'))).toEqual(['anna']));
});

describe('texts written to do harm', () => {
  // Nothing here looks at a clock: what takes the square of 300,000 does not come back while anybody waits.
  const long = 300_000;
  const parts =
    "a|anna |@|#a|@anna |[|[a|]|<|<a|<a |<!--|&|&#|&#1|&a|\u0301|😀|'|anna's|-|a-|#a-|a.|a@|a+|a@a.a |:";
  const more = '://|a://|www.|/|a/|aa.|a.aa:|a.aa/|a@a.aa/|\n| |\u00ad';
  test.each(`${parts}|${more}`.split('|'))('%j, again and again', (part) => {
    const text = part.repeat(long / part.length);
    const hostile = { title: text, description: `<b>Kari</b> ${text}`, location: text };
    const found = names(hostile);
    expect(found.filter((id) => !['anna', 'kari'].includes(id))).toEqual([]);
    const rules = [ruled({ texts: ['a', text, `#${part}`, 'no such word'] }, { kind: 'nobody' })];
    expect([null, 'r']).toContain(applyRules(rules, { event, text: hostile, linked })?.rule ?? null);
  });

  test('patterns are plain text', () => {
    for (const pattern of ['.*', '(a+)+$', '[a-z]', '\\w', '$&', '^', ''])
      expect(says({ texts: [pattern] }, {}, titled('lunch with anna'))).toBe(false);
    expect(says({ texts: ['(a+)+$'] }, {}, titled('what is (a+)+$ ?'))).toBe(true);
  });
});

const event: EventFlags = {
  status: 'confirmed',
  free: false,
  type: 'default',
  allDay: false,
  response: null,
  color: null,
  creator: null,
};
const ruled = (when: Conditions, whom: Rule['whom'], more: Partial<Rule> = {}): Rule => ({
  id: 'r',
  when,
  whom,
  means: null,
  alsoWhenFree: false,
  ...more,
});
const says = (when: Conditions, flags: Partial<EventFlags>, text = titled('')) =>
  applyRules([ruled(when, { kind: 'nobody' })], { event: { ...event, ...flags }, text, linked }) !== null;

describe('a condition', () => {
  test('none: always; an empty list: never', () => {
    expect(says({}, {})).toBe(true);
    for (const empty of ['texts', 'creators', 'colors', 'types', 'responses'])
      expect(says({ [empty]: [] }, {})).toBe(false);
  });

  test('creator', () => {
    expect(says({ creators: ['m1', 'm2'] }, { creator: 'm2' })).toBe(true);
    expect(says({ creators: ['m1'] }, { creator: 'm2' })).toBe(false);
    expect(says({ creators: ['m1'] }, { creator: null })).toBe(false);
  });

  test('colour', () => {
    expect(says({ colors: ['4'] }, { color: '4' })).toBe(true);
    expect(says({ colors: ['4'] }, { color: '5' })).toBe(false);
    expect(says({ colors: ['4'] }, {})).toBe(false);
  });

  test('type and all-day', () => {
    expect(says({ types: ['focusTime', 'outOfOffice'] }, { type: 'outOfOffice' })).toBe(true);
    expect(says({ types: ['focusTime'] }, {})).toBe(false);
    expect(says({ allDay: true }, { allDay: true })).toBe(true);
    expect(says({ allDay: true }, {})).toBe(false);
    expect(says({ allDay: false }, {})).toBe(true);
    expect(says({ allDay: false }, { allDay: true })).toBe(false);
  });

  test('response, and being no guest', () => {
    expect(says({ responses: ['needsAction'] }, { response: 'needsAction' })).toBe(true);
    expect(says({ responses: ['accepted', 'tentative'] }, { response: 'needsAction' })).toBe(false);
    expect(says({ responses: ['none'] }, {})).toBe(true);
    expect(says({ responses: ['none'] }, { response: 'accepted' })).toBe(false);
  });

  const rows: [string, string, boolean][] = [
    ['info', 'Info about lunch', true],
    ['info', 'information', false],
    ['info', '#info', true],
    ['info', '[info]', true],
    ['#info', '#info', true],
    ['#info', 'info', false],
    ['#info', '@info', false],
    ['#info', '#information', false],
    ['#team-lunch', 'today #TeamLunch', true],
    ['room 2', '#room2', true],
    ['ute av kontoret', 'Kari er ute  av kontoret', true],
    ['ute av kontoret', 'Kari er ute, av kontoret', false],
    ['PÅSKE', 'Påskeferie, påske', true],
    ['påske', 'Paske', false],
    ['påske', 'Påskeferie', false],
    ['?', 'lunch?', true],
    ['lunch', 'see https://clinic.test/lunch', false],
    ['clinic.test', 'see https://clinic.test/lunch', true],
    ['anna@clinic.test', 'from anna@clinic.test', true],
    ['clinic', 'from anna@clinic.test', false],
  ];
  test.each(rows)('text %s in "%s": %s', (wanted, title, expected) => {
    expect(says({ texts: [wanted] }, {}, titled(title))).toBe(expected);
    expect(says({ texts: ['no such word', wanted] }, {}, { ...titled(''), location: title })).toBe(expected);
  });

  test('all that are given must hold', () => {
    const when: Conditions = { texts: ['lunch'], colors: ['4'], allDay: false };
    expect(says(when, { color: '4' }, titled('lunch'))).toBe(true);
    expect(says(when, { color: '4' }, titled('dinner'))).toBe(false);
    expect(says(when, { color: '5' }, titled('lunch'))).toBe(false);
    expect(says(when, { color: '4', allDay: true }, titled('lunch'))).toBe(false);
  });
});

describe('what a rule says', () => {
  const share = (resourceId: string, means: Share['means'] = null): Share => ({
    resourceId,
    places: null,
    startShift: 0,
    endShift: 0,
    means,
  });
  const two = [
    { ...resource('anna', 'Anna'), memberId: 'm1' },
    { ...resource('kari', 'Kari'), memberId: 'm2' },
  ];
  const apply = (rules: Rule[], flags: Partial<EventFlags> = {}, title = '') =>
    applyRules(rules, { event: { ...event, ...flags }, text: titled(title), linked: two });

  test('everybody, nobody, those listed', () => {
    expect(apply([ruled({}, { kind: 'everybody' })])?.shares).toEqual([share('anna'), share('kari')]);
    expect(apply([ruled({}, { kind: 'nobody' })])).toEqual({ rule: 'r', shares: [] });
    const listed = [{ ...share('kari', 'open'), places: 2, startShift: -15, endShift: 30 }];
    expect(apply([ruled({}, { kind: 'listed', shares: listed })])?.shares).toEqual(listed);
  });

  test('whom nobody linked can be of those listed, it says nothing of', () => {
    const rules = (...shares: Share[]) => [
      ruled({}, { kind: 'listed', shares }),
      ruled({}, { kind: 'everybody' }, { id: 'second' }),
    ];
    expect(apply(rules(share('van')))?.rule).toBe('second');
    expect(apply(rules(share('van')).slice(0, 1))).toBeNull();
    expect(apply(rules(share('van'), share('kari')))?.rule).toBe('r');
    // Nobody at all is what somebody said.
    expect(apply(rules())).toEqual({ rule: 'r', shares: [] });
  });

  test('opens or blocks, if it says so', () =>
    expect(apply([ruled({}, { kind: 'everybody' }, { means: 'open' })])?.shares).toEqual([
      share('anna', 'open'),
      share('kari', 'open'),
    ]));

  test('the creator, or nothing', () => {
    const rules = [ruled({}, { kind: 'creator' }), ruled({}, { kind: 'nobody' }, { id: 'second' })];
    expect(apply(rules, { creator: 'm2' })).toEqual({ rule: 'r', shares: [share('kari')] });
    expect(apply(rules, { creator: 'm3' })?.rule).toBe('second');
    expect(apply(rules, { creator: null })?.rule).toBe('second');
    const nobodys = applyRules(rules, { event, text: titled(''), linked: [resource('room')] });
    expect(nobodys?.rule).toBe('second');
  });

  test('who is named, or nothing', () => {
    const rules = [ruled({}, { kind: 'named' }), ruled({}, { kind: 'nobody' }, { id: 'second' })];
    expect(apply(rules, {}, 'Kari: dentist')).toEqual({ rule: 'r', shares: [share('kari')] });
    expect(apply(rules, {}, 'dentist')?.rule).toBe('second');
  });

  test('the first that says something', () => {
    const rules = [
      ruled({ colors: ['4'] }, { kind: 'nobody' }, { id: 'first' }),
      ruled({}, { kind: 'named' }, { id: 'second' }),
      ruled({}, { kind: 'everybody' }, { id: 'third' }),
    ];
    expect(apply(rules, { color: '4' }, 'Kari')?.rule).toBe('first');
    expect(apply(rules, {}, 'Kari')?.rule).toBe('second');
    expect(apply(rules)?.rule).toBe('third');
    expect(apply(rules.slice(0, 2))).toBeNull();
  });

  test('of a Free event only if it is meant for those too', () => {
    const rules = [
      ruled({}, { kind: 'everybody' }, { id: 'busy' }),
      ruled({ texts: ['#away'] }, { kind: 'named' }, { id: 'also free', alsoWhenFree: true }),
    ];
    expect(apply(rules, { free: true }, '#away Kari')).toEqual({
      rule: 'also free',
      shares: [share('kari')],
    });
    expect(apply(rules, { free: true }, 'Kari')).toBeNull();
    expect(apply(rules, {}, '#away Kari')?.rule).toBe('busy');
  });
});

describe('for any text', () => {
  const words = 'Anna|anna|kari|Kari Nordmann|nordmann|Room|room2|2|1|12|ÅSE|åse|Bjørnærø|x';
  const signs = " | | | |  |\n|@|#|[|]|:|,|/|&|+|++|-|.|'|'s|’s|_|!";
  const odd =
    'anna@clinic.test|clinic.no/|:80/|https://|www.|<b>|</b>|<br>|&nbsp;|&aring;|&lt;|<a href="anna">';
  const part = fc.constantFrom(...`${words}|${signs}|${odd}`.split('|'));
  const line = fc.array(part, { maxLength: 14 }).map((parts) => parts.join(''));
  const known =
    'Anna|Kari|Kari Nordmann|Nordmann|Room|Room 1|Room 2|Room 12|2|Åse|Åse Bjørnærø|x++|#kari|@Anna';
  const name = fc.constantFrom(...`${known}|Kari-Anna|Anna's| |-`.split('|'));
  const resources = fc
    .array(fc.uniqueArray(name, { maxLength: 3 }), { maxLength: 4 })
    .map((all) => all.map((mine, i) => resource(String(i), ...mine)));

  test('those are named that the plain copy finds', () => {
    fc.assert(
      fc.property(fc.record({ title: line, description: line, location: line }), resources, (text, all) => {
        const ids = (found: LinkedResource[]) => found.map(({ id }) => id);
        expect(ids(namedIn(text, all))).toEqual(ids(plainNamed(text, all)));
      }),
      { numRuns: 10_000 },
    );
  });
});
