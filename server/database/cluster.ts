// The folder of the embedded database: made whole or not at all, checked before use, and who is on it right now.
import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  chmodSync,
  chownSync,
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { as, type Binaries, findBinaries, handOver, type Runner } from './binaries.ts';
import { DatabaseUnusable } from './unusable.ts';

/** A folder of ours: `data` is PostgreSQL's own, `password` lies beside it and is ours alone. */
export interface Cluster {
  folder: string;
  runner: Runner | undefined;
  binaries: Binaries;
  password: string;
}

/**
 * The cluster in a folder, made first if there is none.
 * @param fsync false: a power cut while it is made may leave rubbish; for tests.
 * @throws DatabaseUnusable if what is there cannot be used.
 */
export function prepareCluster(wanted: string, fsync: boolean): Cluster {
  const beside = dirname(wanted);
  mkdirSync(beside, { recursive: true });
  const folder = join(realpathSync(beside), basename(wanted));
  const runner = findRunner(folder);
  const binaries = findBinaries(dirname(folder), runner);
  removeUnfinished(folder);
  if (!existsSync(join(folder, 'data'))) make({ folder, runner, binaries, fsync });
  const password = checked(folder, binaries.major);
  return { folder, runner, binaries, password };
}

/** PostgreSQL refuses to run as root: then it runs as whoever owns the data, or else as a user with few rights. */
function findRunner(folder: string): Runner | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const owner = statSync(join(folder, 'data'), { throwIfNoEntry: false });
  if (owner?.uid) return { uid: owner.uid, gid: owner.gid };
  if (owner)
    throw new DatabaseUnusable(
      `${join(folder, 'data')} belongs to root, as whom PostgreSQL refuses to run: give it to another user (chown -R).`,
    );
  for (const user of ['postgres', 'nobody']) {
    const [uid, gid] = ['-u', '-g'].map((which) => spawnSync('id', [which, user], { encoding: 'utf8' }));
    if (uid?.status === 0 && gid?.status === 0)
      return { uid: Number(uid.stdout) >>> 0, gid: Number(gid.stdout) >>> 0 };
  }
  throw new DatabaseUnusable(
    'PostgreSQL refuses to run as root, and there is neither a user postgres nor a user nobody: start Sidebook as an ordinary user, or set DATABASE_URL.',
  );
}

