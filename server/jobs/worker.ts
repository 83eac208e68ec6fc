// Keeps what the queues promise: does what is owed as soon as it is heard of, and the tidying of others.
import { atMost } from '../at-most.ts';
import { markEvent } from '../blocks/mark-event.ts';
import type { Context } from '../context.ts';
import { tidyLog } from '../log/steps.ts';
import { pullCalendar } from '../sync/pull.ts';
import { pushUnit } from '../sync/push.ts';
import { tidyBudgets } from './budget.ts';
import { listen } from './doorbell.ts';
import { type Lane, runLane } from './lane.ts';
import { claimMarks, giveBackMark, type MarkClaim } from './marks.ts';
import type { Rest } from './plan.ts';
import { claimPulls, giveBackPull, type PullClaim } from './pulls.ts';
import { type Claim, claim, giveBack } from './queue.ts';

/** An act that is to be done now and then, by one process or several: it has to be safe twice. */
export interface Tick {
  /** Milliseconds. */
  every: number;
  run(): Promise<unknown>;
}

export interface WorkerOptions {
  /** The database's address, to listen on a connection of its own; without it the worker only looks by itself. */
  url?: string;
  ticks?: Tick[];
  /** Units, and calendars, in hand at once. */
  hands?: number;
  /** How often it looks by itself for what no notice told of, in ms. */
  sweep?: number;
}

export interface Worker {
  /** Takes nothing more, waits up to `patience` ms for what is in hand, and gives the rest back. */
  stop(patience?: number): Promise<void>;
}

/** Of one calendar at once: enough for what Google lets one account do in a minute, and a slow one holds no more. */
const handsPerCalendar = 3;

export function startWorker(context: Context, options: WorkerOptions = {}): Worker {
  const hands = options.hands ?? 16;
  // Always some hands for the others, however much one business owes.
  const handsPerBusiness = Math.max(1, hands - Math.ceil(hands / 8));
  const rest = new Resting();
  const lanes = [
    runLane(pushLane({ context, rest, hands, handsPerBusiness }), context.log),
    runLane(pullLane({ context, rest, hands, handsPerBusiness }), context.log),
    // Few hands: bookings come first.
    runLane(markLane({ context, rest, hands: 4, handsPerBusiness: 3 }), context.log),
  ];
  const look = () => {
    for (const lane of lanes) lane.look();
  };
  const ticks: Tick[] = [
    { every: options.sweep ?? 2000, run: async () => look() },
    { every: 600_000, run: () => tidyBudgets(context.db) },
    { every: 3_600_000, run: () => tidyLog(context.db, context.now()) },
    ...(options.ticks ?? []),
  ];
  const repeated = ticks.map((tick) =>
    repeat(tick.every, async () => {
      try {
        await tick.run();
      } catch (err) {
        context.log.error({ err }, 'a tick failed');
      }
    }),
  );
  const ear = options.url
    ? listen(options.url, look, (err) => context.log.warn({ err }, 'notices are not heard'))
    : undefined;

  return {
    async stop(patience = 15_000) {
      const stopped = lanes.map((lane) => lane.stop());
      await ear?.close();
      await atMost(patience, Promise.all([...stopped, ...repeated.map((tick) => tick.stop())]));
      await Promise.all(lanes.map((lane) => lane.giveBack()));
    },
  };
}

/** What every lane is given. */
interface Bench {
  context: Context;
  rest: Resting;
  hands: number;
  handsPerBusiness: number;
}

function pushLane({ context, rest, hands, handsPerBusiness }: Bench): Lane<Claim> {
  return {
    name: 'push',
    hands,
    async claim(free, inHand) {
      const resting = rest.accounts();
      if (resting === 'all') return [];
      const without = {
        calendarIds: full(
          inHand.flatMap((one) => one.pushes.map((push) => push.calendarId)),
          handsPerCalendar,
        ),
        businessIds: full(
          inHand.map((one) => one.businessId),
          handsPerBusiness,
        ),
        accountIds: resting,
      };
      return claim(context.db, { limit: free, perCalendar: handsPerCalendar, without });
    },
    handle: async (unit) => rest.take(await pushUnit(context, context.budget, unit)),
    giveBack: (unit) => giveBack(context.db, unit),
  };
}

function pullLane({ context, rest, hands, handsPerBusiness }: Bench): Lane<PullClaim> {
  return {
    name: 'pull',
    hands,
    async claim(free, inHand) {
      const resting = rest.accounts();
      if (resting === 'all') return [];
      const businessIds = full(
        inHand.map((one) => one.businessId),
        handsPerBusiness,
      );
      return claimPulls(context.db, { limit: free, without: { accountIds: resting, businessIds } });
    },
    handle: async (calendar) => rest.take(await pullCalendar(context, calendar)),
    giveBack: (calendar) => giveBackPull(context.db, calendar),
  };
}

function markLane({ context, rest, hands, handsPerBusiness }: Bench): Lane<MarkClaim> {
  return {
    name: 'mark',
    hands,
    async claim(free, inHand) {
      const resting = rest.accounts();
      if (resting === 'all') return [];
      const businessIds = full(
        inHand.map((one) => one.businessId),
        handsPerBusiness,
      );
      // One at a time of each account: its bookings come first.
      const accountIds = [...resting, ...inHand.map((one) => one.accountId)];
      return claimMarks(context.db, { limit: free, without: { accountIds, businessIds } });
    },
    handle: async (mark) => rest.take(await markEvent(context, mark)),
    giveBack: (mark) => giveBackMark(context.db, mark),
  };
}

/** Accounts that Google asked us to leave alone for a while, by this process's clock; '' stands for all of Google. */
class Resting {
  readonly #until = new Map<string, number>();

  take(rests: Rest[]): void {
    for (const { accountId, delay } of rests) {
      const key = accountId ?? '';
      this.#until.set(key, Math.max(this.#until.get(key) ?? 0, performance.now() + delay));
    }
  }

  accounts(): string[] | 'all' {
    const now = performance.now();
    for (const [accountId, until] of this.#until) if (until <= now) this.#until.delete(accountId);
    return this.#until.has('') ? 'all' : [...this.#until.keys()];
  }
}

/** Those that stand in the list so often or oftener. */
function full(list: string[], most: number): string[] {
  const counts = new Map<string, number>();
  for (const id of list) counts.set(id, (counts.get(id) ?? 0) + 1);
  return [...counts].filter(([, count]) => count >= most).map(([id]) => id);
}

/** Does it every so many ms, give or take a quarter so that processes do not march in step, never twice at once. */
function repeat(every: number, run: () => Promise<unknown>): { stop(): Promise<unknown> } {
  let running: Promise<unknown> = Promise.resolve();
  let timer: NodeJS.Timeout;
  let stopped = false;
  const next = () => {
    if (stopped) return;
    timer = setTimeout(
      () => {
        running = run().finally(next);
      },
      every * (0.75 + Math.random() / 2),
    );
  };
  next();
  return {
    stop() {
      stopped = true;
      clearTimeout(timer);
      return running;
    },
  };
}
