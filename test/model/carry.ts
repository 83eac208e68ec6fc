// What was said of some events of a series, once somebody moved it as a whole: of which it holds then, in plain words and by Google's engine.
import { Temporal } from 'temporal-polyfill';
import { DAY } from '../../shared/time.ts';
import { originalStarts, readSeries } from '../google/recurrence.ts';
import { instantToWall, type When, wallToInstant } from '../google/when.ts';
import type { GoogleEvent } from './act.ts';
import { originalOf } from './expected.ts';
import type { ModelCalendar } from './scene.ts';

type Series = Pick<GoogleEvent, 'id' | 'start' | 'recurrence'>;

/** What the clock of a zone reads at an original start. */
const clock = (original: string, zone: string): Temporal.PlainDateTime =>
  original.length === 10
    ? Temporal.PlainDateTime.from(`${original}T00:00`)
    : instantToWall(Date.parse(original), zone);

/** The same day's, if there is one; else the one as far off as the series was moved; else it stays as it was. */
export function carry(calendar: ModelCalendar, was: Series, now: Series): void {
  const zoneOf = ({ start }: Series) => start?.timeZone ?? calendar.zone;
  const startOf = ({ start }: Series) => originalOf(start as When);
  if (!was.recurrence || !now.recurrence) return;
  const own = calendar.decisions.filter(({ eventId, from }) => eventId === was.id && from !== null);
  const far = { from: Date.parse(startOf(now)) - DAY, to: Date.parse(startOf(now)) + 400 * DAY };
  const series = readSeries(now.recurrence, now.start as When, calendar.zone);
  const starts = originalStarts(series, far).map(originalOf);
  const by = clock(startOf(was), zoneOf(was)).until(clock(startOf(now), zoneOf(now)), {
    largestUnit: 'hours',
  });
  const moved = own.map((one) => {
    const from = one.from ?? '';
    const wall = clock(from, zoneOf(was));
    const sameDay = starts.filter((start) =>
      clock(start, zoneOf(now)).toPlainDate().equals(wall.toPlainDate()),
    );
    const there = wall.add(by);
    const shifted = now.start?.date
      ? there.toPlainDate().toString()
      : new Date(wallToInstant(there, zoneOf(now))).toISOString();
    const guess = starts.includes(shifted) ? shifted : from;
    const sure = starts.includes(from) ? from : sameDay[0];
    return { one, sure: sure !== undefined, to: sure ?? guess };
  });
  const taken = (scope: string, from: string) =>
    calendar.decisions.some((one) => one.eventId === was.id && one.scope === scope && one.from === from);
  // Of what comes to one day that which was there counts, then what was said last.
  for (const { one, sure, to } of [...moved].reverse().sort((a, b) => Number(b.sure) - Number(a.sure))) {
    if (to === one.from) continue;
    const gone = taken(one.scope, to);
    if (gone && !sure) continue;
    calendar.decisions = calendar.decisions.flatMap((each) =>
      each !== one ? [each] : gone ? [] : [{ ...each, from: to }],
    );
  }
}
