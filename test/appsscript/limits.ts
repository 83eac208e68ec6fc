// What Google refuses in a card that is built: limits, required fields, links, images, names that must be unique. Pure.
import { isCovered } from './links.ts';

/** Any object of CardService as plain data; `type` is its class. */
export interface Node {
  type: string;
  [field: string]: unknown;
}

export interface Rules {
  /** Fields that must not be empty, by class, as the documentation has it. */
  required: Record<string, string[]>;
  openLinkUrlPrefixes: string[];
  hasFunction(name: string): boolean;
}

/** card-service/card and card-section: "at most 100". */
const MOST = 100;
const CLICKS = ['onClickAction', 'onClickOpenLinkAction', 'openLink', 'authorizationAction', 'composeAction'];
const INPUTS = ['TextInput', 'SelectionInput', 'DatePicker', 'DateTimePicker', 'TimePicker', 'Switch'];
/** Whose text is simple HTML, as section headers are; labels, buttons and headers of cards are plain. */
const IN_HTML = ['TextParagraph', 'DecoratedText'];
/** card-service/column: what may stand in one. */
const IN_COLUMN = [
  'TextParagraph',
  'Image',
  'DecoratedText',
  'ButtonSet',
  'TextInput',
  'SelectionInput',
  'DateTimePicker',
];

/** What is wrong with `node` and all in it, each fault with where it is; empty if nothing is. */
export function faultsIn(node: Node, rules: Rules): string[] {
  const faults = [...walk(node, node.type)].flatMap(({ node: one, at }) =>
    [...faultsOf(one, rules)].map((fault) => `${at}: ${fault}`),
  );
  return node.type === 'Card' ? [...faults, ...doubles(node)] : faults;
}

interface Found {
  node: Node;
  at: string;
}

function* walk(node: Node, at: string): Generator<Found> {
  yield { node, at };
  for (const [field, value] of Object.entries(node)) {
    // The add-on's own words, whatever they look like.
    if (field === 'parameters') continue;
    const many = Array.isArray(value);
    // A card within an answer was looked at when it was built.
    for (const [index, one] of (many ? value : [value]).entries())
      if (isNode(one) && one.type !== 'Card')
        yield* walk(one, `${at} > ${field}${many ? ` ${index + 1}` : ''} (${one.type})`);
  }
}

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && 'type' in value;
}

const list = (value: unknown): Node[] => (Array.isArray(value) ? (value as Node[]) : []);
const has = (node: Node, field: string) => node[field] !== undefined;

function* faultsOf(node: Node, rules: Rules): Generator<string> {
  for (const field of rules.required[node.type] ?? [])
    if (typeof node[field] !== 'string' || node[field].trim() === '')
      yield `${field} is required and is empty`;
  yield* faultsInClick(node);
  yield* faultsInAddresses(node, rules);
  yield* faultsByType[node.type]?.(node, rules) ?? [];
}

