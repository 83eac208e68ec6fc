// A booking does what a person did to its event in Google: moves, is cancelled, goes to another resource. By the same acts as staff.
import { and, asc, eq, gt, inArray, isNull, or } from 'drizzle-orm';
import { MINUTE } from '../../shared/time.ts';
import type { Catalogue } from '../availability/catalogue.ts';
import type { Reason } from '../availability/query.ts';
import type { By } from '../bookings/by.ts';
import { cancel } from '../bookings/cancel.ts';
import { findBooking, type Present } from '../bookings/find.ts';
import { reassign } from '../bookings/reassign.ts';
import { reschedule } from '../bookings/reschedule.ts';
import { TimeRefused } from '../bookings/take.ts';
import { allocations, bookings } from '../database/ledger.ts';
import type { Transaction } from '../database/open.ts';
import { links } from '../database/schema.ts';
import { databaseError, Refusal } from '../errors.ts';
import { tell } from '../log/messages.ts';
import type { Phrase } from '../phrase.ts';
import { type Found, isDate, type Kind } from './drift.ts';
import type { Push } from './drifts.ts';

export interface Following {
  push: Pick<Push, 'unitId' | 'bookingId' | 'calendarId'>;
  kind: Kind;
  found: Found;
}

/**
 * Hours, notice and cut-offs are overridden, for a person has decided; another's allocation never is. What was overridden
 * stands in the audit. The customer is told; the booking's revision is the SEQUENCE of what they get (RFC 5545, 3.8.7.4).
 * `freed` is no matter of the booking: its event stays Free (drift.ts, `asFollowed`), its time is kept.
 * @returns what was overridden, as codes
 * @throws Refusal with `reason` in its details, or as the act refuses; Again
 */
export async function follow(tx: Transaction, by: By, of: Following): Promise<string[]> {
  if (of.kind === 'freed') return [];
  const before = await findBooking(tx, by.catalogue.business.id, await bookingOf(tx, by, of.push));
  if (before.row.endsAt.getTime() <= by.now) throw unfollowable('over');
  switch (of.kind) {
    case 'moved':
      return move(tx, by, before, of.found);
    case 'deleted':
      return letGo(tx, by, before);
    case 'left':
      return give(tx, by, before, of);
  }
}

const sentences = {
  session: {
    en: 'Several customers share this event: change their bookings one by one.',
    nb: 'Flere kunder deler denne hendelsen: endre bookingene deres én for én.',
  },
  over: {
    en: 'The booking is over: its event can only be put back.',
    nb: 'Bookingen er over: hendelsen kan bare settes tilbake.',
  },
  all_day: {
    en: 'The event has no time of day any more: reschedule the booking to a time.',
    nb: 'Hendelsen har ikke noe klokkeslett lenger: flytt bookingen til et tidspunkt.',
  },
  series: {
    en: 'The event was made a series, and a booking takes place once: book the others by themselves.',
    nb: 'Hendelsen er gjort om til en serie, og en booking er bare én gang: book de andre for seg.',
  },
  past: {
    en: 'The event was moved to a time that is over: put it back, or reschedule the booking to a time that is to come.',
    nb: 'Hendelsen er flyttet til et tidspunkt som er over: sett den tilbake, eller flytt bookingen til et tidspunkt som kommer.',
  },
  length: {
    en: 'Only the length of the event was changed, and the booking keeps its own: the event can only be put back.',
    nb: 'Bare varigheten til hendelsen er endret, og bookingen beholder sin: hendelsen kan bare settes tilbake.',
  },
  ambiguous: {
    en: 'No resource of that calendar, or more than one, can take the booking: reassign it.',
    nb: 'Ingen ressurs i den kalenderen, eller flere enn én, kan ta bookingen: gi den til en annen.',
  },
  unsure: {
    en: 'Not all calendars could be read, so it is not certain that the event is deleted: look again later.',
    nb: 'Ikke alle kalendere kunne leses, så det er ikke sikkert at hendelsen er slettet: se igjen senere.',
  },
} satisfies Record<string, Phrase>;

const unfollowable = (reason: keyof typeof sentences) =>
  new Refusal('wrong_state', sentences[reason].en, { reason });

/** Why it cannot be followed, as a sentence; undefined: what was refused is no following. */
export function unfollowedWords(details: unknown, locale: keyof Phrase): string | undefined {
  const { reason = '' } = (details ?? {}) as { reason?: string };
  return Object.hasOwn(sentences, reason) ? sentences[reason as keyof typeof sentences][locale] : undefined;
}

/** Why it cannot be followed, as a code; undefined: this is no refusal. */
export function reasonIn(error: unknown): string | undefined {
  if (databaseError(error)?.code === '23P01') return 'taken';
  if (error instanceof TimeRefused) {
    const { reasons } = error.details as { reasons: { code: string; overridable: boolean }[] };
    // That nobody is left over follows from the others.
    const telling = reasons.filter(({ code, overridable }) => !overridable && code !== 'no_match');
    return telling[0]?.code ?? error.code;
  }
  if (!(error instanceof Refusal) || error.code === 'busy') return undefined;
  return (error.details as { reason?: string } | undefined)?.reason ?? error.code;
}

async function bookingOf(tx: Transaction, by: By, { bookingId, unitId }: Following['push']): Promise<string> {
  if (bookingId) return bookingId;
  const rows = await tx
    .select({ id: bookings.id })
    .from(bookings)
    .where(
      and(
        eq(bookings.businessId, by.catalogue.business.id),
        eq(bookings.sessionId, unitId),
        inArray(bookings.status, ['held', 'pending', 'confirmed', 'completed', 'no_show']),
        or(isNull(bookings.expiresAt), gt(bookings.expiresAt, new Date(by.now))),
      ),
    );
  const [only, ...others] = rows;
  if (!only || others.length > 0) throw unfollowable('session');
  return only.id;
}

