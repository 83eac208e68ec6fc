// Random sequences of what people, customers, Google and the world do: after quiet, Google and the tables say the same.
import { expect, test } from 'vitest';
import { freshDatabase } from '../database.ts';
import { runMany, wordsOf } from '../model/many.ts';

/** The same every time: `npm run fuzz` looks elsewhere. */
const seed = 1;

test('three hundred sequences end with both sides the same', { timeout: 400_000 }, async () => {
  const database = await freshDatabase();
  try {
    const { failed, errors, kills } = await runMany({
      databaseUrl: database.url,
      processes: 1,
      atOnce: 12,
      sequences: Array.from({ length: 300 }, (_, index) => ({ seed, index })),
    });
    expect(failed.map(wordsOf).join('\n\n')).toBe('');
    expect(errors).toEqual([]);
    expect(kills).toBeGreaterThan(0);
  } finally {
    await database.close();
  }
});
