// What the state of a calendar means and what to do about it, in the business's language.

import type { Locale } from '../accounts/words.ts';
import { fill, type Phrase } from '../phrase.ts';

// {at}, {since}, {until} local times; {code} Google's; {minutes}, {count} figures; {address} ours.
const phrases = {
  // Reading
  fresh: { en: 'Up to date: read at {at}.', nb: 'Oppdatert: lest {at}.' },
  first: {
    en: 'It is being read for the first time: {count} events so far. Until then its resources count as taken.',
    nb: 'Den leses for første gang: {count} hendelser så langt. Inntil da regnes ressursene som opptatt.',
  },
  late: {
    en: "It was last read at {at}, which is longer ago than it should be: its turn has not come yet, for Google's limits or much to do.",
    nb: 'Den ble sist lest {at}, og det er lenger siden enn det burde være: turen har ikke kommet ennå, på grunn av Googles grenser eller mye å gjøre.',
  },
  turn: {
    en: 'Nothing, if it is read soon; if not, tell whoever runs Sidebook: its worker may not be running.',
    nb: 'Ingenting, om den snart blir lest; hvis ikke, si fra til den som drifter Sidebook: det kan hende at arbeideren ikke kjører.',
  },
  off: {
    en: 'Reading calendars is switched off for this business: what stands in Google blocks nobody.',
    nb: 'Lesing av kalendere er slått av for denne virksomheten: det som står i Google, blokkerer ingen.',
  },
  switchOn: {
    en: "Switch reading on in the business's settings (pull), if it is to count.",
    nb: 'Slå på lesing i innstillingene for virksomheten (pull) om det skal telle.',
  },
  paused: {
    en: 'Paused by Google until {at}: more was asked of it than it allows ({code}).',
    nb: 'Satt på pause av Google til {at}: det ble spurt om mer enn Google tillater ({code}).',
  },
  byItself: {
    en: 'Nothing: it goes on by itself.',
    nb: 'Ingenting: det går videre av seg selv.',
  },
  trouble: {
    en: 'Google does not answer as it should just now ({code}): it is asked again at {at}.',
    nb: 'Google svarer ikke som det skal akkurat nå ({code}): det spørres igjen {at}.',
  },
  shrunk: {
    en: 'Google suddenly shows less than half of its events: what was read before counts, until another reading says the same. It is read again at {at}.',
    nb: 'Google viser plutselig mindre enn halvparten av hendelsene: det som ble lest før, gjelder til en ny lesing sier det samme. Den leses igjen {at}.',
  },
  gone: {
    en: 'Google no longer shows us this calendar: it was deleted, or is no longer shared with the connected account.',
    nb: 'Google viser oss ikke lenger denne kalenderen: den er slettet, eller ikke lenger delt med kontoen som er koblet til.',
  },
  forbidden: {
    en: 'The connected account may no longer read this calendar ({code}).',
    nb: 'Kontoen som er koblet til, får ikke lenger lese denne kalenderen ({code}).',
  },
  share: {
    en: 'Share the calendar with the connected account again, or stop following it.',
    nb: 'Del kalenderen med kontoen på nytt, eller slutt å følge den.',
  },
  timesOnly: {
    en: 'Google shows the connected account only when it is busy, and the account was not connected for that.',
    nb: 'Google viser kontoen som er koblet til, bare når den er opptatt, og kontoen er ikke koblet til for det.',
  },
  showMore: {
    en: 'Share the calendar with the connected account with all event details, or connect the account again for free/busy.',
    nb: 'Del kalenderen med kontoen med alle hendelsesdetaljer, eller koble kontoen til på nytt for ledig/opptatt.',
  },
  refused: {
    en: 'Google refuses to let us read it ({code}).',
    nb: 'Google nekter oss å lese den ({code}).',
  },
  lookUp: {
    en: "Look Google's code up; the debug bundle tells whoever helps you what happened.",
    nb: 'Slå opp koden fra Google; feilsøkingspakken forteller den som hjelper deg, hva som skjedde.',
  },
  internal: {
    en: 'Reading it fails on our side, not at Google: it is tried again at {at}.',
    nb: 'Lesingen feiler hos oss, ikke hos Google: det prøves igjen {at}.',
  },
  operator: {
    en: "Tell whoever runs Sidebook: the server's log says where it fails.",
    nb: 'Si fra til den som drifter Sidebook: serverloggen sier hvor det feiler.',
  },
  // What follows from not being read
  counts: {
    en: 'It has not been read since {since}; its last state counts until {until}, then its resources are closed.',
    nb: 'Den er ikke lest siden {since}; den siste tilstanden gjelder til {until}, så stenges ressursene.',
  },
  closed: {
    en: 'It has not been read since {since}, so its resources are closed since {until}.',
    nb: 'Den er ikke lest siden {since}, så ressursene er stengt siden {until}.',
  },
  open: {
    en: 'It has not been read since {since}; its last state goes on counting, so what was added since blocks nobody.',
    nb: 'Den er ikke lest siden {since}; den siste tilstanden gjelder fortsatt, så det som er lagt til siden, blokkerer ingen.',
  },
  never: {
    en: 'It was never read, so its resources count as taken.',
    nb: 'Den er aldri lest, så ressursene regnes som opptatt.',
  },
  // Its channel
  proven: {
    en: 'Google tells of changes as they happen, last at {at}.',
    nb: 'Google melder fra om endringer når de skjer, sist {at}.',
  },
  unproven: {
    en: 'Google told of no change yet; it is asked every {minutes} minutes as well.',
    nb: 'Google har ikke meldt om noen endring ennå; det spørres også hvert {minutes}. minutt.',
  },
  unheard: {
    en: 'Not even the first notice of Google has arrived since {since}: changes show when it is asked, every {minutes} minutes.',
    nb: 'Ikke engang den første meldingen fra Google har kommet siden {since}: endringer vises når det spørres, hvert {minutes}. minutt.',
  },
  reachable: {
    en: 'See to it that {address} can be reached from the internet (firewall, valid certificate), then press "sync now".',
    nb: 'Sørg for at {address} kan nås fra internett (brannmur, gyldig sertifikat), og velg «synkroniser nå».',
  },
  making: {
    en: 'Google is being asked to tell of changes; until then it is asked every {minutes} minutes.',
    nb: 'Google blir bedt om å melde fra om endringer; inntil da spørres det hvert {minutes}. minutt.',
  },
  polled: {
    en: 'Google tells of no changes in calendars of this kind, so it is asked every {minutes} minutes.',
    nb: 'Google melder ikke fra om endringer i kalendere av dette slaget, så det spørres hvert {minutes}. minutt.',
  },
  unsupported: {
    en: 'Google refuses to tell of changes in it ({code}), so it is asked every {minutes} minutes.',
    nb: 'Google nekter å melde fra om endringer i den ({code}), så det spørres hvert {minutes}. minutt.',
  },
  address: {
    en: 'Google does not send notices to our address ({code}), so it is asked every {minutes} minutes.',
    nb: 'Google sender ikke meldinger til adressen vår ({code}), så det spørres hvert {minutes}. minutt.',
  },
  setAddress: {
    en: 'Set PUBLIC_URL to an https address that can be reached from the internet (Google may also want its domain verified), then press "sync now".',
    nb: 'Sett PUBLIC_URL til en https-adresse som kan nås fra internett (Google kan også kreve at domenet er bekreftet), og velg «synkroniser nå».',
  },
  unwatched: {
    en: 'Google does not tell of changes for now ({code}), so it is asked every {minutes} minutes.',
    nb: 'Google melder ikke fra om endringer for tiden ({code}), så det spørres hvert {minutes}. minutt.',
  },
  noAddress: {
    en: 'Google is asked every {minutes} minutes: to have it tell of changes at once, this server needs an https address of its own (PUBLIC_URL).',
    nb: 'Google spørres hvert {minutes}. minutt: for at Google skal melde fra med en gang, trenger denne serveren en egen https-adresse (PUBLIC_URL).',
  },
  // What is owed to it
  owed: {
    en: '{count} changes of bookings are still to be written to it.',
    nb: '{count} endringer av bookinger skal fortsatt skrives til den.',
  },
  pushOff: {
    en: 'Writing bookings to Google is switched off for this business.',
    nb: 'Skriving av bookinger til Google er slått av for denne virksomheten.',
  },
  switchPushOn: {
    en: "Switch writing on in the business's settings (push), if Google is to show them.",
    nb: 'Slå på skriving i innstillingene for virksomheten (push) om Google skal vise dem.',
  },
  pushFails: {
    en: 'Writing to it fails just now ({code}): it is tried again by itself.',
    nb: 'Skriving til den feiler akkurat nå ({code}): det prøves igjen av seg selv.',
  },
  died: {
    en: '{count} bookings could not be written to it, and were given up.',
    nb: '{count} bookinger kunne ikke skrives til den, og ble gitt opp.',
  },
  retry: {
    en: 'Look at the pushes that died (GET /pushes), mend what they failed for, and try each again.',
    nb: 'Se på det som ble gitt opp (GET /pushes), rett det som feilet, og prøv på nytt.',
  },
  marks: {
    en: '{count} of its events are still to be set Free, or back.',
    nb: '{count} av hendelsene skal fortsatt settes til «Ledig», eller tilbake.',
  },
  marksDied: {
    en: '{count} of its events could not be set Free, or back, and were given up.',
    nb: '{count} av hendelsene kunne ikke settes til «Ledig», eller tilbake, og ble gitt opp.',
  },
  markAgain: {
    en: 'See to it that the connected account may write to the calendar, then set those events Free, or back, once more.',
    nb: 'Sørg for at kontoen som er koblet til, får skrive til kalenderen, og sett hendelsene til «Ledig», eller tilbake, en gang til.',
  },
} satisfies Record<string, Phrase>;

