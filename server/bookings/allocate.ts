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

/** To write down what was taken. The exclusion constraint has the last word: 23P01 is answered as `taken`. */
export const allocate = (
  tx: Transaction,
  businessId: string,
  { unit, taken }: { unit: Unit; taken: Taken },
) =>
  tx.insert(allocations).values(
    taken.places.map((place) => ({
      businessId,
      unitId: (unit.bookingId ?? unit.sessionId)!,
      ...unit,
      ...place,
      startsAt: new Date(taken.start),
      endsAt: new Date(taken.end),
    })),
  );

/** What was taken, as a booking shows it. */
export function resourcesOf({ places }: Taken): { resourceId: string; places: number }[] {
  const counts = new Map<string, number>();
  for (const { resourceId } of places) counts.set(resourceId, (counts.get(resourceId) ?? 0) + 1);
  return [...counts].map(([resourceId, places]) => ({ resourceId, places }));
}
