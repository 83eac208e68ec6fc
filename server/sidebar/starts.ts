// Free starts for staff to choose from: of one local day, the next days that have any, why there is none; by the slot engine.

import type * as z from 'zod';
import type { Slot } from '../../shared/api.ts';
import { DAY, dayOf, localDate, MINUTE, type Span, zone } from '../../shared/time.ts';
import type { Catalogue } from '../availability/catalogue.ts';
import { explain } from '../availability/explain.ts';
import { load } from '../availability/free.ts';
import { type Prepared, prepare } from '../availability/prepare.ts';
import type { Query, Reason } from '../availability/query.ts';
import { slots } from '../availability/slots.ts';
import { sentence } from '../availability/words.ts';
import type { Connection } from '../database/open.ts';
import { fill, type Phrase } from '../phrase.ts';
import { shortly } from './lines.ts';

export interface Wish {
  catalogue: Catalogue;
  serviceId: string;
  /** Whose days they are, and whose clock the words go by. */
  zone: string;
  seats: number;
  /** Resources asked for. */
  wish: readonly string[];
  /** Bookings and sessions that are not in its way. */
  ignore: readonly string[];
  /** Blocks that are not: of the event that the booking is made of. */
  without?: ReadonlySet<string>;
  /** ms since 1970 */
  now: number;
}

export type Starts = { slots: z.output<typeof Slot>[]; next: string[]; words: string | null };

/** How many next days are named, and how far they are looked for. */
const mostNext = 5;
const aheadDays = 31;
/** Holds five working days wherever it begins. */
const aWeek = 8;

const phrases = {
  past: { en: 'That day has passed.', nb: 'Den dagen er over.' },
  horizon: {
    en: 'That is farther ahead than bookings are taken.',
    nb: 'Det er lenger frem enn det tas bookinger.',
  },
  closed: { en: 'Nothing is open that day.', nb: 'Ingenting er åpent den dagen.' },
  unread: {
    en: 'A calendar could not be read, so what is free that day is not known.',
    nb: 'En kalender kunne ikke leses, så det er ukjent hva som er ledig den dagen.',
  },
  blocked: {
    en: 'Events and blocks take what bookings have left that day.',
    nb: 'Hendelser og sperrer tar det bookingene har latt være ledig den dagen.',
  },
  full: { en: 'Everything is booked that day.', nb: 'Alt er booket den dagen.' },
  soon: {
    en: 'Customers themselves can book from {from} only: earlier is too short notice for them.',
    nb: 'Kundene selv kan bare booke fra {from}: før det er varselet for kort for dem.',
  },
} satisfies Record<string, Phrase>;

/** Notice is for customers who book by themselves: whoever stands at the desk is told of it, and not kept by it. */
async function prepared(
  db: Connection,
  { catalogue, serviceId, now, seats, wish, ignore, without }: Wish,
  window: Span,
  need: 'slots' | 'choice' = 'slots',
): Promise<Prepared> {
  const rule = { ...catalogue.offers.get(serviceId)!.rule, notice: 0 };
  const asked = { serviceId, from: window.start, to: window.end, now, need, seats, wish, ignore, rule };
  const { query } = await load(db, catalogue, asked);
  return prepare(without ? { ...query, blocks: query.blocks.filter(({ id }) => !without.has(id)) } : query);
}

/** @param date `YYYY-MM-DD` of the wish's zone */
export async function startsOn(db: Connection, wish: Wish, date: string): Promise<Starts> {
  const its = zone(wish.zone);
  const day = dayOf(date);
  const window = { start: its.startOf(day), end: its.startOf(day + 1) };
  const that = await prepared(db, wish, window);
  const found = slots(that);
  const locale = localeOf(wish);
  if (found.length > 0) return { slots: found.map(shown), next: [], words: soonWords(wish, found) };
  const next = await daysAfter(db, wish, Math.max(window.end, wish.now));
  return { slots: [], next, words: phrases[whyNone(that, window)][locale] };
}

