// Moving a booking to another time, its own not standing in its way.
import { localTime } from '../../shared/time.ts';
import type { Reason } from '../availability/query.ts';
import type { Transaction } from '../database/open.ts';
import { allocate } from './allocate.ts';
import type { By } from './by.ts';
import { inSpiteOf, tooLate } from './cancel.ts';
import { findBooking, type Present } from './find.ts';
import { pendingUntil } from './hold.ts';
import { amend, mustBeCurrent } from './record.ts';
import { release } from './release.ts';
import { mayBecome, pastCutoff } from './rules.ts';
import { sessionFor, sitsAlone } from './sessions.ts';
import { take } from './take.ts';

export interface Moved {
  present: Present;
  /** What staff overrode. */
  overrides: Reason[];
}

interface Reschedule {
  id: string;
  revision: number;
  start: string;
  resourceIds: readonly string[];
  override: boolean;
}

/** Keeps its resources where they are free then, unless others are asked for. @throws Refusal taken, not_offered, cutoff, stale */
export async function reschedule(tx: Transaction, by: By, ask: Reschedule): Promise<Moved> {
  const before = await findBooking(tx, by.catalogue.business.id, ask.id);
  const { row, resources } = before;
  // A stale decision does not go through the taking first: its answer is the present booking, not "taken".
  mustBeCurrent(before, ask.revision);
  mayBecome(row, 'reschedule', by.now);
  const offer = by.catalogue.offers.get(row.serviceId)!;
  const { rescheduleCutoffMinutes } = offer.row;
  const late = pastCutoff(row.startsAt, rescheduleCutoffMinutes, by.now);
  if (late && !ask.override) throw tooLate('moved', rescheduleCutoffMinutes);
  const held = resources.map((resource) => resource.resourceId);
  const start = Date.parse(ask.start);
  // Others' session stays where it is for them; and at its own time a booking stays in its session.
  const goes = !row.sessionId || (start !== row.startsAt.getTime() && (await sitsAlone(tx, row, by.now)));
  const taken = await take(tx, by, {
    serviceId: row.serviceId,
    start,
    seats: row.seats,
    wish: ask.resourceIds,
    prefer: ask.resourceIds.length === 0 ? held : undefined,
    override: ask.override,
    moving: goes ? row : undefined,
    leaving: held,
  });
  const expiresAt = row.expiresAt && pendingUntil(by, taken.start);
  const own = goes ? row.sessionId : null;
  // Whoever only held a seat of it, and let it lapse, is not taken along.
  if (own) await release(tx, by, [own]);
  const sessionId = offer.row.seats > 1 ? await sessionFor(tx, by, { offer, taken, own }) : null;
  const unit = { bookingId: row.id, sessionId: null, serviceId: row.serviceId, expiresAt };
  if (!sessionId) await allocate(tx, row.businessId, { unit, taken });
  const set = {
    startsAt: new Date(taken.start),
    endsAt: new Date(taken.end),
    localStart: localTime(row.zone, taken.start),
    expiresAt,
    sessionId,
  };
  const overrides = [...(late ? [inSpiteOf(rescheduleCutoffMinutes)] : []), ...taken.overrides];
  const present = await amend(tx, by, {
    before,
    revision: ask.revision,
    action: 'reschedule',
    set,
    overrode: overrides.map((reason) => reason.code),
  });
  return { present, overrides };
}
