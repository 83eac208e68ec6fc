// Drifts as the API shows them: what somebody did to which booking's event, in a sentence.

import { and, desc, eq, inArray, ne, sql } from 'drizzle-orm';
import type * as z from 'zod';
import type { Drift } from '../../shared/calendar-api.ts';
import { localTime } from '../../shared/time.ts';
import { type Locale, localeOf } from '../accounts/words.ts';
import { allocations, bookings, pushes, sessions } from '../database/ledger.ts';
import { drifts } from '../database/mirror.ts';
import type { Connection } from '../database/open.ts';
import { businesses, calendars, resources, services } from '../database/schema.ts';
import { notFound } from '../errors.ts';
import { fill } from '../phrase.ts';
import { type Found, isDate } from './drift.ts';
import { unitIdOf } from './find.ts';

export interface Asked {
  state: 'open' | 'settled';
  bookingId?: string;
  limit: number;
}

/** The latest seen first. @throws Refusal not_found (the booking) */
export async function listDrifts(
  db: Connection,
  businessId: string,
  { state, bookingId, limit }: Asked,
): Promise<z.output<typeof Drift>[]> {
  const unitId = bookingId && (await unitIdOf(db, businessId, bookingId));
  const which = and(
    state === 'open' ? eq(drifts.state, 'open') : ne(drifts.state, 'open'),
    unitId ? eq(pushes.unitId, unitId) : undefined,
  );
  return read(db, businessId, which, limit);
}

/** @throws Refusal not_found */
export async function readDrift(
  db: Connection,
  businessId: string,
  id: string,
): Promise<z.output<typeof Drift>> {
  const [drift] = await read(db, businessId, eq(drifts.id, id), 1);
  if (!drift) throw notFound('drift');
  return drift;
}

async function read(db: Connection, businessId: string, which: ReturnType<typeof and>, limit: number) {
  const rows = await db
    .select({
      drift: drifts,
      push: { unitId: pushes.unitId, bookingId: pushes.bookingId, sessionId: pushes.sessionId },
      calendarId: pushes.calendarId,
      startsAt: sql<Date>`coalesce(${bookings.startsAt}, ${sessions.startsAt})`.mapWith(bookings.startsAt),
      zone: sql<string>`coalesce(${bookings.zone}, ${sessions.zone})`,
      service: services.name,
      locale: businesses.locale,
    })
    .from(drifts)
    .innerJoin(pushes, and(eq(pushes.businessId, drifts.businessId), eq(pushes.id, drifts.pushId)))
    .innerJoin(businesses, eq(businesses.id, drifts.businessId))
    .leftJoin(bookings, and(eq(bookings.businessId, pushes.businessId), eq(bookings.id, pushes.bookingId)))
    .leftJoin(sessions, and(eq(sessions.businessId, pushes.businessId), eq(sessions.id, pushes.sessionId)))
    .innerJoin(
      services,
      and(
        eq(services.businessId, pushes.businessId),
        sql`${services.id} = coalesce(${bookings.serviceId}, ${sessions.serviceId})`,
      ),
    )
    .where(and(eq(drifts.businessId, businessId), which))
    .orderBy(desc(drifts.seenAt), desc(drifts.id))
    .limit(limit);
  const names = await namesOf(db, businessId, rows);
  return rows.map((row) => show(row, names));
}

type Row = {
  drift: typeof drifts.$inferSelect;
  push: { unitId: string; bookingId: string | null; sessionId: string | null };
  calendarId: string;
  startsAt: Date;
  zone: string;
  service: string;
  locale: string;
};

interface Names {
  calendars: ReadonlyMap<string, string>;
  /** Whom each unit holds. */
  held: ReadonlyMap<string, string[]>;
}

