// What the panel's pages show of calendars: how each does, in the person's language, and who is linked to it.
import { and, asc, eq, isNull } from 'drizzle-orm';
import { listAccounts } from '../accounts/accounts.ts';
import { type FollowedShape, listFollowed } from '../calendars/follow.ts';
import { limitsOf } from '../calendars/roles.ts';
import type { Connection } from '../database/open.ts';
import { links, resources } from '../database/schema.ts';
import { notFound } from '../errors.ts';
import type { HealthShape } from '../health/assess.ts';
import { readConditions } from '../health/condition.ts';
import { assessAll } from '../health/health.ts';
import type { View } from './panel.ts';
import { calendarsServed } from './panel-visitor.ts';

export interface Linked {
  resourceId: string;
  name: string;
  reads: boolean;
  writes: boolean;
  means: 'block' | 'open' | null;
}

export interface CalendarState {
  calendar: FollowedShape;
  /** The mail address of the account that sees it. */
  account: string;
  health: HealthShape;
  linked: Linked[];
}

/** Those that are followed and concern who looks, the worst first. */
export async function readCalendars(view: View, calendarId?: string): Promise<CalendarState[]> {
  const { context, staffer, locale } = view;
  const { db } = context;
  const { id: businessId } = staffer.business;
  const accounts = new Map((await listAccounts(context, businessId)).map((one) => [one.id, one]));
  const served = await calendarsServed(db, staffer);
  const followed = (await listFollowed(db, businessId)).filter(({ id }) => !served || served.has(id));
  const conditions = await readConditions(db, businessId, calendarId);
  // Assessed for the business they are in its language; here it is a person's.
  const theirs = conditions.map((one) => ({ ...one, business: { ...one.business, locale } }));
  const healths = new Map((await assessAll(context, businessId, theirs)).map((one) => [one.calendarId, one]));
  const linked = await linksByCalendar(db, businessId);
  const states = followed.flatMap((calendar) => {
    const health = healths.get(calendar.id);
    if (!health) return [];
    const account = accounts.get(calendar.accountId);
    const itsLinks = linked.get(calendar.id) ?? [];
    const access = {
      accessRole: calendar.accessRole,
      scopes: account?.scopes ?? [],
      written: itsLinks.some(({ writes }) => writes),
    };
    const limits = limitsOf(access, locale);
    return [{ calendar: { ...calendar, limits }, account: account?.email ?? '', health, linked: itsLinks }];
  });
  return states.sort((a, b) => badness(a) - badness(b) || a.calendar.name.localeCompare(b.calendar.name));
}

const badness = ({ health }: CalendarState) => ['red', 'amber', 'green'].indexOf(health.light);

/** @throws Refusal not_found, also if it concerns none of the resources that the person serves */
export async function readCalendar(view: View, id: string): Promise<CalendarState> {
  const [found] = (await readCalendars(view, id)).filter(({ calendar }) => calendar.id === id);
  if (!found) throw notFound('calendar');
  return found;
}

/** Of resources that are not archived, by name. */
export async function linksByCalendar(db: Connection, businessId: string): Promise<Map<string, Linked[]>> {
  const rows = await db
    .select({
      calendarId: links.calendarId,
      resourceId: links.resourceId,
      name: resources.name,
      reads: links.reads,
      writes: links.writes,
      means: links.means,
    })
    .from(links)
    .innerJoin(resources, and(eq(resources.businessId, links.businessId), eq(resources.id, links.resourceId)))
    .where(and(eq(links.businessId, businessId), isNull(resources.archivedAt)))
    .orderBy(asc(resources.name), asc(resources.id));
  const byCalendar = new Map<string, Linked[]>();
  for (const { calendarId, ...link } of rows)
    byCalendar.set(calendarId, [...(byCalendar.get(calendarId) ?? []), link]);
  return byCalendar;
}
