// How much is taken at once, over spans that start and end in each other.
import { expect, test } from 'vitest';
import { above, type Take } from '../../../server/availability/load.ts';

const take = (start: number, end: number, places?: number | null): Take => ({ start, end, places });

test('what touches is one, what is empty nothing', () => {
  expect(above([take(5, 7), take(1, 3), take(3, 5), take(9, 9)], 0)).toEqual([{ start: 1, end: 7 }]);
});

test('more than the limit at once, not one after the other', () => {
  expect(above([take(1, 5), take(5, 9), take(4, 6)], 1)).toEqual([{ start: 4, end: 6 }]);
  expect(above([take(1, 5), take(5, 9)], 1)).toEqual([]);
});

test('places count as often as they are, and without a number all are taken', () => {
  expect(above([take(1, 9, 2), take(2, 3, 1), take(5, 6, null)], 2)).toEqual([
    { start: 2, end: 3 },
    { start: 5, end: 6 },
  ]);
  expect(above([take(1, 9, 1000)], 1000)).toEqual([]);
});
