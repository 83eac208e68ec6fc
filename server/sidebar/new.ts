// The form of a new booking, filled in as far as it is known; and booking from it.

import { and, eq, inArray, sql } from 'drizzle-orm';
import type { FastifyRequest } from 'fastify';
import type * as z from 'zod';
import type { NewCard } from '../../shared/card-api.ts';
import type { AskNew, DoBook, OpenEvent } from '../../shared/sidebar-api.ts';
import { localDate } from '../../shared/time.ts';
import type { Catalogue } from '../availability/catalogue.ts';
import { decideEvent } from '../blocks/decisions.ts';
import { book, wantedBy } from '../bookings/book.ts';
import type { By } from '../bookings/by.ts';
import { begin } from '../bookings/desk.ts';
import { overriddenWords } from '../bookings/overridden.ts';
import type { Context } from '../context.ts';
import type { Connection, Transaction } from '../database/open.ts';
import { blocks } from '../database/schema.ts';
import { notFound } from '../errors.ts';
import { fill, type Phrase } from '../phrase.ts';
import { bookingCard } from './booking.ts';
import { asAtDesk, type Card, isAboutTime, isAnswered, refusedWords, speaking } from './desk.ts';
import { keptBusy } from './free.ts';
import { bookable, offeredTo, resourcesIn, shortly } from './lines.ts';
import { findPlace, mustBeKept, type Opened, type Place, readEvent } from './read-event.ts';
import type { Staffer } from './staffer.ts';
import { firstStart, lookAt, type Starts, startsOn, type Wanted, type Wish } from './starts.ts';

type Shown = z.output<typeof NewCard>;
type Asked = Pick<z.output<typeof AskNew>, 'serviceId' | 'resourceId' | 'date' | 'event'> & {
  walkIn?: boolean;
};
type Booking = z.output<typeof DoBook>;

/**
 * Of an event that the mirror lacks, Google is asked, two seconds at most.
 * @param refused a start (ms) that was just refused: whether staff may have it all the same is told
 * @param wished one (ms) that may be had, but not as it was asked for: its day is shown
 * @throws Refusal not_found (service, resource, event)
 */
export async function newCard(
  context: Context,
  staffer: Staffer,
  asked: Asked & { refused?: number; wished?: number },
): Promise<Shown> {
  const { db } = context;
  const now = context.now();
  const catalogue = await offeredTo(context, staffer);
  const origin = asked.event ? await originOf(context, staffer, asked.event) : null;
  const zone = origin?.zone ?? staffer.business.zone;
  const { services, serviceId, resources, resourceId } = choicesOf(staffer, catalogue, asked);
  const date = asked.date ?? localDate(zone, asked.refused ?? asked.wished ?? origin?.start ?? now);
  const wish = serviceId && {
    ...{ catalogue, serviceId, zone, seats: 1, ignore: [], now },
    wish: resourceId ? [resourceId] : [],
    without: origin?.blocks,
  };
  const { override, ...times } = wish
    ? await timesOf(db, wish, { ...asked, date, own: origin?.timed ? origin.start : undefined })
    : { slots: [], next: [], words: null, start: null, date, override: undefined };
  return {
    card: 'new',
    walkIn: asked.walkIn ?? false,
    services,
    serviceId,
    resources,
    resourceId,
    zone,
    ...times,
    ...(override ? { override } : {}),
    questions: serviceId ? catalogue.offers.get(serviceId)!.row.questions : [],
    event: asked.event ?? null,
    name: origin?.title ?? null,
  };
}

type Choices = Pick<Shown, 'services' | 'serviceId' | 'resources' | 'resourceId'>;

