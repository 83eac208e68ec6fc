// What the local Google holds: people, calendars with all their events and tombstones, and who was told what.
import type { Channel } from './channels.ts';
import type { OAuthData } from './oauth-data.ts';
import { instantOf, type Span, type When } from './when.ts';

export type Role = 'freeBusyReader' | 'reader' | 'writerWithoutPrivateAccess' | 'writer' | 'owner';

export interface Person {
  /** Also the id of the person's primary calendar. */
  email: string;
  name: string;
  /** IANA zone of the primary calendar. */
  zone: string;
  status: 'active' | 'suspended' | 'blockedByAdmin';
  /** Of a Workspace account; an ordinary one has none. */
  hostedDomain?: string;
}

export interface Guest {
  email: string;
  displayName?: string;
  responseStatus?: string;
  optional?: boolean;
  resource?: boolean;
  [field: string]: unknown;
}

/** An event as stored: defaults left out (`opaque`, visibility `default`), times as `When` stores them. */
export interface EventBody {
  id: string;
  iCalUID: string;
  status: 'confirmed' | 'tentative' | 'cancelled';
  created: string;
  updated: string;
  sequence: number;
  eventType: string;
  start?: When;
  end?: When;
  recurrence?: string[];
  recurringEventId?: string;
  originalStartTime?: When;
  summary?: string;
  description?: string;
  location?: string;
  colorId?: string;
  transparency?: 'transparent';
  visibility?: string;
  organizer?: { email: string; displayName?: string };
  creator?: { email: string; displayName?: string };
  attendees?: Guest[];
  extendedProperties?: {
    private?: Record<string, string>;
    shared?: Record<string, string>;
  };
  [field: string]: unknown;
}

/** Who took an event away: an API client, a person in the Calendar UI, or a move to another calendar. */
export type RemovedBy = 'client' | 'person' | 'move';

export interface Entry {
  event: EventBody;
  /** Order of creation within the calendar; pages are cut along it. */
  ordinal: number;
  /** The global number of the last change; etags and sync tokens are made of it. */
  change: number;
  removedBy?: RemovedBy;
}

export interface Listing {
  change: number;
  /** Set when the calendar was unshared or removed; the list's delta tells it. */
  deleted?: boolean;
}

export interface Calendar {
  id: string;
  summary: string;
  description?: string;
  zone: string;
  color: string;
  dataOwner: string;
  primary: boolean;
  /** Holidays, birthdays and the like: read-only and never watchable. */
  generated: boolean;
  /** The client that created it, for the scope calendar.app.created. */
  createdBy?: string;
  change: number;
  /** Sync tokens older than this change answer 410. */
  syncFloor: number;
  roles: Record<string, Role>;
  listings: Record<string, Listing>;
  events: Map<string, Entry>;
  /** Ids whose tombstone Google has purged. */
  purged: Set<string>;
}

export interface Kept {
  counter: number;
  people: Person[];
  calendars: (Omit<Calendar, 'events' | 'purged'> & {
    events: Entry[];
    purged: string[];
  })[];
  channels: Channel[];
  oauth: OAuthData;
}

interface Derived {
  span: Map<string, Span>;
  exceptions: Map<string, Set<string>>;
  log: { change: number; id: string }[];
  last: number;
}

export class State {
  counter = 0;
  readonly people = new Map<string, Person>();
  readonly calendars = new Map<string, Calendar>();
  readonly channels = new Map<string, Channel>();
  oauth: OAuthData;
  /** Told of every change, of the calendar when it was one of its events. */
  readonly watchers = new Set<(calendar?: Calendar) => void>();
  private readonly derived = new WeakMap<Calendar, Derived>();

  constructor(oauth: OAuthData, kept?: Kept) {
    this.oauth = kept?.oauth ?? oauth;
    if (!kept) return;
    this.counter = kept.counter;
    for (const person of kept.people) this.people.set(person.email, person);
    for (const channel of kept.channels) this.channels.set(channel.id, channel);
    for (const { events, purged, ...rest } of kept.calendars) {
      const calendar: Calendar = {
        ...rest,
        events: new Map(),
        purged: new Set(purged),
      };
      for (const entry of events) calendar.events.set(entry.event.id, entry);
      this.calendars.set(calendar.id, calendar);
    }
  }

