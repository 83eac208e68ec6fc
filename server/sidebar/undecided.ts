// The home card's inbox: events of shared calendars of which nobody has said whom they block, with titles as the viewer may see them.

import { and, asc, eq, inArray, isNull, sql } from 'drizzle-orm';
import type * as z from 'zod';
import type { HomeCard } from '../../shared/card-api.ts';
import { askAs } from '../accounts/accounts.ts';
import { atMost } from '../at-most.ts';
import type { Catalogue } from '../availability/catalogue.ts';
import { listUndecided } from '../blocks/events.ts';
import type { Context } from '../context.ts';
import { accounts, calendars, links } from '../database/schema.ts';
import { Refusal } from '../errors.ts';
import type { GoogleEvent } from '../google/client.ts';
import type { Phrase } from '../phrase.ts';
import { resourcesIn, servesOneOf } from './lines.ts';
import type { Staffer } from './staffer.ts';

type Shown = z.output<typeof HomeCard>['undecided'];
type Waiting = Awaited<ReturnType<typeof listUndecided>>['items'][number];

const mostShown = 5;
/** What the card waits for titles, in ms: of all calendars together. */
const patience = 1500;
/** Events of a calendar that are looked through for titles: one page, so one call. */
const mostRead = 250;

const phrases: Record<string, Phrase> = {
  ask: {
    en: 'It blocks everybody until somebody says whom.',
    nb: 'Den blokkerer alle inntil noen sier hvem.',
  },
  unknown_creator: {
    en: 'Whoever made it has no resource here, so it blocks everybody until somebody says whom.',
    nb: 'Den som laget den, har ingen ressurs her, så den blokkerer alle inntil noen sier hvem.',
  },
};

/** Of the next 14 days, on calendars that one is linked to whom the person serves. Asks Google for titles. */
export async function readUndecided(
  context: Context,
  staffer: Staffer,
  catalogue: Catalogue,
): Promise<Shown> {
  const { items: all } = await listUndecided(context.db, staffer.business.id, context.now());
  if (all.length === 0) return { count: 0, items: [] };
  const linked = await readLinked(context, staffer, all);
  const mine = all.filter(({ calendarId }) =>
    servesOneOf(staffer, linked.get(calendarId)?.resourceIds ?? []),
  );
  const shown = mine.slice(0, mostShown);
  const titles = await readTitles(context, staffer, { shown, linked });
  return {
    count: mine.reduce((sum, { count }) => sum + count, 0),
    items: shown.map((one) => ({
      calendarId: one.calendarId,
      calendar: linked.get(one.calendarId)?.name ?? '',
      eventId: one.eventId,
      original: one.first.original,
      title: titles.get(keyOf(one)) ?? one.title,
      start: one.first.start,
      end: one.first.end,
      allDay: one.first.allDay,
      recurring: one.recurring,
      count: one.count,
      resources: resourcesIn(catalogue, linked.get(one.calendarId)?.resourceIds ?? []),
      words: phrases[one.why.code]?.[staffer.locale] ?? one.why.words,
    })),
  };
}

interface Linked {
  name: string;
  googleId: string;
  resourceIds: string[];
}

async function readLinked(
  { db }: Context,
  { business }: Staffer,
  items: readonly Waiting[],
): Promise<Map<string, Linked>> {
  const ids = [...new Set(items.map(({ calendarId }) => calendarId))];
  const rows = await db
    .select({
      id: calendars.id,
      name: calendars.name,
      googleId: calendars.googleId,
      resourceId: links.resourceId,
    })
    .from(calendars)
    .innerJoin(links, and(eq(links.businessId, calendars.businessId), eq(links.calendarId, calendars.id)))
    .where(
      and(
        eq(calendars.businessId, business.id),
        inArray(calendars.id, ids),
        isNull(calendars.leftAt),
        eq(links.reads, true),
      ),
    )
    .orderBy(asc(links.resourceId));
  const found = new Map<string, Linked>();
  for (const { id, resourceId, ...row } of rows)
    found.set(id, { ...row, resourceIds: [...(found.get(id)?.resourceIds ?? []), resourceId] });
  return found;
}

const keyOf = ({ calendarId, eventId }: Pick<Waiting, 'calendarId' | 'eventId'>): string =>
  `${calendarId}/${eventId}`;

interface Wanted {
  shown: readonly Waiting[];
  linked: ReadonlyMap<string, Linked>;
}

/**
 * Live, and by the viewer's own account: what they may not see in Google, they do not see here. A calendar that has not
 * answered by then, or does not answer, has no titles.
 */
async function readTitles(
  context: Context,
  staffer: Staffer,
  { shown, linked }: Wanted,
): Promise<Map<string, string>> {
  const titles = new Map<string, string>();
  const accountId = await accountOf(context, staffer);
  if (accountId === null) return titles;
  const asking = [...linked].map(async ([calendarId, { googleId }]) => {
    const wanted = shown.filter((one) => one.calendarId === calendarId);
    if (wanted.length === 0) return;
    const which = { businessId: staffer.business.id, accountId };
    const seen = await look(context, which, { googleId, wanted });
    for (const one of wanted) {
      const title = seen.find((event) => isOf(event, one))?.summary;
      if (title) titles.set(keyOf(one), title);
    }
  });
  await atMost(patience, Promise.all(asking));
  // What comes later is too late: the answer is on its way.
  return new Map(titles);
}

/** The viewer's own, if they have connected one. */
async function accountOf({ db }: Context, { business, member }: Staffer): Promise<string | null> {
  const [row] = await db
    .select({ id: accounts.id })
    .from(accounts)
    .where(
      and(
        eq(accounts.businessId, business.id),
        sql`lower(${accounts.email}) = lower(${member.email})`,
        eq(accounts.state, 'connected'),
      ),
    );
  return row?.id ?? null;
}

async function look(
  context: Context,
  which: { businessId: string; accountId: string },
  { googleId, wanted }: { googleId: string; wanted: readonly Waiting[] },
): Promise<GoogleEvent[]> {
  const from = Math.min(...wanted.map(({ first }) => Date.parse(first.start)));
  const to = Math.max(...wanted.map(({ first }) => Date.parse(first.end)));
  try {
    return await askAs(context, which, (google) => google.viewEvents(googleId, { from, to, most: mostRead }));
  } catch (error) {
    // Titles are a courtesy: that Google does not give them, calendar health says where it matters.
    if (!(error instanceof Refusal)) context.log.error({ err: error }, 'titles could not be read');
    return [];
  }
}

/** Occurrences come by themselves; the first that is asked about has its original start. */
function isOf(
  { id, recurringEventId, originalStartTime }: GoogleEvent,
  { eventId, first }: Waiting,
): boolean {
  if (first.original === null) return id === eventId;
  const { date, dateTime } = originalStartTime ?? {};
  const original = date ?? (dateTime ? new Date(dateTime).toISOString() : null);
  return recurringEventId === eventId && original === first.original;
}