export type Phrased = keyof typeof phrases;

/** The sentence, with its braces filled. */
export function say(phrase: Phrased, locale: Locale, values: Record<string, string | number> = {}): string {
  return fill(phrases[phrase][locale], values);
}

/** What a pull's failure is to a person; `account`: it is not about this calendar alone. */
export type Failing =
  | 'paused'
  | 'trouble'
  | 'shrunk'
  | 'gone'
  | 'forbidden'
  | 'timesOnly'
  | 'internal'
  | 'refused';

const known: Record<string, Failing> = {
  authError: 'trouble',
  rateLimitExceeded: 'paused',
  userRateLimitExceeded: 'paused',
  RATE_LIMIT_EXCEEDED: 'paused',
  quotaExceeded: 'paused',
  dailyLimitExceeded: 'paused',
  http_429: 'paused',
  notFound: 'gone',
  deleted: 'gone',
  http_404: 'gone',
  http_410: 'gone',
  forbidden: 'forbidden',
  requiredAccessLevel: 'forbidden',
  http_403: 'forbidden',
  free_busy_scope: 'timesOnly',
  internal: 'internal',
  backendError: 'trouble',
  internalError: 'trouble',
  garbled: 'trouble',
  unreachable: 'trouble',
  no_sync_token: 'trouble',
  shrunk: 'shrunk',
  TimeoutError: 'trouble',
};

/** Of a code of google/errors.ts. The system's own (`ECONNRESET`) are of a Google that does not answer. */
export const failingOf = (code: string): Failing =>
  known[code] ?? (/^(http_5\d\d|E[A-Z_]{3,}|UND_ERR_\w+)$/.test(code) ? 'trouble' : 'refused');
