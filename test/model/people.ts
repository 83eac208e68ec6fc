// What people do to events of their own in Google.
import { DAY, HOUR } from '../../shared/time.ts';
import {
  type Act,
  everything,
  type Found,
  isOurs,
  on,
  someDates,
  someOccurrence,
  someRule,
  someStart,
  someTheirs,
  someTimes,
  split,
  touch,
  tried,
  words,
} from './act.ts';
import type { Random } from './random.ts';
import { moveDecided, moveSeries } from './say.ts';
import type { ModelCalendar, Scene } from './scene.ts';

const titles = ['Dentist', '@Anna lunch', 'Room 2: closed', 'AH and #van', 'surgery', '#info', 'Bert: away'];

function someFields(random: Random): Record<string, unknown> {
  return {
    summary: random.pick(titles),
    ...(random.chance(0.2) && { transparency: 'transparent' }),
    ...(random.chance(0.1) && { status: 'tentative' }),
    ...(random.chance(0.2) && { colorId: String(random.int(1, 11)) }),
    ...(random.chance(0.1) && { visibility: 'private' }),
    ...(random.chance(0.1) && { location: 'the van' }),
  };
}

/** Whoever may write there: on the shared calendar one of three. */
function someWriter(scene: Scene, random: Random, { key, holder }: ModelCalendar): string {
  if (key === 'shared') return random.pick([scene.owner, scene.anna, scene.bert]);
  if (key === 'own') return random.pick([scene.owner, scene.owner, scene.anna]);
  return holder;
}

async function add(scene: Scene, random: Random, event: Record<string, unknown>, among = scene.standing()) {
  const calendar = random.maybe(among.filter(({ key }) => key !== 'stray' || random.chance(0.3)));
  if (!calendar) return null;
  const person = someWriter(scene, random, calendar);
  const outcome = await tried(() =>
    scene.control.addEvent({
      person,
      calendar: calendar.googleId,
      event: { ...someFields(random), ...event },
    }),
  );
  return `${person.split('-')[0]} on ${calendar.key}: ${JSON.stringify(event)} ${outcome}`;
}

const zoneFor = (random: Random) => random.pick(['Europe/Oslo', 'Europe/Oslo', 'America/New_York']);

async function change(found: Found | undefined, scene: Scene, to: Record<string, unknown>) {
  if (!found) return null;
  if ('transparency' in to) scene.handsOn.add(found.event.id);
  const outcome = await tried(() => scene.control.changeEvent({ ...on(found), change: to }));
  return `${words(found)} to ${JSON.stringify(to)} ${outcome}`;
}

const shifted = (event: Found['event'], by: number) => {
  const moved = (when: Found['event']['start']) =>
    when?.date
      ? { date: new Date(Date.parse(when.date) + Math.sign(by) * DAY).toISOString().slice(0, 10) }
      : {
          dateTime: new Date(Date.parse(when?.dateTime ?? '') + by).toISOString(),
          timeZone: when?.timeZone ?? 'Europe/Oslo',
        };
  return { start: moved(event.start), end: moved(event.end) };
};

/** What was said of it goes along with what is split off or moved: that is told apart (say.ts). */
const isDecided = ({ calendar, event }: Found) =>
  calendar.decisions.some(({ eventId }) => eventId === (event.recurringEventId ?? event.id));

const isDecidedInPart = ({ calendar, event }: Found) =>
  calendar.decisions.some(({ eventId, from }) => eventId === event.id && from !== null);

const single = (event: Found['event']) => !event.recurrence && !event.recurringEventId;
const recurs = (event: Found['event']) => Boolean(event.recurrence);

