// What every card is made with besides its data: the language, the person's zone, the open event, what is filled in.
import type { Card } from '../shared/card-api.ts';
import type { OpenEvent } from '../shared/sidebar-api.ts';
import { knownBook } from './book.ts';
import { eventOf, type Inputs, inputsOf, localeOf, type Told, zoneOf } from './event.ts';
import { type Words, wordsOf } from './words.ts';

export interface Env {
  locale: 'en' | 'nb';
  /** The person's, as Calendar says. */
  zone: string;
  /** What Calendar speaks; `locale` may have been chosen otherwise. */
  calendarLocale: 'en' | 'nb';
  /** Labels in the language. */
  t: Words;
  /** The open event, as Calendar names it; null: none, or not saved yet. */
  event: OpenEvent | null;
  /** What is filled in on the card that was tapped. */
  inputs: Inputs;
  /** ms since 1970. */
  now: number;
  /** What lies under all cards: the day, or the open event. */
  root: 'home' | 'event';
  /** The kind of card that is being drawn: `cardOf` fills it in. */
  on: string;
  /** The business whose card it is. Undefined: the server finds it, by the open event or because there is only one. */
  businessId: string | undefined;
  /** Chosen for the day by a person who is in several: where the open event does not say. */
  preferredId: string | undefined;
  /** The person asks for another try: the server is asked though it failed a moment ago. */
  insists: boolean;
  /** Version of the offline book as it was when the card was drawn. */
  known: string | null;
  /** The user's properties, read once a run. */
  kept: Record<string, string>;
}

/** What a card is made of. */
export type Data<K extends Card['card']> = Extract<Card, { card: K }>;

/** Names in the user's properties; those of the offline book are its own. */
export const LANGUAGE = 'language';
export const BUSINESS = 'business';

export function envOf(told: Told): Env {
  const kept = readKept();
  const { parameters = {} } = told.commonEventObject ?? {};
  const language = kept[LANGUAGE];
  const calendarLocale = localeOf(told);
  const locale = language === 'en' || language === 'nb' ? language : calendarLocale;
  const event = parameters.event ? (JSON.parse(parameters.event) as OpenEvent) : eventOf(told);
  const root = parameters.root === 'home' || (parameters.root !== 'event' && !event) ? 'home' : 'event';
  // The choice is for the day; an open event says itself whose it is.
  const businessId = parameters.business || (root === 'home' ? kept[BUSINESS] : undefined);
  return {
    locale,
    calendarLocale,
    zone: zoneOf(told),
    t: wordsOf(locale),
    event,
    inputs: inputsOf(told),
    now: Date.now(),
    root,
    on: '',
    businessId,
    preferredId: kept[BUSINESS] || undefined,
    insists: false,
    // A second tap has to be the same request as the first, which may have brought a new book meanwhile.
    known: parameters.known === undefined ? knownBook(kept, businessId) : parameters.known || null,
    kept,
  };
}

/** Without them there is still a card: in Calendar's language, of the day. */
function readKept(): Record<string, string> {
  try {
    return PropertiesService.getUserProperties().getProperties();
  } catch (error) {
    console.warn('properties: %s', error);
    return {};
  }
}
