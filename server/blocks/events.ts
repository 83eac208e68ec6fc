// A calendar's events as we hold them: whom each blocks and why; and those that wait for somebody to say.
import { and, eq, gte, isNull, lt, or, sql } from 'drizzle-orm';
import type * as z from 'zod';
import type {
  EventQuery,
  MirroredEvent as MirroredSchema,
  Undecided,
  UndecidedEvent,
} from '../../shared/calendar-api.ts';
import { DAY, type Span } from '../../shared/time.ts';
import { events } from '../database/mirror.ts';
import type { Connection, Database } from '../database/open.ts';
import { calendars } from '../database/schema.ts';
import { notFound, Refusal } from '../errors.ts';
import { type Family, type Occurring, occurring } from './derive.ts';
import { occurrenceId } from './free.ts';
import { type Judge, readJudge } from './judge.ts';
import { loadFamilies } from './rebuild.ts';
import { isRecurring } from './target.ts';
import { readWords, type Said } from './words.ts';

type Mirrored = z.output<typeof MirroredSchema>;
type Waiting = z.output<typeof UndecidedEvent>;

const mostDays = 92;
/** Of one answer. */
const most = 5000;
/** How far staff are shown what waits for them. */
const inboxDays = 14;

/**
 * Those that overlap [from, to), by start. Cancelled ones are left out.
 * @throws Refusal not_found, invalid (a window that is empty, longer than 92 days, or holds more than 5,000 events)
 */
export async function listEvents(
  db: Database,
  { businessId, calendarId }: { businessId: string; calendarId: string },
  asked: z.output<typeof EventQuery>,
): Promise<Mirrored[]> {
  const window = windowOf(asked);
  // One moment's rules, decisions and events.
  return db.transaction(async (tx) => {
    await mustBeFollowed(tx, businessId, calendarId);
    const judge = await readJudge(tx, businessId, calendarId);
    const ids = await familiesIn(tx, judge, window);
    mustBeFew(ids);
    const all = standing(await loadFamilies(tx, judge, ids), judge, window);
    const found = asked.undecided ? all.filter(({ outcome }) => outcome.undecided) : all;
    mustBeFew(found);
    const words = await wordsFor(tx, judge, found);
    return found.map((one) => show(one, judge, words(one)));
  }, snapshot);
}

function mustBeFew({ length }: readonly unknown[]): void {
  if (length > most)
    throw new Refusal('invalid', `to: this window holds more than ${most} events: ask for a shorter one.`, {
      count: length,
    });
}

const snapshot = { isolationLevel: 'repeatable read', accessMode: 'read only' } as const;

function windowOf({ from, to }: { from: string; to: string }): Span {
  const window = { start: Date.parse(from), end: Date.parse(to) };
  if (window.end <= window.start) throw new Refusal('invalid', 'to: has to be after from.');
  if (window.end - window.start > mostDays * DAY)
    throw new Refusal('invalid', `to: ask for at most ${mostDays} days at once.`);
  return window;
}

async function mustBeFollowed(db: Connection, businessId: string, calendarId: string): Promise<void> {
  const rows = await db
    .select({ id: calendars.id })
    .from(calendars)
    .where(and(eq(calendars.businessId, businessId), eq(calendars.id, calendarId), isNull(calendars.leftAt)));
  if (rows.length === 0) throw notFound('calendar');
}

/** Single events and series that may have something in the window. */
async function familiesIn(
  db: Connection,
  { businessId, calendarId }: Pick<Judge, 'businessId' | 'calendarId'>,
  window: Span,
  undecidedOnly = false,
): Promise<string[]> {
  const rows = await db
    .selectDistinct({ id: sql<string>`coalesce(${events.seriesId}, ${events.eventId})` })
    .from(events)
    .where(
      and(
        eq(events.calendarId, calendarId),
        eq(events.businessId, businessId),
        lt(events.startsAt, new Date(window.end)),
        or(isNull(events.lastEndsAt), gte(events.lastEndsAt, new Date(window.start))),
        undecidedOnly ? events.undecided : undefined,
      ),
    );
  return rows.map(({ id }) => id);
}

