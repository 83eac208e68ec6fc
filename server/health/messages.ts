// What somebody is to be told, in words: the names in them are looked up as they are asked for, never kept.

import { and, eq, inArray } from 'drizzle-orm';
import type * as z from 'zod';
import type { Message } from '../../shared/health-api.ts';
import { localTime } from '../../shared/time.ts';
import { localeOf } from '../accounts/words.ts';
import { overriddenWords } from '../bookings/overridden.ts';
import { bookings } from '../database/ledger.ts';
import type { Connection } from '../database/open.ts';
import { businesses, calendars, services } from '../database/schema.ts';
import { listMessages } from '../log/messages.ts';
import { fill, type Phrase } from '../phrase.ts';

// {calendar} its name, {booking} its service and time, {since} and {from} local times, {what} what a drift is, {codes} what
// was overridden.
const phrases: Record<string, Phrase> = {
  events_left: {
    en: 'A Google account was disconnected, and events of bookings that were to be removed still stand in its calendars: delete them there, or connect the account again.',
    nb: 'En Google-konto ble koblet fra, og hendelser for bookinger som skulle fjernes, står fortsatt i kalenderne: slett dem der, eller koble til kontoen igjen.',
  },
  join_asked: {
    en: 'A colleague asks to join: let them in, or not, on the home card of the side panel.',
    nb: 'En kollega ber om å bli med: slipp dem inn, eller ikke, på hjemkortet i sidepanelet.',
  },
  short_token: {
    en: 'A Google account was connected through a Google app in Testing: the connection ends after seven days. Publish the app in the Google Cloud console, then connect again.',
    nb: 'En Google-konto ble koblet til gjennom en Google-app i testing: tilkoblingen tar slutt etter sju dager. Publiser appen i Google Cloud-konsollen, og koble til på nytt.',
  },
  drift: {
    en: 'Somebody {what} the event of {booking} in Google: restore it, or let the booking follow.',
    nb: 'Noen har {what} hendelsen til {booking} i Google: gjenopprett den, eller la bookingen følge etter.',
  },
  drift_followed: {
    en: '{booking} followed what was done to its event in Google, against {codes}: see whether that can stand.',
    nb: '{booking} fulgte det som ble gjort med hendelsen i Google, på tross av {codes}: se om det kan stå.',
  },
  rescheduled: {
    en: '{booking} was moved in Google, from {from}.',
    nb: '{booking} ble flyttet i Google, fra {from}.',
  },
  cancelled: { en: '{booking} was cancelled in Google.', nb: '{booking} ble avlyst i Google.' },
  reassigned: {
    en: '{booking} was moved to somebody else in Google.',
    nb: '{booking} ble flyttet til noen andre i Google.',
  },
  needs_reconnecting: {
    en: 'A Google account has to be connected again: until then nothing is read from its calendars or written to them.',
    nb: 'En Google-konto må kobles til på nytt: inntil da leses ingenting fra kalenderne, og ingenting skrives til dem.',
  },
  calendar_unread: {
    en: 'The calendar “{calendar}” has not been read since {since}: see its health for what to do.',
    nb: 'Kalenderen «{calendar}» er ikke lest siden {since}: se tilstanden dens for hva som kan gjøres.',
  },
  calendar_read_again: {
    en: 'The calendar “{calendar}” is read again.',
    nb: 'Kalenderen «{calendar}» leses igjen.',
  },
  account_unread: {
    en: 'The calendars of a Google account have not been read since {since}: the account has to be connected again.',
    nb: 'Kalenderne til en Google-konto er ikke lest siden {since}: kontoen må kobles til på nytt.',
  },
  account_read_again: {
    en: 'The calendars of a Google account are read again.',
    nb: 'Kalenderne til en Google-konto leses igjen.',
  },
  collision: {
    en: 'An event of the calendar “{calendar}” takes the time of {booking}: move the booking, give it to somebody else, or keep both.',
    nb: 'En hendelse i kalenderen «{calendar}» tar tiden til {booking}: flytt bookingen, gi den til noen andre, eller behold begge.',
  },
  adopted: {
    en: 'An event of the calendar “{calendar}” said whom it blocks, and that was taken over.',
    nb: 'En hendelse i kalenderen «{calendar}» sa hvem den blokkerer, og det ble overtatt.',
  },
  proposed: {
    en: 'An event of the calendar “{calendar}” says whom it blocks: confirm it, or not.',
    nb: 'En hendelse i kalenderen «{calendar}» sier hvem den blokkerer: bekreft det, eller ikke.',
  },
  decision_lost: {
    en: 'A series of the calendar “{calendar}” was moved in Google to other days, and whom one of its events blocks was said of a day on which it has none now: say it anew.',
    nb: 'En serie i kalenderen «{calendar}» ble flyttet til andre dager i Google, og hvem en av hendelsene blokkerer, var sagt om en dag der den ikke har noen nå: si det på nytt.',
  },
};
const other: Phrase = {
  en: 'Something happened that you may want to look at.',
  nb: 'Det har skjedd noe som du kanskje vil se på.',
};
const drifts: Record<string, Phrase> = {
  moved: { en: 'moved', nb: 'flyttet' },
  deleted: { en: 'deleted', nb: 'slettet' },
  freed: { en: 'set Free', nb: 'satt til «Ledig»' },
  left: { en: 'moved to another calendar', nb: 'flyttet til en annen kalender' },
};
const noBooking: Phrase = { en: 'a booking', nb: 'en booking' };
const noTime: Phrase = { en: 'it was connected', nb: 'den ble koblet til' };

