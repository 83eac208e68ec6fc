// Members: the people who work at a business. One owner at least remains, whatever changes.
import { and, asc, count, eq } from 'drizzle-orm';
import { v7 as uuid } from 'uuid';
import type * as z from 'zod';
import type { Member, MemberChange, NewMember } from '../../shared/api.ts';
import type { Connection, Transaction } from '../database/open.ts';
import { panelSessions } from '../database/people.ts';
import { businesses, links, members, resources } from '../database/schema.ts';
import { notFound, Refusal } from '../errors.ts';
import { outdatePulls, oweAllPulls } from '../jobs/pulls.ts';

type MemberShape = z.output<typeof Member>;

/** Calendars are read again for who typed their events. @throws Refusal conflict: the address is another member's, or of no account that the business lets in */
export async function createMember(
  tx: Transaction,
  businessId: string,
  wanted: z.output<typeof NewMember>,
): Promise<MemberShape> {
  await oweAllPulls(tx, businessId);
  await mustGetIn(tx, businessId, wanted.email);
  const [row] = await tx
    .insert(members)
    .values({ ...wanted, businessId, id: uuid() })
    .returning();
  return show(row!);
}

/** Google's own, which are never of a Workspace. */
const ordinary = /@(gmail|googlemail)\.com$/i;

/**
 * What cannot get in is not invited. Of other addresses that cannot be told: a Workspace may have several domains, of
 * which we know one.
 */
async function mustGetIn(tx: Transaction, businessId: string, email: string): Promise<void> {
  if (!ordinary.test(email)) return;
  const [row] = await tx
    .select({ hostedDomain: businesses.hostedDomain })
    .from(businesses)
    .where(eq(businesses.id, businessId));
  if (!row?.hostedDomain) return;
  throw new Refusal(
    'conflict',
    `email: only accounts of the Google Workspace ${row.hostedDomain} get in here, and a Gmail address is of none. Give their address in the Workspace, or set the hostedDomain of the business to null first.`,
    { reason: 'domain' },
  );
}

export async function listMembers(db: Connection, businessId: string) {
  const rows = await db
    .select()
    .from(members)
    .where(eq(members.businessId, businessId))
    .orderBy(asc(members.id));
  return { items: rows.map(show) };
}

/** @throws Refusal not_found */
export async function readMember(db: Connection, businessId: string, id: string): Promise<MemberShape> {
  const [row] = await db.select().from(members).where(mine(businessId, id));
  if (!row) throw notFound('member');
  return show(row);
}

/** What the change does not name stays. @throws Refusal not_found, conflict (the last owner, another's address, one that does not get in) */
export async function changeMember(
  tx: Transaction,
  businessId: string,
  { id, change }: { id: string; change: z.output<typeof MemberChange> },
): Promise<MemberShape> {
  if (Object.keys(change).length === 0) return readMember(tx, businessId, id);
  // Calendars before the business, as everywhere: events may be of somebody else's making now.
  if (change.email !== undefined) await oweAllPulls(tx, businessId);
  await holdMembers(tx, businessId);
  const { email } = await readMember(tx, businessId, id);
  // With another address it is another person's place: whoever has that comes in, and nobody by the old account.
  const passed = change.email !== undefined && change.email.toLowerCase() !== email.toLowerCase();
  if (passed) await mustGetIn(tx, businessId, change.email!);
  const [row] = await tx
    .update(members)
    .set({ ...change, ...(passed && { sub: null, hostedDomain: null }) })
    .where(mine(businessId, id))
    .returning();
  if (!row) throw notFound('member');
  if (passed)
    await tx
      .delete(panelSessions)
      .where(and(eq(panelSessions.businessId, businessId), eq(panelSessions.memberId, id)));
  await anOwnerRemains(tx, businessId);
  return show(row);
}

/**
 * Resources that were the member's stay, and are nobody's; all calendars are looked at again.
 * @throws Refusal not_found, conflict (the last owner)
 */
export async function removeMember(tx: Transaction, businessId: string, id: string): Promise<void> {
  // Calendars before the business, as whoever changes resources locks them.
  await oweAllPulls(tx, businessId);
  await letResourcesGo(tx, businessId, id);
  await holdMembers(tx, businessId);
  const gone = await tx.delete(members).where(mine(businessId, id)).returning({ id: members.id });
  if (gone.length === 0) throw notFound('member');
  await anOwnerRemains(tx, businessId);
}

async function letResourcesGo(tx: Transaction, businessId: string, memberId: string): Promise<void> {
  const theirs = and(eq(resources.businessId, businessId), eq(resources.memberId, memberId));
  const linked = await tx
    .selectDistinct({ calendarId: links.calendarId })
    .from(links)
    .innerJoin(resources, and(eq(resources.businessId, links.businessId), eq(resources.id, links.resourceId)))
    .where(and(theirs, eq(links.reads, true)));
  await outdatePulls(
    tx,
    businessId,
    linked.map(({ calendarId }) => calendarId),
  );
  await tx.update(resources).set({ memberId: null }).where(theirs);
}

// One change of members at a time: two owners who leave at once would each see the other stay.
async function holdMembers(tx: Transaction, businessId: string) {
  await tx
    .select({ id: businesses.id })
    .from(businesses)
    .where(eq(businesses.id, businessId))
    .for('no key update');
}

async function anOwnerRemains(tx: Transaction, businessId: string) {
  const [owners] = await tx
    .select({ number: count() })
    .from(members)
    .where(and(eq(members.businessId, businessId), eq(members.role, 'owner')));
  if (owners!.number === 0)
    throw new Refusal('conflict', 'This is the last owner of the business: make another member owner first.');
}

const mine = (businessId: string, id: string) => and(eq(members.businessId, businessId), eq(members.id, id));

const show = ({ id, email, name, role }: typeof members.$inferSelect): MemberShape => ({
  id,
  email,
  name,
  role,
});
