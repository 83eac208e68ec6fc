// The embedded database: private, on one folder at a time, kept up, and safe from every way its processes can die.
import { type ChildProcess, spawn } from 'node:child_process';
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
  return client.unsafe(statement).finally(() => client.end());
}

async function until(holds: () => boolean | Promise<boolean>) {
  while (!(await holds())) await sleep(20);
}

const pidOn = (name: string) =>
  Number(readFileSync(join(base, name, 'data/postmaster.pid'), 'utf8').split('\n')[0]);

describe.concurrent('one that starts', () => {
  test('keeps what it holds over a stop, and is gone when stopped', async () => {
    const first = await start('kept');
    await ask(first.url, 'create table kept (value int); insert into kept values (1)');
    expect(findEmbedded(join(base, 'kept'))).toBe(first.url);
    await first.stop();
    expect(first.up()).toBe(false);
    expect(findEmbedded(join(base, 'kept'))).toBeUndefined();
    const second = await start('kept');
    expect([...(await ask(second.url, 'select value from kept'))]).toEqual([{ value: 1 }]);
  });

  test('keeps its password to itself', async () => {
    const { url } = await start('private');
    const { password, hostname } = new URL(url);
    expect(password.length).toBeGreaterThanOrEqual(32);
    const { mode, uid } = statSync(join(base, 'private/password'));
    expect([mode & 0o777, uid]).toEqual([0o600, process.getuid!()]);
    expect(readdirSync(join(base, 'private')).sort()).toEqual(['data', 'password']);
    expect(readFileSync(join(base, 'private/data/postmaster.opts'), 'utf8')).not.toContain(password);
    await expect(ask(url.replace(password, 'guessed'), 'select 1')).rejects.toMatchObject({ code: '28P01' });
    expect(hostname).toBe('127.0.0.1');
    const [row] = await ask(
      url,
      `select current_setting('listen_addresses') as tcp,
      current_setting('unix_socket_directories') as unix, current_setting('fsync') as fsync`,
    );
    expect(row).toEqual({ tcp: '127.0.0.1', unix: '', fsync: 'off' });
  });

  test('takes a folder that others may enter as well as one they may not', async () => {
    mkdirSync(join(base, 'open'));
    chmodSync(join(base, 'open'), 0o755);
    const { url } = await start('open/database');
    expect(await ask(url, 'select 1 as one')).toHaveLength(1);
  });

  test('says which process is on its folder already', async () => {
    const { url } = await start('shared');
    const second = start('shared');
    await expect(second).rejects.toThrow(DatabaseUnusable);
    await expect(second).rejects.toThrow(`process ${pidOn('shared')}`);
    expect(await ask(url, 'select 1 as one')).toHaveLength(1);
  });

  test('is not kept from it by a stale file that names a process of the same user', async () => {
    const { stop } = await start('stale');
    await stop();
    const { uid, gid } = statSync(join(base, 'stale/data'));
    const stranger = spawn('sleep', ['60'], process.getuid!() === 0 ? { uid, gid, cwd: '/' } : {});
    writeFileSync(
      join(base, 'stale/data/postmaster.pid'),
      `${stranger.pid}\n${join(base, 'stale/data')}\n1\n5432\n\n\n\nready\n`,
    );
    const { url } = await start('stale');
    expect(await ask(url, 'select 1 as one')).toHaveLength(1);
    stranger.kill();
  });

  test('refuses the data of another major version, and says what to do', async () => {
    const { stop } = await start('older');
    await stop();
    writeFileSync(join(base, 'older/data/PG_VERSION'), '9\n');
    await expect(start('older')).rejects.toThrow(/made by PostgreSQL 9, this is PostgreSQL \d+: dump it/);
  });

  test('refuses a folder of something else, and leaves it as it is', async () => {
    mkdirSync(join(base, 'other'));
    writeFileSync(join(base, 'other/letter.txt'), 'Dear Anna');
    await expect(start('other')).rejects.toThrow(/holds something that is not a database/);
    expect(readdirSync(join(base, 'other'))).toEqual(['letter.txt']);
  });

  test('is started again where it dies, for the same address, but not for ever', async () => {
    let gaveUp = false;
    const { url, up } = await start('dying', () => {
      gaveUp = true;
    });
    for (let deaths = 1; deaths <= 3; deaths++) {
      process.kill(pidOn('dying'), 'SIGKILL');
      await until(() => !up());
      await until(() => up() || gaveUp);
      expect(gaveUp).toBe(false);
      expect(await ask(url, 'select 1 as one')).toHaveLength(1);
    }
    process.kill(pidOn('dying'), 'SIGKILL');
    await until(() => gaveUp);
    expect(up()).toBe(false);
  });
});

describe.concurrent('the process that started it', () => {
  const program = new URL('holder.ts', import.meta.url).pathname;
  const hold = (name: string) =>
    spawn(process.execPath, ['--import', 'tsx', program, join(base, name)], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });

  /** What the process found, and what it then committed, up to so many lines. */
  async function hear(child: ChildProcess, lines: number) {
    const heard: string[] = [];
    for await (const line of createInterface({ input: child.stdout! })) {
      heard.push(line);
      if (heard.length === lines) break;
    }
    return heard;
  }

  test('may be killed while it makes the cluster', async () => {
    const child = hold('unmade');
    const unfinished = () => readdirSync(base).filter((entry) => entry.startsWith('unmade.new-'));
    await until(() => unfinished().length > 0);
    child.kill('SIGKILL');
    await once(child, 'exit');
    expect(existsSync(join(base, 'unmade'))).toBe(false);
    const { url } = await start('unmade');
    expect(await ask(url, 'select 1 as one')).toHaveLength(1);
    expect(unfinished()).toEqual([]);
  });

  test.each(['it alone', 'PostgreSQL with it'])(
    'loses nothing that was acknowledged when killed: %s',
    async (which) => {
      const name = which.replaceAll(' ', '-');
      let acknowledged = 0;
      for (let round = 0; round < 3; round++) {
        const child = hold(name);
        const [found, ...numbers] = await hear(child, 100);
        const { lines, total } = JSON.parse(found!);
        expect(lines).toBe(total);
        expect(lines).toBeGreaterThanOrEqual(acknowledged);
        acknowledged = Number(numbers.at(-1));
        expect(acknowledged).toBe(lines + 99);
        if (which !== 'it alone') process.kill(pidOn(name), 'SIGKILL');
        child.kill('SIGKILL');
        await once(child, 'exit');
      }
      await until(() => findEmbedded(join(base, name)) === undefined);
    },
  );
});
