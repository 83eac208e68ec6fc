// Dates and times of pickers as an HTML input has them, and back to what the event object tells. Pure.
import type { Picker } from '../card.ts';
import { offsetAt } from '../event.ts';
import type { Value } from '../inputs.ts';

const MINUTE = 60_000;
const two = (number: number) => String(number).padStart(2, '0');

/** `2026-11-21`, `2026-11-21T09:00` or `09:00`; empty without a value. @param zone the person's */
export function wallOf(
  { type, timeZoneOffsetInMins: minutes }: Picker,
  value: Value | undefined,
  zone: string,
): string {
  if (value === undefined || Array.isArray(value)) return '';
  if ('hours' in value) return `${two(value.hours)}:${two(value.minutes)}`;
  // A date is its midnight in UTC, whatever the zone (card-service/date-picker).
  if (type === 'DatePicker') return new Date(value.msSinceEpoch).toISOString().slice(0, 10);
  const offset = minutes === undefined ? offsetAt(value.msSinceEpoch, zone) : minutes * MINUTE;
  return new Date(value.msSinceEpoch + offset).toISOString().slice(0, 16);
}

/** The value of what was typed; undefined for nothing or nonsense. */
export function valueOfWall({ type, timeZoneOffsetInMins: minutes }: Picker, wall: string, zone: string) {
  if (type === 'TimePicker') {
    const time = /^(\d\d):(\d\d)/.exec(wall);
    return time ? { hours: Number(time[1]), minutes: Number(time[2]) } : undefined;
  }
  const local = Date.parse(type === 'DatePicker' ? `${wall}T00:00Z` : `${wall}Z`);
  if (Number.isNaN(local)) return undefined;
  if (type === 'DatePicker') return { msSinceEpoch: local };
  if (minutes !== undefined) return { msSinceEpoch: local - minutes * MINUTE };
  // Twice, for a wall time just behind a change of the clocks.
  const guess = local - offsetAt(local, zone);
  return { msSinceEpoch: local - offsetAt(guess, zone) };
}
