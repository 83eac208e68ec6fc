// The labels of the cards about events that are no bookings, in both languages; offline also the sentence that says whom an event blocks, and why.
import type { Meaning, Outcome, Share } from '../shared/decide.ts';
import { fill } from './words.ts';

type Locale = 'en' | 'nb';
type Phrase = Record<Locale, string>;

// {braces}: filled in by `fill`.
const phrases = {
  title: { en: 'Whom does it block?', nb: 'Hvem blokkerer den?' },
  blocks: { en: 'Blocks now', nb: 'Blokkerer nå' },
  nobodyNow: { en: 'Nobody', nb: 'Ingen' },
  opens: { en: '{name} (opens)', nb: '{name} (åpner)' },
  some: { en: '{name} ({count} of {places})', nb: '{name} ({count} av {places})' },
  before: { en: '{count} min before', nb: '{count} min før' },
  after: { en: '{count} min after', nb: '{count} min etter' },
  less: { en: '{count} min shorter', nb: '{count} min kortere' },
  inGoogle: { en: 'In Google', nb: 'I Google' },
  showsFree: { en: 'Free', nb: 'Ledig' },
  showsBusy: { en: 'Busy', nb: 'Opptatt' },
  freedByUs: { en: 'Free, set by Sidebook', nb: 'Ledig, satt av Sidebook' },
  askWhom: { en: 'Somebody has to say', nb: 'Noen må bestemme' },
  undo: { en: 'Undo', nb: 'Angre' },
  undoFollowing: { en: 'Undo for this and following', nb: 'Angre for denne og de neste' },
  undoSeries: { en: 'Undo for the series', nb: 'Angre for hele serien' },
  onlyMe: { en: 'Only me', nb: 'Bare meg' },
  only: { en: 'Only {name}', nb: 'Bare {name}' },
  everybody: { en: 'Everybody', nb: 'Alle' },
  nobody: { en: 'Nobody', nb: 'Ingen' },
  inOneTap: { en: 'In one tap', nb: 'Med ett trykk' },
  choose: { en: 'Choose', nb: 'Velg' },
  chooseWhom: { en: 'It blocks', nb: 'Den blokkerer' },
  chooseMore: { en: 'and', nb: 'og' },
  holdsFor: { en: 'Holds for', nb: 'Gjelder' },
  thisOne: { en: 'This event', nb: 'Denne hendelsen' },
  following: { en: 'This and following', nb: 'Denne og de neste' },
  series: { en: 'The whole series', nb: 'Hele serien' },
  google: { en: 'In Google', nb: 'I Google' },
  setFree: {
    en: 'Set it Free: every system that reads the calendar sees the time as free',
    nb: 'Sett den til Ledig: alle systemer som leser kalenderen, ser tiden som ledig',
  },
  keepBusy: {
    en: 'Keep it Busy: only Sidebook knows whom it blocks',
    nb: 'La den stå som Opptatt: bare Sidebook vet hvem den blokkerer',
  },
  blockChosen: { en: 'Block these', nb: 'Blokker disse' },
  seeCost: { en: 'See what it costs', nb: 'Se hva det koster' },
  makeBooking: { en: 'Make a booking of it', nb: 'Lag en booking av den' },
  proposed: { en: 'Proposed in the event', nb: 'Foreslått i hendelsen' },
  accept: { en: 'Accept', nb: 'Godta' },
  turnDown: { en: 'Turn down', nb: 'Avvis' },
  pending: { en: 'On its way to Google', nb: 'På vei til Google' },
  limits: { en: 'Good to know', nb: 'Verdt å vite' },
  inTheWay: { en: 'Bookings in its way ({count})', nb: 'Bookinger i veien ({count})' },
  showBooking: { en: 'Show', nb: 'Vis' },
  moveTo: { en: 'To {at}', nb: 'Til {at}' },
  otherTime: { en: 'Another time', nb: 'Annen tid' },
  giveTo: { en: 'To {name}', nb: 'Til {name}' },

  // What it costs
  costTitle: { en: 'What it costs', nb: 'Hva det koster' },
  moreTaken: { en: '{minutes} min more taken', nb: '{minutes} min mer tatt' },
  lessTaken: { en: '{minutes} min given back', nb: '{minutes} min gitt tilbake' },
  moreOpened: { en: '{minutes} min more open', nb: '{minutes} min mer åpent' },
  lessOpened: { en: '{minutes} min less open', nb: '{minutes} min mindre åpent' },
  sameTaken: { en: 'As before', nb: 'Som før' },
  fewerSlot: { en: '1 fewer start time', nb: '1 starttid mindre' },
  fewerSlots: { en: '{count} fewer start times', nb: '{count} færre starttider' },
  moreSlot: { en: '1 more start time', nb: '1 starttid mer' },
  moreSlots: { en: '{count} more start times', nb: '{count} flere starttider' },
  until: { en: 'Minutes counted until {at}', nb: 'Minutter regnet til {at}' },
  noHits: { en: 'No booking is in its way.', nb: 'Ingen booking er i veien.' },
  nothingChanges: { en: 'Nothing changes for anybody.', nb: 'Ingenting endres for noen.' },
  doIt: { en: 'Do it', nb: 'Gjør det' },
  back: { en: 'Back', nb: 'Tilbake' },

  // Not linked
  unlinkedTitle: { en: 'Not linked', nb: 'Ikke knyttet til noen' },
  linkWhom: { en: 'Its events block', nb: 'Hendelsene blokkerer' },
  linkRule: {
    en: 'An event, unless told otherwise, blocks',
    nb: 'En hendelse blokkerer, om ikke annet er sagt,',
  },
  linkEverybody: { en: 'Everybody', nb: 'Alle' },
  linkNobody: { en: 'Nobody', nb: 'Ingen' },
  linkCreator: { en: 'Whoever made it', nb: 'Den som laget den' },
  linkAsk: { en: 'Everybody, and ask me', nb: 'Alle, og spør meg' },
  link: { en: 'Link this calendar', nb: 'Knytt til denne kalenderen' },

  // Not saved
  unsavedTitle: { en: 'Not saved yet', nb: 'Ikke lagret ennå' },
  unsaved: {
    en: 'Save the event first. Then open it again to say whom it blocks.',
    nb: 'Lagre hendelsen først. Åpne den så igjen for å si hvem den blokkerer.',
  },

  // The server cannot be reached
  away: {
    en: 'Sidebook cannot be reached. What you say here is kept in the event, and taken over when it is back.',
    nb: 'Får ikke kontakt med Sidebook. Det du velger her, lagres i hendelsen og overtas når den er tilbake.',
  },
  unread: {
    en: 'Sidebook has not seen this event yet. What you say here is kept in the event, and taken over when it is read.',
    nb: 'Sidebook har ikke sett denne hendelsen ennå. Det du velger her, lagres i hendelsen og overtas når den leses.',
  },
  awayFollowing: {
    en: '“This and following” has to wait until Sidebook is back: choose this event or the whole series.',
    nb: '«Denne og de neste» må vente til Sidebook er tilbake: velg denne hendelsen eller hele serien.',
  },
  awayRead: {
    en: 'You may not change events of this calendar. Ask its owner for the right to make changes; what it blocks is shown all the same.',
    nb: 'Du kan ikke endre hendelser i denne kalenderen. Be eieren om rett til å gjøre endringer; hva den blokkerer, vises likevel.',
  },
  awayCost: {
    en: 'What it costs cannot be told without Sidebook. Nothing was changed.',
    nb: 'Hva det koster, kan ikke sies uten Sidebook. Ingenting ble endret.',
  },
  awayBooking: { en: 'A booking', nb: 'En booking' },
  awayBookingWords: {
    en: 'Sidebook cannot be reached. This is what the event says; you can act on the booking when it is back.',
    nb: 'Får ikke kontakt med Sidebook. Dette står i hendelsen; du kan gjøre noe med bookingen når den er tilbake.',
  },
  kept: { en: 'Kept in the event', nb: 'Lagret i hendelsen' },
  undone: { en: 'As it was before', nb: 'Som den var før' },
  keptBusy: {
    en: 'Kept in the event. Google keeps events of this kind Busy.',
    nb: 'Lagret i hendelsen. Google lar hendelser av denne typen stå som Opptatt.',
  },
  staysBusy: {
    en: 'Google keeps events of this kind Busy.',
    nb: 'Google lar hendelser av denne typen stå som Opptatt.',
  },

  // The trigger
  off: { en: 'Off', nb: 'Av' },
  watch: { en: 'Free from here', nb: 'Ledig herfra' },
  watched: { en: 'Set new events Free by itself', nb: 'Sett nye hendelser til Ledig av seg selv' },
  watchedWhy: {
    en: 'For a calendar that Sidebook may not change: events that do not block everybody are set Free with your own rights, as they arrive.',
    nb: 'For en kalender Sidebook ikke kan endre: hendelser som ikke blokkerer alle, settes til Ledig med dine egne rettigheter etter hvert som de kommer.',
  },
  watchOn: { en: 'Switched on', nb: 'Slått på' },
  watchOff: { en: 'Switched off', nb: 'Slått av' },

  goneNext: { en: 'Open another event.', nb: 'Åpne en annen hendelse.' },
  scope_refusedNext: {
    en: 'Allow Sidebook to change events, then open this one again.',
    nb: 'Gi Sidebook tillatelse til å endre hendelser, og åpne denne igjen.',
  },
  refusedNext: { en: 'Nothing was changed.', nb: 'Ingenting ble endret.' },

  // Why Google did not do it
  unlinked: {
    en: 'Somebody you named is not linked to this calendar any more: open the event again.',
    nb: 'Noen du valgte er ikke koblet til denne kalenderen lenger: åpne hendelsen på nytt.',
  },
  changed: {
    en: 'Somebody is changing this event right now. Try again.',
    nb: 'Noen endrer denne hendelsen akkurat nå. Prøv igjen.',
  },
  gone: { en: 'This event is not there any more.', nb: 'Denne hendelsen finnes ikke lenger.' },
  forbidden: {
    en: 'Google does not let you change this event. Ask whoever owns the calendar.',
    nb: 'Google lar deg ikke endre denne hendelsen. Spør den som eier kalenderen.',
  },
  scope: {
    en: 'Sidebook lacks the permission to change your calendar. Allow it, then try again.',
    nb: 'Sidebook mangler tillatelse til å endre kalenderen din. Gi tillatelse, og prøv igjen.',
  },
  too_long: {
    en: 'That names more resources than an event has room for.',
    nb: 'Det nevner flere ressurser enn en hendelse har plass til.',
  },
  later: {
    en: 'Google did not answer as it should. Try again in a while.',
    nb: 'Google svarte ikke som ventet. Prøv igjen om litt.',
  },
} satisfies Record<string, Phrase>;

