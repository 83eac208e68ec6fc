// Which occurrences are to be Free, as wishes and undoings of one, from a point on, and of the series follow each other.
import { describe, expect, test } from 'vitest';
import { covers, type Fix, hindrance, isToBeFree, occurrenceId } from '../../../server/blocks/free.ts';

const [first, second, third] = ['2027-01-12', '2027-01-19', '2027-01-26'].map(
  (day) => `${day}T08:00:00.000Z`,
) as [string, string, string];

let clock = 0;
const made = (scope: Fix['scope'], from: string | null = null): Fix => ({
  ...{ id: '', eventId: 'series', scope, from },
  ...{ madeAt: new Date(++clock), undoneAt: null, undoneBy: null },
});
const undone = (fix: Fix): Fix => ({ ...fix, undoneAt: new Date(++clock) });
const free = (...all: Fix[]) => [first, second, third].map((one) => isToBeFree(all, one));

describe('what is to be Free', () => {
  test('one, from a point on, or all', () => {
    expect(free()).toEqual([false, false, false]);
    expect(free(made('event', second))).toEqual([false, true, false]);
    expect(free(made('following', second))).toEqual([false, true, true]);
    expect(free(made('series'))).toEqual([true, true, true]);
    expect([isToBeFree([made('series')], null), isToBeFree([made('following', first)], null)]).toEqual([
      true,
      false,
    ]);
  });

  test('an undoing takes its own part out of a wider wish', () => {
    const series = made('series');
    expect(free(series, undone(made('event', second)))).toEqual([true, false, true]);
    expect(free(series, undone(made('following', second)))).toEqual([true, false, false]);
    expect(free(series, undone(made('following', second)), made('event', third))).toEqual([
      true,
      false,
      true,
    ]);
  });

  test('from a later point on, it is taken out of a wish from an earlier one; never the other way round', () => {
    const wish = made('following', first);
    expect(free(wish, undone(made('following', second)))).toEqual([true, false, false]);
    const early = undone(made('following', first));
    expect(free(early, made('following', second))).toEqual([false, true, true]);
    const late = made('following', second);
    expect(free(late, undone(made('following', first)))).toEqual([false, true, true]);
    const written = { ...made('following', first), from: '2027-01-12T08:00:00Z' };
    expect(free(written, undone(made('following', first)))).toEqual([true, true, true]);
  });

  test('a wish made after an undoing holds for all of it', () => {
    const before = undone(made('event', second));
    expect(free(before, made('series'))).toEqual([true, true, true]);
  });

  test('the wider undone, what was wished for one alone stays', () => {
    const one = made('event', second);
    expect(free(one, undone(made('series')))).toEqual([false, true, false]);
  });

  test('of a single event', () => {
    expect(isToBeFree([made('event')], null)).toBe(true);
    expect(isToBeFree([undone(made('event'))], null)).toBe(false);
    expect(covers(made('event'), first)).toBe(false);
  });
});

test("an occurrence's id, of a day and of an hour", () => {
  expect(occurrenceId('abc_R1', '2027-01-12')).toBe('abc_R1_20270112');
  expect(occurrenceId('abc', first)).toBe('abc_20270112T080000Z');
});

test('what cannot be set Free, or is so already', () => {
  const reasons = ['default', 'fromGmail', 'outOfOffice', 'focusTime', 'workingLocation', 'birthday'].map(
    (type) => hindrance({ type, free: false }),
  );
  expect(reasons).toEqual([null, null, 'out_of_office', 'focus_time', 'working_location', 'birthday']);
  expect(hindrance({ type: 'default', free: true })).toBe('free_already');
});
