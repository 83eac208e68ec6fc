// What each calendar must block and open: Google's own view of it, occurrences by another engine, judged by the plain reference.
import type { Decision, EventFlags, EventType, LinkedResource, Response } from '../../shared/decide.ts';
import { readMark } from '../../shared/marks.ts';
import { DAY, MINUTE } from '../../shared/time.ts';
import { instantOf, type When } from '../google/when.ts';
import { type PlainOutcome, plainOutcome } from '../shared/plain-decide.ts';
import type { GoogleEvent } from './act.ts';
import type { ModelCalendar, Scene } from './scene.ts';

/** A block or an opening; the same for what is expected and for what stands in the tables. */
export interface Takes {
  calendarId: string;
  resourceId: string;
  means: string;
  start: number;
  end: number;
  places: number | null;
  /** Google's id of the single event, or of the series; '' of busy time without events. */
  family: string;
  original: string | null;
}

export interface Window {
  from: number;
  to: number;
}

export interface Expected {
  takes: Takes[];
  /** Ids of the events, and of the series, that show in the window. */
  shown: Set<string>;
}

/** `ours`: events that are bookings', as `calendar id`. */
export async function expectedOf(scene: Scene, window: Window, ours: ReadonlySet<string>): Promise<Expected> {
  const all: Takes[] = [];
  const ids = new Set<string>();
  for (const calendar of scene.calendars) {
    if (calendar.id === '' || calendar.deleted) continue;
    const linked = linkedTo(scene, calendar);
    const shown = await viewOf(scene, calendar, window);
    const events = shown.filter(
      ({ id, recurringEventId }) => !ours.has(`${calendar.googleId} ${recurringEventId ?? id}`),
    );
    const takes =
      calendar.key === 'dim' ? busy(calendar, events, linked) : judged(scene, calendar, events, linked);
    all.push(...takes);
    for (const { id, recurringEventId } of events) ids.add(id).add(recurringEventId ?? id);
  }
  const takes = all.filter(({ start, end }) => start < end && start < window.to && end > window.from);
  return { takes: takes.map((one) => (one.family === '' ? cut(one, window) : one)), shown: ids };
}

function linkedTo(scene: Scene, calendar: ModelCalendar): LinkedResource[] {
  return scene.links
    .filter(({ calendarId, reads }) => calendarId === calendar.id && reads)
    .flatMap(({ resourceId, means }) => {
      const resource = scene.resources.find(({ id }) => id === resourceId);
      if (!resource) return [];
      const { id, names, memberId, opens } = resource;
      return [{ id, names, memberId, means: means ?? (opens === 'openings' ? 'open' : 'block') } as const];
    });
}

/** With some days more on both sides: an event may be shifted into the window. */
async function viewOf(scene: Scene, { key, googleId, holder }: ModelCalendar, { from, to }: Window) {
  const person = key === 'dim' ? holder : scene.owner;
  const at = (instant: number) => new Date(instant).toISOString();
  const view = { person, calendar: googleId, from: at(from - 2 * DAY), to: at(to + 2 * DAY) };
  const shown = (await scene.control.view(view)) as GoogleEvent[];
  if (shown.length === 2500) throw new Error('More events than a view shows');
  return shown;
}

function judged(scene: Scene, calendar: ModelCalendar, events: GoogleEvent[], linked: LinkedResource[]) {
  return events.flatMap((event) => {
    const family = event.recurringEventId ?? event.id;
    const original = event.originalStartTime ? originalOf(event.originalStartTime as When) : null;
    const outcome = plainOutcome({
      event: flagsOf(scene, event),
      text: {
        title: event.summary ?? '',
        description: event.description ?? '',
        location: event.location ?? '',
      },
      rules: calendar.rules,
      decisions: calendar.decisions.filter(
        (one): one is Decision & { eventId: string } => one.eventId === family,
      ),
      original,
      settings: calendar.settings,
      linked,
    });
    return takesOf(calendar, outcome, { ...spanOf(event, calendar.zone), family, original });
  });
}

type Where = Pick<Takes, 'start' | 'end' | 'family' | 'original'>;

const takesOf = (calendar: ModelCalendar, outcome: PlainOutcome, where: Where): Takes[] =>
  outcome.takes.map(({ resourceId, means, places, startShift, endShift }) => ({
    calendarId: calendar.id,
    resourceId,
    means,
    // An opening opens all of it.
    places: means === 'open' ? null : places,
    ...where,
    start: where.start + startShift * MINUTE,
    end: where.end + endShift * MINUTE,
  }));

export function originalOf(when: When): string {
  return when.date ?? new Date(Date.parse(when.dateTime ?? '')).toISOString();
}

export function spanOf({ start, end }: Pick<GoogleEvent, 'start' | 'end'>, zone: string) {
  return { start: instantOf(start as When, zone), end: instantOf(end as When, zone) };
}

/** As people left it: what Sidebook set Free is as its mark says that it was. */
function isFree(scene: Scene, { transparency, extendedProperties }: GoogleEvent): boolean {
  const freed = readMark(extendedProperties?.private, scene.businessId)?.freed;
  return transparency === 'transparent' && (!freed || freed.was === 'transparent');
}

function flagsOf(scene: Scene, event: GoogleEvent): EventFlags {
  const self = event.attendees?.find((one) => one.self);
  return {
    status: event.status,
    free: isFree(scene, event),
    type: (event.eventType ?? 'default') as EventType,
    allDay: event.start?.date !== undefined,
    response: (self?.responseStatus as Response | undefined) ?? null,
    color: event.colorId ?? null,
    creator: scene.members.get(event.creator?.email ?? '') ?? null,
  };
}

/** Of a calendar that shows only when it is busy: its busy time, as one. */
function busy(calendar: ModelCalendar, events: GoogleEvent[], linked: LinkedResource[]): Takes[] {
  const outcome = plainOutcome({
    event: {
      status: 'confirmed',
      free: false,
      type: 'default',
      allDay: false,
      response: null,
      color: null,
      creator: null,
    },
    text: { title: '', description: '', location: '' },
    rules: [],
    decisions: [],
    original: null,
    settings: calendar.settings,
    linked,
  });
  const counts = events.filter(({ status, transparency, attendees }) => {
    const own = attendees?.find(({ self }) => self);
    return status !== 'cancelled' && transparency !== 'transparent' && own?.responseStatus !== 'declined';
  });
  return united(counts.map((event) => spanOf(event, calendar.zone))).flatMap((span) =>
    takesOf(calendar, outcome, { ...span, family: '', original: null }),
  );
}

/** Busy time is known from when it was asked for. */
export const cut = <T extends { start: number; end: number }>(span: T, { from, to }: Window): T => ({
  ...span,
  start: Math.max(span.start, from),
  end: Math.min(span.end, to),
});

export function united(spans: { start: number; end: number }[]): { start: number; end: number }[] {
  const out: { start: number; end: number }[] = [];
  for (const span of [...spans].sort((a, b) => a.start - b.start)) {
    const last = out.at(-1);
    if (last && span.start <= last.end) last.end = Math.max(last.end, span.end);
    else out.push({ ...span });
  }
  return out;
}