export type BlockWords = Record<keyof typeof phrases, string>;

export function blockWords(locale: Locale): BlockWords {
  const words: Partial<BlockWords> = {};
  for (const word of Object.keys(phrases) as (keyof typeof phrases)[]) words[word] = phrases[word][locale];
  return words as BlockWords;
}

// {whom}: "it blocks Anna and Bert".
const whys = {
  cancelled: { en: 'It is cancelled.', nb: 'Den er avlyst.' },
  declined: { en: 'It was declined.', nb: 'Den ble avslått.' },
  decision: { en: 'Somebody decided: {whom}.', nb: 'Noen har bestemt: {whom}.' },
  free: { en: 'It is marked Free: {whom}.', nb: 'Den er markert som ledig: {whom}.' },
  rule: { en: 'By a rule of the calendar: {whom}.', nb: 'Etter en regel for kalenderen: {whom}.' },
  type: { en: 'Events of this kind block nobody here.', nb: 'Hendelser av denne typen blokkerer ingen her.' },
  all_day: { en: 'All-day events block nobody here.', nb: 'Heldagshendelser blokkerer ingen her.' },
  tentative: { en: 'Tentative events block nobody here.', nb: 'Foreløpige hendelser blokkerer ingen her.' },
  unanswered: {
    en: 'Invitations without an answer block nobody here.',
    nb: 'Ubesvarte invitasjoner blokkerer ingen her.',
  },
  default: { en: 'Nobody has said otherwise: {whom}.', nb: 'Ingen har sagt noe annet: {whom}.' },
  ask: {
    en: 'Nobody has said whom it blocks: {whom} until then.',
    nb: 'Ingen har sagt hvem den blokkerer: {whom} inntil videre.',
  },
  unknown_creator: {
    en: 'Whoever made it has no resource here: {whom} until somebody says whom.',
    nb: 'Den som laget den har ingen ressurs her: {whom} til noen sier hvem.',
  },
} satisfies Record<Outcome['why']['code'], Phrase>;

