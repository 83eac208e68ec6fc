// Instants and spans of them, and what the clocks of named zones read: the only zone arithmetic there is.

/** From `start` up to, not including, `end`: ms since 1970 (UTC). Nothing here cares whether that is negative. */
export type Span = { start: number; end: number };

export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

export function overlaps(a: Span, b: Span): boolean {
  return a.start < b.end && b.start < a.end;
}

/** The same time as sorted spans that neither overlap nor touch; empty ones are dropped. */
export function merge(spans: readonly Span[]): Span[] {
  const sorted = spans.filter((span) => span.start < span.end).sort((a, b) => a.start - b.start);
  const merged: Span[] = [];
  let last: Span = { start: Number.NaN, end: Number.NaN };
  for (const { start, end } of sorted) {
    if (start <= last.end) {
      if (end > last.end) last.end = end;
    } else {
      last = { start, end };
      merged.push(last);
    }
  }
  return merged;
}

/** What both hold. Each list sorted and free of overlap, as `merge` leaves it. */
export function intersect(a: readonly Span[], b: readonly Span[]): Span[] {
  const both: Span[] = [];
  for (let i = 0, j = 0; i < a.length && j < b.length; ) {
    const one = a[i] as Span;
    const other = b[j] as Span;
    const start = Math.max(one.start, other.start);
    const end = Math.min(one.end, other.end);
    if (start < end) both.push({ start, end });
    if (one.end < other.end) i++;
    else j++;
  }
  return both;
}

/** What is left of `spans` (as `merge` leaves them) without `taken` (sorted by start; they may overlap). */
export function subtract(spans: readonly Span[], taken: readonly Span[]): Span[] {
  const left: Span[] = [];
  let passed = 0;
  for (const { start, end } of spans) {
    let from = start;
    while (passed < taken.length && (taken[passed] as Span).end <= start) passed++;
    for (let i = passed; i < taken.length; i++) {
      const take = taken[i] as Span;
      if (take.start >= end) break;
      if (take.start > from) left.push({ start: from, end: take.start });
      if (take.end > from) from = take.end;
    }
    if (from < end) left.push({ start: from, end });
  }
  return left;
}

/** The span of a list, as `merge` leaves it, that holds the instant. */
export function spanAt(spans: readonly Span[], instant: number): Span | undefined {
  let low = 0;
  let high = spans.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((spans[middle] as Span).end <= instant) low = middle + 1;
    else high = middle;
  }
  const span = spans[low];
  return span && span.start <= instant ? span : undefined;
}

/**
 * Days since 1970-01-01 of a date `YYYY-MM-DD`, the calendar day itself, in no zone. RangeError if there is no
 * such date.
 */
export function dayOf(date: string): number {
  const day = Date.parse(`${date}T00:00Z`) / DAY;
  if (!DATE.test(date) || Number.isNaN(day) || dateOf(day) !== date) throw new RangeError(`No date: ${date}`);
  return day;
}
const DATE = /^\d{4}-\d\d-\d\d$/;

/** The date `YYYY-MM-DD` of a day number; years 0 to 9999. */
export function dateOf(day: number): string {
  return new Date(day * DAY).toISOString().slice(0, 10);
}

/** ISO weekday of a day number: 1 Monday to 7 Sunday. */
export function weekdayOf(day: number): number {
  return ((((day + 3) % 7) + 7) % 7) + 1;
}

/** Day number of the Monday of a day's ISO week. */
export function mondayOf(day: number): number {
  return day - weekdayOf(day) + 1;
}

/** `HH:MM` (to `24:00`) in ms after midnight on the wall clock. RangeError if there is no such time. */
export function timeOf(time: string): number {
  if (!TIME.test(time)) throw new RangeError(`No time of day: ${time}`);
  return Number(time.slice(0, 2)) * HOUR + Number(time.slice(3)) * MINUTE;
}
const TIME = /^(?:[01]\d|2[0-3]):[0-5]\d$|^24:00$/;

/** A stretch of time in which a zone keeps one distance from UTC: clock = instant + `offset` (ms). */
export type Stretch = Span & { offset: number };

/** Whether the name is a zone of the IANA database (`Europe/Oslo`, `UTC`). Bare offsets (`+01:00`) are not. */
export function isZone(name: string): boolean {
  if (!/^[A-Za-z]/.test(name)) return false;
  try {
    zone(name);
    return true;
  } catch (error) {
    if (error instanceof RangeError) return false;
    throw error;
  }
}

/** The zone of that name. RangeError if there is none. Cheap: a zone is made once. */
export function zone(name: string): Zone {
  const found = zones.get(name) ?? new Zone(name);
  zones.set(name, found);
  return found;
}
const zones = new Map<string, Zone>();

// The table of a zone is read from Intl in blocks of about 13 months, when first asked for. Within a block the
// offset is probed every 6 days and each change pinned down by halving: no zone since 1970 changed twice within
// a week, the shortest (Morocco's Ramadan, Egypt 2010) are a month.
const BLOCK = 2 ** 35;
const PROBE = 2 ** 29;

