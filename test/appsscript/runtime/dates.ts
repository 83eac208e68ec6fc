// Utilities.formatDate: the patterns of Java's SimpleDateFormat that people use, in English as Apps Script has them.
import { Refused } from './scene.ts';

/** @param zone IANA name, or GMT+2 and the like @throws Refused, for a letter of the pattern that Java lacks */
export function formatDate(instant: number, zone: string, pattern: string): string {
  const field = fieldsOf(instant, zone);
  return pattern.replace(
    /''|'((?:[^']|'')*)'|([A-Za-z])\2*/g,
    (run: string, quoted?: string, letter?: string) => {
      if (run === "''") return "'";
      if (quoted !== undefined) return quoted.replaceAll("''", "'");
      const text = letter && fieldText(field, letter, run.length);
      if (text === undefined || text === '')
        throw new Refused(`Invalid argument: Utilities.formatDate knows no "${run}".`);
      return text;
    },
  );
}

interface Fields {
  year: number;
  month: number;
  day: number;
  hour: number;
  minute: number;
  second: number;
  millisecond: number;
  weekday: string;
  monthName: string;
  /** East of UTC. */
  offsetMinutes: number;
  zoneName: string;
}

/** Minutes of `GMT+2` or `GMT-03:30`, which Node 20's Intl does not know as zones. */
function fixedOffset(zone: string): number | undefined {
  const [, sign, hours, minutes = '0'] = /^GMT([+-])(\d\d?):?(\d\d)?$/.exec(zone) ?? [];
  return hours === undefined ? undefined : (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes));
}

function fieldsOf(instant: number, zone: string): Fields {
  const fixed = fixedOffset(zone);
  if (fixed !== undefined)
    return { ...fieldsOf(instant + fixed * 60_000, 'UTC'), offsetMinutes: fixed, zoneName: zone };
  const timeZone = zone;
  const part = (options: Intl.DateTimeFormatOptions) => {
    const made = new Intl.DateTimeFormat('en-US', { timeZone, hourCycle: 'h23', ...options }).formatToParts(
      instant,
    );
    return (type: string) => made.find((one) => one.type === type)?.value ?? '';
  };
  const get = part({
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  });
  const [year, month, day, hour, minute, second] = ['year', 'month', 'day', 'hour', 'minute', 'second'].map(
    (type) => Number(get(type)),
  ) as [number, number, number, number, number, number];
  const millisecond = ((instant % 1_000) + 1_000) % 1_000;
  return {
    ...{ year, month, day, hour, minute, second, millisecond },
    weekday: part({ weekday: 'long' })('weekday'),
    monthName: part({ month: 'long' })('month'),
    offsetMinutes: Math.round(
      (Date.UTC(year, month - 1, day, hour, minute, second, millisecond) - instant) / 60_000,
    ),
    zoneName: part({ timeZoneName: 'short' })('timeZoneName'),
  };
}

function fieldText(field: Fields, letter: string, length: number): string | undefined {
  const number = (value: number) => String(value).padStart(length, '0');
  const twelve = field.hour % 12;
  const texts: Record<string, () => string> = {
    y: () => (length === 2 ? String(field.year).slice(-2) : number(field.year)),
    M: () =>
      length > 3 ? field.monthName : length === 3 ? field.monthName.slice(0, 3) : number(field.month),
    d: () => number(field.day),
    E: () => (length > 3 ? field.weekday : field.weekday.slice(0, 3)),
    u: () =>
      String(
        1 +
          ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday'].indexOf(
            field.weekday,
          ),
      ),
    H: () => number(field.hour),
    k: () => number(field.hour || 24),
    K: () => number(twelve),
    h: () => number(twelve || 12),
    m: () => number(field.minute),
    s: () => number(field.second),
    S: () => number(field.millisecond),
    a: () => (field.hour < 12 ? 'AM' : 'PM'),
    z: () => field.zoneName,
    Z: () => offset(field.offsetMinutes, ''),
    X: () =>
      field.offsetMinutes === 0
        ? 'Z'
        : length === 1
          ? offset(field.offsetMinutes, '').slice(0, 3)
          : offset(field.offsetMinutes, length === 3 ? ':' : ''),
  };
  return texts[letter]?.();
}

function offset(minutes: number, between: string): string {
  const [hours, rest] = [Math.floor(Math.abs(minutes) / 60), Math.abs(minutes) % 60].map((part) =>
    String(part).padStart(2, '0'),
  );
  return `${minutes < 0 ? '-' : '+'}${hours}${between}${rest}`;
}
