// What a reading of a calendar tells of our own events, wherever they stand now; and what a push finds of its own.
import { and, eq, isNotNull, sql } from 'drizzle-orm';
import { lookBack } from '../blocks/reflect.ts';
import { commit } from '../commit.ts';
import type { Context } from '../context.ts';
import { pushes } from '../database/ledger.ts';
import type { Transaction } from '../database/open.ts';
import { calendars } from '../database/schema.ts';
import type { GoogleEvent } from '../google/client.ts';
import { kindsOf, type Sight, sightOf, tookAway } from './drift.ts';
import { close, inGoogle, openDrifts, oweLook, type Push, pushesWhere, type Scene } from './drifts.ts';
import { face, type Verdict } from './face.ts';

export interface Hearing {
  context: Pick<Context, 'now'>;
  businessId: string;
  calendarId: string;
  /** When the reading began, ms since 1970. */
  now: number;
  /** Everything there is was read: what is not among it is gone. */
  complete?: boolean;
}

/** What was read this long (ms) after our own writing, or before, may be older than it: Google answers are not in order. */
const margin = 10_000;

/**
 * Meets events whose ids stand in pushes: deleted ones too. What cannot be told now from what a push is just doing is
 * left to that push, which looks again (meetInHand). In the transaction that keeps the reading.
 * @throws Again
 */
export async function meetOurs(tx: Transaction, hearing: Hearing, ours: GoogleEvent[]): Promise<void> {
  const { businessId, calendarId } = hearing;
  const scene: Scene = { businessId, now: hearing.context.now(), lease: null };
  const ids = ours.map(({ id }) => id ?? '');
  const known =
    ids.length === 0
      ? []
      : await pushesWhere(tx, businessId, sql`${pushes.eventId} = any(${sql.param(ids)}::text[])`);
  const byEvent = new Map<string | null, Push[]>();
  for (const push of known) byEvent.set(push.eventId, [...(byEvent.get(push.eventId) ?? []), push]);
  for (const event of ours) {
    const all = byEvent.get(event.id ?? '') ?? [];
    const here = all.find((push) => push.calendarId === calendarId);
    const sight = sightOf(event, calendarId);
    if (here) await seeHere(tx, { hearing, scene }, here, sight);
    // Nothing is to stand here any more: whoever has fetched it from here may have lost it to here again, if not to us.
    const others = here ? all.filter((push) => push !== here && !tookAway(push)) : all;
    if (!here || (!here.present && sight.shown))
      await seeElsewhere(tx, { hearing, scene }, others, { event, sight });
  }
  await meetMissing(tx, scene);
  if (hearing.complete) await lookForAbsent(tx, hearing, ids);
}

interface Ear {
  hearing: Hearing;
  scene: Scene;
}

async function seeHere(tx: Transaction, { hearing, scene }: Ear, push: Push, sight: Sight): Promise<void> {
  const noted = push.missingAt !== null || push.elsewhere !== null;
  if (!noted && push.etag !== null && sight.etag === push.etag) return;
  // Whoever has it in hand has not said yet what was written: a person may have changed that already.
  if (push.leased && (push.present || sight.shown)) return oweLook(tx, scene.businessId, { id: push.id });
  if (!noted && !push.drifting && kindsOf(sight, push).length === 0) return;
  if (inFlux(push, hearing)) return oweLook(tx, scene.businessId, { id: push.id });
  await face(tx, scene, push, sight);
}

/** A guest's copy bears the same id; but its organizer is the calendar of the original. */
async function seeElsewhere(
  tx: Transaction,
  { hearing, scene }: Ear,
  all: Push[],
  { event, sight }: { event: GoogleEvent; sight: Sight },
): Promise<void> {
  const { businessId, calendarId } = hearing;
  const push = all.find(({ present }) => present) ?? all[0];
  if (!push) return;
  if (!sight.shown) return leftAgain(tx, scene, push, calendarId);
  const [calendar] = await tx
    .select({ googleId: calendars.googleId })
    .from(calendars)
    .where(and(eq(calendars.businessId, businessId), eq(calendars.id, calendarId)));
  if (event.organizer?.email?.toLowerCase() !== calendar?.googleId.toLowerCase()) return;
  // Given up, it is not looked at now; tried again, it has to know: Google will not tell of it a second time. So has each
  // that had the event, for the one may make another in its place.
  const later = push.diedAt !== null || inFlux(push, hearing);
  if (later) {
    for (const { id } of all) await oweLook(tx, businessId, { id, elsewhere: calendarId });
    return;
  }
  await face(tx, scene, push, sight);
}

/** It was seen in this calendar, and is not here any more: where it is now has to be found out anew. */
async function leftAgain(tx: Transaction, scene: Scene, push: Push, calendarId: string): Promise<void> {
  const open = push.drifting ? await openDrifts(tx, scene.businessId, push.id) : [];
  const here = open.find(({ kind, found }) => kind === 'left' && found.calendarId === calendarId);
  if (here) await close(tx, scene, push, here, inGoogle);
  if (!here && push.elsewhere !== calendarId) return;
  await tx
    .update(pushes)
    // Another calendar may have told by now that it is there.
    .set({ elsewhere: push.elsewhere === calendarId ? null : push.elsewhere, missingAt: null })
    .where(and(eq(pushes.businessId, scene.businessId), eq(pushes.id, push.id)));
  await oweLook(tx, scene.businessId, { id: push.id });
}

/** Whether what was read may be older than what we know: a push has the event in hand, or had since. */
const inFlux = ({ leased, writtenAt }: Push, { now }: Hearing): boolean =>
  leased || (writtenAt !== null && writtenAt.getTime() > now - margin);

/** Those found deleted before: this may have been the last calendar they could have been moved to. */
async function meetMissing(tx: Transaction, scene: Scene): Promise<void> {
  const missing = await pushesWhere(tx, scene.businessId, isNotNull(pushes.missingAt));
  for (const push of missing) if (!push.leased) await face(tx, scene, push, sightOf(null, push.calendarId));
}

/** A tombstone may be forgotten by Google before we hear of it: what should be here and is not, is looked for. */
async function lookForAbsent(
  tx: Transaction,
  { businessId, calendarId, now }: Hearing,
  ids: string[],
): Promise<void> {
  const [from, before] = [now - lookBack, now - margin].map((at) => new Date(at).toISOString());
  await tx.execute(sql`
    update pushes set wanted = wanted + 1, due_at = now()
      where business_id = ${businessId} and calendar_id = ${calendarId} and present and etag is not null
        and died_at is null and done >= wanted and written_at < ${before}::timestamptz
        and (written->>'end')::timestamptz > ${from}::timestamptz
        and not (event_id = any(${sql.param(ids)}::text[]))`);
}

/** A push has looked at its event itself: nothing newer is to be had. @throws LeaseLost */
export async function meetInHand(
  context: Context,
  of: { businessId: string; pushId: string; lease: string },
  sight: Sight,
): Promise<{ verdict: Verdict; push: Push }> {
  const { businessId, pushId, lease } = of;
  return commit(context, async (tx) => {
    const [push] = await pushesWhere(tx, businessId, eq(pushes.id, pushId));
    if (!push) throw new Error(`No push ${pushId}`);
    const verdict = await face(tx, { businessId, now: context.now(), lease }, push, sight);
    return { verdict, push };
  });
}
