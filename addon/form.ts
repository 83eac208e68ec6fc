// What is filled in, made into what the server takes; what it would refuse is said before anything is sent.

import type * as z from 'zod';
import type { Answers, Question } from '../shared/api.ts';
import { mailPattern } from '../shared/mail.ts';
import { instantOf } from '../shared/time.ts';
import { Failure } from './backend.ts';
import { questionName } from './cards/new.ts';
import type { Env } from './env.ts';
import { fill } from './words.ts';

/** Lengths as the contract has them; the server looks again. */
interface Limits {
  field: string;
  title: string;
  least?: number;
  most: number;
}

/** Without spaces around it; null: left empty. @throws Failure refused */
export function textOf(env: Env, { field, title, least = 0, most }: Limits): string | null {
  const text = (env.inputs.text(field) ?? '').trim();
  if (text === '') {
    if (least > 0) throw wrong(env, fill(env.t.missing, { field: title }));
    return null;
  }
  if (text.length < least) throw wrong(env, fill(env.t.tooShort, { field: title, count: least }));
  if (text.length > most) throw wrong(env, fill(env.t.tooLong, { field: title, count: most }));
  return text;
}

/** @throws Failure refused */
export const requiredText = (env: Env, limits: Limits): string =>
  textOf(env, { ...limits, least: limits.least ?? 1 }) ?? '';

const wrong = (env: Env, words: string) => new Failure('refused', words, env.t.crashNext);

/** As the button of the form carries it. */
export interface Wanted {
  serviceId: string;
  resourceIds: string[];
  event?: { calendarId: string; eventId: string };
  questions: z.infer<typeof Question>[];
  zone: string;
  date: string;
  /** Chosen by the card itself. */
  start: string | null;
  override?: boolean;
}

/** @param start settled already; otherwise what is chosen in the list @throws Failure refused */
export function bookingOf(env: Env, wanted: Wanted, start?: string) {
  const { t } = env;
  const { serviceId, resourceIds, event, questions, override = false } = wanted;
  const chosen = start ?? (override ? null : env.inputs.text('start')) ?? wanted.start;
  if (!chosen) throw wrong(env, t.chooseFirst);
  const name = requiredText(env, { field: 'name', title: t.name, most: 200 });
  const email = textOf(env, { field: 'email', title: t.mail, most: 254 });
  if (email !== null && !mailPattern.test(email)) throw wrong(env, t.badMail);
  const phone = textOf(env, { field: 'phone', title: t.phone, most: 40 });
  if (phone !== null && phone.length < 3) throw wrong(env, fill(t.tooShort, { field: t.phone, count: 3 }));
  const instructions = textOf(env, { field: 'instructions', title: t.instructions, most: 5000 });
  const answers = answersOf(env, questions);
  return {
    ...{ serviceId, resourceIds, start: chosen, name, email, phone, instructions, answers, override },
    ...(event ? { event } : {}),
  };
}

function answersOf(env: Env, questions: Wanted['questions']): Answers {
  const answers: Answers = {};
  for (const { key, label, kind, required } of questions) {
    const field = questionName(key);
    if (kind === 'boolean') {
      answers[key] = env.inputs.all(field).length > 0;
      continue;
    }
    const text = textOf(env, { field, title: label, least: required ? 1 : 0, most: 2000 });
    if (text === null) continue;
    answers[key] = kind === 'number' ? numberOf(env, label, text) : text;
  }
  return answers;
}

/** Norwegians write a comma. */
function numberOf(env: Env, label: string, text: string): number {
  const number = Number(text.replace(/\s/g, '').replace(',', '.'));
  if (!Number.isFinite(number)) throw wrong(env, fill(env.t.badNumber, { field: label }));
  return number;
}

/** The instant of a date and time filled in, in that zone. @throws Failure refused, if there is no time */
export function ownStart(env: Env, { zone, date }: { zone: string; date: string }): string {
  const time = env.inputs.time('time');
  if (!time) throw wrong(env, env.t.chooseFirst);
  return new Date(instantOf(zone, env.inputs.date('date') ?? date, time)).toISOString();
}
