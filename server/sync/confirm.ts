// Reading calendars for somebody who is about to book: at once, together, briefly, and not as often as strangers like.
import type { Context } from '../context.ts';
import { GoogleError } from '../google/errors.ts';
import { share } from '../share.ts';
import { BudgetSpent } from './budget.ts';
import { readCalendar } from './pull.ts';

/** How long somebody who books is let wait, in ms. */
const patience = 2000;

type World = Omit<Context, 'confirm'>;

/**
 * What changed since a calendar was read last is read: it holds the wanted window, it is less than that window, and
 * what it brings is kept like any reading. Those who want the same calendar wait for one reading.
 */
export function createConfirm(context: World): Context['confirm'] {
  return async (businessId, calendarIds) => {
    const readings = calendarIds.map((calendarId) =>
      share(context.db, `confirm ${calendarId}`, () => read(context, { businessId, calendarId })),
    );
    await atMost(patience, Promise.all(readings));
  };
}

async function read(context: World, of: { businessId: string; calendarId: string }): Promise<void> {
  if (!(await context.budget.mayConfirm(of.businessId))) return;
  try {
    await readCalendar(context, of);
  } catch (error) {
    // Its pull has the retry and the words for it; here it counts as it was read last.
    if (!(error instanceof GoogleError || error instanceof BudgetSpent)) throw error;
    context.log.warn({ calendarId: of.calendarId, err: error }, 'a calendar could not be read for a booking');
  }
}

async function atMost(ms: number, work: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const over = new Promise((resolve) => {
    timer = setTimeout(resolve, ms);
  });
  await Promise.race([work, over]).finally(() => clearTimeout(timer));
  // Left behind, it goes on by itself: nobody is there to hear of its failure.
  work.catch(() => undefined);
}
