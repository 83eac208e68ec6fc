// Loads one question for the slot engine from our own tables: what is taken, blocked and opened around a time.
import { sql } from 'drizzle-orm';
import type { Span } from '../../shared/time.ts';
import type { Connection } from '../database/open.ts';
import { notFound } from '../errors.ts';
import type { Catalogue } from './catalogue.ts';
import { reach } from './prepare.ts';
import type { Allocation, Block, Query, Service, Session } from './query.ts';

/** Instants in ms since 1970. */
export interface Ask {
  serviceId: string;
  /** Starts in [from, to). */
  from: number;
  to: number;
  now: number;
  /** What will be asked of the engine: choosing weighs resources by their whole week, slots need less. */
  need: 'slots' | 'choice';
  seats?: number;
  wish?: readonly string[];
  /** Bookings and sessions that do not count. */
  ignore?: readonly string[];
  /** Only these resources: what one has locked. */
  only?: readonly string[];
  /** Asked instead of the service's own. */
  rule?: Service;
}

/** One place as the table holds it; `expiresAt` in ms, or null for what does not expire. */
export interface Held extends Allocation {
  place: number;
  expiresAt: number | null;
}
export interface Loaded {
  query: Query;
  /** Every allocation read, those of expired holds and pendings too, which the query leaves out. */
  held: Held[];
  /** The business's, as of this reading: newer than the catalogue's, and what was counted on may have changed. */
  revision: number;
}

interface Row extends Record<string, unknown> {
  kind: 'allocation' | 'block' | 'opening' | 'session' | 'business';
  id: string;
  resource: string | null;
  start: number;
  end: number;
  places: number | null;
  coreStart: number | null;
  coreEnd: number | null;
  service: string | null;
  expiresAt: number | null;
  resources: string[] | null;
}

/** One statement, whatever is asked; its cost goes with what lies in the window, not with how much there is. */
export async function load(db: Connection, catalogue: Catalogue, ask: Ask): Promise<Loaded> {
  const offer = catalogue.offers.get(ask.serviceId);
  if (!offer) throw notFound('service');
  const service = narrowed(ask.rule ?? offer.rule, ask.only);
  const ids = [...new Set(service.groups.flatMap((group) => group.resources))];
  const bare: Query = {
    now: ask.now,
    from: ask.from,
    to: ask.to,
    service,
    resources: ids.map((id) => catalogue.resources.get(id)!.rule),
    allocations: [],
    blocks: [],
    seats: ask.seats,
    wish: ask.wish,
    ignore: ask.ignore,
  };
  const rows = await readRows(db, {
    businessId: catalogue.business.id,
    ids,
    window: reach(bare, ask.need),
    service,
    now: ask.now,
  });
  const of = (kind: Row['kind']) => rows.filter((row) => row.kind === kind);
  const held = of('allocation').map(asHeld);
  const openings = of('opening');
  return {
    held,
    revision: of('business')[0]!.start,
    query: {
      ...bare,
      resources: bare.resources.map((resource) => ({
        ...resource,
        openings: openings
          .filter((row) => row.resource === resource.id)
          .map(({ start, end }) => ({ start, end })),
      })),
      allocations: held.filter((row) => row.expiresAt === null || row.expiresAt > ask.now),
      blocks: of('block').map(asBlock),
      sessions: of('session').map(asSession),
    },
  };
}

function narrowed(service: Service, only: readonly string[] | undefined): Service {
  if (!only) return service;
  const kept = new Set(only);
  const groups = service.groups.map((g) => ({ ...g, resources: g.resources.filter((id) => kept.has(id)) }));
  return { ...service, groups };
}

interface Reading {
  businessId: string;
  ids: string[];
  window: Span;
  service: Service;
  now: number;
}

const ms = (column: string) => `(extract(epoch from ${column}) * 1000)::double precision`;
const none = 'null::double precision';

