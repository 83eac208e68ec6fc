// Sync tokens and page tokens: what they carry, and when they are refused.
import { createHash } from 'node:crypto';
import { fullSyncRequired, invalid, Refusal } from './refusal.ts';
import type { Calendar, Role } from './state.ts';

export type Query = Record<string, unknown>;

interface SyncToken {
  calendar: string;
  role: Role;
  change: number;
  /** The parameters of the first call, which later ones must repeat. */
  asked: string;
}

interface PageToken {
  asked: string;
  /** The change number when the first page was cut; the sync token at the end starts from it. */
  asOf: number;
  after?: number[];
}

/** google-facts 1.7. */
const NEVER_WITH_TOKEN = [
  'iCalUID',
  'orderBy',
  'privateExtendedProperty',
  'q',
  'sharedExtendedProperty',
  'timeMin',
  'timeMax',
  'updatedMin',
];

/** After these a list ends without a sync token, its answer being no basis for one. */
const NO_TOKEN_AFTER = NEVER_WITH_TOKEN.filter((name) => name !== 'timeMin' && name !== 'timeMax');

/** Parameters that shape the answer's form, not what is in it. */
const FREE = new Set([
  ...NEVER_WITH_TOKEN,
  ...['syncToken', 'pageToken', 'maxResults', 'showDeleted', 'alwaysIncludeEmail'],
  ...['fields', 'alt', 'prettyPrint', 'key', 'quotaUser', 'userIp', 'oauth_token', 'access_token'],
]);

function seal(content: object): string {
  return Buffer.from(JSON.stringify(content)).toString('base64url');
}

function unseal<T>(token: string, name: string): T {
  try {
    return JSON.parse(Buffer.from(token, 'base64url').toString()) as T;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw invalid(`Invalid ${name} value.`, '1.7', name);
  }
}

/** `false` is every flag's default, so it is the same as leaving the flag out. */
function fingerprint(query: Query, leaveOut: (name: string) => boolean): string {
  const kept = Object.entries(query).filter(
    ([name, value]) => value !== undefined && value !== false && !leaveOut(name),
  );
  const ordered = kept.sort(([a], [b]) => (a < b ? -1 : 1));
  return createHash('sha256').update(JSON.stringify(ordered)).digest('base64url').slice(0, 16);
}

export function givesSyncToken(query: Query): boolean {
  return NO_TOKEN_AFTER.every((name) => query[name] === undefined);
}

export function sealSync(query: Query, from: { calendar: Calendar; role: Role; change: number }): string {
  const asked = fingerprint(query, (name) => FREE.has(name));
  return seal({
    calendar: from.calendar.id,
    role: from.role,
    change: from.change,
    asked,
  } satisfies SyncToken);
}

/**
 * The change number a sync token starts from. 400 with a parameter that may not go along or differs from
 * the first call's; 410 when the token is too old or the reader's access has changed since.
 */
export function openSync(query: Query, on: { calendar: Calendar; role: Role }): number {
  const token = unseal<SyncToken>(query.syncToken as string, 'syncToken');
  const restricted = NEVER_WITH_TOKEN.find((name) => query[name] !== undefined);
  if (restricted || query.showDeleted === false) throw restriction(restricted ?? 'showDeleted');
  if (token.calendar !== on.calendar.id) throw invalid('Invalid sync token value.', '1.7', 'syncToken');
  if (token.asked !== fingerprint(query, (name) => FREE.has(name))) throw restriction('syncToken');
  if (token.role !== on.role || token.change < on.calendar.syncFloor) throw fullSyncRequired();
  return token.change;
}

function restriction(parameter: string): Refusal {
  return new Refusal({
    code: 400,
    domain: 'calendar',
    reason: 'syncTokenWithRequestRestrictions',
    message: `Sync token cannot be used with other query restrictions: ${parameter}.`,
    facts: '1.7',
    location: parameter,
  });
}

export function sealPage(query: Query, page: Omit<PageToken, 'asked'>): string {
  return seal({
    ...page,
    asked: fingerprint(query, (name) => name === 'pageToken'),
  } satisfies PageToken);
}

/** Every page must be asked for with the parameters of the first, its sync token included. */
export function openPage(query: Query): Omit<PageToken, 'asked'> {
  const token = unseal<PageToken>(query.pageToken as string, 'pageToken');
  if (token.asked !== fingerprint(query, (name) => name === 'pageToken')) {
    throw invalid('Invalid page token value.', '1.7', 'pageToken');
  }
  return token;
}
