// What may become of a booking, and what its answers must be.
import { describe, expect, test } from 'vitest';
import { checkAnswers, mayBecome, pastCutoff } from '../../../server/bookings/rules.ts';
import { Refusal } from '../../../server/errors.ts';

const now = Date.UTC(2026, 10, 20, 12);
const booking = (status: Parameters<typeof mayBecome>[0]['status'], expiresIn?: number) => ({
  status,
  startsAt: new Date(now - 3_600_000),
  expiresAt: expiresIn === undefined ? null : new Date(now + expiresIn),
});

describe('mayBecome', () => {
  test('approves what waits, until it has expired', () => {
    expect(() => mayBecome(booking('pending', 1), 'approve', now)).not.toThrow();
    expect(() => mayBecome(booking('pending', 0), 'approve', now)).toThrow(/expired/);
    expect(() => mayBecome(booking('confirmed'), 'approve', now)).toThrow(Refusal);
  });
  test('says from where an action is possible', () => {
    expect(() => mayBecome(booking('cancelled'), 'reschedule', now)).toThrow(
      'A booking that is cancelled cannot be rescheduled: only pending or confirmed can.',
    );
  });
  test('nobody has failed to show up before it begins', () => {
    const later = { status: 'confirmed' as const, startsAt: new Date(now + 1), expiresAt: null };
    expect(() => mayBecome(later, 'no_show', now)).toThrow(/not begun/);
    expect(() => mayBecome(booking('confirmed'), 'no_show', now)).not.toThrow();
  });
});

test('a cut-off counts back from the start, to the minute', () => {
  const startsAt = new Date(now + 60 * 60_000);
  expect(pastCutoff(startsAt, 60, now)).toBe(false);
  expect(pastCutoff(startsAt, 60, now + 1)).toBe(true);
  expect(pastCutoff(startsAt, 0, startsAt.getTime())).toBe(false);
});

describe('checkAnswers', () => {
  const question = (key: string, kind: 'text' | 'number' | 'boolean' | 'choice', required = false) => ({
    key,
    label: key,
    kind,
    choices: kind === 'choice' ? ['red', 'blue'] : [],
    required,
  });
  const questions = [
    question('size', 'number', true),
    question('colour', 'choice'),
    question('note', 'text'),
  ];
  test('takes answers of the kind asked for', () =>
    expect(checkAnswers(questions, { size: 3, colour: 'red' })).toEqual({ size: 3, colour: 'red' }));
  test.each([
    [{}, '"size" wants an answer.'],
    [{ size: 'big' }, '"size" wants a number.'],
    [{ size: 1, colour: 'green' }, '"colour" wants one of: red, blue.'],
    [{ size: 1, shoe: 2 }, 'this service asks no such question.'],
  ])('%j: %s', (answers, message) => expect(() => checkAnswers(questions, answers)).toThrow(message));
});
