// The pages that people are owed (privacy, terms, help, data deletion, what this is), as HTML in their language.
import { createHash } from 'node:crypto';
import { type Locale, listing } from '../../addon/publish/listing.ts';
import { type Page, pages, readPage, type Values } from '../../addon/publish/pages.ts';
import { escapeHtml, renderMarkdown } from './markdown.ts';

const style = `
:root { color-scheme: light dark; --ink: #1f2328; --quiet: #59636e; --paper: #fff; --line: #d8dee4; --link: #0b6e69 }
@media (prefers-color-scheme: dark) { :root { --ink: #e6edf3; --quiet: #9aa6b2; --paper: #14181d; --line: #333c46; --link: #6fd3cc } }
* { box-sizing: border-box }
body { margin: 0; background: var(--paper); color: var(--ink); font: 1.0625rem/1.6 system-ui, sans-serif; overflow-wrap: break-word }
header, main, footer { max-width: 42rem; margin: 0 auto; padding: 1rem 1.25rem }
header { display: flex; flex-wrap: wrap; align-items: center; gap: .5rem .75rem; border-bottom: 1px solid var(--line) }
header img { width: 2rem; height: 2rem }
header .brand { display: flex; align-items: center; gap: .75rem; margin-right: auto; color: inherit; text-decoration: none }
h1 { font-size: 1.75rem; line-height: 1.25; margin: 1rem 0 }
h2 { font-size: 1.25rem; line-height: 1.3; margin: 2rem 0 .5rem }
p, ul { margin: .75rem 0 }
ul { padding-left: 1.25rem }
li { margin: .4rem 0 }
a { color: var(--link); text-underline-offset: .15em }
a:focus-visible { outline: 3px solid var(--link); outline-offset: 2px; border-radius: 2px }
code { font-size: .875em; color: var(--quiet) }
footer { display: flex; flex-wrap: wrap; gap: .5rem 1.25rem; margin-top: 2rem; border-top: 1px solid var(--line) }
[aria-current] { color: inherit; text-decoration: none }
`;

/** No script, nothing from elsewhere, no frame around it: they are read, and that is all. */
export const headers: Record<string, string> = {
  'content-type': 'text/html; charset=utf-8',
  'content-security-policy': [
    "default-src 'none'",
    `style-src 'sha256-${createHash('sha256').update(style).digest('base64')}'`,
    "img-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; '),
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cache-control': 'public, max-age=3600',
  vary: 'accept-language',
};

const titles: Record<Page, Record<Locale, string>> = {
  about: { en: 'About', nb: 'Om' },
  privacy: { en: 'Privacy', nb: 'Personvern' },
  terms: { en: 'Terms', nb: 'Vilkår' },
  help: { en: 'Help', nb: 'Hjelp' },
  'data-deletion': { en: 'Data deletion', nb: 'Sletting av data' },
};
const others: Record<Locale, { to: Locale; words: string }> = {
  en: { to: 'nb', words: 'Norsk' },
  nb: { to: 'en', words: 'English' },
};

/** The whole page. */
export async function showPage(page: Page, values: Omit<Values, 'url'>): Promise<string> {
  const { locale } = values;
  const text = renderMarkdown(await readPage(page, { ...values, url: '/' }));
  const other = others[locale];
  const links = pages.map((one) => {
    const here = one === page ? ' aria-current="page"' : '';
    return `<a href="/${one}?lang=${locale}"${here}>${titles[one][locale]}</a>`;
  });
  return `<!doctype html>
<html lang="${locale}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(`${titles[page][locale]} – ${listing.name}`)}</title>
<link rel="icon" href="/logo.png">
<style>${style}</style>
</head>
<body>
<header>
<a class="brand" href="/about?lang=${locale}"><img src="/logo.png" alt=""><strong>${listing.name}</strong></a>
<a href="/${page}?lang=${other.to}" hreflang="${other.to}" lang="${other.to}">${other.words}</a>
</header>
<main>
${text}
</main>
<footer>
${links.join('\n')}
</footer>
</body>
</html>
`;
}

/**
 * The language a person is spoken to in: what they chose, else the first of theirs that we have (RFC 9110, section
 * 12.5.4), else English.
 */
export function localeFor(chosen: string | undefined, accepted = ''): Locale {
  if (chosen) return isNorwegian(chosen) ? 'nb' : 'en';
  const wanted = accepted
    .split(',')
    .map((part) => {
      const [tag = '', quality = 'q=1'] = part.split(';').map((piece) => piece.trim().toLowerCase());
      return { tag, quality: Number(/^q=([\d.]+)$/.exec(quality)?.[1] ?? 0) };
    })
    .filter(({ tag, quality }) => quality > 0 && (isNorwegian(tag) || /^en(-|$)/.test(tag)))
    .sort((a, b) => b.quality - a.quality);
  return wanted[0] && isNorwegian(wanted[0].tag) ? 'nb' : 'en';
}

const isNorwegian = (tag: string) => /^(nb|nn|no)(-|$)/i.test(tag);
