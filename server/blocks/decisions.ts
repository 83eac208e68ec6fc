// What people say of one event, of this and those that follow, or of a series: whom it blocks. Said, ended, listed.
import { and, asc, eq, isNotNull, isNull, type SQL, sql } from 'drizzle-orm';
import { v7 as uuid } from 'uuid';
import type * as z from 'zod';
import type {
  DecisionQuery,
  Decision as DecisionSchema,
  NewDecision,
  SettledDecision,
} from '../../shared/calendar-api.ts';
import type { Decision, Share } from '../../shared/decide.ts';
import type { Catalogue } from '../availability/catalogue.ts';
import { lockResources } from '../bookings/locks.ts';
import { decisions } from '../database/mirror.ts';
import type { Connection, Transaction } from '../database/open.ts';
import { calendars } from '../database/schema.ts';
import { notFound, Refusal } from '../errors.ts';
import { asPage } from '../page.ts';
import { noteCollisions } from './collisions.ts';
import type { Family } from './derive.ts';
import { wishFree } from './fix.ts';
import { impactOf } from './impact.ts';
import { lockCalendar } from './lock.ts';
import { oweMark } from './marks.ts';
import { loadFamilies, type Rebuilding, rebuild } from './rebuild.ts';
import { mustBeLinked } from './shares.ts';
import { findTarget } from './target.ts';

export type DecisionRow = typeof decisions.$inferSelect;
type Shown = z.output<typeof DecisionSchema>;
type Settled = z.output<typeof SettledDecision>;

/** Who says so, of which business, when (ms since 1970). */
export interface Saying {
  businessId: string;
  actor: string;
  now: number;
  /** What is offered: starts are counted by it. */
  catalogue: Catalogue;
}

/** What a decision is about: of alike ones, one is in force. */
export type Key = Pick<DecisionRow, 'eventId' | 'scope' | 'from'>;

/**
 * Says whom an event blocks; what was in force of the same key ends. Blocks, the mark owed to the event, the bookings
 * that it hits (told to staff) and, if wished, Free come with it. A dry run tells only what it would do.
 * @throws Refusal not_found (calendar, event, resource), invalid, and what wishFree throws
 */
export async function decideEvent(
  tx: Transaction,
  by: Saying,
  { calendarId, ...wanted }: z.output<typeof NewDecision> & { calendarId: string },
): Promise<Settled> {
  const of = await lockCalendar(tx, { businessId: by.businessId, calendarId, now: by.now });
  const { family, ...key } = await findTarget(tx, of.judge, wanted);
  await mustBeLinked(tx, of.judge, wanted.shares);
  const said: Decision = { id: uuid(), scope: key.scope, from: key.from, shares: wanted.shares };
  const after = decisionsAfter(family, said);
  const impact = await impactOf(tx, of, { family, after, catalogue: by.catalogue });
  if (wanted.dryRun) return { decision: null, impact };
  const row = await putInForce(tx, of, { ...key, id: said.id, shares: wanted.shares, actor: by.actor });
  await settle(tx, of, { ...key, whom: wanted.shares });
  if (wanted.free) await wishFree(tx, { ...by, calendarId, ...key });
  return { decision: show(row), impact };
}

/**
 * Ends it: what held before it was said holds again. A proposed one is turned down, and not proposed again.
 * @throws Refusal not_found, wrong_state if it has ended
 */
export async function endDecision(tx: Transaction, by: Saying, id: string): Promise<Settled> {
  const { row, of, family } = await hold(tx, by, id);
  const after = family.decisions.filter((one) => one.id !== id);
  const impact = await impactOf(tx, of, { family, after, catalogue: by.catalogue });
  const ended = await end(tx, by, { businessId: by.businessId, which: eq(decisions.id, id) });
  // What holds in its place may block any of them.
  await settle(tx, of, { ...row, whom: of.judge.linked.map(({ id }) => ({ resourceId: id })) });
  return { decision: show(ended[0] ?? row), impact };
}

/**
 * Takes a proposed decision over: as said by whoever accepts it, so that the proposal stays what it was.
 * @throws Refusal not_found, wrong_state
 */
export async function acceptDecision(tx: Transaction, by: Saying, id: string): Promise<Settled> {
  const { row, of, family } = await hold(tx, by, id);
  if (!row.proposed)
    throw new Refusal('wrong_state', 'This decision is in force already: there is nothing to accept.');
  const { eventId, scope, from, shares } = row;
  const said: Decision = { id: uuid(), scope, from, shares };
  const after = decisionsAfter(family, said);
  const impact = await impactOf(tx, of, { family, after, catalogue: by.catalogue });
  const made = await putInForce(tx, of, { eventId, scope, from, id: said.id, shares, actor: by.actor });
  await settle(tx, of, { ...row, whom: shares });
  return { decision: show(made), impact };
}

async function hold(tx: Transaction, by: Saying, id: string) {
  const mine = and(eq(decisions.businessId, by.businessId), eq(decisions.id, id));
  const [found] = await tx.select({ calendarId: decisions.calendarId }).from(decisions).where(mine);
  if (!found) throw notFound('decision');
  const { calendarId } = found;
  const of = await lockCalendar(tx, { businessId: by.businessId, calendarId, now: by.now });
  // Looked at again under the lock: another may have ended it meanwhile.
  const [row] = await tx.select().from(decisions).where(mine);
  if (!row || row.endedAt)
    throw new Refusal('wrong_state', 'This decision has ended already: the list of decisions says when.');
  const [family] = await loadFamilies(tx, of.judge, [row.eventId]);
  return { row, of, family: family! };
}

