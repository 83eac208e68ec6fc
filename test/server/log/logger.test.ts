// What the log keeps of an error: never its message, which may quote what somebody typed.
import { expect, test } from 'vitest';
import { openLog } from '../../../server/log/logger.ts';

const secret = 'kari@clinic.test';

test.each([
  [
    'with words of ours',
    (log: ReturnType<typeof openLog>, error: Error) => log.error({ err: error }, 'failed'),
  ],
  ['by itself', (log: ReturnType<typeof openLog>, error: Error) => log.error(error)],
])('an error %s brings no message along', (_, write) => {
  const lines: string[] = [];
  const log = openLog('info', { write: (line) => void lines.push(line) });
  write(log, new Error(`Failed query, params: ${secret}`));
  expect(lines).toHaveLength(1);
  expect(lines[0]).not.toContain(secret);
  expect(JSON.parse(lines[0]!)).toMatchObject({ err: { name: 'Error' }, msg: 'failed' });
});
