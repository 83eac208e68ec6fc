// A booking's event was seen otherwise than we wrote it: put right, left to staff, or followed, in one transaction.
import { and, eq, isNull, sql } from 'drizzle-orm';
import { v7 as uuid } from 'uuid';
import { readCatalogue } from '../availability/catalogue.ts';
import { lockPulls } from '../calendars/lock.ts';
import { pushes } from '../database/ledger.ts';
import type { Transaction } from '../database/open.ts';
import type { Unit } from '../jobs/queue.ts';
import { foundOf, type Kind, kindsOf, rebased, resolve, type Sight, sameFound } from './drift.ts';
import {
  alter,
  close,
  type DriftRow,
  inGoogle,
  itself,
  lately,
  type Met,
  type Outcome,
  openDrifts,
  type Push,
  record,
  type Scene,
} from './drifts.ts';
import { type OwnFields, type UnitNow, wantedOf } from './event.ts';
import { follow, reasonIn } from './follow.ts';
import { lookElsewhere, soon, waitFor } from './missing.ts';
import { readNow } from './unit.ts';
import { unmirror } from './unmirror.ts';

/**
 * What a push is to do with the event it has in hand:
 * - `on`: write it, but leave alone what is still `open`
 * - `leave`: it is not there, and staff have not said what is to become of that
 * - `wait`: whether it was deleted for good, or only moved, is not known yet; `delay`: ask again, in ms
 * - `again`: all has changed, the unit too: read it anew
 */
export type Verdict =
  | { go: 'on'; open: ReadonlySet<Kind> }
  | { go: 'wait'; delay: number }
  | { go: 'leave' | 'again' };

const on = (kinds: Kind[] = []): Verdict => ({ go: 'on', open: new Set(kinds) });

/**
 * Safe twice: the same sight leads to nothing more. Call it only with a sight that is newer than what the push knows.
 * @throws Again, LeaseLost
 */
export async function face(tx: Transaction, scene: Scene, push: Push, sight: Sight): Promise<Verdict> {
  const unit = await readNow(tx, unitOf(push, scene.businessId));
  const open = await openDrifts(tx, scene.businessId, push.id);
  if (push.diedAt) return on();
  const wanted = push.present ? wantedOf(unit, push.calendarId) : ({ kind: 'none' } as const);
  if (wanted.kind !== 'event') {
    // There is to be no event here, or it only stands for what was: people may do with it what they like.
    for (const drift of open) await close(tx, scene, push, drift, itself);
    const left = open.find(({ kind }) => kind === 'left')?.found.calendarId;
    return trace(tx, scene, push, { sight: left ? { ...sight, calendarId: left } : sight, unit });
  }
  // On its way here when a person moved it: then it is fetched from there.
  const isElsewhere = sight.calendarId !== push.calendarId || (push.elsewhere !== null && !sight.shown);
  if (push.etag === null && isElsewhere) return trace(tx, scene, push, { sight, unit });
  const follows = unit.settings.drift.deleted === 'follow';
  const placed = await lookElsewhere(tx, scene, push, { sight, open, follows });
  if ('wait' in placed) return { go: 'wait', delay: placed.wait };
  const kinds = kindsOf(placed.sight, push, wanted.fields);
  const gone = open.filter(({ kind }) => !kinds.includes(kind));
  const by = kindsOf(placed.sight, push).some((kind) => gone.some((one) => one.kind === kind))
    ? itself
    : inGoogle;
  await forget(tx, scene, push, { gone, by });
  const outcomes = new Map<Kind, Outcome['state']>();
  for (const kind of kinds) {
    const before = open.find((one) => one.kind === kind);
    const policy = before?.policy ?? unit.settings.drift[kind];
    const found = foundOf(kind, placed.sight, push.written);
    const met: Met = { push, kind, found, etag: placed.sight.etag, policy, before };
    outcomes.set(kind, await handle(tx, scene, met, { fields: wanted.fields, sure: placed.sure }));
  }
  return verdictOf(outcomes);
}

