// Each permission the add-on asks for, and why: what the consent screen says and what the manifest is checked against.
import type { Phrase } from './listing.ts';

const google = (name: string) => `https://www.googleapis.com/auth/${name}`;

export interface Scope {
  scope: string;
  /** Why, to the person who is asked and to who verifies the app; one sentence. */
  why: Phrase;
  /** What fails without it. */
  needs: string;
  /** As Google's consent screen set-up sorts them; the console's own "Data access" page has the last word. */
  sensitivity: 'none' | 'sensitive';
  /** Why nothing narrower does. */
  narrower: string;
  /** Only in the build with calendar-updated triggers. */
  triggers?: true;
}

/** In the order of the manifest. */
export const scopes: Scope[] = [
  {
    scope: 'openid',
    why: {
      en: 'To know that it is you who opens Sidebook, without a password of its own.',
      nb: 'For å vite at det er du som åpner Sidebook, uten eget passord.',
    },
    needs: 'ScriptApp.getIdentityToken() answers null without it',
    sensitivity: 'none',
    narrower: 'It is the narrowest there is.',
  },
  {
    scope: google('userinfo.email'),
    why: {
      en: 'To find the business your colleagues invited you to by your mail address.',
      nb: 'For å finne virksomheten kollegene inviterte deg til, ved e-postadressen din.',
    },
    needs: 'the identity token holds no mail address without it',
    sensitivity: 'none',
    narrower: 'Name and picture (userinfo.profile) are not asked for.',
  },
  {
    scope: google('calendar.addons.execute'),
    why: {
      en: 'To be shown in Calendar’s side panel.',
      nb: 'For å vises i sidepanelet i Kalender.',
    },
    needs: 'every Calendar add-on',
    sensitivity: 'none',
    narrower: 'Required by Google of each Calendar add-on.',
  },
  {
    scope: google('calendar.addons.current.event.read'),
    why: {
      en: 'To know which event you have open, so that Sidebook shows the booking behind it.',
      nb: 'For å vite hvilken hendelse du har åpen, så Sidebook viser bookingen bak den.',
    },
    needs: 'currentEventAccess READ in the manifest; eventOpenTrigger tells of no event without',
    sensitivity: 'sensitive',
    narrower: 'Writing the open event through the panel (current.event.write) is not asked for.',
  },
  {
    scope: google('calendar.events'),
    why: {
      en: 'To set an event Free or Busy when you say whom it blocks, on calendars shared with you too.',
      nb: 'For å sette en hendelse til Ledig eller Opptatt når du sier hvem den opptar, også i kalendere som er delt med deg.',
    },
    needs: 'Calendar.Events.get, patch and update of the open event',
    sensitivity: 'sensitive',
    narrower:
      'calendar.events.owned does not reach calendars that others own, and shared calendars are what this is for; calendar.events.readonly cannot set Free.',
  },
  {
    scope: google('script.external_request'),
    why: {
      en: 'To ask the Sidebook server for your bookings and tell it what you decide.',
      nb: 'For å hente bookingene dine fra Sidebook-tjeneren og melde fra om det du bestemmer.',
    },
    needs: 'UrlFetchApp.fetch, to the one address in urlFetchWhitelist',
    sensitivity: 'none',
    narrower: 'It is the only scope for this; the whitelist narrows it to one address.',
  },
  {
    scope: google('script.locale'),
    why: {
      en: 'To speak your language and show times in your time zone.',
      nb: 'For å bruke språket ditt og vise klokkeslett i tidssonen din.',
    },
    needs: 'userLocale and timeZone in the event object (useLocaleFromApp)',
    sensitivity: 'none',
    narrower: 'It is the only scope for this.',
  },
  {
    scope: google('script.scriptapp'),
    why: {
      en: 'To look after one calendar of yours while Calendar is closed, if you switch that on.',
      nb: 'For å følge med på én av kalenderne dine mens Kalender er lukket, hvis du slår det på.',
    },
    needs: 'ScriptApp.newTrigger(…).forUserCalendar(…), only in the build with triggers',
    sensitivity: 'none',
    narrower: 'It is the only scope for this.',
    triggers: true,
  },
];

/** What the manifest of a build has to ask for: neither more nor less. */
export const scopesOf = (triggers: boolean, table = scopes): string[] =>
  table.filter((one) => triggers || !one.triggers).map(({ scope }) => scope);

/** @throws Error for a scope that the table lacks: `npm run publish:check` finds such a one first */
export function whyOf(scope: string): Scope['why'] {
  const found = scopes.find((one) => one.scope === scope);
  if (!found) throw new Error(`No reason is given for ${scope}.`);
  return found.why;
}

export const triggerScope = google('script.scriptapp');
