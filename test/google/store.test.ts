// Restarts: what a data file keeps, and the local Google as a process of its own.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { clientFor } from './client.ts';
import { connectControl, startGoogle } from './server.ts';

const anna = 'anna@clinic.test';
const times = { start: { dateTime: '2026-11-20T10:00:00Z' }, end: { dateTime: '2026-11-20T11:00:00Z' } };

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'google-'));
});
afterEach(() => rm(folder, { recursive: true }));

test('events, tombstones, tokens, channels and sync tokens outlive a restart', async () => {
  const dataFile = join(folder, 'google.json');
  const first = await startGoogle({ dataFile });
  await first.control.createPerson({ email: anna, name: 'Anna', zone: 'Europe/Oslo' });
  const api = await clientFor(first, anna);
  for (const id of ['aaaaa', 'bbbbb'])
    await api.events.insert({ calendarId: anna, requestBody: { id, ...times } });
  const { nextSyncToken } = (await api.events.list({ calendarId: anna })).data;
  await api.events.delete({ calendarId: anna, eventId: 'aaaaa' });
  const tokens = await first.control.issueTokens({ person: anna });
  const before = await first.control.state();
  await first.stop();
  expect(await readdir(folder)).toEqual(['google.json']);

  const second = await startGoogle({ dataFile });
  expect(await second.control.state()).toEqual(before);
  const headers = { authorization: `Bearer ${tokens.access_token}` };
  const url = `${second.url}/calendar/v3/calendars/primary/events?syncToken=${nextSyncToken}`;
  const delta = (await (await fetch(url, { headers })).json()) as { items: object[] };
  expect(delta.items).toMatchObject([{ id: 'aaaaa', status: 'cancelled' }]);
  await second.stop();
});

test('as a process: says where it listens, keeps its data, ends on a signal', async () => {
  const main = new URL('main.ts', import.meta.url).pathname;
  const start = async () => {
    const child = spawn(process.execPath, ['--import', 'tsx', main, '0', join(folder, 'google.json')], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [line] = await once(createInterface({ input: child.stdout }), 'line');
    const stop = async () => {
      child.kill('SIGTERM');
      return (await once(child, 'exit'))[0] as number;
    };
    return { control: connectControl((JSON.parse(line as string) as { url: string }).url), stop };
  };
  const first = await start();
  await first.control.createPerson({ email: anna, name: 'Anna', zone: 'Europe/Oslo' });
  expect(await first.stop()).toBe(0);
  const second = await start();
  expect((await second.control.state()).people).toMatchObject([{ email: anna }]);
  expect(await second.stop()).toBe(0);
});
