// Who sits before the panel: the member whose session it is, as the cards of the add-on know them.
import { eq } from 'drizzle-orm';
import { type Locale, localeOf } from '../accounts/words.ts';
import type { Context } from '../context.ts';
import type { Connection } from '../database/open.ts';
import { links } from '../database/schema.ts';
import { type Staffer, stafferOf } from '../sidebar/staffer.ts';
import { readSession } from './session.ts';

/** Undefined: nobody's session, or one that is over. The panel is read in the business's zone. */
export async function visitorOf(
  { db, now }: Context,
  secret: string,
  localeFrom: (preset: Locale) => Locale,
): Promise<Staffer | undefined> {
  const membership = await readSession(db, secret, now());
  if (!membership) return undefined;
  const { zone, locale } = membership.business;
  return stafferOf(db, membership, { zone, locale: localeFrom(localeOf(locale)), among: [membership] });
}

/** The calendars of the resources that somebody serves; null: they see all. */
export async function calendarsServed(db: Connection, staffer: Staffer): Promise<Set<string> | null> {
  const { serves, business } = staffer;
  if (serves === 'all') return null;
  const rows = await db
    .select({ resourceId: links.resourceId, calendarId: links.calendarId })
    .from(links)
    .where(eq(links.businessId, business.id));
  return new Set(rows.flatMap(({ resourceId, calendarId }) => (serves.has(resourceId) ? [calendarId] : [])));
}
