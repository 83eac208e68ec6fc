// Google Calendar over the wire: one value for the deployment, one view of it per connected account.
import { createHash } from 'node:crypto';
import { calendar, type calendar_v3 } from 'googleapis/build/src/apis/calendar/index.js';
import { GoogleError, kindOf, reasonOf, retryAfter, unreachable } from './errors.ts';
import { emailOf, type Grant, type OAuthClient, refresh } from './oauth.ts';

export type GoogleEvent = calendar_v3.Schema$Event;
export type CalendarListEntry = calendar_v3.Schema$CalendarListEntry;

export interface GoogleOptions {
  clientId: string;
  clientSecret: string;
  /** Where all of Google is, its OAuth endpoints included; left out: Google's own addresses. */
  url?: string;
  /** For one request, in milliseconds. */
  timeout?: number;
}

/** Every method throws GoogleError, and nothing else. Nothing is tried twice but for a stale access token. */
export interface Google {
  /** Asks Google whose refresh token this is (null: it may not tell) and what it may do. */
  identify(refreshToken: string): Promise<{ email: string | null; scopes: string[] }>;
  /** Google as the account that gave this refresh token sees it. */
  account(refreshToken: string): GoogleAccount;
}

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
  moveEvent(calendarId: string, eventId: string, to: string): Promise<void>;
  listCalendars(): Promise<CalendarListEntry[]>;
  getCalendar(calendarId: string): Promise<CalendarListEntry>;
}

/** An access token this close to its end is not used any more, in milliseconds. */
const spare = 60_000;
/** Grants kept in memory; the oldest goes first. */
const mostGrants = 10_000;

export function createGoogle(options: GoogleOptions): Google {
  const timeout = options.timeout ?? 10_000;
  const oauth: OAuthClient = {
    clientId: options.clientId,
    clientSecret: options.clientSecret,
    tokenUrl: options.url ? `${options.url}/token` : 'https://oauth2.googleapis.com/token',
    userinfoUrl: `${options.url ?? 'https://openidconnect.googleapis.com'}/v1/userinfo`,
    timeout,
  };
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
  async function grantOf(refreshToken: string): Promise<Grant> {
    const key = createHash('sha256').update(refreshToken).digest('base64');
    const known = grants.get(key);
    if (known !== undefined) {
      const grant = await known;
      if (grant.expiresAt - spare > Date.now()) return grant;
      if (grants.get(key) !== known) return grantOf(refreshToken);
    }
    const asked = refresh(oauth, refreshToken);
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

  /** A token refused by Google before its time is exchanged once; refused again, the grant is no good. */
  async function call<T>(
    refreshToken: string,
    request: (headers: Bearer) => Promise<{ data: T }>,
  ): Promise<T> {
    const grant = await grantOf(refreshToken);
    try {
      return await answerOf(request(bearer(grant)));
    } catch (error) {
      if (!(error instanceof GoogleError) || error.status !== 401) throw error;
      grant.expiresAt = 0;
      return answerOf(request(bearer(await grantOf(refreshToken))));
    }
  }

  return {
    async identify(refreshToken) {
      const { accessToken, scopes } = await refresh(oauth, refreshToken);
      return { email: await emailOf(oauth, accessToken), scopes };
    },
    account: (refreshToken) => accountOf(api, (request) => call(refreshToken, request)),
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
      call(async (headers) => {
        await api.events.move({ calendarId, eventId, destination: to }, { headers });
        return { data: undefined };
      }),
    async listCalendars() {
      const entries: CalendarListEntry[] = [];
      for (let pageToken: string | undefined; ; ) {
        const page = await call((headers) =>
          api.calendarList.list({ maxResults: 250, pageToken }, { headers }),
        );
        entries.push(...(page.items ?? []));
        // A page may be empty and still not be the last.
        if (!page.nextPageToken) return entries;
        pageToken = page.nextPageToken;
      }
    },
    getCalendar: (calendarId) => call((headers) => api.calendarList.get({ calendarId }, { headers })),
  };
}

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
