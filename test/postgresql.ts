// One PostgreSQL for a run of the tests, and in it a migrated database that the others are copied from.
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import postgres from 'postgres';
import type { TestProject } from 'vitest/node';
import { startEmbedded } from '../server/database/embedded.ts';
import { migrate } from '../server/database/migrate.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** The server's address, and the name of the database to copy: nobody may connect to that one. */
    postgresql: { url: string; template: string };
  }
}

export default async function setUp(project: TestProject) {
  const { url, stop } = await findServer();
  const template = `sidebook_template_${randomBytes(5).toString('hex')}`;
  await asAdmin(url, `create database ${template}`);
  await migrate(addressOf(template, url));
  // Only a database without connections can be copied.
  await asAdmin(url, `alter database ${template} allow_connections false`);
  project.provide('postgresql', { url, template });
  return async () => {
    await asAdmin(url, `drop database ${template}`);
    await stop();
  };
}

async function findServer() {
  const given = process.env.TEST_DATABASE_URL;
  if (given) return { url: given, stop: async () => undefined };
  const folder = mkdtempSync(join(tmpdir(), 'sidebook-test-'));
  const { url, stop } = await startEmbedded({
    folder: join(folder, 'database'),
    log: { debug: () => undefined, warn: console.warn, error: console.error },
    fsync: false,
    settings: { max_connections: '300' },
  });
  return {
    url,
    async stop() {
      await stop();
      rmSync(folder, { recursive: true });
    },
  };
}

/** The address of another database of the same server. */
export function addressOf(database: string, url: string): string {
  const address = new URL(url);
  address.pathname = database;
  return address.href;
}

/** One statement, such as create database, that belongs to no database of ours. */
export async function asAdmin(url: string, statement: string) {
  const client = postgres(url, { max: 1, onnotice: () => undefined });
  await client.unsafe(statement).finally(() => client.end());
}
