// Which events of a calendar are bookings': one question for the pull, for simulation and for whoever writes to the others.
import { sql } from 'drizzle-orm';
import type { Span } from '../../shared/time.ts';
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

/**
 * Of busy times, which bear no ids, those that are not a booking's: left out is what begins and ends just as an event of
 * ours that Google has taken. What is longer, or was merged with another, stays. Bookings are found by their own start,
 * for that is at hand: one that was moved out of all these times is not known by where it was.
 */
export async function withoutOurs(
  db: Connection,
  { businessId, calendarId }: { businessId: string; calendarId: string },
  spans: readonly Span[],
): Promise<Span[]> {
  if (spans.length === 0) return [];
  const from = new Date(Math.min(...spans.map(({ start }) => start))).toISOString();
  const to = new Date(Math.max(...spans.map(({ end }) => end))).toISOString();
  const around = sql`business_id = ${businessId} and starts_at >= ${from}::timestamptz and starts_at < ${to}::timestamptz`;
  const rows = await db.execute<{ start: string; end: string }>(sql`
    select p.written->>'start' as "start", p.written->>'end' as "end"
      from (select id from bookings where ${around} union all select id from sessions where ${around}) unit
      join pushes p on p.business_id = ${businessId} and p.unit_id = unit.id and p.calendar_id = ${calendarId}
      where p.present and p.event_id is not null and p.etag is not null and p.written->>'transparency' = 'opaque'`);
  const nameOf = (span: Span) => `${span.start}/${span.end}`;
  const ours = new Set(
    rows.map(({ start, end }) => nameOf({ start: Date.parse(start), end: Date.parse(end) })),
  );
  return spans.filter((span) => !ours.has(nameOf(span)));
}
