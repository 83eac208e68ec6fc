// The card of one booking: all there is to know of it, and what the person may do with it now.

import { and, asc, eq, gt, inArray, isNull, or } from 'drizzle-orm';
import type * as z from 'zod';
import type { BookingCard } from '../../shared/card-api.ts';
import type { AskBooking } from '../../shared/sidebar-api.ts';
import type { Locale } from '../accounts/words.ts';
import type { Catalogue } from '../availability/catalogue.ts';
import { type BookingRow, unitOf } from '../bookings/find.ts';
import { type Action, mayBecome } from '../bookings/rules.ts';
import type { Context } from '../context.ts';
import { bookings, pushes, sessions } from '../database/ledger.ts';
import type { Connection } from '../database/open.ts';
import { calendars, customers } from '../database/schema.ts';
import { Refusal } from '../errors.ts';
import { fill, type Phrase } from '../phrase.ts';
import { collisionsOf } from './collisions.ts';
import { readOpenDrifts } from './drifts.ts';
import { readHistory } from './history.ts';
import { linesOf, offeredTo, resourcesIn, serviceName } from './lines.ts';
import { readHeld } from './reassign.ts';
import { type Seen, seeBooking, zoneOf } from './sight.ts';
import type { Staffer } from './staffer.ts';

export type Shown = z.output<typeof BookingCard>;
type Asked = Pick<z.output<typeof AskBooking>, 'bookingId'>;

const mostMates = 20;

/** @throws Refusal not_found, also if it is of resources that the person does not serve */
export async function bookingCard(context: Context, staffer: Staffer, asked: Asked): Promise<Shown> {
  const { db } = context;
  const { locale } = staffer;
  const now = context.now();
  const catalogue = await offeredTo(context, staffer);
  const seen = await seeBooking(db, staffer, asked.bookingId);
  const { row } = seen;
  const [zone, held, customer, session, push] = await Promise.all([
    zoneOf(db, staffer, row),
    readHeld(db, row),
    readCustomer(db, row),
    readSession(db, catalogue, { row, now }),
    readPush(db, catalogue, { row, locale }),
  ]);
  const sharing = session ? session.bookings.length + 1 : 1;
  const [history, drifts, collisions] = await Promise.all([
    readHistory(db, { staffer, catalogue, bookingId: row.id, zone }),
    readOpenDrifts(db, { row, sharing, locale, zone, now }),
    collisionsOf(db, { catalogue, staffer, seen, held, zone, now }),
  ]);
  return {
    card: 'booking',
    ...plain(seen, catalogue, { now, locale }),
    zone,
    customer,
    session,
    history,
    drifts,
    collisions,
    push,
    may: mayDo(seen, catalogue, { now, email: customer?.email ?? null }),
  };
}

/** What stands in its own row. */
function plain({ row, resources }: Seen, catalogue: Catalogue, at: { now: number; locale: Locale }) {
  return {
    id: row.id,
    revision: row.revision,
    // Its time is let go the moment it runs out, whether anybody has written that down yet or not.
    status: isOver(row, at.now) ? ('expired' as const) : row.status,
    service: serviceName(catalogue, row.serviceId),
    start: row.startsAt.toISOString(),
    end: row.endsAt.toISOString(),
    seats: row.seats,
    resources: resourcesIn(
      catalogue,
      resources.map(({ resourceId }) => resourceId),
    ).map((resource) => ({
      ...resource,
      places: resources.find(({ resourceId }) => resourceId === resource.id)?.places ?? 1,
    })),
    instructions: row.instructions,
    notes: row.notes,
    answers: answersOf(row, catalogue, at.locale),
    cancelReason: row.cancelReason,
    expiresAt: row.expiresAt?.toISOString() ?? null,
  };
}

const isOver = ({ expiresAt }: BookingRow, now: number): boolean =>
  expiresAt !== null && expiresAt.getTime() <= now;

const yes: Phrase = { en: 'Yes', nb: 'Ja' };
const no: Phrase = { en: 'No', nb: 'Nei' };

/** In the order of the questions; what is not asked any more comes last, by its key. */
function answersOf({ serviceId, answers }: BookingRow, catalogue: Catalogue, locale: Locale) {
  const questions = catalogue.offers.get(serviceId)?.row.questions ?? [];
  const keys = [...new Set([...questions.map(({ key }) => key), ...Object.keys(answers)])];
  return keys
    .filter((key) => Object.hasOwn(answers, key) && answers[key] !== '')
    .map((key) => {
      const given = answers[key];
      const value = typeof given === 'boolean' ? (given ? yes : no)[locale] : String(given);
      return { label: questions.find((question) => question.key === key)?.label ?? key, value };
    });
}

async function readCustomer(
  db: Connection,
  { businessId, customerId }: BookingRow,
): Promise<Shown['customer']> {
  if (customerId === null) return null;
  const [row] = await db
    .select({ name: customers.name, email: customers.email, phone: customers.phone })
    .from(customers)
    .where(and(eq(customers.businessId, businessId), eq(customers.id, customerId)));
  return row ?? null;
}

