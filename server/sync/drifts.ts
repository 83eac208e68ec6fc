// The rows of drift: what is known of a push when its event is looked at, what was found, and what staff are told of it.
import { and, eq, gt, type SQL, sql } from 'drizzle-orm';
import { v7 as uuid } from 'uuid';
import { HOUR } from '../../shared/time.ts';
import { pushes } from '../database/ledger.ts';
import { drifts } from '../database/mirror.ts';
import type { Transaction } from '../database/open.ts';
import { Again } from '../errors.ts';
import { LeaseLost } from '../jobs/queue.ts';
import { tell } from '../log/messages.ts';
import { writeLog } from '../log/steps.ts';
import { type Base, type Found, type Kind, type Policy, sameFound } from './drift.ts';

export type DriftRow = typeof drifts.$inferSelect;

/** Who looks, and when. */
export interface Scene {
  businessId: string;
  /** ms since 1970 */
  now: number;
  /** The lease of the push that looks (Claim.leasedUntil); null: nobody may have the push in hand. */
  lease: string | null;
}

export interface Push extends Base {
  id: string;
  unitId: string;
  bookingId: string | null;
  sessionId: string | null;
  generation: number;
  eventId: string | null;
  writtenAt: Date | null;
  missingAt: Date | null;
  elsewhere: string | null;
  /** A worker has it in hand. */
  leased: boolean;
  /** There is a drift of it that is not settled. */
  drifting: boolean;
}

export async function pushesWhere(
  tx: Transaction,
  businessId: string,
  which: SQL | undefined,
): Promise<Push[]> {
  const rows = await tx
    .select({
      id: pushes.id,
      unitId: pushes.unitId,
      bookingId: pushes.bookingId,
      sessionId: pushes.sessionId,
      calendarId: pushes.calendarId,
      present: pushes.present,
      generation: pushes.generation,
      eventId: pushes.eventId,
      etag: pushes.etag,
      written: pushes.written,
      writtenAt: pushes.writtenAt,
      tried: pushes.tried,
      missingAt: pushes.missingAt,
      elsewhere: pushes.elsewhere,
      diedAt: pushes.diedAt,
      leased: sql<boolean>`coalesce(${pushes.leasedUntil} > now(), false)`,
      drifting,
    })
    .from(pushes)
    .where(and(eq(pushes.businessId, businessId), which))
    .orderBy(pushes.id)
    // Readings of two calendars may meet one push at once: the second then sees what the first has made of it.
    .for('no key update');
  return rows as (Omit<Push, 'written' | 'tried'> & Record<'written' | 'tried', unknown>)[] as Push[];
}

/** For a select from pushes. Spelt out: alone in a select, drizzle leaves out whose column it is. */
export const drifting = sql<boolean>`exists (select from drifts d
  where d.business_id = pushes.business_id and d.push_id = pushes.id and d.state = 'open')`;

type Change = Partial<
  Pick<typeof pushes.$inferInsert, 'etag' | 'written' | 'tried' | 'missingAt' | 'elsewhere'> & {
    /** To be looked at, or written, now, or after so many ms. */
    owed: boolean;
    after: number;
  }
>;

/**
 * Changes what is known of the push's event, unless another came first; `push` bears it then.
 * @throws Again, LeaseLost
 */
export async function alter(
  tx: Transaction,
  scene: Scene,
  push: Push,
  { owed, after = 0, ...set }: Change,
): Promise<void> {
  const { businessId, lease } = scene;
  // Whoever has one push of a unit in hand, has them all (jobs/queue.ts).
  const inHand = lease
    ? sql`exists (select from pushes ours where ours.business_id = ${businessId} and ours.unit_id = ${push.unitId}
        and ours.leased_until = ${lease}::timestamptz)`
    : sql`(${pushes.leasedUntil} is null or ${pushes.leasedUntil} <= now())`;
  const rows = await tx
    .update(pushes)
    .set({ ...set, ...(owed ? dueIn(after) : { present: pushes.present }) })
    .where(
      and(
        eq(pushes.businessId, businessId),
        eq(pushes.id, push.id),
        sql`${pushes.etag} is not distinct from ${push.etag}::text`,
        inHand,
      ),
    )
    .returning({ id: pushes.id });
  if (rows.length === 0) throw lease ? new LeaseLost() : new Again();
  Object.assign(push, set);
}

const dueIn = (ms: number) => ({
  wanted: sql`greatest(${pushes.wanted}, ${pushes.done}) + 1`,
  dueAt: sql`now() + make_interval(secs => ${ms / 1000})`,
});

