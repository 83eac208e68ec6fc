// The thread that the bundle runs in. Each run loads it afresh, as Apps Script does; a call outside waits for the main thread.
import vm from 'node:vm';
import { type MessagePort, parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads';
import gas from 'gas-local';
import type { Node } from '../limits.ts';
import type { Manifest } from '../manifest.ts';
import { makeCalendar } from './calendar.ts';
import { AuthorizationNeeded, Cards } from './cards.ts';
import { makeUrlFetchApp } from './fetching.ts';
import { type References, Refused, type Scene, Thrown } from './scene.ts';
import { makeScriptApp, makeSession, type Who } from './script.ts';
import { makeCacheService, makeLockService, makePropertiesService } from './storage.ts';
import { makeConsole, makeLogger, makeUtilities } from './utilities.ts';

/** What the thread is started with. */
export interface Given {
  folder: string;
  manifest: Manifest;
  references: References;
  who: Who;
  port: MessagePort;
  /** One number: 1 when an answer lies on the port. */
  flag: SharedArrayBuffer;
}

/** One run; without a function the bundle is only loaded and looked at. */
export interface Run {
  function?: string;
  event?: object;
  /** Functions that must be there, each a top-level one. */
  functions?: string[];
  /** Milliseconds that the host's clock is ahead of this machine's. */
  ahead: number;
}

export interface Outcome {
  /** A built object or several, or what else was returned, by its kind. */
  returned?: Node | Node[] | { other: string };
  error?: { name: string; message: string; stack: string };
  /** The person has to sign in somewhere. */
  authorization?: Node;
  missing?: string[];
  refusals: string[];
  lines: string[];
}

const { folder, manifest, references, who, port, flag } = workerData as Given;
const wake = new Int32Array(flag);

function ask(act: string, ...args: unknown[]): unknown {
  Atomics.store(wake, 0, 0);
  port.postMessage({ act, args });
  // The notice of the answer before may come only now, and wake it for nothing.
  while (Atomics.load(wake, 0) === 0) Atomics.wait(wake, 0, 0);
  const reply = receiveMessageOnPort(port)?.message as {
    value?: unknown;
    fault?: { message: string; name: string; refused: boolean };
  };
  if (!reply.fault) return reply.value;
  const { message, name, refused } = reply.fault;
  throw refused ? new Refused(message) : new Thrown(message, name);
}

parentPort?.on('message', (run: Run) => parentPort?.postMessage(outcomeOf(run)));

function outcomeOf(run: Run): Outcome {
  const lines: string[] = [];
  const refusals: string[] = [];
  const context = vm.createContext({});
  const mine = new Set<string>();
  const hasFunction = (name: string) =>
    /^[A-Za-z_$][\w$]*$/.test(name) &&
    !mine.has(name) &&
    vm.runInContext(`typeof ${name} === 'function'`, context) === true;
  const scene: Scene = { context, references, manifest, refusals, ask, hasFunction };
  const cards = new Cards(scene);
  try {
    for (const name of load(scene, { cards, write: (line) => lines.push(line), ahead: run.ahead }))
      mine.add(name);
    const missing = run.functions?.filter((name) => !hasFunction(name)) ?? [];
    if (!run.function) return { missing, refusals, lines };
    if (!hasFunction(run.function)) throw new Error(`Script function not found: ${run.function}`);
    const returned = callIn(scene, run.function, run.event ?? {});
    return { returned: describe(cards, returned), refusals, lines };
  } catch (error) {
    if (error instanceof AuthorizationNeeded) return { authorization: error.node, refusals, lines };
    return { error: told(error), refusals, lines };
  }
}

interface Loading {
  cards: Cards;
  write(line: string): void;
  ahead: number;
}

/** @returns the names that were there before the bundle: none of them is the bundle's own function */
function load(scene: Scene, { cards, write, ahead }: Loading): string[] {
  const { context } = scene;
  const globals: Record<string, unknown> = {
    CardService: cards.service,
    UrlFetchApp: makeUrlFetchApp(scene),
    ScriptApp: makeScriptApp(scene, who),
    Session: makeSession(scene, who),
    PropertiesService: makePropertiesService(scene),
    CacheService: makeCacheService(scene),
    LockService: makeLockService(scene),
    Utilities: makeUtilities(scene),
    Logger: makeLogger(scene, write),
    console: makeConsole(write),
  };
  for (const { userSymbol, serviceId, version } of manifest.dependencies?.enabledAdvancedServices ?? []) {
    if (serviceId !== 'calendar' || version !== 'v3')
      throw new Error(`The local Apps Script host has no advanced service ${serviceId} ${version}.`);
    globals[userSymbol] = makeCalendar(scene);
  }
  Object.assign(context, globals);
  if (ahead !== 0) vm.runInContext(`(${shiftDate.toString()})(globalThis, ${ahead})`, context);
  const before = vm.runInContext('Object.getOwnPropertyNames(globalThis)', context) as string[];
  gas.require(folder, context);
  return [...before];
}

/** Runs inside the bundle's realm: its `Date` follows the host's clock. */
function shiftDate(realm: { Date: DateConstructor }, ahead: number): void {
  const Real = realm.Date;
  class Shifted extends Real {
    constructor(...args: [] | [number]) {
      if (args.length === 0) super(Real.now() + ahead);
      else super(...args);
    }
    static override now() {
      return Real.now() + ahead;
    }
  }
  Object.defineProperty(Shifted, 'name', { value: 'Date' });
  realm.Date = Shifted as DateConstructor;
}

function callIn({ context }: Scene, name: string, event: object): unknown {
  const text = JSON.stringify(JSON.stringify(event));
  return vm.runInContext(`${name}(JSON.parse(${text}))`, context);
}

function describe(cards: Cards, returned: unknown): Outcome['returned'] {
  const node = cards.nodeOf(returned);
  if (node) return node;
  if (Array.isArray(returned)) {
    const nodes = returned.map((one) => cards.nodeOf(one));
    if (nodes.every((one) => one !== undefined)) return nodes;
    return { other: 'an array of something else' };
  }
  if (returned === null || returned === undefined) return { other: String(returned) };
  const called = String(returned);
  return {
    other: called.startsWith('[') ? `a ${called.slice(8, -1)}` : `${typeof returned} ${called.slice(0, 60)}`,
  };
}

function told(error: unknown): NonNullable<Outcome['error']> {
  const { name = 'Error', message = String(error), stack = '' } = (error ?? {}) as Partial<Error>;
  return { name, message, stack };
}
