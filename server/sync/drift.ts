// What Google shows of an event of ours against what we last wrote: what a person did to it, and what that leads to. Pure.
import type { BusinessSettings } from '../../shared/api.ts';
import type { GoogleEvent } from '../google/client.ts';
import type { OwnFields } from './event.ts';

export type Kind = 'moved' | 'deleted' | 'freed' | 'left';
export type Policy = BusinessSettings['drift'][Kind];

/** Instants as ISO in UTC; dates where an event is all-day. */
export interface Times {
  start: string;
  end: string;
  zone?: string;
  /** Of an event that was made a series. */
  recurrence?: string[];
}

/** An event of ours as it was seen. */
export interface Sight {
  etag: string | null;
  /** Where. */
  calendarId: string;
  /** Null: deleted. */
  shown: (Times & { free: boolean }) | null;
}

/** What was asked of Google with no answer yet. */
export type Tried = Shape | { gone: true };
type Shape = Pick<OwnFields, 'start' | 'end' | 'recurrence' | 'transparency'>;

/** What a push knows of its event. */
export interface Base {
  calendarId: string;
  present: boolean;
  etag: string | null;
  written: OwnFields | null;
  tried: Tried[] | null;
  diedAt: Date | null;
}

/** @param event null if Google has forgotten it */
export function sightOf(event: GoogleEvent | null, calendarId: string): Sight {
  const etag = event?.etag ?? null;
  if (!event || event.status === 'cancelled') return { etag, calendarId, shown: null };
  return { etag, calendarId, shown: { ...timesOf(event), free: event.transparency === 'transparent' } };
}

function timesOf({ start, end, recurrence }: GoogleEvent): Times {
  return {
    start: edge(start),
    end: edge(end),
    ...(start?.timeZone && start.dateTime && { zone: start.timeZone }),
    ...(recurrence?.length && { recurrence }),
  };
}

function edge(of: GoogleEvent['start']): string {
  const at = Date.parse(of?.dateTime ?? '');
  return Number.isNaN(at) ? (of?.date ?? '') : new Date(at).toISOString();
}

export const isDate = (edge: string): boolean => /^\d{4}-\d{2}-\d{2}$/.test(edge);

export const sameTimes = (a: Times, b: Times): boolean =>
  a.start === b.start &&
  a.end === b.end &&
  (a.recurrence ?? []).join('\n') === (b.recurrence ?? []).join('\n');

/**
 * What a person did. A change of our own that Google shows before we have its answer is none of theirs; and what they
 * did is none if the booking is `wanted` to be so by now.
 */
export function kindsOf(sight: Sight, base: Base, wanted?: Times): Kind[] {
  const { present, written, diedAt } = base;
  if (!present || !written || diedAt || written.marks.sidebookState) return [];
  const tried = base.tried ?? [];
  if (sight.calendarId !== base.calendarId) return base.etag === null ? [] : ['left'];
  if (!sight.shown) return base.etag === null || tookAway(base) ? [] : ['deleted'];
  const ours: Shape[] = [written, ...tried.filter((one): one is Shape => !('gone' in one))];
  const { shown } = sight;
  const moved = ![...ours, ...(wanted ? [wanted] : [])].some((one: Times) => sameTimes(one, shown));
  const freed = shown.free && ours.every(({ transparency }) => transparency === 'opaque');
  return [...(moved ? ['moved' as const] : []), ...(freed ? ['freed' as const] : [])];
}

/** We asked Google to take it away from here, or to move it: that it is gone says nothing. */
export const tookAway = ({ tried }: Pick<Base, 'tried'>): boolean =>
  (tried ?? []).some((one) => 'gone' in one);

/** `was`: when an event that was moved began before. */
export type Found = Partial<Times> & { calendarId?: string; was?: string };

/** What is kept of a sight: enough to tell whether it has changed, and to follow it later. */
export function foundOf(kind: Kind, { shown, calendarId }: Sight, written: OwnFields | null): Found {
  if (kind === 'left') return { calendarId };
  if (kind !== 'moved' || !shown) return {};
  const { free: _, ...times } = shown;
  return { ...times, ...(written && { was: written.start }) };
}

export const sameFound = (a: Found, b: Found): boolean =>
  a.calendarId === b.calendarId && sameTimes({ start: '', end: '', ...a }, { start: '', end: '', ...b });

/**
 * What we go by from now on, once a drift is settled: what Google shows. The next push then sees no drift in it, only
 * what is wanted otherwise, and writes that; and what a person does later is told from it anew.
 */
export function rebased(written: OwnFields, kind: Kind, found: Found): OwnFields {
  if (kind === 'freed') return { ...written, transparency: 'transparent' };
  if (kind !== 'moved') return written;
  const { recurrence: _, ...rest } = written;
  return { ...rest, ...timesIn(found) };
}

const timesIn = ({ start, end, recurrence }: Found) => ({
  ...(start !== undefined && end !== undefined && { start, end }),
  ...(recurrence && { recurrence }),
});

/** Our fields but for what staff have not settled yet: that is left as Google shows it. */
export function held(
  fields: OwnFields,
  shown: NonNullable<Sight['shown']>,
  open: ReadonlySet<Kind>,
): OwnFields {
  const { start, end, zone = fields.zone, recurrence, free } = shown;
  return {
    ...fields,
    ...(open.has('moved') && { start, end, zone, ...(recurrence && { recurrence }) }),
    ...(open.has('freed') && { transparency: free ? ('transparent' as const) : ('opaque' as const) }),
  };
}

/** What is kept as written of fields that were so held: what a person did is no writing of ours. */
export function keptOf(fields: OwnFields, last: OwnFields | null, open: ReadonlySet<Kind>): OwnFields {
  if (!last) return fields;
  const { start, end, zone, recurrence, transparency } = last;
  return {
    ...fields,
    ...(open.has('moved') && { start, end, zone, ...(recurrence && { recurrence }) }),
    ...(open.has('freed') && { transparency }),
  };
}

export interface Circumstances {
  policy: Policy;
  /** The booking too is at another time than we last wrote. */
  movedOn: boolean;
  /** It begins when it should: only its length was changed, and that is not followed. */
  sameStart: boolean;
  /** Drifts of this push that were settled so by themselves within the hour. */
  restored: number;
  followed: number;
}

/** A third time in an hour, and somebody means it, or another program does not let go: people must settle that. */
const mostRestores = 3;
const mostFollows = 12;

export function resolve(
  kind: Kind,
  given: Circumstances,
): { act: 'restore' | 'follow' } | { act: 'ask'; reason: string | null } {
  const { policy, movedOn, sameStart, restored, followed } = given;
  const both = movedOn && (kind === 'moved' || kind === 'deleted');
  if (policy === 'ask') return { act: 'ask', reason: both ? 'both' : null };
  if (policy === 'follow' && both) return { act: 'ask', reason: 'both' };
  const act = policy === 'follow' && kind === 'moved' && sameStart ? 'restore' : policy;
  const many = act === 'restore' ? restored >= mostRestores : followed >= mostFollows;
  return many ? { act: 'ask', reason: 'fight' } : { act };
}

/** Our fields for an event that a person set Free where the business follows that: it stays so until they set it Busy. */
export const asFollowed = (fields: OwnFields, written: OwnFields | null, free: boolean): OwnFields =>
  written?.freed && free ? { ...fields, transparency: 'transparent', freed: true } : fields;
