// The date and time texts of recurrence lines.
import { DAY, dayOf, HOUR, isZone, MINUTE, type Zone, zone } from '../../shared/time.ts';

/** A DATE or DATE-TIME value. `wall` is the reading of the clock, written as the ms that UTC would have with it. */
export interface Stamp {
  wall: number;
  kind: 'date' | 'local' | 'utc';
}

const STAMP = /^(\d{4})(\d\d)(\d\d)(?:T(\d\d)(\d\d)(\d\d)(Z?))?$/;

/** RFC 5545 sections 3.3.4 and 3.3.5. @throws RangeError */
export function readStamp(text: string): Stamp {
  const parts = STAMP.exec(text);
  if (!parts) throw new RangeError('a date is not written as YYYYMMDD or YYYYMMDDTHHMMSS');
  const [, year, month, day, hour, minute, second, utc] = parts;
  const midnight = dayOrThrow(`${year}-${month}-${day}`) * DAY;
  if (hour === undefined) return { wall: midnight, kind: 'date' };
  // A leap second is read as the one before it (3.3.12), here as in BYSECOND.
  const seconds = Math.min(Number(second), 59);
  if (Number(hour) > 23 || Number(minute) > 59 || Number(second) > 60) throw new RangeError('no such time');
  const time = Number(hour) * HOUR + Number(minute) * MINUTE + seconds * 1000;
  return { wall: midnight + time, kind: utc ? 'utc' : 'local' };
}

/** Day number of `YYYY-MM-DD`. Years before 2 are out of what the zone tables tell. @throws RangeError */
export function dayOrThrow(date: string): number {
  if (date < '0002') throw new RangeError('a date lies before all clocks');
  try {
    return dayOf(date);
  } catch {
    throw new RangeError('there is no such date');
  }
}

const DURATION = /^\+?P(?:(\d{1,6})W|(?:(\d{1,6})D)?(?:T(?:(\d{1,6})H)?(?:(\d{1,6})M)?(?:(\d{1,6})S)?)?)$/;

/** A length: days by the calendar, the rest exact in ms. RFC 5545 section 3.3.6, not negative. @throws RangeError */
export function readDuration(text: string): { days: number; ms: number } {
  const parts = DURATION.exec(text);
  if (!parts || !/\d[A-Z]$/.test(text)) throw new RangeError('a duration cannot be read');
  const [weeks = 0, days = 0, hours = 0, minutes = 0, seconds = 0] = parts
    .slice(1)
    .map((n) => Number(n ?? 0));
  return { days: weeks * 7 + days, ms: hours * HOUR + minutes * MINUTE + seconds * 1000 };
}

/** The named zone. @throws RangeError that does not repeat the name, which may be anything */
export function knownZone(name: string): Zone {
  if (!isZone(name)) throw new RangeError('a time zone is not known');
  return zone(name);
}
