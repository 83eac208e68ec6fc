// What the event of a booking or session is to look like on one calendar. Pure.
import { createHash } from 'node:crypto';
import type { BookingStatus, BusinessSettings } from '../../shared/api.ts';
import { type EventFacts, fillTemplates } from '../businesses/templates.ts';

/** A booking or session as it is now, with all that its event tells. */
export interface UnitNow {
  businessId: string;
  unitId: string;
  kind: 'booking' | 'session';
  status: BookingStatus;
  settings: BusinessSettings;
  facts: EventFacts;
  /** Those of its resources that have a colour, in the order of the service's groups, with where each is written. */
  colors: { calendarId: string; color: number }[];
}

/** The fields of an event that are ours: no other is ever changed. */
export interface OwnFields {
  summary: string;
  description: string;
  location: string;
  /** ISO, UTC; dates where a person made it all-day, and we go on from that. */
  start: string;
  end: string;
  zone: string;
  /** Only where a person made it a series, and we go on from that: never of our own making. */
  recurrence?: string[];
  status: 'confirmed' | 'tentative';
  transparency: 'opaque' | 'transparent';
  /** A person set it Free, and the business follows that. */
  freed?: true;
  /** Null: the calendar's own colour. */
  colorId: string | null;
  /** Of extendedProperties.private, those that are ours. */
  marks: Record<string, string>;
}

/** What is wanted of a calendar: no event, one like this, or the one there is (if there is one) marked as cancelled. */
export type Wanted =
  | { kind: 'none' }
  | { kind: 'event'; fields: OwnFields }
  | { kind: 'marked'; fields: OwnFields };

/** A hold is never shown; what waits for approval only where the business chose so. */
export function wantedOf(unit: UnitNow, calendarId: string): Wanted {
  switch (unit.status) {
    case 'confirmed':
    case 'completed':
    case 'no_show':
      return { kind: 'event', fields: fieldsOf(unit, calendarId) };
    case 'pending':
      return unit.settings.pushPending
        ? { kind: 'event', fields: fieldsOf(unit, calendarId) }
        : { kind: 'none' };
    case 'cancelled':
      return unit.settings.cancelledEvents === 'mark'
        ? { kind: 'marked', fields: fieldsOf(unit, calendarId) }
        : { kind: 'none' };
    case 'held':
    case 'declined':
    case 'expired':
      return { kind: 'none' };
  }
}

function fieldsOf(unit: UnitNow, calendarId: string): OwnFields {
  const { facts } = unit;
  const { title, description, location } = fillTemplates(unit.settings.event, facts);
  const color = unit.colors.find((one) => one.calendarId === calendarId)?.color;
  return {
    summary: title,
    description,
    location,
    start: new Date(facts.start).toISOString(),
    end: new Date(facts.end).toISOString(),
    zone: facts.zone,
    status: unit.status === 'pending' ? 'tentative' : 'confirmed',
    transparency: 'opaque',
    colorId: color === undefined ? null : String(color),
    marks: { sidebookBusiness: unit.businessId, [markOf[unit.kind]]: unit.unitId },
  };
}

const markOf = { booking: 'sidebookBooking', session: 'sidebookSession' };

const cancelledWord: Record<string, string> = { en: 'Cancelled: ', nb: 'Avlyst: ' };

/**
 * The event of a cancelled booking, made of what it was: its resources are let go, so the templates could not be
 * filled as before. Done twice, it is the same.
 */
export function asCancelled(was: OwnFields, locale: string): OwnFields {
  const word = cancelledWord[locale] ?? cancelledWord.en!;
  return {
    ...was,
    summary: was.summary.startsWith(word) ? was.summary : word + was.summary,
    transparency: 'transparent',
    marks: { ...was.marks, sidebookState: 'cancelled' },
  };
}

/**
 * The same id for the same event, however often and by whomever it is made: a lost answer leaves no second event.
 * Hex is within what Google takes (base32hex, 5 to 1024 characters).
 * @see https://developers.google.com/workspace/calendar/api/v3/reference/events/insert
 */
export const eventIdOf = (unitId: string, calendarId: string, generation: number): string =>
  createHash('sha256').update(`${unitId}:${calendarId}:${generation}`).digest('hex');
