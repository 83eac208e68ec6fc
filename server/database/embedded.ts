// The database that needs no setting up: a real PostgreSQL run as our child, kept up while we live and never longer.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync } from 'node:fs';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import type { FastifyBaseLogger } from 'fastify';
import { as, handOver } from './binaries.ts';
import { type Cluster, markOf, occupantOf, prepareCluster, removeStale, runningOn } from './cluster.ts';
import { DatabaseUnusable } from './unusable.ts';

export interface Embedded {
  /** With the password in it: any process of this machine may use it. */
  url: string;
  /** False from the moment PostgreSQL dies until it answers again. */
  up(): boolean;
  /** Disconnects whoever is connected, writes everything down and ends. Close the pools first. */
  stop(): Promise<void>;
}

export interface EmbeddedOptions {
  /** Made if missing, its parents too. The cluster, its password, nothing else. */
  folder: string;
  log: Pick<FastifyBaseLogger, 'debug' | 'warn' | 'error'>;
  /** PostgreSQL died and could not be kept up: it stays down. */
  gaveUp?: () => void;
  /** False gives up what was committed before a power cut, for speed: for tests. */
  fsync?: boolean;
  /** Settings of PostgreSQL, such as max_connections. */
  settings?: Record<string, string>;
}

/**
 * Starts PostgreSQL on a folder, first making the cluster if there is none. It listens on 127.0.0.1, on a port that is
 * free now and stays the same through restarts. However this process ends, PostgreSQL ends with it; a Ctrl-C in the
 * terminal does not reach it, so that what is in hand can be finished first.
 * @throws DatabaseUnusable, whose message says what to do: no programs for this machine, a folder that is in use or
 * cannot be used.
 */
export async function startEmbedded(options: EmbeddedOptions): Promise<Embedded> {
  const { folder, log, gaveUp, fsync = true } = options;
  const cluster = prepareCluster(folder, fsync);
  const launch = (port: number) => launchOn({ cluster, port, settings: settingsOf(options), log });
  const { port, ...first } = await launchAnywhere(launch);

  let running: Running = first;
  let up = true;
  let stopping = false;
  let restarts: number[] = [];

  async function revive(): Promise<boolean> {
    while (!stopping) {
      restarts = restarts.filter((at) => performance.now() - at < FORGIVEN_AFTER);
      if (restarts.length === MOST_RESTARTS) return false;
      await sleep(FIRST_PAUSE * 4 ** restarts.length);
      restarts.push(performance.now());
      try {
        running = await launch(port);
        return true;
      } catch (err) {
        log.error({ err }, 'the database process did not start again');
      }
    }
    return false;
  }

  async function keepUp(): Promise<void> {
    do {
      if (stopping) running.release();
      up = true;
      const cause = await running.ended;
      up = false;
      running.release();
      if (!stopping) log.warn(`the database process died (${cause}): starting it again`);
    } while (!stopping && (await revive()));
    if (!stopping) gaveUp?.();
  }

  const kept = keepUp();
  return {
    url: addressOf(cluster.password, port),
    up: () => up,
    async stop() {
      stopping = true;
      running.release();
      await kept;
    },
  };
}

const MOST_RESTARTS = 3;
/** Milliseconds; each further pause is four times as long. */
const FIRST_PAUSE = 250;
const FORGIVEN_AFTER = 10 * 60_000;

/** The address of the PostgreSQL that another process runs on a folder; undefined if none does. */
export function findEmbedded(folder: string): string | undefined {
  const found = runningOn(folder);
  return found && addressOf(found.password, found.port);
}

const addressOf = (password: string, port: number) =>
  `postgres://postgres:${password}@127.0.0.1:${port}/postgres`;

