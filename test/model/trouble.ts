// What goes wrong between Sidebook and Google: lost answers, refusals, lost notices, access taken away, power cuts.
import { setTimeout as sleep } from 'node:timers/promises';
import type { Fault, Trouble } from '../google/faults.ts';
import { type Act, everything, on, tried, words } from './act.ts';
import type { Random } from './random.ts';
import type { Scene } from './scene.ts';

function someTrouble(random: Random): Trouble {
  const error = (status: number, reason: string): Trouble => ({ kind: 'error', status, reason });
  return random.pick<Trouble>([
    { kind: 'latency', milliseconds: random.int(20, 300) },
    error(500, 'backendError'),
    error(503, 'backendError'),
    error(429, 'rateLimitExceeded'),
    error(403, 'userRateLimitExceeded'),
    { kind: 'reset' },
    { kind: 'halfBody' },
    { kind: 'lostAnswer' },
    { kind: 'lostAnswer' },
    { kind: 'fullSync' },
    { kind: 'expiredToken' },
  ]);
}

async function add(scene: Scene, fault: Fault): Promise<string> {
  const { id } = await scene.control.addFault({ ...fault, person: scene.owner });
  scene.faults.push(id);
  return JSON.stringify(fault);
}

const methods = ['events.*', 'events.list', 'events.insert', 'events.update', 'events.delete', 'events.move'];

export const troubleActs: Act[] = [
  {
    name: 'trouble',
    weight: 7,
    run: (scene, random) =>
      add(scene, { ...someTrouble(random), on: random.pick(methods), times: random.int(1, 3) }),
  },
  {
    name: 'trouble with notices',
    weight: 2,
    run: (scene, random) =>
      add(scene, {
        kind: random.pick(['lostNotice', 'duplicateNotice'] as const),
        on: 'notice',
        times: random.int(1, 5),
      }),
  },
  {
    name: 'sync tokens end',
    weight: 2,
    async run(scene, random) {
      const calendar = random.pick(scene.standing());
      await scene.control.expireSyncTokens({ calendar: calendar.googleId });
      return calendar.key;
    },
  },
  {
    name: 'access tokens end',
    weight: 1,
    run: (scene) => tried(() => scene.control.expireAccess({ person: scene.owner })),
  },
  {
    name: 'access is changed',
    weight: 2,
    async run(scene, random) {
      const calendar = scene.calendar('shared');
      if (!calendar || calendar.deleted) return null;
      const role = random.pick(['none', 'freeBusyReader', 'reader', 'writer', 'writer', 'owner'] as const);
      await scene.control.share({ calendar: calendar.googleId, person: scene.owner, role });
      scene.mended = false;
      return `shared: ${role}`;
    },
  },
  {
    name: 'access is taken back, and given again',
    weight: 1,
    async run(scene) {
      await scene.control.revokeAccess({ person: scene.owner });
      await scene.ground.rest.pull(scene.businessId);
      await sleep(200);
      await scene.connect();
      return '';
    },
  },
  {
    name: 'a tombstone is purged',
    weight: 2,
    async run(scene, random) {
      const all = await everything(scene);
      const found = random.maybe(all.filter(({ event }) => event.status === 'cancelled'));
      if (!found) return null;
      const { calendar, event } = on(found);
      // As when weeks have passed: none is gone within seconds of our writing.
      await scene.ground.rest.wait(scene.businessId, 1500);
      await scene.ground.rest.age(scene.businessId);
      // Google's tokens do not outlive its tombstones: else no reader could ever hear of the deletion.
      await scene.control.expireSyncTokens({ calendar });
      return `${words(found)} ${await tried(() => scene.control.purge({ calendar, event }))}`;
    },
  },
  {
    name: 'calendars are read',
    weight: 4,
    async run(scene) {
      await scene.ground.rest.pull(scene.businessId);
      return '';
    },
  },
  {
    name: 'some time passes',
    weight: 4,
    async run(_, random) {
      const milliseconds = random.int(10, 250);
      await sleep(milliseconds);
      return `${milliseconds} ms`;
    },
  },
  {
    name: 'all is done before the next',
    weight: 4,
    async run(scene) {
      await scene.ground.rest.pull(scene.businessId);
      await scene.ground.rest.wait(scene.businessId, 1500);
      return '';
    },
  },
  {
    name: 'power cut',
    weight: 0.15,
    async run(scene) {
      await scene.ground.powerCut();
      return '';
    },
  },
];

/** Everything as it should be again: what is left is to be caught up with. */
export async function mend(scene: Scene): Promise<void> {
  for (const id of scene.faults.splice(0)) await scene.control.removeFault({ id });
  const shared = scene.calendar('shared');
  if (!scene.mended && shared && !shared.deleted)
    await scene.control.share({ calendar: shared.googleId, person: scene.owner, role: 'writer' });
  scene.mended = true;
}
