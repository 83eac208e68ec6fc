// Which events a bulk fix, or auto-fix, sets Free: those that block not everybody, as series where that can be said. Pure.
import type { Outcome, Why } from '../../shared/decide.ts';
import type { Span } from '../../shared/time.ts';
import { type Family, judged, type Occurring, occurring } from './derive.ts';
import { covers, type Fix, hindrance, isToBeFree, type KnownMark } from './free.ts';
import type { Judge } from './judge.ts';
import { isRecurring, type Which } from './target.ts';

/** Why an event stays as it is. */
export type Skip =
  | 'out_of_office'
  | 'focus_time'
  | 'working_location'
  | 'birthday'
  | 'free_already'
  | 'set_free_already'
  | 'set_busy'
  | 'undecided'
  | 'blocks_everybody'
  | 'decided'
  | 'not_linked'
  | 'over'
  | 'unknown'
  | 'read_only';

export interface Choosing {
  judge: Judge;
  fixes: readonly Fix[];
  /** What of them was given up may be wished once more; left out: not. */
  marks?: readonly KnownMark[];
  /** From now to as far as series are expanded. */
  window: Span;
  /** Whether those count too of which a person has said whom they block. */
  decided: boolean;
  /** Whether a series may be wished as a whole. */
  whole: boolean;
  /** Only what begins then; null: whenever. */
  begins: Span | null;
  /** Only what these rules spoke of; null: all. */
  ruleIds: ReadonlySet<string> | null;
}

export interface Chosen {
  wishes: Which[];
  /** One for each event, or for a series as a whole. */
  skipped: Skip[];
}

export function choose(family: Family, choosing: Choosing): Chosen {
  const here = standing(family, choosing);
  const all = (here.length > 0 ? here : ahead(family, choosing)).map((one) => ({
    ...one,
    skip: skipOf(one, choosing),
    meant: isMeant(one, choosing),
  }));
  const skipped = all.flatMap(({ skip, meant }) => (skip && meant ? [skip] : []));
  const chosen = all.filter(({ skip, meant }) => meant && !skip);
  const against = all.filter(({ skip, meant }) => !meant || (skip !== null && !isSoAnyway(skip)));
  const uniform = new Set(skipped).size === 1 && chosen.length === 0 && against.every(({ meant }) => meant);
  return {
    wishes: wishesOf(family, chosen, choosing.whole && !choosing.begins && against.length === 0),
    skipped: uniform ? skipped.slice(0, 1) : skipped,
  };
}

/** Those that somebody has named: whomever they block. */
export function chooseNamed(family: Family, choosing: Choosing, named: readonly Which[]): Chosen {
  const all = standing(family, choosing);
  const chosen: Chosen = { wishes: [], skipped: [] };
  for (const which of named) {
    const skips = meantBy(which, all, { family, choosing })
      .map((one) => skipOf(one, choosing))
      .map((skip) => (skip && isSoAnyway(skip) ? skip : null));
    if (skips.includes(null)) chosen.wishes.push(which);
    else chosen.skipped.push(skips[0] ?? 'over');
  }
  return chosen;
}

/** All that it speaks of and is still to come blocks everybody: then nothing calls for it. */
export function isUncalledFor(family: Family, choosing: Looking, which: Which): boolean {
  const { judge } = choosing;
  const meant = meantBy(which, standing(family, choosing), { family, choosing });
  if (meant.length === 0 || judge.linked.length === 0) return false;
  return meant.every(({ outcome }) => blocksEverybody(outcome, judge));
}

type Looking = Pick<Choosing, 'judge' | 'window'>;

/** Of what does not repeat it is known when it is, however far ahead. */
const windowOf = (family: Family, { window }: Looking): Span =>
  isRecurring(family) ? window : { ...window, end: Number.POSITIVE_INFINITY };

const standing = (family: Family, looking: Looking): Occurring[] =>
  occurring(family, looking.judge, windowOf(family, looking)).filter(
    ({ event }) => event.status !== 'cancelled',
  );

