// Booking: on time taken now, or on a hold.
import { and, eq } from 'drizzle-orm';
import type * as z from 'zod';
import type { NewBooking } from '../../shared/api.ts';
import { hashOf, newSecret } from '../auth/keys.ts';
import { offerOf } from '../availability/catalogue.ts';
import { allocations, bookings } from '../database/ledger.ts';
import type { Transaction } from '../database/open.ts';
import { Refusal } from '../errors.ts';
import { allocate } from './allocate.ts';
import type { By } from './by.ts';
import { customerFor } from './customer.ts';
import { type BookingRow, findBooking, type Present, unitOf } from './find.ts';
import { begin, type Made, pendingUntil, wantedOf } from './hold.ts';
import { lockUnit } from './locks.ts';
import { amend } from './record.ts';
import { checkAnswers } from './rules.ts';
import { sessionFor } from './sessions.ts';
import { take, type Wanted } from './take.ts';

export type BookAsk = z.output<typeof NewBooking>;
/** @throws Refusal taken, not_offered, not_found, invalid (answers), wrong_state (a hold that became something else) */
export async function book(tx: Transaction, by: By, ask: BookAsk): Promise<Made> {
  const businessId = by.catalogue.business.id;
  const held = ask.holdId ? await findBooking(tx, businessId, ask.holdId) : undefined;
  const serviceId = held?.row.serviceId ?? ask.serviceId!;
  // A hold made before its service was archived is still good.
  const offer = held ? by.catalogue.offers.get(serviceId)! : offerOf(by.catalogue, serviceId);
  const start = held?.row.startsAt.getTime() ?? Date.parse(ask.start!);
  const fields = {
    status: offer.row.approval ? ('pending' as const) : ('confirmed' as const),
    expiresAt: offer.row.approval ? pendingUntil(by, start) : null,
    notes: ask.notes,
    instructions: ask.instructions,
    answers: checkAnswers(offer.row.questions, ask.answers),
  };
  const whose = () => customerFor(tx, businessId, ask);
  if (!held)
    return begin(tx, by, { wanted: wantedOf({ ...ask, serviceId, start: ask.start! }), fields, whose });
  const { id: customerId, insert } = await whose();
  await insert;
  return fromHold(tx, by, { held: held!, fields: { ...fields, customerId } });
}

/** The time it asks for; undefined for what is held already. */
export const wantedBy = ({ serviceId, start, ...ask }: BookAsk): Wanted | undefined =>
  serviceId && start ? wantedOf({ ...ask, serviceId, start }) : undefined;

type Fields = Pick<BookingRow, 'customerId' | 'status' | 'expiresAt' | 'notes' | 'instructions' | 'answers'>;

async function fromHold(tx: Transaction, by: By, of: { held: Present; fields: Fields }): Promise<Made> {
  const { held, fields } = of;
  const { businessId, id, status } = held.row;
  const lapsed =
    status === 'expired' || (held.row.expiresAt !== null && held.row.expiresAt.getTime() <= by.now);
  // What expired as more than a hold was somebody's booking.
  if ((status !== 'held' && status !== 'expired') || held.row.customerId !== null)
    throw new Refusal('wrong_state', `This hold is ${status} already.`, { status });
  const again = lapsed ? await takeAgain(tx, by, { held, expiresAt: fields.expiresAt }) : undefined;
  const sessionId = again ? again.sessionId : await keepTaken(tx, held.row, fields.expiresAt);
  const manageSecret = newSecret();
  await tx
    .update(bookings)
    .set({ manageHash: hashOf(manageSecret) })
    .where(and(eq(bookings.businessId, businessId), eq(bookings.id, id)));
  const set = { ...fields, ...again, sessionId };
  const present = await amend(tx, by, { before: held, revision: held.row.revision, action: 'book', set });
  return { present, manageSecret, overrides: [] };
}

async function keepTaken(tx: Transaction, row: BookingRow, expiresAt: Date | null) {
  await lockUnit(tx, row.businessId, unitOf(row));
  if (row.sessionId === null)
    await tx
      .update(allocations)
      .set({ expiresAt })
      .where(and(eq(allocations.businessId, row.businessId), eq(allocations.unitId, row.id)));
  return row.sessionId;
}

// The form took longer than the hold: if nobody came in between, nothing is lost.
async function takeAgain(tx: Transaction, by: By, of: { held: Present; expiresAt: Date | null }) {
  const { row, resources } = of.held;
  const offer = by.catalogue.offers.get(row.serviceId)!;
  const taken = await take(tx, by, {
    serviceId: row.serviceId,
    start: row.startsAt.getTime(),
    seats: row.seats,
    wish: row.askedFor,
    override: false,
    moving: row.sessionId ? undefined : row,
    leaving: resources.map((held) => held.resourceId),
  });
  const endsAt = new Date(taken.end);
  if (offer.row.seats > 1) return { endsAt, sessionId: await sessionFor(tx, by, { offer, taken }) };
  const unit = { bookingId: row.id, sessionId: null, serviceId: row.serviceId, expiresAt: of.expiresAt };
  await allocate(tx, row.businessId, { unit, taken });
  return { endsAt, sessionId: null };
}
