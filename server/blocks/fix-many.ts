// Setting many events Free at once: counted first, then wished and owed in one transaction.
import { sql } from 'drizzle-orm';
import { v7 as uuid } from 'uuid';
import type * as z from 'zod';
import type { FixWish } from '../../shared/calendar-api.ts';
import { dayOf, type Span, zone as zoneNamed } from '../../shared/time.ts';
import { runs } from '../database/mirror.ts';
import type { Transaction } from '../database/open.ts';
import { Refusal } from '../errors.ts';
import { type OwedMark, oweMarks } from '../jobs/marks.ts';
import { type Choosing, type Chosen, choose, chooseNamed, type Skip } from './choose.ts';
import { addWishes } from './fix.ts';
import { type Fix, owedOf } from './free.ts';
import type { Judge } from './judge.ts';
import { lockCalendar } from './lock.ts';
import { mayWrite, readStandings, type Standing } from './marks.ts';
import type { Rebuilding } from './rebuild.ts';
import { type Acting, type RunShape, show } from './runs.ts';
import { findTarget, type Which } from './target.ts';

type Wanted = z.output<typeof FixWish>;

/** Families in memory at once. */
const slice = 500;

/**
 * Sets the given events Free, or all upcoming ones that block not everybody and match; a dry run only counts.
 * @throws Refusal not_found (calendar), invalid
 */
export async function startFix(
  tx: Transaction,
  by: Acting,
  { calendarId, ...wanted }: Wanted & { calendarId: string },
): Promise<RunShape> {
  const of = await lockCalendar(tx, { businessId: by.businessId, calendarId, now: by.now });
  const runId = uuid();
  const skipped = new Map<Skip, number>();
  const skip = (reasons: readonly Skip[]) => {
    for (const reason of reasons) skipped.set(reason, (skipped.get(reason) ?? 0) + 1);
  };
  const able = await mayWrite(tx, of.judge);
  const named = wanted.events && (await targets(tx, of.judge, wanted.events));
  skip(named?.unknown ?? []);
  const ids = named ? [...named.byFamily.keys()] : await upcoming(tx, of);
  let total = 0;
  for (let i = 0; i < ids.length; i += slice) {
    const wishes: Which[] = [];
    const owed: OwedMark[] = [];
    for (const standing of await readStandings(tx, of.judge, ids.slice(i, i + slice))) {
      const wish = { named: named?.byFamily.get(standing.family.id), match: wanted.match, able };
      const chosen = choice(standing, of, wish);
      skip(chosen.skipped);
      wishes.push(...chosen.wishes);
      owed.push(...owedAfter(standing, of, chosen.wishes));
    }
    total += owed.length;
    if (wanted.dryRun) continue;
    await addWishes(tx, of, wishes, { actor: by.actor, runId });
    await oweMarks(tx, { businessId: by.businessId, calendarId, runId }, owed);
  }
  const run = { businessId: by.businessId, id: runId, calendarId, kind: 'fix' as const, total };
  const reasons = [...skipped].map(([reason, count]) => ({ reason, count }));
  const row = { ...run, skipped: reasons, actor: by.actor, at: new Date(by.now), undoneAt: null };
  if (wanted.dryRun) return { ...show(row, { pending: 0, failed: 0 }), id: null, done: 0, state: 'dry' };
  await tx.insert(runs).values(row);
  return show(row, { pending: total, failed: 0 });
}

interface Wish {
  named: Which[] | undefined;
  match: Wanted['match'];
  able: boolean;
}

function choice(
  { family, fixes, marks }: Standing,
  { judge, now, until }: Rebuilding,
  { named, match, able }: Wish,
): Chosen {
  if (!able) return { wishes: [], skipped: (named ?? [null]).map(() => 'read_only') };
  const choosing: Choosing = {
    judge,
    fixes,
    marks,
    window: { start: now, end: until },
    decided: true,
    whole: true,
    begins: beginning(judge, match),
    ruleIds: match?.ruleIds ? new Set(match.ruleIds) : null,
  };
  return named ? chooseNamed(family, choosing, named) : choose(family, choosing);
}

/** Whole days of the calendar's zone, the last included. */
function beginning({ zone }: Judge, match: Wanted['match']): Span | null {
  if (!match?.from && !match?.to) return null;
  const midnight = (day: number) => zoneNamed(zone).startOf(day);
  return {
    start: match.from ? midnight(dayOf(match.from)) : Number.NEGATIVE_INFINITY,
    end: match.to ? midnight(dayOf(match.to) + 1) : Number.POSITIVE_INFINITY,
  };
}

/** What these wishes add to what is owed. */
function owedAfter({ family, fixes, marks }: Standing, of: Rebuilding, wishes: readonly Which[]): OwedMark[] {
  if (wishes.length === 0) return [];
  const [madeAt, undoneAt, undoneBy] = [new Date(of.now), null, null];
  const wished = wishes.map((wish): Fix => ({ ...wish, id: '', madeAt, undoneAt, undoneBy }));
  const window = { start: of.now, end: of.until };
  return owedOf(family, of.judge, { fixes: [...fixes, ...wished], marks, window, anew: true });
}

/** By the family that each is of. @throws Refusal invalid */
async function targets(tx: Transaction, judge: Judge, named: readonly Which[]) {
  const byFamily = new Map<string, Which[]>();
  const unknown: Skip[] = [];
  for (const one of named) {
    try {
      const { eventId, scope, from } = await findTarget(tx, judge, one);
      byFamily.set(eventId, [...(byFamily.get(eventId) ?? []), { eventId, scope, from }]);
    } catch (error) {
      if (!(error instanceof Refusal) || error.code !== 'not_found') throw error;
      unknown.push('unknown');
    }
  }
  return { byFamily, unknown };
}

async function upcoming(tx: Transaction, { judge, now }: Rebuilding): Promise<string[]> {
  const rows = await tx.execute<{ id: string }>(sql`
    select distinct coalesce(series_id, event_id) as id from events
      where business_id = ${judge.businessId} and calendar_id = ${judge.calendarId} and status <> 'cancelled'
        and (last_ends_at is null or last_ends_at > ${new Date(now).toISOString()}::timestamptz)
      order by id`);
  return rows.map(({ id }) => id);
}
