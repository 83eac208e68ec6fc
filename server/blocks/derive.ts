// From what we keep of an event or series to the time it takes or opens: expanded, decided, one span per resource. Pure.
import {
  type Answer,
  type Decision,
  decide,
  decisionFor,
  type EventFlags,
  type Outcome,
  type Why,
} from '../../shared/decide.ts';
import { MINUTE, type Span } from '../../shared/time.ts';
import type { events } from '../database/mirror.ts';
import { MOST, type Occurrence, occurrences, Unreadable, type When } from '../recurrence/series.ts';
import type { Judge } from './judge.ts';

export type Event = Omit<typeof events.$inferSelect, 'businessId' | 'calendarId' | 'seen' | 'undecided'>;

/** A single event; or a series with its exceptions, each of which stands for one of its occurrences. */
export interface Family {
  /** Google's id of the single event, or of the series: decisions name it. */
  id: string;
  master: Event | null;
  exceptions: Event[];
  decisions: Decision[];
}

/** Time that one occurrence takes of one resource, or opens it. */
export interface Taken extends Span {
  eventId: string;
  original: string | null;
  resourceId: string;
  means: 'block' | 'open';
  /** null: all. */
  places: number | null;
  why: Why;
}

/** One occurrence as it stands, decided. */
export interface Occurring extends Span {
  event: Event;
  /** Null: of a single event; or of a series, for time of which nobody can tell which occurrences take it. */
  original: string | null;
  outcome: Outcome;
}

/** All that stands in the window, moved occurrences where they stand now. */
export function occurring(family: Family, judge: Judge, window: Span): Occurring[] {
  const { master, exceptions } = family;
  const out: Occurring[] = [];
  if (master?.recurrence) {
    const elsewhere = new Set(exceptions.map(({ original }) => original));
    // What is said of one of them, or of a single event, says nothing of all.
    const whole = { ...family, decisions: family.decisions.filter(({ scope }) => scope === 'series') };
    for (const { original, start, end } of expanded(master, judge.zone, window))
      if (original === null || !elsewhere.has(original))
        out.push(decided(original === null ? whole : family, judge, { event: master, original, start, end }));
  } else if (master) out.push(decided(family, judge, { event: master, original: null, ...spanOf(master) }));
  for (const event of exceptions)
    out.push(decided(family, judge, { event, original: event.original, ...spanOf(event) }));
  return out.filter(({ start, end }) => start < window.end && Math.max(end, start + 1) > window.start);
}

/** The time they take, cut to what is longer than nothing. */
export function takenBy({ event, original, start, end, outcome }: Occurring): Taken[] {
  return outcome.takes
    .map(({ resourceId, means, places, startShift, endShift }) => ({
      eventId: event.eventId,
      original,
      resourceId,
      means,
      places,
      why: outcome.why,
      start: start + startShift * MINUTE,
      end: end + endShift * MINUTE,
    }))
    .filter((taken) => taken.start < taken.end);
}

/**
 * What is said of an event as a whole: of a series, what holds where no decision is about one occurrence. One that was
 * made when it was a single event holds for none of them.
 */
export function judged(family: Family, judge: Judge, event: Event): Outcome {
  const whole = event.recurrence !== null && event.original === null;
  const decisions = family.decisions.filter(({ scope }) => !whole || scope !== 'event');
  return decided({ ...family, decisions }, judge, { event, original: event.original, ...spanOf(event) })
    .outcome;
}

function decided(family: Family, judge: Judge, one: Omit<Occurring, 'outcome'>): Occurring {
  const { event } = one;
  return {
    ...one,
    outcome: decide({
      event: flagsOf(event),
      answer: event.answer as Answer | null,
      decision: decisionFor(family.decisions, one.original),
      settings: judge.settings,
      linked: judge.linked,
    }),
  };
}

export const flagsOf = ({ status, free, type, startDate, response, color, creator }: Event): EventFlags => ({
  status,
  free,
  type,
  allDay: startDate !== null,
  response,
  color,
  creator,
});

const spanOf = ({ startsAt, endsAt }: Event): Span => ({ start: startsAt.getTime(), end: endsAt.getTime() });

/** Time that no occurrence is known to take has no original start: no exception, and no word on one, takes it away. */
type Given = Span & { original: Occurrence['original'] | null };

/** What cannot be told is not free: of a rule that nobody can read, or that gives more than can be told, all the time. */
function expanded(master: Event, zone: string, window: Span): Given[] {
  try {
    const found = occurrences(seriesOf(master, zone), window);
    const last = found.at(-1);
    if (found.length < MOST || !last) return found;
    return [...found, { original: null, start: last.end, end: window.end }];
  } catch (error) {
    if (!(error instanceof Unreadable)) throw error;
    return [{ original: null, start: Math.max(master.startsAt.getTime(), window.start), end: window.end }];
  }
}

export function seriesOf(master: Event, zone: string) {
  const { startDate, endDate, startsAt, endsAt, recurrence } = master;
  const when = (date: string | null, at: Date): When =>
    date === null ? { at: at.getTime(), zone: master.zone } : { date };
  return { lines: recurrence ?? [], start: when(startDate, startsAt), end: when(endDate, endsAt), zone };
}
