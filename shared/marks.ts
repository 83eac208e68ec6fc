// What stands in an event's private properties, so that whom it blocks survives a lost database: written and read. Pure.
import type { Decision, Meaning, Share } from './decide.ts';

/** What one business keeps in an event. */
export interface Mark {
  businessId: string;
  decision: Decision | null;
  /** Set Free by us; what it was before. */
  freed: { was: 'opaque' | 'transparent' } | null;
}

/** A decision of more shares than an event has room for: some 400. */
export class MarkTooLong extends Error {
  override readonly name = 'MarkTooLong';
}

// Google drops a longer key and cuts a longer value without a word (guides/extended-properties): never reach these.
const VALUE = 1024;
const PARTS = 10;
const VERSION = '1';
/** Version, business, number of parts. */
const HEAD = 1 + 22 + 1;
const SUM = 7;

/**
 * The properties to write; one to be removed is null, and all are where there is nothing to keep. Keys of others, also
 * of another business that follows the calendar, are not among them.
 * @throws MarkTooLong
 * @throws RangeError if an id is no UUID, a number not whole, or `from` neither a date nor an instant
 */
export function writeMark({ businessId, decision, freed }: Mark): Record<string, string | null> {
  const business = shorten(businessId);
  const [free] = freed ? split(business, freed.was) : [];
  const parts = decision ? split(business, textOf(decision)) : [];
  const marks: Record<string, string | null> = { [freeKey(business)]: free ?? null };
  // A shorter mark takes the rest of a longer one away.
  for (let part = 0; part < PARTS; part++) marks[decisionKey(business, part)] = parts[part] ?? null;
  return marks;
}

/**
 * What stands in an event, of this business only; null where there is nothing of ours or it cannot be read. A decision
 * that lost a part counts as none; what the event was before it was set Free is kept apart and then still stands.
 */
export function readMark(
  properties: Record<string, string> | null | undefined,
  businessId: string,
): Mark | null {
  if (!properties || !UUID.test(businessId)) return null;
  const business = shorten(businessId);
  const was = join(business, () => properties[freeKey(business)]);
  const text = join(business, (part) => properties[decisionKey(business, part)]);
  const freed = was === 'opaque' || was === 'transparent' ? ({ was } as const) : null;
  const decision = text === null ? null : decisionOf(text);
  return freed || decision ? { businessId, decision, freed } : null;
}

// The end of an id: the beginning of a UUID of version 7 is the time, alike for all made in one millisecond.
const decisionKey = (business: string, part: number) => `sidebookDecision_${business.slice(-8)}_${part}`;
const freeKey = (business: string) => `sidebookFree_${business.slice(-8)}`;

function split(business: string, text: string): string[] {
  const whole = text + sum(business + text);
  const room = VALUE - HEAD;
  const count = Math.ceil(whole.length / room);
  if (count > PARTS) throw new MarkTooLong('The decision names more resources than an event has room for');
  const head = VERSION + business + count.toString(36);
  return Array.from({ length: count }, (_, part) => head + whole.slice(part * room, (part + 1) * room));
}

function join(business: string, valueAt: (part: number) => string | undefined): string | null {
  const count = Number.parseInt(valueAt(0)?.charAt(HEAD - 1) ?? '', 36);
  if (!(count >= 1 && count <= PARTS)) return null;
  const head = VERSION + business + count.toString(36);
  let whole = '';
  for (let part = 0; part < count; part++) {
    const value = valueAt(part);
    if (!value?.startsWith(head)) return null;
    whole += value.slice(HEAD);
  }
  const text = whole.slice(0, -SUM);
  return whole.slice(-SUM) === sum(business + text) ? text : null;
}

/** FNV-1a of 32 bits. It tells damage, not forgery: whoever may write into the event may decide. */
function sum(text: string): string {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return (hash >>> 0).toString(36).padStart(SUM, '0');
}

// `e<id><from>;<share>;<share>…`, a share being `<id>b<places>` or `<id>b<places>,<start>,<end>`.

const SCOPES = { event: 'e', following: 'f', series: 's' } as const;
const MEANINGS = { block: 'b', open: 'o' } as const;
const FROM = /^\d{4}-\d\d-\d\d(?:T\d\d:\d\d:\d\d(?:\.\d{1,9})?Z)?$/;
const DECISION = /^([efs])([\w-]{22})([^;]*)$/;
const SHARE = /^([\w-]{22})([bo-])(\d*)(?:,(-?\d+),(-?\d+))?$/;

function textOf({ scope, id, from, shares }: Decision): string {
  if (from !== null && !isStart(from)) throw new RangeError('No date or instant to hold from');
  return [SCOPES[scope] + shorten(id) + (from ?? ''), ...shares.map(shareText)].join(';');
}

function shareText({ resourceId, places, startShift, endShift, means }: Share): string {
  if (![places ?? 0, startShift, endShift].every(Number.isSafeInteger) || (places ?? 0) < 0)
    throw new RangeError('Places and minutes are whole numbers');
  const shifts = startShift || endShift ? `,${startShift},${endShift}` : '';
  return `${shorten(resourceId)}${means ? MEANINGS[means] : '-'}${places ?? ''}${shifts}`;
}

function decisionOf(text: string): Decision | null {
  const [head = '', ...rest] = text.split(';');
  const [, letter, short = '', from = ''] = DECISION.exec(head) ?? [];
  const scope = keyOf<Decision['scope']>(SCOPES, letter);
  const id = lengthen(short);
  const shares = rest.map(shareOf);
  if (!scope || !id || (from !== '' && !isStart(from)) || !shares.every((share) => share !== null))
    return null;
  return { id, scope, from: from || null, shares };
}

function shareOf(text: string): Share | null {
  const [, short = '', letter, places = '', start = 0, end = 0] = SHARE.exec(text) ?? [];
  const resourceId = lengthen(short);
  // Anybody who may write into the event can write a mark: what no decision could say is none.
  const shifts = [Number(start), Number(end)];
  if (!resourceId || Number(places) > 1000 || shifts.some((shift) => Math.abs(shift) > 24 * 60)) return null;
  return {
    resourceId,
    places: places === '' ? null : Number(places),
    startShift: Number(start),
    endShift: Number(end),
    means: keyOf<Meaning>(MEANINGS, letter) ?? null,
  };
}

const isStart = (from: string) => FROM.test(from) && !Number.isNaN(Date.parse(from));

function keyOf<Key extends string>(
  letters: Record<Key, string>,
  letter: string | undefined,
): Key | undefined {
  return (Object.keys(letters) as Key[]).find((key) => letters[key] === letter);
}

const UUID = /^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/i;
const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';

/** A UUID's 16 bytes in base64url (RFC 4648, section 5): three hex digits are two letters. By hand: the add-on has no Buffer. */
function shorten(id: string): string {
  if (!UUID.test(id)) throw new RangeError('No UUID');
  const digits = id.replace(/-/g, '').concat('0').match(/.../g) ?? [];
  return digits
    .map((three) => Number.parseInt(three, 16))
    .map((bits) => LETTERS.charAt(bits >> 6) + LETTERS.charAt(bits & 63))
    .join('');
}

/** The UUID, in lower case; null if these letters are none. */
function lengthen(letters: string): string | null {
  const hex = (letters.match(/../g) ?? [])
    .map((two) => LETTERS.indexOf(two.charAt(0)) * 64 + LETTERS.indexOf(two.charAt(1)))
    .map((bits) => bits.toString(16).padStart(3, '0'))
    .join('');
  const id = hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})0$/, '$1-$2-$3-$4-$5');
  return UUID.test(id) ? id : null;
}
