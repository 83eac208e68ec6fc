// The debug log, by booking, calendar or resource: a page at a time, the newest first.
import { and, desc, eq, inArray, lt, or, sql } from 'drizzle-orm';
import type * as z from 'zod';
import type { Log, LogQuery } from '../../shared/health-api.ts';
import { allocations, audit, bookings, logEntries } from '../database/ledger.ts';
import type { Connection } from '../database/open.ts';
import { calendars, links, resources } from '../database/schema.ts';
import { notFound } from '../errors.ts';
import { showStep } from '../log/steps.ts';
import { unitIdOf } from '../sync/find.ts';

type Query = z.output<typeof LogQuery>;

/** @throws Refusal not_found, for what is not in this business */
export async function findLog(
  db: Connection,
  businessId: string,
  query: Query,
): Promise<z.output<typeof Log>> {
  const { bookingId, calendarId, resourceId, limit, before } = query;
  const unitId = bookingId && (await unitIdOf(db, businessId, bookingId));
  if (calendarId) await mustExist(db, calendars, { businessId, id: calendarId, what: 'calendar' });
  if (resourceId) await mustExist(db, resources, { businessId, id: resourceId, what: 'resource' });
  const rows = await db
    .select()
    .from(logEntries)
    .where(
      and(
        eq(logEntries.businessId, businessId),
        unitId ? eq(logEntries.unitId, unitId) : undefined,
        calendarId ? eq(logEntries.calendarId, calendarId) : undefined,
        resourceId ? ofResource(db, businessId, resourceId) : undefined,
        before ? lt(logEntries.id, before) : undefined,
      ),
    )
    .orderBy(desc(logEntries.id))
    .limit(limit);
  const next = rows.length < limit ? null : (rows.at(-1)?.id ?? null);
  return { items: rows.map(showStep), next };
}

/** What happened in calendars it is linked to, and to bookings that hold its time, or held it once. */
function ofResource(db: Connection, businessId: string, resourceId: string) {
  const linked = db
    .select({ id: links.calendarId })
    .from(links)
    .where(and(eq(links.businessId, businessId), eq(links.resourceId, resourceId)));
  const held = db
    .select({ id: allocations.unitId })
    .from(allocations)
    .where(and(eq(allocations.businessId, businessId), eq(allocations.resourceId, resourceId)));
  // Time that was let go has left its row; the audit tells from whom it was taken.
  const lost = db
    .select({ id: sql<string>`coalesce(${bookings.sessionId}, ${bookings.id})` })
    .from(audit)
    .innerJoin(bookings, and(eq(bookings.businessId, audit.businessId), eq(bookings.id, audit.bookingId)))
    .where(
      and(
        eq(audit.businessId, businessId),
        sql`${audit.changes} -> 'resources' -> 0 @> ${JSON.stringify([{ resourceId }])}::text::jsonb`,
      ),
    );
  const { calendarId, unitId } = logEntries;
  return or(inArray(calendarId, linked), inArray(unitId, held), inArray(unitId, lost));
}

async function mustExist(
  db: Connection,
  table: typeof calendars | typeof resources,
  { businessId, id, what }: { businessId: string; id: string; what: string },
): Promise<void> {
  const rows = await db
    .select({ id: table.id })
    .from(table)
    .where(and(eq(table.businessId, businessId), eq(table.id, id)));
  if (rows.length === 0) throw notFound(what);
}
