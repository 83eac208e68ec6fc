// What Apps Script offers, as told by published types: classes, methods, enum values, scopes. Nothing is known by heart.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

export interface Signature {
  /** Type names in order, such as `string`, `Integer`, `Action`, `any[]`. */
  params: string[];
  returns: string;
  /** One of these is needed to call it; empty if none is. */
  scopes: string[];
}

export interface Method {
  signatures: Signature[];
  deprecated?: true;
  /** Of a setter: what must not be left out. */
  required?: true;
  /** Why an add-on in Calendar cannot use it. */
  closed?: string;
}

export interface Class {
  methods: Record<string, Method>;
  /** Enums hung on it, by the name of the property. */
  enums: Record<string, string>;
  closed?: string;
}

/** One namespace of the types, by the names in it. Plain data, so that it can go to another thread. */
export interface Reference {
  classes: Record<string, Class>;
  enums: Record<string, { values: string[]; closed?: string }>;
}

export type Package = 'gas-types-detailed' | '@types/google-apps-script';

const require = createRequire(import.meta.url);

/**
 * Reads one file of a package of types.
 * @param file such as `card-service`, for `google-apps-script.card-service.d.ts`, or `apis/calendar_v3`
 */
export function readReference(file: string, from: Package = 'gas-types-detailed'): Reference {
  const folder = dirname(require.resolve(`${from}/package.json`));
  const name = file.includes('/') ? `${file}.d.ts` : `google-apps-script.${file}.d.ts`;
  return parseReference(readFileSync(join(folder, name), 'utf8'));
}

/** For declarations as regular as those two packages': one member a line, or broken at its brackets. */
export function parseReference(text: string): Reference {
  const reference: Reference = { classes: {}, enums: {} };
  let doc = '';
  let open: Class | undefined;
  for (const { statement, comment } of statements(text)) {
    if (comment !== undefined) doc = comment;
    else {
      open = take(reference, open, { statement, doc });
      doc = '';
    }
  }
  return reference;
}

type Piece = { statement: string; comment?: undefined } | { statement?: undefined; comment: string };

/** Comments and statements in order; a statement broken over lines is made one. */
function* statements(text: string): Generator<Piece> {
  let held = '';
  let comment: string | undefined;
  for (const raw of text.split('\n')) {
    const line = raw.trim();
    if (comment !== undefined || /^\/\*\*(?!.*\*\/ ?\w)/.test(line)) {
      comment = `${comment ?? ''}\n${line}`;
      if (!line.endsWith('*/')) continue;
      yield { comment };
      comment = undefined;
    } else if (line !== '' && !line.startsWith('//')) {
      held = held === '' ? line : `${held} ${line}`;
      if (/[([,]$/.test(held) || /^enum [^}]*$/.test(held)) continue;
      yield { statement: held };
      held = '';
    }
  }
}

function take(
  reference: Reference,
  open: Class | undefined,
  { statement, doc }: { statement: string; doc: string },
) {
  const closed = closedBy(doc);
  const begun = /^interface (\w+)(?: extends [\w., ]+)? \{/.exec(statement);
  if (begun) {
    const made: Class = { methods: {}, enums: {}, ...(closed && { closed }) };
    reference.classes[begun[1]!] ??= made;
    return reference.classes[begun[1]!];
  }
  const listed = /^enum (\w+) \{(.*)\}/.exec(statement);
  if (listed) {
    const values = listed[2]!.split(',').map((value) => value.replace(/\/\*.*?\*\//, '').trim());
    reference.enums[listed[1]!] = { values: values.filter(Boolean), ...(closed && { closed }) };
    return open;
  }
  if (statement === '}') return undefined;
  const hung = /^(\w+): typeof (?:\w+\.)*(\w+);/.exec(statement);
  if (open && hung) open.enums[hung[1]!] = hung[2]!;
  const method = /^(\/\*\* @deprecated.*\*\/ )?(\w+)\((.*)\): (.+);$/.exec(statement);
  if (open && method)
    addMethod(open, { name: method[2]!, params: method[3]!, returns: method[4]!, doc, old: method[1] });
  return open;
}

interface Declared {
  name: string;
  params: string;
  returns: string;
  doc: string;
  old?: string | undefined;
}

function addMethod(to: Class, { name, params, returns, doc, old }: Declared): void {
  const closed = closedBy(doc);
  // Not `??=`: an object has a toString of its own.
  const method: Method = Object.hasOwn(to.methods, name) ? to.methods[name]! : { signatures: [] };
  to.methods[name] = method;
  const scopes = [...doc.matchAll(/^\s*\* - (https:\/\/www\.googleapis\.com\/auth\/\S+)/gm)];
  method.signatures.push({
    params: params
      .replace(/,\s*$/, '')
      .split(/, ?(?=\w+\??:)/)
      .filter((param) => param.trim() !== '')
      .map((param) => param.slice(param.indexOf(':') + 1).trim()),
    returns,
    scopes: scopes.map(([, scope]) => scope!),
  });
  if (old || doc.includes('@deprecated')) method.deprecated = true;
  if (/[.] Required[.,;]/.test(doc)) method.required = true;
  if (closed) method.closed = closed;
}

/** Chat's, previews and closed programmes, in the words of the documentation (google-facts 2.4). */
function closedBy(doc: string): string | undefined {
  if (/Only available for Google Chat/.test(doc)) return 'only Chat has it';
  if (/developer preview/i.test(doc)) return 'it is a developer preview in add-ons';
  if (/Only available through the Gemini/.test(doc)) return 'only the Gemini Alpha programme has it';
  return undefined;
}
