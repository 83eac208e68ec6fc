// The open event, through the Calendar advanced service: read, set Free or as it was, and marked as the backend marks it.
import type { Decision } from '../shared/decide.ts';
import { MarkTooLong, readMark, writeMark } from '../shared/marks.ts';

/** As Google gives it; the types are older than `eventType`. */
export type GoogleEvent = GoogleAppsScript.Calendar.Schema.Event & { eventType?: string };

/** Why Google did not do what was asked of it. */
export type Trouble =
  /** Somebody changed it meanwhile, again and again. */
  | 'changed'
  /** Somebody named is not linked to the calendar any more. */
  | 'unlinked'
  | 'gone'
  /** The person may not, on this calendar or event. */
  | 'forbidden'
  /** The person has not allowed the add-on to. */
  | 'scope'
  | 'too_long'
  | 'later';

export class CalendarTrouble extends Error {
  override readonly name = 'CalendarTrouble';
  readonly trouble: Trouble;
  constructor(trouble: Trouble, message: string) {
    super(message);
    this.trouble = trouble;
  }
}

/** @throws CalendarTrouble gone, also where it was deleted */
export function getEvent(calendarId: string, eventId: string): GoogleEvent {
  const event = ask((events) => events.get(calendarId, eventId));
  if (event.status === 'cancelled' && !event.recurringEventId) throw new CalendarTrouble('gone', 'deleted');
  return event;
}

/** Whether the person may change events of this calendar (calendarList would need a scope more). @throws CalendarTrouble */
export function mayWrite(calendarId: string): boolean {
  const { accessRole } = ask((events) => events.list(calendarId, { maxResults: 1, fields: 'accessRole' }));
  return accessRole === 'writer' || accessRole === 'owner' || accessRole === 'writerWithoutPrivateAccess';
}

/** Seconds; the longest that Apps Script keeps anything. A right that is lacking is often asked for, and given soon. */
const REMEMBERED = { yes: 21_600, no: 300 };

/** As mayWrite, asked once in a while, or at once for whoever insists. Undefined: it cannot be told just now. */
export function mayWriteAsKnown(calendarId: string, insists: boolean): boolean | undefined {
  const cache = CacheService.getUserCache();
  // Names of what is cached are short (apps-script/reference/cache).
  const name = `writes_${Utilities.base64EncodeWebSafe(calendarId).slice(0, 200)}`;
  const known = insists ? null : cache.get(name);
  if (known) return known === 'yes';
  try {
    const may = mayWrite(calendarId);
    const said = may ? 'yes' : 'no';
    cache.put(name, said, REMEMBERED[said]);
    return may;
  } catch (error) {
    if (error instanceof CalendarTrouble) return undefined;
    throw error;
  }
}

/** What the event is to be. `decision` null: none of ours. */
export interface Wish {
  decision: Decision | null;
  free: boolean;
}

/** How often somebody else may be faster. */
const TURNS = 3;

/**
 * Makes the event what `wish` says of it as it is now, under its etag: nobody's change is lost. Only the two fields
 * that are ours are sent.
 * @throws CalendarTrouble
 */
export function markEvent(
  { calendarId, eventId, businessId }: { calendarId: string; eventId: string; businessId: string },
  wish: (found: GoogleEvent) => Wish | null,
): GoogleEvent {
  for (let turn = 1; ; turn++) {
    const found = getEvent(calendarId, eventId);
    const wanted = wish(found);
    const change = wanted && changeFor(found, businessId, wanted);
    if (!change) return found;
    try {
      return ask((events) =>
        events.patch(change, calendarId, eventId, {}, { 'If-Match': found.etag ?? '*' }),
      );
    } catch (error) {
      if (!(error instanceof CalendarTrouble) || error.trouble !== 'changed' || turn === TURNS) throw error;
    }
  }
}

/**
 * The fields to send; null: it is so already. As the backend does it, so that its next pull adopts what it finds: what
 * the event was is kept in the act that sets it Free, and one that a person set Free is none of ours. Busy again, it
 * keeps our mark: that is how the backend sees that its own wish to have it Free is over, and takes the mark away.
 */
function changeFor(
  found: GoogleEvent,
  businessId: string,
  { decision, free }: Wish,
): Pick<GoogleEvent, 'transparency' | 'extendedProperties'> | null {
  const now: Was = found.transparency === 'transparent' ? 'transparent' : 'opaque';
  const before = readMark(privateOf(found), businessId)?.freed ?? null;
  const byUs = before !== null && now === 'transparent';
  const setFree = free && now === 'opaque' && !keepsBusy(found);
  const transparency: Was = setFree ? 'transparent' : !free && byUs ? before.was : now;
  const properties = write({ businessId, decision, freed: setFree ? { was: now } : before });
  const there = privateOf(found);
  const changed = Object.entries(properties).filter(([key, value]) => (there[key] ?? null) !== value);
  if (changed.length === 0 && transparency === now) return null;
  return {
    ...(transparency !== now && { transparency }),
    // One that is to go is null: Google's patch takes it away (guides/extended-properties). The types know no null.
    ...(changed.length > 0 && {
      extendedProperties: { private: Object.fromEntries(changed) as Record<string, string> },
    }),
  };
}
type Was = 'opaque' | 'transparent';

function write(mark: Parameters<typeof writeMark>[0]): Record<string, string | null> {
  try {
    return writeMark(mark);
  } catch (error) {
    if (error instanceof MarkTooLong) throw new CalendarTrouble('too_long', error.message);
    throw error;
  }
}

export const privateOf = (event: GoogleEvent): Record<string, string> =>
  (event.extendedProperties?.private as Record<string, string> | undefined) ?? {};

/** Google refuses to have them Free (guides/calendar-status). */
export const keepsBusy = ({ eventType }: GoogleEvent): boolean =>
  eventType === 'outOfOffice' || eventType === 'focusTime';

type Events = GoogleAppsScript.Calendar.Collection.EventsCollection;

/** One question to Google. @throws CalendarTrouble */
export function ask<T>(question: (events: Events) => T): T {
  const events = Calendar.Events;
  if (!events) throw new CalendarTrouble('scope', 'No Calendar service');
  try {
    return question(events);
  } catch (error) {
    throw troubleOf(error);
  }
}

interface Refused {
  details?: { code?: number; errors?: { reason?: string }[] };
}

/** What Apps Script throws holds Google's answer as `details`; where it refuses by itself, there are none. */
function troubleOf(error: unknown): CalendarTrouble {
  const { details } = (error ?? {}) as Refused;
  const message = error instanceof Error ? error.message : String(error);
  return new CalendarTrouble(kindOf(details, message), message);
}

function kindOf(details: Refused['details'], message: string): Trouble {
  const reason = details?.errors?.[0]?.reason ?? '';
  switch (details?.code) {
    case 412:
      return 'changed';
    case 404:
    case 410:
      return 'gone';
    case 403:
      if (/rate|quota/i.test(reason)) return 'later';
      return reason === 'insufficientPermissions' ? 'scope' : 'forbidden';
    case 401:
      return 'scope';
    case undefined:
      return /permission|authori[sz]/i.test(message) ? 'scope' : 'later';
    default:
      return 'later';
  }
}
