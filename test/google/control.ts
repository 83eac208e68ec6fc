// What tests and the page may do to the local Google besides its API: set people and calendars up, act as a
// person in the Calendar UI, switch faults, and read everything.
import { SCOPE_PREFIX } from './access.ts';
import type { Delivery } from './channels.ts';
import type { Fault } from './faults.ts';
import { idToken } from './identity.ts';
import { listEvents } from './list.ts';
import type { Logged } from './log.ts';
import { DEFAULT_CLIENT, endGrants, freshOAuth, issue } from './oauth.ts';
import * as person from './person.ts';
import { invalid, notFound } from './refusal.ts';
import { calendarOf, personOf, setUp } from './setup.ts';
import { type Calendar, type Entry, etagOf, type Person } from './state.ts';
import type { World } from './world.ts';

/** A calendar as `state()` tells it. */
export type CalendarState = Omit<Calendar, 'events' | 'purged' | 'listings'> & {
  events: (Entry['event'] & Pick<Entry, 'ordinal' | 'change' | 'removedBy'> & { etag: string })[];
  purged: string[];
};

type Act = (argument: never) => unknown;

/** Every act takes one object (or nothing) and may be called over HTTP as well, see `server.ts`. */
export function makeControl(world: World) {
  const { state } = world;
  return {
    ...setUp(world),
    ...person.actsOf(world),
    ...reads(world),
    ...troubles(world),
    ...tokens(world),
    /** Moves the local Google's clock; access tokens, channels and quotas follow it. */
    async advanceClock(by: { seconds: number }): Promise<void> {
      world.clock.advance(by.seconds * 1_000);
    },
    /** Empties people, calendars, channels, tokens, faults, quota, clock and log; clients and the key stay. */
    async reset(): Promise<void> {
      state.clear();
      world.faults.clear();
      world.quota.clear();
      world.log.clear();
      world.clock.reset();
    },
  } satisfies Record<string, Act>;
}

export type Control = ReturnType<typeof makeControl>;

function reads(world: World) {
  const { state } = world;
  return {
    /** Everything held: people, and calendars with all their events, tombstones too. */
    async state(): Promise<{
      people: Person[];
      calendars: CalendarState[];
      counter: number;
    }> {
      const calendars = [...state.calendars.values()].map(calendarState);
      return {
        people: [...state.people.values()],
        calendars,
        counter: state.counter,
      };
    },
    async calendarState(of: { calendar: string }): Promise<CalendarState> {
      return calendarState(calendarOf(state, of.calendar));
    },
    /** A person's view of a calendar between two instants (RFC 3339), occurrences expanded, by start. */
    async view(of: { person: string; calendar: string; from: string; to: string }): Promise<unknown[]> {
      const query = {
        singleEvents: true,
        orderBy: 'startTime',
        timeMin: of.from,
        timeMax: of.to,
        maxResults: 2_500,
      };
      const caller = person.callerOf(world, of.person);
      const call = {
        world,
        caller,
        calendarId: of.calendar,
        eventId: '',
        query,
        body: {},
      };
      return (listEvents(call).body as { items: unknown[] }).items;
    },
    async channels() {
      return [...state.channels.values()];
    },
    /** Every attempt to deliver a notice, oldest first. */
    async deliveries(): Promise<Delivery[]> {
      return [...world.notices.deliveries];
    },
    /** Requests after number `since`, oldest first. */
    async log(of: { since?: number } = {}): Promise<Logged[]> {
      return world.log.since(of.since);
    },
    async clearLog(): Promise<void> {
      world.log.clear();
    },
    /** Resolves when no notice is waiting, being sent or retried. */
    async idle(): Promise<void> {
      await world.notices.idle();
    },
  };
}

function calendarState({ listings: _, events, purged, ...rest }: Calendar): CalendarState {
  return {
    ...rest,
    events: [...events.values()].map(({ event, ...entry }) => ({
      ...event,
      ...entry,
      etag: etagOf(entry.change),
    })),
    purged: [...purged],
  };
}

