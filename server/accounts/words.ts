// What Google's codes and the states of an account mean, and what to do about it, in the business's language.
import { fill, type Phrase } from '../phrase.ts';

export type Locale = 'en' | 'nb';

/** Businesses keep their language as text: one we have no words in is spoken to in English. */
export const localeOf = (locale: string): Locale => (locale === 'nb' ? 'nb' : 'en');

const trust: Phrase = {
  en: 'the Google Workspace administrator has to allow the app: admin.google.com, Security > Access and data control > API controls > Manage third-party app access, add the client id {client} as trusted. Then connect again.',
  nb: 'Google Workspace-administratoren må tillate appen: admin.google.com, Sikkerhet > Tilgangs- og datakontroll > API-kontroller > Administrer tilgang for tredjepartsapper, legg til klient-ID {client} som klarert. Koble deretter til på nytt.',
};
const publish: Phrase = {
  en: 'publish it in the Google Cloud console (Google Auth Platform > Audience > Publish app), then connect again.',
  nb: 'publiser den i Google Cloud-konsollen (Google Auth Platform > Målgruppe > Publiser app), og koble til på nytt.',
};

// {name} a person, {client} the Google app's id, {date} when it ends, {missing} what is not allowed, {uri} an address.
const phrases = {
  never: {
    en: '{name} has not connected a Google account. Installing the add-on alone gives Sidebook nothing: {name} has to connect once.',
    nb: '{name} har ikke koblet til noen Google-konto. Å installere tillegget alene gir ikke Sidebook noe: {name} må koble til én gang.',
  },
  connected: { en: 'Connected.', nb: 'Tilkoblet.' },
  disconnecting: {
    en: 'It is being disconnected: Google is told as soon as it answers. Nothing is left to do here.',
    nb: 'Den kobles fra: Google får beskjed så snart Google svarer. Det er ikke mer å gjøre her.',
  },
  disconnected: {
    en: 'Disconnected. Connect again to follow its calendars.',
    nb: 'Frakoblet. Koble til på nytt for å følge kalenderne.',
  },
  revoked: {
    en: 'Google no longer accepts the connection: access was taken away, it was not used for six months, or the account is suspended or deleted. Connect again; what is owed to its calendars waits until then. If Google does not let the person sign in, an administrator has to restore the account first (admin.google.com, Directory > Users).',
    nb: 'Google godtar ikke lenger tilkoblingen: tilgangen ble trukket tilbake, den var ubrukt i seks måneder, eller kontoen er sperret eller slettet. Koble til på nytt; det som skal til kalenderne, venter til da. Slipper ikke Google personen inn, må en administrator gjenopprette kontoen først (admin.google.com, Katalog > Brukere).',
  },
  testing: {
    en: `Google no longer accepts the connection, and it ended about seven days after it was made: that is how long connections last while the Google app is in Testing. To keep it from ending again, ${publish.en}`,
    nb: `Google godtar ikke lenger tilkoblingen, og den tok slutt omtrent sju dager etter at den ble laget: så lenge varer tilkoblinger mens Google-appen er i testing. For at det ikke skal skje igjen: ${publish.nb}`,
  },
  ends: {
    en: `Connected, but only until {date}: the Google app is in Testing, where connections last seven days. Before then, ${publish.en}`,
    nb: `Tilkoblet, men bare til {date}: Google-appen er i testing, og da varer tilkoblinger i sju dager. Før det: ${publish.nb}`,
  },
  admin_policy_enforced: {
    en: `The organisation does not let this app see its calendars: ${trust.en}`,
    nb: `Organisasjonen lar ikke denne appen se kalenderne: ${trust.nb}`,
  },
  unverified_app: {
    en: 'Google has not verified this Google app, so not everyone may connect: add the person as a test user, or have it verified in the Google Cloud console (Google Auth Platform > Verification centre). An app of your own that is Internal to your organisation needs neither.',
    nb: 'Google har ikke verifisert denne Google-appen, så ikke alle kan koble til: legg personen til som testbruker, eller få appen verifisert i Google Cloud-konsollen (Google Auth Platform > Bekreftelsessenter). En egen app som er intern i organisasjonen, trenger ingen av delene.',
  },
  suspended: {
    en: 'Google has suspended this account: an administrator has to restore it (admin.google.com, Directory > Users), then connect again.',
    nb: 'Google har sperret denne kontoen: en administrator må gjenopprette den (admin.google.com, Katalog > Brukere). Koble deretter til på nytt.',
  },
  wrong_app: {
    en: 'Google does not accept the Google app (client id {client}) that this was connected through: check its id and secret in the Google Cloud console.',
    nb: 'Google godtar ikke Google-appen (klient-ID {client}) som dette er koblet til gjennom: kontroller ID og hemmelighet i Google Cloud-konsollen.',
  },
  api_off: {
    en: 'The Google Calendar API is switched off for the Google app {client}: enable it in the Google Cloud console (APIs & Services > Library).',
    nb: 'Google Calendar API er slått av for Google-appen {client}: slå det på i Google Cloud-konsollen (APIs & Services > Library).',
  },
  unpermitted: {
    en: 'A permission that is needed was not given: connect again with all boxes ticked.',
    nb: 'En tillatelse som trengs, ble ikke gitt: koble til på nytt med alle boksene krysset av.',
  },
  org_internal: {
    en: 'The Google app {client} is Internal to another organisation: choose an account of that organisation, or make the app External in the Google Cloud console.',
    nb: 'Google-appen {client} er intern i en annen organisasjon: velg en konto der, eller gjør appen ekstern i Google Cloud-konsollen.',
  },
  disallowed_useragent: {
    en: 'Google does not allow signing in from inside this app: open the address in an ordinary browser.',
    nb: 'Google tillater ikke innlogging herfra: åpne adressen i en vanlig nettleser.',
  },
  access_denied: {
    en: 'Google was told no, so nothing was connected. If it was Google that said no: the app may be in Testing, and the person not among its test users.',
    nb: 'Svaret hos Google var nei, så ingenting ble koblet til. Var det Google som sa nei, kan appen være i testing uten at personen er testbruker.',
  },
  missing_scopes: {
    en: 'Nothing was connected, for these boxes were not ticked: {missing}. Connect again and tick them all.',
    nb: 'Ingenting ble koblet til, for disse boksene var ikke krysset av: {missing}. Koble til på nytt og kryss av alle.',
  },
  expired: {
    en: 'More than ten minutes went by, so nothing was connected: start again.',
    nb: 'Det gikk mer enn ti minutter, så ingenting ble koblet til: begynn på nytt.',
  },
  used: {
    en: 'This answer of Google was used before: if the account is not connected, start again.',
    nb: 'Dette svaret fra Google er brukt før: er ikke kontoen tilkoblet, så begynn på nytt.',
  },
  code_refused: {
    en: 'Google no longer accepted its own answer (too late, or used before), so nothing was connected: start again.',
    nb: 'Google godtok ikke lenger sitt eget svar (for sent, eller brukt før), så ingenting ble koblet til: begynn på nytt.',
  },
  no_refresh_token: {
    en: 'Google gave no lasting access, so nothing was connected. Remove the app at myaccount.google.com/connections, then start again.',
    nb: 'Google ga ingen varig tilgang, så ingenting ble koblet til. Fjern appen på myaccount.google.com/connections, og begynn på nytt.',
  },
  unreachable: {
    en: 'Google does not answer just now: try again in a minute.',
    nb: 'Google svarer ikke akkurat nå: prøv igjen om et minutt.',
  },
  app_changed: {
    en: 'The Google app was changed meanwhile, so nothing was connected: start again.',
    nb: 'Google-appen ble endret i mellomtiden, så ingenting ble koblet til: begynn på nytt.',
  },
  wrong_account: {
    en: 'Another account than the one that was meant gave its consent, so nothing was connected: start again, and choose that account at Google.',
    nb: 'En annen konto enn den som var ment, ga samtykke, så ingenting ble koblet til: begynn på nytt, og velg den kontoen hos Google.',
  },
  other_browser: {
    en: 'Another browser came back from Google than the one that was sent there, so nothing was connected: start again, and stay in one browser.',
    nb: 'En annen nettleser kom tilbake fra Google enn den som ble sendt dit, så ingenting ble koblet til: begynn på nytt, og bli i samme nettleser.',
  },
  sealed: {
    en: 'This server can no longer open what it had sealed (its secret keys were changed), so nothing was connected: start again, and if it stays so, enter your own Google app once more.',
    nb: 'Serveren kan ikke lenger åpne det den hadde forseglet (de hemmelige nøklene er endret), så ingenting ble koblet til: begynn på nytt, og legg inn din egen Google-app igjen om det fortsetter.',
  },
  redirect_uri_mismatch: {
    en: 'Google knows the app, but not our address: add {uri} to its authorised redirect URIs in the Google Cloud console.',
    nb: 'Google kjenner appen, men ikke adressen vår: legg til {uri} blant de godkjente videresendings-URI-ene i Google Cloud-konsollen.',
  },
  app_works: {
    en: 'Google accepts this client id and secret.',
    nb: 'Google godtar denne klient-ID-en og hemmeligheten.',
  },
  app_untold: {
    en: 'Google does not answer just now, so it could not be told whether they are right: try again in a minute.',
    nb: 'Google svarer ikke akkurat nå, så det kunne ikke avgjøres om de er riktige: prøv igjen om et minutt.',
  },
  app_wrong: {
    en: 'Google does not know this client id and secret together: copy both again from the Google Cloud console (Google Auth Platform > Clients).',
    nb: 'Google kjenner ikke denne klient-ID-en med denne hemmeligheten: kopier begge på nytt fra Google Cloud-konsollen (Google Auth Platform > Klienter).',
  },
  refused: {
    en: 'Google refused ({code}), so nothing was connected: start again, and if it stays so, look the code up.',
    nb: 'Google sa nei ({code}), så ingenting ble koblet til: begynn på nytt, og slå opp koden om det fortsetter.',
  },
} satisfies Record<string, Phrase>;