  kept(): Kept {
    return {
      counter: this.counter,
      people: [...this.people.values()],
      calendars: [...this.calendars.values()].map((calendar) => ({
        ...calendar,
        events: [...calendar.events.values()],
        purged: [...calendar.purged],
      })),
      channels: [...this.channels.values()],
      oauth: this.oauth,
    };
  }

  /** Empties everything but the signing key and the clients. */
  clear(): void {
    this.people.clear();
    this.calendars.clear();
    this.channels.clear();
    Object.assign(this.oauth, {
      codes: {},
      grants: {},
      access: {},
      consents: {},
    });
    this.changed();
  }

  changed(calendar?: Calendar): void {
    for (const watcher of this.watchers) watcher(calendar);
  }

  next(): number {
    this.counter += 1;
    return this.counter;
  }

  /** Stores an event under a new change number and tells the watchers. */
  put(calendar: Calendar, event: EventBody, removedBy?: RemovedBy): Entry {
    const derived = this.of(calendar);
    const before = calendar.events.get(event.id);
    const entry: Entry = {
      event,
      ordinal: before?.ordinal ?? ++derived.last,
      change: this.next(),
    };
    if (removedBy) entry.removedBy = removedBy;
    calendar.events.set(event.id, entry);
    this.index(calendar, derived, entry);
    this.changed(calendar);
    return entry;
  }

  /** Marks an event as changed although its own body is not, such as an exception of a deleted series. */
  touch(calendar: Calendar, entry: Entry): void {
    entry.change = this.next();
    this.of(calendar).log.push({ change: entry.change, id: entry.event.id });
    this.changed(calendar);
  }

  purge(calendar: Calendar, id: string): void {
    calendar.events.delete(id);
    calendar.purged.add(id);
    this.derived.delete(calendar);
    this.changed();
  }

  /** Entries changed after `change`, oldest change first, at a cost that does not grow with the calendar. */
  changedSince(calendar: Calendar, change: number): Entry[] {
    const { log } = this.of(calendar);
    const found: Entry[] = [];
    for (let i = log.length - 1; i >= 0 && log[i]!.change > change; i--) {
      const entry = calendar.events.get(log[i]!.id);
      if (entry?.change === log[i]!.change) found.push(entry);
    }
    return found.reverse();
  }

  /** Instants of an event's own start and end (of a series: of its first occurrence). */
  span(calendar: Calendar, event: EventBody): Span {
    return this.of(calendar).span.get(event.id) ?? spanOf(event, calendar.zone);
  }

  /** The stored exceptions of a series, cancelled ones too. */
  exceptions(calendar: Calendar, seriesId: string): Entry[] {
    const ids = this.of(calendar).exceptions.get(seriesId) ?? [];
    return [...ids].map((id) => calendar.events.get(id)!);
  }

  /** After a calendar's zone changed: all-day events begin at other instants. */
  forget(calendar: Calendar): void {
    this.derived.delete(calendar);
  }

  private of(calendar: Calendar): Derived {
    let derived = this.derived.get(calendar);
    if (!derived) {
      derived = { span: new Map(), exceptions: new Map(), log: [], last: 0 };
      this.derived.set(calendar, derived);
      const byChange = [...calendar.events.values()].sort((a, b) => a.change - b.change);
      for (const entry of byChange) this.index(calendar, derived, entry);
    }
    return derived;
  }

  private index(calendar: Calendar, derived: Derived, entry: Entry): void {
    const { id, recurringEventId } = entry.event;
    derived.last = Math.max(derived.last, entry.ordinal);
    derived.log.push({ change: entry.change, id });
    derived.span.set(id, spanOf(entry.event, calendar.zone));
    if (recurringEventId) {
      const siblings = derived.exceptions.get(recurringEventId) ?? new Set();
      derived.exceptions.set(recurringEventId, siblings.add(id));
    }
  }
}

function spanOf(event: EventBody, zone: string): Span {
  const start = event.start ?? event.originalStartTime;
  if (!start) return { from: 0, to: 0 };
  const from = instantOf(start, zone);
  return { from, to: event.end ? instantOf(event.end, zone) : from };
}

export function etagOf(change: number): string {
  return `"${3_500_000_000_000_000 + change * 2_000}"`;
}