/** To the event's start, with the booking's own length and resources. */
async function move(
  tx: Transaction,
  by: By,
  before: Present,
  { start = '', recurrence }: Found,
): Promise<string[]> {
  const { row, resources } = before;
  if (isDate(start)) throw unfollowable('all_day');
  if (recurrence) throw unfollowable('series');
  // It may join another session, which has another event: what was written into this one would be lost.
  if (row.sessionId) throw unfollowable('session');
  // Nothing would move, and the customer would be told that it did.
  if (Date.parse(start) === row.startsAt.getTime()) throw unfollowable('length');
  const lasts = row.endsAt.getTime() - row.startsAt.getTime();
  // It would be over, and what is over follows nothing: a slip of the hand could not be taken back.
  if (Date.parse(start) + lasts <= by.now) throw unfollowable('past');
  const own = { ...by, catalogue: withLength(by.catalogue, row.serviceId, lasts / MINUTE) };
  const { present, overrides } = await reschedule(tx, own, {
    id: row.id,
    revision: row.revision,
    start,
    resourceIds: resources.map(({ resourceId }) => resourceId),
    override: true,
  });
  await tellCustomer(tx, by, present, { kind: 'rescheduled', from: row.startsAt.toISOString() });
  return codesOf(overrides);
}

/** What the service takes today may be another length than this was booked for. */
function withLength(catalogue: Catalogue, serviceId: string, length: number): Catalogue {
  const offer = catalogue.offers.get(serviceId);
  if (!offer || offer.rule.length === length) return catalogue;
  const own = { ...offer, rule: { ...offer.rule, length } };
  return { ...catalogue, offers: new Map([...catalogue.offers, [serviceId, own]]) };
}

async function letGo(tx: Transaction, by: By, { row }: Present): Promise<string[]> {
  const { present, overrides } = await cancel(tx, by, {
    id: row.id,
    revision: row.revision,
    reason: null,
    override: true,
  });
  await tellCustomer(tx, by, present, { kind: 'cancelled' });
  return codesOf(overrides);
}

/** To the one resource that writes to the event's new calendar and can take it. */
async function give(tx: Transaction, by: By, before: Present, { push, found }: Following): Promise<string[]> {
  const { row } = before;
  const offer = by.catalogue.offers.get(row.serviceId);
  const held = before.resources.map(({ resourceId }) => resourceId);
  const from = (await writersTo(tx, by, push.calendarId)).filter((id) => held.includes(id));
  if (!offer || from.length !== 1) throw unfollowable('ambiguous');
  const position = await positionOf(tx, by, { unitId: push.unitId, resourceId: from[0]! });
  const there = await writersTo(tx, by, found.calendarId ?? '');
  // The booking has an event there already.
  if (there.some((id) => held.includes(id))) throw unfollowable('ambiguous');
  const could = there.filter((id) => offer.rule.groups[position]?.resources.includes(id));
  const asked = (to: string) => ({ id: row.id, revision: row.revision, from: from[0]!, to, override: true });
  const able: string[] = [];
  for (const to of could) if (could.length === 1 || (await tries(tx, by, asked(to)))) able.push(to);
  if (able.length !== 1) throw unfollowable('ambiguous');
  const { present, overrides } = await reassign(tx, by, asked(able[0]!));
  await tellCustomer(tx, by, present, { kind: 'reassigned' });
  return codesOf(overrides);
}

/** Each once, though it may be so of several resources. */
const codesOf = (overrides: readonly Reason[]): string[] => [...new Set(overrides.map(({ code }) => code))];

async function writersTo(tx: Transaction, by: By, calendarId: string): Promise<string[]> {
  const rows = await tx
    .select({ id: links.resourceId })
    .from(links)
    .where(
      and(
        eq(links.businessId, by.catalogue.business.id),
        eq(links.calendarId, calendarId),
        eq(links.writes, true),
      ),
    )
    .orderBy(asc(links.resourceId));
  return rows.map(({ id }) => id);
}

async function positionOf(
  tx: Transaction,
  by: By,
  { unitId, resourceId }: { unitId: string; resourceId: string },
): Promise<number> {
  const [row] = await tx
    .select({ position: allocations.position })
    .from(allocations)
    .where(
      and(
        eq(allocations.businessId, by.catalogue.business.id),
        eq(allocations.unitId, unitId),
        eq(allocations.resourceId, resourceId),
      ),
    );
  if (!row) throw unfollowable('ambiguous');
  return row.position;
}

/** Whether it would be taken: done, and undone. */
async function tries(tx: Transaction, by: By, ask: Parameters<typeof reassign>[2]): Promise<boolean> {
  const undo = new Error('undo');
  try {
    await tx.transaction(async (probe) => {
      await reassign(probe, by, ask);
      throw undo;
    });
  } catch (error) {
    if (error === undo) return true;
    if (reasonIn(error) === undefined) throw error;
  }
  return false;
}

async function tellCustomer(
  tx: Transaction,
  by: By,
  { row }: Present,
  { kind, ...details }: { kind: 'rescheduled' | 'cancelled' | 'reassigned'; from?: string },
): Promise<void> {
  if (row.customerId === null) return;
  const { businessId, id: bookingId, revision } = row;
  await tell(tx, [
    {
      businessId,
      to: 'customer',
      kind,
      bookingId,
      at: new Date(by.now),
      about: `${bookingId}/${revision}`,
      details: { ...details, start: row.startsAt.toISOString(), sequence: revision },
    },
  ]);
}
