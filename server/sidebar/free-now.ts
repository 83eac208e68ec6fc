// Which is free now: each person, room, car and piece of equipment, until when, and what takes those that are not.

import { and, eq, inArray } from 'drizzle-orm';
import { NIL } from 'uuid';
import type * as z from 'zod';
import type { FreeNowCard } from '../../shared/card-api.ts';
import type { AskFreeNow } from '../../shared/sidebar-api.ts';
import { DAY, type Span, spanAt, subtract } from '../../shared/time.ts';
import type { Catalogue } from '../availability/catalogue.ts';
import { load } from '../availability/free.ts';
import { fullSpans } from '../availability/load.ts';
import { type Lane, prepare, resourceTimes } from '../availability/prepare.ts';
import type { Service } from '../availability/query.ts';
import type { Context } from '../context.ts';
import { bookings, sessions } from '../database/ledger.ts';
import type { Connection } from '../database/open.ts';
import { blocks, calendars, customers } from '../database/schema.ts';
import { fill, type Phrase } from '../phrase.ts';
import { offeredTo, servedBy, serviceName } from './lines.ts';
import type { Staffer } from './staffer.ts';

type Shown = z.output<typeof FreeNowCard>;
type Item = Shown['items'][number];

/** How far is looked. */
const ahead = DAY;

/** Of those that the person serves; `kind`: of one kind alone. Free: as a booking of the next minute would find it. */
export async function freeNowCard(
  context: Context,
  staffer: Staffer,
  { kind }: Pick<z.output<typeof AskFreeNow>, 'kind'>,
): Promise<Shown> {
  const { db } = context;
  const now = context.now();
  const catalogue = await offeredTo(context, staffer);
  const asked = servedBy(staffer, catalogue).filter((one) => kind === undefined || one.kind === kind);
  const lanes = await lanesOf(db, catalogue, { ids: asked.map(({ id }) => id), now });
  const states = new Map(lanes.map((lane) => [lane.resource.id, stateOf(lane, now)]));
  const words = await wordsOf(db, { staffer, catalogue, states: [...states.values()] });
  return {
    card: 'freeNow',
    at: new Date(now).toISOString(),
    zone: staffer.business.zone,
    items: asked.flatMap((resource): Item[] => {
      const state = states.get(resource.id);
      if (!state) return [];
      const until = state.until === undefined ? null : new Date(state.until).toISOString();
      return [{ ...resource, free: state.free, until, words: words(state) }];
    }),
  };
}

interface Asked {
  ids: string[];
  /** ms since 1970 */
  now: number;
}

/** What the engine knows of each, asked as for one place of a minute: hours, bookings, blocks, what is not known. */
async function lanesOf(db: Connection, catalogue: Catalogue, { ids, now }: Asked): Promise<Lane[]> {
  if (ids.length === 0) return [];
  const rule: Service = {
    // None that there is: whether somebody is free has nothing to do with what they are booked for.
    id: NIL,
    zone: catalogue.business.zone,
    hours: null,
    ...{ length: 1, step: null, before: 0, after: 0, notice: 0, horizon: null },
    ...{ seats: 1, perDay: null, perWeek: null },
    groups: [{ count: 1, places: 1, buffers: false, resources: ids }],
  };
  const window = { from: now, to: now + ahead, now, need: 'slots' as const };
  const { query } = await load(db, catalogue, { serviceId: NIL, ...window, rule });
  return prepare(query).lanes.flat();
}

interface State {
  free: boolean;
  /** In ms; undefined: for as long as is looked. */
  until: number | undefined;
  /** What takes it: bookings or sessions, else blocks; `calendar`: what does is not known. */
  units: string[];
  blocks: string[];
  unread: boolean;
}

