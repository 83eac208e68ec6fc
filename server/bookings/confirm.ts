// Before time is taken: the calendars of the resources chosen must have been read lately, or are read now.
import type { Span } from '../../shared/time.ts';
import type { Context } from '../context.ts';
import type { By } from './by.ts';

/** The time cannot be taken before these calendars are read: thrown out of the transaction, since no network goes into it. */
export class Unconfirmed extends Error {
  override readonly name = 'Unconfirmed';
  readonly calendarIds: string[];
  readonly span: Span;
  constructor(calendarIds: string[], span: Span) {
    super('Calendars have to be read first.');
    this.calendarIds = calendarIds;
    this.span = span;
  }
}

/** @throws Unconfirmed, once for each calendar: one that cannot be read counts as the business has set */
export function mustBeConfirmed(
  by: By,
  of: {
    old: readonly { resource: string; calendar: string }[];
    resources: readonly string[];
    /** What is to be taken. */
    span: Span;
  },
): void {
  const { confirmed } = by;
  if (!confirmed) return;
  const calendars = of.old
    .filter(({ resource, calendar }) => of.resources.includes(resource) && !confirmed.has(calendar))
    .map(({ calendar }) => calendar);
  if (calendars.length > 0) throw new Unconfirmed([...new Set(calendars)], of.span);
}

/** How long somebody who books is let wait for calendars to be read, in ms: for all of them together, also one after another. */
const patience = 2000;

/** Does it, reading at Google what it stumbles over. What was read may lead to other resources: then those follow. */
export async function confirming<T>(context: Context, by: By, act: () => Promise<T>): Promise<T> {
  const until = performance.now() + patience;
  for (;;) {
    try {
      return await act();
    } catch (error) {
      if (!(error instanceof Unconfirmed)) throw error;
      const left = Math.max(0, until - performance.now());
      await context.confirm(by.catalogue.business.id, error.calendarIds, error.span, left);
      for (const id of error.calendarIds) by.confirmed?.add(id);
    }
  }
}
