// What can go wrong between us and Google, sorted once into a short list of things to do about it.

/**
 * What to do about a failure:
 * - `again`: Google's trouble, try later with backoff
 * - `slow`: we ask too fast, try later and leave the account alone until then
 * - `pause`: a limit that lasts for hours, or a mistake in how the account or client is set up
 * - `reconnect`: the grant is dead, a person has to connect the account again
 * - `refused`: this request will never be granted
 * - `gone`: there is no such thing, or no access to it
 * - `exists`: the id is taken, by a deleted event too
 * - `changed`: it is no longer as we last saw it
 * - `resync`: the bookmark is too old, read everything again
 * - `unreachable`: no answer that we understand, so it may have been done or not
 */
export type FailureKind =
  | 'again'
  | 'slow'
  | 'pause'
  | 'reconnect'
  | 'refused'
  | 'gone'
  | 'exists'
  | 'changed'
  | 'resync'
  | 'unreachable';

/** A failed call. Its message holds nothing that Google said: texts may carry names and addresses. */
export class GoogleError extends Error {
  readonly kind: FailureKind;
  /** Google's reason, such as `rateLimitExceeded`, or the system's error code. */
  readonly code: string;
  /** The HTTP status, where there was an answer. */
  readonly status: number | null;
  /** How long Google asked us to wait, in milliseconds. */
  readonly retryAfter: number | null;

  constructor(kind: FailureKind, code: string, answer: { status?: number; retryAfter?: number | null } = {}) {
    super(`Google: ${code}`);
    this.name = 'GoogleError';
    this.kind = kind;
    this.code = code;
    this.status = answer.status ?? null;
    this.retryAfter = answer.retryAfter ?? null;
  }
}

/** Codes for a calendar that is not there for who asks. */
export const unseen: ReadonlySet<string> = new Set(['notFound', 'http_404', 'deleted', 'http_410']);

/** Codes for what who asks may not see or do: shared again, with more rights or connected for more, they may. */
export const lacksAccess: ReadonlySet<string> = new Set([
  ...unseen,
  'requiredAccessLevel',
  'insufficientPermissions',
  'ACCESS_TOKEN_SCOPE_INSUFFICIENT',
  'forbidden',
  'http_403',
]);

const tooFast = new Set(['rateLimitExceeded', 'userRateLimitExceeded', 'RATE_LIMIT_EXCEEDED']);
const forHours = new Set(['quotaExceeded', 'dailyLimitExceeded', 'accessNotConfigured', 'SERVICE_DISABLED']);
const overQuota = new Set(['quotaExceeded', 'dailyLimitExceeded']);

/** Of `pause`: whether only time mends it. All others are mended by a person, who then wants to see that it is. */
export const onlyTimeMends = (code: string): boolean => overQuota.has(code);
const tooOld = new Set(['fullSyncRequired', 'updatedMinTooLongAgo']);

/**
 * Sorts an answer of the Calendar API by status and reason.
 * @see https://developers.google.com/workspace/calendar/api/guides/errors
 */
export function kindOf(status: number, reason: string): FailureKind {
  if (forHours.has(reason)) return 'pause';
  if (tooFast.has(reason) || status === 429) return 'slow';
  if (status >= 500 || status === 408) return 'again';
  switch (status) {
    case 401:
      return 'reconnect';
    case 404:
      return 'gone';
    case 409:
      return reason === 'duplicate' ? 'exists' : 'changed';
    case 410:
      return tooOld.has(reason) ? 'resync' : 'gone';
    case 412:
      return 'changed';
    default:
      return 'refused';
  }
}

/** Sorts an answer of the token endpoint (RFC 6749, 5.2). Only `invalid_grant` means that the grant is dead. */
export function kindOfGrant(status: number, code: string): FailureKind {
  if (code === 'invalid_grant') return 'reconnect';
  if (status === 429) return 'slow';
  return status >= 500 || status === 408 ? 'again' : 'pause';
}

/** A Retry-After header (RFC 9110, 10.2.3: seconds or a date) in milliseconds; null if there is none to go by. */
export function retryAfter(header: string | null | undefined, now: number): number | null {
  if (!header) return null;
  const wait = /^\d+$/.test(header.trim()) ? Number(header) * 1000 : Date.parse(header) - now;
  return Number.isNaN(wait) ? null : Math.max(0, wait);
}

/**
 * The reason in an answer's body: `error.errors[0].reason`, else that of its details, else its status; of the token
 * endpoint `error`. Only what looks like a code: texts may carry names and addresses.
 */
export function reasonOf(body: unknown, status: number): string {
  const error = property(body, 'error');
  const places = [
    error,
    property(first(property(error, 'errors')), 'reason'),
    property(first(property(error, 'details')), 'reason'),
    property(error, 'status'),
  ];
  return places.find((reason) => isCode(reason)) ?? `http_${status}`;
}

/** What a call that brought no answer threw: a reset, a timeout, a name not found, half a body. */
export function unreachable(thrown: unknown): GoogleError {
  const chain: unknown[] = [];
  for (let error = thrown; error && chain.length < 5; error = property(error, 'cause')) chain.push(error);
  const codes = chain.map((error) => property(error, 'code'));
  const timeouts = chain.map((error) => property(error, 'name')).filter((name) => name === 'TimeoutError');
  return new GoogleError(
    'unreachable',
    [...codes, ...timeouts].find((code) => isCode(code)) ?? 'unreachable',
  );
}

const isCode = (value: unknown): value is string => typeof value === 'string' && /^[\w.-]{1,64}$/.test(value);
const property = (of: unknown, key: string): unknown =>
  typeof of === 'object' && of !== null ? (of as Record<string, unknown>)[key] : undefined;
const first = (list: unknown): unknown => (Array.isArray(list) ? list[0] : undefined);
