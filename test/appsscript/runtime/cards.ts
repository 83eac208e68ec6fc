// CardService: every class and method comes from the published types, each object records what was set, build() checks.
import { faultsIn, type Node, type Rules } from '../limits.ts';
import type { Class, Signature } from '../reference.ts';
import { enumOf, enumValue, guard, isA, mismatch, sealed } from './expose.ts';
import { Ended, Refused, type Scene } from './scene.ts';

interface Made {
  type: string;
  fields: Record<string, unknown>;
}

/** A thrown `AuthorizationException`: the run is over and the panel asks the person to sign in somewhere. */
export class AuthorizationNeeded extends Ended {
  readonly node: Node;

  constructor(node: Node) {
    super('Authorization is needed.');
    this.node = node;
  }
}

/** The types say only "base class"; the documentation of Widget and Button names who they are. */
const KINDS: Record<string, string[]> = {
  Button: ['TextButton', 'ImageButton'],
  Widget: [
    ...['ButtonSet', 'Columns', 'DatePicker', 'DateTimePicker', 'DecoratedText', 'Divider', 'Grid', 'Image'],
    ...['ImageButton', 'SelectionInput', 'TextButton', 'TextInput', 'TextParagraph', 'TimePicker'],
  ],
};

/** Enums that the types declare without hanging them on CardService, where the documentation's examples have them. */
const HUNG_BESIDES = [
  'DisplayStyle',
  'HorizontalSizeStyle',
  'SwitchControlType',
  'VerticalAlignment',
  'WrapStyle',
];

/** What add-ons in Gmail, Drive and the editors answer with. */
const ELSEWHERE = /^(Compose|UpdateDraft|DriveItems|EditorFileScope|LinkPreview)|^newKeyValue$/;

export class Cards {
  readonly service: object;
  private readonly made = new WeakMap<object, Made>();
  private readonly scene: Scene;
  private readonly rules: Rules;

  constructor(scene: Scene) {
    this.scene = scene;
    const { addOns } = scene.manifest;
    this.rules = {
      required: requiredIn(this.reference.classes),
      openLinkUrlPrefixes: addOns.common.openLinkUrlPrefixes,
      hasFunction: scene.hasFunction,
    };
    this.service = this.makeService();
  }

  /** A built object as plain data; undefined if it is none of ours. */
  nodeOf(value: unknown): Node | undefined {
    const made = typeof value === 'object' && value !== null ? this.made.get(value) : undefined;
    return made && this.node(made);
  }

  private get reference() {
    return this.scene.references['card-service']!;
  }

  private makeService(): object {
    const { classes } = this.reference;
    const target: Record<string, unknown> = { toString: () => 'CardService' };
    for (const [name, { closed }] of Object.entries(classes.CardService!.methods)) {
      const type = name.slice('new'.length);
      target[name] = guard(this.scene, (...args) => {
        const shut =
          closed ??
          classes[type]?.closed ??
          (ELSEWHERE.test(type) || name === 'newKeyValue' ? 'Calendar has no use for it' : undefined);
        if (shut) throw new Refused(`CardService.${name}: ${shut}.`);
        if (args.length > 0) throw new Refused(`CardService.${name} takes no parameters.`);
        return this.create(type);
      });
    }
    for (const name of [...Object.keys(classes.CardService!.enums), ...HUNG_BESIDES])
      target[name] = enumOf(this.scene, this.reference, name);
    return sealed(this.scene, 'CardService', target);
  }

  private create(type: string, fields: Record<string, unknown> = {}): object {
    const made: Made = { type, fields };
    const target: Record<string, unknown> = { toString: () => type };
    const object = sealed(this.scene, type, target);
    this.made.set(object, made);
    for (const [name, method] of Object.entries(this.reference.classes[type]?.methods ?? {})) {
      target[name] = guard(this.scene, (...args) => {
        if (method.closed) throw new Refused(`CardService.${type}.${name}: ${method.closed}.`);
        if (method.deprecated) throw new Refused(`CardService.${type}.${name} is deprecated: "DO NOT USE".`);
        this.check(`CardService.${type}.${name}`, method.signatures, args);
        return this.act(made, name, args) ?? object;
      });
    }
    return object;
  }

  private check(what: string, signatures: Signature[], args: unknown[]): void {
    const fits = signatures.some(
      ({ params }) =>
        params.length === args.length && params.every((param, index) => this.isOf(param, args[index])),
    );
    if (!fits) throw new Refused(mismatch(what, signatures, args));
  }

