// The calendars a business follows, chosen from those its accounts can see.
import { and, asc, eq, isNotNull, isNull, or, type SQL, sql } from 'drizzle-orm';
import { v7 as uuid } from 'uuid';
import type * as z from 'zod';
import type { AccountCalendar, Calendar, CalendarSettings } from '../../shared/calendar-api.ts';
import { isZone } from '../../shared/time.ts';
import { askAs, findAccount, the } from '../accounts/accounts.ts';
import { localeOf } from '../accounts/words.ts';
import type { Context } from '../context.ts';
import { pushes } from '../database/ledger.ts';
import { channels, pulls } from '../database/mirror.ts';
import type { Connection, Transaction } from '../database/open.ts';
import { accounts, businesses, calendars, links } from '../database/schema.ts';
import { notFound, Refusal } from '../errors.ts';
import type { CalendarListEntry } from '../google/client.ts';
import { unseen } from '../google/errors.ts';
import { beginPulls } from '../jobs/pulls.ts';
import { lockPulls } from './lock.ts';
import { limitsOf, narrowed, tryAgain, writes } from './roles.ts';

export type FollowedShape = z.output<typeof Calendar>;

export interface SeenCalendar {
  googleId: string;
  name: string;
  zone: string;
  accessRole: string;
}
type Which = { accountId: string; googleId: string };

/** Nothing is free that a person has not said is free. */
const defaultSettings: CalendarSettings = {
  undecided: 'everybody',
  allDay: 'busy',
  tentative: 'block',
  unanswered: 'block',
  outOfOffice: 'block',
  focusTime: 'block',
  autoFix: false,
  adopt: 'adopt',
  delayMinutes: 0,
};

/** All calendars the account can see, whatever its role, with what will not work. Network: outside any transaction. */
export async function listSeen(
  context: Context,
  businessId: string,
  accountId: string,
): Promise<z.output<typeof AccountCalendar>[]> {
  const { scopes } = await findAccount(context, businessId, accountId);
  const entries = await askAs(context, { businessId, accountId }, (google) => google.listCalendars());
  const { locale, zone } = await readBusiness(context.db, businessId);
  return entries
    .map((entry) => seen(entry, { scopes, zone }))
    .map((one) => ({ ...one, limits: limitsOf({ accessRole: one.accessRole, scopes }, localeOf(locale)) }));
}

/** One of them, as Google has it now. Network: outside any transaction. */
export async function see(context: Context, businessId: string, which: Which): Promise<SeenCalendar> {
  const { accountId, googleId } = which;
  const { scopes } = await findAccount(context, businessId, accountId);
  const entry = await askAs(context, { businessId, accountId }, (google) => google.getCalendar(googleId));
  const { zone } = await readBusiness(context.db, businessId);
  return seen(entry, { scopes, zone });
}

async function readBusiness(db: Connection, businessId: string): Promise<{ locale: string; zone: string }> {
  const [business] = await db
    .select({ locale: businesses.locale, zone: businesses.zone })
    .from(businesses)
    .where(eq(businesses.id, businessId));
  if (!business) throw notFound('business');
  return business;
}

/**
 * Google's `primary` stands for the id it answers with.
 * @param zone the business's: for a calendar whose own is newer than our zone table, which could not be read by it
 */
const seen = (
  { id, summary, summaryOverride, timeZone, accessRole }: CalendarListEntry,
  { scopes, zone }: { scopes: readonly string[]; zone: string },
): SeenCalendar => ({
  googleId: id ?? '',
  name: summaryOverride ?? summary ?? id ?? '',
  zone: timeZone && isZone(timeZone) ? timeZone : zone,
  accessRole: narrowed(accessRole ?? 'none', scopes),
});

/**
 * Follows it from now on. One that was followed before comes back as the same calendar, with its settings, rules and
 * decisions; one that is followed through an account that is no longer connected, or may not see it any more, moves to
 * this one.
 * @throws Refusal conflict, if it is followed already; google_refused, if the account was disconnected meanwhile
 */
export async function follow(
  tx: Transaction,
  wanted: SeenCalendar & { businessId: string; accountId: string },
): Promise<FollowedShape> {
  const { businessId, accountId, googleId, name, zone, accessRole } = wanted;
  await holdAccount(tx, businessId, accountId);
  const fresh = uuid();
  const columns = { accountId, name, zone, accessRole };
  const [made] = await tx
    .insert(calendars)
    .values({ ...columns, businessId, id: fresh, googleId, settings: defaultSettings })
    .onConflictDoNothing()
    .returning({ id: calendars.id });
  const id = made ? fresh : await comeBack(tx, { businessId, googleId }, columns);
  await beginPulls(tx, businessId, id);
  return readFollowed(tx, { businessId, id });
}

/** Whoever disconnects it waits for us, and then leaves this calendar too. */
async function holdAccount(tx: Transaction, businessId: string, accountId: string): Promise<void> {
  const [row] = await tx
    .select({ state: accounts.state })
    .from(accounts)
    .where(the(businessId, accountId))
    .for('share');
  if (!row) throw notFound('account');
  if (row.state !== 'connected')
    throw new Refusal('google_refused', 'This account is not connected any more: connect it again first.');
}

