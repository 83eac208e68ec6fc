// PropertiesService, CacheService and LockService: the host keeps what they hold, and its limits.
import { expose } from './expose.ts';
import type { Scene } from './scene.ts';

/** One thing to do to a store; the main thread does it and throws what Google would. */
export interface StoreCall {
  store: 'userProperties' | 'scriptProperties' | 'userCache' | 'scriptCache';
  act: 'get' | 'all' | 'put' | 'remove' | 'clear';
  keys?: string[];
  values?: Record<string, string>;
  /** Of a cache. */
  seconds?: number;
}

type Call = (call: Omit<StoreCall, 'store'>) => Record<string, string>;

export function makePropertiesService(scene: Scene): object {
  const reference = scene.references.properties!;
  const open = (store: StoreCall['store']) => () => {
    const call: Call = (rest) => scene.ask('store', { store, ...rest }) as Record<string, string>;
    const then = (act: () => unknown) => {
      act();
      return properties;
    };
    const properties: object = expose(scene, {
      name: 'Properties',
      reference,
      acts: {
        getProperty: (key: string) => call({ act: 'get', keys: [key] })[key] ?? null,
        getProperties: () => call({ act: 'all' }),
        getKeys: () => Object.keys(call({ act: 'all' })),
        setProperty: (key: string, value: string) =>
          then(() => call({ act: 'put', values: { [key]: value } })),
        setProperties: (values: object, alone = false) =>
          then(() => {
            if (alone) call({ act: 'clear' });
            call({ act: 'put', values: { ...values } as Record<string, string> });
          }),
        deleteProperty: (key: string) => then(() => call({ act: 'remove', keys: [key] })),
        deleteAllProperties: () => then(() => call({ act: 'clear' })),
      },
    });
    return properties;
  };
  const acts = {
    getUserProperties: open('userProperties'),
    getScriptProperties: open('scriptProperties'),
    // An add-on in Calendar is bound to no document.
    getDocumentProperties: () => null,
  };
  return expose(scene, { name: 'PropertiesService', reference, acts });
}

export function makeCacheService(scene: Scene): object {
  const reference = scene.references.cache!;
  const open = (store: StoreCall['store']) => () => {
    const call: Call = (rest) => scene.ask('store', { store, ...rest }) as Record<string, string>;
    const put = (values: object, seconds?: number) =>
      void call({
        act: 'put',
        values: { ...values } as Record<string, string>,
        ...(seconds !== undefined && { seconds }),
      });
    return expose(scene, {
      name: 'Cache',
      reference,
      acts: {
        get: (key: string) => call({ act: 'get', keys: [key] })[key] ?? null,
        getAll: (keys: string[]) => call({ act: 'get', keys: [...keys] }),
        put: (key: string, value: string, seconds?: number) => put({ [key]: value }, seconds),
        putAll: put,
        remove: (key: string) => void call({ act: 'remove', keys: [key] }),
        removeAll: (keys: string[]) => void call({ act: 'remove', keys: [...keys] }),
      },
    });
  };
  const acts = {
    getUserCache: open('userCache'),
    getScriptCache: open('scriptCache'),
    getDocumentCache: () => null,
  };
  return expose(scene, { name: 'CacheService', reference, acts });
}

export function makeLockService(scene: Scene): object {
  const reference = scene.references.lock!;
  const open = (name: string) => () =>
    expose(scene, {
      name: 'Lock',
      reference,
      acts: {
        hasLock: () => scene.ask('lock', name, 'has'),
        tryLock: (milliseconds: number) => scene.ask('lock', name, 'try', milliseconds),
        waitLock: (milliseconds: number) => void scene.ask('lock', name, 'wait', milliseconds),
        releaseLock: () => void scene.ask('lock', name, 'release'),
      },
    });
  const acts = { getUserLock: open('user'), getScriptLock: open('script'), getDocumentLock: () => null };
  return expose(scene, { name: 'LockService', reference, acts });
}
