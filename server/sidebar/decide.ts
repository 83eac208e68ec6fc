// What a person says of the open event from its card: whom it blocks, that it is as it was before, what becomes of a proposal.
import { and, eq } from 'drizzle-orm';
import type { FastifyRequest } from 'fastify';
import type * as z from 'zod';
import { decisionFor } from '../../shared/decide.ts';
import type { DoDecide, DoProposed, DoUndo, OpenEvent } from '../../shared/sidebar-api.ts';
import {
  acceptDecision,
  type DecisionRow,
  decideEvent,
  endDecision,
  type Saying,
} from '../blocks/decisions.ts';
import { type FreeWish, undoFree } from '../blocks/fix.ts';
import { covers } from '../blocks/free.ts';
import { readFixes } from '../blocks/marks.ts';
import { readSpeech } from '../blocks/words.ts';
import { commitOnce } from '../commit.ts';
import type { Context } from '../context.ts';
import { decisions } from '../database/mirror.ts';
import type { Transaction } from '../database/open.ts';
import { notFound, Refusal } from '../errors.ts';
import { blockCard } from './block.ts';
import { costCard } from './cost.ts';
import { tell } from './event-words.ts';
import { keptBusy } from './free.ts';
import { offeredTo } from './lines.ts';
import { findPlace, keepNow, keyOf, type Opened, openedIn, type Place, whereOf } from './read-event.ts';
import type { Asked, Card, Staffer } from './staffer.ts';

interface Done {
  card: Card;
  notice: string | null;
}
type Deciding = Asked & z.output<typeof DoDecide>;

/** The event's card as it is then; of a dry run the cost card. @throws Refusal not_found, forbidden, invalid */
export async function decideFromCard(
  context: Context,
  request: FastifyRequest,
  staffer: Staffer,
  asked: Deciding,
): Promise<Done> {
  mustBeOnce(asked.shares);
  if (!asked.dryRun)
    return settle(context, request, { staffer, asked, act: (tx, at) => decide(tx, at, asked) });
  const place = await mustDecide(context, staffer, asked.event);
  if (!(await keepNow(context, staffer, place))) return unread(context, staffer, asked);
  return { card: await costCard(context, staffer, { place, wish: asked }), notice: null };
}

function mustBeOnce(shares: Deciding['shares']): void {
  if (new Set(shares.map(({ resourceId }) => resourceId)).size < shares.length)
    throw new Refusal('invalid', 'shares: a resource stands there twice.');
}

/** @throws Refusal not_found, forbidden */
export const undoFromCard = (
  context: Context,
  request: FastifyRequest,
  staffer: Staffer,
  asked: Asked & z.output<typeof DoUndo>,
): Promise<Done> => settle(context, request, { staffer, asked, act: (tx, at) => undo(tx, at, asked.scope) });

/** @throws Refusal not_found, forbidden, wrong_state if somebody has answered it already */
export const answerProposed = (
  context: Context,
  request: FastifyRequest,
  staffer: Staffer,
  asked: Asked & z.output<typeof DoProposed>,
): Promise<Done> => settle(context, request, { staffer, asked, act: (tx, at) => answer(tx, at, asked) });

/** Who says it, of which event, as it stands. */
interface At {
  staffer: Staffer;
  place: Place;
  by: Saying;
  opened: Opened;
}

interface Settling {
  staffer: Staffer;
  asked: Asked & { event: OpenEvent };
  /** @returns what is said in passing */
  act: (tx: Transaction, at: At) => Promise<string>;
}

/** Once, however often it is tapped: then the card as it is by now. Network where the mirror lacks the event. */
async function settle(
  context: Context,
  request: FastifyRequest,
  { staffer, asked, act }: Settling,
): Promise<Done> {
  const place = await mustDecide(context, staffer, asked.event);
  if (!(await keepNow(context, staffer, place))) return unread(context, staffer, asked);
  const by = await sayingOf(context, staffer);
  const notice = await commitOnce(context, request, async (tx) =>
    act(tx, { staffer, place, by, opened: await openedIn(tx, whereOf(staffer, place), by.now) }),
  );
  return { card: await blockCard(context, staffer, asked), notice };
}

