// The edge of the booking acts: says who acts, opens the transaction, and to a refused time adds the three nearest free.
import type { FastifyRequest } from 'fastify';
import { type Caller, hashOf } from '../auth/keys.ts';
import { nearestSlots } from '../availability/ask.ts';
import { catalogueOf, revisionOf } from '../availability/catalogue.ts';
import type { Reason } from '../availability/query.ts';
import { sentence } from '../availability/words.ts';
import { commitOnceWith, commitWith, wasAnswered } from '../commit.ts';
import type { Context } from '../context.ts';
import type { Transaction } from '../database/open.ts';
import { share } from '../share.ts';
import { type By, byOf } from './by.ts';
import { confirming } from './confirm.ts';
import { findByManageHash, type Present, show, unitOf } from './find.ts';
import type { Made } from './hold.ts';
import { TimeRefused, type Wanted } from './take.ts';
import { inTurn } from './turns.ts';

type Act<T> = (tx: Transaction, by: By) => Promise<T>;

/** A change of one booking, on behalf of an API key. */
export async function change<T>(context: Context, caller: Caller, act: Act<T>): Promise<T> {
  const by = await byOf(context, caller);
  const prepare = newest(context, by);
  return withAlternatives(context, by, () =>
    confirming(context, by, () => commitWith(context, { prepare, act })),
  );
}

// The first try goes by the catalogue at hand; another try is often wanted because that is no longer so.
function newest(context: Context, first: By): () => Promise<By> {
  let tries = 0;
  return async () => {
    if (tries++ === 0) return first;
    const { id: businessId } = first.catalogue.business;
    const revision = await revisionOf(context.db, businessId);
    return { ...first, catalogue: await catalogueOf(context.db, { businessId, revision }) };
  };
}

interface Beginning<T> {
  /** The time it takes; left out for a hold that becomes a booking. */
  wanted?: Wanted;
  act: Act<T>;
}

/** A new booking or hold: once per Idempotency-Key, and in turn with those who want the same slot. */
export async function begin<T>(context: Context, request: FastifyRequest, { wanted, act }: Beginning<T>) {
  const by = await byOf(context, request.caller);
  const prepare = newest(context, by);
  const once = () => confirming(context, by, () => commitOnceWith(context, request, { prepare, act }));
  const answered = () => wasAnswered(context, request);
  return withAlternatives(context, by, () =>
    wanted ? inTurn(context, by, { wanted, act: once, answered }) : once(),
  );
}

/** What the holder of a manage link may do: their own booking, within its cut-offs. Why others' time is taken is not told. */
export async function manage<T>(
  context: Context,
  secret: string,
  act: (tx: Transaction, by: By, id: string) => Promise<T>,
): Promise<T> {
  const { row } = await findByManageHash(context.db, hashOf(secret));
  const { businessId, id } = row;
  const revision = await revisionOf(context.db, businessId);
  try {
    return await change(context, { businessId, actor: 'customer', scopes: new Set(), revision }, (tx, by) =>
      act(tx, by, id),
    );
  } catch (error) {
    throw error instanceof TimeRefused ? error.forCustomer() : error;
  }
}

async function withAlternatives<T>(context: Context, by: By, act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (error) {
    if (!(error instanceof TimeRefused)) throw error;
    const { serviceId, start, seats, wish, moving } = error.wanted;
    const ignore = moving ? [unitOf(moving)] : [];
    const near = { serviceId, start, seats, wish, ignore };
    // Many lose one slot at once, and want to know the same.
    const found = await share(context, `near ${JSON.stringify(near)}`, () =>
      nearestSlots(context.db, by.catalogue, { ...near, now: by.now }),
    );
    throw error.with(found);
  }
}

/** As MadeBooking. */
export const shownNew = (by: By, made: Made) => ({ ...shownWith(by, made), manageSecret: made.manageSecret });

/** As ChangedBooking. */
export const shownWith = (by: By, of: { present: Present; overrides?: readonly Reason[] }) => ({
  ...show(of.present),
  warnings: (of.overrides ?? []).map((reason) => sentence(reason, by.catalogue)),
});
