// What helps to find out why: all there is to know of a business's syncing, safe to send to a stranger.
import { readFile } from 'node:fs/promises';
import { asc, desc, eq, sql } from 'drizzle-orm';
import type * as z from 'zod';
import type { DebugBundle } from '../../shared/health-api.ts';
import type { Context } from '../context.ts';
import { logEntries } from '../database/ledger.ts';
import type { Connection } from '../database/open.ts';
import { accounts, businesses, links } from '../database/schema.ts';
import { notFound } from '../errors.ts';
import { showStep } from '../log/steps.ts';
import type { HealthShape } from './assess.ts';
import { type Condition, readConditions } from './condition.ts';
import { assessAll } from './health.ts';

type Bundle = z.output<typeof DebugBundle>;

/** Of the log, the latest so many. */
const entries = 500;

/**
 * Ids of ours, codes, times and figures. What only Google or people know of (addresses, Google's calendar ids, which
 * are addresses too) is hashed with our key: the same stands for the same, and nobody can find out for what.
 */
export async function makeBundle(context: Context, businessId: string): Promise<Bundle> {
  const { db, config } = context;
  const hash = (text: string) => context.seal.hash(text, `debug-bundle/${businessId}`).slice(0, 12);
  const [business] = await db.select().from(businesses).where(eq(businesses.id, businessId));
  if (!business) throw notFound('business');
  const conditions = await readConditions(db, businessId);
  const healths = await assessAll(context, businessId, conditions);
  const { event: _, ...settings } = business.settings;
  const counts = await countOf(db, businessId);
  const { protocol } = new URL(config.publicUrl ?? 'none:');
  return {
    at: new Date(context.now()).toISOString(),
    versions: await versionsOf(db),
    deployment: {
      publicUrl: protocol === 'none:' ? 'none' : protocol === 'https:' ? 'https' : 'http',
      google: config.google.url ? 'elsewhere' : 'google',
      ownGoogleApp: counts.googleApps === 1,
      worker: config.worker,
    },
    business: { id: businessId, zone: business.zone, locale: business.locale, settings },
    accounts: await accountsOf(db, businessId, hash),
    calendars: await calendarsOf(db, { businessId, conditions, healths, hash }),
    channels: conditions.flatMap((condition) => condition.channels.map(showChannel)),
    counts,
    pushes: await pushesOf(db, businessId),
    log: await logOf(db, businessId),
  };
}

type Hash = (text: string) => string;

async function versionsOf(db: Connection): Promise<Bundle['versions']> {
  const { version } = JSON.parse(
    await readFile(new URL('../../package.json', import.meta.url), 'utf8'),
  ) as Record<string, string>;
  const [row] = await db.execute<{ postgresql: string; migrations: number }>(sql`
    select current_setting('server_version') as postgresql,
      (select count(*)::int from drizzle.__drizzle_migrations) as migrations`);
  return { sidebook: version ?? '', node: process.version, ...row! };
}

async function accountsOf(db: Connection, businessId: string, hash: Hash): Promise<Bundle['accounts']> {
  const rows = await db
    .select()
    .from(accounts)
    .where(eq(accounts.businessId, businessId))
    .orderBy(asc(accounts.id));
  return rows.map(({ id, email, state, app, scopes, connectedAt, endsAt, failure }) => ({
    id,
    address: hash(email.toLowerCase()),
    state,
    app,
    scopes,
    connectedAt: connectedAt.toISOString(),
    endsAt: endsAt?.toISOString() ?? null,
    failure,
  }));
}

async function calendarsOf(
  db: Connection,
  of: { businessId: string; conditions: Condition[]; healths: HealthShape[]; hash: Hash },
): Promise<Bundle['calendars']> {
  const linked = await db
    .select({
      calendarId: links.calendarId,
      read: sql<number>`count(*) filter (where ${links.reads})::int`,
      written: sql<number>`count(*) filter (where ${links.writes})::int`,
    })
    .from(links)
    .where(eq(links.businessId, of.businessId))
    .groupBy(links.calendarId);
  return of.conditions.map(({ calendar }, i) => {
    // Words may name the Google app.
    const { calendarId: _, words: __, next: ___, ...health } = of.healths[i]!;
    const { read = 0, written = 0 } = linked.find((one) => one.calendarId === calendar.id) ?? {};
    const { id, accountId, googleId, accessRole, zone, settings } = calendar;
    const shown = { id, accountId, googleId: of.hash(googleId), accessRole, zone, settings };
    return { ...shown, links: { read, written }, health };
  });
}

// Its id and Google's name of what it watches are for nobody else.
const showChannel = (channel: Condition['channels'][number]): Bundle['channels'][number] => ({
  calendarId: channel.calendarId,
  answered: channel.expiresAt !== null,
  madeAt: channel.madeAt.toISOString(),
  expiresAt: channel.expiresAt?.toISOString() ?? null,
  stopAt: channel.stopAt?.toISOString() ?? null,
  stopAttempts: channel.stopAttempts,
  lastNoticeAt: channel.lastNoticeAt?.toISOString() ?? null,
  lastNumber: channel.lastNumber,
});

const counted = {
  googleApps: 'google_apps',
  members: 'members',
  resources: 'resources',
  services: 'services',
  customers: 'customers',
  bookings: 'bookings',
  allocations: 'allocations',
  links: 'links',
  blocks: 'blocks',
  openings: 'openings',
  events: 'events',
  rules: 'rules',
  decisions: 'decisions',
  fixes: 'fixes',
  marks: 'marks',
  drifts: 'drifts',
  messages: 'messages',
};

async function countOf(db: Connection, businessId: string): Promise<Record<string, number>> {
  const columns = Object.entries(counted).map(
    ([name, table]) =>
      sql`(select count(*)::int from ${sql.identifier(table)} where business_id = ${businessId}::uuid) as ${sql.identifier(name)}`,
  );
  const [row] = await db.execute<Record<string, number>>(sql`select ${sql.join(columns, sql`, `)}`);
  return { ...row };
}

async function pushesOf(db: Connection, businessId: string): Promise<Bundle['pushes']> {
  const rows = await db.execute<Bundle['pushes'][number]>(sql`
    select case when died_at is null then 'owed' else 'died' end as state, failure, count(*)::int as count from pushes
      where business_id = ${businessId}::uuid and (died_at is not null or done < wanted)
      group by 1, 2 order by 1, 3 desc, 2`);
  return [...rows];
}

async function logOf(db: Connection, businessId: string): Promise<Bundle['log']> {
  const rows = await db
    .select()
    .from(logEntries)
    .where(eq(logEntries.businessId, businessId))
    .orderBy(desc(logEntries.id))
    .limit(entries);
  return rows.map(showStep);
}