export const sayingOf = async (context: Context, staffer: Staffer): Promise<Saying> => ({
  businessId: staffer.business.id,
  actor: staffer.caller.actor,
  now: context.now(),
  catalogue: await offeredTo(context, staffer),
});

async function unread(context: Context, staffer: Staffer, asked: { event: OpenEvent }): Promise<Done> {
  return { card: await blockCard(context, staffer, asked), notice: tell('notYetRead', staffer.locale) };
}

async function mustDecide(context: Context, staffer: Staffer, event: OpenEvent): Promise<Place> {
  if (!staffer.caller.scopes.has('staff'))
    throw new Refusal('forbidden', 'Whom events block is for staff to say.');
  const place = await findPlace(context.db, staffer, event);
  if (!place || place.linked.length === 0) throw notFound('event');
  return place;
}

// Whom it blocks ------------------------------------------------------------------------------------------------------

async function decide(
  tx: Transaction,
  { staffer: { locale }, place, by, opened }: At,
  wish: Pick<Deciding, 'scope' | 'shares' | 'free'>,
): Promise<string> {
  const { judge, one } = opened;
  const key = keyOf(opened, wish.scope);
  const kept = keptBusy(place, one.event);
  const free = wish.free && kept === null && !one.event.free;
  const named = { ...key, eventId: place.event.eventId, calendarId: place.id };
  await decideEvent(tx, by, { ...named, shares: wish.shares, free, dryRun: false });
  if (!wish.free) await setBack(tx, { ...by, ...key, calendarId: place.id });
  const speech = await readSpeech(tx, { judge, whys: [], reader: { locale, zone: judge.zone } });
  const saved = tell('decided', locale, { whom: speech.whom(wish.shares) });
  return wish.free && kept ? `${saved} ${tell('staysBusy', locale, { why: tell(kept, locale) })}` : saved;
}

/** False: it was not set Free by us, so it is as it was. */
async function setBack(tx: Transaction, which: FreeWish): Promise<boolean> {
  try {
    await undoFree(tx, which);
    return true;
  } catch (error) {
    // Told before anything is written.
    if (error instanceof Refusal && error.code === 'wrong_state') return false;
    throw error;
  }
}

// As it was before ----------------------------------------------------------------------------------------------------

/** What holds for this event of that scope may have been said from an earlier one on: all of that ends. */
async function undo(
  tx: Transaction,
  { staffer: { locale }, place, by, opened }: At,
  scope: z.output<typeof DoUndo>['scope'],
): Promise<string> {
  const { judge, family, one } = opened;
  const key = keyOf(opened, scope);
  const decision = decisionFor(
    family.decisions.filter((said) => said.scope === key.scope),
    one.original,
  );
  const fix = (await readFixes(tx, judge, [family.id])).find(
    (said) => said.undoneAt === null && said.scope === key.scope && covers(said, one.original),
  );
  if (decision) await endDecision(tx, by, decision.id);
  const from = decision?.from ?? fix?.from ?? key.from;
  const wasFree = await setBack(tx, { ...by, ...key, from, calendarId: place.id });
  return tell(decision || wasFree ? 'undone' : 'nothingToUndo', locale);
}

// What was found in the event -----------------------------------------------------------------------------------------

async function answer(
  tx: Transaction,
  { staffer: { locale }, place, by, opened: { judge, family } }: At,
  { decisionId, accept }: z.output<typeof DoProposed>,
): Promise<string> {
  const row = await mustBeProposed(tx, { businessId: by.businessId, id: decisionId });
  if (row.calendarId !== place.id || row.eventId !== family.id) throw notFound('decision');
  if (!accept) {
    await endDecision(tx, by, decisionId);
    return tell('turnedDown', locale);
  }
  await acceptDecision(tx, by, decisionId);
  const speech = await readSpeech(tx, { judge, whys: [], reader: { locale, zone: judge.zone } });
  return tell('accepted', locale, { whom: speech.whom(row.shares) });
}

/** One that is in force is ended by undoing it, which tells more. */
async function mustBeProposed(
  tx: Transaction,
  { businessId, id }: { businessId: string; id: string },
): Promise<DecisionRow> {
  const [row] = await tx
    .select()
    .from(decisions)
    .where(and(eq(decisions.businessId, businessId), eq(decisions.id, id), eq(decisions.proposed, true)));
  if (!row) throw notFound('decision');
  return row;
}
