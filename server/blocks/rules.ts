// The ordered rules of a calendar: what settles whom its events block where nobody has decided.
import { and, asc, eq, isNull } from 'drizzle-orm';
import { v7 as uuid } from 'uuid';
import type * as z from 'zod';
import type { NewRule, Rule as RuleSchema } from '../../shared/calendar-api.ts';
import type { Rule } from '../../shared/rules.ts';
import { rules } from '../database/mirror.ts';
import type { Connection, Transaction } from '../database/open.ts';
import { calendars } from '../database/schema.ts';
import { notFound, Refusal } from '../errors.ts';
import { owePulls } from '../jobs/pulls.ts';
import { lockCalendar } from './lock.ts';
import { findMembers, findResources, mustFit } from './shares.ts';

type Wanted = z.output<typeof NewRule>;
type Shown = z.output<typeof RuleSchema>;

/** In order: the first that says something of an event counts. @throws Refusal not_found */
export async function listRules(db: Connection, businessId: string, calendarId: string): Promise<Shown[]> {
  await readRole(db, businessId, calendarId);
  return read(db, businessId, calendarId);
}

/**
 * The calendar's rules are these and no others, in this order. Its events are read again for them, soon: until then
 * they block whom they did, for their text is needed and not kept.
 * @throws Refusal not_found (calendar, resource, member), invalid, google_refused if it shows only when it is busy
 */
export async function setRules(
  tx: Transaction,
  of: { businessId: string; calendarId: string; now: number },
  wanted: readonly Wanted[],
): Promise<Shown[]> {
  const { businessId, calendarId } = of;
  // Two that set them at once would each leave theirs.
  await lockCalendar(tx, of);
  const role = await readRole(tx, businessId, calendarId);
  if (role === 'freeBusyReader' && wanted.length > 0)
    throw new Refusal(
      'google_refused',
      'This calendar shows only when it is busy, so rules have nothing to go by: have it shared with the account with its details.',
    );
  const before = await read(tx, businessId, calendarId);
  checkIds(before, wanted);
  const named = await checkRules(tx, businessId, wanted);
  await tx.delete(rules).where(ofCalendar(businessId, calendarId));
  if (named.length > 0)
    await tx
      .insert(rules)
      .values(named.map((rule, position) => ({ businessId, calendarId, position, ...rule })));
  await owePulls(tx, businessId, [calendarId]);
  return read(tx, businessId, calendarId);
}

/**
 * With an id for each, and everybody whom they name looked up.
 * @throws Refusal not_found (resource, member), invalid
 */
export async function checkRules(
  db: Connection,
  businessId: string,
  wanted: readonly Wanted[],
): Promise<Rule[]> {
  const sharing = wanted.flatMap(({ whom }, rule) =>
    (whom.kind === 'listed' ? whom.shares : []).map((share, i) => ({
      ...share,
      id: share.resourceId,
      at: `rules.${rule}.whom.shares.${i}`,
    })),
  );
  const known = await findResources(
    db,
    businessId,
    sharing.map(({ id, at }) => ({ id, path: `${at}.resourceId` })),
  );
  for (const { id, places, at } of sharing) {
    const { name, places: there } = known.get(id)!;
    mustFit({ path: `${at}.places`, name, places, there });
  }
  const creators = wanted.flatMap(({ when }, rule) =>
    (when.creators ?? []).map((id, i) => ({ id, path: `rules.${rule}.when.creators.${i}` })),
  );
  await findMembers(db, businessId, creators);
  return wanted.map((rule) => ({ ...rule, id: rule.id ?? uuid() }));
}

function checkIds(before: readonly Shown[], wanted: readonly Wanted[]): void {
  const known = new Set(before.map(({ id }) => id));
  const seen = new Set<string>();
  for (const [i, { id }] of wanted.entries()) {
    if (id === undefined) continue;
    if (!known.has(id))
      throw new Refusal(
        'invalid',
        `rules.${i}.id: this calendar has no such rule: leave the id out for a new one.`,
      );
    if (seen.has(id)) throw new Refusal('invalid', `rules.${i}.id: a rule stands there twice.`);
    seen.add(id);
  }
}

const ofCalendar = (businessId: string, calendarId: string) =>
  and(eq(rules.businessId, businessId), eq(rules.calendarId, calendarId));

async function read(db: Connection, businessId: string, calendarId: string): Promise<Shown[]> {
  const rows = await db
    .select()
    .from(rules)
    .where(ofCalendar(businessId, calendarId))
    .orderBy(asc(rules.position));
  return rows.map(({ id, when, whom, means, alsoWhenFree }) => ({ id, when, whom, means, alsoWhenFree }));
}

async function readRole(db: Connection, businessId: string, calendarId: string): Promise<string> {
  const [row] = await db
    .select({ role: calendars.accessRole })
    .from(calendars)
    .where(and(eq(calendars.businessId, businessId), eq(calendars.id, calendarId), isNull(calendars.leftAt)));
  if (!row) throw notFound('calendar');
  return row.role;
}
