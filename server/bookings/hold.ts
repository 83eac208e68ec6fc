// Holding a time for a few minutes, while a customer fills the form.
import { v7 as uuid } from 'uuid';
import type * as z from 'zod';
import type { NewHold } from '../../shared/api.ts';
import { HOUR, localTime, MINUTE } from '../../shared/time.ts';
import { hashOf, newSecret } from '../auth/keys.ts';
import { offerOf } from '../availability/catalogue.ts';
import type { Reason } from '../availability/query.ts';
import { bookings } from '../database/ledger.ts';
import type { Transaction } from '../database/open.ts';
import { together } from '../database/together.ts';
import { firstPushes } from '../jobs/queue.ts';
import { allocate, resourcesOf } from './allocate.ts';
import type { By } from './by.ts';
import type { Whose } from './customer.ts';
import { type BookingRow, findBooking, type Present } from './find.ts';
import { noteNew } from './record.ts';
import { sessionFor, settleSession } from './sessions.ts';
import { take, type Wanted } from './take.ts';

export type HoldAsk = z.output<typeof NewHold>;

export interface Made {
  present: Present;
  manageSecret: string;
  /** What staff overrode. */
  overrides: Reason[];
}

export async function hold(tx: Transaction, by: By, ask: HoldAsk): Promise<Made> {
  const expiresAt = new Date(by.now + by.catalogue.business.settings.holdMinutes * MINUTE);
  return begin(tx, by, { wanted: wantedOf(ask), fields: { status: 'held', expiresAt, answers: {} } });
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
  Partial<Pick<BookingRow, 'expiresAt' | 'notes' | 'instructions'>>;

interface Beginning {
  wanted: Wanted;
  fields: Begun;
  /** Asked only once the time is taken: most who are refused have written nothing by then. */
  whose?: () => Promise<Whose>;
}

/** A new booking on newly taken time. Its manage secret is in the answer and nowhere else. */
export async function begin(tx: Transaction, by: By, { wanted, fields, whose }: Beginning): Promise<Made> {
  const { business } = by.catalogue;
  const offer = offerOf(by.catalogue, wanted.serviceId);
  const taken = await take(tx, by, wanted);
  const customer = await whose?.();
  const sessionId = offer.row.seats > 1 ? await sessionFor(tx, by, { offer, taken }) : null;
  const manageSecret = newSecret();
  const row: BookingRow = {
    businessId: business.id,
    id: uuid(),
    serviceId: offer.row.id,
    customerId: customer?.id ?? null,
    sessionId,
    startsAt: new Date(taken.start),
    endsAt: new Date(taken.end),
    zone: business.zone,
    localStart: localTime(business.zone, taken.start),
    seats: wanted.seats,
    askedFor: [...wanted.wish],
    revision: 1,
    expiresAt: null,
    notes: null,
    instructions: null,
    cancelReason: null,
    manageHash: hashOf(manageSecret),
    createdAt: new Date(by.now),
    ...fields,
  };
  const unit = { bookingId: row.id, sessionId: null, serviceId: row.serviceId, expiresAt: row.expiresAt };
  const resources = resourcesOf(taken);
  const owed = firstPushes(
    { businessId: business.id, unitId: row.id, bookingId: row.id, sessionId: null },
    resources.map(({ resourceId }) => resourceId),
  );
  await together(tx, [
    customer?.insert,
    tx.insert(bookings).values(row),
    sessionId ? undefined : allocate(tx, business.id, { unit, taken }),
    sessionId || row.status === 'held' ? undefined : owed,
    noteNew(tx, by, { row, overrode: taken.overrides.map((reason) => reason.code) }),
  ]);
  if (sessionId) await settleSession(tx, by, sessionId);
  const present = sessionId ? await findBooking(tx, business.id, row.id) : { row, resources };
  return { present, manageSecret, overrides: taken.overrides };
}
