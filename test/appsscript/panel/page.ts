// The side panel as a whole page: the add-on's name and menu, the card on top, notices; or what went wrong.
import { readFileSync } from 'node:fs';
import type { CardAction } from '../card.ts';
import type { Manifest } from '../manifest.ts';
import { type Panel, SOMETHING_WENT_WRONG, titleOf } from '../panel.ts';
import type { Stack } from '../stack.ts';
import { targetsOf } from '../targets.ts';
import { iconSvg } from './icons.ts';
import { escapeHtml } from './text.ts';
import { cardHtml } from './widgets.ts';

export interface PanelShown {
  manifest: Manifest;
  stack: Stack;
  panel: Panel;
  /** Told with each click, so that one on an old card is known. */
  view: number;
  locale: string;
  zone: string;
  toLocal(url: string): string;
  /** Address of the script that makes the page live. */
  script?: string;
}

const STYLE = readFileSync(new URL('style.css', import.meta.url), 'utf8');
const COLOUR = /^#[0-9a-f]{3,8}$/i;

export function panelHtml(shown: PanelShown): string {
  const { manifest, locale, script } = shown;
  const { name, layoutProperties: { primaryColor = '' } = {} } = manifest.addOns.common;
  const colour = COLOUR.test(primaryColor) ? `<style>:root{--primary:${primaryColor}}</style>` : '';
  return `<!doctype html>
<html lang="${escapeHtml(locale)}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${escapeHtml(name)}</title>
<link rel="icon" href="data:,">
<style>${STYLE}</style>${colour}
</head>
<body>
<div id="panel">${panelBody(shown)}</div>
${script === undefined ? '' : `<script type="module" src="${escapeHtml(script)}"></script>`}
</body>
</html>
`;
}

/** What the script puts in place of the old panel after each click. */
export function panelBody(shown: PanelShown): string {
  return `${barHtml(shown)}<main tabindex="-1">${mainHtml(shown)}</main>${noticeHtml(shown)}<div class="working" role="progressbar" aria-label="Loading" hidden></div>`;
}

function barHtml({ manifest, stack, panel, view, toLocal }: PanelShown): string {
  const { name, logoUrl, universalActions } = manifest.addOns.common;
  const covered = panel.crash !== null || panel.authorization !== null;
  const back =
    stack.depth > 1 || (covered && stack.depth > 0)
      ? `<button type="button" class="round" data-do="back" aria-label="Back">${iconSvg('arrow_back')}</button>`
      : '';
  const local = toLocal(logoUrl);
  const logo =
    local === logoUrl
      ? `<span class="logo" aria-hidden="true">${escapeHtml(name.charAt(0))}</span>`
      : `<img class="logo" src="${escapeHtml(local)}" alt="">`;
  const card = panel.card ? (panel.card.cardActions ?? []) : [];
  const targets = panel.card ? targetsOf(panel.card) : [];
  const own = card.map((action) =>
    menuItem(
      action,
      targets.findIndex(({ of }) => of === action),
      toLocal,
    ),
  );
  const universal = universalActions.map(({ label, openLink }) =>
    openLink === undefined
      ? `<button type="button" role="menuitem" data-do="universal" data-label="${escapeHtml(label)}">${escapeHtml(label)}</button>`
      : `<a role="menuitem" href="${escapeHtml(toLocal(openLink))}" target="_blank" rel="noopener">${escapeHtml(label)}</a>`,
  );
  const items = [...own, ...(own.length > 0 && universal.length > 0 ? ['<hr>'] : []), ...universal];
  const menu =
    items.length === 0
      ? ''
      : `<details class="menu"><summary class="round" aria-label="More options">${iconSvg('more_vert')}</summary><div role="menu">${items.join('')}</div></details>`;
  return `<div class="bar" data-view="${view}">${back}${logo}<h1>${escapeHtml(name)}</h1>${menu}</div>`;
}

function menuItem({ text, openLink }: CardAction, number: number, toLocal: (url: string) => string): string {
  if (openLink)
    return `<a role="menuitem" data-act="${number}" href="${escapeHtml(toLocal(openLink.url))}" target="_blank" rel="noopener">${escapeHtml(text)}</a>`;
  return `<button type="button" role="menuitem" data-act="${number}">${escapeHtml(text)}</button>`;
}

function mainHtml({ stack, panel, zone, toLocal }: PanelShown): string {
  const { top } = stack;
  if (panel.crash !== null)
    return `<div class="trouble" role="alert">${iconSvg('error')}<h2>${SOMETHING_WENT_WRONG}</h2><details><summary>Details</summary><pre>${escapeHtml(panel.crash)}</pre></details><button type="button" class="button text" data-do="reload">Reload</button></div>`;
  if (panel.authorization)
    return `<div class="trouble"><h2>${escapeHtml(panel.authorization.name)}</h2><p>The add-on needs your permission to go on.</p><a class="button filled" href="${escapeHtml(toLocal(panel.authorization.url))}" target="_blank" rel="noopener" data-reload>Authorize access</a></div>`;
  if (!top) return '<p class="text quiet">Nothing to show.</p>';
  if ('card' in top) return cardHtml({ card: top.card, values: top.values, zone, toLocal });
  const rows = top.list.map(
    (card, index) =>
      `<button type="button" class="row tap" data-act="${index}"><span class="middle"><span class="main">${escapeHtml(titleOf(card))}</span></span></button>`,
  );
  return `<div class="card"><section>${rows.join('')}</section></div>`;
}

function noticeHtml({ panel }: PanelShown): string {
  const words = panel.notification ?? panel.blocked;
  return `<div class="snackbar" role="status" aria-live="polite"${words === null ? ' hidden' : ''}><span class="words">${escapeHtml(words ?? '')}</span><button type="button" data-do="dismiss" aria-label="Dismiss">${iconSvg('close')}</button></div>`;
}
