// What must be so once all is quiet: Google and the tables say the same, and each fault is a sentence.
import { DAY, HOUR, MINUTE } from '../../shared/time.ts';
import { bookingOf, everything, type Found } from './act.ts';
import { type Expected, expectedOf, spanOf, type Takes, type Window } from './expected.ts';
import { askedBy, writesBy } from './quiet.ts';
import type { Random } from './random.ts';
import type { ModelBooking, Scene } from './scene.ts';
import { type BookingNow, bookingsOf, mirrored, type PushNow, pushesOf, takesOf } from './tables.ts';

interface Now {
  found: Found[];
  pushes: PushNow[];
  bookings: BookingNow[];
  /** Events that our pushes name, where they name them: `calendar id`, by Google's ids. */
  ours: Set<string>;
  expected: Expected;
  window: Window;
}

/** @returns what is wrong, a sentence each */
export async function checkAll(scene: Scene, random: Random): Promise<string[]> {
  const window = { from: Date.now(), to: Date.now() + 55 * DAY };
  const pushes = await pushesOf(scene);
  const ours = new Set(
    pushes.flatMap(({ googleId, eventId }) => (eventId ? [`${googleId} ${eventId}`] : [])),
  );
  const now: Now = {
    found: await everything(scene),
    pushes,
    bookings: await bookingsOf(scene),
    ours,
    expected: await expectedOf(scene, window, ours),
    window,
  };
  return [
    ...(await checkTakes(scene, now)),
    ...(await checkMirror(scene, now)),
    ...(await checkMarks(scene, now)),
    ...now.bookings.flatMap((booking) => checkBooking(scene, now, booking)),
    ...(await checkOffers(scene, now, random)),
    ...(await checkWrites(scene)),
  ];
}

const keyOf = (one: Takes): string =>
  [one.calendarId, one.resourceId, one.means, one.start, one.end, one.places, one.family, one.original].join(
    ' ',
  );

async function checkTakes(scene: Scene, { expected, window }: Now): Promise<string[]> {
  const rows = await takesOf(scene, window);
  const count = (list: Takes[]) => {
    const counts = new Map<string, { one: Takes; count: number }>();
    for (const one of list) {
      const known = counts.get(keyOf(one));
      counts.set(keyOf(one), { one, count: (known?.count ?? 0) + 1 });
    }
    return counts;
  };
  const [there, wanted] = [count(rows), count(expected.takes)];
  const faults: string[] = [];
  for (const [key, { one, count: many }] of wanted) {
    const missing = many - (there.get(key)?.count ?? 0);
    if (missing > 0) faults.push(`missing: ${wordsOf(scene, one)}`);
  }
  for (const [key, { one, count: many }] of there) {
    const over = many - (wanted.get(key)?.count ?? 0);
    if (over > 0) faults.push(`should not be: ${wordsOf(scene, one)}`);
  }
  const lost = rows.filter((row) => row.lost && row.family !== '');
  return [...faults, ...lost.map((row) => `without its event: ${wordsOf(scene, row)}`)];
}

function wordsOf(
  scene: Scene,
  { means, calendarId, resourceId, start, end, places, family, original }: Takes,
) {
  const resource = scene.resources.find(({ id }) => id === resourceId)?.names[0];
  const span = `${new Date(start).toISOString()}/${new Date(end).toISOString()}`;
  const much = places === null ? '' : ` (${places} places)`;
  return `${means} of ${resource}${much} ${span} by ${family.slice(0, 8)} ${original ?? ''} on ${scene.keyOf(calendarId)}`;
}

/** Events that are no bookings: each once in the mirror, with the etag that Google has. */
async function checkMirror(scene: Scene, { found, ours, expected }: Now): Promise<string[]> {
  const rows = (await mirrored(scene)).filter(({ status }) => status !== 'cancelled');
  const there = new Map(rows.map((row) => [`${row.calendarId} ${row.eventId}`, row.etag]));
  const faults: string[] = [];
  for (const { calendar, event } of found) {
    if (calendar.id === '' || calendar.key === 'dim' || isOurs(ours, { calendar, event })) continue;
    const key = `${calendar.id} ${event.id}`;
    const etag = there.get(key);
    there.delete(key);
    const series = found.find((one) => one.calendar === calendar && one.event.id === event.recurringEventId);
    const gone = event.status === 'cancelled' || series?.event.status === 'cancelled';
    if (gone && etag !== undefined)
      faults.push(`${event.id.slice(0, 8)} is gone on ${calendar.key}, and kept`);
    if (!gone && etag === undefined && expected.shown.has(event.id))
      faults.push(`${event.id} on ${calendar.key} is not in the mirror`);
    if (!gone && etag !== undefined && etag !== event.etag)
      faults.push(`${event.id} on ${calendar.key} is in the mirror as it was before`);
  }
  return [...faults, ...[...there.keys()].map((key) => `in the mirror, and not in Google: ${key}`)];
}