/** Farther is looked only if nearer does not give enough: what a look costs goes with how far it reaches. */
async function daysAfter(db: Connection, wish: Wish, from: number): Promise<string[]> {
  let found: string[] = [];
  for (const days of [aWeek, aheadDays]) {
    const after = slots(await prepared(db, wish, { start: from, end: from + days * DAY }));
    found = [...new Set(after.map(({ start }) => localDate(wish.zone, start)))].slice(0, mostNext);
    if (found.length === mostNext) break;
  }
  return found;
}

const localeOf = ({ catalogue }: Wish): 'en' | 'nb' => (catalogue.business.locale === 'nb' ? 'nb' : 'en');

/** What is offered to staff and not to customers is said beforehand. */
function soonWords(wish: Wish, found: readonly Span[]): string | null {
  const { noticeMinutes } = wish.catalogue.offers.get(wish.serviceId)!.row;
  const earliest = wish.now + noticeMinutes * MINUTE;
  if (noticeMinutes === 0 || !found.some(({ start }) => start < earliest)) return null;
  const locale = localeOf(wish);
  return fill(phrases.soon[locale], { from: shortly(locale, wish.zone, earliest) });
}

/** By taking away, one after the other, what the engine goes by: what brings a start back was in its way. */
function whyNone({ query, until }: Prepared, day: Span): keyof typeof phrases {
  if (day.end <= query.now) return 'past';
  if (day.start >= until) return 'horizon';
  const offers = (changed: Partial<Query>) => slots(prepare({ ...query, ...changed })).length > 0;
  if (!offers({ allocations: [], blocks: [], sessions: [] }))
    return query.from < query.now ? 'past' : 'closed';
  if (!offers({ blocks: [] })) return 'full';
  return offers({ blocks: query.blocks.filter(({ unread }) => !unread) }) ? 'unread' : 'blocked';
}

/** The first free start from now on; undefined: none for a month. */
export async function firstStart(db: Connection, wish: Wish): Promise<number | undefined> {
  for (const [from, to] of [
    [0, 1],
    [1, aWeek],
    [aWeek, aheadDays],
  ] as const) {
    const window = { start: wish.now + from * DAY, end: wish.now + to * DAY };
    const [first] = slots(await prepared(db, wish, window));
    if (first) return first.start;
  }
  return undefined;
}

/** One start that is wanted: whether it can be had, and if not, why; `override`: as staff could have it all the same. */
export interface Wanted {
  free: boolean;
  words: string | null;
  override: { start: string; words: string } | undefined;
}

export async function lookAt(db: Connection, wish: Wish, start: number): Promise<Wanted> {
  const that = await prepared(db, wish, { start, end: start + 1 }, 'choice');
  const { offered, override, reasons } = explain(that, start);
  const passed = override?.overrides ?? null;
  if (offered || passed?.every(({ code }) => forCustomers.has(code)))
    return { free: true, words: null, override: undefined };
  // That too few are left follows from the others.
  const telling = reasons.filter(({ code }) => code !== 'no_match');
  const words = said(wish, passed ?? (telling.length > 0 ? telling : reasons));
  return {
    free: false,
    words,
    override: passed ? { start: new Date(start).toISOString(), words } : undefined,
  };
}

/** What keeps only those from a time who book by themselves. */
export const forCustomers = new Set<string>(['notice', 'cutoff', 'off_grid', 'repeated']);

const mostReasons = 2;

const said = ({ catalogue }: Wish, reasons: readonly Reason[]): string =>
  [...new Set(reasons.map((reason) => sentence(reason, catalogue).words))].slice(0, mostReasons).join(' ');

const shown = ({ start, end, seatsLeft }: Span & { seatsLeft?: number }): z.output<typeof Slot> => ({
  start: new Date(start).toISOString(),
  end: new Date(end).toISOString(),
  ...(seatsLeft === undefined ? {} : { seatsLeft }),
});
