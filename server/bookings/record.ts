// One way to change a booking: compare-and-swap on its revision, an audit entry, and what is owed to Google, together.
import { and, eq, sql } from 'drizzle-orm';
import { v7 as uuid } from 'uuid';
import { audit, bookings } from '../database/ledger.ts';
import type { Transaction } from '../database/open.ts';
import { Again, Refusal } from '../errors.ts';
import { owePushes } from '../jobs/queue.ts';
import type { By } from './by.ts';
import { type BookingRow, findBooking, type Present, show } from './find.ts';
import { settleSession } from './sessions.ts';

export type Fields = Partial<
  Pick<
    BookingRow,
    | 'status'
    | 'customerId'
    | 'sessionId'
    | 'startsAt'
    | 'localStart'
    | 'endsAt'
    | 'expiresAt'
    | 'notes'
    | 'instructions'
    | 'answers'
    | 'cancelReason'
  >
>;
export interface Amendment {
  before: Present;
  /** The revision the change was decided on. */
  revision: number;
  action: string;
  set: Fields;
  overrode?: readonly string[];
}

/**
 * Call it last: after the allocations are as they shall be.
 * @throws Refusal stale, with the booking as it is now
 */
export async function amend(tx: Transaction, by: By, change: Amendment): Promise<Present> {
  const { before, revision, set } = change;
  const { businessId, id } = before.row;
  const [row] = await tx
    .update(bookings)
    .set({ ...set, revision: sql`${bookings.revision} + 1` })
    .where(and(eq(bookings.businessId, businessId), eq(bookings.id, id), eq(bookings.revision, revision)))
    .returning();
  if (!row) {
    mustBeCurrent(await findBooking(tx, businessId, id), revision);
    throw new Again();
  }
  const sessionsTouched = new Set([before.row.sessionId, row.sessionId].filter((s) => s !== null));
  for (const sessionId of sessionsTouched) await settleSession(tx, by, sessionId);
  const after = await findBooking(tx, businessId, id);
  await tx.insert(audit).values({
    businessId,
    id: uuid(),
    bookingId: id,
    at: new Date(by.now),
    actor: by.actor,
    action: change.action,
    changes: differences(before, after),
    overrode: [...(change.overrode ?? [])],
  });
  // Nothing is owed for what is only held; and a session's bookings show in the session's event.
  if (row.status !== 'held' && !(before.row.sessionId && row.sessionId)) await owe(tx, row);
  return after;
}

/** @throws Refusal stale, with the booking as it is now */
export function mustBeCurrent(present: Present, revision: number): void {
  if (present.row.revision === revision) return;
  const booking = show(present);
  throw new Refusal('stale', 'This booking was changed meanwhile: look at it again and decide anew.', {
    booking,
  });
}

/** The audit entry of a booking that begins. */
export const noteNew = (
  tx: Transaction,
  by: By,
  { row, overrode }: { row: BookingRow; overrode: string[] },
) =>
  tx.insert(audit).values({
    businessId: row.businessId,
    id: uuid(),
    bookingId: row.id,
    at: new Date(by.now),
    actor: by.actor,
    action: row.status === 'held' ? 'hold' : 'book',
    changes: { status: [null, row.status], start: [null, row.startsAt.toISOString()] },
    overrode,
  });

/** Owes Google this booking as it is now, on every calendar concerned. */
export const owe = (tx: Transaction, { businessId, id, revision }: BookingRow) =>
  owePushes(tx, { businessId, unitId: id, bookingId: id, sessionId: null, revision });

export async function recordExpiry(
  tx: Transaction,
  by: Pick<By, 'catalogue' | 'now'>,
  lapsed: readonly { id: string; customerId: string | null }[],
) {
  if (lapsed.length === 0) return;
  await tx.insert(audit).values(
    lapsed.map(({ id: bookingId, customerId }) => ({
      businessId: by.catalogue.business.id,
      id: uuid(),
      bookingId,
      at: new Date(by.now),
      actor: 'system',
      action: 'expire',
      // Only what is held has no customer yet.
      changes: { status: [customerId ? 'pending' : 'held', 'expired'] as [unknown, unknown] },
      overrode: [],
    })),
  );
}

/** Each shown field that differs, as [from, to]. Pure. */
export function differences(before: Present, after: Present): Record<string, [unknown, unknown]> {
  const [was, is] = [show(before), show(after)] as unknown as Record<string, unknown>[];
  return Object.fromEntries(
    Object.keys(is!)
      .filter((key) => key !== 'revision' && JSON.stringify(was![key]) !== JSON.stringify(is![key]))
      .map((key) => [key, [was![key], is![key]]]),
  );
}
