// What other rules, settings or links would do to a calendar: its last 30 and next 60 days, read from Google now and replayed.
import { setImmediate } from 'node:timers/promises';
import { and, eq, sql } from 'drizzle-orm';
import type * as z from 'zod';
import type { CalendarSettings, Simulate, Simulation } from '../../shared/calendar-api.ts';
import type { Decision, LinkedResource } from '../../shared/decide.ts';
import { DAY, type Span } from '../../shared/time.ts';
import { askAs, findAccount, the } from '../accounts/accounts.ts';
import type { Caller } from '../auth/keys.ts';
import { type Catalogue, catalogueOf } from '../availability/catalogue.ts';
import { readFollowed } from '../calendars/follow.ts';
import type { Context } from '../context.ts';
import { decisions } from '../database/mirror.ts';
import type { Connection } from '../database/open.ts';
import { accounts } from '../database/schema.ts';
import { Refusal } from '../errors.ts';
import type { GoogleEvent } from '../google/client.ts';
import { BudgetSpent } from '../jobs/budget.ts';
import { readCosts } from './cost.ts';
import { inForce } from './decisions.ts';
import type { Occurring } from './derive.ts';
import { hitsOf, type Part, readParts, readSeats, type Seat } from './hits.ts';
import { type Judge, readJudge } from './judge.ts';
import { ourIds } from './ours.ts';
import { differ, readThrough, replay, takenOf } from './replay.ts';
import { checkRules } from './rules.ts';
import { findResources } from './shares.ts';
import { readWords } from './words.ts';

type Shape = z.output<typeof Simulation>;
type Choice = Shape['choices'][number];

const daysBack = 30;
const daysAhead = 60;
/** Occurrences looked at; Google gives 2,500 in one answer. */
const most = 5000;
const perPage = 2500;
/** Listed of what is counted. */
const mostListed = 500;

/**
 * Nothing is written, and nothing of what is read is kept. Network, so outside any transaction.
 * @throws Refusal not_found, invalid, google_refused, busy
 */
export async function simulate(
  context: Context,
  caller: Caller,
  { calendarId, ...wish }: z.output<typeof Simulate> & { calendarId: string },
): Promise<Shape> {
  const { db } = context;
  const { businessId } = caller;
  const now = context.now();
  const window = { start: now - daysBack * DAY, end: now + daysAhead * DAY };
  const judge = await readJudge(db, businessId, calendarId);
  const catalogue = await catalogueOf(db, caller);
  const wanted = await judgeWanted(db, { judge, catalogue }, wish);
  const { events, complete } = await readEvents(context, { businessId, calendarId }, window);
  const said = await decisionsAbout(db, judge, events);
  const played = { events, decisions: said, seal: context.seal };
  const resourceIds = wanted.linked.map(({ id }) => id);
  const looking = { businessId, resourceIds, window, now };
  const seats = await readSeats(db, looking);
  const parts = (await readParts(db, looking, wanted.places)).filter((one) => one.calendarId !== calendarId);
  const costs = await readCosts(db, catalogue, { businessId, calendarId, resourceIds, window, now });

  const plays = new Map<Choice['choice'], Map<string, Occurring>>();
  const choices: Choice[] = [];
  const [asIs, asWanted] = [readThrough(played, judge), readThrough(played, wanted)];
  for (const [choice, by] of judgesOf(judge, wanted)) {
    // Others want to be answered meanwhile.
    await setImmediate();
    const play = replay(choice === 'now' ? asIs : asWanted, by, window);
    plays.set(choice, play);
    const taken = takenOf(play.values(), window);
    choices.push({
      choice,
      undecided: [...play.values()].filter(({ outcome }) => outcome.undecided).length,
      taken: await costs.costOf(taken),
      ...hit(taken, { seats, parts, places: wanted.places }),
    });
  }
  const differing = await differences(db, { events, plays, wanted });
  return {
    from: new Date(window.start).toISOString(),
    to: new Date(window.end).toISOString(),
    events: events.length,
    complete,
    allServices: costs.complete,
    choices,
    differCount: differing.count,
    differs: differing.list,
  };
}

/** What is asked: as it stands, as wanted, and as wanted with each thing to do about events nothing speaks of. */
function judgesOf(judge: Judge, wanted: Judge): [Choice['choice'], Judge][] {
  const undecided = (choice: CalendarSettings['undecided']): Judge => ({
    ...wanted,
    settings: { ...wanted.settings, undecided: choice },
  });
  return [
    ['now', judge],
    ['wanted', wanted],
    ['everybody', undecided('everybody')],
    ['nobody', undecided('nobody')],
    ['creator', undecided('creator')],
  ];
}

type Wish = Omit<z.output<typeof Simulate>, 'calendarId'>;