function settingsOf({ fsync = true, settings }: EmbeddedOptions): Record<string, string> {
  return {
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    timezone: 'UTC',
    log_timezone: 'UTC',
    // What went wrong with a statement is the caller's to know; here it would bring names and addresses into the log.
    log_min_messages: 'log',
    log_min_error_statement: 'panic',
    log_error_verbosity: 'terse',
    log_checkpoints: 'off',
    ...(fsync ? {} : { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' }),
    ...settings,
  };
}

interface Running {
  /** Settles when it has ended, with how. */
  ended: Promise<string>;
  /** Asks it to shut down (fast: no new work, clients disconnected, all written down). */
  release(): void;
}

/** Between looking for a free port and PostgreSQL taking it, somebody else may have taken it: then the next. */
async function launchAnywhere(launch: (port: number) => Promise<Running>) {
  for (let tries = 1; ; tries++) {
    const port = await freePort();
    try {
      return { port, ...(await launch(port)) };
    } catch (error) {
      if (tries === 3 || (await isFree(port))) throw error;
    }
  }
}

async function freePort(wanted = 0): Promise<number> {
  const server = createServer().listen(wanted, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

const isFree = (port: number) =>
  freePort(port).then(
    () => true,
    (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EADDRINUSE') throw error;
      return false;
    },
  );

// PostgreSQL runs under a shell that holds the far end of a pipe of ours (descriptor 3). When we die in any way, the
// pipe closes, `read` returns, and PostgreSQL is asked to shut down; ending the pipe on purpose is how we stop it.
const GUARD = `
"$@" 3<&- &
database=$!
(read -r _ <&3; kill -INT $database) &
reader=$!
wait $database
code=$?
kill $reader 2>/dev/null
exit $code`;

interface Launch {
  cluster: Cluster;
  port: number;
  settings: Record<string, string>;
  log: EmbeddedOptions['log'];
}

async function launchOn({ cluster, port, settings, log }: Launch): Promise<Running> {
  const { folder, runner, binaries } = cluster;
  await vacated(folder);
  removeStale(folder);
  const { path, descriptor } = handOver(folder, runner);
  const flags = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  const child = spawn(
    '/bin/sh',
    [
      '-c',
      GUARD,
      'sh',
      binaries.postgres,
      '-D',
      `${path}/data`,
      '-p',
      `${port}`,
      ...flags,
      '-c',
      markOf(folder),
    ],
    {
      ...as(runner),
      // A session of its own: the terminal's Ctrl-C is for us alone.
      detached: true,
      stdio: ['ignore', 'ignore', 'pipe', 'pipe', descriptor],
    },
  );
  if (descriptor !== 'ignore') closeSync(descriptor);

  const said: string[] = [];
  createInterface({ input: child.stderr as Readable }).on('line', (line) => {
    log.debug(line);
    said.push(line);
    if (said.length > 10) said.shift();
  });
  const closed = new Promise((resolve) => child.once('close', resolve));
  const running = hold(child);
  const cause = await outcome(folder, running);
  if (cause !== undefined) {
    running.release();
    await closed;
    throw new DatabaseUnusable(`The embedded PostgreSQL did not start (${cause}): ${said.join(' ')}`);
  }
  // It does not keep our process alive; only whoever waits for its end does.
  for (const held of [child, child.stdio[3], child.stderr]) (held as Socket).unref();
  return running;
}

function hold(child: ChildProcess): Running {
  const guard = child.stdio[3] as Socket;
  const ended = new Promise<string>((resolve) => {
    child.once('exit', (code, signal) => resolve(signal ?? `exit code ${code}`));
    child.once('error', (error) => resolve(error.message));
    // Broken only with the guard itself, which the exit tells.
    guard.once('error', (error) => resolve(error.message));
  });
  return {
    ended,
    release() {
      child.ref();
      guard.destroy();
    },
  };
}

/**
 * Ready as PostgreSQL itself says in its pid file, which is what pg_ctl goes by.
 * @returns how it ended, if it ended instead.
 */
async function outcome(folder: string, running: Running): Promise<string | undefined> {
  let cause: string | undefined;
  void running.ended.then((how) => {
    cause = how;
  });
  while (cause === undefined && occupantOf(folder)?.status !== 'ready') await sleep(10);
  return cause;
}

/** The PostgreSQL of a process that was killed is given time to write everything down; one in use is not disturbed. */
async function vacated(folder: string): Promise<void> {
  const began = performance.now();
  for (let found = occupantOf(folder); found; found = occupantOf(folder)) {
    const patience = found.status === 'stopping' ? 60_000 : 1_000;
    if (performance.now() - began > patience)
      throw new DatabaseUnusable(
        `${folder} is in use: a PostgreSQL runs on it (process ${found.pid}). Stop the Sidebook it belongs to, or set DATA_FOLDER to another folder; if it belongs to none, stop it with kill -INT ${found.pid}.`,
      );
    await sleep(25);
  }
}
