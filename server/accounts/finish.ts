// The end of disconnecting: once nothing is owed to Google through an account, its grant is revoked and its token forgotten.
import { and, eq, sql } from 'drizzle-orm';
import { commit } from '../commit.ts';
import type { Context } from '../context.ts';
import type { Transaction } from '../database/open.ts';
import { accounts } from '../database/schema.ts';
import { Refusal } from '../errors.ts';
import { tell } from '../log/messages.ts';
import { writeLog } from '../log/steps.ts';
import { askAs, the } from './accounts.ts';
import { endGrant, isShared } from './grants.ts';

/** How long Google is waited for: what it did not take by then, it will not. In hours. */
const patience = 24;

interface Which {
  businessId: string;
  id: string;
}

type Leaving = {
  email: string;
  client_id: string;
  refresh_token: string;
  connected_at: string;
  /** Whether anybody else's connection would end with this one's grant. */
  shared: boolean;
  late: boolean;
};

/**
 * The tick. Of the accounts being disconnected, those whose channels are stopped and whose events are removed (or
 * cannot be any more: the token is dead, a push died, a day went by) are revoked and done with. Safe twice; what Google
 * does not answer is tried again with the next tick.
 */
export async function finishDisconnecting(context: Context): Promise<void> {
  await giveUpChannels(context);
  const rows = await context.db
    .select({ businessId: accounts.businessId, id: accounts.id })
    .from(accounts)
    .where(eq(accounts.state, 'disconnecting'))
    .orderBy(accounts.businessId, accounts.id);
  for (const which of rows) await finish(context, which);
}

// One that was being made while its calendar was left: nobody else gives it up.
async function giveUpChannels({ db }: Context): Promise<void> {
  await db.execute(sql`
    update channels ch set stop_at = now() from calendars c join accounts a
        on a.business_id = c.business_id and a.id = c.account_id and a.state = 'disconnecting'
      where ch.business_id = c.business_id and ch.calendar_id = c.id and c.left_at is not null and ch.stop_at is null`);
}

/** The account, if it is ready: asked right before, since those ahead of it may have taken Google minutes. */
async function ready({ db, config, now }: Context, { businessId, id }: Which): Promise<Leaving | undefined> {
  const deployment = config.google.clientId ?? '';
  const since = new Date(now() - patience * 3_600_000).toISOString();
  const grant = { businessId: sql`l.business_id`, email: sql`l.email`, clientId: sql`l.client_id` };
  const rows = await db.execute<Leaving>(sql`
    with leaving as (
      select a.*, coalesce(g.client_id, ${deployment}) as client_id,
          coalesce((select max(c.left_at) from calendars c where c.business_id = a.business_id and c.account_id = a.id)
            < ${since}::timestamptz, false) as late
        from accounts a left join google_apps g on g.business_id = a.business_id and a.app = 'own'
        where a.business_id = ${businessId} and a.id = ${id} and a.state = 'disconnecting'
    )
    select l.email, l.client_id, l.refresh_token, to_json(l.connected_at) #>> '{}' as connected_at, l.late,
        ${isShared(deployment, grant)} as shared
      from leaving l
      where l.late or l.failure is not null or (
        not exists (
          select from channels ch join calendars c on c.business_id = ch.business_id and c.id = ch.calendar_id
            where c.business_id = l.business_id and c.account_id = l.id
        ) and not exists (
          select from pushes p join calendars c on c.business_id = p.business_id and c.id = p.calendar_id
            where c.business_id = l.business_id and c.account_id = l.id
              and not p.present and p.done < p.wanted and p.died_at is null
        )
      )`);
  return rows[0];
}

async function finish(context: Context, which: Which): Promise<void> {
  const account = await ready(context, which);
  if (!account) return;
  const { email, client_id: clientId, refresh_token: refreshToken } = account;
  const shared = { outcome: 'shared', passing: false };
  const { outcome, passing } = account.shared
    ? shared
    : await endGrant(context, { ...which, email, clientId, refreshToken });
  if (passing && !account.late) return;
  const gone = await commit(context, async (tx) => {
    const rows = await tx
      .update(accounts)
      .set({ state: 'disconnected', refreshToken: null, endsAt: null, failure: null })
      // Unless it was connected anew meanwhile.
      .where(
        and(
          the(which.businessId, which.id),
          eq(accounts.state, 'disconnecting'),
          eq(accounts.refreshToken, refreshToken),
        ),
      )
      .returning({ id: accounts.id });
    if (rows.length > 0) await done(tx, context, { ...which, outcome, connectedAt: account.connected_at });
    return rows.length > 0;
  });
  if (!gone && outcome === 'ok') await lookAgain(context, which);
}

async function done(
  tx: Transaction,
  context: Context,
  { businessId, id, outcome, connectedAt }: Which & { outcome: string; connectedAt: string },
): Promise<void> {
  const at = new Date(context.now());
  await writeLog(tx, [{ businessId, at, kind: 'account', step: 'revoke', outcome }]);
  const [left] = await tx.execute<{ count: number }>(sql`
    select count(*)::int as count from pushes p
      join calendars c on c.business_id = p.business_id and c.id = p.calendar_id
      where c.business_id = ${businessId} and c.account_id = ${id} and p.event_id is not null
        and not p.present and p.done < p.wanted`);
  const count = left?.count ?? 0;
  if (count === 0) return;
  const about = `${id}/${connectedAt}`;
  await tell(tx, [
    { businessId, to: 'admin', kind: 'events_left', about, at, accountId: id, details: { count } },
  ]);
}

/**
 * Google ends all that a person gave the app, so also what they gave it anew while it was being told: better found out
 * now, while they are still there, than by the next booking.
 */
async function lookAgain(context: Context, { businessId, id: accountId }: Which): Promise<void> {
  try {
    await askAs(context, { businessId, accountId }, (google) => google.getCalendar('primary'));
  } catch (error) {
    // That the grant is dead has been kept. Anything else is found out by whoever asks next.
    if (!(error instanceof Refusal)) throw error;
  }
}
