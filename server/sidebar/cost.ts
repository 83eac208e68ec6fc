// What a decision would cost, before saying yes: time and starts of each resource, and the bookings it hits with ways out.
import { and, eq } from 'drizzle-orm';
import type * as z from 'zod';
import type { CostCard } from '../../shared/card-api.ts';
import type { DoDecide } from '../../shared/sidebar-api.ts';
import type { Catalogue } from '../availability/catalogue.ts';
import { exchange } from '../blocks/cost.ts';
import { decisionsAfter } from '../blocks/decisions.ts';
import { type Weighed, weigh } from '../blocks/impact.ts';
import { mustBeLinked } from '../blocks/shares.ts';
import { readSpeech } from '../blocks/words.ts';
import type { Context } from '../context.ts';
import { pulls } from '../database/mirror.ts';
import type { Transaction } from '../database/open.ts';
import { type EventPhrase, tell } from './event-words.ts';
import { keptBusy } from './free.ts';
import { inTheWay } from './in-the-way.ts';
import { offeredTo, resourcesIn, shortly } from './lines.ts';
import { keyOf, type Opened, openedIn, type Place, snapshot, whereOf } from './read-event.ts';
import type { Staffer } from './staffer.ts';

type Shape = z.output<typeof CostCard>;
type Wish = Pick<z.output<typeof DoDecide>, 'scope' | 'shares' | 'free'>;

/** Of an event that the mirror has. Nothing is written, and nobody is kept waiting. @throws Refusal not_found, invalid */
export async function costCard(
  context: Context,
  staffer: Staffer,
  { place, wish }: { place: Place; wish: Wish },
): Promise<Shape> {
  const catalogue = await offeredTo(context, staffer);
  const now = context.now();
  return context.db.transaction(async (tx) => {
    const opened = await openedIn(tx, whereOf(staffer, place), now);
    await mustBeLinked(tx, opened.judge, wish.shares);
    return weighed(tx, { staffer, place, opened, wish, catalogue, now });
  }, snapshot);
}

interface Weighing {
  staffer: Staffer;
  place: Place;
  opened: Opened;
  wish: Wish;
  catalogue: Catalogue;
  /** ms since 1970 */
  now: number;
}

async function weighed(tx: Transaction, weighing: Weighing): Promise<Shape> {
  const { staffer, place, opened, wish, catalogue, now } = weighing;
  const { judge, family } = opened;
  const key = keyOf(opened, wish.scope);
  const of = { judge, now, until: (await readUntil(tx, weighing)) ?? now };
  const after = decisionsAfter(family, { id: '', scope: key.scope, from: key.from, shares: wish.shares });
  const { impact, own, taken } = await weigh(tx, of, { family, after, catalogue });
  const hits = await inTheWay(
    tx,
    { staffer, catalogue, now, zone: judge.zone, as: (query) => exchange(query, own, taken) },
    impact.hits,
  );
  return {
    card: 'cost',
    event: place.event,
    zone: judge.zone,
    ...{ scope: key.scope, shares: wish.shares, free: wish.free },
    words: await wordsOf(tx, weighing, impact),
    changes: impact.resources.flatMap(({ resourceId, ...change }) =>
      resourcesIn(catalogue, [resourceId]).map((one) => ({ ...one, ...change })),
    ),
    hits: hits.list,
    moreHits: hits.more,
    to: impact.to,
  };
}

/** How far series are expanded, ms; null: it was never read. */
async function readUntil(tx: Transaction, { opened: { judge } }: Weighing): Promise<number | null> {
  const [row] = await tx
    .select({ until: pulls.expandedUntil })
    .from(pulls)
    .where(and(eq(pulls.businessId, judge.businessId), eq(pulls.calendarId, judge.calendarId)));
  return row?.until?.getTime() ?? null;
}

async function wordsOf(
  tx: Transaction,
  { staffer, place, opened, wish }: Weighing,
  { slotsTo, to, allServices, resources }: Weighed['impact'],
): Promise<string> {
  const { locale } = staffer;
  const { judge, one } = opened;
  const speech = await readSpeech(tx, { judge, whys: [], reader: { locale, zone: judge.zone } });
  const said: [EventPhrase, Record<string, string>?][] = [
    [keyOf(opened, wish.scope).scope, { whom: speech.whom(wish.shares) }],
  ];
  const kept = keptBusy(place, one.event);
  if (wish.free && kept) said.push(['staysBusy', { why: tell(kept, locale) }]);
  else said.push([wish.free || one.event.free ? 'showsFree' : 'showsBusy']);
  const changes = resources.some(({ slots }) => slots !== 0);
  if (changes && slotsTo < to && isSeries(opened))
    said.push(['counted', { until: shortly(locale, judge.zone, Date.parse(slotsTo)) }]);
  if (!allServices) said.push(['someServices']);
  return said.map(([phrase, values]) => tell(phrase, locale, values)).join(' ');
}

const isSeries = ({ one }: Opened): boolean => one.original !== null;
