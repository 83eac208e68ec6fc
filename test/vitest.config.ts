// How the tests run: one PostgreSQL for the whole run, a fresh database for each file that asks.
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    root: new URL('..', import.meta.url).pathname,
    include: ['test/**/*.test.ts'],
    globalSetup: ['test/postgresql.ts'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
