// Times as Google writes them: dates and date-times, their zones, and what they are in instants (ms UTC).
import { Temporal } from 'temporal-polyfill';
import { invalid, required } from './refusal.ts';

/** `date` xor `dateTime`; stored date-times are UTC to the second, their `timeZone` only if one was given. */
export interface When {
  date?: string;
  dateTime?: string;
  timeZone?: string;
}

/** Instants in milliseconds, end exclusive. */
export interface Span {
  from: number;
  to: number;
}

export const DAY = 86_400_000;

const DATE = /^\d{4}-\d{2}-\d{2}$/;
const DATE_TIME = /^(\d{4}-\d{2}-\d{2}[Tt]\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?)([Zz]|[+-]\d{2}:\d{2})?$/;

const zones = new Map<string, boolean>();

export function isZone(zone: string): boolean {
  let known = zones.get(zone);
  if (known === undefined) {
    // A bare offset is no IANA name; Intl would take it.
    known = /^[A-Za-z]/.test(zone) && zoneOpens(zone);
    zones.set(zone, known);
  }
  return known;
}

function zoneOpens(zone: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: zone }) !== undefined;
  } catch (error) {
    if (error instanceof RangeError) return false;
    throw error;
  }
}

/** Wall-clock time in a zone to an instant; gaps and overlaps as RFC 5545 3.3.5 ('compatible'). */
export function wallToInstant(wall: Temporal.PlainDateTime, zone: string): number {
  return wall.toZonedDateTime(zone, { disambiguation: 'compatible' }).epochMilliseconds;
}

export function instantToWall(instant: number, zone: string): Temporal.PlainDateTime {
  return Temporal.Instant.fromEpochMilliseconds(instant).toZonedDateTimeISO(zone).toPlainDateTime();
}

function utc(instant: number): string {
  return `${new Date(instant).toISOString().slice(0, 19)}Z`;
}

function realDate(text: string): boolean {
  const day = new Date(`${text}T00:00:00Z`);
  return DATE.test(text) && !Number.isNaN(day.getTime()) && day.toISOString().startsWith(text);
}

/** Checks what a client sent and brings it to the stored form. Refuses with 400 (google-facts 1.3). */
export function storedWhen(sent: When, name: 'start' | 'end', recurs: boolean): When {
  if (sent.timeZone !== undefined && !isZone(sent.timeZone)) {
    throw invalid(`Invalid time zone definition for ${name} time.`, '1.3', name);
  }
  if ((sent.date === undefined) === (sent.dateTime === undefined)) {
    if (sent.date === undefined) throw required(`${name} time`, '1.3');
    throw invalid(`Invalid ${name} time.`, '1.3', name);
  }
  if (sent.date !== undefined) {
    if (!realDate(sent.date)) throw invalid(`Invalid ${name} time.`, '1.3', name);
    return { date: sent.date };
  }
  const parts = DATE_TIME.exec(sent.dateTime!);
  if (!parts || !realDate(parts[1]!.slice(0, 10))) throw invalid(`Invalid ${name} time.`, '1.3', name);
  if (recurs && !sent.timeZone) throw required(`time zone definition for ${name} time`, '1.3');
  return {
    dateTime: utc(instantOfText(sent, parts, name)),
    ...(sent.timeZone && { timeZone: sent.timeZone }),
  };
}

function instantOfText(sent: When, parts: RegExpExecArray, name: string): number {
  const [text, wall, offset] = parts;
  if (!offset && !sent.timeZone) throw required(`time zone definition for ${name} time`, '1.3');
  const instant = offset ? Date.parse(text.toUpperCase()) : wallOf(wall!, sent.timeZone!);
  if (Number.isNaN(instant)) throw invalid(`Invalid ${name} time.`, '1.3', name);
  return instant;
}

function wallOf(text: string, zone: string): number {
  try {
    return wallToInstant(Temporal.PlainDateTime.from(text), zone);
  } catch (error) {
    if (error instanceof RangeError) return Number.NaN;
    throw error;
  }
}

/** A stored time as an instant; a date begins at local midnight of `zone`, the calendar's. */
export function instantOf(when: When, zone: string): number {
  if (when.dateTime !== undefined) return Date.parse(when.dateTime);
  return wallToInstant(Temporal.PlainDate.from(when.date!).toPlainDateTime(), zone);
}

/** As Google answers: in the offset of `zone` (the calendar's, or the one asked for), keeping the event's own. */
export function shownWhen(when: When, zone: string): When {
  if (when.date !== undefined) return { date: when.date };
  return {
    dateTime: shownInstant(Date.parse(when.dateTime!), zone),
    timeZone: when.timeZone ?? zone,
  };
}

export function shownInstant(instant: number, zone: string): string {
  if (zone === 'UTC') return utc(instant);
  const text = Temporal.Instant.fromEpochMilliseconds(instant).toString({
    timeZone: zone,
  });
  return text.endsWith('+00:00') ? `${text.slice(0, -6)}Z` : text;
}

/** A query parameter that must be RFC 3339 with an offset, in milliseconds. */
export function instantParameter(text: string, name: string): number {
  const parts = DATE_TIME.exec(text);
  const instant = parts?.[2] ? Date.parse(text.toUpperCase()) : Number.NaN;
  if (Number.isNaN(instant)) throw invalid('Bad Request', '1.13', name);
  return instant;
}

/** The date `days` later. */
export function addDays(date: string, days: number): string {
  return new Date(Date.parse(`${date}T00:00:00Z`) + days * DAY).toISOString().slice(0, 10);
}

export function daysBetween(from: string, to: string): number {
  return (Date.parse(`${to}T00:00:00Z`) - Date.parse(`${from}T00:00:00Z`)) / DAY;
}
