// An event of Google's as it is to be: Free or as it was, and our mark in it; all else as it stands. Pure.
import type { Decision } from '../../shared/decide.ts';
import { readMark, writeMark } from '../../shared/marks.ts';
import type { GoogleEvent } from '../google/client.ts';
import { hindrance } from './free.ts';

export type Was = 'opaque' | 'transparent';

export interface Wanted {
  businessId: string;
  free: boolean;
  /** What it was before we set it Free, where we have: for an event that has lost its mark. */
  was: Was | null;
  decision: Decision | null;
}

export type Marked =
  /** We set it Free, and a person has set it Busy again. */
  | { kind: 'busy again' }
  /** `event`: to be written; null: it is so already. */
  | { kind: 'marked'; event: GoogleEvent | null; was: Was | null; hindrance: string | null };

/** @throws MarkTooLong */
export function marked(found: GoogleEvent, { businessId, free, was, decision }: Wanted): Marked {
  const now: Was = found.transparency === 'transparent' ? 'transparent' : 'opaque';
  const mark = readMark(found.extendedProperties?.private, businessId);
  const freed = mark?.freed ?? (now === 'transparent' && was ? { was } : null);
  if (free && freed && now === 'opaque') return { kind: 'busy again' };
  const stop =
    free && !freed ? hindrance({ type: found.eventType ?? 'default', free: now !== 'opaque' }) : null;
  const transparency = transparencyOf({ free: free && !stop, now, freed });
  // Where a person made it Free, or Google will not have it Free, nothing of it is ours.
  const next = free && !stop ? (freed ?? { was: now }) : null;
  const properties = merged(found, writeMark({ businessId, decision, freed: next }));
  const same = transparency === now && isSame(properties, found.extendedProperties?.private ?? {});
  const event = same ? null : { ...found, transparency, extendedProperties: wrapped(found, properties) };
  return { kind: 'marked', event, was: next?.was ?? null, hindrance: stop };
}

function transparencyOf({ free, now, freed }: { free: boolean; now: Was; freed: { was: Was } | null }): Was {
  if (free) return 'transparent';
  return freed && now === 'transparent' ? freed.was : now;
}

function merged(found: GoogleEvent, ours: Record<string, string | null>): Record<string, string> {
  const all = { ...found.extendedProperties?.private, ...ours };
  return Object.fromEntries(
    Object.entries(all).filter((entry): entry is [string, string] => entry[1] !== null),
  );
}

/** An event that had no properties has none again. */
function wrapped(found: GoogleEvent, properties: Record<string, string>): GoogleEvent['extendedProperties'] {
  const { private: _, ...others } = found.extendedProperties ?? {};
  const all = { ...others, ...(Object.keys(properties).length > 0 && { private: properties }) };
  return Object.keys(all).length > 0 ? all : undefined;
}

function isSame(a: Record<string, string>, b: Record<string, string>): boolean {
  const keys = Object.keys(a);
  return keys.length === Object.keys(b).length && keys.every((key) => a[key] === b[key]);
}
