// API keys in the panel, for owners: which are in force, making one, which is shown once, and revoking.

import * as z from 'zod';
import { NewApiKey, Scope } from '../../shared/api.ts';
import { listKeys, makeKey, revokeKey } from '../auth/keys.ts';
import { commit } from '../commit.ts';
import { notFound } from '../errors.ts';
import type { Phrase } from '../phrase.ts';
import { at, form, type Page, type Said, type View } from './panel.ts';
import { refuse } from './panel-failure.ts';
import { clock, type Html, html, inWords } from './panel-html.ts';
import { button, empty, field, section } from './panel-parts.ts';

const phrases = {
  title: { en: 'API keys', nb: 'API-nøkler' },
  what: {
    en: 'A program comes in by a key: a booking page, a script, or whoever sets up services and resources.',
    nb: 'Et program kommer inn med en nøkkel: en bookingside, et skript, eller den som setter opp tjenester og ressurser.',
  },
  docs: { en: 'What the API answers', nb: 'Hva API-et svarer på' },
  fresh: { en: 'Your new key', nb: 'Den nye nøkkelen' },
  once: {
    en: 'Copy it now and keep it safe: it is not shown again. Whoever has it may do all that it may.',
    nb: 'Kopier den nå og ta godt vare på den: den vises ikke igjen. Den som har nøkkelen, kan gjøre alt den kan.',
  },
  there: { en: 'Keys in force', nb: 'Nøkler som gjelder' },
  none: { en: 'There is none yet.', nb: 'Det finnes ingen ennå.' },
  madeAt: { en: 'Made {when}', nb: 'Laget {when}' },
  revoke: { en: 'Revoke', nb: 'Trekk tilbake' },
  make: { en: 'Make a key', nb: 'Lag en nøkkel' },
  name: { en: 'What it is for', nb: 'Hva den er til' },
  nameHint: { en: 'Such as “booking page”.', nb: 'For eksempel «bookingside».' },
  may: { en: 'What it may do', nb: 'Hva den kan gjøre' },
  read: { en: 'see everything', nb: 'se alt' },
  book: { en: 'what a booking page needs', nb: 'det en bookingside trenger' },
  staff: { en: 'act on bookings, and override rules', nb: 'behandle bookinger og overstyre regler' },
  setup: {
    en: 'change services, resources, calendars, members and keys',
    nb: 'endre tjenester, ressurser, kalendere, medlemmer og nøkler',
  },
  made: { en: 'The key “{name}” is made.', nb: 'Nøkkelen «{name}» er laget.' },
  revokeTitle: { en: 'Revoke “{name}”', nb: 'Trekk tilbake «{name}»' },
  revokeWhat: {
    en: 'What uses this key stops working at once. It cannot be undone; a new key can be made.',
    nb: 'Det som bruker denne nøkkelen, slutter å virke med en gang. Det kan ikke angres; en ny nøkkel kan lages.',
  },
  cancel: { en: 'Go back', nb: 'Gå tilbake' },
  revoked: { en: 'The key “{name}” is revoked.', nb: 'Nøkkelen «{name}» er trukket tilbake.' },
} satisfies Record<string, Phrase>;

const noScope: Phrase = {
  en: 'Tick at least one thing that the key may do.',
  nb: 'Kryss av for minst én ting nøkkelen kan gjøre.',
};

type Key = Awaited<ReturnType<typeof listKeys>>[number];

const keysOf = ({ context, staffer }: View): Promise<Key[]> => listKeys(context.db, staffer.business.id);

export async function keysPage(view: View): Promise<Page> {
  const t = inWords(phrases, view.locale);
  const keys = await keysOf(view);
  const list =
    keys.length === 0
      ? empty(t('none'))
      : html`<ul class="list">${keys.map((key) => keyLine(view, key))}</ul>`;
  return {
    title: t('title'),
    body: html`<p>${t('what')} <a href="${view.base}/docs">${t('docs')}</a></p>
${freshKey(view)}${section(t('there'), list)}${section(t('make'), makeForm(view), 'make')}`,
  };
}

