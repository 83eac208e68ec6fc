// Keeps what the queue promises: pushes what is owed as soon as it is heard of, and does the tidying of others.
import type { Context } from '../context.ts';
import { tidyLog } from '../log/steps.ts';
import { createBudget, tidyBudgets } from '../sync/budget.ts';
import { pushUnit } from '../sync/push.ts';
import { listen } from './doorbell.ts';
import { type Claim, claim, giveBack, LeaseLost } from './queue.ts';

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
  /** Units in hand at once. */
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
  const budget = createBudget(context.db, context.config.google);
  const inHand = new Map<Claim, Promise<void>>();
  /** Accounts left alone, and until when on this process's clock; '' stands for all of Google. */
  const resting = new Map<string, number>();
  let stopping = false;
  let claiming: Promise<void> | null = null;
  let heard = false;

  /** Claims until nothing is due or all hands are full. Never twice at once; heard meanwhile, it looks once more. */
  function look(): void {
    heard = true;
    claiming ??= (async () => {
      while (heard && !stopping) {
        heard = false;
        if (await takeMore()) heard = true;
      }
    })()
      .catch((err) => context.log.error({ err }, 'claiming pushes failed'))
      .finally(() => {
        claiming = null;
      });
  }

  /** @returns whether there may be more */
  async function takeMore(): Promise<boolean> {
    const free = hands - inHand.size;
    const now = performance.now();
    for (const [accountId, until] of resting) if (until <= now) resting.delete(accountId);
    if (free <= 0 || resting.has('')) return false;
    const claims = [...inHand.keys()];
    const without = {
      calendarIds: full(
        claims.flatMap((one) => one.pushes.map((push) => push.calendarId)),
        handsPerCalendar,
      ),
      businessIds: full(
        claims.map((one) => one.businessId),
        handsPerBusiness,
      ),
      accountIds: [...resting.keys()],
    };
    const claimed = await claim(context.db, { limit: free, perCalendar: handsPerCalendar, without });
    for (const unit of claimed) {
      const work = handle(unit).finally(() => {
        inHand.delete(unit);
        look();
      });
      inHand.set(unit, work);
    }
    return claimed.length > 0;
  }

  async function handle(unit: Claim): Promise<void> {
    try {
      for (const { accountId, delay } of await pushUnit(context, budget, unit))
        resting.set(accountId ?? '', performance.now() + delay);
    } catch (error) {
      if (error instanceof LeaseLost) return;
      // The lease runs out by itself: then another tries.
      context.log.error({ err: error, unitId: unit.unitId }, 'a booking or session could not be pushed');
    }
  }

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
  look();

  return {
    async stop(patience = 15_000) {
      stopping = true;
      await ear?.close();
      const ticking = repeated.map((tick) => tick.stop());
      await claiming;
      await atMost(patience, Promise.all([...inHand.values(), ...ticking]));
      await Promise.all([...inHand.keys()].map((unit) => giveBack(context.db, unit)));
    },
  };
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

async function atMost(ms: number, work: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const over = new Promise((resolve) => {
    timer = setTimeout(resolve, ms);
  });
  await Promise.race([work, over]).finally(() => clearTimeout(timer));
}
