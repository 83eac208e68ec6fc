// Which events of a calendar are bookings': one question for the pull, for simulation and for whoever writes to the others.
import { sql } from 'drizzle-orm';
import type { Connection } from '../database/open.ts';
import type { GoogleEvent } from '../google/client.ts';

/**
 * A push's event id is written down before Google is asked to make it: so whatever Google tells of is known here. True:
 * ours. False: that of a push to another calendar, so it was moved here or is a guest's copy: an event like any other,
 * unless the booking comes after it.
 */
export async function ourIds(
  db: Connection,
  { businessId, calendarId }: { businessId: string; calendarId: string },
  items: readonly Pick<GoogleEvent, 'id'>[],
): Promise<Map<string, boolean>> {
  const ids = items.map(({ id }) => id ?? '');
  const rows = await db.execute<{ event_id: string; here: boolean }>(sql`
    select event_id, bool_or(calendar_id = ${calendarId}) as here from pushes
      where business_id = ${businessId} and event_id = any(${sql.param(ids)}::text[]) group by event_id`);
  return new Map(rows.map((row) => [row.event_id, row.here]));
}
