// The home card's bookings: today's, those of the next days that have any, and those that wait for approval.
import { type SQL, sql } from 'drizzle-orm';
import { dateOf, zone } from '../../shared/time.ts';
import type { Catalogue } from '../availability/catalogue.ts';
import type { Connection } from '../database/open.ts';
import { type Line, linesOf } from './lines.ts';
import type { Staffer } from './staffer.ts';

/** A phone shows no more, and a card of Google's holds a hundred things at most. */
const mostToday = 15;
const mostOfDay = 5;
const mostPending = 5;
/** Next days, and how far they are looked for. */
const mostDays = 7;
const ahead = 31;

interface Looking {
  staffer: Pick<Staffer, 'serves'>;
  catalogue: Catalogue;
  /** ms since 1970 */
  now: number;
}

export interface Day {
  date: string;
  bookings: Line[];
  /** Besides those. */
  more: number;
}

/** By day of the business's zone: today first, even if empty. Of more than fit, those that are over are left out first. */
export async function readDays(db: Connection, looking: Looking): Promise<Day[]> {
  const { catalogue, now } = looking;
  const its = zone(catalogue.business.zone);
  const first = its.day(now);
  const days = Array.from({ length: ahead + 1 }, (_, n) => first + n);
  const [begun, beginning] = await Promise.all([
    readBegun(db, looking, its.startOf(first)),
    readBeginning(
      db,
      looking,
      days.map((day) => ({ start: its.startOf(day), end: its.startOf(day + 1) })),
    ),
  ]);
  const lines = await linesOf(db, catalogue, [...begun, ...beginning.map(({ id }) => id)]);
  return days.flatMap((day, n) => {
    const found = beginning.filter((one) => one.n === n);
    if (n > 0 && found.length === 0) return [];
    const ids = new Set([...(n === 0 ? begun : []), ...found.map(({ id }) => id)]);
    const total = (n === 0 ? begun.length : 0) + (found[0]?.total ?? 0);
    const bookings = lines.filter(({ id }) => ids.has(id));
    return [{ date: dateOf(day), bookings, more: total - bookings.length }];
  });
}

interface Beginning extends Record<string, unknown> {
  id: string;
  /** Its day, 0 today; how many begin that day. */
  n: number;
  total: number;
}

/** A look-up in an index for each day, so that it costs the same however many bookings there are. */
async function readBeginning(
  db: Connection,
  looking: Looking,
  days: readonly { start: number; end: number }[],
): Promise<Beginning[]> {
  const [starts, ends] = (['start', 'end'] as const).map((edge) =>
    sql.param(days.map((day) => iso(day[edge]))),
  );
  const at = iso(looking.now);
  return db.execute<Beginning>(sql`
    with day as (
      select n - 1 as n, "start"::timestamptz, "end"::timestamptz
        from unnest(${starts}::text[], ${ends}::text[]) with ordinality as of("start", "end", n)
    ), shown as (
      select day.* from day left join lateral (${anyIn(looking)} limit 1) one on true
        where day.n = 0 or one.id is not null order by day.n limit ${mostDays + 1}
    )
    select first.id, shown.n::int as n, first.total::int as total from shown cross join lateral (
      select id, total from (select b.*, count(*) over () as total from (${beginningIn(looking, 'shown')}) b) b
        order by ends_at <= ${at}::timestamptz, starts_at, id
        limit case when shown.n = 0 then ${mostToday}::int else ${mostOfDay}::int end
    ) first`);
}

/** Bookings that begin in the span shown. Of few resources by what they hold, of all by when they begin. */
function beginningIn({ staffer, catalogue, now }: Looking, span: 'day' | 'shown'): SQL {
  const businessId = catalogue.business.id;
  if (staffer.serves === 'all')
    return sql`select b.id, b.starts_at, b.ends_at from bookings b
      where b.business_id = ${businessId} and ${within('b', span)} and ${standing(now)}`;
  return sql`select distinct b.id, b.starts_at, b.ends_at from ${held(businessId, staffer.serves, span)}
    cross join lateral (${sittingOn}) b where ${standing(now)}`;
}

/** Whether there are any that day. Of few resources not what became of them: a day of nothing but holds is left out later. */
function anyIn(looking: Looking): SQL {
  const { staffer, catalogue } = looking;
  if (staffer.serves === 'all') return beginningIn(looking, 'day');
  return sql`select a.unit_id as id from ${held(catalogue.business.id, staffer.serves, 'day')}`;
}

const within = (table: string, span: string): SQL =>
  sql.raw(`${table}.starts_at >= ${span}."start" and ${table}.starts_at < ${span}."end"`);

/** What these resources hold that begins in the span; `offset 0`: looked up a resource at a time, never all there is. */
const held = (businessId: string, serves: ReadonlySet<string>, span: string): SQL =>
  sql`unnest(${sql.param([...serves])}::uuid[]) as of(id) cross join lateral (
    select a.* from allocations a where a.business_id = ${businessId} and a.resource_id = of.id
      and ${within('a', span)} and a.during && tstzrange(${sql.raw(`${span}."start", ${span}."end"`)}) offset 0
  ) a`;

/** Those that began before today and have lasted into it. */
async function readBegun(
  db: Connection,
  { staffer, catalogue, now }: Looking,
  today: number,
): Promise<string[]> {
  const ids = staffer.serves === 'all' ? [...catalogue.resources.keys()] : [...staffer.serves];
  const at = sql`${iso(today)}::timestamptz`;
  const rows = await db.execute<{ id: string }>(sql`
    select distinct b.id from unnest(${sql.param(ids)}::uuid[]) as of(id) join allocations a
        on a.business_id = ${catalogue.business.id} and a.resource_id = of.id and a.during @> ${at}
          and a.starts_at < ${at} and a.ends_at > ${at}
      cross join lateral (${sittingOn}) b where ${standing(now)}`);
  return rows.map(({ id }) => id);
}

/** Of an allocation, `a`: the booking, or all of the session. */
const sittingOn = sql`
  select b.* from bookings b where b.business_id = a.business_id and b.id = a.booking_id
  union all select b.* from bookings b where b.business_id = a.business_id and b.session_id = a.session_id`;

/** Somebody's, and not let go; nobody sees what is only held while a form is filled in. */
const standing = (now: number) => sql`b.status in ('pending', 'confirmed', 'completed', 'no_show')
  and (b.expires_at is null or b.expires_at > ${iso(now)}::timestamptz)`;

/** The soonest first. */
export async function readPending(
  db: Connection,
  { staffer, catalogue, now }: Looking,
): Promise<{ count: number; items: Line[] }> {
  const mine =
    staffer.serves === 'all'
      ? sql`true`
      : sql`exists (select from allocations a where a.business_id = b.business_id
          and a.unit_id = coalesce(b.session_id, b.id) and a.resource_id = any(${sql.param([...staffer.serves])}::uuid[]))`;
  const rows = await db.execute<{ id: string; total: number }>(sql`
    select b.id, (count(*) over ())::int as total from bookings b
      where b.business_id = ${catalogue.business.id} and b.status = 'pending'
        and b.expires_at > ${iso(now)}::timestamptz and ${mine}
      order by b.starts_at, b.id limit ${mostPending}`);
  const items = await linesOf(
    db,
    catalogue,
    rows.map(({ id }) => id),
  );
  return { count: rows[0]?.total ?? 0, items };
}

const iso = (at: number): string => new Date(at).toISOString();
