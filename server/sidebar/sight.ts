// Which bookings a person sees: those that hold a resource they serve, or held one when they were let go.
import { and, desc, eq } from 'drizzle-orm';
import { type BookingRow, findBooking, type Present, unitOf } from '../bookings/find.ts';
import { audit, pushes } from '../database/ledger.ts';
import type { Connection } from '../database/open.ts';
import { calendars } from '../database/schema.ts';
import { notFound } from '../errors.ts';
import { servesOneOf } from './lines.ts';
import type { Staffer } from './staffer.ts';

/** A booking; one that was let go with the resources that it held last. */
export type Seen = Present;

/** @throws Refusal not_found, also where it is none of the person's */
export async function seeBooking(db: Connection, staffer: Staffer, id: string): Promise<Seen> {
  const present = await findBooking(db, staffer.business.id, id);
  const seen = present.resources.length > 0 ? present : await asItWas(db, present);
  const its = seen.resources.map(({ resourceId }) => resourceId);
  if (!servesOneOf(staffer, its.length > 0 ? its : seen.row.askedFor)) throw notFound('booking');
  return seen;
}

/** Its allocations went with its time: what they were, the change that let them go tells. */
async function asItWas(db: Connection, { row }: Present): Promise<Seen> {
  const rows = await db
    .select({ changes: audit.changes })
    .from(audit)
    .where(and(eq(audit.businessId, row.businessId), eq(audit.bookingId, row.id)))
    .orderBy(desc(audit.at), desc(audit.id));
  for (const { changes } of rows)
    for (const held of [changes.resources?.[1], changes.resources?.[0]] as Present['resources'][])
      if (held && held.length > 0) return { row, resources: held };
  return { row, resources: [] };
}

/** The zone that its times are shown in: of the calendar that shows it, else of the business. */
export async function zoneOf(db: Connection, { business }: Staffer, row: BookingRow): Promise<string> {
  const [shown] = await db
    .select({ zone: calendars.zone })
    .from(pushes)
    .innerJoin(
      calendars,
      and(eq(calendars.businessId, pushes.businessId), eq(calendars.id, pushes.calendarId)),
    )
    .where(
      and(eq(pushes.businessId, row.businessId), eq(pushes.unitId, unitOf(row)), eq(pushes.present, true)),
    )
    .orderBy(calendars.id)
    .limit(1);
  return shown?.zone ?? business.zone;
}
