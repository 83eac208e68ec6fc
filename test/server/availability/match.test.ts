// Which resources serve which group: the cheapest of all assignments, found by trying every one.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { match, type Need } from '../../../server/availability/match.ts';

const need = (count: number, costs: Record<string, number>): Need => ({
  count,
  costs: new Map(Object.entries(costs).map(([id, cost]) => [id, BigInt(cost)])),
});
const none = new Set<string>();

test('takes the cheapest of each where nothing is shared', () => {
  expect(match([need(2, { a: 3, b: 1, c: 2 }), need(1, { d: 5, e: 4 })], none)).toEqual([['b', 'c'], ['e']]);
});

test('leaves the only one who can to the group that has nobody else', () => {
  expect(match([need(1, { anna: 1, bo: 9 }), need(1, { anna: 1 })], none)).toEqual([['bo'], ['anna']]);
});

test('hands resources over along a chain', () => {
  const needs = [
    need(1, { a: 0, b: 0 }),
    need(1, { b: 0, c: 0 }),
    need(1, { c: 0, d: 9 }),
    need(1, { a: 0 }),
  ];
  expect(match(needs, none)).toEqual([['b'], ['c'], ['d'], ['a']]);
});

test('takes who is wished for, however dear, and nobody if that cannot be', () => {
  expect(match([need(1, { a: 1, b: 99 })], new Set(['b']))).toEqual([['b']]);
  expect(match([need(1, { a: 1, b: 99 })], new Set(['a', 'b']))).toBeNull();
  expect(match([need(1, { a: 1 })], new Set(['stranger']))).toBeNull();
});

test('says when there are too few', () => {
  expect(match([need(2, { a: 1 })], none)).toBeNull();
  expect(match([need(1, { a: 1 }), need(1, { a: 1 })], none)).toBeNull();
});

test('is never beaten by any other assignment', () => {
  const ids = ['a', 'b', 'c', 'd', 'e'];
  const needs = fc.array(
    fc.record({
      count: fc.integer({ min: 1, max: 2 }),
      costs: fc.dictionary(fc.constantFrom(...ids), fc.nat(9)),
    }),
    { minLength: 1, maxLength: 3 },
  );
  fc.assert(
    fc.property(needs, fc.subarray(ids, { maxLength: 2 }), (given, wished) => {
      const all = given.map(({ count, costs }) => need(count, costs));
      const found = match(all, new Set(wished));
      const least = cheapest(all, wished);
      expect(found && costOf(all, found)).toEqual(least);
      expect(found === null || wished.every((id) => found.flat().includes(id))).toBe(true);
    }),
    { numRuns: 400 },
  );
});

function costOf(needs: Need[], chosen: string[][]): bigint {
  return chosen.reduce(
    (sum, ids, i) => ids.reduce((part, id) => part + (needs[i]?.costs.get(id) ?? 0n), sum),
    0n,
  );
}

function cheapest(needs: Need[], wished: string[], sofar: string[][] = []): bigint | null {
  const next = needs[sofar.length];
  if (!next) return wished.every((id) => sofar.flat().includes(id)) ? costOf(needs, sofar) : null;
  const left = [...next.costs.keys()].filter((id) => !sofar.flat().includes(id));
  const sets = left.flatMap((id, i) =>
    next.count === 1 ? [[id]] : left.slice(i + 1).map((other) => [id, other]),
  );
  const costs = sets.map((ids) => cheapest(needs, wished, [...sofar, ids])).filter((cost) => cost !== null);
  return costs.length > 0 ? costs.reduce((least, cost) => (cost < least ? cost : least)) : null;
}
