// The inputs of a card as HTML.
import type { Picker, SelectionInput, SelectionItem, Switch, TextInput } from '../card.ts';
import type { Value, Values } from '../inputs.ts';
import { wallOf } from './pickers.ts';
import { escapeHtml } from './text.ts';

export interface FieldsShown {
  values: Values;
  zone: string;
  /** Makes ids that no other card on the page has. */
  id(name: string): string;
}

const chosen = (value: Value | undefined): string[] => (Array.isArray(value) ? value : []);
const flag = (name: string, on: unknown) => (on ? ` ${name}` : '');
/** A change is told to the add-on. */
const changes = (action: unknown) => flag('data-change', action);

export function textHtml(input: TextInput, { values, id }: FieldsShown): string {
  const { fieldName, title, hint, multiline, suggestions, suggestionsAction, validation } = input;
  const name = id(fieldName);
  const [value = ''] = chosen(values.get(fieldName));
  const limit = validation?.characterLimit === undefined ? '' : ` maxlength="${validation.characterLimit}"`;
  const type = validation?.inputType === 'EMAIL' ? 'email' : 'text';
  const told = hint === undefined ? '' : ` aria-describedby="${name}-hint"`;
  const offered = suggestions?.suggestions ?? [];
  const attributes = `id="${name}" data-field="${escapeHtml(fieldName)}" data-kind="text" placeholder=" "${limit}${told}${changes(input.onChangeAction)}`;
  const box = multiline
    ? `<textarea rows="3" ${attributes}>${escapeHtml(value)}</textarea>`
    : `<input type="${type}" value="${escapeHtml(value)}" ${attributes}${offered.length > 0 || suggestionsAction ? ` list="${name}-list"` : ''}${flag('data-suggest', suggestionsAction)}>`;
  const options = offered.map((one) => `<option value="${escapeHtml(one)}"></option>`).join('');
  return `<div class="field"><div class="box">${box}<label for="${name}">${escapeHtml(title)}</label></div>${
    hint === undefined ? '' : `<div class="hint" id="${name}-hint">${escapeHtml(hint)}</div>`
  }${multiline ? '' : `<datalist id="${name}-list">${options}</datalist>`}</div>`;
}

export function selectionHtml(input: SelectionInput, shown: FieldsShown): string {
  return input.kind === 'DROPDOWN' ? dropDownHtml(input, shown) : groupHtml(input, shown);
}

function dropDownHtml(
  { fieldName, title = '', items = [], onChangeAction }: SelectionInput,
  { values, id }: FieldsShown,
): string {
  const name = id(fieldName);
  const selected = chosen(values.get(fieldName));
  const blank = selected.length === 0 ? '<option value="" selected hidden></option>' : '';
  const options = items.map(
    ({ text, value }) =>
      `<option value="${escapeHtml(value)}"${flag('selected', selected.includes(value))}>${escapeHtml(text)}</option>`,
  );
  return `<div class="field"><div class="box drop"><select id="${name}" data-field="${escapeHtml(fieldName)}" data-kind="one"${changes(onChangeAction)}>${blank}${options.join('')}</select><label for="${name}">${escapeHtml(title)}</label></div></div>`;
}

function groupHtml(
  { fieldName, title, kind, items = [], onChangeAction }: SelectionInput,
  { values, id }: FieldsShown,
): string {
  const selected = chosen(values.get(fieldName));
  const name = id(fieldName);
  const type = kind === 'RADIO_BUTTON' ? 'radio' : 'checkbox';
  const row = ({ text, value, bottomText }: SelectionItem) =>
    `<label class="choice${kind === 'SWITCH' ? ' switched' : ''}"><input type="${type}" name="${name}" value="${escapeHtml(value)}"${kind === 'SWITCH' ? ' role="switch" class="switch"' : ''}${flag('checked', selected.includes(value))}${changes(onChangeAction)}><span>${escapeHtml(text)}${
      bottomText === undefined ? '' : `<small>${escapeHtml(bottomText)}</small>`
    }</span></label>`;
  const legend = title === undefined ? '' : `<legend>${escapeHtml(title)}</legend>`;
  return `<fieldset class="choices" data-field="${escapeHtml(fieldName)}" data-kind="many"${title === undefined ? ` aria-label="${escapeHtml(fieldName)}"` : ''}>${legend}${items.map(row).join('')}</fieldset>`;
}

export function pickerHtml(picker: Picker, { values, zone, id }: FieldsShown): string {
  const { type, fieldName, title = fieldName, onChangeAction } = picker;
  const name = id(fieldName);
  const kind = { DatePicker: 'date', DateTimePicker: 'datetime-local', TimePicker: 'time' }[type];
  const value = wallOf(picker, values.get(fieldName), zone);
  return `<div class="field"><div class="box set"><input type="${kind}" id="${name}" data-field="${escapeHtml(fieldName)}" data-kind="wall" value="${value}"${changes(onChangeAction)}><label for="${name}">${escapeHtml(title)}</label></div></div>`;
}

/** @param label id of the text that says what it switches */
export function switchHtml(
  { fieldName, controlType, onChangeAction }: Switch,
  { values }: FieldsShown,
  label: string,
): string {
  const round = controlType !== 'CHECK_BOX';
  return `<input type="checkbox"${round ? ' role="switch" class="switch"' : ''} data-field="${escapeHtml(fieldName)}" data-kind="on" aria-labelledby="${label}"${flag('checked', values.has(fieldName))}${changes(onChangeAction)}>`;
}
