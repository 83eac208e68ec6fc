// What a calendar's ordered rules say of an event, and which resources its text names. Pure; the text is read and let go.
import type { Answer, EventFlags, EventType, LinkedResource, Meaning, Response, Share } from './decide.ts';

/** All that are given must hold; none: always. A list holds if one of its members does, so an empty one never. */
export interface Conditions {
  /** Words and tags (`#info`); plain text, never patterns. */
  texts?: string[];
  /** Member ids. */
  creators?: string[];
  /** As the event has it; the calendar's own colour cannot be asked for. */
  colors?: string[];
  types?: EventType[];
  allDay?: boolean;
  responses?: (Response | 'none')[];
}

export type Whom =
  | { kind: 'everybody' }
  | { kind: 'nobody' }
  | { kind: 'creator' }
  | { kind: 'named' }
  | { kind: 'listed'; shares: Share[] };

export interface Rule {
  id: string;
  when: Conditions;
  whom: Whom;
  /** For everybody, creator and named: null = as each link says. */
  means: Meaning | null;
  alsoWhenFree: boolean;
}

/** As Google gives it: the description in HTML. */
export interface EventText {
  title: string;
  description: string;
  location: string;
}

/**
 * The first rule that says something of the event. `named` matches only where the text names a linked resource,
 * `creator` only where the creator has one, `listed` only where one of those listed is linked.
 */
export function applyRules(
  rules: readonly Rule[],
  asked: { event: EventFlags; text: EventText; linked: readonly LinkedResource[] },
): Answer | null {
  // Most calendars' rules never look at the text.
  let read: Read | undefined;
  const text = () => {
    read ??= readText(asked.text);
    return read;
  };
  for (const rule of rules) {
    if (asked.event.free && !rule.alsoWhenFree) continue;
    if (!holds(rule.when, asked.event, text)) continue;
    const shares = sharesOf(rule, { ...asked, text });
    if (shares) return { rule: rule.id, shares };
  }
  return null;
}

/**
 * The linked resources that a text names: as a tag (`@Anna`, `#room2`, `[Room 2]`, or `Kari:` at the start of the
 * title) or by name or nickname as whole words.
 *
 * Case does not matter, diacritics do. A tag leaves spaces and hyphens out. A name inside a longer one does not count.
 * What is part of a mail address or a link, or joined to a word by a hyphen or dot, is no name: where a name is missed
 * the event blocks as any undecided one, where one is found that nobody meant it frees the others.
 * Takes time in proportion to text and names.
 */
export function namedIn(text: EventText, linked: readonly LinkedResource[]): LinkedResource[] {
  return namedBy(readText(text), linked);
}

function holds(when: Conditions, event: EventFlags, text: () => Read): boolean {
  const { texts, creators, colors, types, allDay, responses } = when;
  return (
    (!creators || (event.creator !== null && creators.includes(event.creator))) &&
    (!colors || (event.color !== null && colors.includes(event.color))) &&
    (!types || types.includes(event.type)) &&
    (allDay === undefined || allDay === event.allDay) &&
    (!responses || responses.includes(event.response ?? 'none')) &&
    (!texts || texts.some((wanted) => mentions(text(), wanted)))
  );
}

/** null: this rule says nothing of the event. */
function sharesOf(
  { whom, means }: Rule,
  { event, text, linked }: { event: EventFlags; text: () => Read; linked: readonly LinkedResource[] },
): Share[] | null {
  const all = (resources: readonly LinkedResource[]): Share[] =>
    resources.map(({ id }) => ({ resourceId: id, places: null, startShift: 0, endShift: 0, means }));
  if (whom.kind === 'nobody') return [];
  if (whom.kind === 'listed') return hasLinked(whom.shares, linked) ? whom.shares : null;
  if (whom.kind === 'everybody') return all(linked);
  const found =
    whom.kind === 'named'
      ? namedBy(text(), linked)
      : linked.filter(({ memberId }) => memberId !== null && memberId === event.creator);
  return found.length > 0 ? all(found) : null;
}

/** A list of which nobody is left would say "nobody", which nobody said; an empty one does. */
const hasLinked = (shares: readonly Share[], linked: readonly LinkedResource[]): boolean =>
  shares.length === 0 || shares.some(({ resourceId }) => linked.some(({ id }) => id === resourceId));

// Reading a text ----------------------------------------------------------------------------------------------------

