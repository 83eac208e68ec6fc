// Taking turns: of many who want one slot at once, one is at it; the others wait, and then look together whether it is
// still free. The locks decide in the end; without this each loser would hold them once, one after the other.
import type { Context } from '../context.ts';
import type { By } from './by.ts';
import { look, type Wanted } from './take.ts';

interface Hall {
  /** Who is at which slot. Never rejects. */
  atIt: Map<string, Promise<void>>;
  shared: Map<string, Promise<unknown>>;
}
const halls = new WeakMap<Context, Hall>();

function hallOf(context: Context): Hall {
  const hall = halls.get(context) ?? { atIt: new Map(), shared: new Map() };
  halls.set(context, hall);
  return hall;
}

/** Those who ask the same while it is being found out share the answer. */
export function together<T>(context: Context, question: object, findOut: () => Promise<T>): Promise<T> {
  const { shared } = hallOf(context);
  const key = JSON.stringify(question);
  const known = shared.get(key) as Promise<T> | undefined;
  if (known !== undefined) return known;
  const found = findOut().finally(() => shared.delete(key));
  shared.set(key, found);
  return found;
}

export interface Turn<T> {
  wanted: Wanted;
  act: () => Promise<T>;
  /** Whether this very request was answered before: then what it wants is its own, however taken it looks. */
  answered: () => Promise<boolean>;
}

/** @throws whatever the act throws; Refusal taken, if the slot went to somebody it waited for */
export async function inTurn<T>(context: Context, by: By, { wanted, act, answered }: Turn<T>): Promise<T> {
  const { atIt } = hallOf(context);
  const slot = { businessId: by.catalogue.business.id, ...wanted };
  const key = JSON.stringify(slot);
  for (let ahead = atIt.get(key); ahead; ahead = atIt.get(key)) {
    await ahead;
    if (await answered()) return act();
    await together(context, { look: slot }, () => look(context.db, by, wanted));
  }
  const acting = act();
  const left = () => void atIt.delete(key);
  atIt.set(key, acting.then(left, left));
  return acting;
}
