// Google Calendar over the wire: one value for the deployment, one view of it per connected account.
import { createHash } from 'node:crypto';
import { calendar, type calendar_v3 } from 'googleapis/build/src/apis/calendar/index.js';
import { GoogleError, kindOf, reasonOf, retryAfter, unreachable } from './errors.ts';
import {
  type Asking,
  consentUrl,
  emailOf,
  type GoogleApp,
  type Grant,
  type OAuthClient,
  type Redeemed,
  redeem,
  refresh,
  revoke,
  type SigningIn,
  signInUrl,
} from './oauth.ts';

export type GoogleEvent = calendar_v3.Schema$Event;
export type CalendarListEntry = calendar_v3.Schema$CalendarListEntry;

/** The deployment's own app, and where Google is. */
export interface GoogleOptions extends GoogleApp {
  /** Where all of Google is, its OAuth endpoints included; left out: Google's own addresses. */
  url?: string;
  /** For one request, in milliseconds. */
  timeout?: number;
}

/** Every method throws GoogleError, and nothing else. Nothing is tried twice but for a stale access token. */
export interface Google {
  /** Asks Google whose refresh token this is (null: it may not tell) and what it may do. `app`: not the deployment's. */
  identify(refreshToken: string, app?: GoogleApp): Promise<{ email: string | null; scopes: string[] }>;
  /** Google as the account that gave this refresh token sees it. */
  account(refreshToken: string, app?: GoogleApp): GoogleAccount;
  /** Where the browser asks for consent. No request is made. */
  consentUrl(asking: Asking, app?: GoogleApp): string;
  redeem(
    what: { code: string; verifier: string; redirectUri: string },
    app?: GoogleApp,
  ): Promise<Redeemed & { email: string | null }>;
  /** Where the browser asks who somebody is, through the deployment's own app. No request is made. */
  signInUrl(asking: SigningIn): string;
  /** The identity token of who signed in, not verified; null: Google gave none. */
  signIn(what: { code: string; verifier: string; redirectUri: string }): Promise<string | null>;
  /** Whether it was still alive or not. */
  revoke(refreshToken: string): Promise<void>;
}

/** One page of a calendar's events. Of a series: its master and exceptions, unless only free/busy may be seen. */
export interface EventPage {
  items: GoogleEvent[];
  /** There is more: ask again with this and the same sync token, if there was one. */
  pageToken: string | null;
  /** On the last page only. */
  syncToken: string | null;
  /** Of the calendar, now. */
  zone: string;
  accessRole: string;
}

export interface Watched {
  resourceId: string;
  /** ms since 1970 */
  expiresAt: number;
}

/** Busy spans, ms since 1970, merged; or Google's reason why they are unknown (never: free). */
export type BusyAnswer = { busy: { start: number; end: number }[] } | { unknown: string };

/** Calendar and event ids are Google's. An `etag` makes a change conditional: `changed` if the event has another. */
export interface GoogleAccount {
  /** A deleted event comes back with `status: 'cancelled'`, until Google forgets it: then `gone`. */
  getEvent(calendarId: string, eventId: string): Promise<GoogleEvent>;
  /** `exists` if the id was ever used in this calendar. */
  insertEvent(calendarId: string, event: GoogleEvent): Promise<GoogleEvent>;
  /**
   * Replaces the whole event: what `event` leaves out is lost. But for conferences and attachments: Google leaves them
   * alone unless told by parameters of their own.
   */
  updateEvent(calendarId: string, event: GoogleEvent): Promise<GoogleEvent>;
  /** `gone` if it was deleted before. */
  deleteEvent(calendarId: string, eventId: string): Promise<void>;
  /** The event keeps its id. What Google answers may say `cancelled`: read it from its new calendar. */
  moveEvent(calendarId: string, eventId: string, to: string): Promise<GoogleEvent>;
  listCalendars(): Promise<CalendarListEntry[]>;
  getCalendar(calendarId: string): Promise<CalendarListEntry>;
  /**
   * Masters and exceptions, deleted ones too. Without a sync token: all that end after `from` (ms). `resync` if the
   * sync token is no good any more. An empty page is not the last unless it has a sync token.
   * @see https://developers.google.com/workspace/calendar/api/guides/sync
   */
  listEvents(
    calendarId: string,
    asked: { syncToken: string } | { from: number },
    pageToken?: string,
  ): Promise<EventPage>;
  /** Occurrences between two instants (ms), by start, at most `most`, deleted ones left out. */
  viewEvents(calendarId: string, asked: { from: number; to: number; most: number }): Promise<GoogleEvent[]>;
  /** At most 30 days at once, or Google may refuse. */
  freeBusy(calendarId: string, span: { start: number; end: number }): Promise<BusyAnswer>;
  /**
   * Opens a channel for the calendar's events. `refused` with `pushNotSupportedForRequestedResource` is for good.
   * @see https://developers.google.com/workspace/calendar/api/guides/push
   */
  watchEvents(
    calendarId: string,
    channel: { id: string; token: string; address: string; seconds: number },
  ): Promise<Watched>;
  /** Whether it was still open or not. */
  stopChannel(channel: { id: string; resourceId: string }): Promise<void>;
}

