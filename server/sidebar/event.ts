// The card of the open event: a booking's, or of any other event whom it blocks.
import { and, asc, eq, inArray, isNotNull, sql } from 'drizzle-orm';
import type { OpenEvent } from '../../shared/sidebar-api.ts';
import { readOccurrenceId } from '../blocks/target.ts';
import type { Context } from '../context.ts';
import { bookings, pushes } from '../database/ledger.ts';
import type { Connection } from '../database/open.ts';
import { calendars } from '../database/schema.ts';
import { blockCard } from './block.ts';
import { bookingCard } from './booking.ts';
import type { Asked, Card, Staffer } from './staffer.ts';

/** Network only where the mirror lacks the event: one get, two seconds. @throws Refusal not_found */
export async function eventCard(
  context: Context,
  staffer: Staffer,
  asked: Asked & { event: OpenEvent },
): Promise<Card> {
  const bookingId = await bookingBehind(context.db, staffer.business.id, asked.event);
  if (bookingId) return bookingCard(context, staffer, { ...asked, bookingId });
  return blockCard(context, staffer, asked);
}

/**
 * Whose event it is, in whichever calendar it is open: a guest's copy bears the same id, and so does one that was moved.
 * Made a series by a person, its occurrences' ids begin with it. Of a session one that has seats of it, the first to
 * have them.
 */
async function bookingBehind(
  db: Connection,
  businessId: string,
  { calendarId, eventId }: OpenEvent,
): Promise<string | null> {
  const ids = [eventId, readOccurrenceId(eventId)?.seriesId ?? eventId];
  const [push] = await db
    .select({ bookingId: pushes.bookingId, sessionId: pushes.sessionId })
    .from(pushes)
    .innerJoin(
      calendars,
      and(eq(calendars.businessId, pushes.businessId), eq(calendars.id, pushes.calendarId)),
    )
    .where(and(eq(pushes.businessId, businessId), isNotNull(pushes.eventId), inArray(pushes.eventId, ids)))
    .orderBy(sql`${calendars.googleId} = ${calendarId} desc`, asc(pushes.id))
    .limit(1);
  if (!push) return null;
  return push.bookingId ?? (await firstOf(db, businessId, push.sessionId ?? ''));
}

async function firstOf(db: Connection, businessId: string, sessionId: string): Promise<string | null> {
  const [row] = await db
    .select({ id: bookings.id })
    .from(bookings)
    .where(and(eq(bookings.businessId, businessId), eq(bookings.sessionId, sessionId)))
    .orderBy(
      sql`${bookings.status} in ('held', 'pending', 'confirmed', 'completed', 'no_show') desc`,
      asc(bookings.id),
    )
    .limit(1);
  return row?.id ?? null;
}
