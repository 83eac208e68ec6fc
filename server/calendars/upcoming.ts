// The next events of a calendar, read from Google while somebody looks: proof of what is read. Nothing of it is kept.
import type * as z from 'zod';
import type { ReadEvent } from '../../shared/calendar-api.ts';
import { DAY, instantOf } from '../../shared/time.ts';
import { askAs, findAccount } from '../accounts/accounts.ts';
import { mayAskFreeBusy } from '../accounts/scopes.ts';
import type { Context } from '../context.ts';
import { Refusal } from '../errors.ts';
import type { GoogleEvent } from '../google/client.ts';
import { readFollowed } from './follow.ts';

type Shown = z.output<typeof ReadEvent>;

const most = 5;
/** Google answers for free/busy of so many days, and hardly more. */
const freeBusyDays = 30;

/**
 * At most five, by start, those under way included; of a calendar that shows only free/busy, its busy times.
 * Network: outside any transaction.
 * @throws Refusal not_found, google_refused, busy
 */
export async function readUpcoming(
  context: Context,
  which: { businessId: string; id: string },
): Promise<Shown[]> {
  const { businessId } = which;
  const { accountId, googleId, accessRole, zone } = await readFollowed(context.db, which);
  const now = context.now();
  const account = { businessId, accountId };
  if (accessRole === 'freeBusyReader') {
    await mustAskFreeBusy(context, account);
    const span = { start: now, end: now + freeBusyDays * DAY };
    const answer = await askAs(context, account, (google) => google.freeBusy(googleId, span));
    if ('unknown' in answer)
      throw new Refusal('google_refused', 'Google does not say when this calendar is busy.', {
        code: answer.unknown,
      });
    return answer.busy.slice(0, most).map(({ start, end }) => ({
      start: new Date(start).toISOString(),
      end: new Date(end).toISOString(),
      allDay: false,
      title: null,
      free: false,
    }));
  }
  const asked = { from: now, to: now + 366 * DAY, most };
  const found = await askAs(context, account, (google) => google.viewEvents(googleId, asked));
  return found.map((event) => show(event, zone));
}

async function mustAskFreeBusy(
  context: Context,
  { businessId, accountId }: { businessId: string; accountId: string },
): Promise<void> {
  const { scopes } = await findAccount(context, businessId, accountId);
  if (!mayAskFreeBusy(scopes))
    throw new Refusal(
      'google_refused',
      'This calendar shows only when it is busy, and the account may not ask for that: connect it again with the feature "freebusy".',
    );
}

function show({ start, end, summary, transparency }: GoogleEvent, zone: string): Shown {
  // All-day events are dates of the calendar's zone, the end exclusive.
  const at = (when: GoogleEvent['start']) =>
    new Date(when?.date ? instantOf(zone, when.date, '00:00') : (when?.dateTime ?? 0)).toISOString();
  return {
    start: at(start),
    end: at(end),
    allDay: Boolean(start?.date),
    title: summary ?? null,
    free: transparency === 'transparent',
  };
}
