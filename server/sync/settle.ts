// What a person says is to become of a drift: the event goes back to what the booking is, or the booking does what was done to it.
import { and, eq } from 'drizzle-orm';
import type { By } from '../bookings/by.ts';
import { pushes } from '../database/ledger.ts';
import { drifts } from '../database/mirror.ts';
import type { Transaction } from '../database/open.ts';
import { Again, notFound, Refusal } from '../errors.ts';
import { change, type DriftRow, type Met, oweLook, pushesWhere, record, type Scene } from './drifts.ts';
import { adopt, settled } from './face.ts';
import { follow } from './follow.ts';

export interface Settling {
  id: string;
  choice: 'restore' | 'follow';
}

/**
 * Of a push that is just in hand the choice is kept, and done when it is looked at next: the drift stays open until
 * then.
 * @returns what the booking goes against if it followed, as codes
 * @throws Refusal not_found, wrong_state, and what the act refuses that would follow (bookings/reschedule, cancel, reassign)
 */
export async function settleDrift(tx: Transaction, by: By, { id, choice }: Settling): Promise<string[]> {
  const businessId = by.catalogue.business.id;
  const [drift] = await tx
    .select()
    .from(drifts)
    .where(and(eq(drifts.businessId, businessId), eq(drifts.id, id)));
  if (!drift) throw notFound('drift');
  if (drift.state !== 'open')
    throw new Refusal('wrong_state', 'This is settled already.', { state: drift.state });
  const [push] = await pushesWhere(tx, businessId, eq(pushes.id, drift.pushId));
  if (!push) throw new Again();
  const { kind, found, policy } = drift;
  const { etag } = push;
  const before: DriftRow = { ...drift, choice, settledBy: by.actor };
  const met: Met = { push, kind, found, etag, policy, before };
  const scene: Scene = { businessId, now: by.now, lease: null };
  const follows = choice === 'follow';
  if (follows && kind === 'left') await adopt(tx, businessId, met);
  const overrode = follows ? await follow(tx, by, met) : [];
  if (push.leased && !(follows && kind !== 'freed')) {
    await change(tx, drift, { choice, settledBy: by.actor });
    await oweLook(tx, businessId, { id: push.id });
    return overrode;
  }
  // What the act has made of the booking is what Google shows: nothing is left to go by otherwise.
  if (!push.leased) await settled(tx, scene, met, follows ? 'followed' : 'restored');
  await record(tx, scene, met, { state: follows ? 'followed' : 'restored', reason: drift.reason });
  return overrode;
}