/** Whoever has the push in hand, it is to be looked at again after that; `elsewhere`: where its event was seen. */
export async function oweLook(
  tx: Transaction,
  businessId: string,
  { id, elsewhere }: { id: string; elsewhere?: string },
): Promise<void> {
  await tx
    .update(pushes)
    .set({ ...dueIn(0), ...(elsewhere && { elsewhere }) })
    .where(and(eq(pushes.businessId, businessId), eq(pushes.id, id)));
}

export const openDrifts = (tx: Transaction, businessId: string, pushId: string): Promise<DriftRow[]> =>
  tx
    .select()
    .from(drifts)
    .where(and(eq(drifts.businessId, businessId), eq(drifts.pushId, pushId), eq(drifts.state, 'open')));

/** How often within the last hour drifts of the push were settled by themselves. */
export async function lately(tx: Transaction, { businessId, now }: Scene, pushId: string) {
  const rows = await tx
    .select({ state: drifts.state })
    .from(drifts)
    .where(
      and(
        eq(drifts.businessId, businessId),
        eq(drifts.pushId, pushId),
        eq(drifts.settledBy, itself),
        gt(drifts.settledAt, new Date(now - HOUR)),
      ),
    );
  const count = (state: DriftRow['state']) => rows.filter((row) => row.state === state).length;
  return { restored: count('restored'), followed: count('followed') };
}

/** Who settles a drift: Sidebook by the business's policy, or whoever put the event back in Google. */
export const itself = 'sidebook';
export const inGoogle = 'google';

/** A drift as it was met. */
export interface Met {
  push: Push;
  kind: Kind;
  found: Found;
  etag: string | null;
  policy: Policy;
  /** That which stands open of this kind. */
  before: DriftRow | undefined;
}

export interface Outcome {
  state: 'open' | 'restored' | 'followed';
  /** Why it waits for a person, where the business would have had it otherwise. */
  reason: string | null;
  /** What the booking goes against since it followed by itself, as codes. */
  overrode?: string[];
}

/**
 * Keeps it, and tells staff of one that waits for them: once for each state in which it was found; and of one that was
 * followed by itself, if that goes against what they have set.
 */
export async function record(tx: Transaction, scene: Scene, met: Met, outcome: Outcome): Promise<void> {
  const { push, kind, found, etag, policy, before } = met;
  const { state, reason, overrode = [] } = outcome;
  const { businessId } = scene;
  const at = new Date(scene.now);
  if (state === 'open' && before && before.etag === etag && sameFound(before.found, found)) return;
  const settled = state === 'open' ? {} : { settledAt: at, settledBy: before?.settledBy ?? itself };
  const seen = { found, etag, seenAt: at, state, reason, ...settled };
  const id = before?.id ?? uuid();
  if (before) await change(tx, before, seen);
  else await tx.insert(drifts).values({ businessId, id, pushId: push.id, kind, policy, ...seen });
  await log(tx, scene, push, { kind, outcome: reason ?? state });
  const { bookingId, calendarId } = push;
  const told = { businessId, to: 'staff' as const, at, bookingId, calendarId };
  if (overrode.length > 0) {
    const details = { driftId: id, kind, overrode, ...found };
    await tell(tx, [{ ...told, kind: 'drift_followed', about: id, details }]);
  }
  if (state !== 'open' || (before && sameFound(before.found, found))) return;
  const about = `${id}/${found.start ?? found.calendarId ?? ''}`;
  const details = { driftId: id, kind, reason, ...found };
  await tell(tx, [{ ...told, kind: 'drift', about, details }]);
}

/** It is no more: put back by whom, or the booking is so by now. */
export async function close(tx: Transaction, scene: Scene, push: Push, drift: DriftRow, by: string) {
  await change(tx, drift, { state: 'settled', settledAt: new Date(scene.now), settledBy: by });
  await log(tx, scene, push, { kind: drift.kind, outcome: 'settled' });
}

/** @throws Again, if it was settled meanwhile */
export async function change(tx: Transaction, drift: DriftRow, set: Partial<DriftRow>): Promise<void> {
  const rows = await tx
    .update(drifts)
    .set(set)
    .where(and(eq(drifts.businessId, drift.businessId), eq(drifts.id, drift.id), eq(drifts.state, 'open')))
    .returning({ id: drifts.id });
  if (rows.length === 0) throw new Again();
}

async function log(
  tx: Transaction,
  scene: Scene,
  push: Push,
  { kind, outcome }: { kind: Kind; outcome: string },
) {
  const { businessId, now } = scene;
  const { id: pushId, unitId, calendarId } = push;
  const at = new Date(now);
  await writeLog(tx, [{ businessId, at, kind: 'drift', unitId, pushId, calendarId, step: kind, outcome }]);
}
