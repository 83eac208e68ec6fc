// The card that moves a booking: the free starts of one day, as the slot engine finds them without the booking itself.
import { and, eq } from 'drizzle-orm';
import type * as z from 'zod';
import type { RescheduleCard } from '../../shared/card-api.ts';
import type { AskReschedule } from '../../shared/sidebar-api.ts';
import { localDate } from '../../shared/time.ts';
import type { Catalogue } from '../availability/catalogue.ts';
import type { BookingRow } from '../bookings/find.ts';
import { unitsOf } from '../bookings/sessions.ts';
import type { Context } from '../context.ts';
import type { Connection } from '../database/open.ts';
import { customers } from '../database/schema.ts';
import { offeredTo, serviceName } from './lines.ts';
import { type Seen, seeBooking, zoneOf } from './sight.ts';
import type { Staffer } from './staffer.ts';
import { lookAt, startsOn, type Wish } from './starts.ts';

type Shown = z.output<typeof RescheduleCard>;
type Asked = Pick<z.output<typeof AskReschedule>, 'bookingId' | 'date'>;

/**
 * Of the day asked for; left out, of the booking's own, or today's if that has passed.
 * @param refused a start (ms) that was just refused: whether staff may have it all the same is told
 * @throws Refusal not_found
 */
export async function rescheduleCard(
  context: Context,
  staffer: Staffer,
  { bookingId, date: asked, refused }: Asked & { refused?: number },
): Promise<Shown> {
  const { db } = context;
  const now = context.now();
  const catalogue = await offeredTo(context, staffer);
  const seen = await seeBooking(db, staffer, bookingId);
  const { row } = seen;
  const zone = await zoneOf(db, staffer, row);
  const wish: Wish = {
    catalogue,
    serviceId: row.serviceId,
    zone,
    seats: row.seats,
    wish: keptOf(seen, staffer, catalogue),
    ignore: await unitsOf(db, row, now),
    now,
  };
  const date = asked ?? localDate(zone, Math.max(refused ?? row.startsAt.getTime(), now));
  const [customer, found, wanted] = await Promise.all([
    nameOf(db, row),
    startsOn(db, wish, date),
    refused === undefined ? undefined : lookAt(db, wish, refused),
  ]);
  const start = row.startsAt.toISOString();
  return {
    card: 'reschedule',
    id: row.id,
    revision: row.revision,
    service: serviceName(catalogue, row.serviceId),
    customer,
    start,
    zone,
    date,
    slots: found.slots.filter((slot) => slot.start !== start),
    next: found.next,
    words: found.words,
    ...(wanted?.override ? { override: wanted.override } : {}),
  };
}

/**
 * The resources that it keeps wherever it goes: those that its customer asked for, and where a person has their own,
 * theirs, so that nobody moves their booking onto somebody else. The others stay if they are free.
 */
export function keptOf({ row, resources }: Seen, { serves }: Staffer, catalogue: Catalogue): string[] {
  const groups = catalogue.offers.get(row.serviceId)?.rule.groups ?? [];
  return resources
    .map(({ resourceId }) => resourceId)
    .filter((id) => row.askedFor.includes(id) || (serves !== 'all' && serves.has(id)))
    .filter((id) => groups.some((group) => group.resources.includes(id)));
}

async function nameOf(db: Connection, { businessId, customerId }: BookingRow): Promise<string | null> {
  if (customerId === null) return null;
  const [row] = await db
    .select({ name: customers.name })
    .from(customers)
    .where(and(eq(customers.businessId, businessId), eq(customers.id, customerId)));
  return row?.name ?? null;
}