  private isOf(param: string, value: unknown): boolean {
    if (this.reference.enums[param]) return enumValue(value)?.of === param;
    if (!this.reference.classes[param]) return isA(param, value);
    const type = typeof value === 'object' && value !== null ? this.made.get(value)?.type : undefined;
    return type !== undefined && (type === param || (KINDS[param] ?? []).includes(type));
  }

  /** @returns what the method answers with, if that is not the object itself */
  private act(made: Made, name: string, args: unknown[]): unknown {
    if (name === 'build') return this.build(made);
    if (name === 'printJson') return JSON.stringify(this.node(made), null, 2);
    if (name === 'throwException') throw new AuthorizationNeeded(this.checked(made));
    if (made.type === 'Navigation') add(made, 'steps', this.step(name, args[0]));
    else if (name === 'displayAddOnCards') made.fields.cards = this.cardsIn(args[0] as unknown[]);
    else if (name === 'setParameters') made.fields.parameters = parametersIn(args[0]);
    else if (name === 'addItem' && made.type === 'SelectionInput') add(made, 'items', itemOf(args));
    else if (name === 'addMultiSelectItem') add(made, 'items', itemOf(args));
    else if (name === 'addSuggestions') for (const one of args[0] as unknown[]) add(made, 'suggestions', one);
    else if (name.startsWith('add')) add(made, `${fieldOf(name)}s`, args[0]);
    // The type of a selection or a border is not the type of our node.
    else made.fields[name === 'setType' ? 'kind' : fieldOf(name)] = args[0];
    return undefined;
  }

  private build(made: Made): object {
    const built: Made = { type: made.type.replace(/Builder$/, ''), fields: { ...made.fields } };
    const { type, ...fields } = this.checked(built);
    // What is changed in a builder later does not reach what was built.
    return this.create(type, fields);
  }

  private checked(made: Made): Node {
    const node = this.node(made);
    const faults = faultsIn(node, this.rules);
    if (faults.length > 0) throw new Refused(faults.join('\n'));
    return node;
  }

  private node({ type, fields }: Made): Node {
    return { type, ...(this.data(fields) as object) };
  }

  private data(value: unknown): unknown {
    if (typeof value !== 'object' || value === null) return value;
    const made = this.made.get(value);
    if (made) return this.node(made);
    const constant = enumValue(value);
    if (constant) return constant.name;
    if (Array.isArray(value)) return value.map((one) => this.data(one));
    return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, this.data(one)]));
  }

  private step(to: string, argument: unknown): object {
    if (argument === undefined) return { to };
    return typeof argument === 'string' ? { to, name: argument } : { to, card: argument };
  }

  private cardsIn(values: unknown[]): unknown[] {
    if (!values.every((value) => this.isOf('Card', value)))
      throw new Refused('UniversalActionResponseBuilder.displayAddOnCards takes an array of built cards.');
    return [...values];
  }
}

/** `setOnClickAction` sets `onClickAction`. */
function fieldOf(method: string): string {
  const name = method.replace(/^(set|add)/, '');
  return `${name.charAt(0).toLowerCase()}${name.slice(1)}`;
}

function add({ fields }: Made, name: string, value: unknown): void {
  fields[name] = [...((fields[name] as unknown[] | undefined) ?? []), value];
}

function parametersIn(given: unknown): Record<string, string> {
  if (typeof given !== 'object' || given === null || Array.isArray(given))
    throw new Refused('Action.setParameters takes an object of strings.');
  const entries = Object.entries(given as object);
  const wrong = entries.filter(([, value]) => typeof value !== 'string').map(([key]) => key);
  if (wrong.length > 0)
    throw new Refused(
      `Action.setParameters: both keys and values must be strings, these are not: ${wrong.join(', ')}.`,
    );
  return Object.fromEntries(entries) as Record<string, string>;
}

function itemOf([text, value, selected, startIconUri, bottomText]: unknown[]): object {
  for (const one of [text, value])
    if (!['string', 'number', 'boolean'].includes(typeof one))
      throw new Refused('SelectionInput: the text and the value of an item must be strings.');
  return {
    text: String(text),
    value: String(value),
    selected,
    ...(startIconUri !== undefined && { startIconUri: String(startIconUri) }),
    ...(bottomText !== undefined && { bottomText: String(bottomText) }),
  };
}

function requiredIn(classes: Record<string, Class>): Record<string, string[]> {
  const required = Object.entries(classes).map(([type, { methods }]) => {
    const setters = Object.entries(methods).filter(([, method]) => method.required && !method.closed);
    return [type, setters.map(([name]) => fieldOf(name))] as const;
  });
  return Object.fromEntries(required);
}
