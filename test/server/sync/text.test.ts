// Merging descriptions: what a person wrote survives, what we changed shows.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { mergeText } from '../../../server/sync/text.ts';

const last = 'Anna\n+47 123\nCheck-up';
const ours = 'Anna\n+47 999\nCheck-up\nNote: late';

describe('what a person did to our text', () => {
  test('nothing: ours', () => expect(mergeText(last, ours, last)).toBe(ours));

  test('added lines above, between and below', () => {
    const theirs = 'VIP!\nAnna\n+47 123\nask for papers\nCheck-up\nbrings a dog';
    expect(mergeText(last, ours, theirs)).toBe(
      'VIP!\nAnna\n+47 999\nask for papers\nCheck-up\nNote: late\nbrings a dog',
    );
  });

  test('changed a line that we leave: theirs stays', () =>
    expect(mergeText(last, ours, 'Anna (Ann)\n+47 123\nCheck-up')).toBe(
      'Anna (Ann)\n+47 999\nCheck-up\nNote: late',
    ));

  test('changed the line that we change: both stand', () =>
    expect(mergeText(last, ours, 'Anna\n+47 123 after four\nCheck-up')).toBe(
      'Anna\n+47 999\n+47 123 after four\nCheck-up\nNote: late',
    ));

  test('deleted all: stays deleted until we have something new to say', () => {
    expect(mergeText(last, last, '')).toBe('');
    expect(mergeText(last, ours, '')).toBe(ours);
  });

  test('edited in Google, which makes HTML of it: formatting and line breaks are kept', () => {
    const theirs = '<b>VIP</b><br>Anna<br>+47 123<br/><i>Check-up</i>&nbsp;';
    expect(mergeText(last, ours, theirs)).toBe(
      '<b>VIP</b><br>Anna<br>+47 999<br><i>Check-up</i>&nbsp;<br>Note: late',
    );
  });

  test('an event whose last text is not known: ours and what else stands there', () => {
    expect(mergeText(null, ours, `${ours}\nbrings a dog`)).toBe(`${ours}\nbrings a dog`);
    expect(mergeText(null, ours, 'brings a dog')).toBe(`${ours}\nbrings a dog`);
  });

  test('a write whose answer was lost is not written twice', () => {
    const once = mergeText(last, ours, `${last}\nbrings a dog`);
    expect(mergeText(last, ours, once)).toBe(once);
  });
});

describe('for any texts', () => {
  const line = fc.constantFrom('a', 'b', 'c', 'd', '', 'e f');
  const text = fc.array(line, { maxLength: 6 }).map((lines) => lines.join('\n'));
  const runs = { numRuns: 500 };

  test('untouched text becomes ours', () => {
    fc.assert(
      fc.property(text, text, (base, mine) => {
        expect(mergeText(base, mine, base)).toBe(mine);
      }),
      runs,
    );
  });

  test('nothing new to say leaves theirs alone', () => {
    fc.assert(
      fc.property(text, text, (base, theirs) => {
        expect(mergeText(base, base, theirs)).toBe(theirs);
      }),
      runs,
    );
  });

  test('every line a person added is there afterwards, and a second merge changes nothing', () => {
    const own = fc.array(fc.constantFrom('P1', 'P2', 'P3'), { maxLength: 3 });
    fc.assert(
      fc.property(text, text, own, fc.nat(6), (base, mine, added, at) => {
        const lines = base === '' ? [] : base.split('\n');
        const theirs = [...lines.slice(0, at), ...added, ...lines.slice(at)].join('\n');
        const merged = mergeText(base, mine, theirs);
        for (const one of added) expect(merged.split('\n')).toContain(one);
        expect(mergeText(mine, mine, merged)).toBe(merged);
      }),
      runs,
    );
  });
});
