// What may happen in one step of a sequence, and what steps have in common: times by chance, events to act on.
import { DAY, HOUR, MINUTE } from '../../shared/time.ts';
import type { CalendarState } from '../google/control.ts';
import { Refusal } from '../google/refusal.ts';
import type { Random } from './random.ts';
import type { ModelCalendar, Scene } from './scene.ts';

export interface Act {
  name: string;
  weight: number;
  /** @returns what was done, in words; null if there was nothing to do it to */
  run(scene: Scene, random: Random): Promise<string | null>;
}

export type GoogleEvent = CalendarState['events'][number];
export interface Found {
  calendar: ModelCalendar;
  event: GoogleEvent;
}

/** What Google refuses is part of the story, and no failure. */
export async function tried(work: () => Promise<unknown>): Promise<string> {
  try {
    await work();
    return 'done';
  } catch (error) {
    if (error instanceof Refusal) return `refused (${error.parts.reason})`;
    throw error;
  }
}

const iso = (instant: number) => new Date(instant).toISOString();
const date = (instant: number) => iso(instant).slice(0, 10);

/** Mostly within the next days, so that things meet; now and then long ago, under way, or far ahead. */
export function someStart(scene: Scene, random: Random): number {
  const day = random.chance(0.8) ? random.int(0, 5) : random.int(-2, 50);
  return scene.base + day * DAY + random.int(7, 14) * HOUR + random.int(0, 3) * 15 * MINUTE;
}

/** Start and end as Google takes them. */
export function someTimes(scene: Scene, random: Random, zone: string) {
  const start = someStart(scene, random);
  const length = random.pick([15, 30, 60, 60, 60, 90, 120, 0, 26 * 60]) * MINUTE;
  return {
    start: { dateTime: iso(start), timeZone: zone },
    end: { dateTime: iso(start + length), timeZone: zone },
  };
}

export function someDates(scene: Scene, random: Random) {
  const first = scene.base + random.int(-1, 9) * DAY;
  return {
    start: { date: date(first) },
    end: { date: date(first + random.pick([1, 1, 2, 4]) * DAY) },
  };
}

export function someRule(scene: Scene, random: Random, allDay: boolean): string[] {
  const end = scene.base + random.int(3, 40) * DAY;
  const until = allDay ? date(end).replaceAll('-', '') : iso(end).replace(/[-:]|\.\d+/g, '');
  return [
    random.pick([
      `RRULE:FREQ=DAILY;COUNT=${random.int(2, 9)}`,
      'RRULE:FREQ=WEEKLY',
      `RRULE:FREQ=DAILY;UNTIL=${until}`,
      `RRULE:FREQ=WEEKLY;INTERVAL=2;COUNT=${random.int(2, 5)}`,
      'RRULE:FREQ=MONTHLY',
      `RRULE:FREQ=DAILY;INTERVAL=3`,
    ]),
  ];
}

/** Of a booking, by its mark: wherever it is now. */
export const isOurs = (
  scene: Scene,
  event: Pick<GoogleEvent, 'id' | 'recurringEventId' | 'extendedProperties'>,
): boolean =>
  event.extendedProperties?.private?.sidebookBusiness === scene.businessId &&
  !scene.copies.has(event.recurringEventId ?? event.id);

export const bookingOf = (event: Pick<GoogleEvent, 'extendedProperties'>): string =>
  event.extendedProperties?.private?.sidebookBooking ?? '';

/** All events of all calendars, tombstones too. */
export async function everything(scene: Scene): Promise<Found[]> {
  const found: Found[] = [];
  for (const calendar of scene.standing()) {
    const { events } = await scene.control.calendarState({ calendar: calendar.googleId });
    found.push(...events.map((event) => ({ calendar, event })));
  }
  return found;
}

/** Neither deleted nor of a series that is, or that Google has forgotten. */
export function stands({ calendar, event }: Found, all: readonly Found[]): boolean {
  if (event.status === 'cancelled') return false;
  if (!event.recurringEventId) return true;
  const series = all.find((one) => one.calendar === calendar && one.event.id === event.recurringEventId);
  return series !== undefined && series.event.status !== 'cancelled';
}

/** An event that people made, which the filter lets through. */
export async function someTheirs(
  scene: Scene,
  random: Random,
  filter: (event: GoogleEvent) => boolean = () => true,
): Promise<Found | undefined> {
  const all = await everything(scene);
  return random.maybe(
    all.filter((found) => stands(found, all) && !isOurs(scene, found.event) && filter(found.event)),
  );
}

/** "This and following", as in Google. What is split off a copy of a booking bears its mark as well. @returns the rest */
export async function split(
  scene: Scene,
  found: Found,
  of: { event: string; from: NonNullable<GoogleEvent['originalStartTime']>; change: Record<string, unknown> },
) {
  const rest = await scene.control.splitSeries({ ...on(found), ...of });
  if (scene.copies.has(of.event)) scene.copies.add(rest.id);
  return rest;
}

/** An event of a booking that stands. */
export async function someOurs(scene: Scene, random: Random): Promise<Found | undefined> {
  const all = await everything(scene);
  return random.maybe(all.filter(({ event }) => event.status !== 'cancelled' && isOurs(scene, event)));
}

/** An occurrence of a series, as somebody sees it in the calendar. */
export async function someOccurrence(scene: Scene, random: Random): Promise<Found | undefined> {
  const calendar = random.maybe(scene.standing());
  if (!calendar) return undefined;
  const [from, to] = [scene.base - 2 * DAY, scene.base + 50 * DAY].map((at) => new Date(at).toISOString());
  const view = { person: calendar.holder, calendar: calendar.googleId, from: from ?? '', to: to ?? '' };
  const shown = (await scene.control.view(view)) as Found['event'][];
  const event = random.maybe(shown.filter((one) => one.recurringEventId && !isOurs(scene, one)));
  return event && { calendar, event };
}

export const on = ({ calendar, event }: Found) => ({
  person: calendar.holder,
  calendar: calendar.googleId,
  event: event.id,
});

/** A person has laid hands on a booking's event: drift may be seen from now on. */
export function touch(scene: Scene, { event }: Found, kind: string): void {
  scene.handled.add(event.id);
  scene.bookings.get(bookingOf(event))?.touched.add(kind);
}

/** Short words for an event: where it is, and when. */
export const words = ({ calendar, event }: Found): string =>
  `${event.id.slice(0, 8)}${event.recurringEventId ? `…${event.id.slice(-16)}` : ''} on ${calendar.key}`;