/** Of seats of a session: who else sits in it. */
async function readSession(
  db: Connection,
  catalogue: Catalogue,
  { row, now }: { row: BookingRow; now: number },
): Promise<Shown['session']> {
  const { businessId, sessionId } = row;
  if (sessionId === null) return null;
  const [[session], sitting] = await Promise.all([
    db
      .select({ seats: sessions.seats })
      .from(sessions)
      .where(and(eq(sessions.businessId, businessId), eq(sessions.id, sessionId))),
    db
      .select({ id: bookings.id, seats: bookings.seats })
      .from(bookings)
      .where(
        and(
          eq(bookings.businessId, businessId),
          eq(bookings.sessionId, sessionId),
          inArray(bookings.status, ['held', 'pending', 'confirmed', 'completed', 'no_show']),
          or(isNull(bookings.expiresAt), gt(bookings.expiresAt, new Date(now))),
        ),
      )
      .orderBy(asc(bookings.id)),
  ]);
  const mates = sitting.map(({ id }) => id).filter((id) => id !== row.id);
  return {
    id: sessionId,
    taken: sitting.reduce((sum, { seats }) => sum + seats, 0),
    seats: session?.seats ?? row.seats,
    bookings: await linesOf(db, catalogue, mates.slice(0, mostMates)),
  };
}

// {name} the calendars, {code} Google's.
const pushWords = {
  died: {
    en: 'It could not be written to “{name}” ({code}), and was given up: the control panel can try again.',
    nb: 'Den kunne ikke skrives til «{name}» ({code}), og det ble gitt opp: kontrollpanelet kan prøve igjen.',
  },
  failing: {
    en: 'It is not in “{name}” yet ({code}): it is tried again by itself.',
    nb: 'Den er ikke i «{name}» ennå ({code}): det prøves igjen av seg selv.',
  },
  owed: { en: 'It is on its way to “{name}”.', nb: 'Den er på vei til «{name}».' },
} satisfies Record<string, Phrase>;

/** The worst of its calendars. */
async function readPush(
  db: Connection,
  { business }: Catalogue,
  { row, locale }: { row: BookingRow; locale: Locale },
): Promise<string | null> {
  const rows = await db
    .select({ push: pushes, name: calendars.name })
    .from(pushes)
    .innerJoin(
      calendars,
      and(eq(calendars.businessId, pushes.businessId), eq(calendars.id, pushes.calendarId)),
    )
    .where(and(eq(pushes.businessId, row.businessId), eq(pushes.unitId, unitOf(row))))
    .orderBy(asc(calendars.name));
  const open = rows.filter(({ push }) => push.diedAt !== null || push.done < push.wanted);
  const died = open.find(({ push }) => push.diedAt !== null);
  // Switched off for the whole business, it is on its way nowhere; that is said on the home card.
  const owed = business.settings.push ? open : [];
  const worst = died ?? owed.find(({ push }) => push.failure !== null) ?? owed[0];
  if (!worst) return null;
  const { push, name } = worst;
  const phrase = pushWords[push.diedAt ? 'died' : push.failure ? 'failing' : 'owed'];
  return fill(phrase[locale], { name, code: push.failure ?? '' });
}

interface At {
  /** ms since 1970 */
  now: number;
  /** The customer's. */
  email: string | null;
}

const acts: Record<Exclude<Shown['may'][number], 'resend'>, Action> = {
  approve: 'approve',
  decline: 'decline',
  reschedule: 'reschedule',
  reassign: 'reassign',
  cancel: 'cancel',
  complete: 'complete',
  noShow: 'no_show',
};

/** What its state and the time allow. Moved, given away or called off is what is not over yet. */
function mayDo({ row, resources }: Seen, catalogue: Catalogue, { now, email }: At): Shown['may'] {
  const over = row.endsAt.getTime() <= now;
  const timely = new Set<string>(['reschedule', 'reassign', 'cancel']);
  const groups = catalogue.offers.get(row.serviceId)?.rule.groups ?? [];
  const held = resources.map(({ resourceId }) => resourceId);
  const others = groups.some((group) => group.resources.some((id) => !held.includes(id)));
  const able = (Object.entries(acts) as [keyof typeof acts, Action][])
    .filter(([, action]) => isAllowed(row, action, now))
    .map(([act]) => act)
    .filter((act) => !(over && timely.has(act)) && (act !== 'reassign' || others))
    // One that waits is declined rather than cancelled.
    .filter((act) => act !== 'cancel' || row.status !== 'pending');
  const resend = row.status === 'confirmed' && !over && email !== null;
  return resend ? [...able, 'resend'] : able;
}

function isAllowed(row: BookingRow, action: Action, now: number): boolean {
  try {
    mayBecome(row, action, now);
    return true;
  } catch (error) {
    if (error instanceof Refusal) return false;
    throw error;
  }
}