interface Standing extends Occurring {
  family: Family;
}

const standing = (families: readonly Family[], judge: Judge, window: Span): Standing[] =>
  families
    .flatMap((family) => occurring(family, judge, window).map((one) => ({ ...one, family })))
    .filter(({ event }) => event.status !== 'cancelled')
    .sort((a, b) => a.start - b.start || a.end - b.end || (a.event.eventId < b.event.eventId ? -1 : 1));

async function wordsFor(db: Connection, judge: Judge, found: readonly Standing[]) {
  const words = await readWords(
    db,
    judge,
    found.map(({ outcome }) => outcome.why),
  );
  return ({ outcome }: Standing) => words(outcome.why);
}

function show({ event, family, original, start, end, outcome }: Standing, judge: Judge, why: Said): Mirrored {
  const own = event.original === original;
  return {
    calendarId: judge.calendarId,
    eventId: own || original === null ? event.eventId : occurrenceId(family.id, original),
    seriesId: original === null ? null : family.id,
    original,
    start: new Date(start).toISOString(),
    end: new Date(end).toISOString(),
    allDay: event.startDate !== null,
    title: event.title,
    free: event.free,
    freed: event.freed,
    takes: outcome.takes,
    why,
    undecided: outcome.undecided,
  };
}

/** Of all calendars, for the next 14 days: the first of each series stands for those that follow. */
export async function listUndecided(
  db: Database,
  businessId: string,
  now: number,
): Promise<z.output<typeof Undecided>> {
  const window = { start: now, end: now + inboxDays * DAY };
  return db.transaction(async (tx) => {
    const items: Waiting[] = [];
    for (const calendarId of await waitingCalendars(tx, businessId, window))
      items.push(...(await waitingIn(tx, { businessId, calendarId }, window)));
    items.sort((a, b) => (a.first.start < b.first.start ? -1 : 1));
    return {
      from: new Date(window.start).toISOString(),
      to: new Date(window.end).toISOString(),
      count: items.reduce((sum, { count }) => sum + count, 0),
      items,
    };
  }, snapshot);
}

async function waitingCalendars(db: Connection, businessId: string, window: Span): Promise<string[]> {
  const rows = await db
    .selectDistinct({ id: events.calendarId })
    .from(events)
    .where(
      and(
        eq(events.businessId, businessId),
        events.undecided,
        lt(events.startsAt, new Date(window.end)),
        or(isNull(events.lastEndsAt), gte(events.lastEndsAt, new Date(window.start))),
      ),
    );
  return rows.map(({ id }) => id).sort();
}

async function waitingIn(
  tx: Parameters<typeof loadFamilies>[0],
  { businessId, calendarId }: { businessId: string; calendarId: string },
  window: Span,
): Promise<Waiting[]> {
  const judge = await readJudge(tx, businessId, calendarId);
  if (judge.linked.length === 0) return [];
  // Of a series that is decided as a whole no occurrence waits; one that is not says so itself.
  const ids = await familiesIn(tx, judge, window, true);
  const found = standing(await loadFamilies(tx, judge, ids), judge, window).filter(
    ({ outcome }) => outcome.undecided,
  );
  const words = await wordsFor(tx, judge, found);
  const byFamily = new Map<string, Standing[]>();
  for (const one of found) byFamily.set(one.family.id, [...(byFamily.get(one.family.id) ?? []), one]);
  return [...byFamily].map(([eventId, list]) => {
    const first = list[0]!;
    const shown = show(first, judge, words(first));
    const { original, start, end, allDay, title, why } = shown;
    return {
      calendarId,
      eventId,
      recurring: isRecurring(first.family),
      count: list.length,
      first: { original, start, end, allDay },
      title,
      why,
    };
  });
}
