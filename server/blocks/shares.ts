// Whether those whom rules and decisions name are there: asked politely, told by name.
import { and, eq, sql } from 'drizzle-orm';
import type { Share } from '../../shared/decide.ts';
import type { Connection } from '../database/open.ts';
import { members, resources } from '../database/schema.ts';
import { Refusal } from '../errors.ts';
import type { Judge } from './judge.ts';

/** A part of a request: where it stands, and the id it names. */
export interface Named {
  path: string;
  id: string;
}

/** @throws Refusal not_found (a resource), invalid (one that is not linked, or has fewer places) */
export async function mustBeLinked(db: Connection, judge: Judge, shares: readonly Share[]): Promise<void> {
  const named = shares.map(({ resourceId }, i) => ({ path: `shares.${i}.resourceId`, id: resourceId }));
  const known = await findResources(db, judge.businessId, named);
  for (const [i, { resourceId, places }] of shares.entries()) {
    const { name, places: there } = known.get(resourceId)!;
    if (!judge.places.has(resourceId))
      throw new Refusal(
        'invalid',
        `shares.${i}.resourceId: ${name} does not read this calendar: link it to the calendar first.`,
        { resourceId },
      );
    mustFit({ path: `shares.${i}.places`, name, places, there });
  }
}

/** @throws Refusal invalid */
export function mustFit(of: { path: string; name: string; places: number | null; there: number }): void {
  if (of.places !== null && of.places > of.there)
    throw new Refusal('invalid', `${of.path}: ${of.name} has only ${of.there}; null takes them all.`);
}

/** By id, archived ones too. @throws Refusal not_found, for the first that is not there */
export async function findResources(db: Connection, businessId: string, named: readonly Named[]) {
  const ids = sql.param(named.map(({ id }) => id));
  const rows = await db
    .select({ id: resources.id, name: resources.name, places: resources.places })
    .from(resources)
    .where(and(eq(resources.businessId, businessId), sql`${resources.id} = any(${ids}::uuid[])`));
  const known = new Map(rows.map((row) => [row.id, row]));
  mustAllBe(named, known, 'resource');
  return known;
}

/** @throws Refusal not_found, for the first that is not there */
export async function findMembers(db: Connection, businessId: string, named: readonly Named[]) {
  const ids = sql.param(named.map(({ id }) => id));
  const rows = await db
    .select({ id: members.id })
    .from(members)
    .where(and(eq(members.businessId, businessId), sql`${members.id} = any(${ids}::uuid[])`));
  mustAllBe(named, new Map(rows.map((row) => [row.id, row])), 'member');
}

function mustAllBe(named: readonly Named[], known: ReadonlyMap<string, unknown>, what: string): void {
  const lost = named.find(({ id }) => !known.has(id));
  if (lost)
    throw new Refusal('not_found', `${lost.path}: there is no such ${what} in this business: check its id.`, {
      [`${what}Id`]: lost.id,
    });
}
