// Google's request quotas: a sliding minute per user and per project, a PATCH counting as three units.
import { Refusal } from './refusal.ts';
import type { Clock } from './world.ts';

export interface Limits {
  /** Units per minute and user. */
  perUser: number;
  /** Units per minute and project (OAuth client). */
  perProject: number;
}

/** google-facts 1.12. */
export const GOOGLE_LIMITS: Limits = { perUser: 600, perProject: 10_000 };

const MINUTE = 60_000;

export class Quota {
  limits: Limits;
  private readonly clock: Clock;
  private readonly used = new Map<string, { at: number; units: number }[]>();

  constructor(clock: Clock, limits: Limits) {
    this.clock = clock;
    this.limits = limits;
  }

  /** Units used in the last minute by a key such as `user anna@… client` or `project client`. */
  spent(key: string): number {
    const recent = (this.used.get(key) ?? []).filter(({ at }) => at > this.clock.now() - MINUTE);
    this.used.set(key, recent);
    return recent.reduce((sum, { units }) => sum + units, 0);
  }

  /** Counts a request, or refuses it with `status` (403 or 429) when a limit is passed. */
  spend(by: { person: string; client: string }, units: number, status: number): void {
    const user = `user ${by.person} ${by.client}`;
    const project = `project ${by.client}`;
    if (this.spent(user) + units > this.limits.perUser)
      throw over(status, 'userRateLimitExceeded', 'User Rate Limit Exceeded');
    if (this.spent(project) + units > this.limits.perProject)
      throw over(status, 'rateLimitExceeded', 'Rate Limit Exceeded');
    for (const key of [user, project]) this.note(key, units);
  }

  clear(): void {
    this.used.clear();
  }

  private note(key: string, units: number): void {
    const entries = this.used.get(key)!;
    // Requests of one tenth of a second are kept together, which bounds the list.
    const at = Math.floor(this.clock.now() / 100) * 100;
    const last = entries.at(-1);
    if (last?.at === at) last.units += units;
    else entries.push({ at, units });
  }
}

function over(code: number, reason: string, message: string): Refusal {
  return new Refusal({
    code,
    domain: 'usageLimits',
    reason,
    message,
    facts: '1.12',
  });
}
