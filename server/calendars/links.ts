// Which calendars a resource reads its busy time from, and to which one its bookings are written.
import { and, asc, eq, inArray, isNull, ne, notInArray, sql } from 'drizzle-orm';
import type * as z from 'zod';
import type { Link, LinkAll, ResourceLink } from '../../shared/calendar-api.ts';
import { mayWrite } from '../accounts/scopes.ts';
import type { Connection, Transaction } from '../database/open.ts';
import { accounts, blocks, calendars, links, openings, resources } from '../database/schema.ts';
import { Again, notFound, Refusal } from '../errors.ts';
import { outdatePulls } from '../jobs/pulls.ts';
import { lockPulls } from './lock.ts';
import { writes } from './roles.ts';

type Wanted = z.output<typeof Link>;

export async function listLinks(db: Connection, businessId: string, resourceId: string): Promise<Wanted[]> {
  await mustExist(db, businessId, resourceId);
  return db
    .select({
      calendarId: links.calendarId,
      reads: links.reads,
      writes: links.writes,
      means: links.means,
    })
    .from(links)
    .where(and(eq(links.businessId, businessId), eq(links.resourceId, resourceId)))
    .orderBy(asc(links.calendarId));
}

/**
 * The resource's links are these and no others. Events of bookings made before stay where they are: each push knows
 * its calendar and event. A booking that changes later takes its event along to the calendar linked then. What is read
 * of the calendars concerned is looked at again.
 * @throws Refusal not_found, invalid, google_refused if we may not write there
 */
export async function setLinks(
  tx: Transaction,
  resource: { businessId: string; resourceId: string },
  wanted: Wanted[],
): Promise<Wanted[]> {
  const { businessId, resourceId } = resource;
  check(wanted);
  const ids = wanted.map(({ calendarId }) => calendarId);
  const concerned = await lock(tx, resource, ids);
  await mustExist(tx, businessId, resourceId);
  await mustSuit(tx, businessId, wanted);
  const gone = await tx
    .delete(links)
    .where(
      and(
        eq(links.businessId, businessId),
        eq(links.resourceId, resourceId),
        notInArray(links.calendarId, ids),
      ),
    )
    .returning({ calendarId: links.calendarId });
  // Two at once must not write, even for a moment.
  await write(
    tx,
    wanted.filter((link) => !link.writes).map((link) => ({ businessId, resourceId, ...link })),
  );
  await write(
    tx,
    wanted.filter((link) => link.writes).map((link) => ({ businessId, resourceId, ...link })),
  );
  const unread = [...gone, ...wanted.filter((link) => !link.reads)].map(({ calendarId }) => calendarId);
  await forgetTaken(tx, resource, unread);
  await outdatePulls(tx, businessId, concerned);
  return listLinks(tx, businessId, resourceId);
}

/** What calendars took of the resource that it no longer reads: at once, whether Google can be reached or not. */
async function forgetTaken(
  tx: Transaction,
  { businessId, resourceId }: { businessId: string; resourceId: string | string[] },
  calendarIds: string[],
): Promise<void> {
  const resourceIds = [resourceId].flat();
  for (const table of [blocks, openings])
    await tx
      .delete(table)
      .where(
        and(
          eq(table.businessId, businessId),
          inArray(table.resourceId, resourceIds),
          inArray(table.calendarId, calendarIds),
        ),
      );
}

/**
 * Links every resource that is not archived to the calendar, however it was linked to it before.
 * @returns the calendar's links
 * @throws Refusal not_found, invalid, google_refused as setLinks; conflict, if some write to another calendar
 */
export async function linkAll(
  tx: Transaction,
  calendar: { businessId: string; calendarId: string },
  wanted: z.output<typeof LinkAll>,
): Promise<z.output<typeof ResourceLink>[]> {
  const { businessId, calendarId } = calendar;
  await lockPulls(tx, businessId, [calendarId]);
  const all = await tx
    .select({ id: resources.id })
    .from(resources)
    .where(and(eq(resources.businessId, businessId), isNull(resources.archivedAt)))
    .orderBy(asc(resources.id))
    .for('no key update');
  check([{ ...wanted, calendarId }]);
  await mustSuit(tx, businessId, [{ ...wanted, calendarId }]);
  const ids = all.map(({ id }) => id);
  if (wanted.writes) await mustNotWriteElsewhere(tx, calendar, ids);
  await write(
    tx,
    ids.map((resourceId) => ({ businessId, resourceId, calendarId, ...wanted })),
  );
  if (!wanted.reads) await forgetTaken(tx, { businessId, resourceId: ids }, [calendarId]);
  await outdatePulls(tx, businessId, [calendarId]);
  return tx
    .select({ resourceId: links.resourceId, reads: links.reads, writes: links.writes, means: links.means })
    .from(links)
    .where(and(eq(links.businessId, businessId), eq(links.calendarId, calendarId)))
    .orderBy(asc(links.resourceId));
}

