// The event object that Calendar hands to the add-on (google-facts 2.2), with what the manifest lets it hold and no more.
import type { Manifest } from './manifest.ts';

/** An event as the person has it open. One that is not saved yet has no id. */
export interface OpenEvent {
  calendarId: string;
  id?: string;
  recurringEventId?: string;
  organizer?: string;
  attendees?: {
    email: string;
    displayName?: string;
    self?: boolean;
    responseStatus?: string;
    organizer?: boolean;
  }[];
}

export interface Person {
  locale: string;
  /** IANA name. */
  zone: string;
  platform: 'WEB' | 'IOS' | 'ANDROID';
}

export interface Happening {
  person: Person;
  open?: OpenEvent | undefined;
  parameters?: Record<string, string> | undefined;
  formInputs?: Record<string, object> | undefined;
  /** For the zone's offset. */
  now: number;
}

const LOCALE_SCOPE = 'https://www.googleapis.com/auth/script.locale';

export function eventObject(
  manifest: Manifest,
  { person, open, parameters, formInputs, now }: Happening,
): object {
  const { oauthScopes, addOns } = manifest;
  const told = oauthScopes.includes(LOCALE_SCOPE) && addOns.common.useLocaleFromApp === true;
  const common = {
    hostApp: 'CALENDAR',
    platform: person.platform,
    ...(told && {
      userLocale: person.locale,
      timeZone: { id: person.zone, offset: offsetAt(now, person.zone) },
    }),
    ...(formInputs && Object.keys(formInputs).length > 0 && { formInputs }),
    ...(parameters && { parameters }),
  };
  const access = addOns.calendar.currentEventAccess;
  return { commonEventObject: common, ...(open && access && { calendar: calendarPart(open, access) }) };
}

function calendarPart(open: OpenEvent, access: string): object {
  const { calendarId, id, recurringEventId, organizer, attendees } = open;
  const reads = access === 'READ' || access === 'READ_WRITE';
  const writes = access === 'WRITE' || access === 'READ_WRITE';
  return {
    calendarId,
    ...(id !== undefined && { id }),
    ...(recurringEventId !== undefined && { recurringEventId }),
    ...(organizer !== undefined && { organizer: { email: organizer } }),
    capabilities: {
      canSeeAttendees: reads,
      canAddAttendees: writes,
      canSeeConferenceData: reads,
      canSetConferenceData: writes,
      canAddAttachments: writes,
    },
    ...(reads && attendees && { attendees }),
  };
}

/** Milliseconds east of UTC. */
export function offsetAt(instant: number, zone: string): number {
  const format = new Intl.DateTimeFormat('en-US', {
    ...{ timeZone: zone, hourCycle: 'h23', year: 'numeric', month: 'numeric', day: 'numeric' },
    ...{ hour: 'numeric', minute: 'numeric', second: 'numeric' },
  });
  const parts = Object.fromEntries(
    format.formatToParts(instant).map(({ type, value }) => [type, Number(value)]),
  );
  const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = parts;
  return Date.UTC(year, month - 1, day, hour, minute, second) - Math.floor(instant / 1_000) * 1_000;
}
