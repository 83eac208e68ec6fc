// Loads one question for the slot engine from our own tables: what is taken, blocked and opened around a time.
import { sql } from 'drizzle-orm';
import type { BlockCause, BusinessSettings } from '../../shared/api.ts';
import { HOUR, type Span } from '../../shared/time.ts';
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
  /** Calendars that were read longer ago than the business lets pass when it is booked, by resource. */
  old: { resource: string; calendar: string }[];
  /** The business's, as of this reading: newer than the catalogue's, and what was counted on may have changed. */
  revision: number;
}

type Unread = NonNullable<Block['unread']>;

interface Row extends Record<string, unknown> {
  kind: 'allocation' | 'block' | Unread | 'old' | 'opening' | 'session' | 'business';
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
  /** Of a calendar: it was read too long ago to be booked on. */
  old: boolean;
}

/** One statement, whatever is asked; its cost goes with what lies in the window, not with how much there is. */
export async function load(db: Connection, catalogue: Catalogue, ask: Ask): Promise<Loaded> {
  const rule = ask.rule ?? catalogue.offers.get(ask.serviceId)?.rule;
  if (!rule) throw notFound('service');
  const service = narrowed(rule, ask.only);
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
    settings: catalogue.business.settings,
  });
  const of = (kind: Row['kind']) => rows.filter((row) => row.kind === kind);
  const held = of('allocation').map(asHeld);
  const openings = of('opening');
  return {
    held,
    old: rows
      .filter(({ kind, old }) => old && kind !== 'allocation')
      .map(({ id, resource }) => ({ resource: resource!, calendar: id })),
    revision: of('business')[0]!.start,
    query: {
      ...bare,
      resources: bare.resources.map((resource) => ({
        ...resource,
        openings: openings
          .filter((row) => row.resource === resource.id)
          .map(({ id, start, end }) => ({ id, start, end })),
      })),
      allocations: held.filter((row) => row.expiresAt === null || row.expiresAt > ask.now),
      blocks: [...of('block'), ...of('new'), ...of('stale'), ...of('beyond')].map(asBlock),
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
  settings: BusinessSettings;
}

const ms = (column: string) => `(extract(epoch from ${column}) * 1000)::double precision`;
const none = 'null::double precision';
const old = '(p.read_at < wanted.confirm_since)';
// Never read, or not since the link was made; too long ago; not that far.
const fresh = '(not l.judged or p.read_at is null)';
const stale = `(p.read_at < wanted.good_since - make_interval(mins => (c.settings->>'delayMinutes')::int))`;
const beyond = '(p.expanded_until < upper(wanted.span))';
const unknown = `(${fresh} or ${stale})`;

// Whole texts rather than pieces: this is the statement asked most, and drizzle builds it anew each time. A resource at
// a time is joined, since one look-up in these indexes takes one resource: `= any` would read all the business has.
const taken = sql.raw(`
  select 'allocation' as "kind", a.unit_id as "id", a.resource_id as "resource",
    ${ms('lower(a.during)')} as "start", ${ms('upper(a.during)')} as "end", a.place::int as "places",
    ${ms('a.starts_at')} as "coreStart", ${ms('a.ends_at')} as "coreEnd", a.service_id as "service",
    ${ms('a.expires_at')} as "expiresAt", null::uuid[] as "resources",
    false as "old"
  from wanted join allocations a
    on a.business_id = wanted.business_id and a.resource_id = wanted.id and a.during && wanted.span
  union all
  select 'block', b.id, b.resource_id, ${ms('lower(b.during)')}, ${ms('upper(b.during)')}, b.places,
    ${none}, ${none}, null, ${none}, null, false
  from wanted join blocks b
    on b.business_id = wanted.business_id and b.resource_id = wanted.id and b.during && wanted.span
      and (wanted.pull or b.event_id is null)
  union all
  select case when ${fresh} then 'new' when ${stale} then 'stale' when ${beyond} then 'beyond' else 'old' end, l.calendar_id, l.resource_id,
    ${ms(`case when ${unknown} then lower(wanted.span) else greatest(lower(wanted.span), p.expanded_until) end`)},
    ${ms('upper(wanted.span)')}, null, ${none}, ${none}, null, ${none}, null, ${old}
  from wanted join links l
      on l.business_id = wanted.business_id and l.resource_id = wanted.id and l.reads and wanted.pull
    join pulls p on p.business_id = l.business_id and p.calendar_id = l.calendar_id
    join calendars c on c.business_id = l.business_id and c.id = l.calendar_id
  where ${unknown} or ${beyond} or ${old}
  union all
  select 'opening', o.id, o.resource_id, ${ms('lower(o.during)')}, ${ms('upper(o.during)')}, null,
    ${none}, ${none}, null, ${none}, null, false
  from wanted join openings o
    on o.business_id = wanted.business_id and o.resource_id = wanted.id and o.during && wanted.span
      and (wanted.pull or o.event_id is null)
  union all
  select 'business', b.id, null, b.revision, ${none}, null, ${none}, ${none}, null, ${none}, null, false
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
      where a.business_id = s.business_id and a.unit_id = s.id), false
  from asked join sessions s
    on s.business_id = asked.business_id and s.service_id = asked.service_id and s.cancelled_at is null
      and s.starts_at >= lower(asked.span) and s.starts_at < upper(asked.span)
  where exists (select from allocations a where a.business_id = s.business_id and a.unit_id = s.id
    and (a.expires_at is null or a.expires_at > asked.now))`);

async function readRows(db: Connection, reading: Reading): Promise<Row[]> {
  const { businessId, ids, window, service, now, settings } = reading;
  const [start, end] = [new Date(window.start).toISOString(), new Date(window.end).toISOString()];
  // Older than this, what was read last no longer counts; where it goes on counting, nothing is too old.
  const goodSince = settings.unreachableThen === 'close' ? now - settings.unreachableHours * HOUR : 0;
  const wanted = sql`with asked as (
      select ${businessId}::uuid as business_id, ${service.id}::uuid as service_id,
        tstzrange(${start}::timestamptz, ${end}::timestamptz) as span, ${new Date(now).toISOString()}::timestamptz as now,
        ${settings.pull}::boolean as pull, ${new Date(goodSince).toISOString()}::timestamptz as good_since,
        ${new Date(now - settings.confirmSeconds * 1000).toISOString()}::timestamptz as confirm_since
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
  ...(row.kind !== 'block' && { unread: row.kind as Unread }),
});
const asSession = (row: Row): Session => ({
  start: row.start,
  end: row.end,
  id: row.id,
  seatsTaken: row.places!,
  resources: row.resources ?? [],
});

/** Which events make these blocks; those made by hand are left out. */
export async function blockCauses(
  db: Connection,
  businessId: string,
  ids: string[],
): Promise<Map<string, BlockCause>> {
  const rows = await db.execute<BlockCause & { block: string }>(sql`
    select id as block, calendar_id as "calendarId", event_id as "eventId", original, cause->>'code' as code,
        cause->>'id' as id
      from blocks where business_id = ${businessId} and id = any(${sql.param(ids)}::uuid[]) and event_id is not null`);
  return new Map(rows.map(({ block, id, ...cause }) => [block, { ...cause, ...(id ? { id } : {}) }]));
}
