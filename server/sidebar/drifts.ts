// Where Google shows a booking otherwise than we hold it: both in words, and whether the booking can follow.

import { and, asc, eq } from 'drizzle-orm';
import { alias } from 'drizzle-orm/pg-core';
import type * as z from 'zod';
import type { BookingCard } from '../../shared/card-api.ts';
import type { Locale } from '../accounts/words.ts';
import { type BookingRow, unitOf } from '../bookings/find.ts';
import { pushes } from '../database/ledger.ts';
import { drifts } from '../database/mirror.ts';
import type { Connection } from '../database/open.ts';
import { calendars } from '../database/schema.ts';
import { notFound } from '../errors.ts';
import { fill, type Phrase } from '../phrase.ts';
import { isDate } from '../sync/drift.ts';
import { shortly } from './lines.ts';

type Shown = z.output<typeof BookingCard>['drifts'];

// {is} where Google has it, {at} where we do; {here} and {there} calendars.
const phrases = {
  moved: {
    en: 'Google shows {is}. The booking is {at}.',
    nb: 'Google viser {is}. Bookingen er {at}.',
  },
  sameStart: {
    en: 'Google shows another length. The booking is {at}.',
    nb: 'Google viser en annen varighet. Bookingen er {at}.',
  },
  allDay: {
    en: 'Google shows it all day, {is}. The booking is {at}.',
    nb: 'Google viser den hele dagen, {is}. Bookingen er {at}.',
  },
  series: {
    en: 'In Google the event was made to repeat. The booking is {at} alone.',
    nb: 'I Google gjentas hendelsen nå. Bookingen er bare {at}.',
  },
  deleted: {
    en: 'The event was deleted from “{here}” in Google. The booking stands, {at}.',
    nb: 'Hendelsen ble slettet fra «{here}» i Google. Bookingen står, {at}.',
  },
  freed: {
    en: 'The event was set Free in Google. The booking still takes the time.',
    nb: 'Hendelsen ble satt til «Ledig» i Google. Bookingen opptar fortsatt tiden.',
  },
  left: {
    en: 'The event was moved to “{there}” in Google. The booking belongs in “{here}”.',
    nb: 'Hendelsen ble flyttet til «{there}» i Google. Bookingen hører til i «{here}».',
  },
} satisfies Record<string, Phrase>;

interface Of {
  row: BookingRow;
  /** Bookings that share the event. */
  sharing: number;
  locale: Locale;
  zone: string;
  /** ms since 1970 */
  now: number;
}

type Row = Pick<typeof drifts.$inferSelect, 'id' | 'kind' | 'found' | 'reason'> & {
  here: string;
  there: string | null;
};

/** Those that wait for a person. */
export async function readOpenDrifts(db: Connection, of: Of): Promise<Shown> {
  const { row, locale } = of;
  const own = alias(calendars, 'own');
  const mine = and(eq(pushes.businessId, row.businessId), eq(pushes.unitId, unitOf(row)));
  const rows = await db
    .select({
      id: drifts.id,
      kind: drifts.kind,
      found: drifts.found,
      reason: drifts.reason,
      here: own.name,
    })
    .from(drifts)
    .innerJoin(pushes, and(eq(pushes.businessId, drifts.businessId), eq(pushes.id, drifts.pushId)))
    .innerJoin(own, and(eq(own.businessId, pushes.businessId), eq(own.id, pushes.calendarId)))
    .where(and(mine, eq(drifts.businessId, row.businessId), eq(drifts.state, 'open')))
    .orderBy(asc(drifts.seenAt), asc(drifts.id));
  const shown: Shown = [];
  for (const one of rows) {
    const there = one.found.calendarId ? await nameOf(db, row.businessId, one.found.calendarId) : null;
    const drift = { ...one, there };
    const words = fill(phrases[phraseOf(drift, of)][locale], valuesOf(drift, of));
    shown.push({ id: one.id, kind: one.kind, words, mayApply: mayFollow(drift, of) });
  }
  return shown;
}

/** A drift of this booking's own event. @throws Refusal not_found */
export async function driftOf(db: Connection, row: BookingRow, id: string): Promise<string> {
  const [found] = await db
    .select({ id: drifts.id })
    .from(drifts)
    .innerJoin(pushes, and(eq(pushes.businessId, drifts.businessId), eq(pushes.id, drifts.pushId)))
    .where(and(eq(drifts.businessId, row.businessId), eq(drifts.id, id), eq(pushes.unitId, unitOf(row))));
  if (!found) throw notFound('drift');
  return found.id;
}

async function nameOf(db: Connection, businessId: string, id: string): Promise<string | null> {
  const [found] = await db
    .select({ name: calendars.name })
    .from(calendars)
    .where(and(eq(calendars.businessId, businessId), eq(calendars.id, id)));
  return found?.name ?? null;
}

function phraseOf({ kind, found }: Row, { row }: Of): keyof typeof phrases {
  if (kind !== 'moved') return kind;
  if (found.recurrence) return 'series';
  if (isDate(found.start ?? '')) return 'allDay';
  return Date.parse(found.start ?? '') === row.startsAt.getTime() ? 'sameStart' : 'moved';
}

function valuesOf({ found, here, there }: Row, { row, locale, zone }: Of): Record<string, string> {
  const { start = '' } = found;
  const is = start === '' || isDate(start) ? start : shortly(locale, zone, Date.parse(start));
  return { is, at: shortly(locale, zone, row.startsAt.getTime()), here, there: there ?? '?' };
}

/** What sync/follow.ts refuses whatever is free; whether the time is, it finds out when it follows. */
function mayFollow({ kind, found, reason }: Row, { row, sharing, now }: Of): boolean {
  if (kind === 'freed') return true;
  if (row.endsAt.getTime() <= now || !['pending', 'confirmed'].includes(row.status)) return false;
  if (row.sessionId !== null && (kind === 'moved' || sharing > 1)) return false;
  if (kind === 'left') return reason !== 'ambiguous';
  if (kind !== 'moved') return true;
  const { start = '', recurrence } = found;
  if (recurrence || isDate(start)) return false;
  const [is, at] = [Date.parse(start), row.startsAt.getTime()];
  // Of its own start, only the length is another: a booking keeps its own.
  return is !== at && is + row.endsAt.getTime() - at > now;
}
