// The embedded database: private, on one folder at a time, kept up, and safe from every way its processes can die.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import postgres from 'postgres';
import { afterAll, describe, expect, test } from 'vitest';
import { type Embedded, findEmbedded, startEmbedded } from '../../../server/database/embedded.ts';
import { DatabaseUnusable } from '../../../server/database/unusable.ts';

const base = mkdtempSync(join(tmpdir(), 'sidebook-embedded-'));
const started: Embedded[] = [];
afterAll(async () => {
  await Promise.all(started.map(({ stop }) => stop()));
  rmSync(base, { recursive: true });
});

const silent = () => undefined;
const log = { debug: silent, warn: silent, error: silent };

async function start(name: string, gaveUp = silent) {
  const embedded = await startEmbedded({ folder: join(base, name), log, fsync: false, gaveUp });
  started.push(embedded);
  return embedded;
}

/** One statement on a connection of its own. */
async function ask(url: string, statement: string) {
  const client = postgres(url, { max: 1, onnotice: silent });
  return [...(await client.unsafe(statement).finally(() => client.end()))];
}

const one = [{ one: 1 }];
const askOne = (url: string) => ask(url, 'select 1 as one');

async function until(holds: () => boolean) {
  while (!holds()) await sleep(20);
}

const pidFile = (name: string) => join(base, name, 'data/postmaster.pid');
const pidOn = (name: string) => Number(readFileSync(pidFile(name), 'utf8').split('\n')[0]);

describe('a folder', () => {
  test('keeps what it holds over a stop, and nothing runs on it in between', async () => {
    const first = await start('own');
    await ask(first.url, 'create table kept (value int); insert into kept values (1)');
    expect(findEmbedded(join(base, 'own'))).toBe(first.url);
    await first.stop();
    expect(first.up()).toBe(false);
    expect(findEmbedded(join(base, 'own'))).toBeUndefined();
    const second = await start('own');
    expect(await ask(second.url, 'select value from kept')).toEqual([{ value: 1 }]);
  });

  test('has a password that is ours alone, and a door on this machine only', async () => {
    const url = findEmbedded(join(base, 'own'))!;
    const { password, hostname } = new URL(url);
    expect(password.length).toBeGreaterThanOrEqual(32);
    const { mode, uid } = statSync(join(base, 'own/password'));
    expect([mode & 0o777, uid]).toEqual([0o600, process.getuid!()]);
    expect(readdirSync(join(base, 'own')).sort()).toEqual(['data', 'password']);
    expect(readFileSync(join(base, 'own/data/postmaster.opts'), 'utf8')).not.toContain(password);
    await expect(askOne(url.replace(password, 'guessed'))).rejects.toMatchObject({ code: '28P01' });
    expect(hostname).toBe('127.0.0.1');
    const [row] = await ask(
      url,
      `select current_setting('listen_addresses') as tcp, current_setting('unix_socket_directories') as unix`,
    );
    expect(row).toEqual({ tcp: '127.0.0.1', unix: '' });
  });

  test('is refused to a second process, in a sentence that names the first', async () => {
    const second = start('own');
    await expect(second).rejects.toThrow(DatabaseUnusable);
    await expect(second).rejects.toThrow(`process ${pidOn('own')}`);
    expect(await askOne(findEmbedded(join(base, 'own'))!)).toEqual(one);
  });

  test('is not taken for occupied when its stale file names a process of the same user', async () => {
    await started.at(-1)!.stop();
    const { uid, gid } = statSync(join(base, 'own/data'));
    const stranger = spawn('sleep', ['60'], process.getuid!() === 0 ? { uid, gid, cwd: '/' } : {});
    writeFileSync(pidFile('own'), `${stranger.pid}\n${join(base, 'own/data')}\n1\n5432\n\n\n\nready\n`);
    const { url, stop } = await start('own');
    stranger.kill();
    expect(await askOne(url)).toEqual(one);
    await stop();
  });

  test('of another major version is refused, with what to do', async () => {
    writeFileSync(join(base, 'own/data/PG_VERSION'), '9\n');
    await expect(start('own')).rejects.toThrow(/made by PostgreSQL 9, this is PostgreSQL \d+: dump it/);
  });

  test('without its password is refused', async () => {
    rmSync(join(base, 'own/password'));
    writeFileSync(join(base, 'own/data/PG_VERSION'), '18\n');
    await expect(start('own')).rejects.toThrow(/is incomplete/);
  });

  test('of something else is refused, and left as it is', async () => {
    mkdirSync(join(base, 'other'));
    writeFileSync(join(base, 'other/letter.txt'), 'Dear Anna');
    await expect(start('other')).rejects.toThrow(/holds something that is not a database/);
    expect(readdirSync(join(base, 'other'))).toEqual(['letter.txt']);
  });
});

// The folders above are in one that root keeps to itself; this one anybody may enter.
test.concurrent('PostgreSQL is started again where it dies, at the same address, but not for ever', async () => {
  mkdirSync(join(base, 'entered'));
  for (const folder of [base, join(base, 'entered')]) chmodSync(folder, 0o755);
  let gaveUp = false;
  const { url, up } = await start('entered/dying', () => {
    gaveUp = true;
  });
  for (let deaths = 1; deaths <= 3; deaths++) {
    process.kill(pidOn('entered/dying'), 'SIGKILL');
    await until(() => !up());
    await until(() => up() || gaveUp);
    expect(await askOne(url)).toEqual(one);
  }
  process.kill(pidOn('entered/dying'), 'SIGKILL');
  await until(() => gaveUp);
  expect(up()).toBe(false);
});

describe.concurrent('the process that started it', () => {
  const program = new URL('holder.ts', import.meta.url).pathname;
  const hold = (name: string) =>
    spawn(process.execPath, ['--import', 'tsx', program, join(base, name)], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });

  test('may be killed while it makes the folder: the next begins afresh', async () => {
    const child = hold('unmade');
    const unfinished = () => readdirSync(base).filter((entry) => entry.startsWith('unmade.new-'));
    await until(() => unfinished().length > 0);
    child.kill('SIGKILL');
    await once(child, 'exit');
    expect(existsSync(join(base, 'unmade'))).toBe(false);
    const { url } = await start('unmade');
    expect(await askOne(url)).toEqual(one);
    expect(unfinished()).toEqual([]);
  });

  test('loses nothing that was acknowledged when it is killed, with PostgreSQL or alone', async () => {
    let acknowledged = 0;
    for (const alone of [true, false, true]) {
      const child = hold('killed');
      const heard: string[] = [];
      for await (const line of createInterface({ input: child.stdout })) {
        if (heard.push(line) !== 100) continue;
        if (!alone) process.kill(pidOn('killed'), 'SIGKILL');
        child.kill('SIGKILL');
      }
      const { lines, total } = JSON.parse(heard[0]!);
      expect(lines).toBe(total);
      expect(lines).toBeGreaterThanOrEqual(acknowledged);
      acknowledged = Number(heard.at(-1));
      expect(acknowledged).toBeGreaterThanOrEqual(lines + 99);
    }
    await until(() => !existsSync(pidFile('killed')));
  });
});
