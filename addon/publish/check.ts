// Whether the add-on is fit to be published: `npm run publish:check`; with `--texts` also what to paste into the consoles.
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { makeAddon, root } from '../build.ts';
import type { Environment } from './clasp.ts';
import { command } from './command.ts';
import { PLACEHOLDER, readDeployment, Unfit } from './deployment.ts';
import { type Locale, listing } from './listing.ts';
import { fileOf, type Page, pages } from './pages.ts';
import { imageFolder, screenshotFolder, sizeOf } from './pictures.ts';
import { inspect, type Subject } from './rules.ts';
import { scopes } from './scopes.ts';

/** Reads and builds what is looked at; writes nothing. Without SIDEBOOK_URL, for the placeholder: that is found then. */
export async function readSubject(env: Environment, entry?: string): Promise<Subject> {
  const { backend, triggers } = readDeployment({ ...env, SIDEBOOK_URL: env.SIDEBOOK_URL || PLACEHOLDER });
  const json = async <T>(file: string) => JSON.parse(await readFile(join(root, file), 'utf8')) as T;
  return {
    backend,
    triggers,
    built: await makeAddon({ backend, triggers, entry }),
    version: (await json<{ version: string }>('package.json')).version,
    committedScriptId: (await json<{ scriptId: string }>('.clasp.json')).scriptId,
    scopes,
    listing,
    // A test asks the server for each of them.
    served: [...pages, 'logo.png'],
    texts: await readTexts(),
    images: await sizesIn(imageFolder),
    screenshots: await sizesIn(screenshotFolder),
  };
}

const unlessMissing = (error: NodeJS.ErrnoException) => {
  if (error.code !== 'ENOENT') throw error;
  return undefined;
};

async function readTexts(): Promise<Subject['texts']> {
  const written = pages.filter((page): page is Exclude<Page, 'about'> => page !== 'about');
  const wanted = written.flatMap((page) => (['en', 'nb'] as const).map((locale) => ({ page, locale })));
  const texts = wanted.map(async ({ page, locale }) => {
    const text = await readFile(fileOf(page, locale), 'utf8').catch(unlessMissing);
    return [`${page}.${locale}`, text] as const;
  });
  return Object.fromEntries(await Promise.all(texts));
}

async function sizesIn(folder: URL): Promise<Subject['images']> {
  const files = (await readdir(folder).catch(unlessMissing)) ?? [];
  const sizes = files
    .filter((file) => file.endsWith('.png'))
    .map(async (file) => [file, sizeOf(await readFile(new URL(file, folder)))] as const);
  return Object.fromEntries(await Promise.all(sizes));
}

/** What is told. @throws Unfit, with all of it, if anything is to be changed */
export function report(subject: Subject): string {
  const findings = inspect(subject);
  const lines = findings.flatMap(({ about, faults }) => [
    `${faults.length === 0 ? 'ok    ' : 'CHANGE'}  ${about}`,
    ...faults.map((fault) => `        - ${fault}`),
  ]);
  if (findings.some(({ faults }) => faults.length > 0)) throw new Unfit(lines.join('\n'));
  return lines.join('\n');
}

/** The listing and the reasons of the scopes, in the order in which Google's forms ask for them. */
export function formTexts(
  { backend, triggers }: Pick<Subject, 'backend' | 'triggers'>,
  locale: Locale,
): string {
  const asked = scopes.filter((one) => triggers || !one.triggers);
  const links = Object.entries(listing.links).map(([name, path]) => `${name}: ${backend}${path}`);
  const reasons = asked.map(
    ({ scope, why, narrower, sensitivity }) =>
      `${scope}${sensitivity === 'sensitive' ? ' (sensitive)' : ''}\n  ${why[locale]}\n  ${narrower}`,
  );
  const head = [`${listing.name} · ${listing.category} · ${listing.pricing}`, listing.short[locale]];
  return [...head, listing.detailed[locale], links.join('\n'), ...reasons].join('\n\n');
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href)
  await command(async () => {
    const subject = await readSubject(process.env);
    if (process.argv.includes('--texts'))
      for (const locale of ['en', 'nb'] as const)
        console.log(`== ${locale}\n\n${formTexts(subject, locale)}\n`);
    return report(subject);
  });
