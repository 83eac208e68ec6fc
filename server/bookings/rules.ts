// What may become of a booking, by whom and until when. Pure.
import type { Answers, BookingStatus, Question } from '../../shared/api.ts';
import { MINUTE } from '../../shared/time.ts';
import { Refusal } from '../errors.ts';

export type Action =
  | 'approve'
  | 'decline'
  | 'reschedule'
  | 'reassign'
  | 'cancel'
  | 'complete'
  | 'no_show'
  | 'amend';

const from: Record<Action, readonly BookingStatus[]> = {
  approve: ['pending'],
  decline: ['pending'],
  reschedule: ['pending', 'confirmed'],
  reassign: ['pending', 'confirmed'],
  cancel: ['held', 'pending', 'confirmed'],
  complete: ['confirmed', 'no_show'],
  no_show: ['confirmed', 'completed'],
  amend: ['pending', 'confirmed', 'completed', 'no_show'],
};

interface Standing {
  status: BookingStatus;
  startsAt: Date;
  expiresAt: Date | null;
}

/** @throws Refusal wrong_state, saying what it is and from where the action is possible */
export function mayBecome(booking: Standing, action: Action, now: number): void {
  const lapsed = booking.expiresAt !== null && booking.expiresAt.getTime() <= now;
  if (lapsed)
    throw new Refusal('wrong_state', 'This booking has expired: its time was let go. Book anew.', {
      status: 'expired',
    });
  if (!from[action].includes(booking.status))
    throw new Refusal(
      'wrong_state',
      `A booking that is ${booking.status} cannot ${sayable(action)}: only ${from[action].join(' or ')} can.`,
      { status: booking.status },
    );
  if ((action === 'complete' || action === 'no_show') && booking.startsAt.getTime() > now)
    throw new Refusal('wrong_state', 'This booking has not begun yet.', { status: booking.status });
}

const sayable = (action: Action) =>
  ({
    approve: 'be approved',
    decline: 'be declined',
    reschedule: 'be rescheduled',
    reassign: 'be reassigned',
    cancel: 'be cancelled',
    complete: 'be completed',
    no_show: 'be marked no-show',
    amend: 'be changed',
  })[action];

/** Whether the cut-off for changing a booking that starts at `startsAt` has passed. */
export const pastCutoff = (startsAt: Date, cutoffMinutes: number, now: number): boolean =>
  startsAt.getTime() - cutoffMinutes * MINUTE < now;

/**
 * Answers as the service asks for them.
 * @throws Refusal invalid, naming each question that is missing, unknown or answered in another kind
 */
export function checkAnswers(questions: readonly Question[], answers: Answers): Answers {
  const faults: { path: string; message: string }[] = [];
  const asked = new Map(questions.map((question) => [question.key, question]));
  for (const key of Object.keys(answers))
    if (!asked.has(key))
      faults.push({ path: `answers.${key}`, message: 'this service asks no such question' });
  for (const { key, label, kind, choices, required } of questions) {
    const answer = Object.hasOwn(answers, key) ? answers[key] : undefined;
    const given = answer !== undefined && answer !== '';
    if (required && !given) faults.push({ path: `answers.${key}`, message: `"${label}" wants an answer` });
    if (!given) continue;
    const fits =
      kind === 'choice'
        ? choices.includes(String(answer))
        : typeof answer === (kind === 'text' ? 'string' : kind);
    if (!fits)
      faults.push({
        path: `answers.${key}`,
        message: `"${label}" wants ${kind === 'choice' ? `one of: ${choices.join(', ')}` : `a ${kind}`}`,
      });
  }
  if (faults.length > 0) throw new Refusal('invalid', `${faults[0]!.message}.`, { faults });
  return answers;
}
