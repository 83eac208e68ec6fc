// How the commands of the add-on end: with a line for the shell, or with what to change.
import { Unfit } from './deployment.ts';

/** Prints what `act` says. What is wrong goes to stderr as words, and the exit code is 1. */
export async function command(act: () => Promise<string>): Promise<void> {
  try {
    console.log(await act());
  } catch (error) {
    if (!(error instanceof Unfit)) throw error;
    console.error(error.message);
    process.exitCode = 1;
  }
}
