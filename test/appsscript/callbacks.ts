// Calls a function of the bundle for Calendar: the event object it is given, what it may return, what came of it.
import { eventObject, type OpenEvent, type Person } from './event.ts';
import type { Node } from './limits.ts';
import type { Manifest } from './manifest.ts';
import type { Logged } from './outside.ts';
import type { After } from './panel.ts';
import type { Runs } from './runs.ts';
import type { Outcome } from './runtime/worker.ts';

export interface Log {
  /** What the add-on fetched, and which Calendar methods it called. */
  requests: Logged[];
  /** What it wrote with console and Logger. */
  lines: string[];
  refusals: string[];
  /** Errors that nothing caught, with their stacks. */
  crashes: string[];
  clear(): void;
}

export function freshLog(requests: Logged[]): Log {
  const log: Log = {
    ...{ requests, lines: [], refusals: [], crashes: [] },
    clear: () => {
      for (const list of [log.requests, log.lines, log.refusals, log.crashes]) list.splice(0);
    },
  };
  return log;
}

/** What a function may return, by who calls it. */
const RETURNS = {
  trigger: ['Card'],
  widget: ['ActionResponse', 'CalendarEventActionResponse'],
  universal: ['UniversalActionResponse'],
  suggestions: ['SuggestionsResponse'],
};

export interface Asked {
  name: string;
  by: keyof typeof RETURNS;
  open: OpenEvent | undefined;
  parameters?: Record<string, string> | undefined;
  formInputs?: Record<string, object> | undefined;
}

/** Without nodes there is nothing to show, and `after` says why. */
export interface Called {
  nodes?: Node[];
  after: Partial<After>;
}

export interface Caller {
  runs: Runs;
  manifest: Manifest;
  person: Person;
  log: Log;
  now(): number;
}

export async function callBack(caller: Caller, asked: Asked): Promise<Called> {
  const { runs, manifest, person, log } = caller;
  const { name, by, open, parameters, formInputs } = asked;
  const event = eventObject(manifest, { person, open, parameters, formInputs, now: caller.now() });
  const outcome = await runs.run({ function: name, event });
  note(log, outcome);
  const { error, authorization, returned, refusals } = outcome;
  if (authorization) {
    const { authorizationUrl, resourceDisplayName, customUiCallback } = authorization;
    if (typeof customUiCallback === 'string')
      return callBack(caller, { name: customUiCallback, by: 'trigger', open });
    return {
      after: {
        refusals,
        authorization: { url: String(authorizationUrl), name: String(resourceDisplayName) },
      },
    };
  }
  if (error) return { after: { refusals, crash: error.message } };
  const nodes = accepted(by, returned);
  if (nodes) return { nodes, after: { refusals } };
  const crash = `${name} must return ${RETURNS[by].join(' or ')}${by === 'trigger' ? ', one or several' : ''}; it returned ${wordsFor(returned)}.`;
  log.refusals.push(crash);
  return { after: { refusals: [...refusals, crash], crash } };
}

export function note(log: Log, { error, refusals, lines }: Outcome): void {
  log.refusals.push(...refusals);
  log.lines.push(...lines);
  if (error) log.crashes.push(error.stack || error.message);
}

/** Only a trigger may answer with several; none at all would be a blank panel. */
function accepted(by: keyof typeof RETURNS, returned: Outcome['returned']): Node[] | undefined {
  if (Array.isArray(returned) && (by !== 'trigger' || returned.length === 0)) return undefined;
  const nodes = [returned].flat();
  const fits = nodes.every((node) => node !== undefined && 'type' in node && RETURNS[by].includes(node.type));
  return fits ? (nodes as Node[]) : undefined;
}

function wordsFor(returned: Outcome['returned']): string {
  if (Array.isArray(returned))
    return returned.length === 0 ? 'no cards' : `an array of ${returned.map(({ type }) => type).join(', ')}`;
  if (returned === undefined) return 'nothing';
  return 'type' in returned ? `${returned.type}` : String(returned.other);
}
