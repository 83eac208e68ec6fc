// Asking the engine: slots of a window, the reasons of one start, the free starts nearest to one.
import { DAY } from '../../shared/time.ts';
import type { Caller } from '../auth/keys.ts';
import type { Context } from '../context.ts';
import type { Connection } from '../database/open.ts';
import { Refusal } from '../errors.ts';
import { type Catalogue, catalogueOf, offerOf } from './catalogue.ts';
import { explain } from './explain.ts';
import { blockCauses, load } from './free.ts';
import { prepare } from './prepare.ts';
import type { Query, Slot } from './query.ts';
import { nearest, slots } from './slots.ts';
import { type Said, sentence } from './words.ts';

const MOST_DAYS = 92;

interface Asked {
  serviceId: string;
  resourceId: string[];
  seats: number;
}

/** @throws Refusal invalid (a window that ends before it starts, or is longer than 92 days), not_found */
export async function listSlots(
  context: Context,
  caller: Caller,
  asked: Asked & { from: string; to: string },
) {
  const [from, to] = [Date.parse(asked.from), Date.parse(asked.to)];
  if (to <= from) throw new Refusal('invalid', 'to: the window ends before it starts.');
  if (to - from > MOST_DAYS * DAY)
    throw new Refusal('invalid', `to: ask for at most ${MOST_DAYS} days at once.`);
  const catalogue = await catalogueOf(context.db, caller);
  const { serviceId, seats, resourceId: wish } = asked;
  offerOf(catalogue, serviceId);
  checkWish(catalogue, wish);
  const now = context.now();
  const { query } = await load(context.db, catalogue, {
    serviceId,
    from,
    to,
    now,
    need: 'slots',
    seats,
    wish,
  });
  return { serviceId, zone: query.service.zone, slots: slots(prepare(query)).map(shown) };
}

/** @throws Refusal not_found */
export async function explainStart(context: Context, caller: Caller, asked: Asked & { start: string }) {
  const start = Date.parse(asked.start);
  const catalogue = await catalogueOf(context.db, caller);
  const { serviceId, seats, resourceId: wish } = asked;
  offerOf(catalogue, serviceId);
  checkWish(catalogue, wish);
  const window = { from: start, to: start + 1, now: context.now(), need: 'choice' as const };
  const { query } = await load(context.db, catalogue, { serviceId, ...window, seats, wish });
  const answer = explain(prepare(query), start);
  const session = query.sessions?.find(({ id }) => id === answer.choice?.session);
  return {
    start: new Date(start).toISOString(),
    offered: answer.offered,
    bookableByStaff: answer.offered || answer.override !== null,
    resourceIds: [...(session?.resources ?? answer.choice?.resources.map(({ resource }) => resource) ?? [])],
    reasons: await withCauses(
      context.db,
      caller,
      answer.reasons.map((reason) => sentence(reason, catalogue)),
    ),
  };
}

/** To those who may see everything: which event makes each block. */
async function withCauses(db: Connection, caller: Caller, reasons: Said[]): Promise<Said[]> {
  const ids = reasons.filter(({ code }) => code === 'block').map(({ what }) => what ?? '');
  if (ids.length === 0 || !(caller.scopes.has('read') || caller.scopes.has('staff'))) return reasons;
  const causes = await blockCauses(db, caller.businessId, ids);
  return reasons.map((reason) => ({ ...reason, event: causes.get(reason.what ?? '') }));
}

interface Near {
  serviceId: string;
  /** ms since 1970 */
  start: number;
  now: number;
  seats: number;
  wish: readonly string[];
  ignore?: readonly string[];
  /** As it would be if something were otherwise. */
  as?: (query: Query) => Query;
}

/** The three free starts nearest to a wanted one; farther is looked only if nearer does not give three. */
export async function nearestSlots(db: Connection, catalogue: Catalogue, near: Near) {
  const { horizonDays } = catalogue.offers.get(near.serviceId)!.row;
  for (const days of [1, 7, 31]) {
    const from = Math.max(near.now, near.start - days * DAY);
    const to = Math.max(near.start, near.now) + Math.min(days, horizonDays) * DAY;
    const { query } = await load(db, catalogue, { ...near, from, to, need: 'slots' });
    const found = nearest(prepare(near.as?.(query) ?? query), near.start, 3);
    if (found.length === 3 || days === 31) return found.map(shown);
  }
  return [];
}

function checkWish(catalogue: Catalogue, wish: readonly string[]) {
  for (const id of wish)
    if (!catalogue.resources.has(id))
      throw new Refusal('not_found', 'There is no such resource in this business: check its id.', {
        resourceId: id,
      });
}

const shown = ({ start, end, seatsLeft }: Slot) => ({
  start: new Date(start).toISOString(),
  end: new Date(end).toISOString(),
  ...(seatsLeft === undefined ? {} : { seatsLeft }),
});
