// Appointments that people type into the shared calendar, for tests of the cards about them: made, looked at, and what they leave bookable.

import type { GoogleEvent } from '../../server/google/client.ts';
import { dateOf } from '../../shared/time.ts';
import { type Person, people, shared } from '../server/sidebar/stage.ts';
import type { AddonStage } from './stage.ts';

/** In three days, a day of its own for each test: `n` days later. */
export const dayAhead = (n: number): string => dateOf(Math.floor(Date.now() / 86_400_000) + 3 + n);
/** UTC. */
export const hour = (day: string, at: number): string => `${day}T${String(at).padStart(2, '0')}:00:00Z`;

export interface Appointments {
  /** Types one of an hour, and waits until the server has read it. @returns Google's id */
  typed(day: string, at: number, more?: Record<string, unknown>): Promise<string>;
  /** What is in Google now is in the server: as a notice from Google would do, which finds no way to a test's server. */
  read(): Promise<void>;
  /** As Google has it. */
  inGoogle(id: string, calendar?: string): Promise<GoogleEvent>;
  /** Who can still be booked then, by name. */
  free(day: string, at: number): Promise<string[]>;
}

export function appointments(stage: AddonStage): Appointments {
  const { google, resources, serviceId } = stage;
  const read = async () => {
    const around = { start: Date.now(), end: Date.now() };
    await stage.context.confirm(stage.business.id, [stage.calendarId], around);
    await stage.quiet();
  };
  return {
    read,
    async typed(day, at, more = {}) {
      const times = { start: { dateTime: hour(day, at) }, end: { dateTime: hour(day, at + 1) } };
      const id = await stage.type('anna', { summary: 'Tannlege', ...times, ...more });
      await read();
      return id;
    },
    async inGoogle(id, calendar = shared) {
      const { access_token: token } = await google.control.issueTokens({ person: people.kari });
      const path = `/calendar/v3/calendars/${encodeURIComponent(calendar)}/events/${id}`;
      const answer = await fetch(google.url + path, { headers: { authorization: `Bearer ${token}` } });
      return (await answer.json()) as GoogleEvent;
    },
    async free(day, at) {
      const found: string[] = [];
      for (const [name, id] of Object.entries(resources)) {
        const query = `serviceId=${serviceId}&resourceId=${id}&from=${hour(day, at)}&to=${hour(day, at).replace(':00Z', ':01Z')}`;
        const { slots } = await stage.call<{ slots: { start: string }[] }>('GET', `/availability?${query}`);
        if (slots.length > 0) found.push(name);
      }
      return found;
    },
  };
}

/** Kari's share of the calendar is what she makes it: this person may only look from now on. */
export const onlyReads = (stage: AddonStage, person: Person) =>
  stage.google.control.share({ calendar: shared, person: people[person], role: 'reader' });
