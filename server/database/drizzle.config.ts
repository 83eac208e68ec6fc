// What drizzle-kit reads to write the next migration: npm run migration -- --name what-it-does
import { defineConfig } from 'drizzle-kit';

export default defineConfig({
  dialect: 'postgresql',
  schema: ['schema', 'ledger', 'mirror', 'people'].map((name) => `./server/database/${name}.ts`),
  out: './server/database/migrations',
});
