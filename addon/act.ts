// What a button carries: which act, its body, and a key that makes a second tap the same request as the first.
import type { Env } from './env.ts';

/**
 * Where the answer's card goes. push: a step deeper; update: in place of this one; back: this one is left, and the one
 * below becomes the answer (in place, if the answer is this same card again: it was refused); root: all are left.
 */
export type Way = 'push' | 'update' | 'back' | 'root';

/** As `act` wrote it into the parameters. */
export interface Carried {
  name: string;
  body: Record<string, unknown>;
  way: Way;
  /** What the card is on which the button stands. */
  on: string;
  key: string;
}

/**
 * An action on `onAct`. What it does stands in actions.ts under its name; form fields are read there.
 * @param body goes to the server, as far as it is filled in here
 */
export function act(
  env: Env,
  name: string,
  { body = {}, way = 'update' }: { body?: object; way?: Way } = {},
): GoogleAppsScript.Card.Action {
  const parameters: Record<string, string> = {
    do: name,
    body: JSON.stringify(body),
    way,
    on: env.on,
    key: Utilities.getUuid(),
    known: env.known ?? '',
    root: env.root,
  };
  if (env.businessId) parameters.business = env.businessId;
  if (env.event) parameters.event = JSON.stringify(env.event);
  return CardService.newAction()
    .setFunctionName('onAct')
    .setParameters(parameters)
    .setLoadIndicator(CardService.LoadIndicator.SPINNER);
}

/** What the tapped button carries. */
export function carriedIn(parameters: Record<string, string>): Carried {
  const { do: name = '', body = '{}', way = 'update', on = '', key = '' } = parameters;
  return { name, body: JSON.parse(body) as Carried['body'], way: way as Way, on, key };
}
