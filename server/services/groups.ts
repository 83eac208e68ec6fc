// The groups of a service: what has to be true of them, and how they are kept.
import { and, asc, eq, inArray } from 'drizzle-orm';
import type * as z from 'zod';
import type { Group } from '../../shared/api.ts';
import type { Connection, Transaction } from '../database/open.ts';
import { resources, serviceGroupResources, serviceGroups } from '../database/schema.ts';
import { Refusal } from '../errors.ts';

type GroupShape = z.output<typeof Group>;
type Known = ReadonlyMap<string, { name: string; places: number; archived: boolean }>;

/** Why these groups can never be filled, however free everybody is; undefined if they can. Pure. */
export function faultOf(groups: readonly GroupShape[], known: Known): Refusal | undefined {
  const strange = [...new Set(groups.flatMap((group) => group.resourceIds))].filter((id) => !known.has(id));
  if (strange.length > 0)
    return new Refusal(
      'not_found',
      'groups: name only resources of this business; these are not among them.',
      { resourceIds: strange },
    );
  for (const [i, { count, places, resourceIds }] of groups.entries()) {
    if (count > resourceIds.length)
      return new Refusal(
        'invalid',
        `groups.${i}.count: wants ${count} resources, but names ${resourceIds.length}.`,
      );
    for (const resource of resourceIds.map((id) => known.get(id)!)) {
      if (resource.archived)
        return new Refusal(
          'conflict',
          `groups.${i}: ${resource.name} is archived: bring it back, or leave it out.`,
        );
      if (resource.places < places)
        return new Refusal('invalid', `groups.${i}.places: ${resource.name} has only ${resource.places}.`);
    }
  }
  const tight = tooTight(groups);
  if (tight)
    return new Refusal(
      'invalid',
      `groups: ${tight.named} resources cannot fill groups that want ${tight.wanted}.`,
      { groups: tight.groups },
    );
  return undefined;
}

/**
 * Groups that together want more resources than they name together, since a resource serves one group of a booking.
 * By Hall's theorem there are none exactly when all can be filled at once.
 */
function tooTight(groups: readonly GroupShape[]) {
  const membership = new Map<string, number>();
  for (const [i, group] of groups.entries())
    for (const id of group.resourceIds) membership.set(id, (membership.get(id) ?? 0) | (1 << i));
  const memberships = [...membership.values()];
  for (let some = 1; some < 1 << groups.length; some++) {
    const chosen = groups.flatMap((group, i) => (some & (1 << i) ? [{ i, count: group.count }] : []));
    const wanted = chosen.reduce((sum, { count }) => sum + count, 0);
    const named = memberships.filter((of) => of & some).length;
    if (named < wanted) return { groups: chosen.map(({ i }) => i), wanted, named };
  }
  return undefined;
}

/**
 * Their resources are held as they are until the transaction ends, so that none is archived or made smaller between
 * the check and the write. @throws Refusal not_found, invalid, conflict
 */
export async function checkGroups(
  tx: Transaction,
  businessId: string,
  groups: readonly GroupShape[],
): Promise<void> {
  const ids = [...new Set(groups.flatMap((group) => group.resourceIds))];
  const rows = await tx
    .select()
    .from(resources)
    .where(and(eq(resources.businessId, businessId), inArray(resources.id, ids)))
    .orderBy(asc(resources.id))
    .for('share');
  const known = rows.map((row) => [row.id, { ...row, archived: row.archivedAt !== null }] as const);
  const fault = faultOf(groups, new Map(known));
  if (fault) throw fault;
}

interface Replacing {
  serviceId: string;
  groups: readonly GroupShape[];
}

export async function replaceGroups(tx: Transaction, businessId: string, { serviceId, groups }: Replacing) {
  await tx
    .delete(serviceGroups)
    .where(and(eq(serviceGroups.businessId, businessId), eq(serviceGroups.serviceId, serviceId)));
  await tx.insert(serviceGroups).values(
    groups.map(({ count, places, buffers }, position) => ({
      businessId,
      serviceId,
      position,
      count,
      places,
      buffers,
    })),
  );
  await tx
    .insert(serviceGroupResources)
    .values(
      groups.flatMap((group, position) =>
        group.resourceIds.map((resourceId, rank) => ({ businessId, serviceId, position, resourceId, rank })),
      ),
    );
}

/** In order, of each of these services. */
export async function readGroups(
  db: Connection,
  businessId: string,
  serviceIds: readonly string[],
): Promise<Map<string, GroupShape[]>> {
  const of = new Map<string, GroupShape[]>(serviceIds.map((id) => [id, []]));
  if (serviceIds.length === 0) return of;
  const rows = await db
    .select({ group: serviceGroups, resourceId: serviceGroupResources.resourceId })
    .from(serviceGroups)
    .innerJoin(
      serviceGroupResources,
      and(
        eq(serviceGroupResources.businessId, serviceGroups.businessId),
        eq(serviceGroupResources.serviceId, serviceGroups.serviceId),
        eq(serviceGroupResources.position, serviceGroups.position),
      ),
    )
    .where(and(eq(serviceGroups.businessId, businessId), inArray(serviceGroups.serviceId, [...serviceIds])))
    .orderBy(asc(serviceGroups.serviceId), asc(serviceGroups.position), asc(serviceGroupResources.rank));
  for (const { group, resourceId } of rows) {
    const groups = of.get(group.serviceId)!;
    groups[group.position] ??= {
      count: group.count,
      places: group.places,
      buffers: group.buffers,
      resourceIds: [],
    };
    groups[group.position]!.resourceIds.push(resourceId);
  }
  return of;
}
