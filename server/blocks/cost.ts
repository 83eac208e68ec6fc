// What the events of one calendar cost each resource: starts that its services would offer without them, and minutes.
import { createHash } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import { sql } from 'drizzle-orm';
import { MINUTE, merge, overlaps, type Span } from '../../shared/time.ts';
import type { Catalogue, Offer } from '../availability/catalogue.ts';
import { load } from '../availability/free.ts';
import { prepare } from '../availability/prepare.ts';
import type { Query } from '../availability/query.ts';
import { slots } from '../availability/slots.ts';
import type { Connection } from '../database/open.ts';
import type { Taken } from './derive.ts';

export interface Cost {
  resourceId: string;
  /** Fewer starts on which it could be booked, over all its services; below 0: more. */
  slots: number;
  minutes: number;
}

interface Counting {
  businessId: string;
  calendarId: string;
  resourceIds: readonly string[];
  window: Span;
  /** ms since 1970 */
  now: number;
}

/** Of one resource: what it is asked with, and what it offers without the calendar. */
interface Offered {
  resourceId: string;
  query: Query;
  starts: number;
}

/** Resources times services that are counted; with more, each resource by its shortest services only. */
const mostCounted = 400;

export interface Costs {
  /** Whether every service was counted. */
  complete: boolean;
  costOf(taken: readonly Taken[]): Promise<Cost[]>;
}

/**
 * Loads once what does not depend on the calendar; `costOf` then counts what a choice costs. A resource pays for its
 * own time alone, not for what the same events take of others in its services. Notice, horizon and limits are off, and
 * nothing is past: what was is counted like what will be. Of other calendars that show free and busy only, the past is
 * not known.
 */
export async function readCosts(db: Connection, catalogue: Catalogue, counting: Counting): Promise<Costs> {
  const { offered, complete } = await readOffered(db, catalogue, counting);
  const { resourceIds, window } = counting;
  const counted = new Map<string, number>();
  async function costOf(taken: readonly Taken[]): Promise<Cost[]> {
    const costs: Cost[] = [];
    for (const resourceId of resourceIds) {
      const mine = taken.filter((one) => one.resourceId === resourceId);
      const print = printOf(mine);
      let fewer = 0;
      for (const { query, starts } of offered.filter((one) => one.resourceId === resourceId)) {
        // Several choices mean the same to most resources.
        const key = [resourceId, query.service.id, print].join('/');
        const known = counted.get(key) ?? countStarts(withTaken(query, mine));
        counted.set(key, known);
        fewer += starts - known;
        // Others want to be answered meanwhile.
        await setImmediate();
      }
      costs.push({ resourceId, slots: fewer, minutes: minutesOf(mine, window) });
    }
    return costs;
  }
  return { complete, costOf };
}

function printOf(taken: readonly Taken[]): string {
  const spans = taken.map(({ start, end, places, means }) => [start, end, places, means]);
  return createHash('sha256').update(JSON.stringify(spans)).digest('base64');
}

export const countStarts = (query: Query): number => slots(prepare(query)).length;

async function readOffered(
  db: Connection,
  catalogue: Catalogue,
  counting: Counting,
): Promise<{ offered: Offered[]; complete: boolean }> {
  const { businessId, calendarId, window, now } = counting;
  const own = await readOwn(db, { businessId, calendarId });
  const { pairs, complete } = pairsOf(catalogue, counting.resourceIds, mostCounted);
  const offered: Offered[] = [];
  for (const [{ row, rule }, resourceIds] of pairs) {
    const loaded = await load(db, catalogue, {
      serviceId: row.id,
      from: window.start,
      to: window.end,
      now,
      need: 'slots',
      rule: { ...rule, notice: 0, horizon: null, perDay: null, perWeek: null },
    });
    const query = asRead(without({ ...loaded.query, now: window.start }, own));
    for (const resourceId of resourceIds) {
      const asked = { ...query, wish: [resourceId] };
      offered.push({ resourceId, query: asked, starts: countStarts(asked) });
      await setImmediate();
    }
  }
  return { offered, complete };
}

/** Which resources are counted by which services, `most` pairs of them. */
export function pairsOf({ offers }: Catalogue, resourceIds: readonly string[], most: number) {
  const services = [...offers.values()]
    .filter(({ row }) => row.archivedAt === null)
    .sort((a, b) => a.rule.length - b.rule.length);
  const each = Math.max(1, Math.floor(most / Math.max(1, resourceIds.length)));
  const pairs = new Map<Offer, string[]>();
  let complete = true;
  for (const id of resourceIds) {
    const mine = services.filter(({ rule }) => rule.groups.some((group) => group.resources.includes(id)));
    if (mine.length > each) complete = false;
    for (const offer of mine.slice(0, each)) pairs.set(offer, [...(pairs.get(offer) ?? []), id]);
  }
  return { pairs, complete };
}

/** What a calendar, or some of its events, make of the tables as they are, by id. */
export interface Own {
  blocks: Set<string>;
  openings: Set<string>;
}

/** @param eventIds left out: of all of the calendar's events */
export async function readOwn(
  db: Connection,
  { businessId, calendarId, eventIds }: { businessId: string; calendarId: string; eventIds?: string[] },
): Promise<Own> {
  const these = eventIds ? sql`and event_id = any(${sql.param(eventIds)}::text[])` : sql``;
  const of = sql`business_id = ${businessId} and calendar_id = ${calendarId} ${these}`;
  const rows = await db.execute<{ id: string; table: keyof Own }>(sql`
    select id, 'blocks' as table from blocks where ${of}
    union all
    select id, 'openings' from openings where ${of}`);
  const idsIn = (table: keyof Own) => new Set(rows.filter((row) => row.table === table).map(({ id }) => id));
  return { blocks: idsIn('blocks'), openings: idsIn('openings') };
}

/** As if these events took this instead of what they take. */
export const exchange = (query: Query, own: Own, taken: readonly Taken[]): Query =>
  withTaken(without(query, own), taken);

/** Nor does it matter how far which calendar was read: what it holds is at hand. */
const asRead = (query: Query): Query => ({
  ...query,
  blocks: query.blocks.filter(({ unread }) => !unread),
});

function without(query: Query, own: Own): Query {
  return {
    ...query,
    blocks: query.blocks.filter(({ id }) => !own.blocks.has(id)),
    resources: query.resources.map((resource) => ({
      ...resource,
      // By id: what opens the same time as well goes on doing so.
      openings: resource.openings.filter(({ id }) => id === undefined || !own.openings.has(id)),
    })),
  };
}

function withTaken(query: Query, taken: readonly Taken[]): Query {
  const blocks = taken
    .filter(({ means }) => means === 'block')
    .map(({ resourceId, places, start, end }, i) => ({
      id: String(i),
      resource: resourceId,
      places,
      start,
      end,
    }));
  const opened = taken.filter(({ means }) => means === 'open');
  return {
    ...query,
    blocks: [...query.blocks, ...blocks],
    resources: query.resources.map((resource) => ({
      ...resource,
      openings: [...resource.openings, ...opened.filter(({ resourceId }) => resourceId === resource.id)],
    })),
  };
}

function minutesOf(taken: readonly Taken[], window: Span): number {
  const blocked = taken
    .filter((one) => one.means === 'block' && overlaps(one, window))
    .map(({ start, end }) => ({ start: Math.max(start, window.start), end: Math.min(end, window.end) }));
  return merge(blocked).reduce((sum, { start, end }) => sum + Math.round((end - start) / MINUTE), 0);
}
