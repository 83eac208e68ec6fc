// One sequence: a business of its own, steps by chance, rest, and what is wrong then.
import type { Act } from './act.ts';
import { checkAll } from './checks.ts';
import { deskActs } from './desk.ts';
import { detailsOf } from './details.ts';
import { checkFreed, checkUndone, freeActs, undoAll } from './free.ts';
import type { Ground } from './ground.ts';
import { handsActs } from './hands.ts';
import { leavingActs } from './leaving.ts';
import { peoplesActs } from './people.ts';
import { comeToRest } from './quiet.ts';
import { Random } from './random.ts';
import { sayActs } from './say.ts';
import { Scene } from './scene.ts';
import { setupActs } from './setup.ts';
import { troubleActs } from './trouble.ts';

const acts: Act[] = [
  ...peoplesActs,
  ...handsActs,
  ...deskActs,
  ...sayActs,
  ...freeActs,
  ...leavingActs,
  ...setupActs,
  ...troubleActs,
];

/** So many steps first make something for the others to do something to. */
const bookings = 2;
const beginnings = 5;
const booking = acts.filter(({ name }) => name === 'book');
const making = acts.filter(({ name }) => name === 'book' || name.startsWith('type '));

export interface Outcome {
  seed: number;
  index: number;
  /** What was done, a line each. */
  story: string[];
  /** What is wrong, a sentence each. */
  faults: string[];
  /** Of one that failed, if they were asked for: what the tables hold of it. */
  details?: string;
}

export interface Sequence {
  seed: number;
  index: number;
  /** Only the first so many steps. */
  most?: number;
  details?: boolean;
}

export async function runSequence(ground: Ground, sequence: Sequence): Promise<Outcome> {
  const { seed, index, most } = sequence;
  const story: string[] = [];
  let scene: Scene | undefined;
  const outcome = async (faults: string[]): Promise<Outcome> => {
    const failed = faults.length > 0 ? scene : undefined;
    return {
      seed,
      index,
      story,
      faults,
      ...(sequence.details && failed && { details: await detailsOf(failed) }),
    };
  };
  try {
    scene = await Scene.open(ground, new Random(seed, index, 'scene'));
    const steps = Math.min(new Random(seed, index, 'length').int(15, 22), most ?? Number.POSITIVE_INFINITY);
    for (let step = 0; step < steps; step++) {
      const random = new Random(seed, index, step);
      story.push(`${step + 1}.`);
      // Where there is nothing to do it to, something else is done.
      for (let words: string | null = null, tries = 0; words === null && tries < 4; tries++) {
        const act = random.weighted(step < bookings ? booking : step < beginnings ? making : acts);
        story[step] = `${step + 1}. ${act.name}`;
        words = await act.run(scene, random);
        story[step] += `: ${words ?? 'nothing to do it to'}`;
      }
    }
    const restless = await comeToRest(scene);
    if (restless) return await outcome([restless]);
    const faults = [
      ...(await checkAll(scene, new Random(seed, index, 'checks'))),
      ...(await checkFreed(scene)),
    ];
    if (faults.length > 0 || !(await undoAll(scene))) return await outcome(faults);
    story.push('all that was set Free is set back');
    const still = await comeToRest(scene);
    if (still) return await outcome([still]);
    const after = await checkAll(scene, new Random(seed, index, 'checks after'));
    return await outcome([...after, ...(await checkUndone(scene))]);
  } catch (error) {
    return await outcome([`failed: ${error instanceof Error ? error.stack : error}`]);
  } finally {
    await scene?.leave();
  }
}
