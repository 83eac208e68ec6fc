// calendarList.list, calendarList.get and calendars.get.
import { atLeast, isRole, openCalendar, roleOf } from './access.ts';
import { fullSyncRequired, invalid, notFound } from './refusal.ts';
import { type Calendar, etagOf, type Role } from './state.ts';
import { type Answer, type Call, ok } from './world.ts';

/** google-facts 1.7 and 1.11; sync tokens and pages are plain numbers here, opaque to the client. */
export function listCalendars({ world, caller, query }: Call): Answer {
  const { email } = caller.person;
  const { syncToken, minAccessRole, maxResults } = query;
  if (
    syncToken !== undefined &&
    (minAccessRole !== undefined || query.showOwnOrganizationOnly !== undefined)
  ) {
    throw invalid('Sync token cannot be used with minAccessRole.', '1.7', 'minAccessRole');
  }
  if (minAccessRole !== undefined && !isRole(minAccessRole as string)) {
    throw invalid('Invalid value for: minAccessRole', '1.11', 'minAccessRole');
  }
  const since = syncToken === undefined ? -1 : numberOf(syncToken as string, 'syncToken');
  const offset = query.pageToken === undefined ? 0 : numberOf(query.pageToken as string, 'pageToken');
  if (since > world.state.counter) throw fullSyncRequired();
  const listed = [...world.state.calendars.values()].filter((calendar) => {
    const listing = calendar.listings[email];
    if (!listing || listing.change <= since) return false;
    if (listing.deleted) return since >= 0 || query.showDeleted === true;
    return minAccessRole === undefined || atLeast(roleOf(calendar, email), minAccessRole as Role);
  });
  const most = Math.min((maxResults as number | undefined) ?? 100, 250);
  const more = listed.length > offset + most;
  const end = more
    ? { nextPageToken: `p${offset + most}` }
    : minAccessRole === undefined && {
        nextSyncToken: `s${world.state.counter}`,
      };
  return ok({
    kind: 'calendar#calendarList',
    etag: etagOf(world.state.counter),
    items: listed.slice(offset, offset + most).map((calendar) => listEntry(calendar, email)),
    ...end,
  });
}

function numberOf(token: string, name: 'syncToken' | 'pageToken'): number {
  if (!new RegExp(`^${name[0]}\\d+$`).test(token)) throw invalid(`Invalid ${name} value.`, '1.7', name);
  return Number(token.slice(1));
}

export function getListedCalendar({ world, caller, calendarId }: Call): Answer {
  const { email } = caller.person;
  const calendar = world.state.calendars.get(calendarId === 'primary' ? email : calendarId);
  const listing = calendar?.listings[email];
  if (!calendar || !listing || listing.deleted) throw notFound();
  return ok(listEntry(calendar, email));
}

function listEntry(calendar: Calendar, email: string): object {
  const listing = calendar.listings[email]!;
  const entry = {
    kind: 'calendar#calendarListEntry',
    etag: etagOf(listing.change),
    id: calendar.id,
  };
  if (listing.deleted) return { ...entry, deleted: true };
  const owned = !calendar.primary && !calendar.generated;
  return {
    ...entry,
    summary: calendar.summary,
    ...(calendar.description && { description: calendar.description }),
    timeZone: calendar.zone,
    backgroundColor: calendar.color,
    foregroundColor: '#000000',
    selected: true,
    accessRole: roleOf(calendar, email),
    defaultReminders: [],
    conferenceProperties: { allowedConferenceSolutionTypes: ['hangoutsMeet'] },
    ...(calendar.id === email && { primary: true }),
    ...(owned && { dataOwner: calendar.dataOwner }),
  };
}

export function getCalendar({ world, caller, calendarId }: Call): Answer {
  const asks = { id: calendarId, least: 'freeBusyReader' } as const;
  const { calendar } = openCalendar(world.state, caller, asks);
  return ok({
    kind: 'calendar#calendar',
    etag: etagOf(calendar.change),
    id: calendar.id,
    summary: calendar.summary,
    ...(calendar.description && { description: calendar.description }),
    timeZone: calendar.zone,
    ...(!calendar.primary && { dataOwner: calendar.dataOwner }),
  });
}
