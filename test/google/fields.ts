// Partial answers: the `fields` parameter, such as `nextPageToken,items(id,start/dateTime)`.
import { invalid } from './refusal.ts';

type Selection = Map<string, Selection | undefined>;

/** The parts of `body` that `fields` names; refuses with 400 what cannot be read. */
export function select(body: unknown, fields: string): unknown {
  const parser = { text: fields.replace(/\s/g, ''), at: 0 };
  const selection = readList(parser);
  if (parser.at < parser.text.length) throw invalid(`Invalid field selection ${fields}`, '1.13', 'fields');
  return pick(body, selection);
}

function readList(parser: { text: string; at: number }): Selection {
  const selection: Selection = new Map();
  do {
    const name = /[\w*]+/y;
    name.lastIndex = parser.at;
    const match = name.exec(parser.text);
    if (!match) throw invalid(`Invalid field selection ${parser.text}`, '1.13', 'fields');
    parser.at = name.lastIndex;
    selection.set(match[0], readInner(parser));
  } while (parser.text[parser.at] === ',' && ++parser.at);
  return selection;
}

function readInner(parser: { text: string; at: number }): Selection | undefined {
  const next = parser.text[parser.at];
  if (next !== '/' && next !== '(') return undefined;
  parser.at += 1;
  const inner = next === '(' ? readList(parser) : readPath(parser);
  if (next === '(' && parser.text[parser.at++] !== ')') {
    throw invalid(`Invalid field selection ${parser.text}`, '1.13', 'fields');
  }
  return inner;
}

function readPath(parser: { text: string; at: number }): Selection {
  const end = parser.text.slice(parser.at).search(/[,()/]/);
  const stop = end < 0 ? parser.text.length : parser.at + end;
  const name = parser.text.slice(parser.at, stop);
  parser.at = stop;
  return new Map([[name, readInner(parser)]]);
}

function pick(value: unknown, selection: Selection): unknown {
  if (Array.isArray(value)) return value.map((item) => pick(item, selection));
  if (typeof value !== 'object' || value === null) return value;
  const kept = Object.entries(value).flatMap(([name, inner]) => {
    const chosen = selection.has(name) ? name : '*';
    if (!selection.has(chosen)) return [];
    const deeper = selection.get(chosen);
    return [[name, deeper ? pick(inner, deeper) : inner]];
  });
  return Object.fromEntries(kept);
}