/**
 * What was read of the calendar before counts on for a link that stays as it was. Read otherwise, or only now, nothing
 * is known of it until the next reading.
 */
async function write(tx: Transaction, rows: (typeof links.$inferInsert)[]): Promise<void> {
  if (rows.length === 0) return;
  await tx
    .insert(links)
    .values(rows)
    .onConflictDoUpdate({
      target: [links.businessId, links.resourceId, links.calendarId],
      set: {
        reads: sql`excluded.reads`,
        writes: sql`excluded.writes`,
        means: sql`excluded.means`,
        judged: sql`${links.judged} and ${links.reads} and ${links.means} is not distinct from excluded.means`,
      },
    });
}

async function mustNotWriteElsewhere(
  tx: Transaction,
  { businessId, calendarId }: { businessId: string; calendarId: string },
  ids: string[],
): Promise<void> {
  const elsewhere = await tx
    .select({ resourceId: links.resourceId, name: resources.name })
    .from(links)
    .innerJoin(resources, and(eq(resources.businessId, links.businessId), eq(resources.id, links.resourceId)))
    .where(
      and(
        eq(links.businessId, businessId),
        inArray(links.resourceId, ids),
        ne(links.calendarId, calendarId),
        sql`${links.writes}`,
      ),
    )
    .orderBy(asc(links.resourceId));
  if (elsewhere.length > 0)
    throw new Refusal(
      'conflict',
      `A resource writes to one calendar only, and these write to another: ${elsewhere.map(({ name }) => name).join(', ')}. Link all for reading only, or switch those off first.`,
      { resourceIds: elsewhere.map(({ resourceId }) => resourceId) },
    );
}

/** All of them are followed, and those that are written to may be. */
async function mustSuit(tx: Transaction, businessId: string, wanted: Wanted[]): Promise<void> {
  const ids = wanted.map(({ calendarId }) => calendarId);
  const found = await tx
    .select({
      id: calendars.id,
      name: calendars.name,
      accessRole: calendars.accessRole,
      scopes: accounts.scopes,
    })
    .from(calendars)
    .innerJoin(
      accounts,
      and(eq(accounts.businessId, calendars.businessId), eq(accounts.id, calendars.accountId)),
    )
    .where(and(eq(calendars.businessId, businessId), inArray(calendars.id, ids), isNull(calendars.leftAt)))
    // Whoever stops following one waits for us, and then drops these links too.
    .for('share', { of: calendars });
  if (found.length < ids.length) throw notFound('calendar');
  const refused = found.find(
    ({ id, accessRole }) =>
      !writes(accessRole) && wanted.some((link) => link.writes && link.calendarId === id),
  );
  if (refused)
    throw new Refusal(
      'google_refused',
      mayWrite(refused.scopes)
        ? `The calendar "${refused.name}" is only shared for reading: give the connected account the right to make changes to events, or link it for reading.`
        : `The account that sees the calendar "${refused.name}" was not connected for writing: connect it again with the feature "events", or link it for reading.`,
      { calendarId: refused.id },
    );
}

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

/**
 * Two that set the links of one resource at once would each leave theirs. Its calendars come first, as everywhere.
 * @returns the calendars that it is linked to, or is to be
 * @throws Again, if it was linked to another meanwhile
 */
async function lock(
  tx: Transaction,
  { businessId, resourceId }: { businessId: string; resourceId: string },
  wanted: string[],
): Promise<string[]> {
  const linked = () =>
    tx
      .select({ id: links.calendarId })
      .from(links)
      .where(and(eq(links.businessId, businessId), eq(links.resourceId, resourceId)));
  const concerned = new Set([...(await linked()).map(({ id }) => id), ...wanted]);
  await lockPulls(tx, businessId, [...concerned]);
  await tx
    .select({ id: resources.id })
    .from(resources)
    .where(the(businessId, resourceId))
    .for('no key update');
  if ((await linked()).some(({ id }) => !concerned.has(id))) throw new Again();
  return [...concerned];
}
