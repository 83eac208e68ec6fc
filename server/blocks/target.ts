// Which event a person means: of a series, of one of its occurrences or of a single one they give Google's id.
import { and, eq, inArray } from 'drizzle-orm';
import { DAY, MINUTE } from '../../shared/time.ts';
import { events } from '../database/mirror.ts';
import type { Transaction } from '../database/open.ts';
import { Refusal } from '../errors.ts';
import { type Family, occurring } from './derive.ts';
import type { Judge } from './judge.ts';
import { loadFamilies } from './rebuild.ts';

export interface Which {
  eventId: string;
  scope: 'event' | 'following' | 'series';
  /** Original start: a date, or an instant in UTC. */
  from: string | null;
}

/** As decisions and fixes keep it: `eventId` is the series', and `from` says which of it; null of a single event. */
export interface Target extends Which {
  family: Family;
}

/** Ids of series hold underscores as well: the last one counts. */
const OCCURRENCE = /^(.+)_(\d{4})(\d\d)(\d\d)(?:T(\d\d)(\d\d)(\d\d)Z)?$/;

/** What an occurrence's id says; null if it looks like no such id. */
export function readOccurrenceId(eventId: string): { seriesId: string; original: string } | null {
  const [, seriesId, year, month, day, hour, minute, second] = OCCURRENCE.exec(eventId) ?? [];
  if (!seriesId) return null;
  const date = `${year}-${month}-${day}`;
  return { seriesId, original: hour ? `${date}T${hour}:${minute}:${second}.000Z` : date };
}

/**
 * The event as the mirror has it. Its series is found by an occurrence's id too, whether that stands in the mirror by
 * itself or not.
 * @throws Refusal not_found, invalid (scope, from)
 */
export async function findTarget(tx: Transaction, judge: Judge, which: Which): Promise<Target> {
  const { family, meant } = await findFamily(tx, judge, which.eventId);
  return { eventId: family.id, scope: which.scope, from: fromOf(which, { family, judge, meant }), family };
}

/**
 * As findTarget. `meant`: the original start of the occurrence whose id it is; null: a single event's, or a series' own.
 * @throws Refusal not_found
 */
export async function findFamily(
  tx: Transaction,
  judge: Judge,
  eventId: string,
): Promise<{ family: Family; meant: string | null }> {
  const named = readOccurrenceId(eventId);
  const rows = await tx
    .select({ eventId: events.eventId, seriesId: events.seriesId, original: events.original })
    .from(events)
    .where(
      and(
        eq(events.businessId, judge.businessId),
        eq(events.calendarId, judge.calendarId),
        inArray(events.eventId, [eventId, named?.seriesId ?? eventId]),
      ),
    );
  const own = rows.find((row) => row.eventId === eventId);
  const familyId = own ? (own.seriesId ?? own.eventId) : rows[0]?.eventId;
  const [family] = familyId ? await loadFamilies(tx, judge, [familyId]) : [];
  if (!family) throw unknown();
  const meant = own ? own.original : (named?.original ?? null);
  if (!own && !hasOccurrence(family, judge, meant)) throw unknown();
  return { family, meant };
}

const unknown = () =>
  new Refusal(
    'not_found',
    'eventId: there is no such event in this calendar as it was read last. Give the id of the event, of its series, or of one event of the series.',
  );

interface Found {
  family: Family;
  judge: Judge;
  /** Of the occurrence whose id was given. */
  meant: string | null;
}

function fromOf({ scope, from }: Which, { family, judge, meant }: Found): string | null {
  const given = from === null ? null : normal(from);
  if (!isRecurring(family)) {
    if (scope === 'event' && given === null) return null;
    throw new Refusal('invalid', 'scope: this event does not repeat: leave scope and from out.');
  }
  if (scope === 'series') {
    if (given === null) return null;
    throw new Refusal('invalid', 'from: leave it out for the whole series, or say scope "following".');
  }
  if (given !== null && meant !== null && given !== meant)
    throw new Refusal('invalid', 'from: it is not the original start of this eventId: leave it out.', {
      from: meant,
    });
  const start = given ?? meant;
  if (start === null)
    throw new Refusal(
      'invalid',
      'from: this event repeats: give the original start of the one you mean, or scope "series".',
    );
  if (!hasOccurrence(family, judge, start))
    throw new Refusal('invalid', 'from: no event of this series was to start then.');
  return start;
}

/** Exceptions alone are known of a series to some of whose events one was invited. */
export const isRecurring = ({ master }: Family): boolean => master === null || master.recurrence !== null;

/** As series.ts writes it: Google leaves milliseconds out. */
export const normal = (from: string): string => (from.length === 10 ? from : new Date(from).toISOString());

/** Whether the series was to have one then, wherever it stands now, cancelled or not. */
export function hasOccurrence(family: Family, judge: Judge, original: string | null): boolean {
  if (original === null) return false;
  if (family.exceptions.some((one) => one.original === original)) return true;
  const at = Date.parse(original);
  if (Number.isNaN(at)) return false;
  // A date's midnight is anywhere within a day of UTC's.
  const around = original.length === 10 ? DAY : MINUTE;
  const window = { start: at - around, end: at + around };
  return occurring({ ...family, exceptions: [], decisions: [] }, judge, window).some(
    (one) => one.original === original,
  );
}
