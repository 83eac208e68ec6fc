// Lets a sequence come to rest: trouble ended, everything read and written, until a whole round of reading leads to no word more.
import type { Logged } from '../google/log.ts';
import type { Scene } from './scene.ts';
import { mend } from './trouble.ts';

const writes = new Set(['events.insert', 'events.update', 'events.patch', 'events.delete', 'events.move']);

/** What Sidebook asked of Google for this sequence after request number `since`. */
export async function askedBy(scene: Scene, since = scene.logStart): Promise<Logged[]> {
  const all = await scene.control.log({ since });
  return all.filter(({ person, client }) => person === scene.owner && client);
}

/** Those that changed something, or may have. */
export async function writesBy(scene: Scene, since?: number): Promise<Logged[]> {
  const all = await askedBy(scene, since);
  return all.filter(({ method, status }) => writes.has(method) && status < 300);
}

/** So many readings may lead to something to write: a drift put right, and what comes of it. */
const mostRounds = 8;
/** More than a lease: the worst that a killed process leaves behind. */
const patience = 45_000;

/** @returns what keeps it from resting, in words; null if nothing does */
export async function comeToRest(scene: Scene): Promise<string | null> {
  await mend(scene);
  for (let round = 1; round <= mostRounds; round++) {
    // One that was on its way when access came back may be given up only now.
    await revive(scene);
    const since = (await scene.control.log()).at(-1)?.n;
    await scene.ground.rest.pull(scene.businessId);
    const owed = await settled(scene);
    if (owed) return owed;
    if ((await writesBy(scene, since)).length === 0 && round > 1) return null;
  }
  const last = (await writesBy(scene))
    .slice(-6)
    .map(({ method, event }) => `${method} ${event?.slice(0, 8)}`);
  return `there is no end of writing to Google: ${last.join(', ')}`;
}

/** What was given up is tried again, as staff would once access is back. */
async function revive(scene: Scene): Promise<void> {
  const { items } = await scene.must('GET', '/pushes?state=died');
  for (const { id } of items) await scene.ask('POST', `/pushes/${id}/retry`);
  await scene.ground.sql`
    update marks set died_at = null, attempts = 0, due_at = now()
      where business_id = ${scene.businessId} and died_at is not null`;
}

async function settled(scene: Scene): Promise<string | null> {
  const { ground } = scene;
  const { rest } = ground;
  let kills = ground.cuts.length;
  let until = Date.now() + patience;
  for (;;) {
    await rest.hurry(scene.businessId);
    const owed = await rest.wait(scene.businessId, 400);
    if (!owed) return null;
    // Another sequence's power cut strikes this one too.
    if (ground.cuts.length > kills) {
      kills = ground.cuts.length;
      until = Date.now() + patience;
    }
    if (Date.now() > until) return `not at rest: ${JSON.stringify(owed)} ${await failures(scene)}`;
  }
}

async function failures(scene: Scene): Promise<string> {
  const { sql } = scene.ground;
  const rows = await sql`
    select 'push' as queue, failure, attempts, leased_until > now() as leased from pushes
      where business_id = ${scene.businessId} and done < wanted and died_at is null
    union all
    select 'pull', failure, attempts, leased_until > now() from pulls
      where business_id = ${scene.businessId} and (done < wanted or failure is not null)
    union all
    select 'mark', failure, attempts, leased_until > now() from marks
      where business_id = ${scene.businessId} and done < wanted and died_at is null`;
  return JSON.stringify(rows);
}
