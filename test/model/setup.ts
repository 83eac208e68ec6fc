// What a business changes of its calendars, links and settings while all goes on.
import type { CalendarSettings } from '../../shared/calendar-api.ts';
import type { Conditions, Rule, Whom } from '../../shared/rules.ts';
import type { Act } from './act.ts';
import type { Random } from './random.ts';
import type { ModelCalendar, Scene } from './scene.ts';

const someFollowed = (scene: Scene, random: Random): ModelCalendar =>
  random.pick(scene.calendars.filter(({ id }) => id !== ''));

function someSettings(random: Random): Partial<CalendarSettings> {
  const blocking = () => random.pick(['block', 'ignore'] as const);
  const all: CalendarSettings = {
    undecided: random.pick(['everybody', 'nobody', 'creator', 'creator', 'ask']),
    allDay: random.pick(['busy', 'always', 'never']),
    tentative: blocking(),
    unanswered: blocking(),
    outOfOffice: blocking(),
    focusTime: blocking(),
    autoFix: random.chance(0.7),
    adopt: 'adopt',
    delayMinutes: 0,
  };
  const keys = [
    'undecided',
    'allDay',
    'tentative',
    'unanswered',
    'outOfOffice',
    'focusTime',
    'autoFix',
  ] as const;
  return Object.fromEntries(
    keys.filter((key) => random.chance(key === 'autoFix' ? 0.2 : 0.5)).map((key) => [key, all[key]]),
  );
}

export function someShares(scene: Scene, random: Random) {
  return scene.resources
    .filter(() => random.chance(0.4))
    .map(({ id, places }) => ({
      resourceId: id,
      places: random.chance(0.2) ? random.int(1, places) : null,
      startShift: random.chance(0.2) ? random.pick([-15, 30]) : 0,
      endShift: random.chance(0.2) ? random.pick([-30, 15]) : 0,
      means: random.chance(0.1) ? random.pick(['block', 'open'] as const) : null,
    }));
}

function someConditions(scene: Scene, random: Random): Conditions {
  return {
    ...(random.chance(0.4) && { texts: random.pick([['#info'], ['dentist', 'lunch'], ['#van']]) }),
    ...(random.chance(0.2) && { creators: [random.pick([...scene.members.values()])] }),
    ...(random.chance(0.2) && { colors: ['3', '5', '7', '11'] }),
    ...(random.chance(0.2) && { allDay: random.chance(0.5) }),
    ...(random.chance(0.1) && { responses: [random.pick(['accepted', 'needsAction', 'none'] as const)] }),
  };
}

function someWhom(scene: Scene, random: Random): Whom {
  const kind = random.pick(['everybody', 'nobody', 'creator', 'named', 'named', 'listed'] as const);
  if (kind !== 'listed') return { kind };
  const shares = someShares(scene, random);
  return shares.length > 0 ? { kind, shares } : { kind: 'nobody' };
}

/** Only where rules have something to go by. */
const readable = (scene: Scene) => scene.calendars.filter(({ id, key }) => id !== '' && key !== 'dim');

export const setupActs: Act[] = [
  {
    name: 'set a calendar',
    weight: 2,
    async run(scene, random) {
      const calendar = someFollowed(scene, random);
      const settings = someSettings(random);
      const answer = await scene.must('PATCH', `/calendars/${calendar.id}`, { settings });
      calendar.settings = answer.settings;
      return `${calendar.key} ${JSON.stringify(settings)}`;
    },
  },
  {
    name: 'save rules',
    weight: 3,
    async run(scene, random) {
      const calendar = random.pick(readable(scene));
      const wanted = Array.from({ length: random.int(0, 3) }, () => ({
        when: someConditions(scene, random),
        whom: someWhom(scene, random),
        means: random.chance(0.1) ? random.pick(['block', 'open'] as const) : null,
        alsoWhenFree: random.chance(0.2),
      }));
      const answer = await scene.ask('PUT', `/calendars/${calendar.id}/rules`, { rules: wanted });
      if (answer.status < 300) calendar.rules = answer.body.rules as Rule[];
      return `${calendar.key} ${JSON.stringify(wanted)} ${answer.status} ${answer.body?.code ?? ''}`;
    },
  },
  {
    name: 'link a resource otherwise',
    weight: 2,
    async run(scene, random) {
      const resource = random.pick(scene.resources);
      const able = scene.calendars.filter(({ id, deleted }) => id !== '' && !deleted);
      const written = random.maybe(able.filter(({ key }) => key !== 'dim'));
      const links = able
        .map((calendar) => ({
          calendarId: calendar.id,
          reads: random.chance(0.5) || calendar === written,
          writes: calendar === written,
          means: random.chance(0.15) ? random.pick(['block', 'open'] as const) : null,
        }))
        .filter(({ reads, writes }) => reads || writes);
      const answer = await scene.ask('PUT', `/resources/${resource.id}/links`, { links });
      if (answer.status >= 300) return `${answer.status} ${answer.body.code}`;
      scene.linked(resource.id, links);
      return `${resource.names[0]} to ${JSON.stringify(links.map((l) => [scene.keyOf(l.calendarId), l.reads, l.writes, l.means]))}`;
    },
  },
  {
    name: 'change the business',
    weight: 1,
    async run(scene, random) {
      const policy = () => random.pick(['restore', 'ask', 'follow'] as const);
      const kind = random.pick(['moved', 'deleted', 'freed', 'left'] as const);
      const settings = random.pick([
        { drift: { [kind]: policy() } },
        { confirmSeconds: random.pick([0, 3600]) },
      ]);
      await scene.must('PATCH', '/business', { settings });
      return JSON.stringify(settings);
    },
  },
];
