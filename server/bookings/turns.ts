// Taking turns: of many who want one slot at once, one is at it; the others wait, and then look together whether it is
// still free. The locks decide in the end; without this each loser would hold them once, one after the other.
import type { Context } from '../context.ts';
import { share } from '../share.ts';
import type { By } from './by.ts';
import { look, type Wanted } from './take.ts';

/** Who is at which slot. Never rejects. */
const halls = new WeakMap<Context, Map<string, Promise<void>>>();

export interface Turn<T> {
  wanted: Wanted;
  act: () => Promise<T>;
  /** Whether this very request was answered before: then what it wants is its own, however taken it looks. */
  answered: () => Promise<boolean>;
}

/** @throws whatever the act throws; Refusal taken, if the slot went to somebody it waited for */
export async function inTurn<T>(context: Context, by: By, { wanted, act, answered }: Turn<T>): Promise<T> {
  const atIt = halls.get(context) ?? new Map<string, Promise<void>>();
  halls.set(context, atIt);
  const key = JSON.stringify({ businessId: by.catalogue.business.id, ...wanted });
  for (let ahead = atIt.get(key); ahead; ahead = atIt.get(key)) {
    await ahead;
    if (await answered()) return act();
    await share(context, `look ${key}`, () => look(context.db, by, wanted));
  }
  const acting = act();
  const left = () => void atIt.delete(key);
  atIt.set(key, acting.then(left, left));
  return acting;
}
