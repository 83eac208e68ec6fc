// The way to the database for whoever is not the server: beside it while it runs, and on their own while it does not.
import { join } from 'node:path';
import type { Config } from '../config.ts';
import { type EmbeddedOptions, findEmbedded, startEmbedded } from './embedded.ts';

export interface Reached {
  url: string;
  /** Ends what was started for this; a database that ran before runs on. */
  leave(): Promise<void>;
}

/** @throws DatabaseUnusable */
export async function reachDatabase(
  { databaseUrl, dataFolder }: Pick<Config, 'databaseUrl' | 'dataFolder'>,
  log: EmbeddedOptions['log'],
): Promise<Reached> {
  const folder = join(dataFolder, 'database');
  const running = databaseUrl ?? findEmbedded(folder);
  if (running) return { url: running, leave: async () => undefined };
  const { url, stop } = await startEmbedded({ folder, log });
  return { url, leave: stop };
}
