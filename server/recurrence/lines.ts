// The lines of a recurring event read into rules, added dates and dates taken out. RFC 5545 section 3.8.5.
import { DAY, isZone } from '../../shared/time.ts';
import { knownZone, readDuration, readStamp, type Stamp } from './instant.ts';
import { dateMeant, type Rule, readRule, type Start } from './rule.ts';

/**
 * An occurrence is known by its `id`: of an all-day series the midnight (wall) of its date, else its instant.
 */
export interface Lines {
  rules: Rule[];
  exRules: Rule[];
  /** Dates added by id. */
  dates: Map<number, Added>;
  exDates: Set<number>;
}

/** `end` as an id, where the line gives one of its own. */
export interface Added {
  wall: number;
  end?: number;
}

const LINE = /^(RRULE|EXRULE|RDATE|EXDATE)((?:;[A-Z0-9-]+=(?:"[^"]*"|[^":;])*)*):(.*)$/i;

/** @throws RangeError that says which line is wrong and how, without repeating it */
export function readLines(lines: readonly string[], start: Start): Lines {
  const read: Lines = {
    rules: [],
    exRules: [],
    dates: new Map(),
    exDates: new Set(),
  };
  lines.forEach((line, index) => {
    const [, name = '', parameters = '', value = ''] = LINE.exec(line.trim()) ?? [];
    try {
      readLine(read, { name: name.toUpperCase(), parameters, value }, start);
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      throw new RangeError(`line ${index + 1} (${name || 'no name known'}): ${error.message}`);
    }
  });
  if (read.rules.length + read.exRules.length > MOST) throw new RangeError('there are too many rules');
  return read;
}

/** RFC 5545 would have one RRULE; hundreds are meant to keep us busy. */
const MOST = 50;

type Line = { name: string; parameters: string; value: string };

function readLine(read: Lines, { name, parameters, value }: Line, start: Start): void {
  if (name === 'RRULE') read.rules.push(readRule(value, start));
  else if (name === 'EXRULE') read.exRules.push(readRule(value, start));
  else if (name === '') throw new RangeError('not RRULE, EXRULE, RDATE or EXDATE');
  else {
    const tzid = /;TZID="?([^;"]+)/i.exec(parameters)?.[1];
    const own = tzid === undefined || start.allDay;
    const lost = name === 'EXDATE' && !own && !isZone(tzid);
    const zone = own || lost ? start.zone : knownZone(tzid);
    for (const text of value.split(',')) {
      // An empty list is common, and says nothing.
      if (text.trim() === '') continue;
      if (name === 'RDATE') addDate(read, text.trim(), { start, zone });
      else leaveOut(read, readStamp(text.trim()), { start, zone, lost });
    }
  }
}

/** Of the series, and the zone that this line is written in; `lost`: that one is not known. */
type Place = { start: Start; zone: Start['zone']; lost?: boolean };

function addDate(read: Lines, text: string, place: Place): void {
  const [from = '', to] = text.split('/');
  const stamp = readStamp(from);
  const id = idOf(stamp, place);
  const wall = place.start.allDay ? id : place.start.zone.wall(id);
  const end = to === undefined ? undefined : endOf(stamp, to, place);
  if (end !== undefined && end < id) throw new RangeError('a period ends before it begins');
  // A period says its length, which counts even where the rule or another line gives the same start (3.8.5.2).
  if (end !== undefined || !read.dates.has(id)) read.dates.set(id, { wall, end });
}

function endOf(stamp: Stamp, to: string, place: Place): number {
  if (!/^[+-]?P/.test(to)) return idOf(readStamp(to), place);
  const { days, ms } = readDuration(to);
  const end = idOf({ ...stamp, wall: stamp.wall + days * DAY }, place);
  return place.start.allDay ? end + Math.ceil(ms / DAY) * DAY : end + ms;
}

/**
 * A date leaves nothing out of a timed series: RFC 5545 would have the start's kind, and Google goes on showing it. Nor
 * does a time in a zone that nobody knows: it might be another occurrence's.
 */
function leaveOut(read: Lines, stamp: Stamp, place: Place): void {
  if (stamp.kind === 'date' && !place.start.allDay) return;
  if (stamp.kind === 'utc' || !place.lost) read.exDates.add(idOf(stamp, place));
}

function idOf(stamp: Stamp, { start, zone }: Place): number {
  if (start.allDay) return dateMeant(stamp, start.zone);
  return stamp.kind === 'utc' ? stamp.wall : zone.at(stamp.wall);
}
