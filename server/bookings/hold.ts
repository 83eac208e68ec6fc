// Holding a time for a few minutes, while a customer fills the form.
import { v7 as uuid } from 'uuid';
import type * as z from 'zod';
import type { NewHold } from '../../shared/api.ts';
import { HOUR, MINUTE } from '../../shared/time.ts';
import { hashOf, newSecret } from '../auth/keys.ts';
import { offerOf } from '../availability/catalogue.ts';
import { bookings } from '../database/ledger.ts';
import type { Transaction } from '../database/open.ts';
import { allocate } from './allocate.ts';
import type { By } from './by.ts';
import type { BookingRow } from './find.ts';
import { recordNew } from './record.ts';
import { sessionFor, settleSession } from './sessions.ts';
import { take, type Wanted } from './take.ts';

export type HoldAsk = z.output<typeof NewHold>;

export async function hold(tx: Transaction, by: By, ask: HoldAsk) {
  const expiresAt = new Date(by.now + by.catalogue.business.settings.holdMinutes * MINUTE);
  return begin(tx, by, {
    wanted: wantedOf(ask),
    fields: async () => ({ status: 'held', expiresAt, answers: {} }),
  });
}

export const wantedOf = (ask: HoldAsk & { override?: boolean }): Wanted => ({
  serviceId: ask.serviceId,
  start: Date.parse(ask.start),
  seats: ask.seats,
  wish: ask.resourceIds,
  override: ask.override ?? false,
});

/** When a booking that waits for approval lets its time go: after the business's time, or when it would begin. */
export const pendingUntil = (by: By, start: number) =>
  new Date(
    Math.min(by.now + by.catalogue.business.settings.pendingHours * HOUR, Math.max(start, by.now + MINUTE)),
  );

type Begun = Pick<BookingRow, 'status' | 'answers'> &
  Partial<Pick<BookingRow, 'customerId' | 'expiresAt' | 'notes' | 'instructions'>>;

/** A new booking on newly taken time. Its manage secret is in the answer and nowhere else. */
export async function begin(tx: Transaction, by: By, of: { wanted: Wanted; fields: () => Promise<Begun> }) {
  const { wanted } = of;
  const { business } = by.catalogue;
  const offer = offerOf(by.catalogue, wanted.serviceId);
  const taken = await take(tx, by, wanted);
  // Only now: most who are refused are refused by the taking, and have written nothing by then.
  const fields = await of.fields();
  const sessionId = offer.row.seats > 1 ? await sessionFor(tx, by, { offer, taken }) : null;
  const id = uuid();
  const manageSecret = newSecret();
  const [row] = await tx
    .insert(bookings)
    .values({
      businessId: business.id,
      id,
      serviceId: offer.row.id,
      sessionId,
      startsAt: new Date(taken.start),
      endsAt: new Date(taken.end),
      zone: business.zone,
      seats: wanted.seats,
      manageHash: hashOf(manageSecret),
      createdAt: new Date(by.now),
      ...fields,
    })
    .returning();
  const expiresAt = fields.expiresAt ?? null;
  if (sessionId) await settleSession(tx, by, sessionId);
  else {
    const unit = { bookingId: id, sessionId: null, serviceId: offer.row.id, expiresAt };
    await allocate(tx, business.id, { unit, taken });
  }
  await recordNew(tx, by, { row: row!, overrode: taken.overrides.map((reason) => reason.code) });
  return { row: row!, manageSecret, overrides: taken.overrides };
}