export const peoplesActs: Act[] = [
  {
    name: 'type an event',
    weight: 5,
    run: (scene, random) => add(scene, random, someTimes(scene, random, zoneFor(random))),
  },
  { name: 'type days', weight: 2, run: (scene, random) => add(scene, random, someDates(scene, random)) },
  {
    name: 'type a series',
    weight: 5,
    run: (scene, random) => {
      const allDay = random.chance(0.25);
      const times = allDay ? someDates(scene, random) : someTimes(scene, random, zoneFor(random));
      return add(scene, random, { ...times, recurrence: someRule(scene, random, allDay) });
    },
  },
  {
    name: 'type a status',
    weight: 1,
    run: (scene, random) => {
      const eventType = random.pick(['outOfOffice', 'focusTime', 'workingLocation']);
      const where = {
        transparency: 'transparent',
        visibility: 'public',
        workingLocationProperties: { type: 'homeOffice', homeOffice: {} },
      };
      const free = eventType === 'workingLocation' ? where : { transparency: 'opaque' };
      const primary = scene.calendars.filter(({ key }) => key === 'own');
      return add(scene, random, { ...someTimes(scene, random, 'Europe/Oslo'), eventType, ...free }, primary);
    },
  },
  {
    name: 'invite the owner',
    weight: 3,
    async run(scene, random) {
      const event = {
        summary: random.pick(titles),
        ...someTimes(scene, random, 'Europe/Oslo'),
        attendees: [{ email: scene.owner }, { email: scene.anna }],
        ...(random.chance(0.3) && { recurrence: someRule(scene, random, false) }),
      };
      return tried(async () => {
        const { id } = await scene.control.addEvent({ person: scene.guest, calendar: scene.guest, event });
        const response = random.pick([
          'accepted',
          'declined',
          'declined',
          'tentative',
          'needsAction',
        ] as const);
        await scene.control.respond({ person: scene.owner, event: id, response });
      });
    },
  },
  {
    name: 'answer an invitation',
    weight: 2,
    async run(scene, random) {
      const invited = (event: Found['event']) =>
        Boolean(event.attendees?.some(({ email }) => email === scene.owner));
      const found = await someTheirs(scene, random, invited);
      if (found?.calendar.key !== 'own') return null;
      const response = random.pick(['accepted', 'declined', 'declined', 'tentative'] as const);
      const answer = { person: scene.owner, event: found.event.id, response };
      return `${words(found)} ${response} ${await tried(() => scene.control.respond(answer))}`;
    },
  },
  {
    name: 'move an event',
    weight: 5,
    async run(scene, random) {
      const found = await someTheirs(scene, random);
      const times = found?.event.start?.date
        ? someDates(scene, random)
        : someTimes(scene, random, zoneFor(random));
      if (found && isDecidedInPart(found)) return `${words(found)} ${await moveSeries(scene, found, times)}`;
      return change(found, scene, times);
    },
  },
  {
    name: 'set Free or Busy',
    weight: 4,
    async run(scene, random) {
      const found = await someTheirs(scene, random);
      const free = found?.event.transparency === 'transparent';
      return change(found, scene, { transparency: free ? 'opaque' : 'transparent' });
    },
  },
  {
    name: 'make it days, or timed',
    weight: 2,
    async run(scene, random) {
      const found = await someTheirs(scene, random, single);
      const allDay = Boolean(found?.event.start?.date);
      const times = allDay ? someTimes(scene, random, 'Europe/Oslo') : someDates(scene, random);
      // A patch merges: what is no longer there has to be taken away.
      const without = allDay ? { date: null } : { dateTime: null, timeZone: null };
      return change(found, scene, {
        start: { ...without, ...times.start },
        end: { ...without, ...times.end },
      });
    },
  },
  {
    name: 'change its text or colour',
    weight: 3,
    run: async (scene, random) => change(await someTheirs(scene, random), scene, someFields(random)),
  },
  {
    name: 'let it recur, otherwise, or no more',
    weight: 2,
    async run(scene, random) {
      const found = await someTheirs(scene, random, (event) => !event.recurringEventId);
      if (!found) return null;
      const allDay = Boolean(found.event.start?.date);
      const recurrence = recurs(found.event) && random.chance(0.4) ? [] : someRule(scene, random, allDay);
      return change(found, scene, { recurrence });
    },
  },
  {
    name: 'move an occurrence',
    weight: 5,
    async run(scene, random) {
      const found = await someOccurrence(scene, random);
      return found ? change(found, scene, shifted(found.event, random.pick([-3, 1, 2, 26]) * HOUR)) : null;
    },
  },
  {
    name: 'free an occurrence',
    weight: 4,
    run: async (scene, random) =>
      change(await someOccurrence(scene, random), scene, {
        transparency: random.pick(['transparent', 'transparent', 'opaque']),
      }),
  },
  {
    name: 'delete an occurrence',
    weight: 4,
    async run(scene, random) {
      const found = await someOccurrence(scene, random);
      if (!found) return null;
      return `${words(found)} ${await tried(() => scene.control.deleteEvent(on(found)))}`;
    },
  },
  {
    name: 'split a series',
    weight: 5,
    async run(scene, random) {
      const found = await someOccurrence(scene, random);
      const { recurringEventId, originalStartTime: from } = found?.event ?? {};
      if (!found || !recurringEventId || !from || isDecided(found)) return null;
      const to = random.chance(0.5) ? { summary: random.pick(titles) } : {};
      const of = { event: recurringEventId, from, change: to };
      return `${words(found)} ${JSON.stringify(to)} ${await tried(() => split(scene, found, of))}`;
    },
  },
  {
    name: 'delete an event',
    weight: 4,
    async run(scene, random) {
      const found = await someTheirs(scene, random, (event) => !event.recurringEventId);
      if (!found) return null;
      return `${words(found)} ${await tried(() => scene.control.deleteEvent(on(found)))}`;
    },
  },
  {
    name: 'fetch an event out of the bin',
    weight: 2,
    async run(scene, random) {
      const all = await everything(scene);
      const found = random.maybe(
        all.filter(({ event }) => event.removedBy === 'person' && !event.recurringEventId),
      );
      if (!found) return null;
      if (isOurs(scene, found.event)) {
        touch(scene, found, 'restored');
        scene.restored.add(found.event.id);
      }
      return `${words(found)} ${await tried(() => scene.control.restoreEvent(on(found)))}`;
    },
  },
  {
    name: 'move to another calendar',
    weight: 2,
    async run(scene, random) {
      const found = await someTheirs(scene, random, (event) => !event.recurringEventId);
      const to = random.maybe(scene.standing().filter((one) => one !== found?.calendar));
      if (!found || !to) return null;
      if (isDecided(found)) return `${words(found)} to ${to.key} ${await moveDecided(scene, found, to)}`;
      const move = { ...on(found), to: to.googleId };
      return `${words(found)} to ${to.key} ${await tried(() => scene.control.moveEvent(move))}`;
    },
  },
  {
    name: 'begin now',
    weight: 1,
    run: (scene, random) =>
      add(scene, random, {
        start: { dateTime: new Date(scene.base - random.int(1, 40) * HOUR).toISOString() },
        end: { dateTime: new Date(someStart(scene, random) + 3 * DAY).toISOString() },
      }),
  },
  {
    name: 'delete an event that no delta will tell of',
    weight: 3,
    async run(scene, random) {
      const found = await someTheirs(scene, random, (event) => !event.recurringEventId);
      if (!found) return null;
      const { calendar, event } = on(found);
      const gone = scene.control.deleteEvent(on(found));
      const ended = scene.control.expireSyncTokens({ calendar });
      const outcome = await tried(() => Promise.all([gone, ended]));
      if (outcome === 'done' && random.chance(0.5)) await scene.control.purge({ calendar, event });
      return `${words(found)} ${outcome}`;
    },
  },
];
