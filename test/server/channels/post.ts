// A business whose server Google can reach, and what its channels look like from both sides: for tests of channels.
import { and, asc, eq, sql } from 'drizzle-orm';
import type { FastifyInstance } from 'fastify';
import { makeApp } from '../../../server/app.ts';
import type { Context } from '../../../server/context.ts';
import { logEntries } from '../../../server/database/ledger.ts';
import { channels, pulls } from '../../../server/database/mirror.ts';
import { claimPulls } from '../../../server/jobs/pulls.ts';
import { pullCalendar } from '../../../server/sync/pull.ts';
import type { Calendar, Clinic } from '../sync/clinic.ts';
import { openWorld, type World } from '../sync/world.ts';

export interface Post extends World {
  app: FastifyInstance;
  /** How often the workers were rung for. */
  rings(): number;
}

/** The server listens, and says so in its PUBLIC_URL. */
export async function openPost(): Promise<Post> {
  const world = await openWorld();
  let rung = 0;
  const ring = () => {
    rung++;
  };
  // The address is known once the server listens, which it does with the context: so it is filled in afterwards.
  const config = { ...world.context.config };
  const context: Context = { ...world.context, config, ring };
  const app = await makeApp(context);
  config.publicUrl = await app.listen({ host: '127.0.0.1', port: 0 });
  return {
    ...world,
    context,
    app,
    rings: () => rung,
    async close() {
      await app.close();
      await world.close();
    },
  };
}

const its = ({ businessId }: Clinic, { id }: Calendar) => ({ businessId, calendarId: id });

export async function pullOf(clinic: Clinic, calendar: Calendar) {
  const { businessId, calendarId } = its(clinic, calendar);
  const mine = and(eq(pulls.businessId, businessId), eq(pulls.calendarId, calendarId));
  return (await clinic.db.select().from(pulls).where(mine))[0]!;
}

/** The oldest first. */
export async function channelsOf(clinic: Clinic, calendar: Calendar) {
  const { businessId, calendarId } = its(clinic, calendar);
  return clinic.db
    .select()
    .from(channels)
    .where(and(eq(channels.businessId, businessId), eq(channels.calendarId, calendarId)))
    .orderBy(asc(channels.madeAt));
}

/** As Google has them, the oldest first. */
export async function openAtGoogle(clinic: Clinic, calendar: Calendar) {
  const all = await clinic.control.channels();
  return all.filter((one) => one.calendar === calendar.googleId);
}

/** As when time has passed for a calendar's channels: what is to be made, and what is to be stopped, is due. */
export async function channelsDue(clinic: Clinic, calendar: Calendar): Promise<void> {
  const mine = sql`business_id = ${clinic.businessId} and calendar_id = ${calendar.id}`;
  await clinic.db.execute(sql`
    update pulls set watch_due_at = now(), watch_leased_until = null where ${mine} and watch_due_at is not null`);
  await clinic.db.execute(sql`update channels set stop_at = now() where ${mine} and stop_at is not null`);
}

/** Reads all that is due, until nothing is. @returns how many times the calendar was read */
export async function readDue(context: Context, calendar: Calendar): Promise<number> {
  let times = 0;
  for (;;) {
    const claims = await claimPulls(context.db, { limit: 100 });
    if (claims.length === 0) return times;
    for (const claim of claims) {
      if (claim.calendarId === calendar.id) times++;
      await pullCalendar(context, claim);
    }
  }
}

/** Steps of channels, as `watch ok`, the oldest first. */
export async function stepsOf(clinic: Clinic, calendar: Calendar): Promise<string[]> {
  const rows = await clinic.db
    .select()
    .from(logEntries)
    .where(and(eq(logEntries.calendarId, calendar.id), eq(logEntries.kind, 'channel')))
    .orderBy(asc(logEntries.id));
  return rows.map(({ step, outcome }) => `${step} ${outcome}`);
}
