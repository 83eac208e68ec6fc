// Three versions of one description made into one: what we wrote, what a person made of it, what we want to say now.

/**
 * Our lines as they are now, with everything a person wrote between, above or below them; a line of ours that a
 * person changed stays as they made it until ours changes too: then both stand. Merging again changes nothing.
 * @param last what we wrote last; null if that is not known
 * @param theirs what stands in Google. Its editor turns line breaks into `<br>` or paragraphs, and adds tags and lists:
 *   lines are compared without any, and what is left of theirs keeps its own
 */
export function mergeText(last: string | null, ours: string, theirs: string): string {
  if (ours === last) return theirs;
  if (theirs === last || theirs.trim() === '') return ours;
  const [base, mine] = [linesOf(last ?? ''), linesOf(ours)];
  // Blocks of our own making would be taken for theirs.
  const edged = !block.test(last ?? '') && !block.test(ours);
  const other = linesOf(theirs, edged);
  const inMine = matches(base, mine);
  const inOther = matches(base, other);
  const merged: Line[] = [];
  let [from, fromMine, fromOther] = [0, 0, 0];
  for (let i = 0; i <= base.length; i++) {
    const [toMine, toOther] = i === base.length ? [mine.length, other.length] : [inMine[i], inOther[i]];
    if (toMine === undefined || toOther === undefined) continue;
    merged.push(
      ...mergeLines(base.slice(from, i), mine.slice(fromMine, toMine), other.slice(fromOther, toOther)),
    );
    // A line all three have: as the person formatted it.
    if (i < base.length) merged.push(other[toOther]!);
    [from, fromMine, fromOther] = [i + 1, toMine + 1, toOther + 1];
  }
  const apart = /<br\s*\/?>/i.test(theirs) || (edged && block.test(theirs)) ? '<br>' : '\n';
  return join(merged, { other, apart, edged });
}

/** Between two lines that all three have. */
function mergeLines(base: Line[], mine: Line[], other: Line[]): Line[] {
  if (same(mine, base)) return other;
  if (same(other, base)) return mine;
  // Neighbouring lines, one changed by each: line by line, where the lines can be told by their place.
  if (base.length > 1 && mine.length === base.length && other.length === base.length)
    return base.flatMap((line, i) => mergeLines([line], [mine[i]!], [other[i]!]));
  const old = new Set([...base, ...mine].map(({ key }) => key));
  return [...mine, ...other.filter(({ key }) => !old.has(key))];
}

/** A line as written, and as compared; `before`: what parts it from the line above, nothing where a block's edge does. */
type Line = { text: string; key: string; before: string };

function linesOf(text: string, edged = false): Line[] {
  if (text === '') return [];
  // Every other one is a break.
  const pieces = text.split(/(\r?\n|<br\s*\/?>)/i);
  return pieces.flatMap((piece, i) =>
    i % 2 === 1
      ? []
      : (edged ? piece.split(edge) : [piece]).map((line, nth) => ({
          text: line,
          key: keyOf(line),
          before: nth === 0 ? (pieces[i - 1] ?? '') : '',
        })),
  );
}

const name = '(?:ul|ol|li|p|div)\\b[^<>]*>';
const block = new RegExp(`</?${name}`, 'i');
const blocks = new RegExp(`</?${name}`, 'gi');
const [atStart, atEnd] = [new RegExp(`^</?${name}`, 'i'), new RegExp(`</?${name}$`, 'i')];
/** Where a block begins or ends a line: tags that open belong to the line below, tags that close to the one above. */
const edge = new RegExp(`(?=<${name})(?<!<${name})|(?<=</${name})(?!</${name}|$)`, 'i');

/** Theirs parted as they were, ours by `apart`, unless a block's edge parts them. */
function join(merged: Line[], of: { other: Line[]; apart: string; edged: boolean }): string {
  const { other, apart, edged } = of;
  let [text, passed] = ['', 0];
  for (const [i, line] of merged.entries()) {
    const at = other.indexOf(line);
    const kept = at >= 0 && edged ? tagsLeft(other.slice(passed, at)) : '';
    if (at >= 0) passed = at + 1;
    const next = kept + line.text;
    const parted = edged && (atEnd.test(text) || atStart.test(next));
    if (i > 0) text += at > 0 && merged[i - 1] === other[at - 1] ? line.before : parted ? '' : apart;
    text += next;
  }
  return text + (edged ? tagsLeft(other.slice(passed)) : '');
}

/** Of lines that go, what opens or closes a block of lines that stay. */
function tagsLeft(gone: Line[]): string {
  const left: string[] = [];
  for (const [tag] of gone
    .map(({ text }) => text)
    .join('')
    .matchAll(blocks)) {
    const opened = left.at(-1)?.match(/^<(\w+)/)?.[1];
    if (opened && tag.match(/^<\/(\w+)/)?.[1]?.toLowerCase() === opened.toLowerCase()) left.pop();
    else left.push(tag);
  }
  return left.join('');
}

const keyOf = (line: string) =>
  line
    .replace(/<[^>]*>/g, '')
    .replace(/&nbsp;/g, ' ')
    .replace(/&lt;/g, '<')
    .replace(/&gt;/g, '>')
    .replace(/&quot;/g, '"')
    .replace(/&#39;|&apos;/g, "'")
    .replace(/&amp;/g, '&')
    .replace(/\s+/g, ' ')
    .trim();

const same = (a: Line[], b: Line[]) => a.length === b.length && a.every(({ key }, i) => key === b[i]!.key);

/** For each line of `a`, its place in `b` if it belongs to the longest common subsequence of both. */
function matches(a: Line[], b: Line[]): (number | undefined)[] {
  const longest = Array.from({ length: a.length + 1 }, () => new Array<number>(b.length + 1).fill(0));
  for (let i = a.length - 1; i >= 0; i--)
    for (let j = b.length - 1; j >= 0; j--)
      longest[i]![j] =
        a[i]!.key === b[j]!.key
          ? longest[i + 1]![j + 1]! + 1
          : Math.max(longest[i + 1]![j]!, longest[i]![j + 1]!);
  const found = new Array<number | undefined>(a.length).fill(undefined);
  for (let i = 0, j = 0; i < a.length && j < b.length; ) {
    if (a[i]!.key === b[j]!.key) found[i++] = j++;
    else if (longest[i + 1]![j]! >= longest[i]![j + 1]!) i++;
    else j++;
  }
  return found;
}