/** What the form before this page made: it is there once, as everything that is said on the way. */
function freshKey({ said, locale }: View): Html | false {
  const key = said && !said.bad && said.values?.key;
  if (!key) return false;
  const t = inWords(phrases, locale);
  return section(
    t('fresh'),
    html`<div class="card"><p><code class="key">${key}</code></p><p>${t('once')}</p></div>`,
  );
}

function keyLine(view: View, { id, name, scopes, createdAt }: Key): Html {
  const t = inWords(phrases, view.locale);
  const { context, staffer, locale } = view;
  const when = clock({ locale, zone: staffer.business.zone, now: context.now() }, createdAt);
  const may = scopes.map((scope) => html`<li><code>${scope}</code>: ${t(scope)}</li>`);
  return html`<li><strong>${name}</strong><p>${t('madeAt', { when })}</p><ul class="figures">${may}</ul>
<a href="${at(view, `/keys/${id}/revoke`)}">${t('revoke')}</a></li>`;
}

function makeForm(view: View): Html {
  const t = inWords(phrases, view.locale);
  const { said } = view;
  const ticks = Scope.options.map(
    (scope) =>
      html`<li><label><input type="checkbox" name="${scope}"${said?.values?.[scope] && html` checked`}><span><code>${scope}</code>: ${t(scope)}</span></label></li>`,
  );
  const wrong = said?.bad && said.field === 'scopes' && html`<small class="fault">${said.words}</small>`;
  const fields = html`${field(view, { name: 'name', label: t('name'), hint: t('nameHint'), required: true, most: 200, autocomplete: 'off' })}
<fieldset><legend>${t('may')}</legend>${wrong}<ul class="ticks">${ticks}</ul></fieldset><div class="row">${button(t('make'), 'main')}</div>`;
  return html`<div class="card">${form(view, '/keys', fields)}</div>`;
}

/** Each box by its own name, so that what was ticked stays when the form is shown again. */
const tick = z.literal('on').optional();
export const MakeKey = z.strictObject({
  name: z.string().trim().pipe(NewApiKey.shape.name),
  read: tick,
  book: tick,
  staff: tick,
  setup: tick,
});

/** @returns what is said, with the key itself, once. @throws Refusal invalid */
export async function makeKeyHere(view: View, { name, ...ticked }: z.output<typeof MakeKey>): Promise<Said> {
  const { context, staffer, locale } = view;
  const scopes = Scope.options.filter((scope) => ticked[scope] !== undefined);
  if (scopes.length === 0) throw refuse('invalid', noScope, 'scopes');
  const { key } = await commit(context, (tx) => makeKey(tx, staffer.business.id, { name, scopes }));
  return { words: inWords(phrases, locale)('made', { name }), bad: false, values: { key } };
}

export async function revokePage(view: View, id: string): Promise<Page> {
  const t = inWords(phrases, view.locale);
  const { name } = await keyOf(view, id);
  const buttons = html`<div class="row">${button(t('revokeTitle', { name }), 'danger')}<a class="button" href="${at(view, '/keys')}">${t('cancel')}</a></div>`;
  return {
    title: t('revokeTitle', { name }),
    body: html`<div class="card"><p>${t('revokeWhat')}</p>${form(view, `/keys/${id}/revoke`, buttons)}</div>`,
  };
}

/** @throws Refusal not_found */
async function keyOf(view: View, id: string): Promise<Key> {
  const key = (await keysOf(view)).find((one) => one.id === id);
  if (!key) throw notFound('API key');
  return key;
}

export async function revokeHere(view: View, id: string): Promise<string> {
  const { context, staffer, locale } = view;
  const { name } = await keyOf(view, id);
  await commit(context, (tx) => revokeKey(tx, staffer.business.id, id, context.now()));
  return inWords(phrases, locale)('revoked', { name });
}
