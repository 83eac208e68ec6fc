// One resource for another, at the same time; a session moves with all its bookings.
import { and, eq, inArray, ne, sql } from 'drizzle-orm';
import { v7 as uuid } from 'uuid';
import { MINUTE } from '../../shared/time.ts';
import { choose } from '../availability/choose.ts';
import { explain } from '../availability/explain.ts';
import { load } from '../availability/free.ts';
import { prepare } from '../availability/prepare.ts';
import type { Choice, Reason, Service } from '../availability/query.ts';
import { allocations, audit, bookings } from '../database/ledger.ts';
import type { Transaction } from '../database/open.ts';
import { Again, notFound, Refusal } from '../errors.ts';
import { allocate } from './allocate.ts';
import { type By, mayOverride } from './by.ts';
import { findBooking, type Present, unitOf } from './find.ts';
import { lockResources } from './locks.ts';
import { amend, differences, mustBeCurrent } from './record.ts';
import type { Moved } from './reschedule.ts';
import { mayBecome } from './rules.ts';
import { refused, seated, type Wanted } from './take.ts';

export interface Reassign {
  id: string;
  revision: number;
  from: string;
  to: string;
  override: boolean;
}

/** @throws Refusal taken, not_offered, invalid (from, to), not_found (to), stale */
export async function reassign(tx: Transaction, by: By, ask: Reassign): Promise<Moved> {
  mayOverride(by, ask.override);
  const before = await findBooking(tx, by.catalogue.business.id, ask.id);
  mustBeCurrent(before, ask.revision);
  mayBecome(before.row, 'reassign', by.now);
  const held = before.resources.map((resource) => resource.resourceId);
  await lockResources(tx, [...held, ask.to]);
  const leaving = await allocationsOf(tx, before, ask.from);
  const position = checked(by, { ask, before, position: leaving[0]?.position });

  const rule = ruleFor(by, { before, leaving, to: ask.to });
  const {
    query,
    held: sitting,
    old,
    revision,
  } = await load(tx, by.catalogue, {
    serviceId: before.row.serviceId,
    from: before.row.startsAt.getTime(),
    to: before.row.startsAt.getTime() + 1,
    now: by.now,
    need: 'slots',
    rule,
  });
  if (revision > by.catalogue.business.revision) throw new Again();
  const choice = chosen(by, { ask, before, prepared: prepare(query) });
  const taken = await seated(tx, by, { service: rule, choice, held: sitting, old });
  await tx.delete(allocations).where(and(ofUnit(before), eq(allocations.resourceId, ask.from)));
  const unit = {
    bookingId: before.row.sessionId ? null : before.row.id,
    sessionId: before.row.sessionId,
    serviceId: before.row.serviceId,
    expiresAt: leaving[0]!.expiresAt,
  };
  const places = taken.places.map((place) => ({ ...place, position }));
  await allocate(tx, before.row.businessId, { unit, taken: { ...taken, places } });
  const overrode = choice.overrides.map((reason) => reason.code);
  const present = await amend(tx, by, {
    before,
    revision: ask.revision,
    action: 'reassign',
    set: {},
    overrode,
  });
  await recordOthers(tx, by, { before, present });
  return { present, overrides: choice.overrides };
}

const ofUnit = ({ row }: Present) =>
  and(eq(allocations.businessId, row.businessId), eq(allocations.unitId, unitOf(row)));

const allocationsOf = (tx: Transaction, before: Present, resourceId: string) =>
  tx
    .select()
    .from(allocations)
    .where(and(ofUnit(before), eq(allocations.resourceId, resourceId)));

interface Checking {
  ask: Reassign;
  before: Present;
  position: number | undefined;
}

function checked(by: By, { ask, before, position }: Checking): number {
  const held = before.resources.map((resource) => resource.resourceId);
  if (!held.includes(ask.from))
    throw new Refusal('invalid', 'from: this booking does not hold that resource.', { resourceIds: held });
  // It was held when we read it, and let go by another before we had the locks.
  if (position === undefined) throw new Again();
  if (held.includes(ask.to)) throw new Refusal('invalid', 'to: this booking holds that resource already.');
  const resource = by.catalogue.resources.get(ask.to);
  if (!resource) throw notFound('resource');
  const group = by.catalogue.offers.get(before.row.serviceId)!.rule.groups[position];
  if (!group?.resources.includes(ask.to))
    throw new Refusal('invalid', `to: ${resource.row.name} cannot stand in here, or was archived.`, {
      resourceIds: group?.resources ?? [],
    });
  return position;
}

type Row = typeof allocations.$inferSelect;

// The service as it was when this was booked: its length and buffers then, one resource for the one that leaves.
function ruleFor(by: By, of: { before: Present; leaving: readonly Row[]; to: string }): Service {
  const { during, startsAt, endsAt } = of.leaving[0]!;
  return {
    ...by.catalogue.offers.get(of.before.row.serviceId)!.rule,
    seats: 1,
    length: (endsAt.getTime() - startsAt.getTime()) / MINUTE,
    before: (startsAt.getTime() - during.start) / MINUTE,
    after: (during.end - endsAt.getTime()) / MINUTE,
    groups: [{ count: 1, places: of.leaving.length, buffers: true, resources: [of.to] }],
  };
}

// The time is not being chosen, so what says that it cannot be begun at is no reason.
const ofTheTime: readonly Reason['code'][] = [
  'past',
  'notice',
  'horizon',
  'off_grid',
  'repeated',
  'service_closed',
];

function chosen(
  by: By,
  of: { ask: Reassign; before: Present; prepared: ReturnType<typeof prepare> },
): Choice {
  const { ask, before, prepared } = of;
  const start = before.row.startsAt.getTime();
  const { serviceId } = before.row;
  const wanted: Wanted = { serviceId, start, seats: 1, wish: [ask.to], override: ask.override };
  const choice = choose(prepared, start, { override: true });
  if (!choice) throw refused(wanted, explain(prepared, start).reasons, by);
  const overrides = choice.overrides.filter((reason) => !ofTheTime.includes(reason.code));
  if (overrides.length > 0 && !ask.override) throw refused(wanted, overrides, by);
  return { ...choice, overrides };
}

/** Everybody else in the session: their booking changed too. */
async function recordOthers(
  tx: Transaction,
  by: By,
  { before, present }: { before: Present; present: Present },
) {
  const { businessId, id, sessionId } = before.row;
  if (!sessionId) return;
  const others = await tx
    .update(bookings)
    .set({ revision: sql`${bookings.revision} + 1` })
    .where(
      and(
        eq(bookings.businessId, businessId),
        eq(bookings.sessionId, sessionId),
        ne(bookings.id, id),
        inArray(bookings.status, ['held', 'pending', 'confirmed', 'completed', 'no_show']),
      ),
    )
    .returning({ id: bookings.id });
  if (others.length === 0) return;
  await tx.insert(audit).values(
    others.map((other) => ({
      businessId,
      id: uuid(),
      bookingId: other.id,
      at: new Date(by.now),
      actor: by.actor,
      action: 'reassign',
      changes: differences(before, present),
      overrode: [],
    })),
  );
}
