// What the side panel shows, as tests look at it: the cards, the words on them, what an answer did besides. Pure.
import { type Card, inputsOf, type OpenLink, plain, widgetsOf } from './card.ts';
import type { Value } from './inputs.ts';
import type { Stack } from './stack.ts';
import { targetsOf } from './targets.ts';

/** What came of the last run or click besides cards. */
export interface After {
  notification: string | null;
  link: OpenLink | null;
  stateChanged: boolean;
  /** Why Calendar did not send the form: a required field is empty, a text is not of its kind. */
  blocked: string | null;
  /** "Something went wrong" is shown, for this reason. */
  crash: string | null;
  /** The add-on asks the person to sign in elsewhere. */
  authorization: { url: string; name: string } | null;
  /** Rules that the last run broke, caught by the add-on or not. */
  refusals: string[];
}

export interface Panel extends After {
  /** The card on top; null when there is none, or something else covers it. */
  card: Card | null;
  /** All cards, the lowest first. */
  cards: Card[];
  /** Titles to choose from, when the add-on answered with several cards. */
  choices: string[];
  title: string;
  /** Every word on the card, a line for each, without markup. */
  text: string;
  /** Whatever can be clicked. */
  buttons: string[];
  /** What stands in the form, by field name; undefined for an empty field. */
  fields: Record<string, Value | undefined>;
}

export const SOMETHING_WENT_WRONG = 'Something went wrong';

export function nothingAfter(): After {
  return {
    ...{
      notification: null,
      link: null,
      stateChanged: false,
      blocked: null,
      crash: null,
      authorization: null,
    },
    refusals: [],
  };
}

export function panelOf(stack: Stack, after: After): Panel {
  const { top } = stack;
  const covered = after.crash !== null || after.authorization !== null;
  const card = !covered && top && 'card' in top ? top.card : null;
  const values = card && top && 'card' in top ? top.values : new Map<string, Value>();
  const choices = !covered && top && 'list' in top ? top.list.map(titleOf) : [];
  return {
    ...after,
    card,
    cards: stack.cards,
    choices,
    title: card ? titleOf(card) : '',
    text:
      after.crash === null ? (card ? wordsOn(card).join('\n') : choices.join('\n')) : SOMETHING_WENT_WRONG,
    buttons: card ? targetsOf(card).map(({ labels }) => labels[0] ?? '') : choices,
    fields: card
      ? Object.fromEntries([...inputsOf(card).keys()].map((name) => [name, values.get(name)]))
      : {},
  };
}

export function titleOf({ header, peekCardHeader, name }: Card): string {
  return (header ?? peekCardHeader)?.title ?? name ?? '';
}

function wordsOn(card: Card): string[] {
  const words = [card.header?.title, card.header?.subtitle];
  for (const section of card.sections ?? []) {
    words.push(section.header && plain(section.header));
    for (const widget of widgetsOf({ type: 'Card', sections: [section] })) words.push(...wordsOf(widget));
  }
  for (const widget of widgetsOf({ ...card, sections: [] })) words.push(...wordsOf(widget));
  words.push(...(card.cardActions ?? []).map(({ text }) => text));
  return words.flatMap((word) => word || []);
}

type Shown = ReturnType<typeof widgetsOf> extends Generator<infer T> ? T : never;

function wordsOf(widget: Shown): (string | undefined)[] {
  switch (widget.type) {
    case 'TextParagraph':
      return [plain(widget.text)];
    case 'DecoratedText':
      return [widget.topLabel, plain(widget.text), widget.bottomLabel];
    case 'TextButton':
      return [widget.text ?? widget.altText];
    case 'Image':
    case 'ImageButton':
      return [widget.altText];
    case 'TextInput':
      return [widget.title, widget.value, widget.hint];
    case 'SelectionInput':
      return [widget.title, ...(widget.items ?? []).flatMap(({ text, bottomText }) => [text, bottomText])];
    case 'DatePicker':
    case 'DateTimePicker':
    case 'TimePicker':
      return [widget.title];
    case 'Grid':
      return [widget.title, ...(widget.items ?? []).flatMap(({ title, subtitle }) => [title, subtitle])];
    default:
      return [];
  }
}
