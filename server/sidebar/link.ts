// "Link this calendar": the one that the open event is of, through an account of the business that sees it.
import { and, asc, eq, inArray, isNull, sql } from 'drizzle-orm';
import type { FastifyRequest } from 'fastify';
import type * as z from 'zod';
import type { DoLink } from '../../shared/sidebar-api.ts';
import { atMost } from '../at-most.ts';
import { follow, type SeenCalendar, see } from '../calendars/follow.ts';
import { listLinks, setLinks } from '../calendars/links.ts';
import { lockPulls } from '../calendars/lock.ts';
import { writes } from '../calendars/roles.ts';
import { changeCalendar } from '../calendars/settings.ts';
import { commitOnce } from '../commit.ts';
import type { Context } from '../context.ts';
import type { Connection, Transaction } from '../database/open.ts';
import { accounts, calendars, links, resources } from '../database/schema.ts';
import { notFound, Refusal } from '../errors.ts';
import { type Card, type Done, runs, type Staffer } from './staffer.ts';
import { unlinkedCard } from './unlinked.ts';
import { notice } from './words.ts';

type Asked = z.output<typeof DoLink>;
/** Where the calendar is: followed already, or seen by an account. */
type Found = { id: string; accessRole: string; name: string } | (SeenCalendar & { accountId: string });

/** Accounts asked at most, and for how long, in ms: somebody waits. */
const mostAccounts = 10;
const patience = 3_000;

/**
 * Its events block these resources from then on (none named: all), and what these have booked is written to it where
 * they write nowhere yet. Asks Google, once for each account at most.
 * @throws Refusal forbidden, not_found, google_refused, busy
 */
export async function linkCalendar(
  context: Context,
  request: FastifyRequest,
  staffer: Staffer,
  asked: Asked,
): Promise<Done> {
  if (!runs(staffer)) throw new Refusal('forbidden', 'Calendars are linked by owners and admins.');
  const businessId = staffer.business.id;
  const { locale } = staffer;
  const found =
    (await findFollowed(context.db, businessId, asked)) ?? (await lookFor(context, staffer, asked));
  if (!found) return { card: await unseenCard(context, staffer, asked), notice: null };
  const linked = await commitOnce(context, request, async (tx) => {
    const ids = await readWanted(tx, businessId, asked.resourceIds);
    await lockAll(tx, { businessId, calendarId: 'id' in found ? found.id : null, ids });
    const { id, name, accessRole } = 'id' in found ? found : await follow(tx, { businessId, ...found });
    await changeCalendar(tx, { businessId, id }, { settings: { undecided: asked.undecided } });
    await link(tx, { businessId, calendarId: id, accessRole }, ids);
    return { name, accessRole };
  });
  const said = notice('linked', locale, { name: linked.name });
  return { notice: writes(linked.accessRole) ? said : `${said} ${notice('mayNotWrite', locale)}` };
}

async function findFollowed(
  db: Connection,
  businessId: string,
  { event }: Asked,
): Promise<Found | undefined> {
  const [row] = await db
    .select({ id: calendars.id, accessRole: calendars.accessRole, name: calendars.name })
    .from(calendars)
    .where(
      and(
        eq(calendars.businessId, businessId),
        eq(calendars.googleId, event.calendarId),
        isNull(calendars.leftAt),
      ),
    );
  return row;
}

/**
 * The account that may do most with it, the person's own before others. Network: outside any transaction.
 * @throws Refusal busy, if none said yes and one did not answer
 */
async function lookFor(context: Context, staffer: Staffer, { event }: Asked): Promise<Found | undefined> {
  const businessId = staffer.business.id;
  const connected = await context.db
    .select({ id: accounts.id })
    .from(accounts)
    .where(and(eq(accounts.businessId, businessId), eq(accounts.state, 'connected')))
    .orderBy(sql`lower(${accounts.email}) <> lower(${staffer.member.email})`, asc(accounts.id))
    .limit(mostAccounts);
  const answers = await Promise.all(
    connected.map(({ id: accountId }): Promise<Seen> => {
      const seen = see(context, businessId, { accountId, googleId: event.calendarId })
        .then((calendar) => ({ ...calendar, accountId }))
        .catch(notSeen);
      return atMost(patience, seen);
    }),
  );
  const seen = answers.filter((one) => typeof one === 'object').filter(sees);
  const best = seen.find(({ accessRole }) => writes(accessRole)) ?? seen[0];
  if (!best && answers.includes('late'))
    throw new Refusal('busy', 'Google does not answer just now: try again in a minute.');
  return best;
}

type Seen = (SeenCalendar & { accountId: string }) | 'no' | 'late';
const sees = ({ accessRole }: SeenCalendar): boolean => accessRole !== 'none';

function notSeen(error: unknown): 'no' | 'late' {
  if (!(error instanceof Refusal)) throw error;
  return error.code === 'busy' ? 'late' : 'no';
}

/** Those named, or all. @throws Refusal not_found, conflict */
async function readWanted(
  tx: Transaction,
  businessId: string,
  resourceIds: readonly string[],
): Promise<string[]> {
  const named = [...new Set(resourceIds)];
  const rows = await tx
    .select({ id: resources.id })
    .from(resources)
    .where(
      and(
        eq(resources.businessId, businessId),
        isNull(resources.archivedAt),
        named.length > 0 ? inArray(resources.id, named) : undefined,
      ),
    )
    .orderBy(asc(resources.id));
  if (rows.length < named.length) throw notFound('resource');
  if (rows.length === 0) throw new Refusal('conflict', 'There is nothing to link yet: add a resource first.');
  return rows.map(({ id }) => id);
}

/** Besides what they are linked to; how they are linked to it already stays, but that it is read. */
async function link(
  tx: Transaction,
  calendar: { businessId: string; calendarId: string; accessRole: string },
  ids: readonly string[],
): Promise<void> {
  const { businessId, calendarId, accessRole } = calendar;
  for (const resourceId of ids) {
    const before = await listLinks(tx, businessId, resourceId);
    const others = before.filter((one) => one.calendarId !== calendarId);
    const there = before.find((one) => one.calendarId === calendarId);
    const free = !others.some((one) => one.writes) && writes(accessRole);
    const one = there ?? { calendarId, writes: free, means: null };
    await setLinks(tx, { businessId, resourceId }, [...others, { ...one, reads: true }]);
  }
}

/** All calendars that are touched, at once and sorted: one resource after the other, two who link would wait for each other. */
async function lockAll(
  tx: Transaction,
  { businessId, calendarId, ids }: { businessId: string; calendarId: string | null; ids: string[] },
): Promise<void> {
  const rows = await tx
    .selectDistinct({ id: links.calendarId })
    .from(links)
    .where(and(eq(links.businessId, businessId), inArray(links.resourceId, ids)));
  await lockPulls(tx, businessId, [...new Set([calendarId ?? [], rows.map(({ id }) => id)].flat())]);
}

const unseen = {
  en: 'None of the connected accounts may see this calendar: share it with one of them, or connect an account that does.',
  nb: 'Ingen av de tilkoblede kontoene får se denne kalenderen: del den med en av dem, eller koble til en konto som ser den.',
};

/** What it takes first, and where that is done. */
async function unseenCard(context: Context, staffer: Staffer, { event }: Asked): Promise<Card> {
  const card = await unlinkedCard(context, staffer, { event, calendar: null });
  if (!card.mayLink) return card;
  return { ...card, mayLink: false, resources: [], words: unseen[staffer.locale], to: 'connect' };
}
