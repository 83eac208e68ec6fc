// An ordinary event without the server: its card, decisions and undo, from the event itself and the offline book. The next pull takes them over.
import type { Decision, Share, Take } from '../shared/decide.ts';
import { readMark } from '../shared/marks.ts';
import type { OpenEvent } from '../shared/sidebar-api.ts';
import { type BlockWords, blockWords, outcomeWords } from './block-words.ts';
import { type Page, pageOf } from './book.ts';
import {
  CalendarTrouble,
  type GoogleEvent,
  getEvent,
  keepsBusy,
  markEvent,
  mayWrite,
  privateOf,
} from './calendar.ts';
import { awayBookingCard } from './cards/away-booking.ts';
import { type Away, blockCard } from './cards/block.ts';
import { problemCard } from './cards/problem.ts';
import type { Data, Env } from './env.ts';
import { type Judged, judge, originalOf } from './outcome.ts';

export interface Done {
  card: GoogleAppsScript.Card.Card;
  notice: string | null;
}

interface Read {
  page: Page;
  event: GoogleEvent;
  judged: Judged;
}

/** Whom the event blocks, as far as it can be told from here; null: its calendar is not in the book. */
export function offlineCard(env: Env, open: OpenEvent, away: Away): GoogleAppsScript.Card.Card | null {
  const page = pageOf(env.kept, open.calendarId, env);
  return page && attempt(env, () => shown(env, open, { page, away })).card;
}

/** What a decision would cost only the server can tell: the card from which it can be made all the same. */
export function offlineCost(env: Env, open: OpenEvent, away: Away): Done | null {
  const card = offlineCard(env, open, away);
  return card && { card, notice: blockWords(env.locale).awayCost };
}

/** What a button asks for. `key`: of the tap; the decision is known by it, so that a second tap changes nothing. */
export interface OfflineWish {
  event: OpenEvent;
  scope: Decision['scope'];
  shares: Share[];
  free: boolean;
  key: string;
  away: Away;
}

/** Writes a decision into the event. null: its calendar is not in the book. */
export function offlineDecide(env: Env, wish: OfflineWish): Done | null {
  const page = pageOf(env.kept, wish.event.calendarId, env);
  if (!page) return null;
  const t = blockWords(env.locale);
  return attempt(env, () => {
    const about = { page, away: wish.away };
    if (wish.scope === 'following') return { card: shown(env, wish.event, about), notice: t.awayFollowing };
    const kept = keep(page, wish);
    const busy = wish.free && keepsBusy(kept);
    return { card: shown(env, wish.event, about), notice: busy ? t.keptBusy : t.kept };
  });
}

/**
 * Whom it would block had nobody decided becomes the decision, and what was set Free is Busy again. A mark that is only
 * taken away would tell the backend nothing: other programs drop them, and it may have adopted this one already.
 */
export function offlineUndo(
  env: Env,
  { event: open, scope, key, away }: Pick<OfflineWish, 'event' | 'scope' | 'key' | 'away'>,
): Done | null {
  const page = pageOf(env.kept, open.calendarId, env);
  if (!page) return null;
  const t = blockWords(env.locale);
  return attempt(env, () => {
    const about = { page, away };
    if (scope === 'following') return { card: shown(env, open, about), notice: t.awayFollowing };
    const { judged } = read(open, page);
    keep(page, { event: open, scope, shares: judged.otherwise.takes, free: false, key });
    return { card: shown(env, open, about), notice: t.undone };
  });
}

/** Google's refusals become the event's card with the reason, or a card of their own where there is none to show. */
function attempt(env: Env, work: () => Done | GoogleAppsScript.Card.Card): Done {
  try {
    const done = work();
    return 'notice' in done ? done : { card: done, notice: null };
  } catch (error) {
    if (!(error instanceof CalendarTrouble)) throw error;
    const t = blockWords(env.locale);
    const { trouble } = error;
    const code = trouble === 'gone' ? 'gone' : trouble === 'scope' ? 'scope_refused' : 'refused';
    const data = { card: 'problem' as const, code, words: t[trouble], next: t[`${code}Next`], to: null };
    return { card: problemCard(data as Data<'problem'>, env), notice: t[trouble] };
  }
}

// Reading -------------------------------------------------------------------------------------------------------------

function read(open: OpenEvent, page: Page): Read {
  const event = getEvent(open.calendarId, open.eventId);
  return { page, event, judged: judge(event, page, masterOf(open.calendarId, event)) };
}

/** null: it is no event of a series, or one of a series that the person was not invited to as a whole. */
export function masterOf(calendarId: string, { recurringEventId }: GoogleEvent): GoogleEvent | null {
  if (!recurringEventId) return null;
  try {
    return getEvent(calendarId, recurringEventId);
  } catch (error) {
    if (error instanceof CalendarTrouble && error.trouble === 'gone') return null;
    throw error;
  }
}

