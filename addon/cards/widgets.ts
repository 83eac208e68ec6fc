// What the cards are built of: rows, buttons, fields, sections. Text of people never reaches Google's HTML unescaped.

import type * as z from 'zod';
import type { CardHealth } from '../../shared/card-api.ts';
import { act } from '../act.ts';
import type { Env } from '../env.ts';

type Action = GoogleAppsScript.Card.Action;
type Button = GoogleAppsScript.Card.TextButton;
type Section = GoogleAppsScript.Card.CardSection;
type Widget = GoogleAppsScript.Card.Widget;
export type Health = z.infer<typeof CardHealth>;

/** Most widgets that a section holds is 100 (card-service/card-section): lists are cut well before. */
export const MOST = 25;

/** Paragraphs and the text of rows read HTML; labels, headers of cards, buttons and fields do not. */
export const escaped = (text: string): string =>
  text.replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`).replace(/\r?\n/g, '<br>');

/** @param text plain; cut where a phone would not show it anyway */
export const short = (text: string, most = 80): string =>
  text.length > most ? `${text.slice(0, most - 1).trimEnd()}…` : text;

export function frame(title: string, subtitle?: string): GoogleAppsScript.Card.CardBuilder {
  const header = CardService.newCardHeader().setTitle(short(title));
  if (subtitle) header.setSubtitle(short(subtitle));
  return CardService.newCardBuilder().setHeader(header);
}

/** @param header plain */
export function section(header?: string, widgets: readonly (Widget | null)[] = []): Section {
  const made = CardService.newCardSection();
  if (header) made.setHeader(escaped(header));
  for (const widget of widgets) if (widget) made.addWidget(widget);
  return made;
}

/** A section that shows its first widgets and keeps the others folded. */
export const folded = (header: string, widgets: readonly Widget[], shown = 0): Section =>
  section(header, widgets).setCollapsible(true).setNumUncollapsibleWidgets(shown);

/** @param text plain */
export const paragraph = (text: string) => markup(escaped(text));
/** @param html escaped by whoever wrote it */
export const markup = (html: string) => CardService.newTextParagraph().setText(html);

export interface Row {
  /** Above, in small. */
  top?: string | null | undefined;
  /** Plain. */
  text?: string;
  /** In place of `text`: escaped already. */
  html?: string;
  below?: string | null | undefined;
  icon?: { name: string; alt: string } | undefined;
  onClick?: Action | undefined;
  button?: Button | null | undefined;
}

/** A row needs a text and one thing more, else Google refuses it: what has nothing more is a paragraph. */
export function row({ top, text, html, below, icon, onClick, button }: Row): Widget {
  const shown = html ?? escaped(text || '–');
  if (!top && !below && !icon && !button) return onClick ? tappable(shown, onClick) : markup(shown);
  const made = CardService.newDecoratedText().setText(shown).setWrapText(true);
  if (top) made.setTopLabel(top);
  if (below) made.setBottomLabel(below);
  if (icon) made.setStartIcon(symbol(icon));
  if (onClick) made.setOnClickAction(onClick);
  if (button) made.setButton(button);
  return made;
}

const tappable = (html: string, onClick: Action) =>
  CardService.newDecoratedText()
    .setText(html)
    .setWrapText(true)
    .setStartIcon(symbol({ name: 'chevron_right', alt: '' }))
    .setOnClickAction(onClick);

function symbol({ name, alt }: { name: string; alt: string }) {
  const image = CardService.newIconImage().setMaterialIcon(CardService.newMaterialIcon().setName(name));
  return alt ? image.setAltText(alt) : image;
}

/** @param filled the one that is most likely wanted */
export function button(text: string, onClick: Action, filled = false): Button {
  const made = CardService.newTextButton().setText(short(text, 60)).setOnClickAction(onClick);
  return filled ? made.setTextButtonStyle(CardService.TextButtonStyle.FILLED) : made;
}

/** null, if there are none: a set of no buttons is no widget. */
export function buttons(list: readonly (Button | null)[]): Widget | null {
  const shown = list.filter((one) => one !== null);
  if (shown.length === 0) return null;
  return shown.reduce((set, one) => set.addButton(one), CardService.newButtonSet());
}

/** @param to a page of the control panel */
export const panelButton = (env: Env, text: string, to: string, id?: string): Button =>
  button(text, act(env, 'panel', { body: id === undefined ? { to } : { to, id } }));

export interface Field {
  name: string;
  title: string;
  hint?: string;
  value?: string | undefined;
  long?: boolean;
}
/** What was typed already stays, whatever the answer brought. */
export function field(env: Env, { name, title, hint, value, long = false }: Field): Widget {
  const made = CardService.newTextInput().setFieldName(name).setTitle(title).setMultiline(long);
  if (hint) made.setHint(hint);
  const typed = env.inputs.text(name) ?? value;
  return typed ? made.setValue(typed) : made;
}

export interface Choice {
  name: string;
  title: string;
  items: readonly { text: string; value: string }[];
  chosen: string | null;
  onChange?: Action;
}
export function dropDown({ name, title, items, chosen, onChange }: Choice): Widget {
  const made = CardService.newSelectionInput()
    .setType(CardService.SelectionInputType.DROPDOWN)
    .setFieldName(name)
    .setTitle(title);
  for (const { text, value } of items) made.addItem(short(text), value, value === chosen);
  return onChange ? made.setOnChangeAction(onChange) : made;
}

export interface Switched {
  name: string;
  text: string;
  below?: string;
  on: boolean;
  onChange?: Action;
}
export function onOff({ name, text, below, on, onChange }: Switched): Widget {
  const control = CardService.newSwitch().setFieldName(name).setValue('on').setSelected(on);
  if (onChange) control.setOnChangeAction(onChange);
  const made = CardService.newDecoratedText().setText(escaped(text)).setWrapText(true);
  if (below) made.setBottomLabel(below);
  return made.setSwitchControl(control);
}

const lights = {
  green: { name: 'check_circle', colour: '#188038' },
  amber: { name: 'warning', colour: '#b06000' },
  red: { name: 'error', colour: '#c5221f' },
};
/** How the calendars stand: the light is a colour, an icon and words, since not everybody sees colours. */
export function healthRow(env: Env, { light, words, next, to }: Health): Widget {
  const { name, colour } = lights[light];
  return row({
    icon: { name, alt: env.t[light] },
    html: `<font color="${colour}">●</font> ${escaped(words)}`,
    below: next,
    button: to && panelButton(env, env.t.fixIt, to),
  });
}
