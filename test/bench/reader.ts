// Reads one calendar in a process of its own, so that its memory is its own: only the pages, or all that a pull does.

import { lookBack } from '../../server/blocks/reflect.ts';
import { readCalendar } from '../../server/sync/pull.ts';
import { openBare } from './bare.ts';

const { GOOGLE_URL: url = '', DATABASE_URL: database = '', MODE, BUSINESS, CALENDAR } = process.env;
const { context, close } = openBare({ url, database });

async function download(): Promise<number> {
  const account = context.google.account(process.env.TOKEN ?? '');
  // The same for every page, or its token is refused.
  const from = Date.now() - lookBack;
  let events = 0;
  for (let pageToken: string | undefined; ; ) {
    const page = await account.listEvents(process.env.GOOGLE_ID ?? '', { from }, pageToken);
    events += page.items.length;
    if (!page.pageToken) return events;
    pageToken = page.pageToken;
  }
}

const began = performance.now();
const events =
  MODE === 'download'
    ? await download()
    : (await readCalendar(context, { businessId: BUSINESS ?? '', calendarId: CALENDAR ?? '' })).count;
const ms = performance.now() - began;
console.log(`RESULT ${JSON.stringify({ events, ms, peakMB: process.resourceUsage().maxRSS / 1024 })}`);
await close();