/**
 * Where an event is that this push has lost: a person moved it before we wanted it away from here. A push for where it
 * is takes care of it then: takes it away, marks it, or lets another of the unit's calendars fetch it from there.
 */
async function trace(
  tx: Transaction,
  scene: Scene,
  push: Push,
  { sight, unit }: { sight: Sight; unit: UnitNow },
): Promise<Verdict> {
  const calendarId = sight.calendarId === push.calendarId ? push.elsewhere : sight.calendarId;
  const lost = push.etag !== null && sight.shown === null && unit.settings.pull;
  if (!calendarId && lost && (await waitFor(tx, scene, push)) === 'wait') return { go: 'wait', delay: soon };
  if (calendarId) {
    const present = wantedOf(unit, calendarId).kind === 'marked';
    await adopt(tx, scene.businessId, { push, found: { calendarId }, present });
  }
  const known = { missingAt: null, elsewhere: null };
  const owed = scene.lease === null;
  if (calendarId || lost) await alter(tx, scene, push, { ...known, etag: null, owed });
  else if (push.missingAt || push.elsewhere) await alter(tx, scene, push, known);
  return calendarId ? { go: 'again' } : on();
}

function verdictOf(outcomes: ReadonlyMap<Kind, Outcome['state']>): Verdict {
  const [deleted, left] = [outcomes.get('deleted'), outcomes.get('left')];
  const followed = [outcomes.get('moved'), deleted, left].includes('followed');
  if (followed || left === 'restored') return { go: 'again' };
  if (deleted === 'open' || left === 'open') return { go: 'leave' };
  return on([...outcomes].flatMap(([kind, state]) => (state === 'open' ? [kind] : [])));
}

const unitOf = ({ unitId, bookingId, sessionId }: Push, businessId: string): Unit => ({
  businessId,
  unitId,
  bookingId,
  sessionId,
});

/** What is no drift any more, and what was noted until it could be looked at. */
async function forget(
  tx: Transaction,
  scene: Scene,
  push: Push,
  of: { gone: DriftRow[]; by: string },
): Promise<void> {
  const { gone, by } = of;
  if (push.missingAt || push.elsewhere || gone.length > 0)
    await alter(tx, scene, push, {
      missingAt: null,
      elsewhere: null,
      // What was left alone so far may have to be written now.
      owed: gone.length > 0 && scene.lease === null,
    });
  for (const drift of gone) await close(tx, scene, push, drift, by);
}

interface Wanting {
  fields: OwnFields;
  /** Deleted for certain, not only gone from here. */
  sure: boolean;
}

async function handle(tx: Transaction, scene: Scene, met: Met, wanting: Wanting): Promise<Outcome['state']> {
  const { push, kind, found, before } = met;
  let wish = await wishOf(tx, scene, met, wanting.fields);
  if (wish.act === 'follow' && !wanting.sure) wish = { act: 'ask', reason: 'unsure' };
  let outcome: Outcome = { state: 'open', reason: wish.act === 'ask' ? wish.reason : null };
  if (wish.act === 'follow') {
    outcome = await tryToFollow(tx, scene, met);
  }
  if (wish.act === 'restore') outcome = { state: 'restored', reason: null };
  if (before?.reason && outcome.state === 'open' && !wentOn(met)) outcome.reason = before.reason;
  if (outcome.state !== 'open') await settled(tx, scene, met, outcome.state);
  await record(tx, scene, { push, kind, found, etag: met.etag, policy: met.policy, before }, outcome);
  return outcome.state;
}

async function wishOf(tx: Transaction, scene: Scene, met: Met, fields: OwnFields) {
  const { push, kind, found, policy, before } = met;
  if (before?.choice) return { act: before.choice };
  if (before && !wentOn(met)) return { act: 'ask' as const, reason: before.reason };
  const { written } = push;
  const movedOn = written !== null && (fields.start !== written.start || fields.end !== written.end);
  const sameStart = found.start === fields.start && !found.recurrence;
  return resolve(kind, { policy, movedOn, sameStart, ...(await lately(tx, scene, push.id)) });
}

