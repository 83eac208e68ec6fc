// Occurrences of a series: those its rule gives, and the exceptions stored beside it.
import { goesOnAfter, originalStarts, readSeries, type Series } from './recurrence.ts';
import type { Calendar, Entry, EventBody, State } from './state.ts';
import { addDays, daysBetween, instantOf, type Span, type When } from './when.ts';

/** Without an upper bound a series is given for this long after its start or the asked lower bound. */
const HORIZON = 730 * 86_400_000;

const INSTANCE_ID = /^(.+)_(\d{8})(?:T(\d{6})Z)?$/;

const cache = new WeakMap<EventBody, Series>();

export function seriesOf(event: EventBody, calendar: Calendar): Series {
  let series = cache.get(event);
  if (!series) {
    series = readSeries(event.recurrence!, event.start!, calendar.zone);
    cache.set(event, series);
  }
  return series;
}

/** `{seriesId}_{yyyymmdd}` or `{seriesId}_{yyyymmddThhmmssZ}`, as Google's look (google-facts 1.1). */
export function instanceId(seriesId: string, original: When): string {
  const stamp = (original.date ?? original.dateTime!).replace(/[-:]/g, '');
  return `${seriesId}_${stamp}`;
}

/** The occurrence of `series` at `original`, as its rule gives it. */
export function occurrence(series: EventBody, original: When): EventBody {
  const { recurrence: _, ...rest } = series;
  return {
    ...rest,
    id: instanceId(series.id, original),
    recurringEventId: series.id,
    originalStartTime: original,
    start: original,
    end: endFor(series, original),
  };
}

/** Dates keep their count of days, times their exact length (RFC 5545 3.8.5.3). */
function endFor(series: EventBody, original: When): When {
  const { start, end } = series;
  if (original.date !== undefined) {
    return {
      date: addDays(original.date, daysBetween(start!.date!, end!.date!)),
    };
  }
  const length = Date.parse(end!.dateTime!) - Date.parse(start!.dateTime!);
  const at = new Date(Date.parse(original.dateTime!) + length).toISOString();
  return { ...end, dateTime: `${at.slice(0, 19)}Z` };
}

/** A series and one of its occurrences, by the occurrence's id; undefined when the rule does not give it. */
export function findOccurrence(
  calendar: Calendar,
  id: string,
): { series: Entry; event: EventBody } | undefined {
  const parts = INSTANCE_ID.exec(id);
  const series = parts ? calendar.events.get(parts[1]!) : undefined;
  if (!parts || !series?.event.recurrence || series.event.status === 'cancelled') return undefined;
  const [y, mo, d] = [parts[2]!.slice(0, 4), parts[2]!.slice(4, 6), parts[2]!.slice(6, 8)];
  const t = parts[3] ?? '000000';
  const at = Date.parse(`${y}-${mo}-${d}T${t.slice(0, 2)}:${t.slice(2, 4)}:${t.slice(4, 6)}Z`);
  if (Number.isNaN(at)) return undefined;
  const starts = originalStarts(seriesOf(series.event, calendar), {
    from: at,
    to: at,
  });
  const original = starts.find((start) => instanceId(series.event.id, start) === id);
  return original && { series, event: occurrence(series.event, original) };
}

/** An exception goes with its series when that is deleted. */
export function asOfSeries(calendar: Calendar, event: EventBody): EventBody {
  const series = event.recurringEventId && calendar.events.get(event.recurringEventId);
  return series && series.event.status === 'cancelled' ? { ...event, status: 'cancelled' } : event;
}

export interface Instance {
  event: EventBody;
  change: number;
  span: Span;
}

/**
 * The occurrences of a series that overlap `window`, exceptions in their moved place; cancelled ones only
 * when asked for. Of a deleted series: its occurrences, cancelled.
 */
export function instancesOf(
  state: State,
  calendar: Calendar,
  entry: Entry,
  window: { from?: number; to?: number; cancelled: boolean },
): Instance[] {
  const series = seriesOf(entry.event, calendar);
  const own = state.span(calendar, entry.event);
  const length = own.to - own.from;
  const from = Math.max(window.from ?? own.from, own.from - 1) - length;
  const to = window.to ?? Math.max(from, own.from) + HORIZON;
  const exceptions = state.exceptions(calendar, entry.event.id);
  const replaced = new Set(exceptions.map((exception) => exception.event.id));
  const found: Instance[] = [];
  for (const original of originalStarts(series, { from, to })) {
    if (replaced.has(instanceId(entry.event.id, original))) continue;
    const at = instantOf(original, calendar.zone);
    const event = occurrence(entry.event, original);
    const span = { from: at, to: instantOf(event.end!, calendar.zone) };
    found.push({ event, change: entry.change, span });
  }
  for (const { event, change } of exceptions) {
    const shown = entry.event.status === 'cancelled' ? { ...event, status: 'cancelled' as const } : event;
    found.push({ event: shown, change, span: state.span(calendar, event) });
  }
  return found
    .filter(({ event, span }) => {
      if (event.status === 'cancelled' && !window.cancelled) return false;
      return span.to > (window.from ?? -Infinity) && span.from < (window.to ?? Infinity);
    })
    .sort((a, b) => a.span.from - b.span.from);
}

/** Whether a series reaches into the window; its occurrences are looked at only where both ends are given. */
export function touches(
  state: State,
  calendar: Calendar,
  entry: Entry,
  window: { from?: number; to?: number },
): boolean {
  const own = state.span(calendar, entry.event);
  if (window.from === undefined) return own.from < (window.to ?? Infinity);
  if (window.to !== undefined)
    return instancesOf(state, calendar, entry, { ...window, cancelled: false }).length > 0;
  return goesOnAfter(seriesOf(entry.event, calendar), window.from - (own.to - own.from));
}