interface Read {
  /** Title, place and description, each a line or more, folded. */
  whole: string;
  /** The same without mail addresses and links. */
  plain: string;
  /** Of `plain`, by squeezed name. */
  tags: Map<string, Tag[]>;
}
/** Where a tag's name stands, its sign (none of a bracket) left out. */
interface Tag {
  start: number;
  end: number;
  sign: string;
}

// None of these takes more than time in proportion to the text, whatever it holds: no two neighbouring parts share a
// letter, or a part is short.
const TAG = /(?<![\p{L}\p{N}\p{M}])([#@])([\p{L}\p{N}\p{M}]+(?:[-‐‑._']+[\p{L}\p{N}\p{M}]+)*)/gu;
const BRACKETS = /\[([^[\]\n]{1,200})\]/g;
const PREFIX = /^([^:\n]{1,200}):/;
const PIECE = /[^,;/&+]+/g;
const MAIL = /[\p{L}\p{N}\p{M}]@[\p{L}\p{N}\p{M}]/u;
const MAYBE_HOST = /[\p{L}\p{N}\p{M}.@-]+/gu;
const HOST_END = /[\p{L}\p{N}\p{M}]\.[\p{L}\p{M}]{2,}$/u;
const PATH = /^(?::\d{1,5})?\//;
const JOINED_BEFORE = /[\p{L}\p{N}\p{M}][-‐‑._'@#]?$/u;
// "Anna's" is Anna.
const JOINED_AFTER = /^(?!'s(?![-‐‑._'@#]?[\p{L}\p{N}\p{M}]))[-‐‑._'@#]?[\p{L}\p{N}\p{M}]/u;

function readText({ title, description, location }: EventText): Read {
  const whole = fold([title, location, textOfHtml(description)].join('\n'));
  const plain = whole.replace(/\S+/g, withoutAddresses);
  const tags = new Map<string, Tag[]>();
  const add = (name: string, tag: Tag) => {
    const alike = tags.get(name);
    if (alike) alike.push(tag);
    else if (name) tags.set(name, [tag]);
  };
  const addPieces = (list: string, start: number) => {
    for (const { index, 0: piece } of list.matchAll(PIECE))
      add(squeeze(piece.trim()), { start: start + index, end: start + index + piece.length, sign: '' });
  };
  for (const { index, 1: sign = '', 2: name = '' } of plain.matchAll(TAG))
    add(squeeze(name), { start: index + 1, end: index + 1 + name.length, sign });
  for (const { index, 1: inner = '' } of plain.matchAll(BRACKETS)) addPieces(inner, index + 1);
  addPieces(PREFIX.exec(plain)?.[1] ?? '', 0);
  return { whole, plain, tags };
}

/** As names and texts are compared. Lines stay lines: a name does not run across them. */
function fold(text: string): string {
  const lower = text.toUpperCase().toLowerCase().normalize('NFC');
  return (
    lower
      // What cannot be seen: soft hyphens, joiners, the marks that make an emoji coloured.
      .replace(/[\p{Cf}\p{Variation_Selector}]/gu, '')
      .replace(/[’ʼ]/g, "'")
      // A final sigma is final only until a tag joins it to the next word.
      .replace(/ς/g, 'σ')
      .replace(/[^\S\n]+/g, ' ')
  );
}

/** What a tag and the name that it means have in common. */
const squeeze = (folded: string) => folded.replace(/'s$/, '').replace(/[\s\p{Pd}_.']/gu, '');

function withoutAddresses(chunk: string): string {
  if (!/[@/]|www\./.test(chunk)) return chunk;
  let scheme = chunk.indexOf('://');
  while (scheme > 0 && /[a-z]/.test(chunk.charAt(scheme - 1))) scheme--;
  const links = [scheme, chunk.indexOf('www.'), hostIn(chunk)].filter((at) => at >= 0);
  const text = links.length === 0 ? chunk : `${chunk.slice(0, Math.min(...links))}\n`;
  return text.replace(/[^,;:<>()[\]"|]+/g, (part) => (MAIL.test(part) ? '\n' : part));
}

/** Where a link begins that is written without its scheme: a host and a slash. Two names with one between have no dot. */
function hostIn(chunk: string): number {
  for (const { index, 0: run } of chunk.matchAll(MAYBE_HOST)) {
    const end = index + run.length;
    if (HOST_END.test(run) && PATH.test(chunk.slice(end, end + 7)) && !MAIL.test(run)) return index;
  }
  return -1;
}

/** A description as it reads; Google keeps them in HTML. */
function textOfHtml(html: string): string {
  const lines = /^<\/?(?:br|p|div|li|[uo]l|t[rdh]|table|h\d|hr|blockquote|pre)\b/i;
  return html
    .replace(/<[a-z/!][^<>]*>/gi, (tag) => (lines.test(tag) ? '\n' : ''))
    .replace(/&(?:#(\d{1,7})|#x([\da-f]{1,6})|([a-z]{2,6}\d{0,2}));/gi, (entity, decimal, hex, name) => {
      const code = name ? codeOf(name) : decimal ? Number(decimal) : Number.parseInt(hex, 16);
      return code !== undefined && code <= 0x10ffff ? String.fromCodePoint(code) : entity;
    });
}

const ASCII = { amp: 38, lt: 60, gt: 62, quot: 34, apos: 39 } as Record<string, number | undefined>;
/** The names of U+00A0 to U+00FF (HTML 4, section 24.2): the letters of western Europe among them. */
const LATIN =
  `nbsp iexcl cent pound curren yen brvbar sect uml copy ordf laquo not shy reg macr deg plusmn sup2 sup3
 acute micro para middot cedil sup1 ordm raquo frac14 frac12 frac34 iquest Agrave Aacute Acirc Atilde Auml Aring AElig
 Ccedil Egrave Eacute Ecirc Euml Igrave Iacute Icirc Iuml ETH Ntilde Ograve Oacute Ocirc Otilde Ouml times Oslash Ugrave
 Uacute Ucirc Uuml Yacute THORN szlig agrave aacute acirc atilde auml aring aelig ccedil egrave eacute ecirc euml igrave
 iacute icirc iuml eth ntilde ograve oacute ocirc otilde ouml divide oslash ugrave uacute ucirc uuml yacute thorn
 yuml`.split(/\s+/);

function codeOf(name: string): number | undefined {
  const latin = LATIN.indexOf(name);
  return latin < 0 ? ASCII[name] : 0xa0 + latin;
}

// Finding in it ------------------------------------------------------------------------------------------------------

function namedBy({ plain, tags }: Read, linked: readonly LinkedResource[]): LinkedResource[] {
  const spans: { start: number; end: number; id: string }[] = [];
  for (const { id, names } of linked)
    for (const { words, tag } of asSought(names)) {
      for (const start of standing(plain, words)) spans.push({ start, end: start + words.length, id });
      for (const { start, end } of tags.get(tag) ?? []) spans.push({ start, end, id });
    }
  // Those that contain others come first, alike ones together: a name inside a longer one does not count.
  spans.sort((a, b) => a.start - b.start || b.end - a.end);
  const named = new Set<string>();
  let longest = { start: -1, end: -1 };
  for (const span of spans) {
    if (span.end > longest.end) longest = span;
    if (span.start === longest.start && span.end === longest.end) named.add(span.id);
  }
  return linked.filter(({ id }) => named.has(id));
}

// A pull asks after the same names for each of thousands of events.
const sought = new WeakMap<readonly string[], { words: string; tag: string }[]>();
function asSought(names: readonly string[]) {
  const known = sought.get(names);
  if (known) return known;
  const folded = names.map(oneLine).map((words) => ({ words, tag: squeeze(withoutSign(words)) }));
  sought.set(names, folded);
  return folded;
}

/** Whether a word, a phrase or a tag stands in the text. */
function mentions({ whole, plain, tags }: Read, wanted: string): boolean {
  const words = oneLine(wanted);
  // Who asks for an address or a part of a link means to find it there.
  const within = /[^\s#@][@/.][^\s]/.test(words) ? whole : plain;
  if (!standing(within, words).next().done) return true;
  const name = withoutSign(words);
  const sign = words.slice(0, words.length - name.length);
  return (tags.get(squeeze(name)) ?? []).some((tag) => sign === '' || tag.sign === sign);
}

const oneLine = (name: string) => fold(name).replace(/\s+/g, ' ').trim();
const withoutSign = (name: string) => name.replace(/^[#@]/, '');

/** Where a name stands as whole words. */
function* standing(text: string, name: string): Generator<number> {
  if (name === '') return;
  const begins = /^[\p{L}\p{N}\p{M}#@]/u.test(name);
  const ends = /[\p{L}\p{N}\p{M}]$/u.test(name);
  for (let at = text.indexOf(name); at >= 0; at = text.indexOf(name, at + 1)) {
    const end = at + name.length;
    // A few letters are enough to see whether it goes on.
    if (begins && JOINED_BEFORE.test(text.slice(Math.max(0, at - 4), at))) continue;
    if (ends && JOINED_AFTER.test(text.slice(end, end + 8))) continue;
    yield at;
  }
}
