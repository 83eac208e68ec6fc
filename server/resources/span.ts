// Spans of time as requests give them: a block's or an opening's own, and the window of a list.
import { type Column, sql } from 'drizzle-orm';
import { DAY, type Span } from '../../shared/time.ts';
import { Refusal } from '../errors.ts';

const MOST_DAYS = 366;

/** @throws Refusal invalid: it ends before it starts, or is longer than a year and a day */
export function spanOf(given: { start: string; end: string }): Span {
  const span = { start: Date.parse(given.start), end: Date.parse(given.end) };
  if (span.end <= span.start) throw new Refusal('invalid', 'end: has to be after start.');
  if (span.end - span.start > MOST_DAYS * DAY)
    throw new Refusal('invalid', `end: at most ${MOST_DAYS} days after start; put in several for longer.`);
  return span;
}

export const shownSpan = ({ start, end }: Span) => ({
  start: new Date(start).toISOString(),
  end: new Date(end).toISOString(),
});

/** What overlaps [from, to); a side that is left out is open. @throws Refusal invalid */
export function within(during: Column, { from, to }: { from?: string; to?: string }) {
  if (from && to && Date.parse(to) <= Date.parse(from))
    throw new Refusal('invalid', 'to: has to be after from.');
  return from || to
    ? sql`${during} && tstzrange(${from ?? null}::timestamptz, ${to ?? null}::timestamptz)`
    : undefined;
}