function troubles({ state, faults, notices }: World) {
  return {
    async addFault(fault: Fault): Promise<{ id: string }> {
      return { id: faults.add(fault) };
    },
    async removeFault(of: { id: string }): Promise<void> {
      faults.remove(of.id);
    },
    async clearFaults(): Promise<void> {
      faults.clear();
    },
    async faults(): Promise<(Fault & { id: string })[]> {
      return faults.list();
    },
    /** All sync tokens given out for a calendar so far answer 410 fullSyncRequired. */
    async expireSyncTokens(of: { calendar: string }): Promise<void> {
      calendarOf(state, of.calendar).syncFloor = state.next();
      state.changed();
    },
    /** Google forgets a tombstone: 404 from then on, and see the switch `purgedIdReusable`. */
    async purge(of: { calendar: string; event: string }): Promise<void> {
      const calendar = calendarOf(state, of.calendar);
      if (calendar.events.get(of.event)?.event.status !== 'cancelled')
        throw invalid('Not a tombstone', '1.1');
      state.purge(calendar, of.event);
    },
    /** Sends an `exists` notice although nothing changed. */
    async notify(of: { calendar: string }): Promise<void> {
      notices.changed(calendarOf(state, of.calendar));
    },
  };
}

function tokens(world: World) {
  const { oauth } = world.state;
  return {
    /**
     * Tokens without the consent page. Calendar scopes may leave out Google's prefix; default: `calendar`
     * and what signing in asks for (`openid`, the mail address).
     */
    async issueTokens(of: { person: string; client?: string; scopes?: string[] }) {
      const client = oauth.clients[of.client ?? DEFAULT_CLIENT.id];
      if (!client) throw notFound();
      const scopes = (of.scopes ?? ['openid', `${SCOPE_PREFIX}userinfo.email`, 'calendar']).map((scope) =>
        scope.startsWith('calendar') ? SCOPE_PREFIX + scope : scope,
      );
      const { email } = personOf(world.state, of.person);
      const issued = await issue(world, client, {
        person: email,
        scopes,
        offline: true,
      });
      return issued as {
        access_token: string;
        refresh_token: string;
        scope: string;
        expires_in: number;
        id_token?: string;
      };
    },
    /**
     * What `ScriptApp.getIdentityToken()` gives an add-on: of the person, for the client of the script's project.
     * Default scopes: `openid` and the mail address; `claims` are laid over.
     */
    async issueIdToken(of: {
      person: string;
      audience?: string;
      scopes?: string[];
      claims?: Record<string, unknown>;
    }): Promise<string> {
      const { email } = personOf(world.state, of.person);
      const scopes = of.scopes ?? ['openid', `${SCOPE_PREFIX}userinfo.email`];
      return idToken(world, of.audience ?? DEFAULT_CLIENT.id, { person: email, scopes, claims: of.claims });
    },
    /** Google signs with another key from now on, and publishes the old one no more. */
    async rotateKey(): Promise<void> {
      oauth.key = (await freshOAuth()).key;
      world.state.changed();
    },
    /** Access tokens answer 401 from now on; refresh tokens live on. */
    async expireAccess(of: { person?: string } = {}): Promise<void> {
      for (const access of Object.values(oauth.access)) {
        if (of.person === undefined || access.person === of.person) access.expires = 0;
      }
      world.state.changed();
    },
    /** The person takes the app's access away: refresh gives invalid_grant. */
    async revokeAccess(of: { person: string; client?: string }): Promise<void> {
      endGrants(oauth, of);
      world.state.changed();
    },
    /** Live refresh tokens, without their text. */
    async grants(): Promise<{ person: string; client: string; scopes: string[]; issued: number }[]> {
      return Object.values(oauth.grants);
    },
  };
}
