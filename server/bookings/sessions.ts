// Sessions: an occurrence of a service with seats. It holds the allocations; bookings take seats of it.
import { and, eq, gt, inArray, isNull, or, sql } from 'drizzle-orm';
import { v7 as uuid } from 'uuid';
import type { Offer } from '../availability/catalogue.ts';
import { allocations, bookings, sessions } from '../database/ledger.ts';
import type { Connection, Transaction } from '../database/open.ts';
import { owePushes } from '../jobs/queue.ts';
import { allocate, type Taken } from './allocate.ts';
import type { By } from './by.ts';
import { type BookingRow, unitOf } from './find.ts';

/**
 * The session that the taken seats are of: the one it joins; its own, which moves there; or a new one over the taken
 * time. `settleSession` follows, once the booking stands.
 * @param of.own a session in which it sits alone, whose time was let go: its event goes along, with what people wrote
 */
export async function sessionFor(
  tx: Transaction,
  by: By,
  of: { offer: Offer; taken: Taken; own?: string | null },
): Promise<string> {
  const { offer, taken, own } = of;
  if (taken.session) return taken.session;
  const businessId = by.catalogue.business.id;
  const id = own ?? uuid();
  const set = {
    startsAt: new Date(taken.start),
    endsAt: new Date(taken.end),
    seats: offer.row.seats,
  };
  const it = and(eq(sessions.businessId, businessId), eq(sessions.id, id));
  if (own) await tx.update(sessions).set(set).where(it);
  else
    await tx
      .insert(sessions)
      .values({ businessId, id, serviceId: offer.row.id, zone: by.catalogue.business.zone, ...set });
  await allocate(tx, businessId, {
    unit: { bookingId: null, sessionId: id, serviceId: offer.row.id, expiresAt: null },
    taken,
  });
  return id;
}

/**
 * After a booking of it changed: a session nobody sits in any more ends and lets its time go; one that is only held
 * or waited for lapses with the last of these. Whoever lets time go holds its resources' locks.
 */
export async function settleSession(
  tx: Transaction,
  by: Pick<By, 'catalogue' | 'now'>,
  sessionId: string,
): Promise<void> {
  const businessId = by.catalogue.business.id;
  const now = new Date(by.now);
  const it = and(eq(sessions.businessId, businessId), eq(sessions.id, sessionId));
  // First its row: of two whose bookings change at once, the second then counts what the first has done.
  await tx.select({ id: sessions.id }).from(sessions).where(it).for('update');
  const sitting = await sittingIn(tx, { businessId, sessionId, now });
  const mine = and(eq(allocations.businessId, businessId), eq(allocations.unitId, sessionId));
  if (sitting.length === 0) await tx.delete(allocations).where(mine);
  else
    await tx
      .update(allocations)
      .set({ expiresAt: lastOf(sitting.map((b) => b.expiresAt)) })
      .where(mine);
  const [row] = await tx
    .update(sessions)
    .set({ revision: sql`${sessions.revision} + 1`, cancelledAt: sitting.length === 0 ? now : null })
    .where(it)
    .returning({ revision: sessions.revision });
  await owePushes(tx, { businessId, unitId: sessionId, bookingId: null, sessionId, revision: row!.revision });
}

const sittingIn = (db: Connection, of: { businessId: string; sessionId: string; now: Date }) =>
  db
    .select({ id: bookings.id, expiresAt: bookings.expiresAt })
    .from(bookings)
    .where(
      and(
        eq(bookings.businessId, of.businessId),
        eq(bookings.sessionId, of.sessionId),
        inArray(bookings.status, ['held', 'pending', 'confirmed', 'completed', 'no_show']),
        or(isNull(bookings.expiresAt), gt(bookings.expiresAt, of.now)),
      ),
    );

export type Sitting = Pick<BookingRow, 'businessId' | 'id' | 'sessionId'>;

/**
 * Whether nobody else sits in its session: then that goes with the booking, and is not in its way. Who joins holds the
 * locks of the session's resources, so only under these it is certain.
 */
export async function sitsAlone(
  db: Connection,
  { businessId, id, sessionId }: Sitting,
  now: number,
): Promise<boolean> {
  if (!sessionId) return true;
  const sitting = await sittingIn(db, { businessId, sessionId, now: new Date(now) });
  return sitting.every((one) => one.id === id);
}

/** The units that are not in a booking's way when it moves: its own, or the session in which it sits alone. */
export const unitsOf = async (db: Connection, row: Sitting, now: number): Promise<string[]> =>
  (await sitsAlone(db, row, now)) ? [unitOf(row)] : [];

const lastOf = (expiries: (Date | null)[]): Date | null =>
  expiries.includes(null) ? null : new Date(Math.max(...expiries.map((expiry) => expiry!.getTime())));