async function comeBack(
  tx: Transaction,
  { businessId, googleId }: { businessId: string; googleId: string },
  columns: Pick<typeof calendars.$inferInsert, 'accountId' | 'name' | 'zone' | 'accessRole'>,
): Promise<string> {
  const mine = and(eq(calendars.businessId, businessId), eq(calendars.googleId, googleId));
  const [found] = await tx.select({ id: calendars.id }).from(calendars).where(mine);
  await lockPulls(tx, businessId, [found!.id]);
  const [row] = await tx
    .select({ id: calendars.id, leftAt: calendars.leftAt, accountId: calendars.accountId })
    .from(calendars)
    .where(mine)
    .for('update');
  const { id, leftAt, accountId: before } = row!;
  const stays = before === columns.accountId || (await isSeen(tx, businessId, id));
  if (leftAt === null && stays && (await isConnected(tx, businessId, before)))
    throw new Refusal('conflict', 'This calendar is followed already.', { calendarId: id });
  await tx
    .update(calendars)
    .set({ ...columns, leftAt: null })
    .where(and(eq(calendars.businessId, businessId), eq(calendars.id, id)));
  if (before !== columns.accountId) await moved(tx, businessId, id);
  if (leftAt !== null) await catchUp(tx, businessId, id);
  if (writes(columns.accessRole)) await tryAgain(tx, businessId, [id]);
  return id;
}

/** What became of bookings whose events stand there while it was not followed; those that never got theirs too. */
async function catchUp(tx: Transaction, businessId: string, calendarId: string): Promise<void> {
  await tx
    .update(pushes)
    .set({
      wanted: sql`greatest(${pushes.wanted}, ${pushes.done}) + 1`,
      dueAt: sql`now()`,
      diedAt: null,
      attempts: 0,
    })
    .where(
      and(
        eq(pushes.businessId, businessId),
        eq(pushes.calendarId, calendarId),
        or(pushes.present, isNotNull(pushes.eventId)),
        sql`coalesce((${pushes.written}->>'end')::timestamptz > now(), true)`,
      ),
    );
}

async function isConnected(tx: Transaction, businessId: string, accountId: string): Promise<boolean> {
  const [row] = await tx.select({ state: accounts.state }).from(accounts).where(the(businessId, accountId));
  return row?.state === 'connected';
}

/** Whether the account that reads it may see it still, as far as its last reading tells. */
async function isSeen(tx: Transaction, businessId: string, id: string): Promise<boolean> {
  const [row] = await tx
    .select({ failure: pulls.failure })
    .from(pulls)
    .where(and(eq(pulls.businessId, businessId), eq(pulls.calendarId, id)));
  return !unseen.has(row?.failure ?? '');
}

/** What one account was given counts for nothing with another: all is read anew, and the mirror kept until then. */
async function moved(tx: Transaction, businessId: string, calendarId: string): Promise<void> {
  await tx
    .update(pulls)
    .set({
      bookmark: sql`${pulls.bookmark} + 1`,
      token: null,
      fingerprint: null,
      leasedUntil: null,
      watchLeasedUntil: null,
    })
    .where(and(eq(pulls.businessId, businessId), eq(pulls.calendarId, calendarId)));
  await tx
    .update(channels)
    .set({ stopAt: sql`coalesce(${channels.stopAt}, now())` })
    .where(and(eq(channels.businessId, businessId), eq(channels.calendarId, calendarId)));
}

export const listFollowed = (db: Connection, businessId: string): Promise<FollowedShape[]> =>
  read(db, eq(calendars.businessId, businessId));

/** @throws Refusal not_found, also if it is not followed any more */
export async function readFollowed(
  db: Connection,
  { businessId, id }: { businessId: string; id: string },
): Promise<FollowedShape> {
  const [row] = await read(db, and(eq(calendars.businessId, businessId), eq(calendars.id, id)));
  if (!row) throw notFound('calendar');
  return row;
}

async function read(db: Connection, which: SQL | undefined): Promise<FollowedShape[]> {
  const rows = await db
    .select({
      id: calendars.id,
      accountId: calendars.accountId,
      googleId: calendars.googleId,
      name: calendars.name,
      zone: calendars.zone,
      accessRole: calendars.accessRole,
      settings: calendars.settings,
      scopes: accounts.scopes,
      locale: businesses.locale,
      written: sql<boolean>`exists (
        select from ${links} l where l.business_id = ${calendars.businessId} and l.calendar_id = ${calendars.id}
          and l.writes
      )`,
    })
    .from(calendars)
    .innerJoin(
      accounts,
      and(eq(accounts.businessId, calendars.businessId), eq(accounts.id, calendars.accountId)),
    )
    .innerJoin(businesses, eq(businesses.id, calendars.businessId))
    .where(and(which, isNull(calendars.leftAt)))
    .orderBy(asc(calendars.id));
  return rows.map(({ scopes, locale, written, ...calendar }) => ({
    ...calendar,
    limits: limitsOf({ accessRole: calendar.accessRole, scopes, written }, localeOf(locale)),
  }));
}
