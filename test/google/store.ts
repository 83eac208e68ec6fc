// Keeps the state in one file: written whole beside it and renamed, shortly after each change and at the end.
import { readFile, rename, writeFile } from 'node:fs/promises';
import type { Kept } from './state.ts';

export const SAVE_DELAY = 50;

export async function readKept(file: string): Promise<Kept | undefined> {
  try {
    return JSON.parse(await readFile(file, 'utf8')) as Kept;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

export class Store {
  private readonly file: string;
  private readonly read: () => Kept;
  private timer?: NodeJS.Timeout;
  private writing: Promise<void> = Promise.resolve();

  constructor(file: string, read: () => Kept) {
    this.file = file;
    this.read = read;
  }

  /** Something changed: it is on disk at most `SAVE_DELAY` ms plus one write later. */
  later(): void {
    this.timer ??= setTimeout(() => this.save(), SAVE_DELAY);
  }

  /** Writes what is still to be written. Rejects if any write has failed. */
  async flush(): Promise<void> {
    if (this.timer) this.save();
    await this.writing;
  }

  private save(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    this.writing = this.writing.then(async () => {
      const next = `${this.file}.next`;
      await writeFile(next, JSON.stringify(this.read()));
      await rename(next, this.file);
    });
    this.writing.catch((error: Error) => process.emitWarning(`Local Google: cannot save: ${error.message}`));
  }
}
