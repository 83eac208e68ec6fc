// The demo as a process of its own, started by its script as a newcomer would; for tests and pictures.
import { setTimeout as sleep } from 'node:timers/promises';
import { type Call, caller } from '../demo-business.ts';
import { connectControl } from '../google/server.ts';
import { spawnScript } from '../process.ts';

export interface RunningDemo {
  /** The page it says to open: the calendar, on the days that it filled in. */
  calendar: string;
  /** The API, by the key that it says. */
  call: Call;
  /** Its local Google. */
  google: ReturnType<typeof connectControl>;
  /** @returns its exit code, or the signal that ended it */
  end(signal?: NodeJS.Signals): Promise<number | NodeJS.Signals | null>;
}

/** Resolves when everything is filled in. @param folder of its data */
export async function runDemo(folder: string): Promise<RunningDemo> {
  const free = { PORT: '0', DEMO_GOOGLE_PORT: '0', DEMO_PANEL_PORT: '0' };
  const env = { DATA_FOLDER: folder, LOG_LEVEL: 'error', ...free };
  const demo = await spawnScript('test/demo.ts', env, /to read and try\s+(\S+)\/docs/);
  const said = async (pattern: RegExp) => {
    for (;;) {
      const found = demo.log.map((line) => pattern.exec(line)?.[1]).find(Boolean);
      if (found) return found;
      await sleep(20);
    }
  };
  const calendar = await said(/\(local\)\s+(\S+)/);
  return {
    calendar,
    call: caller(demo.url, await said(/API key\s+(\S+)/)),
    google: connectControl(new URL(calendar).origin),
    end: demo.end,
  };
}
