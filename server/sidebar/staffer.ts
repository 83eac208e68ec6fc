// Who asks, in which business: a person of Google's becomes a member of one of ours.
import { and, asc, eq, inArray, isNull, or, sql } from 'drizzle-orm';
import type { SidebarAnswer } from '../../shared/card-api.ts';
import type { OpenEvent } from '../../shared/sidebar-api.ts';
import { type Locale, localeOf } from '../accounts/words.ts';
import { type Person, unidentified } from '../auth/identity.ts';
import type { Caller } from '../auth/keys.ts';
import type { Context } from '../context.ts';
import type { Connection } from '../database/open.ts';
import { businesses, calendars, members, resources } from '../database/schema.ts';

export type Card = SidebarAnswer['card'];

/** Who asks, in one business. */
export interface Staffer {
  /** For the acts. */
  caller: Caller;
  business: { id: string; name: string; zone: string; locale: Locale };
  member: { id: string; name: string; email: string; role: 'owner' | 'admin' | 'staff' };
  /** How many businesses the person is in, or is invited to. */
  businesses: number;
  /** Those they are in. */
  memberOf: string[];
  /** Resources they serve: all, or those that are theirs. */
  serves: 'all' | ReadonlySet<string>;
  /** Of the answer's words; and the person's zone. */
  locale: Locale;
  zone: string;
}

/** What every request says besides who asks. */
export interface Asked {
  locale: Locale;
  zone: string;
  businessId?: string;
  preferredId?: string;
  known: string | null;
  event?: OpenEvent;
}

/** What a card is made of: data in, card out. Network only where said. @throws Refusal */
export type MakeCard<A extends Asked> = (context: Context, staffer: Staffer, asked: A) => Promise<Card>;

/** What a button comes to: the card as it is then (left out: the one that stands for "now"), and what is said in passing. */
export interface Done {
  card?: Card;
  notice: string | null;
}

/** Settings, links and members are for these. */
export const runs = ({ member }: Staffer): boolean => member.role !== 'staff';

export interface Membership {
  memberId: string;
  /** Null: invited, and not here yet. */
  sub: string | null;
  /** The Workspace they last came with an account of; null: of none that is noted. */
  hostedDomain: string | null;
  name: string;
  email: string;
  role: Staffer['member']['role'];
  business: typeof businesses.$inferSelect;
}

/**
 * Where the person is a member, and where an invitation waits for their address; the oldest first. Of businesses that
 * do not take their account none, so that nobody is kept out of all others; except that a member of no other is to be
 * told which account is wanted.
 */
export const membershipsOf = async (db: Connection, person: Known): Promise<Membership[]> =>
  openTo(person, await everyMembershipOf(db, person));

type Known = Pick<Person, 'sub' | 'email' | 'hostedDomain'>;

/** Whether the business lets in accounts of that Google Workspace, or of none. */
export const takes = ({ business }: Membership, { hostedDomain }: Pick<Person, 'hostedDomain'>): boolean =>
  business.hostedDomain === null || business.hostedDomain === hostedDomain;

function openTo(person: Known, memberships: Membership[]): Membership[] {
  const open = memberships.filter((one) => takes(one, person));
  return open.length > 0 ? open : memberships.filter(({ sub }) => sub !== null);
}

/** As membershipsOf, whatever accounts they take. */
export async function everyMembershipOf(
  db: Connection,
  { sub, email }: Pick<Person, 'sub' | 'email'>,
): Promise<Membership[]> {
  const rows = await db
    .select({
      memberId: members.id,
      sub: members.sub,
      hostedDomain: members.hostedDomain,
      name: members.name,
      email: members.email,
      role: members.role,
      business: businesses,
    })
    .from(members)
    .innerJoin(businesses, eq(businesses.id, members.businessId))
    // By the address only where nobody is bound: it may have changed hands since.
    .where(or(eq(members.sub, sub), and(isNull(members.sub), sql`lower(${members.email}) = ${email}`)))
    .orderBy(asc(members.id));
  // Somebody invited once more, by an address they took later, is who they were.
  const joined = new Set(rows.filter((row) => row.sub !== null).map(({ business }) => business.id));
  return rows.filter((row) => row.sub !== null || !joined.has(row.business.id));
}

/** Whether their coming is to be noted: it is the first time, or with an account of another Workspace than noted. */
export const isNews = (membership: Membership, { hostedDomain }: Pick<Person, 'hostedDomain'>): boolean =>
  membership.sub === null || (hostedDomain !== null && hostedDomain !== membership.hostedDomain);

/**
 * From then on the member is this account, whatever becomes of the address; its Workspace is noted with it. Twice is once.
 * @returns false: they were removed meanwhile, or are another account's
 */
