// freeBusy.query: merged busy times per calendar, or the reason they are unknown.
import { roleOf } from './access.ts';
import { instancesOf } from './instances.ts';
import { invalid, Refusal, required } from './refusal.ts';
import type { Calendar, EventBody } from './state.ts';
import { DAY, instantParameter, isZone, type Span, shownInstant } from './when.ts';
import { type Answer, type Call, ok, type World } from './world.ts';

export function queryFreeBusy({ world, caller, body }: Call): Answer {
  if (!body.timeMin) throw required('timeMin', '1.9');
  if (!body.timeMax) throw required('timeMax', '1.9');
  const window = {
    from: instantParameter(body.timeMin as string, 'timeMin'),
    to: instantParameter(body.timeMax as string, 'timeMax'),
  };
  const zone = (body.timeZone as string | undefined) ?? 'UTC';
  if (!isZone(zone)) throw invalid('Invalid time zone.', '1.9', 'timeZone');
  if (window.to <= window.from) throw range('timeRangeEmpty', 'The specified time range is empty.');
  if (window.to - window.from > world.switches.freeBusyDays * DAY) {
    throw range('timeRangeTooLong', 'The requested time range is too long.');
  }
  const most = Math.min((body.calendarExpansionMax as number | undefined) ?? 50, 50);
  const ids = ((body.items ?? []) as { id: string }[]).map(({ id }) => id);
  const calendars = Object.fromEntries(
    ids.map((id, n) => {
      if (n >= most) return [id, unknown('tooManyCalendarsRequested')];
      const calendar = world.state.calendars.get(id === 'primary' ? caller.person.email : id);
      const known = calendar && roleOf(calendar, caller.person.email) !== 'none';
      return [
        id,
        known ? { busy: shownBusy(busyTimes(world, calendar, window), zone) } : unknown('notFound'),
      ];
    }),
  );
  const [timeMin, timeMax] = [shownInstant(window.from, zone), shownInstant(window.to, zone)];
  return ok({ kind: 'calendar#freeBusy', timeMin, timeMax, calendars });
}

function range(reason: string, message: string): Refusal {
  return new Refusal({
    code: 400,
    domain: 'calendar',
    reason,
    message,
    facts: '1.9',
  });
}

function unknown(reason: string): object {
  return { errors: [{ domain: 'global', reason }], busy: [] };
}

function shownBusy(spans: Span[], zone: string): object[] {
  return spans.map(({ from, to }) => ({
    start: shownInstant(from, zone),
    end: shownInstant(to, zone),
  }));
}

/** Merged and cut to the window. */
export function busyTimes(world: World, calendar: Calendar, window: Span): Span[] {
  const spans: Span[] = [];
  for (const entry of calendar.events.values()) {
    const { event } = entry;
    if (event.status === 'cancelled') continue;
    if (event.recurringEventId && calendar.events.has(event.recurringEventId)) continue;
    const found = event.recurrence
      ? instancesOf(world.state, calendar, entry, {
          ...window,
          cancelled: false,
        })
      : [{ event, span: world.state.span(calendar, event) }];
    for (const one of found) if (takes(one.event, calendar, world)) spans.push(one.span);
  }
  const inside = spans
    .map(({ from, to }) => ({
      from: Math.max(from, window.from),
      to: Math.min(to, window.to),
    }))
    .filter(({ from, to }) => from < to)
    .sort((a, b) => a.from - b.from);
  const merged: Span[] = [];
  for (const span of inside) {
    const last = merged.at(-1);
    if (last && span.from <= last.to) last.to = Math.max(last.to, span.to);
    else merged.push(span);
  }
  return merged;
}

function takes(event: EventBody, calendar: Calendar, world: World): boolean {
  if (event.transparency === 'transparent') return false;
  const own = event.attendees?.find(({ email }) => email === calendar.id);
  return own?.responseStatus !== 'declined' || world.switches.declinedIsBusy;
}
