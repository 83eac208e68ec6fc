// What an account may do with a calendar, by Google's access role: what will not work is said to whoever links it.
import { and, eq, or, sql } from 'drizzle-orm';
import { isZone } from '../../shared/time.ts';
import { mayAskFreeBusy, mayRead, mayWrite } from '../accounts/scopes.ts';
import { type Locale, telling } from '../accounts/words.ts';
import type { Transaction } from '../database/open.ts';
import { accounts, calendars } from '../database/schema.ts';
import { lacksAccess } from '../google/errors.ts';

const writing = new Set(['owner', 'writer', 'writerWithoutPrivateAccess']);

/** Google's roles that may make changes to events. */
export const writes = (accessRole: string): boolean => writing.has(accessRole);

/** Whether events can be read by it, not only when it is busy. */
export const showsEvents = (accessRole: string): boolean => accessRole === 'reader' || writes(accessRole);

/** The role as far as the account may use it: by what it was connected for. */
export function narrowed(accessRole: string, scopes: readonly string[]): string {
  if (accessRole === 'none' || mayWrite(scopes)) return accessRole;
  if (!mayRead(scopes)) return 'freeBusyReader';
  return writes(accessRole) ? 'reader' : accessRole;
}

const phrases = {
  unseen: {
    en: 'The account may not see it any more: share it with the account again, or stop following it.',
    nb: 'Kontoen kan ikke se den lenger: del den med kontoen på nytt, eller slutt å følge den.',
  },
  times: {
    en: 'It shows only when it is busy: no titles, and no rules, decisions or set Free for its events.',
    nb: 'Den viser bare når den er opptatt: ingen titler, og ingen regler, valg eller «Ledig» for hendelsene.',
  },
  permission: {
    en: 'To read it the account needs one more permission: connect it again for free/busy, or share the calendar with it with all event details.',
    nb: 'For å lese den trenger kontoen en tillatelse til: koble den til på nytt for ledig/opptatt, eller del kalenderen med den med alle hendelsesdetaljer.',
  },
  narrow: {
    en: 'The account was connected for less than this calendar may allow: connect it again for events, if more is wanted.',
    nb: 'Kontoen er koblet til for mindre enn denne kalenderen kan tillate: koble den til på nytt for hendelser om mer ønskes.',
  },
  unwritten: { en: 'Bookings cannot be written to it.', nb: 'Bookinger kan ikke skrives til den.' },
  unfreed: { en: 'Its events cannot be set Free.', nb: 'Hendelsene kan ikke settes til «Ledig».' },
  stopped: {
    en: 'Resources are linked to it for writing, and nothing is written any more: give the account the right to make changes to events, or link them to another calendar.',
    nb: 'Ressurser er koblet til den for skriving, og ingenting skrives lenger: gi kontoen rett til å endre hendelser, eller koble dem til en annen kalender.',
  },
  private: {
    en: 'Private events show only when they are: rules cannot read them, and they cannot be set Free.',
    nb: 'Private hendelser viser bare når de er: regler kan ikke lese dem, og de kan ikke settes til «Ledig».',
  },
} satisfies Record<string, Record<Locale, string>>;
type Limit = keyof typeof phrases;

export interface Access {
  accessRole: string;
  /** Of the account. */
  scopes: readonly string[];
  /** Whether a resource is linked to it for writing. */
  written?: boolean;
}

/** What will not work, in words. */
export function limitsOf(access: Access, locale: Locale): string[] {
  return limits(access).map((limit) => phrases[limit][locale]);
}

function limits({ accessRole, scopes, written }: Access): Limit[] {
  const stopped: Limit[] = written ? ['stopped'] : [];
  switch (accessRole) {
    case 'owner':
    case 'writer':
      return [];
    case 'writerWithoutPrivateAccess':
      return ['private'];
    case 'reader':
      if (!mayWrite(scopes)) return ['narrow', 'unwritten', ...stopped, 'unfreed'];
      return ['unwritten', ...stopped, 'unfreed', 'private'];
    case 'freeBusyReader': {
      const narrow: Limit[] = mayRead(scopes) ? [] : ['narrow'];
      const lacking: Limit[] = mayAskFreeBusy(scopes) ? [] : ['permission'];
      return [...narrow, ...lacking, 'times', 'unwritten', ...stopped];
    }
    default:
      return ['unseen', ...stopped];
  }
}

export interface Seen {
  businessId: string;
  calendarId: string;
  accessRole: string;
  zone: string;
  name?: string;
  /** It could not be read before, for what the account lacked, or for what was the matter with the account itself. */
  regained?: boolean;
}

/**
 * What Google says of the calendar now, found while reading it, as far as the account may use it. Links stay whatever the role: access may come back, and
 * `limitsOf` says what does not work until then. @returns whether anything changed
 */
export async function noteRole(tx: Transaction, seen: Seen): Promise<boolean> {
  const { businessId, calendarId, name } = seen;
  const [account] = await tx
    .select({ scopes: accounts.scopes, zone: calendars.zone })
    .from(calendars)
    .innerJoin(
      accounts,
      and(eq(accounts.businessId, calendars.businessId), eq(accounts.id, calendars.accountId)),
    )
    .where(and(eq(calendars.businessId, businessId), eq(calendars.id, calendarId)));
  const accessRole = narrowed(seen.accessRole, account?.scopes ?? []);
  // One newer than our zone table would make all its dates unreadable.
  const zone = isZone(seen.zone) ? seen.zone : (account?.zone ?? 'UTC');
  const rows = await tx
    .update(calendars)
    .set({ accessRole, zone, ...(name !== undefined && { name }) })
    .where(
      and(
        eq(calendars.businessId, businessId),
        eq(calendars.id, calendarId),
        or(
          sql`${calendars.accessRole} <> ${accessRole}`,
          sql`${calendars.zone} <> ${zone}`,
          name === undefined ? undefined : sql`${calendars.name} <> ${name}`,
        ),
      ),
    )
    .returning({ id: calendars.id });
  if ((rows.length > 0 || seen.regained) && writes(accessRole)) await tryAgain(tx, businessId, [calendarId]);
  return rows.length > 0;
}

/** Codes for what the account may not see or do, here or at all, until a person has mended that. */
export const barred: ReadonlySet<string> = new Set([...lacksAccess, ...telling]);

/** What was given up on these calendars for what the account lacked, when it may have it by now. */
export async function tryAgain(
  tx: Transaction,
  businessId: string,
  calendarIds: readonly string[],
): Promise<void> {
  for (const table of [sql`pushes`, sql`marks`])
    await tx.execute(sql`
      update ${table} set died_at = null, attempts = 0, due_at = now()
        where business_id = ${businessId} and calendar_id = any(${sql.param([...calendarIds])}::uuid[])
          and done < wanted and died_at is not null
          and failure = any(${sql.param([...barred])}::text[])`);
}
