// A day in a week's time on the shared calendar: events typed into it, and who is offered then.
import { owePulls } from '../../../server/jobs/pulls.ts';
import { instantOf, localDate } from '../../../shared/time.ts';
import { type Person, type Stage, shared, zone } from './stage.ts';

const DAY = 86_400_000;

/** A date, so many days from today. */
export const inDays = (days: number): string => localDate(zone, Date.now() + days * DAY);
export const day = inDays(7);

export const instant = (time: string, date = day): string =>
  new Date(instantOf(zone, date, time)).toISOString();

export interface Typed {
  by?: Person;
  date?: string;
  from?: string;
  to?: string;
  event?: Record<string, unknown>;
}

/** A person types it into the shared calendar. @returns how the add-on names it */
export async function type(stage: Stage, title: string, typed: Typed = {}) {
  const { by = 'kari', date = day, from = '09:00', to = '10:00', event = {} } = typed;
  const at = (time: string) => ({ dateTime: `${date}T${time}:00`, timeZone: zone });
  const eventId = await stage.type(by, { summary: title, start: at(from), end: at(to), ...event });
  return { calendarId: shared, eventId };
}

/** What was typed by now is read, and what is owed is written: no channel tells of changes here. */
export async function read(stage: Stage): Promise<void> {
  await owePulls(stage.context.db, stage.business.id, [stage.calendarId]);
  stage.context.ring();
  await stage.quiet();
}

export type Name = 'anna' | 'bert' | 'room' | 'van';
export const everyone: Name[] = ['anna', 'bert', 'room', 'van'];

/** Whom the availability endpoint offers at that time. */
export async function offered({ call, serviceId, resources }: Stage, time = '09:00', date = day) {
  const start = instant(time, date);
  const [from, to] = [start, new Date(Date.parse(start) + 60_000).toISOString()];
  const offers = await Promise.all(
    everyone.map(async (name) => {
      const query = new URLSearchParams({ serviceId, from, to, resourceId: resources[name] });
      const { slots } = await call<{ slots: unknown[] }>('GET', `/availability?${query}`);
      return slots.length > 0 ? [name] : [];
    }),
  );
  return offers.flat();
}

export const share = (resourceId: string) => ({ resourceId });

/** As Google has it now. */
export async function inGoogle({ google }: Stage, eventId: string) {
  const { events } = await google.control.calendarState({ calendar: shared });
  return events.find(({ id }) => id === eventId);
}

/** Requests of a kind that Google got since the log was cleared. */
export const asked = async ({ google }: Stage, method: string): Promise<number> =>
  (await google.control.log()).filter((one) => one.method === method).length;
