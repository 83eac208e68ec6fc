// To another time: a day, its free times, the next days that have any, or a time of one's own.

import type * as z from 'zod';
import type { Slot } from '../../shared/api.ts';
import { act } from '../act.ts';
import type { Data, Env } from '../env.ts';
import { clock, dateAt, dayWords, type Part, partOf, pickerTime, startAt, zoneNote } from '../when.ts';
import { fill } from '../words.ts';
import * as w from './widgets.ts';

type Reschedule = Data<'reschedule'>;
type Button = GoogleAppsScript.Card.TextButton;
type Widget = GoogleAppsScript.Card.Widget;
export type Start = z.infer<typeof Slot>;

export function rescheduleCard(data: Reschedule, env: Env): GoogleAppsScript.Card.Card {
  const { t } = env;
  const { id: bookingId, revision, zone, date } = data;
  const card = w.frame(t.rescheduleTitle, [data.customer, data.service].filter(Boolean).join(' · '));
  const move = (start: string, override = false) =>
    act(env, 'do', {
      body: { bookingId, do: { act: 'reschedule', revision, start, override } },
      way: 'back',
    });
  const other = (day?: string) =>
    act(env, 'reschedule', { body: day ? { bookingId, date: day } : { bookingId } });
  const note = zoneNote(env, zone, [date, dateAt(zone, data.start)]);
  card.addSection(
    w.section(undefined, [
      w.row({ top: t.now, text: startAt(env, zone, data.start) }),
      overridden(data, env, (start) => move(start, true)),
      datePicker(date, env, other()),
      note ? w.paragraph(note) : null,
      ...partsOfDay(data.slots, zone, env, (slot) => w.button(slotText(slot, zone, env), move(slot.start))),
      data.slots.length === 0 ? w.paragraph(data.words ?? t.noSlots) : null,
    ]),
  );
  if (data.next.length > 0) card.addSection(nextDays(data, env, other));
  card.addSection(
    ownTime(env, act(env, 'move-own', { body: { bookingId, revision, zone, date }, way: 'back' })),
  );
  return card.build();
}

export const datePicker = (date: string, env: Env, onChange: GoogleAppsScript.Card.Action): Widget =>
  CardService.newDatePicker()
    .setFieldName('date')
    .setTitle(env.t.day)
    .setValueInMsSinceEpoch(pickerTime(date))
    .setOnChangeAction(onChange);

const parts: Part[] = ['morning', 'afternoon', 'evening'];

/** The free starts of a day: a heading and a set of buttons for each part of it that has any. */
export const partsOfDay = (
  slots: readonly Start[],
  zone: string,
  env: Env,
  button: (slot: Start) => Button,
): (Widget | null)[] =>
  parts.flatMap((part) => {
    const those = slots.filter(({ start }) => partOf(zone, start) === part);
    return those.length === 0
      ? []
      : [w.markup(`<b>${env.t[part]}</b>`), w.buttons(those.slice(0, 4 * w.MOST).map(button))];
  });

export const slotText = ({ start, seatsLeft }: Start, zone: string, { t }: Env): string =>
  seatsLeft === undefined
    ? clock(zone, start)
    : fill(t.seatsLeft, { time: clock(zone, start), count: seatsLeft });

export const nextDays = (
  { next, zone }: { next: readonly string[]; zone: string },
  env: Env,
  onTap: (date: string) => GoogleAppsScript.Card.Action,
) =>
  w.section(env.t.nextDays, [
    w.buttons(next.slice(0, 7).map((date) => w.button(dayWords(env, zone, date), onTap(date)))),
  ]);

/** Of a time that was refused, but not for good: what taking it would pass over, and a button that does. */
export function overridden(
  { override, zone }: { override?: { start: string; words: string } | undefined; zone: string },
  env: Env,
  onTap: (start: string) => GoogleAppsScript.Card.Action,
): Widget | null {
  if (!override) return null;
  const { start, words } = override;
  return w.row({
    icon: { name: 'warning', alt: env.t.amber },
    top: startAt(env, zone, start),
    text: words,
    button: w.button(env.t.allTheSame, onTap(start)),
  });
}

/** Folded: a time that is not among those offered. */
export const ownTime = (env: Env, onTap: GoogleAppsScript.Card.Action) =>
  w.folded(env.t.otherTime, [
    CardService.newTimePicker().setFieldName('time').setTitle(env.t.time).setHours(9).setMinutes(0),
    w.buttons([w.button(env.t.takeTime, onTap)]) as Widget,
  ]);
