// The open event and whom it blocks: as the mirror has it; or, made seconds ago, as Google has it now, judged as readings are and not kept.
import { and, asc, eq, inArray, isNull, sql } from 'drizzle-orm';
import type { OpenEvent } from '../../shared/sidebar-api.ts';
import { DAY, type Span } from '../../shared/time.ts';
import { askAs } from '../accounts/accounts.ts';
import { atMost } from '../at-most.ts';
import { type Family, type Occurring, occurring } from '../blocks/derive.ts';
import { type Judge, readJudge } from '../blocks/judge.ts';
import { loadFamilies } from '../blocks/rebuild.ts';
import { reflect } from '../blocks/reflect.ts';
import { findFamily, isRecurring, type Which } from '../blocks/target.ts';
import { commit } from '../commit.ts';
import type { Context } from '../context.ts';
import { events } from '../database/mirror.ts';
import type { Connection, Transaction } from '../database/open.ts';
import { accounts, calendars, links } from '../database/schema.ts';
import { notFound, Refusal } from '../errors.ts';
import type { GoogleEvent } from '../google/client.ts';
import { GoogleError } from '../google/errors.ts';
import { owePulls } from '../jobs/pulls.ts';
import { servesOneOf } from './lines.ts';
import type { Staffer } from './staffer.ts';

/** A followed calendar, and the event by Google's names in it. */
export interface Place {
  event: OpenEvent;
  id: string;
  name: string;
  zone: string;
  accessRole: string;
  account: { id: string; state: string; scopes: string[] };
  /** Resources linked to it, whatever for. */
  linked: string[];
}

/**
 * Where the event is: the open calendar, if anybody is linked to it; else a linked one in which the same event stands,
 * of which the open one is a guest's copy; else the open calendar, as far as it is followed. Null: it is not.
 * @throws Refusal not_found, if it blocks only others than the person serves
 */
export async function findPlace(db: Connection, staffer: Staffer, event: OpenEvent): Promise<Place | null> {
  const businessId = staffer.business.id;
  const [own] = await readPlaces(db, businessId, { googleIds: [event.calendarId], eventId: event.eventId });
  if (own && own.linked.length > 0) {
    if (!servesOneOf(staffer, own.linked)) throw notFound('event');
    return own;
  }
  const holders = await holding(db, businessId, event.eventId);
  const others = holders.length > 0 ? await readPlaces(db, businessId, { ids: holders, ...event }) : [];
  const served = others.find(({ linked }) => linked.length > 0 && servesOneOf(staffer, linked));
  return served ?? own ?? null;
}

/** Ours of the calendars in which the mirror has an event of this id. */
async function holding(db: Connection, businessId: string, eventId: string): Promise<string[]> {
  const rows = await db
    .select({ id: calendars.id })
    .from(calendars)
    .innerJoin(
      events,
      and(
        eq(events.calendarId, calendars.id),
        eq(events.eventId, eventId),
        eq(events.businessId, calendars.businessId),
      ),
    )
    .where(eq(calendars.businessId, businessId));
  return rows.map(({ id }) => id);
}

async function readPlaces(
  db: Connection,
  businessId: string,
  which: { googleIds: string[]; eventId: string } | { ids: string[]; eventId: string },
): Promise<Place[]> {
  const named =
    'ids' in which ? inArray(calendars.id, which.ids) : inArray(calendars.googleId, which.googleIds);
  const rows = await db
    .select({ calendar: calendars, account: accounts, linked })
    .from(calendars)
    .innerJoin(
      accounts,
      and(eq(accounts.businessId, calendars.businessId), eq(accounts.id, calendars.accountId)),
    )
    .where(and(eq(calendars.businessId, businessId), named, isNull(calendars.leftAt)))
    .orderBy(asc(calendars.id));
  return rows.map(({ calendar: { id, name, zone, accessRole, googleId }, account, linked: ids }) => ({
    ...{ id, name, zone, accessRole, linked: ids },
    event: { calendarId: googleId, eventId: which.eventId },
    account: { id: account.id, state: account.state, scopes: account.scopes },
  }));
}

const linked = sql<string[]>`array(
  select l.resource_id from ${links} l
    where l.business_id = ${calendars.businessId} and l.calendar_id = ${calendars.id} order by l.resource_id)`;

/** The same by our own id of the calendar. @throws Refusal not_found, also where nobody is linked whom the person serves */
export async function placeOf(
  db: Connection,
  staffer: Staffer,
  { calendarId, eventId }: { calendarId: string; eventId: string },
): Promise<Place> {
  const [place] = await readPlaces(db, staffer.business.id, { ids: [calendarId], eventId });
  if (!place || place.linked.length === 0 || !servesOneOf(staffer, place.linked)) throw notFound('event');
  return place;
}

/** As it stands, decided. */
export interface Opened {
  judge: Judge;
  family: Family;
  /** The occurrence that is open; of a series opened as a whole, the next. */
  one: Occurring;
  /** Read from Google just now; null: the mirror has it. */
  found: GoogleEvent | null;
}

/** @throws Refusal not_found, if the mirror has no such event */
export async function openedIn(tx: Transaction, of: Where, now: number): Promise<Opened> {
  const judge = await readJudge(tx, of.businessId, of.calendarId);
  const { family, meant } = await findFamily(tx, judge, of.eventId);
  const one = oneOf(family, judge, { meant, now });
  if (!one) throw notFound('event');
  return { judge, family, one, found: null };
}

/** As decisions keep it: what is meant by this one, this and those that follow, the series. */
export function keyOf({ family, one }: Opened, scope: Which['scope']): Which {
  if (!isRecurring(family)) return { eventId: family.id, scope: 'event', from: null };
  return { eventId: family.id, scope, from: scope === 'series' ? null : one.original };
}

