// Where a build of the add-on belongs: the backend's address and the Apps Script project, read from the environment once.

/** What stands in the committed manifest where the backend's address goes. Nobody can own a name under `.example`. */
export const PLACEHOLDER = 'https://sidebook.example/';

/** Something that keeps the add-on from being built or sent, in words that say what to change. */
export class Unfit extends Error {
  override readonly name = 'Unfit';
}

export interface Deployment {
  /** https, a whole domain, ends in a slash. */
  backend: string;
  /** Whether the build may make calendar-updated triggers, and asks for the scope they need. */
  triggers: boolean;
}

type Environment = Record<string, string | undefined>;

/** @throws Unfit, if SIDEBOOK_URL or ADDON_TRIGGERS is not as it has to be */
export function readDeployment(env: Environment = process.env): Deployment {
  const backend = env.SIDEBOOK_URL?.trim();
  if (!backend)
    throw new Unfit(
      'SIDEBOOK_URL is not set: give the backend’s address, such as https://book.example.com/.',
    );
  const triggers = env.ADDON_TRIGGERS?.trim() || 'off';
  if (triggers !== 'on' && triggers !== 'off') throw new Unfit('ADDON_TRIGGERS wants one of: on, off.');
  return { backend: checkAddress(backend), triggers: triggers === 'on' };
}

/**
 * The address as it may stand in `urlFetchWhitelist` and `openLinkUrlPrefixes`
 * (developers.google.com/workspace/add-ons/concepts/workspace-manifests#urlFetchWhitelist).
 * @throws Unfit, saying what is wrong and, where it can be told, how to write it
 */
export function checkAddress(address: string): string {
  const not = (why: string) => new Unfit(`SIDEBOOK_URL: ${address} ${why}`);
  const url = parse(address);
  if (!url) throw not('is no address: write one such as https://book.example.com/.');
  if (url.protocol !== 'https:')
    throw not('does not begin with https://: Google lets add-ons reach nothing else.');
  if (url.username || url.password) throw not('holds a name or password: leave it out.');
  if (url.search || url.hash) throw not(`holds more than a path: write ${url.origin}${url.pathname}.`);
  if (!/^([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)+[a-z][a-z0-9-]*[a-z0-9]$/.test(url.hostname))
    throw not('names no whole public domain: Google’s servers have to find it, such as book.example.com.');
  if (!url.pathname.endsWith('/') || url.href !== address)
    throw not(`has to end in a slash and be written plainly: write ${url.href.replace(/\/?$/, '/')}.`);
  return address;
}

function parse(address: string): URL | undefined {
  try {
    return new URL(address);
  } catch {
    return undefined; // That is the answer.
  }
}