/** Of those that stand in the window; if there are none, what stands for those that come later. */
function meantBy(
  which: Which,
  all: readonly Occurring[],
  { family, choosing }: { family: Family; choosing: Looking },
): Occurring[] {
  const here = all.filter(({ original }) => covers(which, original));
  return here.length > 0 ? here : later(family, choosing, which);
}

/** Of a series as a whole, where nothing speaks of only some of it, and no days are asked for. */
const ahead = (family: Family, choosing: Choosing): Occurring[] =>
  choosing.begins || [...family.decisions, ...choosing.fixes].some(({ scope }) => scope !== 'series')
    ? []
    : later(family, choosing, { scope: 'series', from: null });

/** Beyond the window a series is not expanded: it stands for what it has there; or an exception does, for itself. */
function later(
  family: Family,
  { judge, window }: Looking,
  { scope, from }: Pick<Which, 'scope' | 'from'>,
): Occurring[] {
  const { master, exceptions } = family;
  const own = scope === 'event' ? exceptions.find(({ original }) => original === from) : undefined;
  const event = own ?? (master?.recurrence ? master : null);
  if (!event || event.status === 'cancelled') return [];
  const last = scope === 'event' ? (own?.startsAt ?? new Date(from ?? 0)) : event.lastEndsAt;
  if (last && last.getTime() < window.end) return [];
  const outcome = judged(family, judge, { ...event, original: from });
  return [{ event, original: from, start: event.startsAt.getTime(), end: event.endsAt.getTime(), outcome }];
}

const hindering = new Set<Skip>(['set_busy', 'undecided', 'blocks_everybody', 'decided', 'not_linked']);
/** Set Free with its series, nothing becomes of these that they are not already, or can be. */
const isSoAnyway = (skip: Skip): boolean => !hindering.has(skip);

function wishesOf(family: Family, chosen: Occurring[], whole: boolean): Which[] {
  const { id: eventId, master } = family;
  if (chosen.length === 0) return [];
  if (!isRecurring(family)) return [{ eventId, scope: 'event', from: null }];
  if (whole && master) return [{ eventId, scope: 'series', from: null }];
  return chosen.flatMap(({ original }) =>
    original === null ? [] : [{ eventId, scope: 'event' as const, from: original }],
  );
}

function skipOf({ event, original, outcome }: Occurring, choosing: Choosing): Skip | null {
  const { judge, fixes, decided } = choosing;
  const hindered = hindrance(event);
  if (hindered) return hindered as Skip;
  if ((event.freed || isToBeFree(fixes, original)) && !isGivenUp(choosing, { event, original }))
    return 'set_free_already';
  if (fixes.some((fix) => fix.undoneBy === 'google' && covers(fix, original))) return 'set_busy';
  if (judge.linked.length === 0) return 'not_linked';
  if (!decided && isByPerson.has(outcome.why.code)) return 'decided';
  if (outcome.undecided || isAwaited.has(outcome.why.code)) return 'undecided';
  return blocksEverybody(outcome, judge) ? 'blocks_everybody' : null;
}

const isGivenUp = (
  { marks = [] }: Choosing,
  { event, original }: Pick<Occurring, 'event' | 'original'>,
): boolean =>
  marks.some(
    (mark) =>
      mark.diedAt !== null &&
      (mark.eventId === event.eventId || (original !== null && mark.original === original)),
  );

const isByPerson = new Set<string>(['decision', 'declined'] satisfies Why['code'][]);
/** Passed over until somebody answers: what it is to be then nobody knows. */
const isAwaited = new Set<string>(['tentative', 'unanswered'] satisfies Why['code'][]);

/** All places of everybody linked, for all of its time. */
export const blocksEverybody = ({ takes }: Outcome, { linked, places: there }: Judge): boolean =>
  takes.filter(
    ({ resourceId, means, places, startShift, endShift }) =>
      means === 'block' &&
      (places === null || places >= (there.get(resourceId) ?? 1)) &&
      startShift <= 0 &&
      endShift >= 0,
  ).length === linked.length;

function isMeant({ start, outcome: { why } }: Occurring, { begins, ruleIds }: Choosing): boolean {
  if (begins && !(begins.start <= start && start < begins.end)) return false;
  return !ruleIds || (why.code === 'rule' && ruleIds.has(why.id ?? ''));
}
