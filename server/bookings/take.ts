// Taking time: which resources a booking gets, under their locks, with what expired in its way let go first.
import { and, eq } from 'drizzle-orm';
import { MINUTE, overlaps } from '../../shared/time.ts';
import { choose } from '../availability/choose.ts';
import { explain } from '../availability/explain.ts';
import { type Ask, type Held, type Loaded, load } from '../availability/free.ts';
import { prepare } from '../availability/prepare.ts';
import type { Choice, Reason, Service } from '../availability/query.ts';
import { type Said, sentence } from '../availability/words.ts';
import { allocations } from '../database/ledger.ts';
import type { Connection, Transaction } from '../database/open.ts';
import { Again, notFound, Refusal } from '../errors.ts';
import type { Taken } from './allocate.ts';
import { type By, mayOverride } from './by.ts';
import { mustBeConfirmed } from './confirm.ts';
import { unitOf } from './find.ts';
import { lockResources } from './locks.ts';
import { freePlaces, rearrange } from './places.ts';
import { release } from './release.ts';
import { type Sitting, sitsAlone } from './sessions.ts';

export interface Wanted {
  serviceId: string;
  /** ms since 1970 */
  start: number;
  seats: number;
  wish: readonly string[];
  /** Taken if they are free, others if not. */
  prefer?: readonly string[];
  override: boolean;
  /** The booking whose time this replaces: what its unit holds is let go first and does not stand in its way. */
  moving?: Sitting;
  /** Resources to lock besides, in the same sorted go: those that the booking leaves. */
  leaving?: readonly string[];
}

/**
 * Decides and locks; `allocate` then writes. Nothing is chosen by what another may be changing: candidates are
 * looked at first, then those chosen are locked and looked at again.
 * @throws Refusal taken, not_offered (with every reason), not_found; Again
 */
export async function take(tx: Transaction, by: By, wanted: Wanted): Promise<Taken> {
  mayOverride(by, wanted.override);
  const service = checked(by, wanted);
  const only = onlyCandidates(service, wanted.wish);
  const locked = only ?? (await look(tx, by, wanted));
  await lockResources(tx, [...locked, ...(wanted.leaving ?? [])]);
  if (wanted.moving) await letGo(tx, by, { moving: wanted.moving, locked: wanted.leaving ?? [] });
  // Nothing to weigh any more, so no week to read.
  const asked = { ...asking(by, wanted), need: 'slots' as const, only: locked };
  const { query, held, old, revision } = await load(tx, by.catalogue, asked);
  // Changed while we waited for the locks: places, say, or what is archived.
  if (revision > by.catalogue.business.revision) throw new Again();
  const prepared = prepare(query);
  const choice = choose(prepared, wanted.start, { override: wanted.override });
  if (!choice) {
    if (!only) throw new Again();
    throw refused(wanted, explain(prepared, wanted.start).reasons, by);
  }
  if (!choice.session) return seated(tx, by, { service, choice, held, old });
  const session = query.sessions?.find(({ id }) => id === choice.session);
  if (!session?.resources.every((id) => locked.includes(id))) throw new Again();
  return { ...choice, places: [] };
}

async function letGo(tx: Transaction, by: By, of: { moving: Sitting; locked: readonly string[] }) {
  const { moving } = of;
  // Somebody joined its session before we had the locks: their time is not let go.
  if (!(await sitsAlone(tx, moving, by.now))) throw new Again();
  const rows = await tx
    .delete(allocations)
    .where(and(eq(allocations.businessId, moving.businessId), eq(allocations.unitId, unitOf(moving))))
    .returning({ id: allocations.resourceId });
  // It came to hold others between reading it and locking them.
  if (rows.some((row) => !of.locked.includes(row.id))) throw new Again();
}

const asking = (by: By, wanted: Wanted): Ask => ({
  serviceId: wanted.serviceId,
  from: wanted.start,
  to: wanted.start + 1,
  now: by.now,
  need: 'choice',
  seats: wanted.seats,
  wish: wanted.wish,
  ignore: wanted.moving ? [unitOf(wanted.moving)] : [],
});

// What no other time would mend is told as what it is.
function checked(by: By, { serviceId, wish, seats }: Wanted): Service {
  const offer = by.catalogue.offers.get(serviceId);
  if (!offer) throw notFound('service');
  for (const id of wish) {
    const resource = by.catalogue.resources.get(id);
    if (!resource) throw notFound('resource');
    if (!offer.rule.groups.some((group) => group.resources.includes(id)))
      throw new Refusal(
        'invalid',
        `resourceIds: ${resource.row.name} is not part of this service, or was archived.`,
      );
  }
  if (seats > offer.rule.seats)
    throw new Refusal('invalid', `seats: this service has ${offer.rule.seats} at most.`, {
      seats: offer.rule.seats,
    });
  return offer.rule;
}

