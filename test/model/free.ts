// Events set Free in Google by Sidebook, one, by series or all that match; and set back. What was before is the model's to know.
import type { Act, Found } from './act.ts';
import { everything, isOurs, stands, words } from './act.ts';
import { someTarget } from './say.ts';
import type { ModelCalendar, Scene } from './scene.ts';

/** Of an event that Sidebook may have set Free: what it was, as people left it. */
export interface Before {
  calendar: ModelCalendar;
  eventId: string;
  transparent: boolean;
}

const able = ({ id, key, deleted }: ModelCalendar) => id !== '' && key !== 'dim' && !deleted;

/** Notes how people left every event that Sidebook has not set Free yet. */
export async function noteBefore(scene: Scene): Promise<void> {
  for (const { calendar, event } of await everything(scene)) {
    if (!able(calendar) || isOurs(scene, event) || bearsFree(event)) continue;
    scene.before.set(`${calendar.googleId} ${event.id}`, event.transparency === 'transparent');
  }
}

export const bearsFree = (event: Found['event']): boolean =>
  Object.keys(event.extendedProperties?.private ?? {}).some((key) => key.startsWith('sidebookFree'));

export const freeActs: Act[] = [
  {
    name: 'set events Free for everybody',
    weight: 4,
    async run(scene, random) {
      const target = await someTarget(scene, random);
      if (!target) return null;
      await noteBefore(scene);
      const path = `/calendars/${target.found.calendar.id}/fix`;
      const wish = random.chance(0.7) ? { events: [target.which] } : { match: {} };
      const { status, body } = await scene.ask('POST', path, { ...wish, dryRun: false });
      if (status < 300 && body.id) scene.runs.push(body.id);
      if (status < 300) scene.fixed.add(target.found.calendar.googleId);
      return `${words(target.found)} ${JSON.stringify(wish)} ${status} ${body.code ?? `${body.total} events`}`;
    },
  },
  {
    name: 'set them back',
    weight: 2,
    async run(scene, random) {
      const target = await someTarget(scene, random);
      if (!target || scene.fixed.size === 0) return null;
      const path = `/calendars/${target.found.calendar.id}/undo`;
      const { status, body } = await scene.ask('POST', path, target.which);
      return `${words(target.found)} ${JSON.stringify(target.which)} ${status} ${body.code ?? ''}`;
    },
  },
  {
    name: 'set a run back',
    weight: 1,
    async run(scene, random) {
      const run = random.maybe(scene.runs);
      if (!run) return null;
      const { status, body } = await scene.ask('POST', `/runs/${run}/undo`);
      return `${status} ${body.code ?? ''}`;
    },
  },
];

/** Everything that Sidebook set Free, set back. @returns whether there was anything */
export async function undoAll(scene: Scene): Promise<boolean> {
  const bearing = (await everything(scene)).filter(
    ({ calendar, event }) => able(calendar) && event.status !== 'cancelled' && bearsFree(event),
  );
  for (const { calendar, event } of bearing) {
    const series = event.recurringEventId ?? (event.recurrence ? event.id : null);
    const which = series
      ? { eventId: series, scope: 'series', from: null }
      : { eventId: event.id, scope: 'event', from: null };
    // An occurrence's series may have been set back just before.
    await scene.ask('POST', `/calendars/${calendar.id}/undo`, which);
  }
  return bearing.length > 0;
}

/** Nothing remains of it: no mark, and no event Free that people did not leave so. */
export async function checkUndone(scene: Scene): Promise<string[]> {
  const faults: string[] = [];
  const all = await everything(scene);
  for (const { calendar, event } of all) {
    if (!stands({ calendar, event }, all) || calendar.id === '' || isOurs(scene, event)) continue;
    const name = `${event.id.slice(0, 8)}${event.recurringEventId ? `…${event.id.slice(-16)}` : ''} on ${calendar.key}`;
    if (bearsFree(event)) faults.push(`${name} still says that we set it Free`);
    const before = scene.before.get(`${calendar.googleId} ${event.id}`);
    if (before === undefined || scene.handsOn.has(event.id) || event.recurringEventId) continue;
    if (before !== (event.transparency === 'transparent'))
      faults.push(`${name} is ${before ? 'Busy' : 'Free'} after all was set back, and was not before`);
  }
  return faults;
}

/** What stands in an event's mark is so: set Free by us, it is Free. */
export async function checkFreed(scene: Scene): Promise<string[]> {
  return (await everything(scene)).flatMap(({ calendar, event }) =>
    calendar.id !== '' &&
    event.status !== 'cancelled' &&
    bearsFree(event) &&
    event.transparency !== 'transparent'
      ? [`${event.id.slice(0, 8)} on ${calendar.key} says that we set it Free, and is Busy`]
      : [],
  );
}