/** More than any clock was ever ahead of UTC (15 h 14 min). */
const FURTHEST = 16 * HOUR;

/**
 * What a zone's clocks read. A reading is written as the ms that UTC would have with that reading ("wall"), a
 * local day as its day number. Instants of the years 1 to 9999; from 1970 on the table is exact.
 */
class Zone {
  readonly name: string;
  readonly #format: Intl.DateTimeFormat;
  readonly #blocks = new Map<number, Stretch[]>();
  #last: Stretch = { start: 0, end: 0, offset: 0 };

  constructor(name: string) {
    this.name = name;
    this.#format = new Intl.DateTimeFormat('en-US', {
      timeZone: name,
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    });
  }

  /** The stretch around an instant. It may end where a block does, the next going on with the same offset. */
  stretch(instant: number): Stretch {
    const last = this.#last;
    if (instant >= last.start && instant < last.end) return last;
    const block = this.#block(Math.floor(instant / BLOCK));
    let i = block.length - 1;
    while ((block[i] as Stretch).start > instant) i--;
    this.#last = block[i] as Stretch;
    return this.#last;
  }

  /** How far the clock is ahead of UTC, in ms. */
  offset(instant: number): number {
    return this.stretch(instant).offset;
  }

  /** What the clock reads. */
  wall(instant: number): number {
    return instant + this.stretch(instant).offset;
  }

  /** First instant at which the clock reads `wall` or later: the change itself in a gap, the earlier in an overlap. */
  first(wall: number): number {
    let stretch = this.stretch(wall - FURTHEST);
    for (;;) {
      const instant = Math.max(stretch.start, wall - stretch.offset);
      if (instant < stretch.end) return instant;
      stretch = this.stretch(stretch.end);
    }
  }

  /**
   * The instant at which an event says that the clock reads `wall`: the earlier in an overlap; in a gap by the offset
   * before it, so that 02:30 in a gap from 02:00 to 03:00 is 03:30 (RFC 5545, 3.3.5), not `first`'s 03:00.
   */
  at(wall: number): number {
    const at = this.first(wall);
    return this.wall(at) === wall ? at : wall - this.offset(at - 1);
  }

  /** First instant of a local day: midnight, or where a gap swallows it the change. */
  startOf(day: number): number {
    return this.first(day * DAY);
  }

  /** The local day around an instant. Days do not return: should the clock go back across midnight, the later stays. */
  day(instant: number): number {
    const read = Math.floor(this.wall(instant) / DAY);
    return this.startOf(read + 1) <= instant ? read + 1 : read;
  }

  #block(index: number): Stretch[] {
    const block = this.#blocks.get(index) ?? this.#read(index * BLOCK);
    this.#blocks.set(index, block);
    return block;
  }

  #read(start: number): Stretch[] {
    const end = start + BLOCK;
    let stretch: Stretch = { start, end, offset: this.#ask(start) };
    const block = [stretch];
    // The last probe belongs to the next block: a change between it and the one before may still be ours.
    for (let probe = start + PROBE; probe <= end; probe += PROBE) {
      const offset = this.#ask(probe);
      if (offset === stretch.offset) continue;
      stretch.end = this.#change(probe - PROBE, probe, stretch.offset);
      if (stretch.end === end) break;
      stretch = { start: stretch.end, end, offset };
      block.push(stretch);
    }
    return block;
  }

  /** First whole second in (before, after] at which the offset is no longer `offset`. */
  #change(before: number, after: number, offset: number): number {
    let low = Math.floor(before / 1000);
    let high = Math.floor(after / 1000);
    while (high - low > 1) {
      const middle = Math.floor((low + high) / 2);
      if (this.#ask(middle * 1000) === offset) low = middle;
      else high = middle;
    }
    return high * 1000;
  }

  #ask(instant: number): number {
    const whole = Math.floor(instant / 1000) * 1000;
    const [month, day, year, hour, minute, second] = (this.#format.format(whole).match(/\d+/g) ?? []).map(
      Number,
    );
    if (month === undefined || year === undefined) throw new RangeError(`No clock reading in ${this.name}`);
    return new Date(0).setUTCFullYear(year, month - 1, day) + timeOfDay(hour, minute, second) - whole;
  }
}

export type { Zone };

function timeOfDay(hour = 0, minute = 0, second = 0): number {
  return hour * HOUR + minute * MINUTE + second * 1000;
}

/** The local date `YYYY-MM-DD` around an instant. */
export function localDate(zoneName: string, instant: number): string {
  return dateOf(zone(zoneName).day(instant));
}

/** What the clock reads at an instant, as `YYYY-MM-DDTHH:MM:SS`, without offset. */
export function localTime(zoneName: string, instant: number): string {
  return new Date(zone(zoneName).wall(instant)).toISOString().slice(0, 19);
}

/** The first instant at which the zone's clock reads that date and time (`HH:MM`) or later. */
export function instantOf(zoneName: string, date: string, time: string): number {
  return zone(zoneName).first(dayOf(date) * DAY + timeOf(time));
}
