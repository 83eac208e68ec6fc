// What several cards show alike: bookings as lines, resources, times in a few words; and what of a business a person sees.
import { and, asc, eq, inArray, sql } from 'drizzle-orm';
import type * as z from 'zod';
import type { CardResource, BookingLine as LineSchema } from '../../shared/card-api.ts';
import { zone as zoneOf } from '../../shared/time.ts';
import type { Locale } from '../accounts/words.ts';
import { type Catalogue, catalogueOf } from '../availability/catalogue.ts';
import type { Context } from '../context.ts';
import { bookings } from '../database/ledger.ts';
import type { Connection } from '../database/open.ts';
import { customers } from '../database/schema.ts';
import type { Staffer } from './staffer.ts';

export type Line = z.output<typeof LineSchema>;

/** What the business offers, as it stands now; the engine's sentences come in the person's language. */
export async function offeredTo(context: Context, staffer: Staffer): Promise<Catalogue> {
  const catalogue = await catalogueOf(context.db, staffer.caller);
  return { ...catalogue, business: { ...catalogue.business, locale: staffer.locale } };
}

/** Whether the person serves one of them at least. */
export const servesOneOf = ({ serves }: Pick<Staffer, 'serves'>, resourceIds: readonly string[]): boolean =>
  serves === 'all' || resourceIds.some((id) => serves.has(id));

/** Those that the person serves, by name; archived ones left out. */
export function servedBy(staffer: Staffer, catalogue: Catalogue): CardResource[] {
  const there = [...catalogue.resources.values()].filter(
    ({ row }) => row.archivedAt === null && servesOneOf(staffer, [row.id]),
  );
  return there
    .map(({ row: { id, name, kind } }) => ({ id, name, kind }))
    .sort((a, b) => a.name.localeCompare(b.name, staffer.locale) || (a.id < b.id ? -1 : 1));
}

/** Services that the person can book: those that some resource serves whom they serve. */
export const bookable = (staffer: Staffer, { offers }: Catalogue): string[] =>
  [...offers.values()]
    .filter(
      ({ row, rule }) =>
        row.archivedAt === null &&
        servesOneOf(
          staffer,
          rule.groups.flatMap(({ resources }) => resources),
        ),
    )
    .sort((a, b) => a.row.name.localeCompare(b.row.name, staffer.locale) || (a.row.id < b.row.id ? -1 : 1))
    .map(({ row }) => row.id);

/** As cards show them, archived or not; in this order. One that was made a moment ago may not be known yet. */
export const resourcesIn = (catalogue: Catalogue, ids: readonly string[]): CardResource[] =>
  ids.flatMap((id) => {
    const known = catalogue.resources.get(id)?.row;
    return known ? [{ id, name: known.name, kind: known.kind }] : [];
  });

/** Of these bookings, by start. */
export async function linesOf(db: Connection, catalogue: Catalogue, ids: readonly string[]): Promise<Line[]> {
  if (ids.length === 0) return [];
  const rows = await db
    .select({ row: bookings, customer: customers.name, holds })
    .from(bookings)
    .leftJoin(
      customers,
      and(eq(customers.businessId, bookings.businessId), eq(customers.id, bookings.customerId)),
    )
    .where(and(eq(bookings.businessId, catalogue.business.id), inArray(bookings.id, [...ids])))
    .orderBy(asc(bookings.startsAt), asc(bookings.id));
  return rows.map(({ row, customer, holds }) => ({
    id: row.id,
    revision: row.revision,
    status: row.status,
    start: row.startsAt.toISOString(),
    end: row.endsAt.toISOString(),
    service: serviceName(catalogue, row.serviceId),
    customer,
    resources: resourcesIn(catalogue, holds).map(({ name }) => name),
  }));
}

export const serviceName = (catalogue: Catalogue, id: string): string =>
  catalogue.offers.get(id)?.row.name ?? '';

const holds = sql<string[]>`array(
  select a.resource_id from allocations a
    where a.business_id = ${bookings.businessId} and a.unit_id = coalesce(${bookings.sessionId}, ${bookings.id})
    group by a.resource_id order by min(a.position), a.resource_id)`;

/** Date and time as people of that language write them, with the weekday and without the year. */
export function shortly(locale: Locale, zone: string, at: number): string {
  return formats[locale].format(new Date(zoneOf(zone).wall(at)));
}

/** Of what was changed from one time to another: the second without its date, where that is the same. */
export function timeOnly(zone: string, at: number): string {
  return new Date(zoneOf(zone).wall(at)).toISOString().slice(11, 16);
}

// What the clock reads, written as UTC: zones are a matter of shared/time.ts alone.
const formatOf = (language: string) =>
  new Intl.DateTimeFormat(language, {
    timeZone: 'UTC',
    weekday: 'short',
    day: 'numeric',
    month: 'short',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  });
const formats: Record<Locale, Intl.DateTimeFormat> = { en: formatOf('en-GB'), nb: formatOf('nb-NO') };
