// What a built card is to the host: plain data, one shape per widget, its fields named as CardService's setters are.

export interface Action {
  type: 'Action';
  functionName: string;
  parameters?: Record<string, string>;
  loadIndicator?: 'SPINNER' | 'NONE';
  persistValues?: boolean;
  requiredWidgets?: string[];
  allWidgetsAreRequired?: boolean;
}

export interface OpenLink {
  type: 'OpenLink';
  url: string;
  openAs?: 'FULL_SIZE' | 'OVERLAY';
  onClose?: 'NOTHING' | 'RELOAD' | 'RELOAD_ADD_ON';
}

/** What a click does; at most one of them. */
export interface Clickable {
  onClickAction?: Action;
  onClickOpenLinkAction?: Action;
  openLink?: OpenLink;
  authorizationAction?: { type: 'AuthorizationAction'; authorizationUrl: string };
}

export interface MaterialIcon {
  type: 'MaterialIcon';
  name: string;
  fill?: boolean;
}

interface Iconic {
  icon?: string;
  iconUrl?: string;
  materialIcon?: MaterialIcon;
  altText?: string;
}

export interface IconImage extends Iconic {
  type: 'IconImage';
  imageCropType?: string;
}

export interface TextButton extends Clickable, Iconic {
  type: 'TextButton';
  text?: string;
  disabled?: boolean;
  backgroundColor?: string;
  textButtonStyle?: 'OUTLINED' | 'TEXT' | 'FILLED' | 'FILLED_TONAL' | 'BORDERLESS';
}

export interface ImageButton extends Clickable, Iconic {
  type: 'ImageButton';
}

export type Button = TextButton | ImageButton;

export interface Switch {
  type: 'Switch';
  fieldName: string;
  value?: string;
  selected?: boolean;
  controlType?: 'SWITCH' | 'CHECK_BOX';
  onChangeAction?: Action;
}

export interface DecoratedText extends Clickable {
  type: 'DecoratedText';
  text: string;
  topLabel?: string;
  bottomLabel?: string;
  wrapText?: boolean;
  startIcon?: IconImage;
  endIcon?: IconImage;
  button?: Button;
  switchControl?: Switch;
}

export interface TextParagraph {
  type: 'TextParagraph';
  text: string;
}

export interface TextInput {
  type: 'TextInput';
  fieldName: string;
  title: string;
  hint?: string;
  value?: string;
  multiline?: boolean;
  suggestions?: { type: 'Suggestions'; suggestions?: string[] };
  suggestionsAction?: Action;
  onChangeAction?: Action;
  validation?: {
    type: 'Validation';
    characterLimit?: number;
    inputType?: 'TEXT' | 'INTEGER' | 'FLOAT' | 'EMAIL';
  };
}

export interface SelectionItem {
  text: string;
  value: string;
  selected: boolean;
  bottomText?: string;
}

export interface SelectionInput {
  type: 'SelectionInput';
  fieldName: string;
  kind: 'CHECK_BOX' | 'RADIO_BUTTON' | 'DROPDOWN' | 'SWITCH' | 'MULTI_SELECT';
  title?: string;
  items?: SelectionItem[];
  onChangeAction?: Action;
}

export interface Picker {
  type: 'DatePicker' | 'DateTimePicker' | 'TimePicker';
  fieldName: string;
  title?: string;
  valueInMsSinceEpoch?: number | string;
  timeZoneOffsetInMins?: number;
  hours?: number;
  minutes?: number;
  onChangeAction?: Action;
}

export interface Image extends Clickable {
  type: 'Image';
  imageUrl: string;
  altText: string;
}

export interface ImageComponent {
  type: 'ImageComponent';
  imageUrl?: string;
  altText?: string;
}

export interface GridItem {
  type: 'GridItem';
  identifier?: string;
  title?: string;
  subtitle?: string;
  image?: ImageComponent;
  layout?: string;
  textAlignment?: string;
}

