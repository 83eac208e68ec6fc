// The offline book in the user's properties: who is linked to which calendar and what decides there, kept for when the server cannot be asked.
import type { OfflineBook } from '../shared/card-api.ts';

export type BookCalendar = OfflineBook['calendars'][number];
/** What decides on one calendar. */
export interface Page {
  businessId: string;
  members: { id: string; email: string }[];
  calendar: BookCalendar;
}
type Kept = Record<string, string>;

/** One book: of one business. */
interface Entry {
  businessId: string;
  version: string;
  /** Tells the parts of this writing from those of any other. */
  key: string;
  parts: number;
}

const INDEX = 'book';
// Apps Script keeps 9 KB a value and 500 KB in all (apps-script/guides/services/quotas). Other things are kept as well,
// and while a book is written down the old one is still there.
const PART = 8_500;
const ROOM = 200_000;

/** Version of the book that is held, of the business that was chosen if one was. */
export function knownBook(kept: Kept, businessId?: string): string | null {
  const index = indexOf(kept);
  return (index.find((entry) => entry.businessId === businessId) ?? index[0])?.version ?? null;
}

/** In which business it is asked: of a card that is one's, of that one; else of the one preferred, if it knows. */
interface Asking {
  businessId?: string;
  preferredId?: string;
}

/** What is known of a calendar; null: nothing. As the server has it, the calendar says whose it is before any preference. */
export function pageOf(
  kept: Kept,
  calendarId: string,
  { businessId, preferredId }: Asking = {},
): Page | null {
  const pages = pagesOf(kept).filter(
    (page) => same(page.calendar.googleId, calendarId) && (!businessId || page.businessId === businessId),
  );
  return pages.find((page) => page.businessId === preferredId) ?? pages[0] ?? null;
}

/** All calendars that are known. */
export const pagesOf = (kept: Kept): Page[] =>
  indexOf(kept).flatMap((entry) => {
    const { businessId, members = [], calendars = [] } = read(kept, entry) ?? {};
    return calendars.map((calendar) => ({ businessId: businessId ?? '', members, calendar }));
  });

/** The control panel's address; null: not known. */
export const panelOf = (kept: Kept): string | null =>
  indexOf(kept).reduce<string | null>((found, entry) => found ?? read(kept, entry)?.panel ?? null, null);

/**
 * Writes the book down, unless it is held already. The calendars seen last come first, and where there is no room for
 * all the others are left out. `kept` becomes what is kept then.
 */
export function keepBook(kept: Kept, book: OfflineBook, calendarId: string | null): void {
  const index = indexOf(kept);
  const before = index.find(({ businessId }) => businessId === book.businessId);
  if (before?.version === book.version) return;
  const rest = index.filter((entry) => entry !== before);
  const held = (before && read(kept, before)?.calendars.map(({ googleId }) => googleId)) ?? [];
  const text = fitted({ ...book, calendars: inOrder(book, calendarId ? [calendarId, ...held] : held) });
  const parts = text.match(new RegExp(`.{1,${PART}}`, 'g')) ?? [];
  const entry = {
    businessId: book.businessId,
    version: book.version,
    key: Utilities.getUuid(),
    parts: parts.length,
  };
  const changed: Kept = Object.fromEntries(parts.map((part, n) => [nameOf(entry, n), part]));
  const left = withRoom(kept, [entry, ...rest], text.length);
  const store = PropertiesService.getUserProperties();
  // What the old index names is there until the new one stands: a run that is cut off leaves a book that can be read.
  forget(store, kept, [...left, ...(before ? [before] : [])]);
  store.setProperties(changed);
  store.setProperty(INDEX, JSON.stringify(left));
  Object.assign(kept, changed, { [INDEX]: JSON.stringify(left) });
  forget(store, kept, left);
}

/** Keeps the books of these businesses only: of others the person is no member any more. */
export function forgetOthers(kept: Kept, memberOf: readonly string[]): void {
  const index = indexOf(kept);
  const left = index.filter(({ businessId }) => memberOf.includes(businessId));
  if (left.length === index.length) return;
  const store = PropertiesService.getUserProperties();
  const text = JSON.stringify(left);
  store.setProperty(INDEX, text);
  kept[INDEX] = text;
  forget(store, kept, left);
}

function indexOf(kept: Kept): Entry[] {
  try {
    return JSON.parse(kept[INDEX] ?? '[]') as Entry[];
  } catch {
    return [];
  }
}

/** null: it is not all there. */
function read(kept: Kept, entry: Entry): OfflineBook | null {
  const parts = Array.from({ length: entry.parts }, (_, n) => kept[nameOf(entry, n)] ?? '');
  try {
    const book = JSON.parse(parts.join('')) as OfflineBook;
    return book.version === entry.version ? book : null;
  } catch {
    return null;
  }
}

const nameOf = ({ key }: Pick<Entry, 'key'>, part: number) => `${INDEX}_${key}_${part}`;

/** Deletes the parts of books that are no longer named. */
function forget(store: GoogleAppsScript.Properties.Properties, kept: Kept, index: readonly Entry[]): void {
  const named = new Set(
    index.flatMap((entry) => Array.from({ length: entry.parts }, (_, n) => nameOf(entry, n))),
  );
  for (const name of Object.keys(kept))
    if (name.startsWith(`${INDEX}_`) && !named.has(name)) {
      store.deleteProperty(name);
      delete kept[name];
    }
}

/** The calendar that is open, then as they stood, then those that are new. */
function inOrder({ calendars }: OfflineBook, first: readonly string[]): BookCalendar[] {
  const rank = ({ googleId }: BookCalendar) => {
    const at = first.findIndex((id) => same(id, googleId));
    return at < 0 ? first.length : at;
  };
  return [...calendars].sort((a, b) => rank(a) - rank(b));
}

/** As much of the book as there is room for, in ASCII: then letters are bytes. */
function fitted(book: OfflineBook): string {
  const calendars = [...book.calendars];
  for (;;) {
    const text = JSON.stringify({ ...book, calendars }).replace(
      /[\u007f-\uffff]/g,
      (letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`,
    );
    if (text.length <= ROOM || calendars.length === 0) return text;
    calendars.length = Math.min(calendars.length - 1, Math.floor((calendars.length * ROOM) / text.length));
  }
}

/** The books that there is room for beside a new one, newest first. */
function withRoom(kept: Kept, index: readonly Entry[], size: number): Entry[] {
  let room = ROOM - size;
  return index.filter((entry, n) => {
    if (n === 0) return true;
    for (let part = 0; part < entry.parts; part++) room -= kept[nameOf(entry, part)]?.length ?? 0;
    return room >= 0;
  });
}

const same = (a: string, b: string) => a.toLowerCase() === b.toLowerCase();
