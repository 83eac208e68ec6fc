// What the side panel says itself: refusals and notices, in the language of the person who asks.

import type { Locale } from '../accounts/words.ts';
import { answerTo, type Refusal } from '../errors.ts';
import { fill, type Phrase } from '../phrase.ts';
import { unfollowedWords } from '../sync/follow.ts';

// {name} a business or calendar, {who} a person.
const phrases = {
  joined: {
    en: 'You are in {name} now, which had invited this address.',
    nb: 'Du er nå med i {name}, som hadde invitert denne adressen.',
  },
  asked: {
    en: 'Asked: somebody who runs {name} has to let you in.',
    nb: 'Sendt: en som styrer {name}, må slippe deg inn.',
  },
  created: {
    en: '{name} is made, with a service and yourself to book. Connect Google next, so that bookings show in your calendar.',
    nb: '{name} er opprettet, med en tjeneste og deg selv å booke. Koble til Google nå, så bookinger vises i kalenderen din.',
  },
  admitted: { en: '{who} is let in.', nb: '{who} er sluppet inn.' },
  rejected: { en: '{who} is not let in.', nb: '{who} er ikke sluppet inn.' },
  settled: { en: 'Somebody answered this already.', nb: 'Noen har allerede svart på dette.' },
  left: {
    en: 'You are not a member there any more.',
    nb: 'Du er ikke medlem der lenger.',
  },
  saved: { en: 'Saved.', nb: 'Lagret.' },
  linked: {
    en: '{name} is linked. It is being read; until that is done its resources count as taken.',
    nb: '{name} er koblet til. Den leses nå; til det er gjort, regnes ressursene som opptatt.',
  },
  mayNotWrite: {
    en: 'It is only shared for reading, so bookings are not written to it.',
    nb: 'Den er bare delt for lesing, så bookinger skrives ikke til den.',
  },
} satisfies Record<string, Phrase>;
export type Notice = keyof typeof phrases;

/** The sentence, with its braces filled. */
export const notice = (phrase: Notice, locale: Locale, values: Record<string, string> = {}): string =>
  fill(phrases[phrase][locale], values);

const byCode: Record<string, Phrase> = {
  invalid: {
    en: 'Something in the form is not right.',
    nb: 'Noe i skjemaet stemmer ikke.',
  },
  malformed: {
    en: 'The request could not be read: open the panel anew.',
    nb: 'Forespørselen kunne ikke leses: åpne panelet på nytt.',
  },
  unauthorized: {
    en: 'Google did not say who you are: open the panel anew.',
    nb: 'Google sa ikke hvem du er: åpne panelet på nytt.',
  },
  forbidden: {
    en: 'You may not do this here: ask somebody who runs the business.',
    nb: 'Du har ikke tilgang til dette: spør en som styrer virksomheten.',
  },
  not_found: {
    en: 'It is not there any more, or not yours.',
    nb: 'Det finnes ikke lenger, eller er ikke ditt.',
  },
  conflict: {
    en: 'It does not go with what is there already.',
    nb: 'Det går ikke sammen med det som er der fra før.',
  },
  stale: {
    en: 'It was changed meanwhile: this is how it is now, and nothing was done.',
    nb: 'Det ble endret i mellomtiden: slik er det nå, og ingenting ble gjort.',
  },
  taken: {
    en: 'That time is taken: choose another.',
    nb: 'Det tidspunktet er opptatt: velg et annet.',
  },
  not_offered: {
    en: 'That time cannot be booked.',
    nb: 'Det tidspunktet kan ikke bookes.',
  },
  wrong_state: {
    en: 'That is not possible any more, as it stands now.',
    nb: 'Det er ikke mulig lenger, slik det står nå.',
  },
  cutoff: {
    en: 'It is too late for that.',
    nb: 'Det er for sent for det.',
  },
  too_large: { en: 'That is too much at once: write less.', nb: 'Det er for mye på én gang: skriv mindre.' },
  unsupported_media_type: {
    en: 'The request could not be read: open the panel anew.',
    nb: 'Forespørselen kunne ikke leses: åpne panelet på nytt.',
  },
  idempotency_mismatch: {
    en: 'That button was used already: open the card anew.',
    nb: 'Den knappen er allerede brukt: åpne kortet på nytt.',
  },
  google_refused: { en: 'Google said no.', nb: 'Google sa nei.' },
  busy: {
    en: 'It does not work just now: try again in a minute.',
    nb: 'Det går ikke akkurat nå: prøv igjen om et minutt.',
  },
  internal: {
    en: 'Something failed on our side: try again in a minute.',
    nb: 'Noe feilet hos oss: prøv igjen om et minutt.',
  },
};

/** Of these the server's sentence says more than the code does: it names the field, or what stands in the way. */
const telling = new Set(['invalid', 'conflict', 'google_refused', 'wrong_state']);

/**
 * Why not, for a notice. Reasons that came with it are in the business's language, as everywhere; the server's own
 * sentences are English, so they are told to those who read English.
 */
export function refusalWords(
  { code, message, details }: Pick<Refusal, 'message' | 'details'> & { code: string },
  locale: Locale,
): string {
  const unfollowed = code === 'wrong_state' && unfollowedWords(details, locale);
  if (unfollowed) return unfollowed;
  const plain = (byCode[code] ?? byCode.internal!)[locale];
  const reasons = (details as { reasons?: { words?: string }[] } | undefined)?.reasons;
  const first = Array.isArray(reasons) ? reasons[0]?.words : undefined;
  if (first) return `${plain} ${first}`;
  return locale === 'en' && telling.has(code) ? message : plain;
}

/** As refusalWords, of whatever was thrown. */
export function failureWords(error: unknown, locale: Locale): string {
  const { code, message, details } = answerTo(error).body;
  return refusalWords({ code, message, details }, locale);
}
