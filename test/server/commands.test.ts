// The commands of an operator: what it prints is for programs, what it says is one clear sentence.
import { spawnSync } from 'node:child_process';
import { constants } from 'node:fs';
import { access, readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { callerOf } from '../../server/auth/keys.ts';
import { createBusiness } from '../../server/businesses/businesses.ts';
import { runCommand } from '../../server/commands.ts';
import { freshDatabase } from '../database.ts';
import { Freeing } from './blocks/freeing.ts';
import { openWorld } from './sync/world.ts';

const root = new URL('../..', import.meta.url).pathname;
const NOWHERE = 'postgres://nobody@127.0.0.1:9/none';
let database: Awaited<ReturnType<typeof freshDatabase>>;
beforeAll(async () => {
  database = await freshDatabase();
});
afterAll(() => database.close());

interface Ran {
  code: number;
  stdout: string;
  stderr: string;
}

/** In this process: as an operator would, but for the start of another. */
async function sidebook(args: string[], env: Record<string, string> = {}): Promise<Ran> {
  const stdout: string[] = [];
  const stderr: string[] = [];
  const code = await runCommand(args, {
    env: { ...own(), ...env },
    print: (text) => stdout.push(text),
    say: (line) => stderr.push(`${line}\n`),
  });
  return { code, stdout: stdout.join(''), stderr: stderr.join('') };
}

const own = () => ({ DATABASE_URL: database.url, SECRET_KEYS: `test:${'A'.repeat(43)}=` });

/** Says to every token that its grant is dead, or that the client is not known: as Google does. */
async function google(answer: 'invalid_grant' | 'invalid_client') {
  const server = createServer((_, response) => {
    response.writeHead(answer === 'invalid_grant' ? 400 : 401, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ error: answer }));
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { url, close: () => server.close() };
}

describe('sidebook', () => {
  test('business create prints a business, and a key that opens it', async () => {
    const { code, stdout } = await sidebook([
      'business',
      'create',
      '--name',
      'Øst & Vest',
      '--zone',
      'Europe/Oslo',
      '--owner',
      'kari@example.com',
      '--domain',
      'Clinic.test',
    ]);
    expect(code).toBe(0);
    const { business, apiKey } = JSON.parse(stdout);
    expect(business).toMatchObject({
      slug: 'ost-vest',
      name: 'Øst & Vest',
      zone: 'Europe/Oslo',
      locale: 'en',
      hostedDomain: 'clinic.test',
    });
    expect(await callerOf(database.db, apiKey.key)).toMatchObject({
      businessId: business.id,
      scopes: new Set(['read', 'book', 'staff', 'setup']),
    });
  });

  test('business create says what is wrong with what it was given, and makes nothing', async () => {
    const { code, stdout, stderr } = await sidebook([
      'business',
      'create',
      '--name',
      'X',
      '--zone',
      'Mars/Base',
      '--owner',
      'nobody',
    ]);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain('--zone: not an IANA time zone such as Europe/Oslo');
    expect(stderr).toContain('--owner: ');
  });

  test('business create refuses a slug that is taken, in one sentence', async () => {
    const create = () =>
      sidebook([
        'business',
        'create',
        '--name',
        'Twin',
        '--zone',
        'UTC',
        '--owner',
        'a@example.com',
        '--slug',
        'twin',
      ]);
    expect((await create()).code).toBe(0);
    expect(await create()).toEqual({
      code: 1,
      stdout: '',
      stderr: 'Another business has this slug: choose another.\n',
    });
  });

  test('key create makes a key of a business that has none; list shows it without the key, and revoke ends it', async () => {
    const { id: businessId } = await database.db.transaction((tx) =>
      createBusiness(tx, { name: 'Keyless', zone: 'UTC', owner: 'a@example.com' }),
    );
    const key = async (...args: string[]) => {
      const { code, stdout } = await sidebook(['key', ...args, '--business', 'keyless']);
      expect(code).toBe(0);
      return stdout === '' ? undefined : JSON.parse(stdout);
    };
    const all = await key('create');
    expect(await callerOf(database.db, all.key)).toMatchObject({
      businessId,
      scopes: new Set(['read', 'book', 'staff', 'setup']),
    });
    const some = await key('create', '--name', 'Till', '--scope', 'read', '--scope', 'book');
    expect(some).toMatchObject({ name: 'Till', scopes: ['read', 'book'] });
    const listed = await key('list');
    expect(listed.items.map(({ id }: { id: string }) => id)).toEqual([all.id, some.id]);
    expect(JSON.stringify(listed)).not.toContain('sb_');
    await key('revoke', '--key', all.id);
    expect(await callerOf(database.db, all.key)).toBeUndefined();
    expect((await key('list')).items).toMatchObject([{ id: some.id }]);
  });

  test('key says which business or key is not there, and which scopes there are', async () => {
    const [nowhere, gone, odd, twice] = await Promise.all([
      sidebook(['key', 'create', '--business', 'nowhere']),
      sidebook(['key', 'revoke', '--business', 'keyless', '--key', crypto.randomUUID()]),
      sidebook(['key', 'create', '--business', 'keyless', '--scope', 'all']),
      sidebook(['key', 'create', '--business', 'keyless', '--scope', 'read', '--scope', 'read']),
    ]);
    expect([nowhere.code, nowhere.stderr]).toEqual([1, 'No business has the slug "nowhere".\n']);
    expect([gone.code, gone.stderr]).toEqual([1, expect.stringMatching(/^There is no such API key/)]);
    expect([odd.code, odd.stderr]).toEqual([2, expect.stringMatching(/^--scope.*"read"\|"book"/)]);
    expect([twice.code, twice.stderr]).toEqual([2, expect.stringMatching(/^--scope: .*twice/)]);
  });

  test('jobs lists what waits and what died, and retries on demand', async () => {
    const [list, all, neither] = await Promise.all([
      sidebook(['jobs']),
      sidebook(['jobs', 'retry', '--all']),
      sidebook(['jobs', 'retry']),
    ]);
    const none = { waiting: [], died: [] };
    expect(JSON.parse(list.stdout)).toEqual({ ...none, marks: none });
    expect(JSON.parse(all.stdout)).toEqual({ retried: 0, marks: 0 });
    expect(neither.code).toBe(2);
    expect(neither.stderr).toContain('Say which');
  });

  test('jobs retry tries again what was given up: bookings, and events to be set Free', async () => {
    const world = await openWorld();
    const jobs = async (...args: string[]) => {
      const { code, stdout } = await sidebook(['jobs', ...args], { DATABASE_URL: world.url });
      expect(code).toBe(0);
      return JSON.parse(stdout);
    };
    const it = await Freeing.open(world);
    const [free, booked] = [await it.type('anna', 'Dentist'), await it.type('kari', 'Check-up')];
    await it.pull();
    await it.fix({ events: [{ eventId: free }] });
    await it.shop.ofBooking(booked);
    const dying = sql`died_at = now(), failure = 'invalid', attempts = 1`;
    await it.db.execute(sql`update marks set ${dying}`);
    await it.db.execute(sql`update pushes set wanted = wanted + 1, ${dying}`);
    const push = expect.objectContaining({ id: expect.any(String), failure: 'invalid', attempts: 1 });
    const mark = expect.objectContaining({
      ...{ calendarId: it.shop.calendarId, eventId: free, free: true },
      ...{ failure: 'invalid', attempts: 1, diedAt: expect.any(String), parked: false },
    });
    const before = await jobs('list');
    expect(before.died).toContainEqual(push);
    expect(before.marks).toEqual({ waiting: [], died: [mark] });
    // One push alone leaves the others as they are.
    expect(await jobs('retry', '--push', before.died[0].id)).toEqual({ retried: 1, marks: 0 });
    expect(await jobs('retry', '--all')).toEqual({ retried: before.died.length - 1, marks: 1 });
    const after = await jobs();
    expect([after.died, after.marks.died, after.marks.waiting.length]).toEqual([[], [], 1]);
    // Bookings come first.
    await it.db.execute(sql`update pushes set done = wanted`);
    await it.work();
    expect(await it.isFree(free)).toBe(true);
    await it.shop.close();
    await world.close();
  });

  test('an unknown command shows which there are', async () => {
    const { code, stderr } = await sidebook(['sync']);
    expect(code).toBe(2);
    expect(stderr).toContain('There is no command "sync".');
    expect(stderr).toContain('sidebook <command>');
  });

  test('check finds all well on a database that is up to date', async () => {
    const { code, stdout } = await sidebook(['check']);
    expect(code).toBe(0);
    expect(
      stdout
        .split('\n')
        .filter(Boolean)
        .map((line) => line.split(/\s+/).slice(0, 2)),
    ).toEqual([
      ['ok', 'configuration'],
      ['ok', 'database'],
      ['ok', 'migrations'],
      ['ok', 'zones'],
      ['ok', 'google'],
    ]);
  });

  test('check asks Google whether it knows the client', async () => {
    const knows = await google('invalid_grant');
    const refuses = await google('invalid_client');
    const client = { GOOGLE_CLIENT_ID: 'id', GOOGLE_CLIENT_SECRET: 'secret' };
    const [good, bad, away] = await Promise.all([
      sidebook(['check'], { ...client, GOOGLE_URL: knows.url }),
      sidebook(['check'], { ...client, GOOGLE_URL: refuses.url }),
      sidebook(['check'], { ...client, GOOGLE_URL: 'http://127.0.0.1:9' }),
    ]);
    knows.close();
    refuses.close();
    expect([good.code, bad.code, away.code]).toEqual([0, 1, 1]);
    expect(good.stdout).toContain('Google answers and knows this client.');
    expect(bad.stdout).toMatch(/FAIL +google +Google does not take GOOGLE_CLIENT_ID/);
    expect(away.stdout).toMatch(/FAIL +google +Google cannot be reached/);
  });

  test('check says so when the database does not answer, or the configuration is at odds', async () => {
    const [away, odd] = await Promise.all([
      sidebook(['check'], { DATABASE_URL: NOWHERE }),
      sidebook(['check'], { SECRET_KEYS: '', GOOGLE_CLIENT_ID: 'id' }),
    ]);
    expect(away.code).toBe(1);
    expect(away.stdout).toMatch(/FAIL +database +The database does not answer: .*127\.0\.0\.1:9/);
    expect(odd.code).toBe(1);
    expect(odd.stderr.trim().split('\n')).toEqual([
      expect.stringMatching(/^SECRET_KEYS is required/),
      expect.stringMatching(/^GOOGLE_CLIENT_SECRET goes with/),
    ]);
  });

  test('is what the package calls sidebook, and runs as a program of its own', async () => {
    const { bin } = JSON.parse(await readFile(`${root}package.json`, 'utf8'));
    await access(`${root}${bin.sidebook}`, constants.X_OK);
    expect(await readFile(`${root}${bin.sidebook}`, 'utf8')).toMatch(/^#!\/usr\/bin\/env tsx\n/);
    const env = { PATH: process.env.PATH, ...own() };
    const args = ['--import', 'tsx', bin.sidebook];
    const good = spawnSync(process.execPath, [...args, 'help'], { cwd: root, env, encoding: 'utf8' });
    expect(good).toMatchObject({ status: 0, stdout: expect.stringContaining('business create'), stderr: '' });
    const bad = spawnSync(process.execPath, [...args, 'constructor'], { cwd: root, env, encoding: 'utf8' });
    expect(bad).toMatchObject({ status: 2, stdout: '', stderr: expect.stringContaining('no command') });
  });
});
