// Which calendars a resource reads its busy time from, and to which one its bookings are written.
import { and, asc, eq, inArray } from 'drizzle-orm';
import type * as z from 'zod';
import type { Link } from '../../shared/api.ts';
import type { Connection, Transaction } from '../database/open.ts';
import { calendars, links, resources } from '../database/schema.ts';
import { notFound, Refusal } from '../errors.ts';

type Wanted = z.output<typeof Link>;

export async function listLinks(db: Connection, businessId: string, resourceId: string): Promise<Wanted[]> {
  await mustExist(db, businessId, resourceId);
  return db
    .select({ calendarId: links.calendarId, reads: links.reads, writes: links.writes })
    .from(links)
    .where(and(eq(links.businessId, businessId), eq(links.resourceId, resourceId)))
    .orderBy(asc(links.calendarId));
}

/**
 * The resource's links are these and no others. Events of bookings made before stay where they are: each push knows
 * its calendar and event. A booking that changes later takes its event along to the calendar linked then.
 * @throws Refusal not_found, invalid, google_refused if we may not write there
 */
export async function setLinks(
  tx: Transaction,
  resource: { businessId: string; resourceId: string },
  wanted: Wanted[],
): Promise<Wanted[]> {
  const { businessId, resourceId } = resource;
  await lock(tx, businessId, resourceId);
  await mustExist(tx, businessId, resourceId);
  check(wanted);
  const ids = wanted.map(({ calendarId }) => calendarId);
  const found = await tx
    .select({ id: calendars.id, name: calendars.name, accessRole: calendars.accessRole })
    .from(calendars)
    .where(and(eq(calendars.businessId, businessId), inArray(calendars.id, ids)));
  if (found.length < ids.length) throw notFound('calendar');
  const writable = new Set(found.filter((one) => writes(one.accessRole)).map(({ id }) => id));
  const refused = wanted.find((link) => link.writes && !writable.has(link.calendarId));
  if (refused)
    throw new Refusal(
      'google_refused',
      `The calendar "${found.find(({ id }) => id === refused.calendarId)!.name}" is only shared for reading: give the connected account the right to make changes to events, or link it for reading.`,
      { calendarId: refused.calendarId },
    );
  await tx.delete(links).where(and(eq(links.businessId, businessId), eq(links.resourceId, resourceId)));
  if (wanted.length > 0)
    await tx.insert(links).values(wanted.map((link) => ({ businessId, resourceId, ...link })));
  return listLinks(tx, businessId, resourceId);
}

/** Google's roles that may make changes to events. */
export const writes = (accessRole: string): boolean => accessRole === 'writer' || accessRole === 'owner';

function check(wanted: Wanted[]): void {
  if (new Set(wanted.map(({ calendarId }) => calendarId)).size < wanted.length)
    throw new Refusal('invalid', 'A calendar is named twice: name each once.');
  if (wanted.some((link) => !link.reads && !link.writes))
    throw new Refusal('invalid', 'A link reads, writes or both: leave it out to unlink the calendar.');
  if (wanted.filter((link) => link.writes).length > 1)
    throw new Refusal('invalid', 'A resource writes to one calendar only: choose which.');
}

const the = (businessId: string, resourceId: string) =>
  and(eq(resources.businessId, businessId), eq(resources.id, resourceId));

async function mustExist(db: Connection, businessId: string, resourceId: string): Promise<void> {
  const rows = await db.select({ id: resources.id }).from(resources).where(the(businessId, resourceId));
  if (rows.length === 0) throw notFound('resource');
}

/** Two that set the links of one resource at once would each leave theirs. */
async function lock(tx: Transaction, businessId: string, resourceId: string): Promise<void> {
  await tx
    .select({ id: resources.id })
    .from(resources)
    .where(the(businessId, resourceId))
    .for('no key update');
}
