// The outside world as one value: built in main.ts, handed to routes and workers, never reached any other way.
import type { FastifyBaseLogger } from 'fastify';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import type { Span } from '../shared/time.ts';
import type { Seal } from './auth/seal.ts';
import type { Config } from './config.ts';
import type { Database } from './database/open.ts';
import type { Google } from './google/client.ts';
import type { Budget } from './jobs/budget.ts';

export interface Context {
  db: Database;
  config: Config;
  google: Google;
  seal: Seal;
  log: FastifyBaseLogger;
  /** Milliseconds since 1970, UTC. */
  now(): number;
  /** What may still be asked of Google: shared by all processes. */
  budget: Budget;
  /**
   * Reads what these calendars hold around a span now, for somebody who waits: side by side, for `patience` ms at most
   * (2,000).
   * What cannot be read in that time, or too often, counts as it was read last.
   */
  confirm(businessId: string, calendarIds: readonly string[], span: Span, patience?: number): Promise<void>;
  /** Tells the workers, of this process and others, that something is owed. After the commit, never inside. */
  ring(): void;
}

/** What each routes.ts exports: the HTTP face of its folder, given the outside world. */
export type Routes = FastifyPluginAsyncZod<{ context: Context }>;
