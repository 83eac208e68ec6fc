// One-tap answers on the home card: whom an event blocks of which nobody has said so, or its whole series.
import type { FastifyRequest } from 'fastify';
import type * as z from 'zod';
import type { Share } from '../../shared/calendar-api.ts';
import type { DoAnswer } from '../../shared/sidebar-api.ts';
import { decideEvent, type Saying } from '../blocks/decisions.ts';
import { type Event, type Family, judged } from '../blocks/derive.ts';
import type { Judge } from '../blocks/judge.ts';
import { lockCalendar } from '../blocks/lock.ts';
import { loadFamilies } from '../blocks/rebuild.ts';
import { isRecurring, normal } from '../blocks/target.ts';
import { readSpeech } from '../blocks/words.ts';
import { commitOnce } from '../commit.ts';
import type { Context } from '../context.ts';
import type { Transaction } from '../database/open.ts';
import { notFound, Refusal } from '../errors.ts';
import { sayingOf } from './decide.ts';
import { tell } from './event-words.ts';
import { keptBusy } from './free.ts';
import { homeCard } from './home.ts';
import { type Place, placeOf } from './read-event.ts';
import type { Asked, Card, Staffer } from './staffer.ts';

type Answer = z.output<typeof DoAnswer>;

/** @throws Refusal not_found, stale (it waits no more), invalid (a resource that is not linked any more) */
export async function answerFromHome(
  context: Context,
  request: FastifyRequest,
  staffer: Staffer,
  asked: Asked & Answer,
): Promise<{ card: Card; notice: string | null }> {
  const place = await placeOf(context.db, staffer, asked);
  const by = await sayingOf(context, staffer);
  const notice = await commitOnce(context, request, (tx) => answer(tx, { staffer, place, by }, asked));
  return { card: await homeCard(context, staffer), notice };
}

interface At {
  staffer: Staffer;
  place: Place;
  by: Saying;
}

async function answer(
  tx: Transaction,
  { staffer: { locale }, place, by }: At,
  asked: Answer,
): Promise<string> {
  // Under the lock: of two who answer at once, the second sees what the first has said.
  const { judge } = await lockCalendar(tx, { ...by, calendarId: place.id });
  const [family] = await loadFamilies(tx, judge, [asked.eventId]);
  const original = asked.original === null ? null : normal(asked.original);
  const event = family && waitingOf(family, original);
  if (!event) throw notFound('event');
  // A series may wait as a whole; or it is settled, and only this one of it waits.
  const seriesWaits = family.master !== null && judged(family, judge, family.master).undecided;
  if (!seriesWaits && !judged(family, judge, { ...event, original }).undecided)
    throw new Refusal('stale', 'Somebody has said meanwhile whom this event blocks: look at it again.');
  const whole = isRecurring(family) && (family.master === null || seriesWaits);
  const shares = sharesOf(asked, judge);
  await decideEvent(tx, by, {
    calendarId: place.id,
    eventId: event.eventId,
    scope: whole ? 'series' : 'event',
    from: whole || !isRecurring(family) ? null : original,
    shares,
    free: isToBeFree({ place, judge, event }, shares),
    dryRun: false,
  });
  const speech = await readSpeech(tx, { judge, whys: [], reader: { locale, zone: judge.zone } });
  return tell(whole ? 'decidedSeries' : 'decided', locale, { whom: speech.whom(shares) });
}

/** The event itself, or what stands for that occurrence: the exception that it is, or its series. */
const waitingOf = ({ master, exceptions }: Family, original: string | null): Event | null =>
  exceptions.find((one) => original !== null && one.original === original) ?? master;

function sharesOf({ whom }: Answer, { linked }: Judge): z.output<typeof Share>[] {
  const all = linked.map(({ id }) => id);
  const ids = whom === 'everybody' ? all : whom === 'nobody' ? [] : [...new Set(whom)];
  return ids.map((resourceId) => ({ resourceId, places: null, startShift: 0, endShift: 0, means: null }));
}

/** One tap asks nothing about Google: as the calendar does with events that block not everybody. */
const isToBeFree = (
  { place, judge, event }: { place: Place; judge: Judge; event: Event },
  shares: readonly unknown[],
): boolean =>
  judge.settings.autoFix &&
  shares.length < judge.linked.length &&
  keptBusy(place, event) === null &&
  !event.free;
