// Bookings as they stand: one, many, their history; and how one is shown.
import { and, asc, desc, eq, gt, gte, inArray, lt, or, sql } from 'drizzle-orm';
import type { Booking, BookingStatus } from '../../shared/api.ts';
import { allocations, audit, bookings } from '../database/ledger.ts';
import type { Connection } from '../database/open.ts';
import { notFound, Refusal } from '../errors.ts';

export type BookingRow = typeof bookings.$inferSelect;
export interface Present {
  row: BookingRow;
  resources: { resourceId: string; places: number }[];
}

/** The id under which its time is held: its session's, where it takes seats of one. */
export const unitOf = (row: Pick<BookingRow, 'id' | 'sessionId'>) => row.sessionId ?? row.id;

export async function findBooking(db: Connection, businessId: string, id: string): Promise<Present> {
  const [row] = await db
    .select()
    .from(bookings)
    .where(and(eq(bookings.businessId, businessId), eq(bookings.id, id)));
  if (!row) throw notFound('booking');
  return (await withResources(db, [row]))[0]!;
}

/** By the hash of the manage link's secret, whatever business it belongs to. */
export async function findByManageHash(db: Connection, manageHash: string): Promise<Present> {
  const [row] = await db.select().from(bookings).where(eq(bookings.manageHash, manageHash));
  if (!row) throw notFound('booking');
  return (await withResources(db, [row]))[0]!;
}

export interface Filter {
  /** Those that overlap [from, to), in ms. */
  from?: number;
  to?: number;
  status?: BookingStatus[];
  serviceId?: string;
  /** Those that hold its time; or held it last, of those that were cancelled or declined. */
  resourceId?: string;
  customerId?: string;
  limit: number;
  /** Continue after this booking: the `next` of the page before. */
  cursor?: string;
}

/** In order of start, then id; one more than `limit` where there are more. @throws Refusal not_found (the cursor), invalid */
export async function listBookings(db: Connection, businessId: string, filter: Filter): Promise<Present[]> {
  const { from, to, status, serviceId, resourceId, customerId, limit, cursor } = filter;
  if (from !== undefined && to !== undefined && to <= from)
    throw new Refusal('invalid', 'to: the window ends before it starts.');
  if (resourceId && status?.includes('expired'))
    throw new Refusal('invalid', 'status: whose an expired booking was is not kept: ask without resourceId.');
  const last = cursor ? await findBooking(db, businessId, cursor) : undefined;
  const rows = await db
    .select()
    .from(bookings)
    .where(
      and(
        eq(bookings.businessId, businessId),
        from === undefined ? undefined : gt(bookings.endsAt, new Date(from)),
        to === undefined ? undefined : lt(bookings.startsAt, new Date(to)),
        status && inArray(bookings.status, status),
        serviceId ? eq(bookings.serviceId, serviceId) : undefined,
        customerId ? eq(bookings.customerId, customerId) : undefined,
        resourceId ? ofResource(db, businessId, resourceId) : undefined,
        last && gte(bookings.startsAt, last.row.startsAt),
        last &&
          sql`(${bookings.startsAt}, ${bookings.id}) > (${last.row.startsAt.toISOString()}::timestamptz, ${last.row.id}::uuid)`,
      ),
    )
    .orderBy(asc(bookings.startsAt), asc(bookings.id))
    .limit(limit + 1);
  return withResources(db, rows);
}

function ofResource(db: Connection, businessId: string, resourceId: string) {
  const held = db
    .select({ unit: allocations.unitId })
    .from(allocations)
    .where(and(eq(allocations.businessId, businessId), eq(allocations.resourceId, resourceId)));
  return or(
    inArray(bookings.id, held),
    inArray(bookings.sessionId, held),
    and(inArray(bookings.status, ['cancelled', 'declined']), letGo(resourceId)),
  );
}

// What is let go is deleted: that it was this resource's, the audit tells. A session's time goes with the last of its
// bookings, whichever that was.
const letGo = (resourceId: string) => sql`exists (
  select from audit where audit.business_id = ${bookings.businessId} and action in ('cancel', 'decline')
    and changes -> 'resources' -> 0 @> ${JSON.stringify([{ resourceId }])}::jsonb
    and booking_id in (
      select ${bookings.id}
      union all
      select mate.id from bookings mate
        where mate.business_id = ${bookings.businessId} and mate.session_id = ${bookings.sessionId}
    ))`;

async function withResources(db: Connection, rows: BookingRow[]): Promise<Present[]> {
  if (rows.length === 0) return [];
  const held = await db
    .select({
      unitId: allocations.unitId,
      resourceId: allocations.resourceId,
      places: sql<number>`count(*)::int`,
    })
    .from(allocations)
    .where(
      and(eq(allocations.businessId, rows[0]!.businessId), inArray(allocations.unitId, rows.map(unitOf))),
    )
    .groupBy(allocations.unitId, allocations.resourceId)
    .orderBy(sql`min(${allocations.position})`, allocations.resourceId);
  return rows.map((row) => ({
    row,
    resources: held
      .filter((h) => h.unitId === unitOf(row))
      .map(({ resourceId, places }) => ({ resourceId, places })),
  }));
}

export function show({ row, resources }: Present): Booking {
  return {
    id: row.id,
    revision: row.revision,
    status: row.status,
    serviceId: row.serviceId,
    sessionId: row.sessionId,
    customerId: row.customerId,
    start: row.startsAt.toISOString(),
    end: row.endsAt.toISOString(),
    zone: row.zone,
    seats: row.seats,
    resources,
    expiresAt: row.expiresAt?.toISOString() ?? null,
    notes: row.notes,
    instructions: row.instructions,
    answers: row.answers,
    cancelReason: row.cancelReason,
    createdAt: row.createdAt.toISOString(),
  };
}

/** Newest first. @throws Refusal not_found */
export async function readAudit(db: Connection, businessId: string, bookingId: string) {
  await findBooking(db, businessId, bookingId);
  const rows = await db
    .select()
    .from(audit)
    .where(and(eq(audit.businessId, businessId), eq(audit.bookingId, bookingId)))
    .orderBy(desc(audit.at), desc(audit.id));
  return rows.map(({ at, actor, action, changes, overrode }) => ({
    at: at.toISOString(),
    actor,
    action,
    changes,
    overrode,
  }));
}
