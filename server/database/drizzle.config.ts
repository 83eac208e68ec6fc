// What drizzle-kit reads to write the next migration: npm run migration -- --name what-it-does
import { defineConfig } from 'drizzle-kit';

export default defineConfig({
  dialect: 'postgresql',
  schema: ['./server/database/schema.ts', './server/database/ledger.ts', './server/database/mirror.ts'],
  out: './server/database/migrations',
});
