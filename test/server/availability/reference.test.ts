// The slot engine agrees with the slow reference, wherever the process believes to be.
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

const root = new URL('../../..', import.meta.url).pathname;

test.each([
  { tz: 'UTC', january: 0, seed: 1 },
  { tz: 'America/Chicago', january: 360, seed: 1001 },
  { tz: 'Pacific/Kiritimati', january: -840, seed: 2001 },
])(
  'around every change of the clock from 2024 to 2030, in a process in $tz',
  async ({ tz, january, seed }) => {
    const { stdout } = await promisify(execFile)(
      process.execPath,
      ['--import', 'tsx', 'test/server/availability/property.ts', '2', String(seed)],
      { cwd: root, env: { ...process.env, TZ: tz } },
    );
    const said = JSON.parse(stdout);
    expect(said.january).toBe(january);
    // Oslo, New York, Sydney and Lord Howe change twice a year; Apia's and São Paulo's last six come on top.
    expect(said.changes).toBe(4 * 14 + 2 * 6);
  },
);
