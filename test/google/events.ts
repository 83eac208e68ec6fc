// The acts on one event: get, insert, import, update, patch, delete and move.
import { randomBytes } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { openCalendar } from './access.ts';
import { isGuestCopy, onlyOwnChanges, passOn } from './guests.ts';
import { asOfSeries, findOccurrence, instanceId } from './instances.ts';
import { originalStarts, readSeries } from './recurrence.ts';
import {
  deleted,
  duplicate,
  forbidden,
  invalid,
  notFound,
  notOrganizer,
  preconditionFailed,
  required,
} from './refusal.ts';
import { checkId, type Fixed, merged, type Sent, settled, writable } from './rules.ts';
import { type Calendar, type Entry, type EventBody, etagOf, type Role } from './state.ts';
import { shown } from './view.ts';
import { instantOf } from './when.ts';
import { type Answer, type Call, ok, stamp, type World } from './world.ts';

/** An event to act on: stored, or an occurrence that only its series' rule gives. */
interface Target {
  calendar: Calendar;
  role: Role;
  entry: Pick<Entry, 'event' | 'change' | 'removedBy'>;
}

const WRITER = 'writerWithoutPrivateAccess';

export function getEvent(call: Call): Answer {
  const found = target(call, 'freeBusyReader');
  const etag = etagOf(found.entry.change);
  if (call.ifNoneMatch === etag) return { status: 304, headers: { etag } };
  return answer(call, found);
}

export function insertEvent(call: Call): Answer {
  const { world, body } = call;
  const { calendar, role } = openCalendar(world.state, call.caller, {
    id: call.calendarId,
    least: WRITER,
  });
  if (body.id && body.iCalUID) throw invalid('Only one of id and iCalUID may be given.', '1.1', 'id');
  if (body.id) checkId(body.id as string);
  if (body.status === 'cancelled') throw invalid('Invalid value for: status', '1.3', 'status');
  const id = (body.id as string | undefined) ?? newId();
  const purged = calendar.purged.has(id) && !world.switches.purgedIdReusable;
  if (calendar.events.has(id) || purged) throw duplicate();
  const event = settled(supported(call), fresh(call, calendar, id), calendar);
  return answer(call, { calendar, role, entry: save(call, calendar, event) });
}

/** Upserts by iCalUID; the organizer may be set only here (google-facts 1.1). */
export function importEvent(call: Call): Answer {
  const { world, body } = call;
  const { calendar, role } = openCalendar(world.state, call.caller, {
    id: call.calendarId,
    least: WRITER,
  });
  if (!body.iCalUID) throw required('iCalUID', '1.1');
  if (body.id) throw invalid('Only one of id and iCalUID may be given.', '1.1', 'id');
  if ((body.eventType ?? 'default') !== 'default')
    throw invalid('Only default events can be imported.', '1.3');
  const before = [...calendar.events.values()].find(({ event }) => event.iCalUID === body.iCalUID)?.event;
  const fixed = before ? keptOf(world, before) : fresh(call, calendar, newId());
  const organizer = body.organizer as EventBody['organizer'] | null | undefined;
  if (organizer?.email) fixed.organizer = organizer;
  const event = settled(supported(call), fixed, calendar);
  return answer(call, { calendar, role, entry: save(call, calendar, event) });
}

/** PUT: everything is replaced, what is left out is lost. */
export function updateEvent(call: Call): Answer {
  const found = target(call, WRITER);
  return change(call, found, supported(call));
}

export function patchEvent(call: Call): Answer {
  const found = target(call, WRITER);
  return change(call, found, merged(writable(found.entry.event), supported(call)));
}

export function deleteEvent(call: Call): Answer {
  const found = target(call, WRITER);
  if (found.entry.event.status === 'cancelled') throw deleted();
  remove(call, found);
  return { status: 204 };
}

