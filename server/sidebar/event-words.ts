// What the side panel says of an event that is no booking: what cannot be done, what is on its way, what was done.

import type { Locale } from '../accounts/words.ts';
import { fill, type Phrase } from '../phrase.ts';

// {whom} such as "it blocks Anna", {why} another of these, {until} a local date, {code} Google's, {name} a calendar's.
const phrases = {
  // Why it cannot be set Free
  out_of_office: {
    en: 'Google keeps out-of-office events Busy.',
    nb: 'Google lar «Ikke på jobb» stå som opptatt.',
  },
  focus_time: { en: 'Google keeps focus time Busy.', nb: 'Google lar fokustid stå som opptatt.' },
  read_only: {
    en: 'The account that reads this calendar may not change its events.',
    nb: 'Kontoen som leser kalenderen, kan ikke endre hendelsene i den.',
  },
  private: {
    en: 'It is private, and the account that reads the calendar may not change private events.',
    nb: 'Den er privat, og kontoen som leser kalenderen, kan ikke endre private hendelser.',
  },

  // What is owed to Google
  writing: { en: 'It is being written to Google.', nb: 'Det skrives til Google nå.' },
  trying: {
    en: 'Google has not taken it yet ({code}): it is tried again by itself.',
    nb: 'Google har ikke tatt imot det ennå ({code}): det prøves igjen av seg selv.',
  },
  switchedOff: {
    en: 'Writing to Google is switched off for this business: it holds here only.',
    nb: 'Skriving til Google er slått av for denne virksomheten: det gjelder bare her.',
  },
  disconnected: {
    en: "It is written to Google once the calendar's account is connected again.",
    nb: 'Det skrives til Google når kontoen til kalenderen er koblet til på nytt.',
  },
  refused: {
    en: 'Google refused the change ({code}). What was decided holds here all the same.',
    nb: 'Google avslo endringen ({code}). Det som er bestemt, gjelder her likevel.',
  },
  too_long: {
    en: 'It names more resources than an event has room for: Google does not show it, but it holds here.',
    nb: 'Den nevner flere ressurser enn en hendelse har plass til: Google viser det ikke, men det gjelder her.',
  },

  // What will not work
  readOnly: {
    en: 'You may not change this event in Google yourself. What you say here counts in Sidebook, which writes it to Google by the account that connected the calendar.',
    nb: 'Du kan ikke selv endre denne hendelsen i Google. Det du sier her, gjelder i Sidebook, som skriver det til Google med kontoen som koblet til kalenderen.',
  },
  readOnlyBoth: {
    en: 'You may not change this event in Google, and neither may Sidebook. What you say here counts in Sidebook.',
    nb: 'Du kan ikke endre denne hendelsen i Google, og det kan heller ikke Sidebook. Det du sier her, gjelder i Sidebook.',
  },
  over: {
    en: 'It was over so long ago that it takes nobody’s time any more.',
    nb: 'Den er over for så lenge siden at den ikke tar noens tid lenger.',
  },
  justRead: {
    en: 'It was read from Google just now, and counts in a moment.',
    nb: 'Den ble lest fra Google akkurat nå, og teller om et øyeblikk.',
  },

  // A decision found in the event
  proposed: {
    en: 'In the event itself somebody has said: {whom}. It counts once it is accepted.',
    nb: 'I selve hendelsen har noen sagt: {whom}. Det gjelder når det er godtatt.',
  },

  // In the way
  hit: { en: '{who}: {what}, {when}, {names}', nb: '{who}: {what}, {when}, {names}' },
  unnamed: { en: '{what}, {when}, {names}', nb: '{what}, {when}, {names}' },
  others: { en: 'A booking, {when}, {names}', nb: 'En booking, {when}, {names}' },

  // What it would cost
  event: { en: 'This event: {whom}.', nb: 'Denne hendelsen: {whom}.' },
  following: { en: 'This and those that follow: {whom}.', nb: 'Denne og de neste: {whom}.' },
  series: { en: 'The whole series: {whom}.', nb: 'Hele serien: {whom}.' },
  showsFree: { en: 'Google shows it as Free.', nb: 'Google viser den som ledig.' },
  showsBusy: { en: 'Google shows it as Busy.', nb: 'Google viser den som opptatt.' },
  staysBusy: { en: 'It stays Busy: {why}', nb: 'Den blir stående som opptatt: {why}' },
  counted: {
    en: 'Starts are counted until {until}.',
    nb: 'Starttidene er talt frem til {until}.',
  },
  someServices: {
    en: 'Of so many services only the shortest were counted.',
    nb: 'Av så mange tjenester er bare de korteste talt med.',
  },

  // Done
  decided: { en: 'Saved: {whom}.', nb: 'Lagret: {whom}.' },
  decidedSeries: { en: 'Saved for the whole series: {whom}.', nb: 'Lagret for hele serien: {whom}.' },
  undone: { en: 'Undone.', nb: 'Angret.' },
  accepted: { en: 'Accepted: {whom}.', nb: 'Godtatt: {whom}.' },
  turnedDown: { en: 'Turned down.', nb: 'Avslått.' },
  nothingToUndo: { en: 'There is nothing to undo.', nb: 'Det er ingenting å angre.' },
  notYetRead: {
    en: 'Nothing was done: this event has not been read yet. Try again in a moment.',
    nb: 'Ingenting ble gjort: denne hendelsen er ikke lest ennå. Prøv igjen om et øyeblikk.',
  },

  // Not to be seen
  late: {
    en: 'Sidebook has not read this event yet, and Google does not answer just now.',
    nb: 'Sidebook har ikke lest denne hendelsen ennå, og Google svarer ikke akkurat nå.',
  },
  lateNext: { en: 'Try again in a moment.', nb: 'Prøv igjen om et øyeblikk.' },
  askGoogle: {
    en: 'Google refuses to show this event to the account that reads the calendar.',
    nb: 'Google vil ikke vise denne hendelsen til kontoen som leser kalenderen.',
  },
  shareMore: {
    en: 'Share the calendar with that account, with the right to make changes to events.',
    nb: 'Del kalenderen med den kontoen, med rett til å endre hendelser.',
  },

  // Of a calendar that nobody is linked to
  mayBeLinked: {
    en: 'No resource is linked to this calendar, so its events block nobody. Link it, and they block whom you choose.',
    nb: 'Ingen ressurs er koblet til denne kalenderen, så hendelsene i den blokkerer ingen. Koble den til, så blokkerer de dem du velger.',
  },
  askThem: {
    en: 'No resource is linked to this calendar, so its events block nobody. An owner or admin can link it.',
    nb: 'Ingen ressurs er koblet til denne kalenderen, så hendelsene i den blokkerer ingen. En eier eller administrator kan koble den til.',
  },
  connectFirst: {
    en: 'No resource is linked to this calendar, so its events block nobody. To link it, first connect a Google account that may see it.',
    nb: 'Ingen ressurs er koblet til denne kalenderen, så hendelsene i den blokkerer ingen. For å koble den til må du først koble til en Google-konto som kan se den.',
  },
  nobodyToLink: {
    en: 'No resource is linked to this calendar, so its events block nobody. There is no resource to link to it yet.',
    nb: 'Ingen ressurs er koblet til denne kalenderen, så hendelsene i den blokkerer ingen. Det finnes ingen ressurs å koble til den ennå.',
  },
} satisfies Record<string, Phrase>;
export type EventPhrase = keyof typeof phrases;

export const tell = (
  phrase: EventPhrase,
  locale: Locale,
  values: Record<string, string | number> = {},
): string => fill(phrases[phrase][locale], values);
