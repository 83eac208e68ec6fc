// Signing in with Google, for the control panel: who somebody is, and nothing else of theirs.
import { createHash } from 'node:crypto';
import { MINUTE } from '../../shared/time.ts';
import type { Identify, Person } from '../auth/identity.ts';
import { newSecret } from '../auth/keys.ts';
import { SealBroken } from '../auth/seal.ts';
import type { Config } from '../config.ts';
import type { Context } from '../context.ts';
import { Refusal } from '../errors.ts';
import { GoogleError } from '../google/errors.ts';
import type { Phrase } from '../phrase.ts';
import { refuse } from './panel-failure.ts';
import { isSame } from './session.ts';

/** How long a person has at Google's page, and then to say which business, in ms. */
export const lifetime = 10 * MINUTE;

const beginIdentity = 'panel/sign-in';
const personIdentity = 'panel/person';

const words = {
  late: {
    en: 'Signing in took longer than ten minutes, or was begun in another browser: try again.',
    nb: 'Innloggingen tok mer enn ti minutter, eller ble påbegynt i en annen nettleser: prøv igjen.',
  },
  refused: {
    en: 'Google did not say who you are: the sign-in was cancelled there. Try again when you like.',
    nb: 'Google sa ikke hvem du er: innloggingen ble avbrutt der. Prøv igjen når du vil.',
  },
  failed: {
    en: 'Google did not confirm the sign-in. Try again; if it happens again, tell whoever runs this server.',
    nb: 'Google bekreftet ikke innloggingen. Prøv igjen; skjer det på nytt, si fra til den som drifter serveren.',
  },
  unreachable: {
    en: 'Google cannot be reached just now: try again in a minute.',
    nb: 'Google kan ikke nås akkurat nå: prøv igjen om et minutt.',
  },
} satisfies Record<string, Phrase>;

const redirectUriOf = ({ publicUrl }: Config): string => `${publicUrl}/panel/start/back`;

/** What they wanted when they began. */
interface Wish {
  /** The path of the panel to end at. */
  to: string;
  /** Whether to say which business, though there be only one. */
  choose?: string;
}

interface Begun extends Wish {
  state: string;
  nonce: string;
  verifier: string;
  /** ms since 1970 */
  until: number;
}

/**
 * Begins a sign-in. The browser keeps what proves that it was the one to begin, sealed, and brings it back with
 * Google's answer: so nothing has to be kept here (RFC 6749, 10.12; RFC 7636).
 */
export function beginSignIn(context: Context, wish: Wish): { url: string; kept: string } {
  const until = context.now() + lifetime;
  const begun: Begun = { state: newSecret(), nonce: newSecret(), verifier: newSecret(), ...wish, until };
  const { state, nonce, verifier } = begun;
  const challenge = createHash('sha256').update(verifier).digest('base64url');
  const redirectUri = redirectUriOf(context.config);
  const url = context.google.signInUrl({ redirectUri, state, challenge, nonce });
  return { url, kept: context.seal.seal(JSON.stringify(begun), beginIdentity) };
}

export interface SignedIn extends Wish {
  person: Person;
}

/**
 * Ends a sign-in: Google's code is good once. Network.
 * @param kept what the browser brings back of `beginSignIn`
 * @throws Refusal invalid, google_refused, busy; each with words for the person
 */
export async function finishSignIn(
  context: Context,
  identify: Identify,
  answer: { kept: string | undefined; state: string; code?: string; error?: string },
): Promise<SignedIn> {
  const { code, error } = answer;
  const begun = open<Begun>(context, answer.kept, beginIdentity);
  if (!begun || !isSame(begun.state, answer.state)) throw refuse('invalid', words.late);
  if (error === 'access_denied') throw refuse('google_refused', words.refused);
  if (!code) throw refuse('google_refused', words.failed);
  const { nonce, verifier, to, choose } = begun;
  try {
    const token = await context.google.signIn({
      code,
      verifier,
      redirectUri: redirectUriOf(context.config),
    });
    return { person: await identify(token ?? undefined, context.now(), nonce), to, choose };
  } catch (thrown) {
    throw told(thrown, context);
  }
}

function told(error: unknown, { log }: Context): unknown {
  if (error instanceof GoogleError) {
    if (['again', 'slow', 'unreachable'].includes(error.kind)) return refuse('busy', words.unreachable);
    log.warn({ reason: error.code }, 'a sign-in was refused by Google');
    return refuse('google_refused', words.failed);
  }
  if (!(error instanceof Refusal)) return error;
  return error.code === 'busy' ? refuse('busy', words.unreachable) : refuse('google_refused', words.failed);
}

/** Who signed in, for the browser to keep until it is settled which business they go on to. */
export const keepPerson = (context: Context, person: Person): string =>
  context.seal.seal(JSON.stringify({ ...person, until: context.now() + lifetime }), personIdentity);

/** Undefined: nobody, or too long ago. */
export const personOf = (context: Context, kept: string | undefined): Person | undefined =>
  open<Person & { until: number }>(context, kept, personIdentity);

function open<T extends { until: number }>(
  { seal, now }: Context,
  kept: string | undefined,
  identity: string,
): T | undefined {
  if (kept === undefined) return undefined;
  try {
    const found = JSON.parse(seal.open(kept, identity)) as T;
    return found.until > now() ? found : undefined;
  } catch (error) {
    if (error instanceof SealBroken) return undefined;
    throw error;
  }
}