export type Code = keyof typeof phrases;

/** The sentence, with its braces filled. */
export function say(code: Code, locale: Locale, values: Record<string, string> = {}): string {
  return fill(phrases[code][locale], values);
}

/** Google's codes that speak of the account or the app, not of one request. */
const meanings: Record<string, Code> = {
  invalid_grant: 'revoked',
  admin_policy_enforced: 'admin_policy_enforced',
  domainPolicy: 'admin_policy_enforced',
  unverified_app: 'unverified_app',
  app_not_verified: 'unverified_app',
  suspended: 'suspended',
  account_suspended: 'suspended',
  accountSuspended: 'suspended',
  userSuspended: 'suspended',
  disabled_user: 'suspended',
  invalid_client: 'wrong_app',
  unauthorized_client: 'wrong_app',
  deleted_client: 'wrong_app',
  disabled_client: 'wrong_app',
  accessNotConfigured: 'api_off',
  SERVICE_DISABLED: 'api_off',
  insufficientPermissions: 'unpermitted',
  ACCESS_TOKEN_SCOPE_INSUFFICIENT: 'unpermitted',
  org_internal: 'org_internal',
  disallowed_useragent: 'disallowed_useragent',
  access_denied: 'access_denied',
  redirect_uri_mismatch: 'redirect_uri_mismatch',
};

