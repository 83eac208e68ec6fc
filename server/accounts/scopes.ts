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

const always: Permission[] = [permissions.email, permissions.events, permissions.list];

export type Feature = 'events' | 'freebusy';

/** What to ask for. Incremental: what a person allowed before stays allowed. */
export function scopesFor(features: readonly Feature[]): string[] {
  const more = features.includes('freebusy') ? [permissions.freebusy] : [];
  return ['openid', ...[...always, ...more].map(({ ask }) => scope(ask))];
}

export interface Missing {
  scope: string;
  to: Record<Locale, string>;
}

/** What of `asked` is not covered by `granted`, by a wider scope neither. Left out: what every account needs. */
export function missingOf(granted: readonly string[], asked = scopesFor(['events'])): Missing[] {
  return Object.values(permissions)
    .filter(
      ({ ask, any }) => asked.includes(scope(ask)) && !any.some((name) => granted.includes(scope(name))),
    )
    .map(({ ask, to }) => ({ scope: scope(ask), to }));
}

/** Whether free/busy may be asked for: what calendars are read by that show nothing else. */
export const mayAskFreeBusy = (granted: readonly string[]): boolean =>
  permissions.freebusy.any.some((name) => granted.includes(scope(name)));