/** What the client's declared versions let through; the rest is ignored as Google does (google-facts 1.3). */
function supported({ body, query }: Call): Sent {
  const sent = writable(body);
  if (query.conferenceDataVersion !== 1) delete sent.conferenceData;
  if (query.supportsAttachments !== true) delete sent.attachments;
  delete sent[query.eventLabelVersion === 1 ? 'colorId' : 'eventLabelId'];
  return sent;
}

function change(call: Call, found: Target, fields: Sent): Answer {
  const { world, caller } = call;
  const { calendar, entry } = found;
  const before = entry.event;
  const sequence = fields.sequence as number | undefined | null;
  if (typeof sequence === 'number' && sequence < before.sequence) {
    throw invalid('Invalid sequence value. It is below the current sequence number.', '1.2', 'sequence');
  }
  if (typeof fields.eventType === 'string' && fields.eventType !== before.eventType) {
    throw invalid('The event type cannot be changed.', '1.3', 'eventType');
  }
  if (fields.status === 'cancelled') {
    if (before.status === 'cancelled') return answer(call, found);
    return answer(call, { ...found, entry: remove(call, found) });
  }
  const undeletes = before.status === 'cancelled' && !before.recurringEventId;
  const byPerson = entry.removedBy === 'person' || entry.removedBy === 'move';
  if (undeletes && byPerson && caller.surface === 'client' && !world.switches.undeleteAfterPerson) {
    throw forbidden('1.1');
  }
  const event = settled(fields, keptOf(world, before), calendar);
  event.sequence = Math.max(sequence ?? 0, before.sequence + (reschedules(before, event) ? 1 : 0));
  if (isGuestCopy(event, calendar) && !onlyOwnChanges(before, event, calendar)) throw notOrganizer();
  if (world.switches.identicalPatchKeepsEtag && same(before, event)) return answer(call, found);
  return answer(call, { ...found, entry: save(call, calendar, event) });
}

function same(before: EventBody, after: EventBody): boolean {
  return isDeepStrictEqual({ ...before, updated: '' }, { ...after, updated: '' });
}

function reschedules(before: EventBody, after: EventBody): boolean {
  const key = ({ start, end, recurrence, status }: EventBody) => ({
    start,
    end,
    recurrence,
    status,
  });
  return !isDeepStrictEqual(key(before), key(after));
}

function remove(call: Call, { calendar, entry }: Target): Entry {
  const event: EventBody = {
    ...entry.event,
    status: 'cancelled',
    updated: stamp(call.world),
    sequence: entry.event.sequence + 1,
  };
  return save(call, calendar, event);
}

/** Stores, tells the guests' copies, and brings the exceptions of a series along. */
function save({ world, caller }: Call, calendar: Calendar, event: EventBody): Entry {
  const { state } = world;
  const before = calendar.events.get(event.id);
  const gone = event.status === 'cancelled';
  const entry = state.put(calendar, event, gone ? caller.surface : undefined);
  passOn(world, { calendar, before: before?.event, entry });
  if (!event.recurringEventId) settleExceptions(world, calendar, event, before?.event);
  return entry;
}

/** A rule that no longer gives an occurrence ends its exception; a deleted series takes them all along. */
function settleExceptions(world: World, calendar: Calendar, series: EventBody, before?: EventBody): void {
  const exceptions = world.state.exceptions(calendar, series.id);
  if (exceptions.length === 0) return;
  for (const exception of exceptions) {
    if (series.status !== before?.status) world.state.touch(calendar, exception);
    if (series.status === 'cancelled' || exception.event.status === 'cancelled') continue;
    if (given(series, exception.event, calendar)) continue;
    const event = {
      ...exception.event,
      status: 'cancelled' as const,
      updated: stamp(world),
    };
    world.state.put(calendar, event, 'client');
  }
}

function given(series: EventBody, exception: EventBody, calendar: Calendar): boolean {
  if (!series.recurrence) return false;
  const at = instantOf(exception.originalStartTime!, calendar.zone);
  const starts = originalStarts(readSeries(series.recurrence, series.start!, calendar.zone), {
    from: at,
    to: at,
  });
  return starts.some((original) => instanceId(series.id, original) === exception.id);
}

