// What has to be true before the add-on can be published, as far as it can be told without Google. Pure.
import type { Built, Manifest } from '../build.ts';
import { checkAddress, PLACEHOLDER, Unfit } from './deployment.ts';
import { type Listing, type Locale, most } from './listing.ts';
import { type Picture, pictures, screenshotSize } from './pictures.ts';
import { type Scope, scopesOf } from './scopes.ts';

/** All that is looked at, as data. */
export interface Subject {
  backend: string;
  triggers: boolean;
  built: Built;
  /** In package.json. */
  version: string;
  /** In .clasp.json, as committed. */
  committedScriptId: string;
  scopes: Scope[];
  listing: Listing;
  /** Paths below the backend's address that the server answers without a key. */
  served: string[];
  /** The text of each page in each language, as `privacy.en`; undefined: there is none. */
  texts: Record<string, string | undefined>;
  /** Size of each image file that is there, in pixels. */
  images: Record<string, { width: number; height: number }>;
  screenshots: Record<string, { width: number; height: number }>;
}

export interface Finding {
  /** What was looked at. */
  about: string;
  /** What to change; none: all is well. */
  faults: string[];
}

type Rule = (subject: Subject) => string[];
const locales: Locale[] = ['en', 'nb'];

/** In the order in which they are told. */
const rules: Record<string, Rule> = {
  'The build is for a server of your own': ({ backend }) =>
    backend === PLACEHOLDER ? [`Set SIDEBOOK_URL: this build is for the placeholder ${PLACEHOLDER}.`] : [],
  'No placeholder is left in the build': ({ built, backend }) =>
    backend !== PLACEHOLDER && `${built.code}${JSON.stringify(built.manifest)}`.includes('sidebook.example')
      ? ['The bundle or manifest still holds sidebook.example: use SIDEBOOK_URL instead.']
      : [],
  'The committed project file holds a placeholder': ({ committedScriptId }) =>
    /^[\w-]+$/.test(committedScriptId)
      ? ['.clasp.json holds a script id: put the placeholder back and set CLASP_SCRIPT_ID.']
      : [],
  'The manifest asks for the scopes of the table, no more and no fewer': checkScopes,
  'Each scope has its reason in both languages': ({ scopes }) =>
    scopes.flatMap(({ scope, why, needs, narrower }) =>
      [why.en, why.nb, needs, narrower].every((text) => text.trim() !== '')
        ? []
        : [`Say in addon/publish/scopes.ts why ${scope} is asked for.`],
    ),
  'Addresses in the manifest are https with a path': checkPrefixes,
  'The bundle’s address may be fetched from and linked to': checkReach,
  'Google finds each function that the manifest names': ({ built }) =>
    namedIn(built.manifest)
      .filter((name) => !built.functions.includes(name))
      .map((name) => `The manifest names ${name}: export it from addon/index.ts.`),
  'Google finds each function that a card names': ({ built }) =>
    [...built.code.matchAll(/setFunctionName\("(\w+)"\)/g)]
      .map(([, name = '']) => name)
      .filter((name) => !built.functions.includes(name))
      .map((name) => `A card calls ${name}: export it from addon/index.ts.`),
  'The bundle is of this version': ({ built, version }) =>
    built.version === version && built.code.startsWith(`// Sidebook ${version}\n`)
      ? []
      : [`Build again: package.json says ${version}, the bundle ${built.version}.`],
  'The listing fits Google’s lengths': checkLengths,
  'The links lead to pages that the server serves': checkLinks,
  'Each page is written in both languages': ({ texts }) =>
    Object.entries(texts).flatMap(([name, text]) =>
      text?.startsWith('# ') ? [] : [`Write addon/publish/texts/${name}.md, its title first.`],
    ),
  'The privacy page states Limited Use': ({ texts }) =>
    locales
      .filter(
        (locale) =>
          !/Google API Services User Data Policy.*Limited Use/s.test(texts[`privacy.${locale}`] ?? ''),
      )
      .map((locale) => `State Limited Use in addon/publish/texts/privacy.${locale}.md.`),
  'Icons and banner are there in their sizes': ({ images }) =>
    pictures.flatMap((one) => checkPicture(one, images)),
  'There are screenshots of the right size': checkScreenshots,
};

export const inspect = (subject: Subject): Finding[] =>
  Object.entries(rules).map(([about, rule]) => ({ about, faults: rule(subject) }));

function checkScopes({ built, triggers, scopes }: Subject): string[] {
  const asked = built.manifest.oauthScopes;
  const wanted = scopesOf(triggers, scopes);
  return [
    ...asked
      .filter((scope) => !wanted.includes(scope))
      .map(
        (scope) =>
          `The manifest asks for ${scope}: give its reason in addon/publish/scopes.ts, or leave it out.`,
      ),
    ...wanted
      .filter((scope) => !asked.includes(scope))
      .map((scope) => `The table has ${scope}, the manifest has not: add it, or take it from the table.`),
    ...asked
      .filter((scope, at) => asked.indexOf(scope) !== at)
      .map((scope) => `The manifest has ${scope} twice.`),
  ];
}

