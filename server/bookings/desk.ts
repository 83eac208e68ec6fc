// The edge of the booking acts: says who acts, opens the transaction, and to a refused time adds the three nearest free.
import type { FastifyRequest } from 'fastify';
import { type Caller, hashOf } from '../auth/keys.ts';
import { nearestSlots } from '../availability/ask.ts';
import { revisionOf } from '../availability/catalogue.ts';
import type { Reason } from '../availability/query.ts';
import { sentence } from '../availability/words.ts';
import { commit, commitOnce } from '../commit.ts';
import type { Context } from '../context.ts';
import type { Transaction } from '../database/open.ts';
import { type By, byOf } from './by.ts';
import { findByManageHash, type Present, show } from './find.ts';
import { TimeRefused } from './take.ts';

type Act<T> = (tx: Transaction, by: By) => Promise<T>;

/** A change of one booking, on behalf of an API key. */
export async function change<T>(context: Context, caller: Caller, act: Act<T>): Promise<T> {
  const by = await byOf(context, caller);
  return withAlternatives(context, by, () => commit(context, (tx) => act(tx, by)));
}

/** A new booking or hold: once per Idempotency-Key. */
export async function begin<T>(context: Context, request: FastifyRequest, act: Act<T>): Promise<T> {
  const by = await byOf(context, request.caller);
  return withAlternatives(context, by, () => commitOnce(context, request, (tx) => act(tx, by)));
}

/** What the holder of a manage link may do: their own booking, within its cut-offs. */
export async function manage<T>(
  context: Context,
  secret: string,
  act: (tx: Transaction, by: By, id: string) => Promise<T>,
): Promise<T> {
  const { row } = await findByManageHash(context.db, hashOf(secret));
  const { businessId, id } = row;
  const revision = await revisionOf(context.db, businessId);
  return change(context, { businessId, actor: 'customer', scopes: new Set(), revision }, (tx, by) =>
    act(tx, by, id),
  );
}

async function withAlternatives<T>(context: Context, by: By, act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (error) {
    if (!(error instanceof TimeRefused)) throw error;
    const { serviceId, start, seats, wish, moving } = error.wanted;
    const ignore = moving ? [moving] : [];
    const near = { serviceId, start, seats, wish, ignore, now: by.now };
    throw error.with(await togetherWith(context, near, () => nearestSlots(context.db, by.catalogue, near)));
  }
}

type Slots = Awaited<ReturnType<typeof nearestSlots>>;
const looking = new WeakMap<Context, Map<string, Promise<Slots>>>();

// Many lose one slot at once, and want to know the same: whoever asks while it is looked up shares the answer.
function togetherWith(context: Context, near: object, look: () => Promise<Slots>): Promise<Slots> {
  const inHand = looking.get(context) ?? new Map<string, Promise<Slots>>();
  looking.set(context, inHand);
  const { now: _, ...question } = near as { now: number };
  const key = JSON.stringify(question);
  const known = inHand.get(key);
  if (known) return known;
  const found = look().finally(() => inHand.delete(key));
  inHand.set(key, found);
  return found;
}

/** As ChangedBooking. */
export const shownWith = (by: By, of: { present: Present; overrides?: readonly Reason[] }) => ({
  ...show(of.present),
  warnings: (of.overrides ?? []).map((reason) => sentence(reason, by.catalogue)),
});