const faultsByType: Record<string, (node: Node, rules: Rules) => Iterable<string>> = {
  *Card(node) {
    if (list(node.sections).length > MOST)
      yield `it has ${list(node.sections).length} sections, Google allows ${MOST}`;
    if (!has(node, 'header') && list(node.sections).length === 0)
      yield 'it is blank: it needs a header or a section';
  },
  *CardSection(node) {
    const { length } = list(node.widgets);
    if (length > MOST) yield `it has ${length} widgets, Google allows ${MOST}`;
    if (length === 0) yield 'it must contain at least one widget';
  },
  *Action(node, { hasFunction }) {
    const name = String(node.functionName);
    if (name !== '' && has(node, 'functionName') && !hasFunction(name))
      yield `the callback "${name}" is not a top-level function of the script`;
  },
  *DecoratedText(node) {
    const ends = ['button', 'switchControl', 'endIcon'].filter((field) => has(node, field));
    if (ends.length > 1)
      yield `it can hold only one of button, switch and end icon, but has ${ends.join(' and ')}`;
  },
  *ButtonSet(node) {
    if (list(node.buttons).length === 0) yield 'it has no buttons';
  },
  *TextButton(node) {
    if (!node.text && !hasIcon(node)) yield 'it needs a text or an icon';
    if (has(node, 'backgroundColor') && !/^#([0-9a-f]{3}|[0-9a-f]{6})$/i.test(String(node.backgroundColor)))
      yield `backgroundColor ${String(node.backgroundColor)} is not #rgb or #rrggbb`;
  },
  *ImageButton(node) {
    if (!hasIcon(node)) yield 'it needs an icon';
  },
  *IconImage(node) {
    if (!hasIcon(node)) yield 'it needs an icon';
  },
  *MaterialIcon(node) {
    if (!/^[a-z0-9_]+$/.test(String(node.name)))
      yield `"${String(node.name)}" is not the name of a material icon`;
  },
  *SelectionInput(node) {
    if (!has(node, 'kind')) yield 'type is required and is empty';
    const chosen = list(node.items).filter(({ selected }) => selected);
    if (['RADIO_BUTTON', 'DROPDOWN'].includes(String(node.kind)) && chosen.length > 1)
      yield `${String(node.kind)} has ${chosen.length} items selected, it can have one`;
  },
  *TimePicker(node) {
    if (has(node, 'hours') && !isWithin(node.hours, 23)) yield 'hours must be 0 to 23';
    if (has(node, 'minutes') && !isWithin(node.minutes, 59)) yield 'minutes must be 0 to 59';
  },
  *Columns(node) {
    if (![1, 2].includes(list(node.columns).length))
      yield `it has ${list(node.columns).length} columns, it can have 1 or 2`;
  },
  *Column(node) {
    for (const { type } of list(node.widgets))
      if (!IN_COLUMN.includes(type)) yield `a ${type} cannot stand in a column`;
    if (list(node.widgets).length === 0) yield 'it is empty';
  },
  *Grid(node) {
    if (list(node.items).length === 0) yield 'it has no items';
    if (has(node, 'numColumns') && ![1, 2].includes(Number(node.numColumns)))
      yield 'numColumns must be 1 or 2 in the side panel';
  },
  *FixedFooter(node) {
    if (!has(node, 'primaryButton')) yield 'it needs a primary button';
  },
  *OpenLink(node) {
    if (!node.url) yield 'url is required and is empty';
  },
  *ActionResponse(node) {
    if (!['navigation', 'notification', 'openLink', 'stateChanged'].some((field) => has(node, field)))
      yield 'it does nothing: it needs a navigation, a notification or a link';
  },
  *UniversalActionResponse(node) {
    if (list(node.cards).length === 0 && !has(node, 'openLink')) yield 'it needs cards or a link';
    if (list(node.cards).length > 0 && has(node, 'openLink'))
      yield 'it can show cards or open a link, not both';
  },
};

const isWithin = (value: unknown, last: number) => Number(value) >= 0 && Number(value) <= last;
const hasIcon = (node: Node) => ['icon', 'iconUrl', 'materialIcon'].some((field) => has(node, field));

function* faultsInClick(node: Node): Generator<string> {
  const clicks = CLICKS.filter((field) => has(node, field));
  if (clicks.length > 1) yield `it can have only one of ${clicks.join(', ')}`;
  if (clicks.length === 0 && ['TextButton', 'ImageButton', 'CardAction'].includes(node.type))
    yield 'a click on it does nothing: it needs an action or a link';
}

function* faultsInAddresses(node: Node, { openLinkUrlPrefixes: prefixes }: Rules): Generator<string> {
  for (const field of ['imageUrl', 'iconUrl', 'startIconUri']) {
    const address = node[field];
    if (typeof address === 'string' && !/^(https:\/\/[^/]+|data:image\/[a-z+.-]+;base64,)/i.test(address))
      yield `${field} must be https, ${address} is not`;
  }
  if (node.type === 'OpenLink' && node.url && !isCovered(String(node.url), prefixes))
    yield `the link ${String(node.url)} is outside openLinkUrlPrefixes of the manifest`;
  if (node.type === 'AuthorizationAction' && !isCovered(String(node.authorizationUrl), ['*']))
    yield `authorizationUrl must be a URL, ${String(node.authorizationUrl)} is not`;
  const formatted = node.type === 'CardSection' ? node.header : IN_HTML.includes(node.type) ? node.text : '';
  for (const address of linksIn(String(formatted ?? '')))
    if (!/^(mailto|tel):/.test(address) && !isCovered(address, prefixes))
      yield `the link ${address} is outside openLinkUrlPrefixes of the manifest`;
}

function linksIn(text: string): string[] {
  const found = text.matchAll(/<a\s[^>]*?href\s*=\s*(?:"([^"]*)"|'([^']*)')/gi);
  return [...found].map(([, double, single]) => (double ?? single ?? '').replaceAll('&amp;', '&'));
}

/** Two inputs of one name would be one in the event object. */
function doubles(card: Node): string[] {
  const names = [...walk(card, 'Card')]
    .filter(({ node }) => INPUTS.includes(node.type))
    .map(({ node }) => String(node.fieldName));
  const twice = new Set(names.filter((name, index) => names.indexOf(name) < index));
  return [...twice].map((name) => `Card: the field name "${name}" is used twice, it must be unique`);
}
