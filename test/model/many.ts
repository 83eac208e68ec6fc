// Many sequences, some at a time, over one ground.
import { Ground, type GroundOptions } from './ground.ts';
import { type Outcome, runSequence, type Sequence } from './sequence.ts';

export interface Many extends GroundOptions {
  sequences: Sequence[];
  atOnce: number;
  /** After each. */
  told?(outcome: Outcome): void;
}

export interface Result {
  failed: Outcome[];
  /** Errors that the servers logged. */
  errors: string[];
  deadlocks: string[];
  kills: number;
}

export async function runMany({ sequences, atOnce, told, ...options }: Many): Promise<Result> {
  const ground = await Ground.open(options);
  try {
    const left = [...sequences];
    const failed: Outcome[] = [];
    const hand = async () => {
      for (let next = left.shift(); next; next = left.shift()) {
        const outcome = await runSequence(ground, next);
        if (outcome.faults.length > 0) failed.push(outcome);
        told?.(outcome);
      }
    };
    await Promise.all(Array.from({ length: atOnce }, hand));
    return { failed, ...ground.errors(), kills: ground.cuts.length };
  } finally {
    await ground.close();
  }
}

/** A failed sequence, for whoever reads it, with the command that runs it alone. */
export const wordsOf = ({ seed, index, story, faults, details }: Outcome): string =>
  [
    `sequence ${index} of seed ${seed} (npm run fuzz -- --seed ${seed} --only ${index})`,
    ...story.map((line) => `  ${line}`),
    ...(details ? [details] : []),
    ...faults.map((fault) => `  ! ${fault}`),
  ].join('\n');
