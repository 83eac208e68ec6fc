// What a calendar may be told about its events, and what holds until somebody does.
import { and, eq, isNull } from 'drizzle-orm';
import type * as z from 'zod';
import type { CalendarChange, CalendarSettings } from '../../shared/calendar-api.ts';
import type { Transaction } from '../database/open.ts';
import { calendars } from '../database/schema.ts';
import { notFound } from '../errors.ts';
import { outdatePulls } from '../jobs/pulls.ts';
import { type FollowedShape, readFollowed } from './follow.ts';

/** What the change does not name stays. The calendar is read again, by what holds now. @throws Refusal not_found */
export async function changeCalendar(
  tx: Transaction,
  { businessId, id }: { businessId: string; id: string },
  change: z.output<typeof CalendarChange>,
): Promise<FollowedShape> {
  const mine = and(eq(calendars.businessId, businessId), eq(calendars.id, id), isNull(calendars.leftAt));
  // First of all: it locks the calendar.
  await outdatePulls(tx, businessId, [id]);
  const [row] = await tx
    .select({ settings: calendars.settings })
    .from(calendars)
    .where(mine)
    .for('no key update');
  if (!row) throw notFound('calendar');
  const settings: CalendarSettings = { ...row.settings, ...change.settings };
  await tx.update(calendars).set({ settings }).where(mine);
  return readFollowed(tx, { businessId, id });
}
