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

  test('added a list below: it stays one, and our line above it is told from it', () =>
    expect(
      mergeText('Anna\nRoom', 'Anna\nHall', 'Anna<br>Room<ul><li>brings a dog</li><li>and a cat</li></ul>'),
    ).toBe('Anna<br>Hall<ul><li>brings a dog</li><li>and a cat</li></ul>'));

  test('made paragraphs of it: ours stands there once', () =>
    expect(
      mergeText(
        'Anna\nRoom',
        'Anna\nHall\nFloor 2',
        '<p>Anna</p><p>Room</p><p>brings a dog<br>a big one</p>',
      ),
    ).toBe('<p>Anna</p>Hall<br>Floor 2<p>brings a dog<br>a big one</p>'));

  test('put our lines into a list or block with theirs: what is left of that stays whole', () => {
    const merged = (theirs: string) => mergeText('Anna\nRoom', 'Anna\nHall', theirs);
    expect(merged('Anna<ul><li>Room</li><li>a dog</li></ul>')).toBe('Anna<br>Hall<ul><li>a dog</li></ul>');
    expect(merged('<div class="a">Anna<br/>Room</div><div>a dog</div>')).toBe(
      '<div class="a">Anna<br>Hall</div><div>a dog</div>',
    );
  });

  test('blocks in our own text are lines of it as they were', () => {
    const [was, is] = ['<ul><li>Anna</li></ul>\nRoom', '<ul><li>Anna</li></ul>\nHall'];
    expect(mergeText(was, is, `${was}\na dog`)).toBe(`${is}\na dog`);
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

  test('in whatever blocks a person puts them: every line of ours and theirs is there once, and no other', () => {
    const lines = (of: string[], maxLength: number) => fc.uniqueArray(fc.constantFrom(...of), { maxLength });
    const written = fc.array(fc.constantFrom('br', 'p', 'div', 'li', 'deep', 'pair'), {
      minLength: 9,
      maxLength: 9,
    });
    const ourLines = lines(['a', 'b', 'c', 'd'], 4).map((some) => some.sort());
    const own = lines(['P1', 'P2', 'P3'], 3);
    fc.assert(
      fc.property(ourLines, ourLines, own, fc.nat(4), written, (base, mine, added, at, as) => {
        const theirs = asHtml([...base.slice(0, at), ...added, ...base.slice(at)], as);
        fc.pre(base.join() !== mine.join() && theirs !== '');
        const merged = mergeText(base.join('\n'), mine.join('\n'), theirs);
        expect(shown(merged).sort()).toEqual([...mine, ...added].sort());
        expect(shown(merged).filter((one) => mine.includes(one))).toEqual(mine);
        expect(unclosed(merged)).toBe(0);
        const again = mergeText(base.join('\n'), mine.join('\n'), merged);
        expect(again).toBe(merged);
      }),
      runs,
    );
  });
});

/** Lines as an editor may write them: each in its own way, a run of `li` in one list, a `pair` in one paragraph. */
function asHtml(lines: string[], as: string[]): string {
  const pieces: string[] = [];
  for (let i = 0; i < lines.length; i++) {
    const [line, way] = [lines[i]!, as[i]!];
    if (way === 'p' || way === 'div') pieces.push(`<${way}>${line}</${way}>`);
    else if (way === 'deep') pieces.push(`<div dir="ltr"><p>${line}</p></div>`);
    else if (way === 'pair' && i + 1 < lines.length) pieces.push(`<p>${line}<br>${lines[++i]}</p>`);
    else if (way === 'li') {
      const items = [line];
      while (as[i + 1] === 'li' && i + 1 < lines.length) items.push(lines[++i]!);
      pieces.push(`<ul>${items.map((item) => `<li>${item}</li>`).join('')}</ul>`);
    } else pieces.push(i + 1 < lines.length ? `${line}<br>` : line);
  }
  return pieces.join('');
}

const shown = (html: string) =>
  html
    .replace(/<[^>]*>/g, '\n')
    .split('\n')
    .filter((line) => line !== '');

/** How many blocks stay open, or are closed too often. */
function unclosed(html: string): number {
  const open: string[] = [];
  for (const [, slash, tag] of html.matchAll(/<(\/?)(ul|li|p|div)\b/g))
    if (!slash) open.push(tag!);
    else if (open.pop() !== tag) return -1;
  return open.length;
}