/** An access token this close to its end is not used any more, in milliseconds. */
const spare = 60_000;
/** Grants kept in memory; the oldest goes first. */
const mostGrants = 10_000;

export function createGoogle(options: GoogleOptions): Google {
  const timeout = options.timeout ?? 10_000;
  const clientOf = ({ clientId, clientSecret }: GoogleApp = options): OAuthClient => ({
    clientId,
    clientSecret,
    consentUrl: `${options.url ?? 'https://accounts.google.com'}/o/oauth2/v2/auth`,
    tokenUrl: `${options.url ?? 'https://oauth2.googleapis.com'}/token`,
    revokeUrl: `${options.url ?? 'https://oauth2.googleapis.com'}/revoke`,
    userinfoUrl: `${options.url ?? 'https://openidconnect.googleapis.com'}/v1/userinfo`,
    timeout,
  });
  const api = calendar({
    version: 'v3',
    ...(options.url ? { rootUrl: options.url } : {}),
    retry: false,
    timeout,
    responseType: 'json',
    fetchImplementation: fetch,
  });
  const grants = new Map<string, Promise<Grant>>();

  /** Those who ask while it is being fetched share the answer, a failure too; the next one asks anew. */
  async function grantOf(refreshToken: string, app?: GoogleApp): Promise<Grant> {
    const key = createHash('sha256').update(refreshToken).digest('base64');
    const known = grants.get(key);
    if (known !== undefined) {
      const grant = await known;
      if (grant.expiresAt - spare > Date.now()) return grant;
      if (grants.get(key) !== known) return grantOf(refreshToken, app);
    }
    const asked = refresh(clientOf(app), refreshToken);
    grants.delete(key);
    grants.set(key, asked);
    if (grants.size > mostGrants) grants.delete(grants.keys().next().value!);
    try {
      return await asked;
    } catch (error) {
      if (grants.get(key) === asked) grants.delete(key);
      throw error;
    }
  }

  /**
   * A token refused by Google before its time is exchanged once. Refused again it is no fault of the grant, which has
   * just been good for another: only `invalid_grant` says that it is dead.
   */
  async function call<T>(
    of: { refreshToken: string; app?: GoogleApp },
    request: (headers: Bearer) => Promise<{ data: T }>,
  ): Promise<T> {
    const grant = await grantOf(of.refreshToken, of.app);
    try {
      return await answerOf(request(bearer(grant)));
    } catch (error) {
      if (!isUnauthorized(error)) throw error;
      grant.expiresAt = 0;
    }
    try {
      return await answerOf(request(bearer(await grantOf(of.refreshToken, of.app))));
    } catch (error) {
      throw isUnauthorized(error) ? new GoogleError('again', error.code, { status: 401 }) : error;
    }
  }

  return {
    async identify(refreshToken, app) {
      const client = clientOf(app);
      const { accessToken, scopes } = await refresh(client, refreshToken);
      return { email: await emailOf(client, accessToken), scopes };
    },
    account: (refreshToken, app) => accountOf(api, (request) => call({ refreshToken, app }, request)),
    consentUrl: (asking, app) => consentUrl(clientOf(app), asking),
    async redeem(what, app) {
      const client = clientOf(app);
      const redeemed = await redeem(client, what);
      return { ...redeemed, email: await emailOf(client, redeemed.accessToken) };
    },
    signInUrl: (asking) => signInUrl(clientOf(), asking),
    signIn: async (what) => (await redeem(clientOf(), what)).idToken,
    revoke: (refreshToken) => revoke(clientOf(), refreshToken),
  };
}

type Bearer = Record<string, string>;
type Call = <T>(request: (headers: Bearer) => Promise<{ data: T }>) => Promise<T>;

const bearer = (grant: Grant): Bearer => ({ authorization: `Bearer ${grant.accessToken}` });

