// Titles of the events that wait on the home card: the server keeps none, so Google tells each person what they may see.
import { ask, CalendarTrouble, type GoogleEvent } from './calendar.ts';
import type { Data } from './env.ts';

type Item = Data<'home'>['undecided']['items'][number];

/** Calendars that are asked, mostly a question each. */
const CALENDARS = 3;
/** Of one calendar: as many events as a page of Google's holds, and pages. One may be short, or empty, and others follow. */
const EVENTS = 2500;
const PAGES = 3;

/** Those of which Google tells nothing, or cannot be asked, stay without. */
export function titled(items: readonly Item[]): Item[] {
  const lacking = items.filter(({ title }) => title === null);
  const ids = [...new Set(lacking.map(({ googleId }) => googleId))].slice(0, CALENDARS);
  const found = new Map(ids.map((id) => [id, seen(id, lacking)]));
  return items.map((item) => ({
    ...item,
    title: item.title ?? found.get(item.googleId)?.find((event) => isOf(event, item))?.summary ?? null,
  }));
}

/** Around those that are asked about, single events and occurrences, until all were found. */
function seen(googleId: string, all: readonly Item[]): GoogleEvent[] {
  const mine = all.filter((item) => item.googleId === googleId);
  const times = (of: 'start' | 'end') => mine.map((item) => Date.parse(item[of]));
  const span = {
    timeMin: new Date(Math.min(...times('start'))).toISOString(),
    timeMax: new Date(Math.max(...times('end'))).toISOString(),
  };
  const found: GoogleEvent[] = [];
  try {
    let next: { pageToken?: string } | null = {};
    for (let page = 0; next && page < PAGES; page++) {
      const { items = [], nextPageToken: pageToken } = askPage(googleId, { ...span, ...next });
      found.push(...items);
      const done = mine.every((item) => found.some((event) => isOf(event, item)));
      next = pageToken && !done ? { pageToken } : null;
    }
  } catch (error) {
    if (!(error instanceof CalendarTrouble)) throw error;
  }
  return found;
}

const askPage = (googleId: string, of: { timeMin: string; timeMax: string; pageToken?: string }) =>
  ask((events) =>
    events.list(googleId, {
      ...of,
      singleEvents: true,
      orderBy: 'startTime',
      maxResults: EVENTS,
      fields: 'items(id,recurringEventId,originalStartTime,summary),nextPageToken',
    }),
  );

/** An occurrence is told by its original start, as the server writes it. */
function isOf({ id, recurringEventId, originalStartTime }: GoogleEvent, item: Item): boolean {
  if (item.original === null) return id === item.eventId;
  const { date, dateTime } = originalStartTime ?? {};
  const original = date ?? (dateTime ? new Date(dateTime).toISOString() : null);
  return recurringEventId === item.eventId && original === item.original;
}
