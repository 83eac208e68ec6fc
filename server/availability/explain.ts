// Why a start is offered or not: every reason, from the same findings a choice is made of.
import { choiceFrom } from './choose.ts';
import { match } from './match.ts';
import type { Prepared } from './prepare.ts';
import type { Explanation, Reason } from './query.ts';
import { findingsAt, type Verdict } from './reasons.ts';

/** Everything about any instant, in or out of the query's window, as long as the query's data reach around it. */
export function explain(prepared: Prepared, start: number): Explanation {
  const findings = findingsAt(prepared, start);
  const choice = choiceFrom(prepared, findings, false);
  const override = choice ? null : choiceFrom(prepared, findings, true);
  const { timing, fresh, full, lanes } = findings;
  const found = choice === null ? unmatched(prepared, lanes, override !== null) : [];
  return {
    start,
    offered: choice !== null,
    choice,
    override,
    reasons: [...timing, ...fresh, ...full, ...found, ...lanes.flat().flatMap(({ reasons }) => reasons)],
  };
}

/** Groups with too few resources left; if all have enough by themselves, whether they have together. */
function unmatched(
  { query, wish, strays }: Prepared,
  lanes: readonly Verdict[][],
  overridable: boolean,
): Reason[] {
  const needs = query.service.groups.map(({ count }, group) => {
    const free = (lanes[group] ?? []).filter(({ reasons }) => reasons.length === 0);
    return { count, costs: new Map(free.map(({ lane }) => [lane.resource.id, 0n])) };
  });
  const short = needs.flatMap(({ count, costs }, group): Reason[] =>
    costs.size < count ? [{ code: 'no_match', group, free: costs.size, needed: count, overridable }] : [],
  );
  if (short.length > 0 || match(needs, new Set([...wish].filter((id) => !strays.includes(id))))) return short;
  const free = new Set(needs.flatMap(({ costs }) => [...costs.keys()])).size;
  const needed = needs.reduce((sum, { count }) => sum + count, 0);
  return [{ code: 'no_match', group: null, free, needed, overridable }];
}
