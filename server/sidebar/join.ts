// How a person becomes a member: invited, or as a colleague who asks and is let in.
import { and, asc, eq, gt, notInArray } from 'drizzle-orm';
import type { FastifyRequest } from 'fastify';
import { v7 as uuid } from 'uuid';
import type * as z from 'zod';
import type { DoAdmit, DoJoin } from '../../shared/sidebar-api.ts';
import { DAY } from '../../shared/time.ts';
import type { Locale } from '../accounts/words.ts';
import { type Person, unidentified } from '../auth/identity.ts';
import { commit, commitOnce } from '../commit.ts';
import type { Context } from '../context.ts';
import type { Transaction } from '../database/open.ts';
import { joinRequests } from '../database/people.ts';
import { businesses, members } from '../database/schema.ts';
import { notFound, Refusal } from '../errors.ts';
import { oweAllPulls } from '../jobs/pulls.ts';
import { tell } from '../log/messages.ts';
import {
  bind,
  type Card,
  type Done,
  everyMembershipOf,
  type Membership,
  membershipsOf,
  runs,
  type Staffer,
  takes,
} from './staffer.ts';
import { notice } from './words.ts';

/** A list on a card; and how long a no counts, in ms, before the same person may ask again. */
const most = 20;
const refusedFor = 7 * DAY;

/** The card of whom no business is known, or not which. */
export async function noneCard(context: Context, person: Person, memberships: Membership[]): Promise<Card> {
  if (memberships.every(({ sub }) => sub === null)) return welcomeCard(context, person, memberships);
  return {
    card: 'choose',
    businesses: memberships.map(({ business, role }) => ({ id: business.id, name: business.name, role })),
  };
}

async function welcomeCard(context: Context, person: Person, memberships: Membership[]): Promise<Card> {
  const invitations = memberships.map(({ business, role }) => ({
    id: business.id,
    business: business.name,
    role,
  }));
  return {
    card: 'welcome',
    person: { name: person.name ?? person.email, email: person.email },
    invitations,
    colleagues: await colleaguesOf(context, person, memberships),
  };
}

/** Businesses of the person's own Workspace; those that said no lately are left out. */
export async function colleaguesOf({ db, now }: Context, person: Person, memberships: Membership[]) {
  if (person.hostedDomain === null) return [];
  const known = memberships.map(({ business }) => business.id);
  const rows = await db
    .select({ id: businesses.id, business: businesses.name })
    .from(businesses)
    .where(and(eq(businesses.hostedDomain, person.hostedDomain), notInArray(businesses.id, known)))
    .orderBy(asc(businesses.name), asc(businesses.id))
    .limit(most);
  const asked = await db
    .select({
      id: joinRequests.businessId,
      settledAt: joinRequests.settledAt,
      admitted: joinRequests.admitted,
    })
    .from(joinRequests)
    .where(eq(joinRequests.sub, person.sub));
  const open = new Set(asked.filter(({ settledAt }) => settledAt === null).map(({ id }) => id));
  const since = now() - refusedFor;
  const no = asked.filter((one) => one.admitted === false && (one.settledAt?.getTime() ?? 0) > since);
  const refused = new Set(no.map(({ id }) => id));
  return rows.filter(({ id }) => !refused.has(id)).map((row) => ({ ...row, asked: open.has(row.id) }));
}

/**
 * Accepts an invitation, or asks to be let in as a colleague. Twice is once.
 * @throws Refusal not_found, forbidden (they said no lately), unauthorized (domain)
 */
export function join(
  context: Context,
  person: Person,
  { joinId, locale }: Pick<z.output<typeof DoJoin>, 'joinId' | 'locale'>,
): Promise<{ businessId: string | null; notice: string }> {
  return commit(context, async (tx) => {
    const memberships = await membershipsOf(tx, person);
    const mine = memberships.find(({ business }) => business.id === joinId);
    if (!mine) return ask(tx, context, { person, joinId, locale });
    if (!takes(mine, person)) throw unidentified('domain');
    if (!(await bind(tx, mine, person))) throw notFound('invitation');
    return { businessId: joinId, notice: notice('joined', locale, { name: mine.business.name }) };
  });
}

async function ask(
  tx: Transaction,
  { now }: Context,
  { person, joinId, locale }: { person: Person; joinId: string; locale: Locale },
): Promise<{ businessId: null; notice: string }> {
  const { sub, email, hostedDomain } = person;
  const [business] = hostedDomain
    ? await tx
        .select({ name: businesses.name })
        .from(businesses)
        .where(and(eq(businesses.id, joinId), eq(businesses.hostedDomain, hostedDomain)))
    : [];
  // Of a business of others nothing is told, not even that it is there.
  if (!business) throw notFound('invitation');
  const [no] = await tx
    .select({ id: joinRequests.id })
    .from(joinRequests)
    .where(
      and(
        eq(joinRequests.businessId, joinId),
        eq(joinRequests.sub, sub),
        eq(joinRequests.admitted, false),
        gt(joinRequests.settledAt, new Date(now() - refusedFor)),
      ),
    );
  if (no) throw new Refusal('forbidden', 'They said no: ask them in person, or again in a week.');
  const id = uuid();
  const at = new Date(now());
  const made = await tx
    .insert(joinRequests)
    .values({ businessId: joinId, id, sub, email, name: person.name ?? email, askedAt: at })
    .onConflictDoNothing()
    .returning({ id: joinRequests.id });
  if (made.length > 0)
    await tell(tx, [{ businessId: joinId, to: 'admin', kind: 'join_asked', about: id, at }]);
  return { businessId: null, notice: notice('asked', locale, { name: business.name }) };
}

/** Lets a colleague in as staff, or not; the home card answers it. @throws Refusal forbidden, not_found, conflict (the address is another's) */
export async function admit(
  context: Context,
  request: FastifyRequest,
  staffer: Staffer,
  asked: z.output<typeof DoAdmit>,
): Promise<Done> {
  if (!runs(staffer)) throw new Refusal('forbidden', 'Owners and admins let people in.');
  const said = await commitOnce(context, request, (tx) => settle(tx, context, { staffer, ...asked }));
  return { notice: said };
}

async function settle(
  tx: Transaction,
  { now }: Context,
  wish: { staffer: Staffer; requestId: string; admit: boolean },
): Promise<string> {
  const { business, caller, locale } = wish.staffer;
  const mine = and(eq(joinRequests.businessId, business.id), eq(joinRequests.id, wish.requestId));
  const [row] = await tx.select().from(joinRequests).where(mine).for('update');
  if (!row) throw notFound('request');
  if (row.settledAt !== null) return notice('settled', locale);
  if (wish.admit) await letIn(tx, row);
  await tx
    .update(joinRequests)
    .set({ settledAt: new Date(now()), settledBy: caller.actor, admitted: wish.admit })
    .where(mine);
  return notice(wish.admit ? 'admitted' : 'rejected', locale, { who: row.name });
}

/** Who was invited meanwhile is bound; who is a member already stays as they are. */
async function letIn(tx: Transaction, row: typeof joinRequests.$inferSelect): Promise<void> {
  const { businessId, sub, email, name } = row;
  const theirs = await everyMembershipOf(tx, { sub, email: email.toLowerCase() });
  const there = theirs.find(({ business }) => business.id === businessId);
  // Their Workspace is noted when they come: what they asked with may be long ago.
  if (there) await bind(tx, there, { sub, hostedDomain: null });
  else {
    await oweAllPulls(tx, businessId);
    await tx.insert(members).values({ businessId, id: uuid(), email, sub, name, role: 'staff' });
  }
}