function checkPrefixes({ built: { manifest } }: Subject): string[] {
  const { openLinkUrlPrefixes, logoUrl, universalActions } = manifest.addOns.common;
  const links = universalActions.flatMap(({ openLink }) => openLink ?? []);
  return [
    ...[...manifest.urlFetchWhitelist, ...openLinkUrlPrefixes].flatMap((prefix) => {
      try {
        checkAddress(prefix);
        return [];
      } catch (error) {
        if (!(error instanceof Unfit)) throw error;
        return [error.message.replace('SIDEBOOK_URL: ', 'appsscript.json: ')];
      }
    }),
    ...[logoUrl, ...links]
      .filter((link) => !/^https:\/\/[^/]+\/./.test(link))
      .map((link) => `appsscript.json: ${link} has to be https with a path.`),
  ];
}

function checkReach({ built: { code, manifest }, backend }: Subject): string[] {
  const { openLinkUrlPrefixes, universalActions, logoUrl } = manifest.addOns.common;
  const links = [backend, logoUrl, ...universalActions.flatMap(({ openLink }) => openLink ?? [])];
  const within = (prefixes: string[]) => (link: string) => prefixes.some((prefix) => link.startsWith(prefix));
  return [
    ...(within(manifest.urlFetchWhitelist)(backend) ? [] : [`Add ${backend} to urlFetchWhitelist.`]),
    ...links
      .filter((link) => !within(openLinkUrlPrefixes)(link))
      .map((link) => `Add a prefix of ${link} to openLinkUrlPrefixes.`),
    ...(code.includes(backend)
      ? []
      : [`The bundle never names ${backend}: it has to reach the server by SIDEBOOK_URL.`]),
  ];
}

function namedIn(manifest: Manifest): string[] {
  const { common, calendar } = manifest.addOns;
  const triggers = Object.values(calendar).map((value) =>
    typeof value === 'string' ? undefined : value.runFunction,
  );
  return [...common.universalActions.map(({ runFunction }) => runFunction), ...triggers].flatMap(
    (name) => name ?? [],
  );
}

function checkLengths({ listing, built }: Subject): string[] {
  const faults = [];
  const texts = [
    { what: 'name', text: listing.name, length: most.name },
    ...locales.map((locale) => ({
      what: `short.${locale}`,
      text: listing.short[locale],
      length: most.short,
    })),
    ...locales.map((locale) => ({
      what: `detailed.${locale}`,
      text: listing.detailed[locale],
      length: most.detailed,
    })),
  ];
  for (const { what, text, length } of texts) {
    if (text.trim() === '') faults.push(`listing.ts, ${what}: it is empty.`);
    if (text.length > length)
      faults.push(`listing.ts, ${what}: ${text.length} characters, Google takes ${length}.`);
  }
  if (/google/i.test(listing.name))
    faults.push('listing.ts, name: Google refuses a name with "Google" in it.');
  if (listing.name !== built.manifest.addOns.common.name)
    faults.push('listing.ts, name: it has to be the name in appsscript.json.');
  return faults;
}

function checkLinks({ backend, listing, built, served }: Subject): string[] {
  const { logoUrl, universalActions } = built.manifest.addOns.common;
  const inManifest = [logoUrl, ...universalActions.flatMap(({ openLink }) => openLink ?? [])];
  const paths = [
    ...Object.values(listing.links),
    ...inManifest.map((link) => (link.startsWith(backend) ? link.slice(backend.length) : link)),
  ];
  return paths
    .filter((path) => !served.includes(path))
    .map((path) => `The server serves no ${path}: mend the link, or serve it.`);
}

const pixels = ({ width, height }: { width: number; height: number }) => `${width} × ${height}`;

function checkPicture(wanted: Picture, images: Subject['images']): string[] {
  const found = images[wanted.file];
  if (!found) return [`addon/publish/images/${wanted.file} is missing: npm run publish:images draws it.`];
  return pixels(found) === pixels(wanted)
    ? []
    : [`${wanted.file} is ${pixels(found)}, not ${pixels(wanted)}: npm run publish:images draws it anew.`];
}

function checkScreenshots({ screenshots }: Subject): string[] {
  const all = Object.entries(screenshots);
  if (all.length === 0)
    return ['addon/publish/screenshots/ holds none: the browser tests make them from the real cards.'];
  return all
    .filter(([, size]) => pixels(size) !== pixels(screenshotSize))
    .map(([file, size]) => `${file} is ${pixels(size)}, not ${pixels(screenshotSize)}: make it anew.`);
}
