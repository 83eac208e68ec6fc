// Reading calendars for somebody who is about to book: at once, together, briefly, and not as often as strangers like.
import { DAY } from '../../shared/time.ts';
import { atMost } from '../at-most.ts';
import type { Context } from '../context.ts';
import { GoogleError } from '../google/errors.ts';
import { BudgetSpent } from '../jobs/budget.ts';
import { writeLog } from '../log/steps.ts';
import { share } from '../share.ts';
import { type Reading, readCalendar } from './pull.ts';

type World = Omit<Context, 'confirm'>;

/**
 * What changed since a calendar was read last is read: it holds the wanted window, it is less than that window, and
 * what it brings is kept like any reading. Of one that shows free and busy only, the window itself. Those who want the
 * same calendar on the same days wait for one reading.
 */
export function createConfirm(context: World): Context['confirm'] {
  return async (businessId, calendarIds, span, patience = 2000) => {
    const brief = { start: span.start, end: Math.max(span.end, span.start + DAY) };
    const days = [brief.start, brief.end].map((at) => Math.floor(at / DAY));
    const readings = calendarIds.map((calendarId) =>
      share(context.db, `confirm ${calendarId} ${days.join('-')}`, () =>
        read(context, { businessId, calendarId, brief }),
      ),
    );
    await atMost(patience, Promise.all(readings));
  };
}

async function read(context: World, of: Reading): Promise<void> {
  // No word in the log: strangers would write it.
  if (!(await context.budget.mayConfirm(of.businessId))) return;
  const began = performance.now();
  try {
    // Another reading that was kept first may have asked Google before what we are to know of.
    const first = await readCalendar(context, of);
    const { kept, count } = first.kept ? first : await readCalendar(context, of);
    await log(context, of, { outcome: kept ? 'ok' : 'overtaken', count, began });
  } catch (error) {
    const known = error instanceof GoogleError ? error.code : error instanceof BudgetSpent ? 'budget' : null;
    const status = error instanceof GoogleError ? error.status : null;
    await log(context, of, { outcome: known ?? 'internal', status, began });
    // Its pull has the retry and the words for it; here it counts as it was read last.
    if (known === null) throw error;
    context.log.warn({ calendarId: of.calendarId, err: error }, 'a calendar could not be read for a booking');
  }
}

async function log(
  context: World,
  of: { businessId: string; calendarId: string },
  { began, ...found }: { outcome: string; status?: number | null; count?: number; began: number },
): Promise<void> {
  const milliseconds = Math.round(performance.now() - began);
  const at = new Date(context.now());
  const { businessId, calendarId } = of;
  await writeLog(context.db, [
    { businessId, calendarId, kind: 'pull', at, step: 'confirm', milliseconds, ...found },
  ]);
}
