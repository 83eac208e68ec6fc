// The home card's inbox: events of shared calendars of which nobody has said whom they block.

import { and, asc, eq, inArray, isNull } from 'drizzle-orm';
import type * as z from 'zod';
import type { HomeCard } from '../../shared/card-api.ts';
import type { Catalogue } from '../availability/catalogue.ts';
import { listUndecided } from '../blocks/events.ts';
import type { Context } from '../context.ts';
import { calendars, links } from '../database/schema.ts';
import type { Phrase } from '../phrase.ts';
import { resourcesIn, servesOneOf } from './lines.ts';
import type { Staffer } from './staffer.ts';

type Shown = z.output<typeof HomeCard>['undecided'];
type Waiting = Awaited<ReturnType<typeof listUndecided>>['items'][number];

const mostShown = 5;

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

/** Of the next 14 days, on calendars that one is linked to whom the person serves. */
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
  return {
    count: mine.reduce((sum, { count }) => sum + count, 0),
    items: mine.slice(0, mostShown).map((one) => ({
      calendarId: one.calendarId,
      calendar: linked.get(one.calendarId)?.name ?? '',
      googleId: linked.get(one.calendarId)?.googleId ?? '',
      zone: linked.get(one.calendarId)?.zone ?? staffer.business.zone,
      eventId: one.eventId,
      original: one.first.original,
      title: one.title,
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
  zone: string;
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
      zone: calendars.zone,
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
