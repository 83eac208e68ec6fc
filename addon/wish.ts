// What a button of the event's card asks for, with what is ticked on the card: whom it blocks, for which events, and whether it is set Free.
import type { Share } from '../shared/decide.ts';
import type { OpenEvent } from '../shared/sidebar-api.ts';
import { Failure } from './backend.ts';
import { GOOGLE, RESOURCES, SCOPE } from './cards/block.ts';
import { LINKED, UNDECIDED } from './cards/unlinked.ts';
import type { Env } from './env.ts';

type Scope = 'event' | 'following' | 'series';
type Undecided = 'everybody' | 'nobody' | 'creator' | 'ask';

/** As the buttons carry it; what is left out is read from the card. */
export interface Carries {
  event: OpenEvent;
  shares?: Share[];
  /** Of the check boxes: who could be ticked, and how much of those is taken who are. */
  resources?: string[];
  takes?: Share[];
  /** Who is taken now. */
  taken?: string[];
  scope?: Scope;
  free?: boolean;
  dryRun?: boolean;
  /** Its cost was shown already. */
  sure?: boolean;
}

export interface Wish {
  event: OpenEvent;
  scope: Scope;
  shares: Share[];
  free: boolean;
  dryRun: boolean;
}

/** What takes somebody besides those whom the event takes now shows its cost before it is done. */
export function wishOf(env: Env, carries: Carries): Wish {
  const { event, taken, sure = false, dryRun = false, resources } = carries;
  const shares = carries.shares ?? ticked(env, carries);
  const more = taken !== undefined && shares.some(({ resourceId }) => !taken.includes(resourceId));
  // What blocks everybody is Busy to everybody: there is nothing to correct in Google.
  // What other events of the series take is not on the card.
  const scope = carries.scope ?? (env.inputs.text(SCOPE) as Scope | undefined) ?? 'event';
  const wider = scope !== 'event' && shares.length > 0;
  const all = resources !== undefined && shares.length >= resources.length;
  return {
    event,
    scope,
    shares,
    free: carries.free ?? (!all && env.inputs.text(GOOGLE) === 'free'),
    dryRun: dryRun || ((more || wider) && !sure),
  };
}

function ticked(env: Env, { resources = [], takes = [] }: Carries): Share[] {
  return chosen(env, RESOURCES, resources).map(
    (resourceId) =>
      takes.find((take) => take.resourceId === resourceId) ?? {
        resourceId,
        places: null,
        startShift: 0,
        endShift: 0,
        means: null,
      },
  );
}

/** Check boxes come in several widgets, numbered; no more of them than there are resources. */
const chosen = (env: Env, field: string, resources: readonly string[]): string[] =>
  resources.flatMap((_, n) => env.inputs.all(field + n));

/** @throws Failure refused, if nobody is ticked: to the server that would be everybody */
export function linkOf(env: Env, { event, resources = [] }: Carries) {
  const resourceIds = chosen(env, LINKED, resources);
  if (resourceIds.length === 0) throw new Failure('refused', env.t.tickSomebody, env.t.crashNext);
  return { event, resourceIds, undecided: (env.inputs.text(UNDECIDED) as Undecided | undefined) ?? 'ask' };
}
