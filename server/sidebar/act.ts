// The buttons of a booking's card: each the same act as over the API, done once, and answered by the card as it is then.

import { and, eq } from 'drizzle-orm';
import type { FastifyRequest } from 'fastify';
import type * as z from 'zod';
import type { DoBooking } from '../../shared/sidebar-api.ts';
import type { Locale } from '../accounts/words.ts';
import type { By } from '../bookings/by.ts';
import { cancel, decline } from '../bookings/cancel.ts';
import { begin } from '../bookings/desk.ts';
import type { BookingRow } from '../bookings/find.ts';
import { overriddenWords } from '../bookings/overridden.ts';
import { reassign } from '../bookings/reassign.ts';
import { reschedule } from '../bookings/reschedule.ts';
import { approve, complete, noShow } from '../bookings/settle.ts';
import type { Context } from '../context.ts';
import type { Transaction } from '../database/open.ts';
import { customers } from '../database/schema.ts';
import { Refusal } from '../errors.ts';
import { tell } from '../log/messages.ts';
import { fill, type Phrase } from '../phrase.ts';
import { settleDrift } from '../sync/settle.ts';
import { bookingCard } from './booking.ts';
import { asAtDesk, type Card, isAboutTime, isAnswered, refusedWords, speaking } from './desk.ts';
import { driftOf } from './drifts.ts';
import { homeCard } from './home.ts';
import { reassignCard } from './reassign.ts';
import { keptOf, rescheduleCard } from './reschedule.ts';
import { type Seen, seeBooking } from './sight.ts';
import type { Staffer } from './staffer.ts';

type Asked = Pick<z.output<typeof DoBooking>, 'bookingId' | 'do'> &
  Partial<Pick<z.output<typeof DoBooking>, 'show'>>;
type Wish = Asked['do'];
type Wished<Name extends Wish['act']> = Extract<Wish, { act: Name }>;

/**
 * Once per Idempotency-Key. What is refused is answered as well: by the card as it is now, a time that cannot be had by
 * the one with the times that can.
 * @throws Refusal not_found, also if it is of resources that the person does not serve
 */
export async function actOnBooking(
  context: Context,
  request: FastifyRequest,
  staffer: Staffer,
  { bookingId, do: wish, show = 'booking' }: Asked,
): Promise<{ card: Card; notice: string | null }> {
  const { locale } = staffer;
  const seen = await seenOrNot(context, staffer, bookingId);
  const asIs = () => (show === 'home' ? homeCard(context, staffer) : stillCard(context, staffer, bookingId));
  let done: Done;
  try {
    done = await begin(context, request, {
      act: (tx, by) => {
        // Only now: whoever has given it away does not see it any more, but may ask again what came of that.
        if (seen instanceof Refusal) throw seen;
        return act(tx, speaking(by, locale), { staffer, seen, wish });
      },
    });
  } catch (error) {
    if (!isAnswered(error)) throw error;
    const free = isAboutTime(error) && freeInstead(wish);
    const card = free ? await free(context, staffer, bookingId) : await asIs();
    return { card, notice: refusedWords(error, locale) };
  }
  return { card: await asIs(), notice: noticeOf(wish, done, locale) };
}

async function seenOrNot({ db }: Context, staffer: Staffer, bookingId: string): Promise<Seen | Refusal> {
  try {
    return await seeBooking(db, staffer, bookingId);
  } catch (error) {
    if (error instanceof Refusal && error.code === 'not_found') return error;
    throw error;
  }
}

/** Given to somebody else, it may be none of the person's any more: then their day. */
async function stillCard(context: Context, staffer: Staffer, bookingId: string): Promise<Card> {
  try {
    return await bookingCard(context, staffer, { bookingId });
  } catch (error) {
    if (!(error instanceof Refusal) || error.code !== 'not_found') throw error;
    return homeCard(context, staffer);
  }
}

type Instead = (context: Context, staffer: Staffer, bookingId: string) => Promise<Card>;

