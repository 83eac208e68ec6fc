// Our fields put into an event as Google has it, so that what a person wrote into it survives. Pure.
import type { GoogleEvent } from '../google/client.ts';
import { isDate, sameTimes, sightOf } from './drift.ts';
import type { OwnFields } from './event.ts';
import { mergeText } from './text.ts';

/** An event of our fields alone, for a calendar that has none yet. */
export function newEvent(id: string, fields: OwnFields): GoogleEvent {
  return {
    id,
    ...timesOf(fields),
    ...statusOf(fields),
    summary: fields.summary,
    description: fields.description,
    location: fields.location,
    colorId: fields.colorId ?? undefined,
    extendedProperties: { private: fields.marks },
  };
}

/**
 * Google's event with our fields as we want them; null if it has them already.
 *
 * Times, status, Busy or Free and our marks become ours whatever a person did to them. Title, place and colour that a
 * person changed stay until ours change. The description is merged line by line. All other fields stay.
 * @param last our fields as last written; null if that is not known
 */
export function mergeEvent(theirs: GoogleEvent, last: OwnFields | null, ours: OwnFields): GoogleEvent | null {
  const merged: GoogleEvent = {
    ...theirs,
    ...statusOf(ours),
    ...timesOf(ours),
    summary: mergeLine(last?.summary, ours.summary, theirs.summary ?? ''),
    location: mergeLine(last?.location, ours.location, theirs.location ?? ''),
    description: mergeText(last?.description ?? null, ours.description, theirs.description ?? ''),
    colorId: mergeColor(last, ours, theirs.colorId ?? null) ?? undefined,
    extendedProperties: {
      ...theirs.extendedProperties,
      private: mergeMarks(theirs.extendedProperties?.private ?? {}, last?.marks ?? {}, ours.marks),
    },
  };
  return isSame(theirs, merged) ? null : merged;
}

const statusOf = ({ status, transparency }: OwnFields): GoogleEvent => ({ status, transparency });

// A booking is one occurrence: an event that a person made a series is one no longer.
const timesOf = ({ start, end, zone, recurrence }: OwnFields): GoogleEvent => ({
  start: isDate(start) ? { date: start } : { dateTime: start, timeZone: zone },
  end: isDate(end) ? { date: end } : { dateTime: end, timeZone: zone },
  recurrence,
});

function mergeLine(last: string | undefined, ours: string, theirs: string): string {
  if (ours === last) return theirs;
  // Written already, in a try whose answer was lost.
  if (ours.includes(last ?? '') && theirs.includes(ours)) return theirs;
  return last && theirs.includes(last) ? theirs.replace(last, () => ours) : ours;
}

function mergeColor(last: OwnFields | null, ours: OwnFields, theirs: string | null): string | null {
  return last?.colorId === ours.colorId || (last === null && ours.colorId === null) ? theirs : ours.colorId;
}

function mergeMarks(
  theirs: Record<string, string>,
  last: Record<string, string>,
  ours: Record<string, string>,
) {
  const others = Object.entries(theirs).filter(([key]) => !(key in last));
  return { ...Object.fromEntries(others), ...ours };
}

// Google writes times in the calendar's own offset and leaves out what is empty or the default.
function isSame(a: GoogleEvent, b: GoogleEvent): boolean {
  const texts = (['summary', 'location', 'description', 'colorId'] as const).every(
    (field) => (a[field] ?? '') === (b[field] ?? ''),
  );
  const [when, wanted] = [sightOf(a, '').shown, sightOf(b, '').shown];
  const times = when !== null && wanted !== null && sameTimes(when, wanted);
  const marks = Object.entries(b.extendedProperties?.private ?? {});
  return (
    texts &&
    times &&
    a.status === b.status &&
    (a.transparency ?? 'opaque') === b.transparency &&
    marks.length === Object.keys(a.extendedProperties?.private ?? {}).length &&
    marks.every(([key, value]) => a.extendedProperties?.private?.[key] === value)
  );
}
