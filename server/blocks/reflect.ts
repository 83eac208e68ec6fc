// What we keep of an event that is no booking: times and flags, and what the rules said of its text. Pure but for the hash.
import { type EventFlags, type EventType, isFree, type Response } from '../../shared/decide.ts';
import { type Mark, readMark } from '../../shared/marks.ts';
import { applyRules } from '../../shared/rules.ts';
import { DAY, dateOf, dayOf, isZone, zone as zoneNamed } from '../../shared/time.ts';
import type { Seal } from '../auth/seal.ts';
import type { events } from '../database/mirror.ts';
import type { GoogleEvent } from '../google/client.ts';
import { lastEnd, originalKey, type Series, Unreadable, type When } from '../recurrence/series.ts';
import type { Judge } from './judge.ts';

/** As the table holds it, but for whose it is and what follows from it. */
export type Reflection = Omit<typeof events.$inferSelect, 'businessId' | 'calendarId' | 'seen' | 'undecided'>;

/** One event as Google told it: gone, or as we keep it, with our mark if it bears one. */
export type Seen = { kind: 'gone'; eventId: string } | { kind: 'event'; row: Reflection; mark: Mark | null };

/** An event as it was read, with what stands in it of ours. */
export interface Found {
  row: Reflection;
  mark: Mark;
}

const types = new Set<string>(['outOfOffice', 'focusTime', 'workingLocation', 'birthday', 'fromGmail']);

/** An event that cannot be read for what it is takes all the time it may be about. */
export function reflect(event: GoogleEvent, judge: Judge, seal: Pick<Seal, 'hash'>): Seen {
  const eventId = event.id ?? '';
  const exception = Boolean(event.recurringEventId);
  if (event.status === 'cancelled' && !exception) return { kind: 'gone', eventId };
  const mark = readMark(event.extendedProperties?.private, judge.businessId);
  const times = timesOf(event, judge.zone);
  const flags = flagsOf(event, mark);
  const text = {
    title: event.summary ?? '',
    description: event.description ?? '',
    location: event.location ?? '',
  };
  const { creator, creatorHash } = creatorOf(event, judge, seal);
  const known = { ...flags, creator, allDay: times.startDate !== null };
  const original = event.originalStartTime ? originalOf(event, judge.zone) : null;
  const row: Reflection = {
    eventId,
    seriesId: event.recurringEventId ?? null,
    original,
    etag: event.etag ?? '',
    ...times,
    // As long as its series may give that occurrence, up to a month long, it is needed to say that it stands elsewhere.
    lastEndsAt: original ? later(times.endsAt, Date.parse(original) + lookBack) : times.lastEndsAt,
    ...flags,
    freed: mark?.freed != null && event.transparency === 'transparent',
    creator,
    creatorHash,
    title: judge.keepTitles && event.status !== 'cancelled' ? storable(event.summary ?? '') : null,
    answer:
      event.status === 'cancelled'
        ? null
        : applyRules(judge.rules, {
            event: { ...known, free: isFree(known, judge.settings) },
            text,
            linked: judge.linked,
          }),
  };
  return { kind: 'event', row, mark };
}

/** A mark of ours in an event that a person has set Busy again no longer says what it was. */
function flagsOf(event: GoogleEvent, mark: Mark | null): Omit<EventFlags, 'creator' | 'allDay'> {
  const transparent = event.transparency === 'transparent';
  const self = event.attendees?.find((one) => one.self);
  const type = event.eventType ?? 'default';
  return {
    status: event.status === 'cancelled' || event.status === 'tentative' ? event.status : 'confirmed',
    type: (types.has(type) ? type : 'default') as EventType,
    free: transparent && mark?.freed ? mark.freed.was === 'transparent' : transparent,
    response: (self?.responseStatus as Response | undefined) ?? null,
    color: event.colorId ?? null,
  };
}

function creatorOf(event: GoogleEvent, judge: Judge, seal: Pick<Seal, 'hash'>) {
  const email = event.creator?.email?.toLowerCase();
  const creator = (email && judge.members.get(email)) || null;
  const stranger = email && !creator;
  return { creator, creatorHash: stranger ? seal.hash(email, `events/${judge.businessId}/creator`) : null };
}

/** PostgreSQL keeps neither a zero byte nor half of a character. */
const storable = (text: string): string => text.replace(/[\p{Surrogate}\0]/gu, '\ufffd');

type Times = Pick<
  Reflection,
  'startsAt' | 'endsAt' | 'startDate' | 'endDate' | 'zone' | 'recurrence' | 'lastEndsAt'
>;

function timesOf(event: GoogleEvent, calendarZone: string): Times {
  const original = event.originalStartTime;
  const start = event.start ?? original;
  const end = event.end ?? original;
  const recurrence = event.recurrence?.length ? event.recurrence : null;
  if (start?.date) {
    const last = end?.date && end.date > start.date ? end.date : dateOf(dayOf(start.date) + 1);
    const span = { start: midnight(start.date, calendarZone), end: midnight(last, calendarZone) };
    const [from, to]: [When, When] = [{ date: start.date }, { date: last }];
    return columns({ span, from, to, recurrence, zone: calendarZone, calendarZone });
  }
  const named = start?.timeZone && isZone(start.timeZone) ? start.timeZone : calendarZone;
  const at = Date.parse(start?.dateTime ?? '');
  const until = Date.parse(end?.dateTime ?? '');
  const span = { start: at, end: Math.max(at, Number.isNaN(until) ? at : until) };
  const [from, to]: [When, When] = [
    { at: span.start, zone: named },
    { at: span.end, zone: named },
  ];
  return columns({ span, from, to, recurrence, zone: named, calendarZone });
}

interface Read {
  span: { start: number; end: number };
  from: When;
  to: When;
  recurrence: string[] | null;
  zone: string;
  calendarZone: string;
}

function columns({ span, from, to, recurrence, zone, calendarZone }: Read): Times {
  const base = {
    startsAt: new Date(span.start),
    endsAt: new Date(span.end),
    startDate: 'date' in from ? from.date : null,
    endDate: 'date' in to ? to.date : null,
    zone,
    recurrence,
  };
  if (!recurrence) return { ...base, lastEndsAt: base.endsAt };
  return { ...base, lastEndsAt: lastOf({ lines: recurrence, start: from, end: to, zone: calendarZone }) };
}

/** Null: never, or nobody can tell. */
function lastOf(series: Series): Date | null {
  try {
    const last = lastEnd(series);
    return last === null ? null : new Date(last);
  } catch (error) {
    if (!(error instanceof Unreadable)) throw error;
    return null;
  }
}

const later = (a: Date, b: number): Date => new Date(Math.max(a.getTime(), b));
const midnight = (date: string, zone: string): number => zoneNamed(zone).startOf(dayOf(date));

function originalOf({ originalStartTime: of }: GoogleEvent, zone: string): string {
  return originalKey(of?.date ? { date: of.date } : { at: Date.parse(of?.dateTime ?? ''), zone });
}

/** A time that Google told without its event (`sync/read.ts` makes these ids); Google's own hold no colon. */
export const isBusyTime = (eventId: string): boolean => eventId.startsWith('busy:');

/** How far back events are read and kept, with what they take, in ms: staff look back that far. */
export const lookBack = 31 * DAY;
