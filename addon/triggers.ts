// Auto-fix from Apps Script alone, in a build that asks for the scope: as one calendar of the person changes, events that block not everybody are set Free.

import { readMark } from '../shared/marks.ts';
import { act } from './act.ts';
import { blockWords } from './block-words.ts';
import { type Page, pageOf, pagesOf } from './book.ts';
import { ask, CalendarTrouble, type GoogleEvent, markEvent, privateOf } from './calendar.ts';
import { dropDown, paragraph, section } from './cards/widgets.ts';
import type { Env } from './env.ts';
import { masterOf } from './offline.ts';
import { judge, linkedOf } from './outcome.ts';

/** What Google tells a trigger: that something changed, never what (apps-script/guides/triggers/events). */
export interface Fired {
  calendarId?: string;
  triggerUid?: string;
}

/** In the user's properties: the calendar watched, how far it was read, and what a person took back. */
interface State {
  calendarId: string;
  syncToken: string;
  /** When the last whole reading began, ms since 1970: after a lost token only what changed since is new. */
  at: number;
  /** Events that a person has set Busy again: left alone for good. The last of them. */
  left: string[];
}

const STATE = 'trigger';
/** The function in index.ts. */
const HANDLER = 'onCalendarUpdated';
/** Field of the settings card. */
export const WATCHED = 'watched';

// A trigger may run 6 minutes, all of a consumer's together 90 a day (apps-script/guides/services/quotas). What is left
// over is done by the next run, which our own writes call.
const WRITES = 40;
const TIME = 60_000;
/** In characters: a property holds 9 KB, the token is some hundred bytes. */
const LEFT = 6_000;

/** On the settings card; null in a build without triggers, or where no calendar is known. */
export function triggerSection(env: Env): GoogleAppsScript.Card.CardSection | null {
  if (!SIDEBOOK_TRIGGERS) return null;
  const t = blockWords(env.locale);
  const calendars = pagesOf(env.kept)
    .map(({ calendar }) => calendar)
    .filter(({ writes }) => !writes);
  if (calendars.length === 0) return null;
  const items = [
    { text: t.off, value: '' },
    ...calendars.map(({ name, googleId }) => ({ text: name, value: googleId })),
  ];
  const chosen = stateOf(env.kept)?.calendarId ?? '';
  const onChange = act(env, 'watch');
  return section(t.watch, [
    dropDown({ name: WATCHED, title: t.watched, items, chosen, onChange }),
    paragraph(t.watchedWhy),
  ]);
}

/** Switches it on for this calendar, in place of any other, or off. @param calendarId '' is off @returns what to say */
export function watch(env: Env, calendarId: string): string {
  const t = blockWords(env.locale);
  if (!SIDEBOOK_TRIGGERS) return t.off;
  stop();
  PropertiesService.getUserProperties().deleteProperty(STATE);
  delete env.kept[STATE];
  const page = calendarId ? pageOf(env.kept, calendarId) : null;
  if (!page || page.calendar.writes) return t.watchOff;
  try {
    // What is there already is not touched: only what changes from now on.
    const { syncToken } = changes(calendarId, null, env.now);
    env.kept[STATE] = save({ calendarId, syncToken, at: env.now, left: [] });
    ScriptApp.newTrigger(HANDLER).forUserCalendar(calendarId).onEventUpdated().create();
    return t.watchOn;
  } catch (error) {
    if (!(error instanceof CalendarTrouble)) throw error;
    return t[error.trouble];
  }
}

/** The trigger's own run. Nobody sees it: it throws nothing, and what it could not do the next run does. */
export function calendarUpdated({ calendarId }: Fired): void {
  if (!SIDEBOOK_TRIGGERS) return;
  // Triggers go on firing when the person has to allow again what they had allowed (add-ons/concepts/workspace-triggers).
  const { REQUIRED } = ScriptApp.AuthorizationStatus;
  if (ScriptApp.getAuthorizationInfo(ScriptApp.AuthMode.FULL).getAuthorizationStatus() === REQUIRED) return;
  const lock = LockService.getUserLock();
  if (!lock.tryLock(20_000)) return;
  try {
    const kept = PropertiesService.getUserProperties().getProperties();
    const state = stateOf(kept);
    const page = state && state.calendarId === calendarId ? pageOf(kept, calendarId) : null;
    // What the server may change it changes itself.
    if (state && page && !page.calendar.writes) work(state, page);
    else stop();
  } catch (error) {
    if (!(error instanceof CalendarTrouble)) throw error;
    // Its message may name the calendar; the kind is enough.
    console.warn('Calendar trigger: %s', error.trouble);
  } finally {
    lock.releaseLock();
  }
}

