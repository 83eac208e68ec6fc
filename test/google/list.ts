// events.list and events.instances: filters, order, pages, and deltas by sync token.
import { type Caller, openCalendar } from './access.ts';
import { findOccurrence, instancesOf, touches } from './instances.ts';
import { invalid, notFound, Refusal } from './refusal.ts';
import { type Calendar, type Entry, type EventBody, etagOf, type Role, type State } from './state.ts';
import { givesSyncToken, openPage, openSync, type Query, sealPage, sealSync } from './sync.ts';
import { shown } from './view.ts';
import { DAY, instantParameter, type Span } from './when.ts';
import { type Answer, type Call, ok, stamp, type World } from './world.ts';

interface Item {
  event: EventBody;
  change: number;
  removedBy?: Entry['removedBy'];
  span: Span;
  key: [number, number];
}

interface Wanted {
  single: boolean;
  deleted: boolean;
  window: { from?: number; to?: number };
  query: Query;
  match: World['switches']['extendedPropertyMatch'];
}

interface Source {
  world: World;
  caller: Caller;
  calendar: Calendar;
  role: Role;
}

export function listEvents(call: Call): Answer {
  const { world, caller, query } = call;
  const ask = { id: call.calendarId, least: 'freeBusyReader' } as const;
  const source: Source = {
    world,
    caller,
    ...openCalendar(world.state, caller, ask),
  };
  const since = query.syncToken === undefined ? undefined : openSync(query, source);
  const wanted = read(source, query);
  const page = query.pageToken === undefined ? undefined : openPage(query);
  const asOf = page?.asOf ?? world.state.counter;
  if (world.switches.emptyPages && !page) return answer(source, query, { items: [], asOf, more: {} });
  const all = since === undefined ? whole(source, wanted) : delta(source, wanted, { since, asOf });
  const order = orderOf(query, since !== undefined);
  const items = all.map((item) => ({ ...item, key: order(item) }));
  return answer(source, query, { ...cut(items, query, page?.after), asOf });
}

/** On the id of a single event or instance: that one (google-facts 1.4). */
export function listInstances(call: Call): Answer {
  const { world, caller, query } = call;
  const ask = { id: call.calendarId, least: 'freeBusyReader' } as const;
  const source: Source = {
    world,
    caller,
    ...openCalendar(world.state, caller, ask),
  };
  const { state } = world;
  const { calendar } = source;
  const entry = calendar.events.get(call.eventId);
  const virtual = entry ? undefined : findOccurrence(calendar, call.eventId);
  if (!entry && !virtual) throw notFound();
  const window = windowOf(query);
  let items: Item[];
  if (entry?.event.recurrence) {
    const found = instancesOf(state, calendar, entry, {
      ...window,
      cancelled: query.showDeleted === true,
    });
    items = found.map((instance) => ({
      ...instance,
      key: [instance.span.from, instance.ordinal],
    }));
  } else {
    const event = entry?.event ?? virtual!.event;
    const change = entry?.change ?? virtual!.series.change;
    items = [{ event, change, span: state.span(calendar, event), key: [0, 0] }];
  }
  if (query.originalStart !== undefined) {
    const at = Date.parse(query.originalStart as string);
    items = items.filter(({ event }) => originalInstant(event) === at);
  }
  const page = query.pageToken === undefined ? undefined : openPage(query);
  return answer(source, query, {
    ...cut(items, query, page?.after),
    asOf: page?.asOf ?? state.counter,
  });
}

function originalInstant(event: EventBody): number {
  const original = event.originalStartTime;
  return Date.parse(original?.dateTime ?? `${original?.date}T00:00:00Z`);
}