/** Taken to where we do not look, it cannot be told from one that was deleted. */
const isOutOfSight = (scene: Scene, calendar: Found['calendar'], event: Found['event']) =>
  calendar.id === '' && scene.handled.has(event.id);

/**
 * Known, and let pass: Google made the event, its answer was lost, or heard by nobody who lived to write it down, and
 * somebody took it to another calendar before the next try. The booking gets another event, and that one counts as
 * people's.
 */
async function lostInserts(scene: Scene): Promise<Set<string>> {
  const asked = await askedBy(scene);
  const { cuts } = scene.ground;
  const unheard = (at: string) => cuts.some((cut) => Math.abs(cut - Date.parse(at)) < 1000);
  const lost = asked.filter(
    ({ method, status, at }) => method === 'events.insert' && (status === 0 || unheard(at)),
  );
  return new Set(lost.map(({ body }) => (body as { id?: string }).id ?? ''));
}

/** No event bears a booking's mark without its booking, but for those of people's making. */
async function checkMarks(scene: Scene, { found, ours, pushes }: Now): Promise<string[]> {
  const lost = await lostInserts(scene);
  return found.flatMap(({ calendar, event }) => {
    const marked = event.extendedProperties?.private?.sidebookBusiness === scene.businessId;
    if (!marked || event.status === 'cancelled' || isOurs(ours, { calendar, event })) return [];
    const one = event.recurringEventId ?? event.id;
    if (scene.copies.has(one) || scene.restored.has(one) || scene.strayed.has(one)) return [];
    if (isOutOfSight(scene, calendar, event)) return [];
    // Staff have not said yet whether it comes back from there.
    if (pushes.some(({ eventId, drifts }) => eventId === event.id && drifts.includes('left'))) return [];
    if (lost.has(event.id) && scene.handled.has(event.id)) return [];
    // Taken to where its booking has another event, it is people's from then on (server/sync/face.ts, `adopt`).
    const booking = bookingOf(event);
    const beside = pushes.some(
      ({ bookingId, googleId }) => bookingId === booking && googleId === calendar.googleId,
    );
    if (beside && scene.handled.has(event.id)) return [];
    return [`a ghost on ${calendar.key}: ${event.id.slice(0, 8)} of booking ${bookingOf(event).slice(-6)}`];
  });
}

const isOurs = (ours: ReadonlySet<string>, { calendar, event }: Found) =>
  ours.has(`${calendar.googleId} ${event.id}`);

const stands = new Set(['confirmed', 'completed', 'no_show']);

function checkBooking(scene: Scene, now: Now, booking: BookingNow): string[] {
  const known = scene.bookings.get(booking.id);
  const name = `booking ${booking.id.slice(-6)} (${booking.status})`;
  if (!known) return [`${name} exists, and nobody was told`];
  const faults: string[] = [];
  const { said, touched } = known;
  if (
    said &&
    touched.size === 0 &&
    (said.status !== booking.status || Date.parse(said.start) !== booking.start)
  )
    faults.push(`is not as was answered: ${said.status} at ${said.start}`);
  const lives = stands.has(booking.status) || booking.status === 'pending';
  const off = booking.held.filter(({ start, end }) => start !== booking.start || end !== booking.end);
  if (lives !== booking.held.length > 0 || off.length > 0)
    faults.push(`holds ${JSON.stringify(booking.held)} instead of its time`);
  const pushes = now.pushes.filter(({ bookingId }) => bookingId === booking.id);
  const gone = new Set(scene.calendars.filter(({ deleted }) => deleted).map(({ googleId }) => googleId));
  for (const push of pushes)
    if (push.died && !gone.has(push.googleId)) faults.push(`a push was given up: ${push.failure}`);
  if (touched.size === 0 && pushes.some(({ drifts }) => drifts.length > 0))
    faults.push('shows drift that nobody made');
  const shown =
    stands.has(booking.status) || (booking.status === 'pending' && Boolean(scene.settings.pushPending));
  faults.push(...checkEvents(scene, now, { booking, known, pushes, shown }));
  return faults.map((fault) => `${name} ${fault}`);
}

interface Shown {
  booking: BookingNow;
  known: ModelBooking;
  pushes: PushNow[];
  shown: boolean;
}

