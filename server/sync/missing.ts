// Deleted, or moved to another calendar? Google says the same of both, until the other calendar has been read too.
import { and, eq, inArray, isNull, ne } from 'drizzle-orm';
import { writes } from '../calendars/roles.ts';
import { pulls } from '../database/mirror.ts';
import type { Transaction } from '../database/open.ts';
import { accounts, calendars } from '../database/schema.ts';
import { owePulls } from '../jobs/pulls.ts';
import { kindsOf, type Sight } from './drift.ts';
import { alter, type DriftRow, type Push, type Scene } from './drifts.ts';

/** Milliseconds: a calendar that is not read by then, or has failed for so long, is not waited for. */
const patience = 60_000;
/** Milliseconds: other calendars that are to be read are, by then, as a rule. */
export const soon = 3000;
/**
 * Milliseconds, with some to spare, in which Google offers whoever deletes an event to undo that: the event would come
 * back, and a booking that was cancelled with it would not.
 */
const grace = 30_000;

interface Missing {
  sight: Sight;
  open: DriftRow[];
  /** The business has bookings cancelled with their events. */
  follows: boolean;
}

/**
 * A tombstone is a deletion only if the event does not turn up in a calendar read since. Whoever reads that calendar
 * tells (meet.ts); until then the push is noted as missing, and nothing is done. Nor is it as long as it may be undone,
 * where the booking would follow.
 * @returns what was seen, and where; `sure`: no calendar was left unread; `wait`: in ms
 */
export async function lookElsewhere(
  tx: Transaction,
  scene: Scene,
  push: Push,
  { sight, open, follows }: Missing,
): Promise<{ sight: Sight; sure: boolean } | { wait: number }> {
  if (!kindsOf(sight, push).includes('deleted')) return { sight, sure: true };
  const there = open.find(({ kind }) => kind === 'left')?.found.calendarId ?? push.elsewhere;
  if (there) return { sight: { ...sight, calendarId: there }, sure: true };
  if (open.some(({ kind }) => kind === 'deleted')) return { sight, sure: true };
  const known = await waitFor(tx, scene, push);
  if (known === 'unsure') return { sight, sure: false };
  const wait = follows ? await undoable(tx, scene, push) : 0;
  if (known === 'wait') return { wait: soon };
  return wait > 0 ? { wait } : { sight, sure: true };
}

/**
 * For how many ms more it may be undone; the push is due then. Only who has that in hand, and so has just looked, says
 * that it was not: by a reading, it may be back where nobody has read since.
 */
async function undoable(tx: Transaction, scene: Scene, push: Push): Promise<number> {
  const { now, lease } = scene;
  const missingAt = push.missingAt ?? new Date(now);
  const left = Math.max(missingAt.getTime() + grace - now, 0);
  if (lease !== null && left === 0) return 0;
  await alter(tx, scene, push, { missingAt, owed: lease === null, after: left });
  return left || soon;
}

/**
 * Whether the calendars it could have been moved to have been read since it was found missing. If nobody had found that
 * before, it is noted, and they are to be read.
 */
export async function waitFor(
  tx: Transaction,
  scene: Scene,
  push: Push,
): Promise<'sure' | 'unsure' | 'wait'> {
  const { businessId, now } = scene;
  const others = await readable(tx, businessId, push.calendarId);
  const since = push.missingAt?.getTime() ?? Number.POSITIVE_INFINITY;
  const unread = others.filter(({ readAt }) => readAt === null || readAt.getTime() <= since);
  if (unread.length === 0) return 'sure';
  if (unread.every(({ failedAt }) => failedAt && now - failedAt.getTime() > patience)) return 'unsure';
  if (push.missingAt) return now - since > patience ? 'unsure' : 'wait';
  // Before the push: whoever reads those calendars holds their pulls, and asks for pushes then.
  await owePulls(
    tx,
    businessId,
    unread.map(({ id }) => id),
  );
  await alter(tx, scene, push, { missingAt: new Date(now) });
  return 'wait';
}

/** Other calendars a person could have moved it to: those that we read, once for the first time or not, and may be written to. */
async function readable(tx: Transaction, businessId: string, besides: string) {
  const rows = await tx
    .select({
      id: calendars.id,
      accessRole: calendars.accessRole,
      readAt: pulls.readAt,
      failedAt: pulls.failedAt,
    })
    .from(calendars)
    .innerJoin(pulls, and(eq(pulls.businessId, calendars.businessId), eq(pulls.calendarId, calendars.id)))
    .innerJoin(
      accounts,
      and(eq(accounts.businessId, calendars.businessId), eq(accounts.id, calendars.accountId)),
    )
    .where(
      and(
        eq(calendars.businessId, businessId),
        ne(calendars.id, besides),
        isNull(calendars.leftAt),
        inArray(accounts.state, ['connected']),
      ),
    )
    .orderBy(calendars.id);
  return rows.filter(({ accessRole }) => writes(accessRole));
}
