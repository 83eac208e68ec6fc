// What an event may look like: the checks Google makes on a body, and the form it is stored in.
import { readSeries } from './recurrence.ts';
import { invalid, Refusal } from './refusal.ts';
import type { Calendar, EventBody, Guest } from './state.ts';
import { daysBetween, storedWhen, type When } from './when.ts';

export type Sent = Record<string, unknown>;

/** Fields a client may send but never set. */
const READ_ONLY = new Set([
  'kind',
  'etag',
  'id',
  'htmlLink',
  'created',
  'updated',
  'creator',
  'organizer',
  'hangoutLink',
  'locked',
  'recurringEventId',
  'originalStartTime',
  'iCalUID',
  'attendeesOmitted',
  'privateCopy',
  'endTimeUnspecified',
  'gadget',
]);

const GUEST_FIELDS = [
  'id',
  'email',
  'displayName',
  'responseStatus',
  'optional',
  'resource',
  'comment',
  'additionalGuests',
];

export function checkId(id: string): void {
  if (!/^[a-v0-9]{5,1024}$/.test(id)) throw invalid('Invalid resource id value.', '1.1', 'id');
}

export function writable(sent: Sent): Sent {
  return Object.fromEntries(Object.entries(sent).filter(([field]) => !READ_ONLY.has(field)));
}

/** Patch semantics: objects merge, null removes, arrays are replaced as a whole (google-facts 1.2). */
export function merged(before: Sent, sent: Sent): Sent {
  const result: Sent = { ...before };
  for (const [field, value] of Object.entries(sent)) {
    if (value === null) delete result[field];
    else if (isObject(value)) result[field] = merged(isObject(result[field]) ? result[field] : {}, value);
    else result[field] = value;
  }
  return result;
}

function isObject(value: unknown): value is Sent {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function withoutNulls(value: Sent): Sent {
  return merged({}, value);
}

/** What the fields a client cannot set are. */
export type Fixed = Pick<EventBody, 'id' | 'iCalUID' | 'created' | 'updated' | 'sequence' | 'eventType'> &
  Partial<EventBody>;

/**
 * The stored form of an event from the fields a client may set and those it may not.
 * Refuses with 400 whatever Google would (google-facts 1.3, 1.4, 1.6).
 */
export function settled(fields: Sent, fixed: Fixed, calendar: Calendar): EventBody {
  const sent = withoutNulls(fields);
  const recurrence = sent.recurrence as string[] | undefined;
  const recurs = recurrence !== undefined && recurrence.length > 0;
  if (recurs && fixed.recurringEventId) throw invalid('Invalid value for: recurrence', '1.4', 'recurrence');
  const start = storedWhen((sent.start ?? {}) as When, 'start', recurs);
  const end = storedWhen((sent.end ?? {}) as When, 'end', recurs);
  checkOrder(start, end);
  const event: EventBody = {
    ...sent,
    status: (sent.status ?? 'confirmed') as EventBody['status'],
    ...fixed,
    start,
    end,
  };
  for (const [field, standard] of [
    ['transparency', 'opaque'],
    ['visibility', 'default'],
  ] as const) {
    if (event[field] === standard) delete event[field];
  }
  if (!recurs) delete event.recurrence;
  else readSeries(recurrence, start, calendar.zone);
  if (event.attendees) event.attendees = guests(event.attendees);
  if (event.attendees?.length === 0) delete event.attendees;
  if (event.colorId !== undefined && !/^([1-9]|1[01])$/.test(event.colorId)) {
    throw invalid('Invalid color id.', '1.3', 'colorId');
  }
  settleProperties(event);
  checkType(event, calendar);
  return event;
}

function checkOrder(start: When, end: When): void {
  if ((start.date === undefined) !== (end.date === undefined)) {
    throw invalid('Start and end times must either both be date or both be dateTime.', '1.3', 'end');
  }
  // An all-day end is exclusive, so it lies after the start; a timed event may have no length.
  const empty = start.date !== undefined ? end.date! <= start.date : end.dateTime! < start.dateTime!;
  if (!empty) return;
  throw new Refusal({
    code: 400,
    domain: 'calendar',
    reason: 'timeRangeEmpty',
    message: 'The specified time range is empty.',
    facts: '1.3',
  });
}

function guests(sent: Guest[]): Guest[] {
  return sent.map((guest) => {
    if (!guest.email?.includes('@')) throw invalid('Missing attendee email.', '1.5', 'attendees');
    const kept = GUEST_FIELDS.filter((field) => guest[field] !== undefined && guest[field] !== null);
    const copy = Object.fromEntries(kept.map((field) => [field, guest[field]])) as Guest;
    return { responseStatus: 'needsAction', ...copy, email: guest.email.toLowerCase() };
  });
}

/** Long keys vanish and long values are cut without a word (google-facts 1.6). */
function settleProperties(event: EventBody): void {
  const sent = event.extendedProperties;
  delete event.extendedProperties;
  if (!sent) return;
  const kept: NonNullable<EventBody['extendedProperties']> = {};
  let count = 0;
  let bytes = 0;
  for (const scope of ['private', 'shared'] as const) {
    const pairs = Object.entries(sent[scope] ?? {})
      .filter(([key]) => key.length <= 44)
      .map(([key, value]) => [key, value.slice(0, 1_024)] as const);
    count += pairs.length;
    bytes += pairs.reduce((sum, [key, value]) => sum + Buffer.byteLength(key) + Buffer.byteLength(value), 0);
    if (pairs.length > 0) kept[scope] = Object.fromEntries(pairs);
  }
  if (count > 300 || bytes > 32 * 1_024) {
    throw invalid('Extended properties exceed the limit of 300 or 32 kB.', '1.6', 'extendedProperties');
  }
  if (kept.private || kept.shared) event.extendedProperties = kept;
}

function checkType(event: EventBody, calendar: Calendar): void {
  const refuse = (why: string) => {
    const reason = 'eventTypeRestriction';
    return new Refusal({
      code: 400,
      domain: 'calendar',
      reason,
      message: why,
      facts: '1.3',
    });
  };
  const { eventType, start, end, transparency, visibility } = event;
  const days = start!.date === undefined ? undefined : daysBetween(start!.date, end!.date!);
  if (eventType === 'default') return;
  if (eventType === 'fromGmail') throw refuse('An event of type fromGmail cannot be created.');
  if (!calendar.primary) throw refuse(`An event of type ${eventType} belongs on a primary calendar.`);
  if (eventType === 'outOfOffice' || eventType === 'focusTime') {
    if (days !== undefined) throw refuse(`An event of type ${eventType} cannot be all-day.`);
    if (transparency) throw refuse(`An event of type ${eventType} must be opaque.`);
    return;
  }
  if (transparency !== 'transparent') throw refuse(`An event of type ${eventType} must be transparent.`);
  if (eventType === 'workingLocation') {
    if (visibility !== 'public') throw refuse('A working location event must have public visibility.');
    if (days !== undefined && days !== 1) throw refuse('An all-day working location lasts one day.');
    if (!event.workingLocationProperties) throw refuse('Missing workingLocationProperties.');
    return;
  }
  if (visibility !== 'private') throw refuse('A birthday must have private visibility.');
  const yearly = event.recurrence?.some((line) => /^RRULE:.*FREQ=YEARLY/i.test(line));
  if (days !== 1 || !(yearly || event.recurringEventId)) {
    throw refuse('A birthday lasts one day and recurs yearly.');
  }
}
