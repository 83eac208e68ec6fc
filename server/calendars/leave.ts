// No longer following calendars: what was read of them goes, what people decided about them stays for a return.
import { and, eq, inArray, sql } from 'drizzle-orm';
import { channels, events, pulls } from '../database/mirror.ts';
import type { Transaction } from '../database/open.ts';
import { calendars, links } from '../database/schema.ts';
import { notFound } from '../errors.ts';
import { lockPulls } from './lock.ts';

export interface Leaving {
  businessId: string;
  calendarIds: readonly string[];
  now: Date;
}

/**
 * Links and mirrored events go, and with these the blocks and openings they make; channels are to be stopped. The
 * calendars' rows stay, for pushes name them, and so do rules, decisions and settings.
 */
export async function leave(tx: Transaction, { businessId, calendarIds, now }: Leaving): Promise<void> {
  if (calendarIds.length === 0) return;
  const ids = [...calendarIds];
  await lockPulls(tx, businessId, ids);
  // First of all: a reading in hand has been kept by now, or finds its bookmark passed and keeps nothing. Without a
  // token the next reading, if there ever is one, is of everything: the mirror is empty then.
  await tx
    .update(pulls)
    .set({
      bookmark: sql`${pulls.bookmark} + 1`,
      token: null,
      fingerprint: null,
      readAt: null,
      expandedUntil: null,
      progress: null,
      leasedUntil: null,
      done: sql`${pulls.wanted}`,
      failure: null,
      failedAt: null,
      toldAt: null,
      watchDueAt: null,
      watchLeasedUntil: null,
    })
    .where(and(eq(pulls.businessId, businessId), inArray(pulls.calendarId, ids)));
  // Before the links: whoever is making one holds this row until it is there.
  await tx
    .update(calendars)
    .set({ leftAt: now })
    .where(and(eq(calendars.businessId, businessId), inArray(calendars.id, ids)));
  await tx
    .update(channels)
    .set({ stopAt: sql`coalesce(${channels.stopAt}, ${now.toISOString()}::timestamptz)` })
    .where(and(eq(channels.businessId, businessId), inArray(channels.calendarId, ids)));
  await tx.delete(links).where(and(eq(links.businessId, businessId), inArray(links.calendarId, ids)));
  await tx.delete(events).where(and(eq(events.businessId, businessId), inArray(events.calendarId, ids)));
}

/**
 * Stops following one calendar. Our events in it stay: each is changed or deleted there when its booking is. Events
 * that we set Free stay Free; when it comes back, that can be undone as before.
 * @throws Refusal not_found
 */
export async function unfollow(
  tx: Transaction,
  { businessId, id, now }: { businessId: string; id: string; now: number },
): Promise<void> {
  const rows = await tx
    .select({ leftAt: calendars.leftAt })
    .from(calendars)
    .where(and(eq(calendars.businessId, businessId), eq(calendars.id, id)));
  if (rows[0]?.leftAt !== null) throw notFound('calendar');
  await leave(tx, { businessId, calendarIds: [id], now: new Date(now) });
}