export interface Grid extends Clickable {
  type: 'Grid';
  title?: string;
  items?: GridItem[];
  numColumns?: number;
  borderStyle?: { type: 'BorderStyle'; kind?: string; cornerRadius?: number; strokeColor?: string };
}

export interface Column {
  type: 'Column';
  widgets?: Widget[];
  horizontalAlignment?: string;
  horizontalSizeStyle?: string;
  verticalAlignment?: string;
}

export interface Columns {
  type: 'Columns';
  columns?: Column[];
  wrapStyle?: string;
}

export type Input = TextInput | SelectionInput | Picker | Switch;

export type Widget =
  | Button
  | { type: 'ButtonSet'; buttons?: Button[] }
  | { type: 'Divider' }
  | Columns
  | DecoratedText
  | Grid
  | Image
  | Picker
  | SelectionInput
  | TextInput
  | TextParagraph;

export interface Section {
  type: 'CardSection';
  header?: string;
  widgets?: Widget[];
  collapsible?: boolean;
  numUncollapsibleWidgets?: number;
}

export interface CardHeader {
  type: 'CardHeader';
  title: string;
  subtitle?: string;
  imageUrl?: string;
  imageAltText?: string;
  imageStyle?: string;
}

export interface CardAction extends Clickable {
  type: 'CardAction';
  text: string;
}

export interface Card {
  type: 'Card';
  name?: string;
  header?: CardHeader;
  peekCardHeader?: CardHeader;
  sections?: Section[];
  cardActions?: CardAction[];
  fixedFooter?: { type: 'FixedFooter'; primaryButton?: TextButton; secondaryButton?: TextButton };
  displayStyle?: 'PEEK' | 'REPLACE';
}

/** One step of a `Navigation`, in the order it was asked for. */
export type Step =
  | { to: 'pushCard' | 'updateCard'; card: Card }
  | { to: 'popCard' | 'popToRoot' }
  | { to: 'popToNamedCard'; name: string };

export interface ActionResponse {
  type: 'ActionResponse';
  navigation?: { type: 'Navigation'; steps?: Step[] };
  notification?: { type: 'Notification'; text: string };
  openLink?: OpenLink;
  stateChanged?: boolean;
}

export interface UniversalActionResponse {
  type: 'UniversalActionResponse';
  cards?: Card[];
  openLink?: OpenLink;
}

/** Words without their markup: `<b>9:00</b> &amp; on` is `9:00 & on`. */
export function plain(text: string): string {
  const signs: Record<string, string> = { lt: '<', gt: '>', quot: '"', apos: "'", amp: '&', nbsp: ' ' };
  return text
    .replace(/<br\s*\/?>/gi, '\n')
    .replace(/<\/?[a-z][^>]*>/gi, '')
    .replace(/&(?:#(\d+)|(\w+));/g, (all, code, name) =>
      code ? String.fromCodePoint(Number(code)) : (signs[name as string] ?? all),
    )
    .trim();
}

/** Every widget of a card in reading order, those in columns and the buttons and switches inside others too. */
export function* widgetsOf(card: Card): Generator<Widget | Switch> {
  for (const { widgets = [] } of card.sections ?? []) for (const widget of widgets) yield* within(widget);
  const { primaryButton, secondaryButton } = card.fixedFooter ?? {};
  if (secondaryButton) yield secondaryButton;
  if (primaryButton) yield primaryButton;
}

function* within(widget: Widget): Generator<Widget | Switch> {
  yield widget;
  if (widget.type === 'ButtonSet') yield* widget.buttons ?? [];
  if (widget.type === 'DecoratedText' && widget.button) yield widget.button;
  if (widget.type === 'DecoratedText' && widget.switchControl) yield widget.switchControl;
  if (widget.type === 'Columns')
    for (const { widgets = [] } of widget.columns ?? []) for (const inner of widgets) yield* within(inner);
}

/** The inputs of a card by field name. */
export function inputsOf(card: Card): Map<string, Input> {
  const inputs = new Map<string, Input>();
  for (const widget of widgetsOf(card)) if ('fieldName' in widget) inputs.set(widget.fieldName, widget);
  return inputs;
}
