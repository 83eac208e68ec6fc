// What is waited for is waited for no longer than said, and what is left behind harms nobody.
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { atMost } from '../../server/at-most.ts';

test('what comes in time is the answer, a failure too', async () => {
  expect(await atMost(10_000, Promise.resolve('here'))).toBe('here');
  await expect(atMost(10_000, Promise.reject(new Error('broken')))).rejects.toThrow('broken');
});

test('after its time it is late, and a failure that comes later still is nobody’s', async () => {
  const unheard: unknown[] = [];
  const note = (reason: unknown) => unheard.push(reason);
  process.on('unhandledRejection', note);
  const work = sleep(30).then(() => Promise.reject(new Error('broken')));
  expect(await atMost(5, work)).toBe('late');
  await sleep(60);
  process.off('unhandledRejection', note);
  expect(unheard).toEqual([]);
});
