// What booking acts done from the side panel have in common: staff at a desk, answered in their own language.
import type { SidebarAnswer } from '../../shared/card-api.ts';
import { MINUTE } from '../../shared/time.ts';
import type { Locale } from '../accounts/words.ts';
import type { Reason } from '../availability/query.ts';
import type { By } from '../bookings/by.ts';
import { TimeRefused } from '../bookings/take.ts';
import type { Transaction } from '../database/open.ts';
import { answerTo, Refusal } from '../errors.ts';
import { forCustomers } from './starts.ts';
import { refusalWords } from './words.ts';

export type Card = SidebarAnswer['card'];

/** The engine's reasons, should it refuse, in that language. */
export const speaking = (by: By, locale: Locale): By => ({
  ...by,
  catalogue: { ...by.catalogue, business: { ...by.catalogue.business, locale } },
});

/** Another time may be had: the card with the free ones answers it. */
export const isAboutTime = (error: unknown): boolean =>
  ['taken', 'not_offered'].includes(answerTo(error).body.code);

/** No fault of ours, nor of who asks: said in a notice, beside the card as things are. */
export const isAnswered = (error: unknown): boolean =>
  !['internal', 'unauthorized', 'not_found'].includes(answerTo(error).body.code);

/** That too few are left follows from what else stands in the way: that is said first. */
export function refusedWords(error: unknown, locale: Locale): string {
  const { code, message, details } = answerTo(error).body;
  const { reasons = [] } = (details ?? {}) as { reasons?: { code: string }[] };
  const follows = (reason: { code: string }) => Number(reason.code === 'no_match');
  const sorted = [...reasons].sort((a, b) => follows(a) - follows(b));
  const known = { ...(details as object | undefined), reasons: sorted };
  return refusalWords({ code, message, details: known }, locale);
}

interface Acting<T> {
  /** Whether the person said so, having been told what they override. */
  override: boolean;
  act: (tx: Transaction, override: boolean) => Promise<T>;
}

/** How long ago a start may be, in ms, that was still to come when its card was drawn. */
const justNow = 30 * MINUTE;

/**
 * Notice, cut-offs and steps are for customers who act by themselves: they keep nobody at a desk from anything, and
 * stand in the audit as overridden. Everything else is overridden only by who was told of it. Each try is a savepoint,
 * so that what the first one let go is held again in the second.
 * @throws Refusal as the act does without an override
 */
export async function asAtDesk<T extends { overrides: Reason[] }>(
  tx: Transaction,
  by: Pick<By, 'now'>,
  { override, act }: Acting<T>,
): Promise<T> {
  if (override) return act(tx, true);
  try {
    return await tx.transaction((inner) => act(inner, false));
  } catch (error) {
    if (!(error instanceof Refusal) || !(isAboutTime(error) || error.code === 'cutoff')) throw error;
    const start = error instanceof TimeRefused ? error.wanted.start : Number.NEGATIVE_INFINITY;
    const done = await act(tx, true).catch((other: unknown) => {
      throw other instanceof Refusal ? error : other;
    });
    const begun = by.now - start < justNow;
    if (!done.overrides.every(({ code }) => forCustomers.has(code) || (code === 'past' && begun)))
      throw error;
    return done;
  }
}