/**
 * POST …/move: the event gets the destination's calendar as organizer, the source keeps a bare cancelled
 * one, and the answer says `cancelled` (google-facts 1.2).
 */
export function moveEvent(call: Call): Answer {
  const { world, caller, query } = call;
  const { state } = world;
  const found = target(call, WRITER);
  const { calendar: source, entry } = found;
  const { event } = entry;
  const ask = { id: query.destination as string, least: WRITER } as const;
  const { calendar: to } = openCalendar(state, caller, ask);
  if (event.status === 'cancelled') throw deleted();
  if (event.recurringEventId) throw invalid('Cannot move an instance of a recurring event.', '1.2');
  if (event.eventType !== 'default') throw invalid('Only default events can be moved.', '1.3');
  if (isGuestCopy(event, source)) throw notOrganizer();
  if (to === source) throw invalid('The destination is the calendar the event is on.', '1.2', 'destination');
  for (const moved of [event, ...state.exceptions(source, event.id).map((exception) => exception.event)]) {
    const there = to.events.get(moved.id);
    if (there && there.removedBy !== 'move') throw duplicate();
    const sequence = moved.sequence + 1;
    const organizer = { email: to.id, displayName: to.summary };
    state.put(to, { ...moved, organizer, updated: stamp(world), sequence });
    state.put(source, { ...moved, status: 'cancelled', updated: stamp(world) }, 'move');
  }
  passOn(world, {
    calendar: to,
    before: event,
    entry: to.events.get(event.id)!,
  });
  const left = source.events.get(event.id)!;
  return answer(call, {
    ...found,
    entry: { event: left.event, change: left.change },
  });
}

function fresh({ world, caller, body }: Call, calendar: Calendar, id: string): Fixed {
  const at = stamp(world);
  return {
    id,
    iCalUID: (body.iCalUID as string | undefined) ?? `${id}@google.com`,
    created: at,
    updated: at,
    sequence: (body.sequence as number | undefined) ?? 0,
    eventType: (body.eventType as string | undefined) ?? 'default',
    creator: { email: caller.person.email, displayName: caller.person.name },
    organizer: { email: calendar.id, displayName: calendar.summary },
  };
}

function keptOf(world: World, before: EventBody): Fixed {
  const { id, iCalUID, created, sequence, eventType, creator, organizer } = before;
  const { recurringEventId, originalStartTime } = before;
  return {
    id,
    iCalUID,
    created,
    updated: stamp(world),
    sequence,
    eventType,
    creator,
    organizer,
    ...(recurringEventId && { recurringEventId, originalStartTime }),
  };
}

function newId(): string {
  return [...randomBytes(26)].map((byte) => (byte % 32).toString(32)).join('');
}

/** The event of the call's path; for a write, only if If-Match allows. */
function target(call: Call, least: Role): Target {
  const ask = { id: call.calendarId, least };
  const { calendar, role } = openCalendar(call.world.state, call.caller, ask);
  const found = calendar.events.get(call.eventId) ?? virtual(calendar, call.eventId);
  if (!found) throw notFound();
  const entry = { ...found, event: asOfSeries(calendar, found.event) };
  const { ifMatch } = call;
  if (ifMatch && ifMatch !== '*' && ifMatch !== etagOf(entry.change)) throw preconditionFailed();
  return { calendar, role, entry };
}

function virtual(calendar: Calendar, id: string): Target['entry'] | undefined {
  const found = findOccurrence(calendar, id);
  return found && { event: found.event, change: found.series.change };
}

function answer(call: Call, { calendar, role, entry }: Target): Answer {
  const view = {
    calendar,
    role,
    viewer: call.caller.person.email,
    zone: (call.query.timeZone as string | undefined) ?? calendar.zone,
    maxAttendees: call.query.maxAttendees as number | undefined,
  };
  const body = shown(entry, view);
  return { ...ok(body), headers: { etag: body.etag } };
}
