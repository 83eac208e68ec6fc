// events.list and events.instances: pages, sync tokens, and how the answer looks.
import { type Caller, openCalendar } from './access.ts';
import { findOccurrence, instancesOf } from './instances.ts';
import { compareKeys, delta, type Item, isLater, readWanted, whole, windowOf } from './items.ts';
import { invalid, notFound } from './refusal.ts';
import { type Calendar, type EventBody, etagOf, type Role } from './state.ts';
import { givesSyncToken, openPage, openSync, type Query, sealPage, sealSync } from './sync.ts';
import { shown } from './view.ts';
import { type Answer, type Call, ok, stamp, type World } from './world.ts';

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
  const wanted = readWanted(world, source.role, query);
  const page = query.pageToken === undefined ? undefined : openPage(query);
  const asOf = page?.asOf ?? world.state.counter;
  if (world.switches.emptyPages && !page) return answer(source, query, { items: [], asOf, more: {} });
  const { calendar } = source;
  const items =
    since === undefined
      ? whole(world, calendar, wanted, { after: page?.after, most: sizeOf(query) })
      : delta(world, calendar, wanted, { since, asOf });
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
    items = found.map((instance, n) => ({ ...instance, key: [instance.span.from, n] }));
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

interface Page {
  items: Item[];
  asOf: number;
  /** Set when more pages follow. */
  more?: { after?: number[] };
}

function sizeOf(query: Query): number {
  const size = (query.maxResults as number | undefined) ?? 250;
  if (size < 1) throw invalid('Invalid value for: maxResults', '1.7', 'maxResults');
  return Math.min(size, 2_500);
}

function cut(items: Item[], query: Query, after?: number[]): Pick<Page, 'items' | 'more'> {
  const most = sizeOf(query);
  const rest = items.filter(({ key }) => !after || isLater(key, after));
  const page = rest.sort((a, b) => compareKeys(a.key, b.key)).slice(0, most);
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
