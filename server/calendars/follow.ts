// The calendars a business follows, chosen from those its accounts can see.
import { asc, eq } from 'drizzle-orm';
import { v7 as uuid } from 'uuid';
import type { Context } from '../context.ts';
import type { Connection, Transaction } from '../database/open.ts';
import { calendars } from '../database/schema.ts';
import type { CalendarListEntry } from '../google/client.ts';
import { fromGoogle, openAccount } from './accounts.ts';

export interface SeenCalendar {
  googleId: string;
  name: string;
  zone: string;
  accessRole: string;
}

/** All calendars the account can see, whatever its role. Network: outside any transaction. */
export async function listSeen(
  context: Context,
  businessId: string,
  accountId: string,
): Promise<SeenCalendar[]> {
  const google = await openAccount(context, businessId, accountId);
  return (await fromGoogle(() => google.listCalendars())).map(seen);
}

/** One of them, as Google has it now. Network: outside any transaction. */
export async function see(
  context: Context,
  businessId: string,
  which: { accountId: string; googleId: string },
) {
  const google = await openAccount(context, businessId, which.accountId);
  return seen(await fromGoogle(() => google.getCalendar(which.googleId)));
}

// Google's `primary` stands for the id it answers with.
const seen = ({ id, summary, summaryOverride, timeZone, accessRole }: CalendarListEntry): SeenCalendar => ({
  googleId: id ?? '',
  name: summaryOverride ?? summary ?? id ?? '',
  zone: timeZone ?? 'UTC',
  accessRole: accessRole ?? 'none',
});

/** @throws the constraint calendars_google_id, if it is followed already */
export async function follow(
  tx: Transaction,
  wanted: SeenCalendar & { businessId: string; accountId: string },
) {
  const { businessId, ...calendar } = wanted;
  const id = uuid();
  await tx.insert(calendars).values({ businessId, id, ...calendar });
  return { id, ...calendar };
}

export async function listFollowed(db: Connection, businessId: string) {
  return db
    .select({
      id: calendars.id,
      accountId: calendars.accountId,
      googleId: calendars.googleId,
      name: calendars.name,
      zone: calendars.zone,
      accessRole: calendars.accessRole,
    })
    .from(calendars)
    .where(eq(calendars.businessId, businessId))
    .orderBy(asc(calendars.id));
}