/** @throws Refusal not_found, for what the person cannot book */
function choicesOf(staffer: Staffer, catalogue: Catalogue, asked: Asked): Choices {
  const could = bookable(staffer, catalogue).filter(
    (id) => asked.resourceId === undefined || groupsOf(catalogue, id).includes(asked.resourceId),
  );
  if (asked.serviceId && !could.includes(asked.serviceId)) throw notFound('service');
  const serviceId = asked.serviceId ?? (could.length === 1 ? could[0]! : null);
  const services = could.map((id) => {
    const { name, lengthMinutes } = catalogue.offers.get(id)!.row;
    return { id, name, lengthMinutes };
  });
  const named = serviceId ? nameable(staffer, catalogue, serviceId) : [];
  const resourceId = asked.resourceId ?? defaultOf(staffer, named);
  // Asked for before the service is chosen, it stays asked for.
  if (serviceId && resourceId !== null && !named.includes(resourceId)) throw notFound('resource');
  return { services, serviceId, resources: resourcesIn(catalogue, named), resourceId };
}

const groupsOf = ({ offers }: Catalogue, serviceId: string): string[] => [
  ...new Set(offers.get(serviceId)?.rule.groups.flatMap(({ resources }) => resources)),
];

/** Who could be asked for by name: of staff who have their own, only those. */
const nameable = ({ serves }: Staffer, catalogue: Catalogue, serviceId: string): string[] =>
  groupsOf(catalogue, serviceId).filter((id) => serves === 'all' || serves.has(id));

/** Staff who have their own book for these, never for whoever else is free. */
const defaultOf = ({ serves }: Staffer, named: readonly string[]): string | null =>
  serves === 'all' ? null : (named[0] ?? null);

interface Times extends Pick<Asked, 'walkIn'> {
  date: string;
  /** The event's own start. */
  own: number | undefined;
  refused?: number;
}

async function timesOf(
  db: Connection,
  wish: Wish,
  { walkIn, date, own, refused }: Times,
): Promise<Starts & { start: string | null; date: string; override: Wanted['override'] }> {
  const first = walkIn && refused === undefined ? await firstStart(db, wish) : undefined;
  const on = first === undefined ? date : localDate(wish.zone, first);
  const wanted = refused ?? (own !== undefined && localDate(wish.zone, own) === on ? own : undefined);
  const [found, look] = await Promise.all([
    startsOn(db, wish, on),
    wanted === undefined ? undefined : lookAt(db, wish, wanted),
  ]);
  const chosen = first ?? (look?.free ? wanted : undefined);
  return {
    ...found,
    date: on,
    start: chosen === undefined ? null : new Date(chosen).toISOString(),
    words: look?.words ?? found.words,
    override: look?.override,
  };
}

/** What a booking is made of. */
interface Origin {
  zone: string;
  /** ms since 1970 */
  start: number;
  /** All-day events say nothing of a time. */
  timed: boolean;
  title: string | null;
  /** Those it makes: they are gone once the booking is there. */
  blocks: Set<string>;
}

/** Null: of a calendar that is not followed, or not to be read now, nothing is known but that it was asked. */
async function originOf(context: Context, staffer: Staffer, event: OpenEvent): Promise<Origin | null> {
  const place = await findPlace(context.db, staffer, event);
  const opened = place && (await readEvent(context, staffer, place));
  if (!opened || typeof opened === 'string') return null;
  const { one, found } = opened;
  return {
    zone: place.zone,
    start: one.start,
    timed: one.event.startDate === null,
    // Read by the account of the calendar, not by who looks: what is private to others is not for the form.
    title: isPrivate(found) ? null : (found?.summary ?? one.event.title),
    blocks: await blocksOf(context.db, staffer, { place, opened }),
  };
}

const isPrivate = (event: { visibility?: string | null } | null | undefined): boolean =>
  event?.visibility === 'private' || event?.visibility === 'confidential';

async function blocksOf(
  db: Connection,
  { business }: Staffer,
  { place, opened: { one, family } }: { place: Place; opened: Opened },
): Promise<Set<string>> {
  const rows = await db
    .select({ id: blocks.id })
    .from(blocks)
    .where(
      and(
        eq(blocks.businessId, business.id),
        eq(blocks.calendarId, place.id),
        inArray(blocks.eventId, [...new Set([one.event.eventId, family.id])]),
        sql`${blocks.original} is not distinct from ${one.original}::text`,
      ),
    );
  return new Set(rows.map(({ id }) => id));
}

