// Times and dates for the cards: in the zone of what is shown, which is named where it is not the person's own.
import { DAY, dateOf, dayOf, localDate, localTime, weekdayOf, zone as zoneNamed } from '../shared/time.ts';
import { fill, type Words } from './words.ts';

/** Who reads it; every `Env` is one. */
export interface Reader {
  locale: 'en' | 'nb';
  /** The person's. */
  zone: string;
  /** ms since 1970 */
  now: number;
  t: Words;
}

// Written out, not asked of Intl: the words are the same whatever languages the runtime was built with.
const weekdays = {
  en: ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'],
  nb: ['man.', 'tir.', 'ons.', 'tor.', 'fre.', 'lør.', 'søn.'],
};
const months = {
  en: ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'],
  nb: ['jan.', 'feb.', 'mars', 'april', 'mai', 'juni', 'juli', 'aug.', 'sep.', 'okt.', 'nov.', 'des.'],
};

/** `14:00` */
export const clock = (zone: string, at: string): string => localTime(zone, Date.parse(at)).slice(11, 16);

/** The local date of an instant. */
export const dateAt = (zone: string, at: string): string => localDate(zone, Date.parse(at));

/** `Today`, `Tomorrow`, `Mon 24 Nov`; with the year where it is another. @param date `YYYY-MM-DD` in the zone */
export function dayWords({ locale, now, t }: Reader, zone: string, date: string): string {
  const [day, today] = [dayOf(date), dayOf(localDate(zone, now))];
  if (day === today) return t.today;
  if (day === today + 1) return t.tomorrow;
  const [year = '', month, number] = date.split('-');
  const weekday = weekdays[locale][weekdayOf(day) - 1];
  const name = months[locale][Number(month) - 1];
  const dotted = locale === 'nb' ? `${Number(number)}.` : String(Number(number));
  const other = year === dateOf(today).slice(0, 4) ? '' : ` ${year}`;
  return `${weekday} ${dotted} ${name}${other}`;
}

/** `Mon 24 Nov 14:00`, `tomorrow 14:00`: within a sentence. */
export function at(env: Reader, zone: string, instant: string): string {
  const day = dayWords(env, zone, dateAt(zone, instant));
  return `${day === env.t.today || day === env.t.tomorrow ? day.toLowerCase() : day} ${clock(zone, instant)}`;
}

/** As `at`, where it begins a line. */
export const startAt = (env: Reader, zone: string, instant: string): string =>
  `${dayWords(env, zone, dateAt(zone, instant))} ${clock(zone, instant)}`;

/** `14:00`, or with its day if that is not today. */
export const until = (env: Reader, zone: string, instant: string): string =>
  dateAt(zone, instant) === localDate(zone, env.now) ? clock(zone, instant) : at(env, zone, instant);

/** `09:00–10:00` */
export const hours = (zone: string, { start, end }: Times): string =>
  `${clock(zone, start)}–${Date.parse(end) - Date.parse(start) < DAY ? clock(zone, end) : '…'}`;

export interface Times {
  start: string;
  end: string;
}
/** `Mon 24 Nov 14:00–15:00`, and the zone if it is not the person's; of whole days the days, the last one counted. */
export function span(
  env: Reader,
  zone: string,
  { start, end, allDay = false }: Times & { allDay?: boolean },
): string {
  const first = dateAt(zone, start);
  const last = localDate(zone, Date.parse(end) - 1);
  const day = dayWords(env, zone, first);
  if (allDay) return first === last ? day : `${day} – ${dayWords(env, zone, last)}`;
  const there = dateAt(zone, end) === first ? clock(zone, end) : at(env, zone, end);
  return `${day} ${clock(zone, start)}–${there}${zoneSuffix(env, zone, start)}`;
}

/** ` (Oslo)`; nothing, where the person's clock reads the same. */
export function zoneSuffix(env: Reader, zone: string, instant: string): string {
  const ms = Date.parse(instant);
  if (zone === env.zone || zoneNamed(zone).offset(ms) === zoneNamed(env.zone).offset(ms)) return '';
  return ` (${cityOf(zone)})`;
}

/**
 * That times are of another zone than the person's, for cards that show many; null: the clocks read the same on all of
 * the days that are shown. What they read today tells nothing of a day in another season.
 * @param dates `YYYY-MM-DD` in the zone
 */
export function zoneNote(env: Reader, zone: string, dates = [localDate(zone, env.now)]): string | null {
  const its = zoneNamed(zone);
  const ends = dates.map(dayOf).flatMap((day) => [its.startOf(day), its.startOf(day + 1) - 1]);
  const differs = ends.some((ms) => zoneSuffix(env, zone, new Date(ms).toISOString()) !== '');
  return differs ? fill(env.t.timesIn, { zone: cityOf(zone) }) : null;
}

/** `Europe/Oslo` is `Oslo` to people. */
const cityOf = (zone: string) => (zone.split('/').pop() ?? zone).replaceAll('_', ' ');

export type Part = 'morning' | 'afternoon' | 'evening';
/** Of the day in its zone: from noon on it is afternoon, from 17 on evening. */
export function partOf(zone: string, instant: string): Part {
  const hour = Number(clock(zone, instant).slice(0, 2));
  return hour < 12 ? 'morning' : hour < 17 ? 'afternoon' : 'evening';
}

/** Midnight UTC of a date, as date pickers want it. */
export const pickerTime = (date: string): number => dayOf(date) * DAY;
