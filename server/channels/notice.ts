// Hears Google's notices: who sends one is proven by the channel's secret, and all it does is owe a reading.
import { timingSafeEqual } from 'node:crypto';
import { eq, sql } from 'drizzle-orm';
import { atMost } from '../at-most.ts';
import { hashOf } from '../auth/keys.ts';
import type { Context } from '../context.ts';
import { channels } from '../database/mirror.ts';
import type { Database } from '../database/open.ts';
import { Refusal } from '../errors.ts';
import { writeLog } from '../log/steps.ts';

/** Google's headers, as they came. @see https://developers.google.com/workspace/calendar/api/guides/push */
export interface Notice {
  channelId?: string;
  token?: string;
  resourceId?: string;
  state?: string;
  number?: string;
}

type Channel = typeof channels.$inferSelect;
/**
 * @throws Refusal not_found for a channel that is not ours, forbidden for one whose secret is not known, busy for a
 * notice that could not be written down: Google sends it again
 */
export type Ear = (notice: Notice) => Promise<void>;

/** How long Google is let wait for its answer, in ms: a notice that waits for a large calendar is taken all the same. */
const patience = 1000;

/**
 * What takes notices in. A calendar that is being written to holds its row; notices of one channel that come meanwhile
 * wait together and are one, so that a burst holds neither connections nor Google.
 */
export function createEar(context: Context): Ear {
  const inHand = new Map<string, { running: Promise<void>; next: Promise<void> | null }>();

  /** Those that come while one is being written down are not sure to be part of it: they are the next. */
  function takeIn(channel: Channel, notice: Notice): Promise<void> {
    // A change is not to be lost in a hello.
    const of = `${channel.id} ${isHello(notice)}`;
    const known = inHand.get(of);
    if (known) {
      const over = known.running.catch(() => undefined);
      known.next ??= over.then(() => takeIn(channel, notice));
      return known.next;
    }
    const running = raise(context, channel, notice)
      .catch((err) => {
        context.log.error({ err, channelId: channel.id }, 'a notice was not taken in');
        throw new Refusal('busy', 'The notice could not be written down: send it again.');
      })
      .finally(() => inHand.delete(of));
    inHand.set(of, { running, next: null });
    return running;
  }

  return async (notice) => {
    const channel = await find(context.db, notice.channelId ?? '');
    if (!channel) throw new Refusal('not_found', 'There is no such channel: stop it.');
    if (!proves(channel, notice)) throw new Refusal('forbidden', 'This is not the secret of the channel.');
    await atMost(patience, takeIn(channel, notice));
  };
}

/** One look by the primary key; none for what cannot be an id of ours. */
async function find(db: Database, id: string): Promise<Channel | undefined> {
  if (!/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(id)) return undefined;
  const [row] = await db.select().from(channels).where(eq(channels.id, id));
  return row;
}

function proves(channel: Channel, { token = '', resourceId }: Notice): boolean {
  const [ours, theirs] = [channel.tokenHash, hashOf(token)].map((hash) => Buffer.from(hash, 'hex'));
  if (!timingSafeEqual(ours!, theirs!)) return false;
  return channel.resourceId === null || channel.resourceId === resourceId;
}

/** It may come before Google has answered us, and proves nothing of changes. */
const isHello = ({ state }: Notice): boolean => state === 'sync';

async function raise(context: Context, channel: Channel, notice: Notice): Promise<void> {
  const { id, businessId, calendarId } = channel;
  const hello = isHello(notice);
  const number = /^\d{1,15}$/.test(notice.number ?? '') ? Number(notice.number) : null;
  const named = /^[\x21-\x7e]{1,200}$/.test(notice.resourceId ?? '') ? (notice.resourceId ?? null) : null;
  // The calendar's row first, as everywhere; the secret has been proven, so Google names what is watched.
  await context.db.execute(sql`
    with heard as (
      update pulls set wanted = wanted + ${hello ? 0 : 1}, noticed_at = ${hello ? sql`noticed_at` : sql`now()`}
        where business_id = ${businessId} and calendar_id = ${calendarId}
        returning business_id, calendar_id
    )
    update channels ch set last_notice_at = now(), resource_id = coalesce(resource_id, ${named}::text),
        last_number = greatest(last_number, ${number}::bigint)
      from heard
      where ch.id = ${id} and ch.business_id = heard.business_id and ch.calendar_id = heard.calendar_id`);
  if (!hello) context.ring();
  const outcome = hello ? 'hello' : 'ok';
  const at = new Date(context.now());
  await writeLog(context.db, [{ businessId, calendarId, kind: 'channel', at, step: 'notice', outcome }]);
}
