// A new booking: what for, with whom, when, who comes. A walk-in: what for, and the first free time is chosen.

import type * as z from 'zod';
import type { Question } from '../../shared/api.ts';
import { act } from '../act.ts';
import type { Data, Env } from '../env.ts';
import { dateAt, dayWords, startAt, zoneNote } from '../when.ts';
import { fill } from '../words.ts';
import { datePicker, nextDays, overridden, ownTime, slotText } from './reschedule.ts';
import * as w from './widgets.ts';

type New = Data<'new'>;
type Asked = z.infer<typeof Question>;
type Widget = GoogleAppsScript.Card.Widget;

export function newCard(data: New, env: Env): GoogleAppsScript.Card.Card {
  const { t } = env;
  const card = w.frame(data.walkIn ? t.walkIn : t.newBooking);
  if (data.services.length === 0) return card.addSection(nothing(env)).build();
  // The first of the three taps of a walk-in.
  if (data.walkIn && data.serviceId === null) return card.addSection(services(data, env)).build();
  card.addSection(w.section(undefined, what(data, env)));
  if (data.next.length > 0 && data.slots.length === 0)
    card.addSection(nextDays(data, env, (date) => act(env, 'new', { body: { ...again(data), date } })));
  if (data.serviceId === null) return card.build();
  card.addSection(w.section(t.customer, who(data, env)));
  card.addSection(ownTime(env, act(env, 'book-own', { body: wanted(data) })));
  return card.build();
}

const nothing = (env: Env) =>
  w.section(undefined, [
    w.paragraph(env.t.noServices),
    w.buttons([w.panelButton(env, env.t.openPanel, 'home')]),
  ]);

/** What the same form is asked for again with, if nothing was changed. */
const again = ({ walkIn, serviceId, resourceId, date, event }: New) => ({
  walkIn,
  date,
  ...(serviceId ? { serviceId } : {}),
  ...(resourceId ? { resourceId } : {}),
  ...(event ? { event } : {}),
});

/** What booking it says, besides what is filled in. */
const wanted = ({ serviceId, resourceId, event, questions, zone, date, start }: New) => ({
  serviceId,
  resourceIds: resourceId ? [resourceId] : [],
  ...(event ? { event } : {}),
  questions,
  zone,
  date,
  start,
});

const services = (data: New, env: Env) =>
  w.section(env.t.chooseService, [
    w.buttons(
      data.services
        .slice(0, 3 * w.MOST)
        .map(({ id, name }) => w.button(name, act(env, 'new', { body: { ...again(data), serviceId: id } }))),
    ),
  ]);

function what(data: New, env: Env): (Widget | null)[] {
  const { t } = env;
  const { serviceId, resourceId, zone, date, slots, start } = data;
  const note = zoneNote(env, zone, [date, ...(start ? [dateAt(zone, start)] : [])]);
  const unchosen = serviceId === null ? [{ text: t.choose, value: '' }] : [];
  return [
    data.event ? w.paragraph(t.eventOfIt) : null,
    w.dropDown({
      name: 'service',
      title: t.service,
      items: [
        ...unchosen,
        ...data.services.map(({ id, name, lengthMinutes }) => ({
          text: fill(t.lasting, { name, count: lengthMinutes }),
          value: id,
        })),
      ],
      chosen: serviceId ?? '',
      // Whoever was asked for may have nothing to do with another service.
      onChange: act(env, 'new', {
        body: { ...again(data), resourceId: undefined, read: ['service', 'date'] },
      }),
    }),
    serviceId && data.resources.length > 0
      ? w.dropDown({
          name: 'who',
          title: t.who,
          items: [
            { text: t.anybody, value: '' },
            ...data.resources.map(({ id, name }) => ({ text: name, value: id })),
          ],
          chosen: resourceId ?? '',
          onChange: act(env, 'new', { body: { ...again(data), read: ['who', 'date'] } }),
        })
      : null,
    serviceId ? datePicker(date, env, act(env, 'new', { body: { ...again(data), read: ['date'] } })) : null,
    overridden(data, env, (at) => act(env, 'book', { body: { ...wanted(data), start: at, override: true } })),
    note ? w.paragraph(note) : null,
    serviceId && slots.length > 0 ? times(data, env) : null,
    serviceId && (slots.length === 0 || data.words) ? w.paragraph(data.words ?? t.noSlots) : null,
  ];
}

/** A list, not buttons: choosing a time asks nothing of the server, and what was typed stays. */
function times({ slots, start, zone, walkIn }: New, env: Env): Widget {
  const { t } = env;
  const chosen = env.inputs.text('start');
  const known = slots.some((slot) => slot.start === chosen) && !walkIn ? chosen : start;
  const day = slots[0] ? dayWords(env, zone, dateAt(zone, slots[0].start)) : '';
  const first =
    start && !slots.some((slot) => slot.start === start)
      ? [{ text: startAt(env, zone, start), value: start }]
      : [];
  return w.dropDown({
    name: 'start',
    title: `${t.time} · ${day}`,
    items: [
      ...(known ? [] : [{ text: t.chooseTime, value: '' }]),
      ...first,
      ...slots.map((slot) => ({ text: slotText(slot, zone, env), value: slot.start })),
    ],
    chosen: known ?? '',
  });
}

function who(data: New, env: Env): (Widget | null)[] {
  const { t } = env;
  const hint = t.optional;
  const contact = [
    w.field(env, { name: 'email', title: t.mail, hint }),
    w.field(env, { name: 'phone', title: t.phone, hint }),
  ];
  return [
    w.field(env, { name: 'name', title: t.name, value: data.name ?? undefined }),
    ...(data.walkIn ? [] : contact),
    ...data.questions.map((question) => questionField(question, env)),
    w.field(env, { name: 'instructions', title: t.instructions, hint, long: true }),
    ...(data.walkIn ? contact : []),
    // Without a time to choose, only one of one's own can be booked.
    w.buttons([
      data.slots.length > 0 || data.start !== null
        ? w.button(t.book, act(env, 'book', { body: wanted(data) }), true)
        : null,
    ]),
  ];
}

/** The field of a question is named for its key. */
export const questionName = (key: string): string => `answer_${key}`;

function questionField({ key, label, kind, choices, required }: Asked, env: Env): Widget {
  const name = questionName(key);
  const title = required ? `${label} *` : label;
  if (kind === 'boolean') return w.onOff({ name, text: title, on: env.inputs.all(name).length > 0 });
  if (kind !== 'choice') return w.field(env, { name, title });
  return w.dropDown({
    name,
    title,
    items: [{ text: env.t.choose, value: '' }, ...choices.map((text) => ({ text, value: text }))],
    chosen: env.inputs.text(name) ?? '',
  });
}
