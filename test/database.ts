// A database of its own for whoever asks: migrated, empty, real, and gone when closed.
import { randomBytes } from 'node:crypto';
import { inject } from 'vitest';
import { type OpenDatabase, openDatabase } from '../server/database/open.ts';
import { addressOf, asAdmin } from './postgresql.ts';

/** `url` is good for other processes too. `close` takes the database away, whoever is still connected. */
export async function freshDatabase(): Promise<OpenDatabase & { url: string }> {
  const server = inject('postgresql');
  const name = `sidebook_test_${randomBytes(5).toString('hex')}`;
  await asAdmin(server.url, `create database ${name} template ${server.template}`);
  const url = addressOf(name, server.url);
  const opened = openDatabase(url);
  return {
    ...opened,
    url,
    async close() {
      await opened.close();
      await asAdmin(server.url, `drop database ${name} with (force)`);
    },
  };
}
