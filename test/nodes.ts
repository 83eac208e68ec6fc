// The whole suite on every Node we promise to run on, as whoever starts this and, if that is root, as an ordinary user.
import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';

const versions = ['20.20.2', '22.23.3', '24.21.0'];
const checkout = join(import.meta.dirname, '..');
/** What follows `npm run test:nodes --` is for the test runner: a path, say. */
const asked = process.argv.slice(2);

/** Who runs the tests, in which checkout; without ids, we do. */
interface Tester {
  name: string;
  folder: string;
  ids?: { uid: number; gid: number };
}

/** Node comes as an npm package, so that npm is all it takes. @returns where its program is in a checkout. */
function fetchNode(version: string): string {
  const name = `node-${process.platform}-${process.arch}`;
  const cache = join('node_modules/.cache/nodes', version);
  const program = join(cache, 'node_modules', name, 'bin/node');
  if (!existsSync(join(checkout, program))) {
    mkdirSync(join(checkout, cache), { recursive: true });
    execFileSync('npm', ['install', '--prefix', cache, '--no-save', `${name}@${version}`], {
      cwd: checkout,
      stdio: 'inherit',
    });
  }
  return program;
}

/** With a copy of everything that is their own, as if they had cloned and installed it. */
function ordinaryTester(name = 'nobody'): Tester {
  const [uid, gid] = ['-u', '-g'].map((which) => Number(execFileSync('id', [which, name])));
  const folder = mkdtempSync(join(tmpdir(), 'sidebook-checkout-'));
  const data = join(checkout, 'data');
  cpSync(checkout, folder, { recursive: true, verbatimSymlinks: true, filter: (path) => path !== data });
  mkdirSync(homeIn(folder), { recursive: true });
  execFileSync('chown', ['-R', `${uid}:${gid}`, folder]);
  return { name, folder, ids: { uid: uid!, gid: gid! } };
}

const homeIn = (folder: string) => join(folder, 'node_modules/.cache/home');

function runTests(version: string, { name, folder, ids }: Tester) {
  const node = join(folder, fetchNode(version));
  console.log(`\nNode ${version}, as ${name}`);
  const began = performance.now();
  const { status } = spawnSync(
    node,
    ['node_modules/vitest/vitest.mjs', 'run', '--config', 'test/vitest.config.ts', ...asked],
    {
      cwd: folder,
      stdio: 'inherit',
      env: {
        ...process.env,
        // What the tests start as `node` is this one too.
        PATH: `${dirname(node)}${delimiter}${process.env.PATH}`,
        ...(ids && { HOME: homeIn(folder), USER: name, LOGNAME: name }),
      },
      ...ids,
    },
  );
  const seconds = Math.round((performance.now() - began) / 1000);
  return { node: version, as: name, result: status === 0 ? 'passed' : 'FAILED', seconds };
}

for (const version of versions) fetchNode(version);
const root = process.getuid?.() === 0;
const testers: Tester[] = [{ name: root ? 'root' : 'ourselves', folder: checkout }];
if (root) testers.push(ordinaryTester());
try {
  const results = testers.flatMap((tester) => versions.map((version) => runTests(version, tester)));
  console.table(results);
  process.exitCode = results.every(({ result }) => result === 'passed') ? 0 : 1;
} finally {
  for (const { folder } of testers) if (folder !== checkout) rmSync(folder, { recursive: true, force: true });
}
