// Three versions of one description made into one: what we wrote, what a person made of it, what we want to say now.

/**
 * Our lines as they are now, with everything a person wrote between, above or below them; a line of ours that a
 * person changed stays as they made it until ours changes too: then both stand. Merging again changes nothing.
 * @param last what we wrote last; null if that is not known
 * @param theirs what stands in Google. Its editor turns line breaks into `<br>` and adds tags: lines are compared
 *   without either
 */
export function mergeText(last: string | null, ours: string, theirs: string): string {
  if (ours === last) return theirs;
  if (theirs === last || theirs.trim() === '') return ours;
  const [base, mine, other] = [linesOf(last ?? ''), linesOf(ours), linesOf(theirs)];
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
  return merged.map(({ text }) => text).join(/<br\s*\/?>/i.test(theirs) ? '<br>' : '\n');
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

/** A line as written, and as compared. */
type Line = { text: string; key: string };

function linesOf(text: string): Line[] {
  if (text === '') return [];
  return text.split(/\r?\n|<br\s*\/?>/i).map((line) => ({ text: line, key: keyOf(line) }));
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
