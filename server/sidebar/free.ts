// Busy or Free, as Google shows an event now: what is owed to it, what was refused, and why it cannot be Free at all.
import type * as z from 'zod';
import type { BlockCard } from '../../shared/card-api.ts';
import type { Locale } from '../accounts/words.ts';
import type { Event, Occurring } from '../blocks/derive.ts';
import { hindrance } from '../blocks/free.ts';
import { writes } from '../calendars/roles.ts';
import type { marks } from '../database/mirror.ts';
import { type EventPhrase, tell } from './event-words.ts';
import type { Opened, Place } from './read-event.ts';

type Shape = Pick<z.output<typeof BlockCard>, 'free' | 'freed' | 'keepsBusy' | 'pending'>;
type MarkRow = typeof marks.$inferSelect;

/** Why an event cannot be set Free; null: it can, or is so already. */
export function keptBusy(
  { accessRole }: Pick<Place, 'accessRole'>,
  { type, free }: Pick<Event, 'type' | 'free'>,
): 'out_of_office' | 'focus_time' | 'read_only' | null {
  const hindered = hindrance({ type, free });
  if (hindered === 'out_of_office' || hindered === 'focus_time') return hindered;
  return hindered === null && !writes(accessRole) ? 'read_only' : null;
}

export interface Writing {
  place: Place;
  opened: Opened;
  /** Of the family. */
  marks: readonly MarkRow[];
  /** Whether the business writes to Google at all. */
  push: boolean;
  locale: Locale;
}

/** Of one occurrence its own, else its series'. */
function markOf({ opened: { family, one }, marks }: Writing): MarkRow | undefined {
  const own = marks.find((mark) =>
    one.original === null ? mark.seriesId === null : mark.original === one.original,
  );
  return own ?? (one.event === family.master ? marks.find(({ seriesId }) => seriesId === null) : undefined);
}

export function shownIn(writing: Writing): Shape {
  const { opened, locale } = writing;
  const { event } = opened.one;
  const mark = markOf(writing);
  const freed = isFreed(event, mark);
  const busy = freed ? null : keepsBusy(writing, mark);
  return {
    free: freed || event.free,
    freed,
    keepsBusy: busy && tell(busy, locale),
    pending: pendingWords(writing, mark),
  };
}

/** What we wrote last is newer than what was read last. */
function isFreed(event: Occurring['event'], mark: MarkRow | undefined): boolean {
  if (!mark || mark.done < mark.wanted) return event.freed;
  return mark.was !== null;
}

/** Nobody may write into what is private to them: known where it was read just now, or Google has refused. */
function keepsBusy(
  { place, opened: { one, found } }: Writing,
  mark: MarkRow | undefined,
): EventPhrase | null {
  const kept = keptBusy(place, one.event);
  if (kept || place.accessRole !== 'writerWithoutPrivateAccess' || one.event.free) return kept;
  const hidden = found?.visibility === 'private' || found?.visibility === 'confidential';
  return hidden || mark?.diedAt ? 'private' : null;
}

function pendingWords(
  { place: { account, accessRole }, push, locale }: Writing,
  mark: MarkRow | undefined,
): string | null {
  if (!mark || mark.done >= mark.wanted) return null;
  const { diedAt, failure } = mark;
  const code = failure ?? '';
  if (diedAt) return tell(code === 'mark_too_long' ? 'too_long' : 'refused', locale, { code });
  if (!push) return tell('switchedOff', locale);
  if (account.state !== 'connected') return tell('disconnected', locale);
  // Nothing is going to be written.
  if (!writes(accessRole)) return null;
  return failure ? tell('trying', locale, { code }) : tell('writing', locale);
}
