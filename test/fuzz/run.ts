// npm run fuzz -- [--sequences 10000] [--seed N] [--only I] [--times K] [--most S] [--details] [--processes 2] [--at-once 12]: the model-based test, at length.
import { randomInt } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import pino from 'pino';
import { startEmbedded } from '../../server/database/embedded.ts';
import { migrate } from '../../server/database/migrate.ts';
import { runMany, wordsOf } from '../model/many.ts';
import { addressOf, asAdmin } from '../postgresql.ts';

const { values } = parseArgs({
  options: {
    sequences: { type: 'string', default: '10000' },
    seed: { type: 'string', default: String(randomInt(1_000_000)) },
    /** One sequence alone, so often. */
    only: { type: 'string' },
    times: { type: 'string', default: '1' },
    /** Only the first so many steps of it. */
    most: { type: 'string' },
    /** What the tables hold of those that fail. */
    details: { type: 'boolean', default: false },
    processes: { type: 'string', default: '2' },
    'at-once': { type: 'string', default: '12' },
  },
});
const seed = Number(values.seed);
const { details } = values;
const most = values.most === undefined ? undefined : Number(values.most);
const sequences =
  values.only === undefined
    ? Array.from({ length: Number(values.sequences) }, (_, index) => ({ seed, index, details }))
    : Array.from({ length: Number(values.times) }, () => ({
        seed,
        index: Number(values.only),
        most,
        details,
      }));

/** A fresh ground for so many, so that what the ones before left behind weighs nothing. */
const batch = 500;

const folder = mkdtempSync(join(tmpdir(), 'sidebook-fuzz-'));
const log = pino({ level: 'error' });
const postgresql = await startEmbedded({ folder, log, fsync: false, settings: { max_connections: '200' } });
let failed = 0;
const began = performance.now();
try {
  console.log(`${sequences.length} sequences, seed ${seed}`);
  for (let from = 0; from < sequences.length; from += batch) {
    const name = `sidebook_fuzz_${from}`;
    await asAdmin(postgresql.url, `create database ${name}`);
    const databaseUrl = addressOf(name, postgresql.url);
    await migrate(databaseUrl);
    const result = await runMany({
      databaseUrl,
      processes: Number(values.processes),
      atOnce: Number(values['at-once']),
      sequences: sequences.slice(from, from + batch),
      told(outcome) {
        if (outcome.faults.length > 0) console.log(`\n${wordsOf(outcome)}`);
        else if (values.only !== undefined) console.log(outcome.story.join('\n'));
      },
    });
    for (const line of result.deadlocks) console.log(`a deadlock: ${line}`);
    for (const error of result.errors) console.log(`the server said: ${error}`);
    failed += result.failed.length + result.errors.length;
    await asAdmin(postgresql.url, `drop database ${name} with (force)`);
    const seconds = Math.round((performance.now() - began) / 1000);
    const done = Math.min(from + batch, sequences.length);
    console.log(`${done} done in ${seconds} s, ${result.kills} power cuts, ${failed} failures`);
  }
} finally {
  await postgresql.stop();
  rmSync(folder, { recursive: true, force: true });
}
process.exitCode = failed > 0 ? 1 : 0;
