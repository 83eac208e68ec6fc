// Which events are to be Free in Google: wishes, what was taken back of them, and the writes both leave owed. Pure.
import { type Decision, decisionFor } from '../../shared/decide.ts';
import type { Span } from '../../shared/time.ts';
import type { fixes } from '../database/mirror.ts';
import type { OwedMark } from '../jobs/marks.ts';
import { type Event, type Family, occurring } from './derive.ts';
import type { Judge } from './judge.ts';
import { isRecurring } from './target.ts';

/** A wish of one family, in force or undone. */
export type Fix = Pick<
  typeof fixes.$inferSelect,
  'id' | 'eventId' | 'scope' | 'from' | 'madeAt' | 'undoneAt' | 'undoneBy'
>;

/** Whether it speaks of this occurrence; null: of a single event, or the series as a whole. */
export const covers = ({ scope, from }: Pick<Fix, 'scope' | 'from'>, original: string | null): boolean =>
  decisionFor([{ id: '', scope, from, shares: [] } satisfies Decision], original) !== null;

const width = { event: 0, following: 1, series: 2 };

/** Of two that speak of one occurrence: from a later point on is narrower than from an earlier one. */
export const isNarrower = (one: Fix, than: Fix): boolean =>
  one.scope === 'following' && than.scope === 'following'
    ? Date.parse(one.from ?? '') > Date.parse(than.from ?? '')
    : width[one.scope] < width[than.scope];

/** A wish in force holds, unless something narrower was undone since it was made. */
export function isToBeFree(all: readonly Fix[], original: string | null): boolean {
  return all.some(
    (fix) =>
      fix.undoneAt === null &&
      covers(fix, original) &&
      !all.some(
        (one) =>
          one.undoneAt !== null &&
          one.undoneAt >= fix.madeAt &&
          isNarrower(one, fix) &&
          covers(one, original),
      ),
  );
}

/**
 * Of an occurrence: Google's ids look like this. Whoever uses one looks whether the event that it gives is the one that
 * was meant.
 */
export const occurrenceId = (seriesId: string, original: string): string =>
  `${seriesId}_${original.replace(/\.\d+/, '').replace(/[-:]/g, '')}`;

const never = { outOfOffice: 'out_of_office', focusTime: 'focus_time' } as const;
const always = { workingLocation: 'working_location', birthday: 'birthday' } as const;

/** Why an event cannot be set Free, as a code; null: it can. Google refuses the first two, and has the others Free. */
export function hindrance({ type, free }: { type: string; free: boolean }): string | null {
  const types: Record<string, string> = { ...never, ...always };
  return types[type] ?? (free ? 'free_already' : null);
}

/** What its event is owed, or was; and when that was given up. */
export type KnownMark = OwedMark & { diedAt: Date | null };

export interface Standing {
  /** All of the family, undone ones too. */
  fixes: readonly Fix[];
  marks: readonly KnownMark[];
  /** Occurrences outside are not set Free: they will be when they come in. */
  window: Span;
  /** What somebody asks for, Free or not: where that was given up it is owed again. Nobody does: it stays given up. */
  anew?: boolean;
}

/** Occurrences of one series that are set Free one by one in one go: the next go takes more. */
const most = 1000;

/** What is otherwise than it is to be, as far as we know. */
export function owedOf(
  family: Family,
  judge: Judge,
  { fixes: said, marks, window, anew }: Standing,
): OwedMark[] {
  if (said.length === 0) return [];
  const { id, master, exceptions } = family;
  const owed = new Map<string, OwedMark>();
  const known = new Map(marks.map((mark) => [mark.original ?? mark.eventId, mark]));
  const compare = (one: Omit<OwedMark, 'free'>, event: Event, want: { free: boolean; stands: boolean }) => {
    const key = one.original ?? one.eventId;
    const mark = known.get(key) ?? known.get(one.eventId);
    known.delete(mark?.original ?? mark?.eventId ?? key);
    const possible = !want.free || (hindrance(event) === null && event.status !== 'cancelled');
    const again = mark?.diedAt != null && want.free === anew;
    if ((want.free === (mark?.free ?? want.stands) && !again) || !possible) return;
    const eventId = mark?.eventId ?? one.eventId;
    owed.set(eventId, { ...one, eventId, free: want.free });
  };

  const whole = isToBeFree(said, null);
  if (master)
    compare({ eventId: id, seriesId: null, original: null }, master, { free: whole, stands: master.freed });
  const outside = new Set(exceptions);
  for (const { event, original } of isRecurring(family) ? occurring(family, judge, window) : []) {
    if (original === null) continue;
    const own = event !== master;
    outside.delete(event);
    const eventId = own ? event.eventId : occurrenceId(id, original);
    const free = isToBeFree(said, original);
    // One that stands for itself is as it is; any other as its series is going to be.
    const stands = own ? event.freed : whole;
    if (!free || owed.size < most) compare({ eventId, seriesId: id, original }, event, { free, stands });
  }
  // What lies outside can only be set back.
  for (const event of outside) {
    const { eventId, original, freed: stands } = event;
    if (original && !isToBeFree(said, original))
      compare({ eventId, seriesId: id, original }, event, { free: false, stands });
  }
  for (const { eventId, original, free } of known.values())
    if (original && free && !isToBeFree(said, original))
      owed.set(eventId, { eventId, seriesId: id, original, free: false });
  return [...owed.values()];
}