// Whole texts rather than pieces: this is the statement asked most, and drizzle builds it anew each time. A resource at
// a time is joined, since one look-up in these indexes takes one resource: `= any` would read all the business has.
const taken = sql.raw(`
  select 'allocation' as "kind", a.unit_id as "id", a.resource_id as "resource",
    ${ms('lower(a.during)')} as "start", ${ms('upper(a.during)')} as "end", a.place::int as "places",
    ${ms('a.starts_at')} as "coreStart", ${ms('a.ends_at')} as "coreEnd", a.service_id as "service",
    ${ms('a.expires_at')} as "expiresAt", null::uuid[] as "resources"
  from wanted join allocations a
    on a.business_id = wanted.business_id and a.resource_id = wanted.id and a.during && wanted.span
  union all
  select 'block', b.id, b.resource_id, ${ms('lower(b.during)')}, ${ms('upper(b.during)')}, b.places,
    ${none}, ${none}, null, ${none}, null
  from wanted join blocks b
    on b.business_id = wanted.business_id and b.resource_id = wanted.id and b.during && wanted.span
  union all
  select 'opening', o.id, o.resource_id, ${ms('lower(o.during)')}, ${ms('upper(o.during)')}, null,
    ${none}, ${none}, null, ${none}, null
  from wanted join openings o
    on o.business_id = wanted.business_id and o.resource_id = wanted.id and o.during && wanted.span
  union all
  select 'business', b.id, null, b.revision, ${none}, null, ${none}, ${none}, null, ${none}, null
  from asked join businesses b on b.id = asked.business_id`);
// Sessions with the seats taken of them; not those that were only held, and have lapsed.
const seated = sql.raw(`
  union all
  select 'session', s.id, null, ${ms('s.starts_at')}, ${ms('s.ends_at')},
    coalesce((select sum(b.seats) from bookings b
      where b.business_id = s.business_id and b.session_id = s.id
        and b.status not in ('cancelled', 'declined', 'expired')
        and (b.expires_at is null or b.expires_at > asked.now)), 0)::int,
    ${none}, ${none}, null, ${none},
    (select array_agg(distinct a.resource_id) from allocations a
      where a.business_id = s.business_id and a.unit_id = s.id)
  from asked join sessions s
    on s.business_id = asked.business_id and s.service_id = asked.service_id and s.cancelled_at is null
      and s.starts_at >= lower(asked.span) and s.starts_at < upper(asked.span)
  where exists (select from allocations a where a.business_id = s.business_id and a.unit_id = s.id
    and (a.expires_at is null or a.expires_at > asked.now))`);

async function readRows(db: Connection, { businessId, ids, window, service, now }: Reading): Promise<Row[]> {
  const [start, end] = [new Date(window.start).toISOString(), new Date(window.end).toISOString()];
  const wanted = sql`with asked as (
      select ${businessId}::uuid as business_id, ${service.id}::uuid as service_id,
        tstzrange(${start}::timestamptz, ${end}::timestamptz) as span, ${new Date(now).toISOString()}::timestamptz as now
    ), wanted as (
      select asked.*, of.id from asked cross join unnest(${sql.param(ids)}::uuid[]) as of(id)
    )`;
  return db.execute<Row>(service.seats > 1 ? sql`${wanted} ${taken} ${seated}` : sql`${wanted} ${taken}`);
}

const asHeld = (row: Row): Held => ({
  start: row.start,
  end: row.end,
  resource: row.resource!,
  places: 1,
  place: row.places!,
  coreStart: row.coreStart!,
  coreEnd: row.coreEnd!,
  service: row.service!,
  unit: row.id,
  expiresAt: row.expiresAt,
});
const asBlock = (row: Row): Block => ({
  start: row.start,
  end: row.end,
  id: row.id,
  resource: row.resource!,
  places: row.places,
});
const asSession = (row: Row): Session => ({
  start: row.start,
  end: row.end,
  id: row.id,
  seatsTaken: row.places!,
  resources: row.resources ?? [],
});