async function namesOf(db: Connection, businessId: string, rows: Row[]): Promise<Names> {
  const calendarIds = rows.flatMap(({ calendarId, drift }) => [
    calendarId,
    drift.found.calendarId ?? calendarId,
  ]);
  const unitIds = rows.map(({ push }) => push.unitId);
  const named = await db
    .select({ id: calendars.id, name: calendars.name })
    .from(calendars)
    .where(and(eq(calendars.businessId, businessId), inArray(calendars.id, calendarIds)));
  const holding = await db
    .selectDistinct({ unitId: allocations.unitId, name: resources.name })
    .from(allocations)
    .innerJoin(
      resources,
      and(eq(resources.businessId, allocations.businessId), eq(resources.id, allocations.resourceId)),
    )
    .where(and(eq(allocations.businessId, businessId), inArray(allocations.unitId, unitIds)))
    .orderBy(resources.name);
  const held = new Map<string, string[]>();
  for (const { unitId, name } of holding) held.set(unitId, [...(held.get(unitId) ?? []), name]);
  return { calendars: new Map(named.map(({ id, name }) => [id, name])), held };
}

function show(row: Row, names: Names): z.output<typeof Drift> {
  const { id, kind, policy, state, found, seenAt, settledAt, settledBy, reason } = row.drift;
  const { bookingId, sessionId } = row.push;
  const { start, end, calendarId } = found;
  return {
    id,
    bookingId,
    sessionId,
    calendarId: row.calendarId,
    kind,
    policy,
    state,
    found: { start, end, calendarId },
    seenAt: seenAt.toISOString(),
    settledAt: settledAt?.toISOString() ?? null,
    settledBy,
    reason,
    words: wordsOf(row, names),
  };
}

// {what} the service and whom it holds, {when} its time, {was} and {to} the event's times, {end} its end, {here} and {there} calendars.
const phrases: Record<string, Record<Locale, string>> = {
  moved: {
    en: '{what}: in Google its event was moved from {was} to {to}.',
    nb: '{what}: i Google ble hendelsen flyttet fra {was} til {to}.',
  },
  series: {
    en: '{what}, {when}: in Google its event was made a series.',
    nb: '{what}, {when}: i Google ble hendelsen gjort om til en serie.',
  },
  allDay: {
    en: '{what}, {when}: in Google its event was made all-day, on {to}.',
    nb: '{what}, {when}: i Google ble hendelsen gjort om til heldags, {to}.',
  },
  length: {
    en: '{what}, {when}: in Google the end of its event was moved to {end}.',
    nb: '{what}, {when}: i Google ble slutten på hendelsen flyttet til {end}.',
  },
  deleted: {
    en: '{what}, {when}: its event was deleted from the calendar “{here}” in Google.',
    nb: '{what}, {when}: hendelsen ble slettet fra kalenderen «{here}» i Google.',
  },
  freed: {
    en: '{what}, {when}: in Google its event was set Free.',
    nb: '{what}, {when}: i Google ble hendelsen satt til «Ledig».',
  },
  left: {
    en: '{what}, {when}: in Google its event was moved from the calendar “{here}” to “{there}”.',
    nb: '{what}, {when}: i Google ble hendelsen flyttet fra kalenderen «{here}» til «{there}».',
  },
};

function wordsOf({ drift, push, calendarId, startsAt, zone, service, locale }: Row, names: Names): string {
  const { kind, found } = drift;
  const said = (edge: string | undefined) =>
    edge === undefined || isDate(edge)
      ? (edge ?? '')
      : localTime(zone, Date.parse(edge)).slice(0, 16).replace('T', ' ');
  const holding = names.held.get(push.unitId) ?? [];
  const values: Record<string, string> = {
    what: holding.length > 0 ? `${service} (${holding.join(', ')})` : service,
    when: said(startsAt.toISOString()),
    was: said(found.was),
    to: said(found.start),
    end: said(found.end),
    here: names.calendars.get(calendarId) ?? '?',
    there: names.calendars.get(found.calendarId ?? '') ?? '?',
  };
  const phrase = phrases[kind === 'moved' ? howMoved(found) : kind];
  return phrase ? fill(phrase[localeOf(locale)], values) : '';
}

function howMoved({ start = '', was, recurrence }: Found): string {
  if (recurrence) return 'series';
  if (isDate(start)) return 'allDay';
  return start === was ? 'length' : 'moved';
}
