// Every row of Google's error table, sorted into what to do; and what comes when Google itself does not answer.
import { expect, test } from 'vitest';
import {
  type FailureKind,
  kindOf,
  kindOfGrant,
  reasonOf,
  retryAfter,
  unreachable,
} from '../../../server/google/errors.ts';

test.each<[number, string, FailureKind]>([
  [400, 'badRequest', 'refused'],
  [400, 'invalid', 'refused'],
  [400, 'timeRangeEmpty', 'refused'],
  [400, 'pushNotSupportedForRequestedResource', 'refused'],
  [401, 'authError', 'reconnect'],
  [403, 'userRateLimitExceeded', 'slow'],
  [403, 'rateLimitExceeded', 'slow'],
  [429, 'rateLimitExceeded', 'slow'],
  [429, 'http_429', 'slow'],
  [403, 'quotaExceeded', 'pause'],
  [429, 'quotaExceeded', 'pause'],
  [403, 'accessNotConfigured', 'pause'],
  [403, 'forbiddenForNonOrganizer', 'refused'],
  [403, 'requiredAccessLevel', 'refused'],
  [403, 'forbidden', 'refused'],
  [403, 'insufficientPermissions', 'refused'],
  [403, 'ACCESS_TOKEN_SCOPE_INSUFFICIENT', 'refused'],
  [404, 'notFound', 'gone'],
  [409, 'duplicate', 'exists'],
  [409, 'conflict', 'changed'],
  [410, 'fullSyncRequired', 'resync'],
  [410, 'updatedMinTooLongAgo', 'resync'],
  [410, 'deleted', 'gone'],
  [412, 'conditionNotMet', 'changed'],
  [500, 'backendError', 'again'],
  [502, 'http_502', 'again'],
  [503, 'backendError', 'again'],
])('%i %s: %s', (status, reason, kind) => expect(kindOf(status, reason)).toBe(kind));

test('of the token endpoint, only invalid_grant means that the grant is dead', () => {
  expect(kindOfGrant(400, 'invalid_grant')).toBe('reconnect');
  for (const code of ['invalid_client', 'unauthorized_client', 'admin_policy_enforced', 'http_400', ''])
    expect(kindOfGrant(400, code), code).toBe('pause');
  expect(kindOfGrant(401, 'invalid_client')).toBe('pause');
  expect(kindOfGrant(500, 'internal_failure')).toBe('again');
  expect(kindOfGrant(429, '')).toBe('slow');
});

test('the reason is found where Google puts it, old ways and new, and nothing else is taken for one', () => {
  expect(reasonOf({ error: { errors: [{ reason: 'notFound' }], status: 'NOT_FOUND' } }, 404)).toBe(
    'notFound',
  );
  expect(reasonOf({ error: { details: [{ reason: 'SERVICE_DISABLED' }], status: 'DENIED' } }, 403)).toBe(
    'SERVICE_DISABLED',
  );
  expect(reasonOf({ error: { status: 'UNAVAILABLE' } }, 503)).toBe('UNAVAILABLE');
  expect(reasonOf({ error: 'invalid_grant', error_description: 'x' }, 400)).toBe('invalid_grant');
  for (const body of [undefined, null, '', '<html>', {}, { error: null }, { error: { errors: [] } }, []])
    expect(reasonOf(body, 502)).toBe('http_502');
  for (const error of ['anna@example.com is not known', { errors: [{ reason: 'a b' }] }])
    expect(reasonOf({ error }, 400)).toBe('http_400');
});

test('Retry-After is seconds or a date', () => {
  const now = Date.parse('2026-11-20T08:00:00Z');
  expect(retryAfter('120', now)).toBe(120_000);
  expect(retryAfter('Fri, 20 Nov 2026 08:00:30 GMT', now)).toBe(30_000);
  expect(retryAfter('Fri, 20 Nov 2026 07:00:00 GMT', now)).toBe(0);
  for (const none of [null, undefined, '', 'soon']) expect(retryAfter(none, now)).toBeNull();
});

test('what brought no answer is told by its system code, wherever it is wrapped', () => {
  const reset = Object.assign(new TypeError('fetch failed'), { cause: { code: 'ECONNRESET' } });
  expect(unreachable(reset)).toMatchObject({ kind: 'unreachable', code: 'ECONNRESET', status: null });
  expect(unreachable(new DOMException('x', 'TimeoutError')).code).toBe('TimeoutError');
  expect(unreachable('odd').code).toBe('unreachable');
});