function freeInstead(wish: Wish): Instead | undefined {
  if (wish.act === 'reassign')
    return (context, staffer, bookingId) => reassignCard(context, staffer, { bookingId });
  if (wish.act !== 'reschedule') return undefined;
  const refused = Date.parse(wish.start);
  return (context, staffer, bookingId) => rescheduleCard(context, staffer, { bookingId, refused });
}

interface Doing<W extends Wish = Wish> {
  staffer: Staffer;
  /** As it was before the transaction: it says whom the booking is to stay with. */
  seen: Seen;
  wish: W;
}

/** Kept with the Idempotency-Key: no more than the notice is made of. */
interface Done {
  overrode: string[];
  /** Left out: there was nothing to tell, or they are not to be told. */
  told?: 'told' | 'noAddress' | undefined;
}

async function act(tx: Transaction, by: By, { staffer, seen, wish }: Doing): Promise<Done> {
  const { id } = seen.row;
  switch (wish.act) {
    case 'approve': {
      const { row } = await approve(tx, by, { id, revision: wish.revision });
      return { overrode: [], told: await tellCustomer(tx, by, row, { kind: 'approved' }) };
    }
    case 'decline':
    case 'cancel':
      return letGo(tx, by, { staffer, seen, wish });
    case 'complete':
      await complete(tx, by, { id, revision: wish.revision });
      return { overrode: [] };
    case 'noShow':
      await noShow(tx, by, { id, revision: wish.revision });
      return { overrode: [] };
    case 'resend':
      return resend(tx, by, seen);
    case 'reschedule':
      return move(tx, by, { staffer, seen, wish });
    case 'reassign':
      return give(tx, by, { staffer, seen, wish });
    case 'apply':
    case 'restore': {
      const drift = await driftOf(tx, seen.row, wish.driftId);
      const choice = wish.act === 'apply' ? 'follow' : 'restore';
      return { overrode: await settleDrift(tx, by, { id: drift, choice }) };
    }
  }
}

/** The deadline is for customers: staff call off when they must, and the audit says that it was late. */
async function letGo(
  tx: Transaction,
  by: By,
  { seen, wish }: Doing<Wished<'decline' | 'cancel'>>,
): Promise<Done> {
  const { revision, reason } = wish;
  const ask = { id: seen.row.id, revision, reason: reason || null };
  const { present, overrides } =
    wish.act === 'decline' ? await decline(tx, by, ask) : await cancel(tx, by, { ...ask, override: true });
  const kind = wish.act === 'decline' ? 'declined' : 'cancelled';
  const overrode = overrides.map(({ code }) => code);
  return { overrode, told: wish.tell ? await tellCustomer(tx, by, present.row, { kind }) : undefined };
}

/** Tells again what holds; each time it is asked for is another message. */
async function resend(tx: Transaction, by: By, { row }: Seen): Promise<Done> {
  if (row.status !== 'confirmed' || row.endsAt.getTime() <= by.now)
    throw new Refusal('wrong_state', 'Only a confirmed booking that is not over is confirmed again.', {
      status: row.status,
    });
  const again = new Date(by.now).toISOString();
  const told = await tellCustomer(tx, by, row, { kind: 'confirmation', again });
  if (told !== 'told') throw new Refusal('conflict', 'This customer has no mail address to send it to.');
  return { overrode: [] };
}

/** With all its resources if they are free, else with those that it must keep. */
async function move(
  tx: Transaction,
  by: By,
  { staffer, seen, wish: { revision, start, override } }: Doing<Wished<'reschedule'>>,
): Promise<Done> {
  const kept = keptOf(seen, staffer, by.catalogue);
  const held = seen.resources.map(({ resourceId }) => resourceId);
  const ask = { id: seen.row.id, revision, start };
  const tries = kept.length === 0 || kept.length === held.length ? [kept] : [held, kept];
  for (const [i, resourceIds] of tries.entries()) {
    try {
      const { present, overrides } = await tx.transaction((inner) =>
        asAtDesk(inner, by, {
          override,
          act: (at, over) => reschedule(at, by, { ...ask, resourceIds, override: over }),
        }),
      );
      const from = seen.row.startsAt.toISOString();
      const told = await tellCustomer(tx, by, present.row, { kind: 'rescheduled', from });
      return { overrode: overrides.map(({ code }) => code), told };
    } catch (error) {
      if (i === tries.length - 1 || !isAboutTime(error)) throw error;
    }
  }
  throw new Error('unreachable: the last try returns or throws');
}

