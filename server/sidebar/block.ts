// The card of an event that is no booking: whom it blocks now and why, what was decided, what is owed to Google, what is in its way.
import { and, desc, eq, isNull } from 'drizzle-orm';
import type * as z from 'zod';
import type { BlockCard } from '../../shared/card-api.ts';
import type { OpenEvent } from '../../shared/sidebar-api.ts';
import type { Catalogue } from '../availability/catalogue.ts';
import { exchange } from '../blocks/cost.ts';
import type { DecisionRow } from '../blocks/decisions.ts';
import { type Taken, takenBy } from '../blocks/derive.ts';
import { covers, type Fix } from '../blocks/free.ts';
import { hitsOf, type Part, readParts, readSeats } from '../blocks/hits.ts';
import { readFixes, readMarks } from '../blocks/marks.ts';
import { isRecurring } from '../blocks/target.ts';
import { readSpeech } from '../blocks/words.ts';
import { limitsOf, writes } from '../calendars/roles.ts';
import type { Context } from '../context.ts';
import { decisions } from '../database/mirror.ts';
import type { Transaction } from '../database/open.ts';
import { tell } from './event-words.ts';
import { shownIn, type Writing } from './free.ts';
import { inTheWay } from './in-the-way.ts';
import { offeredTo, resourcesIn } from './lines.ts';
import { problemCard } from './problem.ts';
import { findPlace, type Opened, type Place, readEvent, snapshot, type Unseen } from './read-event.ts';
import type { Card, Staffer } from './staffer.ts';
import { unlinkedCard } from './unlinked.ts';

type Shape = z.output<typeof BlockCard>;

/** Network as readEvent. @throws Refusal not_found */
export async function blockCard(
  context: Context,
  staffer: Staffer,
  { event }: { event: OpenEvent },
): Promise<Card> {
  const place = await findPlace(context.db, staffer, event);
  if (!place || place.linked.length === 0) return unlinkedCard(context, staffer, { event, calendar: place });
  if (place.accessRole === 'freeBusyReader') return timesOnly(place, staffer);
  const opened = await readEvent(context, staffer, place);
  if (typeof opened === 'string') return unseenCard(opened, staffer);
  if (opened.one.event.status === 'cancelled') return unseenCard('gone', staffer);
  if (opened.judge.linked.length === 0) return unlinkedCard(context, staffer, { event, calendar: place });
  const catalogue = await offeredTo(context, staffer);
  const now = context.now();
  // Of a guest's copy it is the other's calendar that counts.
  const readOnly = event.mayWrite === false && place.event.calendarId === event.calendarId;
  const showing = { staffer, place, opened, catalogue, now, readOnly };
  return context.db.transaction((tx) => show(tx, showing), snapshot);
}

/** Its events have ids of our own making: none that is open in Google can be found among them. */
function timesOnly({ accessRole, account: { scopes } }: Place, { locale }: Staffer): Card {
  const words = limitsOf({ accessRole, scopes }, locale).join(' ');
  return problemCard('refused', locale, { words, next: tell('shareMore', locale), to: 'calendars' });
}

function unseenCard(why: Unseen, { locale }: Staffer): Card {
  switch (why) {
    case 'gone':
      return problemCard('gone', locale);
    case 'reconnect':
      return problemCard('needs_reconnecting', locale);
    case 'refused':
      return problemCard('refused', locale, {
        words: tell('askGoogle', locale),
        next: tell('shareMore', locale),
      });
    case 'late': {
      const words = { words: tell('late', locale), next: tell('lateNext', locale) };
      return { ...problemCard('down', locale, words), unread: true };
    }
  }
}

interface Showing {
  staffer: Staffer;
  place: Place;
  opened: Opened;
  catalogue: Catalogue;
  /** ms since 1970 */
  now: number;
  /** The person may only look at the calendar in Google. */
  readOnly: boolean;
}

async function show(tx: Transaction, showing: Showing): Promise<Shape> {
  const { staffer, place, opened, catalogue, now, readOnly } = showing;
  const { judge, family, one } = opened;
  const said = await readSaid(tx, opened);
  const { fixes, writing } = await readWriting(tx, showing);
  const reader = { locale: staffer.locale, zone: judge.zone };
  const speech = await readSpeech(tx, { judge, whys: [one.outcome.why], reader });
  const inForce = said.find(({ id, proposed }) => !proposed && id === one.outcome.why.id);
  const proposed = said.find((row) => row.proposed && covers(row, one.original));
  const hits = await hitBy(tx, showing);
  return {
    card: 'block',
    event: { ...place.event, ...(readOnly && { mayWrite: false as const }) },
    calendar: { id: place.id, name: place.name, zone: judge.zone },
    start: new Date(one.start).toISOString(),
    end: new Date(one.end).toISOString(),
    allDay: one.event.startDate !== null,
    recurring: isRecurring(family),
    type: one.event.type,
    ...shownIn(writing),
    takes: one.outcome.takes.flatMap((take) =>
      resourcesIn(catalogue, [take.resourceId]).map(({ name }) => ({ ...take, name })),
    ),
    words: speech.why(one.outcome.why).words,
    undecided: one.outcome.undecided,
    resources: linkedTo(showing),
    mine: judge.linked.flatMap(({ id, memberId }) => (memberId === staffer.member.id ? [id] : [])),
    decision: inForce
      ? {
          id: inForce.id,
          scope: inForce.scope,
          actor: speech.who(inForce.actor),
          at: inForce.madeAt.toISOString(),
        }
      : null,
    undo: undoable(opened, inForce, fixes),
    proposed: proposed
      ? { id: proposed.id, words: tell('proposed', staffer.locale, { whom: speech.whom(proposed.shares) }) }
      : null,
    collisions: hits.list,
    moreCollisions: hits.more,
    ...mayOf(showing),
    mayBook: staffer.caller.scopes.has('book') && one.end > now,
  };
}

