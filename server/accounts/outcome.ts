// What came of a consent, for people: its sentence, and how it reaches the page that says it where no other was named.
import { type Seal, SealBroken } from '../auth/seal.ts';
import { notFound } from '../errors.ts';
import { missingOf } from './scopes.ts';
import { type Code, type Locale, say } from './words.ts';

/** Why nothing was connected, and what its sentence speaks of. */
export interface Refused {
  code: Code;
  /** As Google said it. */
  reason: string;
  /** Scopes that were not given. */
  missing: string[];
  /** The Google app's id. */
  client: string;
  /** Where Google sends browsers back to. */
  uri: string;
}

export function wordsOf({ code, reason, missing, client, uri }: Refused, locale: Locale): string {
  const lacking = missingOf([], missing).map(({ to }) => to[locale]);
  return say(code, locale, { code: reason, missing: lacking.join(', '), client, uri });
}

export interface Outcome {
  /** Null: the account is connected. */
  refused: Refused | null;
  /** The business's. */
  locale: Locale;
}

const identity = 'consents/outcome';

/** For an address: sealed, so that nobody else puts words on our page. */
export const sealOutcome = (seal: Seal, outcome: Outcome): string =>
  seal.seal(JSON.stringify(outcome), identity);

/** @throws Refusal not_found, if it is not one of ours */
export function openOutcome(seal: Seal, sealed: string): Outcome {
  try {
    return JSON.parse(seal.open(sealed, identity)) as Outcome;
  } catch (error) {
    if (error instanceof SealBroken) throw notFound('page');
    throw error;
  }
}