async function give(
  tx: Transaction,
  by: By,
  { seen, wish: { revision, from, to, override } }: Doing<Wished<'reassign'>>,
): Promise<Done> {
  const { present, overrides } = await asAtDesk(tx, by, {
    override,
    act: (inner, over) => reassign(inner, by, { id: seen.row.id, revision, from, to, override: over }),
  });
  const told = await tellCustomer(tx, by, present.row, { kind: 'reassigned' });
  return { overrode: overrides.map(({ code }) => code), told };
}

interface Telling {
  kind: 'approved' | 'declined' | 'cancelled' | 'confirmation' | 'rescheduled' | 'reassigned';
  /** When it began before. */
  from?: string;
  /** The same told once more: when. */
  again?: string;
}

/**
 * A message row, as sync/follow.ts writes them: the booking's revision is the SEQUENCE of what they get (RFC 5545,
 * 3.8.7.4), and told once for each.
 */
async function tellCustomer(
  tx: Transaction,
  by: By,
  row: BookingRow,
  { kind, again, ...details }: Telling,
): Promise<Done['told']> {
  if (row.customerId === null) return undefined;
  const { businessId, id: bookingId, revision } = row;
  await tell(tx, [
    {
      ...{ businessId, to: 'customer', kind, bookingId, at: new Date(by.now) },
      about: [bookingId, revision, ...(again ? [again] : [])].join('/'),
      details: { ...details, start: row.startsAt.toISOString(), sequence: revision },
    },
  ]);
  const [customer] = await tx
    .select({ email: customers.email })
    .from(customers)
    .where(and(eq(customers.businessId, businessId), eq(customers.id, row.customerId)));
  return customer?.email ? 'told' : 'noAddress';
}

// {codes} what was passed over.
const phrases: Record<Wish['act'] | 'told' | 'noAddress' | 'against', Phrase> = {
  approve: { en: 'Approved.', nb: 'Godkjent.' },
  decline: { en: 'Declined.', nb: 'Avslått.' },
  cancel: { en: 'Cancelled.', nb: 'Avlyst.' },
  complete: { en: 'Marked as done.', nb: 'Merket som gjennomført.' },
  noShow: { en: 'Noted: did not show up.', nb: 'Notert: møtte ikke opp.' },
  resend: { en: 'The confirmation goes out once more.', nb: 'Bekreftelsen sendes på nytt.' },
  reschedule: { en: 'Moved.', nb: 'Flyttet.' },
  reassign: { en: 'Given to another.', nb: 'Gitt videre.' },
  apply: { en: 'The booking is now as Google shows it.', nb: 'Bookingen er nå slik Google viser den.' },
  restore: { en: 'Google is being put right.', nb: 'Google rettes opp.' },
  told: { en: 'The customer is told.', nb: 'Kunden får beskjed.' },
  noAddress: {
    en: 'The customer has no mail address: give them a call.',
    nb: 'Kunden har ingen e-postadresse: ta en telefon.',
  },
  against: { en: 'Against: {codes}.', nb: 'På tross av: {codes}.' },
};

function noticeOf({ act }: Wish, { overrode, told }: Done, locale: Locale): string {
  const parts = [phrases[act][locale]];
  if (told) parts.push(phrases[told][locale]);
  if (overrode.length > 0)
    parts.push(fill(phrases.against[locale], { codes: overriddenWords(overrode, locale) }));
  return parts.join(' ');
}