/**
 * What could not be followed is somewhere else by now, and may be followed there. What staff have to settle, wherever it
 * goes, is not.
 */
const wentOn = ({ before, found }: Met): boolean =>
  before?.policy === 'follow' &&
  !['both', 'fight'].includes(before.reason ?? '') &&
  !sameFound(before.found, found);

/** @returns `open`, if it could not */
async function tryToFollow(tx: Transaction, scene: Scene, met: Met): Promise<Outcome> {
  try {
    const { businessId, now } = scene;
    const by = { catalogue: await readCatalogue(tx, businessId), actor: inGoogle, staff: true, now };
    // What an act has done before it refuses is undone.
    const overrode = await tx.transaction(async (inner) => {
      if (met.kind === 'left') await adopt(inner, businessId, met);
      return follow(inner, by, met);
    });
    return { state: 'followed', reason: null, overrode };
  } catch (error) {
    const reason = reasonIn(error);
    if (reason === undefined) throw error;
    return { state: 'open', reason };
  }
}

/** What the push goes by from now on, so that it writes only what is wanted otherwise than Google shows. */
export async function settled(
  tx: Transaction,
  scene: Scene,
  { push, kind, found, etag }: Met,
  state: 'restored' | 'followed',
): Promise<void> {
  const owed = state === 'restored' && scene.lease === null;
  if (kind === 'moved' || kind === 'freed') {
    const base = push.written && rebased(push.written, kind, found);
    const freed = kind === 'freed' && state === 'followed' ? { freed: true as const } : {};
    return alter(tx, scene, push, { written: base && { ...base, ...freed }, etag, owed });
  }
  // The acts have owed what is to be done.
  if (state === 'followed') return;
  if (kind === 'left') await adopt(tx, scene.businessId, { push, found });
  // Not there any more as far as we know: the next push brings it back.
  await alter(tx, scene, push, { etag: null, owed });
}

/**
 * The event stands in another calendar: a push of its own knows it there, from which this one fetches it back; or which
 * becomes the one to show it, where the booking goes there. Not if the unit has another event there: then it is no matter
 * of ours, and this one is made anew. Nor is it any more what it was taken for there, an event that may block.
 */
export async function adopt(
  tx: Transaction,
  businessId: string,
  { push, found, present = false }: Pick<Met, 'push' | 'found'> & { present?: boolean },
): Promise<void> {
  const calendarId = found.calendarId ?? '';
  const { unitId, bookingId, sessionId, eventId, written } = push;
  if (!eventId) return;
  await lockPulls(tx, businessId, [calendarId]);
  const known = { eventId, etag: seen, written: written && { ...written }, tried: null, present };
  const adopted = await tx
    .insert(pushes)
    .values({ businessId, id: uuid(), unitId, bookingId, sessionId, calendarId, wanted: 1, ...known })
    .onConflictDoUpdate({
      target: [pushes.businessId, pushes.unitId, pushes.calendarId],
      set: {
        ...known,
        present: sql`${pushes.present} or ${present}`,
        wanted: sql`greatest(${pushes.wanted}, ${pushes.done}) + 1`,
        dueAt: sql`now()`,
        attempts: 0,
        diedAt: null,
      },
      setWhere: isNull(pushes.eventId),
    })
    .returning({ id: pushes.id });
  // Left to people, it is an event like any other, and goes on blocking as one.
  if (adopted.length === 0 && !(await isKnown(tx, { businessId, unitId, calendarId, eventId }))) return;
  await unmirror(tx, { businessId, calendarId, eventId });
}

/** It stood there, in what state is not kept; Google's own are in quotes. Gone from there, somebody took it. */
const seen = 'seen';

async function isKnown(
  tx: Transaction,
  of: { businessId: string; unitId: string; calendarId: string; eventId: string },
): Promise<boolean> {
  const [row] = await tx
    .select({ eventId: pushes.eventId })
    .from(pushes)
    .where(
      and(
        eq(pushes.businessId, of.businessId),
        eq(pushes.unitId, of.unitId),
        eq(pushes.calendarId, of.calendarId),
      ),
    );
  return row?.eventId === of.eventId;
}
