// The widgets of a card as HTML: texts escaped, images only from this machine, every click a real button or link.
import type {
  Button,
  Card,
  CardHeader,
  Clickable,
  Column,
  DecoratedText,
  Grid,
  GridItem,
  IconImage,
  Section,
  Widget,
} from '../card.ts';
import { plain } from '../card.ts';
import type { Values } from '../inputs.ts';
import { isClickable, targetsOf } from '../targets.ts';
import { type FieldsShown, pickerHtml, selectionHtml, switchHtml, textHtml } from './fields.ts';
import { iconSvg } from './icons.ts';
import { escapeHtml, safeHtml } from './text.ts';

export interface CardShown {
  card: Card;
  values: Values;
  /** The person's, IANA. */
  zone: string;
  toLocal(url: string): string;
}

interface Shown extends CardShown, FieldsShown {
  /** The number of a target, by what is clicked. */
  targets: Map<object, number>;
  /** Counts what needs an id. */
  next(): string;
}

/** One card: header, sections, footer. A click carries `data-act`, the number of the target in `targetsOf(card)`. */
export function cardHtml(given: CardShown): string {
  let count = 0;
  const targets = new Map(targetsOf(given.card).map(({ of }, index) => [of, index]));
  const shown: Shown = {
    ...given,
    targets,
    next: () => `w${count++}`,
    id: (name) => `f-${name.replace(/[^\w-]/g, '_')}`,
  };
  const { header, sections = [], fixedFooter } = given.card;
  const { primaryButton, secondaryButton } = fixedFooter ?? {};
  // Google fills the first button of a footer unless it is told otherwise.
  const first = primaryButton && { textButtonStyle: 'FILLED' as const, ...primaryButton };
  if (first && primaryButton) targets.set(first, targets.get(primaryButton) ?? -1);
  const footer = [secondaryButton, first].map((button) => (button ? buttonHtml(button, shown) : '')).join('');
  return `<div class="card">${header ? headerHtml(header, shown) : ''}${sections.map((one) => sectionHtml(one, shown)).join('')}</div>${
    fixedFooter ? `<footer class="fixed">${footer}</footer>` : ''
  }`;
}

function headerHtml(
  { title, subtitle, imageUrl, imageAltText, imageStyle }: CardHeader,
  shown: Shown,
): string {
  const image =
    imageUrl === undefined
      ? ''
      : imageHtml(imageUrl, imageAltText ?? '', shown, imageStyle === 'CIRCLE' ? 'round' : '');
  const below = subtitle === undefined ? '' : `<p>${escapeHtml(subtitle)}</p>`;
  return `<header class="head">${image}<div><h2>${escapeHtml(title)}</h2>${below}</div></header>`;
}

function sectionHtml(
  { header, widgets = [], collapsible, numUncollapsibleWidgets: first = 0 }: Section,
  shown: Shown,
): string {
  const title = header === undefined ? '' : `<h3>${safeHtml(header, shown.toLocal)}</h3>`;
  const html = widgets.map((widget) => widgetHtml(widget, shown));
  if (!collapsible || first >= widgets.length) return `<section>${title}${html.join('')}</section>`;
  const more = `<details><summary aria-label="${escapeHtml(plain(header ?? ''))}"><span class="flip">${iconSvg('expand_more')}</span></summary>${html.slice(first).join('')}</details>`;
  return `<section class="folds">${title}${html.slice(0, first).join('')}${more}</section>`;
}

function widgetHtml(widget: Widget, shown: Shown): string {
  switch (widget.type) {
    case 'TextParagraph':
      return `<p class="text">${safeHtml(widget.text, shown.toLocal)}</p>`;
    case 'DecoratedText':
      return decoratedHtml(widget, shown);
    case 'TextButton':
    case 'ImageButton':
      return `<div class="buttons">${buttonHtml(widget, shown)}</div>`;
    case 'ButtonSet':
      return `<div class="buttons">${(widget.buttons ?? []).map((button) => buttonHtml(button, shown)).join('')}</div>`;
    case 'Divider':
      return '<hr>';
    case 'Image':
      return clickHtml(widget, shown, {
        inner: imageHtml(widget.imageUrl, widget.altText, shown),
        kind: 'picture',
      });
    case 'TextInput':
      return textHtml(widget, shown);
    case 'SelectionInput':
      return selectionHtml(widget, shown);
    case 'Grid':
      return gridHtml(widget, shown);
    case 'Columns':
      return `<div class="columns">${(widget.columns ?? []).map((column) => columnHtml(column, shown)).join('')}</div>`;
    default:
      return pickerHtml(widget, shown);
  }
}

interface Click {
  inner: string;
  kind: string;
  attributes?: string;
  disabled?: boolean | undefined;
  of?: object;
}

/** What is clickable is a button or, when its address is known, a link; else a plain box. */
function clickHtml(
  click: Clickable,
  { targets, toLocal }: Shown,
  { inner, kind, attributes = '', disabled, of = click }: Click,
): string {
  if (!isClickable(click)) return `<div class="${kind}"${attributes}>${inner}</div>`;
  const number = targets.get(of);
  const { onClose = 'NOTHING', url } = click.openLink ?? { url: click.authorizationAction?.authorizationUrl };
  const reloads = onClose !== 'NOTHING' || click.authorizationAction !== undefined;
  if (url !== undefined && !disabled)
    return `<a class="${kind}" data-act="${number}" href="${escapeHtml(toLocal(url))}" target="_blank" rel="noopener"${reloads ? ' data-reload' : ''}${attributes}>${inner}</a>`;
  const quiet = click.onClickAction?.loadIndicator === 'NONE' ? ' data-quiet' : '';
  return `<button type="button" class="${kind}" data-act="${number}"${quiet}${disabled ? ' disabled' : ''}${attributes}>${inner}</button>`;
}

