// Letting a booking go: cancelled by staff or customer, or declined. Its time is free at once.
import { and, eq } from 'drizzle-orm';
import type { Reason } from '../availability/query.ts';
import { allocations } from '../database/ledger.ts';
import type { Transaction } from '../database/open.ts';
import { Refusal } from '../errors.ts';
import { type By, mayOverride } from './by.ts';
import { findBooking, type Present, unitOf } from './find.ts';
import { lockUnit } from './locks.ts';
import { amend } from './record.ts';
import { mayBecome, pastCutoff } from './rules.ts';

interface Ask {
  id: string;
  revision: number;
  reason: string | null;
}
export interface Gone {
  present: Present;
  /** What staff overrode. */
  overrides: Reason[];
}

export async function decline(tx: Transaction, by: By, ask: Ask): Promise<Gone> {
  const before = await findBooking(tx, by.catalogue.business.id, ask.id);
  mayBecome(before.row, 'decline', by.now);
  return leave(tx, by, { before, ask, status: 'declined', overrides: [] });
}

/** @throws Refusal cutoff, when it is too late and nobody overrides */
export async function cancel(tx: Transaction, by: By, ask: Ask & { override: boolean }): Promise<Gone> {
  mayOverride(by, ask.override);
  const before = await findBooking(tx, by.catalogue.business.id, ask.id);
  mayBecome(before.row, 'cancel', by.now);
  const { cancelCutoffMinutes } = by.catalogue.offers.get(before.row.serviceId)!.row;
  const late = before.row.status !== 'held' && pastCutoff(before.row.startsAt, cancelCutoffMinutes, by.now);
  if (late && !ask.override) throw tooLate('cancelled', cancelCutoffMinutes);
  const overrides = late ? [inSpiteOf(cancelCutoffMinutes)] : [];
  return leave(tx, by, { before, ask, status: 'cancelled', overrides });
}

/** The cut-off, as staff are told that they overrode it. */
export const inSpiteOf = (minutes: number): Reason => ({ code: 'cutoff', minutes, overridable: true });

export const tooLate = (what: string, minutes: number) =>
  new Refusal(
    'cutoff',
    `A booking of this service can be ${what} up to ${minutes} minutes before it begins: call us.`,
    {
      minutes,
    },
  );

interface Leaving {
  before: Present;
  ask: Ask;
  status: 'declined' | 'cancelled';
  overrides: Reason[];
}

async function leave(tx: Transaction, by: By, { before, ask, status, overrides }: Leaving): Promise<Gone> {
  const { businessId, sessionId, id } = before.row;
  await lockUnit(tx, businessId, unitOf(before.row));
  if (!sessionId)
    await tx
      .delete(allocations)
      .where(and(eq(allocations.businessId, businessId), eq(allocations.unitId, id)));
  const set = { status, expiresAt: null, cancelReason: ask.reason };
  const action = status === 'declined' ? 'decline' : 'cancel';
  const overrode = overrides.map((reason) => reason.code);
  const present = await amend(tx, by, { before, revision: ask.revision, action, set, overrode });
  return { present, overrides };
}