// Where nothing is left to choose, the first look can be spared. A session may hold other resources than asked for.
function onlyCandidates(service: Service, wish: readonly string[]): readonly string[] | undefined {
  if (service.seats > 1) return undefined;
  const all = service.groups.flatMap((group) => group.resources);
  const needed = service.groups.reduce((sum, group) => sum + group.count, 0);
  if (all.length === needed) return all;
  return wish.length === needed && wish.every((id) => all.includes(id)) ? wish : undefined;
}

/** Which resources it would take, with nothing locked: so only as good as the moment. @throws TimeRefused */
export async function look(db: Connection, by: By, wanted: Wanted): Promise<string[]> {
  checked(by, wanted);
  const { query } = await load(db, by.catalogue, asking(by, wanted));
  const among = (wish: readonly string[]) =>
    choose(prepare({ ...query, wish }), wanted.start, { override: wanted.override });
  const choice = (wanted.prefer && among(wanted.prefer)) ?? among(wanted.wish);
  if (!choice) throw refused(wanted, explain(prepare(query), wanted.start).reasons, by);
  if (!choice.session) return choice.resources.map((taken) => taken.resource);
  return [...(query.sessions?.find((session) => session.id === choice.session)?.resources ?? [])];
}

/** A time that cannot be had: `taken` by somebody, or `not_offered` by rule; with every reason. */
export class TimeRefused extends Refusal {
  readonly wanted: Wanted;
  constructor(wanted: Wanted, reasons: readonly Said[], alternatives?: readonly unknown[]) {
    const taken = reasons.some((reason) => !reason.overridable && reason.code !== 'past');
    const details = { reasons, alternatives };
    if (taken) super('taken', 'This time is taken: choose another.', details);
    else {
      const why = reasons[0] ? `. ${reasons[0].words}` : ': choose another.';
      super('not_offered', `This time cannot be booked${why}`, details);
    }
    this.wanted = wanted;
  }
  /** The same, with times that are free instead. */
  with(alternatives: readonly unknown[]): TimeRefused {
    const { reasons } = this.details as { reasons: readonly Said[] };
    return new TimeRefused(this.wanted, reasons, alternatives);
  }
  /** As a customer is told it: which times are free, never who or what takes the others. */
  forCustomer(): TimeRefused {
    const { reasons, alternatives } = this.details as { reasons: readonly Said[]; alternatives?: unknown[] };
    const own = reasons.filter(({ code, resourceId }) => customersOwn.has(code) && !resourceId);
    return new TimeRefused(this.wanted, own, alternatives);
  }
}

/** Reasons that are for everybody to know: they come of the start alone. */
const customersOwn = new Set(['past', 'notice', 'horizon', 'service_closed', 'off_grid', 'repeated']);

export const refused = (wanted: Wanted, reasons: readonly Reason[], by: By) =>
  new TimeRefused(
    wanted,
    reasons.map((reason) => sentence(reason, by.catalogue)),
  );

interface Seating {
  service: Service;
  choice: Choice;
  held: Held[];
  old: Loaded['old'];
}

/**
 * Places for what was chosen, on locked resources, with what expired in the way let go.
 * @throws Again, Unconfirmed
 */
export async function seated(tx: Transaction, by: By, seating: Seating): Promise<Taken> {
  const { service, choice, held, old } = seating;
  const { start, end } = choice;
  mustBeConfirmed(by, {
    old,
    resources: choice.resources.map(({ resource }) => resource),
    span: { start: start - service.before * MINUTE, end: end + service.after * MINUTE },
  });
  const businessId = by.catalogue.business.id;
  const lapsed = new Set<string>();
  const places: Taken['places'] = [];
  for (const { resource: resourceId, group: position, places: count } of choice.resources) {
    const buffers = service.groups[position]!.buffers;
    const during = {
      start: choice.start - (buffers ? service.before * MINUTE : 0),
      end: choice.end + (buffers ? service.after * MINUTE : 0),
    };
    const mine = held.filter((row) => row.resource === resourceId);
    const inTheWay = mine.filter((row) => overlaps(row, during) && hasLapsed(row, by.now));
    const fresh = inTheWay.map((row) => row.unit).filter((unit) => !lapsed.has(unit));
    await release(tx, by, fresh);
    for (const unit of fresh) lapsed.add(unit);
    const sitting = mine.filter((row) => !lapsed.has(row.unit));
    const capacity = by.catalogue.resources.get(resourceId)!.row.places;
    const free =
      freePlaces(sitting, during, { capacity, count }) ??
      (await rearrange(tx, { businessId, resourceId, capacity, count, span: during }));
    // The engine counted them free: so another's change became visible between its look and this one.
    if (!free) throw new Again();
    places.push(...free.map((place) => ({ resourceId, place, position, during })));
  }
  return { start: choice.start, end: choice.end, session: null, places, overrides: choice.overrides };
}

const hasLapsed = (row: Held, now: number) => row.expiresAt !== null && row.expiresAt <= now;
