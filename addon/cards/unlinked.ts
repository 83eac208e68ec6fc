// The card of an event whose calendar is linked to nobody: link it from here, or say where it can be.
import { act } from '../act.ts';
import { blockWords } from '../block-words.ts';
import type { Data, Env } from '../env.ts';
import { button, buttons, frame, panelButton, paragraph, section } from './widgets.ts';

/** Fields of the form. */
export const LINKED = 'linked';
export const UNDECIDED = 'undecided';
/** Check boxes in one widget. */
const BOXES = 50;

export function unlinkedCard(data: Data<'unlinked'>, env: Env): GoogleAppsScript.Card.Card {
  const t = blockWords(env.locale);
  const card = frame(t.unlinkedTitle, data.calendar?.name);
  card.addSection(section(undefined, [paragraph(data.words)]));
  if (data.mayLink && data.resources.length > 0)
    card.addSection(
      section(t.link, [
        ...boxes(data, env),
        rule(env),
        buttons([
          button(
            t.link,
            act(env, 'link', { body: { event: data.event, resources: data.resources.map(({ id }) => id) } }),
            true,
          ),
        ]),
      ]),
    );
  if (data.to) card.addSection(section(undefined, [buttons([panelButton(env, env.t.openPanel, data.to)])]));
  return card.build();
}

/** All are ticked at first: a shared calendar is about all who share it. */
function boxes({ resources }: Data<'unlinked'>, env: Env) {
  const t = blockWords(env.locale);
  const widgets: GoogleAppsScript.Card.SelectionInput[] = [];
  for (let from = 0; from < resources.length; from += BOXES) {
    const field = LINKED + widgets.length;
    const ticked = env.inputs.all(field);
    const input = CardService.newSelectionInput()
      .setType(CardService.SelectionInputType.CHECK_BOX)
      .setFieldName(field)
      .setTitle(from === 0 ? t.linkWhom : t.chooseMore);
    for (const { id, name } of resources.slice(from, from + BOXES))
      input.addItem(name, id, ticked.length === 0 || ticked.includes(id));
    widgets.push(input);
  }
  return widgets;
}

function rule(env: Env) {
  const t = blockWords(env.locale);
  const chosen = env.inputs.text(UNDECIDED) ?? 'ask';
  const input = CardService.newSelectionInput()
    .setType(CardService.SelectionInputType.DROPDOWN)
    .setFieldName(UNDECIDED)
    .setTitle(t.linkRule);
  for (const [value, text] of [
    ['ask', t.linkAsk],
    ['everybody', t.linkEverybody],
    ['nobody', t.linkNobody],
    ['creator', t.linkCreator],
  ] as const)
    input.addItem(text, value, value === chosen);
  return input;
}
