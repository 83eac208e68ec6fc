// Makes an event show what is wanted, whatever became of it meanwhile: found, fetched, brought back, or made.
import { writes } from '../calendars/roles.ts';
import type { GoogleEvent } from '../google/client.ts';
import { GoogleError } from '../google/errors.ts';
import type { Known } from '../jobs/queue.ts';
import type { Attempt, Hand } from './attempt.ts';
import { type Carried, carry } from './carry.ts';
import { asFollowed, held, type Kind, keptOf, sameTimes, sightOf, tookAway } from './drift.ts';
import { eventIdOf, type OwnFields } from './event.ts';
import { Later, lost, meetFound, none } from './facing.ts';
import { mergeEvent, newEvent } from './merge.ts';
import type { PushRow } from './unit.ts';
import { unmirrorNow } from './unmirror.ts';

/** @param pull whether what people do in Google is our concern; if not, it is written over */
export async function show(attempt: Attempt, fields: OwnFields, pull: boolean): Promise<Known> {
  const { row } = attempt;
  const sources = sourcesOf(attempt.hand, row);
  // Whether Google may have heard of this id before.
  let asked = row.eventId !== null;
  let remains: GoogleEvent | null = null;
  let ours = fields;
  if (!asked) {
    const [source] = sources;
    const eventId = source?.eventId ?? eventIdOf(attempt.hand.claim.unitId, row.calendarId, row.generation);
    await become(attempt, { eventId, generation: row.generation, written: source?.written ?? null });
    // A person may have taken it here already, and it was mirrored as anybody's.
    const { businessId } = attempt.hand.claim;
    if (source) await unmirrorNow(attempt.hand.context, { businessId, calendarId: row.calendarId, eventId });
  }
  for (let turn = 1; turn <= mostTurns; turn++) {
    const found = asked ? await attempt.find() : null;
    const open = asked && (pull || row.drifting) ? await meetFound(attempt, found) : none;
    if (open === 'leave') return asItIs(row);
    if (isAlive(found)) {
      const written = await write(attempt, found, { fields, open });
      if (written) return written;
      continue;
    }
    const source = sources.shift();
    if (source) {
      const expected = tookAway(source) && !source.missingAt;
      const moved = await attempt.moveFrom(source);
      if (moved === 'gone' && pull && !expected) await lost(attempt, source);
      asked = moved === 'moved';
      source.fetched = asked;
      if (!asked && sources.length === 0) await nextId(attempt, row.generation);
      continue;
    }
    // What is left of it here may be bare, or older than what stands where a person took it.
    const carried: Carried | null = remains ? null : await carry(attempt, fields, found && row.eventId);
    if (carried) ({ event: remains, fields: ours } = carried);
    const body = bodyOf(row, { found, remains }, ours);
    const made = found ? await attempt.revive(body) : await attempt.insert(body);
    if (made) return known(row, made, ours);
    if (found && made === null) continue;
    // Taken, and yet not to be had.
    if (found) remains = body;
    if (asked) await nextId(attempt, row.generation + 1);
    asked = !asked;
  }
  throw restless();
}

/** Each turn begins with what Google has: more than a few, and somebody is changing it all the time. */
const mostTurns = 6;
const restless = () => new GoogleError('again', 'restless');

const isAlive = (event: GoogleEvent | null): event is GoogleEvent =>
  event !== null && event.status !== 'cancelled';

/** Nothing is made only to be marked. */
export async function mark(attempt: Attempt, fields: OwnFields): Promise<Known> {
  const { row } = attempt;
  if (row.eventId === null) return unknown(row.generation);
  for (let turn = 1; turn <= mostTurns; turn++) {
    const found = await attempt.find();
    if (!isAlive(found)) {
      if (!tookAway(row)) await lost(attempt, row);
      return unknown(row.generation + 1);
    }
    const written = await write(attempt, found, { fields, open: none });
    if (written) return written;
  }
  throw restless();
}

export const unknown = (generation: number): Known => ({
  generation,
  eventId: null,
  etag: null,
  written: null,
});

const known = (row: PushRow, event: GoogleEvent, written: OwnFields): Known => ({
  generation: row.generation,
  eventId: row.eventId,
  etag: event.etag ?? null,
  written: { ...written },
});

const asItIs = ({ generation, eventId, etag, written }: PushRow): Known => ({
  generation,
  eventId,
  etag,
  written: written && { ...written },
});

/** Puts our fields into an event that stands, but for what is left open; null if it changed under our hands. */
async function write(
  attempt: Attempt,
  found: GoogleEvent,
  wanted: { fields: OwnFields; open: ReadonlySet<Kind> },
): Promise<Known | null> {
  const { row } = attempt;
  const { shown } = sightOf(found, row.calendarId);
  if (!shown) return null;
  const fields = asFollowed(wanted.fields, row.written, shown.free);
  const ours = held(fields, shown, wanted.open);
  const merged = mergeEvent(found, row.written, ours);
  if (!merged) return known(row, found, keptOf(fields, row.written, wanted.open));
  const { start, end, recurrence, transparency } = ours;
  if (!sameTimes(ours, shown) || (transparency === 'transparent') !== shown.free)
    await attempt.intend({ start, end, transparency, ...(recurrence && { recurrence }) });
  const event = await attempt.update(merged);
  return event && known(row, event, keptOf(fields, row.written, wanted.open));
}

/** As found there, deleted, or made: with what people wrote into it, or into what could be neither brought back nor moved here. */
function bodyOf(
  row: PushRow,
  { found, remains }: { found: GoogleEvent | null; remains: GoogleEvent | null },
  fields: OwnFields,
): GoogleEvent {
  if (found && !remains) return revived(row, found, fields);
  const fresh = newEvent(row.eventId ?? '', fields);
  if (!remains) return fresh;
  const { summary, description, location, colorId, attendees, reminders, visibility } = remains;
  return { ...found, ...fresh, summary, description, location, colorId, attendees, reminders, visibility };
}

/** Brought back, with what people wrote into it. A tombstone may be bare: then nothing of that is left. */
function revived(row: PushRow, tombstone: GoogleEvent, fields: OwnFields): GoogleEvent {
  if (!tombstone.start) return { ...tombstone, ...newEvent(row.eventId ?? '', fields) };
  return mergeEvent(tombstone, row.written, fields) ?? tombstone;
}

async function nextId(attempt: Attempt, generation: number): Promise<void> {
  const eventId = eventIdOf(attempt.hand.claim.unitId, attempt.row.calendarId, generation);
  await become(attempt, { eventId, generation, written: null });
}

/** @throws Later, if the event until now was seen elsewhere just now: it is no matter of another one then */
async function become(attempt: Attempt, other: Parameters<Attempt['note']>[0]): Promise<void> {
  if (!(await attempt.note(other))) throw new Later(0);
}

/**
 * Calendars that are to forget the event, from which this one may fetch it: then what people wrote into it comes
 * along. Only within one account that may write to both, and not what another calendar fetches already.
 */
function sourcesOf({ rows }: Hand, row: PushRow): PushRow[] {
  if (row.eventId !== null && row.etag !== null) return [];
  const taken = new Set(rows.filter((one) => one.present && one !== row).map((one) => one.eventId));
  const able = rows.filter(
    (one) =>
      !one.present &&
      one.eventId !== null &&
      !taken.has(one.eventId) &&
      one.account.id === row.account.id &&
      [one, row].every(({ accessRole }) => writes(accessRole)),
  );
  const eventId = row.eventId ?? able.find((one) => one.etag !== null)?.eventId ?? able[0]?.eventId;
  return able.filter((one) => one.eventId === eventId);
}
