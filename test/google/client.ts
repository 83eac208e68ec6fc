// The googleapis calendar client pointed at a local Google, and what it is refused with.
import { calendar, type calendar_v3 } from 'googleapis/build/src/apis/calendar/index.js';
import type { Google } from './server.ts';

export type Api = calendar_v3.Calendar;

/** A client that acts for a person, without retries. Scopes as in `issueTokens`. */
export async function clientFor(google: Google, person: string, scopes?: string[]): Promise<Api> {
  const { access_token } = await google.control.issueTokens({
    person,
    ...(scopes && { scopes }),
  });
  const headers = { authorization: `Bearer ${access_token}` };
  return calendar({
    version: 'v3',
    rootUrl: `${google.url}/`,
    headers,
    retry: false,
  });
}

/** What a call is refused with, such as `409 duplicate`; `ok` if it is not. */
export async function refusalOf(call: Promise<unknown>): Promise<string> {
  try {
    await call;
    return 'ok';
  } catch (error) {
    const { response } = error as {
      response?: {
        status: number;
        data: { error?: { errors?: { reason: string }[] } };
      };
    };
    if (!response) throw error;
    return `${response.status} ${response.data.error?.errors?.[0]?.reason}`;
  }
}
