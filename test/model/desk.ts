// What happens in Sidebook over its API: bookings made and changed, calendars set otherwise, rules saved.
import { DAY, HOUR, MINUTE } from '../../shared/time.ts';
import type { Act } from './act.ts';
import type { Answer } from './ground.ts';
import type { Random } from './random.ts';
import type { ModelBooking, Scene } from './scene.ts';

const someTime = (scene: Scene, random: Random) =>
  scene.base + random.int(0, 8) * DAY + random.int(2, 15) * HOUR + random.int(0, 3) * 15 * MINUTE + DAY / 2;

/** What of an answer is kept. Refused the second time, it may have been done the first: then the booking itself says. */
export async function heard(
  scene: Scene,
  { status, body, unsure }: Answer,
  known: ModelBooking | undefined,
): Promise<string> {
  const words = status < 300 ? 'done' : `${status} ${body?.code}`;
  if (known) known.changes++;
  if (status < 300) return `${words}: ${keep(scene, body, known)}`;
  if (!known || !unsure) return words;
  const before = known.placements;
  const kept = keep(scene, await scene.must('GET', `/bookings/${known.id}`), known);
  known.placements.push(...before);
  return `${words}, maybe done: ${kept}`;
}

function keep(scene: Scene, body: Answer['body'], known: ModelBooking | undefined): string {
  const placed = scene.placed(body.resources.map((one: { resourceId: string }) => one.resourceId));
  const booking = known ?? {
    id: body.id as string,
    placements: [],
    linkings: [],
    said: null,
    touched: new Set<string>(),
    notes: [],
    changes: 1,
  };
  // One that holds nothing any more is where it was; one whose resources are written nowhere has no event.
  if (body.resources.length > 0) booking.placements = [placed];
  booking.said = { status: body.status, start: body.start };
  scene.bookings.set(booking.id, booking);
  return `${booking.id.slice(-6)} ${body.status} at ${body.start} on ${placed.length}`;
}

/** One that may still be changed, and as it is now. */
async function some(scene: Scene, random: Random, statuses = ['pending', 'confirmed']) {
  const known = random.maybe([...scene.bookings.values()]);
  if (!known) return null;
  const now = await scene.must('GET', `/bookings/${known.id}`);
  return statuses.includes(now.status) ? { known, now } : null;
}

async function change(scene: Scene, known: ModelBooking, act: string, body: object): Promise<string> {
  const answer = await scene.ask('POST', `/bookings/${known.id}/${act}`, body);
  return `${known.id.slice(-6)} ${JSON.stringify(body)} ${await heard(scene, answer, known)}`;
}

export const deskActs: Act[] = [
  {
    name: 'book',
    weight: 8,
    async run(scene, random) {
      const service = random.pick(['single', 'single', 'pair', 'asking'] as const);
      const wish = service === 'single' && random.chance(0.5) ? [random.pick(scene.resources).id] : [];
      const answer = await scene.ask('POST', '/bookings', {
        serviceId: scene.services[service],
        start: new Date(someTime(scene, random)).toISOString(),
        resourceIds: wish,
        customer: { name: random.pick(['Kari Nordmann', 'Ola Hansen', 'Per Lie']) },
        override: random.chance(0.6),
        notes: random.chance(0.3) ? `wish ${random.int(1, 99)}` : null,
      });
      return `${service} ${await heard(scene, answer, undefined)}`;
    },
  },
  {
    name: 'reschedule',
    weight: 4,
    async run(scene, random) {
      const found = await some(scene, random);
      if (!found) return null;
      const { known, now } = found;
      const near = Date.parse(now.start) + random.pick([15, -15, 45]) * MINUTE;
      const start = new Date(random.chance(0.4) ? near : someTime(scene, random)).toISOString();
      const override = random.chance(0.3);
      return change(scene, known, 'reschedule', { revision: now.revision, start, override });
    },
  },
  {
    name: 'reassign',
    weight: 3,
    async run(scene, random) {
      const found = await some(scene, random);
      if (!found) return null;
      const { known, now } = found;
      const from = random.maybe(now.resources as { resourceId: string }[])?.resourceId;
      const to = random.pick(scene.resources).id;
      const override = random.chance(0.3);
      return change(scene, known, 'reassign', { revision: now.revision, from, to, override });
    },
  },
  {
    name: 'cancel',
    weight: 3,
    async run(scene, random) {
      const found = await some(scene, random);
      return found && change(scene, found.known, 'cancel', { revision: found.now.revision });
    },
  },
  {
    name: 'approve or decline',
    weight: 2,
    async run(scene, random) {
      const found = await some(scene, random, ['pending']);
      const act = random.pick(['approve', 'approve', 'decline']);
      return found && change(scene, found.known, act, { revision: found.now.revision });
    },
  },
  {
    name: 'write a note',
    weight: 1,
    async run(scene, random) {
      const found = await some(scene, random);
      if (!found) return null;
      const { known, now } = found;
      const body = { revision: now.revision, notes: `said ${random.int(100, 999)}` };
      return heard(scene, await scene.ask('PATCH', `/bookings/${known.id}`, body), known);
    },
  },
  {
    name: 'settle a drift',
    weight: 3,
    async run(scene, random) {
      const { items } = await scene.must('GET', '/drifts?state=open');
      const drift = random.maybe(items as { id: string; kind: string }[]);
      if (!drift) return null;
      const choice = random.pick(['restore', 'follow'] as const);
      const { status, body } = await scene.ask('POST', `/drifts/${drift.id}/settle`, { choice });
      return `${drift.kind}: ${choice} ${status} ${body.code ?? ''}`;
    },
  },
];