/** The newest first. */
export async function listTold(
  db: Connection,
  businessId: string,
  page: { limit: number; before?: string },
): Promise<z.output<typeof Message>[]> {
  const rows = await listMessages(db, businessId, page);
  const known = await namesOf(db, businessId, rows);
  return rows.map(({ id, at, to, kind, bookingId, calendarId, accountId, details }) => ({
    id,
    at: at.toISOString(),
    to,
    kind,
    bookingId,
    calendarId,
    accountId,
    details,
    words: wordsOf({ kind, bookingId, calendarId, details }, known),
  }));
}

type Told = Awaited<ReturnType<typeof listMessages>>[number];
type Known = Awaited<ReturnType<typeof namesOf>>;

async function namesOf(db: Connection, businessId: string, rows: Told[]) {
  const idsOf = (key: 'bookingId' | 'calendarId') => rows.flatMap((row) => row[key] ?? []);
  const [business] = await db
    .select({ zone: businesses.zone, locale: businesses.locale })
    .from(businesses)
    .where(eq(businesses.id, businessId));
  const named = await db
    .select({ id: calendars.id, name: calendars.name })
    .from(calendars)
    .where(and(eq(calendars.businessId, businessId), inArray(calendars.id, idsOf('calendarId'))));
  const booked = await db
    .select({ id: bookings.id, service: services.name, at: bookings.startsAt, zone: bookings.zone })
    .from(bookings)
    .innerJoin(
      services,
      and(eq(services.businessId, bookings.businessId), eq(services.id, bookings.serviceId)),
    )
    .where(and(eq(bookings.businessId, businessId), inArray(bookings.id, idsOf('bookingId'))));
  return {
    zone: business?.zone ?? 'UTC',
    locale: localeOf(business?.locale ?? 'en'),
    calendars: new Map(named.map(({ id, name }) => [id, name])),
    bookings: new Map(booked.map((one) => [one.id, one])),
  };
}

function wordsOf(
  { kind, bookingId, calendarId, details }: Pick<Told, 'kind' | 'bookingId' | 'calendarId' | 'details'>,
  { zone, locale, calendars: names, bookings: booked }: Known,
): string {
  const clock = (of: string, at: unknown) => {
    const instant = Date.parse(String(at));
    return Number.isNaN(instant) ? null : localTime(of, instant).slice(0, 16).replace('T', ' ');
  };
  const booking = booked.get(bookingId ?? '');
  const values: Record<string, string> = {
    calendar: names.get(calendarId ?? '') ?? '',
    booking: booking
      ? `${booking.service}, ${clock(booking.zone, booking.at.toISOString())}`
      : noBooking[locale],
    since: clock(zone, details.readAt) ?? noTime[locale],
    from: clock(booking?.zone ?? zone, details.from) ?? '',
    codes: overriddenWords((details.overrode as string[] | undefined) ?? [], locale),
    what: drifts[String(details.kind)]?.[locale] ?? drifts.moved![locale],
  };
  const phrase = Object.hasOwn(phrases, kind) ? phrases[kind]! : other;
  const said = fill(phrase[locale], values);
  return said[0]!.toUpperCase() + said.slice(1);
}
