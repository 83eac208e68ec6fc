// Accounts disconnected and connected again, calendars deleted for good: what staff do about it is part of the step.
import type { Act } from './act.ts';
import { readAll } from './say.ts';
import type { ModelCalendar, ModelLink, Scene } from './scene.ts';
import { mend } from './trouble.ts';

async function linkAsBefore(scene: Scene, links: ModelLink[]): Promise<void> {
  for (const { id } of scene.resources) {
    const own = links.filter(({ resourceId }) => resourceId === id);
    await scene.link(
      id,
      own.map(({ resourceId: _, ...link }) => link),
    );
  }
}

async function followAgain(scene: Scene, calendars: ModelCalendar[]): Promise<string> {
  for (const calendar of calendars) {
    const wanted = () => ({ accountId: scene.accountId, googleId: calendar.googleId });
    let answer = await scene.ask('POST', '/calendars', wanted());
    // Google ends all grants of a person at once: the end of the former came after the new one.
    for (let tries = 0; answer.body.code === 'google_refused' && tries < 3; tries++) {
      await scene.connect();
      answer = await scene.ask('POST', '/calendars', wanted());
    }
    if (answer.body.id !== calendar.id)
      throw new Error(`${calendar.key} did not come back: ${JSON.stringify(answer.body)}`);
  }
  return `${calendars.length} calendars`;
}

export const leavingActs: Act[] = [
  {
    name: 'disconnect, and connect again',
    weight: 1,
    async run(scene, random) {
      await mend(scene);
      // What is owed to an account that is disconnected is let go.
      if (!(await readAll(scene))) return 'not calm';
      const { links } = scene;
      const followed = scene.calendars.filter(({ id }) => id !== '');
      const events = random.pick(['keep', 'keep', 'remove'] as const);
      // What people moved just now and nobody has seen to is let go with the rest.
      for (const id of scene.handled) scene.strayed.add(id);
      await scene.must('POST', `/accounts/${scene.accountId}/disconnect`, { events });
      if (random.chance(0.7)) await scene.ground.rest.wait(scene.businessId, 1500);
      await scene.connect();
      const words = await followAgain(scene, followed);
      await linkAsBefore(scene, links);
      // Taken away, a booking's event comes back with its next change.
      if (events === 'remove') for (const booking of scene.bookings.values()) booking.placements.push([]);
      return `${events}, ${words}`;
    },
  },
  {
    name: 'a calendar is deleted for good',
    weight: 0.7,
    async run(scene) {
      const calendar = scene.calendar('second');
      const shared = scene.calendar('shared');
      if (!calendar?.id || !shared || calendar.deleted) return null;
      await mend(scene);
      if (!(await readAll(scene))) return 'not calm';
      const { googleId, id } = calendar;
      await scene.control.deleteCalendar({ calendar: googleId });
      calendar.deleted = true;
      const moved = scene.links.map((link) =>
        link.calendarId === id ? { ...link, calendarId: shared.id } : link,
      );
      const once = moved.filter(
        (link, i) =>
          moved.findIndex((o) => o.resourceId === link.resourceId && o.calendarId === link.calendarId) === i,
      );
      await linkAsBefore(scene, once);
      await scene.must('DELETE', `/calendars/${id}`);
      Object.assign(calendar, { id: '', decisions: [], rules: [] });
      for (const booking of scene.bookings.values())
        booking.placements = booking.placements.map((places) => places.filter((place) => place !== googleId));
      return 'second, and no longer followed';
    },
  },
];