// {at} a local time, {codes} what was passed over.
const phrases = {
  booked: { en: 'Booked, {at}.', nb: 'Booket, {at}.' },
  pending: { en: 'Booked, {at}. It waits for approval.', nb: 'Booket, {at}. Den venter på godkjenning.' },
  against: { en: 'Against: {codes}.', nb: 'På tross av: {codes}.' },
} satisfies Record<string, Phrase>;

interface Booked {
  id: string;
  status: string;
  start: string;
  overrode: string[];
}

/**
 * Once per Idempotency-Key. The event it was made of blocks nobody from then on, and is set Free where that can be: in
 * the booking's own transaction. What is refused is answered by the form, with what is free that day.
 * @throws Refusal not_found (service, resource, event)
 */
export async function bookFromCard(
  context: Context,
  request: FastifyRequest,
  staffer: Staffer,
  asked: Booking,
): Promise<{ card: Card; notice: string | null }> {
  const { locale } = staffer;
  try {
    const made = await bookOnce(context, request, { staffer, asked });
    const card = await bookingCard(context, staffer, { bookingId: made.id });
    const at = shortly(locale, card.zone, Date.parse(made.start));
    const said = fill(phrases[made.status === 'pending' ? 'pending' : 'booked'][locale], { at });
    if (made.overrode.length === 0) return { card, notice: said };
    const codes = overriddenWords(made.overrode, locale);
    return { card, notice: `${said} ${fill(phrases.against[locale], { codes })}` };
  } catch (error) {
    if (!isAnswered(error)) throw error;
    const { serviceId, resourceIds, event, start } = asked;
    const again = { serviceId, resourceId: resourceIds[0], event };
    const at = Date.parse(start);
    const card = await newCard(context, staffer, {
      ...again,
      ...(isAboutTime(error) ? { refused: at } : { wished: at }),
    });
    return { card, notice: refusedWords(error, locale) };
  }
}

async function bookOnce(
  context: Context,
  request: FastifyRequest,
  { staffer, asked }: { staffer: Staffer; asked: Booking },
): Promise<Booked> {
  const catalogue = await offeredTo(context, staffer);
  const [resourceId] = asked.resourceIds;
  const chosen = choicesOf(staffer, catalogue, { ...asked, resourceId });
  const place = asked.event ? await findPlace(context.db, staffer, asked.event) : null;
  const opened = place && (await mustBeKept(context, staffer, place));
  const { serviceId, start, name, email, phone, instructions, answers } = asked;
  const wanted = {
    ...{ serviceId, start, instructions, answers, seats: 1, notes: null },
    resourceIds:
      asked.resourceIds.length > 0 || chosen.resourceId === null ? asked.resourceIds : [chosen.resourceId],
    customer: { name, email, phone, locale: null },
  };
  const act = async (tx: Transaction, first: By): Promise<Booked> => {
    const by = speaking(first, staffer.locale);
    if (place && opened) await settleOrigin(tx, by, { place, opened });
    const { present, overrides } = await asAtDesk(tx, by, {
      override: asked.override,
      act: (inner, override) => book(inner, by, { ...wanted, override }),
    });
    const { id, status, startsAt } = present.row;
    return { id, status, start: startsAt.toISOString(), overrode: overrides.map(({ code }) => code) };
  };
  // What it is made of takes the time until then: nobody may say before that it is taken.
  const turn = place ? undefined : wantedBy({ ...wanted, override: asked.override });
  return begin(context, request, { wanted: turn, act });
}

/** It has become the booking: it blocks nobody any more. */
async function settleOrigin(tx: Transaction, by: By, { place, opened }: { place: Place; opened: Opened }) {
  const { one, family } = opened;
  const { id: businessId } = by.catalogue.business;
  await decideEvent(
    tx,
    { businessId, actor: by.actor, now: by.now, catalogue: by.catalogue },
    {
      calendarId: place.id,
      eventId: one.original === null ? one.event.eventId : family.id,
      scope: 'event',
      from: one.original,
      shares: [],
      free: !one.event.free && keptBusy(place, one.event) === null,
      dryRun: false,
    },
  );
}