export interface Where {
  businessId: string;
  calendarId: string;
  eventId: string;
}

const always: Span = { start: Number.NEGATIVE_INFINITY, end: Number.POSITIVE_INFINITY };

function oneOf(
  family: Family,
  judge: Judge,
  { meant, now }: { meant: string | null; now: number },
): Occurring | undefined {
  const { master, exceptions } = family;
  if (meant === null) {
    if (!master?.recurrence) return occurring({ ...family, exceptions: [] }, judge, always)[0];
    // Opened as a whole, a series shows what comes next of it, or what it began with.
    const first = master.startsAt.getTime();
    const next = (start: number) =>
      occurring(family, judge, { start, end: start + 366 * DAY }).sort((a, b) => a.start - b.start)[0];
    return next(Math.max(now, first)) ?? next(first);
  }
  const own = exceptions.find(({ original }) => original === meant);
  if (own) return occurring({ ...family, master: null, exceptions: [own] }, judge, always)[0];
  const at = Date.parse(meant);
  const around = { start: at - DAY, end: at + 2 * DAY };
  return occurring({ ...family, exceptions: [] }, judge, around).find(({ original }) => original === meant);
}

/** Why there is nothing to show: Google knows no such event, has not answered in time, or does not let us. */
export type Unseen = 'gone' | 'late' | 'refused' | 'reconnect';

/** One moment's rules, decisions and events. */
export const snapshot = { isolationLevel: 'repeatable read', accessMode: 'read only' } as const;

/** Network only if the mirror has no such event: one get, for as long as somebody waits. Its pull is owed then. */
export async function readEvent(context: Context, staffer: Staffer, place: Place): Promise<Opened | Unseen> {
  const of = whereOf(staffer, place);
  const kept = await readKept(context, of);
  if (kept) return kept;
  const found = await ask(context, of, place);
  if (typeof found === 'string') return found;
  const opened = await judgeNow(context, of, found);
  if (!opened) return 'gone';
  await owe(context, of);
  return opened;
}

export const whereOf = ({ business }: Staffer, { id, event }: Place): Where => ({
  businessId: business.id,
  calendarId: id,
  eventId: event.eventId,
});

async function readKept(context: Context, of: Where): Promise<Opened | null> {
  try {
    return await context.db.transaction((tx) => openedIn(tx, of, context.now()), snapshot);
  } catch (error) {
    if (error instanceof Refusal && error.code === 'not_found') return null;
    throw error;
  }
}

/** How long somebody is let wait for Google, in ms. */
const patience = 2000;

async function ask(
  context: Context,
  { businessId, eventId }: Where,
  { account, event }: Place,
): Promise<GoogleEvent | Unseen> {
  if (account.state !== 'connected') return 'reconnect';
  const get = askAs(context, { businessId, accountId: account.id }, (google) =>
    google.getEvent(event.calendarId, eventId).catch((error: unknown) => {
      if (error instanceof GoogleError && error.kind === 'gone') return 'gone' as const;
      throw error;
    }),
  ).catch(unseen);
  return atMost(patience, get);
}

function unseen(error: unknown): Unseen {
  if (!(error instanceof Refusal)) throw error;
  if (error.code === 'busy') return 'late';
  if (error.code !== 'google_refused') throw error;
  const { code } = (error.details ?? {}) as { code?: string };
  return code === undefined || code === 'invalid_grant' ? 'reconnect' : 'refused';
}

/** Null: it is deleted. */
async function judgeNow(context: Context, of: Where, found: GoogleEvent): Promise<Opened | null> {
  const judge = await readJudge(context.db, of.businessId, of.calendarId);
  const seen = reflect(found, judge, context.seal);
  if (seen.kind === 'gone' || seen.row.status === 'cancelled') return null;
  const { row, mark } = seen;
  // Somebody decided in the event itself: whether that is taken over is for a reading that is kept.
  const adopted = mark?.decision ? await arrive(context, of, row.startsAt.getTime()) : null;
  if (adopted) return adopted;
  const id = row.seriesId ?? row.eventId;
  const [known] = await context.db.transaction((tx) => loadFamilies(tx, judge, [id]), snapshot);
  const before = known ?? { id, master: null, exceptions: [], decisions: [] };
  const family = row.seriesId
    ? { ...before, exceptions: [...before.exceptions, row] }
    : { ...before, master: row };
  const one = oneOf(family, judge, { meant: row.original, now: context.now() });
  return one ? { judge, family, one, found } : null;
}

/** Reads what changed in the calendar, and keeps it, for somebody who waits for this event. Null: it is not there yet. */
async function arrive(context: Context, of: Where, around: number): Promise<Opened | null> {
  await context.confirm(of.businessId, [of.calendarId], { start: around, end: around });
  return readKept(context, of);
}

/** Before an act: what the mirror lacks is read now, and kept. Network. Null: it has not come yet, and its pull is owed. */
export async function keepNow(context: Context, staffer: Staffer, place: Place): Promise<Opened | null> {
  const of = whereOf(staffer, place);
  const kept = (await readKept(context, of)) ?? (await arrive(context, of, context.now()));
  if (!kept) await owe(context, of);
  return kept;
}

/** As keepNow. @throws Refusal busy */
export async function mustBeKept(context: Context, staffer: Staffer, place: Place): Promise<Opened> {
  const kept = await keepNow(context, staffer, place);
  if (!kept) throw new Refusal('busy', 'This event has not been read yet: try again in a moment.');
  return kept;
}

const owe = (context: Context, { businessId, calendarId }: Where): Promise<void> =>
  commit(context, (tx) => owePulls(tx, businessId, [calendarId]));
