// What stands in the tables, read plainly: blocks and openings, the mirror, pushes, drifts.
import type { Takes, Window } from './expected.ts';
import { cut, united } from './expected.ts';
import type { Scene } from './scene.ts';

export interface Row extends Takes {
  eventId: string;
  /** Its event does not stand in the mirror. */
  lost: boolean;
}

/** Those that events make, in the window; busy time without events as one. */
export async function takesOf(scene: Scene, { from, to }: Window): Promise<Row[]> {
  const { sql } = scene.ground;
  const span = sql`tstzrange(${new Date(from)}, ${new Date(to)})`;
  const of = (table: string, places: string) => sql`
    select ${table === 'blocks' ? 'block' : 'open'} as means, b.calendar_id as "calendarId",
        b.resource_id as "resourceId", (extract(epoch from lower(during)) * 1000)::float8 as start,
        (extract(epoch from upper(during)) * 1000)::float8 as "end", ${sql.unsafe(places)} as places,
        coalesce(e.series_id, b.event_id) as family, b.original, b.event_id as "eventId", e.event_id is null as lost
      from ${sql(table)} b
      left join events e on e.business_id = b.business_id and e.calendar_id = b.calendar_id and e.event_id = b.event_id
      where b.business_id = ${scene.businessId} and b.event_id is not null and during && ${span}`;
  const rows = await sql<Row[]>`${of('blocks', 'b.places')} union all ${of('openings', 'null::int')}`;
  const busy = rows.filter(({ eventId }) => eventId.startsWith('busy:'));
  return [
    ...rows.filter(({ eventId }) => !eventId.startsWith('busy:')),
    ...joined(busy).map((row) => cut(row, { from, to })),
  ];
}

function joined(rows: Row[]): Row[] {
  const groups = new Map<string, Row[]>();
  for (const row of rows) {
    const key = `${row.calendarId} ${row.resourceId} ${row.means}`;
    groups.set(key, [...(groups.get(key) ?? []), row]);
  }
  return [...groups.values()].flatMap((group) =>
    united(group).map((span) => ({ ...group[0]!, ...span, family: '', original: null })),
  );
}

export const mirrored = (scene: Scene) => scene.ground.sql<
  { calendarId: string; eventId: string; status: string; etag: string }[]
>`
  select calendar_id as "calendarId", event_id as "eventId", status, etag from events
    where business_id = ${scene.businessId} and event_id not like 'busy:%'`;

export interface PushNow {
  id: string;
  bookingId: string;
  googleId: string;
  eventId: string | null;
  present: boolean;
  failure: string | null;
  died: boolean;
  /** What people did that waits for somebody to settle it. */
  drifts: ('moved' | 'deleted' | 'freed' | 'left')[];
  /** The business follows that it was set Free: it stays so. */
  mayBeFree: boolean;
}

export const pushesOf = (scene: Scene) => scene.ground.sql<PushNow[]>`
  select p.id, p.booking_id as "bookingId", c.google_id as "googleId", p.event_id as "eventId", p.present, p.failure,
      p.died_at is not null as died,
      array(select d.kind from drifts d
        where d.business_id = p.business_id and d.push_id = p.id and d.state = 'open') as drifts,
      exists (select from drifts f join pushes q on q.business_id = f.business_id and q.id = f.push_id
        where f.business_id = p.business_id and q.unit_id = p.unit_id and f.kind = 'freed'
          and f.state = 'followed') as "mayBeFree"
    from pushes p
    join calendars c on c.business_id = p.business_id and c.id = p.calendar_id
    where p.business_id = ${scene.businessId}`;

export interface BookingNow {
  id: string;
  status: string;
  start: number;
  end: number;
  /** Of its allocations, each as resource and span without buffers. */
  held: { resourceId: string; start: number; end: number }[];
}

export const bookingsOf = (scene: Scene) => scene.ground.sql<BookingNow[]>`
  select b.id, b.status, (extract(epoch from b.starts_at) * 1000)::float8 as start,
      (extract(epoch from b.ends_at) * 1000)::float8 as "end",
      coalesce((select json_agg(json_build_object('resourceId', a.resource_id,
          'start', (extract(epoch from a.starts_at) * 1000)::float8,
          'end', (extract(epoch from a.ends_at) * 1000)::float8))
        from allocations a where a.business_id = b.business_id and a.booking_id = b.id), '[]') as held
    from bookings b where b.business_id = ${scene.businessId}`;
