// Request schemas read from the types of the googleapis client, so that a body or parameter Google does not
// know is refused.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { Ajv, type ErrorObject, type ValidateFunction } from 'ajv';
import { invalid, type Refusal } from './refusal.ts';

export interface Schema {
  type?: string | string[];
  enum?: (string | null)[];
  properties?: Record<string, Schema>;
  items?: Schema;
  additionalProperties?: boolean | Schema;
}

const TYPES = 'googleapis/build/src/apis/calendar/v3.d.ts';

/** Values the comments name as the only ones; bullets such as ` * - "opaque" - …`. */
const VALUES = /^\s*\* - "([A-Za-z]+)"/gm;

/** Every `Schema$…` and `Params$Resource$…` interface of the types, as JSON schemas by name. */
export function readSchemas(text: string): Record<string, Schema> {
  const found: Record<string, Schema> = {};
  const opening =
    /^ {4}(?:export )?interface (?:Schema|Params\$Resource|(?=Standard))\$?([\w$]+)(?: extends (\w+))? \{$/gm;
  for (const match of text.matchAll(opening)) {
    const reader = new Reader(text, match.index + match[0].length);
    found[match[1]!] = reader.object(found, match[2]);
  }
  return found;
}

/** Reads the members of one interface; the file is machine-written, so its shape is regular. */
class Reader {
  private readonly text: string;
  private at: number;

  constructor(text: string, at: number) {
    this.text = text;
    this.at = at;
  }

  object(known: Record<string, Schema>, base?: string): Schema {
    const properties: Record<string, Schema> = {
      ...(base && known[base]?.properties),
    };
    const schema: Schema = {
      type: 'object',
      properties,
      additionalProperties: false,
    };
    for (;;) {
      const comment = this.take(/\s*(?:\/\*\*([\s\S]*?)\*\/)?\s*/y)?.[1] ?? '';
      if (this.take(/\}/y)) return schema;
      if (this.take(/\[key: string\]: /y)) {
        schema.additionalProperties = this.type(known);
        continue;
      }
      const name = this.take(/([\w$]+)\??: /y)?.[1];
      if (!name) throw new Error(`Cannot read the types at: ${this.text.slice(this.at, this.at + 80)}`);
      properties[name] = withValues(this.type(known), comment);
    }
  }

  private type(known: Record<string, Schema>): Schema {
    let schema = this.single(known);
    while (this.take(/\[\]/y)) schema = { type: 'array', items: schema };
    while (this.take(/ \| /y)) {
      const other = this.single(known);
      // `null` on top of a type; the auth parameter's union of classes stands for nothing on the wire.
      const typed = typeof schema.type === 'string';
      if (other.type === 'null' && typed) schema = { ...schema, type: [schema.type as string, 'null'] };
    }
    this.take(/;/y);
    return schema;
  }

  private single(known: Record<string, Schema>): Schema {
    if (this.take(/\{/y)) return this.object(known);
    const word = this.take(/Schema\$(\w+)|(\w+)/y);
    if (word?.[1]) return { $ref: `${word[1]}#` } as Schema;
    if (word?.[2] === 'any') return {};
    return { type: word?.[2] };
  }

  private take(pattern: RegExp): RegExpExecArray | undefined {
    pattern.lastIndex = this.at;
    const match = pattern.exec(this.text);
    if (match) this.at += match[0].length;
    return match ?? undefined;
  }
}

function withValues(schema: Schema, comment: string): Schema {
  const values = [...comment.matchAll(VALUES)].map((match) => match[1]!);
  const isText = schema.type === 'string' || (Array.isArray(schema.type) && schema.type.includes('string'));
  if (!/Possible values are/.test(comment) || values.length === 0 || !isText) return schema;
  return { ...schema, enum: [...values, null] };
}

/** In a patch any field may be null, which removes it (google-facts 1.2). */
function nullable(schema: Schema): Schema {
  const inner: Schema = { ...schema };
  if (schema.properties) inner.properties = mapped(schema.properties, nullable);
  if (typeof schema.additionalProperties === 'object') {
    inner.additionalProperties = nullable(schema.additionalProperties);
  }
  if (typeof schema.type === 'string') inner.type = [schema.type, 'null'];
  return inner;
}

function mapped(record: Record<string, Schema>, change: (schema: Schema) => Schema): Record<string, Schema> {
  return Object.fromEntries(Object.entries(record).map(([name, schema]) => [name, change(schema)]));
}

export interface Checks {
  /** Refuses unknown or ill-typed parameters; returns them as booleans, numbers and arrays. */
  query(params: string, sent: Record<string, unknown>): Record<string, unknown>;
  /** Refuses a body that is not of the named schema. */
  body(name: string, sent: unknown, isPatch: boolean): Record<string, unknown>;
}

export function makeChecks(): Checks {
  const path = createRequire(import.meta.url).resolve(TYPES);
  const schemas = readSchemas(readFileSync(path, 'utf8'));
  const bodies = validators(schemas, { coerceTypes: false });
  const patches = validators(mapped(schemas, nullable), { coerceTypes: false });
  const queries = validators(schemas, { coerceTypes: 'array' });
  return {
    query(params, sent) {
      const copy = { ...sent };
      const validate = queries(params);
      if (!validate(copy)) throw refusal(validate.errors!);
      return copy;
    },
    body(name, sent, isPatch) {
      const validate = (isPatch ? patches : bodies)(name);
      if (!validate(sent)) throw refusal(validate.errors!);
      return sent as Record<string, unknown>;
    },
  };
}

function validators(
  schemas: Record<string, Schema>,
  options: { coerceTypes: boolean | 'array' },
): (name: string) => ValidateFunction {
  const ajv = new Ajv({ ...options, strict: false, validateFormats: false });
  for (const [name, schema] of Object.entries(schemas)) ajv.addSchema({ $id: `${name}#`, ...schema });
  return (name) => {
    const validate = ajv.getSchema(`${name}#`);
    if (!validate) throw new Error(`The googleapis types have no ${name}.`);
    return validate;
  };
}

function refusal([error]: ErrorObject[]): Refusal {
  const { instancePath, message, params } = error!;
  const at = `${instancePath.slice(1).replaceAll('/', '.')} ${params.additionalProperty ?? ''}`.trim();
  return invalid(`Invalid value for: ${at}: ${message}`, '5.4', at);
}
