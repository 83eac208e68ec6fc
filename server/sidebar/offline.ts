// What the add-on needs to go on without the server: who is linked to which calendar, and by what its events are judged.
import { createHash } from 'node:crypto';
import { and, asc, eq, isNull, sql } from 'drizzle-orm';
import type * as z from 'zod';
import type { OfflineBook } from '../../shared/card-api.ts';
import { writes } from '../calendars/roles.ts';
import type { Context } from '../context.ts';
import { rules } from '../database/mirror.ts';
import type { Connection } from '../database/open.ts';
import { calendars, links, members, resources } from '../database/schema.ts';
import type { Staffer } from './staffer.ts';

export type Book = z.output<typeof OfflineBook>;
type Calendar = Book['calendars'][number];

/**
 * The calendars that somebody is linked to whom the person serves; each with all who are linked, for an event of it is
 * about them all. The version is a print of the rest: made anew each time, from four small questions, since what it
 * depends on is written in too many places to be told of.
 */
export async function offlineBook(context: Context, staffer: Staffer): Promise<Book> {
  const { db, config } = context;
  const { id: businessId } = staffer.business;
  const [rows, linked, ruled, people, decided] = await Promise.all([
    readCalendars(db, businessId),
    readLinked(db, businessId),
    readRules(db, businessId),
    readPeople(db, businessId),
    readDecided(db, businessId),
  ]);
  const served = rows.filter(({ id }) => isServed(staffer, linked.get(id) ?? []));
  const meant = new Set(served.flatMap(({ id }) => meantIn(linked.get(id) ?? [], ruled.get(id) ?? [])));
  const content = {
    businessId,
    panel: config.publicUrl ?? null,
    members: people.filter(({ id }) => meant.has(id)),
    calendars: served.map(({ id, googleId, name, zone, settings, accessRole }): Calendar => {
      const { adopt: _, delayMinutes: __, ...kept } = settings;
      return {
        ...{ googleId, name, zone, settings: kept, writes: writes(accessRole) },
        decided: decided.get(id) ?? [],
        rules: ruled.get(id) ?? [],
        linked: linked.get(id)!,
      };
    }),
  };
  return { version: print(content), ...content };
}

const print = (what: unknown): string =>
  createHash('sha256').update(JSON.stringify(what)).digest('base64url').slice(0, 22);

const isServed = ({ serves }: Staffer, linked: Calendar['linked']): boolean =>
  serves === 'all' ? linked.length > 0 : linked.some(({ id }) => serves.has(id));

/** The members that a rule asks for, or whose resource is linked: it matters whether they made an event. */
const meantIn = (linked: Calendar['linked'], ruled: Calendar['rules']): string[] => [
  ...linked.flatMap(({ memberId }) => memberId ?? []),
  ...ruled.flatMap(({ when }) => when.creators ?? []),
];

const readPeople = (db: Connection, businessId: string) =>
  db
    .select({ id: members.id, email: sql<string>`lower(${members.email})` })
    .from(members)
    .where(eq(members.businessId, businessId))
    .orderBy(asc(members.id));

const readCalendars = (db: Connection, businessId: string) =>
  db
    .select({
      id: calendars.id,
      googleId: calendars.googleId,
      name: calendars.name,
      zone: calendars.zone,
      settings: calendars.settings,
      accessRole: calendars.accessRole,
    })
    .from(calendars)
    .where(and(eq(calendars.businessId, businessId), isNull(calendars.leftAt)))
    .orderBy(asc(calendars.id));

/** So many of a calendar: what is older is over, mostly. */
const mostDecided = 300;

/** By calendar, of those that we may only read: what people decided there cannot stand in the events. */
async function readDecided(db: Connection, businessId: string): Promise<Map<string, string[]>> {
  const rows = await db.execute<{ id: string; events: string[] }>(sql`
    select c.id, array(
        select d.event_id from decisions d
          where d.business_id = c.business_id and d.calendar_id = c.id and d.ended_at is null and not d.proposed
          group by d.event_id order by max(d.made_at) desc, d.event_id limit ${mostDecided}) as events
      from calendars c
      where c.business_id = ${businessId} and c.left_at is null and c.access_role = 'reader'`);
  return new Map(rows.map(({ id, events }) => [id, events]));
}

/** By calendar; as the calendar's judge has them. */
async function readLinked(db: Connection, businessId: string): Promise<Map<string, Calendar['linked']>> {
  const rows = await db
    .select({
      calendarId: links.calendarId,
      means: links.means,
      id: resources.id,
      name: resources.name,
      nicknames: resources.nicknames,
      memberId: resources.memberId,
      opens: resources.opens,
    })
    .from(links)
    .innerJoin(resources, and(eq(resources.businessId, links.businessId), eq(resources.id, links.resourceId)))
    .where(and(eq(links.businessId, businessId), eq(links.reads, true), isNull(resources.archivedAt)))
    .orderBy(asc(resources.id));
  return grouped(
    rows.map(({ calendarId, id, name, nicknames, memberId, means, opens }) => ({
      calendarId,
      one: {
        id,
        name,
        names: [name, ...nicknames],
        memberId,
        means: means ?? (opens === 'openings' ? ('open' as const) : ('block' as const)),
      },
    })),
  );
}

/** By calendar, in order. */
async function readRules(db: Connection, businessId: string): Promise<Map<string, Calendar['rules']>> {
  const rows = await db
    .select()
    .from(rules)
    .where(eq(rules.businessId, businessId))
    .orderBy(asc(rules.calendarId), asc(rules.position));
  return grouped(
    rows.map(({ calendarId, id, when, whom, means, alsoWhenFree }) => ({
      calendarId,
      one: { id, when, whom, means, alsoWhenFree } as Calendar['rules'][number],
    })),
  );
}

function grouped<T>(rows: readonly { calendarId: string; one: T }[]): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const { calendarId, one } of rows) groups.set(calendarId, [...(groups.get(calendarId) ?? []), one]);
  return groups;
}
