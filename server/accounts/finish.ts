// The end of disconnecting: once nothing is owed to Google through an account, its grant is revoked and its token forgotten.
import { and, eq, sql } from 'drizzle-orm';
import { SealBroken } from '../auth/seal.ts';
import type { Context } from '../context.ts';
import { accounts } from '../database/schema.ts';
import { GoogleError } from '../google/errors.ts';
import { writeLog } from '../log/steps.ts';
import { the, tokenOf } from './accounts.ts';

/** How long Google is waited for: what it did not take by then, it will not. In hours. */
const patience = 24;

type Leaving = {
  business_id: string;
  id: string;
  refresh_token: string;
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
  for (const account of await ready(context)) await finish(context, account);
}

// One that was being made while its calendar was left: nobody else gives it up.
async function giveUpChannels({ db }: Context): Promise<void> {
  await db.execute(sql`
    update channels ch set stop_at = now() from calendars c join accounts a
        on a.business_id = c.business_id and a.id = c.account_id and a.state = 'disconnecting'
      where ch.business_id = c.business_id and ch.calendar_id = c.id and c.left_at is not null and ch.stop_at is null`);
}

async function ready({ db, config, now }: Context): Promise<Leaving[]> {
  const deployment = config.google.clientId ?? '';
  const since = new Date(now() - patience * 3_600_000).toISOString();
  // A grant is of a person and an app: to revoke it ends what other businesses here have of the same two.
  return db.execute<Leaving>(sql`
    with leaving as (
      select a.*, coalesce(g.client_id, ${deployment}) as client_id,
          coalesce((select max(c.left_at) from calendars c where c.business_id = a.business_id and c.account_id = a.id)
            < ${since}::timestamptz, false) as late
        from accounts a left join google_apps g on g.business_id = a.business_id and a.app = 'own'
        where a.state = 'disconnecting'
    )
    select l.business_id, l.id, l.refresh_token, l.late, exists (
        select from accounts o left join google_apps g on g.business_id = o.business_id and o.app = 'own'
          where lower(o.email) = lower(l.email) and o.business_id <> l.business_id
            and o.state in ('connected', 'needs_reconnecting') and coalesce(g.client_id, ${deployment}) = l.client_id
      ) as shared
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
      )
      order by l.business_id, l.id limit 100`);
}

async function finish(context: Context, account: Leaving): Promise<void> {
  const { business_id: businessId, id, refresh_token: refreshToken } = account;
  const outcome = account.shared ? 'shared' : await revoke(context, account);
  const at = new Date(context.now());
  if (outcome === 'later') return;
  const gone = await context.db
    .update(accounts)
    .set({ state: 'disconnected', refreshToken: null, endsAt: null, failure: null })
    // Unless it was connected anew meanwhile.
    .where(
      and(the(businessId, id), eq(accounts.state, 'disconnecting'), eq(accounts.refreshToken, refreshToken)),
    )
    .returning({ id: accounts.id });
  if (gone.length > 0)
    await writeLog(context.db, [{ businessId, at, kind: 'account', step: 'revoke', outcome }]);
}

/** Outside any transaction. @returns what came of it, or `later` */
async function revoke(context: Context, { business_id, id, refresh_token, late }: Leaving): Promise<string> {
  try {
    const key = { businessId: business_id, id, refreshToken: refresh_token, ownApp: null };
    await context.google.revoke(tokenOf(context.seal, key));
    return 'ok';
  } catch (error) {
    // A token that we cannot read any more is as good as forgotten.
    if (error instanceof SealBroken) return 'sealed';
    if (!(error instanceof GoogleError)) throw error;
    const { kind, code } = error;
    const passing = kind === 'again' || kind === 'slow' || kind === 'unreachable';
    return passing && !late ? 'later' : code;
  }
}