function work(state: State, page: Page): void {
  const began = Date.now();
  const { events, syncToken, lost } = changes(state.calendarId, state.syncToken, state.at);
  const left = new Set(state.left);
  const fresh = events.filter((event) => !lost || Date.parse(event.updated ?? '') >= state.at);
  for (const event of fresh) if (isBusyAgain(event, page)) left.add(event.id ?? '');
  const wanted = fresh.filter((event) => !left.has(event.id ?? '') && isCalledFor(event, page));
  let done = 0;
  for (; done < Math.min(wanted.length, WRITES) && Date.now() - began < TIME; done++)
    setFree(state.calendarId, wanted[done] ?? {}, page);
  // Not all of it: the token stays, and what is done by now is passed over next time.
  const whole = done === wanted.length ? { syncToken, at: began } : {};
  save({ ...state, ...whole, left: [...left] });
}

/** One that is gone by now, or that this person may not change, stops only itself. */
function setFree(calendarId: string, { id: eventId = '' }: GoogleEvent, page: Page): void {
  const { businessId } = page;
  try {
    markEvent({ calendarId, eventId, businessId }, (found) =>
      isCalledFor(found, page) ? { decision: null, free: true } : null,
    );
  } catch (error) {
    const { trouble } = error instanceof CalendarTrouble ? error : {};
    if (trouble !== 'gone' && trouble !== 'forbidden' && trouble !== 'changed') throw error;
  }
}

const over = (event: GoogleEvent, end: number) => !event.recurrence?.length && end <= Date.now();

/** Declined by a person, or passed over only until one answers. */
const notOurs = new Set<string>(['declined', 'tentative', 'unanswered']);

/**
 * By a rule, or by what holds where none speaks: never what a person has said, set Free or Busy, nor a booking. A
 * question nobody has answered, or what blocks everybody, others should see as Busy.
 */
function isCalledFor(event: GoogleEvent, page: Page): boolean {
  const marks = privateOf(event);
  if (event.status === 'cancelled' || event.transparency === 'transparent') return false;
  const family = event.recurringEventId ?? event.id ?? '';
  if (page.calendar.decided.includes(family)) return false;
  if (marks.sidebookBusiness !== undefined || readMark(marks, page.businessId) !== null) return false;
  if (event.eventType && event.eventType !== 'default' && event.eventType !== 'fromGmail') return false;
  const { outcome, end, decision } = judge(event, page, masterOf(page.calendar.googleId, event));
  if (decision !== null) return false;
  if (outcome.undecided || notOurs.has(outcome.why.code) || over(event, end)) return false;
  // How many places there are is not known here: some may be all.
  const whole = outcome.takes.filter(
    ({ means, startShift, endShift }) => means === 'block' && startShift <= 0 && endShift >= 0,
  );
  const linked = linkedOf(page);
  return linked.length > 0 && whole.length < linked.length;
}

/** Our mark is there and it is Busy: a person has set it so. */
const isBusyAgain = (event: GoogleEvent, { businessId }: Page): boolean =>
  event.transparency !== 'transparent' && readMark(privateOf(event), businessId)?.freed != null;

interface Changes {
  events: GoogleEvent[];
  syncToken: string;
  /** The token was no good any more: this is everything. */
  lost: boolean;
}

/**
 * What changed since a token was given, masters and exceptions. Without one, or where it is no good any more, all that
 * ends after `since` (ms) and a token for later. @throws CalendarTrouble
 */
function changes(calendarId: string, syncToken: string | null, since: number): Changes {
  try {
    return { ...pages(calendarId, syncToken ? { syncToken } : from(since)), lost: !syncToken };
  } catch (error) {
    if (!syncToken || !(error instanceof CalendarTrouble) || error.trouble !== 'gone') throw error;
    return { ...pages(calendarId, from(since)), lost: true };
  }
}

const from = (since: number) => ({ timeMin: new Date(since).toISOString() });

function pages(calendarId: string, asked: object): Omit<Changes, 'lost'> {
  const events: GoogleEvent[] = [];
  for (let pageToken: string | undefined; ; ) {
    const args = { ...asked, maxResults: 2500, ...(pageToken && { pageToken }) };
    const page = ask((service) => service.list(calendarId, args));
    events.push(...(page.items ?? []));
    // A page may be empty and still not be the last.
    if (!page.nextPageToken) return { events, syncToken: page.nextSyncToken ?? '' };
    pageToken = page.nextPageToken;
  }
}

function stateOf(kept: Record<string, string>): State | null {
  try {
    return JSON.parse(kept[STATE] ?? 'null') as State | null;
  } catch {
    return null;
  }
}

/** @returns as it is kept */
function save(state: State): string {
  let { left } = state;
  while (left.join('').length + left.length > LEFT) left = left.slice(1);
  const text = JSON.stringify({ ...state, left });
  PropertiesService.getUserProperties().setProperty(STATE, text);
  return text;
}

/** Whatever triggers of ours there are: switched off, or left over from another calendar. */
function stop(): void {
  for (const trigger of ScriptApp.getProjectTriggers())
    if (trigger.getHandlerFunction() === HANDLER) ScriptApp.deleteTrigger(trigger);
}