/** Of a failed push or pull: those that are worth saying of the whole account. */
export const telling: string[] = Object.keys(meanings).filter(
  (code) => !['access_denied', 'redirect_uri_mismatch', 'disallowed_useragent'].includes(code),
);

export const meaningOf = (code: string): Code => meanings[code] ?? 'refused';

export interface Standing {
  state: 'connected' | 'needs_reconnecting' | 'disconnecting' | 'disconnected';
  /** Google's code: of the account, or of what fails on its calendars just now. */
  failure: string | null;
  connectedAt: Date;
  failedAt: Date | null;
  endsAt: Date | null;
}

/** How an account stands, as a code of ours; `connected`: all is well. */
export function standingOf({ state, failure, connectedAt, failedAt, endsAt }: Standing): Code {
  if (state === 'disconnecting' || state === 'disconnected') return state;
  if (state === 'needs_reconnecting') {
    const meaning = meaningOf(failure ?? 'invalid_grant');
    const lasted = failedAt && failedAt.getTime() - connectedAt.getTime();
    // Not by what Google said when it was made: one of those may be revoked after an hour as well.
    const short = lasted !== null && lasted >= 6 * day && lasted <= 8 * day;
    if (short && meaning === 'revoked') return 'testing';
    return meaning === 'refused' ? 'revoked' : meaning;
  }
  if (failure && telling.includes(failure)) return meaningOf(failure);
  return endsAt ? 'ends' : 'connected';
}

const day = 24 * 3_600_000;
