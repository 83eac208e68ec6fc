// What is owed to events that are no bookings: our mark as the tables say now, and Free or Busy as somebody wishes.
import { and, eq, inArray, or } from 'drizzle-orm';
import { writes } from '../calendars/roles.ts';
import { events, fixes, marks } from '../database/mirror.ts';
import type { Transaction } from '../database/open.ts';
import { calendars } from '../database/schema.ts';
import { oweMarks } from '../jobs/marks.ts';
import type { Family } from './derive.ts';
import { isToBeFree, type KnownMark, occurrenceId, owedOf } from './free.ts';
import type { Judge } from './judge.ts';
import { loadFamilies, type Rebuilding } from './rebuild.ts';

export interface OnCalendar {
  businessId: string;
  calendarId: string;
}

/** Families in memory at once. */
const most = 500;

/**
 * An event, a series, or (`from`: its original start) one occurrence of it is to bear our mark as the tables say now.
 * `eventId`: as decisions keep it, of the series where there is one.
 */
export async function oweMark(
  tx: Transaction,
  { businessId, calendarId, eventId, from = null }: OnCalendar & { eventId: string; from?: string | null },
): Promise<void> {
  const rows = await tx
    .select({ eventId: events.eventId, seriesId: events.seriesId, freed: events.freed })
    .from(events)
    .where(
      and(
        eq(events.businessId, businessId),
        eq(events.calendarId, calendarId),
        or(eq(events.eventId, eventId), and(eq(events.seriesId, eventId), eq(events.original, from ?? ''))),
      ),
    );
  const said = await readFixes(tx, { businessId, calendarId }, [eventId]);
  const own = rows.find((row) => (from === null ? row.eventId === eventId : row.seriesId === eventId));
  // Found Free by us, though nobody here wished it: the tables were lost since, and it stays as it is.
  const free = said.length > 0 ? isToBeFree(said, from) : ((own ?? rows[0])?.freed ?? false);
  const id = own?.eventId ?? (from === null ? eventId : occurrenceId(eventId, from));
  const seriesId = from === null ? (own?.seriesId ?? null) : eventId;
  const one = { eventId: id, seriesId, original: from, free };
  await oweMarks(tx, { businessId, calendarId, runId: null, asItWas: true }, [one]);
}

/** Owes Google what is otherwise than it is to be; `anew` as `owedOf` has it. Under the calendar's lock. @returns how many events */
export async function oweFamilies(
  tx: Transaction,
  { judge, now, until }: Rebuilding,
  familyIds: readonly string[],
  { runId = null, anew }: { runId?: string | null; anew?: boolean } = {},
): Promise<number> {
  let count = 0;
  for (let i = 0; i < familyIds.length; i += most) {
    const ids = familyIds.slice(i, i + most);
    const window = { start: now, end: until };
    const owed = (await readStandings(tx, judge, ids)).flatMap(({ family, fixes: said, marks: known }) =>
      owedOf(family, judge, { fixes: said, marks: known, window, anew }),
    );
    await oweMarks(tx, { businessId: judge.businessId, calendarId: judge.calendarId, runId }, owed);
    count += owed.length;
  }
  return count;
}

type Wish = typeof fixes.$inferSelect;

/** A family, what was wished of it, and what it is owed or was. */
export interface Standing {
  family: Family;
  fixes: Wish[];
  marks: KnownMark[];
}

export async function readStandings(tx: Transaction, judge: Judge, ids: string[]): Promise<Standing[]> {
  const families = await loadFamilies(tx, judge, ids);
  const said = await readFixes(tx, judge, ids);
  const known = await readMarks(tx, judge, ids);
  const standings = new Map(
    families.map((family): [string, Standing] => [family.id, { family, fixes: [], marks: [] }]),
  );
  for (const fix of said) standings.get(fix.eventId)?.fixes.push(fix);
  for (const mark of known) standings.get(mark.seriesId ?? mark.eventId)?.marks.push(mark);
  return [...standings.values()];
}

/** Of these single events and series, and of occurrences of these. */
export const readMarks = (tx: Transaction, { businessId, calendarId }: OnCalendar, ids: string[]) =>
  tx
    .select()
    .from(marks)
    .where(
      and(
        eq(marks.businessId, businessId),
        eq(marks.calendarId, calendarId),
        or(inArray(marks.eventId, ids), inArray(marks.seriesId, ids)),
      ),
    );

/**
 * Wishes of these single events and series, in force or undone. What was said of an event before it became a series is
 * meant of the series: it is one and the same event.
 */
export async function readFixes(
  tx: Transaction,
  { businessId, calendarId }: OnCalendar,
  ids: string[],
): Promise<Wish[]> {
  const rows = await tx
    .select({ fix: fixes, recurrence: events.recurrence })
    .from(fixes)
    .leftJoin(
      events,
      and(
        eq(events.calendarId, fixes.calendarId),
        eq(events.eventId, fixes.eventId),
        eq(events.businessId, fixes.businessId),
      ),
    )
    .where(
      and(eq(fixes.businessId, businessId), eq(fixes.calendarId, calendarId), inArray(fixes.eventId, ids)),
    );
  return rows.map(({ fix, recurrence }) =>
    recurrence && fix.scope === 'event' && fix.from === null ? { ...fix, scope: 'series' } : fix,
  );
}

/** Whether the calendar's account may change its events. */
export async function mayWrite(tx: Transaction, { businessId, calendarId }: Judge): Promise<boolean> {
  const [row] = await tx
    .select({ accessRole: calendars.accessRole })
    .from(calendars)
    .where(and(eq(calendars.businessId, businessId), eq(calendars.id, calendarId)));
  return writes(row?.accessRole ?? 'none');
}