function accountOf(api: calendar_v3.Calendar, call: Call): GoogleAccount {
  return {
    getEvent: (calendarId, eventId) =>
      call((headers) => api.events.get({ calendarId, eventId }, { headers })),
    insertEvent: (calendarId, event) =>
      call((headers) => api.events.insert({ calendarId, requestBody: event }, { headers })),
    updateEvent: (calendarId, event) =>
      call((headers) =>
        api.events.update(
          { calendarId, eventId: event.id ?? '', requestBody: event },
          { headers: event.etag ? { ...headers, 'if-match': event.etag } : headers },
        ),
      ),
    deleteEvent: (calendarId, eventId) =>
      call(async (headers) => {
        await api.events.delete({ calendarId, eventId }, { headers });
        return { data: undefined };
      }),
    moveEvent: (calendarId, eventId, to) =>
      call((headers) => api.events.move({ calendarId, eventId, destination: to }, { headers })),
    async listCalendars() {
      const entries: CalendarListEntry[] = [];
      for (let pageToken: string | undefined; ; ) {
        const page = await call((headers) =>
          // Hidden in Google's own list, it may be the one that is meant.
          api.calendarList.list({ maxResults: 250, showHidden: true, pageToken }, { headers }),
        );
        entries.push(...(page.items ?? []));
        // A page may be empty and still not be the last.
        if (!page.nextPageToken) return entries;
        pageToken = page.nextPageToken;
      }
    },
    getCalendar: (calendarId) => call((headers) => api.calendarList.get({ calendarId }, { headers })),
    ...readingsOf(api, call),
  };
}

type Readings = Pick<GoogleAccount, 'listEvents' | 'viewEvents' | 'freeBusy' | 'watchEvents' | 'stopChannel'>;

function readingsOf(api: calendar_v3.Calendar, call: Call): Readings {
  return {
    async listEvents(calendarId, asked, pageToken) {
      // All but the token and timeMin must be the same in every call, or the token is refused.
      const which =
        'syncToken' in asked
          ? { syncToken: asked.syncToken }
          : { timeMin: new Date(asked.from).toISOString() };
      const page = await call((headers) =>
        api.events.list(
          { calendarId, ...which, pageToken, singleEvents: false, showDeleted: true, maxResults: 2500 },
          { headers },
        ),
      );
      return {
        items: page.items ?? [],
        pageToken: page.nextPageToken ?? null,
        syncToken: page.nextSyncToken ?? null,
        zone: page.timeZone ?? 'UTC',
        accessRole: page.accessRole ?? 'none',
      };
    },
    async viewEvents(calendarId, { from, to, most }) {
      const found: GoogleEvent[] = [];
      const [timeMin, timeMax] = [new Date(from).toISOString(), new Date(to).toISOString()];
      // The same on every page, or the page token is refused.
      const maxResults = Math.min(2500, most);
      const asked = { calendarId, timeMin, timeMax, maxResults, singleEvents: true, orderBy: 'startTime' };
      for (let pageToken: string | undefined; ; ) {
        const page = await call((headers) => api.events.list({ ...asked, pageToken }, { headers }));
        found.push(...(page.items ?? []));
        if (!page.nextPageToken || found.length >= most) return found.slice(0, most);
        pageToken = page.nextPageToken;
      }
    },
    async freeBusy(calendarId, { start, end }) {
      const requestBody = {
        timeMin: new Date(start).toISOString(),
        timeMax: new Date(end).toISOString(),
        items: [{ id: calendarId }],
      };
      const answer = await call((headers) => api.freebusy.query({ requestBody }, { headers }));
      const found = answer.calendars?.[calendarId];
      // Not named at all, or with an error: not known, which is not free.
      if (!found || found.errors?.length) return { unknown: found?.errors?.[0]?.reason ?? 'missing' };
      return {
        busy: (found.busy ?? []).map((span) => ({
          start: Date.parse(span.start ?? ''),
          end: Date.parse(span.end ?? ''),
        })),
      };
    },
    async watchEvents(calendarId, { id, token, address, seconds }) {
      const requestBody = { id, token, address, type: 'web_hook', params: { ttl: String(seconds) } };
      const made = await call((headers) => api.events.watch({ calendarId, requestBody }, { headers }));
      return { resourceId: made.resourceId ?? '', expiresAt: Number(made.expiration) };
    },
    async stopChannel({ id, resourceId }) {
      try {
        await call((headers) => api.channels.stop({ requestBody: { id, resourceId } }, { headers }));
      } catch (error) {
        if (!(error instanceof GoogleError) || error.kind !== 'gone') throw error;
      }
    },
  };
}

const isUnauthorized = (error: unknown): error is GoogleError =>
  error instanceof GoogleError && error.status === 401;

async function answerOf<T>(asked: Promise<{ data: T }>): Promise<T> {
  try {
    const { data } = await asked;
    // Half a body does not parse, and is then handed over as a text.
    if (typeof data === 'string' && data !== '') throw new GoogleError('unreachable', 'garbled');
    return data;
  } catch (error) {
    throw error instanceof GoogleError ? error : failureOf(error);
  }
}

function failureOf(error: unknown): GoogleError {
  const { response } = error as { response?: { status: number; headers: Headers; data: unknown } };
  if (!response) return unreachable(error);
  const { status, headers, data } = response;
  const reason = reasonOf(data, status);
  const wait = retryAfter(headers.get('retry-after'), Date.now());
  return new GoogleError(kindOf(status, reason), reason, { status, retryAfter: wait });
}