function buttonHtml(button: Button, shown: Shown): string {
  const icon = iconOf(button, shown);
  const named =
    button.altText === undefined
      ? ''
      : ` aria-label="${escapeHtml(button.altText)}" title="${escapeHtml(button.altText)}"`;
  if (button.type === 'ImageButton')
    return clickHtml(button, shown, { inner: icon, kind: 'button icon-only', attributes: named });
  const style = (button.textButtonStyle ?? 'OUTLINED').toLowerCase().replace('_', '-');
  const colour =
    button.backgroundColor === undefined ? '' : ` style="--fill:${escapeHtml(button.backgroundColor)}"`;
  const inner = `${icon}${escapeHtml(button.text ?? '')}`;
  return clickHtml(button, shown, {
    inner,
    kind: `button ${style}`,
    attributes: `${button.text ? '' : named}${colour}`,
    disabled: button.disabled,
  });
}

type Iconic = Pick<IconImage, 'icon' | 'iconUrl' | 'materialIcon' | 'altText'>;

function iconOf({ icon, iconUrl, materialIcon, altText }: Iconic, shown: Shown): string {
  const drawn = materialIcon?.name ?? icon;
  if (drawn !== undefined) return drawn === 'NONE' ? '' : iconSvg(drawn);
  return iconUrl === undefined ? '' : imageHtml(iconUrl, altText ?? '', shown, 'icon');
}

/** Of our backend, from where it really listens; of anyone else, the words alone: nothing outside is loaded. */
function imageHtml(url: string, words: string, { toLocal }: CardShown, kind = ''): string {
  const local = toLocal(url);
  if (local === url && !url.startsWith('data:'))
    return `<span class="no-image ${kind}" role="img" aria-label="${escapeHtml(words)}">${kind === '' ? escapeHtml(words) : ''}</span>`;
  return `<img class="${kind}" src="${escapeHtml(local)}" alt="${escapeHtml(words)}">`;
}

function decoratedHtml(widget: DecoratedText, shown: Shown): string {
  const { text, topLabel, bottomLabel, wrapText, startIcon, endIcon, button, switchControl } = widget;
  const name = shown.next();
  const start = startIcon
    ? `<span class="start"${labelled(startIcon)}>${iconOf(startIcon, shown)}</span>`
    : '';
  const label = (words: string | undefined) =>
    words === undefined ? '' : `<small>${escapeHtml(words)}</small>`;
  const middle = `<span class="middle${wrapText ? ' wraps' : ''}" id="${name}">${label(topLabel)}<span class="main">${safeHtml(text, shown.toLocal)}</span>${label(bottomLabel)}</span>`;
  const row = clickHtml(widget, shown, {
    inner: `${start}${middle}`,
    kind: isClickable(widget) ? 'row tap' : 'row',
  });
  const end = button
    ? buttonHtml(button, shown)
    : switchControl
      ? switchHtml(switchControl, shown, name)
      : endIcon
        ? `<span class="start"${labelled(endIcon)}>${iconOf(endIcon, shown)}</span>`
        : '';
  return `<div class="decorated">${row}${end === '' ? '' : `<div class="end">${end}</div>`}</div>`;
}

function labelled({ altText }: IconImage): string {
  return altText ? ` role="img" aria-label="${escapeHtml(altText)}"` : '';
}

function gridHtml(grid: Grid, shown: Shown): string {
  const { title, items = [], numColumns = 1, borderStyle } = grid;
  const item = ({ title: name, subtitle, image, layout, ...rest }: GridItem, of: GridItem) => {
    const picture =
      image?.imageUrl === undefined ? '' : imageHtml(image.imageUrl, image.altText ?? '', shown);
    const words = `<span>${escapeHtml(name ?? '')}${subtitle === undefined ? '' : `<small>${escapeHtml(subtitle)}</small>`}</span>`;
    const inner = layout === 'TEXT_ABOVE' ? `${words}${picture}` : `${picture}${words}`;
    return clickHtml(grid, shown, {
      inner,
      of,
      kind: `cell to-${(rest.textAlignment ?? 'START').toLowerCase()}${borderStyle?.kind === 'STROKE' ? ' stroke' : ''}`,
    });
  };
  const heading = title === undefined ? '' : `<h4>${escapeHtml(title)}</h4>`;
  return `${heading}<div class="grid" style="--columns:${numColumns}">${items.map((one) => item(one, one)).join('')}</div>`;
}

function columnHtml(
  { widgets = [], horizontalAlignment = 'START', horizontalSizeStyle, verticalAlignment = 'TOP' }: Column,
  shown: Shown,
): string {
  const kind = `column to-${horizontalAlignment.toLowerCase()} at-${verticalAlignment.toLowerCase()}${horizontalSizeStyle === 'FILL_MINIMUM_SPACE' ? ' least' : ''}`;
  return `<div class="${kind}">${widgets.map((widget) => widgetHtml(widget, shown)).join('')}</div>`;
}