function shown(env: Env, open: OpenEvent, { page, away }: { page: Page; away: Away }) {
  const found = read(open, page);
  if (isBooking(found))
    return awayBookingCard(found.event, { ...found.judged, zone: page.calendar.zone }, env);
  return blockCard(blockOf(env, open, found), { ...env, on: 'block' }, away);
}

/** A copy of a booking's event bears its marks as well: only the server can tell, so neither is touched. */
function isBooking({ event, page }: Read): boolean {
  const marks = privateOf(event);
  return (
    marks.sidebookBusiness === page.businessId && Boolean(marks.sidebookBooking ?? marks.sidebookSession)
  );
}

function blockOf(env: Env, open: OpenEvent, { page, event, judged }: Read): Data<'block'> {
  const t = blockWords(env.locale);
  const { calendar } = page;
  const named = new Map(calendar.linked.map(({ id, name }) => [id, name]));
  const { outcome, decision } = judged;
  const writes = mayWrite(open.calendarId);
  const differs = judged.freed || (decision !== null && !alike(outcome.takes, judged.otherwise.takes));
  return {
    card: 'block',
    event: open,
    calendar: { id: calendar.googleId, name: calendar.name, zone: calendar.zone },
    start: new Date(judged.start).toISOString(),
    end: new Date(judged.end).toISOString(),
    allDay: judged.allDay,
    recurring: judged.recurring,
    type: judged.type,
    free: judged.free,
    freed: judged.freed,
    keepsBusy: keepsBusy(event) ? t.staysBusy : null,
    takes: outcome.takes.map((take) => ({ ...take, name: named.get(take.resourceId) ?? '' })),
    words: outcomeWords(outcome, named, env.locale),
    undecided: outcome.undecided,
    resources: calendar.linked.map(({ id, name, means }) => ({ id, name, means, kind: 'person', places: 1 })),
    mine: mineIn(page),
    decision: decision && { id: decision.id, scope: decision.scope, actor: '', at: '' },
    undo: writes && differs ? (decision?.scope ?? 'event') : null,
    proposed: null,
    collisions: [],
    mayDecide: writes,
    limits: limitsOf(t, writes, judged),
    mayBook: false,
    pending: null,
  };
}

const limitsOf = (t: BlockWords, writes: boolean, { recurring }: Judged): string[] => [
  ...(writes ? [] : [t.awayRead]),
  ...(recurring && writes ? [t.awayFollowing] : []),
];

const alike = (a: readonly Take[], b: readonly Take[]): boolean =>
  a.length === b.length && a.every((one) => b.some((other) => JSON.stringify(one) === JSON.stringify(other)));

function mineIn({ members, calendar }: Page): string[] {
  const email = Session.getActiveUser().getEmail().toLowerCase();
  const me = members.find((member) => member.email.toLowerCase() === email)?.id;
  return calendar.linked.filter(({ memberId }) => me !== undefined && memberId === me).map(({ id }) => id);
}

// Writing -------------------------------------------------------------------------------------------------------------

/** @returns the event as it is then @throws CalendarTrouble */
function keep(page: Page, wish: Omit<OfflineWish, 'away'>): GoogleEvent {
  const { calendarId, eventId } = wish.event;
  const { businessId } = page;
  const open = getEvent(calendarId, eventId);
  const series = open.recurringEventId ?? (open.recurrence?.length ? eventId : null);
  // A series that is open as a whole has no single event to speak of.
  const whole = series !== null && (wish.scope === 'series' || !open.recurringEventId);
  const linked = new Set(page.calendar.linked.map(({ id }) => id));
  // Left out, "only Bert" would be "nobody".
  if (!wish.shares.every(({ resourceId }) => linked.has(resourceId)))
    throw new CalendarTrouble('unlinked', 'somebody named is not linked any more');
  const decision: Decision = {
    id: wish.key,
    scope: whole ? 'series' : 'event',
    from: whole ? null : originalOf(open),
    shares: wish.shares.map(bare),
  };
  const wanted = () => ({ decision, free: wish.free });
  if (!whole || series === eventId) return markEvent({ calendarId, eventId, businessId }, wanted);
  markEvent({ calendarId, eventId: series, businessId }, wanted);
  // One that was changed by itself no longer shows what its series says; nor should it hide what a person said of it.
  return markEvent({ calendarId, eventId, businessId }, (found) =>
    ownDecision(found, businessId) ? null : wanted(),
  );
}

function ownDecision(found: GoogleEvent, businessId: string): boolean {
  const { decision } = readMark(privateOf(found), businessId) ?? {};
  return decision != null && decision.scope !== 'series';
}

/** Buttons leave out what is usual. */
const bare = ({
  resourceId,
  places = null,
  startShift = 0,
  endShift = 0,
  means = null,
}: Partial<Share> & { resourceId: string }): Share => ({ resourceId, places, startShift, endShift, means });
