// The control panel's frame: who looks at a page, and what stands around it. No framework, no script, nothing from elsewhere.
import type { Locale } from '../accounts/words.ts';
import { canSignIn } from '../config.ts';
import type { Context } from '../context.ts';
import { runs, type Staffer } from '../sidebar/staffer.ts';
import { Html, html, inWords, type Part } from './panel-html.ts';
import { styleAddress } from './panel-style.ts';

/** What was said on the way here, once: that something is done, or what was wrong with a form. */
export interface Said {
  words: string;
  bad: boolean;
  /** Of the form: what is wrong with it is said beside it. */
  field?: string;
  /** What was typed: nobody types twice. */
  values?: Record<string, string>;
}

/** Whoever is shown a page, in which words; without `staffer` it is somebody who is not let in. */
export interface Frame {
  /** Of this server's address, before every path of the panel: mostly nothing. */
  base: string;
  locale: Locale;
  /** The path asked for, and its query. */
  asked: { path: string; query: URLSearchParams };
}

export interface View extends Frame {
  context: Context;
  staffer: Staffer;
  /** Of the session: every form carries it. */
  token: string;
  /** The session's cookie: what comes back from Google has to come back to it. */
  secret: string;
  said: Said | null;
}

export interface Page {
  title: string;
  body: Html;
  /** Another origin that a form of this page ends up at. */
  leadsTo?: string;
}

export const mayChange = ({ staffer }: Pick<View, 'staffer'>): boolean => runs(staffer);

export const owns = ({ staffer }: Pick<View, 'staffer'>): boolean => staffer.member.role === 'owner';

/** The address of a path of the panel: '' is its first page. */
export const at = ({ base }: Pick<Frame, 'base'>, path: string): string => `${base}/panel${path}`;

/** A form that changes something. */
export const form = (view: Pick<View, 'base' | 'token'>, to: string, body: Part): Html =>
  html`<form method="post" action="${at(view, to)}"><input type="hidden" name="form" value="${view.token}">${body}</form>`;

const phrases = {
  panel: { en: 'control panel', nb: 'kontrollpanel' },
  home: { en: 'Overview', nb: 'Oversikt' },
  connect: { en: 'Google accounts', nb: 'Google-kontoer' },
  calendars: { en: 'Calendars', nb: 'Kalendere' },
  members: { en: 'Members', nb: 'Medlemmer' },
  keys: { en: 'API keys', nb: 'API-nøkler' },
  data: { en: 'Data', nb: 'Data' },
  skip: { en: 'To the content', nb: 'Til innholdet' },
  pages: { en: 'Pages', nb: 'Sider' },
  signedIn: { en: 'You are {name}, {role}.', nb: 'Du er {name}, {role}.' },
  owner: { en: 'owner', nb: 'eier' },
  admin: { en: 'administrator', nb: 'administrator' },
  staff: { en: 'staff', nb: 'ansatt' },
  zone: { en: 'Times are those of {zone}.', nb: 'Klokkeslett gjelder for {zone}.' },
  leave: { en: 'Sign out', nb: 'Logg ut' },
  others: { en: 'Other businesses', nb: 'Andre virksomheter' },
} satisfies Record<string, Record<Locale, string>>;

const pages = [
  ['', 'home'],
  ['/connect', 'connect'],
  ['/calendars', 'calendars'],
  ['/members', 'members'],
  ['/keys', 'keys'],
  ['/data', 'data'],
] as const;
const isOpen = (view: View, path: (typeof pages)[number][0]): boolean =>
  (path !== '/members' || mayChange(view)) && (path !== '/keys' || owns(view));

/** The role as people call it. */
export const roleWords = (role: 'owner' | 'admin' | 'staff', locale: Locale): string =>
  inWords(phrases, locale)(role);

/** The whole page. */
export function framed(view: View, page: Page): string {
  const t = inWords(phrases, view.locale);
  const { business, member } = view.staffer;
  const here = view.asked.path;
  const open = pages.filter(([path]) => isOpen(view, path));
  const links = open.map(([path, name]) => {
    const isHere = path === '' ? here === at(view, '') : here.startsWith(at(view, path));
    return html`<li><a href="${at(view, path)}"${isHere && html` aria-current="page"`}>${t(name)}</a></li>`;
  });
  const header = html`<header><div class="bar"><a class="name" href="${at(view, '')}">${mark}<span>${business.name}<small>Sidebook · ${t('panel')}</small></span></a>
<nav aria-label="${t('pages')}"><ul>${links}</ul></nav></div></header>`;
  const { name, role } = member;
  const footer = html`<footer><p>${t('signedIn', { name, role: t(role) })} ${t('zone', { zone: business.zone })}</p>
<div class="row">${languages(view)} ${canSignIn(view.context.config) && html`<a href="${at(view, '/start/google?choose=yes')}">${t('others')}</a>`} ${form(view, '/leave', html`<button class="plain">${t('leave')}</button>`)}</div></footer>`;
  const main = html`<main id="main" tabindex="-1">${saying(view.said)}<h1>${page.title}</h1>${page.body}</main>`;
  return whole(view, `${page.title} · ${business.name}`, html`${header}${main}${footer}`);
}

const saying = (said: Said | null) =>
  said &&
  html`<p class="said${said.bad ? ' bad' : ''}" role="${said.bad ? 'alert' : 'status'}">${said.words}</p>`;

/** A page for somebody who is not in, or for whom something failed: no menu. */
export function bare(frame: Frame, { title, body }: Page, said: Said | null = null): string {
  const main = html`<main id="main" tabindex="-1"><p class="name">${mark}<span>Sidebook</span></p>${saying(said)}<h1>${title}</h1>${body}</main>
<footer><div class="row">${languages(frame)}</div></footer>`;
  return whole(frame, `${title} · Sidebook`, html`<div class="bare">${main}</div>`);
}

const whole = (frame: Frame, title: string, body: Html): string =>
  `<!doctype html>\n${
    html`<html lang="${frame.locale}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="robots" content="noindex">
<title>${title}</title>
<link rel="stylesheet" href="${frame.base}${styleAddress}">
</head>
<body>
<a class="skip" href="#main">${inWords(phrases, frame.locale)('skip')}</a>
${body}
</body>
</html>`.text
  }\n`;

/** The other language, on this very page. */
function languages({ locale, asked }: Frame): Html {
  const [other, name] = locale === 'nb' ? ['en', 'English'] : ['nb', 'Norsk'];
  const query = new URLSearchParams(asked.query);
  query.set('lang', other);
  return html`<a href="${`${asked.path}?${query}`}" lang="${other}" hreflang="${other}">${name}</a>`;
}

const mark = new Html(
  '<svg class="mark" viewBox="0 0 32 32" aria-hidden="true"><rect width="32" height="32" rx="8"/><path d="M9 8h9v16H9zM21 8h3v16h-3z"/></svg>',
);
