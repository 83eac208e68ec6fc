// When to try again what failed. Pure, but for chance.

/**
 * Tries after which what Google answers, or we fail at, is given up: some three days. The first ten take minutes; each of
 * the others waits for a quarter of an hour at most, half of that on average, so eight go in an hour.
 */
export const mostAttempts = 600;
const quick = 10;
/** Tries for which an event that is to go and the one that takes its place wait for each other: two minutes or so. */
export const mostWaits = 8;
const quarter = 15 * 60_000;
const hour = 60 * 60_000;

/**
 * Milliseconds to wait after the given try (1 is the first): anywhere up to min(2^n s, 64 s), as Google asks; once
 * that has not helped, up to a quarter of an hour, so that an outage of hours kills nothing. What Google asks for by
 * Retry-After is waited for in any case, up to an hour.
 * @see https://developers.google.com/workspace/calendar/api/guides/quota
 */
export function delayAfter(attempt: number, retryAfter: number | null, chance = Math.random()): number {
  const most = attempt > quick ? quarter : Math.min(2 ** attempt, 64) * 1000;
  return Math.max(most * chance, Math.min(retryAfter ?? 0, hour)) + 100;
}

/** Milliseconds for a limit that lasts for hours: an hour, give or take a quarter. */
export const longPause = (chance = Math.random()): number => hour * (0.75 + chance / 2);
