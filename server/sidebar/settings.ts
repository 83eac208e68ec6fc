// The settings card: the calendars a person has to do with, what holds for their undecided events, and the connection.
import { and, asc, eq, isNull, sql } from 'drizzle-orm';
import type { FastifyRequest } from 'fastify';
import type * as z from 'zod';
import type { SettingsCard } from '../../shared/card-api.ts';
import type { DoSettings } from '../../shared/sidebar-api.ts';
import { type Code, say, standingOf } from '../accounts/words.ts';
import { limitsOf } from '../calendars/roles.ts';
import { changeCalendar } from '../calendars/settings.ts';
import { commitOnce } from '../commit.ts';
import type { Context } from '../context.ts';
import { googleApps } from '../database/mirror.ts';
import type { Connection } from '../database/open.ts';
import { accounts, calendars, links, resources } from '../database/schema.ts';
import { Refusal } from '../errors.ts';
import { readConditions } from '../health/condition.ts';
import { healthOf } from './health.ts';
import { type Done, runs, type Staffer } from './staffer.ts';
import { notice } from './words.ts';

type Shown = z.output<typeof SettingsCard>;

/** Owners and admins see all calendars and may change them; staff see those of resources they serve. */
export async function settingsCard(context: Context, staffer: Staffer): Promise<Shown> {
  const { db } = context;
  const { business, member, locale } = staffer;
  const [rows, linked, conditions, connection] = await Promise.all([
    readCalendars(db, business.id),
    readLinked(db, business.id),
    readConditions(db, business.id),
    readConnection(context, staffer),
  ]);
  const mine = rows.filter(
    ({ id }) =>
      staffer.serves === 'all' || linked.some((one) => one.calendarId === id && serves(staffer, one)),
  );
  return {
    card: 'settings',
    business: { id: business.id, name: business.name },
    person: { name: member.name, email: member.email, role: member.role },
    businesses: staffer.businesses,
    connection,
    calendars: mine.flatMap(({ id, name, settings, accessRole, scopes }) => {
      const condition = conditions.find(({ calendar }) => calendar.id === id);
      // Left in the moment between the two questions.
      if (!condition) return [];
      const its = linked.filter(({ calendarId }) => calendarId === id);
      const written = its.some(({ writes }) => writes);
      return {
        id,
        name,
        health: healthOf(context, condition, { locale, name }),
        resources: its.map((one) => one.name),
        undecided: settings.undecided,
        autoFix: settings.autoFix,
        limits: limitsOf({ accessRole, scopes, written }, locale),
        mayChange: runs(staffer),
      };
    }),
  };
}

const serves = ({ serves: all }: Staffer, { resourceId }: { resourceId: string }): boolean =>
  all === 'all' || all.has(resourceId);

const readCalendars = (db: Connection, businessId: string) =>
  db
    .select({
      id: calendars.id,
      name: calendars.name,
      settings: calendars.settings,
      accessRole: calendars.accessRole,
      scopes: accounts.scopes,
    })
    .from(calendars)
    .innerJoin(
      accounts,
      and(eq(accounts.businessId, calendars.businessId), eq(accounts.id, calendars.accountId)),
    )
    .where(and(eq(calendars.businessId, businessId), isNull(calendars.leftAt)))
    .orderBy(asc(calendars.name), asc(calendars.id));

const readLinked = (db: Connection, businessId: string) =>
  db
    .select({
      calendarId: links.calendarId,
      resourceId: links.resourceId,
      writes: links.writes,
      name: resources.name,
    })
    .from(links)
    .innerJoin(resources, and(eq(resources.businessId, links.businessId), eq(resources.id, links.resourceId)))
    .where(and(eq(links.businessId, businessId), isNull(resources.archivedAt)))
    .orderBy(asc(resources.name), asc(resources.id));

/** Whether Google lets us act for the person: an account is theirs if it has their address. */
async function readConnection({ db, config }: Context, staffer: Staffer): Promise<Shown['connection']> {
  const { business, member, locale } = staffer;
  const [row] = await db
    .select({ account: accounts, clientId: googleApps.clientId })
    .from(accounts)
    .leftJoin(googleApps, and(eq(googleApps.businessId, accounts.businessId), eq(accounts.app, 'own')))
    .where(and(eq(accounts.businessId, business.id), sql`lower(${accounts.email}) = lower(${member.email})`));
  if (!row) return { light: 'amber', words: say('never', locale, { name: member.name }), to: 'connect' };
  const { state, failure, connectedAt } = row.account;
  // An end that Google announced, and what Google says of single calendars, stand in the control panel.
  const code: Code = standingOf({ state, failure, connectedAt, failedAt: null, endsAt: null });
  const words = say(code, locale, { client: row.clientId ?? config.google.clientId ?? '' });
  return code === 'connected'
    ? { light: 'green', words, to: null }
    : { light: state === 'needs_reconnecting' ? 'red' : 'amber', words, to: 'connect' };
}

/** @throws Refusal forbidden, not_found */
export async function changeSettings(
  context: Context,
  request: FastifyRequest,
  staffer: Staffer,
  { calendarId, settings }: z.output<typeof DoSettings>,
): Promise<Done> {
  if (!runs(staffer)) throw new Refusal('forbidden', 'Settings are changed by owners and admins.');
  const which = { businessId: staffer.business.id, id: calendarId };
  await commitOnce(context, request, (tx) => changeCalendar(tx, which, { settings }));
  return { notice: notice('saved', staffer.locale) };
}
