// What Calendar tells with each call: who looks, from where, at which event, and what is filled in.
import type { OpenEvent } from '../shared/sidebar-api.ts';
import { DAY, dateOf, isZone } from '../shared/time.ts';

/** As far as we read it (developers.google.com/workspace/add-ons/concepts/event-objects). */
export interface Told {
  commonEventObject?: {
    platform?: string;
    userLocale?: string;
    timeZone?: { id?: string };
    parameters?: Record<string, string>;
    formInputs?: Record<string, FormInput>;
  };
  calendar?: { calendarId?: string; id?: string; recurringEventId?: string };
}
interface FormInput {
  stringInputs?: { value?: string[] };
  /** Of a date picker: midnight UTC of the date, as a string. */
  dateInput?: { msSinceEpoch?: string | number };
  dateTimeInput?: { msSinceEpoch?: string | number };
  timeInput?: { hours?: number; minutes?: number };
}

/** The open event; null: none is open, or it has no id yet because it is not saved. */
export function eventOf({ calendar }: Told): OpenEvent | null {
  if (!calendar?.calendarId || !calendar.id) return null;
  return { calendarId: calendar.calendarId, eventId: calendar.id };
}

/** The language of the panel: Norwegian for any Norwegian, English for all others. */
export const localeOf = ({ commonEventObject }: Told): 'en' | 'nb' =>
  /^(nb|nn|no)\b/i.test(commonEventObject?.userLocale ?? '') ? 'nb' : 'en';

/** The person's zone; UTC if Calendar does not say, or says one that nobody knows. */
export function zoneOf({ commonEventObject }: Told): string {
  const id = commonEventObject?.timeZone?.id ?? '';
  return isZone(id) ? id : 'UTC';
}

/** What is filled in, by the names of the fields. */
export interface Inputs {
  /** Of a text field, drop-down or radio; undefined: the card has no such field, or nothing is chosen. */
  text(field: string): string | undefined;
  /** Of check boxes; a switch that is on holds one value. */
  all(field: string): string[];
  /** `YYYY-MM-DD` of a date picker. */
  date(field: string): string | undefined;
  /** `HH:MM` of a time picker. */
  time(field: string): string | undefined;
}

export function inputsOf({ commonEventObject }: Told): Inputs {
  const inputs = commonEventObject?.formInputs ?? {};
  const all = (field: string) => inputs[field]?.stringInputs?.value ?? [];
  return {
    all,
    text: (field) => all(field)[0],
    date(field) {
      const { dateInput, dateTimeInput } = inputs[field] ?? {};
      const ms = Number(dateInput?.msSinceEpoch ?? dateTimeInput?.msSinceEpoch ?? Number.NaN);
      return Number.isFinite(ms) ? dateOf(Math.floor(ms / DAY)) : undefined;
    },
    time(field) {
      const { hours, minutes } = inputs[field]?.timeInput ?? {};
      if (hours === undefined && minutes === undefined) return undefined;
      return `${two(hours ?? 0)}:${two(minutes ?? 0)}`;
    },
  };
}

const two = (number: number) => String(number).padStart(2, '0');
