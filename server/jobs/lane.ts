// A kind of work that waits in a table: claimed while hands are free, handled side by side, given back at the end.
import type { FastifyBaseLogger } from 'fastify';
import { LeaseLost } from './queue.ts';

export interface Lane<Claim> {
  /** For the log. */
  name: string;
  /** Claims in hand at once. */
  hands: number;
  /** Takes up to `free`, given what is in hand already. */
  claim(free: number, inHand: Claim[]): Promise<Claim[]>;
  handle(claim: Claim): Promise<void>;
  /** Gives it back as if it had not been claimed. */
  giveBack(claim: Claim): Promise<void>;
}

export interface RunningLane {
  /** There may be something. */
  look(): void;
  /** Takes nothing more. Resolves when what is in hand is done. */
  stop(): Promise<unknown>;
  giveBack(): Promise<unknown>;
}

export function runLane<Claim>(lane: Lane<Claim>, log: FastifyBaseLogger): RunningLane {
  const inHand = new Map<Claim, Promise<void>>();
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
      .catch((err) => log.error({ err, lane: lane.name }, 'claiming failed'))
      .finally(() => {
        claiming = null;
      });
  }

  /** @returns whether there may be more */
  async function takeMore(): Promise<boolean> {
    const free = lane.hands - inHand.size;
    if (free <= 0) return false;
    const claimed = await lane.claim(free, [...inHand.keys()]);
    for (const claim of claimed) {
      const work = handle(claim).finally(() => {
        inHand.delete(claim);
        look();
      });
      inHand.set(claim, work);
    }
    return claimed.length > 0;
  }

  async function handle(claim: Claim): Promise<void> {
    try {
      await lane.handle(claim);
    } catch (err) {
      // The lease runs out by itself: then another tries.
      if (!(err instanceof LeaseLost)) log.error({ err, lane: lane.name }, 'work failed on our side');
    }
  }

  look();
  return {
    look,
    async stop() {
      stopping = true;
      await claiming;
      await Promise.all(inHand.values());
    },
    giveBack: () => Promise.all([...inHand.keys()].map((claim) => lane.giveBack(claim))),
  };
}
