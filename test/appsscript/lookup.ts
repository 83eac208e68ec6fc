// What Calendar knows of an open event besides its id: its series, organizer and guests, read from the local Google.
import type { OpenEvent } from './event.ts';
import { send } from './http.ts';

interface Held {
  id: string;
  recurringEventId?: string;
  organizer?: { email?: string };
  attendees?: OpenEvent['attendees'];
}

/** The event with what was not said of it filled in; as it is, when the local Google does not have it. */
export async function completed(google: string, event: OpenEvent): Promise<OpenEvent> {
  if (event.id === undefined || event.organizer !== undefined) return event;
  const body = Buffer.from(JSON.stringify({ calendar: event.calendarId }));
  const headers = { 'content-type': 'application/json' };
  const { status, body: answer } = await send({
    url: `${google}/control/calendarState`,
    method: 'POST',
    headers,
    body,
  });
  if (status !== 200) return event;
  const { events } = JSON.parse(Buffer.from(answer, 'base64').toString()) as { events: Held[] };
  const exact = events.find(({ id }) => id === event.id);
  // An occurrence that was never changed is not kept by itself (google-facts 1.1: how its id is made).
  const series = /^(.+)_\d{8}(?:T\d{6}Z)?$/.exec(event.id)?.[1];
  const held = exact ?? events.find(({ id }) => id === series);
  if (!held) return event;
  const recurringEventId = exact ? exact.recurringEventId : series;
  return {
    ...(held.organizer?.email !== undefined && { organizer: held.organizer.email }),
    ...(recurringEventId !== undefined && { recurringEventId }),
    ...(held.attendees && { attendees: held.attendees }),
    ...event,
  };
}
