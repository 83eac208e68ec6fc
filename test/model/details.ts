// What the tables hold of a sequence that failed: for whoever looks for the cause.
import { askedBy } from './quiet.ts';
import type { Scene } from './scene.ts';

export async function detailsOf(scene: Scene): Promise<string> {
  const { sql } = scene.ground;
  const { businessId } = scene;
  const resources =
    await sql`select id, name, opens, places from resources where business_id = ${businessId}`;
  const drifts = await sql`
    select kind, policy, state, found, reason, seen_at, settled_by, push_id from drifts
      where business_id = ${businessId} order by seen_at`;
  const pushes = await sql`
    select p.*, c.name as calendar from pushes p
      join calendars c on c.business_id = p.business_id and c.id = p.calendar_id where p.business_id = ${businessId}`;
  const pulls = await sql`
    select c.name, c.access_role, c.left_at, p.* from pulls p
      join calendars c on c.business_id = p.business_id and c.id = p.calendar_id where p.business_id = ${businessId}`;
  const marks = await sql`select * from marks where business_id = ${businessId}`;
  const fixes = await sql`select * from fixes where business_id = ${businessId}`;
  const said = await sql`select * from decisions where business_id = ${businessId}`;
  const events =
    await sql`select * from events where business_id = ${businessId} and event_id not like 'busy:%'`;
  const log = await sql<Record<string, string | number | Date>[]>`
    select at, kind, step, outcome, status, push_id, attempt from log_entries
      where business_id = ${businessId} order by id`;
  const lines = log.map(({ at, kind, step, outcome, status, push_id: push, attempt }) =>
    [
      new Date(at ?? 0).toISOString().slice(14),
      kind,
      step,
      outcome,
      status,
      `${push ?? ''}`.slice(-4),
      attempt,
    ].join(' '),
  );
  const asked = (await askedBy(scene)).map(({ n, at, method, status, event, ifMatch, body }) =>
    [n, at, method, status, event?.slice(0, 8), ifMatch, JSON.stringify(body)?.slice(0, 500)].join(' '),
  );
  const { settings, links, calendars } = scene;
  const tables = { settings, links, calendars, resources, drifts, pushes, pulls, marks, fixes, said, events };
  return [
    ...Object.entries(tables).map(([name, of]) => `${name} ${JSON.stringify(of, null, 1)}`),
    ...lines,
    ...asked,
  ].join('\n');
}
