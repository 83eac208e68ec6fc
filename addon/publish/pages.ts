// The texts that people are owed (privacy, terms, help, data deletion), as files beside this one and in both languages.
import { readFile } from 'node:fs/promises';
import { type Locale, listing } from './listing.ts';
import { scopesOf, whyOf } from './scopes.ts';

/** Each is served at its name. */
export const pages = ['about', 'privacy', 'terms', 'help', 'data-deletion'] as const;
export type Page = (typeof pages)[number];

/** Who runs the server, and how they are reached. */
export interface Operator {
  name: string;
  mail: string;
}

export interface Values {
  locale: Locale;
  /** Undefined: nobody said. The texts then say so. */
  operator: Operator | undefined;
  /** Where the pages are, ending in a slash; `/`, if nobody said. */
  url: string;
}

/** The page as markdown, with everything filled in. */
export async function readPage(page: Page, values: Values): Promise<string> {
  const { locale, operator, url } = values;
  const text = page === 'about' ? about(locale) : await readFile(fileOf(page, locale), 'utf8');
  const fill: Record<string, string> = {
    url,
    scopes: scopesOf(false)
      .map((scope) => `- \`${scope}\` ${whyOf(scope)[locale]}`)
      .join('\n'),
    operator: operator?.name ?? unnamed[locale],
    contact: operator ? `[${operator.mail}](mailto:${operator.mail})` : unreachable[locale],
  };
  return text.replace(/\{(\w+)\}/g, (braces, key: string) => fill[key] ?? braces);
}

export const fileOf = (page: Page, locale: Locale) => new URL(`texts/${page}.${locale}.md`, import.meta.url);

const unnamed = { en: 'whoever runs this server', nb: 'den som driver denne tjeneren' };
const unreachable = {
  en: 'the person who set Sidebook up for you',
  nb: 'den som har satt opp Sidebook for deg',
};

const about = (locale: Locale) =>
  `# ${listing.name}\n\n**${listing.short[locale]}**\n\n${listing.detailed[locale].replaceAll('• ', '- ')}\n`;
