// What the installed copy keeps between runs: properties, caches, locks and triggers, with Google's limits (google-facts 2.8).
import { setTimeout as sleep } from 'node:timers/promises';
import type { KeptTrigger } from './runtime/script.ts';
import type { StoreCall } from './runtime/storage.ts';

/** Something Google refuses or throws; `refused` if the add-on should not have asked. */
export class Fault extends Error {
  readonly refused: boolean;

  constructor(message: string, refused: boolean) {
    super(message);
    this.name = 'Exception';
    this.refused = refused;
  }
}

const KB = 1_024;
const LIMITS = {
  value: 9 * KB,
  store: 500 * KB,
  key: 250,
  cached: 100 * KB,
  seconds: 21_600,
  defaultSeconds: 600,
};
/** A cache holds 1,000 items, and forgets all but 900 when there is one more. */
const ITEMS = { most: 1_000, kept: 900 };
/** Apps Script ends a calendar trigger's user at twenty. */
const TRIGGERS = 20;
const LOCK_STEP = 5;

interface Cached {
  value: string;
  until: number;
}

export interface Kept {
  userProperties: Map<string, string>;
  scriptProperties: Map<string, string>;
  userCache: Map<string, Cached>;
  scriptCache: Map<string, Cached>;
  triggers: KeptTrigger[];
  /** By the lock's name, the run that holds it. */
  locks: Map<string, number>;
}

export function freshKept(): Kept {
  const [userProperties, scriptProperties] = [new Map<string, string>(), new Map<string, string>()];
  const [userCache, scriptCache] = [new Map<string, Cached>(), new Map<string, Cached>()];
  return { userProperties, scriptProperties, userCache, scriptCache, triggers: [], locks: new Map() };
}

/** @throws Fault, when a limit is passed */
export function useStore(kept: Kept, call: StoreCall, now: number): Record<string, string> {
  if (call.store === 'userProperties' || call.store === 'scriptProperties')
    return useProperties(kept[call.store], call);
  return useCache(kept[call.store], call, now);
}

function useProperties(
  store: Map<string, string>,
  { act, keys = [], values = {} }: StoreCall,
): Record<string, string> {
  if (act === 'clear') store.clear();
  if (act === 'remove') for (const key of keys) store.delete(key);
  if (act === 'put') {
    const next = new Map([...store, ...checked(values, 'property')]);
    const size = [...next].reduce(
      (sum, [key, value]) => sum + Buffer.byteLength(key) + Buffer.byteLength(value),
      0,
    );
    if (size > LIMITS.store)
      throw new Fault(
        `You have exceeded the property storage quota: ${size} bytes, at most 500 KB a store.`,
        true,
      );
    for (const [key, value] of next) {
      if (Buffer.byteLength(value) > LIMITS.value)
        throw new Fault(
          `Argument too large: value of the property "${key}" is ${Buffer.byteLength(value)} bytes, at most 9 KB.`,
          true,
        );
      store.set(key, value);
    }
  }
  const asked = act === 'all' ? [...store.keys()] : act === 'get' ? keys : [];
  return Object.fromEntries(asked.flatMap((key) => (store.has(key) ? [[key, store.get(key)!]] : [])));
}

function useCache(
  store: Map<string, Cached>,
  { act, keys = [], values = {}, seconds }: StoreCall,
  now: number,
) {
  for (const key of [...keys, ...Object.keys(values)])
    if (key.length > LIMITS.key)
      throw new Fault(`Argument too large: the cache key has ${key.length} characters, at most 250.`, true);
  if (act === 'remove') for (const key of keys) store.delete(key);
  if (act === 'put') {
    const life = seconds ?? LIMITS.defaultSeconds;
    if (life < 1 || life > LIMITS.seconds)
      throw new Fault(`Invalid argument: expirationInSeconds ${life}, it can be 1 to 21600.`, true);
    for (const [key, value] of checked(values, 'cache')) {
      if (Buffer.byteLength(value) > LIMITS.cached)
        throw new Fault(
          `Argument too large: value of the cache key "${key}" is ${Buffer.byteLength(value)} bytes, at most 100 KB.`,
          true,
        );
      store.delete(key);
      store.set(key, { value, until: now + life * 1_000 });
    }
    if (store.size > ITEMS.most)
      for (const key of [...store.keys()].slice(0, store.size - ITEMS.kept)) store.delete(key);
  }
  return Object.fromEntries(
    (act === 'get' ? keys : []).flatMap((key) => {
      const found = store.get(key);
      return found && found.until > now ? [[key, found.value]] : [];
    }),
  );
}

function checked(values: Record<string, string>, what: string): [string, string][] {
  const entries = Object.entries(values);
  const wrong = entries.find(([, value]) => typeof value !== 'string');
  if (wrong) throw new Fault(`The value of the ${what} "${wrong[0]}" is not a string.`, true);
  return entries;
}

export function addTrigger(
  { triggers }: Kept,
  { handler, calendarId }: Omit<KeptTrigger, 'id'>,
): KeptTrigger {
  if (triggers.length >= TRIGGERS) throw new Fault('This script has too many triggers.', true);
  // google-facts 2.7: an add-on may have one trigger of each type for each user.
  if (triggers.length > 0)
    throw new Fault('An add-on can have one trigger of each type per user, and has one already.', true);
  const trigger = { id: crypto.randomUUID(), handler, calendarId };
  triggers.push(trigger);
  return trigger;
}

/** @param run who asks; a run that is over holds nothing */
export async function useLock(
  { locks }: Kept,
  { name, act, milliseconds = 0, run }: { name: string; act: string; milliseconds?: number; run: number },
): Promise<boolean> {
  if (act === 'release' && locks.get(name) === run) locks.delete(name);
  if (act === 'try' || act === 'wait') {
    for (
      let waited = 0;
      locks.has(name) && locks.get(name) !== run && waited < milliseconds;
      waited += LOCK_STEP
    )
      await sleep(LOCK_STEP);
    if (!locks.has(name)) locks.set(name, run);
    if (act === 'wait' && locks.get(name) !== run)
      throw new Fault('Lock timeout: another process was holding the lock for too long.', false);
  }
  return locks.get(name) === run;
}

export function releaseLocks({ locks }: Kept, run: number): void {
  for (const [name, holder] of locks) if (holder === run) locks.delete(name);
}
