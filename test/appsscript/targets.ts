// What can be clicked on a card, in the order a reader meets it. The number of a target is its id on the page. Pure.
import { type Card, type Clickable, plain, widgetsOf } from './card.ts';

export interface Target {
  /** What it is called: its text, then what else it shows or is read out as. */
  labels: string[];
  click: Clickable;
  /** The object of the card that is clicked. */
  of: object;
  disabled: boolean;
  /** What a click adds to the action's parameters. */
  parameters?: Record<string, string>;
}

export function targetsOf(card: Card): Target[] {
  const menu = (card.cardActions ?? []).map((item) => target(item, [item.text]));
  return [...[...widgetsOf(card)].flatMap((widget) => targetsIn(widget)), ...menu];
}

type Shown = ReturnType<typeof widgetsOf> extends Generator<infer T> ? T : never;

function targetsIn(widget: Shown): Target[] {
  switch (widget.type) {
    case 'TextButton':
      return [target(widget, [widget.text, widget.altText], widget.disabled)];
    case 'ImageButton':
      return [target(widget, [widget.altText])];
    case 'DecoratedText':
      return isClickable(widget)
        ? [target(widget, [plain(widget.text), widget.topLabel, widget.bottomLabel])]
        : [];
    case 'Image':
      return isClickable(widget) ? [target(widget, [widget.altText])] : [];
    case 'Grid':
      return (isClickable(widget) ? (widget.items ?? []) : []).map((item) => ({
        ...target(widget, [item.title, item.subtitle, item.image?.altText]),
        of: item,
        ...(item.identifier !== undefined && { parameters: { grid_item_identifier: item.identifier } }),
      }));
    default:
      return [];
  }
}

function target(of: Clickable, labels: (string | undefined)[], disabled = false): Target {
  return { labels: labels.flatMap((label) => label?.trim() || []), click: of, of, disabled };
}

export function isClickable(of: Clickable): boolean {
  return Boolean(of.onClickAction ?? of.onClickOpenLinkAction ?? of.openLink ?? of.authorizationAction);
}

/**
 * The n-th target (from 0) that is called `text`, or matches it.
 * @throws naming all there are, when there is none
 */
export function findTarget(targets: Target[], text: string | RegExp, nth: number): Target {
  const found = targets.filter(({ labels }) =>
    labels.some((label) => (typeof text === 'string' ? label === text : text.test(label))),
  )[nth];
  if (!found) {
    const all = targets.map(({ labels }) => `"${labels[0] ?? ''}"`).join(', ') || 'nothing';
    throw new Error(`Nothing called ${text} (number ${nth}) can be clicked here, only ${all}.`);
  }
  return found;
}
