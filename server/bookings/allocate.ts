// Writing down what was taken: one row per place of each resource.

import type { Span } from '../../shared/time.ts';
import type { Reason } from '../availability/query.ts';
import { allocations } from '../database/ledger.ts';
import type { Transaction } from '../database/open.ts';

export interface Taken extends Span {
  /** The session it joins; its resources are taken already. */
  session: string | null;
  places: { resourceId: string; place: number; position: number; during: Span }[];
  overrides: Reason[];
}

export interface Unit {
  bookingId: string | null;
  sessionId: string | null;
  serviceId: string;
  expiresAt: Date | null;
}

/** Writes what was taken. The exclusion constraint has the last word: 23P01 is answered as `taken`. */
export async function allocate(tx: Transaction, businessId: string, of: { unit: Unit; taken: Taken }) {
  const { unit, taken } = of;
  await tx.insert(allocations).values(
    taken.places.map((place) => ({
      businessId,
      unitId: (unit.bookingId ?? unit.sessionId)!,
      ...unit,
      ...place,
      startsAt: new Date(taken.start),
      endsAt: new Date(taken.end),
    })),
  );
}