/** Those linked now, and those to be linked besides. */
async function judgeWanted(
  db: Connection,
  { judge, catalogue }: { judge: Judge; catalogue: Catalogue },
  { rules, settings, resourceIds = [] }: Wish,
): Promise<Judge> {
  const { businessId } = judge;
  const named = resourceIds.map((id, i) => ({ id, path: `resourceIds.${i}` }));
  await findResources(db, businessId, named);
  const linked = new Map(judge.linked.map((one) => [one.id, one]));
  const places = new Map(judge.places);
  for (const { id, path } of named) {
    const row = catalogue.resources.get(id)?.row;
    if (!row || row.archivedAt)
      throw new Refusal('invalid', `${path}: this resource was archived: bring it back first.`);
    const { name, nicknames, memberId, opens } = row;
    const means = opens === 'openings' ? 'open' : 'block';
    const one: LinkedResource = { id, names: [name, ...nicknames], memberId, means };
    if (!linked.has(id)) linked.set(id, one);
    places.set(id, row.places);
  }
  return {
    ...judge,
    rules: rules ? await checkRules(db, businessId, rules) : judge.rules,
    settings: { ...judge.settings, ...settings },
    linked: [...linked.values()],
    places,
  };
}

interface Which {
  businessId: string;
  calendarId: string;
}

/** Bookings' own events are left out: they take what they take whatever is said of the others. */
async function readEvents(context: Context, { businessId, calendarId }: Which, window: Span) {
  const { db } = context;
  const calendar = await readFollowed(db, { businessId, id: calendarId });
  const { accountId, googleId } = calendar;
  if (calendar.accessRole === 'freeBusyReader')
    throw new Refusal(
      'google_refused',
      'This calendar shows only when it is busy, so there is nothing that rules or choices could tell apart.',
    );
  await findAccount(context, businessId, accountId);
  await spend(context, { businessId, accountId });
  // A page more: whether there is anything on it says whether this was all.
  const asked = { from: window.start, to: window.end, most: most + perPage };
  const found = await askAs(context, { businessId, accountId }, (google) =>
    google.viewEvents(googleId, asked),
  );
  const ours = await ourIds(db, { businessId, calendarId }, found);
  const events = found.slice(0, most).filter(({ id }) => !ours.get(id ?? ''));
  return { events, complete: found.length <= most };
}

/** For all the pages there may be, before the first of them. */
async function spend(context: Context, { businessId, accountId }: { businessId: string; accountId: string }) {
  const [row] = await context.db
    .select({ email: accounts.email })
    .from(accounts)
    .where(the(businessId, accountId));
  try {
    for (let page = 0; page <= most / perPage; page++)
      await context.budget.spend({ id: accountId, email: row?.email ?? '' }, 'list');
  } catch (error) {
    if (!(error instanceof BudgetSpent)) throw error;
    const seconds = Math.ceil(error.wait / 1000);
    throw new Refusal('busy', `As much as we may ask of Google is used up: try again in ${seconds} seconds.`);
  }
}

async function decisionsAbout(
  db: Connection,
  { businessId, calendarId }: Judge,
  events: readonly GoogleEvent[],
): Promise<Map<string, Decision[]>> {
  const ids = [...new Set(events.map(({ id, recurringEventId }) => recurringEventId ?? id ?? ''))];
  const rows = await db
    .select()
    .from(decisions)
    .where(
      and(
        eq(decisions.businessId, businessId),
        eq(decisions.calendarId, calendarId),
        sql`${decisions.eventId} = any(${sql.param(ids)}::text[])`,
        inForce,
      ),
    );
  const about = new Map<string, Decision[]>();
  for (const { eventId, id, scope, from, shares } of rows)
    about.set(eventId, [...(about.get(eventId) ?? []), { id, scope, from, shares }]);
  return about;
}

function hit(
  taken: ReturnType<typeof takenOf>,
  around: { seats: readonly Seat[]; parts: readonly Part[]; places: ReadonlyMap<string, number> },
): Pick<Choice, 'hits' | 'hitCount'> {
  const found = hitsOf(
    taken.filter(({ means }) => means === 'block'),
    around,
  ).flatMap(({ wanted: { eventId }, seat }) => seat.bookingIds.map((bookingId) => ({ bookingId, eventId })));
  const hits = [...new Map(found.map((one) => [`${one.bookingId}/${one.eventId}`, one])).values()];
  return { hits: hits.slice(0, mostListed), hitCount: hits.length };
}

interface Differing {
  events: readonly GoogleEvent[];
  plays: ReadonlyMap<Choice['choice'], ReadonlyMap<string, Occurring>>;
  wanted: Judge;
}

async function differences(db: Connection, { events, plays, wanted }: Differing) {
  const of = (choice: Choice['choice'], event: GoogleEvent) => plays.get(choice)?.get(event.id ?? '');
  const all = events.filter((event) => differ(of('now', event), of('wanted', event)));
  const listed = all.slice(0, mostListed);
  const words = await readWords(
    db,
    wanted,
    listed.flatMap((event) => of('wanted', event)?.outcome.why ?? []),
  );
  const list = listed.flatMap((event): Shape['differs'] => {
    const [now, then] = [of('now', event), of('wanted', event)];
    if (!then) return [];
    const whom = (one: Occurring | undefined) => one?.outcome.takes.map(({ resourceId }) => resourceId) ?? [];
    return [
      {
        eventId: event.id ?? '',
        original: then.original,
        start: new Date(then.start).toISOString(),
        end: new Date(then.end).toISOString(),
        // What people keep to themselves is not shown with the account's rights.
        title: isPrivate(event) ? null : (event.summary ?? null),
        now: whom(now),
        wanted: whom(then),
        words: words(then.outcome.why).words,
      },
    ];
  });
  return { count: all.length, list };
}

const isPrivate = ({ visibility }: GoogleEvent): boolean =>
  visibility === 'private' || visibility === 'confidential';
