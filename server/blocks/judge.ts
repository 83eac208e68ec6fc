// By what a calendar's events are judged: its settings and rules, who is linked to it, and who its people are.
import { createHash } from 'node:crypto';
import { and, asc, eq, isNull } from 'drizzle-orm';
import type { CalendarSettings } from '../../shared/calendar-api.ts';
import type { LinkedResource } from '../../shared/decide.ts';
import type { Rule } from '../../shared/rules.ts';
import { rules } from '../database/mirror.ts';
import type { Connection } from '../database/open.ts';
import { businesses, calendars, links, members, resources } from '../database/schema.ts';
import { notFound } from '../errors.ts';

export interface Judge {
  businessId: string;
  calendarId: string;
  /** Of the calendar: all-day dates are read in it. */
  zone: string;
  settings: CalendarSettings;
  rules: Rule[];
  /** Those that read the calendar; archived ones left out. */
  linked: LinkedResource[];
  /** Places of each linked resource. */
  places: Map<string, number>;
  /** Mail address, in small letters, to member id. */
  members: Map<string, string>;
  keepTitles: boolean;
}

/** As it stands now. @throws Refusal not_found */
export async function readJudge(db: Connection, businessId: string, calendarId: string): Promise<Judge> {
  const [row] = await db
    .select({ calendar: calendars, settings: businesses.settings })
    .from(calendars)
    .innerJoin(businesses, eq(businesses.id, calendars.businessId))
    .where(and(eq(calendars.businessId, businessId), eq(calendars.id, calendarId)));
  if (!row) throw notFound('calendar');
  const linked = await db
    .select({ resource: resources, means: links.means })
    .from(links)
    .innerJoin(resources, and(eq(resources.businessId, links.businessId), eq(resources.id, links.resourceId)))
    .where(
      and(
        eq(links.businessId, businessId),
        eq(links.calendarId, calendarId),
        eq(links.reads, true),
        isNull(resources.archivedAt),
      ),
    )
    .orderBy(asc(resources.id));
  const ruleRows = await db
    .select()
    .from(rules)
    .where(and(eq(rules.businessId, businessId), eq(rules.calendarId, calendarId)))
    .orderBy(asc(rules.position));
  const people = await db
    .select({ id: members.id, email: members.email })
    .from(members)
    .where(eq(members.businessId, businessId))
    .orderBy(asc(members.id));
  return {
    businessId,
    calendarId,
    zone: row.calendar.zone,
    settings: row.calendar.settings,
    rules: ruleRows.map(({ id, when, whom, means, alsoWhenFree }) => ({
      id,
      when,
      whom,
      means,
      alsoWhenFree,
    })),
    linked: linked.map(({ resource, means }) => ({
      id: resource.id,
      names: [resource.name, ...resource.nicknames],
      memberId: resource.memberId,
      means: means ?? (resource.opens === 'openings' ? 'open' : 'block'),
    })),
    places: new Map(linked.map(({ resource }) => [resource.id, resource.places])),
    members: new Map(people.map(({ id, email }) => [email.toLowerCase(), id])),
    keepTitles: row.settings.keepTitles,
  };
}

/**
 * Two prints in one, `asked.judged`: another first half, and events must be read again, for their text is needed;
 * another second half, and what is kept of them suffices to judge anew.
 */
export function fingerprintOf({ settings, rules, linked, zone, members, keepTitles }: Judge): string {
  const { autoFix: _, adopt: __, delayMinutes: ___, ...judging } = settings;
  // Without rules nothing depends on the text, whoever is linked.
  const named = rules.length > 0 ? linked : [];
  return [
    print({ version: 2, rules, named, zone, members: [...members], keepTitles, allDay: settings.allDay }),
    print({ judging, linked }),
  ].join('.');
}

/** By what events were read, and by what they are judged from what is kept of them. */
export function halvesOf(fingerprint: string | null): { asked: string; judged: string } {
  const [asked = '', judged = ''] = fingerprint?.split('.') ?? [];
  return { asked, judged };
}

/** The print after what changed was read by the judge of now: the others were read by what held before. */
export const carriedOn = (before: string | null, judge: Judge): string =>
  [halvesOf(before).asked, halvesOf(fingerprintOf(judge)).judged].join('.');

const print = (what: unknown): string =>
  createHash('sha256').update(JSON.stringify(what)).digest('base64url').slice(0, 16);