interface Settling extends Key {
  /** Those that it may come to block. */
  whom: readonly Pick<Share, 'resourceId'>[];
}

async function settle(tx: Transaction, of: Rebuilding, { eventId, from, whom }: Settling): Promise<void> {
  const { businessId, calendarId } = of.judge;
  await rebuild(tx, of, [eventId]);
  await oweMark(tx, { businessId, calendarId, eventId, from });
  // Who is booking now has looked at the blocks as they were: one of us has to see the other.
  const ids = whom.map(({ resourceId }) => resourceId);
  if (ids.length > 0) await lockResources(tx, ids);
  await noteCollisions(tx, { judge: of.judge, familyIds: [eventId], now: of.now });
}

type Said = Key & { id: string; shares: Share[]; actor: string };

/** In place of the one of its key, and of those proposed. Whoever calls holds the calendar's lock, and rebuilds. */
export async function putInForce(
  tx: Transaction,
  { judge: { businessId, calendarId }, now }: Pick<Rebuilding, 'judge' | 'now'>,
  said: Said,
): Promise<DecisionRow> {
  const { actor } = said;
  await end(tx, { actor, now }, { businessId, which: and(alikeIn(calendarId, said), notEnded) });
  return insert(tx, { businessId, calendarId, ...said, madeAt: new Date(now) });
}

/** In place of what was proposed of its key before. Under the same lock. */
export async function propose(
  tx: Transaction,
  { judge: { businessId, calendarId }, now }: Pick<Rebuilding, 'judge' | 'now'>,
  said: Said,
): Promise<DecisionRow> {
  const { actor } = said;
  const which = and(alikeIn(calendarId, said), notEnded, eq(decisions.proposed, true));
  await end(tx, { actor, now }, { businessId, which });
  return insert(tx, { businessId, calendarId, ...said, madeAt: new Date(now), proposed: true });
}

async function insert(tx: Transaction, row: typeof decisions.$inferInsert): Promise<DecisionRow> {
  const [made] = await tx.insert(decisions).values(row).returning();
  return made!;
}

/** Under the calendar's lock. */
export const end = (
  tx: Transaction,
  { actor, now }: Pick<Saying, 'actor' | 'now'>,
  { businessId, which }: { businessId: string; which: SQL | undefined },
): Promise<DecisionRow[]> =>
  tx
    .update(decisions)
    .set({ endedAt: new Date(now), endedBy: actor })
    .where(and(eq(decisions.businessId, businessId), which))
    .returning();

export const notEnded = isNull(decisions.endedAt);
export const inForce = and(notEnded, eq(decisions.proposed, false));
const ofCalendar = (calendarId: string) => eq(decisions.calendarId, calendarId);
export const alikeIn = (calendarId: string, { eventId, scope, from }: Key) =>
  and(
    ofCalendar(calendarId),
    eq(decisions.eventId, eventId),
    eq(decisions.scope, scope),
    from === null ? isNull(decisions.from) : eq(decisions.from, from),
  );
/** Those in force once this one is, in place of the one of its key. */
export const decisionsAfter = ({ decisions: now }: Family, said: Decision): Decision[] => [
  ...now.filter((one) => !isAlike(one, said)),
  said,
];
const isAlike = (one: Pick<Key, 'scope' | 'from'>, other: Pick<Key, 'scope' | 'from'>) =>
  one.scope === other.scope && one.from === other.from;

/** In order of being made: the ended ones are their own audit. @throws Refusal not_found */
export async function listDecisions(
  db: Connection,
  businessId: string,
  { calendarId, eventId, ended, cursor, limit }: z.output<typeof DecisionQuery> & { calendarId: string },
) {
  const mine = and(eq(decisions.businessId, businessId), ofCalendar(calendarId));
  const last = cursor ? await positionOf(db, and(mine, eq(decisions.id, cursor))) : undefined;
  const rows = await db
    .select()
    .from(decisions)
    .where(
      and(
        mine,
        eventId === undefined ? undefined : eq(decisions.eventId, eventId),
        ended === undefined ? undefined : ended ? isNotNull(decisions.endedAt) : isNull(decisions.endedAt),
        last,
      ),
    )
    .orderBy(asc(decisions.madeAt), asc(decisions.id))
    .limit(limit + 1);
  if (rows.length === 0) await mustExist(db, businessId, calendarId);
  return asPage(rows.map(show), limit);
}

async function positionOf(db: Connection, which: SQL | undefined): Promise<SQL> {
  const [row] = await db.select().from(decisions).where(which);
  if (!row) throw notFound('decision');
  const at = row.madeAt.toISOString();
  return sql`(${decisions.madeAt}, ${decisions.id}) > (${at}::timestamptz, ${row.id}::uuid)`;
}

async function mustExist(db: Connection, businessId: string, calendarId: string): Promise<void> {
  const rows = await db
    .select({ id: calendars.id })
    .from(calendars)
    .where(and(eq(calendars.businessId, businessId), eq(calendars.id, calendarId)));
  if (rows.length === 0) throw notFound('calendar');
}

export const show = (row: DecisionRow): Shown => ({
  id: row.id,
  calendarId: row.calendarId,
  eventId: row.eventId,
  scope: row.scope,
  from: row.from,
  shares: row.shares,
  actor: row.actor,
  madeAt: row.madeAt.toISOString(),
  endedAt: row.endedAt?.toISOString() ?? null,
  endedBy: row.endedBy,
  proposed: row.proposed,
});
