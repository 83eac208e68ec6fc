// A member's way into the control panel: a ticket from the add-on, good once, becomes a session of their browser.
import { createHmac, timingSafeEqual } from 'node:crypto';
import { and, eq, gt, lt } from 'drizzle-orm';
import { HOUR, MINUTE } from '../../shared/time.ts';
import { hashOf, newSecret } from '../auth/keys.ts';
import type { Context } from '../context.ts';
import type { Connection, Transaction } from '../database/open.ts';
import { panelSessions } from '../database/people.ts';
import { businesses, members } from '../database/schema.ts';
import type { Membership } from '../sidebar/staffer.ts';

/** How long a ticket is good, in ms: as long as a browser takes to open. */
const ticketLife = MINUTE;
/** How long a session is, in ms. */
export const sessionLife = 12 * HOUR;

export interface NewTicket {
  businessId: string;
  memberId: string;
  /** Where it leads: a path of the panel, as this server sees it. */
  path: string;
  /** ms since 1970 */
  now: number;
}

/** @returns the ticket itself, which stands nowhere else */
export async function makeTicket(tx: Transaction, wanted: NewTicket): Promise<string> {
  const { businessId, memberId, path, now } = wanted;
  const ticket = newSecret();
  const expiresAt = new Date(now + ticketLife);
  await tx
    .insert(panelSessions)
    .values({ hash: hashOf(ticket), kind: 'ticket', businessId, memberId, path, expiresAt });
  return ticket;
}

export interface Entered {
  /** Of the session that begins: for the browser alone. */
  secret: string;
  memberId: string;
  path: string;
}

/**
 * Changes a ticket for a session; undefined if it is used, too old, or its member was removed. `before`: the session
 * that the browser had, which ends.
 */
export async function enter(
  tx: Transaction,
  { ticket, before, now }: { ticket: string; before: string | undefined; now: number },
): Promise<Entered | undefined> {
  // Of two that come with one ticket, the row goes to the first.
  const [row] = await tx
    .delete(panelSessions)
    .where(and(eq(panelSessions.hash, hashOf(ticket)), eq(panelSessions.kind, 'ticket')))
    .returning();
  if (!row || row.expiresAt.getTime() <= now || row.path === null) return undefined;
  const { memberId, path } = row;
  return { secret: await beginSession(tx, { ...row, before, now }), memberId, path };
}

/** @returns its secret, for the browser alone. `before`: the session that the browser had, which ends */
export async function beginSession(
  tx: Transaction,
  wanted: { businessId: string; memberId: string; before: string | undefined; now: number },
): Promise<string> {
  const { businessId, memberId, before, now } = wanted;
  if (before !== undefined) await endSession(tx, before);
  const secret = newSecret();
  const expiresAt = new Date(now + sessionLife);
  await tx
    .insert(panelSessions)
    .values({ hash: hashOf(secret), kind: 'session', businessId, memberId, path: null, expiresAt });
  return secret;
}

/** A ticket that would make a browser another person's: whose session it has, if any, and whose it would. */
export interface Change {
  here: Membership | undefined;
  coming: Membership;
}

/**
 * Whoever sends somebody a link of their own would have them be another without a word: what they connect then would be
 * the sender's. So where the browser has another person's session, or has none and never was this person's, it is asked.
 * @returns undefined: there is nothing to ask, or the ticket is no good
 */
export async function changeOf(
  db: Connection,
  wanted: { ticket: string; before: string | undefined; known: string | undefined; now: number },
): Promise<Change | undefined> {
  const { ticket, before, known, now } = wanted;
  const coming = await readKept(db, 'ticket', ticket, now);
  if (!coming) return undefined;
  const here = before === undefined ? undefined : await readSession(db, before, now);
  const isSamePerson = here
    ? here.email.toLowerCase() === coming.email.toLowerCase()
    : membersKnown(known).includes(hashOf(coming.memberId));
  return isSamePerson ? undefined : { here, coming };
}

/** One browser serves as many at a front desk, or somebody who is in several businesses. */
const mostKnown = 10;
const membersKnown = (known = ''): string[] => known.split('.').filter((hash) => /^[0-9a-f]{64}$/.test(hash));

/** Which members a browser has been, for it to keep: by hashes, the last first. */
export function knownWith(known: string | undefined, memberId: string): string {
  const hash = hashOf(memberId);
  const others = membersKnown(known).filter((other) => other !== hash);
  return [hash, ...others].slice(0, mostKnown).join('.');
}

/** Ends a session: the cookie is worth nothing from now on. */
export async function endSession(tx: Transaction, secret: string): Promise<void> {
  await tx
    .delete(panelSessions)
    .where(and(eq(panelSessions.hash, hashOf(secret)), eq(panelSessions.kind, 'session')));
}

/** Whose session it is, as they stand now; undefined if it is over, or they were removed. */
export const readSession = (db: Connection, secret: string, now: number): Promise<Membership | undefined> =>
  readKept(db, 'session', secret, now);

async function readKept(
  db: Connection,
  kind: 'ticket' | 'session',
  secret: string,
  now: number,
): Promise<Membership | undefined> {
  const [row] = await db
    .select({
      memberId: members.id,
      sub: members.sub,
      hostedDomain: members.hostedDomain,
      name: members.name,
      email: members.email,
      role: members.role,
      business: businesses,
    })
    .from(panelSessions)
    .innerJoin(
      members,
      and(eq(members.businessId, panelSessions.businessId), eq(members.id, panelSessions.memberId)),
    )
    .innerJoin(businesses, eq(businesses.id, panelSessions.businessId))
    .where(
      and(
        eq(panelSessions.hash, hashOf(secret)),
        eq(panelSessions.kind, kind),
        gt(panelSessions.expiresAt, new Date(now)),
      ),
    );
  return row;
}

/**
 * What every form carries: made of the session's secret, which no other site can read, so nothing has to be kept.
 * @see https://cheatsheetseries.owasp.org/cheatsheets/Cross-Site_Request_Forgery_Prevention_Cheat_Sheet.html
 */
export const formToken = (secret: string): string =>
  createHmac('sha256', secret).update('forms of the control panel').digest('base64url');

export const isFormToken = (secret: string, given: unknown): boolean =>
  isSame(formToken(secret), typeof given === 'string' ? given : '');

/** In a time that tells nothing of where they differ. */
export function isSame(ours: string, theirs: string): boolean {
  const [a, b] = [Buffer.from(ours), Buffer.from(theirs)];
  return a.length === b.length && timingSafeEqual(a, b);
}

/** The tick: tickets and sessions that are over. */
export async function tidySessions({ db, now }: Pick<Context, 'db' | 'now'>): Promise<void> {
  await db.delete(panelSessions).where(lt(panelSessions.expiresAt, new Date(now())));
}