function checkEvents(scene: Scene, now: Now, { booking, known, pushes, shown }: Shown): string[] {
  const events = now.found.filter(
    (one) => one.event.status !== 'cancelled' && isOurs(now.ours, one) && bookingOf(one.event) === booking.id,
  );
  const places = events.map(({ calendar }) => calendar.googleId).sort();
  const faults: string[] = [];
  // Followed, it is a change like any other: its events stand where its resources were linked by then.
  const held = booking.held.map(({ resourceId }) => resourceId);
  const followed =
    known.touched.has('moved') || known.touched.has('left')
      ? [...known.linkings, scene.links].map((links) => scene.placed(held, links))
      : [];
  const wanted = shown ? [...known.placements, ...followed] : [[]];
  const away = pushes.filter(({ drifts }) => drifts.includes('deleted') || drifts.includes('left'));
  const fits = wanted.some((placement) => {
    const rest = placement.filter((place) => !away.some(({ googleId }) => googleId === place));
    return rest.join() === places.join();
  });
  if (!fits && !(known.touched.has('left') && places.length === wanted[0]?.length))
    faults.push(
      `has events on [${places.map((id) => scene.nameOf(id))}] instead of ${JSON.stringify(wanted.map((p) => p.map((id) => scene.nameOf(id))))}`,
    );
  for (const { calendar, event } of events) {
    const push = pushes.find(({ eventId }) => eventId === event.id);
    const open = new Set(push?.drifts);
    const span = spanOf(event, calendar.zone);
    if (!open.has('moved') && (span.start !== booking.start || span.end !== booking.end))
      faults.push(
        `shows ${new Date(span.start).toISOString()} on ${calendar.key} instead of ${new Date(booking.start).toISOString()}`,
      );
    if (!open.has('freed') && !push?.mayBeFree && event.transparency === 'transparent')
      faults.push(`is Free on ${calendar.key}`);
    for (const { eventId, note } of known.notes)
      if (eventId === event.id && !event.description?.includes(note))
        faults.push(`lost what a person wrote: ${note}`);
  }
  return faults;
}

/** Some starts: what is taken is not offered, and what nothing takes is. */
async function checkOffers(scene: Scene, now: Now, random: Random): Promise<string[]> {
  const faults: string[] = [];
  for (let i = 0; i < 4; i++) {
    const resource = random.pick(scene.resources);
    const start =
      scene.base + random.int(0, 5) * DAY + random.int(14, 29) * HOUR + random.int(0, 3) * 15 * MINUTE;
    const wanted = truthAt(now, resource, { start, end: start + HOUR });
    if (wanted === 'unknown') continue;
    const query = `serviceId=${scene.services.single}&resourceId=${resource.id}&start=${new Date(start).toISOString()}`;
    const { offered, reasons } = await scene.must('GET', `/availability/explain?${query}`);
    if (offered !== (wanted === 'free'))
      faults.push(
        `${resource.names[0]} is ${wanted} at ${new Date(start).toISOString()}, and ${offered ? 'offered' : `not offered: ${JSON.stringify(reasons)}`}`,
      );
  }
  return faults;
}

function truthAt(
  { expected, bookings }: Now,
  { id, opens, places }: Scene['resources'][number],
  span: { start: number; end: number },
): 'free' | 'taken' | 'unknown' {
  const over = (one: { start: number; end: number }) => one.start < span.end && one.end > span.start;
  const mine = expected.takes.filter((one) => one.resourceId === id && over(one));
  const held = bookings
    .flatMap((booking) => booking.held)
    .filter((one) => one.resourceId === id && over(one));
  const taken = mine.some(
    ({ means, places: many }) => means === 'block' && (many === null || many >= places),
  );
  if (taken || held.length >= places) {
    // Those of a resource with several places may follow one another.
    return taken || places === 1 ? 'taken' : 'unknown';
  }
  if (opens === 'openings') return mine.some(({ means }) => means === 'open') ? 'unknown' : 'taken';
  return held.length > 0 || mine.some(({ means }) => means === 'block') ? 'unknown' : 'free';
}

/** Far more than what was to be done, and something was written over and over. */
async function checkWrites(scene: Scene): Promise<string[]> {
  const all = await writesBy(scene);
  const writes = all.filter(({ event, body }) =>
    isBookings(event ?? (body as { id?: string } | undefined)?.id),
  );
  const changes = [...scene.bookings.values()].reduce((sum, one) => sum + one.changes + one.touched.size, 0);
  const most = 12 * (changes + 1);
  return writes.length > most ? [`${writes.length} writes to Google for ${changes} changes`] : [];
}

/** Those of bookings are made by us. */
const isBookings = (eventId = ''): boolean => /^[0-9a-f]{64}$/.test(eventId);
