// Who acts, on which business's catalogue, when: what every change of a booking is told besides the change itself.
import type { Caller } from '../auth/keys.ts';
import { type Catalogue, catalogueOf } from '../availability/catalogue.ts';
import type { Context } from '../context.ts';
import { Refusal } from '../errors.ts';

export interface By {
  catalogue: Catalogue;
  /** For the audit. */
  actor: string;
  /** May override hours, notice, cut-offs and blocks; never another's allocation. */
  staff: boolean;
  /** ms since 1970 */
  now: number;
  /** Calendars read for this act. Left out: it goes by what was read before. */
  confirmed?: Set<string>;
}

export async function byOf(context: Context, caller: Caller): Promise<By> {
  return {
    catalogue: await catalogueOf(context.db, caller),
    actor: caller.actor,
    staff: caller.scopes.has('staff'),
    now: context.now(),
    confirmed: new Set(),
  };
}

/** @throws Refusal forbidden, when somebody other than staff asks to override */
export function mayOverride(by: By, override: boolean): void {
  if (override && !by.staff)
    throw new Refusal('forbidden', 'override: only staff may; this API key lacks the scope "staff".');
}
