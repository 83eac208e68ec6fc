// What people say of events: whom one blocks, for this one, those that follow or the series; taken back; inherited by what is split off.
import { v7 as uuid } from 'uuid';
import type { Decision, Share } from '../../shared/decide.ts';
import { readMark, writeMark } from '../../shared/marks.ts';
import { type Act, type Found, on, someOccurrence, someTheirs, split, tried, words } from './act.ts';
import { carry } from './carry.ts';
import { originalOf } from './expected.ts';
import type { Random } from './random.ts';
import type { ModelCalendar, Scene } from './scene.ts';
import { someShares } from './setup.ts';

type Said = Decision & { eventId: string };

const isLinked = (scene: Scene, calendar: ModelCalendar) => (share: Share) =>
  scene.links.some(
    ({ calendarId, resourceId, reads }) =>
      reads && calendarId === calendar.id && resourceId === share.resourceId,
  );

const alike = (a: Said, b: Said) => a.eventId === b.eventId && a.scope === b.scope && a.from === b.from;

function keep(calendar: ModelCalendar, said: Said): void {
  calendar.decisions = [...calendar.decisions.filter((one) => !alike(one, said)), said];
}

/** Where decisions can be made: Google shows what the events are. */
const open = ({ id, key, deleted }: ModelCalendar) => id !== '' && key !== 'dim' && !deleted;

/** An event, an occurrence, or a series, as a person means it. */
export async function someTarget(scene: Scene, random: Random) {
  const found = random.chance(0.5)
    ? await someOccurrence(scene, random)
    : await someTheirs(scene, random, (event) => !event.recurringEventId);
  if (!found || !open(found.calendar)) return null;
  const { event } = found;
  const eventId = event.recurringEventId ?? event.id;
  if (event.recurringEventId && event.originalStartTime) {
    const scope = random.pick(['event', 'event', 'following', 'series'] as const);
    const from = scope === 'series' ? null : originalOf(event.originalStartTime);
    return { found, which: { eventId, scope, from } };
  }
  const scope = event.recurrence ? ('series' as const) : ('event' as const);
  return { found, which: { eventId, scope, from: null } };
}

/** All that is owed is done, so that what people do next is done to what Sidebook has written. */
async function calm(scene: Scene): Promise<boolean> {
  for (let turn = 0; turn < 20; turn++) {
    await scene.ground.rest.hurry(scene.businessId);
    if ((await scene.ground.rest.wait(scene.businessId, 400)) === null) return true;
  }
  return false;
}

export async function readAll(scene: Scene): Promise<boolean> {
  await scene.ground.rest.pull(scene.businessId);
  return calm(scene);
}

/** What holds for the parent holds for what is split off, copied or moved: as the design says, in plain words. */
function inherit(
  scene: Scene,
  from: ModelCalendar,
  to: ModelCalendar,
  heir: { parent: string; child: Found['event'] },
) {
  const parents = from.decisions.filter(({ eventId }) => eventId === heir.parent);
  const { child } = heir;
  const first = child.start ? originalOf(child.start) : '';
  const give = (one: Decision, scope: Decision['scope'], start: string | null) => {
    const shares = one.shares.filter(isLinked(scene, to));
    if (shares.length === 0 && one.shares.length > 0) return;
    keep(to, { id: uuid(), eventId: child.id, scope, from: start, shares });
  };
  if (!child.recurrence) {
    const [single] = parents.filter(({ scope }) => scope !== 'following');
    if (single) give(single, 'event', null);
    return;
  }
  const begun = parents.filter(({ scope, from: at }) => scope === 'following' && (at ?? '') <= first);
  const last = begun.sort((a, b) => ((a.from ?? '') < (b.from ?? '') ? -1 : 1)).at(-1);
  const whole = last ?? parents.find(({ scope }) => scope === 'series');
  if (whole) give(whole, 'series', null);
  for (const one of parents) if (one.from !== null && one.from > first) give(one, one.scope, one.from);
}

const bearsDecision = (event: Found['event'] | undefined) =>
  Object.keys(event?.extendedProperties?.private ?? {}).some((key) => key.startsWith('sidebookDecision'));

async function raw({ calendar, event }: Found, scene: Scene, id = event.id) {
  const { events } = await scene.control.calendarState({ calendar: calendar.googleId });
  return events.find((one) => one.id === id);
}

