// What a person does in the Calendar UI: the same acts as the API's, with a person's rights and traces.
import type { Caller } from './access.ts';
import { deleteEvent, getEvent, insertEvent, moveEvent, patchEvent } from './events.ts';
import { invalid, notFound } from './refusal.ts';
import type { Shown } from './view.ts';
import { instantOf, type When } from './when.ts';
import type { Answer, Call, World } from './world.ts';

type Body = Record<string, unknown>;

interface On {
  person: string;
  calendar: string;
  event: string;
}

export function callerOf({ state }: World, email: string): Caller {
  const person = state.people.get(email);
  if (!person) throw invalid(`No person ${email}`, '1.13');
  return { person, client: '', scopes: ['calendar'], surface: 'person' };
}

export function actsOf(world: World) {
  const call = (on: { person: string; calendar: string; event?: string }, body: Body = {}): Call => ({
    world,
    caller: callerOf(world, on.person),
    calendarId: on.calendar,
    eventId: on.event ?? '',
    query: {},
    body,
  });
  const shownOf = (answer: Answer) => answer.body as Shown;
  return {
    /** Writes an event by hand; `event` is a Calendar v3 event. */
    async addEvent({ event, ...on }: { person: string; calendar: string; event: Body }): Promise<Shown> {
      return shownOf(insertEvent(call(on, event)));
    },
    /**
     * Edits an event or one occurrence (drags, renames, sets Free with `transparency: 'transparent'`, …);
     * `change` merges as a patch does.
     */
    async changeEvent(of: On & { change: Body }): Promise<Shown> {
      // Whoever has a deleted event open, or one that was moved away, may not save it: only the API may.
      if (shownOf(getEvent(call(of))).status === 'cancelled') throw notFound();
      return shownOf(patchEvent(call(of, of.change)));
    },
    /** To another calendar of the person's. */
    async moveEvent(of: On & { to: string }): Promise<void> {
      moveEvent({ ...call(of), query: { destination: of.to } });
    },
    /** Into the bin: its undeletion by `update` may be refused, see the switch `undeleteAfterPerson`. */
    async deleteEvent(of: On): Promise<void> {
      deleteEvent(call(of));
    },
    /** Out of the bin again. */
    async restoreEvent(of: On): Promise<Shown> {
      return shownOf(patchEvent(call(of, { status: 'confirmed' })));
    },
    /** Answers an invitation on the person's own calendar. */
    async respond(of: {
      person: string;
      event: string;
      response: 'accepted' | 'declined' | 'tentative' | 'needsAction';
    }): Promise<Shown> {
      const on = { person: of.person, calendar: of.person, event: of.event };
      const { attendees } = shownOf(getEvent(call(on))) as {
        attendees?: { email: string }[];
      };
      const own = attendees?.find(({ email }) => email === of.person);
      if (!attendees || !own) throw invalid(`${of.person} is not a guest of ${of.event}`, '1.5');
      const answered = attendees.map((guest) =>
        guest === own ? { ...guest, responseStatus: of.response } : guest,
      );
      return shownOf(patchEvent(call(on, { attendees: answered })));
    },
    /**
     * "This and following": the series ends before `from` (an original start) and a new one begins there
     * with `change`; exceptions after it are lost (google-facts 1.4). Returns the new series.
     */
    async splitSeries(of: On & { from: When; change: Body }): Promise<Shown> {
      const calendar = world.state.calendars.get(of.calendar);
      const series = calendar?.events.get(of.event)?.event;
      if (!calendar || !series?.recurrence) throw invalid(`${of.event} is not a series`, '1.4');
      const at = instantOf(of.from, calendar.zone);
      // Calendar's page changes the series itself then: there is nothing before.
      if (instantOf(series.start as When, calendar.zone) === at)
        throw invalid(`${of.event} begins there`, '1.4');
      patchEvent(
        call(of, {
          recurrence: series.recurrence.map((line) => endedBefore(line, of.from, at)),
        }),
      );
      const { summary, description, location, transparency, attendees, colorId, extendedProperties } = series;
      const rest = {
        summary,
        description,
        location,
        transparency,
        attendees,
        colorId,
        extendedProperties,
      };
      const times = {
        start: of.from,
        end: endAt(series as { start: When; end: When }, of.from, at),
      };
      const recurrence = series.recurrence.map((line) => line.replace(/;COUNT=\d+/i, ''));
      return shownOf(insertEvent(call(of, { ...rest, ...times, recurrence, ...of.change })));
    },
  };
}

/** A COUNT is not carried over to the second half, which repeats without an end unless `change` says so. */
function endedBefore(line: string, from: When, at: number): string {
  if (!/^RRULE/i.test(line)) return line;
  const before = new Date(at - 1_000).toISOString().replace(/[-:]|\.\d+/g, '');
  const until = from.date === undefined ? before : dayBefore(from.date);
  return `${line.replace(/;(COUNT|UNTIL)=[^;]+/gi, '')};UNTIL=${until}`;
}

function dayBefore(date: string): string {
  return new Date(Date.parse(`${date}T00:00:00Z`) - 86_400_000)
    .toISOString()
    .slice(0, 10)
    .replaceAll('-', '');
}

function endAt({ start, end }: { start: When; end: When }, from: When, at: number): When {
  const length = instantOf(end, 'UTC') - instantOf(start, 'UTC');
  if (from.date !== undefined) {
    return {
      date: new Date(Date.parse(`${from.date}T00:00:00Z`) + length).toISOString().slice(0, 10),
    };
  }
  return {
    dateTime: new Date(at + length).toISOString(),
    timeZone: end.timeZone,
  };
}
