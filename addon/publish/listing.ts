// What the Workspace Marketplace shows of Sidebook, in both languages, and within what lengths Google takes it.

export type Locale = 'en' | 'nb';
export type Phrase = Record<Locale, string>;

/**
 * In characters (workspace/marketplace/create-listing). The name has to be that of the OAuth consent screen, and to do
 * without "Google".
 */
export const most = { name: 50, short: 200, detailed: 15_999 };

export interface Listing {
  name: string;
  short: Phrase;
  /** Paragraphs apart by an empty line; the shop shows them as they are. */
  detailed: Phrase;
  category: string;
  pricing: string;
  /** Paths below the backend's address, for the shop's fields. */
  links: Record<'homepage' | 'privacy' | 'terms' | 'support' | 'deletion', string>;
}

export const listing: Listing = {
  name: 'Sidebook',
  short: {
    en: 'Bookings beside your calendar: see the booking behind an event, act on it, and settle whom a shared calendar’s event blocks.',
    nb: 'Bookinger ved siden av kalenderen: se bookingen bak en hendelse, behandle den, og avgjør hvem en hendelse i en delt kalender opptar.',
  },
  detailed: {
    en: `Sidebook is a booking system for people who work in Google Calendar all day. Customers book; you stay in your calendar.

Open an event that is a booking, and the side panel shows who booked, what for, their answers and phone number. Approve it, move it to another free time, give it to a colleague, or cancel it, without leaving the calendar.

Open any other event on a calendar you share, and Sidebook says whom it blocks and why. Is it Anna’s dentist, and not the whole clinic’s? Tick Anna. The others can be booked at that time again at once, the event may be set Free for every other system that reads the calendar, and each change can be undone.

With no event open you see your day: the next bookings, what waits for approval, what is still to be settled, and whether your calendars are read and written as they should be. New bookings and walk-ins take three taps.

• Two bookings never get the same person, room, vehicle or place.
• Move or delete a booking’s event in Calendar, and Sidebook puts it right, asks you, or follows, as you choose.
• Rules settle what can be settled without you: a name or tag in the text, a colour, who typed it.
• What cannot be read is never offered as free.
• Of your own events Sidebook keeps times and whether you are busy, not titles, guests or descriptions, unless your business chooses to keep titles.

Sidebook needs a Sidebook server, run by you or by whoever offers it to you. In English and Norwegian.`,
    nb: `Sidebook er et bookingssystem for dem som arbeider i Google Kalender hele dagen. Kundene bestiller; du blir i kalenderen.

Åpne en hendelse som er en booking, og sidepanelet viser hvem som har bestilt, hva det gjelder, svarene og telefonnummeret. Godkjenn den, flytt den til en annen ledig tid, gi den til en kollega eller avlys den, uten å forlate kalenderen.

Åpne en annen hendelse i en kalender dere deler, og Sidebook sier hvem den opptar og hvorfor. Er det Annas tannlegetime, og ikke hele klinikkens? Kryss av for Anna. De andre kan straks bestilles på den tiden igjen, hendelsen kan settes til Ledig for alle andre systemer som leser kalenderen, og hver endring kan angres.

Uten åpen hendelse ser du dagen din: de neste bookingene, hva som venter på godkjenning, hva som ennå må avgjøres, og om kalenderne leses og skrives som de skal. Nye bookinger og drop-in tar tre trykk.

• To bookinger får aldri samme person, rom, kjøretøy eller plass.
• Flytter eller sletter du hendelsen til en booking i Kalender, retter Sidebook det opp, spør deg eller følger etter, slik du velger.
• Regler avgjør det som kan avgjøres uten deg: et navn eller en merkelapp i teksten, en farge, hvem som skrev den.
• Det som ikke kan leses, blir aldri tilbudt som ledig.
• Av dine egne hendelser beholder Sidebook tider og om du er opptatt, ikke titler, gjester eller beskrivelser, med mindre virksomheten velger å beholde titler.

Sidebook trenger en Sidebook-tjener, drevet av deg eller av den som tilbyr deg den. På norsk og engelsk.`,
  },
  category: 'Business Tools',
  pricing: 'Free of charge',
  links: {
    homepage: 'about',
    privacy: 'privacy',
    terms: 'terms',
    support: 'help',
    deletion: 'data-deletion',
  },
};
