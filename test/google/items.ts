// What a list of events holds: all that match, or what changed since a sync token, in a stable order.
import { asOfSeries, instancesOf, touches } from './instances.ts';
import { invalid, Refusal } from './refusal.ts';
import type { Calendar, Entry, EventBody, Role, State } from './state.ts';
import type { Query } from './sync.ts';
import { DAY, instantParameter, type Span } from './when.ts';
import type { World } from './world.ts';

export interface Item {
  event: EventBody;
  change: number;
  removedBy?: Entry['removedBy'];
  span: Span;
  /** Place in the order; pages are cut between two of them. */
  key: number[];
}

type Found = Omit<Item, 'key'>;

/** A list's parameters, checked. */
export interface Wanted {
  single: boolean;
  deleted: boolean;
  window: { from?: number; to?: number };
  query: Query;
  match: World['switches']['extendedPropertyMatch'];
}

export function isLater(key: number[], than: number[]): boolean {
  return compareKeys(key, than) > 0;
}

export function compareKeys(a: number[], b: number[]): number {
  const differing = a.findIndex((part, n) => part !== b[n]);
  return differing < 0 ? 0 : a[differing]! - b[differing]!;
}

export function windowOf(query: Query): { from?: number; to?: number } {
  const window: { from?: number; to?: number } = {};
  if (query.timeMin !== undefined) window.from = instantParameter(query.timeMin as string, 'timeMin');
  if (query.timeMax !== undefined) window.to = instantParameter(query.timeMax as string, 'timeMax');
  if ((window.from ?? -Infinity) < (window.to ?? Infinity)) return window;
  const message = 'The specified time range is empty.';
  throw new Refusal({
    code: 400,
    domain: 'calendar',
    reason: 'timeRangeEmpty',
    message,
    facts: '1.13',
  });
}

export function readWanted(world: World, role: Role, query: Query): Wanted {
  const single = query.singleEvents === true || role === 'freeBusyReader';
  if (query.orderBy === 'startTime' && !single) {
    throw invalid('The requested ordering is not available for the particular query.', '1.4', 'orderBy');
  }
  if (query.orderBy !== undefined && query.orderBy !== 'startTime' && query.orderBy !== 'updated') {
    throw invalid('Invalid value for: orderBy', '1.13', 'orderBy');
  }
  const { updatedMin } = query;
  const oldest = world.clock.now() - world.switches.updatedMinDays * DAY;
  if (updatedMin !== undefined && instantParameter(updatedMin as string, 'updatedMin') < oldest) {
    throw new Refusal({
      code: 410,
      domain: 'calendar',
      reason: 'updatedMinTooLongAgo',
      message: 'The requested minimum modification time lies too far in the past.',
      facts: '1.7',
    });
  }
  const match = world.switches.extendedPropertyMatch;
  return {
    single,
    deleted: query.showDeleted === true,
    window: windowOf(query),
    query,
    match,
  };
}

type KeyOf = (entry: Entry, item: Found, n: number) => number[];

function keysFor({ orderBy }: Query): KeyOf {
  if (orderBy === 'startTime') return ({ ordinal }, { span }, n) => [span.from, ordinal, n];
  if (orderBy === 'updated') return ({ ordinal, change }, _, n) => [change, ordinal, n];
  return ({ ordinal }, _, n) => [ordinal, n];
}

/**
 * All that match and come later than `page.after`, unordered if an order is asked for; in the natural order
 * no more than `page.most` and a few, so that a page of a large calendar costs little.
 */
export function whole(
  { state }: World,
  calendar: Calendar,
  wanted: Wanted,
  page: { after?: number[]; most: number },
): Item[] {
  const found: Item[] = [];
  const natural = wanted.query.orderBy === undefined;
  const keyOf = keysFor(wanted.query);
  for (const entry of calendar.events.values()) {
    if (natural && page.after && entry.ordinal < page.after[0]!) continue;
    itemsOf(state, calendar, entry, wanted).forEach((item, n) => {
      const key = keyOf(entry, item, n);
      const wants = !page.after || isLater(key, page.after);
      if (wants && matches(item.event, wanted)) found.push({ ...item, key });
    });
    if (natural && found.length > page.most) break;
  }
  return found;
}

/** What one stored event adds to a full list. */
function itemsOf(state: State, calendar: Calendar, entry: Entry, wanted: Wanted): Found[] {
  const { single, window } = wanted;
  const event = asOfSeries(calendar, entry.event);
  const deleted = wanted.deleted || wanted.query.updatedMin !== undefined;
  const series = event.recurringEventId && calendar.events.get(event.recurringEventId);
  if (single && series) return [];
  if (single && event.recurrence) {
    if (event.status === 'cancelled' && !deleted) return [];
    return instancesOf(state, calendar, entry, { ...window, cancelled: deleted });
  }
  const bareException = series && series.event.status !== 'cancelled' && !single;
  if (event.status === 'cancelled' && !deleted && !bareException) return [];
  const span = state.span(calendar, event);
  const inside = event.recurrence
    ? event.status === 'cancelled' || touches(state, calendar, entry, window)
    : span.to > (window.from ?? -Infinity) && span.from < (window.to ?? Infinity);
  return inside ? [{ ...entry, event, span }] : [];
}

/**
 * Everything changed since the token, deletions always among it. With singleEvents a changed series comes as
 * all its present occurrences; those that its former rule gave are not told of.
 */
export function delta(
  { state }: World,
  calendar: Calendar,
  wanted: Wanted,
  range: { since: number; asOf: number },
): Item[] {
  const found: Item[] = [];
  for (const entry of state.changedSince(calendar, range.since)) {
    if (entry.change > range.asOf) continue;
    const event = asOfSeries(calendar, entry.event);
    if (!matchesType(event, wanted.query)) continue;
    const items: Found[] =
      wanted.single && event.recurrence
        ? instancesOf(state, calendar, entry, { cancelled: true })
        : [{ ...entry, event, span: state.span(calendar, event) }];
    const { change } = entry;
    items.forEach((item, n) => {
      found.push({ ...item, change, key: [change, n] });
    });
  }
  return found;
}

function matches(event: EventBody, { query, match }: Wanted): boolean {
  if (query.iCalUID !== undefined && event.iCalUID !== query.iCalUID) return false;
  if (query.updatedMin !== undefined && event.updated < new Date(query.updatedMin as string).toISOString())
    return false;
  if (query.q !== undefined && !contains(event, query.q as string)) return false;
  if (!matchesType(event, query)) return false;
  return (['private', 'shared'] as const).every((scope) => {
    const constraints = (query[`${scope}ExtendedProperty`] as string[] | undefined) ?? [];
    if (constraints.length === 0) return true;
    const test = (constraint: string) => {
      const at = constraint.indexOf('=');
      if (at < 1) throw invalid('Bad Request', '1.6', `${scope}ExtendedProperty`);
      return event.extendedProperties?.[scope]?.[constraint.slice(0, at)] === constraint.slice(at + 1);
    };
    return match === 'all' ? constraints.every(test) : constraints.some(test);
  });
}

function matchesType(event: EventBody, query: Query): boolean {
  const types = query.eventTypes as string[] | undefined;
  return types === undefined || types.includes(event.eventType);
}

function contains(event: EventBody, q: string): boolean {
  const people = [event.organizer, ...(event.attendees ?? [])];
  const names = people.flatMap((who) => [who?.email, who?.displayName]);
  const text = [event.summary, event.description, event.location, ...names].join('\n').toLowerCase();
  return q
    .toLowerCase()
    .split(/\s+/)
    .every((word) => text.includes(word));
}