const verbs = {
  block: { en: 'it blocks {list}', nb: 'den blokkerer {list}' },
  open: { en: 'it opens {list}', nb: 'den åpner {list}' },
  nobody: { en: 'it blocks nobody', nb: 'den blokkerer ingen' },
} satisfies Record<string, Phrase>;

/** Whom an event blocks and why, in one sentence. */
export function outcomeWords(
  { takes, why }: Outcome,
  named: ReadonlyMap<string, string>,
  locale: Locale,
): string {
  const some = (means: Meaning) => {
    const names = takes.flatMap((take) => (take.means === means ? [named.get(take.resourceId) ?? '?'] : []));
    return names.length > 0 ? [fill(verbs[means][locale], { list: listed(names, locale) })] : [];
  };
  const said = [...some('block'), ...some('open')];
  const whom = said.length > 0 ? listed(said, locale) : verbs.nobody[locale];
  return fill(whys[why.code][locale], { whom });
}

/** "Anna, Bert and Cara". */
export function listed(names: readonly string[], locale: Locale): string {
  const last = names[names.length - 1] ?? '';
  if (names.length < 2) return last;
  return `${names.slice(0, -1).join(', ')} ${locale === 'nb' ? 'og' : 'and'} ${last}`;
}

/** A resource and how much of it: "Anna", "Room (2 of 5)", "Cara, 15 min before". */
export function takeWords(take: Share & { name: string }, places: number, t: BlockWords): string {
  const { name, startShift, endShift, means } = take;
  const part = take.places !== null && take.places < places;
  const much = part ? fill(t.some, { name, count: take.places ?? 0, places }) : name;
  const less = Math.max(0, startShift) + Math.max(0, -endShift);
  return [
    means === 'open' ? fill(t.opens, { name: much }) : much,
    ...(startShift < 0 ? [fill(t.before, { count: -startShift })] : []),
    ...(endShift > 0 ? [fill(t.after, { count: endShift })] : []),
    ...(less > 0 ? [fill(t.less, { count: less })] : []),
  ].join(', ');
}
