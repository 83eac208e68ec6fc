// Places: the lowest free ones, and a new seating where the count fits but none is free throughout.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { freePlaces, seatAnew } from '../../../server/bookings/places.ts';

describe('freePlaces', () => {
  const sitting = [
    { place: 1, start: 0, end: 10 },
    { place: 2, start: 10, end: 20 },
  ];
  test('gives the lowest that are free during the whole span', () => {
    expect(freePlaces(sitting, { start: 0, end: 10 }, { capacity: 3, count: 2 })).toEqual([2, 3]);
    expect(freePlaces(sitting, { start: 10, end: 20 }, { capacity: 2, count: 1 })).toEqual([1]);
  });
  test('touching is not overlapping, and too few is none', () => {
    expect(freePlaces(sitting, { start: 20, end: 30 }, { capacity: 2, count: 2 })).toEqual([1, 2]);
    expect(freePlaces(sitting, { start: 5, end: 15 }, { capacity: 2, count: 1 })).toBeNull();
  });
});

test('seatAnew seats everybody whenever they never overlap deeper than there are places, and only then', () => {
  const spans = fc.array(
    fc.tuple(fc.integer({ min: 0, max: 50 }), fc.integer({ min: 1, max: 12 })).map(([start, length]) => ({
      start,
      end: start + length,
    })),
    { maxLength: 25 },
  );
  fc.assert(
    fc.property(spans, fc.integer({ min: 1, max: 6 }), (all, capacity) => {
      const depth = (minute: number) => all.filter((s) => s.start <= minute && minute < s.end).length;
      const deepest = Math.max(0, ...Array.from({ length: 63 }, (_, minute) => depth(minute)));
      const places = seatAnew(all, capacity);
      expect(places !== null).toBe(deepest <= capacity);
      for (const [i, a] of all.entries())
        for (const [j, b] of all.entries())
          if (places && i < j && a.start < b.end && b.start < a.end) expect(places[i]).not.toBe(places[j]);
      expect(places?.every((place) => place >= 1 && place <= capacity) ?? true).toBe(true);
    }),
  );
});
