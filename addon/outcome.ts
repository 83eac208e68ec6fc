// Whom an event blocks, worked out from the event itself and the offline book, as the server would. Pure.
import {
  type Decision,
  decide,
  decisionFor,
  type EventFlags,
  type EventType,
  isFree,
  type LinkedResource,
  type Outcome,
  type Response,
} from '../shared/decide.ts';
import { readMark } from '../shared/marks.ts';
import { applyRules, type Rule } from '../shared/rules.ts';
import { dayOf, zone } from '../shared/time.ts';
import type { Page } from './book.ts';
import { type GoogleEvent, privateOf } from './calendar.ts';

/** All that can be told of an event without the server. */
export interface Judged {
  outcome: Outcome;
  /** What would hold without that decision. */
  otherwise: Outcome;
  decision: Decision | null;
  /** Set Free by us. */
  freed: boolean;
  /** As Google shows it. */
  free: boolean;
  /** ms since 1970; dates are read in the calendar's zone. */
  start: number;
  end: number;
  allDay: boolean;
  recurring: boolean;
  type: EventType;
}

const types = new Set<string>(['outOfOffice', 'focusTime', 'workingLocation', 'birthday', 'fromGmail']);

/** @param master of an event of a series: what was said of the whole series stands there */
export function judge(event: GoogleEvent, page: Page, master: GoogleEvent | null = null): Judged {
  const { calendar, businessId } = page;
  const mark = readMark(privateOf(event), businessId);
  const freed = mark?.freed != null && event.transparency === 'transparent';
  const flags = flagsOf(event, page, freed && mark?.freed ? mark.freed.was : null);
  const settings = calendar.settings;
  const linked = linkedOf(page);
  const answer = applyRules(rulesOf(page), {
    event: { ...flags, free: isFree(flags, settings) },
    text: {
      title: event.summary ?? '',
      description: event.description ?? '',
      location: event.location ?? '',
    },
    linked,
  });
  const said = decisionsOf(event, businessId, master);
  const original = originalOf(event);
  const decision = decisionFor(said, original);
  const others = said.filter((one) => one !== decision);
  const asked = { event: flags, answer, settings, linked };
  return {
    outcome: decide({ ...asked, decision }),
    otherwise: decide({ ...asked, decision: decisionFor(others, original) }),
    decision,
    freed,
    free: event.transparency === 'transparent',
    ...timesOf(event, calendar.zone),
    allDay: flags.allDay,
    recurring: Boolean(event.recurringEventId || event.recurrence?.length),
    type: flags.type,
  };
}

export const linkedOf = ({ calendar }: Page): LinkedResource[] =>
  calendar.linked.map(({ id, name, names, memberId, means }) => ({
    id,
    names: names.includes(name) ? names : [name, ...names],
    memberId,
    means,
  }));

const rulesOf = ({ calendar }: Page): Rule[] =>
  calendar.rules.map(({ id, when, whom, means, alsoWhenFree }) => ({ id, when, whom, means, alsoWhenFree }));

function flagsOf(event: GoogleEvent, { members }: Page, was: 'opaque' | 'transparent' | null): EventFlags {
  const type = event.eventType ?? 'default';
  const self = event.attendees?.find((one) => one.self);
  const creator = event.creator?.email?.toLowerCase();
  return {
    status: event.status === 'cancelled' || event.status === 'tentative' ? event.status : 'confirmed',
    type: (types.has(type) ? type : 'default') as EventType,
    free: (was ?? event.transparency) === 'transparent',
    allDay: Boolean((event.start ?? event.originalStartTime)?.date),
    response: (self?.responseStatus as Response | undefined) ?? null,
    color: event.colorId ?? null,
    creator: members.find(({ email }) => email.toLowerCase() === creator)?.id ?? null,
  };
}

/** The original start of one event of a series: a date, or an instant as decisions write it; null: no such event. */
export function originalOf({ recurringEventId, originalStartTime: of }: GoogleEvent): string | null {
  if (!recurringEventId || !of) return null;
  return of.date ?? new Date(Date.parse(of.dateTime ?? '')).toISOString();
}

/**
 * What people said of this event: it stands in it, or in its series. "This and following" stands in the event that it
 * begins with: from another one it cannot be seen.
 */
function decisionsOf(event: GoogleEvent, businessId: string, master: GoogleEvent | null): Decision[] {
  const own = readMark(privateOf(event), businessId)?.decision;
  // What stands in a single event is about it, whatever it was copied from.
  if (!event.recurringEventId && !event.recurrence?.length)
    return own ? [{ ...own, scope: 'event', from: null }] : [];
  const series = master && readMark(privateOf(master), businessId)?.decision;
  // An event of a series shows the marks of its series as well.
  return [series, own].flatMap((one) => (one && (one !== own || one.id !== series?.id) ? [one] : []));
}

function timesOf(event: GoogleEvent, zoneName: string): { start: number; end: number } {
  const start = event.start ?? event.originalStartTime;
  const end = event.end ?? start;
  const at = (when: typeof start) =>
    when?.date ? zone(zoneName).startOf(dayOf(when.date)) : Date.parse(when?.dateTime ?? '');
  return { start: at(start), end: at(end) };
}
