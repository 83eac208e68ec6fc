// Moving a booking: to another time, its own not standing in its way; or to another resource at the same time.

import { localTime } from '../../shared/time.ts';
import { offerOf } from '../availability/catalogue.ts';
import type { Reason } from '../availability/query.ts';
import type { Transaction } from '../database/open.ts';
import { Refusal } from '../errors.ts';
import { allocate } from './allocate.ts';
import type { By } from './by.ts';
import { tooLate } from './cancel.ts';
import { findBooking, type Present, unitOf } from './find.ts';
import { amend } from './record.ts';
import { mayBecome, pastCutoff } from './rules.ts';
import { sessionFor } from './sessions.ts';
import { take, type Wanted } from './take.ts';

export interface Moved {
  present: Present;
  overrides: Reason[];
  /** What staff overrode: the reasons' codes, and the cut-off. */
  overrode: string[];
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
  mayBecome(before.row, 'reschedule', by.now);
  const { rescheduleCutoffMinutes } = by.catalogue.offers.get(before.row.serviceId)!.row;
  const late = pastCutoff(before.row.startsAt, rescheduleCutoffMinutes, by.now);
  if (late && !ask.override) throw tooLate('moved', rescheduleCutoffMinutes);
  const wanted = { start: Date.parse(ask.start), wish: ask.resourceIds, override: ask.override };
  return move(tx, by, { before, revision: ask.revision, action: 'reschedule', wanted, late });
}

interface Reassign {
  id: string;
  revision: number;
  from: string;
  to: string;
  override: boolean;
}

/** One resource for another, at the same time; a session moves with all its bookings. */
export async function reassign(tx: Transaction, by: By, ask: Reassign): Promise<Moved> {
  const before = await findBooking(tx, by.catalogue.business.id, ask.id);
  mayBecome(before.row, 'reassign', by.now);
  const held = before.resources.map((resource) => resource.resourceId);
  if (!held.includes(ask.from))
    throw new Refusal('invalid', 'from: this booking does not hold that resource.', { resourceIds: held });
  const only = held.map((id) => (id === ask.from ? ask.to : id));
  const wanted = { start: before.row.startsAt.getTime(), wish: only, only, override: ask.override };
  return move(tx, by, { before, revision: ask.revision, action: 'reassign', wanted, late: false });
}

interface Move {
  before: Present;
  revision: number;
  action: 'reschedule' | 'reassign';
  wanted: Pick<Wanted, 'start' | 'wish' | 'only' | 'override'>;
  late: boolean;
}

async function move(
  tx: Transaction,
  by: By,
  { before, revision, action, wanted, late }: Move,
): Promise<Moved> {
  const { row, resources } = before;
  // A stale decision must not go through the taking first: its answer is the present booking, not "taken".
  const current = row.revision === revision;
  const offer = offerOf(by.catalogue, row.serviceId);
  const sessionMoves = row.sessionId !== null && action === 'reassign';
  const held = resources.map((resource) => resource.resourceId);
  const full: Wanted = {
    ...wanted,
    serviceId: row.serviceId,
    seats: sessionMoves ? 1 : row.seats,
    prefer: wanted.wish.length === 0 ? held : undefined,
    whole: sessionMoves,
    moving: row.sessionId && !sessionMoves ? undefined : unitOf(row),
    leaving: held,
  };
  const taken = current ? await take(tx, by, full) : undefined;
  if (!taken)
    return {
      present: await amend(tx, by, { before, revision, action, set: {} }),
      overrides: [],
      overrode: [],
    };

  let sessionId: string | null = null;
  const unit = { serviceId: row.serviceId, expiresAt: row.expiresAt };
  if (sessionMoves) {
    sessionId = row.sessionId;
    await allocate(tx, row.businessId, { unit: { ...unit, bookingId: null, sessionId }, taken });
  } else if (offer.row.seats > 1) sessionId = await sessionFor(tx, by, { offer, taken });
  else await allocate(tx, row.businessId, { unit: { ...unit, bookingId: row.id, sessionId: null }, taken });

  const set = {
    startsAt: new Date(taken.start),
    endsAt: new Date(taken.end),
    localStart: localTime(row.zone, taken.start),
    sessionId,
  };
  const overrode = [...(late ? ['cutoff'] : []), ...taken.overrides.map((reason) => reason.code)];
  const present = await amend(tx, by, { before, revision, action, set, overrode });
  return { present, overrides: taken.overrides, overrode };
}
