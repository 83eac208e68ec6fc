// What a booking at one start would take: a session with seats left, or the least loaded free resources.
import { periodAround } from './hours.ts';
import { loadIn } from './load.ts';
import { match } from './match.ts';
import { joinable, type Lane, type Prepared } from './prepare.ts';
import type { Choice, Reason } from './query.ts';
import { type Findings, findingsAt } from './reasons.ts';

/**
 * The choice at a start, null if there is none: exactly where `slots` offers it. The same data always give the
 * same choice: the fullest session that has the seats, else for each group the resources least loaded that day
 * (in each resource's zone), then that week, then first in the group.
 *
 * `override`: staff go ahead against every reason that is `overridable`. As few as can be are overridden, and
 * the choice names them.
 */
export function choose(prepared: Prepared, start: number, { override = false } = {}): Choice | null {
  return choiceFrom(prepared, findingsAt(prepared, start), override);
}

export function choiceFrom(prepared: Prepared, findings: Findings, override: boolean): Choice | null {
  const { start, timing, fresh, lanes } = findings;
  const passable = (reasons: Reason[]) => reasons.every((reason) => override && reason.overridable);
  if (!passable(timing)) return null;
  const [session] = joinable(prepared, start);
  if (session) return { start, end: session.end, session: session.id, resources: [], overrides: timing };
  if (!passable(fresh)) return null;

  const needs = prepared.query.service.groups.map(({ count }, group) => ({
    count,
    costs: new Map(
      (lanes[group] ?? []).flatMap(({ lane, reasons }, position) =>
        passable(reasons) ? [[lane.resource.id, cost(lane, start, reasons.length, position)] as const] : [],
      ),
    ),
  }));
  const matched = match(needs, prepared.wish);
  if (matched === null) return null;
  const taken = lanes.flatMap((ofGroup, group) =>
    ofGroup.filter(({ lane }) => matched[group]?.includes(lane.resource.id)),
  );
  return {
    start,
    end: start + prepared.length,
    session: null,
    resources: taken.map(({ lane: { resource, group, places } }) => ({
      resource: resource.id,
      group,
      places,
    })),
    overrides: [...timing, ...fresh, ...taken.flatMap(({ reasons }) => reasons)],
  };
}

/** One number to compare by: what is overridden first, then the day's load, the week's, and the place in the group. */
function cost(lane: Lane, start: number, overridden: number, position: number): bigint {
  const day = loadIn(lane, periodAround(lane.zone, start, 1));
  const week = loadIn(lane, periodAround(lane.zone, start, 7));
  return [day, week, position].reduce((sum, part) => (sum << 50n) + BigInt(part), BigInt(overridden));
}