export const sayActs: Act[] = [
  {
    name: 'say whom an event blocks',
    weight: 6,
    async run(scene, random) {
      const target = await someTarget(scene, random);
      if (!target) return null;
      const { calendar } = target.found;
      const shares = someShares(scene, random).filter(isLinked(scene, calendar));
      const path = `/calendars/${calendar.id}/decisions`;
      const answer = await scene.ask('POST', path, { ...target.which, shares });
      const done = answer.status === 201;
      if (done) keep(calendar, answer.body.decision as Said);
      const said = `${target.which.scope} ${target.which.from ?? ''} ${JSON.stringify(shares)}`;
      return `${words(target.found)} ${said} ${answer.status} ${answer.body.code ?? ''}`;
    },
  },
  {
    name: 'take back what was said',
    weight: 2,
    async run(scene, random) {
      const calendar = random.maybe(scene.calendars.filter(({ decisions }) => decisions.length > 0));
      const said = random.maybe(calendar?.decisions ?? []);
      if (!calendar || !said) return null;
      // Inherited ones have ids that the model does not know.
      const { items } = await scene.must('GET', `/calendars/${calendar.id}/decisions?ended=false&limit=500`);
      const known = (items as Said[]).find((one) => alike(one, said));
      if (!known) return 'not known there (yet)';
      const answer = await scene.ask('DELETE', `/decisions/${known.id}`);
      if (answer.status < 300 || answer.unsure)
        calendar.decisions = calendar.decisions.filter((one) => one !== said);
      return `${said.scope} of ${said.eventId.slice(0, 8)} ${answer.status}`;
    },
  },
  {
    name: 'split a decided series',
    weight: 2,
    async run(scene, random) {
      if (!(await readAll(scene))) return 'not calm';
      const found = await someOccurrence(scene, random);
      const { recurringEventId: parent, originalStartTime: from } = found?.event ?? {};
      if (!found || !parent || !from || !open(found.calendar)) return null;
      if (!bearsDecision(await raw(found, scene, parent))) return null;
      const outcome = await tried(async () => {
        const child = await split(scene, found, { event: parent, from, change: {} });
        const after = await raw(found, scene, child.id);
        if (after) inherit(scene, found.calendar, found.calendar, { parent, child: after });
      });
      return `${words(found)} ${outcome} ${(await readAll(scene)) ? '' : 'not calm'}`;
    },
  },
  {
    name: 'the add-on says it while we are away',
    weight: 2,
    async run(scene, random) {
      if (!(await readAll(scene))) return 'not calm';
      const found = await someTheirs(scene, random, (event) => !event.recurringEventId);
      if (!found || !open(found.calendar) || bearsDecision(found.event)) return null;
      const { calendar, event } = found;
      const shares = someShares(scene, random).filter(isLinked(scene, calendar));
      const scope = event.recurrence ? ('series' as const) : ('event' as const);
      const decision = { id: uuid(), scope, from: null, shares };
      const { businessId } = scene;
      // Guarded by the etag, it sees what the event says by now.
      const now = await raw(found, scene);
      const freed = readMark(now?.extendedProperties?.private, businessId)?.freed ?? null;
      const properties = writeMark({ businessId, decision, freed });
      const change = { extendedProperties: { private: properties } };
      const outcome = await tried(async () => {
        await scene.control.changeEvent({ ...on(found), change });
        keep(calendar, { ...decision, eventId: event.id });
      });
      return `${words(found)} ${JSON.stringify(shares)} ${outcome} ${(await readAll(scene)) ? '' : 'not calm'}`;
    },
  },
];

/** An event that bears a decision takes it along to another calendar. */
export async function moveDecided(scene: Scene, found: Found, to: ModelCalendar): Promise<string> {
  if (!(await readAll(scene))) return 'not calm';
  const marked = bearsDecision(await raw(found, scene));
  const outcome = await tried(async () => {
    await scene.control.moveEvent({ ...on(found), to: to.googleId });
    const there = await raw({ calendar: to, event: found.event }, scene);
    if (there && marked && open(to))
      inherit(scene, found.calendar, to, { parent: found.event.id, child: there });
  });
  return `${outcome} ${(await readAll(scene)) ? '' : 'not calm'}`;
}

/** Of a series that is moved, what was said of some events goes along: each reading tells of one move. */
export async function moveSeries(
  scene: Scene,
  found: Found,
  change: Record<string, unknown>,
): Promise<string> {
  if (!(await readAll(scene))) return 'not calm';
  const was = await raw(found, scene);
  const outcome = await tried(async () => {
    await scene.control.changeEvent({ ...on(found), change });
    const now = await raw(found, scene);
    if (was && now && open(found.calendar)) carry(found.calendar, was, now);
  });
  return `${JSON.stringify(change)} ${outcome} ${(await readAll(scene)) ? '' : 'not calm'}`;
}
