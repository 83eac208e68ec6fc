// Starts the real server as a process of its own, as an operator would: by its environment alone.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { createInterface } from 'node:readline';

const root = new URL('..', import.meta.url).pathname;

export interface Spawned {
  url: string;
  child: ChildProcess;
  /** Its log so far, a line each. */
  log: string[];
  /** `SIGKILL` to end it as a power cut would; resolves with its exit code, or the signal. */
  end(signal?: NodeJS.Signals): Promise<number | NodeJS.Signals | null>;
}

/** One that nobody listens on just now. */
export async function freePort(): Promise<number> {
  const listening = createServer().listen(0, '127.0.0.1');
  await once(listening, 'listening');
  const { port } = listening.address() as { port: number };
  listening.close();
  return port;
}

/** Resolves when it listens. `env` is all of its environment besides PATH. */
export async function spawnServer(env: Record<string, string>): Promise<Spawned> {
  const settings = { HOST: '127.0.0.1', PORT: '0', LOG_LEVEL: 'info', ...env };
  return spawnScript('server/main.ts', settings, /"address":"([^"]+)"/);
}

/** Resolves when a line of its output matches `ready`, which holds its address. */
export async function spawnScript(
  script: string,
  env: Record<string, string>,
  ready: RegExp,
): Promise<Spawned> {
  const child = spawn(process.execPath, ['--import', 'tsx', script], {
    cwd: root,
    env: { PATH: process.env.PATH, HOME: process.env.HOME, TZ: process.env.TZ, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const log: string[] = [];
  const ended = once(child, 'exit').then(
    ([code, signal]) => (signal ?? code) as number | NodeJS.Signals | null,
  );
  const heard = (line: string) => log.push(line);
  createInterface({ input: child.stderr! }).on('line', heard);
  const lines = createInterface({ input: child.stdout! }).on('line', heard);
  const url = await Promise.race([
    new Promise<string>((resolve) => {
      lines.on('line', (line) => {
        const address = ready.exec(line)?.[1];
        if (address) resolve(address);
      });
    }),
    ended.then((how) => {
      throw new Error(`${script} ended (${how}) before it listened:\n${log.join('\n')}`);
    }),
  ]);
  return {
    url,
    child,
    log,
    end(signal = 'SIGTERM') {
      child.kill(signal);
      return ended;
    },
  };
}