/** A kill while a cluster is made leaves its unfinished folder behind; the process that made it stands in the name. */
function removeUnfinished(folder: string) {
  const prefix = `${basename(folder)}.new-`;
  for (const name of readdirSync(dirname(folder)))
    if (name.startsWith(prefix) && !isAlive(Number(name.slice(prefix.length))))
      // Its initdb may outlive it, and write on for a moment.
      rmSync(join(dirname(folder), name), { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
}

function make(want: { folder: string; runner: Runner | undefined; binaries: Binaries; fsync: boolean }) {
  const { folder, runner } = want;
  if (existsSync(folder) && readdirSync(folder).length > 0)
    throw new DatabaseUnusable(
      `${folder} holds something that is not a database of Sidebook's: empty it, or set DATA_FOLDER to another folder.`,
    );
  const unfinished = `${folder}.new-${process.pid}`;
  const [data, password] = [join(unfinished, 'data'), join(unfinished, 'password')];
  mkdirSync(unfinished);
  // The umask must not keep the runner out; what is inside has narrower modes of its own.
  chmodSync(unfinished, runner ? 0o711 : 0o700);
  mkdirSync(data, { mode: 0o700 });
  writeFileSync(password, randomBytes(24).toString('base64url'), { mode: 0o600, flush: want.fsync });
  if (runner) for (const path of [data, password]) chownSync(path, runner.uid, runner.gid);
  initialise(unfinished, want);
  if (runner) chownSync(password, 0, 0);
  try {
    renameSync(unfinished, folder);
  } catch (error) {
    // Somebody else made one meanwhile: theirs counts.
    rmSync(unfinished, { recursive: true, force: true });
    if (!existsSync(join(folder, 'data'))) throw error;
  }
  // Else a power cut could take back the name of a folder that holds what was acknowledged.
  if (want.fsync) for (const path of [folder, dirname(folder)]) sync(path);
}

function initialise(
  unfinished: string,
  want: { runner: Runner | undefined; binaries: Binaries; fsync: boolean },
) {
  const { path, descriptor } = handOver(unfinished, want.runner);
  const made = spawnSync(
    want.binaries.initdb,
    [
      ...['-D', `${path}/data`, '-U', 'postgres', '-A', 'scram-sha-256', '--pwfile', `${path}/password`],
      // PostgreSQL's own order of text, the same on every system and under every update of it.
      ...['-E', 'UTF8', '--locale=C', '--locale-provider=builtin', '--builtin-locale=C.UTF-8'],
      ...(want.fsync ? [] : ['--no-sync']),
    ],
    {
      ...as(want.runner),
      encoding: 'utf8',
      stdio: ['ignore', 'ignore', 'pipe', 'ignore', descriptor],
    },
  );
  if (descriptor !== 'ignore') closeSync(descriptor);
  if (made.status === 0) return;
  rmSync(unfinished, { recursive: true, force: true });
  // The file is there, so what is not there is the loader it asks for.
  if ((made.error as NodeJS.ErrnoException | undefined)?.code === 'ENOENT')
    throw new DatabaseUnusable(
      'The embedded PostgreSQL needs glibc, which this system does not have: set DATABASE_URL to a PostgreSQL of your own.',
    );
  throw new DatabaseUnusable(`The database could not be made: ${made.error?.message ?? made.stderr.trim()}`);
}

/** @returns the password. */
function checked(folder: string, major: string): string {
  try {
    const made = readFileSync(join(folder, 'data/PG_VERSION'), 'utf8').trim();
    if (made !== major)
      throw new DatabaseUnusable(
        `${folder} was made by PostgreSQL ${made}, this is PostgreSQL ${major}: dump it with the version of Sidebook that made it and restore it here, or set DATA_FOLDER to another folder.`,
      );
    return readFileSync(join(folder, 'password'), 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'EACCES' && code !== 'ENOENT') throw error;
    throw new DatabaseUnusable(
      code === 'EACCES'
        ? `${folder} belongs to another user: start Sidebook as that user, or set DATA_FOLDER to another folder.`
        : `${folder} is incomplete (data or password is missing): restore it whole, or set DATA_FOLDER to another folder.`,
      { cause: error },
    );
  }
}

/** The last of PostgreSQL's arguments: a mark by which its process is known again, whatever -D had to say. */
export const markOf = (folder: string) => `sidebook.folder=${folder}`;

export interface Occupant {
  pid: number;
  port: number;
  status: 'starting' | 'ready' | 'stopping' | 'unknown';
}

/** The PostgreSQL that runs on a folder now, or is just stopping there. */
export function occupantOf(folder: string): Occupant | undefined {
  const file = join(folder, 'data/postmaster.pid');
  let lines: string[];
  try {
    lines = readFileSync(file, 'utf8').split('\n');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  // Lines 1, 4 and 8: https://github.com/postgres/postgres/blob/REL_18_STABLE/src/include/utils/pidfile.h
  const [pid, port, status] = [Number(lines[0]), Number(lines[3]), lines[7]?.trim()];
  if (!commandOf(pid).endsWith(markOf(folder))) return undefined;
  const known = status === 'starting' || status === 'ready' || status === 'stopping' ? status : 'unknown';
  return { pid, port, status: known };
}

/** What it takes to connect to the PostgreSQL that runs on a folder. */
export function runningOn(folder: string): { port: number; password: string } | undefined {
  if (!existsSync(folder)) return undefined;
  const found = occupantOf(realpathSync(folder));
  if (found?.status !== 'ready') return undefined;
  return { port: found.port, password: readFileSync(join(folder, 'password'), 'utf8') };
}

/**
 * PostgreSQL sees for itself that a file it left is stale, unless its process id is in use again by the same user:
 * after a reboot, or in a fresh container, that is likely. Only then do we take the file away.
 */
export function removeStale(folder: string) {
  const file = join(folder, 'data/postmaster.pid');
  if (!existsSync(file) || occupantOf(folder)) return;
  if (isAlive(Number(readFileSync(file, 'utf8').split('\n')[0]))) rmSync(file);
}

/** What a process was started with; empty if there is none. Not every system has /proc, not every one has ps. */
function commandOf(pid: number): string {
  if (process.platform !== 'linux')
    return spawnSync('ps', ['-ww', '-p', String(pid), '-o', 'command='], { encoding: 'utf8' }).stdout.trim();
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ESRCH') return '';
    throw error;
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

function sync(path: string) {
  const descriptor = openSync(path, 'r');
  fsyncSync(descriptor);
  closeSync(descriptor);
}
