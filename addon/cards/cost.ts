// What a decision would cost, before saying yes: time and start times of each resource, and the bookings in its way.
import { act } from '../act.ts';
import { type BlockWords, blockWords } from '../block-words.ts';
import type { Data, Env } from '../env.ts';
import { dateAt, dayWords, zoneNote } from '../when.ts';
import { fill } from '../words.ts';
import { hitRows } from './hits.ts';
import { button, buttons, frame, MOST, paragraph, row, section } from './widgets.ts';

type Change = Data<'cost'>['changes'][number];

export function costCard(data: Data<'cost'>, env: Env): GoogleAppsScript.Card.Card {
  const t = blockWords(env.locale);
  const { event, scope, shares, free, hits, moreHits: more = 0 } = data;
  const changed = data.changes.filter(({ before, after, slots }) => before !== after || slots !== 0);
  const until = fill(t.until, { at: dayWords(env, data.zone, dateAt(data.zone, data.to)) });
  const starts = hits.flatMap(({ next }) => next.map(({ start }) => dateAt(data.zone, start)));
  const note = zoneNote(env, data.zone, starts.length > 0 ? starts : undefined);
  const body = { event, scope, shares, free, sure: true };
  return frame(t.costTitle)
    .addSection(
      section(undefined, [
        paragraph(data.words),
        ...changed.slice(0, MOST).map((change) => changeRow(t, change)),
        changed.length > 0 ? paragraph(until) : paragraph(t.nothingChanges),
        note === null ? null : paragraph(note),
      ]),
    )
    .addSection(
      hits.length > 0
        ? section(
            fill(t.inTheWay, { count: hits.length + more }),
            hitRows(env, t, { hits, more, zone: data.zone }),
          )
        : section(undefined, [paragraph(t.noHits)]),
    )
    .addSection(
      section(undefined, [
        buttons([
          button(t.doIt, act(env, 'decide', { body, way: 'back' }), true),
          button(t.back, act(env, 'back')),
        ]),
      ]),
    )
    .build();
}

function changeRow(t: BlockWords, { name, before, after, slots, means }: Change) {
  const more = after - before;
  const words = means === 'open' ? [t.moreOpened, t.lessOpened] : [t.moreTaken, t.lessTaken];
  const minutes = more === 0 ? t.sameTaken : fill(words[more > 0 ? 0 : 1] ?? '', { minutes: Math.abs(more) });
  const [one, many] = slots > 0 ? [t.fewerSlot, t.fewerSlots] : [t.moreSlot, t.moreSlots];
  const starts = Math.abs(slots) === 1 ? one : fill(many, { count: Math.abs(slots) });
  return row({ text: name, below: slots === 0 ? minutes : `${minutes} · ${starts}` });
}
