// The card that gives a booking to others: for each of its resources, who of the same group is free at its time.
import { and, eq } from 'drizzle-orm';
import type * as z from 'zod';
import type { CardResource, ReassignCard } from '../../shared/card-api.ts';
import type { AskReassign } from '../../shared/sidebar-api.ts';
import { MINUTE } from '../../shared/time.ts';
import type { Catalogue } from '../availability/catalogue.ts';
import { load } from '../availability/free.ts';
import { prepare } from '../availability/prepare.ts';
import type { Service } from '../availability/query.ts';
import { findingsAt } from '../availability/reasons.ts';
import { type BookingRow, unitOf } from '../bookings/find.ts';
import type { Context } from '../context.ts';
import { allocations } from '../database/ledger.ts';
import type { Connection } from '../database/open.ts';
import { offeredTo, resourcesIn, serviceName } from './lines.ts';
import { seeBooking, zoneOf } from './sight.ts';
import type { Staffer } from './staffer.ts';

type Shown = z.output<typeof ReassignCard>;
type Asked = Pick<z.output<typeof AskReassign>, 'bookingId'>;

/** @throws Refusal not_found, also if it is of resources that the person does not serve */
export async function reassignCard(context: Context, staffer: Staffer, asked: Asked): Promise<Shown> {
  const { db } = context;
  const catalogue = await offeredTo(context, staffer);
  const seen = await seeBooking(db, staffer, asked.bookingId);
  const { row } = seen;
  const [zone, held] = await Promise.all([zoneOf(db, staffer, row), readHeld(db, row)]);
  const others = await standIns(db, catalogue, { row, held, now: context.now() });
  return {
    card: 'reassign',
    id: row.id,
    revision: row.revision,
    service: serviceName(catalogue, row.serviceId),
    start: row.startsAt.toISOString(),
    end: row.endsAt.toISOString(),
    zone,
    choices: resourcesIn(catalogue, [...others.keys()]).map((from) => ({
      from,
      to: others.get(from.id) ?? [],
    })),
  };
}

export type Held = typeof allocations.$inferSelect;

/** Each place that its booking or session holds. */
export const readHeld = (db: Connection, row: BookingRow): Promise<Held[]> =>
  db
    .select()
    .from(allocations)
    .where(and(eq(allocations.businessId, row.businessId), eq(allocations.unitId, unitOf(row))))
    .orderBy(allocations.position, allocations.resourceId, allocations.place);

interface Of {
  row: BookingRow;
  held: readonly Held[];
  /** ms since 1970 */
  now: number;
}

/** For each resource that is held, those whom `bookings/reassign` would take in its place without an override. */
export async function standIns(
  db: Connection,
  catalogue: Catalogue,
  { row, held, now }: Of,
): Promise<Map<string, CardResource[]>> {
  const ids = [...new Set(held.map(({ resourceId }) => resourceId))];
  const service = catalogue.offers.get(row.serviceId)?.rule;
  if (!service || held.length === 0) return new Map();
  const rule = { ...service, ...asBooked(held), groups: groupsOf(service, held) };
  const start = row.startsAt.getTime();
  const window = { from: start, to: start + 1, now, need: 'slots' as const };
  // Its own time is in nobody's way but those who have it, and they are not asked.
  const { query } = await load(db, catalogue, { serviceId: row.serviceId, ...window, rule });
  const { lanes } = findingsAt(prepare(query), start);
  return new Map(
    ids.map((id, i) => {
      const able = (lanes[i] ?? []).filter(({ reasons }) => reasons.every(({ code }) => ofTheTime.has(code)));
      return [
        id,
        resourcesIn(
          catalogue,
          able.map(({ lane }) => lane.resource.id),
        ),
      ];
    }),
  );
}

/** The time is not being chosen: that nothing would begin then is no reason. */
const ofTheTime = new Set<string>(['off_grid', 'repeated']);

/** As long, and with the buffers, as it was booked, whatever the service has become since. */
function asBooked(held: readonly Held[]): Pick<Service, 'seats' | 'length' | 'before' | 'after'> {
  const [{ startsAt, endsAt }] = held as readonly [Held];
  const [start, end] = [startsAt.getTime(), endsAt.getTime()];
  return {
    seats: 1,
    length: (end - start) / MINUTE,
    before: Math.max(...held.map(({ during }) => start - during.start)) / MINUTE,
    after: Math.max(...held.map(({ during }) => during.end - end)) / MINUTE,
  };
}

/** A group of one for each resource: those that could stand in for it, who have no part in the booking yet. */
function groupsOf(service: Service, held: readonly Held[]): Service['groups'] {
  const ids = [...new Set(held.map(({ resourceId }) => resourceId))];
  return ids.map((id) => {
    const own = held.filter(({ resourceId }) => resourceId === id);
    const [{ position, during, startsAt, endsAt }] = own as [Held];
    const could = service.groups[position]?.resources ?? [];
    return {
      count: 1,
      places: own.length,
      buffers: during.start < startsAt.getTime() || during.end > endsAt.getTime(),
      resources: could.filter((other) => !ids.includes(other)),
    };
  });
}
