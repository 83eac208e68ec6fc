// What a refused channel leads to: another try, one a day, or never again. Pure, but for chance.
import { GoogleError } from '../google/errors.ts';
import { type Plan, planOf } from '../jobs/plan.ts';

export interface Next extends Pick<Plan, 'failure' | 'counts' | 'reconnect'> {
  /** ms until the next try; null: there is none, the calendar is polled. */
  delay: number | null;
  /** Whether Google may have opened the channel all the same. */
  open: boolean;
}

const day = 24 * 3_600_000;

/** What somebody may mend where Google cannot tell us: tried once a day, more or less. */
const daily = (chance: number): number => day * (0.75 + chance / 2);

/** Google does not send to our address: a receiver needs https, and at times a verified domain. */
export const isAboutAddress = (code: string): boolean => code.startsWith('push.webhook');

/**
 * @param attempt 1 is the first
 * @see https://developers.google.com/workspace/calendar/api/guides/push
 */
export function afterFailure(error: unknown, attempt: number, chance = Math.random()): Next {
  const next = { ...planOf(error, attempt, chance), open: false };
  if (!(error instanceof GoogleError)) return { ...next, open: next.failure !== null };
  const { kind, code, status } = error;
  // One of these comes as 401, which is no word on the account.
  if (isAboutAddress(code)) return { ...next, delay: daily(chance), counts: true, reconnect: false };
  switch (kind) {
    case 'reconnect':
      // Soon: claims pass the account by until it is connected again.
      return { ...next, delay: 1000 };
    case 'again':
    case 'unreachable':
      return { ...next, open: true };
    case 'pause':
    case 'slow':
    case 'exists':
    case 'changed':
    case 'resync':
      return next;
    // Not shared with us any more, or a scope that lacks: people mend such things.
    case 'gone':
      return { ...next, delay: daily(chance) };
    case 'refused':
      // 400 is of the calendar itself: Google never tells of holidays, birthdays and the like.
      return { ...next, delay: status === 400 ? null : daily(chance) };
  }
}
