// What stands in the form of a card: values as a person has them, and as the event object tells them. Pure.
import { type Action, type Card, type Input, inputsOf, widgetsOf } from './card.ts';

/** Texts and chosen values as strings; a date or an instant; a time of day. */
export type Value = string[] | { msSinceEpoch: number } | { hours: number; minutes: number };
export type Values = Map<string, Value>;

/** What a test or a page may fill in. */
export type Filling =
  | string
  | string[]
  | boolean
  | { msSinceEpoch: number }
  | { hours: number; minutes: number };

/** The values a fresh card begins with. */
export function initialValues(card: Card): Values {
  const values: Values = new Map();
  for (const [name, input] of inputsOf(card)) {
    const value = initialValue(input);
    if (value !== undefined) values.set(name, value);
  }
  return values;
}

function initialValue(input: Input): Value | undefined {
  switch (input.type) {
    case 'TextInput':
      return input.value ? [input.value] : undefined;
    case 'SelectionInput': {
      const chosen = (input.items ?? []).filter(({ selected }) => selected).map(({ value }) => value);
      return chosen.length > 0 ? chosen : undefined;
    }
    case 'Switch':
      return input.selected ? [onValue(input)] : undefined;
    case 'TimePicker':
      return input.hours === undefined ? undefined : { hours: input.hours, minutes: input.minutes ?? 0 };
    default:
      return input.valueInMsSinceEpoch === undefined
        ? undefined
        : { msSinceEpoch: Number(input.valueInMsSinceEpoch) };
  }
}

/** What a switch without a value of its own sends is not documented. */
function onValue({ value }: { value?: string }): string {
  return value ?? 'on';
}

/**
 * `filling` as the value of a field; undefined empties it.
 * @throws when the card has no such field, or the field cannot hold that
 */
export function valueFor(card: Card, name: string, filling: Filling): Value | undefined {
  const input = inputsOf(card).get(name);
  const known = [...inputsOf(card).keys()].join(', ') || 'none';
  if (!input) throw new Error(`The card has no field "${name}"; its fields: ${known}.`);
  const wrong = new Error(`The ${input.type} "${name}" cannot hold ${JSON.stringify(filling)}.`);
  if (input.type === 'Switch') {
    if (typeof filling !== 'boolean') throw wrong;
    return filling ? [onValue(input)] : undefined;
  }
  if (input.type === 'TimePicker') {
    if (typeof filling === 'object' && 'hours' in filling) return filling;
    throw wrong;
  }
  if (input.type === 'DatePicker' || input.type === 'DateTimePicker') {
    if (typeof filling !== 'object' || !('msSinceEpoch' in filling)) throw wrong;
    return filling;
  }
  const texts = typeof filling === 'string' ? [filling] : filling;
  if (!Array.isArray(texts)) throw wrong;
  if (input.type === 'SelectionInput') {
    const offered = (input.items ?? []).map(({ value }) => value);
    const unknown = texts.filter((text) => !offered.includes(text));
    if (unknown.length > 0)
      throw new Error(`"${name}" offers no ${unknown.join(', ')}, only ${offered.join(', ')}.`);
    if (texts.length > 1 && ['RADIO_BUTTON', 'DROPDOWN'].includes(input.kind)) throw wrong;
  }
  const kept = texts.filter((text) => text !== '');
  return kept.length > 0 ? kept : undefined;
}

/** `commonEventObject.formInputs`. A field that is empty is not in it; Google's word on an empty text is not known. */
export function formInputs(card: Card, values: Values): Record<string, object> {
  const inputs = [...inputsOf(card)].flatMap(([name, { type }]): [string, object][] => {
    const value = values.get(name);
    return value === undefined ? [] : [[name, told(type, value)]];
  });
  return Object.fromEntries(inputs);
}

function told(type: Input['type'], value: Value): object {
  if (Array.isArray(value)) return { stringInputs: { value } };
  if ('hours' in value) return { timeInput: value };
  const msSinceEpoch = String(value.msSinceEpoch);
  return type === 'DatePicker'
    ? { dateInput: { msSinceEpoch } }
    : { dateTimeInput: { msSinceEpoch, hasDate: true, hasTime: true } };
}

/** Why Calendar would not send this form: empty fields that the action needs, text that its field refuses. */
export function blockedBy(card: Card, values: Values, action: Action): string | undefined {
  const inputs = inputsOf(card);
  const needed = action.allWidgetsAreRequired ? [...inputs.keys()] : (action.requiredWidgets ?? []);
  const empty = needed.filter((name) => !values.has(name));
  if (empty.length > 0) return `Required: ${empty.map((name) => titleOf(inputs.get(name), name)).join(', ')}`;
  for (const [name, input] of inputs) {
    const [text] = values.has(name) && input.type === 'TextInput' ? (values.get(name) as string[]) : [];
    const { characterLimit, inputType } = (input.type === 'TextInput' && input.validation) || {};
    if (text === undefined) continue;
    if (characterLimit !== undefined && text.length > characterLimit)
      return `${titleOf(input, name)}: at most ${characterLimit} characters`;
    const shape = { INTEGER: /^-?\d+$/, FLOAT: /^-?\d+([.,]\d+)?$/, EMAIL: /^\S+@\S+\.\S+$/, TEXT: /^/ }[
      inputType ?? 'TEXT'
    ];
    if (!shape.test(text)) return `${titleOf(input, name)}: not valid`;
  }
  return undefined;
}

function titleOf(input: Input | undefined, name: string): string {
  return (input && 'title' in input && input.title) || name;
}

/** The action that a change of this field runs. */
export function changeAction(card: Card, name: string): Action | undefined {
  for (const widget of widgetsOf(card))
    if ('fieldName' in widget && widget.fieldName === name) return widget.onChangeAction;
  return undefined;
}