function windowOf(query: Query): { from?: number; to?: number } {
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

function read({ world, role }: Source, query: Query): Wanted {
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

function orderOf(query: Query, isDelta: boolean): (item: Item) => [number, number] {
  if (query.orderBy === 'startTime') return ({ span, key }) => [span.from, key[0]];
  if (query.orderBy === 'updated' || isDelta) return ({ change, span }) => [change, span.from];
  return ({ key }) => key;
}

function whole({ world, calendar }: Source, wanted: Wanted): Item[] {
  const { state } = world;
  const found: Item[] = [];
  for (const entry of calendar.events.values()) {
    for (const item of itemsOf(state, calendar, entry, wanted))
      if (matches(item.event, wanted)) found.push(item);
  }
  return found;
}

/** What one stored event adds to a full list. */
function itemsOf(state: State, calendar: Calendar, entry: Entry, wanted: Wanted): Item[] {
  const { single, window } = wanted;
  const event = asOfSeries(calendar, entry.event);
  const deleted = wanted.deleted || wanted.query.updatedMin !== undefined;
  const series = event.recurringEventId && calendar.events.get(event.recurringEventId);
  if (single && series) return [];
  if (single && event.recurrence) {
    if (event.status === 'cancelled' && !deleted) return [];
    const instances = instancesOf(state, calendar, entry, {
      ...window,
      cancelled: deleted,
    });
    return instances.map((one) => ({
      ...one,
      key: [one.ordinal, one.span.from],
    }));
  }
  const bareException = series && series.event.status !== 'cancelled' && !single;
  if (event.status === 'cancelled' && !deleted && !bareException) return [];
  const span = state.span(calendar, event);
  const inside = event.recurrence
    ? event.status === 'cancelled' || touches(state, calendar, entry, window)
    : span.to > (window.from ?? -Infinity) && span.from < (window.to ?? Infinity);
  return inside ? [{ ...entry, event, span, key: [entry.ordinal, span.from] }] : [];
}

/** An exception goes with its series when that is deleted. */
function asOfSeries(calendar: Calendar, event: EventBody): EventBody {
  const series = event.recurringEventId && calendar.events.get(event.recurringEventId);
  return series && series.event.status === 'cancelled' ? { ...event, status: 'cancelled' } : event;
}

/**
 * Everything changed since the token, deletions always among it. With singleEvents a changed series comes as
 * all its present occurrences; those that its former rule gave are not told of.
 */
function delta({ world, calendar }: Source, wanted: Wanted, range: { since: number; asOf: number }): Item[] {
  const { state } = world;
  const found: Item[] = [];
  for (const entry of state.changedSince(calendar, range.since)) {
    if (entry.change > range.asOf) continue;
    const event = asOfSeries(calendar, entry.event);
    if (!matchesType(event, wanted.query)) continue;
    if (wanted.single && event.recurrence) {
      for (const one of instancesOf(state, calendar, entry, {
        cancelled: true,
      })) {
        found.push({
          ...one,
          change: entry.change,
          key: [entry.change, one.span.from],
        });
      }
    } else {
      found.push({
        ...entry,
        event,
        span: state.span(calendar, event),
        key: [entry.change, 0],
      });
    }
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

interface Page {
  items: Item[];
  asOf: number;
  /** Set when more pages follow. */
  more?: { after?: [number, number] };
}

function cut(items: Item[], query: Query, after?: [number, number]): Pick<Page, 'items' | 'more'> {
  const size = (query.maxResults as number | undefined) ?? 250;
  if (size < 1) throw invalid('Invalid value for: maxResults', '1.7', 'maxResults');
  const most = Math.min(size, 2_500);
  const ordered = items.sort((a, b) => a.key[0] - b.key[0] || a.key[1] - b.key[1]);
  const later = ({ key }: Item) => !after || key[0] > after[0] || (key[0] === after[0] && key[1] > after[1]);
  const rest = ordered.filter(later);
  const page = rest.slice(0, most);
  return rest.length > most ? { items: page, more: { after: page.at(-1)!.key } } : { items: page };
}

function answer({ world, caller, calendar, role }: Source, query: Query, page: Page): Answer {
  const view = {
    calendar,
    role,
    viewer: caller.person.email,
    zone: (query.timeZone as string | undefined) ?? calendar.zone,
    maxAttendees: query.maxAttendees as number | undefined,
    bareWhenCancelled: query.showDeleted !== true,
  };
  const end = page.more
    ? {
        nextPageToken: sealPage(query, {
          asOf: page.asOf,
          after: page.more.after,
        }),
      }
    : givesSyncToken(query) && {
        nextSyncToken: sealSync(query, { calendar, role, change: page.asOf }),
      };
  return ok({
    kind: 'calendar#events',
    etag: etagOf(page.asOf),
    summary: calendar.summary,
    description: calendar.description ?? '',
    updated: stamp(world),
    timeZone: calendar.zone,
    accessRole: role,
    defaultReminders: [],
    items: page.items.map((item) => shown(item, view)),
    ...end,
  });
}
