// One booking in the panel, as the add-on's card tells it: to read, with a link to its event.

import { and, asc, eq, isNotNull, isNull } from 'drizzle-orm';
import { localDate } from '../../shared/time.ts';
import { findBooking, unitOf } from '../bookings/find.ts';
import { pushes } from '../database/ledger.ts';
import { calendars } from '../database/schema.ts';
import type { Phrase } from '../phrase.ts';
import { bookingCard, type Shown as Card } from '../sidebar/booking.ts';
import type { Page, View } from './panel.ts';
import { clock, type Html, html, inWords } from './panel-html.ts';
import { section } from './panel-parts.ts';

const phrases = {
  unknown: { en: 'A booking', nb: 'En booking' },
  when: { en: 'When', nb: 'Når' },
  status: { en: 'Status', nb: 'Status' },
  service: { en: 'Service', nb: 'Tjeneste' },
  resources: { en: 'With', nb: 'Med' },
  customer: { en: 'Customer', nb: 'Kunde' },
  phone: { en: 'Phone', nb: 'Telefon' },
  mail: { en: 'Mail', nb: 'E-post' },
  seats: { en: 'Seats', nb: 'Plasser' },
  instructions: { en: 'Special instructions', nb: 'Spesielle beskjeder' },
  notes: { en: 'Notes', nb: 'Notater' },
  reason: { en: 'Why it was cancelled', nb: 'Hvorfor den ble avlyst' },
  google: { en: 'In Google', nb: 'I Google' },
  event: { en: 'Open the event in Google Calendar', nb: 'Åpne hendelsen i Google Kalender' },
  act: {
    en: 'To change it, open the event with Sidebook beside it.',
    nb: 'For å endre den, åpne hendelsen med Sidebook ved siden av.',
  },
  noEvent: {
    en: 'It stands in no calendar that Sidebook writes to.',
    nb: 'Den står ikke i noen kalender som Sidebook skriver til.',
  },
  differs: { en: 'Google shows it otherwise', nb: 'Google viser den annerledes' },
  inTheWay: { en: 'In its way', nb: 'I veien for den' },
  history: { en: 'History', nb: 'Historikk' },
  held: { en: 'held', nb: 'reservert' },
  pending: { en: 'waits for approval', nb: 'venter på godkjenning' },
  confirmed: { en: 'confirmed', nb: 'bekreftet' },
  declined: { en: 'declined', nb: 'avslått' },
  cancelled: { en: 'cancelled', nb: 'avlyst' },
  expired: { en: 'expired', nb: 'utløpt' },
  completed: { en: 'completed', nb: 'gjennomført' },
  no_show: { en: 'did not show up', nb: 'møtte ikke' },
} satisfies Record<string, Phrase>;

export async function bookingPage(view: View, bookingId: string): Promise<Page> {
  const { context, staffer, locale } = view;
  const card = await bookingCard(context, staffer, { bookingId });
  const t = inWords(phrases, locale);
  const { service, customer } = card;
  const links = await eventLinks(view, bookingId);
  const ways = links.map(
    ({ name, url }) =>
      html`<p><a class="button" href="${url}" rel="noreferrer">${t('event')}</a> <small>${name}</small></p>`,
  );
  const google =
    links.length > 0
      ? html`${ways}<p class="note">${t('act')}</p>`
      : html`<p class="note">${t('noEvent')}</p>`;
  return {
    title: customer ? `${service}: ${customer.name}` : service || t('unknown'),
    body: html`<div class="card">${facts(view, card)}</div>${section(t('google'), google)}${troubles(view, card)}${history(view, card)}`,
  };
}

function facts(view: View, card: Card): Html {
  const t = inWords(phrases, view.locale);
  const { customer, resources, answers } = card;
  const rows: (readonly [string, Html | string | number | null | false | undefined])[] = [
    [t('when'), timesOf(view, card)],
    [t('status'), statusOf(view, card.status)],
    [t('service'), card.service],
    [t('resources'), new Intl.ListFormat(view.locale).format(resources.map(({ name }) => name))],
    [t('customer'), customer?.name],
    [
      t('phone'),
      customer?.phone && html`<a href="tel:${customer.phone.replace(/[^\d+]/g, '')}">${customer.phone}</a>`,
    ],
    [
      t('mail'),
      customer?.email &&
        html`<a href="mailto:${encodeURIComponent(customer.email).replace('%40', '@')}">${customer.email}</a>`,
    ],
    [t('seats'), card.seats > 1 && card.seats],
    ...answers.map(({ label, value }) => [label, value] as const),
    [t('instructions'), card.instructions],
    [t('notes'), card.notes],
    [t('reason'), card.cancelReason],
  ];
  return html`<dl>${rows.map(([name, value]) => value && html`<dt>${name}</dt><dd>${value}</dd>`)}</dl>`;
}

function timesOf({ context, locale }: View, { start, end, zone }: Card): string {
  const shown = { locale, zone, now: context.now() };
  const [from, to] = [clock(shown, start), clock(shown, end)];
  const sameDay = localDate(zone, Date.parse(start)) === localDate(zone, Date.parse(end));
  return `${from} – ${sameDay ? to.slice(-5) : to} (${zone})`;
}

function statusOf({ locale }: View, status: string): string {
  const found = Object.entries(phrases).find(([key]) => key === status);
  return found ? found[1][locale] : status;
}

function troubles(view: View, { drifts, collisions, push }: Card): Html {
  const t = inWords(phrases, view.locale);
  const list = (title: string, words: readonly string[]) =>
    words.length > 0 &&
    section(title, html`<ul class="list">${words.map((one) => html`<li class="amber">${one}</li>`)}</ul>`);
  const differs = [...drifts.map(({ words }) => words), ...(push ? [push] : [])];
  return html`${list(t('differs'), differs)}${list(
    t('inTheWay'),
    collisions.map(({ words }) => words),
  )}`;
}

function history(view: View, { history: all, zone }: Card): Html {
  const t = inWords(phrases, view.locale);
  const shown = { locale: view.locale, zone, now: view.context.now() };
  const lines = all.map(({ at, words }) => html`<li>${words}<p>${clock(shown, at)}</p></li>`);
  return section(t('history'), html`<ul class="list">${lines}</ul>`);
}

/**
 * Its events, in calendars that are followed still.
 * @see https://developers.google.com/workspace/calendar/api/v3/reference/events `htmlLink`: its `eid` is both ids in base64
 */
async function eventLinks({ context, staffer }: View, bookingId: string) {
  const { db } = context;
  const { id: businessId } = staffer.business;
  const { row } = await findBooking(db, businessId, bookingId);
  const rows = await db
    .select({ eventId: pushes.eventId, googleId: calendars.googleId, name: calendars.name })
    .from(pushes)
    .innerJoin(
      calendars,
      and(eq(calendars.businessId, pushes.businessId), eq(calendars.id, pushes.calendarId)),
    )
    .where(
      and(
        eq(pushes.businessId, businessId),
        eq(pushes.unitId, unitOf(row)),
        pushes.present,
        isNotNull(pushes.eventId),
        isNull(calendars.leftAt),
      ),
    )
    .orderBy(asc(calendars.name));
  return rows.map(({ eventId, googleId, name }) => {
    const eid = Buffer.from(`${eventId} ${googleId}`).toString('base64url');
    return { name, url: `https://www.google.com/calendar/event?eid=${eid}` };
  });
}
