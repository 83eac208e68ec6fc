// A context on a database and a local Google, with limits so wide that they never show: for figures of sync.
import pino from 'pino';
import { createSeal } from '../../server/auth/seal.ts';
import { readConfig } from '../../server/config.ts';
import type { Context } from '../../server/context.ts';
import { openDatabase } from '../../server/database/open.ts';
import { createGoogle } from '../../server/google/client.ts';
import { createBudget } from '../../server/jobs/budget.ts';
import { createConfirm } from '../../server/sync/confirm.ts';
import { DEFAULT_CLIENT } from '../google/oauth.ts';

/** All processes of a run seal with this. */
export const benchKeys = `bench:${'B'.repeat(43)}=`;

export const benchEnv = (url: string, database: string) => ({
  GOOGLE_URL: url,
  GOOGLE_CLIENT_ID: DEFAULT_CLIENT.id,
  GOOGLE_CLIENT_SECRET: DEFAULT_CLIENT.secret,
  DATABASE_URL: database,
  SECRET_KEYS: benchKeys,
});

export function openBare(at: { url: string; database: string }): {
  context: Context;
  close(): Promise<void>;
} {
  const config = readConfig({
    ...benchEnv(at.url, at.database),
    GOOGLE_ACCOUNT_UNITS_PER_MINUTE: '1000000',
    GOOGLE_PROJECT_UNITS_PER_MINUTE: '1000000',
  });
  const { db, close } = openDatabase(at.database, { max: 10, statementTimeout: 0 });
  const { clientId = '', clientSecret = '' } = config.google;
  const world = {
    db,
    config,
    google: createGoogle({ clientId, clientSecret, url: at.url, timeout: 120_000 }),
    seal: createSeal(benchKeys),
    log: pino({ level: 'warn' }),
    now: Date.now,
    ring: () => undefined,
    budget: createBudget(db, config.google),
  };
  return { context: { ...world, confirm: createConfirm(world) }, close };
}
