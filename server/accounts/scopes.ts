// What Google is asked to allow us, and what of it a person did not allow.
import type { Locale } from './words.ts';

const scope = (name: string) => `https://www.googleapis.com/auth/${name}`;

interface Permission {
  /** The narrowest that is enough: this one is asked for. */
  ask: string;
  /** One of these is enough. */
  any: string[];
  to: Record<Locale, string>;
}

/** @see https://developers.google.com/workspace/calendar/api/auth and, method by method, its reference */
const permissions = {
  email: {
    ask: 'userinfo.email',
    any: ['userinfo.email'],
    to: { en: 'see its mail address', nb: 'se e-postadressen' },
  },
  events: {
    ask: 'calendar.events',
    any: ['calendar', 'calendar.events'],
    to: { en: 'see and change events', nb: 'se og endre hendelser' },
  },
  read: {
    ask: 'calendar.events.readonly',
    any: ['calendar', 'calendar.readonly', 'calendar.events', 'calendar.events.readonly'],
    to: { en: 'see events', nb: 'se hendelser' },
  },
  list: {
    ask: 'calendar.calendarlist.readonly',
    any: ['calendar', 'calendar.readonly', 'calendar.calendarlist', 'calendar.calendarlist.readonly'],
    to: { en: 'list calendars', nb: 'liste opp kalendere' },
  },
  freebusy: {
    ask: 'calendar.freebusy',
    any: ['calendar', 'calendar.readonly', 'calendar.freebusy', 'calendar.events.freebusy'],
    to: { en: 'see when calendars are busy', nb: 'se når kalendere er opptatt' },
  },
} satisfies Record<string, Permission>;

export type Feature = 'events' | 'read' | 'freebusy';

/** What to ask for: what these need, and no more. Incremental: what a person allowed before stays allowed. */
export function scopesFor(features: readonly Feature[]): string[] {
  const { email, events, read, list, freebusy } = permissions;
  const wants = (feature: Feature) => features.includes(feature);
  const asked: Permission[] = [
    email,
    ...(wants('events') ? [events] : wants('read') ? [read] : []),
    list,
    ...(wants('freebusy') ? [freebusy] : []),
  ];
  return ['openid', ...asked.map(({ ask }) => scope(ask))];
}

export interface Missing {
  scope: string;
  to: Record<Locale, string>;
}

/** What of `asked` is not covered by `granted`, by a wider scope neither. Left out: what an account needs that does it all. */
export function missingOf(granted: readonly string[], asked = scopesFor(['events'])): Missing[] {
  return Object.values(permissions)
    .filter(
      ({ ask, any }) => asked.includes(scope(ask)) && !any.some((name) => granted.includes(scope(name))),
    )
    .map(({ ask, to }) => ({ scope: scope(ask), to }));
}

const allows = ({ any }: Permission, granted: readonly string[]): boolean =>
  any.some((name) => granted.includes(scope(name)));

/** Whether free/busy may be asked for: what calendars are read by that show nothing else. */
export const mayAskFreeBusy = (granted: readonly string[]) => allows(permissions.freebusy, granted);
export const mayRead = (granted: readonly string[]) => allows(permissions.read, granted);
export const mayWrite = (granted: readonly string[]) => allows(permissions.events, granted);
