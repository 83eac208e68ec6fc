// Who may do what: the scopes each method accepts, and the roles people have on calendars.
import { needsAccess, notFound, Refusal } from './refusal.ts';
import type { Calendar, Person, Role, State } from './state.ts';

export const SCOPE_PREFIX = 'https://www.googleapis.com/auth/';

const WRITE = ['calendar', 'calendar.events', 'calendar.events.owned', 'calendar.app.created'];
const READ = [
  ...WRITE,
  'calendar.events.readonly',
  'calendar.events.freebusy',
  'calendar.events.owned.readonly',
  'calendar.events.public.readonly',
  'calendar.readonly',
];
const LISTS = ['calendar', 'calendar.readonly', 'calendar.calendarlist', 'calendar.calendarlist.readonly'];
const FREE_BUSY = ['calendar', 'calendar.readonly', 'calendar.freebusy', 'calendar.events.freebusy'];

/** google-facts 1.14. */
export const SCOPES = {
  write: WRITE,
  move: WRITE.filter((scope) => scope !== 'calendar.app.created'),
  read: READ,
  freeBusy: FREE_BUSY,
  lists: LISTS,
  calendars: [
    'calendar',
    'calendar.readonly',
    'calendar.app.created',
    'calendar.calendars',
    'calendar.calendars.readonly',
  ],
  stop: [...new Set([...READ, ...LISTS, ...FREE_BUSY])],
};

const RANK: Record<Role | 'none', number> = {
  none: 0,
  freeBusyReader: 1,
  reader: 2,
  writerWithoutPrivateAccess: 3,
  writer: 4,
  owner: 5,
};

export function isRole(text: string): text is Role {
  return text in RANK && text !== 'none';
}

export function atLeast(role: Role | 'none', least: Role): boolean {
  return RANK[role] >= RANK[least];
}

/** Who is asking, and what their token lets them. A person at the Calendar page has every scope. */
export interface Caller {
  person: Person;
  client: string;
  /** Those of the method's scopes that the token holds, without the common prefix. */
  scopes: string[];
  surface: 'client' | 'person';
}

/** The scopes of `held` that `accepted` names; refuses with 403 if there are none. */
export function matchScopes(held: string[], accepted: string[]): string[] {
  const short = held.map((scope) => scope.replace(SCOPE_PREFIX, ''));
  const matched = accepted.filter((scope) => short.includes(scope));
  if (matched.length > 0) return matched;
  throw new Refusal({
    code: 403,
    reason: 'insufficientPermissions',
    message: 'Request had insufficient authentication scopes.',
    facts: '1.14',
    headers: {
      'www-authenticate': `Bearer error="insufficient_scope", scope="${accepted.join(' ')}"`,
    },
  });
}

export function roleOf(calendar: Calendar, email: string): Role | 'none' {
  return calendar.roles[email] ?? 'none';
}

/** The role that counts: the person's, narrowed by what the scopes reach (google-facts 1.14). */
function reach(calendar: Calendar, caller: Caller): Role | 'none' {
  const role = roleOf(calendar, caller.person.email);
  const reached = caller.scopes.some((scope) => {
    if (scope === 'calendar.app.created') return calendar.createdBy === caller.client;
    if (scope.startsWith('calendar.events.owned')) return role === 'owner';
    // No calendar here is public.
    return scope !== 'calendar.events.public.readonly';
  });
  if (!reached) return 'none';
  const onlyTimes = caller.scopes.every((scope) => scope === 'calendar.events.freebusy');
  return onlyTimes && role !== 'none' ? 'freeBusyReader' : role;
}

/**
 * The calendar by id or `primary`, with the caller's effective role. 404 when there is none or no access at
 * all; 403 requiredAccessLevel when the role is too low; 403 when the scopes do not reach it.
 */
export function openCalendar(
  state: State,
  caller: Caller,
  ask: { id: string; least: Role },
): { calendar: Calendar; role: Role } {
  const id = ask.id === 'primary' ? caller.person.email : ask.id;
  const calendar = state.calendars.get(id);
  if (!calendar || roleOf(calendar, caller.person.email) === 'none') throw notFound();
  const role = reach(calendar, caller);
  if (role === 'none') matchScopes([], ['calendar.events']);
  if (!atLeast(role, ask.least)) {
    throw needsAccess(
      ask.least === 'owner'
        ? 'owner'
        : atLeast(ask.least, 'writerWithoutPrivateAccess')
          ? 'writer'
          : 'reader',
    );
  }
  return { calendar, role: role as Role };
}
