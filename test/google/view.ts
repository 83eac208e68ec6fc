// How a stored event looks to one reader: role, zone, whose calendar it is on, and how many guests are asked for.
import { atLeast } from './access.ts';
import { type Calendar, type Entry, type EventBody, etagOf, type Guest, type Role } from './state.ts';
import { shownWhen } from './when.ts';

export interface View {
  calendar: Calendar;
  role: Role;
  viewer: string;
  /** Zone of the answer; the calendar's unless asked otherwise. */
  zone: string;
  maxAttendees?: number;
  /** A tombstone or cancelled occurrence shows only its id (incremental lists, google-facts 1.3). */
  bareWhenCancelled?: boolean;
}

/** An event as the API answers it. */
export type Shown = Record<string, unknown> & {
  id: string;
  status: string;
  etag: string;
};

export function shown(entry: Pick<Entry, 'event' | 'change' | 'removedBy'>, view: View): Shown {
  const { event } = entry;
  const etag = etagOf(entry.change);
  if (event.status === 'cancelled' && (view.bareWhenCancelled || entry.removedBy === 'move')) {
    return bare(event, etag, view.zone);
  }
  const times = timesOf(event, view.zone);
  if (hidden(event, view)) {
    return {
      ...bare(event, etag, view.zone),
      ...times,
      updated: event.updated,
      visibility: 'private',
    };
  }
  const { attendees, extendedProperties, ...rest } = event;
  return {
    kind: 'calendar#event',
    etag,
    htmlLink: `https://www.google.com/calendar/event?eid=${Buffer.from(event.id).toString('base64url')}`,
    reminders: { useDefault: true },
    ...rest,
    ...times,
    ...(event.creator && { creator: marked(event.creator, view.calendar) }),
    ...(event.organizer && {
      organizer: marked(event.organizer, view.calendar),
    }),
    ...(attendees && shownGuests(attendees, event, view)),
    ...(extendedProperties && { extendedProperties }),
  };
}

function bare(event: EventBody, etag: string, zone: string): Shown {
  const { id, status, recurringEventId, originalStartTime } = event;
  return {
    kind: 'calendar#event',
    etag,
    id,
    status,
    ...(recurringEventId && { recurringEventId }),
    ...(originalStartTime && {
      originalStartTime: shownWhen(originalStartTime, zone),
    }),
  };
}

function timesOf(event: EventBody, zone: string): Record<string, unknown> {
  return {
    ...(event.start && { start: shownWhen(event.start, zone) }),
    ...(event.end && { end: shownWhen(event.end, zone) }),
    ...(event.originalStartTime && {
      originalStartTime: shownWhen(event.originalStartTime, zone),
    }),
    ...(event.transparency && { transparency: event.transparency }),
  };
}

function hidden(event: EventBody, { role, viewer }: View): boolean {
  if (role === 'freeBusyReader') return true;
  const isPrivate = event.visibility === 'private' || event.visibility === 'confidential';
  const takesPart = event.creator?.email === viewer || event.attendees?.some(({ email }) => email === viewer);
  return isPrivate && !atLeast(role, 'writer') && !takesPart;
}

function marked(who: { email: string; displayName?: string }, calendar: Calendar): object {
  return who.email === calendar.id ? { ...who, self: true } : who;
}

/** `self` is the guest whose calendar this is; a secondary calendar has none (google-facts 1.5). */
function shownGuests(guests: Guest[], event: EventBody, view: View): object {
  const all = guests.map((guest) => ({
    ...guest,
    ...(guest.email === event.organizer?.email && { organizer: true }),
    ...(guest.email === view.calendar.id && { self: true }),
  }));
  if (view.maxAttendees === undefined || all.length <= view.maxAttendees) return { attendees: all };
  return {
    attendees: all.filter(({ email }) => email === view.calendar.id),
    attendeesOmitted: true,
  };
}
