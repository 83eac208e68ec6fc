// Which is free now: people, rooms, cars, equipment; a tap books what is.
import { act } from '../act.ts';
import type { Data, Env } from '../env.ts';
import { until, zoneNote } from '../when.ts';
import { fill } from '../words.ts';
import * as w from './widgets.ts';

type FreeNow = Data<'freeNow'>;
type Item = FreeNow['items'][number];

const kinds = ['person', 'room', 'vehicle', 'equipment'] as const;
export const symbols = {
  person: 'person',
  room: 'meeting_room',
  vehicle: 'directions_car',
  equipment: 'build',
} as const;

export function freeNowCard(data: FreeNow, env: Env): GoogleAppsScript.Card.Card {
  const { t } = env;
  const card = w.frame(t.freeNow, fill(t.asOf, { at: until(env, data.zone, data.at) }));
  const zone = zoneNote(env, data.zone);
  card.addSection(
    w.section(undefined, [
      w.buttons([
        w.button(t.everything, act(env, 'free-now')),
        ...kinds.map((kind) => w.button(t[kind], act(env, 'free-now', { body: { kind } }))),
      ]),
      zone ? w.paragraph(zone) : null,
    ]),
  );
  for (const kind of kinds) {
    const items = data.items.filter((item) => item.kind === kind);
    const sorted = [...items.filter(({ free }) => free), ...items.filter(({ free }) => !free)];
    if (sorted.length > 0)
      card.addSection(
        w.section(
          t[kind],
          sorted.slice(0, 3 * w.MOST).map((item) => itemRow(item, data.zone, env)),
        ),
      );
  }
  if (data.items.length === 0) card.addSection(w.section(undefined, [w.paragraph(t.nothingOfKind)]));
  return card.build();
}

function itemRow({ id, name, kind, free, until: end, words }: Item, zone: string, env: Env) {
  const { t } = env;
  const label = free ? (end ? t.freeUntil : t.freeLong) : end ? t.takenUntil : t.takenLong;
  const state = fill(label, { at: end ? until(env, zone, end) : '' });
  return w.row({
    icon: { name: symbols[kind], alt: t[kind] },
    text: name,
    // "Taken" says no more than what takes it.
    below: free || !words ? state : end ? `${state} · ${words}` : words,
    button: free
      ? w.button(t.book, act(env, 'new', { body: { walkIn: true, resourceId: id }, way: 'push' }))
      : null,
  });
}
