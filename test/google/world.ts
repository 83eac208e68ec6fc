// What every act of the local Google is handed.
import type { Caller } from './access.ts';
import type { Notices } from './channels.ts';
import type { Faults } from './faults.ts';
import type { RequestLog } from './log.ts';
import type { Quota } from './quota.ts';
import type { State } from './state.ts';
import type { Switches } from './switches.ts';

export interface Clock {
  /** Milliseconds since the epoch, as the local Google sees it. */
  now(): number;
  advance(milliseconds: number): void;
  /** Back to this machine's time. */
  reset(): void;
}

export interface World {
  /** Base address without a slash at the end, known once the server listens. */
  url: string;
  clock: Clock;
  state: State;
  switches: Switches;
  quota: Quota;
  faults: Faults;
  notices: Notices;
  log: RequestLog;
  /** Seconds an access token lives. */
  accessSeconds: number;
}

/** One call of a Calendar method, its parameters and body already checked against the schema. */
export interface Call {
  world: World;
  caller: Caller;
  calendarId: string;
  eventId: string;
  query: Record<string, unknown>;
  body: Record<string, unknown>;
  ifMatch?: string;
  ifNoneMatch?: string;
}

export interface Answer {
  status: number;
  body?: unknown;
  headers?: Record<string, string>;
}

export function ok(body: unknown): Answer {
  return { status: 200, body };
}

export function stamp(world: World): string {
  return new Date(world.clock.now()).toISOString();
}
