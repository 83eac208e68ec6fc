// What one run of the add-on holds: the bundle's own realm, what the manifest allows, and the way outside.
import vm from 'node:vm';
import type { Manifest } from '../manifest.ts';
import type { Reference } from '../reference.ts';

/** Namespaces of the types by the file they are in. */
export type References = Record<string, Reference>;

/** What Apps Script throws: `name` is what `String(error)` begins with. */
export class Thrown extends Error {
  readonly details: unknown;

  constructor(message: string, name = 'Exception', details?: unknown) {
    super(message);
    this.name = name;
    this.details = details;
  }
}

/** The add-on did what Google refuses. Thrown into the bundle as any error is, and remembered besides. */
export class Refused extends Thrown {}

/** `setCustomUiCallback` and its kin end a run; nothing in the bundle is meant to catch this. */
export class Ended extends Error {}

export interface Scene {
  context: vm.Context;
  references: References;
  manifest: Manifest;
  /** Rules that were broken so far, in words; a bundle that catches the error does not hide them. */
  refusals: string[];
  /** Asks the main thread and waits. @throws Thrown, as the outside has it */
  ask(act: string, ...args: unknown[]): unknown;
  /** Whether the bundle has a top-level function of this name. */
  hasFunction(name: string): boolean;
}

/** An error of the bundle's own realm, so that `instanceof Error` holds there. */
export function foreignError(scene: Scene, error: unknown): unknown {
  if (error instanceof Refused) scene.refusals.push(error.message);
  if (!(error instanceof Thrown)) return error;
  const make = vm.runInContext(
    '(message, name, details) => Object.assign(new Error(message), { name }, details && { details })',
    scene.context,
  ) as (message: string, name: string, details: unknown) => Error;
  return make(error.message, error.name, foreign(scene, error.details));
}

/** Plain data copied into the bundle's realm: its arrays and objects are then the bundle's own kind. */
export function foreign(scene: Scene, value: unknown): unknown {
  if (value instanceof Date) return vm.runInContext(`new Date(${value.getTime()})`, scene.context);
  if (typeof value !== 'object' || value === null || !isPlain(value)) return value;
  if (Array.isArray(value) && value.some((one) => typeof one === 'object' && one !== null && !isPlain(one)))
    return Object.assign(vm.runInContext('[]', scene.context) as unknown[], value);
  const parse = vm.runInContext('(text) => JSON.parse(text)', scene.context) as (text: string) => unknown;
  return parse(JSON.stringify(value));
}

/** Services, builders and enum values: they go to the bundle as they are. */
export const whole = new WeakSet<object>();

function isPlain(value: object): boolean {
  if (whole.has(value)) return false;
  const kind = Object.getPrototypeOf(value) as unknown;
  return kind === Object.prototype || kind === Array.prototype;
}
