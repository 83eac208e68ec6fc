// What the page says, in English and Norwegian: as chosen, else as the browser speaks.

const speaks = /^(nb|nn|no)\b/.test(navigator.language) ? 'nb' : 'en';
export const locale = localStorage.getItem('locale') ?? speaks;

const words = {
  calendar: ['Calendar', 'Kalender'],
  calendars: ['Calendars', 'Kalendere'],
  week: ['Week', 'Uke'],
  today: ['Today', 'I dag'],
  earlier: ['Earlier', 'Tidligere'],
  later: ['Later', 'Senere'],
  create: ['Create', 'Opprett'],
  addOns: ['Add-ons', 'Tillegg'],
  close: ['Close', 'Lukk'],
  signedInAs: ['Signed in as', 'Logget på som'],
  untitled: ['(No title)', '(Uten tittel)'],
  allDay: ['All day', 'Hele dagen'],
  allDayShort: ['all-day', 'hele dagen'],
  to: ['to', 'til'],
  busy: ['Busy', 'Opptatt'],
  free: ['Free', 'Ledig'],
  tentative: ['tentative', 'foreløpig'],
  declined: ['declined', 'avslått'],
  repeats: ['Repeats', 'Gjentas'],
  edit: ['Edit', 'Rediger'],
  delete: ['Delete', 'Slett'],
  save: ['Save', 'Lagre'],
  newEvent: ['New event', 'Ny hendelse'],
  editEvent: ['Edit event', 'Rediger hendelse'],
  event: ['Event', 'Hendelse'],
  title: ['Title', 'Tittel'],
  addTitle: ['Add title', 'Legg til tittel'],
  from: ['From', 'Fra'],
  until: ['To', 'Til'],
  change: ['Change', 'Endre'],
  thisEvent: ['this event', 'denne hendelsen'],
  following: ['this and following', 'denne og de neste'],
  allEvents: ['all events', 'alle hendelser'],
  repeat: ['Repeat', 'Gjenta'],
  once: ['Does not repeat', 'Gjentas ikke'],
  daily: ['Daily', 'Hver dag'],
  weekly: ['Weekly', 'Hver uke'],
  weekdays: ['Every weekday', 'Hver ukedag'],
  monthly: ['Monthly', 'Hver måned'],
  inCalendar: ['Calendar', 'Kalender'],
  showAs: ['Show as', 'Vis som'],
  status: ['Status', 'Status'],
  confirmed: ['Confirmed', 'Bekreftet'],
  location: ['Location', 'Sted'],
  guests: ['Guests', 'Gjester'],
  addresses: ['mail addresses, separated by commas', 'e-postadresser med komma mellom'],
  description: ['Description', 'Beskrivelse'],
  going: ['Going?', 'Kommer du?'],
  yes: ['Yes', 'Ja'],
  no: ['No', 'Nei'],
  maybe: ['Maybe', 'Kanskje'],
  writer: ['may edit', 'kan endre'],
  reader: ['may look', 'kan se'],
  freeBusyReader: ['busy times only', 'bare opptatt/ledig'],
  noAccount: ['This person has no account here.', 'Denne personen har ingen konto her.'],
  offline: [
    'No connection. What you see may be out of date.',
    'Ingen forbindelse. Det du ser, kan være utdatert.',
  ],
  noCalendar: [
    'You cannot add events to any of these calendars.',
    'Du kan ikke legge til hendelser i noen av disse kalenderne.',
  ],
};

export const t = (name) => words[name][locale === 'nb' ? 1 : 0];

/** The frame comes in English. */
export function translate(root) {
  document.documentElement.lang = locale;
  for (const one of root.querySelectorAll('[data-text]')) one.textContent = t(one.dataset.text);
  for (const one of root.querySelectorAll('[data-label]'))
    one.setAttribute('aria-label', t(one.dataset.label));
}