export async function bind(
  db: Connection,
  { memberId, business }: Membership,
  { sub, hostedDomain }: Pick<Person, 'sub' | 'hostedDomain'>,
): Promise<boolean> {
  const rows = await db
    .update(members)
    .set({ sub, ...(hostedDomain !== null && { hostedDomain }) })
    .where(
      and(
        eq(members.businessId, business.id),
        eq(members.id, memberId),
        or(isNull(members.sub), eq(members.sub, sub)),
      ),
    )
    .returning({ id: members.id });
  return rows.length > 0;
}

export type Met =
  | { staffer: Staffer; bound: boolean }
  | { none: 'stranger' | 'several' | 'removed' | 'domain'; memberships: Membership[] };

/**
 * In which business they ask: the one they chose, the only one, or the one whose calendar the open event is of. A sole
 * invitation is accepted by coming; where there is anything to choose, by choosing.
 * @throws Refusal unauthorized (domain), if it wants accounts of another Google Workspace, and they are in no other
 */
export async function meet(context: Context, person: Person, asked: Asked): Promise<Met> {
  const { db } = context;
  const every = await everyMembershipOf(db, person);
  const memberships = openTo(person, every);
  const chosen = await choose(db, memberships, asked);
  if (!chosen) {
    const isIn = every.some(({ business }) => business.id === asked.businessId);
    const gone = isIn ? 'domain' : 'removed';
    const none = asked.businessId ? gone : memberships.length === 0 ? 'stranger' : 'several';
    return { none, memberships };
  }
  if (!takes(chosen, person)) throw unidentified('domain');
  const bound = chosen.sub === null;
  if (isNews(chosen, person) && !(await bind(db, chosen, person)))
    return { none: 'removed', memberships: [] };
  return { staffer: await stafferOf(db, chosen, { ...asked, among: memberships }), bound };
}

async function choose(
  db: Connection,
  memberships: Membership[],
  { businessId, preferredId, event }: Asked,
): Promise<Membership | undefined> {
  if (businessId) return memberships.find(({ business }) => business.id === businessId);
  if (memberships.length <= 1) return memberships[0];
  const joined = memberships.filter(({ sub }) => sub !== null);
  const preferred = joined.find(({ business }) => business.id === preferredId);
  return (event && (await ofEvent(db, joined, event))) ?? preferred;
}

/** Whose calendar it stands in; undefined: nobody's, or several follow it. */
async function ofEvent(
  db: Connection,
  joined: Membership[],
  event: OpenEvent,
): Promise<Membership | undefined> {
  const ids = joined.map(({ business }) => business.id);
  const rows = await db
    .select({ businessId: calendars.businessId })
    .from(calendars)
    .where(
      and(
        inArray(calendars.businessId, ids),
        eq(calendars.googleId, event.calendarId),
        isNull(calendars.leftAt),
      ),
    );
  return rows.length === 1 ? joined.find(({ business }) => business.id === rows[0]?.businessId) : undefined;
}

const scopes = {
  staff: ['read', 'book', 'staff'],
  admin: ['read', 'book', 'staff', 'setup'],
  owner: ['read', 'book', 'staff', 'setup'],
} as const;

/** Where somebody is a member, not merely invited: ids of businesses. */
export const joinedOf = (memberships: readonly Membership[]): string[] =>
  memberships.filter(({ sub }) => sub !== null).map(({ business }) => business.id);

/** @param of `among`: all their memberships, this one being one of them */
export async function stafferOf(
  db: Connection,
  { memberId, name, email, role, business }: Membership,
  of: { locale: Locale; zone: string; among: readonly Membership[] },
): Promise<Staffer> {
  const { locale, zone, among } = of;
  const { id, revision } = business;
  return {
    caller: { businessId: id, actor: `member:${memberId}`, scopes: new Set(scopes[role]), revision },
    business: { id, name: business.name, zone: business.zone, locale: localeOf(business.locale) },
    member: { id: memberId, name, email, role },
    businesses: among.length,
    // Whoever has just come in by an invitation is in, too.
    memberOf: [...new Set([id, ...joinedOf(among)])],
    serves: role === 'staff' ? await servedBy(db, id, memberId) : 'all',
    locale,
    zone,
  };
}

/**
 * Staff who have resources of their own serve these; those without any, a front desk say, serve all. An archived one
 * counts: nobody is to see more because something was put away.
 */
async function servedBy(db: Connection, businessId: string, memberId: string): Promise<Staffer['serves']> {
  const rows = await db
    .select({ id: resources.id })
    .from(resources)
    .where(and(eq(resources.businessId, businessId), eq(resources.memberId, memberId)));
  return rows.length === 0 ? 'all' : new Set(rows.map(({ id }) => id));
}
