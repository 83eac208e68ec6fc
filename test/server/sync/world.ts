// A database, a local Google and the context over both: what tests of pushing stand on.
import { randomBytes } from 'node:crypto';
import pino from 'pino';
import { createSeal } from '../../../server/auth/seal.ts';
import { readConfig } from '../../../server/config.ts';
import type { Context } from '../../../server/context.ts';
import { createGoogle } from '../../../server/google/client.ts';
import { createBudget } from '../../../server/jobs/budget.ts';
import { createConfirm } from '../../../server/sync/confirm.ts';
import { freshDatabase } from '../../database.ts';
import { DEFAULT_CLIENT } from '../../google/oauth.ts';
import { type Google, startGoogle } from '../../google/server.ts';

export interface World {
  context: Context;
  google: Google;
  /** Of the database, for other processes. */
  url: string;
  close(): Promise<void>;
}

/** One for a file; each clinic in it is a business of its own. `through`: an address that leads to Google's. */
export async function openWorld(through = async (url: string) => url): Promise<World> {
  const { db, url, close } = await freshDatabase();
  const google = await startGoogle();
  const address = await through(google.url);
  const { id: clientId, secret: clientSecret } = DEFAULT_CLIENT;
  const config = readConfig({
    GOOGLE_URL: address,
    GOOGLE_CLIENT_ID: clientId,
    GOOGLE_CLIENT_SECRET: clientSecret,
    GOOGLE_ACCOUNT_UNITS_PER_MINUTE: '100000',
    GOOGLE_PROJECT_UNITS_PER_MINUTE: '100000',
  });
  const known = {
    db,
    config,
    google: createGoogle({ clientId, clientSecret, url: address, timeout: 30_000 }),
    seal: createSeal(`k:${randomBytes(32).toString('base64')}`),
    log: pino({ level: 'silent' }),
    now: Date.now,
    ring: () => undefined,
    budget: createBudget(db, config.google),
  };
  const context: Context = { ...known, confirm: createConfirm(known) };
  return {
    context,
    google,
    url,
    async close() {
      await google.stop();
      await close();
    },
  };
}
