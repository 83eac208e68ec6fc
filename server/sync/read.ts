// Reads a calendar at Google: what changed since the bookmark, or everything. Network only; writes nothing but how far it is.
import { setTimeout as sleep } from 'node:timers/promises';
import type { Mark } from '../../shared/marks.ts';
import { DAY, type Span } from '../../shared/time.ts';
import { mayAskFreeBusy } from '../accounts/scopes.ts';
import type { Judge } from '../blocks/judge.ts';
import { ourIds, withoutOurs } from '../blocks/ours.ts';
import { type Found, lookBack, type Reflection, reflect } from '../blocks/reflect.ts';
import { narrowed, showsEvents } from '../calendars/roles.ts';
import type { Context } from '../context.ts';
import type { GoogleAccount, GoogleEvent } from '../google/client.ts';
import { GoogleError } from '../google/errors.ts';
import { BudgetSpent, type Method } from '../jobs/budget.ts';

export interface Asking {
  context: Pick<Context, 'db' | 'seal' | 'budget'>;
  google: GoogleAccount;
  account: { id: string; email: string; scopes: readonly string[] };
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
  marks: Found[];
  /** Events whose ids stand in our pushes: a booking's, wherever they are now; deleted ones too. */
  ours: GoogleEvent[];
  /** Ids of those that a push to this very calendar knew when they were read: these are not mirrored. */
  here: ReadonlySet<string>;
  /** Whether this is everything there is: what it does not hold is gone. */
  complete: boolean;
  token: string | null;
  /** Of this span alone: what lies in it and was not told of is gone, and of any other time nothing is said. */
  only?: Span;
  /** Google's word on the calendar itself. */
  zone: string;
  accessRole: string;
  count: number;
}

/**
 * Since the token; everything, if there is none or Google does not take it any more: but not in a `brief` reading, for
 * which somebody waits.
 * @throws GoogleError, BudgetSpent
 */
export async function readEvents(
  asking: Asking,
  token: string | null,
  { brief = false } = {},
): Promise<Brought> {
  const all = () => readPages(asking, { from: asking.now - lookBack });
  if (token === null && !brief) return all();
  if (token === null) throw new GoogleError('resync', 'no_sync_token');
  try {
    return await readPages(asking, { syncToken: token });
  } catch (error) {
    // A token that Google calls wrong is as good as one that is too old.
    const useless = error instanceof GoogleError && (error.kind === 'resync' || error.status === 400);
    // The mirror stays until all has been read anew: what was deleted meanwhile shows by not being there.
    if (!useless || brief) throw error;
    return all();
  }
}

async function readPages(asking: Asking, since: { syncToken: string } | { from: number }): Promise<Brought> {
  const { google, googleId } = asking;
  // What changes while it is read may be told twice: the last word counts.
  const known = new Map<string, Known>();
  const ours = new Map<string, GoogleEvent>();
  const here = new Set<string>();
  let count = 0;
  for (let pageToken: string | undefined; ; ) {
    await spend(asking, 'list', count);
    const page = await google.listEvents(googleId, since, pageToken);
    await sort(asking, page.items, { known, ours, here });
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
    return { ...sorted(known), ours: [...ours.values()], here, complete, token, zone, accessRole, count };
  }
}

/**
 * Once begun it waits for more: begun anew it would spend it on the same pages, and of many none would ever be done.
 * @throws BudgetSpent before anything was read
 */
