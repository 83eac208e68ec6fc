// Disconnecting an account: at once on our side, whatever Google says, and finished at Google as soon as that can be.
import { and, count, eq, inArray, isNotNull, isNull, type SQL, sql } from 'drizzle-orm';
import type * as z from 'zod';
import type { Disconnect, DisconnectPlan } from '../../shared/account-api.ts';
import { leave } from '../calendars/leave.ts';
import { pushes } from '../database/ledger.ts';
import { channels, drifts, marks } from '../database/mirror.ts';
import type { Connection, Transaction } from '../database/open.ts';
import { accounts, blocks, calendars, links, openings } from '../database/schema.ts';
import { notFound, Refusal } from '../errors.ts';
import { writeLog } from '../log/steps.ts';
import { itself } from '../sync/drifts.ts';
import { the } from './accounts.ts';

type Plan = z.output<typeof DisconnectPlan>;
type Events = z.output<typeof Disconnect>['events'];
export interface Which {
  businessId: string;
  id: string;
  events: Events;
}

/** What disconnecting it would do: nothing is done. @throws Refusal not_found, wrong_state if it is disconnected */
export async function planDisconnect(db: Connection, which: Which): Promise<Plan> {
  const { businessId, id } = which;
  const [row] = await db.select(standing).from(accounts).where(the(businessId, id));
  const dead = isDead(row);
  return planOf(db, { ...which, dead }, await calendarsOf(db, businessId, id));
}

/**
 * Ends all we do with the account, in one transaction and without Google: that is told by `finishDisconnecting`, when
 * it answers. `events`: ours stay where they are, and nothing more is written to them; or each is owed its removal.
 * @returns what was done, as planDisconnect told
 * @throws Refusal not_found, wrong_state if it is disconnected
 */
export async function disconnect(tx: Transaction, which: Which & { now: number }): Promise<Plan> {
  const { businessId, id, events } = which;
  const [row] = await tx.select(standing).from(accounts).where(the(businessId, id)).for('update');
  const dead = isDead(row);
  const all = await calendarsOf(tx, businessId, id);
  const plan = await planOf(tx, { ...which, dead }, all);
  await tx.update(accounts).set({ state: 'disconnecting' }).where(the(businessId, id));
  const at = new Date(which.now);
  await writeLog(tx, [{ businessId, at, kind: 'account', step: 'disconnect', outcome: events }]);
  // Those left before too: from `left_at` on it is counted how long Google is waited for.
  await leave(tx, { businessId, calendarIds: all.map((one) => one.id), now: new Date(which.now) });
  const theirs = inCalendars(
    pushes,
    businessId,
    all.map((one) => one.id),
  );
  if (events === 'keep')
    await tx
      .update(pushes)
      .set({
        done: sql`${pushes.wanted}`,
        diedAt: null,
        attempts: 0,
        failure: null,
        missingAt: null,
        elsewhere: null,
      })
      .where(and(theirs, sql`(${pushes.done} < ${pushes.wanted} or ${pushes.missingAt} is not null)`));
  else
    await tx
      .update(pushes)
      .set({
        present: false,
        wanted: sql`${pushes.wanted} + 1`,
        dueAt: sql`now()`,
        diedAt: null,
        attempts: 0,
        failure: null,
      })
      // Those that never got an event as well: they must not make one now.
      .where(and(theirs, sql`(${pushes.present} or ${pushes.eventId} is not null)`));
  await closeDrifts(tx, theirs, { businessId, at });
  return plan;
}

/**
 * What people did to our events waits for nobody any more: through this account nothing can be put back, nor seen. After
 * the pushes, as everywhere.
 */
async function closeDrifts(
  tx: Transaction,
  theirs: SQL,
  { businessId, at }: { businessId: string; at: Date },
): Promise<void> {
  const rows = await tx
    .update(drifts)
    .set({ state: 'settled', settledAt: at, settledBy: itself })
    .where(
      and(
        eq(drifts.businessId, businessId),
        eq(drifts.state, 'open'),
        inArray(drifts.pushId, tx.select({ id: pushes.id }).from(pushes).where(theirs)),
      ),
    )
    .returning({ pushId: drifts.pushId, step: drifts.kind });
  await writeLog(
    tx,
    rows.map((row) => ({ ...row, businessId, at, kind: 'drift', outcome: 'settled' })),
  );
}

const standing = { state: accounts.state, failure: accounts.failure };

/** Whether nothing can be done through it at Google any more. @throws Refusal as planDisconnect */
function isDead(row: { state: string; failure: string | null } | undefined): boolean {
  if (!row) throw notFound('account');
  if (row.state === 'disconnected')
    throw new Refusal('wrong_state', 'This account is disconnected already: there is nothing left to do.');
  return row.failure !== null;
}

const calendarsOf = (db: Connection, businessId: string, accountId: string) =>
  db
    .select({ id: calendars.id, leftAt: calendars.leftAt })
    .from(calendars)
    .where(and(eq(calendars.businessId, businessId), eq(calendars.accountId, accountId)));

type InCalendar =
  | typeof pushes
  | typeof marks
  | typeof links
  | typeof channels
  | typeof blocks
  | typeof openings;
const inCalendars = (table: InCalendar, businessId: string, ids: string[]): SQL =>
  and(eq(table.businessId, businessId), inArray(table.calendarId, ids))!;

async function planOf(
  db: Connection,
  { businessId, events, dead }: Which & { dead: boolean },
  all: { id: string; leftAt: Date | null }[],
): Promise<Plan> {
  const ids = all.map(({ id }) => id);
  const many = async (table: InCalendar, more?: SQL) => {
    const [row] = await db
      .select({ count: count() })
      .from(table as typeof pushes)
      .where(and(inCalendars(table, businessId, ids), more));
    return row!.count;
  };
  const ourEvents = await many(pushes, isNotNull(pushes.eventId));
  return {
    calendars: all.filter(({ leftAt }) => leftAt === null).length,
    links: await many(links),
    channels: await many(channels, isNull(channels.stopAt)),
    ourEvents,
    removed: events === 'remove' && !dead ? ourEvents : 0,
    freed: await many(marks, sql`${marks.free} and ${marks.was} is not null`),
    blocks: (await many(blocks)) + (await many(openings)),
  };
}