/** What was said of the event or its series and has not ended, the newest first. */
function readSaid(tx: Transaction, { judge, family }: Opened): Promise<DecisionRow[]> {
  return tx
    .select()
    .from(decisions)
    .where(
      and(
        eq(decisions.businessId, judge.businessId),
        eq(decisions.calendarId, judge.calendarId),
        eq(decisions.eventId, family.id),
        isNull(decisions.endedAt),
      ),
    )
    .orderBy(desc(decisions.madeAt), desc(decisions.id));
}

async function readWriting(tx: Transaction, { staffer, place, opened, catalogue }: Showing) {
  const { judge, family } = opened;
  const fixes = await readFixes(tx, judge, [family.id]);
  const marks = await readMarks(tx, judge, [family.id]);
  const { push } = catalogue.business.settings;
  const writing: Writing = { place, opened, marks, push, locale: staffer.locale };
  return { fixes, writing };
}

/** The decision in force; where there is none, what set it Free. */
function undoable(
  { family, one }: Opened,
  decision: DecisionRow | undefined,
  fixes: readonly Fix[],
): Shape['undo'] {
  if (decision) return decision.scope;
  const narrowest = (['event', 'following', 'series'] as const).find((scope) =>
    fixes.some((fix) => fix.undoneAt === null && fix.scope === scope && covers(fix, one.original)),
  );
  if (narrowest) return narrowest;
  // Free by us, though nobody here wished it: the tables were lost since.
  if (!one.event.freed || fixes.length > 0) return null;
  return isRecurring(family) && one.event === family.master ? 'series' : 'event';
}

const linkedTo = ({ opened: { judge }, catalogue }: Showing): Shape['resources'] =>
  judge.linked
    .flatMap(({ id, means }) =>
      resourcesIn(catalogue, [id]).map((one) => ({ ...one, places: judge.places.get(id) ?? 1, means })),
    )
    .sort((a, b) => a.name.localeCompare(b.name));

function mayOf({ staffer, place, opened, now, readOnly }: Showing): Pick<Shape, 'mayDecide' | 'limits'> {
  const { locale, caller } = staffer;
  const { found, one } = opened;
  const limits = limitsOf({ accessRole: place.accessRole, scopes: place.account.scopes }, locale);
  if (readOnly) limits.unshift(tell(writes(place.accessRole) ? 'readOnly' : 'readOnlyBoth', locale));
  const over = found !== null && one.end < now;
  if (over) limits.push(tell('over', locale));
  else if (found) limits.push(tell('justRead', locale));
  return { mayDecide: caller.scopes.has('staff') && !over, limits };
}

/** Of the occurrence that is open, from now on. */
async function hitBy(tx: Transaction, { staffer, opened, catalogue, now }: Showing) {
  const { judge, one, found } = opened;
  const taken: Taken[] = takenBy(one)
    .map((each) => ({ ...each, start: Math.max(each.start, now) }))
    .filter(({ means, start, end }) => means === 'block' && start < end);
  const looking = {
    businessId: judge.businessId,
    resourceIds: [...new Set(taken.map(({ resourceId }) => resourceId))],
    window: { start: now, end: taken.reduce((last, { end }) => Math.max(last, end), now) },
    now,
  };
  const { places } = judge;
  const seats = await readSeats(tx, looking);
  const parts = (await readParts(tx, looking, places)).filter((part) => !isOf(opened, part));
  const hits = hitsOf(taken, { seats, parts, places }).flatMap(({ wanted: { resourceId }, seat }) =>
    seat.bookingIds.map((bookingId) => ({ bookingId, resourceId })),
  );
  // Read from Google just now, it takes nothing yet in the tables.
  const unkept = { blocks: new Set<string>(), openings: new Set<string>() };
  const as = found ? (query: Parameters<typeof exchange>[0]) => exchange(query, unkept, taken) : undefined;
  return inTheWay(tx, { staffer, catalogue, now, zone: judge.zone, as }, distinct(hits));
}

/** Whether the tables hold it of the occurrence that is open. */
const isOf = ({ judge, one }: Opened, { calendarId, eventId, original }: Part): boolean =>
  calendarId === judge.calendarId && eventId === one.event.eventId && original === one.original;

/** A resource of which a booking holds several places is told once. */
const distinct = <T extends { bookingId: string; resourceId: string }>(hits: T[]): T[] => [
  ...new Map(hits.map((hit) => [`${hit.bookingId}/${hit.resourceId}`, hit])).values(),
];
