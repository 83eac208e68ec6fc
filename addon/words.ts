// The labels of the cards in both languages; sentences about bookings and calendars come from the server.

/** English, Norwegian: a bundle of pairs is smaller than one of objects. */
type Phrase = readonly [en: string, nb: string];

// {braces}: filled in by `fill`.
const phrases = {
  // Everywhere
  today: ['Today', 'I dag'],
  tomorrow: ['Tomorrow', 'I morgen'],
  yes: ['Yes', 'Ja'],
  no: ['No', 'Nei'],
  open: ['Open', 'Åpne'],
  fixIt: ['Fix it', 'Ordne det'],
  refresh: ['Refresh', 'Oppdater'],
  tryAgain: ['Try again', 'Prøv igjen'],
  controlPanel: ['Control panel', 'Kontrollpanel'],
  openPanel: ['Open the control panel', 'Åpne kontrollpanelet'],
  settings: ['Settings', 'Innstillinger'],
  yourDay: ['Your day', 'Dagen din'],
  morning: ['Morning', 'Formiddag'],
  afternoon: ['Afternoon', 'Ettermiddag'],
  evening: ['Evening', 'Kveld'],
  moreInPanel: ['{count} more in the control panel', '{count} til i kontrollpanelet'],
  timesIn: ['Times in {zone}', 'Tider i {zone}'],
  nobodyNamed: ['No name', 'Uten navn'],
  green: ['All is well', 'Alt er i orden'],
  amber: ['Worth a look', 'Bør ses på'],
  red: ['Needs you', 'Trenger deg'],
  person: ['People', 'Personer'],
  room: ['Rooms', 'Rom'],
  vehicle: ['Cars', 'Biler'],
  equipment: ['Equipment', 'Utstyr'],

  // Home
  newBooking: ['New booking', 'Ny booking'],
  walkIn: ['Walk-in', 'Drop-in'],
  freeNow: ['Which is free now?', 'Hva er ledig nå?'],
  nothingThatDay: ['No bookings', 'Ingen bookinger'],
  waiting: ['Waits for your answer ({count})', 'Venter på svar fra deg ({count})'],
  approve: ['Approve', 'Godkjenn'],
  decline: ['Decline', 'Avslå'],
  whomBlocked: ['Whom do these block? ({count})', 'Hvem blokkerer disse? ({count})'],
  everybody: ['Everybody', 'Alle'],
  nobody: ['Nobody', 'Ingen'],
  somebodyElse: ['Somebody else', 'Noen andre'],
  choose: ['Choose', 'Velg'],
  untitled: ['An event', 'En hendelse'],
  repeats: ['repeats, {count} to come', 'gjentas, {count} igjen'],
  colliding: ['{count} bookings have an event in their way', '{count} bookinger har en hendelse i veien'],
  collidingOne: ['One booking has an event in its way', 'Én booking har en hendelse i veien'],
  asksToJoin: ['Want to join', 'Vil bli med'],
  letIn: ['Let in', 'Slipp inn'],
  notNow: ['No', 'Nei'],
  otherBusiness: ['Another business', 'En annen virksomhet'],

  // Statuses
  held: ['Held for now', 'Holdt av'],
  pending: ['Waits for approval', 'Venter på godkjenning'],
  confirmed: ['Confirmed', 'Bekreftet'],
  declined: ['Declined', 'Avslått'],
  expired: ['Ran out', 'Utløpt'],
  cancelled: ['Cancelled', 'Avlyst'],
  completed: ['Done', 'Gjennomført'],
  no_show: ['Did not show up', 'Møtte ikke opp'],

  // A booking
  customer: ['Customer', 'Kunde'],
  mail: ['Mail', 'E-post'],
  phone: ['Phone', 'Telefon'],
  service: ['Service', 'Tjeneste'],
  resources: ['With', 'Med'],
  places: ['{name}, {count} places', '{name}, {count} plasser'],
  seats: ['Seats', 'Plasser'],
  instructions: ['Special instructions', 'Spesielle ønsker'],
  notes: ['Notes', 'Notater'],
  history: ['History', 'Historikk'],
  why: ['Why', 'Hvorfor'],
  heldUntil: ['Until {at}', 'Til {at}'],
  sessionSeats: ['{taken} of {seats} seats taken', '{taken} av {seats} plasser er tatt'],
  reschedule: ['Reschedule', 'Flytt'],
  reassign: ['Reassign', 'Bytt ressurs'],
  cancel: ['Cancel', 'Avlys'],
  complete: ['Done', 'Gjennomført'],
  noShow: ['No-show', 'Møtte ikke opp'],
  resend: ['Send the confirmation again', 'Send bekreftelsen på nytt'],
  differs: ['Google Calendar shows it otherwise', 'Google Kalender viser noe annet'],
  apply: ['Apply Google’s', 'Bruk det i Google'],
  restore: ['Restore ours', 'Gjenopprett vårt'],
  inTheWay: ['In its way', 'I veien'],
  moveTo: ['Move to {at}', 'Flytt til {at}'],
  giveTo: ['Give to {name}', 'Gi til {name}'],

  // Cancel and decline
  cancelTitle: ['Cancel this booking?', 'Avlyse denne bookingen?'],
  declineTitle: ['Decline this booking?', 'Avslå denne bookingen?'],
  reason: ['Reason', 'Årsak'],
  reasonHint: ['May be left empty', 'Kan stå tomt'],
  tellCustomer: ['Tell the customer', 'Gi kunden beskjed'],
  cancelIt: ['Cancel the booking', 'Avlys bookingen'],
  declineIt: ['Decline the booking', 'Avslå bookingen'],
  keepIt: ['Keep it', 'Behold den'],

  // Another time
  rescheduleTitle: ['To another time', 'Til et annet tidspunkt'],
  now: ['Now', 'Nå'],
  day: ['Day', 'Dag'],
  time: ['Time', 'Tid'],
  noSlots: ['Nothing is free that day.', 'Ingenting er ledig den dagen.'],
  nextDays: ['Days that have free times', 'Dager med ledige tider'],
  otherTime: ['Another time', 'Et annet tidspunkt'],
  takeTime: ['Take this time', 'Bruk dette tidspunktet'],
  allTheSame: ['Do it all the same', 'Gjør det likevel'],
  seatsLeft: ['{time} ({count} left)', '{time} ({count} igjen)'],

  // Somebody else
  reassignTitle: ['Who takes over?', 'Hvem overtar?'],
  insteadOf: ['Instead of {name}', 'I stedet for {name}'],
  nobodyFree: ['Nobody else is free then.', 'Ingen andre er ledig da.'],

  // New
  who: ['With', 'Med'],
  anybody: ['Whoever is free', 'Den som er ledig'],
  chooseTime: ['Choose a time', 'Velg tid'],
  chosen: ['Chosen: {at}', 'Valgt: {at}'],
  name: ['Name', 'Navn'],
  book: ['Book', 'Book'],
  noServices: [
    'There is nothing to book yet: add a service in the control panel.',
    'Det er ingenting å booke ennå: legg til en tjeneste i kontrollpanelet.',
  ],
  chooseService: ['What for?', 'Hva gjelder det?'],
  eventOfIt: [
    'It is made of the open event, which then blocks nobody.',
    'Den lages av hendelsen som er åpen, og den blokkerer da ingen.',
  ],
  lasting: ['{name}, {count} min', '{name}, {count} min'],
  optional: ['May be left empty', 'Kan stå tomt'],

  // Free now
  freeUntil: ['Free until {at}', 'Ledig til {at}'],
  freeLong: ['Free', 'Ledig'],
  takenUntil: ['Taken until {at}', 'Opptatt til {at}'],
  takenLong: ['Taken', 'Opptatt'],
  everything: ['Everything', 'Alt'],
  asOf: ['As of {at}', 'Slik det er {at}'],
  nothingOfKind: ['There is nothing of the kind.', 'Det finnes ingenting av dette slaget.'],

  // Settings
  language: ['Language', 'Språk'],
  asCalendar: ['As Calendar', 'Som Kalender'],
  connection: ['Your Google connection', 'Google-tilkoblingen din'],
  calendars: ['Calendars', 'Kalendere'],
  noCalendars: ['No calendar is followed yet.', 'Ingen kalender følges ennå.'],
  undecidedRule: ['Undecided events block', 'Uavklarte hendelser blokkerer'],
  creator: ['Whoever made it', 'Den som laget den'],
  ask: ['Everybody, and ask me', 'Alle, og spør meg'],
  autoFix: ['Set Free in Google by itself', 'Sett til «Ledig» i Google av seg selv'],
  autoFixWhy: ['New events that do not block everybody', 'Nye hendelser som ikke blokkerer alle'],
  moreSettings: ['All its settings', 'Alle innstillinger'],
  members: ['People', 'Folk'],
  yourData: ['Your data', 'Dataene dine'],
  noResources: ['Linked to nobody', 'Ikke knyttet til noen'],
  owner: ['Owner', 'Eier'],
  admin: ['Administrator', 'Administrator'],
  staff: ['Staff', 'Medarbeider'],

  // Welcome
  welcome: ['Welcome to Sidebook', 'Velkommen til Sidebook'],
  welcomeWords: [
    'See your bookings in Calendar, and say whom an event really blocks.',
    'Se bookingene i Kalender, og si hvem en hendelse egentlig blokkerer.',
  ],
  invited: ['You are invited', 'Du er invitert'],
  join: ['Join', 'Bli med'],
  colleagues: ['Your colleagues are here', 'Kollegene dine er her'],
  askToJoin: ['Ask to join', 'Be om å bli med'],
  asked: ['Asked: wait until you are let in', 'Spurt: vent til du blir sluppet inn'],
  start: ['Start your own', 'Start din egen'],
  businessName: ['Name of the business', 'Navn på virksomheten'],
  create: ['Create', 'Opprett'],
  onTheWeb: ['Do it on the web', 'Gjør det på nettet'],
  chooseBusiness: ['Which business?', 'Hvilken virksomhet?'],

  // Problems
  no_access: ['No access', 'Ingen tilgang'],
  wrong_account: ['Another account', 'En annen konto'],
  down: ['Sidebook cannot be reached', 'Får ikke kontakt med Sidebook'],
  scope_refused: ['Permission is missing', 'En tillatelse mangler'],
  needs_reconnecting: ['Connect Google again', 'Koble til Google på nytt'],
  not_found: ['Not found', 'Finnes ikke'],
  gone: ['It is gone', 'Den er borte'],
  outdated: ['Sidebook has moved on', 'Sidebook er oppdatert'],
  refused: ['That did not work', 'Det gikk ikke'],
  allow: ['Allow', 'Tillat'],
  connectGoogle: ['Connect with Google', 'Koble til Google'],
  downWords: ['Sidebook does not answer just now.', 'Sidebook svarer ikke akkurat nå.'],
  downNext: [
    'Nothing is lost. It is asked again in a minute; or try again now.',
    'Ingenting går tapt. Det prøves igjen om et minutt; eller prøv igjen nå.',
  ],
  downAct: [
    'Sidebook does not answer just now. Tap again in a minute: it is done only once.',
    'Sidebook svarer ikke akkurat nå. Trykk igjen om et minutt: det gjøres bare én gang.',
  ],
  scopeWords: [
    'Sidebook was not allowed all it needs from your Google account.',
    'Sidebook fikk ikke alle tillatelsene det trenger fra Google-kontoen din.',
  ],
  scopeNext: [
    'Allow it, and leave all boxes ticked. If that does not help, your Google Workspace administrator has to.',
    'Gi tillatelse, og la alle boksene være avkrysset. Hjelper ikke det, må Google Workspace-administratoren gjøre det.',
  ],
  expiredWords: ['Your sign-in with Google ran out.', 'Google-innloggingen din er utløpt.'],
  expiredNext: [
    'Try again; if that does not help, reload Calendar.',
    'Prøv igjen; hjelper ikke det, last Kalender inn på nytt.',
  ],
  audienceWords: [
    'This copy of the add-on does not belong to the server that it asks.',
    'Dette tillegget hører ikke til tjeneren det spør.',
  ],
  audienceNext: [
    'Tell whoever set Sidebook up: its client id is missing on the server.',
    'Si fra til den som satte opp Sidebook: klient-ID-en mangler på tjeneren.',
  ],
  unknownWords: ['Sidebook could not make out who you are.', 'Sidebook fant ikke ut hvem du er.'],
  unknownNext: [
    'Reload Calendar. If that does not help, tell whoever set Sidebook up.',
    'Last Kalender inn på nytt. Hjelper ikke det, si fra til den som satte opp Sidebook.',
  ],
  unverifiedWords: [
    'Google has not verified your mail address.',
    'Google har ikke bekreftet e-postadressen din.',
  ],
  unverifiedNext: [
    'Verify it at myaccount.google.com, then try again.',
    'Bekreft den på myaccount.google.com, og prøv igjen.',
  ],
  domainWords: [
    'This business lets in accounts of its own organisation only.',
    'Denne virksomheten slipper bare inn kontoer i sin egen organisasjon.',
  ],
  domainNext: ['Open Calendar with your account there.', 'Åpne Kalender med kontoen din der.'],
  outdatedWords: [
    'The add-on and the server are of different versions.',
    'Tillegget og tjeneren har ulike versjoner.',
  ],
  outdatedNext: [
    'Reload Calendar to get the newest add-on.',
    'Last Kalender inn på nytt for å få det nyeste tillegget.',
  ],
  crashWords: ['Something failed in the add-on.', 'Noe feilet i tillegget.'],
  crashNext: [
    'Try again. If it fails again, tell whoever set Sidebook up.',
    'Prøv igjen. Feiler det igjen, si fra til den som satte opp Sidebook.',
  ],

  // Forms, before anything is sent
  missing: ['{field}: write something.', '{field}: skriv noe.'],
  tooShort: ['{field}: at least {count} characters.', '{field}: minst {count} tegn.'],
  tooLong: ['{field}: at most {count} characters.', '{field}: høyst {count} tegn.'],
  badForm: ['Something is not filled in right.', 'Noe er ikke riktig fylt ut.'],
  badField: ['{field}: this is not filled in right.', '{field}: dette er ikke riktig fylt ut.'],
  badMail: ['That is no mail address.', 'Det er ingen e-postadresse.'],
  badNumber: ['{field}: write a number.', '{field}: skriv et tall.'],
  tickSomebody: ['Tick at least one.', 'Kryss av for minst én.'],
  chooseFirst: ['Choose a time first.', 'Velg en tid først.'],
} satisfies Record<string, Phrase>;

export type Word = keyof typeof phrases;
export type Words = Record<Word, string>;

export function wordsOf(locale: 'en' | 'nb'): Words {
  const words: Partial<Words> = {};
  for (const word of Object.keys(phrases) as Word[]) words[word] = phrases[word][locale === 'nb' ? 1 : 0];
  return words as Words;
}

/** Puts values in for the {names} of a label. */
export const fill = (text: string, values: Record<string, string | number>): string =>
  text.replace(/\{(\w+)\}/g, (whole, name: string) => String(values[name] ?? whole));
