// The panel's parts: what its pages are put together from.

import type { Locale } from '../accounts/words.ts';
import type { HealthShape } from '../health/assess.ts';
import type { Phrase } from '../phrase.ts';
import type { View } from './panel.ts';
import { type Html, html, inWords, type Part } from './panel-html.ts';

const phrases = {
  green: { en: 'Up to date', nb: 'Oppdatert' },
  amber: { en: 'Needs a look', nb: 'Bør sjekkes' },
  red: { en: 'Does not work', nb: 'Virker ikke' },
  off: { en: 'Not there', nb: 'Ikke der' },
} satisfies Record<string, Phrase>;

/** `off`: nothing is wrong, and nothing is there. */
export type Light = HealthShape['light'] | 'off';

/** A light that says what it means: not everybody sees its colour. */
export const lamp = (light: Light, locale: Locale, words?: string): Html =>
  html`<span class="lamp ${light}"><i aria-hidden="true"></i><span>${words ?? inWords(phrases, locale)(light)}</span></span>`;

/** A part of a page under a heading of its own. */
export const section = (title: string, body: Part, id?: string): Html =>
  html`<section${id && html` id="${id}"`}><h2>${title}</h2>${body}</section>`;

/** What there is to see where there is nothing yet. */
export const empty = (words: string, way?: Part): Html =>
  html`<div class="empty"><p>${words}</p>${way}</div>`;

export const sentences = (list: readonly string[]): Html[] => list.map((words) => html`<p>${words}</p>`);

export const button = (words: string, kind: 'main' | 'danger' | 'plain' | '' = ''): Html =>
  html`<button${kind && html` class="${kind}"`}>${words}</button>`;

interface Field {
  name: string;
  label: string;
  hint?: string;
  type?: string;
  value?: string | number;
  required?: boolean;
  autocomplete?: string;
  most?: number;
}

/** A line to type in; what was wrong with it stands beside it, and what was typed stays. */
export function field(
  view: Pick<View, 'said'>,
  { name, label, hint, type = 'text', value = '', ...more }: Field,
): Html {
  const { said } = view;
  const wrong = said?.bad && said.field === name ? said.words : undefined;
  const told = wrong || hint;
  return html`<p class="field${wrong ? ' wrong' : ''}"><label for="${name}">${label}</label>
<input id="${name}" name="${name}" type="${type}" value="${said?.values?.[name] ?? value}"${more.required && html` required`}${more.autocomplete && html` autocomplete="${more.autocomplete}"`}${more.most && html` maxlength="${more.most}"`}${type === 'number' && html` inputmode="numeric" min="0" max="1440"`}${wrong && html` aria-invalid="true"`}${told && html` aria-describedby="${name}-told"`}>
${told && html`<small id="${name}-told"${wrong && html` class="fault"`}>${told}</small>`}</p>`;
}

interface Choice {
  name: string;
  label: string;
  hint?: string;
  options: readonly (readonly [value: string, words: string])[];
  value: string;
}

export function choice(view: Pick<View, 'said'>, { name, label, hint, options, value }: Choice): Html {
  const chosen = view.said?.values?.[name] ?? value;
  const list = options.map(
    ([key, words]) => html`<option value="${key}"${key === chosen && html` selected`}>${words}</option>`,
  );
  return html`<p class="field"><label for="${name}">${label}</label>
<select id="${name}" name="${name}"${hint && html` aria-describedby="${name}-told"`}>${list}</select>
${hint && html`<small id="${name}-told">${hint}</small>`}</p>`;
}
