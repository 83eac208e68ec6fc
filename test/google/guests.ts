// Invitations between people of the local Google: each guest's copy, and what may be changed on it.
import { isDeepStrictEqual } from 'node:util';
import type { Calendar, Entry, EventBody, Guest } from './state.ts';
import { stamp, type World } from './world.ts';

/** Fields that belong to one copy; all others are the organizer's. */
const OWN = [
  'transparency',
  'visibility',
  'colorId',
  'eventLabelId',
  'reminders',
  'updated',
  'sequence',
  'status',
] as const;

export function isGuestCopy(event: EventBody, calendar: Calendar): boolean {
  return event.organizer !== undefined && event.organizer.email !== calendar.id;
}

/** Whether a guest's change keeps to the guest's own fields and answer (google-facts 1.2). */
export function onlyOwnChanges(before: EventBody, after: EventBody, calendar: Calendar): boolean {
  return isDeepStrictEqual(shared(before, calendar), shared(after, calendar));
}

function shared(event: EventBody, calendar: Calendar): object {
  const { extendedProperties, attendees, ...rest } = event;
  for (const field of OWN) delete (rest as Record<string, unknown>)[field];
  const others = (attendees ?? []).map((guest) =>
    guest.email === calendar.id ? { email: guest.email } : guest,
  );
  return { ...rest, others, properties: extendedProperties?.shared };
}

interface Saved {
  calendar: Calendar;
  before?: EventBody;
  entry: Entry;
}

/** After an event was stored: the organizer's guests get their copies, a guest's answer reaches the others. */
export function passOn(world: World, saved: Saved): void {
  const { calendar, entry } = saved;
  if (!isGuestCopy(entry.event, calendar)) {
    invite(world, saved, calendar);
    return;
  }
  const answered = ownGuest(entry.event, calendar);
  const was = saved.before && ownGuest(saved.before, calendar);
  const gone = entry.event.status === 'cancelled';
  const response = gone ? 'declined' : answered?.responseStatus;
  if (!answered || (response === was?.responseStatus && !gone)) return;
  const home = world.state.calendars.get(entry.event.organizer!.email);
  const original = home?.events.get(entry.event.id);
  if (!home || !original || original.event.status === 'cancelled') return;
  const attendees = (original.event.attendees ?? []).map((guest) =>
    guest.email === calendar.id ? { ...guest, ...answered, responseStatus: response } : guest,
  );
  const event = { ...original.event, attendees, updated: stamp(world) };
  invite(
    world,
    {
      calendar: home,
      before: original.event,
      entry: world.state.put(home, event),
    },
    calendar,
  );
}

function ownGuest(event: EventBody, calendar: Calendar): Guest | undefined {
  return event.attendees?.find(({ email }) => email === calendar.id);
}

/** Brings the copies on every known guest's primary calendar up to date, save the one the change came from. */
function invite(world: World, { before, entry }: Saved, from: Calendar): void {
  const { event } = entry;
  const invited = new Set((event.attendees ?? []).map(({ email }) => email));
  const known = new Set([...invited, ...(before?.attendees ?? []).map(({ email }) => email)]);
  for (const email of known) {
    const home = world.state.calendars.get(email);
    if (!home?.primary || home === from || event.organizer?.email === email) continue;
    const copy = home.events.get(event.id)?.event;
    if (copy && !isGuestCopy(copy, home)) continue;
    if (invited.has(email)) {
      if (copy?.status === 'cancelled' && event.status === before?.status) continue;
      world.state.put(home, copyOf(world, event, copy), event.status === 'cancelled' ? 'client' : undefined);
    } else if (copy && copy.status !== 'cancelled') {
      world.state.put(home, { ...copy, status: 'cancelled', updated: stamp(world) }, 'client');
    }
  }
}

function copyOf(world: World, event: EventBody, before?: EventBody): EventBody {
  const copy: EventBody = { ...event };
  for (const field of ['transparency', 'visibility', 'colorId', 'eventLabelId', 'reminders'] as const) {
    const starts = field === 'transparency' && !before && world.switches.guestCopyTakesTransparency;
    if (starts) continue;
    delete copy[field];
    if (before?.[field] !== undefined) Object.assign(copy, { [field]: before[field] });
  }
  delete copy.extendedProperties;
  const own = before?.extendedProperties?.private;
  const both = event.extendedProperties?.shared;
  if (own || both)
    copy.extendedProperties = {
      ...(own && { private: own }),
      ...(both && { shared: both }),
    };
  return copy;
}