function stateOf(lane: Lane, now: number): State {
  const window = { start: now, end: now + ahead };
  const { open } = resourceTimes(lane, window);
  const free = subtract(open, fullSpans(lane));
  const at = spanAt(free, now);
  const nothing = { units: [], blocks: [], unread: false };
  if (at) return { free: true, until: at.end < window.end ? at.end : undefined, ...nothing };
  const next = free.find(({ start }) => start > now)?.start;
  const until = next !== undefined && next < window.end ? next : undefined;
  // Closed: then it does not matter what else there is.
  if (!spanAt(open, now)) return { free: false, until, ...nothing };
  const holding = (span: Span) => span.start <= now && now < span.end;
  return {
    free: false,
    until,
    units: lane.allocations.filter(holding).map(({ unit }) => unit),
    blocks: lane.blocks.filter((block) => holding(block) && !block.unread).map(({ id }) => id),
    unread: lane.blocks.some((block) => holding(block) && block.unread),
  };
}

// {what} a service, {who} a customer, {name} a calendar.
const phrases = {
  closed: { en: 'Closed', nb: 'Stengt' },
  unread: { en: 'Its calendar could not be read', nb: 'Kalenderen kunne ikke leses' },
  booked: { en: '{what}, {who}', nb: '{what}, {who}' },
  event: { en: 'An event in “{name}”', nb: 'En hendelse i «{name}»' },
  block: { en: 'Closed by hand', nb: 'Stengt for hånd' },
} satisfies Record<string, Phrase>;

interface Wording {
  staffer: Staffer;
  catalogue: Catalogue;
  states: readonly State[];
}

/** Looks up at once what takes any of them. */
async function wordsOf(
  db: Connection,
  { staffer: { business, locale }, catalogue, states }: Wording,
): Promise<(state: State) => string | null> {
  const [units, taking] = await Promise.all([
    readUnits(db, catalogue, { businessId: business.id, ids: states.flatMap((state) => state.units) }),
    readBlocks(db, { businessId: business.id, ids: states.flatMap((state) => state.blocks) }),
  ]);
  return ({ free, units: [unit], blocks: [block], unread }) => {
    if (free) return null;
    const booked = unit === undefined ? undefined : units.get(unit);
    if (booked)
      return booked.who ? fill(phrases.booked[locale], { ...booked, who: booked.who }) : booked.what;
    if (unread) return phrases.unread[locale];
    const by = block === undefined ? undefined : taking.get(block);
    if (!by) return phrases.closed[locale];
    return by.calendar === null
      ? (by.reason ?? phrases.block[locale])
      : fill(phrases.event[locale], { name: by.calendar });
  };
}

interface Which {
  businessId: string;
  ids: string[];
}

/** Of a session its service alone: several sit in it. */
async function readUnits(db: Connection, catalogue: Catalogue, { businessId, ids }: Which) {
  if (ids.length === 0) return new Map<string, { what: string; who: string | null }>();
  const [single, shared] = await Promise.all([
    db
      .select({ id: bookings.id, serviceId: bookings.serviceId, who: customers.name })
      .from(bookings)
      .leftJoin(
        customers,
        and(eq(customers.businessId, bookings.businessId), eq(customers.id, bookings.customerId)),
      )
      .where(and(eq(bookings.businessId, businessId), inArray(bookings.id, ids))),
    db
      .select({ id: sessions.id, serviceId: sessions.serviceId })
      .from(sessions)
      .where(and(eq(sessions.businessId, businessId), inArray(sessions.id, ids))),
  ]);
  const all = [...single, ...shared.map((one) => ({ ...one, who: null }))];
  return new Map(all.map(({ id, serviceId, who }) => [id, { what: serviceName(catalogue, serviceId), who }]));
}

async function readBlocks(db: Connection, { businessId, ids }: Which) {
  if (ids.length === 0) return new Map<string, { reason: string | null; calendar: string | null }>();
  const rows = await db
    .select({ id: blocks.id, reason: blocks.reason, calendar: calendars.name })
    .from(blocks)
    .leftJoin(
      calendars,
      and(eq(calendars.businessId, blocks.businessId), eq(calendars.id, blocks.calendarId)),
    )
    .where(and(eq(blocks.businessId, businessId), inArray(blocks.id, ids)));
  return new Map(rows.map(({ id, ...row }) => [id, row]));
}
