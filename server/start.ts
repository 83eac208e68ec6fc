// Putting the parts together: the database by configuration, the context over it, and the whole server.
import { join } from 'node:path';
import type { FastifyBaseLogger } from 'fastify';
import { tidyConsents } from './accounts/consents.ts';
import { finishDisconnecting } from './accounts/finish.ts';
import { makeApp } from './app.ts';
import { createSeal, keysFromFile } from './auth/seal.ts';
import { tidyMarks } from './blocks/tidy.ts';
import { tidyExpired } from './bookings/release.ts';
import { channelTicks } from './channels/ticks.ts';
import { tidyKeys } from './commit.ts';

import type { Config } from './config.ts';
import type { Context } from './context.ts';
import { type Embedded, startEmbedded } from './database/embedded.ts';
import { migrate } from './database/migrate.ts';
import { openDatabase } from './database/open.ts';
import { createGoogle } from './google/client.ts';
import { tellStale } from './health/stale.ts';
import { createBudget } from './jobs/budget.ts';
import { hangDoorbell } from './jobs/doorbell.ts';
import { startWorker, type Tick } from './jobs/worker.ts';
import { tidyMessages } from './log/messages.ts';
import { createConfirm } from './sync/confirm.ts';
import { rollOn, tidyMirror } from './sync/roll.ts';
import { tidySessions } from './web/session.ts';

export interface Opened {
  context: Context;
  /** The database's address: for whoever listens on a connection of their own. */
  url: string;
  /** Whether the embedded database process runs; always true with a DATABASE_URL. */
  up(): boolean;
  close(): Promise<void>;
}

/** The context, on a database that is started and migrated. `gaveUp`: the embedded database could not be kept up. */
export async function openContext(
  config: Config,
  log: FastifyBaseLogger,
  gaveUp?: () => void,
): Promise<Opened> {
  const embedded = config.databaseUrl ? undefined : await ownDatabase(config, log, gaveUp);
  const url = config.databaseUrl ?? embedded!.url;
  try {
    await migrate(url);
    const { db, client, close } = openDatabase(url, { max: config.databaseConnections });
    const doorbell = hangDoorbell(client, (err) => log.warn({ err }, 'a notice to the workers was not sent'));
    const { clientId = '', clientSecret = '', url: googleUrl } = config.google;
    const world = {
      db,
      config,
      google: createGoogle({ clientId, clientSecret, url: googleUrl }),
      seal: createSeal(config.secretKeys ?? (await ownKeys(config, log))),
      log,
      now: Date.now,
      ring: doorbell.ring,
      budget: createBudget(db, config.google),
    };
    const context: Context = { ...world, confirm: createConfirm(world) };
    return {
      context,
      url,
      up: () => embedded?.up() ?? true,
      async close() {
        await doorbell.close();
        await close();
        await embedded?.stop();
      },
    };
  } catch (error) {
    await embedded?.stop();
    throw error;
  }
}

async function ownDatabase(config: Config, log: FastifyBaseLogger, gaveUp?: () => void): Promise<Embedded> {
  log.warn(
    'one-machine set-up: the database runs inside this process; set DATABASE_URL to use one of your own',
  );
  return startEmbedded({ folder: join(config.dataFolder, 'database'), log, gaveUp });
}

async function ownKeys(config: Config, log: FastifyBaseLogger): Promise<string> {
  const file = join(config.dataFolder, 'secret.keys');
  const { keys, made } = await keysFromFile(file);
  if (made) log.warn({ file }, 'made the key that seals secrets: back this file up apart from the database');
  return keys;
}

export interface Server {
  context: Context;
  /** Where it listens, such as http://127.0.0.1:8080. */
  address: string;
  /** Stops taking requests, finishes those in hand and the pushes under way, and lets go of the database. */
  stop(): Promise<void>;
}

export async function startServer(
  config: Config,
  log: FastifyBaseLogger,
  gaveUp?: () => void,
): Promise<Server> {
  const opened = await openContext(config, log, gaveUp);
  const { context } = opened;
  const app = await makeApp(context, opened.up);
  const ticks: Tick[] = [
    { every: 15_000, run: () => tidyExpired(context) },
    { every: 3_600_000, run: () => tidyKeys(context) },
    { every: 3_600_000, run: () => tidyConsents(context) },
    { every: 15_000, run: () => finishDisconnecting(context) },
    ...channelTicks(context),
    { every: 60_000, run: () => tellStale(context) },
    { every: 3_600_000, run: () => tidyMessages(context.db, context.now()) },
    { every: 3_600_000, run: () => tidySessions(context) },
    { every: 60_000, run: () => rollOn(context) },
    { every: 3_600_000, run: () => tidyMirror(context) },
    { every: 3_600_000, run: () => tidyMarks(context) },
  ];
  const worker = config.worker ? startWorker(context, { url: opened.url, ticks }) : undefined;
  const letGo = async () => {
    await worker?.stop();
    await opened.close();
  };
  try {
    const address = await app.listen({ host: config.host, port: config.port });
    return {
      context,
      address,
      async stop() {
        await app.close();
        await letGo();
      },
    };
  } catch (error) {
    await letGo();
    throw error;
  }
}
