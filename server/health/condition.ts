// All that there is to know of how a calendar keeps in step with Google, from our own tables.
import { and, asc, eq, isNull, sql } from 'drizzle-orm';
import type * as z from 'zod';
import type { Health } from '../../shared/health-api.ts';
import { pushes } from '../database/ledger.ts';
import { channels, marks, pulls } from '../database/mirror.ts';
import type { Connection } from '../database/open.ts';
import { accounts, businesses, calendars } from '../database/schema.ts';

export interface Condition {
  calendar: Pick<
    typeof calendars.$inferSelect,
    'id' | 'accountId' | 'googleId' | 'accessRole' | 'zone' | 'settings'
  >;
  account: Pick<typeof accounts.$inferSelect, 'state' | 'failure'>;
  business: Pick<typeof businesses.$inferSelect, 'zone' | 'locale' | 'settings'>;
  pull: typeof pulls.$inferSelect;
  /** All that are not stopped yet, those to be stopped included; the oldest first. */
  channels: (typeof channels.$inferSelect)[];
  queue: z.output<typeof Health>['queue'];
}

const itsPushes = sql`${pushes} q where q.business_id = ${pulls.businessId} and q.calendar_id = ${pulls.calendarId}`;
const owed = sql`q.done < q.wanted and q.died_at is null`;
const itsMarks = sql`${marks} m where m.business_id = ${pulls.businessId} and m.calendar_id = ${pulls.calendarId}`;
const count = (rows: ReturnType<typeof sql>) => sql<number>`(select count(*)::int from ${rows})`;

/** Of the calendars that are followed, or of the one asked for, if it is. */
export async function readConditions(
  db: Connection,
  businessId: string,
  calendarId?: string,
): Promise<Condition[]> {
  const one = calendarId === undefined ? undefined : eq(calendars.id, calendarId);
  const rows = await db
    .select({
      pull: pulls,
      calendar: {
        id: calendars.id,
        accountId: calendars.accountId,
        googleId: calendars.googleId,
        accessRole: calendars.accessRole,
        zone: calendars.zone,
        settings: calendars.settings,
      },
      account: { state: accounts.state, failure: accounts.failure },
      business: { zone: businesses.zone, locale: businesses.locale, settings: businesses.settings },
      queue: {
        pushes: count(sql`${itsPushes} and ${owed}`),
        died: count(sql`${itsPushes} and q.died_at is not null`),
        marks: count(sql`${itsMarks} and m.done < m.wanted and m.died_at is null`),
        marksDied: count(sql`${itsMarks} and m.died_at is not null`),
        // Of the one that has been tried most.
        failure: sql<string | null>`(
          select q.failure from ${itsPushes} and ${owed} and q.failure is not null
            order by q.attempts desc, q.due_at limit 1)`,
      },
    })
    .from(pulls)
    .innerJoin(calendars, and(eq(calendars.businessId, pulls.businessId), eq(calendars.id, pulls.calendarId)))
    .innerJoin(
      accounts,
      and(eq(accounts.businessId, calendars.businessId), eq(accounts.id, calendars.accountId)),
    )
    .innerJoin(businesses, eq(businesses.id, pulls.businessId))
    .where(and(eq(pulls.businessId, businessId), isNull(calendars.leftAt), one))
    .orderBy(asc(calendars.id));
  const open = await db
    .select()
    .from(channels)
    .where(
      and(
        eq(channels.businessId, businessId),
        calendarId === undefined ? undefined : eq(channels.calendarId, calendarId),
      ),
    )
    .orderBy(asc(channels.madeAt));
  return rows.map((row) => ({
    ...row,
    channels: open.filter((channel) => channel.calendarId === row.calendar.id),
  }));
}
