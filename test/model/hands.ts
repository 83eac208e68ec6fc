// What people do to the events of bookings: drag, rename, delete, free, take elsewhere, copy.
import { setTimeout as sleep } from 'node:timers/promises';
import { HOUR, MINUTE } from '../../shared/time.ts';
import {
  type Act,
  bookingOf,
  type Found,
  on,
  someDates,
  someOurs,
  someTimes,
  touch,
  tried,
  words,
} from './act.ts';
import { heard } from './desk.ts';
import type { Scene } from './scene.ts';

async function change(found: Found | undefined, scene: Scene, kind: string, to: Record<string, unknown>) {
  if (!found) return null;
  touch(scene, found, kind);
  const outcome = await tried(() => scene.control.changeEvent({ ...on(found), change: to }));
  return `${words(found)} to ${JSON.stringify(to)} ${outcome}`;
}

export const handsActs: Act[] = [
  {
    name: 'drag a booking',
    weight: 6.4,
    async run(scene, random) {
      const found = await someOurs(scene, random);
      const start = Date.parse(found?.event.start?.dateTime ?? '');
      if (!found || Number.isNaN(start)) return null;
      const by = random.pick([-HOUR, 15 * MINUTE, HOUR, 3 * HOUR, 26 * HOUR]);
      const length = random.pick([HOUR, HOUR, HOUR, 90 * MINUTE]);
      const at = (instant: number) => ({ dateTime: new Date(instant).toISOString() });
      return change(found, scene, 'moved', { start: at(start + by), end: at(start + by + length) });
    },
  },
  {
    name: 'make a booking a whole day',
    weight: 0.8,
    async run(scene, random) {
      const found = await someOurs(scene, random);
      const { start, end } = someDates(scene, random);
      const none = { dateTime: null, timeZone: null };
      return change(found, scene, 'moved', { start: { ...none, ...start }, end: { ...none, ...end } });
    },
  },
  {
    name: 'rename a booking',
    weight: 1.6,
    run: async (scene, random) =>
      change(await someOurs(scene, random), scene, 'renamed', { summary: `Renamed ${random.int(1, 99)}` }),
  },
  {
    name: 'write into a booking',
    weight: 3.2,
    async run(scene, random) {
      const found = await someOurs(scene, random);
      if (!found) return null;
      const note = `note ${random.int(1000, 9999)}`;
      const description = `${found.event.description ?? ''}\n${note}`;
      const said = await change(found, scene, 'written', { description });
      if (said?.endsWith('done'))
        scene.bookings.get(bookingOf(found.event))?.notes.push({ eventId: found.event.id, note });
      return said;
    },
  },
  {
    name: 'colour a booking',
    weight: 0.8,
    run: async (scene, random) =>
      change(await someOurs(scene, random), scene, 'coloured', { colorId: String(random.int(1, 11)) }),
  },
  {
    name: 'set a booking Free',
    weight: 3.2,
    run: async (scene, random) =>
      change(await someOurs(scene, random), scene, 'freed', { transparency: 'transparent' }),
  },
  {
    name: 'delete a booking in Google',
    weight: 4.8,
    async run(scene, random) {
      const found = await someOurs(scene, random);
      if (!found) return null;
      touch(scene, found, 'deleted');
      return `${words(found)} ${await tried(() => scene.control.deleteEvent(on(found)))}`;
    },
  },
  {
    name: 'take a booking to another calendar',
    weight: 3.2,
    async run(scene, random) {
      const found = await someOurs(scene, random);
      const to = random.maybe(scene.standing().filter((one) => one !== found?.calendar));
      if (!found || !to) return null;
      touch(scene, found, 'left');
      // From where we do not look it comes back as anybody's: its booking has had another since.
      if (to.id === '') scene.strayed.add(found.event.id);
      const move = { ...on(found), to: to.googleId };
      return `${words(found)} to ${to.key} ${await tried(() => scene.control.moveEvent(move))}`;
    },
  },
  {
    name: 'copy a booking',
    weight: 1.6,
    async run(scene, random) {
      const found = await someOurs(scene, random);
      if (!found) return null;
      const { summary, description, extendedProperties } = found.event;
      const event = { summary, description, extendedProperties, ...someTimes(scene, random, 'Europe/Oslo') };
      const { person, calendar } = on(found);
      return tried(async () => {
        const { id } = await scene.control.addEvent({ person, calendar, event });
        scene.copies.add(id);
      });
    },
  },
  {
    name: 'write into a booking while Sidebook does',
    weight: 4.8,
    async run(scene, random) {
      const found = await someOurs(scene, random);
      const known = found && scene.bookings.get(bookingOf(found.event));
      if (!found || !known) return null;
      const { revision } = await scene.must('GET', `/bookings/${known.id}`);
      // Sidebook has read the event, and its write is on the way.
      const on = 'events.update';
      const slow = { kind: 'latency' as const, milliseconds: 200, on, times: 1, person: scene.owner };
      const { id: fault } = await scene.control.addFault(slow);
      scene.faults.push(fault);
      const notes = `said ${random.int(100, 999)}`;
      const answer = await scene.ask('PATCH', `/bookings/${known.id}`, { revision, notes });
      const outcome = await heard(scene, answer, known);
      if (answer.status >= 300) return outcome;
      await sleep(random.int(20, 150));
      const note = `note ${random.int(1000, 9999)}`;
      const description = `${found.event.description ?? ''}\n${note}`;
      const said = await change(found, scene, 'written', { description });
      if (said?.endsWith('done')) known.notes.push({ eventId: found.event.id, note });
      return said;
    },
  },
];
