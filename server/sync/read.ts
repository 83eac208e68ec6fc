// Reads a calendar at Google: what changed since the bookmark, or everything. Network only; writes nothing but how far it is.
import { sql } from 'drizzle-orm';
import type { Mark } from '../../shared/marks.ts';
import { DAY } from '../../shared/time.ts';
import type { Judge } from '../blocks/judge.ts';
import type { Context } from '../context.ts';
import type { GoogleAccount, GoogleEvent } from '../google/client.ts';
import { GoogleError } from '../google/errors.ts';
import { lookBack, type Reflection, reflect } from './reflect.ts';

export interface Asking {
  context: Pick<Context, 'db' | 'seal' | 'budget'>;
  google: GoogleAccount;
  account: { id: string; email: string };
  googleId: string;
  judge: Judge;
  /** ms since 1970 */
  now: number;
  /** After each page; throws if there is no point in going on. */
  progress(events: number): Promise<void>;
}

/** What a reading brought. */
export interface Brought {
  rows: Reflection[];
  /** Ids of what is deleted, or so long over that it is not kept. */
  gone: string[];
  /** Our marks, by event. */
  marks: { row: Reflection; mark: Mark }[];
  /** Events whose ids stand in our pushes: a booking's, wherever they are now; deleted ones too. */
  ours: GoogleEvent[];
  /** Whether this is everything there is: what it does not hold is gone. */
  complete: boolean;
  token: string | null;
  /** Google's word on the calendar itself. */
  zone: string;
  accessRole: string;
  count: number;
}

/** Since the token; everything, if there is none or Google does not take it any more. @throws GoogleError, BudgetSpent */
export async function readEvents(asking: Asking, token: string | null): Promise<Brought> {
  if (token === null) return readPages(asking, { from: asking.now - lookBack });
  try {
    return await readPages(asking, { syncToken: token });
  } catch (error) {
    // The mirror stays until all has been read anew: what was deleted meanwhile shows by not being there.
    if (!(error instanceof GoogleError) || error.kind !== 'resync') throw error;
    return readPages(asking, { from: asking.now - lookBack });
  }
}

async function readPages(asking: Asking, since: { syncToken: string } | { from: number }): Promise<Brought> {
  const { context, google, account, googleId } = asking;
  // What changes while it is read may be told twice: the last word counts.
  const known = new Map<string, Known>();
  const ours = new Map<string, GoogleEvent>();
  let count = 0;
  for (let pageToken: string | undefined; ; ) {
    await context.budget.spend(account, 'list');
    const page = await google.listEvents(googleId, since, pageToken);
    await sort(asking, page.items, { known, ours });
    count += page.items.length;
    await asking.progress(count);
    if (page.pageToken) {
      pageToken = page.pageToken;
      continue;
    }
    // A last page without one would leave us with nothing to go on from: it is no complete answer.
    if (!page.syncToken) throw new GoogleError('again', 'no_sync_token');
    const { zone, accessRole, syncToken: token } = page;
    const complete = !('syncToken' in since);
    return { ...sorted(known), ours: [...ours.values()], complete, token, zone, accessRole, count };
  }
}

/** Null: gone. */
type Known = { row: Reflection; mark: Mark | null } | null;

function sorted(known: Map<string, Known>): Pick<Brought, 'rows' | 'gone' | 'marks'> {
  const kept = [...known.values()].filter((one) => one !== null);
  return {
    rows: kept.map(({ row }) => row),
    gone: [...known].filter(([, one]) => one === null).map(([eventId]) => eventId),
    marks: kept.flatMap(({ row, mark }) => (mark ? [{ row, mark }] : [])),
  };
}

/** Only what will be needed of a page is kept: of a large calendar it is a small part. */
async function sort(
  { context, judge, now }: Asking,
  items: GoogleEvent[],
  { known, ours }: { known: Map<string, Known>; ours: Map<string, GoogleEvent> },
): Promise<void> {
  const mine = await ourIds(context, judge, items);
  for (const event of items) {
    const eventId = event.id ?? '';
    if (mine.has(eventId)) ours.set(eventId, event);
    const seen = mine.has(eventId) ? null : reflect(event, judge, context.seal);
    const over = seen?.kind === 'event' && (seen.row.lastEndsAt?.getTime() ?? Infinity) < now - lookBack;
    known.set(eventId, seen?.kind === 'event' && !over ? seen : null);
  }
}

/** A push's event id is written down before Google is asked to make it: so whatever Google tells of is known here. */
async function ourIds(
  context: Pick<Context, 'db'>,
  judge: Judge,
  items: GoogleEvent[],
): Promise<Set<string>> {
  const ids = items.map(({ id }) => id ?? '');
  const rows = await context.db.execute<{ event_id: string }>(sql`
    select distinct event_id from pushes
      where business_id = ${judge.businessId} and event_id = any(${sql.param(ids)}::text[])`);
  return new Set(rows.map((row) => row.event_id));
}

/** Google may refuse more in one question. @see google-facts 1.9 */
const chunk = 30 * DAY;

/**
 * Of a calendar that shows free and busy only: each busy span as an event of its own.
 * @throws GoogleError also where Google says that it does not know: unknown is not free
 */
export async function readFreeBusy(asking: Asking, until: number): Promise<Brought> {
  const { context, google, account, googleId, judge, now } = asking;
  const rows: Reflection[] = [];
  for (let start = now; start < until; start += chunk) {
    await context.budget.spend(account, 'freebusy');
    const answer = await google.freeBusy(googleId, { start, end: Math.min(start + chunk, until) });
    if ('unknown' in answer)
      throw new GoogleError(answer.unknown === 'notFound' ? 'gone' : 'again', answer.unknown);
    rows.push(...answer.busy.map((span) => busyRow(span, judge.zone)));
    await asking.progress(rows.length);
  }
  // A span that reaches over the end of a chunk is told in two pieces, which may begin alike.
  const byId = new Map(rows.map((row) => [row.eventId, row]));
  return {
    rows: [...byId.values()],
    gone: [],
    marks: [],
    ours: [],
    complete: true,
    token: null,
    zone: judge.zone,
    accessRole: 'freeBusyReader',
    count: rows.length,
  };
}

function busyRow({ start, end }: { start: number; end: number }, zone: string): Reflection {
  const [startsAt, endsAt] = [new Date(start), new Date(end)];
  return {
    eventId: `busy:${startsAt.toISOString()}/${endsAt.toISOString()}`,
    seriesId: null,
    original: null,
    etag: '',
    startsAt,
    endsAt,
    startDate: null,
    endDate: null,
    zone,
    recurrence: null,
    lastEndsAt: endsAt,
    status: 'confirmed',
    type: 'default',
    free: false,
    freed: false,
    response: null,
    color: null,
    creator: null,
    creatorHash: null,
    title: null,
    answer: null,
  };
}
