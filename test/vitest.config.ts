// How the tests run: one PostgreSQL for the whole run, a fresh database for each file that asks.
import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    root: new URL('..', import.meta.url).pathname,
    include: ['test/**/*.test.ts'],
    globalSetup: ['test/postgresql.ts'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // Much of it waits for a database or a process: two at once even on a machine with two cores.
    maxWorkers: Math.max(2, availableParallelism() - 1),
  },
});
