// Makes a service out of its published type: a method that is not in it, or called otherwise, is refused.
import type { Method, Reference, Signature } from '../reference.ts';
import { Ended, foreign, foreignError, Refused, type Scene, whole } from './scene.ts';

// biome-ignore lint/suspicious/noExplicitAny: the bundle passes what it likes; `checkArguments` looks at it.
export type Acts = Record<string, (...args: any[]) => unknown>;

/** Names the language itself asks of any object. */
const PLAIN = new Set([
  'then',
  'toJSON',
  'constructor',
  'valueOf',
  'hasOwnProperty',
  'inspect',
  'length',
  'name',
]);

export interface Exposed {
  /** `UrlFetchApp`, as the types call it. */
  name: string;
  reference: Reference;
  acts: Acts;
  /** Told in errors; default `name`. */
  title?: string;
  /** Methods that take any number of values, which their types cannot say. */
  loose?: string[];
}

/** The service as the bundle sees it. What the types have and `acts` lacks, this host does not offer and says so. */
export function expose(scene: Scene, { name, reference, acts, title = name, loose = [] }: Exposed): object {
  const known = reference.classes[name];
  if (!known) throw new Error(`The types have no ${name}.`);
  const target: Record<string, unknown> = { toString: () => title };
  for (const [key, method] of Object.entries(known.methods)) {
    target[key] = guard(scene, (...args: unknown[]) => {
      if (!loose.includes(key)) checkCall(scene, { title, key, method, args });
      const act = acts[key];
      if (!act) throw new Refused(`The local Apps Script host does not offer ${title}.${key}.`);
      return act(...args);
    });
  }
  // Another namespace's enum, such as the weekdays of clock triggers, is nothing an add-on here needs.
  for (const [key, of] of Object.entries(known.enums))
    if (reference.enums[of]) target[key] = enumOf(scene, reference, of);
  return sealed(scene, title, target);
}

/** An object whose unknown names are refused, where plain JavaScript would give undefined. */
export function sealed(scene: Scene, title: string, target: Record<string, unknown>): object {
  const object = new Proxy(target, {
    get(held, key) {
      if (typeof key === 'symbol' || PLAIN.has(key) || key in held) return Reflect.get(held, key);
      const message = `${title} has no "${key}": neither the types of Apps Script nor its documentation know it.`;
      throw foreignError(scene, new Refused(message));
    },
  });
  whole.add(object);
  return object;
}

/** Runs a function of ours for the bundle: its errors and plain answers are of the bundle's realm. */
export function guard<T extends unknown[]>(
  scene: Scene,
  act: (...args: T) => unknown,
): (...args: T) => unknown {
  return (...args) => {
    try {
      return foreign(scene, act(...args));
    } catch (error) {
      if (error instanceof Ended) throw error;
      throw foreignError(scene, error);
    }
  };
}

interface Call {
  title: string;
  key: string;
  method: Method;
  args: unknown[];
}

function checkCall(scene: Scene, { title, key, method, args }: Call): void {
  if (method.closed) throw new Refused(`${title}.${key}: ${method.closed}.`);
  if (method.deprecated) throw new Refused(`${title}.${key} is deprecated: "DO NOT USE".`);
  const fitting = method.signatures.filter(({ params }) => fits(params, args));
  if (fitting.length === 0) throw new Refused(mismatch(`${title}.${key}`, method.signatures, args));
  const { scopes } = fitting[0]!;
  if (scopes.length > 0 && !scopes.some((scope) => scene.manifest.oauthScopes.includes(scope)))
    throw new Refused(
      `Specified permissions are not sufficient to call ${title}.${key}. Required permissions: ${scopes.join(' || ')}`,
    );
}

/** Google's own words for arguments of the wrong kind or number. */
export function mismatch(what: string, signatures: Signature[], args: unknown[]): string {
  const given = args.map((arg) => (arg === null || arg === undefined ? 'null' : kindOf(arg))).join(',');
  const wanted = signatures.map(({ params }) => `(${params.join(', ')})`).join(' or ');
  return `The parameters (${given}) don't match the method signature for ${what}; it takes ${wanted}.`;
}

function kindOf(value: unknown): string {
  if (Array.isArray(value)) return value.length === 0 ? 'Array' : `${kindOf(value[0])}[]`;
  if (typeof value === 'object') return String(value).startsWith('[') ? 'Object' : String(value);
  return typeof value === 'string' ? 'String' : typeof value;
}

function fits(params: string[], args: unknown[]): boolean {
  return params.length === args.length && params.every((param, index) => isA(param, args[index]));
}

/** Primitive types only; what is a class of its own the act itself looks at. */
export function isA(type: string, value: unknown): boolean {
  if (type.endsWith('[]')) return Array.isArray(value) && value.every((one) => isA(type.slice(0, -2), one));
  if (type === 'string') return typeof value === 'string';
  if (type === 'boolean') return typeof value === 'boolean';
  if (type === 'number') return typeof value === 'number' && Number.isFinite(value);
  if (type === 'Integer' || type === 'Byte') return Number.isInteger(value);
  if (type === 'any') return value !== undefined;
  return typeof value === 'object' && value !== null;
}

const enumValues = new WeakMap<object, { of: string; name: string }>();
const enums = new WeakMap<Scene, Map<string, object>>();

/** An enum whose values are objects of their own, as in Apps Script: a string in their place is refused. */
export function enumOf(scene: Scene, reference: Reference, of: string): object {
  const made = enums.get(scene) ?? new Map<string, object>();
  enums.set(scene, made);
  const found = made.get(of);
  if (found) return found;
  const listed = reference.enums[of];
  if (!listed) throw new Error(`The types have no enum ${of}.`);
  const values = Object.fromEntries(
    listed.values.map((name, ordinal) => {
      const value = Object.freeze({
        toString: () => name,
        toJSON: () => name,
        name: () => name,
        ordinal: () => ordinal,
      });
      enumValues.set(value, { of, name });
      whole.add(value);
      return [name, value];
    }),
  );
  const enumeration = sealed(scene, of, values);
  made.set(of, enumeration);
  return enumeration;
}

/** Which value of which enum this is. */
export function enumValue(value: unknown): { of: string; name: string } | undefined {
  return typeof value === 'object' && value !== null ? enumValues.get(value) : undefined;
}

/** @throws Refused, unless `value` is of the enum */
export function nameIn(of: string, value: unknown): string {
  const found = enumValue(value);
  if (found?.of !== of) throw new Refused(`${String(value)} is not a value of ${of}.`);
  return found.name;
}