async function spend({ context, account, progress }: Asking, method: Method, read: number): Promise<void> {
  for (;;) {
    try {
      return await context.budget.spend(account, method);
    } catch (error) {
      if (read === 0 || !(error instanceof BudgetSpent)) throw error;
      await sleep(error.wait + Math.random() * 1000);
      // Keeps the lease.
      await progress(read);
    }
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
  { known, ours, here }: { known: Map<string, Known>; ours: Map<string, GoogleEvent>; here: Set<string> },
): Promise<void> {
  const mine = await ourIds(context.db, judge, items);
  for (const event of items) {
    const eventId = event.id ?? '';
    const isHere = mine.get(eventId);
    if (isHere !== undefined) ours.set(eventId, event);
    if (isHere) here.add(eventId);
    else here.delete(eventId);
    const seen = isHere ? null : reflect(event, judge, context.seal);
    // Of a series that is over, an occurrence may have been moved ahead: the tick forgets the rest.
    const over =
      seen?.kind === 'event' &&
      !seen.row.recurrence &&
      (seen.row.lastEndsAt?.getTime() ?? Infinity) < now - lookBack;
    known.set(eventId, seen?.kind === 'event' && !over ? seen : null);
  }
}

/** Google may refuse more in one question. @see google-facts 1.9 */
const chunk = 30 * DAY;

/**
 * Of a calendar that shows free and busy only: each busy span as an event of its own. Should more of it be shown to us by
 * now, its events.
 * @throws GoogleError also where Google says that it does not know: unknown is not free
 */
export async function readFreeBusy(asking: Asking, until: number): Promise<Brought> {
  const { google, googleId, account, judge, now } = asking;
  // First of all: free/busy tells nothing of the calendar, and the account may not be allowed to ask for it.
  await spend(asking, 'get', 0);
  const { timeZone, accessRole } = await google.getCalendar(googleId);
  if (showsEvents(narrowed(accessRole ?? 'none', account.scopes))) return readEvents(asking, null);
  if (!mayAskFreeBusy(account.scopes)) throw new GoogleError('refused', 'free_busy_scope');
  const spans: Span[] = [];
  // From midnight on, so that what is told again bears the same id all day.
  for (let start = Math.floor(now / DAY) * DAY; start < until; start += chunk) {
    await spend(asking, 'freebusy', spans.length);
    const answer = await google.freeBusy(googleId, { start, end: Math.min(start + chunk, until) });
    if ('unknown' in answer)
      throw new GoogleError(answer.unknown === 'notFound' ? 'gone' : 'again', answer.unknown);
    spans.push(...answer.busy);
    await asking.progress(spans.length);
  }
  const rows = await busyRows(asking, spans);
  // A span that reaches over the end of a chunk is told in two pieces, which may begin alike.
  const byId = new Map(rows.map((row) => [row.eventId, row]));
  return {
    rows: [...byId.values()],
    gone: [],
    marks: [],
    ours: [],
    here: new Set(),
    complete: true,
    token: null,
    zone: timeZone ?? judge.zone,
    accessRole: accessRole ?? 'freeBusyReader',
    count: spans.length,
  };
}

/**
 * The same for one span, and a day around it: it says nothing of any other time, nor of the calendar.
 * @throws GoogleError as readFreeBusy, BudgetSpent
 */
export async function glanceFreeBusy(asking: Asking, span: Span): Promise<Brought> {
  const { google, googleId, judge } = asking;
  const around = { start: span.start - DAY, end: span.end + DAY };
  await spend(asking, 'freebusy', 0);
  const answer = await google.freeBusy(googleId, around);
  if ('unknown' in answer)
    throw new GoogleError(answer.unknown === 'notFound' ? 'gone' : 'again', answer.unknown);
  const rows = await busyRows(asking, answer.busy);
  const { zone } = judge;
  return {
    ...{ rows, gone: [], marks: [], ours: [], here: new Set<string>(), complete: false, token: null, zone },
    ...{ accessRole: 'freeBusyReader', count: rows.length, only: around },
  };
}

/** Our own events are among the busy times: what they stand for is taken already, and nobody besides. */
async function busyRows({ context, judge }: Asking, busy: readonly Span[]): Promise<Reflection[]> {
  const spans = await withoutOurs(context.db, judge, busy);
  return spans.map((span) => busyRow(span, judge.zone));
}

function busyRow({ start, end }: { start: number; end: number }, zone: string): Reflection {
  const [startsAt, endsAt] = [new Date(start), new Date(end)];
  return {
    eventId: busyId({ start, end }),
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

/** Of a busy span, which has no id in Google. */
export const busyId = ({ start, end }: Span): string =>
  `busy:${new Date(start).toISOString()}/${new Date(end).toISOString()}`;
