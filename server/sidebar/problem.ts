// A failure with a way on: what is wrong, what to do, and which page does it.

import type * as z from 'zod';
import type { ProblemCard } from '../../shared/card-api.ts';
import type { AskPanel } from '../../shared/sidebar-api.ts';
import type { Locale } from '../accounts/words.ts';
import { answerTo } from '../errors.ts';
import type { Phrase } from '../phrase.ts';
import { refusalWords } from './words.ts';

export type Problem = z.output<typeof ProblemCard>;
type Code = Problem['code'];
type Way = { words: Phrase; next: Phrase; to: z.output<typeof AskPanel>['to'] | null };

const ways: Record<Code, Way> = {
  no_access: {
    words: {
      en: 'This account may not see this.',
      nb: 'Denne kontoen har ikke tilgang til dette.',
    },
    next: {
      en: 'Ask an owner of the business for access.',
      nb: 'Be en eier av virksomheten om tilgang.',
    },
    to: null,
  },
  wrong_account: {
    words: {
      en: 'This business lets in accounts of its own organisation only.',
      nb: 'Denne virksomheten slipper bare inn kontoer i sin egen organisasjon.',
    },
    next: {
      en: 'Open Calendar with that account.',
      nb: 'Åpne Kalender med den kontoen.',
    },
    to: null,
  },
  down: {
    words: { en: 'Sidebook does not answer just now.', nb: 'Sidebook svarer ikke akkurat nå.' },
    next: { en: 'Try again in a minute.', nb: 'Prøv igjen om et minutt.' },
    to: null,
  },
  scope_refused: {
    words: {
      en: 'The add-on was not allowed what it needs for this.',
      nb: 'Tillegget har ikke fått lov til det som trengs her.',
    },
    next: {
      en: 'Open it anew, and allow it when Google asks.',
      nb: 'Åpne det på nytt, og gi tillatelse når Google spør.',
    },
    to: null,
  },
  needs_reconnecting: {
    words: {
      en: 'Google no longer accepts the connection of the calendar.',
      nb: 'Google godtar ikke lenger tilkoblingen til kalenderen.',
    },
    next: { en: 'Connect the account again.', nb: 'Koble til kontoen på nytt.' },
    to: 'connect',
  },
  not_found: {
    words: { en: 'There is no such thing here.', nb: 'Det finnes ikke her.' },
    next: {
      en: 'It may have been removed, or belong to others. Go back to the overview.',
      nb: 'Det kan være fjernet, eller tilhøre andre. Gå tilbake til oversikten.',
    },
    to: null,
  },
  gone: {
    words: {
      en: 'This event is no longer in the calendar.',
      nb: 'Denne hendelsen er ikke lenger i kalenderen.',
    },
    next: { en: 'Close it, and open another.', nb: 'Lukk den, og åpne en annen.' },
    to: null,
  },
  outdated: {
    words: {
      en: 'This version of the add-on is too old for the server.',
      nb: 'Denne versjonen av tillegget er for gammel for serveren.',
    },
    next: { en: 'Reload Calendar.', nb: 'Last inn Kalender på nytt.' },
    to: null,
  },
  refused: {
    words: { en: 'That was refused.', nb: 'Det ble avslått.' },
    next: { en: 'Go back, and try something else.', nb: 'Gå tilbake, og prøv noe annet.' },
    to: null,
  },
};

/** What a code says by itself; what is known better takes its place. */
export function problemCard(
  code: Code,
  locale: Locale,
  better: Partial<Pick<Problem, 'words' | 'next' | 'to'>> = {},
): Problem {
  const { words, next, to } = ways[code];
  return { card: 'problem', code, words: words[locale], next: next[locale], to, ...better };
}

const byRefusal: Record<string, Code> = {
  not_found: 'not_found',
  forbidden: 'no_access',
  conflict: 'refused',
  wrong_state: 'refused',
  google_refused: 'refused',
  invalid: 'refused',
};

/** The card of what refused to become a card; undefined: that is for HTTP to say. */
export function problemOf(error: unknown, locale: Locale): Problem | undefined {
  const { status, body } = answerTo(error);
  const code = byRefusal[body.code];
  if (status >= 500 || code === undefined) return undefined;
  const own = code === 'refused' ? { words: refusalWords({ details: undefined, ...body }, locale) } : {};
  return problemCard(code, locale, own);
}
