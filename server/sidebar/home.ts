// The home card: the day, what waits for an answer, and whether Google and we are in step.
import { and, asc, eq, isNull } from 'drizzle-orm';
import type * as z from 'zod';
import type { HomeCard } from '../../shared/card-api.ts';
import { DAY } from '../../shared/time.ts';
import type { Context } from '../context.ts';
import type { Connection } from '../database/open.ts';
import { joinRequests } from '../database/people.ts';
import { countCollisions } from './collisions.ts';
import { readDays, readPending } from './days.ts';
import { readHealthLine } from './health.ts';
import { bookable, offeredTo, servedBy } from './lines.ts';
import { runs, type Staffer } from './staffer.ts';
import { readUndecided } from './undecided.ts';

type Shown = z.output<typeof HomeCard>;

/** How far bookings are looked through for events in their way: as far as undecided events are. */
const aheadDays = 14;
const mostRequests = 10;

/**
 * What concerns the resources that the person serves, as it stands now. Asks Google for the titles of undecided events,
 * 1.5 s at most; nothing else is asked of anybody but our own tables.
 */
export async function homeCard(context: Context, staffer: Staffer): Promise<Shown> {
  const { db } = context;
  const { business, member } = staffer;
  const now = context.now();
  const catalogue = await offeredTo(context, staffer);
  const looking = { staffer, catalogue, now };
  const collisions = countCollisions(db, catalogue, {
    businessId: business.id,
    resourceIds: servedBy(staffer, catalogue).map(({ id }) => id),
    window: { start: now, end: now + aheadDays * DAY },
    now,
  });
  const [days, pending, undecided, health, collisionCount, requests] = await Promise.all([
    readDays(db, looking),
    readPending(db, looking),
    readUndecided(context, staffer, catalogue),
    readHealthLine(context, staffer),
    collisions,
    runs(staffer) ? readRequests(db, business.id) : [],
  ]);
  return {
    card: 'home',
    business: { id: business.id, name: business.name, zone: business.zone },
    person: { name: member.name, email: member.email, role: member.role },
    businesses: staffer.businesses,
    health,
    days,
    pending,
    undecided,
    collisions: collisionCount,
    requests,
    mayBook: bookable(staffer, catalogue).length > 0,
  };
}

/** Colleagues who want to be let in, the first to ask first. */
const readRequests = (db: Connection, businessId: string): Promise<Shown['requests']> =>
  db
    .select({ id: joinRequests.id, name: joinRequests.name, email: joinRequests.email })
    .from(joinRequests)
    .where(and(eq(joinRequests.businessId, businessId), isNull(joinRequests.settledAt)))
    .orderBy(asc(joinRequests.askedAt), asc(joinRequests.id))
    .limit(mostRequests);
