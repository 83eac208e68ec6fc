// What an event is to be, as the tables say at one moment: Free or not, and which decision its mark is to hold.
import { and, eq, inArray, or } from 'drizzle-orm';
import type { Decision } from '../../shared/decide.ts';
import { readMark } from '../../shared/marks.ts';
import { decisions, marks } from '../database/mirror.ts';
import type { Database, Transaction } from '../database/open.ts';
import type { MarkClaim } from '../jobs/marks.ts';
import type { Was } from './marked.ts';

export interface WantedNow {
  /** Done with this event as it is said here, the mark is done so far. */
  wanted: number;
  free: boolean;
  was: Was | null;
  decision: Decision | null;
}

/** The event as Google has it: what it is an occurrence of, and what its properties hold. */
export interface Bearer {
  eventId: string;
  seriesId: string | null;
  /** Original start; null: a single event, or a series. */
  original: string | null;
  properties: Record<string, string> | undefined;
}

/** In one snapshot. */
export async function readWanted(db: Database, claim: MarkClaim, bearer: Bearer): Promise<WantedNow> {
  return db.transaction(
    async (tx) => {
      const [row] = await tx
        .select({ wanted: marks.wanted, free: marks.free, was: marks.was })
        .from(marks)
        .where(
          and(
            eq(marks.calendarId, claim.calendarId),
            eq(marks.eventId, claim.eventId),
            eq(marks.businessId, claim.businessId),
          ),
        );
      return { ...row!, decision: await decisionOf(tx, claim, bearer) };
    },
    { isolationLevel: 'repeatable read', accessMode: 'read only' },
  );
}

/**
 * The decision that is about just this event, series or occurrence. None in force, what stands in the event stays if
 * it is for others to say what becomes of it: our tables do not know it, it waits for an answer, it came along from
 * another event, or it is the series' own, which its occurrences show as well.
 */
async function decisionOf(
  tx: Transaction,
  { businessId, calendarId }: MarkClaim,
  { eventId, seriesId, original, properties }: Bearer,
): Promise<Decision | null> {
  const there = readMark(properties, businessId)?.decision ?? null;
  const rows = await tx
    .select()
    .from(decisions)
    .where(
      and(
        eq(decisions.businessId, businessId),
        eq(decisions.calendarId, calendarId),
        or(eq(decisions.eventId, seriesId ?? eventId), inArray(decisions.id, there ? [there.id] : [])),
      ),
    );
  const said = rows.filter((row) => row.endedAt === null && !row.proposed && row.from === original);
  const about = (scope: Decision['scope']) => said.filter((row) => row.scope === scope);
  // Single, or a series, it may have been the other when somebody decided: what was said last is about what it is now.
  const [own] =
    original === null
      ? [...about('event'), ...about('series')].sort(lastFirst)
      : [...about('event'), ...about('following')];
  if (own) return { id: own.id, scope: own.scope, from: own.from, shares: own.shares };
  const known = rows.find(({ id }) => id === there?.id);
  const ofSeries = original !== null && there?.scope === 'series';
  const isOpen = known?.proposed && known.endedAt === null;
  const isElsewhere = known && known.eventId !== (seriesId ?? eventId);
  return there && (!known || isOpen || isElsewhere || ofSeries) ? there : null;
}

type Row = Pick<typeof decisions.$inferSelect, 'madeAt' | 'id'>;
const lastFirst = (a: Row, b: Row): number =>
  b.madeAt.getTime() - a.madeAt.getTime() || (a.id < b.id ? 1 : -1);
